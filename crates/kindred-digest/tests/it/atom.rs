//! The feed, read back and held against RFC 4287.

use jiff::civil::date;
use kindred_digest::{Digest, Format, readable};
use proptest::prelude::*;
use quick_xml::Reader;
use quick_xml::events::Event;

use crate::html;
use crate::support::{HOSTILE, any_digest, assert_tame, digest, digest_of, item, paper, section};

/// An element with its attributes, text and children.
#[derive(Debug, Default)]
struct Element {
    name: String,
    attributes: Vec<(String, String)>,
    text: String,
    children: Vec<Element>,
}

impl Element {
    fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.children.iter().filter(move |child| child.name == name)
    }

    #[track_caller]
    fn one<'a>(&'a self, name: &'a str) -> &'a Element {
        let found: Vec<&Element> = self.all(name).collect();
        assert_eq!(found.len(), 1, "{name} of {}", self.name);
        found[0]
    }

    fn attribute(&self, name: &str) -> Option<&str> {
        let mut all = self.attributes.iter();
        all.find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }
}

fn parse(xml: &str) -> Element {
    let mut reader = Reader::from_str(xml);
    let mut open = vec![Element::default()];
    let element = |tag: &quick_xml::events::BytesStart<'_>| Element {
        name: tag.name().as_ref().to_owned(),
        attributes: tag
            .attributes()
            .map(|attribute| {
                let attribute = attribute.unwrap();
                let key = attribute.key.as_ref().to_owned();
                (
                    key,
                    quick_xml::escape::unescape(&attribute.value)
                        .unwrap()
                        .into_owned(),
                )
            })
            .collect(),
        ..Element::default()
    };
    loop {
        match reader.read_event().expect("the feed is well-formed") {
            Event::Start(tag) => open.push(element(&tag)),
            Event::Empty(tag) => open.last_mut().unwrap().children.push(element(&tag)),
            Event::End(_) => {
                let closed = open.pop().unwrap();
                open.last_mut().unwrap().children.push(closed);
            }
            Event::Text(text) => {
                open.last_mut()
                    .unwrap()
                    .text
                    .push_str(&text.xml10_content());
            }
            Event::GeneralRef(name) => {
                let entity = format!("&{};", &*name);
                let text = quick_xml::escape::unescape(&entity).unwrap().into_owned();
                open.last_mut().unwrap().text.push_str(&text);
            }
            Event::Decl(_) => {}
            Event::Eof => break,
            other => panic!("{other:?}"),
        }
    }
    let mut document = open.pop().unwrap();
    assert!(open.is_empty() && document.children.len() == 1);
    document.children.remove(0)
}

/// Section 4.1 of the RFC: what a feed and its entries have to hold, and how often.
fn assert_valid(feed: &Element) {
    assert_eq!(feed.name, "feed");
    assert_eq!(feed.attribute("xmlns"), Some("http://www.w3.org/2005/Atom"));
    feed.one("title");
    feed.one("author").one("name");
    assert_time(&feed.one("updated").text);
    let mut ids = vec![feed.one("id").text.clone()];
    for entry in feed.all("entry") {
        ids.push(entry.one("id").text.clone());
        assert!(!entry.one("title").text.is_empty());
        assert_time(&entry.one("updated").text);
        assert_time(&entry.one("published").text);
        assert!(entry.one("updated").text <= feed.one("updated").text);
        assert!(
            entry
                .all("author")
                .all(|author| !author.one("name").text.is_empty())
        );
        assert_eq!(entry.one("content").attribute("type"), Some("html"));
        assert!(
            entry
                .all("category")
                .all(|category| category.attribute("term").is_some())
        );
    }
    assert!(
        ids.iter()
            .all(|id| id.starts_with("urn:uuid:") && id.len() == 45)
    );
    let count = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), count, "ids are unique");
}

fn assert_time(text: &str) {
    text.parse::<jiff::Timestamp>()
        .unwrap_or_else(|error| panic!("{text}: {error}"));
}

