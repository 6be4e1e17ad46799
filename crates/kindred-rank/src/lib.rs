//! Ranks arrivals against a seed set and explains every score.
//!
//! A [`TrainingSet`] of liked, disliked and background papers trains a [`Ranker`]: a weighted
//! logistic regression on unit vectors, joined by closeness to the nearest liked papers. Its
//! scores decompose exactly over the papers that caused them ([`Ranker::explain`]).
//!
//! The crate also holds what a ranker is measured with ([`metrics`]) and against
//! ([`ScoreCandidates`]), and the fusion of ranked lists ([`reciprocal_rank_fusion`]). It is pure:
//! vectors and seeds go in, numbers come out; no store, no index, no clock.

mod baseline;
mod error;
mod explain;
mod fusion;
pub mod metrics;
mod ranker;
mod solver;
mod train;

pub use baseline::{MaxCosine, MeanCosine, ScoreCandidates, TopMeanCosine};
pub use error::RankError;
pub use explain::{Explanation, Seed, SeedShare};
pub use fusion::{RECIPROCAL_RANK_CONSTANT, reciprocal_rank_fusion, weighted_rank_fusion};
pub use ranker::{Ranked, RankedRow, Ranker};
pub use train::{RankOptions, TrainingSet, train};
