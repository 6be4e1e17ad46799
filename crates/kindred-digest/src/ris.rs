//! RIS records: one tag a line, values in Unicode.

use std::fmt::Write as _;

use kindred_engine::PaperId;
use kindred_engine::answer::PaperView;

use crate::markup::percent_encoded;
use crate::text::{readable, tidy, title};
use crate::{Digest, Item};

/// Renders each paper of a digest once. Lines end as the format asks, with CR and LF.
pub(crate) fn render(digest: &Digest) -> String {
    digest
        .papers()
        .iter()
        .map(|(item, sets)| record(item, sets))
        .collect()
}

/// Renders papers as RIS records, in their order.
pub fn ris(papers: &[PaperView]) -> String {
    let items = papers.iter().enumerate();
    items
        .map(|(place, paper)| record(&Item::bare(place + 1, paper), &[]))
        .collect()
}

fn record(item: &Item, sets: &[&str]) -> String {
    let paper = &item.paper;
    let mut out = String::new();
    let mut line = |tag: &str, value: &str| {
        if !value.is_empty() {
            write!(out, "{tag}  - {value}\r\n").expect("writing to a string cannot fail");
        }
    };
    // Unpublished work, which is what Zotero and EndNote take preprints for.
    line("TY", "UNPB");
    line("TI", &title(&paper.title));
    for name in &paper.authors {
        line("AU", &readable(name));
    }
    if let Some(date) = paper.date {
        let text = date.to_string();
        line("PY", &text[..4]);
        line(
            "DA",
            &text.chars().take(10).collect::<String>().replace('-', "/"),
        );
    }
    line("ID", &tidy(&paper.id.to_string()));
    if let PaperId::Other { scheme, value } = &paper.id
        && scheme.eq_ignore_ascii_case("doi")
    {
        line("DO", &tidy(value));
    }
    line(
        "T2",
        &paper.venue.as_deref().map(readable).unwrap_or_default(),
    );
    line(
        "UR",
        &paper
            .url
            .as_deref()
            .map(percent_encoded)
            .unwrap_or_default(),
    );
    for category in &paper.categories {
        line("KW", category.as_str());
    }
    for set in sets {
        line("KW", &readable(set));
    }
    line("AB", &readable(&paper.abstract_text));
    out.push_str("ER  - \r\n");
    out
}
