//! The map: its page, its still picture, the job that draws it, and sets made of what is selected.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{Redirect, Response};
use axum::routing::{get, post};
use kindred_engine::{Library, PaperId, Rating, SetName, TopicMapQuery};
use kindred_map::Theme;
use maud::{Markup, html};

use super::PageError;
use crate::api::map::Keeping;
use crate::app::{App, Facts};
use crate::error::Failure;
use crate::gate::Cost;
use crate::job::Outcome;
use crate::map::ReadyMap;
use crate::map::body::{MapView, body};
use crate::signed::{Fields, Signed};
use crate::view::picture::picture;
use crate::view::{Frame, Place, Visit, count, link, page, token};

/// Papers that a set is made of at most, the first of the list; more would be no taste any longer,
/// and forms have a size.
pub(crate) const MOST_SEEDS: usize = 1_000;

pub(super) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/map", get(map))
        .route("/map.svg", get(still))
        .route("/map/draw", post(draw))
        .route("/map/set", post(make_set))
}

async fn map(State(app): State<Arc<App>>, visit: Visit) -> Result<Markup, PageError> {
    let facts = app.facts().await?;
    let Some(map) = app.map().await? else {
        let frame = Frame::new("Map", Place::Map);
        return Ok(page(
            &app,
            (&visit, &facts),
            &frame,
            &not_drawn(&app, &facts),
        ));
    };
    let sets: Vec<String> = facts.sets.iter().map(|set| set.name.to_string()).collect();
    let alt = format!(
        "Map of {}; the topics beside it list the same",
        count(map.len() as u64, "paper")
    );
    let content = body(&MapView {
        version: &map.version,
        papers: map.len(),
        subtitle: &map.subtitle,
        topics: &map.tree,
        sets: &sets,
        set: visit.set(&facts).as_str(),
        picture: &picture(visit.preferences.theme, &[("v", &map.version)], &alt),
        token: &token(&app),
        notes: &notes(&app, &facts, &map),
    });
    let frame = Frame {
        is_wide: true,
        assets: &["map.css", "map.js"],
        ..Frame::new("Map", Place::Map)
    };
    Ok(page(&app, (&visit, &facts), &frame, &content))
}

/// What to do where there is no map.
fn not_drawn(app: &App, facts: &Facts) -> Markup {
    html! {
        h1 { "Map" }
        @if facts.embedded == 0 {
            p { "There is nothing to draw: no paper of this library has been embedded. "
                a href="/import" { "Import papers" } ", or run " code { "kindred embed" } "." }
        } @else {
            p { "No map has been drawn with this library's encoder yet. Drawing groups "
                (count(facts.embedded as u64, "paper"))
                " into topics and lays them out: some seconds for a thousand papers, some minutes for a hundred thousand." }
            (draw_form(app, "Draw the map"))
            p .quiet { "Or run " code { "kindred map" } "." }
        }
    }
}

fn draw_form(app: &App, name: &str) -> Markup {
    html! {
        form action="/map/draw" method="post" {
            (token(app))
            button .main type="submit" { (name) }
        }
    }
}

/// What the map lacks.
fn notes(app: &App, facts: &Facts, map: &ReadyMap) -> Markup {
    let missing = facts.embedded.saturating_sub(map.len());
    html! {
        @if missing > 0 {
            p { (count(missing as u64, "paper")) " came since it was drawn." }
            (draw_form(app, "Add them"))
        }
        @if map.not_embedded() > 0 {
            p { (count(map.not_embedded(), "paper")) " without a vector are not on it: run " code { "kindred embed" } "." }
        }
    }
}

/// The map as a picture: all of it, or small with the place of a paper.
async fn still(
    State(app): State<Arc<App>>,
    fields: Fields,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let map = app.map().await?.ok_or(Failure::NotFound)?;
    let theme = match fields.get("theme") {
        Some("dark") => Theme::Dark,
        _ => Theme::Light,
    };
    let paper: Option<PaperId> = fields.read("paper")?;
    let of = paper.as_ref().map(PaperId::short).unwrap_or_default();
    let keeping = Keeping::new(&map, &format!("{theme:?} {of}"), (&fields, &headers));
    if let Some(known) = keeping.known() {
        return Ok(known);
    }
    let drawn = app
        .read(Cost::Slow, move |_| {
            Ok(match paper {
                Some(paper) => map.whereabouts(theme, &paper),
                None => map.picture(theme),
            })
        })
        .await?;
    let drawn = drawn.or(Err(Failure::Panic))?;
    Ok(keeping.answer("image/svg+xml", drawn))
}

