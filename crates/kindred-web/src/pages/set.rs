//! One seed set: its papers, its rules, its name.

mod change;
mod show;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post};
use kindred_engine::answer::{PaperView, TopicRef};
use kindred_engine::{EngineError, Library, RatedView, RulesAnswer, SetName};
use maud::Markup;

use super::PageError;
use super::feed::attachment;
use crate::app::App;
use crate::error::Failure;
use crate::gate::Cost;
use crate::signed::Fields;
use crate::view::{Frame, Place, Visit, count, page};

pub(super) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/set/{name}", get(set))
        .route("/set/{name}/remove", post(change::remove))
        .route("/set/{name}/rename", post(change::rename))
        .route(
            "/set/{name}/delete",
            get(change::ask_delete).post(change::delete),
        )
        .route(
            "/set/{name}/merge",
            get(change::ask_merge).post(change::merge),
        )
        .route("/set/{name}/rules", post(change::rules))
        .route("/set/{name}/topics", post(change::topics))
        .route("/set/{name}/papers.bib", get(bibtex))
        .route("/set/{name}/papers.ris", get(ris))
        .route("/set/{name}/papers.json", get(json))
}

/// Reads the name of a set in an address.
pub(super) fn set_name(text: &str) -> Result<SetName, Failure> {
    text.parse()
        .map_err(|error| Failure::bad(format!("{error}")))
}

/// A set in one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Summary {
    likes: u64,
    dislikes: u64,
    /// The first category of most liked papers.
    mostly: Option<String>,
}

impl Summary {
    pub(super) fn of(library: &Library, set: &SetName) -> Result<Self, EngineError> {
        let rated = library.rated(set)?;
        Ok(Self::over(&rated))
    }

    fn over(rated: &[RatedView]) -> Self {
        let liked = rated.iter().filter(|rated| rated.rating == "like");
        let mut categories: BTreeMap<&str, u64> = BTreeMap::new();
        let mut likes = 0;
        for rated in liked {
            likes += 1;
            if let Some(category) = rated.paper.categories.first() {
                *categories.entry(category.as_str()).or_default() += 1;
            }
        }
        // Of equal ones the first by name.
        let most = categories
            .into_iter()
            .rev()
            .max_by_key(|(_, number)| *number);
        Self {
            likes,
            dislikes: rated.len() as u64 - likes,
            mostly: most.map(|(category, _)| category.to_owned()),
        }
    }

    /// `6 liked, 3 not; mostly astro-ph.EP`.
    pub(super) fn line(&self) -> String {
        let mostly = self.mostly.as_ref();
        let mostly = mostly.map_or_else(String::new, |mostly| format!("; mostly {mostly}"));
        format!("{} liked, {} not{mostly}", self.likes, self.dislikes)
    }
}

/// All that the page shows.
struct Sheet {
    rated: Vec<RatedView>,
    rules: RulesAnswer,
    topics: Vec<TopicRef>,
}

async fn set(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    visit: Visit,
    fields: Fields,
) -> Result<Markup, PageError> {
    let name = set_name(&name)?;
    let facts = app.facts().await?;
    let asked = name.clone();
    let sheet = app
        .read(Cost::Quick, move |library| {
            Ok(Sheet {
                rated: library.rated(&asked)?,
                rules: library.rules(&asked)?,
                topics: library.topics_of_set(&asked)?,
            })
        })
        .await?;
    let content = show::all((&app, &facts), (&name, fields.is_set("all")), &sheet);
    let frame = Frame::new(name.as_str(), Place::Library);
    Ok(page(&app, (&visit, &facts), &frame, &content))
}

async fn rated(app: &App, name: &str) -> Result<(SetName, Vec<RatedView>), Failure> {
    let set = set_name(name)?;
    let asked = set.clone();
    let rated = app.read(Cost::Quick, move |library| library.rated(&asked));
    Ok((set, rated.await?))
}

/// The liked papers.
fn liked(rated: Vec<RatedView>) -> Vec<PaperView> {
    let liked = rated.into_iter().filter(|rated| rated.rating == "like");
    liked.map(|rated| rated.paper).collect()
}

async fn bibtex(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
) -> Result<Response, PageError> {
    let (set, rated) = rated(&app, &name).await?;
    let text = kindred_digest::bibtex(&liked(rated));
    Ok(attachment(
        "application/x-bibtex; charset=utf-8",
        &format!("{set}.bib"),
        text,
    ))
}

async fn ris(State(app): State<Arc<App>>, Path(name): Path<String>) -> Result<Response, PageError> {
    let (set, rated) = rated(&app, &name).await?;
    let text = kindred_digest::ris(&liked(rated));
    let kind = "application/x-research-info-systems; charset=utf-8";
    Ok(attachment(kind, &format!("{set}.ris"), text))
}

async fn json(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
) -> Result<Response, PageError> {
    let (set, rated) = rated(&app, &name).await?;
    let text = serde_json::to_string_pretty(&rated)
        .expect("ratings have only string keys and numbers, which JSON can hold");
    Ok(attachment("application/json", &format!("{set}.json"), text))
}

/// Says how many papers: `12 papers`.
fn papers(number: usize) -> String {
    count(number as u64, "paper")
}

#[cfg(test)]
mod tests;
