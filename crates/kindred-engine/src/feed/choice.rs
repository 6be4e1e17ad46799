//! Which ranker orders a feed.

use std::fmt;
use std::str::FromStr;

use kindred_rank::{RankOptions, ScoreCandidates, baselines};

use super::ListOptions;
use crate::EngineError;

/// The ranker that orders a feed: Kindred's own, the default, or one of the baselines that
/// `replay` measures it against.
///
/// # Examples
/// ```
/// use kindred_engine::FeedRanker;
///
/// let ranker: FeedRanker = "centroid".parse().unwrap();
/// assert!(!ranker.is_own());
/// assert_eq!(FeedRanker::default().name(), "kindred");
/// let error = "oracle".parse::<FeedRanker>().unwrap_err();
/// assert!(error.to_string().contains("expected kindred, "));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FeedRanker {
    /// That of a ranker that exists.
    name: &'static str,
}

/// A text is not the name of a ranker.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no ranker `{name}`, expected {}", FeedRanker::names().join(", "))]
pub struct UnknownRanker {
    name: String,
}

impl FeedRanker {
    /// Returns the names of all rankers, that of Kindred's own first.
    pub fn names() -> Vec<&'static str> {
        let others = baselines();
        std::iter::once(Self::default().name)
            .chain(others.iter().map(|other| other.name()))
            .collect()
    }

    /// Returns its name.
    pub fn name(self) -> &'static str {
        self.name
    }

    /// Whether it is Kindred's own, the only one with probabilities, reasons and interests.
    pub fn is_own(self) -> bool {
        self == Self::default()
    }

    /// Returns what scores by it; `None` for Kindred's own ranker.
    pub(super) fn baseline(self) -> Option<Box<dyn ScoreCandidates>> {
        let mut others = baselines().into_iter();
        others.find(|other| other.name() == self.name)
    }

    /// Refuses what needs the probabilities or the interests of Kindred's own ranker.
    pub(super) fn check(self, list: &ListOptions) -> Result<(), EngineError> {
        let asked: Vec<&'static str> = [
            (list.expect.is_some(), "--expect"),
            (list.diversity > 0.0, "--diversity"),
            (list.proportional, "--balance"),
            (list.exploration > 0, "--explore"),
        ]
        .into_iter()
        .filter_map(|(is_asked, option)| is_asked.then_some(option))
        .collect();
        if self.is_own() || asked.is_empty() {
            return Ok(());
        }
        Err(EngineError::NeedsOwnRanker {
            ranker: self.name,
            options: asked,
        })
    }
}

impl Default for FeedRanker {
    fn default() -> Self {
        Self {
            name: RankOptions::default().name(),
        }
    }
}

impl fmt::Display for FeedRanker {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name)
    }
}

impl FromStr for FeedRanker {
    type Err = UnknownRanker;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut names = Self::names().into_iter();
        match names.find(|name| *name == text) {
            Some(name) => Ok(Self { name }),
            None => Err(UnknownRanker {
                name: text.to_owned(),
            }),
        }
    }
}
