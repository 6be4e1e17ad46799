//! Atom as the query interface prints it, element by element.

use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::{Arguments, Refusal};
use crate::clock::seconds;
use crate::page::{Context, Document, Shown, State};
use crate::tex::to_unicode;
use crate::xml::{escape_text, escape_value};

/// The type of every answer.
pub(super) const CONTENT_TYPE: &str = "application/atom+xml; charset=utf-8";

const START: &str = "<?xml version='1.0' encoding='UTF-8'?>\n<feed \
                     xmlns:opensearch=\"http://a9.com/-/spec/opensearch/1.1/\" \
                     xmlns:arxiv=\"http://arxiv.org/schemas/atom\" \
                     xmlns=\"http://www.w3.org/2005/Atom\">\n";

/// The feed of a page.
pub(super) fn page(
    context: &Context<'_>,
    arguments: &Arguments,
    total: usize,
    shown: &[Shown],
) -> Document {
    let Arguments {
        search_query,
        id_list,
        start,
        max_results,
        ..
    } = arguments;
    let title = format!(
        "arXiv Query: search_query={search_query}&id_list={id_list}&start={start}&\
         max_results={max_results}"
    );
    let link = format!(
        "https://arxiv.org/api/query?search_query={search_query}&start={start}&\
         max_results={max_results}&id_list={id_list}"
    );
    let mut hasher = DefaultHasher::new();
    title.hash(&mut hasher);
    Document {
        head: format!(
            "{START}  <id>https://arxiv.org/api/{:027x}</id>\n  <title>{}</title>\n  \
             <updated>{}</updated>\n  <link href=\"{}\" type=\"application/atom+xml\"/>\n  \
             <opensearch:itemsPerPage>{max_results}</opensearch:itemsPerPage>\n  \
             <opensearch:totalResults>{total}</opensearch:totalResults>\n  \
             <opensearch:startIndex>{start}</opensearch:startIndex>\n",
            hasher.finish(),
            escape_text(&title),
            seconds(context.shown_now()),
            escape_value(&link),
        ),
        records: shown.iter().map(entry).collect(),
        end: "</feed>\n".to_owned(),
    }
}

/// The feed with the one entry that tells an error.
pub(super) fn refusal(context: &Context<'_>, refusal: &Refusal) -> Document {
    let updated = seconds(context.shown_now());
    let address = format!(
        "https://arxiv.org/api/errors#{}",
        escape_value(&refusal.anchor)
    );
    Document {
        head: format!(
            "{START}  <id>https://arxiv.org/</id>\n  <title>arXiv Search Results</title>\n  \
             <updated>{updated}</updated>\n  \
             <opensearch:itemsPerPage>1</opensearch:itemsPerPage>\n  \
             <opensearch:totalResults>1</opensearch:totalResults>\n  \
             <opensearch:startIndex>0</opensearch:startIndex>\n"
        ),
        records: vec![format!(
            "  <entry>\n    <id>{address}</id>\n    <title>Error</title>\n    \
             <updated>{updated}</updated>\n    \
             <link href=\"{address}\" rel=\"alternate\" type=\"text/html\"/>\n    \
             <summary>{}</summary>\n    <author>\n      <name>arXiv api core</name>\n    \
             </author>\n  </entry>\n",
            escape_text(&refusal.text)
        )],
        end: "</feed>\n".to_owned(),
    }
}

fn entry(shown: &Shown) -> String {
    let facts = &shown.record.facts;
    let current = facts.current();
    let id = format!("{}v{}", shown.record.id, current.number);
    let mut text = format!("  <entry>\n    <id>http://arxiv.org/abs/{id}</id>\n");
    let flat = |text: &str| {
        to_unicode(text)
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
    };
    if shown.state != State::Untitled {
        element(&mut text, "title", Some(&flat(&facts.title)));
    }
    element(&mut text, "updated", Some(&seconds(current.submitted)));
    write!(
        text,
        "    <link href=\"https://arxiv.org/abs/{id}\" rel=\"alternate\" type=\"text/html\"/>\n    \
         <link href=\"https://arxiv.org/pdf/{id}\" rel=\"related\" type=\"application/pdf\" \
         title=\"pdf\"/>\n"
    )
    .expect("a String takes every text");
    if let Some(doi) = &facts.doi {
        writeln!(
            text,
            "    <link href=\"https://doi.org/{}\" rel=\"related\" title=\"doi\"/>",
            escape_value(doi)
        )
        .expect("a String takes every text");
    }
    element(&mut text, "summary", Some(&flat(&facts.abstract_text)));
    for category in &facts.categories {
        writeln!(
            text,
            "    <category term=\"{category}\" scheme=\"http://arxiv.org/schemas/atom\"/>"
        )
        .expect("a String takes every text");
    }
    let published = seconds(facts.versions[0].submitted);
    element(&mut text, "published", Some(&published));
    element(&mut text, "arxiv:comment", facts.comments.as_deref());
    if let Some(primary) = facts.categories.first() {
        writeln!(text, "    <arxiv:primary_category term=\"{primary}\"/>")
            .expect("a String takes every text");
    }
    let reference = facts.journal_ref.as_deref();
    element(&mut text, "arxiv:journal_ref", reference);
    element(&mut text, "arxiv:doi", facts.doi.as_deref());
    for name in &facts.authors {
        writeln!(
            text,
            "    <author>\n      <name>{}</name>\n    </author>",
            escape_text(&to_unicode(name))
        )
        .expect("a String takes every text");
    }
    text + "  </entry>\n"
}

fn element(into: &mut String, name: &str, text: Option<&str>) {
    if let Some(text) = text {
        writeln!(into, "    <{name}>{}</{name}>", escape_text(text))
            .expect("a String takes every text");
    }
}
