//! Why a candidate has its score: an exact sum over the papers that caused it.
//!
//! The regression's weights are a sum over the training papers (representer theorem), closeness is
//! a mean over the nearest likes; so is each score. What every paper shares is no reason: shares
//! are measured against the typical background paper, whose score is the starting point.

use kindred_core::{Embeddings, Score, dot};

use crate::ranker::Ranker;
use crate::solver::mixed_dot;

/// A paper of the seed set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Seed {
    /// Row of the liked papers.
    Like(usize),
    /// Row of the disliked papers.
    Dislike(usize),
}

/// What one seed paper did to a score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SeedShare {
    /// The seed paper.
    pub seed: Seed,
    /// Cosine similarity of candidate and seed paper.
    pub similarity: Score,
    /// Its part of the score in log-odds; negative if it speaks against the candidate.
    pub share: f64,
}

/// A score taken apart: `score = intercept + sum of parts + others + background`.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// The score as [`Ranker::score`] gives it.
    pub score: f64,
    /// `1 / (1 + exp(-score))`.
    pub probability: f64,
    /// The seeds with the largest shares by magnitude, largest first, ties by seed.
    pub parts: Vec<SeedShare>,
    /// The shares of the seeds that are not listed, added up.
    pub others: f64,
    /// The share of the background papers together: how far the candidate lies from them along
    /// what they speak against.
    pub background: f64,
    /// The score of the typical background paper, where every candidate starts.
    pub intercept: f64,
}

impl Ranker {
    /// Takes the score of `candidate` apart, listing at most `limit` seed papers.
    ///
    /// # Panics
    /// If `candidate` has another dimension than the training set.
    pub fn explain(&self, candidate: &[f32], limit: usize) -> Explanation {
        let ranked = self.score(candidate);
        let centred: Vec<f64> = (candidate.iter().zip(&self.typical))
            .map(|(&component, typical)| f64::from(component) - typical)
            .collect();
        let parts = |vectors: &Embeddings, coefficients: &[f64], seed: fn(usize) -> Seed| {
            (vectors.rows().zip(coefficients).enumerate())
                .map(|(row, (vector, coefficient))| SeedShare {
                    seed: seed(row),
                    similarity: Score::new(dot(vector, candidate)),
                    share: coefficient * mixed_dot(vector, &centred),
                })
                .collect::<Vec<_>>()
        };
        let mut shares = parts(&self.likes, &self.like_coefficients, Seed::Like);
        if self.closeness.weight > 0.0 {
            let nearest = self.nearest_likes(candidate);
            let weight = self.closeness.weight / nearest.len().max(1) as f64;
            for (row, similarity) in nearest {
                shares[row].share += weight * (similarity - self.closeness.typical);
            }
        }
        shares.extend(parts(
            &self.dislikes,
            &self.dislike_coefficients,
            Seed::Dislike,
        ));
        shares.sort_by(|a, b| {
            (b.share.abs().total_cmp(&a.share.abs())).then_with(|| a.seed.cmp(&b.seed))
        });
        let others = shares.iter().skip(limit).map(|part| part.share).sum();
        shares.truncate(limit);
        let pairs = self.weights.iter().zip(&self.typical);
        let typical_score = pairs.map(|(weight, typical)| weight * typical).sum::<f64>();
        let background_pairs = self.background_weights.iter().zip(&centred);
        Explanation {
            score: ranked.score,
            probability: ranked.probability,
            parts: shares,
            others,
            background: background_pairs
                .map(|(weight, component)| weight * component)
                .sum(),
            intercept: self.intercept + typical_score,
        }
    }
}
