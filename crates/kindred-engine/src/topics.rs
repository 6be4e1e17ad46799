//! Topics that last: a body of papers grouped into a tree whose topics keep their numbers.
//!
//! A *run* groups a body of papers anew and finds the topics of the run before again; what came,
//! went, split and merged is stored with it. Papers that come between runs are placed among the
//! topics that are there, which takes milliseconds; once a tenth of the body has changed, or when
//! it is asked for, it is grouped anew.

mod body;
mod changes;
mod current;
mod growth;
mod map;
mod membership;
mod name;
mod run;
mod view;

use jiff::Timestamp;
use jiff::civil::Date;
use kindred_store::SetName;

pub use self::map::{TopicMapQuery, TopicMapStamp};
pub use self::membership::{TopicMembership, TopicPart, TopicStamp};
use crate::answer::TopicsAnswer;
use crate::similar::Selection;
use crate::{Control, EngineError, Library};

/// Which papers are grouped; each body has topics of its own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TopicBody {
    /// Only these papers.
    pub selection: Selection,
    /// Only those that this seed set likes.
    pub set: Option<SetName>,
    /// Only those that a search by these words finds, the best 2,000.
    pub query: Option<String>,
    /// The number of topics wanted on the coarsest level; by default the papers decide.
    pub topics: Option<usize>,
}

/// What to group and how to show it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TopicsQuery {
    /// The papers.
    pub body: TopicBody,
    /// The level shown, 0 is coarsest; deeper than the tree shows its finest topics. `None` shows
    /// the whole tree.
    pub level: Option<usize>,
    /// Whether to group anew even if little has changed.
    pub rerun: bool,
    /// Whether to return each paper's topics too.
    pub assignment: bool,
}

/// Which changes to show.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TopicDiffQuery {
    /// The papers.
    pub body: TopicBody,
    /// Runs of this day or later; `None` for the last run alone.
    pub since: Option<Date>,
    /// Papers named of each change.
    pub papers: usize,
}

impl Library {
    /// Groups papers into topics with labels; the same papers give the same topics on every
    /// machine and whatever the order of their import, and topics that are found again keep their
    /// numbers.
    ///
    /// A library opened for reading answers the same, but stores nothing.
    ///
    /// # Errors
    /// [`EngineError::NothingEmbedded`] if there are no vectors, [`EngineError::UnknownSet`],
    /// [`EngineError::TopicQuery`] if the query cannot be read, [`EngineError::Stopped`] when
    /// stopped; otherwise as the parts report.
    pub fn topics(
        &mut self,
        query: &TopicsQuery,
        now: Timestamp,
        control: &Control<'_>,
    ) -> Result<TopicsAnswer, EngineError> {
        let current = self.current_topics(&query.body, query.rerun, stored(now), control)?;
        self.topics_view(&current, query)
    }
}

impl Library {
    /// Returns the topics of a body as they are stored: nothing is grouped or placed, so that
    /// a reader may ask for it. Costs time in proportion to the papers. `level` is as that of
    /// [`TopicsQuery`].
    ///
    /// # Errors
    /// [`EngineError::NoTopics`] where the body was never grouped; otherwise as the store reports.
    pub fn stored_topics(
        &self,
        body: &TopicBody,
        level: Option<usize>,
    ) -> Result<TopicsAnswer, EngineError> {
        let current = self.stored_topics_of_body(body)?;
        let query = TopicsQuery {
            level,
            ..TopicsQuery::default()
        };
        self.topics_view(&current, &query)
    }
}

/// The time as it is stored, so that the first answer says what later ones say.
fn stored(now: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
}
