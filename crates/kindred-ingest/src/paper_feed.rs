//! Feeds of papers of other sources than arXiv: RSS 2.0, Atom 1.0 and RSS 1.0 of journals,
//! preprint servers and libraries.
//!
//! They share no more than titles and links; what else there is stands in the vocabularies of
//! Dublin Core and PRISM. A paper is told by its DOI wherever that stands, else by an arXiv id,
//! else by its link. Texts are HTML, once more escaped, and become plain.

use jiff::civil::Date;
use kindred_core::{Announcement, AnnouncementKind, PaperId, Record, SourceKind, Version};

use crate::dates::{civil_day, parse_date};
use crate::draft::Draft;
use crate::markup::plain_text;
use crate::names::{in_order, split_names};
use crate::page::{Builder, Converted};
use crate::reference::identify::is_arxivs_own;
use crate::xml::{Element, Namespace};
use crate::{Format, IngestError, Limits, RecordError, Repairs};

use self::identity::Identity;

mod identity;

/// Reads the `rdf:RDF` element of an RSS 1.0 feed that was just opened.
pub(crate) fn read_rdf(builder: &mut Builder<'_>) -> Result<Format, IngestError> {
    let mut title = String::new();
    let mut channel_seen = false;
    while let Some(tag) = builder.next_child(1)? {
        match (tag.namespace, tag.name.as_str()) {
            (Namespace::Rss, "channel") => {
                channel_seen = true;
                if let Some(channel) = builder.element(tag)? {
                    channel
                        .text_of(Namespace::Rss, "title")
                        .trim()
                        .clone_into(&mut title);
                    let date = channel.text_of(Namespace::DublinCore, "date");
                    builder.facts.announced = civil_day(&date);
                }
            }
            (Namespace::Rss, "item") => builder.record(tag, |item, limits, repairs| {
                Parts::of_rss(item, Namespace::Rss).convert(&title, limits, repairs)
            })?,
            _ => {}
        }
    }
    if !channel_seen && builder.facts.records == 0 {
        return Err(IngestError::UnknownFormat {
            input: builder.input(),
            found: "RDF without a channel of RSS 1.0".to_owned(),
        });
    }
    Ok(Format::Feed)
}

/// Converts an item of an RSS 2.0 feed called `feed_title`.
pub(crate) fn rss_item(
    item: &Element,
    feed_title: &str,
    limits: &Limits,
    repairs: &mut Repairs,
) -> Result<Converted, RecordError> {
    Parts::of_rss(item, Namespace::None).convert(feed_title, limits, repairs)
}

/// Whether an Atom entry may be about a paper of another source than arXiv.
pub(crate) fn is_entry(entry: &Element) -> bool {
    let id = entry.text_of(Namespace::Atom, "id");
    let is_arxivs = id.contains("arxiv.org/")
        || entry
            .children()
            .any(|child| child.tag.namespace == Namespace::ArxivAtom);
    let has_link = entry.child(Namespace::Atom, "link").is_some();
    !is_arxivs && (has_link || !id.trim().is_empty())
}

/// Converts an entry of an Atom feed called `feed_title`.
pub(crate) fn atom_entry(
    entry: &Element,
    feed_title: &str,
    limits: &Limits,
    repairs: &mut Repairs,
) -> Result<Converted, RecordError> {
    Parts::of_atom(entry).convert(feed_title, limits, repairs)
}

/// The parts of an item, whatever its kind of feed calls them.
struct Parts {
    title: String,
    abstract_text: String,
    authors: Vec<String>,
    /// Dates of publication, the most trusted first.
    dates: Vec<String>,
    venue: String,
    license: String,
    doi: String,
    keywords: Vec<String>,
    identity: Identity,
}

impl Parts {
    /// Takes an item of RSS whose own elements stand in `rss`.
    fn of_rss(item: &Element, rss: Namespace) -> Self {
        let own = |name: &str| item.text_of(rss, name);
        let dublin = |name: &str| item.text_of(Namespace::DublinCore, name);
        let prism = |name: &str| item.text_of(Namespace::Prism, name);
        let authors: Vec<String> = texts(item, Namespace::DublinCore, "creator");
        let link = item.child(Namespace::Atom, "link");
        let mut links = vec![own("link"), prism("url")];
        links.extend(link.and_then(|link| link.tag.attribute("href").map(str::to_owned)));
        links.extend(item.tag.attribute("rdf:about").map(str::to_owned));
        links.push(own("guid"));
        Self {
            title: plain_text(&first([own("title"), dublin("title")])),
            abstract_text: first_plain(&[
                own("description"),
                item.text_of(Namespace::Content, "encoded"),
                dublin("description"),
            ]),
            authors: if authors.is_empty() {
                mail_author(&own("author")).into_iter().collect()
            } else {
                authors
            },
            dates: vec![
                dublin("date"),
                prism("publicationDate"),
                prism("coverDate"),
                own("pubDate"),
            ],
            venue: prism("publicationName"),
            license: dublin("rights"),
            doi: prism("doi"),
            keywords: texts(item, rss, "category")
                .into_iter()
                .chain(texts(item, Namespace::DublinCore, "subject"))
                .collect(),
            identity: Identity {
                dois: vec![prism("doi"), dublin("identifier")],
                links,
            },
        }
    }

