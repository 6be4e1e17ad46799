//! `similar`, `search` and `show`.

use std::io::{self, Read};
use std::path::Path;

use anyhow::{Context as _, Result};
use kindred_digest::readable;
use kindred_engine::answer::{PaperView, SearchAnswer, SimilarAnswer};
use kindred_engine::{
    Paper, PaperId, SearchMode, SearchQuery, Seeds, Selection, SimilarQuery, WordQuery,
};
use serde::Serialize;

use crate::arguments::{
    Row, SearchArguments, SearchBy, SelectionArguments, ShowArguments, SimilarArguments,
};
use crate::exit::{Outcome, UsageError};
use crate::ids::ids;
use crate::output::{Entry, Screen, authors, plural, print_rows};
use crate::session::Session;

/// Most of a text that is read to search with; more says nothing new about it.
const TEXT_BYTES: u64 = 1 << 20;

/// What `show` answers.
#[derive(Debug, Serialize)]
struct ShowAnswer {
    #[serde(flatten)]
    paper: Paper,
    /// Its other ids.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    also: Vec<PaperId>,
}

pub(crate) fn similar(session: &Session, arguments: &SimilarArguments) -> Result<Outcome> {
    let seeds = match (&arguments.text, &arguments.file) {
        (Some(text), _) => Seeds::Text(text.clone()),
        (None, Some(file)) => Seeds::Text(read_text(file)?),
        (None, None) => Seeds::Papers(ids(&arguments.ids)?),
    };
    if matches!(&seeds, Seeds::Text(text) if text.trim().is_empty()) {
        let message = "the text to search with is empty".to_owned();
        return Err(UsageError {
            message,
            hint: None,
        }
        .into());
    }
    let library = session.read()?;
    let answer = library.similar(&SimilarQuery {
        seeds,
        selection: selection(&arguments.selection),
        limit: usize::from(arguments.limit),
    })?;
    match arguments.rows.template() {
        Some(template) => {
            let rows = answer.results.iter().map(|hit| Row {
                rank: hit.rank,
                score: hit.score.get().to_string(),
                paper: &hit.paper,
            });
            print_rows(&template, rows)?;
        }
        None => session.print(&answer, print_similar)?,
    }
    note_pending(session, answer.not_embedded);
    Ok(found(answer.results.is_empty(), session))
}

pub(crate) fn search(session: &Session, arguments: &SearchArguments) -> Result<Outcome> {
    let text = arguments.query.join(" ");
    let words: WordQuery = text.parse().map_err(|error| UsageError {
        message: format!("cannot search for `{text}`: {error}"),
        hint: Some("write words, \"phrases\", author:NAME, title:WORD, -without".to_owned()),
    })?;
    let library = session.read()?;
    let answer = library.search(&SearchQuery {
        words,
        selection: selection(&arguments.selection),
        limit: usize::from(arguments.limit),
        mode: match arguments.by {
            SearchBy::Both => SearchMode::Fused,
            SearchBy::Words => SearchMode::Words,
            SearchBy::Meaning => SearchMode::Meaning,
        },
    })?;
    match arguments.rows.template() {
        Some(template) => {
            let rows = answer.results.iter().map(|hit| Row {
                rank: hit.rank,
                score: hit.score.to_string(),
                paper: &hit.paper,
            });
            print_rows(&template, rows)?;
        }
        None => session.print(&answer, print_search)?,
    }
    Ok(found(answer.results.is_empty(), session))
}

pub(crate) fn show(session: &Session, arguments: &ShowArguments) -> Result<Outcome> {
    let stored = session.read()?.paper(&arguments.id)?;
    let answer = ShowAnswer {
        paper: stored.paper,
        also: stored.also,
    };
    session.print(&answer, |ShowAnswer { paper, also }, screen| {
        screen.heading(&readable(&paper.title))?;
        screen.gap()?;
        screen.fact("id", &paper.id.to_string())?;
        if !also.is_empty() {
            let ids: Vec<String> = also.iter().map(ToString::to_string).collect();
            screen.fact("also", &ids.join(", "))?;
        }
        if let Some(url) = paper.id.url() {
            screen.fact("page", &url)?;
        }
        screen.fact("authors", &paper.authors.join(", "))?;
        let categories: Vec<&str> = paper
            .categories
            .iter()
            .map(kindred_engine::Category::as_str)
            .collect();
        screen.fact("categories", &categories.join(" "))?;
        for version in &paper.versions {
            let date = version
                .date
                .map_or("date unknown".to_owned(), |date| date.to_string());
            let name = if version.number == 0 {
                "date".to_owned()
            } else {
                format!("version {}", version.number)
            };
            screen.fact(&name, &date)?;
        }
        for (name, value) in [
            ("comments", &paper.comments),
            ("journal", &paper.journal_ref),
            ("doi", &paper.doi),
            ("venue", &paper.venue),
            ("licence", &paper.license),
        ] {
            if let Some(value) = value {
                screen.fact(name, value)?;
            }
        }
        if !paper.keywords.is_empty() {
            screen.fact("keywords", &paper.keywords.join(", "))?;
        }
        if paper.withdrawn {
            screen.fact("withdrawn", "yes; it is found, but never recommended")?;
        }
        screen.gap()?;
        screen.line(&readable(&paper.abstract_text))
    })?;
    Ok(Outcome::Fine)
}

