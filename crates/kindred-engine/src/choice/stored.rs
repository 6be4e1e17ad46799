//! How a choice is written in a library (`docs/FORMAT.md`).

use std::path::PathBuf;

use kindred_core::Fingerprint;
use kindred_embed::{BuiltIn, BuiltInError, Dtype};
use serde::{Deserialize, Serialize};

use super::{EncoderChoice, ModelOrigin};

/// A choice as it is stored.
///
/// Programs that carried one encoder only wrote `built-in` for its place, and its name beside. It
/// is read and written so still: the name says which one is meant, and those programs can tell that
/// the vectors are not of theirs.
#[derive(Serialize, Deserialize)]
pub(super) struct StoredChoice {
    name: String,
    origin: StoredOrigin,
    fingerprint: Fingerprint,
    dimension: usize,
    #[serde(default)]
    family: String,
    #[serde(default)]
    dtype: Dtype,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kept_dimension: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    max_tokens: Option<usize>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum StoredOrigin {
    BuiltIn,
    Folder(PathBuf),
}

impl TryFrom<StoredChoice> for EncoderChoice {
    type Error = BuiltInError;

    fn try_from(stored: StoredChoice) -> Result<Self, BuiltInError> {
        Ok(Self {
            origin: match stored.origin {
                StoredOrigin::BuiltIn => ModelOrigin::BuiltIn(stored.name.parse::<BuiltIn>()?),
                StoredOrigin::Folder(folder) => ModelOrigin::Folder(folder),
            },
            name: stored.name,
            fingerprint: stored.fingerprint,
            dimension: stored.dimension,
            family: stored.family,
            dtype: stored.dtype,
            kept_dimension: stored.kept_dimension,
            max_tokens: stored.max_tokens,
        })
    }
}

impl From<EncoderChoice> for StoredChoice {
    fn from(choice: EncoderChoice) -> Self {
        let (name, origin) = match choice.origin {
            ModelOrigin::BuiltIn(built_in) => (built_in.to_string(), StoredOrigin::BuiltIn),
            ModelOrigin::Folder(folder) => (choice.name, StoredOrigin::Folder(folder)),
        };
        Self {
            name,
            origin,
            fingerprint: choice.fingerprint,
            dimension: choice.dimension,
            family: choice.family,
            dtype: choice.dtype,
            kept_dimension: choice.kept_dimension,
            max_tokens: choice.max_tokens,
        }
    }
}
