//! Writing what was chosen of a review.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use kindred_engine::{
    Control, EngineError, Library, Rating, ReferenceReview, ReferenceStatus, SetName, WriteOptions,
    WrittenReferences,
};

use super::review;
use crate::app::App;
use crate::error::{Failure, chain};
use crate::job::Outcome;
use crate::pages::{PageError, jobs, set_of};
use crate::reviews::{Kept, Written};
use crate::signed::{Fields, Signed};
use crate::view::{Visit, count};

/// What a form asks for.
struct Order {
    set: SetName,
    rating: Rating,
    /// Positions of the references that were ticked.
    chosen: BTreeSet<usize>,
    now: kindred_engine::Timestamp,
}

/// Starts the writing of what was ticked.
pub(super) async fn write(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    visit: Visit,
    Signed(fields): Signed,
) -> Result<Response, PageError> {
    let Some(kept) = app.reviews.get(&id, app.now()) else {
        return review::gone(&app, &visit).await;
    };
    let order = order_of(&app, &kept, &fields)?;
    let mut preferences = visit.preferences.clone();
    preferences.set = Some(order.set.clone());
    let title = format!("Import of {} into {}", kept.name, order.set);
    let shared = Arc::clone(&app);
    let origin = review::address(&kept.id);
    let job = app.jobs.start(&title, move |control| {
        let done = carry_out(&shared, &kept, &order, control);
        shared.forget_facts();
        done
    })?;
    job.set_origin(origin);
    let cookie = [(header::SET_COOKIE, preferences.cookie())];
    Ok((cookie, jobs::to_job(&job)).into_response())
}

fn order_of(app: &App, kept: &Kept, fields: &Fields) -> Result<Order, Failure> {
    let rating = match fields.get("rating") {
        Some("like") => Rating::Like,
        Some("dislike") => Rating::Dislike,
        other => {
            let found = other.unwrap_or_default();
            let message = format!("rating `{found}`, expected like or dislike");
            return Err(Failure::bad(message));
        }
    };
    let chosen: BTreeSet<usize> = fields.read_all("row")?.into_iter().collect();
    let references = kept.review.references.len();
    if let Some(place) = chosen.iter().find(|place| **place >= references) {
        let message = format!("row {place}, expected less than {references}");
        return Err(Failure::bad(message));
    }
    if chosen.is_empty() {
        return Err(Failure::bad("nothing is ticked, so nothing is written"));
    }
    Ok(Order {
        set: set_of(fields)?,
        rating,
        chosen,
        now: app.now(),
    })
}

fn carry_out(
    app: &App,
    kept: &Kept,
    order: &Order,
    control: &Control<'_>,
) -> Result<Outcome, EngineError> {
    let folder = &app.options.library;
    let is_added = |place: &usize| {
        let reviewed = &kept.review.references[*place];
        reviewed.status == ReferenceStatus::Missing && reviewed.addable
    };
    // Ratings alone can be written beside another process that imports papers.
    let opened = if order.chosen.iter().any(is_added) {
        Library::open(folder)?
    } else {
        Library::open_beside(folder)?
    };
    let mut library = opened.with_device(app.options.device);
    let mut whole = kept.review.clone();
    library.turn_review(&mut whole, &order.set, order.rating)?;
    let mut chosen = whole.clone();
    chosen.keep(|place, _| order.chosen.contains(&place));
    let options = WriteOptions {
        rating: order.rating,
        likely: true,
        add: true,
        now: order.now,
    };
    let counts = library.write_references(&order.set, &chosen, &options)?;
    let mut lines = lines_of(&whole, counts);
    let mut written = Written {
        review: whole,
        chosen: order.chosen.clone(),
        counts,
        failures: std::collections::BTreeMap::new(),
        interrupted: None,
    };
    let embedded = if counts.papers > 0 {
        library.embed(control).map(Some)
    } else {
        Ok(None)
    };
    match &embedded {
        Ok(Some(report)) => {
            written.failures = report.failures.iter().cloned().collect();
            lines.extend(jobs::embedded_lines(report));
        }
        Ok(None) => {}
        Err(error) => written.interrupted = Some(chain(error)),
    }
    kept.write(written);
    embedded?;
    Ok(Outcome {
        lines,
        href: Some(review::address(&kept.id)),
    })
}

/// What was written, a line each.
pub(super) fn lines_of(review: &ReferenceReview, counts: WrittenReferences) -> Vec<String> {
    let ratings = counts.ratings;
    let mut lines = vec![format!(
        "{} {}d in {}",
        count(ratings.added + ratings.changed, "paper"),
        review.rating,
        review.set
    )];
    if counts.papers > 0 {
        lines.push(format!(
            "{} put into the library",
            count(counts.papers, "paper")
        ));
    }
    if ratings.unchanged > 0 {
        lines.push(format!(
            "{} rated as before",
            count(ratings.unchanged, "paper")
        ));
    }
    if counts.dated > 0 {
        lines.push(format!(
            "{} of the day on which the paper came into the reference manager",
            count(counts.dated, "rating")
        ));
    }
    lines
}
