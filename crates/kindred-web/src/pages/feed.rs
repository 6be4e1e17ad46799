//! The feed of a set: the arrivals of one announcement day, best first.

mod cold;
mod head;
mod list;
mod question;
mod reasons;
mod subscribe;
mod threshold;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Redirect;
use axum::routing::{get, post};
use jiff::civil::Date;
use kindred_engine::{EngineError, PaperId, Rating};
use maud::{Markup, html};

use self::question::Question;
pub(super) use self::reasons::{interest_of, signed};
pub(super) use self::subscribe::attachment;
pub(crate) use self::threshold::{Threshold, split};
use super::PageError;
use super::set::Summary;
use crate::app::{App, Facts};
use crate::error::Failure;
use crate::feeds::Ranking;
use crate::gate::Cost;
use crate::signed::{Fields, Signed};
use crate::view::card::Deck;
use crate::view::{Frame, Place, Visit, page};

pub(super) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/set/{name}/feed", get(feed))
        .route("/set/{name}/feed/read", post(mark_read))
        .route("/set/{name}/feed/update", post(update))
        .merge(subscribe::router())
}

/// The days that can be chosen.
#[derive(Debug, Clone)]
struct Days {
    /// Days on which papers arrived, newest first, with their number.
    arrived: Vec<(Date, u64)>,
    /// Days of the set that were marked as read.
    read: BTreeMap<Date, u64>,
}

/// All that the page shows.
struct Sheet {
    ranking: Arc<Ranking>,
    days: Days,
    ratings: BTreeMap<PaperId, Rating>,
    summary: Summary,
    following: Option<String>,
}

async fn feed(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    visit: Visit,
    fields: Fields,
) -> Result<Markup, PageError> {
    let question = Question::of(&name, &fields)?;
    let facts = app.facts().await?;
    let title = format!("Feed of {}", question.set);
    let frame = Frame::new(&title, Place::Feed);
    let newest = app.read(Cost::Quick, |library| library.days(1)).await?;
    let newest = newest.first().map(|(day, _)| *day);
    let Some(day) = question.day.or(newest) else {
        let content = cold::no_arrivals(&question.set);
        return Ok(page(&app, (&visit, &facts), &frame, &content));
    };
    let key = question.key(day);
    let (set, now) = (question.set.clone(), app.now());
    let asked = app.ranking(key, move |library, arrived| {
        let following = library.following(now)?;
        let read = library.days_shown(&set)?;
        Ok((
            Days { arrived, read },
            library.ratings(&set)?,
            Summary::of(library, &set)?,
            following.map(|following| following.line),
        ))
    });
    let content = match asked.await {
        Ok((ranking, (days, ratings, summary, following))) => {
            let sheet = Sheet {
                ranking,
                days,
                ratings,
                summary,
                following,
            };
            show((&app, &visit, &facts), (&question, day), &sheet)
        }
        Err(Failure::Engine(
            error @ (EngineError::NothingLiked { .. } | EngineError::LikesNotEmbedded { .. }),
        )) => cold::not_yet(&question.set, &error),
        Err(failure) => return Err(failure.into()),
    };
    Ok(page(&app, (&visit, &facts), &frame, &content))
}

fn show(
    (app, visit, facts): (&App, &Visit, &Facts),
    (question, day): (&Question, Date),
    sheet: &Sheet,
) -> Markup {
    let deck = Deck {
        app,
        visit,
        set: &question.set,
        ratings: &sheet.ratings,
        sets: facts.sets.iter().map(|set| set.name.clone()).collect(),
        back: visit.here.clone(),
        can_tick: false,
    };
    let answer = &sheet.ranking.answer;
    let parts = split(answer, question.threshold);
    let since = sheet.ranking.ratings_since(&sheet.ratings);
    html! {
        (head::top((question, day), sheet, &parts))
        div .columns {
            div .results {
                (head::filters(question, day, answer))
                (list::groups((&deck, answer), &parts))
                (list::below((&deck, answer), &parts))
                (list::end((app, question, day), sheet, &parts))
                (head::update((app, question, day), since))
            }
            (head::aside((question, day), sheet, facts))
        }
    }
}

/// Remembers that the papers above the threshold were shown, and those that were rated on earlier
/// lists of the day.
async fn mark_read(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    Signed(fields): Signed,
) -> Result<Redirect, PageError> {
    let question = Question::of(&name, &fields)?;
    let day: Date = fields.need("day")?;
    let (ranking, ()) = app.ranking(question.key(day), |_, _| Ok(())).await?;
    let mut shown = ranking.answer.clone();
    let above = split(&ranking.answer, question.threshold).above;
    let above: Vec<usize> = above.iter().map(|hit| hit.rank).collect();
    shown.results.retain(|hit| above.contains(&hit.rank));
    let set = question.set.clone();
    let listed = app.feeds.listed(&set, day);
    app.change(move |library| {
        library.mark_shown(&shown, &set)?;
        let ratings = library.ratings(&set)?;
        let rated: Vec<PaperId> = (listed.into_iter())
            .filter(|id| ratings.contains_key(id))
            .collect();
        library.mark_papers_shown(&set, &rated, day)
    })
    .await?;
    // What was shown is left out on later days.
    app.feeds.forget_others(&question.set, day);
    Ok(Redirect::to(&format!(
        "{}#end",
        question.address("feed", Some(day))
    )))
}

/// Ranks a day anew.
async fn update(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    Signed(fields): Signed,
) -> Result<Redirect, PageError> {
    let question = Question::of(&name, &fields)?;
    let day: Date = fields.need("day")?;
    app.feeds.forget_one(&question.key(day));
    Ok(Redirect::to(&question.address("feed", Some(day))))
}

/// A day in words: `Friday 27 March 2026`.
pub(super) fn long_day(day: Date) -> String {
    day.strftime("%A %-d %B %Y").to_string()
}

/// A day in short: `Fri 27 Mar`.
pub(super) fn short_day(day: Date) -> String {
    day.strftime("%a %-d %b").to_string()
}

#[cfg(test)]
mod tests;
