//! Seed sets, and what is asked of them.

use std::sync::Arc;

use jiff::ToSpan as _;
use jiff::civil::Date;
use kindred_engine::answer::{AskAnswer, FeedAnswer, WhyAnswer};
use kindred_engine::{
    Category, FeedQuery, FeedRanker, ListOptions, PaperDate, PaperId, RatedView, RulesAnswer,
    SetName, SetSummary, WhyQuery,
};
use schemars::JsonSchema;
use serde::Deserialize;

use super::find::{Few, MAX_CATEGORIES};
use super::value::{Count, List, Share, Written};
use super::{Limit, MAX_IDS, Nothing, Offset, all_of_them, none, twenty};
use crate::app::App;
use crate::error::Failure;
use crate::gate::Cost;

/// Days that a feed looks back, its own day included, where no first day is named.
const DEFAULT_DAYS: i64 = 7;

/// Which of the papers of a set to answer.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Rated {
    /// Papers to pass over.
    #[serde(default = "none")]
    offset: Offset,
    /// Most papers to answer.
    #[serde(default = "all_of_them")]
    k: Limit,
}

/// A question for a feed.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Feed {
    /// One day by announcement: what was announced on it, and what is known to have come on it by
    /// its first version alone. Not beside `since` and `until`.
    #[serde(default)]
    day: Option<Written<Date>>,
    /// First day of arrivals; six days before the last unless named.
    #[serde(default)]
    since: Option<Written<Date>>,
    /// Last day of arrivals; today unless named.
    #[serde(default)]
    until: Option<Written<Date>>,
    /// Only arrivals of these categories or archives.
    #[serde(default)]
    cat: List<Category, MAX_CATEGORIES>,
    /// Most arrivals to answer.
    #[serde(default = "twenty")]
    k: Limit,
    /// Most rated papers, and as many terms, to name as the reason of each arrival.
    #[serde(default = "two")]
    reasons: Few,
    /// What orders them: `kindred`, or a ranker that `kindred replay` measures it against.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    ranker: Option<Written<FeedRanker>>,
    /// Ends the list where this share of what is expected to be kept is in it.
    #[serde(default)]
    expect: Option<Share>,
    /// How much a paper loses for being like one above it.
    #[serde(default)]
    diversity: Option<Share>,
    /// Whether every interest of the set gets places in proportion to what is expected of it.
    #[serde(default)]
    balance: bool,
    /// Places, the last ones, for papers between two interests.
    #[serde(default = "no_places")]
    explore: Few,
}

/// A question for papers to ask about.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Ask {
    /// First day of arrivals; six days before the last unless named.
    #[serde(default)]
    since: Option<Written<Date>>,
    /// Last day of arrivals; today unless named.
    #[serde(default)]
    until: Option<Written<Date>>,
    /// Only arrivals of these categories or archives.
    #[serde(default)]
    cat: List<Category, MAX_CATEGORIES>,
    /// Most papers to ask about.
    #[serde(default = "eight")]
    k: Limit,
}

/// A question for the reasons of one paper.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Why {
    /// The paper.
    id: Written<PaperId>,
    /// Rated papers to leave out, to see what they do.
    #[serde(default)]
    without: List<PaperId, MAX_IDS>,
    /// First day of the arrivals that it is ranked among; six days before the last unless named.
    #[serde(default)]
    since: Option<Written<Date>>,
    /// Last day of those arrivals; the paper's own day unless named.
    #[serde(default)]
    until: Option<Written<Date>>,
    /// Most rated papers, and as many terms, to name.
    #[serde(default = "eight_reasons")]
    reasons: Few,
}

fn two() -> Few {
    Count::of::<2>()
}

fn no_places() -> Few {
    Count::of::<0>()
}

fn eight() -> Limit {
    Count::of::<8>()
}

fn eight_reasons() -> Few {
    Count::of::<8>()
}

