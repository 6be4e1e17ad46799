//! The fields of one entry of BibTeX, and what they say of a paper.

use std::collections::BTreeMap;
use std::ops::Range;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use kindred_core::{PaperDate, PaperId, VersionedId};

use super::{Reader, Value};
use crate::reference::ReferenceFault;
use crate::reference::draft::{ReferenceDraft, given_name_first};

/// Broken fields of one entry after which the rest of it is given up, which bounds the work.
const MAX_BROKEN_FIELDS: u8 = 8;

/// Fields by their lower-case names; the first of a name counts.
#[derive(Debug)]
pub(super) struct Entry {
    /// Citation key, or the kind of entry where there is none: its name in messages.
    name: String,
    fields: BTreeMap<String, String>,
    broken: u8,
    /// Name of the last field and place of its value, if that was whole.
    last: Option<(String, Range<usize>)>,
}

/// Whether a byte may stand in the name of an entry, a field or a string.
pub(super) fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'+' | b'.' | b':' | b'/')
}

impl Reader<'_, '_, '_> {
    /// Reads the fields of an entry up to its end, or to where it has to end.
    pub(super) fn fields(&mut self, entry: &mut Entry, close: u8, start: usize) {
        loop {
            self.skip_blanks();
            match self.peek() {
                None if self.took_fields(entry) => {}
                None => {
                    let key = entry.name.clone();
                    self.problem(start, ReferenceFault::NotClosed { key });
                    return;
                }
                Some(b',') => self.at += 1,
                Some(byte) if byte == close => {
                    self.at += 1;
                    if !self.fields_follow() {
                        return;
                    }
                    let key = entry.name.clone();
                    self.problem(self.at, ReferenceFault::ClosedEarly { key });
                }
                Some(_) => self.field(entry),
            }
            if entry.broken >= MAX_BROKEN_FIELDS {
                self.at = self.boundary;
            }
        }
    }

    /// Reads `name = value`; skips what is none.
    fn field(&mut self, entry: &mut Entry) {
        let start = self.at;
        let name = self.take_while(is_name_byte).to_ascii_lowercase();
        self.skip_blanks();
        if name.is_empty() || self.peek() != Some(b'=') {
            self.at = self.end_of_line(start).max(start + 1);
            while !self.text.is_char_boundary(self.at) {
                self.at += 1;
            }
            let found = self.text[start..self.at].trim().chars().take(60).collect();
            let key = entry.name.clone();
            self.problem(start, ReferenceFault::NotAField { key, found });
            entry.broken += 1;
            return;
        }
        self.at += 1;
        self.skip_blanks();
        let value_start = self.at;
        match self.value() {
            Value::Whole(value) => {
                entry.add(name.clone(), value);
                entry.last = Some((name, value_start..self.at));
            }
            Value::Unbalanced => self.broken_value(entry, name),
        }
    }

    /// Goes back to the value that an entry without an end stopped at, if it holds fields: its
    /// brace was closed by that of the entry.
    fn took_fields(&mut self, entry: &mut Entry) -> bool {
        let Some((name, value)) = entry.last.take() else {
            return false;
        };
        let start = value.start;
        let lines = self.end_of_line(start).min(value.end)..value.end;
        let holds_fields = self.text[lines]
            .split('\n')
            .any(|line| begins_field(line.trim_start_matches([' ', '\t'])));
        if holds_fields {
            entry.fields.remove(&name);
            self.at = start;
            self.broken_value(entry, name);
        }
        holds_fields
    }

    /// Takes what a value that does not close holds up to the line where the next field begins. A
    /// value that goes on to where the entry breaks off may be cut, and is left out.
    fn broken_value(&mut self, entry: &mut Entry, name: String) {
        let start = self.at;
        let mut end = self.end_of_line(start);
        while end < self.boundary && !self.is_field_or_end(end + 1) {
            end = self.end_of_line(end + 1);
        }
        let is_whole = end < self.boundary;
        if is_whole {
            let value = self.text[start..end].trim();
            let value = value.trim_end_matches([',', ' ']);
            let value = value.trim_matches(['{', '}', '"']);
            entry.add(name.clone(), value.to_owned());
        }
        self.at = end;
        entry.broken += 1;
        entry.last = None;
        let fault = ReferenceFault::Unbalanced {
            field: name,
            key: entry.name.clone(),
            outcome: if is_whole {
                "it is read up to the next field"
            } else {
                "it is left out"
            },
        };
        self.problem(start, fault);
    }

    /// The place of the next newline within the entry, or its boundary.
    pub(super) fn end_of_line(&self, at: usize) -> usize {
        let next = self.newlines.partition_point(|newline| *newline < at);
        let newline = self.newlines.get(next).copied();
        newline.map_or(self.boundary, |newline| newline.min(self.boundary))
    }

    /// Whether a line that begins at `at` begins a field or ends the entry.
    fn is_field_or_end(&self, at: usize) -> bool {
        let Some(line) = self.text.get(at.min(self.boundary)..self.boundary) else {
            return true;
        };
        let line = line.trim_start_matches([' ', '\t']);
        begins_field(line) || line.starts_with(['}', ')'])
    }

    /// Whether more fields stand behind the end of an entry.
    fn fields_follow(&self) -> bool {
        let rest = self.text[self.at..self.boundary].trim_start();
        rest.strip_prefix(',')
            .is_some_and(|rest| begins_field(rest.trim_start()))
    }
}

