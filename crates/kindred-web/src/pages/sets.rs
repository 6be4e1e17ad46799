//! The library: all seed sets.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::State;
use axum::response::Redirect;
use axum::routing::get;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use kindred_engine::{EngineError, Library, SetName, SetSummary, Timestamp};
use maud::{Markup, html};

use super::PageError;
use super::feed::{Threshold, short_day, split};
use crate::app::App;
use crate::feeds::{Asked, DAYS, FeedKey, Feeds};
use crate::gate::Cost;
use crate::signed::Signed;
use crate::view::{Frame, Place, Visit, grouped, link, name_field, page, token};

/// How long rankings are made for one look at the page; sets beyond it are counted at the next.
const PATIENCE: Duration = Duration::from_millis(800);

pub(super) fn router() -> Router<Arc<App>> {
    Router::new().route("/sets", get(sets).post(create))
}

/// A set with what is new for it.
struct Line {
    set: SetSummary,
    changed: Timestamp,
    /// Papers above the usual threshold on the newest day; `None` where they are not known.
    new: Option<usize>,
}

/// All that the page shows.
struct Sheet {
    newest: Option<Date>,
    lines: Vec<Line>,
}

async fn sets(State(app): State<Arc<App>>, visit: Visit) -> Result<Markup, PageError> {
    let facts = app.facts().await?;
    let feeds = Arc::clone(&app.feeds);
    let sheet = app
        .read(Cost::Slow, move |library| sheet(library, &feeds))
        .await?;
    let content = show(&app, &sheet);
    let frame = Frame::new("Library", Place::Library);
    Ok(page(&app, (&visit, &facts), &frame, &content))
}

fn sheet(library: &Library, feeds: &Feeds) -> Result<Sheet, EngineError> {
    let arrivals = library.days(DAYS)?;
    let newest = arrivals.first().map(|(day, _)| *day);
    let start = Instant::now();
    let mut lines = Vec::new();
    for set in library.sets()? {
        let changed = library.last_rating(&set.name)?.unwrap_or(set.created);
        let mut new = None;
        if let Some(day) = newest.filter(|_| set.likes > 0 && start.elapsed() < PATIENCE) {
            let key = FeedKey {
                set: set.name.clone(),
                day,
                categories: Vec::new(),
            };
            let asked = Asked {
                key: &key,
                arrivals: &arrivals,
                now: Instant::now(),
                is_shown: false,
            };
            // Where it cannot be ranked the set's feed says why.
            let ranking = feeds.ranking(library, &asked).ok();
            new = ranking.map(|made| split(&made.answer, Threshold::default()).above.len());
        }
        lines.push(Line { set, changed, new });
    }
    Ok(Sheet { newest, lines })
}

fn show(app: &App, sheet: &Sheet) -> Markup {
    html! {
        h1 { "Library" }
        @if sheet.lines.is_empty() { (empty()) } @else { (table(sheet)) }
        h2 { "New set" }
        form .inline action="/sets" method="post" {
            (token(app))
            label { "Name " (name_field("name", None, true)) }
            button type="submit" { "Make an empty set" }
        }
        p .quiet { "A name has letters, digits, " code { "-" } ", " code { "_" } " and " code { "." }
            ". Or " a href="/import" { "import a bibliography" } " into one, or save a search’s papers." }
    }
}

fn empty() -> Markup {
    html! {
        section .notice {
            h2 { "No set yet" }
            p { "A set is a list of papers that you like and of papers that are not for you. Each set has a feed of its own: every day’s arrivals, those that fit best first, with the reasons." }
            ul {
                li { a href="/" { "Search" } " and like a paper: that makes the first set" }
                li { a href="/import" { "Import" } " a .bib, .ris or Zotero library as likes" }
                li { "Make an empty set and let it ask you 8 questions" }
            }
        }
    }
}

fn table(sheet: &Sheet) -> Markup {
    html! {
        div .scroll {
            table .sets {
                thead { tr {
                    th scope="col" { "Set" }
                    th .number scope="col" { "Liked" }
                    th .number scope="col" { "Not for me" }
                    th .number scope="col" { @if let Some(day) = sheet.newest { "New on " (short_day(day)) } @else { "New" } }
                    th scope="col" { "Last change" }
                    th scope="col" { span .unseen { "Pages" } }
                } }
                tbody { @for line in &sheet.lines { (row(line)) } }
            }
        }
    }
}

fn row(line: &Line) -> Markup {
    let name = &line.set.name;
    let changed = line.changed.to_zoned(TimeZone::UTC).date();
    html! {
        tr {
            th scope="row" { a href=(link::feed(name)) { (name) } }
            td .number { (grouped(line.set.likes)) }
            td .number { (grouped(line.set.dislikes)) }
            td .number {
                @match line.new {
                    Some(number) => a href=(link::feed(name)) aria-label={ (number) " new for " (name) } { (number) },
                    None => "–",
                }
            }
            td { time datetime=(changed) { (changed) } }
            td .links {
                a href=(link::feed(name)) aria-label={ "Feed of " (name) } { "Feed" }
                a href=(link::set(name)) aria-label={ "Papers and rules of " (name) } { "Papers and rules" }
                a href=(link::of_set(name, "ask")) aria-label={ "Ask me 8 for " (name) } { "Ask me 8" }
            }
        }
    }
}

async fn create(
    State(app): State<Arc<App>>,
    Signed(fields): Signed,
) -> Result<Redirect, PageError> {
    let set: SetName = fields.need("name")?;
    let (name, now) = (set.clone(), app.now());
    app.change(move |library| library.create_set(&name, now))
        .await?;
    Ok(Redirect::to(&link::of_set(&set, "ask")))
}

#[cfg(test)]
mod tests;
