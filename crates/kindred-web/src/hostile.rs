//! Hostile texts in every field: of papers, of queries, of names. No element and no attribute may
//! come of them, and what is read is what was written.
//!
//! `tests/browser/hostile.json` has them; the browser tests show the same ones to a browser.

mod queries;
mod tex;

use std::path::PathBuf;

use axum::http::StatusCode;
use kindred_digest::tidy;
use kindred_engine::{Control, ImportRequest, Input, Library, TopicsQuery};
use serde::Deserialize;
use serde_json::json;

use crate::testing::dom::{Dom, Element};
use crate::testing::{Desk, now};
use crate::view::link::with_query;

/// Elements that pages are made of; those of MathML are what `kindred-tex` writes.
const ELEMENTS: &str = "a article aside bdi body br button canvas code datalist dd details dialog \
    div dl dt em fieldset footer form h1 h2 h3 h4 head header hr html i input kbd label legend li \
    link main meta nav noscript ol optgroup option output p pre progress q rect path script \
    section select small span strong summary svg table tbody td textarea tfoot th thead time \
    title tr ul circle line g \
    math semantics annotation mrow mi mn mo ms mtext mspace msup msub msubsup mfrac msqrt mroot \
    mover munder munderover mtable mtr mtd mpadded mphantom menclose merror mmultiscripts \
    mprescripts none mstyle";
/// Attributes of MathML that lead elsewhere or act.
const LEADS: [&str; 9] = [
    "href",
    "src",
    "action",
    "formaction",
    "data",
    "poster",
    "xlink:href",
    "ping",
    "background",
];

/// Longest text that stands in other fields than the abstract, in bytes.
const MAX_SHORT: usize = 2_000;

#[derive(Debug, Deserialize)]
struct Hostile {
    name: String,
    text: String,
}

fn hostile() -> Vec<Hostile> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/browser/hostile.json");
    let all: Vec<Hostile> = serde_json::from_slice(&fs_err::read(path).unwrap()).unwrap();
    assert!(all.len() >= 300, "{}", all.len());
    all
}

fn id(number: usize) -> String {
    format!("2611.{:05}", number + 1)
}

/// A library of papers each with one text in all its fields.
fn desk(texts: &[String]) -> Desk {
    let folder = tempfile::tempdir().unwrap();
    let lines: Vec<String> = (texts.iter().enumerate())
        .map(|(number, text)| {
            let full = text;
            // Only abstracts may be longer than what importers take of the other fields.
            let is_short = text.len() <= MAX_SHORT;
            let text = if is_short {
                text.as_str()
            } else {
                "A long text"
            };
            let paper = json!({
                "id": format!("arXiv:{}", id(number)),
                "title": text,
                "abstract": format!("{full} and words {number}"),
                "authors": [text, "Nobody", "Somebody", "Anybody", "Everybody", text],
                "categories": ["cs.DC"],
                "comments": text,
                "venue": text,
                "doi": text,
                "keywords": [text],
                "date": "2026-03-30",
            });
            paper.to_string()
        })
        .collect();
    let file = folder.path().join("hostile.jsonl");
    fs_err::write(&file, lines.join("\n")).unwrap();
    let mut library = Library::create(folder.path()).unwrap();
    let request = ImportRequest {
        inputs: &[Input::File(file)],
        now: now(),
    };
    let control = Control::silent();
    let report = library.import(&request, &control).unwrap();
    let rejected = &report.inputs[0].rejections;
    assert_eq!(report.inputs[0].rejected, 0, "{rejected:?}");
    library.embed(&control).unwrap();
    drop(library);
    Desk::over(folder, |_| {})
}

/// What is in a page that its own code did not put there.
fn strange(page: &str) -> Vec<String> {
    let dom = Dom::of(page);
    let mut found: Vec<String> = (dom.0.iter())
        .flat_map(|element| strange_of(element).into_iter())
        .collect();
    let title = dom.all("title").count();
    if title != 1 {
        found.push(format!("{title} titles"));
    }
    found
}

