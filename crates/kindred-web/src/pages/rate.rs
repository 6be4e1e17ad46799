//! Ratings and saving.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use axum::routing::post;
use kindred_engine::{EngineError, Library, PaperId, Rating, SetName};

use super::{PageError, set_of};
use crate::app::App;
use crate::error::Failure;
use crate::gate::Cost;
use crate::signed::{Fields, Signed};
use crate::view::card::Deck;
use crate::view::preferences::Preferences;
use crate::view::undo::{Before, Change, before_of, rating_of};
use crate::view::{Visit, link};

/// Most papers of one form.
const MOST_IDS: usize = 1_000;

pub(super) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/rate", post(rate))
        .route("/save", post(save))
}

/// Rates papers, or takes their ratings back.
async fn rate(
    State(app): State<Arc<App>>,
    visit: Visit,
    Signed(fields): Signed,
) -> Result<Response, PageError> {
    let ids = ids_of(&fields)?;
    let set: SetName = fields.need("set")?;
    let undo = fields.get("undo");
    let now = app.now();
    let rated = match undo {
        Some(before) => before_of(before)?.map(|(rating, at)| (rating, at.min(now))),
        None => rating_of(fields.get("rating").unwrap_or_default())?.map(|rating| (rating, now)),
    };
    let (name, papers) = (set.clone(), ids.clone());
    let change = app
        .change(move |library| apply(library, (&name, &papers), rated))
        .await?;
    let visit = Visit {
        // What was undone is not done again by the same button.
        change: change.filter(|_| undo.is_none()),
        ..visit
    };
    let back = link::back(fields.get("back")).to_owned();
    if visit.wants_part {
        return part(&app, &visit, (set, &ids[0]), back).await;
    }
    let to = format!("{back}#{}", link::anchor(&ids[0]));
    Ok((cookies(&visit, set), Redirect::to(&to)).into_response())
}

/// Likes papers in a set that may be new.
async fn save(
    State(app): State<Arc<App>>,
    visit: Visit,
    Signed(fields): Signed,
) -> Result<Response, PageError> {
    let ids = ids_of(&fields)?;
    let set = set_of(&fields)?;
    let (name, papers, now) = (set.clone(), ids, app.now());
    let change = app
        .change(move |library| apply(library, (&name, &papers), Some((Rating::Like, now))))
        .await?;
    let visit = Visit { change, ..visit };
    let back = Redirect::to(link::back(fields.get("back")));
    Ok((cookies(&visit, set), back).into_response())
}

fn ids_of(fields: &Fields) -> Result<Vec<PaperId>, Failure> {
    let ids: Vec<PaperId> = fields.read_all("id")?;
    match ids.len() {
        0 => Err(Failure::bad("no paper was chosen")),
        1..=MOST_IDS => Ok(ids),
        found => Err(Failure::bad(format!(
            "{found} papers at once, expected at most {MOST_IDS}"
        ))),
    }
}

/// Rates papers; returns what can be undone, which is the change of a single one.
fn apply(
    library: &mut Library,
    (set, ids): (&SetName, &[PaperId]),
    rated: Before,
) -> Result<Option<Change>, EngineError> {
    let change = match ids {
        [id] => Some(Change {
            set: set.clone(),
            id: id.clone(),
            before: library.rating(set, id)?,
        }),
        _ => None,
    };
    match rated {
        Some((rating, at)) => library.rate(set, ids, rating, at).map(|_| ())?,
        None => library.unrate(set, ids).map(|_| ())?,
    }
    Ok(change)
}

/// The forms of one card as they are now.
async fn part(
    app: &App,
    visit: &Visit,
    (set, id): (SetName, &PaperId),
    back: String,
) -> Result<Response, PageError> {
    let (name, wanted) = (set.clone(), id.clone());
    let (paper, ratings) = app
        .read(Cost::Quick, move |library| {
            let paper = library.paper(&wanted)?;
            Ok((
                kindred_engine::answer::PaperView::from(&paper),
                library.ratings(&name)?,
            ))
        })
        .await?;
    let facts = app.facts().await?;
    let deck = Deck {
        app,
        visit,
        set: &set,
        ratings: &ratings,
        sets: facts.sets.iter().map(|set| set.name.clone()).collect(),
        back,
        can_tick: false,
    };
    let rating = ratings.get(id).copied();
    let part = deck.rate(&paper, rating);
    Ok((cookies(visit, set), part).into_response())
}

/// What the browser is to keep: `set` as the one that was used last, and what can be undone.
fn cookies(visit: &Visit, set: SetName) -> AppendHeaders<[(HeaderName, HeaderValue); 2]> {
    let preferences = Preferences {
        set: Some(set),
        ..visit.preferences.clone()
    };
    AppendHeaders([
        (header::SET_COOKIE, preferences.cookie()),
        (header::SET_COOKIE, Change::cookie(visit.change.as_ref())),
    ])
}

#[cfg(test)]
mod tests;
