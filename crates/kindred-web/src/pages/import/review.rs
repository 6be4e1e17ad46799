//! The review: what each reference is to the library, before anything is written.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use kindred_engine::{
    Rating, ReferenceCounts, ReferenceInput, ReferenceReview, ReferenceStatus, ReviewedReference,
    SetName,
};
use maud::{Markup, html};

use super::rows::rows;
use super::{result, table};
use crate::app::{App, Facts};
use crate::gate::Cost;
use crate::pages::PageError;
use crate::reviews::{Kept, MINUTES, MOST_REVIEWS};
use crate::signed::Fields;
use crate::view::{Frame, Place, Visit, count, grouped, link, name_field, page, token};

/// The form of a page; ticks of rows belong to it wherever they stand.
pub(super) const FORM: &str = "import";

/// How what is shown is proposed.
pub(super) struct Question {
    /// Whether all or none is ticked instead of what is proposed.
    tick: Option<bool>,
    set: SetName,
    rating: Rating,
}

/// The address of a review.
pub(super) fn address(id: &str) -> String {
    format!("/import/review/{id}")
}

pub(super) async fn show(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    visit: Visit,
    fields: Fields,
) -> Result<Response, PageError> {
    let (id, is_csv) = match id.strip_suffix(".csv") {
        Some(id) => (id, true),
        None => (id.as_str(), false),
    };
    let Some(kept) = app.reviews.get(id, app.now()) else {
        return gone(&app, &visit).await;
    };
    if is_csv {
        let headers = [
            (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
            (
                header::CONTENT_DISPOSITION,
                "attachment; filename=\"kindred-import.csv\"",
            ),
        ];
        return Ok((headers, table::csv(&kept)).into_response());
    }
    let facts = app.facts().await?;
    let question = Question {
        tick: match fields.get("tick") {
            Some("all") => Some(true),
            Some("none") => Some(false),
            _ => None,
        },
        set: match fields.read("set")? {
            Some(set) => set,
            None => visit.set(&facts),
        },
        rating: match fields.get("rating") {
            Some("dislike") => Rating::Dislike,
            _ => Rating::Like,
        },
    };
    let (found, set, rating) = (Arc::clone(&kept), question.set.clone(), question.rating);
    let review = app
        .read(Cost::Slow, move |library| {
            let mut review = found.review.clone();
            library.turn_review(&mut review, &set, rating)?;
            Ok(review)
        })
        .await?;
    let content = content((&app, &facts), &kept, &review, &question);
    let frame = Frame::new("Review", Place::Import);
    Ok(page(&app, (&visit, &facts), &frame, &content).into_response())
}

/// Answers for a review that is no longer kept.
pub(super) async fn gone(app: &App, visit: &Visit) -> Result<Response, PageError> {
    let facts = app.facts().await?;
    let content = html! {
        section .failure role="alert" {
            h1 { "This review is gone" }
            p { "Reviews are kept for " (MINUTES) " minutes after they were last looked at, the last "
                (MOST_REVIEWS) " of them, and only while the server runs. What was imported stays imported." }
            p { a href="/import" { "Read the file again" } }
        }
    };
    let frame = Frame::new("Review", Place::Import);
    Ok((
        StatusCode::NOT_FOUND,
        page(app, (visit, &facts), &frame, &content),
    )
        .into_response())
}

/// The name of a status, which is also where its rows begin on the page.
pub(super) fn name_of(status: ReferenceStatus) -> &'static str {
    match status {
        ReferenceStatus::Matched => "matched",
        ReferenceStatus::Likely => "likely",
        ReferenceStatus::Rated => "rated",
        ReferenceStatus::Duplicate => "duplicate",
        ReferenceStatus::Missing => "missing",
    }
}

/// All statuses in the order in which they are shown: what has to be decided comes first.
pub(super) const STATUSES: [ReferenceStatus; 5] = [
    ReferenceStatus::Likely,
    ReferenceStatus::Matched,
    ReferenceStatus::Missing,
    ReferenceStatus::Rated,
    ReferenceStatus::Duplicate,
];

pub(super) fn number_of(counts: &ReferenceCounts, status: ReferenceStatus) -> u64 {
    match status {
        ReferenceStatus::Matched => counts.matched,
        ReferenceStatus::Likely => counts.likely,
        ReferenceStatus::Rated => counts.rated,
        ReferenceStatus::Duplicate => counts.duplicate,
        ReferenceStatus::Missing => counts.missing,
    }
}

/// Whether a reference can be written.
pub(super) fn can_write(reviewed: &ReviewedReference) -> bool {
    match reviewed.status {
        ReferenceStatus::Matched | ReferenceStatus::Likely => true,
        ReferenceStatus::Missing => reviewed.addable,
        ReferenceStatus::Rated | ReferenceStatus::Duplicate => false,
    }
}

