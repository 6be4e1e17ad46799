//! Import: three doors for references, one for papers, and what becomes of them.

mod door;
mod receive;
mod result;
mod review;
mod rows;
mod table;
mod write;

use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use kindred_engine::{EngineError, ImportRequest, Input, InputReport, Rating, ReferenceRequest};

use self::door::Typed;
pub(crate) use self::receive::sweep;
use self::receive::{MAX_FILE, Received};
use super::{PageError, jobs};
use crate::app::App;
use crate::error::Failure;
use crate::gate::Cost;
use crate::job::Outcome;
use crate::signed::Signed;
use crate::view::{Frame, Place, Visit, count, page};

/// Records that could not be used and are named.
const NAMED_REJECTIONS: usize = 20;

pub(super) fn router() -> Router<Arc<App>> {
    let files = Router::new()
        .route("/import/file", post(file))
        .route("/import/papers", post(papers))
        .layer(DefaultBodyLimit::max(MAX_FILE));
    Router::new()
        .route("/import", get(doors))
        .route("/import/text", post(text))
        .route("/import/zotero", post(zotero))
        .route("/import/path", post(path))
        .route("/import/review/{id}", get(review::show).post(write::write))
        .merge(files)
}

async fn doors(State(app): State<Arc<App>>, visit: Visit) -> Result<Response, PageError> {
    shown(&app, &visit, &Typed::default(), None).await
}

/// A bibliography that was sent as a file.
async fn file(
    State(app): State<Arc<App>>,
    visit: Visit,
    request: Request,
) -> Result<Response, PageError> {
    let received = receive::files(&app, request).await?;
    reviewed(&app, &visit, received, Typed::default()).await
}

/// Ids, addresses, titles or a bibliography, pasted.
async fn text(
    State(app): State<Arc<App>>,
    visit: Visit,
    Signed(fields): Signed,
) -> Result<Response, PageError> {
    let typed = Typed {
        text: fields.get("text").unwrap_or_default().to_owned(),
        ..Typed::default()
    };
    if typed.text.is_empty() {
        let failure = Failure::bad("nothing was pasted");
        return shown(&app, &visit, &typed, Some(&failure)).await;
    }
    let received = Received::text(&app, &typed.text)?;
    reviewed(&app, &visit, received, typed).await
}

/// Zotero's database on this machine.
async fn zotero(
    State(app): State<Arc<App>>,
    visit: Visit,
    Signed(fields): Signed,
) -> Result<Response, PageError> {
    let typed = Typed {
        zotero: fields.get("path").unwrap_or_default().to_owned(),
        collections: fields.get("collections").unwrap_or_default().to_owned(),
        ..Typed::default()
    };
    match receive::zotero(&app, &typed.zotero).await {
        Ok(received) => reviewed(&app, &visit, received, typed).await,
        Err(failure) => shown(&app, &visit, &typed, Some(&failure)).await,
    }
}

/// The page of the doors, with what went wrong and what was typed.
async fn shown(
    app: &App,
    visit: &Visit,
    typed: &Typed,
    failure: Option<&Failure>,
) -> Result<Response, PageError> {
    let facts = app.facts().await?;
    let content = door::doors((app, &facts), typed, failure);
    let frame = Frame::new("Import", Place::Import);
    let status = failure.map_or(StatusCode::OK, Failure::status);
    Ok((status, page(app, (visit, &facts), &frame, &content)).into_response())
}

/// Reads what was received and leads to its review.
async fn reviewed(
    app: &Arc<App>,
    visit: &Visit,
    received: Received,
    typed: Typed,
) -> Result<Response, PageError> {
    let set = visit.set(&*app.facts().await?);
    let collections: Vec<String> = (typed.collections.split(','))
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
        .collect();
    let name = received.name();
    let read = app.read(Cost::Slow, move |library| {
        let inputs = received.inputs();
        let mut review = library.review_references(&ReferenceRequest {
            set: &set,
            rating: Rating::Like,
            inputs: &inputs,
            collections: &collections,
        })?;
        received.rename(&mut review);
        Ok(review)
    });
    let kept = read.await.and_then(|review| {
        if review.references.is_empty() {
            return Err(nothing_read(&review, &name));
        }
        app.reviews.keep(name, review, app.now())
    });
    match kept {
        Ok(kept) => Ok(Redirect::to(&review::address(&kept.id)).into_response()),
        Err(failure) => shown(app, visit, &typed, Some(&failure)).await,
    }
}

