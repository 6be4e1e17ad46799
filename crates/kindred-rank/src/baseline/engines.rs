//! The `recommend` strategies of the vector engine Qdrant.

use kindred_core::{Embeddings, dot};

use super::cosine::{along, contrast};
use super::{ScoreCandidates, check_vectors};
use crate::error::RankError;
use crate::papers::Papers;
use crate::train::TrainingSet;

/// `average_vector`: one query, twice the mean of the liked papers less the mean of the disliked
/// ones; without dislikes the mean of the liked ones.
#[derive(Debug)]
pub(super) struct AverageVector;

impl ScoreCandidates for AverageVector {
    fn name(&self) -> &'static str {
        "qdrant-average"
    }

    fn score_all(
        &self,
        set: &TrainingSet<'_>,
        candidates: Papers<'_>,
    ) -> Result<Vec<f64>, RankError> {
        check_vectors(set, &candidates)?;
        let weight = if set.dislikes.is_empty() { 1.0 } else { 2.0 };
        Ok(along(&contrast(set, weight, 1.0), candidates).collect())
    }
}

/// `best_score`: the similarity to the closest liked paper, or minus that to the closest disliked
/// paper where it is closer; squashed as the engine's source does.
#[derive(Debug)]
pub(super) struct BestScore;

impl ScoreCandidates for BestScore {
    fn name(&self) -> &'static str {
        "qdrant-best-score"
    }

    fn score_all(
        &self,
        set: &TrainingSet<'_>,
        candidates: Papers<'_>,
    ) -> Result<Vec<f64>, RankError> {
        check_vectors(set, &candidates)?;
        let squash = |x: f64| 0.5 * (x / (1.0 + x.abs()) + 1.0);
        Ok((candidates.vectors.rows())
            .map(|candidate| {
                let liked = similarities(set.likes.vectors, candidate).fold(-1.0, f64::max);
                let disliked =
                    similarities(set.dislikes.vectors, candidate).fold(f64::NEG_INFINITY, f64::max);
                if liked > disliked {
                    squash(liked)
                } else {
                    -squash(disliked)
                }
            })
            .collect())
    }
}

/// `sum_scores`: the similarities to the liked papers less those to the disliked ones, added up.
#[derive(Debug)]
pub(super) struct SumScores;

impl ScoreCandidates for SumScores {
    fn name(&self) -> &'static str {
        "qdrant-sum-scores"
    }

    fn score_all(
        &self,
        set: &TrainingSet<'_>,
        candidates: Papers<'_>,
    ) -> Result<Vec<f64>, RankError> {
        check_vectors(set, &candidates)?;
        Ok((candidates.vectors.rows())
            .map(|candidate| {
                similarities(set.likes.vectors, candidate).sum::<f64>()
                    - similarities(set.dislikes.vectors, candidate).sum::<f64>()
            })
            .collect())
    }
}

fn similarities<'a>(
    vectors: &'a Embeddings,
    candidate: &'a [f32],
) -> impl Iterator<Item = f64> + 'a {
    vectors
        .rows()
        .map(|vector| f64::from(dot(vector, candidate)))
}
