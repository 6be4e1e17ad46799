//! CSL-JSON, and the JSON that Zotero and its plug-ins export.
//!
//! Source: Citation Style Language, schema 1.0.2. Objects are cut out one by one and parsed alone,
//! so that one that is broken costs no other. Field names of Zotero's own model are read beside
//! those of CSL.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::draft::{Collector, ReferenceDraft};
use super::{ReferenceFault, ReferencePlace};
use crate::error::shorten;

/// Bytes that may be gone through once more for each byte of a broken text.
const RESCANS: usize = 8;

/// Reads every object of an array, of an `items` array within an object, or on lines of its own.
pub(super) fn read(text: &str, collector: &mut Collector<'_>) {
    let mut objects = Objects {
        text,
        at: start_of_items(text),
        line: 1,
        counted_to: 0,
        budget: text.len().saturating_mul(RESCANS),
    };
    while let Some((line, object)) = objects.next_object() {
        let place = ReferencePlace::Line(line);
        if collector.is_full(&place) {
            return;
        }
        match object {
            Ok(Value::Object(fields)) if is_note_or_attachment(&fields) => {}
            Ok(Value::Object(fields)) => collector.add(place, &draft(&fields)),
            Ok(_) => {}
            Err(message) => collector.problem(place, ReferenceFault::Json { message }),
        }
    }
}

/// The parser's reason without its place.
fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let reason = text.split(" at line ").next().unwrap_or(&text);
    shorten(reason)
}

/// Where the objects begin: behind the bracket of an `items` array if the text is an object with
/// one.
fn start_of_items(text: &str) -> usize {
    const NAME: &str = "\"items\"";
    if !text.trim_start().starts_with('{') {
        return 0;
    }
    let array = text.find(NAME).and_then(|at| {
        let rest = text[at + NAME.len()..].trim_start().strip_prefix(':')?;
        let rest = rest.trim_start().strip_prefix('[')?;
        Some(text.len() - rest.len())
    });
    array.unwrap_or(0)
}

/// Cuts objects out of a text.
struct Objects<'text> {
    text: &'text str,
    at: usize,
    /// Line of `counted_to`.
    line: u64,
    counted_to: usize,
    /// Bytes that may still be gone through twice.
    budget: usize,
}

impl Objects<'_> {
    /// The line of a place that is not before the last one asked for.
    fn line_of(&mut self, at: usize) -> u64 {
        let newlines = self.text[self.counted_to..at].matches('\n').count();
        self.line += u64::try_from(newlines).unwrap_or(u64::MAX);
        self.counted_to = at;
        self.line
    }

    /// Reads the next object and the line that it begins in.
    ///
    /// One that does not parse ends where the next begins a line as far left, so that a missing
    /// brace does not cost the rest of the file.
    fn next_object(&mut self) -> Option<(u64, Result<Value, String>)> {
        let start = self.at + self.text[self.at..].find('{')?;
        let line = self.line_of(start);
        let is_bounded = self.budget == 0;
        let mut end = self.end_of(start, is_bounded);
        let parsed = self.parse(start, end, line);
        if parsed.is_err() && !is_bounded {
            let bounded = self.end_of(start, true);
            let again = end.unwrap_or(self.text.len()) - bounded.unwrap_or(self.text.len());
            self.budget = self.budget.saturating_sub(again);
            end = bounded;
        }
        self.at = end.unwrap_or(self.text.len());
        Some((line, parsed))
    }

    fn parse(&self, start: usize, end: Option<usize>, line: u64) -> Result<Value, String> {
        let end = end.ok_or_else(|| "it is not closed".to_owned())?;
        serde_json::from_str(&self.text[start..end]).map_err(|error| {
            let within = u64::try_from(error.line()).unwrap_or(1).max(1);
            format!("{} in line {}", reason(&error), line + within - 1)
        })
    }

    /// Where an object ends; `None` if its braces do not close. A string ends with its line, as
    /// JSON demands. With `is_bounded`, a brace that begins a line as far left as its own ends it.
    fn end_of(&self, start: usize, is_bounded: bool) -> Option<usize> {
        let bytes = self.text.as_bytes();
        let indent = indent_of(bytes, start).filter(|_| is_bounded);
        let (mut depth, mut in_string, mut at) = (0_usize, false, start);
        while at < bytes.len() {
            match bytes[at] {
                b'\n' => in_string = false,
                b'\\' if in_string && bytes.get(at + 1) != Some(&b'\n') => at += 1,
                b'"' => in_string = !in_string,
                _ if in_string => {}
                b'{' if at > start && indent.is_some() && indent_of(bytes, at) == indent => {
                    return Some(at);
                }
                b'{' => depth += 1,
                b'}' => {
                    depth -= 1;
                    if depth == 0 {
                        return Some(at + 1);
                    }
                }
                _ => {}
            }
            at += 1;
        }
        None
    }
}

