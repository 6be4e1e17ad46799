//! `search_papers`, `similar_papers` and `get_paper`.

use std::collections::{BTreeMap, BTreeSet};

use kindred_engine::answer::{SearchAnswer, SimilarAnswer, SimilarHit};
use kindred_engine::{
    EngineError, Library, PaperId, Score, SearchMode, SearchQuery, Seeds, Selection, SimilarQuery,
    WordQuery,
};

use crate::access::Access;
use crate::answers::{PaperAnswer, VersionView};
use crate::arguments::{
    SearchArguments, SearchBy, SimilarArguments, at_most, limit, no_longer_than,
};
use crate::bounds::{MAX_QUERY_BYTES, MAX_TEXT_BYTES};
use crate::error::ToolError;

/// How deep both lists are read at first where papers and a text are asked about together.
const FIRST_DEPTH: usize = 250;
/// How much deeper, where that does not settle the first places.
const DEEPER: usize = 4;
/// How deep at most; what lies below that in either list is not like both.
const LAST_DEPTH: usize = 4_000;

pub(super) fn search(
    access: &Access,
    arguments: SearchArguments,
) -> Result<SearchAnswer, ToolError> {
    no_longer_than("query", &arguments.query, MAX_QUERY_BYTES)?;
    at_most("categories", &arguments.categories)?;
    let words: WordQuery = arguments.query.parse().map_err(|error| {
        ToolError::new(format!("cannot search for this query: {error}"))
            .with_hint("write words, \"phrases\", author:NAME, title:WORD, cat:CATEGORY, -without")
    })?;
    let query = SearchQuery {
        words,
        selection: Selection {
            categories: arguments.categories,
            since: arguments.since,
            until: arguments.until,
        },
        limit: limit(arguments.limit)?,
        mode: match arguments.by {
            SearchBy::Both => SearchMode::Fused,
            SearchBy::Words => SearchMode::Words,
            SearchBy::Meaning => SearchMode::Meaning,
        },
    };
    access.read(|library| Ok(library.search(&query)?))
}

pub(super) fn similar(
    access: &Access,
    arguments: SimilarArguments,
) -> Result<SimilarAnswer, ToolError> {
    at_most("ids", &arguments.ids)?;
    at_most("categories", &arguments.categories)?;
    let limit = limit(arguments.limit)?;
    if let Some(text) = &arguments.text {
        no_longer_than("text", text, MAX_TEXT_BYTES)?;
    }
    let selection = Selection {
        categories: arguments.categories,
        since: arguments.since,
        until: arguments.until,
    };
    let query = |seeds| SimilarQuery {
        seeds,
        selection,
        limit,
    };
    match (arguments.ids, arguments.text) {
        (ids, None) if ids.is_empty() => Err(ToolError::new(
            "similar_papers has nothing to compare with, expected `ids`, `text`, or both",
        )),
        (ids, Some(text)) if ids.is_empty() => {
            let query = query(Seeds::Text(text));
            access.read(|library| Ok(library.similar(&query)?))
        }
        (ids, None) => {
            let query = query(Seeds::Papers(ids));
            access.read(|library| Ok(library.similar(&query)?))
        }
        (ids, Some(text)) => {
            let query = query(Seeds::Papers(ids));
            access.read(|library| like_both(library, &query, text))
        }
    }
}

/// Returns the papers with the largest mean of the similarity to the papers and of that to the text,
/// by the threshold algorithm (Fagin, Lotem and Naor 2003): both lists are read until no paper
/// further down can come among the first. A paper that is not within the first 4,000 of both lists
/// is left out.
fn like_both(
    library: &Library,
    query: &SimilarQuery,
    text: String,
) -> Result<SimilarAnswer, ToolError> {
    let limit = query.limit;
    let Seeds::Papers(seeds) = &query.seeds else {
        return Ok(library.similar(query)?);
    };
    // A seed that is close to the text does not count as found.
    let text_query = SimilarQuery {
        seeds: Seeds::Text(text),
        ..query.clone()
    };
    let mut depth = FIRST_DEPTH;
    loop {
        let by_papers = library.similar(&SimilarQuery {
            limit: depth,
            ..query.clone()
        })?;
        let by_text = library.similar(&SimilarQuery {
            limit: depth.saturating_add(seeds.len()),
            ..text_query.clone()
        })?;
        let is_all = by_papers.results.len() < depth;
        let (hits, is_settled) = in_both(&by_papers.results, &by_text.results, limit);
        if is_all || is_settled || depth >= LAST_DEPTH {
            return Ok(SimilarAnswer {
                results: hits,
                ..by_papers
            });
        }
        depth = depth.saturating_mul(DEEPER).min(LAST_DEPTH);
    }
}

