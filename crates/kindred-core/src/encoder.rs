//! The seam between texts and vectors.

use std::error::Error;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::vector::{UnitVector, VectorError};

/// Which side of a search a text is on; some models read a different prefix on each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// A text that is stored and found.
    Document,
    /// A text that is searched with.
    Query,
}

/// Why one text has no vector.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// The tokenizer found nothing that the model knows.
    #[error("the text has no token that the model knows")]
    NoTokens,
    /// The model's output is not a direction.
    #[error("the model gave no usable vector")]
    Vector(#[from] VectorError),
    /// The tokenizer or the model failed.
    #[error("the model failed on the text")]
    Model {
        /// The failure as the model's library reports it.
        source: Box<dyn Error + Send + Sync>,
    },
}

/// Turns texts into unit vectors.
///
/// The same text gives the same vector (cosine at least 0.99999) whatever the batch it is in.
pub trait Encoder: Send + Sync + fmt::Debug {
    /// Returns the name that people know the model by.
    fn name(&self) -> &str;

    /// Returns what identifies the model: vectors of different fingerprints are never compared.
    fn fingerprint(&self) -> &Fingerprint;

    /// Returns the number of dimensions of its vectors.
    fn dimension(&self) -> usize;

    /// Returns the number of tokens it reads of a text; the rest is cut. `None`: no limit.
    fn max_tokens(&self) -> Option<usize>;

    /// Encodes `texts`, one result for each in their order; a text that fails does not stop the
    /// others.
    fn encode(&self, texts: &[&str], role: Role) -> Vec<Result<UnitVector, EncodeError>>;
}

/// Identifies an encoder: a BLAKE3 hash of its files and settings, as 64 hexadecimal digits.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fingerprint(Box<str>);

/// A text that is not a fingerprint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a fingerprint, expected 64 hexadecimal digits")]
pub struct FingerprintError {
    /// The text found.
    pub text: String,
}

impl Fingerprint {
    /// Makes a fingerprint of a 256-bit hash.
    pub fn from_hash(hash: &[u8; 32]) -> Self {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let digits = hash.iter().flat_map(|byte| [byte >> 4, byte & 15]);
        let text: String = digits
            .map(|digit| char::from(DIGITS[usize::from(digit)]))
            .collect();
        Self(text.into())
    }

    /// Returns all 64 digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the first 12 digits, for people and for folder names.
    pub fn short(&self) -> &str {
        &self.0[..12]
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.0)
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Fingerprint({})", self.short())
    }
}

impl FromStr for Fingerprint {
    type Err = FingerprintError;

    fn from_str(text: &str) -> Result<Self, FingerprintError> {
        let is_hash = text.len() == 64
            && text
                .bytes()
                .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
        if is_hash {
            Ok(Self(text.into()))
        } else {
            Err(FingerprintError {
                text: text.chars().take(80).collect(),
            })
        }
    }
}

impl Serialize for Fingerprint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Fingerprint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}
