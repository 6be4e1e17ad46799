//! How much of a ranking is shown.

use std::str::FromStr;

use kindred_engine::answer::{FeedAnswer, FeedHit};

/// How much of what is expected to be kept is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Threshold {
    /// The surest papers.
    Strict,
    /// Nearly all that would be kept.
    #[default]
    Normal,
    /// All but what is hardly ever kept.
    Wide,
}

impl Threshold {
    pub(super) const ALL: [Self; 3] = [Self::Strict, Self::Normal, Self::Wide];

    /// Its name in addresses.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Strict => "strict",
            Self::Normal => "normal",
            Self::Wide => "wide",
        }
    }

    /// Share of what is expected to be kept, in percent.
    pub(super) fn percent(self) -> u8 {
        match self {
            Self::Strict => 60,
            Self::Normal => 90,
            Self::Wide => 99,
        }
    }

    /// How many papers from the most probable down hold the share.
    pub(super) fn papers(self, answer: &FeedAnswer) -> usize {
        let Some(expected) = answer.expected else {
            return answer.results.len();
        };
        let mut chances: Vec<f64> = (answer.results.iter())
            .filter_map(|hit| hit.relevance)
            .collect();
        chances.sort_by(|left, right| right.total_cmp(left));
        let wanted = expected.kept * f64::from(self.percent()) / 100.0;
        let mut held = 0.0;
        // What sums up to the share but for rounding holds it.
        let is_missing = |held: f64| held < wanted - 1e-9 * wanted.abs();
        let mut papers = 0;
        for chance in chances {
            if !is_missing(held) {
                break;
            }
            held += chance;
            papers += 1;
        }
        papers
    }
}

impl FromStr for Threshold {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut all = Self::ALL.into_iter();
        all.find(|threshold| threshold.word() == text)
            .ok_or("expected strict, normal or wide")
    }
}

/// A ranking on both sides of a threshold.
#[derive(Debug)]
pub(crate) struct Parts<'a> {
    /// Pinned papers and those that hold the share, in the order of the ranking.
    pub(crate) above: Vec<&'a FeedHit>,
    /// The others that are ranked and kept here, in the order of the ranking.
    pub(crate) below: Vec<&'a FeedHit>,
}

/// Divides a ranking at a threshold.
pub(crate) fn split(answer: &FeedAnswer, threshold: Threshold) -> Parts<'_> {
    let mut by_chance: Vec<&FeedHit> = answer.results.iter().collect();
    let chance = |hit: &FeedHit| hit.relevance.unwrap_or(0.0);
    by_chance.sort_by(|left, right| {
        (chance(right).total_cmp(&chance(left))).then(left.rank.cmp(&right.rank))
    });
    let chosen = by_chance.into_iter().take(threshold.papers(answer));
    let mut ranks: Vec<usize> = chosen.map(|hit| hit.rank).collect();
    ranks.sort_unstable();
    let is_above = |hit: &&FeedHit| hit.pinned.is_some() || ranks.binary_search(&hit.rank).is_ok();
    let (above, below) = answer.results.iter().partition(is_above);
    Parts { above, below }
}
