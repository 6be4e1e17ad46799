//! The words that an arrival shares with the liked papers, as evidence.
//!
//! Papers are tf-idf vectors of words and pairs of words. Short texts say little: each vector is
//! shortened by `r = terms / (terms + 100)`, and all words weigh by twice the square of the mean
//! `r` of the background, at most 1: in a library of titles they hardly count.

use kindred_core::{Score, TopK};

use crate::papers::Papers;
use crate::terms::{IdfRule, SparseRow, SparseRows, TermRows, TermWeights, sparse_dot};

/// Terms of a text at which its words count half of what a very long text's do.
const HALF_TERMS: f64 = 100.0;
/// What the mean of all likes counts beside the nearest likes.
const CENTROID_PART: f64 = 1.0;
/// Background papers whose words are read, the first ones.
pub(crate) const BACKGROUND_TERMS: usize = 1_000;
/// Nearest likes by words.
const NEIGHBORS: usize = 3;
/// Share of the background whose words are closest, by which the scale is set.
const TAIL: f64 = 0.02;
/// How far the highest 2 % of a normal distribution lie above its mean, on average, in standard
/// deviations.
const NORMAL_TAIL: f64 = 2.42;

/// Columns of the liked papers' terms, and the likes in them.
#[derive(Debug, Clone)]
pub(crate) struct WordEvidence {
    weights: TermWeights,
    /// Column of each term, `u32::MAX` for none.
    columns: Vec<u32>,
    /// Term of each column.
    terms: Vec<u32>,
    likes: SparseRows,
    /// `(like, value)` by column.
    postings: Vec<Vec<(u32, f32)>>,
    centroid: Vec<f64>,
    /// Score for each unit of similarity to the centroid and to the nearest likes.
    centroid_weight: f64,
    nearest_weight: f64,
    /// Contribution of the typical background paper.
    typical: f64,
}

/// What the words of one candidate say.
#[derive(Debug, Clone)]
struct Reading {
    centroid: f64,
    /// Nearest likes by words with their similarities, nearest first.
    nearest: Vec<(usize, f64)>,
    row: SparseRows,
}

impl WordEvidence {
    /// Reads the words of likes and background; `None` where either has none.
    pub(crate) fn fit(likes: &Papers<'_>, background: &Papers<'_>, scale: &Scale) -> Option<Self> {
        let (like_terms, background_terms) = (likes.terms?, background.terms?);
        let first: Vec<usize> = (0..background_terms.len().min(BACKGROUND_TERMS)).collect();
        let background_terms = &background_terms.gather(&first);
        let weights = TermWeights::fit(&[like_terms, background_terms], IdfRule::default());
        let mut terms: Vec<u32> = like_terms.iter().flatten().map(|&(term, _)| term).collect();
        terms.sort_unstable();
        terms.dedup();
        let mut columns = vec![u32::MAX; terms.last().map_or(0, |&term| term as usize + 1)];
        for (&term, column) in terms.iter().zip(0..) {
            columns[term as usize] = column;
        }
        let mut evidence = Self {
            weights,
            columns,
            likes: SparseRows::default(),
            postings: vec![Vec::new(); terms.len()],
            centroid: vec![0.0; terms.len()],
            terms,
            centroid_weight: 0.0,
            nearest_weight: 0.0,
            typical: 0.0,
        };
        evidence.likes = evidence.weigh(like_terms);
        for (like, row) in evidence.likes.iter().enumerate() {
            for &(column, value) in row {
                let position = column as usize;
                evidence.centroid[position] += f64::from(value) / like_terms.len() as f64;
                let like = u32::try_from(like).expect("fewer than four billion likes");
                evidence.postings[position].push((like, value));
            }
        }
        evidence.set_scale(background_terms, scale);
        Some(evidence)
    }

    /// Vectors of papers in the likes' columns, shortened by how little text they have.
    fn weigh(&self, rows: &TermRows) -> SparseRows {
        let mut weighed = self.weights.weigh_within(rows, |term| self.column(term));
        weighed.scale_rows(rows.iter().map(|row| reliability(row.len())));
        weighed
    }

    fn column(&self, term: u32) -> Option<u32> {
        let column = self.columns.get(term as usize).copied();
        column.filter(|&column| column != u32::MAX)
    }

