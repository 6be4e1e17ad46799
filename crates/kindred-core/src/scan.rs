//! The exact scan: every row compared, the best kept.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use rayon::prelude::*;

use crate::kernel::dot;
use crate::vector::{Embeddings, Score, UnitVector};

/// Rows of one task of a parallel scan; about a quarter of a megabyte at 256 dimensions.
const ROWS_PER_TASK: usize = 2_048;

/// A candidate with its score. Ordered by score, and among equals the smaller key is the greater,
/// so that the best of a set is its maximum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scored<K> {
    /// The score, larger is better.
    pub score: Score,
    /// What was scored.
    pub key: K,
}

impl<K: Ord> Ord for Scored<K> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.score
            .cmp(&other.score)
            .then_with(|| other.key.cmp(&self.key))
    }
}

impl<K: Ord> PartialOrd for Scored<K> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// Keeps the best `limit` of what is pushed; ties go to the smaller key.
#[derive(Debug, Clone)]
pub struct TopK<K: Ord> {
    limit: usize,
    worst_first: BinaryHeap<Reverse<Scored<K>>>,
}

impl<K: Ord + Copy> TopK<K> {
    /// Makes an empty selection of at most `limit`.
    pub fn new(limit: usize) -> Self {
        Self {
            limit,
            worst_first: BinaryHeap::new(),
        }
    }

    /// Offers a candidate.
    pub fn push(&mut self, key: K, score: Score) {
        let candidate = Reverse(Scored { score, key });
        if self.worst_first.len() < self.limit {
            self.worst_first.push(candidate);
        } else if let Some(mut worst) = self.worst_first.peek_mut()
            && candidate < *worst
        {
            *worst = candidate;
        }
    }

    /// Returns the worst score that is kept once the selection is full; what is below it would not
    /// be taken.
    pub fn worst(&self) -> Option<Score> {
        let is_full = self.worst_first.len() >= self.limit;
        let worst = self.worst_first.peek().filter(|_| is_full);
        worst.map(|Reverse(scored)| scored.score)
    }

    /// Takes over what another selection kept.
    pub fn merge(&mut self, other: Self) {
        for Reverse(scored) in other.worst_first {
            self.push(scored.key, scored.score);
        }
    }

    /// Returns the selection, best first.
    pub fn into_sorted(self) -> Vec<Scored<K>> {
        let mut kept: Vec<Scored<K>> = self
            .worst_first
            .into_iter()
            .map(|Reverse(scored)| scored)
            .collect();
        kept.sort_unstable_by(|a, b| b.cmp(a));
        kept
    }
}

/// Returns the `limit` rows of `vectors` closest to `query` among those that `accept` lets pass,
/// best first, ties by row.
///
/// Exact, in parallel; `O(rows * dimension)`.
///
/// # Panics
/// If the dimensions differ.
pub fn exact_top_k(
    query: &UnitVector,
    vectors: &Embeddings,
    limit: usize,
    accept: impl Fn(usize) -> bool + Sync,
) -> Vec<Scored<usize>> {
    assert_eq!(
        query.dimension(),
        vectors.dimension(),
        "vectors of one space"
    );
    let block = ROWS_PER_TASK * vectors.dimension();
    vectors
        .as_slice()
        .par_chunks(block)
        .enumerate()
        .map(|(task, rows)| {
            let mut best = TopK::new(limit);
            for (offset, row) in rows.chunks_exact(vectors.dimension()).enumerate() {
                let index = task * ROWS_PER_TASK + offset;
                if accept(index) {
                    best.push(index, Score::new(dot(query.as_slice(), row)));
                }
            }
            best
        })
        .reduce(
            || TopK::new(limit),
            |mut left, right| {
                left.merge(right);
                left
            },
        )
        .into_sorted()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn selection_equals_a_sort(
            scores in prop::collection::vec(-8i8..8, 0..200),
            limit in 0usize..20,
        ) {
            let mut best = TopK::new(limit);
            let mut all = Vec::new();
            for (key, &score) in scores.iter().enumerate() {
                let score = Score::new(f32::from(score) / 8.0);
                best.push(key, score);
                all.push(Scored { score, key });
            }
            all.sort_by(|a, b| b.score.cmp(&a.score).then(a.key.cmp(&b.key)));
            all.truncate(limit);
            prop_assert_eq!(best.into_sorted(), all);
        }

        #[test]
        fn scan_equals_a_sort_and_obeys_the_filter(
            numbers in prop::collection::vec(-1.0f32..1.0, 4 * 50),
            limit in 1usize..12,
        ) {
            let mut vectors = Embeddings::with_capacity(4, 50);
            for row in numbers.chunks_exact(4) {
                let row = UnitVector::new(row.to_vec());
                prop_assume!(row.is_ok());
                vectors.push(&row.unwrap()).unwrap();
            }
            let query = vectors.unit_vector(0);
            let found = exact_top_k(&query, &vectors, limit, |row| row % 3 != 0);
            let mut expected: Vec<Scored<usize>> = (0..50)
                .filter(|row| row % 3 != 0)
                .map(|row| Scored { score: Score::new(dot(query.as_slice(), vectors.row(row))), key: row })
                .collect();
            expected.sort_by(|a, b| b.cmp(a));
            expected.truncate(limit);
            prop_assert_eq!(found, expected);
        }
    }
}
