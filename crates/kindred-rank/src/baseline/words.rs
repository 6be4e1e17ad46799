//! Rankers that read words alone.

use super::ScoreCandidates;
use crate::error::RankError;
use crate::papers::Papers;
use crate::solver::{Loss, Row as _, Sample, solve};
use crate::terms::{IdfRule, SparseRow, SparseRows, TermRows, TermRule, TermWeights, sparse_dot};
use crate::train::{TrainingSet, check_set};

/// arxiv-sanity-lite: a linear support vector machine on tf-idf, likes against every other paper
/// of the corpus, candidates included.
///
/// Words and pairs of words of five papers or more and of at most a tenth of all, the 20,000 most
/// frequent; `C = 0.01`, squared hinge, both classes of equal weight together. Dislikes are among
/// the other papers.
#[derive(Debug)]
pub(super) struct ArxivSanity;

const SVM_COST: f64 = 0.01;
const SVM_TOLERANCE: f64 = 1e-4;

impl ScoreCandidates for ArxivSanity {
    fn name(&self) -> &'static str {
        "arxiv-sanity-lite"
    }

    fn term_rule(&self) -> Option<TermRule> {
        Some(TermRule::ARXIV_SANITY)
    }

    fn score_all(
        &self,
        set: &TrainingSet<'_>,
        candidates: Papers<'_>,
    ) -> Result<Vec<f64>, RankError> {
        let rule = IdfRule {
            min_papers: 5,
            max_share: 0.1,
            max_terms: 20_000,
        };
        Ok(margins(terms(set, &candidates)?, rule))
    }
}

/// The decision values of the last part's papers, times 100, of the machine that separates the
/// first part from all others.
pub(super) fn margins(parts: [&TermRows; 4], rule: IdfRule) -> Vec<f64> {
    let weights = TermWeights::fit(&parts, rule);
    let rows = parts.map(|part| weights.weigh(part));
    let total: usize = rows.iter().map(SparseRows::len).sum();
    let positive = rows[0].len();
    let cost = |count: usize| SVM_COST * total as f64 / (2.0 * count as f64);
    let mut samples: Vec<Sample<SparseRow<'_>>> = Vec::with_capacity(total);
    for (part, rows) in rows.iter().enumerate() {
        samples.extend(rows.iter().map(|vector| Sample {
            vector,
            positive: part == 0,
            cost: cost(if part == 0 {
                positive
            } else {
                total - positive
            }),
        }));
    }
    let columns = rows.iter().map(SparseRows::columns).max().unwrap_or(0);
    let solution = solve(&samples, columns, Loss::SquaredHinge, SVM_TOLERANCE);
    let mut plane = vec![0.0; columns];
    SparseRow::accumulate(&samples, &solution.coefficients, &mut plane);
    (rows[3].iter())
        .map(|row| 100.0 * (sparse_dot(row, &plane) + solution.intercept))
        .collect()
}

/// BM25 with the words of all liked papers as the query, each word as often as liked papers hold
/// it (`k1 = 1.2`, `b = 0.75`; Robertson and Zaragoza, "The probabilistic relevance framework",
/// 2009).
#[derive(Debug)]
pub(super) struct Bm25FromLikes;

const SATURATION: f64 = 1.2;
const LENGTH_PART: f64 = 0.75;

impl ScoreCandidates for Bm25FromLikes {
    fn name(&self) -> &'static str {
        "bm25-likes"
    }

    fn term_rule(&self) -> Option<TermRule> {
        Some(TermRule {
            pairs: false,
            singular: false,
            any_script: true,
        })
    }

    fn score_all(
        &self,
        set: &TrainingSet<'_>,
        candidates: Papers<'_>,
    ) -> Result<Vec<f64>, RankError> {
        let [likes, _, background, candidates] = terms(set, &candidates)?;
        let collection = [background, candidates];
        let papers: usize = collection.iter().map(|rows| rows.len()).sum();
        let mut holding: Vec<u32> = Vec::new();
        for &(term, _) in collection.iter().flat_map(|rows| rows.iter()).flatten() {
            let term = term as usize;
            if term >= holding.len() {
                holding.resize(term + 1, 0);
            }
            holding[term] += 1;
        }
        let mut query = vec![0.0_f64; holding.len()];
        for &(term, _) in likes.iter().flatten() {
            if let Some(&held) = holding.get(term as usize) {
                let (held, papers) = (f64::from(held), papers as f64);
                query[term as usize] += ((papers - held + 0.5) / (held + 0.5)).ln_1p();
            }
        }
        let length =
            |row: &[(u32, u32)]| -> f64 { row.iter().map(|&(_, count)| f64::from(count)).sum() };
        let lengths = collection.iter().flat_map(|rows| rows.iter()).map(length);
        let mean_length = lengths.sum::<f64>() / papers.max(1) as f64;
        Ok((candidates.iter())
            .map(|row| {
                let relative = length(row) / mean_length.max(f64::MIN_POSITIVE);
                let norm = SATURATION * (1.0 - LENGTH_PART + LENGTH_PART * relative);
                (row.iter())
                    .map(|&(term, count)| {
                        let count = f64::from(count);
                        query[term as usize] * count * (SATURATION + 1.0) / (count + norm)
                    })
                    .sum()
            })
            .collect())
    }
}

/// The terms of likes, dislikes, background and candidates.
fn terms<'a>(
    set: &TrainingSet<'a>,
    candidates: &Papers<'a>,
) -> Result<[&'a TermRows; 4], RankError> {
    check_set(set)?;
    candidates.check("candidates", set.likes.vectors.dimension())?;
    let of =
        |part: &'static str, papers: &Papers<'a>| papers.terms.ok_or(RankError::NoTerms { part });
    Ok([
        of("liked papers", &set.likes)?,
        of("disliked papers", &set.dislikes)?,
        of("background papers", &set.background)?,
        of("candidates", candidates)?,
    ])
}