fn strange_of(element: &Element) -> Vec<String> {
    let name = element.name.as_str();
    let mut found = Vec::new();
    if !ELEMENTS.split_whitespace().any(|known| known == name) {
        found.push(format!("<{name}>"));
    }
    if name == "script" {
        let is_ours = element
            .get("src")
            .is_some_and(|src| src.starts_with("/assets/"));
        if !is_ours || !element.text.is_empty() {
            found.push(format!("script {:?}", element.text));
        }
    }
    for (attribute, value) in &element.attributes {
        if attribute.starts_with("on") || ["style", "srcdoc"].contains(&attribute.as_str()) {
            found.push(format!("{name} {attribute}={value}"));
        }
        let is_elsewhere = if attribute == "href" && name == "a" {
            !["/", "#", "https://arxiv.org/", "https://doi.org/"]
                .iter()
                .any(|start| value.starts_with(start))
        } else {
            !value.starts_with('/')
        };
        let is_outside = is_elsewhere || value.starts_with("//") || value.contains('\\');
        if LEADS.contains(&attribute.as_str()) && is_outside {
            found.push(format!("{name} {attribute}={value}"));
        }
    }
    found
}

/// Whether nothing in a text can be read as TeX, so that it is shown letter for letter.
fn is_plain(text: &str) -> bool {
    !text.contains(['$', '\\', '~']) && !["``", "''", "--"].iter().any(|part| text.contains(part))
}

#[tokio::test]
async fn papers_show_hostile_texts_letter_for_letter() {
    let all = hostile();
    let texts: Vec<String> = all.iter().map(|one| one.text.clone()).collect();
    let desk = desk(&texts);
    let (mut compared, mut named) = (0, 0);
    for (number, Hostile { name, text }) in all.iter().enumerate() {
        let record = desk
            .get(&format!("/api/v1/papers/{}", id(number)))
            .await
            .json();
        let title = record["title"].as_str().unwrap();
        if text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
            let words: Vec<&str> = text.split_whitespace().collect();
            assert_eq!(title, words.join(" "), "{name}");
        }
        let page = desk.get(&format!("/paper/{}", id(number))).await;
        assert_eq!(page.status, StatusCode::OK, "{name}: {}", page.text());
        let found = strange(page.text());
        assert!(found.is_empty(), "{name}: {found:?}");
        if !is_plain(title) || tidy(title).is_empty() {
            continue;
        }
        compared += 1;
        let dom = Dom::of(page.text());
        assert_eq!(dom.text("h1#title"), tidy(title), "{name}");
        let text = record["abstract"].as_str().unwrap();
        assert_eq!(dom.text("p.text"), tidy(text), "{name}");
        let authors = dom.text("span.authors");
        // Importers resolve entities of names, and drop those without a letter or digit.
        let first = record["authors"][0].as_str().unwrap();
        assert!(authors.starts_with(&tidy(first)), "{name}: {authors}");
        named += usize::from(first == title);
        assert!(dom.text("title").starts_with(&tidy(title)), "{name}");
    }
    assert!(compared > 200, "{compared}");
    assert!(named > 150, "{named} names came through as they were");
    let bibtex = desk.get(&format!("/bibtex?id={}", id(0))).await;
    let kind = bibtex.headers["content-type"].to_str().unwrap();
    assert_eq!(kind, "text/plain; charset=utf-8");
}

#[tokio::test]
async fn pages_keep_hostile_queries_letter_for_letter() {
    let all = hostile();
    let texts: Vec<String> = all.iter().take(40).map(|one| one.text.clone()).collect();
    let desk = desk(&texts);
    let mut kept = 0;
    for Hostile { name, text } in &all {
        for path in [
            with_query("/", &[("q", text)]),
            with_query("/similar", &[("text", text)]),
            with_query("/similar", &[("id", text)]),
            with_query("/", &[("q", "words"), ("cat", text), ("from", text)]),
            with_query("/bibtex", &[("id", text)]),
        ] {
            let page = desk.get(&path).await;
            assert!(
                page.status.as_u16() < 500,
                "{name}: {path}: {}",
                page.text()
            );
            let found = strange(page.text());
            assert!(found.is_empty(), "{name}: {path}: {found:?}");
        }
        let page = desk.get(&with_query("/", &[("q", text)])).await;
        let dom = Dom::of(page.text());
        let mut inputs = dom.0.iter();
        let typed = inputs.find(|one| one.get("name") == Some("q"));
        let typed = typed.map(|one| one.get("value").unwrap_or(&one.text).to_owned());
        // A browser leaves line breaks out of a field of one line, and so does its parser.
        if !text.contains(['\n', '\r', '\0']) {
            assert_eq!(typed.as_deref(), Some(text.trim()), "{name}");
            kept += 1;
        }
    }
    assert!(kept > 200, "{kept}");
}

