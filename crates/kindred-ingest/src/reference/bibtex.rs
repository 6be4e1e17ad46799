//! BibTeX and BibLaTeX: a scanner that survives what is broken.
//!
//! Source of the grammar: Patashnik's manual of BibTeX (1988), and the BibLaTeX manual, section 2. Text
//! between entries is a comment. An entry ends at the latest where the next one begins a line, so
//! that a brace that is never closed costs one field and not the rest of the file. The text is gone
//! through once, or twice where it is broken; there is no recursion.

mod entry;

use std::collections::BTreeMap;

use self::entry::{Entry, is_name_byte};
use super::draft::Collector;
use super::{ReferenceFault, ReferencePlace};

/// Longest value that names of `@string` are put into, in bytes: they name journals, and a short
/// file must not grow into a large one.
const MAX_STRING_BYTES: usize = 1 << 10;
/// Most `@string` definitions that are kept.
const MAX_STRINGS: usize = 10_000;

/// Whether a line begins an entry, which tells the format.
pub(super) fn is_start(line: &str) -> bool {
    head(line.trim_start()).is_some()
}

/// Reads every entry.
pub(super) fn read(text: &str, collector: &mut Collector<'_>) {
    let mut reader = Reader {
        text,
        at: 0,
        boundary: 0,
        newlines: text.match_indices('\n').map(|(at, _)| at).collect(),
        strings: BTreeMap::new(),
        keys: BTreeMap::new(),
        collector,
    };
    while let Some(found) = text[reader.at..].find('@') {
        let start = reader.at + found;
        reader.at = start + 1;
        let Some(head) = head(&text[start..]) else {
            continue;
        };
        let place = ReferencePlace::Line(reader.line(start));
        reader.at = start + head.length;
        reader.find_boundary();
        match head.kind.to_ascii_lowercase().as_str() {
            "comment" | "preamble" => {
                reader.skip_group(head.close);
            }
            "string" => reader.string(head.close),
            kind => {
                if reader.collector.is_full(&place) {
                    return;
                }
                reader.entry(kind, head.close, place);
            }
        }
    }
}

/// How an entry begins.
struct Head<'text> {
    kind: &'text str,
    /// The byte that ends the entry.
    close: u8,
    /// Bytes up to and with the opening brace.
    length: usize,
}

/// Reads `@kind{` or `@kind(` at the start of a text.
fn head(text: &str) -> Option<Head<'_>> {
    let rest = text.strip_prefix('@')?.trim_start();
    let end = rest.bytes().position(|byte| !is_name_byte(byte))?;
    let (kind, rest) = rest.split_at(end);
    let body = rest.trim_start();
    let close = match body.bytes().next()? {
        b'{' => b'}',
        b'(' => b')',
        _ => return None,
    };
    let is_kind = kind.starts_with(|c: char| c.is_ascii_alphabetic());
    is_kind.then_some(Head {
        kind,
        close,
        length: text.len() - body.len() + 1,
    })
}

/// The state of reading one text.
struct Reader<'text, 'collector, 'limits> {
    text: &'text str,
    at: usize,
    /// Where the entry at hand ends at the latest: the next line that begins one, or the end.
    boundary: usize,
    newlines: Vec<usize>,
    strings: BTreeMap<String, String>,
    /// Citation keys and their lines.
    keys: BTreeMap<String, u64>,
    collector: &'collector mut Collector<'limits>,
}

/// What stood where a value was expected.
enum Value {
    Whole(String),
    /// A brace or quote that does not close; the reader stands where it opened.
    Unbalanced,
}

impl<'text> Reader<'text, '_, '_> {
    fn line(&self, at: usize) -> u64 {
        let before = self.newlines.partition_point(|newline| *newline < at);
        u64::try_from(before + 1).unwrap_or(u64::MAX)
    }

    fn problem(&mut self, at: usize, fault: ReferenceFault) {
        let line = self.line(at);
        self.collector.problem_at_line(line, fault);
    }

    /// Finds the next line that begins an entry, unless the known one is still ahead.
    fn find_boundary(&mut self) {
        if self.boundary > self.at {
            return;
        }
        let first = self.newlines.partition_point(|newline| *newline < self.at);
        let next = self.newlines[first..].iter().find_map(|newline| {
            let line = &self.text[newline + 1..];
            let blanks = line.len() - line.trim_start_matches([' ', '\t']).len();
            head(&line[blanks..]).map(|_| newline + 1 + blanks)
        });
        self.boundary = next.unwrap_or(self.text.len());
    }

    /// The next byte of the entry; `None` at its boundary.
    fn peek(&self) -> Option<u8> {
        (self.at < self.boundary).then(|| self.text.as_bytes()[self.at])
    }

    fn skip_blanks(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    /// Takes bytes for as long as they fit.
    fn take_while(&mut self, fits: impl Fn(u8) -> bool) -> &'text str {
        let start = self.at;
        while self.peek().is_some_and(&fits) {
            self.at += 1;
        }
        &self.text[start..self.at]
    }

