//! One place where a field may stand, and what is done with its text.

use serde_json::Value;
use toml::Value as Setting;

use super::{MappingError, Path};
use crate::RecordError;
use crate::error::shorten;
use crate::markup;

/// Keys of a table that describes a source.
const KEYS: [&str; 6] = ["path", "strip", "form", "split", "join", "scheme"];
/// Places of an inverted index beyond which it is no abstract.
const MAX_PLACES: usize = 100_000;

/// What a value is read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Form {
    #[default]
    Text,
    Html,
    InvertedIndex,
}

/// One place where a field may stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Source {
    path: Path,
    strip: Vec<String>,
    form: Form,
    split: Option<String>,
    join: Vec<Path>,
    /// Only of ids: what stands before the colon.
    pub(super) scheme: Option<String>,
}

impl Source {
    /// Parses a path, a table, or an array of these.
    pub(super) fn parse_all(
        field: &'static str,
        value: &Setting,
        text: &str,
    ) -> Result<Vec<Self>, MappingError> {
        let parser = Parser { field, text };
        match value.as_array() {
            Some(items) => items.iter().map(|item| parser.source(item)).collect(),
            None => Ok(vec![parser.source(value)?]),
        }
    }

    /// The texts that stand there, none of them blank.
    pub(super) fn texts(
        &self,
        field: &'static str,
        record: &Value,
    ) -> Result<Vec<String>, RecordError> {
        let mut texts = Vec::new();
        for value in self.path.values(record) {
            if self.form == Form::InvertedIndex {
                texts.push(from_inverted_index(field, value)?);
            } else if self.join.is_empty() {
                push_texts(field, value, &mut texts)?;
            } else {
                let parts = self.join.iter().flat_map(|path| path.values(value));
                let mut joined = Vec::new();
                for part in parts {
                    push_texts(field, part, &mut joined)?;
                }
                texts.push(joined.join(" "));
            }
        }
        if let Some(separator) = &self.split {
            texts = texts
                .iter()
                .flat_map(|text| text.split(separator.as_str()))
                .map(str::to_owned)
                .collect();
        }
        for text in &mut texts {
            if self.form == Form::Html {
                *text = markup::plain_text(text);
            }
            let trimmed = text.trim();
            let stripped = self
                .strip
                .iter()
                .find_map(|prefix| strip_any_case(trimmed, prefix));
            *text = stripped.unwrap_or(trimmed).to_owned();
        }
        texts.retain(|text| !text.is_empty());
        Ok(texts)
    }
}

/// Adds a text or number, or those of a list.
fn push_texts(
    field: &'static str,
    value: &Value,
    texts: &mut Vec<String>,
) -> Result<(), RecordError> {
    let found = match value {
        Value::Null => return Ok(()),
        Value::String(text) => {
            texts.push(text.clone());
            return Ok(());
        }
        Value::Number(number) => {
            texts.push(number.to_string());
            return Ok(());
        }
        Value::Array(items) => {
            return items
                .iter()
                .try_for_each(|item| push_texts(field, item, texts));
        }
        Value::Bool(_) => "a boolean",
        Value::Object(_) => "an object",
    };
    Err(RecordError::Type {
        field,
        found: found.to_owned(),
        expected: "a string or a list of strings",
    })
}

/// Puts the words of an object `{word: [places]}` into the order of their places.
fn from_inverted_index(field: &'static str, value: &Value) -> Result<String, RecordError> {
    let wrong = |found: &Value| RecordError::Type {
        field,
        found: shorten(&found.to_string()),
        expected: "an object of words with the numbers of their places",
    };
    let words = value.as_object().ok_or_else(|| wrong(value))?;
    let mut placed = Vec::new();
    for (word, places) in words {
        for place in places.as_array().ok_or_else(|| wrong(places))? {
            placed.push((place.as_u64().ok_or_else(|| wrong(place))?, word.as_str()));
        }
        if placed.len() > MAX_PLACES {
            return Err(RecordError::TooLarge {
                field,
                found: placed.len(),
                limit: MAX_PLACES,
            });
        }
    }
    placed.sort_unstable();
    let words: Vec<&str> = placed.into_iter().map(|(_, word)| word).collect();
    Ok(words.join(" "))
}

fn strip_any_case<'text>(text: &'text str, prefix: &str) -> Option<&'text str> {
    let head = text.get(..prefix.len())?;
    head.eq_ignore_ascii_case(prefix)
        .then(|| &text[prefix.len()..])
}

