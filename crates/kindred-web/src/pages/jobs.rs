//! Long work: what runs, how far it is, and how it is stopped.

mod events;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use kindred_engine::{Control, EmbedReport, EngineError, Library, TopicsQuery};
use maud::{Markup, html};

use super::{PageError, in_code};
use crate::app::App;
use crate::error::Failure;
use crate::job::{Job, Outcome, State as JobState, Status};
use crate::signed::Signed;
use crate::view::{Frame, Place, Visit, count, grouped, page, token};

/// Papers that could not be embedded and are named.
const NAMED_FAILURES: usize = 20;
/// Seconds after which browsers without scripts look again.
const REFRESH: u8 = 2;

pub(super) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/jobs", get(list).post(start))
        .route("/jobs/{id}", get(show))
        .route("/jobs/{id}/events", get(events::events))
        .route("/jobs/{id}/stop", post(stop))
}

/// Work that a button starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Work {
    /// Fetch what arXiv announced.
    Follow,
    /// Make vectors of papers that have none.
    Embed,
    /// Group papers into topics, anew only if enough of them has changed.
    Topics,
}

impl Work {
    const ALL: [Self; 3] = [Self::Follow, Self::Embed, Self::Topics];

    fn word(self) -> &'static str {
        match self {
            Self::Follow => "follow",
            Self::Embed => "embed",
            Self::Topics => "topics",
        }
    }

    fn label(self) -> &'static str {
        match self {
            Self::Follow => "Follow arXiv now",
            Self::Embed => "Embed what waits",
            Self::Topics => "Group into topics",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Follow => "Following arXiv",
            Self::Embed => "Embedding papers",
            Self::Topics => "Grouping papers into topics",
        }
    }

    /// Whether this server can do it.
    fn is_offered(self, app: &App) -> bool {
        self != Self::Follow || app.options.sync.is_some()
    }

    /// A form of one button that starts it; nothing where it is not offered.
    pub(super) fn button(self, app: &App) -> Markup {
        html! {
            @if self.is_offered(app) {
                form .start action="/jobs" method="post" {
                    (token(app))
                    button type="submit" name="work" value=(self.word()) { (self.label()) }
                }
            }
        }
    }
}

