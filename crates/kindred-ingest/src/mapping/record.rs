//! One line of an export to a record.

use kindred_core::{PaperId, Record, SourceKind, Version, VersionedId};
use serde_json::Value;

use super::FieldMapping;
use crate::dates::parse_date;
use crate::draft::Draft;
use crate::error::shorten;
use crate::json::json_error;
use crate::names::{in_order, split_names};
use crate::reference::identify::{find_arxiv, is_arxivs_own, normal_doi};
use crate::{Limits, RecordError, Repairs};

/// Parses one line of an export.
///
/// # Errors
/// A [`RecordError`], never about more than this line.
pub(crate) fn parse_line(
    line: &str,
    mapping: &FieldMapping,
    limits: &Limits,
    repairs: &mut Repairs,
) -> Result<Record, RecordError> {
    let value: Value = serde_json::from_str(line).map_err(|error| json_error(&error))?;
    if !value.is_object() {
        return Err(RecordError::Json {
            column: 1,
            message: "expected an object in braces".to_owned(),
        });
    }
    let id = id_of(mapping, &value)?;
    let is_arxiv = matches!(id, PaperId::Arxiv(_));
    let mut draft = Draft::new(VersionedId { id, version: None }, SourceKind::JsonLines);
    draft.title = mapping.text_of("title", &value)?.into();
    draft.abstract_text = mapping.text_of("abstract", &value)?.into();
    let names = mapping.texts("authors", &value)?;
    draft.authors = match names.as_slice() {
        [list] if list.contains([',', ';']) => split_names(list),
        names => names.iter().map(|name| in_order(name)).collect(),
    }
    .into_iter()
    .map(Into::into)
    .collect();
    let date = parse_date("date", &mapping.text_of("date", &value)?)?;
    // Numbers of versions elsewhere are none of arXiv's.
    let number = if is_arxiv {
        Version::UNKNOWN
    } else {
        version(&mapping.text_of("version", &value)?)?
    };
    draft.versions = vec![Version { number, date }];
    draft.venue = mapping.text_of("venue", &value)?.into();
    draft.doi = mapping.text_of("doi", &value)?.into();
    if is_arxivs_own(&draft.doi) {
        // The id says as much, and a journal's DOI is to have the place.
        draft.doi = "".into();
    }
    draft.license = mapping.text_of("license", &value)?.into();
    let owned = |texts: Vec<String>| texts.into_iter().map(Into::into).collect();
    draft.categories = owned(mapping.texts("categories", &value)?);
    draft.keywords = owned(mapping.texts("keywords", &value)?);
    let paper = Box::new(draft.finish(limits, repairs)?);
    Ok(Record::Paper {
        paper,
        announcement: None,
    })
}

/// The id of a record: that of arXiv if it names one, else the first that a source gives.
fn id_of(mapping: &FieldMapping, record: &Value) -> Result<PaperId, RecordError> {
    for source in mapping.field("arxiv") {
        let texts = source.texts("arxiv", record)?;
        if let Some(id) = texts.iter().find_map(|text| arxiv_id(text)) {
            return Ok(id);
        }
    }
    let doi = mapping.text_of("doi", record)?;
    if let Some(id) = normal_doi(&doi).and_then(|doi| arxiv_id(&doi)) {
        return Ok(id);
    }
    for source in mapping.field("id") {
        let texts = source.texts("id", record)?;
        let Some(text) = texts.first() else { continue };
        match source.scheme.as_deref() {
            None => return Ok(text.parse()?),
            Some(scheme) if scheme.eq_ignore_ascii_case("doi") => {
                if let Some(doi) = normal_doi(text) {
                    return Ok(format!("doi:{doi}").parse()?);
                }
            }
            Some(scheme) => return Ok(format!("{scheme}:{text}").parse()?),
        }
    }
    Err(RecordError::Missing { field: "id" })
}

/// The arXiv id that a text is or holds.
fn arxiv_id(text: &str) -> Option<PaperId> {
    match text.parse() {
        Ok(id @ PaperId::Arxiv(_)) => Some(id),
        Ok(PaperId::Other { .. }) | Err(_) => find_arxiv(text),
    }
}

fn version(text: &str) -> Result<u16, RecordError> {
    let digits = text.trim_start_matches(['v', 'V']);
    if digits.is_empty() {
        return Ok(Version::UNKNOWN);
    }
    let number = digits.parse().ok();
    number.ok_or_else(|| RecordError::Type {
        field: "version number",
        found: format!("`{}`", shorten(text)),
        expected: "a number from 1 to 65535",
    })
}
