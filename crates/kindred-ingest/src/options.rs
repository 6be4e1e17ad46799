//! What a caller may set: limits, a field mapping and the place to resume at.

use std::sync::Arc;

use crate::FieldMapping;

/// How much of the decompressed input is safely behind, in bytes.
///
/// In JSON Lines always the start of a line: resuming skips to it without parsing. A last line
/// without its newline is never behind, since it may have been cut. XML pages are read from their
/// start whatever the position, because an accepted page is one unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Position(u64);

impl Position {
    /// Makes a position from a stored number of bytes.
    pub fn new(bytes: u64) -> Self {
        Self(bytes)
    }

    /// Returns the number of bytes.
    pub fn get(self) -> u64 {
        self.0
    }
}

/// How to read an input.
#[derive(Debug, Clone, Default)]
pub struct ReadOptions {
    /// Where the fields stand in JSON Lines of another form; `None` detects the two known forms.
    pub mapping: Option<Arc<FieldMapping>>,
    /// Sizes and counts beyond which input is refused.
    pub limits: Limits,
    /// Where to go on in JSON Lines; `None` reads from the start.
    pub resume_at: Option<Position>,
}

/// Sizes and counts beyond which a record or a whole input is refused.
///
/// The defaults lie well above anything that arXiv serves, and keep the memory of a hostile input
/// within a few times the page size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// One XML page after decompression, in bytes. Default 64 MiB; arXiv's largest is about 15 MB.
    pub page_bytes: usize,
    /// One line of JSON Lines, in bytes. Default 1 MiB.
    pub line_bytes: usize,
    /// One record of an XML page, in bytes. Default 2 MiB.
    pub record_bytes: usize,
    /// Records of one XML page. Default 50,000; the query service gives at most 30,000.
    pub page_records: usize,
    /// Title, in bytes of its normal form. Default 2 KiB.
    pub title_bytes: usize,
    /// Abstract, in bytes of its normal form. Default 64 KiB.
    pub abstract_bytes: usize,
    /// Comments, in bytes of their normal form. Default 8 KiB.
    pub comments_bytes: usize,
    /// Any other single text, such as a journal reference or a name, in bytes. Default 2 KiB.
    pub field_bytes: usize,
    /// Authors of one paper. Default 5,000.
    pub authors: usize,
    /// Categories and keywords of one paper. Default 500.
    pub terms: usize,
    /// Nesting of XML elements. Default 32.
    pub depth: usize,
    /// Attributes of one XML element. Default 64.
    pub attributes: usize,
    /// One XML start tag, in bytes. Default 64 KiB.
    pub tag_bytes: usize,
    /// Decompressed bytes for each compressed byte. Default 100; text gives 4 to 10.
    pub expansion: u64,
    /// Decompressed bytes up to which `expansion` is not checked. Default 64 MiB.
    pub expansion_floor: u64,
}

impl Default for Limits {
    fn default() -> Self {
        const KIB: usize = 1024;
        const MIB: usize = 1024 * KIB;
        Self {
            page_bytes: 64 * MIB,
            line_bytes: MIB,
            record_bytes: 2 * MIB,
            page_records: 50_000,
            title_bytes: 2 * KIB,
            abstract_bytes: 64 * KIB,
            comments_bytes: 8 * KIB,
            field_bytes: 2 * KIB,
            authors: 5_000,
            terms: 500,
            depth: 32,
            attributes: 64,
            tag_bytes: 64 * KIB,
            expansion: 100,
            expansion_floor: 64 << 20,
        }
    }
}
