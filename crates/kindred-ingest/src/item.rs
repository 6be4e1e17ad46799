//! What a reader yields.

use std::fmt;

use jiff::civil::Date;
use kindred_core::{PaperId, Record};

use crate::RecordError;

/// One record of an input, or the reason why it could not be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The record; an error is about this record only.
    pub record: Result<Record, RecordError>,
    /// Where the record stands.
    pub place: Place,
    /// What was mended in it.
    pub repairs: Repairs,
    /// OAI-PMH: the header of the record, also where the rest of it cannot be used.
    pub header: Option<ItemHeader>,
}

/// The header of a record of OAI-PMH.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemHeader {
    /// The paper.
    pub id: PaperId,
    /// Day (universal time) on which the record was last changed, for whatever reason.
    pub datestamp: Option<Date>,
    /// Sets that the record belongs to, such as `cs:cs:AI`.
    pub sets: Vec<String>,
    /// Whether the service says that the record was deleted.
    pub is_deleted: bool,
}

/// Where a record stands in its input.
///
/// Prints as `line 12` for JSON Lines and `record 17 at byte 48213` for XML pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// Offset of the first byte of the record in the decompressed input.
    pub offset: u64,
    /// Number of the record on its page from 1 on; in JSON Lines the number of the line.
    pub number: u64,
    /// Whether the input is JSON Lines, so that `number` counts lines.
    pub is_line: bool,
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_line {
            write!(formatter, "line {}", self.number)
        } else {
            write!(formatter, "record {} at byte {}", self.number, self.offset)
        }
    }
}

/// What was mended in a record so that it could be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Repairs {
    /// Invalid UTF-8 sequences replaced by U+FFFD.
    pub invalid_utf8: u32,
    /// Control characters removed.
    pub control_characters: u32,
}

impl Repairs {
    /// Whether nothing had to be mended.
    pub fn is_empty(self) -> bool {
        self == Self::default()
    }
}

/// What an XML page says about itself and the list that it belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct PageFacts {
    /// Records on this page, deleted and unusable ones included.
    pub records: u64,
    /// Query service: results of the whole query.
    pub total_results: Option<u64>,
    /// Query service: position of the first entry of this page, from 0.
    pub start_index: Option<u64>,
    /// OAI-PMH: token of the next page. Empty where the service says that the list ends here.
    pub resumption_token: Option<String>,
    /// OAI-PMH: time of the answer by the service's clock.
    pub response_date: Option<String>,
    /// OAI-PMH: code of an error that is an answer, which only `noRecordsMatch` is.
    pub oai_code: Option<String>,
    /// Announcement feeds: day of the announcement by the feed itself.
    pub announced: Option<Date>,
}