/// Starts the job that draws the map, or adds what came since.
async fn draw(State(app): State<Arc<App>>, _: Signed) -> Result<Redirect, PageError> {
    let (folder, device) = (app.options.library.clone(), app.options.device);
    let now = app.now();
    let job = app.jobs.start("Drawing of the map", move |control| {
        let mut library = Library::open(&folder)?.with_device(device);
        let answer = library.topic_map(&TopicMapQuery::default(), now, control)?;
        Ok(Outcome {
            lines: vec![crate::map::subtitle(&answer)],
            href: Some("/map".to_owned()),
        })
    })?;
    Ok(Redirect::to(&format!("/jobs/{}", job.id)))
}

/// Makes a seed set of papers that are told by their places on the map, or adds them to one that is
/// there; what that one has rated stays as it is.
async fn make_set(
    State(app): State<Arc<App>>,
    Signed(fields): Signed,
) -> Result<Redirect, PageError> {
    let added_to: Option<SetName> = fields.read("set")?;
    let is_new = added_to.is_none();
    let name = added_to.map_or_else(|| fields.need("name"), Ok)?;
    let map = app.map().await?.ok_or(Failure::NotFound)?;
    if fields.get("map") != Some(map.version.as_str()) {
        return Err(changed().into());
    }
    let mut ids = chosen(&map, fields.get("papers").unwrap_or_default())?;
    let (set, now) = (name.clone(), app.now());
    let was_there = app
        .change(move |library| {
            let is_there = library.sets()?.iter().any(|one| one.name == set);
            if is_there == is_new {
                return Ok(is_there);
            }
            if is_there {
                let rated = library.ratings(&set)?;
                ids.retain(|id| !rated.contains_key(id));
            }
            library.rate(&set, &ids, Rating::Like, now)?;
            Ok(is_there)
        })
        .await?;
    let conflict = |message, hint: &str| Failure::Conflict {
        message,
        hint: Some(hint.to_owned()),
    };
    match (is_new, was_there) {
        (true, true) => Err(conflict(
            format!("there is a set `{name}` already"),
            "add the papers to it, or choose another name",
        )
        .into()),
        (false, false) => Err(conflict(
            format!("there is no set `{name}` any more"),
            "make a new one",
        )
        .into()),
        (true, false) | (false, true) => Ok(Redirect::to(&link::set(&name))),
    }
}

/// Places mean nothing on another map.
pub(crate) fn changed() -> Failure {
    Failure::Conflict {
        message: "the map has changed since it was opened".to_owned(),
        hint: Some("open it again".to_owned()),
    }
}

/// The ids of papers at places such as `3,17,4`.
fn chosen(map: &ReadyMap, text: &str) -> Result<Vec<PaperId>, Failure> {
    let places = places_of(text, MOST_SEEDS)?;
    if places.is_empty() {
        return Err(Failure::bad("no paper is selected"));
    }
    let id = |&place: &u32| {
        let paper = map.paper(place).ok_or_else(|| {
            let papers = map.len();
            Failure::bad(format!("there is no paper {place} on a map of {papers}"))
        });
        paper.map(|paper| paper.id.clone())
    };
    places.iter().map(id).collect()
}

/// Places such as `3,17,4`, each once.
///
/// # Errors
/// [`Failure::Bad`] for what is no number, and for more than `most`.
pub(crate) fn places_of(text: &str, most: usize) -> Result<Vec<u32>, Failure> {
    let mut places = Vec::new();
    for part in text
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
    {
        let place = part.parse().ok().ok_or_else(|| {
            let part: String = part.chars().take(20).collect();
            Failure::bad(format!(
                "`{part}` is no place of a paper, expected a number"
            ))
        })?;
        places.push(place);
        if places.len() > most {
            return Err(Failure::bad(format!("more than {most} papers at once")));
        }
    }
    places.sort_unstable();
    places.dedup();
    Ok(places)
}

#[cfg(test)]
mod tests;
