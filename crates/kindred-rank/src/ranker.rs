//! The trained function from a vector to a score.

use kindred_core::{Embeddings, Score, TopK, dot};
use rayon::prelude::*;

use crate::error::RankError;
use crate::solver::{logistic, mixed_dot};
use crate::train::check_dimension;

/// A score with its meaning.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ranked {
    /// Log-odds of interest under the training weights; larger is better.
    pub score: f64,
    /// `1 / (1 + exp(-score))`, in `[0, 1]`. Likes and background were weighted against each
    /// other, so this orders papers of one set and is no calibrated frequency.
    pub probability: f64,
}

/// A candidate in its place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RankedRow {
    /// Row of the candidate.
    pub row: usize,
    /// See [`Ranked::score`].
    pub score: f64,
    /// See [`Ranked::probability`].
    pub probability: f64,
}

/// The closeness part of a score: `weight * (mean of the nearest likes' similarities - typical)`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Closeness {
    /// How many nearest likes count.
    pub(crate) neighbors: usize,
    /// Mean closeness of background papers.
    pub(crate) typical: f64,
    /// Log-odds for each unit of similarity.
    pub(crate) weight: f64,
}

/// A trained ranker; made by [`train`](crate::train).
#[derive(Debug, Clone)]
pub struct Ranker {
    pub(crate) likes: Embeddings,
    pub(crate) dislikes: Embeddings,
    /// Weights of the regression: the seeds' part and the background's part together.
    pub(crate) weights: Vec<f64>,
    pub(crate) background_weights: Vec<f64>,
    pub(crate) intercept: f64,
    /// `C * weight_i * (y_i - p_i)`, positive.
    pub(crate) like_coefficients: Vec<f64>,
    /// The same of disliked papers, negative.
    pub(crate) dislike_coefficients: Vec<f64>,
    /// Mean vector of the background, zero without one.
    pub(crate) typical: Vec<f64>,
    pub(crate) closeness: Closeness,
}

impl Ranker {
    /// Returns the number of dimensions of the vectors that it ranks.
    pub fn dimension(&self) -> usize {
        self.weights.len()
    }

    /// Scores one candidate.
    ///
    /// # Panics
    /// If `candidate` has another dimension than the training set.
    pub fn score(&self, candidate: &[f32]) -> Ranked {
        assert_eq!(
            candidate.len(),
            self.dimension(),
            "vectors of one space have one dimension"
        );
        let regression = mixed_dot(candidate, &self.weights) + self.intercept;
        let closeness = if self.closeness.weight > 0.0 {
            self.closeness.weight * (self.closeness_of(candidate) - self.closeness.typical)
        } else {
            0.0
        };
        let score = regression + closeness;
        Ranked {
            score,
            probability: logistic(score),
        }
    }

    /// Scores all candidates, in their order.
    ///
    /// # Errors
    /// [`RankError::Dimension`] if they have another dimension than the training set.
    pub fn score_all(&self, candidates: &Embeddings) -> Result<Vec<Ranked>, RankError> {
        check_dimension("candidates", self.dimension(), candidates)?;
        let rows = candidates
            .as_slice()
            .par_chunks_exact(candidates.dimension());
        Ok(rows.map(|candidate| self.score(candidate)).collect())
    }

    /// Ranks candidates, best first, equal scores by row.
    ///
    /// # Errors
    /// [`RankError::Dimension`] if they have another dimension than the training set.
    pub fn rank(&self, candidates: &Embeddings) -> Result<Vec<RankedRow>, RankError> {
        let scored = self.score_all(candidates)?;
        let mut ranked: Vec<RankedRow> = (scored.into_iter().enumerate())
            .map(|(row, Ranked { score, probability })| RankedRow {
                row,
                score,
                probability,
            })
            .collect();
        ranked.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.row.cmp(&b.row)));
        Ok(ranked)
    }

    /// Mean similarity to the nearest likes.
    pub(crate) fn closeness_of(&self, candidate: &[f32]) -> f64 {
        let nearest = self.nearest_likes(candidate);
        let sum: f64 = nearest.iter().map(|&(_, similarity)| similarity).sum();
        sum / nearest.len().max(1) as f64
    }

    /// The nearest likes with their similarities, nearest first, ties by row.
    pub(crate) fn nearest_likes(&self, candidate: &[f32]) -> Vec<(usize, f64)> {
        let mut nearest = TopK::new(self.closeness.neighbors);
        for (row, like) in self.likes.rows().enumerate() {
            nearest.push(row, Score::new(dot(like, candidate)));
        }
        let sorted = nearest.into_sorted().into_iter();
        sorted
            .map(|scored| (scored.key, f64::from(scored.score.get())))
            .collect()
    }
}
