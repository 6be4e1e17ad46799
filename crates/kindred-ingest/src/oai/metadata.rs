//! The metadata formats of arXiv's OAI-PMH service.
//!
//! They say different things about dates. Only `arXivRaw` lists the versions. The `created` of
//! `arXiv` is the date of the current version, whatever its schema says (arXiv's own server,
//! 2025), and `oai_dc` mixes both dates; so for these two the version is unknown and its date is
//! the latest one given. The `acm-class` of `arXiv` and `arXivRaw` repeats the MSC class there.

use std::borrow::Cow;

use kindred_core::{PaperDate, PaperId, Record, SourceKind, Version, VersionedId};

use super::agreed_id;
use crate::authors::split_authors;
use crate::dates::parse_date;
use crate::draft::Draft;
use crate::error::shorten;
use crate::xml::{Element, Namespace};
use crate::{ItemHeader, Limits, RecordError, Repairs};

/// Metadata formats that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Raw,
    Arxiv,
    Old,
    DublinCore,
}

impl Kind {
    /// Recognises the element; recorded pages are found where arXiv's own elements inherited the
    /// namespace of the protocol, so that one is accepted too.
    pub(super) fn of(namespace: Namespace, name: &str) -> Option<Self> {
        let inherited = matches!(namespace, Namespace::OaiPmh | Namespace::None);
        match name {
            "arXivRaw" if inherited || namespace == Namespace::OaiArxivRaw => Some(Self::Raw),
            "arXiv" if inherited || namespace == Namespace::OaiArxiv => Some(Self::Arxiv),
            "arXivOld" if inherited || namespace == Namespace::OaiArxivOld => Some(Self::Old),
            "dc" if namespace == Namespace::OaiDublinCore => Some(Self::DublinCore),
            _ => None,
        }
    }
}

/// Converts one record's metadata.
pub(super) fn paper(
    metadata: &Element,
    header: Option<&ItemHeader>,
    limits: &Limits,
    repairs: &mut Repairs,
) -> Result<Record, RecordError> {
    let kind = Kind::of(metadata.tag.namespace, &metadata.tag.name).ok_or_else(|| {
        RecordError::UnknownMetadata {
            found: shorten(&metadata.tag.name),
        }
    })?;
    let draft = match kind {
        Kind::DublinCore => dublin_core(metadata, header)?,
        Kind::Raw | Kind::Arxiv | Kind::Old => arxiv(metadata, header, kind)?,
    };
    Ok(Record::Paper {
        paper: Box::new(draft.finish(limits, repairs)?),
        announcement: None,
    })
}

/// The three formats of arXiv's own, which share most of their elements.
fn arxiv(
    metadata: &Element,
    header: Option<&ItemHeader>,
    kind: Kind,
) -> Result<Draft<'static>, RecordError> {
    let namespace = metadata.tag.namespace;
    let text = |name: &str| metadata.text_of(namespace, name);
    let source = match kind {
        Kind::Raw => SourceKind::OaiArxivRaw,
        Kind::Arxiv | Kind::Old | Kind::DublinCore => SourceKind::OaiArxiv,
    };
    let mut draft = Draft::new(agreed_id(&text("id"), header)?, source);
    draft.title = text("title").into();
    draft.abstract_text = text("abstract").into();
    draft.categories = text("categories")
        .split_whitespace()
        .map(|term| Cow::Owned(term.to_owned()))
        .collect();
    draft.keywords = [text("msc-class"), text("acm-class")]
        .iter()
        .flat_map(|classes| classes.split([',', ';']))
        .map(|class| Cow::Owned(class.trim().to_owned()))
        .collect();
    draft.comments = text("comments").into();
    draft.journal_ref = text("journal-ref").into();
    draft.doi = text("doi").into();
    draft.license = text("license").into();
    if kind == Kind::Arxiv {
        draft.authors = structured_authors(metadata);
        let latest = latest_date([("created", text("created")), ("updated", text("updated"))])?;
        draft.versions = unknown_version(latest);
    } else {
        let authors = text("authors");
        // The service prints its own `None` for missing authors.
        if authors.trim() != "None" {
            draft.authors = owned(split_authors(&authors));
        }
    }
    if kind == Kind::Raw {
        draft.versions = raw_versions(metadata)?;
        let last = metadata
            .all(namespace, "version")
            .max_by_key(|version| version_number(version).unwrap_or(0));
        // `I` among the flags of the source: the version is a withdrawal.
        draft.withdrawn =
            last.is_some_and(|version| version.text_of(namespace, "source_type").contains('I'));
    }
    Ok(draft)
}

fn owned(texts: Vec<String>) -> Vec<Cow<'static, str>> {
    texts.into_iter().map(Cow::Owned).collect()
}

fn unknown_version(date: Option<PaperDate>) -> Vec<Version> {
    vec![Version {
        number: Version::UNKNOWN,
        date,
    }]
}

