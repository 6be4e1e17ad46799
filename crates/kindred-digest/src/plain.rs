//! Plain text, in lines that mail readers and terminals show whole.

use unicode_width::UnicodeWidthStr;

use crate::difference::{changes, marked_words};
use crate::markup::percent_encoded;
use crate::percentage::percentage;
use crate::text::{isolated, readable, tidy, title, wrapped};
use crate::{Digest, Item};

/// Columns of a line (RFC 5322 section 2.1.1 asks for at most 78).
const WIDTH: usize = 78;
/// Columns before the text of an item.
const INDENT: usize = 4;

/// Renders a digest as text.
pub(crate) fn render(digest: &Digest) -> String {
    let mut out = String::new();
    paragraph(&mut out, &digest.title(), "", "");
    if let Some(standing) = digest.standing() {
        paragraph(&mut out, &readable(&standing), "", "");
    }
    out.push('\n');
    for section in &digest.sections {
        let heading = readable(&section.set);
        paragraph(&mut out, &heading, "", "");
        let columns = heading.width().clamp(1, WIDTH);
        out.push_str(&"-".repeat(columns));
        out.push('\n');
        let facts = format!("{}: {}", digest.period(), section.summary());
        paragraph(&mut out, &facts, "", "");
        if let Some(interests) = section.interests() {
            paragraph(&mut out, &readable(&interests), "", "");
        }
        for item in &section.results {
            out.push('\n');
            entry(&mut out, item);
        }
        if section.results.is_empty() {
            out.push_str("Nothing new.\n");
        }
        out.push('\n');
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

fn entry(out: &mut String, item: &Item) {
    let indent = " ".repeat(INDENT);
    let paper = &item.paper;
    let first = format!("{:>2}. ", item.rank);
    paragraph(out, &isolated(&title(&paper.title)), &first, &indent);
    let authors = authors(&paper.authors);
    if !authors.is_empty() {
        paragraph(out, &authors, &indent, &indent);
    }
    paragraph(out, &facts(item).join(" · "), &indent, &indent);
    for note in &item.notes {
        paragraph(out, &isolated(&readable(note)), &indent, &indent);
    }
    for cause in &item.reasons {
        let reason = format!("{} {}", cause.words(), isolated(&title(&cause.title)));
        paragraph(out, &reason, &indent, &indent);
    }
    for (label, runs) in changes(item.revision.as_ref()) {
        let words = marked_words(&runs).into_iter().map(|(_, word)| word);
        let words: Vec<String> = std::iter::once(label.to_owned()).chain(words).collect();
        paragraph(out, &words.join(" "), &indent, &indent);
    }
    if let Some(url) = &paper.url {
        paragraph(out, &percent_encoded(url), &indent, &indent);
    }
}

/// Returns the probability where there is one, id, categories, date and venue.
pub(crate) fn facts(item: &Item) -> Vec<String> {
    let paper = &item.paper;
    let mut facts: Vec<String> = item.relevance.map(percentage).into_iter().collect();
    facts.push(paper.id.short());
    let categories: Vec<&str> = paper
        .categories
        .iter()
        .map(kindred_engine::Category::as_str)
        .collect();
    facts.extend((!categories.is_empty()).then(|| categories.join(" ")));
    facts.extend(paper.date.map(|date| {
        let date = date.to_string();
        date.split('T').next().unwrap_or_default().to_owned()
    }));
    facts.extend(paper.venue.as_deref().map(readable));
    if paper.withdrawn {
        facts.push("withdrawn".to_owned());
    }
    facts.iter().map(|fact| isolated(&tidy(fact))).collect()
}

/// Names up to six authors.
pub(crate) fn authors(names: &[String]) -> String {
    joined(names, |name| isolated(&readable(name)))
}

/// Writes up to six names and how many more there are; collaborations have thousands.
pub(crate) fn joined(names: &[String], write: impl Fn(&str) -> String) -> String {
    const MOST: usize = 6;
    let shown: Vec<String> = names.iter().take(MOST).map(|name| write(name)).collect();
    let text = shown.join(", ");
    match names.len().saturating_sub(MOST) {
        0 => text,
        more => format!("{text} and {more} more"),
    }
}

fn paragraph(out: &mut String, text: &str, first: &str, rest: &str) {
    let room = WIDTH - first.len().max(rest.len());
    for (number, line) in wrapped(text, room).iter().enumerate() {
        out.push_str(if number == 0 { first } else { rest });
        out.push_str(line);
        out.push('\n');
    }
}
