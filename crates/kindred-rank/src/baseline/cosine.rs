//! Means and maxima of cosines to the liked papers.

use kindred_core::{Embeddings, Score, TopK, dot, dot_exactly};
use rayon::prelude::*;

use super::{ScoreCandidates, check_vectors};
use crate::error::RankError;
use crate::papers::Papers;
use crate::train::TrainingSet;

/// zotero-arxiv-daily's score, ten times the weighted mean cosine to the library.
///
/// Its weights fall with the rank of a paper by the day it was added, `1 / (1 + log10(rank))`;
/// seeds without days weigh the same. It has no dislikes.
#[derive(Debug)]
pub(super) struct ZoteroArxivDaily;

impl ScoreCandidates for ZoteroArxivDaily {
    fn name(&self) -> &'static str {
        "zotero-arxiv-daily"
    }

    fn score_all(
        &self,
        set: &TrainingSet<'_>,
        candidates: Papers<'_>,
    ) -> Result<Vec<f64>, RankError> {
        check_vectors(set, &candidates)?;
        let weights = match set.newest_first {
            Some(order) => rank_weights(order),
            None => vec![1.0 / set.likes.len() as f64; set.likes.len()],
        };
        Ok(along(&combined(set.likes.vectors, &weights), candidates)
            .map(|score| 10.0 * score)
            .collect())
    }
}

/// `1 / (1 + log10(place))`, places from 1, for each liked paper; the sum is 1.
fn rank_weights(newest_first: &[usize]) -> Vec<f64> {
    let mut weights = vec![0.0; newest_first.len()];
    for (place, &like) in newest_first.iter().enumerate() {
        weights[like] = 1.0 / (1.0 + (place as f64 + 1.0).log10());
    }
    let sum: f64 = weights.iter().sum();
    weights.iter().map(|weight| weight / sum).collect()
}

/// Cosine to the mean of the liked papers.
#[derive(Debug)]
pub(super) struct Centroid;

impl ScoreCandidates for Centroid {
    fn name(&self) -> &'static str {
        "centroid"
    }

    fn score_all(
        &self,
        set: &TrainingSet<'_>,
        candidates: Papers<'_>,
    ) -> Result<Vec<f64>, RankError> {
        check_vectors(set, &candidates)?;
        let mean = mean_vector(set.likes.vectors);
        let length = mean.iter().map(|value| value * value).sum::<f64>().sqrt();
        let scale = if length > 0.0 { 1.0 / length } else { 0.0 };
        Ok(along(&mean, candidates)
            .map(|score| scale * score)
            .collect())
    }
}

/// Cosine to the closest liked paper.
#[derive(Debug)]
pub(super) struct MaxCosine;

impl ScoreCandidates for MaxCosine {
    fn name(&self) -> &'static str {
        "max-cosine"
    }

    fn score_all(
        &self,
        set: &TrainingSet<'_>,
        candidates: Papers<'_>,
    ) -> Result<Vec<f64>, RankError> {
        nearest_mean(set, candidates, 1)
    }
}

/// Mean cosine to the three closest liked papers.
#[derive(Debug)]
pub(super) struct TopMeanCosine;

impl ScoreCandidates for TopMeanCosine {
    fn name(&self) -> &'static str {
        "top-3-mean-cosine"
    }

    fn score_all(
        &self,
        set: &TrainingSet<'_>,
        candidates: Papers<'_>,
    ) -> Result<Vec<f64>, RankError> {
        nearest_mean(set, candidates, 3)
    }
}

fn nearest_mean(
    set: &TrainingSet<'_>,
    candidates: Papers<'_>,
    count: usize,
) -> Result<Vec<f64>, RankError> {
    check_vectors(set, &candidates)?;
    let likes = set.likes.vectors;
    let rows = (0..candidates.len()).into_par_iter();
    Ok(rows
        .map(|row| {
            let candidate = candidates.vectors.row(row);
            let mut nearest = TopK::new(count.min(likes.len()));
            for (like, vector) in likes.rows().enumerate() {
                nearest.push(like, Score::new(dot(vector, candidate)));
            }
            let nearest = nearest.into_sorted();
            let sum: f64 = nearest
                .iter()
                .map(|scored| f64::from(scored.score.get()))
                .sum();
            sum / nearest.len() as f64
        })
        .collect())
}

/// Rocchio's query: 0.75 times the mean of the liked papers less 0.15 times that of the disliked
/// ones (Rocchio 1971, with the weights of Manning, Raghavan and Schuetze, "Introduction to
/// information retrieval", section 9.1.1; there is no first query).
#[derive(Debug)]
pub(super) struct Rocchio;

impl ScoreCandidates for Rocchio {
    fn name(&self) -> &'static str {
        "rocchio"
    }

    fn score_all(
        &self,
        set: &TrainingSet<'_>,
        candidates: Papers<'_>,
    ) -> Result<Vec<f64>, RankError> {
        check_vectors(set, &candidates)?;
        Ok(along(&contrast(set, 0.75, 0.15), candidates).collect())
    }
}

/// `for_likes` times the mean of the liked papers less `against` times that of the disliked ones.
pub(super) fn contrast(set: &TrainingSet<'_>, for_likes: f64, against: f64) -> Vec<f64> {
    let mut query = mean_vector(set.likes.vectors);
    for value in &mut query {
        *value *= for_likes;
    }
    if !set.dislikes.is_empty() {
        let away = mean_vector(set.dislikes.vectors);
        for (value, other) in query.iter_mut().zip(away) {
            *value -= against * other;
        }
    }
    query
}

fn mean_vector(vectors: &Embeddings) -> Vec<f64> {
    combined(vectors, &vec![1.0 / vectors.len() as f64; vectors.len()])
}

fn combined(vectors: &Embeddings, weights: &[f64]) -> Vec<f64> {
    let mut sum = vec![0.0; vectors.dimension()];
    for (row, weight) in vectors.rows().zip(weights) {
        for (value, &component) in sum.iter_mut().zip(row) {
            *value += weight * f64::from(component);
        }
    }
    sum
}

/// Dot product of each candidate with `query`.
pub(super) fn along<'a>(
    query: &'a [f64],
    candidates: Papers<'a>,
) -> impl Iterator<Item = f64> + 'a {
    (candidates.vectors.rows()).map(move |row| dot_exactly(row, query))
}