fn assert_titles(digest: &Digest) {
    let xml = Format::Atom.render(digest);
    assert_tame(&xml);
    let feed = parse(&xml);
    assert_valid(&feed);
    let mut content = Vec::new();
    for (entry, item) in feed.all("entry").zip(&digest.sections[0].results) {
        let title = readable(&item.paper.title);
        let found = entry
            .one("title")
            .text
            .replace(['\u{2068}', '\u{2069}'], "");
        assert!(
            title.is_empty() || found == title,
            "{found:?} for {title:?}"
        );
        // What a feed reader takes for HTML holds the same elements as the page.
        content.extend(html::read(&format!(
            "<div>{}</div>",
            entry.one("content").text
        )));
    }
    html::assert_marked(&content, digest);
}

#[test]
fn hostile_titles_are_only_text() {
    assert_titles(&digest_of(&HOSTILE));
}

#[test]
fn ids_and_times_come_from_the_data() {
    let mut first = digest_of(&["One", "Two"]);
    for item in &mut first.sections[0].results {
        item.revision = None;
    }
    let mut later = first.clone();
    later.as_of = date(2026, 3, 30);
    later.sections[0].results.reverse();
    let entries = |digest: &Digest| {
        let feed = parse(&Format::Atom.render(digest));
        let mut entries: Vec<(String, String)> = feed
            .all("entry")
            .map(|entry| {
                (
                    entry.one("id").text.clone(),
                    entry.one("updated").text.clone(),
                )
            })
            .collect();
        entries.sort();
        (feed.one("id").text.clone(), entries)
    };
    assert_eq!(entries(&first), entries(&later));
    assert_eq!(entries(&first).1[0].1, "2026-03-27T06:11:30Z");
}

#[test]
fn a_new_version_updates_its_entry() {
    let mut revision = digest_of(&["One"]);
    revision.as_of = date(2026, 4, 11);
    let feed = parse(&Format::Atom.render(&revision));
    assert_valid(&feed);
    let entry = feed.one("entry");
    assert_eq!(entry.one("published").text, "2026-03-27T06:11:30Z");
    assert_eq!(entry.one("updated").text, "2026-04-11T00:00:00Z");
    assert_eq!(feed.one("updated").text, "2026-04-11T00:00:00Z");
}

#[test]
fn interests_and_another_ranker_are_told() {
    let mut digest = digest_of(&["One"]);
    let subtitle = |digest: &Digest| {
        parse(&Format::Atom.render(digest))
            .one("subtitle")
            .text
            .clone()
    };
    assert_eq!(
        subtitle(&digest),
        "Arrivals of 2026-03-21 to 2026-03-27; reading, interests: 1 client, update (13 papers); \
         2 One (1 paper)"
    );
    digest.sections[0].interests.clear();
    digest.sections[0].ranker = "centroid".to_owned();
    assert_eq!(
        subtitle(&digest),
        "Arrivals of 2026-03-21 to 2026-03-27; reading ranked by centroid"
    );
}

#[test]
fn a_paper_of_two_sets_is_one_entry() {
    let one = item(1, paper(1, "Shared", "", "A"), "Reason");
    let both = digest(vec![
        section("a", vec![one.clone()]),
        section("b", vec![one]),
    ]);
    let feed = parse(&Format::Atom.render(&both));
    assert_valid(&feed);
    let entry = feed.one("entry");
    let sets: Vec<&str> = entry
        .all("category")
        .filter(|category| category.attribute("scheme").is_none())
        .filter_map(|category| category.attribute("term"))
        .collect();
    assert_eq!(sets, ["a", "b"]);
}

#[test]
fn an_empty_feed_is_valid() {
    assert_valid(&parse(
        &Format::Atom.render(&digest(vec![section("a", Vec::new())])),
    ));
}

proptest! {
    #[test]
    fn any_title_is_only_text(digest in any_digest()) {
        assert_titles(&digest);
    }
}
