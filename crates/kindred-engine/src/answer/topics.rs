//! What the verbs of topics answer.

use jiff::Timestamp;
use jiff::civil::Date;
use kindred_core::{Category, PaperId};
use kindred_store::{SetName, TopicChange, TopicId};
use schemars::JsonSchema;
use serde::Serialize;

use super::EncoderView;

/// A paper of a topic.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct TopicPaper {
    /// Identifier with its scheme.
    pub id: PaperId,
    /// Title, with TeX.
    pub title: String,
    /// How firmly it belongs to its finest topic: its links there, as a share of those and the
    /// links to the topic that it has most to elsewhere, in `(0, 1]`.
    pub strength: f32,
    /// Whether that is below one half, so that it leans elsewhere.
    pub weak: bool,
    /// Whether it came after the run and was put there by its neighbours.
    pub placed: bool,
    /// Whether a seed set likes it.
    pub liked: bool,
}

/// A topic by its number and name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct TopicRef {
    /// Its lasting number.
    pub id: TopicId,
    /// The name that was given to it, else its label.
    pub label: String,
}

/// Papers of a month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct MonthCount {
    /// Year and month, `2026-04`.
    pub month: String,
    /// Papers whose first version is of it.
    pub papers: u64,
}

/// One topic.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct TopicView {
    /// Its lasting number.
    pub id: TopicId,
    /// The name that was given to it, else two to four words.
    pub label: String,
    /// Whether the label is a name that was given.
    pub named: bool,
    /// Depth in the tree; 0 is coarsest.
    pub level: u8,
    /// The topic that it is part of.
    pub parent: Option<TopicId>,
    /// The topics that are part of it, largest first.
    pub children: Vec<TopicId>,
    /// Number of papers, those that were placed since the run included.
    pub size: u64,
    /// Share of all papers.
    pub share: f64,
    /// Papers whose strength is below one half.
    pub weak: u64,
    /// Papers that a seed set likes; sets that began as a topic do not count.
    pub liked: u64,
    /// Their share of all such papers here, in `[0, 1]`; 0 where there are none.
    pub liked_share: f64,
    /// Papers a month over the 91 days up to the body's latest paper.
    pub per_month: f64,
    /// The same over the 274 days before.
    pub per_month_before: f64,
    /// The twelve months up to that of the body's latest paper, oldest first.
    pub months: Vec<MonthCount>,
    /// Seed sets that began as this topic.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sets: Vec<SetName>,
    /// The words that set it apart from its siblings, with their class-based tf-idf weight.
    pub terms: Vec<(String, f64)>,
    /// Three papers that stand for it.
    pub papers: Vec<TopicPaper>,
}

/// When and from what topics were made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct TopicRunView {
    /// Number of the run in the library; absent where the run could not be stored.
    pub number: Option<i64>,
    /// When it was made.
    pub at: Timestamp,
    /// Papers that were grouped.
    pub papers: u64,
    /// Papers that were placed among them since.
    pub placed: u64,
}

/// Answer of `topics` and `topics tree`.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct TopicsAnswer {
    /// The encoder.
    pub encoder: EncoderView,
    /// The body of papers, such as `all` or `category=cs.DC`.
    pub body: String,
    /// The run.
    pub run: Option<TopicRunView>,
    /// Papers in topics.
    pub papers: u64,
    /// Papers that have no vector yet and so are in no topic.
    pub not_embedded: u64,
    /// Levels of the tree.
    pub levels: u8,
    /// The level shown; absent where the whole tree is.
    pub level: Option<u8>,
    /// Largest first; the whole tree is in order of levels.
    pub topics: Vec<TopicView>,
    /// Each paper's topic and strength, in id order; only where asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assignment: Option<Vec<TopicAssignment>>,
}

/// Where one paper belongs.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct TopicAssignment {
    /// The paper.
    pub id: PaperId,
    /// Title, with TeX.
    pub title: String,
    /// Its topics, from the coarsest to the finest.
    pub topics: Vec<TopicId>,
    /// How firmly it belongs to its finest topic: its links there, as a share of those and the
    /// links to the topic that it has most to elsewhere, in `(0, 1]`.
    pub strength: f32,
    /// Whether that is below one half, so that it leans elsewhere.
    pub weak: bool,
    /// Whether it came after the run and was put there by its neighbours.
    pub placed: bool,
}