/// Blanks between a place and the start of its line; `None` if there is something else.
fn indent_of(bytes: &[u8], at: usize) -> Option<usize> {
    let blanks = bytes[..at]
        .iter()
        .rev()
        .take_while(|byte| matches!(byte, b' ' | b'\t'))
        .count();
    let before = at - blanks;
    (before == 0 || bytes[before - 1] == b'\n').then_some(blanks)
}

fn is_note_or_attachment(fields: &Map<String, Value>) -> bool {
    let kind = fields.get("itemType").and_then(Value::as_str);
    matches!(kind, Some("attachment" | "note" | "annotation"))
}

/// What an object says of a paper.
fn draft(fields: &Map<String, Value>) -> ReferenceDraft {
    let first = |names: &[&str]| {
        names
            .iter()
            .map(|name| text(fields.get(*name)))
            .find(|text| !text.is_empty())
            .unwrap_or_default()
    };
    let hints = [
        "number",
        "archiveID",
        "archive_location",
        "note",
        "extra",
        "container-title",
        "publicationTitle",
        "reportNumber",
        "archive",
        "repository",
        "publisher",
    ];
    ReferenceDraft {
        key: first(&["citation-key", "citationKey", "id", "key"]),
        title: first(&["title"]),
        authors: names(fields),
        abstract_text: first(&["abstract", "abstractNote"]),
        date: date(fields),
        venue: first(&[
            "container-title",
            "publicationTitle",
            "proceedingsTitle",
            "publisher",
        ]),
        doi: first(&["DOI", "doi"]),
        url: first(&["URL", "url"]),
        arxiv: first(&["arxiv"]),
        hints: hints.iter().map(|name| text(fields.get(*name))).collect(),
        added: first(&["dateAdded"]).parse::<Timestamp>().ok(),
        ..ReferenceDraft::default()
    }
}

/// A text or number as text, the first of a list; empty for all else.
fn text(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::Array(values)) => match values.first() {
            Some(Value::String(text)) => text.clone(),
            _ => String::new(),
        },
        _ => String::new(),
    }
}

/// Authors of CSL, or the creators of Zotero that are authors.
fn names(fields: &Map<String, Value>) -> Vec<String> {
    let list = ["author", "creators", "editor"]
        .iter()
        .find_map(|name| fields.get(*name).and_then(Value::as_array));
    let of = |name: &Value| {
        if let Value::String(name) = name {
            return Some(name.clone());
        }
        let kind = text(name.get("creatorType"));
        if !kind.is_empty() && kind != "author" {
            return None;
        }
        let part = |names: [&str; 2]| {
            let [first, second] = names.map(|part| text(name.get(part)));
            if first.is_empty() { second } else { first }
        };
        let whole = part(["literal", "name"]);
        if !whole.is_empty() {
            return Some(whole);
        }
        let particle = text(name.get("non-dropping-particle"));
        let parts = [
            part(["given", "firstName"]),
            particle,
            part(["family", "lastName"]),
        ];
        let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        Some(parts.join(" "))
    };
    list.into_iter().flatten().filter_map(of).collect()
}

/// The date of CSL, in parts or as text, or that of Zotero.
fn date(fields: &Map<String, Value>) -> String {
    let issued = fields.get("issued");
    let parts = issued.and_then(|issued| issued.get("date-parts")?.get(0)?.as_array());
    if let Some(parts) = parts {
        let parts: Vec<String> = parts.iter().map(|part| text(Some(part))).collect();
        return parts.join("-");
    }
    let spelled = issued.map_or_else(String::new, |issued| {
        let raw = text(issued.get("raw"));
        if raw.is_empty() {
            text(issued.get("literal"))
        } else {
            raw
        }
    });
    if !spelled.is_empty() {
        return spelled;
    }
    let whole = text(issued);
    if whole.is_empty() {
        text(fields.get("date"))
    } else {
        whole
    }
}
