//! The ledger: for each category and day what was announced, fetched, embedded and shown.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use kindred_engine::{
    Category, EngineError, Following, GapView, LedgerAnswer, LedgerDay, LedgerQuery,
};
use maud::{Markup, html};

use super::jobs::Work;
use super::{PageError, in_code};
use crate::app::App;
use crate::error::Failure;
use crate::gate::Cost;
use crate::signed::Fields;
use crate::view::{Frame, Place, Visit, count, grouped, link, page};

/// Announcement days that are shown unless others are asked for.
const DAYS: u16 = 14;
/// Most days that can be asked for.
const MOST_DAYS: u16 = 366;

pub(super) fn router() -> Router<Arc<App>> {
    Router::new().route("/ledger", get(ledger))
}

async fn ledger(
    State(app): State<Arc<App>>,
    visit: Visit,
    fields: Fields,
) -> Result<Markup, PageError> {
    let facts = app.facts().await?;
    let days = fields.read("days")?.unwrap_or(DAYS).clamp(1, MOST_DAYS);
    let query = LedgerQuery {
        categories: fields.read_all::<Category>("category")?,
        days,
        now: app.now(),
    };
    let is_narrowed = !query.categories.is_empty();
    let found = app
        .read(Cost::Slow, move |library| {
            let following = library.following(query.now)?;
            Ok((library.ledger(&query)?, following))
        })
        .await;
    let content = match &found {
        Ok((answer, following)) => {
            let categories: Vec<&str> = fields.all("category").collect();
            shown(&app, answer, following.as_ref(), (days, &categories))
        }
        Err(Failure::Engine(EngineError::NothingFollowed)) if !is_narrowed => empty(),
        Err(_) => return Err(found.expect_err("it is one").into()),
    };
    let frame = Frame::new("Ledger", Place::Other);
    Ok(page(&app, (&visit, &facts), &frame, &content))
}

fn empty() -> Markup {
    html! {
        h1 { "Ledger" }
        section .empty {
            p { "No category is followed yet, so there is nothing to account for." }
            p { "Follow one with " code { "kindred sync --category cs.DC" } "; after that "
                code { "kindred sync" } " and a button here fetch what arXiv announces." }
        }
    }
}

fn shown(
    app: &App,
    answer: &LedgerAnswer,
    following: Option<&Following>,
    (days, categories): (u16, &[&str]),
) -> Markup {
    let open: Vec<&GapView> = answer
        .gaps
        .iter()
        .filter(|gap| gap.closed.is_none())
        .collect();
    let closed = answer.gaps.len() - open.len();
    let told: Vec<&LedgerDay> = answer.days.iter().filter(|day| !is_silent(day)).collect();
    html! {
        h1 { "Ledger" }
        @if let Some(following) = following { p { (in_code(&following.line)) "." } }
        (Work::Follow.button(app))
        @if !open.is_empty() {
            section .failure {
                h2 { (count(open.len() as u64, "gap")) " open" }
                ul { @for gap in &open { li {
                    strong { (gap.category) } " of " time datetime=(gap.day) { (gap.day) } ", " (gap.kind) ": " (gap.reason)
                } } }
                p { code { "kindred sync" } " closes what can be closed, " code { "kindred ledger audit" } " compares with what arXiv lists." }
            }
        }
        h2 { "By day" }
        p .quiet { (answer.since) " to " (answer.until) ". " (spans(days, categories)) }
        div .scroll tabindex="0" role="region" aria-label="Days" { table .ledger {
            thead { tr {
                th scope="col" { "Day" } th scope="col" { "Category" }
                @for name in ["Announced", "Replaced", "Fetched", "Embedded", "Shown", "Missing"] { th .number scope="col" { (name) } }
                th scope="col" { "State" }
            } }
            tbody { @for day in &told { (row(day)) } }
        } }
        @if told.is_empty() { p .empty { "No announcement day in this time." } }
        @if closed > 0 { (closed_gaps(answer)) }
    }
}

/// Links to other numbers of days, with the same categories.
fn spans(days: u16, categories: &[&str]) -> Markup {
    let over = |span: u16| {
        let span = span.to_string();
        let categories = categories.iter().map(|category| ("category", *category));
        let fields: Vec<(&str, &str)> = categories.chain([("days", span.as_str())]).collect();
        link::with_query("/ledger", &fields)
    };
    html! {
        @for (place, span) in [DAYS, 31, 92, MOST_DAYS].into_iter().enumerate() {
            @if place > 0 { " · " }
            a href=(over(span)) aria-current=[(span == days).then_some("true")] { (span) " days" }
        }
    }
}

fn closed_gaps(answer: &LedgerAnswer) -> Markup {
    let closed: Vec<&GapView> = answer
        .gaps
        .iter()
        .filter(|gap| gap.closed.is_some())
        .collect();
    html! {
        details {
            summary { (count(closed.len() as u64, "gap")) " closed" }
            ul { @for gap in closed { li {
                (gap.category) " of " time datetime=(gap.day) { (gap.day) } ": " (gap.reason)
                @if let Some(outcome) = &gap.outcome { "; " (outcome) }
            } } }
        }
    }
}

fn row(day: &LedgerDay) -> Markup {
    let numbers = [
        day.announced,
        day.replaced,
        day.fetched,
        day.embedded,
        day.shown,
        day.missing,
    ];
    let (class, sign, word) = state(day);
    let why = day.why.join("; ");
    html! {
        tr {
            th scope="row" { time datetime=(day.day) { (day.day) } }
            td { (day.category) }
            @for number in numbers { td .number { (grouped(number)) } }
            td {
                span class={ "state " (class) } { span aria-hidden="true" { (sign) } " " (word) }
                @if !why.is_empty() { " " span .quiet { (why) } }
            }
        }
    }
}

/// Whether a day is a weekend on which nothing came, as it should be.
fn is_silent(day: &LedgerDay) -> bool {
    day.expected == "weekend" && day.announced + day.replaced + day.missing == 0 && !day.open
}

/// A day's state: class, shape, words.
fn state(day: &LedgerDay) -> (&'static str, &'static str, &'static str) {
    match (day.open, day.proven, day.expected) {
        (true, ..) => ("bad", "▲", "open"),
        (false, _, "to come") => ("", "◌", "not out yet"),
        (false, true, _) if !day.why.is_empty() => ("good", "✓", "complete, was open"),
        (false, true, "announcement") => ("good", "✓", "complete"),
        (false, false, "announcement") => ("warn", "○", "not asked for yet"),
        (false, _, quiet) => ("", "–", quiet),
    }
}

#[cfg(test)]
mod tests;
