//! The JSON API, version 1: the engine's answers in the shapes of `--json`.
//!
//! One table ([`operations`]) makes both the routes and the document that describes them.
//! Everything is bounded, and what is beyond a bound is refused with the bound, not cut.

mod change;
mod document;
mod find;
mod library;
pub(crate) mod map;
mod operation;
mod sets;
mod value;

use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::http::Method;
use axum::response::{IntoResponse as _, Response};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use tower_http::catch_panic::CatchPanicLayer;

use self::operation::{Operation, Title};
use self::value::Count;
use crate::app::App;
use crate::error::{ApiError, Failure};

/// Most ids of a request.
const MAX_IDS: usize = 1_000;
/// Most bytes of a text.
const MAX_TEXT: usize = 16 * 1024;

/// How many results are wanted.
type Limit = Count<1, 200>;
/// How many results are passed over.
type Offset = Count<0, 10_000>;

/// No fields.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Nothing {}

fn twenty() -> Limit {
    Count::of::<20>()
}

fn all_of_them() -> Limit {
    Count::of::<200>()
}

fn none() -> Offset {
    Count::of::<0>()
}

/// Everything that the API does.
fn operations() -> Vec<Operation> {
    let mut all = questions();
    all.extend(changes());
    all
}

fn title(name: &'static str, path: &'static str, about: &'static str) -> Title {
    Title { name, path, about }
}

#[expect(
    clippy::too_many_lines,
    reason = "it is one table, which is read as such"
)]
fn questions() -> Vec<Operation> {
    let get = title;
    vec![
        Operation::get(
            get(
                "paper",
                "/papers/{*id}",
                "One paper with all that is known of it.",
            ),
            find::paper,
        ),
        Operation::get(
            get(
                "similar",
                "/similar",
                "Papers like given ones, or like a text.",
            ),
            find::similar,
        ),
        Operation::ask(
            get(
                "similarTo",
                "/similar",
                "The same for many papers or a long text.",
            ),
            find::similar,
        ),
        Operation::get(
            get(
                "search",
                "/search",
                "Papers that match by words and by meaning.",
            ),
            find::search,
        ),
        Operation::get(get("sets", "/sets", "The seed sets, by name."), sets::sets),
        Operation::get(
            get("set", "/sets/{name}", "The rated papers of a set, by id."),
            sets::set,
        ),
        Operation::get(
            get(
                "feed",
                "/sets/{name}/feed",
                "New arrivals ranked for a set, with reasons.",
            ),
            sets::feed,
        ),
        Operation::get(
            get(
                "ask",
                "/sets/{name}/ask",
                "Arrivals whose rating would teach most.",
            ),
            sets::ask,
        ),
        Operation::get(
            get(
                "why",
                "/sets/{name}/why",
                "Why a paper has its place in a set's feed.",
            ),
            sets::why,
        ),
        Operation::get(
            get(
                "rules",
                "/sets/{name}/rules",
                "The rules of a set, in the order of application.",
            ),
            sets::rules,
        ),
        Operation::get(
            get("topics", "/topics", "Topics as they were last grouped."),
            library::topics,
        ),
        Operation::get(
            get("topicDiff", "/topics/diff", "What changed in the topics."),
            library::topic_diff,
        ),
        Operation::get(
            get("topic", "/topics/{topic}", "One topic with its papers."),
            library::topic,
        ),
        Operation::get(
            get(
                "ledger",
                "/ledger",
                "What was announced, fetched, embedded and shown, by day.",
            ),
            library::ledger,
        ),
        Operation::get(
            get("stats", "/stats", "What the library holds."),
            library::stats,
        ),
        Operation::get(
            get("jobs", "/jobs", "Long work, the newest first."),
            library::jobs,
        ),
        Operation::get(get("job", "/jobs/{number}", "One job."), library::job),
        Operation::get(
            get("openapi", "/openapi.json", "This document."),
            async |_: Arc<App>, (): (), _: Nothing| Ok(openapi()),
        ),
        Operation::get(
            get("health", "/health", "That the server answers."),
            library::health,
        ),
    ]
}

fn changes() -> Vec<Operation> {
    vec![
        Operation::change(
            title(
                "rate",
                "/sets/{name}/ratings",
                "Rates papers in a set, or takes ratings back.",
            ),
            change::rate,
        ),
        Operation::change(
            title(
                "deleteSet",
                "/sets/{name}/delete",
                "Deletes a set with all that it knows.",
            ),
            change::delete,
        ),
        Operation::change(
            title(
                "renameSet",
                "/sets/{name}/rename",
                "Gives a set another name.",
            ),
            change::rename,
        ),
        Operation::change(
            title(
                "changeRules",
                "/sets/{name}/rules",
                "Removes rules of a set and adds others.",
            ),
            change::rules,
        ),
        Operation::change(
            title(
                "markShown",
                "/sets/{name}/shown",
                "Remembers which papers a feed has shown.",
            ),
            change::shown,
        ),
    ]
}

/// Returns the `OpenAPI` 3.1 document of the JSON API, as the server gives it at
/// `/api/v1/openapi.json`.
///
/// # Examples
/// ```
/// let document = kindred_web::openapi();
/// assert_eq!(document["openapi"], "3.1.0");
/// assert!(document["paths"]["/similar"]["get"]["responses"]["200"].is_object());
/// ```
pub fn openapi() -> Value {
    static DOCUMENT: LazyLock<Value> = LazyLock::new(|| document::document(&operations()));
    DOCUMENT.clone()
}

pub(crate) fn router() -> Router<Arc<App>> {
    operations()
        .into_iter()
        .fold(Router::new(), |router, one| {
            router.route(one.path, one.route)
        })
        .method_not_allowed_fallback(async |method: Method| {
            ApiError(Failure::Method { method }).into_response()
        })
        .fallback(not_found)
        .layer(CatchPanicLayer::custom(|_| {
            ApiError(Failure::Panic).into_response()
        }))
}

/// Whether a path is the API's, whose failures are JSON.
pub(crate) fn has(path: &str) -> bool {
    path == "/api" || path.starts_with("/api/")
}

/// The answer for a path that is not there.
pub(crate) async fn not_found() -> Response {
    ApiError(Failure::NotFound).into_response()
}

/// The paths to which clients post, with something for what a path leaves open.
#[cfg(test)]
pub(crate) fn changes_of_api() -> Vec<String> {
    let posts = operations()
        .into_iter()
        .filter(|one| one.verb != operation::Verb::Get);
    posts
        .map(|one| {
            format!(
                "{}{}",
                document::BASE,
                one.path.replace("{name}", "exoplanets")
            )
        })
        .collect()
}

#[cfg(test)]
mod tests;
