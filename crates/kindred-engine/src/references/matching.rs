//! From what a reference says to a paper of the library.

use std::collections::BTreeMap;

use kindred_core::{PaperId, PaperKey, folded_words, is_same_author, title_key};
use kindred_ingest::Reference;
use kindred_store::{PaperFilter, StoredPaper, WordQuery};

use super::{MatchedBy, MatchedPaper};
use crate::{EngineError, Library};

/// Share of common trigrams (Dice) from which two titles are similar: one or two words of ten
/// differ, or a letter of a short title.
const SIMILAR: f64 = 0.8;
/// Share below which the title under an id is another one. Titles change between versions, so
/// this is low.
const OTHER: f64 = 0.25;
/// Letters from which a title without its subtitle still says which paper it is.
const WHOLE_TITLE: usize = 24;
/// Words of a title that one question to the word index demands. Two questions of different words
/// find a title in which one word differs.
const WORDS_OF_QUESTION: usize = 3;
/// Shortest word that tells titles apart, in bytes.
const SHORTEST_WORD: usize = 4;
/// Papers looked at for each question.
const CANDIDATES: usize = 10;

impl Library {
    /// Finds the paper of the library that a reference is.
    pub(super) fn match_reference(
        &self,
        reference: &Reference,
    ) -> Result<Option<MatchedPaper>, EngineError> {
        if let Some(id) = &reference.id
            && let Some(key) = self.store.key(id)?
        {
            return self.by_id(reference, key, MatchedBy::Id);
        }
        if let Some(doi) = &reference.doi
            && let Some(key) = self.key_of_doi(doi)?
        {
            return self.by_id(reference, key, MatchedBy::Doi);
        }
        if reference.title.is_empty() {
            return Ok(None);
        }
        if let Some(found) = self.by_title(reference)? {
            return Ok(Some(found));
        }
        self.by_similar_title(reference)
    }

    fn key_of_doi(&self, doi: &str) -> Result<Option<PaperKey>, EngineError> {
        if let Some(key) = self.first_by_id(&self.store.keys_with_doi(doi)?)? {
            return Ok(Some(key));
        }
        match format!("doi:{doi}").parse::<PaperId>() {
            Ok(id) => Ok(self.store.key(&id)?),
            Err(_) => Ok(None),
        }
    }

    /// The paper whose id comes first: arXiv's before others.
    fn first_by_id(&self, keys: &[PaperKey]) -> Result<Option<PaperKey>, EngineError> {
        let ids = self.store.ids(keys)?;
        let first = ids.into_iter().min_by(|left, right| left.1.cmp(&right.1));
        Ok(first.map(|(key, _)| key))
    }

    fn by_id(
        &self,
        reference: &Reference,
        key: PaperKey,
        by: MatchedBy,
    ) -> Result<Option<MatchedPaper>, EngineError> {
        let papers = self.store.papers(&[key])?;
        Ok(papers.first().map(|paper| {
            let is_other = !reference.title.is_empty()
                && likeness(&reference.title, &paper.paper.title) < OTHER;
            let by = if is_other {
                MatchedBy::IdOfOtherTitle
            } else {
                by
            };
            matched(paper, by)
        }))
    }

    fn by_title(&self, reference: &Reference) -> Result<Option<MatchedPaper>, EngineError> {
        let keys = self.store.keys_with_title(&reference.title)?;
        let mut papers = self.store.papers(&keys)?;
        papers.sort_by(|left, right| left.paper.id.cmp(&right.paper.id));
        let first_author = reference.authors.first();
        let of_author = papers.iter().find(|stored| {
            first_author.is_some_and(|author| {
                let of_paper = stored.paper.authors.first();
                of_paper.is_some_and(|of_paper| is_same_author(author, of_paper))
            })
        });
        Ok(match of_author {
            Some(paper) => Some(matched(paper, MatchedBy::TitleAndAuthor)),
            None => papers.first().map(|paper| matched(paper, MatchedBy::Title)),
        })
    }

