//! Tf-idf weights.

use super::rows::TermRows;

/// Which terms have a weight, and how rare they are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct IdfRule {
    /// Terms of fewer papers have no weight. Default 1.
    pub min_papers: u32,
    /// Terms of a larger share of the papers have no weight. Default 1.
    pub max_share: f64,
    /// Most terms that have a weight, those that occur most often first, equal ones by number.
    /// Default: no bound.
    pub max_terms: usize,
}

impl Default for IdfRule {
    fn default() -> Self {
        Self {
            min_papers: 1,
            max_share: 1.0,
            max_terms: usize::MAX,
        }
    }
}

/// The weight of each term by how many papers of a sample hold it.
#[derive(Debug, Clone)]
pub struct TermWeights {
    /// By term; 0 for terms without a weight.
    idf: Vec<f32>,
    /// Of terms that the sample does not hold.
    unseen: f32,
}

impl TermWeights {
    /// Weighs terms by a sample of papers: `ln((1 + papers) / (1 + papers with the term)) + 1`
    /// (scikit-learn's smoothed form).
    ///
    /// Terms that the sample does not hold weigh as much as if one more paper held none but them,
    /// where the rule has no lower bound; else nothing.
    pub fn fit(sample: &[&TermRows], rule: IdfRule) -> Self {
        let papers: usize = sample.iter().map(|rows| rows.len()).sum();
        let terms = (sample.iter())
            .flat_map(|rows| rows.iter())
            .filter_map(|row| row.last())
            .map(|&(term, _)| term as usize + 1)
            .max()
            .unwrap_or(0);
        let mut holding = vec![0_u32; terms];
        let mut occurring = vec![0_u64; terms];
        for &(term, count) in sample.iter().flat_map(|rows| rows.iter()).flatten() {
            holding[term as usize] += 1;
            occurring[term as usize] += u64::from(count);
        }
        let weight = |held: u32| ((1.0 + papers as f64) / (1.0 + f64::from(held))).ln() + 1.0;
        let most = rule.max_share * papers as f64;
        let mut kept: Vec<usize> = (0..terms)
            .filter(|&term| {
                let held = holding[term];
                held > 0 && held >= rule.min_papers && f64::from(held) <= most
            })
            .collect();
        if kept.len() > rule.max_terms {
            kept.sort_by_key(|&term| (std::cmp::Reverse(occurring[term]), term));
            kept.truncate(rule.max_terms);
        }
        let mut idf = vec![0.0; terms];
        let is_open = rule.min_papers <= 1 && rule.max_terms == usize::MAX;
        let unseen = if is_open { narrow(weight(0)) } else { 0.0 };
        for (weight, &held) in idf.iter_mut().zip(&holding) {
            if held == 0 {
                *weight = unseen;
            }
        }
        for term in kept {
            idf[term] = narrow(weight(holding[term]));
        }
        Self { idf, unseen }
    }

    /// Returns the weight of a term.
    pub fn idf(&self, term: u32) -> f32 {
        self.idf.get(term as usize).copied().unwrap_or(self.unseen)
    }

    /// Returns `(1 + ln count) * idf` of the terms of each paper, scaled to length 1.
    pub(crate) fn weigh(&self, rows: &TermRows) -> SparseRows {
        self.weigh_within(rows, Some)
    }

    /// As [`weigh`](Self::weigh), but keeps only the terms that `column` has a number for, under
    /// that number; lengths are those of the whole rows. Columns must ascend with terms.
    pub(crate) fn weigh_within(
        &self,
        rows: &TermRows,
        column: impl Fn(u32) -> Option<u32>,
    ) -> SparseRows {
        let mut weighed = SparseRows::default();
        for row in rows.iter() {
            let mut square = 0.0_f64;
            let start = weighed.values.len();
            for &(term, count) in row {
                let idf = self.idf(term);
                if idf > 0.0 {
                    let frequency = if count == 1 {
                        1.0
                    } else {
                        1.0 + narrow(f64::from(count).ln())
                    };
                    let value = frequency * idf;
                    square += f64::from(value * value);
                    if let Some(column) = column(term) {
                        weighed.values.push((column, value));
                    }
                }
            }
            let length = narrow(square.sqrt());
            for (_, value) in &mut weighed.values[start..] {
                *value /= length;
            }
            weighed.ends.push(weighed.values.len());
        }
        weighed
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "seven digits are enough for a weight"
)]
fn narrow(value: f64) -> f32 {
    value as f32
}

/// A paper as `(column, value)`, columns ascending.
pub(crate) type SparseRow<'a> = &'a [(u32, f32)];

/// Papers as sparse vectors.
#[derive(Debug, Clone)]
pub(crate) struct SparseRows {
    ends: Vec<usize>,
    values: Vec<(u32, f32)>,
}

impl Default for SparseRows {
    fn default() -> Self {
        Self {
            ends: vec![0],
            values: Vec::new(),
        }
    }
}

impl SparseRows {
    pub(crate) fn len(&self) -> usize {
        self.ends.len() - 1
    }

    pub(crate) fn row(&self, row: usize) -> SparseRow<'_> {
        &self.values[self.ends[row]..self.ends[row + 1]]
    }

    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = SparseRow<'_>> {
        (0..self.len()).map(|row| self.row(row))
    }

    /// Multiplies each row by its factor.
    pub(crate) fn scale_rows(&mut self, factors: impl Iterator<Item = f64>) {
        let mut start = 0;
        for (&end, factor) in self.ends[1..].iter().zip(factors) {
            for (_, value) in &mut self.values[start..end] {
                *value *= narrow(factor);
            }
            start = end;
        }
    }

    /// One more than the largest column.
    pub(crate) fn columns(&self) -> usize {
        let largest = self.values.iter().map(|&(column, _)| column as usize + 1);
        largest.max().unwrap_or(0)
    }
}

/// Dot product of a sparse row and dense weights.
pub(crate) fn sparse_dot(row: SparseRow<'_>, weights: &[f64]) -> f64 {
    row.iter()
        .map(|&(column, value)| f64::from(value) * weights[column as usize])
        .sum()
}
