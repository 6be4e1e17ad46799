//! The trained function from a paper to a score.

use std::borrow::Cow;
use std::sync::Arc;

use kindred_core::{Embeddings, dot_exactly};
use rayon::prelude::*;

use crate::calibration::Calibration;
use crate::error::RankError;
use crate::papers::Papers;
use crate::space::{Placed, Space};
use crate::words::{WordEvidence, mean};

/// A score with its meaning.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ranked {
    /// Evidence in log-odds of the training weights; larger is better, 0 is the border between
    /// likes and background as the regression weighs them.
    pub score: f64,
    /// Probability that the paper is kept, in `[0, 1]`, by the ranker's [`Calibration`].
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

/// One paper to score.
#[derive(Debug, Clone, Copy)]
pub struct Candidate<'a> {
    /// Its unit vector.
    pub vector: &'a [f32],
    /// Its terms; `None` where words do not count.
    pub terms: Option<&'a [(u32, u32)]>,
}

impl<'a> From<&'a [f32]> for Candidate<'a> {
    fn from(vector: &'a [f32]) -> Self {
        Self {
            vector,
            terms: None,
        }
    }
}

impl<'a> Papers<'a> {
    /// Returns one paper.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn candidate(&self, row: usize) -> Candidate<'a> {
        Candidate {
            vector: self.vectors.row(row),
            terms: self.terms.map(|terms| terms.row(row)),
        }
    }
}

/// A measure with the value and the weight that put it on the scale of the score.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Scaled {
    /// Mean among background papers.
    pub(crate) typical: f64,
    /// Score for each unit.
    pub(crate) weight: f64,
}

/// Likes in the space that closeness is measured in.
#[derive(Debug, Clone)]
pub(crate) struct Distances {
    pub(crate) space: Arc<Space>,
    pub(crate) likes: Placed,
    pub(crate) neighbors: usize,
    /// What each like loses in closeness for being old; empty where days are not known.
    pub(crate) recency: Vec<f32>,
    pub(crate) closeness: Scaled,
    /// Of what is above the floor.
    pub(crate) commonness: Scaled,
    /// Commonness that costs nothing.
    pub(crate) commonness_floor: f64,
}

impl Distances {
    /// The nearest likes with their similarities in the space less what they lose for being old,
    /// nearest first, ties by row.
    pub(crate) fn nearest(&self, placed: &Placed, row: usize) -> Vec<(usize, f64)> {
        self.likes
            .nearest(placed.mapped(row), self.neighbors, &self.recency)
    }

    /// The part of a score that comes from surroundings.
    pub(crate) fn commonness(&self, placed: &Placed, row: usize) -> f64 {
        let excess = (placed.commonness(row) - self.commonness_floor).max(0.0);
        -self.commonness.weight * (excess - self.commonness.typical)
    }

    fn score(&self, placed: &Placed, row: usize) -> f64 {
        let near = self.nearest(placed, row);
        let closeness = mean(near.iter().map(|&(_, similarity)| similarity));
        self.closeness.weight * (closeness - self.closeness.typical) + self.commonness(placed, row)
    }
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
    /// Standard deviation of the regression's score among background papers; 1 without enough.
    pub(crate) spread: f64,
    pub(crate) distances: Option<Distances>,
    pub(crate) words: Option<WordEvidence>,
    pub(crate) calibration: Calibration,
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
    pub fn score(&self, candidate: Candidate<'_>) -> Ranked {
        let placed = self.place_one(candidate.vector);
        self.score_placed(candidate, placed.as_ref().map(|placed| (placed, 0)))
    }

    /// Places one vector in the space, where there is one.
    pub(crate) fn place_one(&self, vector: &[f32]) -> Option<Placed> {
        assert_eq!(
            vector.len(),
            self.dimension(),
            "vectors of one space have one dimension"
        );
        let one = Embeddings::from_unit_rows(vector.len(), vector.to_vec());
        let one = one.expect("a candidate is a row of unit vectors");
        let space = self.distances.as_ref().map(|distances| &distances.space);
        space.map(|space| space.place(&one))
    }

    fn score_placed(&self, candidate: Candidate<'_>, placed: Option<(&Placed, usize)>) -> Ranked {
        let mut score = dot_exactly(candidate.vector, &self.weights) + self.intercept;
        if let (Some(distances), Some((placed, row))) = (&self.distances, placed) {
            score += distances.score(placed, row);
        }
        if let (Some(words), Some(terms)) = (&self.words, candidate.terms) {
            score += words.score(terms);
        }
        Ranked {
            score,
            probability: self.calibration.probability(self.standardised(score)),
        }
    }

    /// Returns a score in standard deviations of the regression above the typical background
    /// paper, which can be compared between sets.
    pub fn standardised(&self, score: f64) -> f64 {
        (score - self.typical_score()) / self.spread
    }

    /// Replaces the calibration.
    pub fn calibrate(&mut self, calibration: Calibration) {
        self.calibration = calibration;
    }

    /// Returns the score of the typical background paper, where every candidate starts.
    pub(crate) fn typical_score(&self) -> f64 {
        let pairs = self.weights.iter().zip(&self.typical);
        self.intercept + pairs.map(|(weight, typical)| weight * typical).sum::<f64>()
    }

    /// Scores all candidates, in their order.
    ///
    /// # Errors
    /// [`RankError::Dimension`] if they have another dimension than the training set,
    /// [`RankError::Terms`] if their terms are not theirs.
    pub fn score_all(&self, candidates: Papers<'_>) -> Result<Vec<Ranked>, RankError> {
        candidates.check("candidates", self.dimension())?;
        let placed = self
            .distances
            .as_ref()
            .map(|distances| match candidates.placed {
                Some(placed) => Cow::Borrowed(placed),
                None => Cow::Owned(distances.space.place(candidates.vectors)),
            });
        let rows = (0..candidates.len()).into_par_iter();
        Ok(rows
            .map(|row| {
                let placed = placed.as_deref().map(|placed| (placed, row));
                self.score_placed(candidates.candidate(row), placed)
            })
            .collect())
    }

    /// Ranks candidates, best first, equal scores by row.
    ///
    /// # Errors
    /// As [`score_all`](Self::score_all).
    pub fn rank(&self, candidates: Papers<'_>) -> Result<Vec<RankedRow>, RankError> {
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
}
