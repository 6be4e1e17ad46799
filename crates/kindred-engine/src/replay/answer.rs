//! What a replay tells.

use jiff::civil::Date;
use kindred_rank::metrics::Interval;
use schemars::JsonSchema;
use serde::Serialize;

use crate::answer::EncoderView;

/// A mean over days with its 95 % bootstrap interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Estimate {
    /// Mean over the days that count.
    pub mean: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
}

impl From<Interval> for Estimate {
    fn from(interval: Interval) -> Self {
        Self {
            mean: interval.mean,
            low: interval.low,
            high: interval.high,
        }
    }
}

/// How well one ranker ordered the arrivals.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ReplayRanker {
    /// Its name; `kindred` is the ranker of feeds.
    pub name: &'static str,
    /// Share of a day's later likes among its first `limit` arrivals, in `[0, 1]`.
    pub recall: Estimate,
    /// Normalised discounted cumulative gain of the first `limit` arrivals, in `[0, 1]`.
    pub ndcg: Estimate,
    /// One over the place of the first later like (MRR), in `[0, 1]`.
    pub reciprocal_rank: Estimate,
    /// `ndcg` less that of `kindred`, day by day; above 0 this ranker is better.
    pub ndcg_beyond_kindred: Estimate,
}

/// How far the ranker's probability can be taken at its word, before a feed fits it to what was
/// done with the papers that it showed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct ReplayCalibration {
    /// Expected calibration error over ten bins of equal count, in `[0, 1]`; 0 is best.
    pub expected_error: f64,
    /// Sum of the probabilities that were given: how many arrivals were expected to be liked.
    pub expected_likes: f64,
    /// How many were.
    pub likes: u64,
}

/// Arrivals of the period, up to the day of the set's last like, that were not ranked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct ReplayLeftOut {
    /// Rated before their day began.
    pub rated_before: u64,
    /// Withdrawn.
    pub withdrawn: u64,
    /// Without a vector.
    pub not_embedded: u64,
}

/// What follows from the numbers.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ReplayVerdict {
    /// The ranker of the highest mean nDCG; `kindred` among equals.
    pub best: &'static str,
    /// The one that it is compared with: `kindred`, or the next best where `kindred` is best.
    pub compared_with: &'static str,
    /// nDCG of the best less that of the other, day by day.
    pub ndcg_difference: Estimate,
    /// Whether the interval of the difference lies above 0. It is not widened for having picked
    /// the best of several rankers on the same days.
    pub is_significant: bool,
    /// Whether there are five days or more to tell from.
    pub is_enough: bool,
    /// The ranker to use: another than `kindred` only where it is significantly better.
    pub recommended: &'static str,
    /// The same in one sentence.
    pub sentence: String,
}

/// Answer of `replay`.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ReplayAnswer {
    /// The seed set.
    pub set: String,
    /// First day of the period.
    pub since: Date,
    /// Last day of the period.
    pub until: Date,
    /// First day that was ranked.
    pub first_day: Date,
    /// Last day that was ranked: at most that of the set's last like.
    pub last_day: Date,
    /// The encoder.
    pub encoder: EncoderView,
    /// Places of a day's ranking that recall and nDCG look at.
    pub limit: usize,
    /// Days that were ranked.
    pub days: u64,
    /// Those of them with an arrival that was liked later: the days that the means are over.
    pub days_with_likes: u64,
    /// Arrivals that were ranked.
    pub arrivals: u64,
    /// Those that were not.
    pub left_out: ReplayLeftOut,
    /// Random papers of the library that rankers saw as weak negatives, at most.
    pub background: usize,
    /// `kindred` first, the others in their usual order.
    pub rankers: Vec<ReplayRanker>,
    /// Of `kindred`, over all ranked arrivals of all days.
    pub calibration: ReplayCalibration,
    /// What follows.
    pub verdict: ReplayVerdict,
}
