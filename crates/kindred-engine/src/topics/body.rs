//! Which papers are grouped.

use std::fmt::Write as _;

use kindred_core::{KeySet, PaperId, PaperKey};
use kindred_store::{Rating, WordQuery};

use super::TopicBody;
use crate::search::{SearchMode, SearchQuery};
use crate::{EngineError, Library};

/// Most papers of a query.
const FOUND_PAPERS: usize = 2_000;
/// Bytes of a query that a key shows; longer ones are told apart by a hash.
const QUERY_BYTES: usize = 300;

impl TopicBody {
    /// Returns the canonical text of the body: equal bodies have equal keys.
    pub(super) fn key(&self) -> String {
        let mut key = String::new();
        let mut add = |name: &str, value: &str| {
            let gap = if key.is_empty() { "" } else { " " };
            write!(key, "{gap}{name}={value}").expect("a string takes all text");
        };
        let mut categories: Vec<&str> = (self.selection.categories.iter())
            .map(kindred_core::Category::as_str)
            .collect();
        categories.sort_unstable();
        categories.dedup();
        if !categories.is_empty() {
            add("category", &categories.join(","));
        }
        if let Some(day) = self.selection.since {
            add("since", &day.to_string());
        }
        if let Some(day) = self.selection.until {
            add("until", &day.to_string());
        }
        if let Some(set) = &self.set {
            add("set", set.as_str());
        }
        if let Some(query) = &self.query {
            let words: Vec<&str> = query.split_whitespace().collect();
            let mut text = words.join(" ");
            if text.len() > QUERY_BYTES {
                let hash = blake3::hash(text.as_bytes()).to_hex();
                text.truncate(text.floor_char_boundary(QUERY_BYTES));
                text.push('#');
                text.push_str(&hash[..16]);
            }
            add("query", &format!("{text:?}"));
        }
        if let Some(count) = self.topics {
            add("topics", &count.to_string());
        }
        if key.is_empty() {
            "all".to_owned()
        } else {
            key
        }
    }
}

impl Library {
    /// Returns the papers of a body in the order of their ids.
    pub(crate) fn papers_of(
        &self,
        body: &TopicBody,
    ) -> Result<Vec<(PaperKey, PaperId)>, EngineError> {
        let mut papers = self.store.ids(self.keys_of(body)?.as_slice())?;
        papers.sort_by(|(_, left), (_, right)| left.cmp(right));
        Ok(papers)
    }

    /// Returns the papers of a body.
    pub(super) fn keys_of(&self, body: &TopicBody) -> Result<KeySet, EngineError> {
        let mut keys = self.store.keys_where(&body.selection.filter())?;
        if let Some(set) = &body.set {
            let liked: KeySet = (self.ratings_of(set)?.iter())
                .filter(|rated| rated.rating == Rating::Like)
                .map(|rated| rated.key)
                .collect();
            keys = (keys.as_slice().iter().copied())
                .filter(|&key| liked.contains(key))
                .collect();
        }
        if let Some(query) = &body.query {
            let found = self.found_by(body, query)?;
            keys = (keys.as_slice().iter().copied())
                .filter(|&key| found.contains(key))
                .collect();
        }
        Ok(keys)
    }

    fn found_by(&self, body: &TopicBody, query: &str) -> Result<KeySet, EngineError> {
        let words: WordQuery = query.parse().map_err(|source| EngineError::TopicQuery {
            query: query.chars().take(80).collect(),
            source: Box::new(source),
        })?;
        let found = self.search(&SearchQuery {
            words,
            selection: body.selection.clone(),
            limit: FOUND_PAPERS,
            mode: SearchMode::Words,
        })?;
        found
            .results
            .iter()
            .map(|hit| self.key(&hit.paper.id))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::similar::Selection;

    #[test]
    fn equal_bodies_have_equal_keys() {
        let body = |categories: &[&str], query: Option<&str>| TopicBody {
            selection: Selection {
                categories: categories
                    .iter()
                    .map(|name| name.parse().unwrap())
                    .collect(),
                ..Selection::default()
            },
            query: query.map(str::to_owned),
            ..TopicBody::default()
        };
        assert_eq!(TopicBody::default().key(), "all");
        assert_eq!(
            body(&["cs.LG", "cs.DC"], None).key(),
            "category=cs.DC,cs.LG"
        );
        assert_eq!(
            body(&["cs.DC", "cs.LG", "cs.DC"], Some(" graph  \"neural\" ")).key(),
            r#"category=cs.DC,cs.LG query="graph \"neural\"""#
        );
        let long = |last: &str| body(&[], Some(&format!("{} {last}", "é".repeat(400)))).key();
        assert!(long("a").len() < 400 && long("a") != long("b"));
    }
}
