//! Ranks arrivals against a seed set and explains every score.
//!
//! A [`TrainingSet`] of liked, disliked and background [`Papers`] trains a [`Ranker`]: a weighted
//! logistic regression on unit vectors, joined by closeness to the nearest liked papers, by how
//! common a paper's surroundings are, and by the words that it shares with the liked ones. Its
//! scores decompose exactly over the papers and terms that caused them ([`Ranker::explain`]) and
//! become probabilities by a [`Calibration`] on a person's own history.
//!
//! The crate also holds what a ranker is measured with ([`metrics`]) and against ([`baselines`]),
//! and the fusion of ranked lists ([`reciprocal_rank_fusion`]). It is pure: vectors, terms and
//! seeds go in, numbers come out; no store, no index, no clock.

mod ask;
mod baseline;
mod calibration;
mod error;
mod explain;
mod facets;
mod fusion;
pub mod metrics;
mod papers;
mod ranker;
mod selection;
mod solver;
mod space;
mod terms;
mod train;
mod words;

pub use ask::papers_to_ask;
pub use baseline::{ScoreCandidates, baselines};
pub use calibration::{Calibration, Outcome, expected_reading};
pub use error::RankError;
pub use explain::{Explanation, Seed, SeedShare, TermShare};
pub use facets::Facets;
pub use fusion::{RECIPROCAL_RANK_CONSTANT, reciprocal_rank_fusion, weighted_rank_fusion};
pub use papers::Papers;
pub use ranker::{Candidate, Ranked, RankedRow, Ranker};
pub use selection::{Place, SelectionOptions, select};
pub use space::{Placed, Space};
pub use terms::{IdfRule, Lexicon, TermRows, TermRule, TermWeights};
pub use train::{RankOptions, TrainingSet, train};
