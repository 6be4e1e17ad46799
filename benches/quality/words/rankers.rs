//! Rankers on tf-idf rows.

use super::logistic::{Example, Plane};
use super::sparse::{Sparse, add_sparse, sparse_dot};

/// Papers of the background that logistic regression reads.
const BACKGROUND: usize = 1_000;
/// What a unit of loss costs against a background, and against papers that were refused.
const COST: f64 = 1.0;
const COST_OF_REFUSED: f64 = 10.0;

/// A way to score candidates by what is liked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WordRanker {
    /// Mean cosine to the liked papers.
    Mean,
    /// Cosine to the closest liked paper.
    Max,
    /// Mean cosine to the three closest liked papers.
    TopThree,
    /// Logistic regression, both classes of equal weight: against the refused papers alone
    /// (`C = 10`) where there are any, else against 1,000 papers of the background (`C = 1`).
    Logistic,
}

impl WordRanker {
    pub(crate) const ALL: [Self; 4] = [Self::Mean, Self::Max, Self::TopThree, Self::Logistic];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Mean => "tf-idf mean cosine",
            Self::Max => "tf-idf max cosine",
            Self::TopThree => "tf-idf top-3 mean cosine",
            Self::Logistic => "tf-idf logistic regression",
        }
    }

    /// Returns one score for each candidate: likes, refused papers and background are rows of
    /// `known`, at least one is liked.
    pub(crate) fn score(
        self,
        known: &Sparse,
        [likes, refused, background]: [&[usize]; 3],
        candidates: &[&[(u32, f32)]],
    ) -> Vec<f64> {
        match self {
            Self::Mean => {
                let mut sum = vec![0.0; known.columns()];
                for &row in likes {
                    add_sparse(known.row(row), 1.0 / likes.len() as f64, &mut sum);
                }
                (candidates.iter())
                    .map(|row| sparse_dot(row, &sum))
                    .collect()
            }
            Self::Max => nearest_mean(&known.gather(likes), candidates, 1),
            Self::TopThree => nearest_mean(&known.gather(likes), candidates, 3),
            Self::Logistic => {
                let (others, cost) = if refused.is_empty() {
                    (&background[..background.len().min(BACKGROUND)], COST)
                } else {
                    (refused, COST_OF_REFUSED)
                };
                let count = (likes.len() + others.len()) as f64;
                let examples: Vec<Example<'_>> = [(likes, true), (others, false)]
                    .into_iter()
                    .flat_map(|(rows, positive)| {
                        rows.iter().map(move |&row| Example {
                            row: known.row(row),
                            positive,
                            cost: cost * count / (2.0 * rows.len() as f64),
                        })
                    })
                    .collect();
                let plane = Plane::fit(&examples, known.columns());
                candidates.iter().map(|row| plane.margin(row)).collect()
            }
        }
    }
}

/// The mean of the `count` largest products with liked papers.
fn nearest_mean(likes: &Sparse, candidates: &[&[(u32, f32)]], count: usize) -> Vec<f64> {
    let by_term = likes.transposed();
    let count = count.min(likes.len());
    let mut cosines = vec![0.0_f32; likes.len()];
    (candidates.iter())
        .map(|row| {
            cosines.fill(0.0);
            for &(column, value) in *row {
                for &(like, own) in by_term.row(column as usize) {
                    cosines[like as usize] += value * own;
                }
            }
            cosines.select_nth_unstable_by(count - 1, |a, b| b.total_cmp(a));
            let largest = cosines[..count].iter().map(|&cosine| f64::from(cosine));
            largest.sum::<f64>() / count as f64
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> Sparse {
        let mut rows = Sparse::new(4);
        rows.push([(0, 1.0)]);
        rows.push([(0, 0.6), (1, 0.8)]);
        rows.push([(1, 1.0)]);
        rows.push([(2, 1.0)]);
        rows.push([(3, 1.0)]);
        rows
    }

    #[test]
    fn cosines_are_averaged_as_the_name_says() {
        let known = known();
        let candidates: Vec<&[(u32, f32)]> = known.iter().collect();
        let rows: [&[usize]; 3] = [&[0, 1, 2, 3], &[], &[4]];
        let scores = |ranker: WordRanker| ranker.score(&known, rows, &candidates)[1];
        // To row 1: 0.6, 1, 0.8 and 0.
        assert!((scores(WordRanker::Mean) - 0.6).abs() < 1e-6);
        assert!((scores(WordRanker::Max) - 1.0).abs() < 1e-6);
        assert!((scores(WordRanker::TopThree) - 0.8).abs() < 1e-6);
        let one = WordRanker::TopThree.score(&known, [&[0], &[], &[]], &candidates);
        assert!((one[1] - 0.6).abs() < 1e-6, "with fewer than three likes");
    }

    #[test]
    fn regression_learns_from_what_is_refused_before_the_background() {
        let known = known();
        let candidates: Vec<&[(u32, f32)]> = known.iter().collect();
        let against = |refused: &[usize], background: &[usize]| {
            WordRanker::Logistic.score(&known, [&[0], refused, background], &candidates)
        };
        let by_background = against(&[], &[3, 4]);
        assert!(by_background[0] > by_background[1] && by_background[1] > by_background[2]);
        assert!(by_background[2] > by_background[3]);
        let by_refused = against(&[2], &[3, 4]);
        assert!(by_refused[3] > by_refused[2]);
        assert!(
            (by_refused[3] - by_refused[4]).abs() < 1e-9,
            "the background is not read"
        );
    }
}