    fn by_similar_title(&self, reference: &Reference) -> Result<Option<MatchedPaper>, EngineError> {
        let mut best: Option<(f64, MatchedPaper)> = None;
        for question in questions(&reference.title) {
            let found = self
                .store
                .search_words(&question, CANDIDATES, &PaperFilter::default())?;
            let keys: Vec<PaperKey> = found.iter().map(|(key, _)| *key).collect();
            for stored in self.store.papers(&keys)? {
                let score = likeness(&reference.title, &stored.paper.title);
                let is_better = best.as_ref().is_none_or(|(other, _)| score > *other);
                if is_better
                    && !has_other_id(reference, &stored)
                    && is_one_author(&reference.authors, &stored.paper.authors)
                    && (score >= SIMILAR || is_shortened(reference, &stored))
                {
                    best = Some((score, matched(&stored, MatchedBy::SimilarTitle)));
                }
            }
        }
        Ok(best.map(|(_, paper)| paper))
    }
}

fn matched(stored: &StoredPaper, by: MatchedBy) -> MatchedPaper {
    MatchedPaper {
        id: stored.paper.id.clone(),
        title: stored.paper.title.clone(),
        by,
        key: stored.key,
    }
}

/// Whether arXiv gave both an id, and not the same: similar titles are then parts of a series.
fn has_other_id(reference: &Reference, stored: &StoredPaper) -> bool {
    matches!(
        (&reference.id, &stored.paper.id),
        (Some(PaperId::Arxiv(left)), PaperId::Arxiv(right)) if left != right
    )
}

/// Whether two lists of authors can begin with the same person; an empty one can.
pub(super) fn is_one_author(left: &[String], right: &[String]) -> bool {
    match (left.first(), right.first()) {
        (Some(left), Some(right)) => is_same_author(left, right),
        _ => true,
    }
}

/// Whether one title is the other without its subtitle, by a known author of both.
fn is_shortened(reference: &Reference, stored: &StoredPaper) -> bool {
    let (left, right) = (title_key(&reference.title), title_key(&stored.paper.title));
    let (short, long) = if left.len() < right.len() {
        (left, right)
    } else {
        (right, left)
    };
    !reference.authors.is_empty()
        && !stored.paper.authors.is_empty()
        && short.chars().count() >= WHOLE_TITLE
        && long.starts_with(&short)
}

/// Questions to the word index that find titles in which few words differ from a title.
fn questions(title: &str) -> Vec<WordQuery> {
    let mut words = folded_words(title);
    words.retain(|word| word.len() >= SHORTEST_WORD);
    words.sort();
    words.dedup();
    // Long words are rare ones.
    words.sort_by_key(|word| std::cmp::Reverse(word.chars().count()));
    words
        .chunks(WORDS_OF_QUESTION)
        .take(2)
        .filter(|chunk| chunk.len() > 1 || words.len() == 1)
        .filter_map(|chunk| {
            let conditions: Vec<String> =
                chunk.iter().map(|word| format!("title:{word}")).collect();
            conditions.join(" ").parse().ok()
        })
        .collect()
}

/// Dice coefficient of the trigrams of two folded titles, 0 to 1.
fn likeness(left: &str, right: &str) -> f64 {
    let (left, right) = (trigrams(left), trigrams(right));
    let size = |grams: &BTreeMap<[char; 3], usize>| grams.values().sum::<usize>();
    let common: usize = left
        .iter()
        .map(|(gram, count)| (*count).min(right.get(gram).copied().unwrap_or(0)))
        .sum();
    let total = size(&left) + size(&right);
    if total == 0 {
        return 0.0;
    }
    2.0 * common as f64 / total as f64
}

/// Groups of three letters of a folded title, its ends marked, with their numbers.
fn trigrams(title: &str) -> BTreeMap<[char; 3], usize> {
    let mut letters = vec![' '];
    letters.extend(title_key(title).chars());
    letters.push(' ');
    let mut grams = BTreeMap::new();
    for window in letters.windows(3) {
        *grams.entry([window[0], window[1], window[2]]).or_default() += 1;
    }
    grams
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_with_a_slip_are_like_and_others_are_not() {
        let title = "Secure Aggregation That Survives Colluding Users";
        assert!(likeness(title, "secure aggregation that survives colluding user") > SIMILAR);
        assert!(likeness(title, "Secure Agregation that Survives Colluding Users") > SIMILAR);
        assert!(likeness(title, "Topological Phases of Driven Lattices") < OTHER);
        assert!(likeness("", "") < OTHER);
    }

    #[test]
    fn two_questions_share_no_word() {
        let found = questions("Secure Aggregation That Survives Colluding Users and Failures");
        assert_eq!(found.len(), 2);
        assert!(questions("On It").is_empty());
        assert_eq!(questions("Transformers").len(), 1);
    }
}
