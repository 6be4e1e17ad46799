//! Changes of seed sets.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::civil::Date;
use kindred_engine::{
    EngineError, Library, PaperId, RateCounts, Rating, Rule, RuleKind, RulesAnswer, SetName,
    Timestamp,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::value::{List, Text, Written};
use super::{MAX_IDS, Nothing};
use crate::app::App;
use crate::error::Failure;

/// Most rules of one change.
const MAX_RULES: usize = 200;

/// Ratings to give and to take back; all papers are looked up before anything is written. At most
/// 1,000 papers in all, each once.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Ratings {
    /// Papers to like. A set that does not exist is made.
    #[serde(default)]
    likes: List<PaperId, MAX_IDS>,
    /// Papers that are not for this set.
    #[serde(default)]
    dislikes: List<PaperId, MAX_IDS>,
    /// Papers to take out of the set.
    #[serde(default)]
    unrate: List<PaperId, MAX_IDS>,
}

/// What ratings did.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct RateAnswer {
    /// The set.
    set: SetName,
    #[serde(flatten)]
    counts: RateCounts,
    /// Papers that were taken out of the set.
    removed: u64,
}

/// What became of a set.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct ChangeAnswer {
    /// The set, by its name now.
    set: SetName,
    /// What was done.
    change: SetChange,
}

/// What was done with a set.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum SetChange {
    /// It is gone, with its ratings, its rules and what it has shown.
    Deleted,
    /// It has another name.
    Renamed,
}

/// A new name.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Rename {
    /// The new name.
    to: Written<SetName>,
}

/// Rules to remove and to add, all of it or nothing.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Rules {
    /// Rules to remove, by number, by text, or by kind and text: `must-not survey`.
    #[serde(default)]
    remove: List<String, MAX_RULES>,
    /// Rules to add.
    #[serde(default)]
    #[schemars(length(max = "MAX_RULES"))]
    add: Vec<NewRule>,
}

/// A rule to add.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewRule {
    /// What it is about.
    #[serde(deserialize_with = "kind")]
    kind: RuleKind,
    /// The word, phrase, category or author.
    rule: Text<1_024>,
}

/// Papers that were shown in a feed.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Shown {
    /// The papers; feeds of later days leave them out.
    ids: List<PaperId, MAX_IDS>,
    /// The day of the feed; today unless named.
    #[serde(default)]
    day: Option<Written<Date>>,
}

/// What is remembered as shown.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct ShownAnswer {
    /// The set.
    set: SetName,
    /// The day of the feed.
    day: Date,
    /// Papers that were named.
    shown: u64,
}

fn kind<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<RuleKind, D::Error> {
    let text = String::deserialize(deserializer)?;
    let found = RuleKind::ALL.into_iter().find(|kind| kind.name() == text);
    found.ok_or_else(|| {
        let text: String = text.chars().take(80).collect();
        let names = RuleKind::ALL.map(RuleKind::name).join(", ");
        serde::de::Error::custom(format!("kind `{text}`, expected one of {names}"))
    })
}

pub(super) async fn rate(
    app: Arc<App>,
    set: SetName,
    asked: Ratings,
) -> Result<RateAnswer, Failure> {
    let lists = [&asked.likes.0, &asked.dislikes.0, &asked.unrate.0];
    let count: usize = lists.iter().map(|ids| ids.len()).sum();
    if !(1..=MAX_IDS).contains(&count) {
        let message = format!("{count} papers in all, expected 1 to {MAX_IDS}");
        return Err(Failure::bad(message));
    }
    let mut seen = BTreeSet::new();
    if let Some(twice) = lists.into_iter().flatten().find(|id| !seen.insert(*id)) {
        return Err(Failure::bad(format!("{twice} is named twice")));
    }
    let now = app.now();
    app.change(move |library| rate_all(library, set, &asked, now))
        .await
}

fn rate_all(
    library: &mut Library,
    set: SetName,
    asked: &Ratings,
    now: Timestamp,
) -> Result<RateAnswer, EngineError> {
    let (likes, dislikes) = (&asked.likes.0, &asked.dislikes.0);
    for id in likes.iter().chain(dislikes).chain(&asked.unrate.0) {
        library.paper(id)?;
    }
    let mut counts = RateCounts::default();
    for (ids, rating) in [(likes, Rating::Like), (dislikes, Rating::Dislike)] {
        if !ids.is_empty() {
            let more = library.rate(&set, ids, rating, now)?;
            counts.added += more.added;
            counts.changed += more.changed;
            counts.unchanged += more.unchanged;
        }
    }
    let removed = if asked.unrate.0.is_empty() {
        0
    } else {
        library.unrate(&set, &asked.unrate.0)?
    };
    Ok(RateAnswer {
        set,
        counts,
        removed,
    })
}

pub(super) async fn delete(
    app: Arc<App>,
    set: SetName,
    _: Nothing,
) -> Result<ChangeAnswer, Failure> {
    app.change(move |library| {
        library.delete_set(&set)?;
        Ok(ChangeAnswer {
            set,
            change: SetChange::Deleted,
        })
    })
    .await
}

pub(super) async fn rename(
    app: Arc<App>,
    set: SetName,
    asked: Rename,
) -> Result<ChangeAnswer, Failure> {
    app.change(move |library| {
        library.rename_set(&set, &asked.to.0)?;
        Ok(ChangeAnswer {
            set: asked.to.0,
            change: SetChange::Renamed,
        })
    })
    .await
}

pub(super) async fn rules(
    app: Arc<App>,
    set: SetName,
    asked: Rules,
) -> Result<RulesAnswer, Failure> {
    if asked.add.len() > MAX_RULES {
        let message = format!("`add`: expected at most {MAX_RULES} rules");
        return Err(Failure::bad(message));
    }
    let read = |(place, new): (usize, &NewRule)| {
        Rule::new(new.kind, &new.rule.0)
            .map_err(|error| Failure::bad(format!("`add[{place}]`: {error}")))
    };
    let add: Vec<Rule> = (asked.add.iter().enumerate())
        .map(read)
        .collect::<Result<_, _>>()?;
    app.change(move |library| library.change_rules(&set, &asked.remove.0, &add))
        .await
}

pub(super) async fn shown(
    app: Arc<App>,
    set: SetName,
    asked: Shown,
) -> Result<ShownAnswer, Failure> {
    let day = asked.day.map_or_else(|| app.today(), |day| day.0);
    app.change(move |library| {
        let shown = library.mark_papers_shown(&set, &asked.ids.0, day)?;
        Ok(ShownAnswer { set, day, shown })
    })
    .await
}
