//! Answers of arXiv's query service (arXiv API User's Manual, section 3.3), and the decision
//! between them, announcement feeds and feeds of other sources, which are Atom too.

use kindred_core::{PaperDate, Record, SourceKind, Version, VersionedId};

use crate::dates::{civil_day, parse_date};
use crate::draft::{Draft, arxiv_id};
use crate::error::shorten;
use crate::feed;
use crate::page::{Builder, Converted};
use crate::xml::{Element, Namespace};
use crate::{Format, IngestError, Limits, RecordError, Repairs, paper_feed};

/// Reads the feed element that was just opened.
pub(crate) fn read(builder: &mut Builder<'_>) -> Result<Format, IngestError> {
    let mut format = None;
    let mut title = String::new();
    let mut subtitle = String::new();
    let mut id = String::new();
    let mut page_size = None;
    while let Some(tag) = builder.next_child(1)? {
        match (tag.namespace, tag.name.as_str()) {
            (Namespace::Atom, "entry") => {
                let start = tag.offset;
                let entry = builder.element(tag)?;
                if let Some(message) = entry.as_ref().and_then(error_message) {
                    return Err(IngestError::ErrorFeed {
                        input: builder.input(),
                        message,
                    });
                }
                if entry.as_ref().is_some_and(feed::is_announcement) {
                    format.get_or_insert(Format::Feed);
                    builder.converted(start, entry.as_ref(), feed::atom_announcement)?;
                } else if !is_query(&id, builder)
                    && entry.as_ref().is_some_and(paper_feed::is_entry)
                {
                    format.get_or_insert(Format::Feed);
                    builder.converted(start, entry.as_ref(), |entry, limits, repairs| {
                        paper_feed::atom_entry(entry, &title, limits, repairs)
                    })?;
                } else {
                    format.get_or_insert(Format::Atom);
                    builder.converted(start, entry.as_ref(), query_entry)?;
                }
            }
            (Namespace::Atom, "id") => id = builder.text(tag)?,
            (Namespace::Atom, "title") => title = builder.text(tag)?,
            (Namespace::Atom, "subtitle") => subtitle = builder.text(tag)?,
            (Namespace::Atom, "updated") => {
                builder.facts.announced = civil_day(&builder.text(tag)?);
            }
            (Namespace::OpenSearch, "totalResults") => {
                builder.facts.total_results = builder.text(tag)?.parse().ok();
            }
            (Namespace::OpenSearch, "startIndex") => {
                builder.facts.start_index = builder.text(tag)?.parse().ok();
            }
            (Namespace::OpenSearch, "itemsPerPage") => {
                page_size = builder.text(tag)?.parse::<u64>().ok();
            }
            _ => {}
        }
    }
    feed::check_title(builder, &title, &subtitle)?;
    let empty = if is_query(&id, builder) {
        Format::Atom
    } else {
        Format::Feed
    };
    let format = format.unwrap_or(empty);
    if format == Format::Atom {
        builder.facts.announced = None;
        check_not_empty(builder, page_size)?;
    }
    Ok(format)
}

/// Whether a feed with an id is an answer to a query.
fn is_query(id: &str, builder: &Builder<'_>) -> bool {
    id.contains("arxiv.org/api/") || builder.facts.total_results.is_some()
}

/// Refuses a page without entries inside of a longer list: the service is known to send them, and
/// taken for the end they lose the rest of the list.
fn check_not_empty(builder: &Builder<'_>, page_size: Option<u64>) -> Result<(), IngestError> {
    let facts = &builder.facts;
    let total = facts.total_results.unwrap_or(0);
    let start = facts.start_index.unwrap_or(0);
    if facts.records == 0 && start < total && page_size != Some(0) {
        return Err(IngestError::EmptyPage {
            input: builder.input(),
            found: format!("{total} results in all, this page starts at {start} and has none"),
        });
    }
    Ok(())
}

/// Returns the message of an entry that stands for an error. Such an entry is told by its id and
/// never by its title, since a paper may be called `Error`.
fn error_message(entry: &Element) -> Option<String> {
    let id = entry.text_of(Namespace::Atom, "id");
    (id.contains("/api/errors") && !id.contains("/abs/"))
        .then(|| shorten(entry.text_of(Namespace::Atom, "summary").trim()))
}

fn query_entry(
    entry: &Element,
    limits: &Limits,
    repairs: &mut Repairs,
) -> Result<Converted, RecordError> {
    let atom = |name: &str| entry.text_of(Namespace::Atom, name);
    let arxiv = |name: &str| entry.text_of(Namespace::ArxivAtom, name);
    let mut draft = Draft::new(arxiv_id(&atom("id"))?, SourceKind::Query);
    let published = parse_date("published", &atom("published"))?;
    let updated = parse_date("updated", &atom("updated"))?;
    draft.versions = versions(&draft.id, published, updated);
    draft.title = atom("title").into();
    draft.abstract_text = atom("summary").into();
    draft.comments = arxiv("comment").into();
    draft.journal_ref = arxiv("journal_ref").into();
    draft.doi = arxiv("doi").into();
    draft.authors = entry
        .all(Namespace::Atom, "author")
        .map(|author| author.text_of(Namespace::Atom, "name").into())
        .collect();
    let primary = entry.all(Namespace::ArxivAtom, "primary_category");
    draft.categories = primary
        .chain(entry.all(Namespace::Atom, "category"))
        .filter_map(|category| category.tag.attribute("term"))
        .map(|term| term.to_owned().into())
        .collect();
    let paper = Box::new(draft.finish(limits, repairs)?);
    Ok(Converted::from(Record::Paper {
        paper,
        announcement: None,
    }))
}

/// `published` belongs to version 1, `updated` to the version that the id names.
fn versions(
    id: &VersionedId,
    published: Option<PaperDate>,
    updated: Option<PaperDate>,
) -> Vec<Version> {
    match id.version {
        Some(1) => vec![Version {
            number: 1,
            date: published.or(updated),
        }],
        Some(number) => vec![
            Version {
                number: 1,
                date: published,
            },
            Version {
                number,
                date: updated,
            },
        ],
        None => vec![Version {
            number: Version::UNKNOWN,
            date: updated.or(published),
        }],
    }
}
