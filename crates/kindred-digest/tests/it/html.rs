//! The page, read back as XML.

use std::collections::BTreeSet;

use kindred_digest::{Digest, Format, readable};
use proptest::prelude::*;
use quick_xml::Reader;
use quick_xml::events::Event;

use crate::support::{HOSTILE, any_digest, assert_tame, digest_of};

/// Elements that a page may hold; none of them runs, fetches or asks.
const ELEMENTS: [&str; 29] = [
    "html", "head", "meta", "title", "style", "body", "main", "header", "h1", "h2", "h3", "p",
    "section", "ol", "ul", "li", "div", "b", "span", "a", "bdi", "cite", "details", "summary",
    "footer", "em", "br", "del", "ins",
];
/// Attributes that they may have.
const ATTRIBUTES: [&str; 10] = [
    "lang",
    "xmlns",
    "charset",
    "http-equiv",
    "content",
    "name",
    "class",
    "href",
    "style",
    "id",
];

/// Element names and texts of a page, in order.
pub(crate) fn read(page: &str) -> Vec<(String, String)> {
    let mut reader = Reader::from_str(page);
    reader.config_mut().check_end_names = true;
    // Places in `texts` of the elements that are open.
    let mut open: Vec<usize> = Vec::new();
    let mut texts: Vec<(String, String)> = Vec::new();
    loop {
        match reader.read_event().expect("the page is well-formed") {
            Event::Start(tag) => {
                let name = tag.name().as_ref().to_owned();
                check(&name, &tag);
                open.push(texts.len());
                texts.push((name, String::new()));
            }
            Event::Empty(tag) => {
                check(tag.name().as_ref(), &tag);
            }
            Event::End(_) => {
                open.pop();
            }
            Event::Text(text) => {
                if let Some(&place) = open.last() {
                    texts[place].1.push_str(&text.xml10_content());
                }
            }
            Event::GeneralRef(name) => {
                let entity = match &*name {
                    "amp" => "&",
                    "lt" => "<",
                    "gt" => ">",
                    "quot" => "\"",
                    "#39" => "'",
                    other => panic!("entity {other}"),
                };
                if let Some(&place) = open.last() {
                    texts[place].1.push_str(entity);
                }
            }
            Event::DocType(_) => {}
            Event::Eof => break,
            other => panic!("{other:?}"),
        }
    }
    assert!(open.is_empty(), "every element is closed");
    texts
}

fn check(name: &str, tag: &quick_xml::events::BytesStart<'_>) {
    assert!(ELEMENTS.contains(&name), "<{name}>");
    for attribute in tag.attributes() {
        let attribute = attribute.expect("attributes are well-formed");
        let key = attribute.key.as_ref().to_owned();
        assert!(ATTRIBUTES.contains(&key.as_str()), "{key} of <{name}>");
        if key == "href" {
            assert!(
                attribute.value.starts_with("https://arxiv.org/abs/"),
                "{attribute:?}"
            );
        }
    }
}

/// Asserts that each text that was taken out or put in is marked, and nothing else is.
pub(crate) fn assert_marked(texts: &[(String, String)], digest: &Digest) {
    let marked = |mark: &str| -> Vec<String> {
        let places = (0..texts.len()).filter(|&place| texts[place].0 == mark);
        places.map(|place| texts[place + 1].1.clone()).collect()
    };
    let titles = (digest.sections[0].results.iter()).map(|item| readable(&item.paper.title));
    let titles: Vec<String> = titles.filter(|title| !title.is_empty()).collect();
    assert_eq!(marked("del"), titles);
    let mut inserted = marked("ins");
    inserted.retain(|text| text != "new");
    assert_eq!(inserted, titles);
}

fn assert_titles(digest: &Digest) {
    let page = Format::Html.render(digest);
    assert_tame(&page);
    let texts = read(&page);
    let isolated: BTreeSet<&str> = texts
        .iter()
        .filter(|(name, _)| name == "bdi")
        .map(|(_, text)| text.as_str())
        .collect();
    assert_marked(&texts, digest);
    for item in &digest.sections[0].results {
        let title = readable(&item.paper.title);
        assert!(
            title.is_empty() || isolated.contains(title.as_str()),
            "{title:?}"
        );
    }
}

#[test]
fn hostile_titles_are_only_text() {
    assert_titles(&digest_of(&HOSTILE));
}

#[test]
fn the_page_needs_nothing_from_elsewhere() {
    let page = Format::Html.render(&digest_of(&["One"]));
    assert!(page.contains("default-src 'none'"));
    assert!(page.contains("prefers-color-scheme: dark") && page.contains("@media print"));
    for word in ["<script", "<link", "<img", "@import", "url(", "src="] {
        assert!(!page.contains(word), "{word}");
    }
}

#[test]
fn probabilities_and_differences_are_shown() {
    let page = Format::Html.render(&digest_of(&["Old <b>"]));
    for part in [
        "<div class=\"score\"><b>97 %</b> <span>#1</span></div>",
        "<p class=\"quiet\"><bdi>interests: 1 client, update (13 papers); 2 Old &lt;b&gt; (1 paper)",
        "<li><span>title:</span> <bdi>… two three four five</bdi> <del><bdi>Old &lt;b&gt;</bdi></del> \
         <ins><bdi>new</bdi></ins></li>",
        "<li><span>abstract:</span> <ins><bdi>Old &lt;b&gt;</bdi></ins> <bdi>Old &lt;b&gt;</bdi></li>",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
}

proptest! {
    #[test]
    fn any_title_is_only_text(digest in any_digest()) {
        assert_titles(&digest);
    }
}
