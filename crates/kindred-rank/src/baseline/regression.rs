//! Logistic regressions on vectors alone.

use kindred_core::dot_exactly;

use super::{ScoreCandidates, check_vectors};
use crate::error::RankError;
use crate::papers::Papers;
use crate::solver::{Loss, Sample, accumulate, solve};
use crate::train::{RankOptions, TrainingSet, weighted_samples};

const TOLERANCE: f64 = 1e-6;

/// Logistic regression of likes against dislikes and background, every paper of weight `C = 1`,
/// as scikit-learn's defaults are.
#[derive(Debug)]
pub(super) struct PlainRegression;

impl ScoreCandidates for PlainRegression {
    fn name(&self) -> &'static str {
        "logistic-regression"
    }

    fn score_all(
        &self,
        set: &TrainingSet<'_>,
        candidates: Papers<'_>,
    ) -> Result<Vec<f64>, RankError> {
        check_vectors(set, &candidates)?;
        let mut samples = weighted_samples(set, &RankOptions::default());
        for sample in &mut samples {
            sample.cost = 1.0;
        }
        Ok(scores(&samples, candidates))
    }
}

/// Scholar Inbox's regression: its weights of likes, dislikes and background (the defaults of
/// [`RankOptions`]), its `C`, and nothing else.
#[derive(Debug)]
pub(super) struct ScholarInbox;

impl ScoreCandidates for ScholarInbox {
    fn name(&self) -> &'static str {
        "scholar-inbox"
    }

    fn score_all(
        &self,
        set: &TrainingSet<'_>,
        candidates: Papers<'_>,
    ) -> Result<Vec<f64>, RankError> {
        check_vectors(set, &candidates)?;
        Ok(scores(
            &weighted_samples(
                &TrainingSet {
                    newest_first: None,
                    ..*set
                },
                &RankOptions::default(),
            ),
            candidates,
        ))
    }
}

fn scores(samples: &[Sample<&[f32]>], candidates: Papers<'_>) -> Vec<f64> {
    let dimension = candidates.vectors.dimension();
    let solution = solve(samples, dimension, Loss::Logistic, TOLERANCE);
    let mut weights = vec![0.0; dimension];
    accumulate(samples, &solution.coefficients, &mut weights);
    (candidates.vectors.rows())
        .map(|row| dot_exactly(row, &weights) + solution.intercept)
        .collect()
}