/// Starts a job that writes to the library.
pub(super) fn launch(
    app: &Arc<App>,
    title: &str,
    work: impl FnOnce(&mut Library, &Control<'_>) -> Result<Outcome, EngineError> + Send + 'static,
) -> Result<Arc<Job>, Failure> {
    let shared = Arc::clone(app);
    app.jobs.start(title, move |control| {
        let options = &shared.options;
        let mut library = Library::open(&options.library)?.with_device(options.device);
        let done = work(&mut library, control);
        drop(library);
        shared.forget_facts();
        done
    })
}

/// Leads to the page of a job.
pub(super) fn to_job(job: &Job) -> Redirect {
    Redirect::to(&format!("/jobs/{}", job.id))
}

/// What embedding did, a line each.
pub(super) fn embedded_lines(report: &EmbedReport) -> Vec<String> {
    let mut lines = vec![if report.embedded == 0 && report.failed == 0 {
        "every paper has its vector".to_owned()
    } else {
        format!("{} embedded", count(report.embedded, "paper"))
    }];
    if report.failed > 0 {
        lines.push(format!(
            "{} cannot be embedded:",
            count(report.failed, "paper")
        ));
        let named = report.failures.iter().take(NAMED_FAILURES);
        lines.extend(named.map(|(id, reason)| format!("{}: {reason}", id.short())));
    }
    lines
}

async fn start(State(app): State<Arc<App>>, Signed(fields): Signed) -> Result<Response, PageError> {
    let asked = fields.get("work").unwrap_or_default();
    let mut all = Work::ALL.into_iter();
    let Some(work) = all.find(|work| work.word() == asked && work.is_offered(&app)) else {
        let message = format!("work `{asked}`, expected follow, embed or topics");
        return Err(Failure::bad(message).into());
    };
    let now = app.now();
    let job = match (work, app.options.sync.clone()) {
        (Work::Follow, Some(sync)) => {
            let shared = Arc::clone(&app);
            app.jobs.start(work.title(), move |control| {
                let done = sync(control);
                shared.forget_facts();
                done
            })?
        }
        (Work::Follow, None) => return Err(Failure::NotFound.into()),
        (Work::Embed, _) => launch(&app, work.title(), |library, control| {
            Ok(Outcome {
                lines: embedded_lines(&library.embed(control)?),
                href: Some("/".to_owned()),
            })
        })?,
        (Work::Topics, _) => launch(&app, work.title(), move |library, control| {
            let answer = library.topics(&TopicsQuery::default(), now, control)?;
            let papers = count(answer.papers, "paper");
            Ok(Outcome {
                lines: vec![format!(
                    "{papers} in {}",
                    count(answer.topics.len() as u64, "topic")
                )],
                href: Some("/topics".to_owned()),
            })
        })?,
    };
    Ok(to_job(&job).into_response())
}

async fn list(State(app): State<Arc<App>>, visit: Visit) -> Result<Markup, PageError> {
    let facts = app.facts().await?;
    let jobs = app.jobs.all();
    let content = html! {
        h1 { "Jobs" }
        p .quiet { "One job runs at a time. What it has done is kept when it is stopped or the server ends." }
        div .starts { @for work in Work::ALL { (work.button(&app)) } }
        @if jobs.is_empty() {
            p .empty { "Nothing was started since the server began." }
        } @else {
            ul .jobs {
                @for job in &jobs {
                    @let status = job.status();
                    li {
                        a href={ "/jobs/" (job.id) } { (job.title) }
                        " " (state(status.state))
                        @if let Some(line) = status.lines.last() { " " span .quiet { (in_code(line)) } }
                    }
                }
            }
        }
    };
    let frame = Frame::new("Jobs", Place::Other);
    Ok(page(&app, (&visit, &facts), &frame, &content))
}

async fn show(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    visit: Visit,
) -> Result<Markup, PageError> {
    let facts = app.facts().await?;
    let job = find(&app, &id)?;
    let status = job.status();
    let is_running = status.state == JobState::Running;
    let content = html! {
        h1 { (job.title) }
        @if is_running {
            div .job data-events={ "/jobs/" (job.id) "/events" } {
                (progress(&status))
                (lines(&status))
            }
            p .quiet { "You may leave this page; the work goes on." }
            form action={ "/jobs/" (job.id) "/stop" } method="post" {
                (token(&app))
                button type="submit" { "Stop" }
            }
        } @else {
            p { (state(status.state)) }
            (lines(&status))
            @if let Some(href) = &status.href { p { a .button href=(href) { "See the result" } } }
            @else if let Some(origin) = job.origin() { p { a .button href=(origin) { "Back to where it was started" } } }
        }
        p { a href="/jobs" { "All jobs" } }
    };
    let frame = Frame {
        refresh: is_running.then_some(REFRESH),
        ..Frame::new(&job.title, Place::Other)
    };
    Ok(page(&app, (&visit, &facts), &frame, &content))
}

async fn stop(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    _: Signed,
) -> Result<Redirect, PageError> {
    let job = find(&app, &id)?;
    job.stop();
    Ok(to_job(&job))
}

fn find(app: &App, id: &str) -> Result<Arc<Job>, Failure> {
    id.parse()
        .map_or(Err(Failure::NotFound), |id| app.jobs.get(id))
}

fn progress(status: &Status) -> Markup {
    let total = status.total.filter(|total| *total > 0);
    html! {
        @if let Some(total) = total {
            progress value=(status.done.min(total)) max=(total) aria-label="Progress" {}
        } @else {
            progress aria-label="Progress" {}
        }
        p data-step {
            (status.step)
            @match total {
                Some(total) => { ": " (grouped(status.done)) " of " (grouped(total)) }
                None if status.done > 0 => { ": " (grouped(status.done)) }
                None => {}
            }
        }
    }
}

fn lines(status: &Status) -> Markup {
    html! { ul data-lines { @for line in &status.lines { li { (in_code(line)) } } } }
}

/// How a job is, in a word and a shape.
fn state(state: JobState) -> Markup {
    let (class, sign, word) = match state {
        JobState::Running => ("state", "▶", "under way"),
        JobState::Done => ("state good", "✓", "done"),
        JobState::Failed => ("state bad", "✕", "failed"),
        JobState::Stopped => ("state warn", "■", "stopped"),
    };
    html! { span class=(class) { span aria-hidden="true" { (sign) } " " (word) } }
}

#[cfg(test)]
mod tests;
