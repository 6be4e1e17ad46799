//! One HTML page: its style inside, no script, nothing fetched, well-formed as XML too.

use crate::markup::{escaped, foreign, foreign_title, link};
use crate::plain::{facts, joined};
use crate::text::tidy;
use crate::{Digest, Item, Section};

/// The style of the page.
const STYLE: &str = include_str!("html/style.css");

/// Where a page is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    /// In a browser: abstracts are folded.
    File,
    /// In a mail reader, few of which can fold.
    Mail,
}

/// Renders a digest as a page.
pub(crate) fn render(digest: &Digest, target: Target) -> String {
    let title = escaped(&digest.title());
    // A page that holds other people's text lets nothing run and fetches nothing, whatever slips
    // through.
    let head = format!(
        "<!DOCTYPE html>\n<html lang=\"en\" xmlns=\"http://www.w3.org/1999/xhtml\">\n<head>\n\
         <meta charset=\"utf-8\" />\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; \
         style-src 'unsafe-inline'\" />\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\" />\n\
         <meta name=\"color-scheme\" content=\"light dark\" />\n\
         <meta name=\"referrer\" content=\"no-referrer\" />\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n"
    );
    let sections: String = digest
        .sections
        .iter()
        .map(|part| section(part, target))
        .collect();
    let papers = match digest.len() {
        1 => "1 paper".to_owned(),
        number => format!("{number} papers"),
    };
    format!(
        "{head}<body>\n<main>\n<header>\n<h1>Arrivals for you</h1>\n\
         <p class=\"quiet\">{papers} of {}</p>\n</header>\n{sections}\
         <footer class=\"quiet\">Made by Kindred on your own machine. The number beside a paper \
         says how well it fits the set, from 0 to 1.</footer>\n</main>\n</body>\n</html>\n",
        escaped(&digest.period())
    )
}

fn section(section: &Section, target: Target) -> String {
    let items: String = section
        .results
        .iter()
        .map(|item| paper(item, target))
        .collect();
    let list = if items.is_empty() {
        "<p>Nothing new.</p>\n".to_owned()
    } else {
        format!("<ol>\n{items}</ol>\n")
    };
    format!(
        "<section>\n<h2>{}</h2>\n<p class=\"quiet\">{}</p>\n{list}</section>\n",
        foreign(&section.set),
        escaped(&section.summary())
    )
}

fn paper(item: &Item, target: Target) -> String {
    let paper = &item.paper;
    let title = foreign_title(&paper.title);
    let title = match link(paper.url.as_deref()) {
        Some(url) => format!("<a href=\"{url}\">{title}</a>"),
        None => title,
    };
    let authors = joined(&paper.authors, foreign);
    let authors = if authors.is_empty() {
        authors
    } else {
        format!("<p>{authors}</p>\n")
    };
    // The relevance stands in a column of its own.
    let facts: Vec<String> = facts(item)
        .iter()
        .skip(1)
        .map(|fact| format!("<span>{}</span>", escaped(fact)))
        .collect();
    format!(
        "<li class=\"paper\">\n<div class=\"score\"><b>{:.2}</b> <span>#{}</span></div>\n<div>\n\
         <h3>{title}</h3>\n{authors}<p class=\"quiet facts\">{}</p>\n{}{}</div>\n</li>\n",
        item.relevance,
        item.rank,
        facts.join(" · "),
        reasons(item),
        summary(item, target)
    )
}

/// Lists the reasons of an item.
pub(crate) fn reasons(item: &Item) -> String {
    let notes = item
        .notes
        .iter()
        .map(|note| format!("<li><span>{}</span></li>\n", foreign(note)));
    let reasons: Vec<String> = notes
        .chain(item.reasons.iter().map(|cause| {
            let title = foreign_title(&cause.title);
            format!(
                "<li><span>{}</span> <cite>{title}</cite></li>\n",
                cause.words()
            )
        }))
        .collect();
    if reasons.is_empty() {
        String::new()
    } else {
        format!("<ul class=\"reasons\">\n{}</ul>\n", reasons.concat())
    }
}

fn summary(item: &Item, target: Target) -> String {
    let text = &item.paper.abstract_text;
    if tidy(text).is_empty() {
        return String::new();
    }
    let text = foreign(text);
    match target {
        Target::File => format!("<details><summary>Abstract</summary><p>{text}</p></details>\n"),
        Target::Mail => format!("<p>{text}</p>\n"),
    }
}
