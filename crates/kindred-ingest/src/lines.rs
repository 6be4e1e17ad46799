//! JSON Lines in constant memory.

use std::sync::Arc;

use kindred_core::Record;

use crate::decompress::Bytes;
use crate::json;
use crate::mapping::parse_line;
use crate::text::decode;
use crate::{
    FieldMapping, Format, IngestError, Item, ItemHeader, Limits, Place, Position, ReadOptions,
    RecordError, Repairs,
};

/// Reads lines one by one into a buffer that is used again.
#[derive(Debug)]
pub(crate) struct LineReader {
    bytes: Bytes,
    limits: Limits,
    format: Format,
    mapping: Option<Arc<FieldMapping>>,
    line: Vec<u8>,
    /// Lines begun so far.
    number: u64,
    /// Offset of the first byte of the line in the buffer.
    line_start: u64,
    position: Position,
    /// Whether `line` holds a line that was read only to detect the format.
    pending: Option<Ending>,
}

/// How a line ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    Newline,
    EndOfInput,
    /// Longer than the limit; the rest was skipped up to and with its newline, if it had one.
    TooLong,
}

impl LineReader {
    /// Starts on a stream of which nothing was consumed yet but blanks; reads the first line with
    /// content and tells the format by it.
    pub(crate) fn start(
        input: &str,
        bytes: Bytes,
        options: &ReadOptions,
    ) -> Result<Self, IngestError> {
        let mut reader = Self {
            bytes,
            limits: options.limits.clone(),
            format: Format::JsonLines,
            mapping: options.mapping.clone(),
            line: Vec::new(),
            number: 0,
            line_start: 0,
            position: Position::default(),
            pending: None,
        };
        while let Some(ending) = reader.read_line()? {
            reader.pending = Some(ending);
            if !is_blank(&reader.line) {
                break;
            }
        }
        let mut repairs = Repairs::default();
        let first = decode(&reader.line, &mut repairs);
        let found = match first.trim_start_matches('\u{feff}').trim() {
            "" => {
                return Err(IngestError::Empty {
                    input: input.to_owned(),
                });
            }
            "{" => Err("JSON spread over several lines, one object per line is needed".to_owned()),
            _ if reader.mapping.is_some() => Ok(Format::MappedJsonLines),
            line => json::format_of(line),
        };
        reader.format = found.map_err(|found| IngestError::UnknownFormat {
            input: input.to_owned(),
            found,
        })?;
        Ok(reader)
    }