impl Question {
    /// The address of this review with one field changed.
    fn address(&self, kept: &Kept, changed: (&str, &str)) -> String {
        let rating = match self.rating {
            Rating::Like => "",
            Rating::Dislike => "dislike",
        };
        let mut fields = vec![("set", self.set.as_str()), ("rating", rating)];
        for field in &mut fields {
            if field.0 == changed.0 {
                field.1 = changed.1;
            }
        }
        if changed.0 == "tick" {
            fields.push(changed);
        }
        link::with_query(&address(&kept.id), &fields)
    }

    /// Whether the tick of a reference is set at first.
    pub(super) fn is_ticked(&self, reviewed: &ReviewedReference) -> bool {
        can_write(reviewed)
            && self
                .tick
                .unwrap_or(reviewed.status == ReferenceStatus::Matched)
    }
}

fn content(
    (app, facts): (&App, &Facts),
    kept: &Kept,
    review: &ReferenceReview,
    question: &Question,
) -> Markup {
    let written = kept.written();
    let can_write_any = review.references.iter().any(can_write);
    html! {
        h1 { "Review: " bdi { (kept.name) } }
        @match &written {
            Some(written) => { (result::written(kept, written)) }
            None => { p .notice role="note" { "Nothing is written yet. Look through what was found, then import what is ticked." } }
        }
        @for input in &review.inputs { (input_of(input)) }
        (contents(review))
        @if can_write_any {
            (form((app, facts), kept, question))
        }
        (rows(review, question))
        @if can_write_any {
            p { button .main type="submit" form=(FORM) { "Import what is ticked" } }
        }
        @if written.is_none() {
            p { a href={ (address(&kept.id)) ".csv" } { "This table as CSV" } }
        }
    }
}

/// What was read of an input and what could not be.
fn input_of(input: &ReferenceInput) -> Markup {
    html! {
        p .quiet {
            bdi { (input.input) }
            @if let Some(format) = &input.format { " (" (format) ")" }
            ": " (count(input.references, "reference"))
            @if let Some(failure) = &input.failure { ". Not read: " (failure) }
        }
        @if !input.problems.is_empty() {
            details {
                summary { (count(input.problems.len() as u64, "problem")) " in it" }
                ul { @for problem in &input.problems { li { (problem.place) ": " (problem.reason) } } }
            }
        }
    }
}

/// How many there are of each kind. The links lead to their rows: all rows stay on the page, so that
/// no tick is lost on the way.
fn contents(review: &ReferenceReview) -> Markup {
    html! {
        nav .contents aria-label="What was found" {
            ul {
                li { (grouped(review.references.len() as u64)) " in all" }
                @for status in STATUSES {
                    @let number = number_of(&review.counts, status);
                    @if number > 0 {
                        li { a href={ "#" (name_of(status)) } { (grouped(number)) " " (table::word(status)) } }
                    }
                }
            }
        }
    }
}

/// The form that imports: for which set, as what.
fn form((app, facts): (&App, &Facts), kept: &Kept, question: &Question) -> Markup {
    let is_there = facts.sets.iter().any(|set| set.name == question.set);
    let rating = |value: &str, name: &str, is_chosen: bool| {
        html! {
            label { input type="radio" name="rating" value=(value) checked[is_chosen]; " " (name) }
        }
    };
    html! {
        form .target id=(FORM) action=(address(&kept.id)) method="post" {
            (token(app))
            label { "Into the set "
                select name="set" {
                    @for set in &facts.sets {
                        option value=(set.name) selected[set.name == question.set] { (set.name) }
                    }
                    @if !is_there { option value=(question.set) selected { (question.set) " (new)" } }
                    option value="" { "a new one:" }
                }
            }
            label { span .unseen { "Name of the new set" } (name_field("new", None, false)) }
            fieldset {
                legend .unseen { "Rate them as" }
                (rating("like", "liked", question.rating == Rating::Like))
                (rating("dislike", "not for me", question.rating == Rating::Dislike))
            }
            button .main type="submit" { "Import what is ticked" }
            p .quiet {
                "Tick: "
                a href=(question.address(kept, ("tick", "all"))) { "all" } " · "
                a href=(question.address(kept, ("tick", "none"))) { "none" } " · "
                a href=(question.address(kept, ("tick", ""))) { "what is matched" }
                ". Ratings that a set has stay as they are."
            }
            @if facts.sets.len() > 1 {
                p .quiet {
                    "“Rated already” looks at " bdi { (question.set) } "; look at "
                    @for (place, set) in facts.sets.iter().filter(|set| set.name != question.set).enumerate() {
                        @if place > 0 { ", " }
                        a href=(question.address(kept, ("set", set.name.as_str()))) { bdi { (set.name) } }
                    }
                    "."
                }
            }
        }
    }
}