    /// Skips to the end of a group whose opening brace is behind, or of its line if it has none.
    fn skip_group(&mut self, close: u8) {
        self.at = match self.end_of_group(close) {
            Some(end) => end + 1,
            None => self.end_of_line(self.at),
        };
    }

    /// The place of the byte that closes a group whose opening is behind.
    fn end_of_group(&self, close: u8) -> Option<usize> {
        let bytes = &self.text.as_bytes()[self.at..self.boundary];
        let mut depth = 0_usize;
        for (offset, byte) in bytes.iter().enumerate() {
            match byte {
                _ if *byte == close && depth == 0 => return Some(self.at + offset),
                b'{' => depth += 1,
                b'}' => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
        None
    }

    /// Reads `name = value` of a `@string`.
    fn string(&mut self, close: u8) {
        self.skip_blanks();
        let name = self.take_while(is_name_byte).to_ascii_lowercase();
        self.skip_blanks();
        let start = self.at;
        if self.peek() == Some(b'=') {
            self.at += 1;
            if let Value::Whole(value) = self.value() {
                if self.strings.len() < MAX_STRINGS {
                    self.strings.insert(name, value);
                }
                self.skip_blanks();
                if self.peek() == Some(close) {
                    self.at += 1;
                }
                return;
            }
        }
        let fault = ReferenceFault::Unbalanced {
            field: name,
            key: "@string".to_owned(),
            outcome: "it is left out",
        };
        self.problem(start, fault);
        self.at = self.end_of_line(start);
    }

    /// Reads a value: groups in braces, texts in quotes, numbers and names, joined by `#`.
    fn value(&mut self) -> Value {
        let mut value = String::new();
        loop {
            self.skip_blanks();
            match self.peek() {
                Some(b'{') => {
                    self.at += 1;
                    let Some(end) = self.end_of_group(b'}') else {
                        self.at -= 1;
                        return Value::Unbalanced;
                    };
                    value.push_str(&self.text[self.at..end]);
                    self.at = end + 1;
                }
                Some(b'"') => {
                    self.at += 1;
                    let Some(end) = self.end_of_group(b'"') else {
                        self.at -= 1;
                        return Value::Unbalanced;
                    };
                    value.push_str(&self.text[self.at..end]);
                    self.at = end + 1;
                }
                Some(byte) if is_name_byte(byte) || !byte.is_ascii() => {
                    self.word(&mut value);
                }
                Some(_) | None => return Value::Whole(value),
            }
            self.skip_blanks();
            if self.peek() != Some(b'#') {
                return Value::Whole(value);
            }
            self.at += 1;
        }
    }

    /// Reads a number, or a name that stands for its `@string`.
    fn word(&mut self, value: &mut String) {
        let start = self.at;
        let word = self.take_while(|byte| is_name_byte(byte) || !byte.is_ascii());
        if word.bytes().all(|byte| byte.is_ascii_digit()) {
            value.push_str(word);
            return;
        }
        let name = word.to_ascii_lowercase();
        match self.strings.get(&name) {
            Some(text) if value.len() + text.len() <= MAX_STRING_BYTES => value.push_str(text),
            Some(_) => {}
            None if is_month(&name) => value.push_str(word),
            None => {
                // Programs forget the braces around a word; it is more than nothing.
                value.push_str(word);
                let name = word.to_owned();
                self.problem(start, ReferenceFault::UnknownString { name });
            }
        }
    }

    /// Reads an entry whose opening brace is behind, and hands it on.
    fn entry(&mut self, kind: &str, close: u8, place: ReferencePlace) {
        let start = self.at;
        self.skip_blanks();
        let key = self.key(close);
        let mut entry = Entry::new(if key.is_empty() { kind } else { key });
        if !key.is_empty() {
            let line = self.line(start);
            if let Some(first) = self.keys.get(key) {
                let (key, first) = (key.to_owned(), *first);
                self.problem(start, ReferenceFault::DuplicateKey { key, first });
            } else {
                self.keys.insert(key.to_owned(), line);
            }
        }
        self.fields(&mut entry, close, start);
        let mut draft = entry.into_draft();
        key.clone_into(&mut draft.key);
        self.collector.add(place, &draft);
    }

    /// Reads a citation key and the comma behind it; empty where a field stands there.
    fn key(&mut self, close: u8) -> &'text str {
        let start = self.at;
        let key = self.take_while(|byte| {
            !byte.is_ascii_whitespace()
                && byte != close
                && !matches!(byte, b',' | b'=' | b'{' | b'}' | b'"')
        });
        self.skip_blanks();
        if self.peek() == Some(b'=') {
            self.at = start;
            return "";
        }
        if self.peek() == Some(b',') {
            self.at += 1;
        }
        key
    }
}

fn is_month(name: &str) -> bool {
    const MONTHS: [&str; 12] = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ];
    name.get(..3).is_some_and(|start| MONTHS.contains(&start))
}
