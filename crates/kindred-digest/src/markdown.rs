//! `CommonMark`, as every renderer with or without extensions understands it.

use kindred_engine::answer::{RunKind, TextRun};

use crate::difference::changes;
use crate::markup::percent_encoded;
use crate::plain::{authors, facts};
use crate::text::{isolated, readable, title};
use crate::{Digest, Item};

/// Renders a digest as Markdown.
pub(crate) fn render(digest: &Digest) -> String {
    let mut out = format!("# {}\n", escaped(&digest.title()));
    if let Some(standing) = digest.standing() {
        line(&mut out, &format!("\n{}", escaped(&readable(&standing))));
    }
    for section in &digest.sections {
        line(
            &mut out,
            &format!("\n## {}\n", escaped(&readable(&section.set))),
        );
        let facts = format!("{}: {}", digest.period(), section.summary());
        line(&mut out, &escaped(&facts));
        if let Some(interests) = section.interests() {
            line(&mut out, &format!("\n{}", escaped(&readable(&interests))));
        }
        if section.results.is_empty() {
            line(&mut out, "\nNothing new.");
        }
        for item in &section.results {
            out.push('\n');
            entry(&mut out, item);
        }
    }
    out
}

fn entry(out: &mut String, item: &Item) {
    let paper = &item.paper;
    let name = escaped(&isolated(&title(&paper.title)));
    let linked = match &paper.url {
        Some(url) => format!("[{name}](<{}>)", percent_encoded(url)),
        None => name,
    };
    let mark = format!("{}. ", item.rank);
    let indent = " ".repeat(mark.len());
    line(out, &format!("{mark}**{linked}**  "));
    let authors = authors(&paper.authors);
    if !authors.is_empty() {
        line(out, &format!("{indent}{}  ", at_start(&escaped(&authors))));
    }
    let facts: Vec<String> = facts(item).iter().map(|fact| escaped(fact)).collect();
    line(out, &format!("{indent}{}", at_start(&facts.join(" · "))));
    for note in &item.notes {
        let note = escaped(&isolated(&readable(note)));
        line(out, &format!("{indent}* {note}"));
    }
    for cause in &item.reasons {
        let name = escaped(&isolated(&title(&cause.title)));
        line(out, &format!("{indent}* {} *{name}*", cause.words()));
    }
    for (label, runs) in changes(item.revision.as_ref()) {
        let runs: Vec<String> = runs.iter().map(marked).collect();
        line(out, &format!("{indent}* {label} {}", runs.join(" ")));
    }
    let summary = readable(&paper.abstract_text);
    if !summary.is_empty() {
        let summary = at_start(&escaped(&isolated(&summary)));
        line(out, &format!("\n{indent}{summary}"));
    }
}

/// Writes words of a difference: taken out ~~so~~, put in **so**.
fn marked(run: &TextRun) -> String {
    let text = escaped(&isolated(&run.text));
    match run.kind {
        RunKind::Equal => text,
        RunKind::Removed => format!("~~{text}~~"),
        RunKind::Added => format!("**{text}**"),
    }
}

fn line(out: &mut String, text: &str) {
    out.push_str(text);
    out.push('\n');
}

/// Escapes every character that Markdown or one of its usual extensions gives a meaning inside a
/// line; `&` and `<` become entities, so that no renderer takes them for HTML.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (position, character) in text.char_indices() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '{' | '}' | '(' | ')' | '#' | '|' | '~' | '$'
            | '!' | '^' | '@' | '"' | '\'' => {
                out.push('\\');
                out.push(character);
            }
            // Bare addresses would become links (GitHub's extension).
            ':' if text[position..].starts_with("://") => out.push_str("\\:"),
            '.' if ends_with_www(&text[..position]) => out.push_str("\\."),
            // Marked text, and typographic extensions.
            '=' if text[position..].starts_with("==") => out.push_str("\\="),
            '-' if text[position..].starts_with("--") => out.push_str("\\-"),
            '.' if text[position..].starts_with("...") => out.push_str("\\."),
            other => out.push(other),
        }
    }
    out
}

fn ends_with_www(text: &str) -> bool {
    text.get(text.len().saturating_sub(3)..)
        .is_some_and(|end| end.eq_ignore_ascii_case("www"))
}

/// Escapes what would begin a list, a quotation or a heading at the start of a line.
fn at_start(text: &str) -> String {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let mark = &text[digits..];
    let is_list = digits > 0 && (mark == "." || mark.starts_with(". "));
    let is_bullet = digits == 0 && mark.starts_with(['-', '+', ':', '=']);
    if is_list || is_bullet {
        format!("{}\\{mark}", &text[..digits])
    } else {
        text.to_owned()
    }
}
