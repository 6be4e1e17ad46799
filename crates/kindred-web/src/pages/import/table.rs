//! What became of references, also as a table for other programs.

use std::fmt::Write as _;

use kindred_engine::{MatchedBy, ReferenceReview, ReferenceStatus, ReviewedReference};

use crate::reviews::{Kept, Written};
use crate::view::text;

/// What became of one reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fate {
    /// In two words.
    pub(super) word: String,
    /// Why it is not otherwise; may be empty.
    pub(super) why: String,
    /// Whether it was not written although it could have been wanted.
    pub(super) is_failure: bool,
}

/// Says what became of the reference at `place` of what was written.
pub(super) fn fate(written: &Written, place: usize) -> Fate {
    let review = &written.review;
    let reviewed = &review.references[place];
    let is_chosen = written.chosen.contains(&place);
    let new = |word: String, why: String, is_failure| Fate {
        word,
        why,
        is_failure,
    };
    match reviewed.status {
        ReferenceStatus::Matched | ReferenceStatus::Likely if is_chosen => {
            new(format!("{}d", review.rating), String::new(), false)
        }
        ReferenceStatus::Missing if is_chosen && reviewed.addable => {
            let word = format!("added and {}d", review.rating);
            match written.failures.get(&reviewed.paper_id()) {
                Some(reason) => new(word, format!("cannot be found by meaning: {reason}"), true),
                None => new(word, String::new(), false),
            }
        }
        ReferenceStatus::Rated => {
            let rated = reviewed.rated.unwrap_or(review.rating);
            let word = format!("stays {rated}d");
            new(word, format!("{} has rated it before", review.set), false)
        }
        ReferenceStatus::Duplicate => {
            let first = reviewed.duplicate_of.as_deref().unwrap_or_default();
            new("duplicate".to_owned(), format!("same as {first}"), false)
        }
        ReferenceStatus::Missing if !reviewed.addable => new(
            "not in the library".to_owned(),
            "has no title and abstract with which it could be added".to_owned(),
            true,
        ),
        ReferenceStatus::Matched | ReferenceStatus::Likely | ReferenceStatus::Missing => {
            new("left out".to_owned(), "was not ticked".to_owned(), false)
        }
    }
}

/// The word for a status.
pub(super) fn word(status: ReferenceStatus) -> &'static str {
    match status {
        ReferenceStatus::Matched => "matched",
        ReferenceStatus::Likely => "likely",
        ReferenceStatus::Rated => "rated already",
        ReferenceStatus::Duplicate => "duplicate",
        ReferenceStatus::Missing => "not in the library",
    }
}

/// By what a reference was matched, in words.
pub(super) fn said(by: MatchedBy) -> &'static str {
    match by {
        MatchedBy::Id => "by its id",
        MatchedBy::Doi => "by its DOI",
        MatchedBy::TitleAndAuthor => "by title and first author",
        MatchedBy::Title => "same title; the authors are unknown or others",
        MatchedBy::SimilarTitle => "similar title, no other first author",
        MatchedBy::IdOfOtherTitle => "its id, but another title",
    }
}

/// A review, and what was written of it, as comma-separated values (RFC 4180).
pub(super) fn csv(kept: &Kept) -> String {
    let written = kept.written();
    let review: &ReferenceReview = written.as_ref().map_or(&kept.review, |one| &one.review);
    let mut out = String::new();
    row(
        &mut out,
        &[
            "input",
            "place",
            "key",
            "title",
            "authors",
            "id",
            "doi",
            "status",
            "matched_by",
            "paper",
            "paper_title",
            "outcome",
            "why",
        ],
    );
    for (place, reviewed) in review.references.iter().enumerate() {
        let fate = written.as_ref().map(|written| fate(written, place));
        row(
            &mut out,
            &cells(reviewed, fate.as_ref())
                .each_ref()
                .map(String::as_str),
        );
    }
    for input in &review.inputs {
        let problems = input.problems.iter();
        let problems = problems.map(|problem| (problem.place.as_str(), problem.reason.as_str()));
        for (place, why) in problems.chain(input.failure.as_deref().map(|why| ("", why))) {
            let mut cells = [""; 13];
            (cells[0], cells[1], cells[11], cells[12]) = (&input.input, place, "not read", why);
            row(&mut out, &cells);
        }
    }
    out
}

fn cells(reviewed: &ReviewedReference, fate: Option<&Fate>) -> [String; 13] {
    let paper = reviewed.paper.as_ref();
    [
        reviewed.input.clone(),
        reviewed.place.clone(),
        reviewed.citation_key.clone().unwrap_or_default(),
        text::plain(&reviewed.title),
        reviewed.authors.join("; "),
        reviewed
            .id
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        reviewed.doi.clone().unwrap_or_default(),
        word(reviewed.status).to_owned(),
        paper
            .map(|paper| said(paper.by))
            .unwrap_or_default()
            .to_owned(),
        paper.map(|paper| paper.id.to_string()).unwrap_or_default(),
        paper
            .map(|paper| text::plain(&paper.title))
            .unwrap_or_default(),
        fate.map(|fate| fate.word.clone()).unwrap_or_default(),
        fate.map(|fate| fate.why.clone()).unwrap_or_default(),
    ]
}

/// Writes a row. Cells that spreadsheets would take for formulas begin with a quote.
fn row(out: &mut String, cells: &[&str]) {
    for (place, cell) in cells.iter().enumerate() {
        let comma = if place > 0 { "," } else { "" };
        let is_formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
        let quote = if is_formula { "'" } else { "" };
        let cell = cell.replace('"', "\"\"");
        write!(out, "{comma}\"{quote}{cell}\"").expect("a string takes all text");
    }
    out.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_never_formulas() {
        let mut out = String::new();
        row(
            &mut out,
            &[
                "=HYPERLINK(\"x\")",
                "+1",
                "-1",
                "@a",
                "\t=1",
                "a,b",
                "a\nb",
                "",
                "1-2",
            ],
        );
        assert_eq!(
            out,
            "\"'=HYPERLINK(\"\"x\"\")\",\"'+1\",\"'-1\",\"'@a\",\"'\t=1\",\"a,b\",\"a\nb\",\"\",\"1-2\"\r\n"
        );
    }
}