/// Returns the papers of both lists by the mean of their scores, and whether no paper that is
/// missing in a list could come before the last of them.
fn in_both(
    by_papers: &[SimilarHit],
    by_text: &[SimilarHit],
    limit: usize,
) -> (Vec<SimilarHit>, bool) {
    let scores: BTreeMap<&PaperId, f32> = (by_text.iter())
        .map(|hit| (&hit.paper.id, hit.score.get()))
        .collect();
    let last = |list: &[SimilarHit]| list.last().map_or(-1.0, |hit| hit.score.get());
    let (least_by_papers, least_by_text) = (last(by_papers), last(by_text));
    // The best that a paper of which one list says nothing can have.
    let mut threshold = mean(least_by_papers, least_by_text);
    let mut hits = Vec::new();
    for hit in by_papers {
        match scores.get(&hit.paper.id) {
            Some(&score) => hits.push(SimilarHit {
                score: Score::new(mean(hit.score.get(), score)),
                ..hit.clone()
            }),
            None => threshold = threshold.max(mean(hit.score.get(), least_by_text)),
        }
    }
    let found: BTreeSet<&PaperId> = by_papers.iter().map(|hit| &hit.paper.id).collect();
    for hit in by_text.iter().filter(|hit| !found.contains(&hit.paper.id)) {
        threshold = threshold.max(mean(hit.score.get(), least_by_papers));
    }
    hits.sort_by(|left, right| {
        (right.score.cmp(&left.score)).then_with(|| left.paper.id.cmp(&right.paper.id))
    });
    hits.truncate(limit);
    for (place, hit) in hits.iter_mut().enumerate() {
        hit.rank = place + 1;
    }
    let is_settled =
        hits.len() == limit && hits.last().is_some_and(|hit| hit.score.get() >= threshold);
    (hits, is_settled)
}

fn mean(left: f32, right: f32) -> f32 {
    f32::midpoint(left, right)
}

/// Returns a paper with all that the library knows of it.
pub(crate) fn paper(access: &Access, id: &PaperId) -> Result<PaperAnswer, ToolError> {
    access.read(|library| Ok(whole(library, id)?))
}

fn whole(library: &Library, id: &PaperId) -> Result<PaperAnswer, EngineError> {
    let stored = library.paper(id)?;
    let view = (&stored).into();
    let paper = stored.paper;
    Ok(PaperAnswer {
        paper: view,
        also: stored.also,
        versions: (paper.versions.iter())
            .map(|version| VersionView {
                number: Some(version.number).filter(|&number| number > 0),
                date: version.date,
            })
            .collect(),
        comments: paper.comments,
        journal_ref: paper.journal_ref,
        doi: paper.doi,
        license: paper.license,
        keywords: paper.keywords,
    })
}

#[cfg(test)]
mod tests {
    use kindred_engine::answer::PaperView;

    use super::*;

    fn hit(number: u32, score: f32) -> SimilarHit {
        SimilarHit {
            rank: 0,
            score: Score::new(score),
            paper: PaperView {
                id: format!("2601.{number:05}").parse().unwrap(),
                url: None,
                title: String::new(),
                abstract_text: String::new(),
                authors: Vec::new(),
                categories: Vec::new(),
                date: None,
                version: None,
                venue: None,
                withdrawn: false,
            },
        }
    }

    fn ids(hits: &[SimilarHit]) -> Vec<String> {
        hits.iter().map(|hit| hit.paper.id.short()).collect()
    }

    #[test]
    fn papers_like_both_come_by_the_mean_of_their_scores() {
        let by_papers = [hit(1, 0.9), hit(2, 0.8), hit(3, 0.7), hit(4, 0.1)];
        let by_text = [hit(3, 0.9), hit(2, 0.5), hit(1, 0.2), hit(4, 0.1)];
        let (hits, is_settled) = in_both(&by_papers, &by_text, 2);
        assert_eq!(ids(&hits), ["2601.00003", "2601.00002"]);
        assert!((hits[0].score.get() - 0.8).abs() < 1e-6);
        assert_eq!(hits.iter().map(|hit| hit.rank).collect::<Vec<_>>(), [1, 2]);
        assert!(is_settled);
    }

    #[test]
    fn lists_are_read_on_while_a_paper_below_could_come_first() {
        // Paper 5 is missing in the other list, where it may score up to 0.5: a mean of 0.7.
        let by_papers = [hit(5, 0.9), hit(1, 0.6), hit(2, 0.5)];
        let by_text = [hit(1, 0.6), hit(2, 0.5)];
        let (hits, is_settled) = in_both(&by_papers, &by_text, 1);
        assert_eq!(ids(&hits), ["2601.00001"]);
        assert!(!is_settled);
        // Once the list goes on far enough below, it cannot.
        let by_text = [hit(1, 0.6), hit(2, 0.5), hit(3, 0.2)];
        assert!(in_both(&by_papers, &by_text, 1).1);
        // Too few are found in both.
        assert!(!in_both(&by_papers, &by_text, 3).1);
    }
}
