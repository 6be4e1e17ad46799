//! Simple rankers under one trait, to measure against.

use kindred_core::{Embeddings, Score, TopK, dot};
use rayon::prelude::*;

use crate::error::RankError;
use crate::train::{RankOptions, TrainingSet, check_dimension, check_set, train};

/// A way to score candidates against a set, selectable and benchmarked.
pub trait ScoreCandidates: Send + Sync {
    /// Returns the name under which it is selected and printed.
    fn name(&self) -> &'static str;

    /// Returns one score for each candidate, in their order; larger is better.
    ///
    /// # Errors
    /// [`RankError::NoLikes`] and [`RankError::Dimension`], and what training refuses.
    fn score_all(
        &self,
        set: &TrainingSet<'_>,
        candidates: &Embeddings,
    ) -> Result<Vec<f64>, RankError>;
}

/// Kindred's own ranker with these options.
impl ScoreCandidates for RankOptions {
    fn name(&self) -> &'static str {
        "kindred"
    }

    fn score_all(
        &self,
        set: &TrainingSet<'_>,
        candidates: &Embeddings,
    ) -> Result<Vec<f64>, RankError> {
        let scored = train(set, self)?.score_all(candidates)?;
        Ok(scored.into_iter().map(|ranked| ranked.score).collect())
    }
}

/// Mean cosine to the liked papers: one query with their centroid. Ignores all else.
#[derive(Debug, Clone, Copy, Default)]
pub struct MeanCosine;

impl ScoreCandidates for MeanCosine {
    fn name(&self) -> &'static str {
        "mean-cosine"
    }

    fn score_all(
        &self,
        set: &TrainingSet<'_>,
        candidates: &Embeddings,
    ) -> Result<Vec<f64>, RankError> {
        by_similarities(set, candidates, |similarities| {
            similarities.map(f64::from).sum::<f64>() / set.likes.len() as f64
        })
    }
}

/// Cosine to the closest liked paper. Ignores all else.
#[derive(Debug, Clone, Copy, Default)]
pub struct MaxCosine;

impl ScoreCandidates for MaxCosine {
    fn name(&self) -> &'static str {
        "max-cosine"
    }

    fn score_all(
        &self,
        set: &TrainingSet<'_>,
        candidates: &Embeddings,
    ) -> Result<Vec<f64>, RankError> {
        by_similarities(set, candidates, |similarities| {
            f64::from(similarities.fold(-1.0, f32::max))
        })
    }
}

/// Mean cosine to the closest liked papers. Ignores all else.
#[derive(Debug, Clone, Copy)]
pub struct TopMeanCosine {
    /// How many liked papers count, default 3; fewer if there are fewer.
    pub neighbors: usize,
}

impl Default for TopMeanCosine {
    fn default() -> Self {
        Self { neighbors: 3 }
    }
}

impl ScoreCandidates for TopMeanCosine {
    fn name(&self) -> &'static str {
        "top-mean-cosine"
    }

    fn score_all(
        &self,
        set: &TrainingSet<'_>,
        candidates: &Embeddings,
    ) -> Result<Vec<f64>, RankError> {
        by_similarities(set, candidates, |similarities| {
            let mut nearest = TopK::new(self.neighbors.max(1));
            for (row, similarity) in similarities.enumerate() {
                nearest.push(row, Score::new(similarity));
            }
            let nearest = nearest.into_sorted();
            let sum: f64 = (nearest.iter().map(|scored| f64::from(scored.score.get()))).sum();
            sum / nearest.len() as f64
        })
    }
}

/// Scores each candidate by its similarities to the liked papers.
fn by_similarities(
    set: &TrainingSet<'_>,
    candidates: &Embeddings,
    combine: impl Fn(&mut dyn Iterator<Item = f32>) -> f64 + Sync,
) -> Result<Vec<f64>, RankError> {
    check_set(set)?;
    check_dimension("candidates", set.likes.dimension(), candidates)?;
    let rows = candidates
        .as_slice()
        .par_chunks_exact(candidates.dimension());
    Ok(rows
        .map(|candidate| combine(&mut set.likes.rows().map(|like| dot(like, candidate))))
        .collect())
}

#[cfg(test)]
mod tests;