#[tokio::test]
async fn names_that_are_hostile_are_refused_or_kept_as_text() {
    let texts = ["One paper of keys", "Another paper of keys"].map(str::to_owned);
    let desk = desk(&texts);
    for Hostile { name, text } in &hostile() {
        let fields = [
            ("id", "2611.00001"),
            ("set", text.as_str()),
            ("rating", "like"),
        ];
        for answer in [
            desk.post("/rate", &fields).await,
            desk.post("/save", &[("id", "2611.00001"), ("new", text)])
                .await,
            desk.post("/rate", &[("id", text), ("set", "a"), ("rating", text)])
                .await,
        ] {
            assert!(answer.status.as_u16() < 500, "{name}: {}", answer.text());
            if !answer.status.is_redirection() {
                let found = strange(answer.text());
                assert!(found.is_empty(), "{name}: {found:?}");
            }
        }
        let fields = [&fields[..], &[("back", text.as_str())]].concat();
        let answer = desk.post("/rate", &fields).await;
        if answer.status.is_redirection() {
            let location = answer.location();
            assert!(
                location.starts_with('/') && !location.starts_with("//"),
                "{location}"
            );
        }
    }
    let page = desk.get("/").await;
    let found = strange(page.text());
    assert!(found.is_empty(), "{found:?}");
}

#[tokio::test]
async fn topics_with_hostile_names_are_shown_as_text() {
    let all = hostile();
    let desk = Desk::sample();
    let mut library = Library::open(desk.folder.path()).unwrap();
    let query = TopicsQuery::default();
    library.topics(&query, now(), &Control::silent()).unwrap();
    let names = all
        .iter()
        .filter_map(|one| one.text.parse().ok().map(|name| (&one.name, name)));
    let mut named = 0;
    for (name, topic) in names {
        if library.rename_topic("1", Some(&topic), now()).is_err() {
            continue;
        }
        named += 1;
        let shown = library.topic("1", 1).unwrap();
        let id = shown.topic.papers[0].id.short();
        for path in [
            format!("/paper/{id}"),
            format!("/similar?id={id}"),
            "/topics".to_owned(),
            "/topics/1".to_owned(),
            "/map".to_owned(),
        ] {
            let page = desk.get(&path).await;
            assert!(
                page.status.as_u16() < 500,
                "{name}: {path}: {}",
                page.text()
            );
            let found = strange(page.text());
            assert!(found.is_empty(), "{name}: {path}: {found:?}");
        }
    }
    assert!(named > 100, "{named}");
}

#[test]
fn what_is_strange_is_found() {
    for page in [
        "<title>a</title><img src=/x onerror=alert(1)>",
        "<title>a</title><p onclick=x>",
        "<title>a</title><p style=x>",
        "<title>a</title><script>alert(1)</script>",
        "<title>a</title><script src=//evil.example/x.js></script>",
        "<title>a</title><a href=javascript:alert(1)>x</a>",
        "<title>a</title><form action=https://evil.example></form>",
        "<title>a</title><math><mi href=//evil.example>x</mi></math>",
        "<title>a</title><template><img></template>",
        "<title></title><svg><title>b</title></svg>",
    ] {
        assert!(!strange(page).is_empty(), "{page}");
    }
    assert!(strange("<title>a</title><p class=x><a href=/x>b</a>").is_empty());
}
