//! Topics, the ledger, counts and jobs.

use std::sync::Arc;

use jiff::civil::Date;
use kindred_engine::answer::{TopicDiffAnswer, TopicShowAnswer, TopicsAnswer};
use kindred_engine::{
    Category, LedgerAnswer, LedgerQuery, SetName, Stats, TopicBody, TopicDiffQuery,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::find::{MAX_CATEGORIES, selection};
use super::operation::TopicKey;
use super::value::{Count, List, Text, Written};
use super::{Limit, MAX_TEXT, Nothing, twenty};
use crate::app::App;
use crate::error::Failure;
use crate::gate::Cost;
use crate::job::{Job, Status};

/// Which papers were grouped, and how much of the tree to answer. Nothing is grouped here:
/// `kindred topics` does it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Topics {
    /// Depth of the topics, 0 is coarsest; the whole tree unless named.
    #[serde(default)]
    level: Option<Count<0, 15>>,
    /// Only papers of these categories or archives.
    #[serde(default)]
    cat: List<Category, MAX_CATEGORIES>,
    /// Only papers whose first version is of this day or later.
    #[serde(default)]
    since: Option<Written<Date>>,
    /// Only papers whose first version is of this day or earlier.
    #[serde(default)]
    until: Option<Written<Date>>,
    /// Only papers that this set likes.
    #[serde(default)]
    set: Option<Written<SetName>>,
    /// Only the papers that a search by these words finds.
    #[serde(default)]
    query: Option<Text<MAX_TEXT>>,
}

/// How much of a topic to answer.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Topic {
    /// Most of its papers to answer.
    #[serde(default = "twenty")]
    k: Limit,
}

/// Which changes of topics to answer.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TopicDiff {
    /// Runs of this day or later; the last run alone unless named.
    #[serde(default)]
    since: Option<Written<Date>>,
    /// Most papers to name of each change.
    #[serde(default = "three")]
    papers: Count<0, 200>,
}

/// Which days of the ledger to answer.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Ledger {
    /// Only these of the followed categories.
    #[serde(default)]
    cat: List<Category, MAX_CATEGORIES>,
    /// Announcement days to look back on.
    #[serde(default = "fourteen")]
    days: Limit,
}

/// A job, and how far it is.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct JobView {
    /// Its number.
    id: u64,
    /// What it is.
    title: String,
    #[serde(flatten)]
    status: Status,
}

impl From<&Job> for JobView {
    fn from(job: &Job) -> Self {
        Self {
            id: job.id,
            title: job.title.clone(),
            status: job.status(),
        }
    }
}

/// That the server answers.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Health {
    /// `ok`.
    status: &'static str,
    /// Version of the program.
    version: &'static str,
    /// The job that runs, if one does.
    #[serde(skip_serializing_if = "Option::is_none")]
    job: Option<u64>,
}

fn three() -> Count<0, 200> {
    Count::of::<3>()
}

fn fourteen() -> Limit {
    Count::of::<14>()
}

pub(super) async fn topics(app: Arc<App>, (): (), asked: Topics) -> Result<TopicsAnswer, Failure> {
    let body = TopicBody {
        selection: selection(asked.cat, asked.since, asked.until)?,
        set: asked.set.map(|set| set.0),
        query: asked.query.map(|query| query.0),
        topics: None,
    };
    let level = asked.level.map(Count::get);
    app.read(Cost::Slow, move |library| {
        library.stored_topics(&body, level)
    })
    .await
}

pub(super) async fn topic(
    app: Arc<App>,
    TopicKey(topic): TopicKey,
    asked: Topic,
) -> Result<TopicShowAnswer, Failure> {
    app.read(Cost::Slow, move |library| {
        library.topic(&topic, asked.k.get())
    })
    .await
}

pub(super) async fn topic_diff(
    app: Arc<App>,
    (): (),
    asked: TopicDiff,
) -> Result<TopicDiffAnswer, Failure> {
    let query = TopicDiffQuery {
        body: TopicBody::default(),
        since: asked.since.map(|day| day.0),
        papers: asked.papers.get(),
    };
    app.read(Cost::Slow, move |library| library.topic_diff(&query))
        .await
}

pub(super) async fn ledger(app: Arc<App>, (): (), asked: Ledger) -> Result<LedgerAnswer, Failure> {
    let query = LedgerQuery {
        categories: asked.cat.0,
        days: u16::try_from(asked.days.get()).unwrap_or(u16::MAX),
        now: app.now(),
    };
    app.read(Cost::Slow, move |library| library.ledger(&query))
        .await
}

pub(super) async fn stats(app: Arc<App>, (): (), _: Nothing) -> Result<Stats, Failure> {
    app.read(Cost::Slow, |library| library.stats()).await
}

pub(super) async fn jobs(app: Arc<App>, (): (), _: Nothing) -> Result<Vec<JobView>, Failure> {
    Ok(app
        .jobs
        .all()
        .iter()
        .map(|job| JobView::from(&**job))
        .collect())
}

pub(super) async fn job(app: Arc<App>, id: u64, _: Nothing) -> Result<JobView, Failure> {
    Ok(JobView::from(&*app.jobs.get(id)?))
}

/// Answered without waiting for a turn, so that it tells a busy server from none.
pub(super) async fn health(app: Arc<App>, (): (), _: Nothing) -> Result<Health, Failure> {
    Ok(Health {
        status: "ok",
        version: env!("CARGO_PKG_VERSION"),
        job: app.jobs.running().map(|job| job.id),
    })
}
