//! The rankers of other programs and the simple ones of the literature, under one trait, each from
//! its formula; to measure against.

mod cosine;
mod engines;
mod regression;
mod words;

use crate::error::RankError;
use crate::papers::Papers;
use crate::terms::TermRule;
use crate::train::{RankOptions, TrainingSet, check_set, train};

/// A way to score candidates against a set, selectable and benchmarked.
pub trait ScoreCandidates: Send + Sync + std::fmt::Debug {
    /// Returns the name under which it is selected and printed.
    fn name(&self) -> &'static str;

    /// Returns what it reads terms by; `None` where it reads vectors alone.
    fn term_rule(&self) -> Option<TermRule> {
        None
    }

    /// Returns one score for each candidate, in their order; larger is better.
    ///
    /// # Errors
    /// [`RankError::NoLikes`], [`RankError::Dimension`] and [`RankError::Terms`] where papers do
    /// not fit together, [`RankError::NoTerms`] where it needs terms and finds none, and what
    /// training refuses.
    fn score_all(
        &self,
        set: &TrainingSet<'_>,
        candidates: Papers<'_>,
    ) -> Result<Vec<f64>, RankError>;
}

/// Kindred's own ranker with these options.
impl ScoreCandidates for RankOptions {
    fn name(&self) -> &'static str {
        "kindred"
    }

    fn term_rule(&self) -> Option<TermRule> {
        (self.words_weight > 0.0).then(TermRule::default)
    }

    fn score_all(
        &self,
        set: &TrainingSet<'_>,
        candidates: Papers<'_>,
    ) -> Result<Vec<f64>, RankError> {
        let scored = train(set, self)?.score_all(candidates)?;
        Ok(scored.into_iter().map(|ranked| ranked.score).collect())
    }
}

/// Returns every baseline, in the order of tables.
///
/// # Examples
/// ```
/// let names: Vec<&str> = kindred_rank::baselines().iter().map(|ranker| ranker.name()).collect();
/// assert!(names.contains(&"zotero-arxiv-daily"));
/// ```
pub fn baselines() -> Vec<Box<dyn ScoreCandidates>> {
    vec![
        Box::new(words::ArxivSanity),
        Box::new(cosine::ZoteroArxivDaily),
        Box::new(cosine::Centroid),
        Box::new(cosine::MaxCosine),
        Box::new(cosine::TopMeanCosine),
        Box::new(cosine::Rocchio),
        Box::new(engines::AverageVector),
        Box::new(engines::BestScore),
        Box::new(engines::SumScores),
        Box::new(words::Bm25FromLikes),
        Box::new(regression::PlainRegression),
        Box::new(regression::ScholarInbox),
    ]
}

/// Checks the input of a ranker that reads vectors.
fn check_vectors(set: &TrainingSet<'_>, candidates: &Papers<'_>) -> Result<(), RankError> {
    check_set(set)?;
    candidates.check("candidates", set.likes.vectors.dimension())
}

#[cfg(test)]
mod tests;
