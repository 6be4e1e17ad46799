//! Health in lines: what is well, what could be better, what does not work, and what helps.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use kindred_engine::{CheckState, DoctorAnswer};
use maud::{Markup, html};

use super::jobs::Work;
use super::{PageError, in_code};
use crate::app::App;
use crate::gate::Cost;
use crate::view::{Frame, Place, Visit, count, page};

pub(super) fn router() -> Router<Arc<App>> {
    Router::new().route("/doctor", get(doctor))
}

async fn doctor(State(app): State<Arc<App>>, visit: Visit) -> Result<Markup, PageError> {
    let facts = app.facts().await?;
    let now = app.now();
    let answer = app.read(Cost::Slow, move |library| Ok(library.check_up(now)));
    let answer = answer.await?;
    let content = shown(&app, &answer);
    let frame = Frame::new("Doctor", Place::Other);
    Ok(page(&app, (&visit, &facts), &frame, &content))
}

fn shown(app: &App, answer: &DoctorAnswer) -> Markup {
    html! {
        h1 { "Doctor" }
        p { (summary(answer)) }
        ul .checks {
            @for check in &answer.checks {
                li class=(class(check.state)) {
                    span .state { span aria-hidden="true" { (sign(check.state)) } " " (check.state.as_str()) }
                    div {
                        strong { (check.name) } ": " (in_code(&check.text))
                        @if let Some(fix) = &check.fix {
                            p .quiet { "Fix: " (in_code(fix)) }
                            @if let Some(work) = work(&check.name, fix) { (work.button(app)) }
                        }
                    }
                }
            }
        }
        p .quiet { "On the command line " code { "kindred doctor" } " looks at settings, mail and port as well, and "
            code { "kindred verify" } " checks every stored byte." }
    }
}

fn summary(answer: &DoctorAnswer) -> String {
    let number = |state| {
        answer
            .checks
            .iter()
            .filter(|check| check.state == state)
            .count() as u64
    };
    match (number(CheckState::Warn), number(CheckState::Fail)) {
        (0, 0) => "All is well.".to_owned(),
        (warned, 0) => format!("{} could be better.", count(warned, "thing")),
        (0, failed) => format!("{} must be put right.", count(failed, "thing")),
        (warned, failed) => format!(
            "{} must be put right, {} could be better.",
            count(failed, "thing"),
            count(warned, "thing")
        ),
    }
}

/// What puts a check right from here.
fn work(check: &str, fix: &str) -> Option<Work> {
    if fix.starts_with("kindred embed") {
        Some(Work::Embed)
    } else if check == "sync" {
        Some(Work::Follow)
    } else {
        None
    }
}

fn class(state: CheckState) -> &'static str {
    match state {
        CheckState::Ok => "good",
        CheckState::Warn => "warn",
        CheckState::Fail => "bad",
    }
}

fn sign(state: CheckState) -> &'static str {
    match state {
        CheckState::Ok => "✓",
        CheckState::Warn => "▲",
        CheckState::Fail => "✕",
    }
}

#[cfg(test)]
mod tests;