    fn of_atom(entry: &Element) -> Self {
        let prism = |name: &str| entry.text_of(Namespace::Prism, name);
        let atom = |name: &str| entry.text_of(Namespace::Atom, name);
        let dublin = |name: &str| entry.text_of(Namespace::DublinCore, name);
        let construct = |name: &str| {
            let element = entry.child(Namespace::Atom, name);
            element.map_or_else(String::new, construct_text)
        };
        let named = entry.all(Namespace::Atom, "author");
        let mut authors: Vec<String> = named
            .map(|author| author.text_of(Namespace::Atom, "name"))
            .filter(|name| !name.trim().is_empty())
            .collect();
        if authors.is_empty() {
            authors = texts(entry, Namespace::DublinCore, "creator");
        }
        // A link without a relation is the page itself; others lead to PDFs, comments, the feed.
        let page = entry
            .all(Namespace::Atom, "link")
            .filter(|link| matches!(link.tag.attribute("rel"), None | Some("alternate")));
        let mut links: Vec<String> = page
            .filter_map(|link| link.tag.attribute("href"))
            .map(str::to_owned)
            .collect();
        links.push(atom("id"));
        let summary = construct("summary");
        Self {
            title: construct("title"),
            abstract_text: first([summary, construct("content")]),
            authors,
            dates: vec![
                atom("published"),
                prism("publicationDate"),
                dublin("date"),
                atom("updated"),
            ],
            venue: prism("publicationName"),
            license: first([atom("rights"), dublin("rights")]),
            doi: prism("doi"),
            keywords: entry
                .all(Namespace::Atom, "category")
                .filter_map(|category| category.tag.attribute("term"))
                .map(str::to_owned)
                .collect(),
            identity: Identity {
                dois: vec![prism("doi"), dublin("identifier")],
                links,
            },
        }
    }

    fn convert(
        self,
        feed_title: &str,
        limits: &Limits,
        repairs: &mut Repairs,
    ) -> Result<Converted, RecordError> {
        let found = self.identity.resolve()?;
        let is_arxiv = matches!(found.id.id, PaperId::Arxiv(_));
        let date = self
            .dates
            .iter()
            .find_map(|text| parse_date("date", text).ok().flatten());
        let day = self.dates.iter().find_map(|text| civil_day(text));
        let mut draft = Draft::new(found.id, SourceKind::Feed);
        draft.title = self.title.into();
        draft.abstract_text = self.abstract_text.into();
        let names = match self.authors.as_slice() {
            [list] => split_names(list),
            names => names.iter().map(|name| in_order(name)).collect(),
        };
        draft.authors = names.into_iter().map(Into::into).collect();
        draft.keywords = self
            .keywords
            .iter()
            .map(|text| plain_text(text).into())
            .collect();
        draft.venue = first([self.venue, feed_title.to_owned()]).into();
        let doi = found.doi.unwrap_or(self.doi);
        if !is_arxivs_own(&doi) {
            draft.doi = doi.into();
        }
        if self.license.trim_start().starts_with("http") {
            draft.license = self.license.into();
        }
        if !is_arxiv {
            // That a feed shows a paper of arXiv says nothing of when it was submitted.
            draft.versions = vec![Version {
                number: found.version,
                date,
            }];
        }
        let paper = Box::new(draft.finish(limits, repairs)?);
        Ok(announced(paper, day))
    }
}

/// Makes a record that is new on its day; without one the day of the feed stands in.
fn announced(paper: Box<kindred_core::Paper>, day: Option<Date>) -> Converted {
    let kind = AnnouncementKind::New;
    Converted {
        record: Record::Paper {
            paper,
            announcement: day.map(|day| Announcement { kind, day }),
        },
        undated: day.is_none().then_some(kind),
    }
}

/// The text of a construct of Atom: plain, HTML once more escaped, or XHTML (RFC 4287, 3.1).
fn construct_text(element: &Element) -> String {
    match element.tag.attribute("type") {
        Some("html" | "text/html") => plain_text(&element.text()),
        Some("xhtml" | "application/xhtml+xml") => element.page_text(),
        Some(_) | None => element.text(),
    }
}

fn texts(element: &Element, namespace: Namespace, name: &str) -> Vec<String> {
    let all = element.all(namespace, name).map(Element::text);
    all.filter(|text| !text.trim().is_empty()).collect()
}

/// The first text that is not blank.
fn first<const N: usize>(texts: [String; N]) -> String {
    texts
        .into_iter()
        .find(|text| !text.trim().is_empty())
        .unwrap_or_default()
}

/// The first text that is not blank once its markup is gone.
fn first_plain(texts: &[String]) -> String {
    texts
        .iter()
        .map(|text| plain_text(text))
        .find(|text| !text.trim().is_empty())
        .unwrap_or_default()
}

/// The name in RSS's `address (Name)`, or the whole text where it is no address.
fn mail_author(text: &str) -> Option<String> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    if !text.contains('@') {
        return Some(text.to_owned());
    }
    let inside = text.split_once('(')?.1;
    Some(inside.trim_end_matches(')').trim().to_owned()).filter(|name| !name.is_empty())
}
