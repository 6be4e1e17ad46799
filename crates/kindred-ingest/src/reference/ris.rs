//! RIS: lines of a two-letter tag and a value, records from `TY` to `ER`.
//!
//! Source: the format of Research Information Systems as Zotero, Mendeley and others write it. Blanks
//! around the hyphen vary between programs, so only tag and hyphen are required.

use super::draft::{Collector, ReferenceDraft, given_name_first};
use super::{ReferenceFault, ReferencePlace};
use crate::error::shorten;

/// Whether a line begins a record, which tells the format.
pub(super) fn is_start(line: &str) -> bool {
    tagged(line).is_some_and(|(tag, _)| tag == "TY")
}

/// Reads every record; one that is not closed is used too.
pub(super) fn read(text: &str, collector: &mut Collector<'_>) {
    let mut open: Option<Record> = None;
    let mut strays = 0;
    let mut lines = (1..).zip(text.lines()).peekable();
    while let Some((number, line)) = lines.next() {
        let is_cut = lines.peek().is_none() && !text.ends_with('\n');
        if is_cut && open.is_some() && tagged(line).is_none_or(|(tag, _)| tag != "ER") {
            // Half an id is the id of another paper.
            break;
        }
        match (tagged(line), &mut open) {
            (Some(("TY", _)), _) => {
                close(open.take(), false, collector);
                if collector.is_full(&ReferencePlace::Line(number)) {
                    return;
                }
                open = Some(Record::new(number));
            }
            (Some(("ER", _)), _) => close(open.take(), true, collector),
            (Some((tag, value)), Some(record)) => record.field(tag, value),
            (None, Some(record)) if !line.trim().is_empty() => record.go_on(line.trim()),
            (None, _) if line.trim().is_empty() => {}
            (_, None) | (None, Some(_)) => {
                // One stray line after another has one cause.
                if strays == 0 {
                    let found = shorten(line.trim());
                    collector.problem_at_line(number, ReferenceFault::NotRis { found });
                }
                strays += 1;
                continue;
            }
        }
        strays = 0;
    }
    close(open, false, collector);
}

/// Splits a line into tag and value.
fn tagged(line: &str) -> Option<(&str, &str)> {
    let (tag, rest) = line.trim_start().split_at_checked(2)?;
    let is_tag = tag.starts_with(|c: char| c.is_ascii_uppercase())
        && tag.ends_with(|c: char| c.is_ascii_uppercase() || c.is_ascii_digit());
    let value = rest.trim_start_matches([' ', '\t']).strip_prefix('-')?;
    let is_apart = value.is_empty() || value.starts_with([' ', '\t']);
    (is_tag && is_apart).then_some((tag, value.trim()))
}

fn close(record: Option<Record>, is_closed: bool, collector: &mut Collector<'_>) {
    let Some(record) = record else {
        return;
    };
    let place = ReferencePlace::Line(record.line);
    if !is_closed {
        let key = if record.draft.key.is_empty() {
            "TY".to_owned()
        } else {
            record.draft.key.clone()
        };
        collector.problem(place.clone(), ReferenceFault::NotClosed { key });
    }
    collector.add(place, &record.draft);
}

/// A record that is being read.
struct Record {
    line: u64,
    draft: ReferenceDraft,
    /// Tag of the last field, which lines without a tag go on.
    last: String,
}

impl Record {
    fn new(line: u64) -> Self {
        Self {
            line,
            draft: ReferenceDraft::default(),
            last: String::new(),
        }
    }

    fn field(&mut self, tag: &str, value: &str) {
        tag.clone_into(&mut self.last);
        let draft = &mut self.draft;
        let set = |field: &mut String| {
            if field.is_empty() {
                value.clone_into(field);
            }
        };
        match tag {
            "TI" | "T1" | "CT" => set(&mut draft.title),
            "AU" | "A1" => draft.authors.push(given_name_first(value)),
            "AB" | "N2" => set(&mut draft.abstract_text),
            "DO" | "DI" => set(&mut draft.doi),
            "PY" | "Y1" | "DA" => set(&mut draft.date),
            "T2" | "JO" | "JF" | "JA" | "BT" => {
                draft.hints.push(value.to_owned());
                set(&mut draft.venue);
            }
            "ID" => set(&mut draft.key),
            "UR" | "LK" | "L1" | "L2" => {
                draft.hints.push(value.to_owned());
                set(&mut draft.url);
            }
            "AN" | "M1" | "M3" | "N1" | "C1" | "IS" | "VL" | "PB" | "DB" | "SP" => {
                draft.hints.push(value.to_owned());
            }
            _ => {}
        }
    }

    /// Adds a line that a program broke off.
    fn go_on(&mut self, text: &str) {
        let field = match self.last.as_str() {
            "TI" | "T1" | "CT" => &mut self.draft.title,
            "AB" | "N2" => &mut self.draft.abstract_text,
            _ => return,
        };
        field.push(' ');
        field.push_str(text);
    }
}
