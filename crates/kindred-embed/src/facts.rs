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
    /// The fingerprint that an encoder has with the options that were asked about.
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

/// Families of models whose authors want something of the texts that their folders do not say:
/// a part of the name, and what people should know.
const USAGE: [(&str, &str); 5] = [
    (
        "e5",
        "E5 models were trained with `query: ` and `passage: ` before the texts",
    ),
    (
        "nomic",
        "nomic-embed-text was trained with `search_query: ` and `search_document: ` before the texts",
    ),
    ("specter", SEPARATED),
    ("specter2", SEPARATED),
    ("scincl", SEPARATED),
];
const SEPARATED: &str =
    "it was trained on `title [SEP] abstract`; papers are given as `title. abstract`";

/// Returns what people should know about using a model of this name; hints at prompts are left
/// out where the folder has some.
pub(crate) fn usage_notes(name: &str, prompts: &BTreeMap<String, String>) -> Vec<String> {
    let name = name.to_lowercase();
    let parts: Vec<&str> = name.split(|c: char| !c.is_alphanumeric()).collect();
    let has_prompts = prompts.values().any(|prompt| !prompt.is_empty());
    USAGE
        .iter()
        .filter(|(part, _)| parts.contains(part))
        .filter_map(|(_, note)| match (*note == SEPARATED, has_prompts) {
            (true, _) => Some((*note).to_owned()),
            (false, true) => None,
            (false, false) => Some(format!(
                "the folder has no prompts; {note} (`prompts` in \
                 config_sentence_transformers.json gives them)"
            )),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_that_want_prompts_are_told_apart_by_name() {
        let none = BTreeMap::new();
        let notes = usage_notes("intfloat/multilingual-e5-small", &none);
        assert!(notes[0].contains("`query: `"), "{notes:?}");
        assert!(usage_notes("allenai/specter2_base", &none)[0].contains("[SEP]"));
        assert!(usage_notes("all-MiniLM-L6-v2", &none).is_empty());
        let some = BTreeMap::from([("query".to_owned(), "query: ".to_owned())]);
        assert!(usage_notes("e5-base", &some).is_empty());
    }

    #[test]
    fn license_comes_from_the_front_matter_only() {
        let card = "---\nlanguage: en\nlicense: apache-2.0\n---\nlicense: none";
        assert_eq!(license_of(card).as_deref(), Some("apache-2.0"));
        assert_eq!(license_of("# Model\nlicense: mit\n"), None);
        assert_eq!(license_of("---\nlicense: mit\n"), None);
        assert_eq!(license_of("---\nlicense:\n---\n"), None);
    }
}
