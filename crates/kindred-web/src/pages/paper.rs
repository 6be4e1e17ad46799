//! One paper: text, ratings, neighbours, papers of other fields that are close.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use kindred_engine::answer::{PaperView, SimilarHit, TopicRef};
use kindred_engine::{
    EngineError, Library, PaperId, Rating, Seeds, Selection, SetName, SimilarQuery, TopicBody,
};
use maud::{Markup, html};

use super::{PageError, in_code};
use crate::app::{App, Facts};
use crate::error::{Failure, chain};
use crate::gate::Cost;
use crate::signed::Fields;
use crate::view::card::{Deck, Extra, Measure, facts, source};
use crate::view::picture::picture;
use crate::view::{Frame, Place, Visit, link, page, text};

/// Neighbours that are shown.
const NEAREST: usize = 10;
/// Neighbours among which papers of other fields are looked for.
const AROUND: usize = 200;
/// Papers of other fields that are shown.
const BRIDGES: usize = 5;

pub(super) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/paper/{*id}", get(paper))
        .route("/bibtex", get(bibtex))
}

/// All that the page of a paper shows.
struct Sheet {
    paper: PaperView,
    /// Ids under which other sources know it.
    also: Vec<PaperId>,
    versions: Vec<(u16, Option<String>)>,
    comments: Option<String>,
    doi: Option<String>,
    nearest: Vec<SimilarHit>,
    /// Why none can be named.
    apart: Option<String>,
    bridges: Vec<SimilarHit>,
    topics: Vec<TopicRef>,
    ratings: BTreeMap<PaperId, Rating>,
    /// What each set that has it rates it as.
    rated_in: Vec<(SetName, Rating)>,
    /// Whether there is a map on which it may lie.
    is_mapped: bool,
}

async fn paper(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    visit: Visit,
) -> Result<Markup, PageError> {
    let id: PaperId = id
        .parse()
        .map_err(|error| Failure::bad(format!("{error}")))?;
    let counted = app.facts().await?;
    let set = visit.set(&counted);
    let membership = app.topic_membership().await?;
    let (name, wanted) = (set.clone(), id.clone());
    let sheet = app
        .read(Cost::Quick, move |library| {
            let mut sheet = sheet(library, &wanted, &name)?;
            if let Some(membership) = membership {
                let topics = library.topics_of(&membership, &[wanted])?;
                sheet.topics = topics.into_iter().next().unwrap_or_default();
            }
            Ok(sheet)
        })
        .await?;
    let content = show((&app, &visit, &counted), &set, &sheet);
    let title = text::plain(&sheet.paper.title);
    let frame = Frame::new(&title, Place::Other);
    Ok(page(&app, (&visit, &counted), &frame, &content))
}

fn sheet(library: &Library, id: &PaperId, set: &SetName) -> Result<Sheet, EngineError> {
    let stored = library.paper(id)?;
    let paper = PaperView::from(&stored);
    let (around, apart) = around(library, paper.id.clone());
    let field = paper
        .categories
        .first()
        .map(|category| category.archive().to_owned());
    let is_elsewhere = |hit: &&SimilarHit| {
        let others = &hit.paper.categories;
        field.is_some()
            && !others.is_empty()
            && others
                .iter()
                .all(|category| Some(category.archive()) != field.as_deref())
    };
    let mut rated_in = Vec::new();
    for summary in library.sets()? {
        if let Some(rating) = library.ratings(&summary.name)?.get(&paper.id) {
            rated_in.push((summary.name, *rating));
        }
    }
    // Each paper stands once on the page.
    let bridges = around
        .iter()
        .skip(NEAREST)
        .filter(is_elsewhere)
        .take(BRIDGES)
        .cloned()
        .collect();
    Ok(Sheet {
        also: stored.also,
        versions: (stored.paper.versions.iter())
            .map(|version| (version.number, version.date.map(|date| date.to_string())))
            .collect(),
        comments: stored.paper.comments,
        doi: stored.paper.doi,
        nearest: around.into_iter().take(NEAREST).collect(),
        apart,
        bridges,
        topics: Vec::new(),
        is_mapped: library.topic_map_stamp(&TopicBody::default())?.is_some(),
        ratings: library.ratings(set)?,
        rated_in,
        paper,
    })
}

/// The papers around one, or why none can be named: its text has nothing that the encoder knows, the
/// encoder cannot be loaded, vectors are damaged.
fn around(library: &Library, id: PaperId) -> (Vec<SimilarHit>, Option<String>) {
    let query = SimilarQuery {
        seeds: Seeds::Papers(vec![id]),
        selection: Selection::default(),
        limit: AROUND,
    };
    match library.similar(&query) {
        Ok(answer) => (answer.results, None),
        Err(EngineError::NothingEmbedded { .. }) => (Vec::new(), None),
        Err(error) => (Vec::new(), Some(chain(&error))),
    }
}

