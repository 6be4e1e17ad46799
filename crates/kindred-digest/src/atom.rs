//! An Atom feed (RFC 4287).
//!
//! Ids depend on the names of the sets and on the ids of papers, times on the dates of papers, so
//! a reader that has seen an entry knows it again; a new version is an update of its entry.

use jiff::civil::Date;

use crate::html::reasons;
use crate::identity::urn;
use crate::markup::{escaped, foreign, link};
use crate::percentage::percentage;
use crate::text::{isolated, readable, tidy, title};
use crate::{Digest, Item};

/// Scheme of arXiv's categories, as in its own feeds.
const CATEGORY_SCHEME: &str = "http://arxiv.org/schemas/atom";

/// Renders a digest as a feed; a paper that several sets recommend is one entry.
pub(crate) fn render(digest: &Digest) -> String {
    let papers = digest.papers();
    let sets: Vec<&str> = digest
        .sections
        .iter()
        .map(|section| section.set.as_str())
        .collect();
    let mut identity = vec!["feed"];
    identity.extend(&sets);
    let updated = papers
        .iter()
        .map(|(item, _)| updated(item, digest.as_of))
        .max()
        .unwrap_or_else(|| midnight(digest.as_of));
    let entries: String = papers
        .iter()
        .map(|(item, sets)| entry(item, sets, digest.as_of))
        .collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\
         <feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"en\">\n\
         <id>{}</id>\n<title>{}</title>\n<subtitle>{}</subtitle>\n<updated>{updated}</updated>\n\
         <author><name>Kindred</name></author>\n\
         <generator version=\"{}\">Kindred</generator>\n{entries}</feed>\n",
        urn(&identity),
        escaped(&readable(&format!("Kindred: {}", sets.join(", ")))),
        escaped(&readable(&subtitle(digest))),
        env!("CARGO_PKG_VERSION"),
    )
}

/// Says what the entries are: the days, the interests that they name, and who ranked them.
fn subtitle(digest: &Digest) -> String {
    let mut parts = vec![format!("Arrivals of {}", digest.period())];
    for section in &digest.sections {
        parts.extend(
            (section.other_ranker()).map(|ranker| format!("{} ranked by {ranker}", section.set)),
        );
        parts
            .extend((section.interests()).map(|interests| format!("{}, {interests}", section.set)));
    }
    parts.extend(digest.standing());
    parts.join("; ")
}

fn entry(item: &Item, sets: &[&str], as_of: Date) -> String {
    let paper = &item.paper;
    let (time, updated) = (time(item, as_of), updated(item, as_of));
    let mut lines = vec![
        format!("<id>{}</id>", urn(&["paper", &paper.id.to_string()])),
        format!(
            "<title>{}</title>",
            escaped(&isolated(&title(&paper.title)))
        ),
        format!("<updated>{updated}</updated>"),
        format!("<published>{time}</published>"),
    ];
    lines.extend(paper.authors.iter().filter_map(|name| {
        let name = readable(name);
        (!name.is_empty()).then(|| {
            format!(
                "<author><name>{}</name></author>",
                escaped(&isolated(&name))
            )
        })
    }));
    lines.extend(
        link(paper.url.as_deref())
            .map(|url| format!("<link rel=\"alternate\" type=\"text/html\" href=\"{url}\" />")),
    );
    lines.extend(paper.categories.iter().map(|category| {
        let term = escaped(category.as_str());
        format!("<category term=\"{term}\" scheme=\"{CATEGORY_SCHEME}\" />")
    }));
    lines.extend(
        sets.iter()
            .map(|set| format!("<category term=\"{}\" />", escaped(&tidy(set)))),
    );
    // The content is HTML, so its markup is escaped once more.
    let summary = if tidy(&paper.abstract_text).is_empty() {
        String::new()
    } else {
        format!("<p>{}</p>", foreign(&paper.abstract_text))
    };
    let content = format!(
        "<p>{}for {}</p>\n{}{summary}",
        item.relevance.map_or_else(String::new, |relevance| {
            format!("{} ", escaped(&percentage(relevance)))
        }),
        escaped(&tidy(&sets.join(", "))),
        reasons(item)
    );
    lines.push(format!(
        "<content type=\"html\">{}</content>",
        escaped(&content)
    ));
    format!("<entry>\n{}\n</entry>\n", lines.join("\n"))
}

/// Returns the time of a paper, to the second: its date, else the digest's day.
fn time(item: &Item, as_of: Date) -> String {
    let Some(date) = item.paper.date else {
        return midnight(as_of);
    };
    let text = date.to_string();
    if text.contains('T') {
        text
    } else {
        midnight(date.first_day())
    }
}

/// Returns when an entry changed last: a new version on the digest's day, so that a reader who has
/// seen the entry is shown it again.
fn updated(item: &Item, as_of: Date) -> String {
    let time = time(item, as_of);
    if item.revision.is_some() {
        time.max(midnight(as_of))
    } else {
        time
    }
}

fn midnight(day: Date) -> String {
    format!("{day}T00:00:00Z")
}