pub(super) async fn sets(app: Arc<App>, (): (), _: Nothing) -> Result<Vec<SetSummary>, Failure> {
    app.read(Cost::Quick, |library| library.sets()).await
}

pub(super) async fn set(
    app: Arc<App>,
    name: SetName,
    asked: Rated,
) -> Result<Vec<RatedView>, Failure> {
    let rated = app.read(Cost::Quick, move |library| library.rated(&name));
    let rated = rated.await?.into_iter();
    Ok(rated.skip(asked.offset.get()).take(asked.k.get()).collect())
}

pub(super) async fn feed(app: Arc<App>, set: SetName, asked: Feed) -> Result<FeedAnswer, Failure> {
    let now = app.now();
    let day = asked.day.map(|day| day.0);
    if day.is_some() && (asked.since.is_some() || asked.until.is_some()) {
        let message = "expected either `day`, or `since` and `until`";
        return Err(Failure::bad(message));
    }
    let (since, as_of) = match day {
        Some(day) => (day, day),
        None => period(asked.since, asked.until, app.today())?,
    };
    let query = FeedQuery {
        set,
        as_of,
        since,
        categories: asked.cat.0,
        limit: asked.k.get(),
        reasons: asked.reasons.get(),
        ranker: asked
            .ranker
            .map_or_else(FeedRanker::default, |ranker| ranker.0),
        list: ListOptions {
            expect: asked.expect.map(|share| share.0),
            diversity: asked.diversity.map_or(0.0, |share| share.0),
            proportional: asked.balance,
            exploration: asked.explore.get(),
        },
    };
    app.read(Cost::Slow, move |library| {
        let mut answer = if day.is_some() {
            library.feed_by_announcement(&query)?
        } else {
            library.feed(&query)?
        };
        answer.following = library.following(now)?;
        Ok(answer)
    })
    .await
}

pub(super) async fn ask(app: Arc<App>, set: SetName, asked: Ask) -> Result<AskAnswer, Failure> {
    let (since, as_of) = period(asked.since, asked.until, app.today())?;
    let query = FeedQuery {
        set,
        as_of,
        since,
        categories: asked.cat.0,
        limit: asked.k.get(),
        reasons: 0,
        ranker: FeedRanker::default(),
        list: ListOptions::default(),
    };
    app.read(Cost::Slow, move |library| library.ask(&query))
        .await
}

pub(super) async fn why(app: Arc<App>, set: SetName, asked: Why) -> Result<WhyAnswer, Failure> {
    let today = app.today();
    app.read(Cost::Slow, move |library| {
        let until = if let Some(until) = asked.until {
            Some(until)
        } else {
            let stored = library.paper(&asked.id.0)?;
            stored
                .paper
                .first_date()
                .map(PaperDate::first_day)
                .map(Written)
        };
        let period = period(asked.since, until, today);
        Ok(period.map(|(since, as_of)| {
            library.why(&WhyQuery {
                id: asked.id.0,
                set,
                as_of,
                since,
                reasons: asked.reasons.get(),
                without: asked.without.0,
            })
        }))
    })
    .await?
    .and_then(|answer| answer.map_err(Failure::Engine))
}

pub(super) async fn rules(app: Arc<App>, set: SetName, _: Nothing) -> Result<RulesAnswer, Failure> {
    app.read(Cost::Quick, move |library| library.rules(&set))
        .await
}

/// First and last day of a period.
fn period(
    since: Option<Written<Date>>,
    until: Option<Written<Date>>,
    today: Date,
) -> Result<(Date, Date), Failure> {
    let until = until.map_or(today, |day| day.0);
    let since = since.map_or_else(
        || until.saturating_sub((DEFAULT_DAYS - 1).days()),
        |day| day.0,
    );
    if since > until {
        let message = format!("`since` {since} is after `until` {until}");
        return Err(Failure::bad(message));
    }
    Ok((since, until))
}
