//! Pages of OAI-PMH (Open Archives Initiative, protocol version 2.0) as arXiv serves them.

use jiff::civil::Date;
use kindred_core::{PaperId, Record, VersionedId};

use crate::error::shorten;
use crate::page::{Builder, Converted};
use crate::xml::{Element, Namespace, Tag};
use crate::{Format, IngestError, ItemHeader, Limits, RecordError, Repairs};

mod metadata;

/// What an OAI-PMH answer says beside its list.
pub(crate) struct Answered {
    /// Whether the list that was asked for was there.
    pub(crate) list_seen: bool,
}

/// Reads the `OAI-PMH` element that was just opened.
pub(crate) fn read(builder: &mut Builder<'_>) -> Result<Format, IngestError> {
    let answered = read_answer(builder, &["ListRecords", "GetRecord"], &mut read_list)?;
    if answered.list_seen && builder.facts.records == 0 {
        return Err(IngestError::EmptyPage {
            input: builder.input(),
            found: "a list without records and without an error".to_owned(),
        });
    }
    Ok(Format::OaiPmh)
}

/// Reads an answer whose list stands in one of the elements `verbs`.
pub(crate) fn read_answer(
    builder: &mut Builder<'_>,
    verbs: &[&str],
    list: &mut dyn FnMut(&mut Builder<'_>) -> Result<(), IngestError>,
) -> Result<Answered, IngestError> {
    let mut errors: Vec<(String, String)> = Vec::new();
    let mut list_seen = false;
    while let Some(tag) = builder.next_child(1)? {
        if tag.namespace != Namespace::OaiPmh {
            continue;
        }
        match tag.name.as_str() {
            "responseDate" => builder.facts.response_date = Some(builder.text(tag)?),
            "error" => {
                let code = tag.attribute("code").unwrap_or("unknown").to_owned();
                errors.push((code, builder.text(tag)?));
            }
            verb if verbs.contains(&verb) => {
                list_seen = true;
                list(builder)?;
            }
            "ListRecords"
            | "GetRecord"
            | "ListIdentifiers"
            | "ListSets"
            | "ListMetadataFormats"
            | "Identify" => {
                return Err(IngestError::NotPapers {
                    input: builder.input(),
                    verb: tag.name,
                });
            }
            _ => {}
        }
    }
    let (harmless, serious): (Vec<_>, Vec<_>) = errors
        .into_iter()
        .partition(|(code, _)| code == "noRecordsMatch");
    if let Some((code, message)) = serious.into_iter().next() {
        return Err(IngestError::Oai {
            input: builder.input(),
            code: shorten(&code),
            message: shorten(&message),
        });
    }
    builder.facts.oai_code = harmless.into_iter().next().map(|(code, _)| code);
    if builder.facts.oai_code.is_none() && !list_seen {
        return Err(IngestError::UnknownFormat {
            input: builder.input(),
            found: "an OAI-PMH page without an answer".to_owned(),
        });
    }
    Ok(Answered { list_seen })
}

fn read_list(builder: &mut Builder<'_>) -> Result<(), IngestError> {
    while let Some(tag) = builder.next_child(2)? {
        if tag.is(Namespace::OaiPmh, "record") {
            let start = tag.offset;
            let element = builder.element(tag)?;
            let header = element.as_ref().and_then(|element| {
                let header = element.child(element.tag.namespace, "header")?;
                item_header(header).ok()
            });
            builder.converted(start, element.as_ref(), record)?;
            builder.give_header(header);
        } else if tag.is(Namespace::OaiPmh, "resumptionToken") {
            builder.facts.resumption_token = Some(builder.text(tag)?);
        }
    }
    Ok(())
}

/// Reads a file that holds one record and nothing around it.
pub(crate) fn read_bare_record(builder: &mut Builder<'_>, tag: Tag) -> Result<Format, IngestError> {
    builder.record(tag, record)?;
    Ok(Format::OaiPmh)
}

/// Reads a file that holds the metadata of one record and nothing around it.
pub(crate) fn read_bare_metadata(
    builder: &mut Builder<'_>,
    tag: Tag,
) -> Result<Format, IngestError> {
    builder.record(tag, |element, limits, repairs| {
        metadata::paper(element, None, limits, repairs).map(Converted::from)
    })?;
    Ok(Format::OaiPmh)
}

/// Whether an element is metadata of a kind that is read here.
pub(crate) fn is_metadata(namespace: Namespace, name: &str) -> bool {
    metadata::Kind::of(namespace, name).is_some()
}

/// Reads a header on its own.
pub(crate) fn item_header(header: &Element) -> Result<ItemHeader, RecordError> {
    let namespace = header.tag.namespace;
    let identifier = header.text_of(namespace, "identifier");
    if identifier.trim().is_empty() {
        return Err(RecordError::Missing {
            field: "identifier",
        });
    }
    let id: VersionedId = identifier.parse()?;
    let sets = header.all(namespace, "setSpec");
    Ok(ItemHeader {
        id: id.id,
        datestamp: datestamp(&header.text_of(namespace, "datestamp")),
        sets: sets.map(|set| set.text().trim().to_owned()).collect(),
        is_deleted: header.tag.attribute("status") == Some("deleted"),
    })
}

/// Reads a day, also where a service gives the time of day with it.
fn datestamp(text: &str) -> Option<Date> {
    text.trim().get(..10)?.parse().ok()
}

fn record(
    element: &Element,
    limits: &Limits,
    repairs: &mut Repairs,
) -> Result<Converted, RecordError> {
    let namespace = element.tag.namespace;
    let header = element
        .child(namespace, "header")
        .ok_or(RecordError::Missing { field: "header" })?;
    let header = item_header(header)?;
    if header.is_deleted {
        return Ok(Record::Deleted(header.id).into());
    }
    let metadata = element
        .child(namespace, "metadata")
        .and_then(|metadata| metadata.children().next())
        .ok_or(RecordError::Missing { field: "metadata" })?;
    metadata::paper(metadata, Some(&header), limits, repairs).map(Converted::from)
}

/// Parses the id of the metadata, which has to be that of the header; either may be absent.
fn agreed_id(found: &str, header: Option<&ItemHeader>) -> Result<VersionedId, RecordError> {
    let found = found.trim();
    match header {
        None if found.is_empty() => Err(RecordError::Missing { field: "id" }),
        None => Ok(found.parse()?),
        Some(header) if found.is_empty() => Ok(VersionedId {
            id: header.id.clone(),
            version: None,
        }),
        Some(header) => {
            let id: VersionedId = found.parse()?;
            if id.id == header.id {
                Ok(id)
            } else {
                Err(mismatch(&header.id, &id.id))
            }
        }
    }
}

fn mismatch(header: &PaperId, metadata: &PaperId) -> RecordError {
    RecordError::IdMismatch {
        header: header.to_string(),
        metadata: metadata.to_string(),
    }
}