/// Parses the sources of one field.
struct Parser<'text> {
    field: &'static str,
    text: &'text str,
}

impl Parser<'_> {
    fn source(&self, value: &Setting) -> Result<Source, MappingError> {
        if value.is_str() {
            return Ok(Source {
                path: self.path("path", value)?,
                strip: Vec::new(),
                form: Form::default(),
                split: None,
                join: Vec::new(),
                scheme: None,
            });
        }
        let expected = "a path, a table, or an array of them";
        let table = value
            .as_table()
            .ok_or_else(|| self.wrong("", value, expected))?;
        let known = |key: &&String| {
            KEYS.contains(&key.as_str()) && (self.field == "id" || *key != "scheme")
        };
        if let Some(key) = table.keys().find(|key| !known(key)) {
            let expected = KEYS.iter().take(if self.field == "id" { 6 } else { 5 });
            return Err(MappingError::UnknownKey {
                key: format!("{}.{key}", self.field),
                line: self.line(),
                expected: expected.copied().collect::<Vec<_>>().join(", "),
            });
        }
        let path = table
            .get("path")
            .ok_or_else(|| self.wrong("", value, "a table with a `path`"))?;
        Ok(Source {
            path: self.path("path", path)?,
            strip: self.strings("strip", table.get("strip"))?,
            form: self.form(table.get("form"))?,
            split: self.one("split", table.get("split"))?,
            join: match table.get("join") {
                Some(Setting::Array(paths)) => paths
                    .iter()
                    .map(|path| self.path("join", path))
                    .collect::<Result<_, _>>()?,
                Some(single) => vec![self.path("join", single)?],
                None => Vec::new(),
            },
            scheme: self.scheme(table.get("scheme"))?,
        })
    }

    fn path(&self, key: &str, value: &Setting) -> Result<Path, MappingError> {
        let path = value.as_str().and_then(Path::parse);
        path.ok_or_else(|| self.wrong(key, value, Path::FORM))
    }

    fn form(&self, value: Option<&Setting>) -> Result<Form, MappingError> {
        let Some(value) = value else {
            return Ok(Form::default());
        };
        match value.as_str() {
            Some("text") => Ok(Form::Text),
            Some("html") => Ok(Form::Html),
            Some("inverted-index") => Ok(Form::InvertedIndex),
            Some(_) | None => Err(self.wrong("form", value, "text, html or inverted-index")),
        }
    }

    fn scheme(&self, value: Option<&Setting>) -> Result<Option<String>, MappingError> {
        let scheme = self.one("scheme", value)?;
        let is_scheme = |scheme: &String| {
            scheme.len() <= 64
                && !scheme.eq_ignore_ascii_case("arxiv")
                && scheme
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '+' | '-'))
        };
        match (scheme, value) {
            (Some(scheme), Some(value)) if !is_scheme(&scheme) => Err(self.wrong(
                "scheme",
                value,
                "letters, digits, dots and dashes, and not arxiv, which has a field of its own",
            )),
            (scheme, _) => Ok(scheme),
        }
    }

    fn one(&self, key: &str, value: Option<&Setting>) -> Result<Option<String>, MappingError> {
        let Some(value) = value else { return Ok(None) };
        match value.as_str() {
            Some(text) if !text.is_empty() => Ok(Some(text.to_owned())),
            Some(_) | None => Err(self.wrong(key, value, "a string that is not empty")),
        }
    }

    fn strings(&self, key: &str, value: Option<&Setting>) -> Result<Vec<String>, MappingError> {
        match value {
            Some(Setting::Array(items)) => items
                .iter()
                .map(|item| Ok(self.one(key, Some(item))?.unwrap_or_default()))
                .collect(),
            single => Ok(self.one(key, single)?.into_iter().collect()),
        }
    }

    fn line(&self) -> usize {
        MappingError::line_of(self.text, self.field)
    }

    fn wrong(&self, key: &str, found: &Setting, expected: &'static str) -> MappingError {
        let found = found.as_str().map_or_else(
            || format!("a value of the type {}", found.type_str()),
            |text| format!("`{}`", shorten(text)),
        );
        MappingError::Value {
            key: format!("{}.{key}", self.field)
                .trim_end_matches('.')
                .to_owned(),
            line: self.line(),
            found,
            expected,
        }
    }
}
