//! Field mappings: where in the records of a JSON Lines export the fields of a paper stand.
//!
//! A mapping is a TOML file. Each field of a paper names a source, or several that are tried in
//! their order; a source is a path, or a table of a path and what is done with the text found
//! there. [`FieldMapping::parse`] lists the fields and keys.

use serde_json::Value;
use toml::Table;

pub use self::error::MappingError;
use self::path::Path;
use crate::RecordError;

mod error;
mod path;
mod record;
mod source;

pub(crate) use self::record::parse_line;
use self::source::Source;

/// The mappings that are built in, by their names.
const BUILT_IN: [(&str, &str); 3] = [
    ("biorxiv", include_str!("mapping/biorxiv.toml")),
    ("openalex", include_str!("mapping/openalex.toml")),
    (
        "semantic-scholar",
        include_str!("mapping/semantic-scholar.toml"),
    ),
];

/// Fields that a mapping may name.
const FIELDS: [&str; 12] = [
    "arxiv",
    "id",
    "title",
    "abstract",
    "authors",
    "date",
    "version",
    "venue",
    "doi",
    "keywords",
    "categories",
    "license",
];

/// Where the fields of papers stand in the records of an export.
///
/// # Examples
/// ```
/// use std::sync::Arc;
///
/// use kindred_core::Record;
/// use kindred_ingest::{FieldMapping, Format, ReadOptions, SourceReader};
///
/// let mapping = FieldMapping::parse(
///     r#"
///     id = { path = "key", scheme = "ours" }
///     title = ["title.en", "title.de"]
///     authors = "people[].name"
///     "#,
/// )?;
/// let options = ReadOptions { mapping: Some(Arc::new(mapping)), ..ReadOptions::default() };
/// let line = r#"{"key": 7, "title": {"de": "Ein Titel"}, "people": [{"name": "Ada"}]}"#;
/// let mut reader = SourceReader::from_reader("export", Box::new(line.as_bytes()), None, &options)?;
/// assert_eq!(reader.format(), Format::MappedJsonLines);
/// let Ok(Record::Paper { paper, .. }) = reader.next().unwrap()?.record else { panic!() };
/// assert_eq!(paper.id.to_string(), "ours:7");
/// assert_eq!(paper.authors, ["Ada"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldMapping {
    text: String,
    /// The sources of each field, in the order of [`FIELDS`].
    fields: [Vec<Source>; FIELDS.len()],
}

impl FieldMapping {
    /// Returns the names of the mappings that are built in, ascending.
    pub fn names() -> impl Iterator<Item = &'static str> {
        BUILT_IN.iter().map(|(name, _)| *name)
    }

    /// Returns a mapping that is built in.
    ///
    /// # Errors
    /// [`MappingError::UnknownName`].
    pub fn named(name: &str) -> Result<Self, MappingError> {
        let found = BUILT_IN.iter().find(|(known, _)| *known == name);
        let (_, text) = found.ok_or_else(|| MappingError::UnknownName {
            name: name.to_owned(),
            known: Self::names().collect(),
        })?;
        Self::parse(text)
    }

    /// Parses the text of a mapping.
    ///
    /// Fields: `id` and `title`, which are needed, and `arxiv`, `abstract`, `authors`, `date`,
    /// `version`, `venue`, `doi`, `keywords`, `categories`, `license`. Each is a path, a table, or
    /// an array of these of which the first that gives a text counts. A path is names joined by
    /// dots, `[]` behind the name of a list. A table has a `path` and, as needed:
    ///
    /// * `strip`: beginnings of the text to take off, one or an array;
    /// * `form`: `text`, `html` for text with markup, or `inverted-index` for an object of words
    ///   with their places;
    /// * `split`: what separates the entries of a list that is one text;
    /// * `join`: paths within an object whose texts make one, with blanks between;
    /// * `scheme`, of `id` alone: what stands before the colon of the id. `doi` reads any spelling
    ///   of a DOI.
    ///
    /// # Errors
    /// Any [`MappingError`] but those of names and files.
    pub fn parse(text: &str) -> Result<Self, MappingError> {
        let table: Table = text
            .parse()
            .map_err(|error| MappingError::syntax(text, &error))?;
        if let Some(key) = table.keys().find(|key| !FIELDS.contains(&key.as_str())) {
            return Err(MappingError::UnknownKey {
                key: key.clone(),
                line: MappingError::line_of(text, key),
                expected: FIELDS.join(", "),
            });
        }
        let mut fields: [Vec<Source>; FIELDS.len()] = Default::default();
        for (sources, field) in fields.iter_mut().zip(FIELDS) {
            if let Some(value) = table.get(field) {
                *sources = Source::parse_all(field, value, text)?;
            }
        }
        let mapping = Self {
            text: text.to_owned(),
            fields,
        };
        for field in ["id", "title"] {
            if mapping.field(field).is_empty() {
                return Err(MappingError::MissingField { field });
            }
        }
        Ok(mapping)
    }

    /// Returns the text that it was parsed from.
    pub fn text(&self) -> &str {
        &self.text
    }

    fn field(&self, name: &str) -> &[Source] {
        let at = FIELDS.iter().position(|field| *field == name);
        at.map_or(&[], |at| self.fields[at].as_slice())
    }

    /// The texts of the first source of a field that gives any.
    fn texts(&self, field: &'static str, record: &Value) -> Result<Vec<String>, RecordError> {
        for source in self.field(field) {
            let texts = source.texts(field, record)?;
            if !texts.is_empty() {
                return Ok(texts);
            }
        }
        Ok(Vec::new())
    }

    /// The first text of a field; empty where no source gives one.
    fn text_of(&self, field: &'static str, record: &Value) -> Result<String, RecordError> {
        Ok(self
            .texts(field, record)?
            .into_iter()
            .next()
            .unwrap_or_default())
    }
}

#[cfg(test)]
mod tests;
