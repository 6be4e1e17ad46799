//! What one text may cost.

/// Longest formula that is converted, in bytes.
pub(crate) const FORMULA_BYTES: usize = 4_096;
/// Longest group or argument of running text that is looked into, in bytes.
pub(crate) const GROUP_BYTES: usize = 4_096;
/// Deepest nesting of groups and commands in a formula.
pub(crate) const FORMULA_DEPTH: usize = 64;
/// Deepest nesting of groups in running text; what is deeper stays as it is.
pub(crate) const TEXT_DEPTH: u8 = 16;
/// Bytes that may be looked at in search of the ends of groups, besides [`SCANS_PER_BYTE`].
pub(crate) const SCANS: usize = 1 << 20;
/// Such bytes for each byte of the text. Beyond, a text stays as it is.
pub(crate) const SCANS_PER_BYTE: usize = 16;
