//! What is wrong with a mapping.

/// Why a field mapping cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MappingError {
    /// No mapping of that name is built in.
    #[error(
        "there is no mapping `{name}`, expected {} or the name of a file that ends in .toml",
        known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
    )]
    UnknownName {
        /// The name asked for.
        name: String,
        /// Those that there are.
        known: Vec<&'static str>,
    },
    /// The text is not TOML.
    #[error("line {line} of the mapping is not TOML: {message}")]
    Syntax {
        /// The line, from 1.
        line: usize,
        /// What the parser said.
        message: String,
    },
    /// A field or a key of a source that is not known.
    #[error("line {line} of the mapping has the unknown key `{key}`, expected one of {expected}")]
    UnknownKey {
        /// The key.
        key: String,
        /// The line of its field, from 1.
        line: usize,
        /// The keys that are known there.
        expected: String,
    },
    /// A value of the wrong type or form.
    #[error("line {line} of the mapping has {found} as `{key}`, expected {expected}")]
    Value {
        /// The key, such as `title.path`.
        key: String,
        /// The line of its field, from 1.
        line: usize,
        /// The value, or its type.
        found: String,
        /// What it has to be.
        expected: &'static str,
    },
    /// A field without which there is no paper.
    #[error("the mapping has no `{field}`, expected the path where it stands")]
    MissingField {
        /// The field.
        field: &'static str,
    },
}

impl MappingError {
    pub(super) fn syntax(text: &str, error: &toml::de::Error) -> Self {
        let at = error.span().map_or(0, |span| span.start.min(text.len()));
        Self::Syntax {
            line: text.get(..at).unwrap_or("").matches('\n').count() + 1,
            message: error.message().to_owned(),
        }
    }

    /// The line on which a field is set.
    pub(super) fn line_of(text: &str, field: &str) -> usize {
        let sets = |line: &str| {
            let name = line.trim_start().trim_start_matches(['[', '"', '\'']);
            name.strip_prefix(field)
                .is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
        };
        text.lines().position(sets).map_or(1, |at| at + 1)
    }
}
