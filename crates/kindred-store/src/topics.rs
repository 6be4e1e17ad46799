//! Topics that keep their ids from run to run, the names that people gave them, and their map.
//!
//! A *run* is one clustering of a body of papers, the *scope*: a tree of topics, the topic of each
//! paper, and what changed since the run before. Ids are given here, once each: a topic that died
//! never comes back, and its id is never given to another. Runs can be computed again from papers
//! and vectors; ids, names and subscriptions cannot, so they have rows of their own that outlive
//! runs.
//!
//! What it refuses: runs that contradict themselves, whose new ids are not the next ones, or that
//! bring back what died; two living topics of one scope with one name.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use kindred_core::{Fingerprint, PaperKey};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

mod bytes;
mod check;
mod error;
mod identity;
mod map;
mod names;
mod pack;
mod parts;
mod repair;
mod runs;
mod save;
mod verify;

pub use error::TopicError;
pub use map::{MapPoint, TopicMap, TopicMapStamp};
pub use names::{TopicFate, TopicName, TopicNameError, TopicSubscription};
pub use repair::TopicRepair;
pub(crate) use verify::faults;

/// Runs of a scope that are kept; older ones are removed when another one is stored.
pub const KEPT_TOPIC_RUNS: usize = 60;

/// Number of a topic in its library: from 1, never given twice.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct TopicId(pub u64);

impl fmt::Display for TopicId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, formatter)
    }
}

impl FromStr for TopicId {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// A body of papers whose topics are followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicScope {
    /// Which papers, as the caller writes it, such as `all` or `category=cs.DC`.
    pub key: String,
    /// The newest run of it.
    pub latest: TopicRun,
}

/// One clustering of a scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicRun {
    /// Its number in the library, from 1, never given twice.
    pub number: i64,
    /// The scope's key.
    pub scope: String,
    /// When it was made; stored to the microsecond.
    pub at: Timestamp,
    /// Encoder whose vectors were clustered.
    pub encoder: Fingerprint,
    /// Everything that was asked for, as the caller writes it.
    pub settings: String,
    /// Hash of what was clustered.
    pub input: [u8; 32],
    /// Papers that were clustered.
    pub papers: u64,
    /// Topics found, of all levels.
    pub topics: u64,
}

/// A topic as a run found it.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredTopic {
    /// Its id.
    pub id: TopicId,
    /// The topic of the next coarser level that it is part of; none for those of level 0.
    pub parent: Option<TopicId>,
    /// Its level, 0 is the coarsest.
    pub level: u8,
    /// Label made by the run, at most 1 KiB; a name that a person gave goes before it.
    pub label: String,
    /// Terms that tell it from its siblings, with their weight, heaviest first; at most 256, each of
    /// at most 1 KiB, weights finite.
    pub terms: Vec<(String, f64)>,
    /// Papers of the run in it and in the topics below it.
    pub size: u64,
    /// Papers of it that stand for it, best first; at most 3.
    pub representatives: Vec<PaperKey>,
}

/// The place of a paper among the topics of a run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TopicMember {
    /// The paper.
    pub key: PaperKey,
    /// The finest topic that it is in: one without topics below it.
    pub topic: TopicId,
    /// How well it belongs there, in (0, 1]; stored in steps of 1/65535.
    pub strength: f32,
    /// Whether it came after the run and was put there; of no meaning in what is to be stored.
    pub is_placed: bool,
}

/// What became of a topic since the run before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum TopicChange {
    /// It was not there before.
    Born,
    /// It has more papers.
    Grew,
    /// It has fewer papers.
    Shrank,
    /// It came apart into others.
    Split,
    /// It was made of others.
    Merged,
    /// It is no longer there.
    Died,
}

impl TopicChange {
    const ALL: [Self; 6] = [
        Self::Born,
        Self::Grew,
        Self::Shrank,
        Self::Split,
        Self::Merged,
        Self::Died,
    ];

    fn number(self) -> u64 {
        match self {
            Self::Born => 1,
            Self::Grew => 2,
            Self::Shrank => 3,
            Self::Split => 4,
            Self::Merged => 5,
            Self::Died => 6,
        }
    }

    fn from_number(number: u64) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|change| change.number() == number)
    }
}

/// A change between a run and the one before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicEvent {
    /// What happened.
    pub change: TopicChange,
    /// The topic it happened to.
    pub topic: TopicId,
    /// The topics it was split into, or made of.
    pub others: Vec<TopicId>,
    /// Papers that caused it, most telling first; at most 1,000.
    pub papers: Vec<PaperKey>,
    /// All papers that caused it.
    pub count: u64,
}

/// A run to be stored.
#[derive(Debug, Clone, Copy)]
pub struct NewTopicRun<'a> {
    /// Which papers, as the caller writes it: one canonical line of at most 1 KiB.
    pub scope: &'a str,
    /// When it was made.
    pub at: Timestamp,
    /// Encoder whose vectors were clustered.
    pub encoder: &'a Fingerprint,
    /// Everything that was asked for, at most 64 KiB.
    pub settings: &'a str,
    /// Hash of what was clustered.
    pub input: [u8; 32],
    /// The topics, in the order in which they are to be read.
    pub topics: &'a [StoredTopic],
    /// The papers, by ascending key.
    pub members: &'a [TopicMember],
    /// What changed since the run before.
    pub events: &'a [TopicEvent],
}
