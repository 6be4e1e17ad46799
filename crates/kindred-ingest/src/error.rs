//! What can be wrong with an input, with a page of it, and with one record.

use std::io;

use kindred_core::IdError;

use crate::{Compression, ReferenceFormat};

/// Why an input cannot be read any further.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IngestError {
    /// The file cannot be opened.
    #[error("cannot open `{input}`")]
    Open {
        /// Name of the input.
        input: String,
        /// Reason of the system.
        source: io::Error,
    },
    /// A directory was named instead of a file.
    #[error("`{input}` is a directory, expected a file")]
    Directory {
        /// Name of the input.
        input: String,
    },
    /// The system could not read on.
    #[error("cannot read `{input}`")]
    Read {
        /// Name of the input.
        input: String,
        /// Reason of the system.
        source: io::Error,
    },
    /// Compressed data are cut or fail their checksum.
    #[error("the {compression} data of `{input}` are damaged or cut after {good_bytes} good bytes")]
    Damaged {
        /// Name of the input.
        input: String,
        /// Form of the compression.
        compression: Compression,
        /// Decompressed bytes before the damage.
        good_bytes: u64,
        /// Reason of the decoder.
        source: io::Error,
    },
    /// The input is far larger than its compressed form or its kind allows.
    #[error("`{input}` is too large: {what}, expected at most {limit}")]
    TooLarge {
        /// Name of the input.
        input: String,
        /// What was measured and found.
        what: String,
        /// The limit in force, in the unit of `what`.
        limit: u64,
    },
    /// There is nothing in the input, or blanks only.
    #[error("`{input}` is empty, expected papers as XML or JSON Lines")]
    Empty {
        /// Name of the input.
        input: String,
    },
    /// The content has no known form.
    #[error(
        "`{input}` is {found}, expected arXiv Atom, OAI-PMH, an RSS or Atom feed or JSON Lines"
    )]
    UnknownFormat {
        /// Name of the input.
        input: String,
        /// What the content looks like.
        found: String,
    },
    /// An XML page was to be read with a field mapping.
    #[error("`{input}` is XML, expected JSON Lines: a field mapping is for these alone")]
    NotLines {
        /// Name of the input.
        input: String,
    },
    /// A service refused to answer: an HTML page or a rate limit in place of data.
    #[error("`{input}` holds no data but a refusal of the service: {found}")]
    Refused {
        /// Name of the input.
        input: String,
        /// What the service said.
        found: String,
    },
    /// An XML page cannot be accepted; none of its records was yielded.
    #[error("page `{input}` refused at byte {offset}")]
    Page {
        /// Name of the input.
        input: String,
        /// Offset in the decompressed page.
        offset: u64,
        /// What is wrong with it.
        source: PageFault,
    },
    /// The service answered with an error in the form of a feed.
    #[error("`{input}` is an error of the service: {message}")]
    ErrorFeed {
        /// Name of the input.
        input: String,
        /// Message of the service.
        message: String,
    },
    /// A page without records in the middle of a list.
    #[error("`{input}` is an empty page in the middle of a list: {found}, expected records")]
    EmptyPage {
        /// Name of the input.
        input: String,
        /// What the page says about the list.
        found: String,
    },
    /// An error of OAI-PMH other than `noRecordsMatch`.
    #[error("`{input}` is an OAI-PMH error: {code}: {message}")]
    Oai {
        /// Name of the input.
        input: String,
        /// Code of the protocol, such as `badResumptionToken`.
        code: String,
        /// Message of the service.
        message: String,
    },
    /// An answer of a service that never carries papers.
    #[error("`{input}` is an OAI-PMH {verb} answer, expected ListRecords or GetRecord")]
    NotPapers {
        /// Name of the input.
        input: String,
        /// Verb of the answer, such as `ListIdentifiers`.
        verb: String,
    },
    /// The content is no list of references.
    #[error(
        "`{input}` is {found}; expected BibTeX, RIS, CSL-JSON, Zotero's database or a list of ids, \
         addresses and titles"
    )]
    UnknownReferences {
        /// Name of the input.
        input: String,
        /// What it is instead.
        found: String,
    },
    /// An SQLite database of another program.
    #[error("`{input}` is not Zotero's database: it has no table `{table}`")]
    ForeignDatabase {
        /// Name of the input.
        input: String,
        /// The table that is missing.
        table: &'static str,
    },
    /// A database that cannot be read.
    #[error("the copy of database `{input}` cannot be read, it may be damaged")]
    Database {
        /// Name of the input.
        input: String,
        /// What SQLite said.
        source: rusqlite::Error,
    },
    /// Zotero's database has no such collection.
    #[error(
        "`{input}` has no collection `{name}`, expected one such as {}",
        known.iter().take(20).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
    )]
    UnknownCollection {
        /// Name of the input.
        input: String,
        /// The collection asked for.
        name: String,
        /// Those that there are, by their paths.
        known: Vec<String>,
    },
    /// Collections were asked for of a format that has none.
    #[error("`{input}` is {format} and has no collections, expected Zotero's database")]
    NoCollections {
        /// Name of the input.
        input: String,
        /// What it is.
        format: ReferenceFormat,
    },
    /// The position to resume at does not belong to this input.
    #[error("cannot resume `{input}` at byte {position}: {reason}; was the file changed?")]
    Resume {
        /// Name of the input.
        input: String,
        /// The position asked for.
        position: u64,
        /// What was found there.
        reason: &'static str,
    },
}

