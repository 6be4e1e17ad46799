//! What every format does with text that was written to do harm, read back by parsers.

#![expect(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test fails by panicking, also at what a parser has no business to find"
)]

mod atom;
mod bibtex;
mod html;
mod mail;
mod markdown;
mod plain;
mod support;
