//! What every format does with text that was written to do harm, read back by parsers.

mod atom;
mod bibtex;
mod html;
mod mail;
mod markdown;
mod plain;
mod support;
