//! Health in lines: what is well, what could be better, what does not work, and what helps.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use kindred_engine::{Following, Stats, TopicBody};
use maud::{Markup, html};

use super::jobs::Work;
use super::{PageError, in_code};
use crate::app::App;
use crate::gate::Cost;
use crate::view::{Frame, Place, Visit, count, page};

pub(super) fn router() -> Router<Arc<App>> {
    Router::new().route("/doctor", get(doctor))
}

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Health {
    Ok,
    Warn,
    Fail,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Check {
    name: &'static str,
    health: Health,
    text: String,
    /// What helps; commands stand between backticks.
    fix: Option<String>,
    /// The button that does it.
    work: Option<Work>,
}

impl Check {
    fn ok(name: &'static str, text: String) -> Self {
        Self {
            name,
            health: Health::Ok,
            text,
            fix: None,
            work: None,
        }
    }

    fn not(self, health: Health, fix: &str) -> Self {
        Self {
            health,
            fix: Some(fix.to_owned()),
            ..self
        }
    }

    fn by(self, work: Work) -> Self {
        Self {
            work: Some(work),
            ..self
        }
    }
}

async fn doctor(State(app): State<Arc<App>>, visit: Visit) -> Result<Markup, PageError> {
    let facts = app.facts().await?;
    let now = app.now();
    let checks = app
        .read(Cost::Slow, move |library| {
            let stats = library.stats()?;
            let following = library.following(now)?;
            let run = library.latest_topic_run(&TopicBody::default())?;
            Ok(vec![
                Check::ok("Library", format!("`{}` opens", stats.folder)),
                papers(&stats),
                vectors(&stats),
                index(&stats),
                arxiv(following.as_ref()),
                topics(&stats, run),
                sets(&stats),
            ])
        })
        .await?;
    let number = |health| checks.iter().filter(|check| check.health == health).count();
    let (warnings, failures) = (number(Health::Warn), number(Health::Fail));
    let content = html! {
        h1 { "Doctor" }
        p {
            @match (warnings, failures) {
                (0, 0) => { "All is well." }
                (warnings, 0) => { (count(warnings as u64, "thing")) " could be better." }
                (warnings, failures) => {
                    (count(failures as u64, "thing")) " must be put right, "
                    (warnings) " could be better."
                }
            }
        }
        ul .checks {
            @for check in &checks {
                li .(class(check.health)) {
                    span .state { span aria-hidden="true" { (sign(check.health)) } " " (word(check.health)) }
                    div {
                        strong { (check.name) } ": " (in_code(&check.text))
                        @if let Some(fix) = &check.fix { p .quiet { (in_code(fix)) } }
                        @if let Some(work) = check.work { (work.button(&app)) }
                    }
                }
            }
        }
        p .quiet { code { "kindred doctor" } " looks at more on the command line; " code { "kindred verify" } " checks every stored byte." }
    };
    let frame = Frame::new("Doctor", Place::Other);
    Ok(page(&app, (&visit, &facts), &frame, &content))
}

fn papers(stats: &Stats) -> Check {
    let store = &stats.store;
    let check = Check::ok("Papers", count(store.papers, "paper"));
    let bare = store.papers.saturating_sub(store.with_abstract);
    if store.papers == 0 {
        check.not(
            Health::Fail,
            "`kindred import FILE…`, `kindred sync --category cs.DC`, or the page Import",
        )
    } else if bare > 0 {
        let text = format!("{}, {bare} without an abstract", check.text);
        Check::ok("Papers", text)
    } else {
        check
    }
}

fn vectors(stats: &Stats) -> Check {
    let text = format!(
        "{} embedded by {}",
        count(stats.embedded, "paper"),
        stats.encoder.name
    );
    match (stats.embedded, stats.pending) {
        (_, 0) => Check::ok("Vectors", format!("{text}, none waits")),
        (0, pending) => Check::ok("Vectors", format!("none; {} wait", count(pending, "paper")))
            .not(Health::Fail, "`kindred embed`")
            .by(Work::Embed),
        (_, pending) => Check::ok("Vectors", format!("{text}, {pending} wait and cannot be found"))
            .not(Health::Warn, "`kindred embed`")
            .by(Work::Embed),
    }
}

fn index(stats: &Stats) -> Check {
    match &stats.index {
        Some(index) => Check::ok(
            "Index",
            format!(
                "{} in {}",
                count(index.live as u64, "vector"),
                count(index.segments as u64, "segment")
            ),
        ),
        None if stats.embedded > 0 => Check::ok("Index", "it is not there".to_owned())
            .not(Health::Fail, "`kindred verify --repair`"),
        None => Check::ok("Index", "none yet, as no paper has a vector".to_owned()),
    }
}

fn arxiv(following: Option<&Following>) -> Check {
    match following {
        None => Check::ok(
            "arXiv",
            "nothing is followed; `kindred sync --category cs.DC` would".to_owned(),
        ),
        Some(following) if following.open_gaps > 0 || following.complete_until.is_none() => {
            Check::ok("arXiv", following.line.clone())
                .not(Health::Warn, "`kindred sync`, then the page Ledger")
                .by(Work::Follow)
        }
        Some(following) => Check::ok("arXiv", following.line.clone()),
    }
}

fn topics(stats: &Stats, run: Option<i64>) -> Check {
    match run {
        Some(run) => Check::ok("Topics", format!("grouped, run {run}")),
        None if stats.embedded == 0 => Check::ok("Topics", "nothing to group yet".to_owned()),
        None => Check::ok("Topics", "the papers were never grouped".to_owned())
            .not(Health::Warn, "`kindred topics`")
            .by(Work::Topics),
    }
}

fn sets(stats: &Stats) -> Check {
    let store = &stats.store;
    if store.sets == 0 {
        Check::ok("Sets", "there is none, so nothing is recommended".to_owned()).not(
            Health::Warn,
            "like papers on a page of results, import a bibliography, or `kindred set add NAME ID…`",
        )
    } else {
        let text = format!(
            "{} with {}",
            count(store.sets, "set"),
            count(store.ratings, "rating")
        );
        Check::ok("Sets", text)
    }
}

fn class(health: Health) -> &'static str {
    match health {
        Health::Ok => "good",
        Health::Warn => "warn",
        Health::Fail => "bad",
    }
}

fn sign(health: Health) -> &'static str {
    match health {
        Health::Ok => "✓",
        Health::Warn => "▲",
        Health::Fail => "✕",
    }
}

fn word(health: Health) -> &'static str {
    match health {
        Health::Ok => "ok",
        Health::Warn => "warn",
        Health::Fail => "fail",
    }
}

#[cfg(test)]
mod tests;
