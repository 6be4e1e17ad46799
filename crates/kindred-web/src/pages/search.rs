//! Search, and papers like given ones.

mod question;
mod results;

use std::collections::BTreeMap;
use std::sync::Arc;

use self::question::{Asked, Question, Reading};
use super::PageError;
use crate::app::App;
use crate::error::{Failure, with_retry};
use crate::gate::Cost;
use crate::signed::Fields;
use crate::view::{Frame, Place, Visit, page};
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use kindred_engine::answer::{PaperView, SearchHit, SimilarHit, TopicRef};
use kindred_engine::{
    EngineError, Library, PaperId, Rating, SearchQuery, Seeds, SetName, SimilarQuery,
};

/// Papers on a page.
const PAGE: usize = 20;
/// Papers that a search goes through, over all its pages.
const DEPTH: usize = 200;

pub(super) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/", get(search))
        .route("/similar", get(similar))
}

/// What was found.
struct Found {
    /// The papers asked about.
    seeds: Vec<PaperView>,
    hits: Vec<Hit>,
    /// Of each hit, the topics from the coarsest to the finest.
    topics: Vec<Vec<TopicRef>>,
    /// Papers that the reader has and that were left out.
    hidden: usize,
    ratings: BTreeMap<PaperId, Rating>,
}

/// One paper that was found.
enum Hit {
    Words(Box<SearchHit>),
    Alike(Box<SimilarHit>),
}

impl Hit {
    fn paper(&self) -> &PaperView {
        match self {
            Self::Words(hit) => &hit.paper,
            Self::Alike(hit) => &hit.paper,
        }
    }
}

async fn search(
    State(app): State<Arc<App>>,
    visit: Visit,
    fields: Fields,
) -> Result<Response, PageError> {
    let question = Question::of_search(&fields);
    answer(&app, &visit, question).await
}

async fn similar(
    State(app): State<Arc<App>>,
    visit: Visit,
    fields: Fields,
) -> Result<Response, PageError> {
    let question = Question::of_similar(&fields);
    answer(&app, &visit, question).await
}

/// Answers a question on its own page, also where it cannot be answered, so that what was typed is
/// not lost.
async fn answer(
    app: &Arc<App>,
    visit: &Visit,
    question: Result<Question, (Box<Question>, Failure)>,
) -> Result<Response, PageError> {
    let facts = app.facts().await?;
    let set = visit.set(&facts);
    let (question, found) = match question {
        Err((question, failure)) => (*question, Err(failure)),
        Ok(question) if question.asked == Asked::Nothing => {
            let start = results::start(&facts, &question);
            let frame = frame("Search", &question);
            return Ok(page(app, (visit, &facts), &frame, &start).into_response());
        }
        Ok(question) => {
            let (asked, name) = (question.clone(), set.clone());
            let membership = app.topic_membership().await?;
            let found = app.read(Cost::Quick, move |library| {
                let asked = asked.settled(library)?;
                let mut found = find(library, &asked, &name)?;
                if let Some(membership) = membership {
                    let ids: Vec<PaperId> = found
                        .hits
                        .iter()
                        .map(|hit| hit.paper().id.clone())
                        .collect();
                    found.topics = library.topics_of(&membership, &ids)?;
                }
                Ok((asked, found))
            });
            match found.await {
                Ok((question, found)) => (question, Ok(found)),
                Err(failure) => (question, Err(failure)),
            }
        }
    };
    let (status, content) = match &found {
        Ok(found) => (
            StatusCode::OK,
            results::list((app, visit, &facts), &set, &question, found),
        ),
        Err(failure) => (failure.status(), results::failed(&question, failure)),
    };
    let title = results::title(&question, found.as_ref().ok());
    let frame = frame(&title, &question);
    let page = page(app, (visit, &facts), &frame, &content);
    let response = (status, page).into_response();
    Ok(match &found {
        Ok(_) => response,
        Err(failure) => with_retry(response, failure),
    })
}

fn frame<'a>(title: &'a str, question: &Question) -> Frame<'a> {
    Frame {
        has_field: question.path == "/",
        ..Frame::new(title, Place::Search)
    }
}

fn find(library: &Library, question: &Question, set: &SetName) -> Result<Found, EngineError> {
    let (seeds, hits) = match &question.asked {
        Asked::Nothing => (Vec::new(), Vec::new()),
        Asked::Words(words) => {
            let answer = library.search(&SearchQuery {
                words: words.clone(),
                selection: question.selection.clone(),
                limit: DEPTH,
                mode: question.mode,
            })?;
            let hits = answer.results.into_iter();
            (
                Vec::new(),
                hits.map(|hit| Hit::Words(Box::new(hit))).collect(),
            )
        }
        Asked::Papers(ids) => alike(library, question, Seeds::Papers(ids.clone()))?,
        Asked::Text(text) => alike(library, question, Seeds::Text(text.clone()))?,
    };
    let hidden = if question.hides_known {
        known(library)?
    } else {
        BTreeMap::new()
    };
    let before = hits.len();
    let hits: Vec<Hit> = (hits.into_iter())
        .filter(|hit| !hidden.contains_key(&hit.paper().id))
        .collect();
    Ok(Found {
        seeds,
        topics: vec![Vec::new(); hits.len()],
        hidden: before - hits.len(),
        hits,
        ratings: library.ratings(set)?,
    })
}

fn alike(
    library: &Library,
    question: &Question,
    seeds: Seeds,
) -> Result<(Vec<PaperView>, Vec<Hit>), EngineError> {
    let answer = library.similar(&SimilarQuery {
        seeds,
        selection: question.selection.clone(),
        limit: DEPTH,
    })?;
    let hits = answer.results.into_iter();
    Ok((
        answer.seeds,
        hits.map(|hit| Hit::Alike(Box::new(hit))).collect(),
    ))
}

/// What any set has rated.
fn known(library: &Library) -> Result<BTreeMap<PaperId, Rating>, EngineError> {
    let mut known = BTreeMap::new();
    for set in library.sets()? {
        known.extend(library.ratings(&set.name)?);
    }
    Ok(known)
}

impl Question {
    /// What is told of how the text was read.
    fn reading(&self) -> Option<&'static str> {
        match self.reading {
            Reading::Id => Some("read as an id: papers like this one"),
            Reading::Address => Some("read as an address: papers like this one"),
            Reading::Abstract => Some("read as an abstract: papers like this text"),
            Reading::Words | Reading::Chosen => None,
        }
    }
}