fn latest_date<const N: usize>(
    texts: [(&'static str, String); N],
) -> Result<Option<PaperDate>, RecordError> {
    let mut latest = None;
    for (field, text) in texts {
        latest = latest.max(parse_date(field, &text)?);
    }
    Ok(latest)
}

/// `forenames keyname suffix` of each author; affiliations are left out.
fn structured_authors(metadata: &Element) -> Vec<Cow<'static, str>> {
    let namespace = metadata.tag.namespace;
    let list = metadata.all(namespace, "authors");
    list.flat_map(|authors| authors.all(namespace, "author"))
        .map(|author| {
            let parts = ["forenames", "keyname", "suffix"];
            let names: Vec<String> = parts
                .iter()
                .flat_map(|part| author.all(namespace, part))
                .map(Element::text)
                .collect();
            Cow::Owned(names.join(" "))
        })
        .collect()
}

fn version_number(version: &Element) -> Option<u16> {
    let text = version.tag.attribute("version")?;
    text.strip_prefix('v')?
        .parse()
        .ok()
        .filter(|&number| number > 0)
}

fn raw_versions(metadata: &Element) -> Result<Vec<Version>, RecordError> {
    let namespace = metadata.tag.namespace;
    metadata
        .all(namespace, "version")
        .map(|version| {
            let number = version_number(version).ok_or_else(|| RecordError::Type {
                field: "version",
                found: shorten(version.tag.attribute("version").unwrap_or("absent")),
                expected: "a number such as v1",
            })?;
            let date = parse_date("version date", &version.text_of(namespace, "date"))?;
            Ok(Version { number, date })
        })
        .collect()
}

fn dublin_core(
    metadata: &Element,
    header: Option<&ItemHeader>,
) -> Result<Draft<'static>, RecordError> {
    let texts = |name: &'static str| {
        metadata
            .all(Namespace::DublinCore, name)
            .map(|element| element.text().trim().to_owned())
            .filter(|text| !text.is_empty())
    };
    let mut page = String::new();
    let mut doi = String::new();
    let mut journal_ref = String::new();
    for identifier in texts("identifier") {
        if is_arxiv_id(&identifier) {
            page = identifier;
        } else if identifier.starts_with("doi:") || identifier.starts_with("10.") {
            doi = identifier;
        } else if !identifier.contains("://") {
            journal_ref = identifier;
        }
    }
    let mut draft = Draft::new(agreed_id(&page, header)?, SourceKind::OaiDublinCore);
    draft.doi = doi.into();
    draft.journal_ref = journal_ref.into();
    draft.title = texts("title").next().unwrap_or_default().into();
    draft.authors = texts("creator")
        .map(|name| Cow::Owned(upright(&name)))
        .collect();
    for description in texts("description") {
        if let Some(comments) = description.strip_prefix("Comment:") {
            draft.comments = comments.to_owned().into();
        } else if draft.abstract_text.is_empty() {
            draft.abstract_text = description.into();
        }
    }
    let mut latest = None;
    for date in texts("date") {
        latest = latest.max(parse_date("date", &date)?);
    }
    draft.versions = unknown_version(latest);
    draft.license = texts("rights").next().unwrap_or_default().into();
    // Subjects are names of categories in words; the sets of the header tell the categories.
    draft.keywords = texts("subject").map(Cow::Owned).collect();
    draft.categories = header.map_or_else(Vec::new, |header| categories_of(&header.sets));
    Ok(draft)
}

fn is_arxiv_id(text: &str) -> bool {
    text.parse::<VersionedId>()
        .is_ok_and(|id| matches!(id.id, PaperId::Arxiv(_)))
}

/// Turns `Last, First` into `First Last`.
fn upright(name: &str) -> String {
    match name.split_once(',') {
        Some((last, first)) if !first.contains(',') => {
            format!("{} {}", first.trim(), last.trim())
        }
        Some(_) | None => name.to_owned(),
    }
}

/// Turns `group:archive:CATEGORY` into categories; a set that others here are more exact than is
/// left out. The primary one cannot be told from sets.
fn categories_of(sets: &[String]) -> Vec<Cow<'static, str>> {
    let names: Vec<String> = sets
        .iter()
        .map(|set| {
            let mut parts = set.trim().split(':').rev().take(2);
            let last = parts.next().unwrap_or("").to_owned();
            match parts.next() {
                Some(archive) if set.split(':').count() == 3 => format!("{archive}.{last}"),
                Some(_) | None => last,
            }
        })
        .collect();
    let is_vague = |name: &String| {
        let inner = format!("{name}.");
        names.iter().any(|other| other.starts_with(&inner))
    };
    names
        .iter()
        .filter(|name| !is_vague(name))
        .map(|name| Cow::Owned(name.clone()))
        .collect()
}
