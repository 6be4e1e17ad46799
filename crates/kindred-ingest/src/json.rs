//! One line of JSON to a record: the bulk snapshot's shape and our own, told apart by nothing but
//! which fields are there.
//!
//! Own shape: `{"id", "title", "abstract", "categories"?, "date"?, "authors"?, "venue"?,
//! "keywords"?, "doi"?, "comments"?, "license"?, "journal_ref"?, "versions"?: [{"number",
//! "date"}]}`. Snapshot: the same with `journal-ref`, `authors_parsed` and `versions:
//! [{"version", "created"}]`. Lists may be arrays or strings; fields not named are ignored.

use std::borrow::Cow;

use jiff::civil::Date;
use kindred_core::{Record, SourceKind, Version};
use serde::Deserialize;

use self::value::Value;
use crate::authors::split_authors;
use crate::dates::parse_date;
use crate::draft::Draft;
use crate::error::shorten;
use crate::{Format, Limits, RecordError, Repairs};

mod value;

/// The fields of a line that are used.
#[derive(Debug, Default, Deserialize)]
#[serde(default, expecting = "a JSON object")]
struct Line<'line> {
    #[serde(borrow)]
    id: Value<'line>,
    #[serde(borrow)]
    title: Value<'line>,
    #[serde(borrow, rename = "abstract")]
    abstract_text: Value<'line>,
    #[serde(borrow)]
    authors: Value<'line>,
    #[serde(borrow)]
    authors_parsed: Value<'line>,
    #[serde(borrow)]
    categories: Value<'line>,
    #[serde(borrow)]
    keywords: Value<'line>,
    #[serde(borrow)]
    date: Value<'line>,
    #[serde(borrow)]
    venue: Value<'line>,
    #[serde(borrow)]
    doi: Value<'line>,
    #[serde(borrow)]
    comments: Value<'line>,
    #[serde(borrow)]
    license: Value<'line>,
    #[serde(borrow, alias = "journal-ref")]
    journal_ref: Value<'line>,
    #[serde(borrow)]
    versions: Option<Vec<VersionLine<'line>>>,
    /// Snapshot: the day of the last change of the record.
    #[serde(borrow)]
    update_date: Value<'line>,
}

/// A version in our own words (`number`, `date`) or the snapshot's (`version`, `created`).
#[derive(Debug, Default, Deserialize)]
#[serde(default, expecting = "a version with `number` and `date`")]
struct VersionLine<'line> {
    #[serde(borrow, alias = "version")]
    number: Value<'line>,
    #[serde(borrow, alias = "created")]
    date: Value<'line>,
}

/// Tells the format by the keys of an object; an error says what the object looks like.
pub(crate) fn format_of(line: &str) -> Result<Format, String> {
    let Ok(object) = serde_json::from_str::<value::Keys<'_>>(line) else {
        // A first line that is damaged still names its fields.
        let is_snapshot = ["\"authors_parsed\"", "\"update_date\"", "\"journal-ref\""]
            .iter()
            .any(|key| line.contains(key));
        return Ok(if is_snapshot {
            Format::Snapshot
        } else {
            Format::JsonLines
        });
    };
    let has = |key: &str| object.0.iter().any(|found| found == key);
    if ["authors_parsed", "update_date", "journal-ref", "submitter"]
        .iter()
        .any(|key| has(key))
    {
        Ok(Format::Snapshot)
    } else if has("id") || has("title") {
        Ok(Format::JsonLines)
    } else {
        let keys: Vec<&str> = object.0.iter().take(8).map(AsRef::as_ref).collect();
        Err(format!(
            "JSON Lines without papers (the first object has {}, a paper has `id` and `title`)",
            if keys.is_empty() {
                "no keys".to_owned()
            } else {
                shorten(&keys.join(", "))
            }
        ))
    }
}

