//! Names of models on a hub.

use std::fmt;
use std::str::FromStr;

/// Longest part of an id, in characters.
const MAX_PART: usize = 96;

/// The id of a model on a hub: `name` or `owner/name`.
///
/// Each part has 1 to 96 of `A-Z a-z 0-9 . _ -` and no `..`, so an id can be part of a path.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ModelId(Box<str>);

/// A text that is not a model id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a model id, expected `owner/name` of letters, digits, `.`, `_` and `-`")]
pub struct ModelIdError {
    /// The text found, shortened, without control characters.
    pub text: String,
}

impl ModelId {
    /// Returns the id as it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the part before the slash, if there is one.
    pub fn owner(&self) -> Option<&str> {
        self.0.split_once('/').map(|(owner, _)| owner)
    }

    /// Returns the part after the slash, or all of an id without one.
    pub fn name(&self) -> &str {
        self.0.split_once('/').map_or(&*self.0, |(_, name)| name)
    }

    /// Returns the id as the name of one folder: `owner--name`.
    pub fn folder_name(&self) -> String {
        self.0.replace('/', "--")
    }
}

impl fmt::Display for ModelId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.0)
    }
}

impl FromStr for ModelId {
    type Err = ModelIdError;

    fn from_str(text: &str) -> Result<Self, ModelIdError> {
        let is_part = |part: &str| {
            (1..=MAX_PART).contains(&part.len())
                && !part.contains("..")
                && part != "."
                && part
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
        };
        let is_id = match text.split_once('/') {
            Some((owner, name)) => is_part(owner) && is_part(name),
            None => is_part(text),
        };
        if is_id {
            Ok(Self(text.into()))
        } else {
            let shown = text.chars().filter(|c| !c.is_control()).take(120);
            Err(ModelIdError {
                text: shown.collect(),
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn real_ids_are_taken_apart() {
        let id: ModelId = "sentence-transformers/all-MiniLM-L6-v2".parse().unwrap();
        assert_eq!(id.owner(), Some("sentence-transformers"));
        assert_eq!(id.name(), "all-MiniLM-L6-v2");
        assert_eq!(id.folder_name(), "sentence-transformers--all-MiniLM-L6-v2");
        let short: ModelId = "bert-base-uncased".parse().unwrap();
        assert_eq!((short.owner(), short.name()), (None, "bert-base-uncased"));
    }

    #[test]
    fn paths_and_urls_are_not_ids() {
        let long = "a".repeat(97);
        let bad = [
            "",
            "/",
            "a/",
            "/a",
            "a/b/c",
            "..",
            "../x",
            "a/..",
            "a..b",
            ".",
            "a/.",
            "a b",
            "a\\b",
            "a%2e",
            "~",
            "C:x",
            "https://x/y",
            "a\0b",
            "a\nb",
            "é",
            "a/b@main",
            "//host/x",
            &long,
        ];
        for text in bad {
            let error = text.parse::<ModelId>().unwrap_err();
            assert!(!error.to_string().contains(['\n', '\0']), "{text:?}");
        }
        assert!("a".repeat(96).parse::<ModelId>().is_ok());
    }
}
