//! Identifiers of papers: a scheme and a value.
//!
//! arXiv identifiers are parsed by shape ([`ArxivId`]); every other scheme is kept verbatim, so
//! that conference, DOI or own identifiers travel unchanged.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use self::arxiv::ArxivId;

mod arxiv;

/// Longest accepted identifier text, in bytes.
const MAX_LENGTH: usize = 256;

/// Why a text is not a paper identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IdError {
    /// The text is empty or blank.
    #[error("empty paper id, expected something like `2603.22691` or `doi:10.1000/182`")]
    Empty,
    /// The text is longer than 256 bytes.
    #[error("paper id of {found} bytes, expected at most 256")]
    TooLong {
        /// Length found, in bytes.
        found: usize,
    },
    /// Seven bare digits could belong to any old-style archive.
    #[error("`{text}` is ambiguous: old-style ids need their archive, as in `hep-th/{text}`")]
    BareNumber {
        /// The digits.
        text: String,
    },
    /// An old-style identifier names an archive that arXiv never had.
    #[error("`{archive}` is not an arXiv archive, in id `{text}`")]
    UnknownArchive {
        /// The archive found.
        archive: String,
        /// The whole id.
        text: String,
    },
    /// The identifier has the shape of an arXiv id, but a part of it is out of range.
    #[error("`{text}` is not an arXiv id: {reason}")]
    OutOfRange {
        /// The whole id.
        text: String,
        /// Which part is wrong and what it has to be.
        reason: &'static str,
    },
    /// No known shape.
    #[error(
        "`{text}` is not a paper id, expected an arXiv id such as `2603.22691` or `scheme:value`"
    )]
    UnknownShape {
        /// The text found.
        text: String,
    },
}

/// The identifier of a paper, without a version.
///
/// Ordered with arXiv papers first, by month and number (the order of announcement), then all
/// others by scheme and value. Prints as `arXiv:2603.22691` or `scheme:value`, and parses back
/// from that.
///
/// # Examples
/// ```
/// use kindred_core::PaperId;
/// let id: PaperId = "https://arxiv.org/abs/math.CA/0611800v2".parse().unwrap();
/// assert_eq!(id.to_string(), "arXiv:math/0611800");
/// assert_eq!(id.short(), "math/0611800");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PaperId {
    /// An arXiv paper.
    Arxiv(ArxivId),
    /// Any other paper, its identifier kept verbatim.
    Other {
        /// Letters, digits, `.`, `_`, `+`, `-`; at most 64 bytes; never `arxiv` in any case.
        scheme: Box<str>,
        /// Not empty, without white space or control characters.
        value: Box<str>,
    },
}

impl PaperId {
    /// Returns the text to show where the scheme is clear: arXiv ids without their scheme.
    pub fn short(&self) -> String {
        match self {
            Self::Arxiv(id) => id.to_string(),
            Self::Other { scheme, value } => format!("{scheme}:{value}"),
        }
    }

    /// Returns the page of the paper, where its scheme has a known address.
    pub fn url(&self) -> Option<String> {
        match self {
            Self::Arxiv(id) => Some(format!("https://arxiv.org/abs/{id}")),
            Self::Other { scheme, value } if scheme.eq_ignore_ascii_case("doi") => {
                Some(format!("https://doi.org/{value}"))
            }
            Self::Other { .. } => None,
        }
    }
}

impl fmt::Display for PaperId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Arxiv(id) => write!(formatter, "arXiv:{id}"),
            Self::Other { scheme, value } => write!(formatter, "{scheme}:{value}"),
        }
    }
}

impl FromStr for PaperId {
    type Err = IdError;

    /// Parses an identifier in any of its usual spellings; a version is accepted and dropped.
    fn from_str(text: &str) -> Result<Self, IdError> {
        text.parse::<VersionedId>().map(|versioned| versioned.id)
    }
}

impl Serialize for PaperId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PaperId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

/// A paper identifier with the version that the text named, if it named one.
///
/// Accepts for arXiv: bare ids, `arXiv:` in any case, `/abs/`, `/pdf/`, `/html/` and `/format/`
/// addresses, `oai:arXiv.org:`, the DOI form `10.48550/arXiv.`, an optional `.pdf` and an
/// optional `vN`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VersionedId {
    /// The paper.
    pub id: PaperId,
    /// The version, from 1 up; `None` where the text had none, and for all other schemes.
    pub version: Option<u16>,
}

impl FromStr for VersionedId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(IdError::Empty);
        }
        if text.len() > MAX_LENGTH {
            return Err(IdError::TooLong { found: text.len() });
        }
        if let Some(bare) = arxiv::strip_wrapping(text) {
            let (id, version) = arxiv::parse(bare)?;
            return Ok(Self {
                id: PaperId::Arxiv(id),
                version,
            });
        }
        other_scheme(text).map(|id| Self { id, version: None })
    }
}

/// Parses `scheme:value` of a scheme that is not arXiv's.
fn other_scheme(text: &str) -> Result<PaperId, IdError> {
    let unknown = || IdError::UnknownShape {
        text: text.to_owned(),
    };
    let (scheme, value) = text.split_once(':').ok_or_else(unknown)?;
    let scheme_is_plain = !scheme.is_empty()
        && scheme.len() <= 64
        && scheme
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '+' | '-'));
    let value_is_plain = !value.is_empty()
        && !value.starts_with("//")
        && !value.chars().any(|c| c.is_whitespace() || c.is_control());
    if scheme_is_plain && value_is_plain {
        Ok(PaperId::Other {
            scheme: scheme.into(),
            value: value.into(),
        })
    } else {
        Err(unknown())
    }
}

#[cfg(test)]
mod tests;
