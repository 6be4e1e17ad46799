//! The pages.

mod ask;
mod doctor;
mod enter;
pub(crate) mod feed;
mod help;
mod import;
mod jobs;
mod ledger;
pub(crate) mod map;
mod paper;
mod rate;
mod search;
mod set;
mod sets;
mod settings;
mod topics;
mod why;

use std::any::Any;
use std::sync::Arc;

use axum::Router;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use kindred_engine::SetName;
use maud::{Markup, html};

pub(crate) use self::import::sweep;
use crate::app::App;
use crate::error::{Failure, with_retry};
use crate::signed::Fields;
use crate::view;

/// A failure as a page.
#[derive(Debug)]
pub(crate) struct PageError(Failure);

impl<E: Into<Failure>> From<E> for PageError {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        bare_failure(&self.0)
    }
}

/// All pages.
pub(crate) fn router() -> Router<Arc<App>> {
    Router::new()
        .merge(ask::router())
        .merge(doctor::router())
        .merge(enter::router())
        .merge(feed::router())
        .merge(help::router())
        .merge(import::router())
        .merge(jobs::router())
        .merge(ledger::router())
        .merge(map::router())
        .merge(paper::router())
        .merge(rate::router())
        .merge(search::router())
        .merge(set::router())
        .merge(sets::router())
        .merge(settings::router())
        .merge(topics::router())
        .merge(why::router())
}

/// A page that says what went wrong and what helps, without anything of the library.
pub(crate) fn bare_failure(failure: &Failure) -> Response {
    let told = failure.told();
    let page = view::bare("Not answered", &failed(failure));
    with_retry((told.status, page).into_response(), failure)
}

/// What went wrong and what helps.
pub(crate) fn failed(failure: &Failure) -> Markup {
    let told = failure.told();
    html! {
        section .failure role="alert" {
            h1 { (heading(told.status)) }
            p { (told.message) "." }
            @if !told.hints.is_empty() {
                ul { @for hint in &told.hints { li { (in_code(hint)) } } }
            }
            p { a href="/" { "Back to the search" } }
        }
    }
}

/// The set that a form names: the name of a new one goes before the choice beside it, which is
/// never empty where there are sets.
fn set_of(fields: &Fields) -> Result<SetName, Failure> {
    if let Some(new) = fields.read("new")? {
        return Ok(new);
    }
    fields.read("set")?.map_or_else(|| fields.need("new"), Ok)
}

/// Text with what stands between backticks as code.
pub(crate) fn in_code(text: &str) -> Markup {
    html! {
        @for (place, part) in text.split('`').enumerate() {
            @if place % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}

fn heading(status: StatusCode) -> &'static str {
    match status {
        StatusCode::NOT_FOUND => "Not found",
        StatusCode::FORBIDDEN => "Not allowed",
        StatusCode::CONFLICT => "Not yet",
        StatusCode::SERVICE_UNAVAILABLE => "Busy",
        StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => "Not understood",
        _ => "Something failed",
    }
}

pub(crate) async fn wrong_method(method: Method) -> Response {
    bare_failure(&Failure::Method { method })
}

pub(crate) fn not_found() -> Response {
    bare_failure(&Failure::NotFound)
}

/// The answer of a handler that panicked.
pub(crate) fn panicked(_: Box<dyn Any + Send>) -> Response {
    bare_failure(&Failure::Panic)
}

#[cfg(test)]
mod tests;