/// Turns the arguments into what the engine understands.
pub(crate) fn selection(arguments: &SelectionArguments) -> Selection {
    Selection {
        categories: arguments.category.clone(),
        since: arguments.since,
        until: arguments.until,
    }
}

/// Says how many papers an answer could not consider.
pub(crate) fn note_pending(session: &Session, pending: u64) {
    if pending > 0 {
        let papers = plural(pending, "paper");
        session.note(&format!(
            "note: {papers} not embedded yet, `kindred embed` does it"
        ));
    }
}

pub(crate) fn found(is_empty: bool, session: &Session) -> Outcome {
    if is_empty {
        session.note("nothing found");
        Outcome::Nothing
    } else {
        Outcome::Fine
    }
}

/// Lays out id, category, date and authors of a paper.
pub(crate) fn facts(paper: &PaperView) -> Vec<String> {
    let mut facts = vec![short_id(&paper.id.to_string())];
    facts.extend(paper.categories.first().map(ToString::to_string));
    facts.extend(
        paper
            .date
            .map(|date| date.to_string().chars().take(10).collect()),
    );
    facts.extend(paper.venue.clone());
    let names = authors(&paper.authors);
    facts.extend((!names.is_empty()).then_some(names));
    if paper.withdrawn {
        facts.push("withdrawn".to_owned());
    }
    facts
}

/// Drops the scheme of arXiv ids, which readers know by sight.
pub(crate) fn short_id(id: &str) -> String {
    id.strip_prefix("arXiv:").unwrap_or(id).to_owned()
}

pub(crate) fn print_similar(answer: &SimilarAnswer, screen: &mut Screen<'_>) -> io::Result<()> {
    let seeds = if answer.results.is_empty() {
        &[]
    } else {
        answer.seeds.as_slice()
    };
    for seed in seeds {
        screen.aside(&format!(
            "like {}: {}",
            short_id(&seed.id.to_string()),
            readable(&seed.title)
        ))?;
    }
    for hit in &answer.results {
        screen.entry(&Entry {
            rank: hit.rank,
            score: format!("{:.3}", hit.score.get()),
            title: hit.paper.title.clone(),
            url: hit.paper.url.clone(),
            facts: facts(&hit.paper),
            notes: Vec::new(),
        })?;
    }
    Ok(())
}

fn print_search(answer: &SearchAnswer, screen: &mut Screen<'_>) -> io::Result<()> {
    for hit in &answer.results {
        let place = |evidence: Option<kindred_engine::answer::Evidence>, name: &str| {
            evidence.map(|evidence| format!("{name} #{}", evidence.rank))
        };
        let places: Vec<String> = place(hit.words, "words")
            .into_iter()
            .chain(place(hit.meaning, "meaning"))
            .collect();
        let mut facts = facts(&hit.paper);
        facts.push(places.join(", "));
        screen.entry(&Entry {
            rank: hit.rank,
            score: format!("{:.3}", hit.score),
            title: hit.paper.title.clone(),
            url: hit.paper.url.clone(),
            facts,
            notes: Vec::new(),
        })?;
    }
    Ok(())
}

fn read_text(file: &Path) -> Result<String> {
    let mut bytes = Vec::new();
    if file == Path::new("-") {
        io::stdin()
            .lock()
            .take(TEXT_BYTES)
            .read_to_end(&mut bytes)
            .context("reading the text")?;
    } else {
        let reading =
            fs_err::File::open(file).and_then(|file| file.take(TEXT_BYTES).read_to_end(&mut bytes));
        reading.map_err(|error| UsageError {
            message: error.to_string(),
            hint: None,
        })?;
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
