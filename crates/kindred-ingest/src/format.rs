//! The formats that are read.

use std::fmt;

/// Format of an input, detected by its content and never by a file name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// Answer of arXiv's query service.
    Atom,
    /// Page of an OAI-PMH service.
    OaiPmh,
    /// RSS or Atom feed, of announcements of arXiv or of papers of another source.
    Feed,
    /// Lines of the bulk snapshot of arXiv's metadata.
    Snapshot,
    /// JSON Lines of our own form.
    JsonLines,
    /// JSON Lines of another form, read with a [`crate::FieldMapping`].
    MappedJsonLines,
}

impl Format {
    /// Whether records are lines, so that reading can be resumed in the middle.
    pub fn is_lines(self) -> bool {
        matches!(
            self,
            Self::Snapshot | Self::JsonLines | Self::MappedJsonLines
        )
    }
}

impl fmt::Display for Format {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::Atom => "arXiv query answer (Atom)",
            Self::OaiPmh => "OAI-PMH page",
            Self::Feed => "feed",
            Self::Snapshot => "arXiv bulk snapshot (JSON Lines)",
            Self::JsonLines => "JSON Lines",
            Self::MappedJsonLines => "JSON Lines by a field mapping",
        })
    }
}
