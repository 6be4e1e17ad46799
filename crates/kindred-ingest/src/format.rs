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
    /// RSS 2.0 or Atom 1.0 feed of announcements.
    Feed,
    /// Lines of the bulk snapshot of arXiv's metadata.
    Snapshot,
    /// JSON Lines of our own form.
    JsonLines,
}

impl Format {
    /// Whether records are lines, so that reading can be resumed in the middle.
    pub fn is_lines(self) -> bool {
        matches!(self, Self::Snapshot | Self::JsonLines)
    }
}

impl fmt::Display for Format {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::Atom => "arXiv query answer (Atom)",
            Self::OaiPmh => "OAI-PMH page",
            Self::Feed => "announcement feed",
            Self::Snapshot => "arXiv bulk snapshot (JSON Lines)",
            Self::JsonLines => "JSON Lines",
        })
    }
}
