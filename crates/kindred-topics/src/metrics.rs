//! How well two partitions of the same papers agree, how good the terms of topics are, and what a
//! layout keeps.
//!
//! A partition is given by the group of each paper; names of groups mean nothing.

mod coherence;
mod neighborhood;

use std::collections::BTreeMap;

pub use coherence::{npmi_coherence, topic_diversity};
pub use neighborhood::{neighbor_preservation, trustworthiness};

/// Counts of papers by pair of groups.
struct Table {
    cells: BTreeMap<(u32, u32), u64>,
    rows: Vec<u64>,
    columns: Vec<u64>,
    total: u64,
}

impl Table {
    fn new(left: &[u32], right: &[u32]) -> Self {
        assert_eq!(left.len(), right.len(), "partitions of the same papers");
        let mut cells: BTreeMap<(u32, u32), u64> = BTreeMap::new();
        let (mut rows, mut columns) = (BTreeMap::new(), BTreeMap::new());
        for (&a, &b) in left.iter().zip(right) {
            *cells.entry((a, b)).or_default() += 1;
            *rows.entry(a).or_default() += 1;
            *columns.entry(b).or_default() += 1;
        }
        Self {
            cells,
            rows: rows.into_values().collect(),
            columns: columns.into_values().collect(),
            total: left.len() as u64,
        }
    }

    /// Whether the partitions are equal up to names.
    fn is_equal(&self) -> bool {
        self.cells.len() == self.rows.len() && self.cells.len() == self.columns.len()
    }

    /// Mutual information in nats.
    fn information(&self) -> f64 {
        entropy(&self.rows, self.total) + entropy(&self.columns, self.total)
            - entropy(
                &self.cells.values().copied().collect::<Vec<_>>(),
                self.total,
            )
    }
}

/// Entropy of groups of these sizes, in nats.
fn entropy(sizes: &[u64], total: u64) -> f64 {
    let total = total as f64;
    let shares = sizes.iter().map(|&size| size as f64 / total);
    -shares.map(|share| share * share.ln()).sum::<f64>()
}

/// Adjusted Rand index (Hubert and Arabie 1985): 1 for equal partitions, 0 on average for
/// independent ones, at least -1.
///
/// # Panics
/// If the lengths differ.
pub fn adjusted_rand_index(left: &[u32], right: &[u32]) -> f64 {
    let table = Table::new(left, right);
    let pairs = |sizes: &mut dyn Iterator<Item = u64>| -> f64 {
        sizes
            .map(|size| size as f64 * (size as f64 - 1.0) / 2.0)
            .sum()
    };
    let together = pairs(&mut table.cells.values().copied());
    let (rows, columns) = (
        pairs(&mut table.rows.iter().copied()),
        pairs(&mut table.columns.iter().copied()),
    );
    let all = pairs(&mut std::iter::once(table.total));
    let expected = if all > 0.0 { rows * columns / all } else { 0.0 };
    let largest = f64::midpoint(rows, columns);
    if table.is_equal() || (largest - expected).abs() < f64::EPSILON {
        1.0
    } else {
        (together - expected) / (largest - expected)
    }
}

/// V-measure (Rosenberg and Hirschberg 2007): harmonic mean of homogeneity and completeness, in
/// `[0, 1]`; the same as mutual information over the mean of both entropies.
///
/// # Panics
/// If the lengths differ.
pub fn v_measure(left: &[u32], right: &[u32]) -> f64 {
    let table = Table::new(left, right);
    let sum = entropy(&table.rows, table.total) + entropy(&table.columns, table.total);
    if table.is_equal() || sum <= 0.0 {
        1.0
    } else {
        (2.0 * table.information() / sum).clamp(0.0, 1.0)
    }
}

/// Adjusted mutual information (Vinh, Epps and Bailey, JMLR 2010) with the mean of the entropies
/// as its largest value: 1 for equal partitions, 0 on average for independent ones.
///
/// `O(rows * columns * size)` for the expected value under permutation.
///
/// # Panics
/// If the lengths differ.
pub fn adjusted_mutual_information(left: &[u32], right: &[u32]) -> f64 {
    let table = Table::new(left, right);
    let is_trivial = |groups: &[u64]| groups.len() <= 1;
    if table.is_equal() || (is_trivial(&table.rows) && is_trivial(&table.columns)) {
        return 1.0;
    }
    let mean = f64::midpoint(
        entropy(&table.rows, table.total),
        entropy(&table.columns, table.total),
    );
    let expected = expected_information(&table);
    (table.information() - expected) / (mean - expected)
}

/// The mean mutual information of partitions with these sizes, over all permutations
/// (hypergeometric model of Vinh et al., equation 24a).
fn expected_information(table: &Table) -> f64 {
    let total = table.total;
    let mut log_factorials = vec![0.0_f64];
    let mut sum = 0.0;
    for number in 1..=total {
        sum += (number as f64).ln();
        log_factorials.push(sum);
    }
    let log_factorial =
        |number: u64| log_factorials[usize::try_from(number).expect("counts fit in memory")];
    // Equal sizes give equal terms: compute each pair of sizes once.
    let (rows, columns) = (counted(&table.rows), counted(&table.columns));
    let mut expected = 0.0;
    for (&a, &repeated_a) in &rows {
        for (&b, &repeated_b) in &columns {
            let common = log_factorial(a)
                + log_factorial(b)
                + log_factorial(total - a)
                + log_factorial(total - b)
                - log_factorial(total);
            let mut term = 0.0;
            for shared in (a + b).saturating_sub(total).max(1)..=a.min(b) {
                let chance = common
                    - log_factorial(shared)
                    - log_factorial(a - shared)
                    - log_factorial(b - shared)
                    - log_factorial(total + shared - a - b);
                let (n, count) = (total as f64, shared as f64);
                term += count / n * (n * count / (a as f64 * b as f64)).ln() * chance.exp();
            }
            expected += term * repeated_a * repeated_b;
        }
    }
    expected
}

fn counted(sizes: &[u64]) -> BTreeMap<u64, f64> {
    let mut counted = BTreeMap::new();
    for &size in sizes {
        *counted.entry(size).or_default() += 1.0;
    }
    counted
}

#[cfg(test)]
mod tests;