    /// Skips to a position without parsing; it has to be the start of a line.
    pub(crate) fn resume(&mut self, input: &str, at: Position) -> Result<(), IngestError> {
        let refuse = |reason| IngestError::Resume {
            input: input.to_owned(),
            position: at.get(),
            reason,
        };
        if at.get() == 0 {
            return Ok(());
        }
        let detected = self.bytes.consumed();
        if at.get() < detected {
            return Err(refuse("it lies within the first line"));
        }
        let mut left = at.get() - detected;
        let mut last = match self.pending.take() {
            Some(Ending::Newline) => Some(b'\n'),
            Some(Ending::EndOfInput | Ending::TooLong) | None => None,
        };
        while left > 0 {
            let available = self.bytes.fill()?;
            if available.is_empty() {
                return Err(refuse("the input ends before it"));
            }
            let count = usize::try_from(left)
                .unwrap_or(usize::MAX)
                .min(available.len());
            let skipped = &available[..count];
            last = skipped.last().copied();
            #[expect(
                clippy::naive_bytecount,
                reason = "decompression, not this count, bounds the speed of skipping"
            )]
            let newlines = skipped.iter().filter(|&&byte| byte == b'\n').count();
            self.number += u64::try_from(newlines).unwrap_or(u64::MAX);
            self.bytes.consume(count);
            left -= u64::try_from(count).unwrap_or(u64::MAX);
        }
        if last != Some(b'\n') {
            return Err(refuse("it is not the start of a line"));
        }
        self.position = at;
        Ok(())
    }

    pub(crate) fn format(&self) -> Format {
        self.format
    }

    pub(crate) fn position(&self) -> Position {
        self.position
    }

    /// Reads the next record; `None` at the end.
    pub(crate) fn next_item(&mut self) -> Result<Option<Item>, IngestError> {
        loop {
            let ending = match self.pending.take() {
                Some(ending) => Some(ending),
                None => self.read_line()?,
            };
            let Some(ending) = ending else {
                return Ok(None);
            };
            if ending != Ending::EndOfInput {
                self.position = Position::new(self.bytes.consumed());
            }
            if !is_blank(&self.line) {
                return Ok(Some(self.item(ending)));
            }
        }
    }

    fn item(&self, ending: Ending) -> Item {
        let mut repairs = Repairs::default();
        let mut changed = None;
        let record = if ending == Ending::TooLong {
            Err(RecordError::TooLarge {
                field: "line",
                found: usize::try_from(self.bytes.consumed() - self.line_start)
                    .unwrap_or(usize::MAX),
                limit: self.limits.line_bytes,
            })
        } else {
            let text = decode(&self.line, &mut repairs);
            let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
            let parsed = match &self.mapping {
                Some(mapping) => parse_line(text, mapping, &self.limits, &mut repairs)
                    .map(|record| (record, None)),
                None => json::parse_line(text, self.format, &self.limits, &mut repairs),
            };
            match parsed {
                Err(RecordError::Json { column, .. }) if ending == Ending::EndOfInput => {
                    Err(RecordError::CutLine { column })
                }
                Ok((record, day)) => {
                    changed = day;
                    Ok(record)
                }
                Err(error) => Err(error),
            }
        };
        let header = match (&record, changed) {
            (Ok(Record::Paper { paper, .. }), Some(day)) => Some(ItemHeader {
                id: paper.id.clone(),
                datestamp: Some(day),
                sets: Vec::new(),
                is_deleted: false,
            }),
            _ => None,
        };
        Item {
            record,
            place: Place {
                offset: self.line_start,
                number: self.number,
                is_line: true,
            },
            repairs,
            header,
        }
    }

    /// Reads a line into the buffer, without its newline; `None` at the end of the input.
    fn read_line(&mut self) -> Result<Option<Ending>, IngestError> {
        self.line.clear();
        self.line_start = self.bytes.consumed();
        let mut too_long = false;
        let mut begun = false;
        loop {
            let available = self.bytes.fill()?;
            if available.is_empty() {
                return Ok(match (begun, too_long) {
                    (false, _) => None,
                    (true, false) => Some(Ending::EndOfInput),
                    (true, true) => Some(Ending::TooLong),
                });
            }
            if !begun {
                begun = true;
                self.number += 1;
            }
            let newline = find_newline(available);
            let piece = &available[..newline.unwrap_or(available.len())];
            let room = self.limits.line_bytes.saturating_sub(self.line.len());
            too_long |= piece.len() > room;
            self.line.extend_from_slice(&piece[..piece.len().min(room)]);
            let consumed = piece.len() + usize::from(newline.is_some());
            self.bytes.consume(consumed);
            if newline.is_some() {
                return Ok(Some(if too_long {
                    Ending::TooLong
                } else {
                    Ending::Newline
                }));
            }
        }
    }
}

/// Finds the first newline. `contains` compares whole words where `position` takes single bytes.
fn find_newline(bytes: &[u8]) -> Option<usize> {
    const BLOCK: usize = 256;
    let (block, found) = bytes
        .chunks(BLOCK)
        .enumerate()
        .find(|(_, block)| block.contains(&b'\n'))?;
    let within = found.iter().position(|&byte| byte == b'\n')?;
    Some(block * BLOCK + within)
}

fn is_blank(line: &[u8]) -> bool {
    line.iter().all(u8::is_ascii_whitespace)
}