fn show((app, visit, counted): (&App, &Visit, &Facts), set: &SetName, sheet: &Sheet) -> Markup {
    let paper = &sheet.paper;
    let deck = Deck {
        app,
        visit,
        set,
        ratings: &sheet.ratings,
        sets: counted.sets.iter().map(|set| set.name.clone()).collect(),
        back: visit.here.clone(),
        can_tick: false,
    };
    let anchor = link::anchor(&paper.id);
    html! {
        article .sheet id=(anchor) aria-labelledby="title" data-id=(paper.id.short()) {
            h1 #title { (text::title(&paper.title)) }
            (facts(paper))
            @if !sheet.topics.is_empty() {
                p .path { "Topic " @for (place, topic) in sheet.topics.iter().enumerate() {
                    @if place > 0 { " › " }
                    a href=(link::topic(topic.id)) { (topic.label) }
                } }
            }
            @if paper.abstract_text.trim().is_empty() {
                p .quiet { "No abstract is known." }
            } @else {
                p .text { (text::marked(&paper.abstract_text)) }
            }
            (details(sheet))
            div .actions {
                (deck.rate(paper, sheet.ratings.get(&paper.id).copied()))
                span .links {
                    a href=(link::similar(&paper.id)) data-key="s" { "Similar" }
                    @if let Some(url) = &paper.url { " " a href=(url) rel="noreferrer" { (source(&paper.id)) } }
                    @if let Some(pdf) = link::pdf(&paper.id) { " " a href=(pdf) rel="noreferrer" data-key="p" { "PDF" } }
                    " " a href=(link::bibtex(&paper.id)) data-key="y" { "BibTeX" }
                    " " a href=(link::on_map(&paper.id)) data-key="m" { "On map" }
                    @if !counted.sets.is_empty() { " " a href=(link::why(set, &paper.id)) { "How it fits " (set) } }
                }
            }
            @if sheet.is_mapped && !sheet.topics.is_empty() {
                @let alt = format!("Where {} lies on the map", paper.id.short());
                a .whereabouts href=(link::on_map(&paper.id)) {
                    (picture(visit.preferences.theme, &[("paper", &paper.id.short())], &alt))
                }
            }
            @if !sheet.rated_in.is_empty() {
                p .quiet { "In "
                    @for (place, (set, rating)) in sheet.rated_in.iter().enumerate() {
                        @if place > 0 { ", " }
                        a href=(link::set(set)) { (set) }
                        @if *rating == Rating::Dislike { " (not for me)" }
                    }
                }
            }
        }
        @if let Some(reason) = &sheet.apart { p .quiet { "Papers like it cannot be named: " (in_code(reason)) "." } }
        (hits(&deck, "Closest papers", &sheet.nearest))
        (hits(&deck, "Close papers of other fields", &sheet.bridges))
    }
}

/// Versions, comments and other ids.
fn details(sheet: &Sheet) -> Markup {
    html! {
        dl .details {
            @if !sheet.versions.is_empty() {
                dt { "Versions" }
                dd { @for (place, (number, date)) in sheet.versions.iter().enumerate() {
                    @if place > 0 { ", " }
                    @if *number > 0 { "v" (number) " " }
                    @if let Some(date) = date { (date.get(..10).unwrap_or(date)) }
                } }
            }
            @if let Some(comments) = &sheet.comments { dt { "Comments" } dd { (text::marked(comments)) } }
            @if let Some(doi) = &sheet.doi { dt { "DOI" } dd { (text::name(doi)) } }
            @if !sheet.also.is_empty() {
                dt { "Also" }
                dd { @for (place, id) in sheet.also.iter().enumerate() {
                    @if place > 0 { ", " } (id.short())
                } }
            }
        }
    }
}

fn hits(deck: &Deck<'_>, title: &str, hits: &[SimilarHit]) -> Markup {
    html! {
        @if !hits.is_empty() {
            section .results {
                h2 { (title) }
                @for hit in hits {
                    @let extra = Extra { measure: Measure::Cosine(hit.score.get()), ..Extra::none() };
                    (deck.card(&hit.paper, &extra))
                }
            }
        }
    }
}

async fn bibtex(State(app): State<Arc<App>>, fields: Fields) -> Result<Response, PageError> {
    let ids: Vec<PaperId> = fields.read_all("id")?;
    if ids.is_empty() || ids.len() > 1_000 {
        let message = format!("{} papers, expected 1 to 1,000", ids.len());
        return Err(Failure::bad(message).into());
    }
    let papers = app
        .read(Cost::Quick, move |library| {
            let read = |id| library.paper(id).map(|paper| PaperView::from(&paper));
            ids.iter().map(read).collect::<Result<Vec<_>, _>>()
        })
        .await?;
    let kind = (header::CONTENT_TYPE, "text/plain; charset=utf-8");
    Ok(([kind], kindred_digest::bibtex(&papers)).into_response())
}