fn nothing_read(review: &kindred_engine::ReferenceReview, name: &str) -> Failure {
    let reason = review.inputs.iter().find_map(|input| {
        let problem = input.problems.first();
        let problem = problem.map(|problem| format!("{}: {}", problem.place, problem.reason));
        input.failure.clone().or(problem)
    });
    Failure::Bad {
        message: match reason {
            Some(reason) => format!("no reference could be read: {reason}"),
            None => format!("no reference was found in {name}"),
        },
        hint: Some(
            "files of papers, such as arXiv's Atom or JSON Lines, go in under Papers".to_owned(),
        ),
    }
}

/// Files of papers that were sent.
async fn papers(State(app): State<Arc<App>>, request: Request) -> Result<Response, PageError> {
    let received = receive::files(&app, request).await?;
    import(&app, received)
}

/// A file of papers on this machine.
async fn path(
    State(app): State<Arc<App>>,
    visit: Visit,
    Signed(fields): Signed,
) -> Result<Response, PageError> {
    let typed = Typed {
        path: fields.get("path").unwrap_or_default().to_owned(),
        ..Typed::default()
    };
    match receive::local(&app, &typed.path).await {
        Ok(received) => import(&app, received),
        Err(failure) => shown(&app, &visit, &typed, Some(&failure)).await,
    }
}

/// Starts the import of papers.
fn import(app: &Arc<App>, received: Received) -> Result<Response, PageError> {
    let now = app.now();
    let title = format!("Import of {}", received.name());
    let job = jobs::launch(app, &title, move |library, control| {
        let inputs = received.inputs();
        let request = ImportRequest {
            inputs: &inputs,
            now,
        };
        let report = library.import(&request, control)?;
        if report.stopped {
            return Err(EngineError::Stopped);
        }
        let is_failed = |input: &&InputReport| input.failure.is_some();
        if report.inputs.iter().all(|input| is_failed(&input)) {
            let failures = report
                .inputs
                .iter()
                .filter_map(|one| one.failure.as_deref());
            let text = received.renamed(&failures.collect::<Vec<_>>().join("; "));
            return Err(std::io::Error::other(text).into());
        }
        let mut lines: Vec<String> = report
            .inputs
            .iter()
            .flat_map(import_lines)
            .map(|line| received.renamed(&line))
            .collect();
        lines.extend(jobs::embedded_lines(&library.embed(control)?));
        Ok(Outcome {
            lines,
            href: Some("/".to_owned()),
        })
    })?;
    Ok(jobs::to_job(&job).into_response())
}

/// What became of one input, a line each.
fn import_lines(report: &InputReport) -> Vec<String> {
    let mut parts = vec![count(report.records, "record")];
    for (number, what) in [
        (report.new, "new"),
        (report.updated, "updated"),
        (report.enriched, "enriched"),
        (report.unchanged, "unchanged"),
        (report.deleted, "deleted"),
        (report.rejected, "rejected"),
    ] {
        if number > 0 {
            parts.push(format!("{} {what}", crate::view::grouped(number)));
        }
    }
    let mut lines = vec![format!("{}: {}", report.input, parts.join(", "))];
    lines.extend(report.remark.clone());
    let named = report.rejections.iter().take(NAMED_REJECTIONS);
    lines.extend(named.map(|one| format!("left out {}: {}", one.place, one.reason)));
    let failure = report.failure.as_ref();
    lines.extend(failure.map(|failure| format!("failed: {failure}")));
    lines
}

/// Inputs of files.
fn inputs(paths: impl Iterator<Item = PathBuf>) -> Vec<Input> {
    paths.map(Input::File).collect()
}

#[cfg(test)]
mod tests;
