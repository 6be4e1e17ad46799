//! Announcement feeds of arXiv, RSS 2.0 and Atom 1.0 (arXiv help, "RSS feeds").
//!
//! A feed tells what was announced, not when it was submitted: versions have no dates here.

use jiff::civil::Date;
use kindred_core::{Announcement, AnnouncementKind, Record, SourceKind};

use crate::authors::split_authors;
use crate::dates::civil_day;
use crate::draft::{Draft, arxiv_id};
use crate::error::shorten;
use crate::page::{Builder, Converted};
use crate::xml::{Element, Namespace};
use crate::{Format, IngestError, Limits, RecordError, Repairs, paper_feed};

/// Reads the `rss` element that was just opened.
pub(crate) fn read_rss(builder: &mut Builder<'_>) -> Result<Format, IngestError> {
    let mut title = String::new();
    let mut description = String::new();
    let mut channel_seen = false;
    while let Some(channel) = builder.next_child(1)? {
        if !channel.is(Namespace::None, "channel") {
            continue;
        }
        channel_seen = true;
        while let Some(tag) = builder.next_child(2)? {
            match (tag.namespace, tag.name.as_str()) {
                (Namespace::None, "item") => {
                    builder.record(tag, |item, limits, repairs| {
                        if is_rss_announcement(item) {
                            rss_announcement(item, limits, repairs)
                        } else {
                            paper_feed::rss_item(item, &title, limits, repairs)
                        }
                    })?;
                }
                (Namespace::None, "title") => title = builder.text(tag)?,
                (Namespace::None, "description") => description = builder.text(tag)?,
                (Namespace::None, "pubDate") => {
                    builder.facts.announced = civil_day(&builder.text(tag)?);
                }
                _ => {}
            }
        }
    }
    if !channel_seen {
        return Err(IngestError::UnknownFormat {
            input: builder.input(),
            found: "RSS without a channel".to_owned(),
        });
    }
    check_title(builder, &title, &description)?;
    Ok(Format::Feed)
}

/// Refuses a feed that stands for an error, which only its title tells.
pub(crate) fn check_title(
    builder: &Builder<'_>,
    title: &str,
    details: &str,
) -> Result<(), IngestError> {
    if !title.starts_with("Feed error for query") {
        return Ok(());
    }
    let message = if details.is_empty() {
        shorten(title)
    } else {
        format!("{}: {}", shorten(title), shorten(details))
    };
    Err(IngestError::ErrorFeed {
        input: builder.input(),
        message,
    })
}

/// Whether an Atom entry announces a paper, unlike an entry of a query's answer.
pub(crate) fn is_announcement(entry: &Element) -> bool {
    let id = entry.text_of(Namespace::Atom, "id");
    let head = id.trim_start().get(.."oai:".len());
    entry.child(Namespace::ArxivAtom, "announce_type").is_some()
        || head.is_some_and(|head| head.eq_ignore_ascii_case("oai:"))
}

/// Whether an item is one of arXiv's own announcements, unlike one of another source's feed.
fn is_rss_announcement(item: &Element) -> bool {
    let text = |name: &str| item.text_of(Namespace::None, name);
    let starts_with = |text: String, start: &str| {
        let head = text.trim_start().get(..start.len());
        head.is_some_and(|head| head.eq_ignore_ascii_case(start))
    };
    item.children()
        .any(|child| child.tag.namespace == Namespace::ArxivAtom)
        || starts_with(text("guid"), "oai:arxiv.org:")
        || starts_with(text("description"), "arxiv:")
}

/// What the two kinds of feed call their parts.
struct Parts {
    id: String,
    title: String,
    summary: String,
    categories: Vec<String>,
    day: Option<Date>,
}

