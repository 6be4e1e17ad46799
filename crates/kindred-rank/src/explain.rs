//! Why a candidate has its score: an exact sum over what caused it.
//!
//! The regression's weights are a sum over the training papers (representer theorem), closeness is
//! a mean over the nearest likes, the words' part a sum over terms; so is each score. What every
//! paper shares is no reason: shares are measured against the typical background paper, whose
//! score is the starting point.

use kindred_core::{Embeddings, Score, dot, dot_exactly};

use crate::ranker::{Candidate, Ranker};

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

/// What one term did to a score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TermShare {
    /// Number of the term in the lexicon that the training set's terms come from.
    pub term: u32,
    /// Its part of the score in log-odds, positive.
    pub share: f64,
}

/// A score taken apart: `score = intercept + parts + others + terms + other_terms + commonness +
/// background`.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// The score as [`Ranker::score`] gives it.
    pub score: f64,
    /// The probability as [`Ranker::score`] gives it.
    pub probability: f64,
    /// The seeds with the largest shares by magnitude, largest first, ties by seed.
    pub parts: Vec<SeedShare>,
    /// The shares of the seeds that are not listed, added up.
    pub others: f64,
    /// The terms with the largest shares, largest first, ties by term.
    pub terms: Vec<TermShare>,
    /// The shares of the terms that are not listed, less what words bring to the typical
    /// background paper.
    pub other_terms: f64,
    /// What the paper's surroundings do: negative where it is close to papers of all kinds.
    pub commonness: f64,
    /// The share of the background papers together: how far the candidate lies from them along
    /// what they speak against.
    pub background: f64,
    /// The score of the typical background paper, where every candidate starts.
    pub intercept: f64,
}

impl Explanation {
    /// Adds up all parts; the score but for rounding.
    pub fn sum(&self) -> f64 {
        let seeds = self.parts.iter().map(|part| part.share).sum::<f64>() + self.others;
        let terms = self.terms.iter().map(|part| part.share).sum::<f64>() + self.other_terms;
        self.intercept + seeds + terms + self.commonness + self.background
    }
}

impl Ranker {
    /// Takes the score of `candidate` apart, listing at most `limit` seed papers and as many
    /// terms.
    ///
    /// # Panics
    /// If `candidate` has another dimension than the training set.
    pub fn explain(&self, candidate: Candidate<'_>, limit: usize) -> Explanation {
        let ranked = self.score(candidate);
        let centred: Vec<f64> = (candidate.vector.iter().zip(&self.typical))
            .map(|(&component, typical)| f64::from(component) - typical)
            .collect();
        let (mut shares, commonness) = self.seed_shares(candidate, &centred);
        shares.sort_by(|a, b| {
            (b.share.abs().total_cmp(&a.share.abs())).then_with(|| a.seed.cmp(&b.seed))
        });
        let others = shares.iter().skip(limit).map(|part| part.share).sum();
        shares.truncate(limit);
        let (mut terms, constant) = match (&self.words, candidate.terms) {
            (Some(words), Some(terms)) => words.explain(terms),
            _ => (Vec::new(), 0.0),
        };
        let rest: f64 = terms.iter().skip(limit).map(|&(_, share)| share).sum();
        terms.truncate(limit);
        let background_pairs = self.background_weights.iter().zip(&centred);
        Explanation {
            score: ranked.score,
            probability: ranked.probability,
            parts: shares,
            others,
            terms: (terms.into_iter())
                .map(|(term, share)| TermShare { term, share })
                .collect(),
            other_terms: rest + constant,
            commonness,
            background: background_pairs
                .map(|(weight, component)| weight * component)
                .sum(),
            intercept: self.typical_score(),
        }
    }

    /// The share of every seed, likes first, and the commonness of the candidate's surroundings.
    fn seed_shares(&self, candidate: Candidate<'_>, centred: &[f64]) -> (Vec<SeedShare>, f64) {
        let parts = |vectors: &Embeddings, coefficients: &[f64], seed: fn(usize) -> Seed| {
            (vectors.rows().zip(coefficients).enumerate())
                .map(|(row, (vector, coefficient))| SeedShare {
                    seed: seed(row),
                    similarity: Score::new(dot(vector, candidate.vector)),
                    share: coefficient * dot_exactly(vector, centred),
                })
                .collect::<Vec<_>>()
        };
        let mut shares = parts(&self.likes, &self.like_coefficients, Seed::Like);
        let mut commonness = 0.0;
        if let Some(distances) = &self.distances
            && let Some(placed) = self.place_one(candidate.vector)
        {
            let near = distances.nearest(&placed, 0);
            let close = distances.closeness;
            let each = close.weight / near.len().max(1) as f64;
            for &(row, similarity) in &near {
                shares[row].share += each * (similarity - close.typical);
            }
            commonness = distances.commonness(&placed, 0);
        }
        let dislikes = parts(&self.dislikes, &self.dislike_coefficients, Seed::Dislike);
        shares.extend(dislikes);
        (shares, commonness)
    }
}
