//! The rankers that protocols compare.

use std::sync::Arc;

use clap::ValueEnum;
use kindred_rank::{
    Papers, RankError, RankOptions, ScoreCandidates, Space, TermRule, TrainingSet, baselines,
};

use crate::pool::Pool;
use crate::source::Source;
use crate::words::{WordModel, WordRanker};

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

/// A ranker of vectors and terms, or one of tf-idf rows.
#[derive(Debug)]
pub(crate) enum Ranking {
    Papers(Box<dyn ScoreCandidates>),
    Words(WordRanker),
}

/// What a ranker learns from: rows of a pool, at least one liked.
#[derive(Debug)]
pub(crate) struct Rated<'a> {
    pub(crate) pool: &'a Pool,
    pub(crate) likes: &'a [usize],
    pub(crate) dislikes: &'a [usize],
    pub(crate) background: &'a [usize],
    pub(crate) space: Option<&'a Arc<Space>>,
    pub(crate) newest_first: Option<&'a [usize]>,
}

impl Ranking {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Papers(ranker) => ranker.name(),
            Self::Words(ranker) => ranker.name(),
        }
    }

    pub(crate) fn term_rule(&self) -> Option<TermRule> {
        match self {
            Self::Papers(ranker) => ranker.term_rule(),
            Self::Words(_) => None,
        }
    }

    /// Names the ranker with its options.
    pub(crate) fn key(&self) -> String {
        match self {
            Self::Papers(ranker) => format!("{ranker:?}"),
            Self::Words(ranker) => format!("{ranker:?}"),
        }
    }

    /// Returns one score for each candidate, larger is better; without rows, all of the pool are
    /// candidates.
    pub(crate) fn score(
        &self,
        rated: &Rated<'_>,
        candidates: (&Pool, Option<&[usize]>),
    ) -> Vec<f64> {
        let (pool, rows) = candidates;
        match self {
            Self::Papers(ranker) => {
                let rule = ranker.term_rule();
                let [likes, dislikes, background] = [rated.likes, rated.dislikes, rated.background]
                    .map(|rows| rated.pool.gather(rows, rule));
                let set = TrainingSet {
                    likes: likes.papers(),
                    dislikes: dislikes.papers(),
                    background: background.papers(),
                    space: rated.space,
                    newest_first: rated.newest_first,
                };
                let scores = match rows {
                    None => ranker.score_all(&set, pool.all(rule)),
                    Some(rows) => ranker.score_all(&set, pool.gather(rows, rule).papers()),
                };
                scores.expect("every question has a liked paper")
            }
            Self::Words(ranker) => {
                let words = pool.words();
                let candidates: Vec<&[(u32, f32)]> = match rows {
                    None => words.iter().collect(),
                    Some(rows) => rows.iter().map(|&row| words.row(row)).collect(),
                };
                let rows = [rated.likes, rated.dislikes, rated.background];
                ranker.score(rated.pool.words(), rows, &candidates)
            }
        }
    }
}

/// Returns the rankers that go with a source: of vectors those of the field, Kindred's first.
pub(crate) fn rankers(field: Field, source: &Source<'_>) -> Vec<Ranking> {
    match source {
        Source::Encoder(_) | Source::Words(WordModel::Lsa) => vector_rankers(field)
            .into_iter()
            .map(Ranking::Papers)
            .collect(),
        Source::Words(WordModel::TfIdf) => WordRanker::ALL.map(Ranking::Words).into(),
        Source::Words(WordModel::Bm25) => Vec::new(),
    }
}

fn vector_rankers(field: Field) -> Vec<Box<dyn ScoreCandidates>> {
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