fn rss_announcement(
    item: &Element,
    limits: &Limits,
    repairs: &mut Repairs,
) -> Result<Converted, RecordError> {
    let text = |name: &str| item.text_of(Namespace::None, name);
    let guid = text("guid");
    let parts = Parts {
        // The link has no version and stands in only where there is no guid.
        id: if guid.trim().is_empty() {
            text("link")
        } else {
            guid
        },
        title: text("title"),
        summary: text("description"),
        categories: item
            .all(Namespace::None, "category")
            .map(Element::text)
            .collect(),
        day: civil_day(&text("pubDate")),
    };
    announcement(item, parts, limits, repairs)
}

/// Converts an entry of an Atom feed of announcements.
pub(crate) fn atom_announcement(
    entry: &Element,
    limits: &Limits,
    repairs: &mut Repairs,
) -> Result<Converted, RecordError> {
    let text = |name: &str| entry.text_of(Namespace::Atom, name);
    let parts = Parts {
        id: text("id"),
        title: text("title"),
        summary: text("summary"),
        categories: entry
            .all(Namespace::Atom, "category")
            .filter_map(|category| category.tag.attribute("term"))
            .map(str::to_owned)
            .collect(),
        // `updated` is the time of the request, `published` the announcement.
        day: civil_day(&text("published")).or_else(|| civil_day(&text("updated"))),
    };
    announcement(entry, parts, limits, repairs)
}

fn announcement(
    element: &Element,
    parts: Parts,
    limits: &Limits,
    repairs: &mut Repairs,
) -> Result<Converted, RecordError> {
    let arxiv = |name: &str| element.text_of(Namespace::ArxivAtom, name);
    let mut draft = Draft::new(arxiv_id(&parts.id)?, SourceKind::Feed);
    let (preamble, abstract_text) = split_summary(&parts.summary);
    let kind = kind_of(&arxiv("announce_type")).or_else(|| kind_of(announced_type(preamble)));
    draft.title = parts.title.into();
    draft.abstract_text = abstract_text.to_owned().into();
    draft.categories = parts.categories.into_iter().map(Into::into).collect();
    let mut authors = Vec::new();
    for creator in element.all(Namespace::DublinCore, "creator") {
        authors.extend(split_authors(&creator.text()));
    }
    if authors.is_empty() {
        let named = element.all(Namespace::Atom, "author");
        authors.extend(named.map(|author| author.text_of(Namespace::Atom, "name")));
    }
    draft.authors = authors.into_iter().map(Into::into).collect();
    draft.license = element.text_of(Namespace::DublinCore, "rights").into();
    draft.doi = arxiv("DOI").into();
    draft.journal_ref = arxiv("journal_reference").into();
    let announcement = kind
        .zip(parts.day)
        .map(|(kind, day)| Announcement { kind, day });
    let record = Record::Paper {
        paper: Box::new(draft.finish(limits, repairs)?),
        announcement,
    };
    Ok(Converted {
        record,
        undated: if announcement.is_none() { kind } else { None },
    })
}

/// Splits `arXiv:ID Announce Type: TYPE \nAbstract: TEXT` at the first marker.
fn split_summary(summary: &str) -> (&str, &str) {
    const MARKER: &str = "\nAbstract: ";
    if let Some((preamble, text)) = summary.split_once(MARKER) {
        return (preamble, text);
    }
    let has_preamble = summary.trim_start().starts_with("arXiv:");
    match summary.split_once("Abstract:") {
        Some((preamble, text)) if has_preamble => (preamble, text),
        None if has_preamble => (summary, ""),
        Some(_) | None => ("", summary),
    }
}

fn announced_type(preamble: &str) -> &str {
    preamble
        .split_once("Announce Type:")
        .map_or("", |(_, kind)| kind)
}

fn kind_of(text: &str) -> Option<AnnouncementKind> {
    match text.trim() {
        "new" => Some(AnnouncementKind::New),
        "cross" => Some(AnnouncementKind::Cross),
        "replace" => Some(AnnouncementKind::Replace),
        "replace-cross" => Some(AnnouncementKind::ReplaceCross),
        _ => None,
    }
}