/// Why an XML page cannot be accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PageFault {
    /// The page ends before its root element does.
    #[error("the page is cut off: it ends inside {open} open elements")]
    Cut {
        /// Elements still open at the end.
        open: usize,
    },
    /// The page is not well-formed.
    #[error("not well-formed XML: {message}")]
    Malformed {
        /// Reason of the parser.
        message: String,
    },
    /// The page has a DOCTYPE.
    #[error("the page has a DOCTYPE, which is never accepted")]
    Doctype,
    /// A reference to an entity that XML does not define.
    #[error("unknown entity `&{name};`, expected one of amp, lt, gt, apos, quot or a number")]
    UnknownEntity {
        /// Name between `&` and `;`, shortened.
        name: String,
    },
    /// The page is not UTF-8.
    #[error("the page is in {found}, expected UTF-8")]
    Encoding {
        /// Encoding declared or recognised.
        found: String,
    },
    /// Text or a second element beside the root element.
    #[error("{found} outside the root element")]
    OutsideRoot {
        /// What was found there.
        found: &'static str,
    },
    /// A count or size of the page is over its limit.
    #[error("{what} over the limit of {limit}")]
    OverLimit {
        /// What was measured.
        what: &'static str,
        /// The limit in force.
        limit: usize,
    },
}

/// Why one record cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// The line is not a JSON object of the expected shape.
    #[error("not a usable JSON object at column {column}: {message}")]
    Json {
        /// Column from 1 on, in bytes.
        column: usize,
        /// Reason of the parser, shortened.
        message: String,
    },
    /// The last line has no newline and does not parse.
    #[error("the last line breaks off at column {column}: the file may be cut")]
    CutLine {
        /// Column from 1 on, in bytes.
        column: usize,
    },
    /// A field or the whole record is larger than allowed.
    #[error("{field} too large: {found}, expected at most {limit}")]
    TooLarge {
        /// Name of the field.
        field: &'static str,
        /// Size or count found; for a whole record the size at which reading stopped.
        found: usize,
        /// The limit in force.
        limit: usize,
    },
    /// A field that every paper must have is absent or blank.
    #[error("no {field}")]
    Missing {
        /// Name of the field.
        field: &'static str,
    },
    /// The id is a JSON number.
    #[error(
        "the id is the number {found}, expected a string: as a number 1401.0100 becomes 1401.01"
    )]
    NumericId {
        /// The number as text.
        found: String,
    },
    /// The id has no known shape.
    #[error("unusable id: {source}")]
    Id {
        /// Reason of the parser.
        #[from]
        source: IdError,
    },
    /// A date has no known shape.
    #[error("{field} is `{found}`, expected a date")]
    Date {
        /// Name of the field.
        field: &'static str,
        /// The text found, shortened.
        found: String,
    },
    /// A field has the wrong type.
    #[error("{field} is {found}, expected {expected}")]
    Type {
        /// Name of the field.
        field: &'static str,
        /// Type or value found.
        found: String,
        /// What it has to be.
        expected: &'static str,
    },
    /// Header and metadata of an OAI-PMH record name different papers.
    #[error("the header names {header} and the metadata {metadata}")]
    IdMismatch {
        /// Id of the header.
        header: String,
        /// Id of the metadata.
        metadata: String,
    },
    /// OAI-PMH metadata in a format that is not read here.
    #[error("metadata of kind `{found}`, expected arXivRaw, arXiv or oai_dc")]
    UnknownMetadata {
        /// Name of the metadata element, shortened.
        found: String,
    },
}

/// Cuts a text of the input to what an error message may carry.
pub(crate) fn shorten(text: &str) -> String {
    const LENGTH: usize = 120;
    let mut short: String = text.chars().take(LENGTH).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}
