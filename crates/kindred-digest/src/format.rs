//! The formats of a digest.

use crate::{Digest, atom, bibtex, html, json, markdown, plain, ris};

/// A format that a digest can be rendered in without further facts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Text in lines of at most 78 columns.
    Plain,
    /// `CommonMark`.
    Markdown,
    /// One HTML page, well-formed as XML, with its style inside and no script.
    Html,
    /// An Atom feed (RFC 4287).
    Atom,
    /// One JSON value.
    Json,
    /// BibTeX entries.
    Bibtex,
    /// RIS records.
    Ris,
}

impl Format {
    /// Renders a digest; the same digest gives the same text. Ends with a line break.
    pub fn render(self, digest: &Digest) -> String {
        match self {
            Self::Plain => plain::render(digest),
            Self::Markdown => markdown::render(digest),
            Self::Html => html::render(digest, html::Target::File),
            Self::Atom => atom::render(digest),
            Self::Json => json::render(digest),
            Self::Bibtex => bibtex::render(digest),
            Self::Ris => ris::render(digest),
        }
    }
}
