//! Ratings and saving.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::post;
use kindred_engine::{EngineError, Library, PaperId, Rating, SetName};

use super::PageError;
use crate::app::App;
use crate::error::Failure;
use crate::gate::Cost;
use crate::signed::{Fields, Signed};
use crate::view::card::Deck;
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
    let rating = match fields.get("rating") {
        Some("like") => Some(Rating::Like),
        Some("dislike") => Some(Rating::Dislike),
        Some("none") => None,
        other => {
            let found = other.unwrap_or_default();
            let message = format!("rating `{found}`, expected like, dislike or none");
            return Err(Failure::bad(message).into());
        }
    };
    let now = app.now();
    let (name, papers) = (set.clone(), ids.clone());
    app.change(move |library| apply(library, (&name, &papers), rating, now))
        .await?;
    let back = link::back(fields.get("back")).to_owned();
    if visit.wants_part {
        return part(&app, &visit, (set, &ids[0]), back).await;
    }
    Ok(redirect(
        &visit,
        &set,
        &format!("{back}#{}", link::anchor(&ids[0])),
    ))
}

/// Likes papers in a set that may be new.
async fn save(
    State(app): State<Arc<App>>,
    visit: Visit,
    Signed(fields): Signed,
) -> Result<Response, PageError> {
    let ids = ids_of(&fields)?;
    let set: SetName = match fields.read("set")? {
        Some(set) => set,
        None => fields.need("new")?,
    };
    let (name, papers, now) = (set.clone(), ids, app.now());
    app.change(move |library| apply(library, (&name, &papers), Some(Rating::Like), now))
        .await?;
    Ok(redirect(&visit, &set, link::back(fields.get("back"))))
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

fn apply(
    library: &mut Library,
    (set, ids): (&SetName, &[PaperId]),
    rating: Option<Rating>,
    now: kindred_engine::Timestamp,
) -> Result<(), EngineError> {
    match rating {
        Some(rating) => library.rate(set, ids, rating, now).map(|_| ()),
        None => library.unrate(set, ids).map(|_| ()),
    }
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
    let mut response = deck.rate(&paper, rating).into_response();
    let mut preferences = visit.preferences.clone();
    preferences.set = Some(set);
    response
        .headers_mut()
        .insert(header::SET_COOKIE, preferences.cookie());
    Ok(response)
}

/// Goes back to a page, with `set` as the one that was used last.
fn redirect(visit: &Visit, set: &SetName, to: &str) -> Response {
    let mut preferences = visit.preferences.clone();
    preferences.set = Some(set.clone());
    (
        [(header::SET_COOKIE, preferences.cookie())],
        Redirect::to(to),
    )
        .into_response()
}