/// Whether a text begins with `name =`.
fn begins_field(text: &str) -> bool {
    let end = text
        .bytes()
        .position(|byte| !is_name_byte(byte))
        .unwrap_or(text.len());
    end > 0 && text[end..].trim_start_matches([' ', '\t']).starts_with('=')
}

impl Entry {
    pub(super) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            fields: BTreeMap::new(),
            broken: 0,
            last: None,
        }
    }

    fn add(&mut self, name: String, value: String) {
        if !value.is_empty() {
            self.fields.entry(name).or_insert(value);
        }
    }

    /// The first of some fields that is there.
    fn first(&self, names: &[&str]) -> String {
        let found = names.iter().find_map(|name| self.fields.get(*name));
        found.cloned().unwrap_or_default()
    }

    /// What the fields say of a paper.
    pub(super) fn into_draft(self) -> ReferenceDraft {
        let kind = self.first(&["archiveprefix", "eprinttype", "archive"]);
        let eprint = self.first(&["eprint"]);
        let is_arxiv = kind.trim().to_ascii_lowercase().contains("arxiv");
        // Without a type it may be the number of another archive, if it looks like arXiv's not.
        let looks_right = matches!(
            eprint.parse::<VersionedId>(),
            Ok(VersionedId {
                id: PaperId::Arxiv(_),
                ..
            })
        );
        let takes_eprint = is_arxiv || (kind.trim().is_empty() && looks_right);
        let hints = [
            "arxivid",
            "arxiv",
            "journal",
            "journaltitle",
            "volume",
            "number",
            "note",
            "annote",
            "howpublished",
            "eprint",
            "publisher",
            "series",
            "pages",
            "pubstate",
            "addendum",
        ];
        let title = self.title();
        ReferenceDraft {
            title,
            authors: authors(&self.first(&["author", "editor"])),
            abstract_text: self.first(&["abstract"]),
            date: self.first(&["date", "year"]),
            venue: self.first(&["journal", "journaltitle", "booktitle", "publisher"]),
            doi: self.first(&["doi"]),
            url: self.first(&["url", "link"]),
            arxiv: if takes_eprint { eprint } else { String::new() },
            class: self.first(&["primaryclass", "eprintclass"]),
            hints: hints
                .iter()
                .filter_map(|name| self.fields.get(*name).cloned())
                .collect(),
            added: self.added(),
            ..ReferenceDraft::default()
        }
    }

    /// Title and subtitle, which BibLaTeX keeps apart.
    fn title(&self) -> String {
        let title = self.first(&["title"]);
        match self.fields.get("subtitle") {
            Some(subtitle) if !title.is_empty() => format!("{title}: {subtitle}"),
            _ => title,
        }
    }

    /// When the entry was made, as reference managers note it. The `timestamp` of DBLP is its own.
    fn added(&self) -> Option<Timestamp> {
        let mut names = vec!["date-added", "creationdate"];
        if !self.fields.contains_key("biburl") && !self.fields.contains_key("bibsource") {
            names.push("timestamp");
        }
        parse_time(self.first(&names).trim())
    }
}

/// Reads `2019-05-01 10:00:00 +0200`, `2019-05-01T10:00:00`, `2019-05-01` and `2019.05.01`.
fn parse_time(text: &str) -> Option<Timestamp> {
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(time);
    }
    if let Ok(zoned) = jiff::fmt::strtime::parse("%Y-%m-%d %H:%M:%S %z", text)
        && let Ok(time) = zoned.to_timestamp()
    {
        return Some(time);
    }
    if let Ok(local) = text.parse::<DateTime>() {
        return local.to_zoned(TimeZone::UTC).ok().map(|at| at.timestamp());
    }
    let date = text.replace('.', "-").parse::<PaperDate>().ok()?;
    let midnight = date.first_day().to_datetime(jiff::civil::Time::midnight());
    let at = midnight.to_zoned(TimeZone::UTC).ok()?;
    date.is_to_the_day().then(|| at.timestamp())
}

/// Splits names at ` and ` outside of braces.
fn authors(text: &str) -> Vec<String> {
    let mut names = vec![String::new()];
    let mut depth = 0_usize;
    for word in text.split_whitespace() {
        if depth == 0 && word.eq_ignore_ascii_case("and") {
            names.push(String::new());
            continue;
        }
        for byte in word.bytes() {
            match byte {
                b'{' => depth += 1,
                b'}' => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
        let name = names.last_mut().expect("there is always a name");
        if !name.is_empty() {
            name.push(' ');
        }
        name.push_str(word);
    }
    names
        .iter()
        .filter(|name| !name.is_empty() && !name.eq_ignore_ascii_case("others"))
        .map(|name| given_name_first(name))
        .collect()
}
