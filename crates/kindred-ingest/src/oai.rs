//! Pages of OAI-PMH (Open Archives Initiative, protocol version 2.0) as arXiv serves them.

use kindred_core::{PaperId, Record, VersionedId};

use crate::error::shorten;
use crate::page::{Builder, Converted};
use crate::xml::{Element, Namespace, Tag};
use crate::{Format, IngestError, Limits, RecordError, Repairs};

mod metadata;

/// Reads the `OAI-PMH` element that was just opened.
pub(crate) fn read(builder: &mut Builder<'_>) -> Result<Format, IngestError> {
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
            "ListRecords" | "GetRecord" => {
                list_seen = true;
                read_list(builder)?;
            }
            "ListIdentifiers" | "ListSets" | "ListMetadataFormats" | "Identify" => {
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
    let answered = builder.facts.oai_code.is_some();
    if !answered && !list_seen {
        return Err(IngestError::UnknownFormat {
            input: builder.input(),
            found: "an OAI-PMH page without an answer".to_owned(),
        });
    }
    if !answered && builder.facts.records == 0 {
        return Err(IngestError::EmptyPage {
            input: builder.input(),
            found: "a list without records and without an error".to_owned(),
        });
    }
    Ok(Format::OaiPmh)
}

fn read_list(builder: &mut Builder<'_>) -> Result<(), IngestError> {
    while let Some(tag) = builder.next_child(2)? {
        if tag.is(Namespace::OaiPmh, "record") {
            builder.record(tag, record)?;
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

/// What the header of a record says.
struct Header {
    id: VersionedId,
    /// Sets that the record belongs to, such as `cs:cs:AI`.
    sets: Vec<String>,
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
    let identifier = header.text_of(namespace, "identifier");
    if identifier.trim().is_empty() {
        return Err(RecordError::Missing {
            field: "identifier",
        });
    }
    let id: VersionedId = identifier.parse()?;
    if header.tag.attribute("status") == Some("deleted") {
        return Ok(Record::Deleted(id.id).into());
    }
    let metadata = element
        .child(namespace, "metadata")
        .and_then(|metadata| metadata.children().next())
        .ok_or(RecordError::Missing { field: "metadata" })?;
    let sets = header.all(namespace, "setSpec").map(Element::text);
    let header = Header {
        id,
        sets: sets.collect(),
    };
    metadata::paper(metadata, Some(&header), limits, repairs).map(Converted::from)
}

/// Parses the id of the metadata, which has to be that of the header; either may be absent.
fn agreed_id(found: &str, header: Option<&Header>) -> Result<VersionedId, RecordError> {
    let found = found.trim();
    match header {
        None if found.is_empty() => Err(RecordError::Missing { field: "id" }),
        None => Ok(found.parse()?),
        Some(header) if found.is_empty() => Ok(header.id.clone()),
        Some(header) => {
            let id: VersionedId = found.parse()?;
            if id.id == header.id.id {
                Ok(id)
            } else {
                Err(mismatch(&header.id.id, &id.id))
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