    /// Puts words on the scale of the regression's score, as [`Scale`] says, by the background.
    fn set_scale(&mut self, background: &TermRows, scale: &Scale) {
        let rows = self.weigh(background);
        let (mut centroids, mut nearest) = (Vec::new(), Vec::new());
        for row in rows.iter() {
            centroids.push(sparse_dot(row, &self.centroid));
            nearest.push(mean(
                self.nearest(row).iter().map(|&(_, similarity)| similarity),
            ));
        }
        let reliable = mean(background.iter().map(|row| reliability(row.len())));
        let trust = (2.0 * reliable * reliable).min(1.0);
        let weight = |values: &[f64], part: f64| {
            let typical = mean(values.iter().copied());
            let spread = (tail_mean(values) - typical) / NORMAL_TAIL;
            (
                typical,
                part * trust * scale.per_spread(values.len(), spread),
            )
        };
        let (centroid, centroid_weight) = weight(&centroids, CENTROID_PART);
        let (near, nearest_weight) = weight(&nearest, 1.0);
        (self.centroid_weight, self.nearest_weight) = (centroid_weight, nearest_weight);
        self.typical = centroid_weight * centroid + nearest_weight * near;
    }

    fn nearest(&self, row: SparseRow<'_>) -> Vec<(usize, f64)> {
        let mut similarities = vec![0.0_f32; self.likes.len()];
        for &(column, value) in row {
            for &(like, other) in &self.postings[column as usize] {
                similarities[like as usize] += value * other;
            }
        }
        let mut nearest = TopK::new(NEIGHBORS.min(similarities.len()));
        for (like, similarity) in similarities.into_iter().enumerate() {
            nearest.push(like, Score::new(similarity));
        }
        let sorted = nearest.into_sorted().into_iter();
        sorted
            .map(|scored| (scored.key, f64::from(scored.score.get())))
            .collect()
    }

    fn read(&self, terms: &[(u32, u32)]) -> Reading {
        let row = self.weigh(&TermRows::of_one(terms));
        Reading {
            centroid: sparse_dot(row.row(0), &self.centroid),
            nearest: self.nearest(row.row(0)),
            row,
        }
    }

    /// The words' part of a score, 0 for the typical background paper.
    pub(crate) fn score(&self, terms: &[(u32, u32)]) -> f64 {
        let reading = self.read(terms);
        let nearest = mean(reading.nearest.iter().map(|&(_, similarity)| similarity));
        self.centroid_weight * reading.centroid + self.nearest_weight * nearest - self.typical
    }

    /// Takes the words' part apart: `(term, share)`, largest first, ties by term; and the constant
    /// that is left, so that shares and constant add up to [`score`](Self::score).
    pub(crate) fn explain(&self, terms: &[(u32, u32)]) -> (Vec<(u32, f64)>, f64) {
        let reading = self.read(terms);
        let each = self.nearest_weight / reading.nearest.len().max(1) as f64;
        let near: Vec<u32> = (reading.nearest.iter())
            .map(|&(like, _)| u32::try_from(like).expect("fewer than four billion likes"))
            .collect();
        let mut shares: Vec<(u32, f64)> = (reading.row.row(0).iter())
            .map(|&(column, value)| {
                let position = column as usize;
                let postings = self.postings[position].iter();
                let close: f64 = postings
                    .filter(|(like, _)| near.contains(like))
                    .map(|&(_, other)| f64::from(other))
                    .sum();
                let weight = self.centroid_weight * self.centroid[position] + each * close;
                (self.terms[position], f64::from(value) * weight)
            })
            .filter(|&(_, share)| share > 0.0)
            .collect();
        shares.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        (shares, -self.typical)
    }
}

/// How a part of the score is scaled: in spreads of itself for each spread of the regression.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scale {
    /// Standard deviation of the regression's score among background papers.
    pub(crate) score_spread: f64,
    /// Score for a unit of similarity where there is too little background to tell.
    pub(crate) unscaled: f64,
    /// The option's weight.
    pub(crate) weight: f64,
}

/// Fewer background papers than this give no usable spread.
const MIN_SPREAD_SAMPLE: usize = 30;

impl Scale {
    /// Score for one unit, given that `count` background papers spread by `spread`.
    pub(crate) fn per_spread(&self, count: usize, spread: f64) -> f64 {
        if count >= MIN_SPREAD_SAMPLE && spread > f64::EPSILON && self.score_spread > 0.0 {
            self.weight * self.score_spread / spread
        } else {
            self.weight * self.unscaled
        }
    }
}

fn reliability(terms: usize) -> f64 {
    terms as f64 / (terms as f64 + HALF_TERMS)
}

/// Mean of the highest 2 % of the values, three at least.
fn tail_mean(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(|a, b| b.total_cmp(a));
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share of a length"
    )]
    let count = ((values.len() as f64 * TAIL) as usize).max(3);
    mean(sorted.into_iter().take(count))
}

pub(crate) fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (count, sum) = values.fold((0_usize, 0.0), |(count, sum), value| {
        (count + 1, sum + value)
    });
    sum / count.max(1) as f64
}
