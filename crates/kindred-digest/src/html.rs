//! One HTML page: its style inside, no script, nothing fetched, well-formed as XML too.

use kindred_engine::answer::{RunKind, TextRun};

use crate::difference::changes;
use crate::markup::{escaped, foreign, foreign_title, link};
use crate::percentage::percentage;
use crate::plain::{facts, joined};
use crate::text::tidy;
use crate::{Digest, Item, Section};

/// The style of the page.
pub(crate) const STYLE: &str = include_str!("html/style.css");

/// Where a page is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    /// In a browser: abstracts are folded.
    File,
    /// In a mail reader, few of which can fold.
    Mail,
}

/// Begins a page up to its body. A page that holds other people's text lets nothing run and fetches
/// nothing, whatever slips through.
pub(crate) fn head(title: &str, style: &str) -> String {
    let title = escaped(title);
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\" xmlns=\"http://www.w3.org/1999/xhtml\">\n<head>\n\
         <meta charset=\"utf-8\" />\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; \
         style-src 'unsafe-inline'\" />\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\" />\n\
         <meta name=\"color-scheme\" content=\"light dark\" />\n\
         <meta name=\"referrer\" content=\"no-referrer\" />\n\
         <title>{title}</title>\n<style>\n{style}</style>\n</head>\n"
    )
}

/// Renders a digest as a page.
pub(crate) fn render(digest: &Digest, target: Target) -> String {
    let head = head(&digest.title(), STYLE);
    let sections: String = digest
        .sections
        .iter()
        .map(|part| section(part, target))
        .collect();
    let papers = match digest.len() {
        1 => "1 paper".to_owned(),
        number => format!("{number} papers"),
    };
    let mut items = digest.sections.iter().flat_map(|section| &section.results);
    let legend = if items.any(|item| item.relevance.is_some()) {
        " The number beside a paper is the probability that you keep it."
    } else {
        ""
    };
    let standing = digest.standing().map_or_else(String::new, |standing| {
        format!("<p class=\"quiet\">{}</p>\n", foreign(&standing))
    });
    format!(
        "{head}<body>\n<main>\n<header>\n<h1>Arrivals for you</h1>\n\
         <p class=\"quiet\">{papers} of {}</p>\n{standing}</header>\n{sections}\
         <footer class=\"quiet\">Made by Kindred on your own machine.{legend}</footer>\n\
         </main>\n</body>\n</html>\n",
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
    let interests = section.interests().map_or_else(String::new, |interests| {
        format!("<p class=\"quiet\">{}</p>\n", foreign(&interests))
    });
    format!(
        "<section>\n<h2>{}</h2>\n<p class=\"quiet\">{}</p>\n{interests}{list}\
         </section>\n",
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
    // The probability stands in a column of its own.
    let facts: Vec<String> = facts(item)
        .iter()
        .skip(usize::from(item.relevance.is_some()))
        .map(|fact| format!("<span>{}</span>", escaped(fact)))
        .collect();
    format!(
        "<li class=\"paper\">\n<div class=\"score\">{}<span>#{}</span></div>\n<div>\n\
         <h3>{title}</h3>\n{authors}<p class=\"quiet facts\">{}</p>\n{}{}</div>\n</li>\n",
        item.relevance.map_or_else(String::new, |relevance| {
            format!("<b>{}</b> ", escaped(&percentage(relevance)))
        }),
        item.rank,
        facts.join(" · "),
        reasons(item),
        summary(item, target)
    )
}

/// Lists the reasons of an item, and what is new in it.
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
        .chain(changes(item.revision.as_ref()).iter().map(|(label, runs)| {
            let runs: Vec<String> = runs.iter().map(marked).collect();
            format!("<li><span>{label}</span> {}</li>\n", runs.join(" "))
        }))
        .collect();
    if reasons.is_empty() {
        String::new()
    } else {
        format!("<ul class=\"reasons\">\n{}</ul>\n", reasons.concat())
    }
}

/// Writes words of a difference.
fn marked(run: &TextRun) -> String {
    let text = format!("<bdi>{}</bdi>", escaped(&run.text));
    match run.kind {
        RunKind::Equal => text,
        RunKind::Removed => format!("<del>{text}</del>"),
        RunKind::Added => format!("<ins>{text}</ins>"),
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