/// Parses one line; of the snapshot with the day on which its record last changed.
///
/// # Errors
/// A [`RecordError`], never about more than this line.
pub(crate) fn parse_line(
    line: &str,
    format: Format,
    limits: &Limits,
    repairs: &mut Repairs,
) -> Result<(Record, Option<Date>), RecordError> {
    if !line.trim_start().starts_with('{') {
        return Err(RecordError::Json {
            column: 1,
            message: "expected an object in braces".to_owned(),
        });
    }
    let mut parsed: Line<'_> = serde_json::from_str(line).map_err(|error| json_error(&error))?;
    let changed = std::mem::take(&mut parsed.update_date)
        .text("update_date")
        .ok();
    let changed = changed.and_then(|day| day.trim().parse().ok());
    let paper = parsed.into_draft(format)?.finish(limits, repairs)?;
    let record = Record::Paper {
        paper: Box::new(paper),
        announcement: None,
    };
    Ok((record, changed))
}

pub(crate) fn json_error(error: &serde_json::Error) -> RecordError {
    let text = error.to_string();
    // The parser counts lines too, but there is only one.
    let message = text
        .rsplit_once(" at line ")
        .map_or(&*text, |(head, _)| head);
    RecordError::Json {
        column: error.column(),
        message: shorten(message),
    }
}

impl<'line> Line<'line> {
    fn into_draft(self, format: Format) -> Result<Draft<'line>, RecordError> {
        if let Value::Number(digits) = &self.id {
            return Err(RecordError::NumericId {
                found: shorten(digits),
            });
        }
        let id = self.id.text("id")?;
        if id.trim().is_empty() {
            return Err(RecordError::Missing { field: "id" });
        }
        let source = if format == Format::Snapshot {
            SourceKind::Snapshot
        } else {
            SourceKind::JsonLines
        };
        let mut draft = Draft::new(id.parse()?, source);
        let date = parse_date("date", &self.date.text_or_number("date")?)?;
        draft.versions = match self.versions {
            Some(versions) if !versions.is_empty() => versions
                .into_iter()
                .map(VersionLine::into_version)
                .collect::<Result<_, _>>()?,
            Some(_) | None => vec![Version {
                number: draft.id.version.unwrap_or(Version::UNKNOWN),
                date,
            }],
        };
        draft.title = self.title.text("title")?;
        draft.abstract_text = self.abstract_text.text("abstract")?;
        draft.authors = match self.authors_parsed.into_names() {
            Some(names) if !names.is_empty() => names,
            Some(_) | None => self.authors.list("authors", |text| {
                split_authors(text).into_iter().map(Cow::Owned).collect()
            })?,
        };
        draft.categories = self.categories.list("categories", |text| {
            text.split_whitespace()
                .map(|term| Cow::Owned(term.to_owned()))
                .collect()
        })?;
        draft.keywords = self.keywords.list("keywords", |text| {
            text.split([',', ';'])
                .map(|word| Cow::Owned(word.to_owned()))
                .collect()
        })?;
        draft.venue = self.venue.text_or_number("venue")?;
        draft.doi = self.doi.text("doi")?;
        draft.comments = self.comments.text("comments")?;
        draft.license = self.license.text("license")?;
        draft.journal_ref = self.journal_ref.text("journal_ref")?;
        Ok(draft)
    }
}

impl VersionLine<'_> {
    fn into_version(self) -> Result<Version, RecordError> {
        let text = self.number.text_or_number("version number")?;
        let digits = text.trim().strip_prefix(['v', 'V']).unwrap_or(text.trim());
        let number = digits.parse::<u16>().ok().filter(|&number| number > 0);
        Ok(Version {
            number: number.ok_or_else(|| RecordError::Type {
                field: "version number",
                found: format!("`{}`", shorten(&text)),
                expected: "a number from 1 to 65535",
            })?,
            date: parse_date("version date", &self.date.text_or_number("version date")?)?,
        })
    }
}

#[cfg(test)]
mod tests;