/// Answer of `topics show`.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct TopicShowAnswer {
    /// The body of papers that it is a topic of.
    pub body: String,
    /// The topic.
    pub topic: TopicView,
    /// What it is part of, the coarsest first.
    pub path: Vec<TopicRef>,
    /// The other parts of what it is part of, largest first.
    pub siblings: Vec<TopicRef>,
    /// Its parts, largest first.
    pub children: Vec<TopicView>,
    /// Since when it is there.
    pub born: Timestamp,
    /// Its papers, the strongest first, at most as many as asked for.
    pub papers: Vec<TopicPaper>,
}

/// A change between two runs.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct TopicEventView {
    /// What happened.
    pub change: TopicChange,
    /// The topic: the one before for a split and a death, else the one after.
    pub topic: TopicRef,
    /// What it was split into or merged from.
    pub others: Vec<TopicRef>,
    /// Number of papers that made the change.
    pub count: u64,
    /// Some of them, those new to the body first.
    pub papers: Vec<EventPaper>,
}

/// A paper that made a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct EventPaper {
    /// Identifier with its scheme.
    pub id: PaperId,
    /// Title, with TeX.
    pub title: String,
}

/// What a run found changed.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct TopicRunChanges {
    /// Number of the run in the library.
    pub number: i64,
    /// When it was made.
    pub at: Timestamp,
    /// Papers that were grouped.
    pub papers: u64,
    /// Whether no run of the body was before it.
    pub first: bool,
    /// By kind, level and size.
    pub events: Vec<TopicEventView>,
}

/// Answer of `topics diff`.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct TopicDiffAnswer {
    /// The body of papers.
    pub body: String,
    /// The day from which on runs count; absent for the last run alone.
    pub since: Option<Date>,
    /// Runs with their changes, newest first.
    pub runs: Vec<TopicRunChanges>,
    /// Papers placed since the newest run, by topic, most first.
    pub placed: Vec<PlacedPapers>,
}

/// Papers placed in a topic since its run.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct PlacedPapers {
    /// The topic.
    pub topic: TopicRef,
    /// Their number.
    pub count: u64,
    /// Some of them.
    pub papers: Vec<EventPaper>,
}

/// Answer of `topics subscribe`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct TopicSubscribeAnswer {
    /// The topic.
    pub topic: TopicRef,
    /// The set made of it.
    pub set: SetName,
    /// Papers that the set likes now.
    pub likes: u64,
}

/// What a reader has to do with a paper of a map.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum MapMark {
    /// Nothing.
    None,
    /// A seed set likes it.
    Liked,
    /// A seed set dislikes it.
    Disliked,
    /// It came after the map was laid out.
    New,
}

/// A paper on a map.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct TopicMapPoint {
    /// Identifier with its scheme.
    pub id: PaperId,
    /// Title, with TeX.
    pub title: String,
    /// Place to the right, in units of the layout.
    pub x: f32,
    /// Place upwards, likewise.
    pub y: f32,
    /// Its topics, from the coarsest to the finest.
    pub topics: Vec<TopicId>,
    /// How firmly it belongs to its finest topic: its links there, as a share of those and the
    /// links to the topic that it has most to elsewhere, in `(0, 1]`.
    pub strength: f32,
    /// Day of its first version.
    pub date: Option<Date>,
    /// Its primary category.
    pub category: Option<Category>,
    /// What the reader has to do with it.
    pub mark: MapMark,
}

/// Answer of `map`.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct TopicMapAnswer {
    /// The encoder.
    pub encoder: EncoderView,
    /// The body of papers.
    pub body: String,
    /// When the papers were laid out; absent where there are none.
    pub drawn: Option<Timestamp>,
    /// Papers put among the others since.
    pub projected: u64,
    /// Papers that have no vector yet and so are not on it.
    pub not_embedded: u64,
    /// The whole tree, by level.
    pub topics: Vec<TopicView>,
    /// The papers, in id order.
    pub points: Vec<TopicMapPoint>,
}
