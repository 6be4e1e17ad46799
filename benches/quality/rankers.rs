//! The rankers that protocols compare.

use clap::ValueEnum;
use kindred_rank::{
    Papers, RankError, RankOptions, ScoreCandidates, TermRule, TrainingSet, baselines,
};

/// Which rankers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Field {
    /// Kindred's and every baseline.
    Baselines,
    /// Kindred's, and the same without each of its parts.
    Ablation,
    /// Kindred's, and the same with other weights.
    Weights,
    /// Kindred's alone.
    Ours,
}

/// The product's ranker with other options, under its own name.
#[derive(Debug)]
struct Variant(RankOptions, &'static str);

impl ScoreCandidates for Variant {
    fn name(&self) -> &'static str {
        self.1
    }

    fn term_rule(&self) -> Option<TermRule> {
        self.0.term_rule()
    }

    fn score_all(
        &self,
        set: &TrainingSet<'_>,
        candidates: Papers<'_>,
    ) -> Result<Vec<f64>, RankError> {
        self.0.score_all(set, candidates)
    }
}

/// Kindred's ranker, changed.
fn variant(name: &'static str, change: &dyn Fn(&mut RankOptions)) -> Box<dyn ScoreCandidates> {
    let mut options = RankOptions::default();
    change(&mut options);
    Box::new(Variant(options, name))
}

/// Returns the rankers, Kindred's first.
pub(crate) fn rankers(field: Field) -> Vec<Box<dyn ScoreCandidates>> {
    let ours = RankOptions::default();
    let mut rankers: Vec<Box<dyn ScoreCandidates>> = vec![Box::new(ours)];
    match field {
        Field::Ours => {}
        Field::Baselines => rankers.extend(baselines()),
        Field::Weights => {
            rankers.push(variant("closeness 0.55", &|o| o.closeness_weight = 0.55));
            rankers.push(variant("closeness 1, words 0.8", &|o| {
                o.closeness_weight = 1.0;
                o.words_weight = 0.8;
            }));
            rankers.push(variant("commonness 0.6", &|o| o.commonness_weight = 0.6));
            rankers.push(variant("ten nearest likes", &|o| {
                o.closeness_neighbors = 10;
            }));
            rankers.push(variant("regularisation 100", &|o| o.regularisation = 100.0));
        }
        Field::Ablation => {
            rankers.push(variant("without closeness", &|o| o.closeness_weight = 0.0));
            rankers.push(variant("without commonness", &|o| {
                o.commonness_weight = 0.0;
            }));
            rankers.push(variant("without recency", &|o| {
                o.recency = 0.0;
                o.closeness_recency = 0.0;
            }));
            rankers.push(variant("without words", &|o| o.words_weight = 0.0));
            rankers.push(variant("regression alone", &|o| {
                o.closeness_weight = 0.0;
                o.commonness_weight = 0.0;
                o.words_weight = 0.0;
            }));
        }
    }
    rankers
}
