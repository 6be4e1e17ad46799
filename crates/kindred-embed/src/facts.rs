//! What is known about a model without computing anything.

use std::collections::BTreeMap;

use kindred_core::Fingerprint;
use serde::Serialize;

use crate::layout::Family;
use crate::pooling::Pooling;

/// The description of a model, for lists and error messages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ModelFacts {
    /// The name that people know it by: that of its folder, or its id on the hub.
    pub name: String,
    /// Its architecture.
    pub family: Family,
    /// Transformer layers; 0 for static embeddings.
    pub layers: usize,
    /// Components of a token's vector.
    pub hidden: usize,
    /// Dimensions of a text's vector.
    pub dimension: usize,
    /// Tokens read of a text, special ones included; `None`: no limit.
    pub max_tokens: Option<usize>,
    /// How token vectors become one.
    pub pooling: Pooling,
    /// Whether the model itself normalises its vectors (an encoder always does).
    pub normalizes: bool,
    /// The fingerprint that an encoder with default options has.
    pub fingerprint: Fingerprint,
    /// Size of the files that make the model, in bytes.
    pub bytes: u64,
    /// Texts that are put before a text, by name.
    pub prompts: BTreeMap<String, String>,
    /// The licence that the model card names.
    pub license: Option<String>,
    /// What was assumed or is unusual.
    pub notes: Vec<String>,
}

/// Returns the licence of a model card: the `license` line of its front matter.
pub(crate) fn license_of(card: &str) -> Option<String> {
    let front = card.trim_start_matches('\u{feff}').strip_prefix("---")?;
    let front = &front[..front.find("\n---")?];
    let line = front
        .lines()
        .find_map(|line| line.strip_prefix("license:"))?;
    let license = line.trim().trim_matches(['"', '\'']);
    let plain = !license.is_empty() && license.chars().all(|c| !c.is_control());
    plain.then(|| license.chars().take(80).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn license_comes_from_the_front_matter_only() {
        let card = "---\nlanguage: en\nlicense: apache-2.0\n---\nlicense: none";
        assert_eq!(license_of(card).as_deref(), Some("apache-2.0"));
        assert_eq!(license_of("# Model\nlicense: mit\n"), None);
        assert_eq!(license_of("---\nlicense: mit\n"), None);
        assert_eq!(license_of("---\nlicense:\n---\n"), None);
    }
}
