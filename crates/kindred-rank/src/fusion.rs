//! One ranking from several.

use std::collections::{BTreeMap, BTreeSet};

/// The constant of the paper, 60: small enough that first places count, large enough that one
/// list alone does not decide.
pub const RECIPROCAL_RANK_CONSTANT: f64 = 60.0;

/// Fuses ranked lists: each key scores the sum of `1 / (constant + rank)` over the lists that hold
/// it, ranks from 1; best first, equal scores by key.
///
/// Source: Cormack, Clarke and Buettcher, "Reciprocal rank fusion outperforms Condorcet and
/// individual rank learning methods" (SIGIR 2009). A key that a list repeats counts at its first
/// place. The order of the lists does not matter.
///
/// # Examples
/// ```
/// use kindred_rank::{RECIPROCAL_RANK_CONSTANT, reciprocal_rank_fusion};
/// let words = vec!["a", "b", "c"];
/// let meaning = vec!["c", "b", "d"];
/// let fused = reciprocal_rank_fusion(&[words, meaning], RECIPROCAL_RANK_CONSTANT);
/// let order: Vec<&str> = fused.iter().map(|&(key, _)| key).collect();
/// assert_eq!(order, ["c", "b", "a", "d"]);
/// ```
pub fn reciprocal_rank_fusion<K: Ord + Clone>(lists: &[Vec<K>], constant: f64) -> Vec<(K, f64)> {
    let lists: Vec<(&[K], f64)> = lists.iter().map(|list| (list.as_slice(), 1.0)).collect();
    weighted_rank_fusion(&lists, constant)
}

/// Fuses ranked lists as [`reciprocal_rank_fusion`] does, each list with a weight: a key scores
/// the sum of `weight / (constant + rank)`.
pub fn weighted_rank_fusion<K: Ord + Clone>(lists: &[(&[K], f64)], constant: f64) -> Vec<(K, f64)> {
    let mut parts: BTreeMap<&K, Vec<f64>> = BTreeMap::new();
    for (list, weight) in lists {
        let mut seen = BTreeSet::new();
        for (position, key) in list.iter().enumerate() {
            if seen.insert(key) {
                let part = weight / (constant + position as f64 + 1.0);
                parts.entry(key).or_default().push(part);
            }
        }
    }
    let mut fused: Vec<(K, f64)> = parts
        .into_iter()
        .map(|(key, mut parts)| {
            // Largest first, so that equal parts of other lists give equal bits.
            parts.sort_unstable_by(|a, b| b.total_cmp(a));
            (key.clone(), parts.iter().sum())
        })
        .collect();
    fused.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    fused
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_sums_of_reciprocal_ranks() {
        let fused = reciprocal_rank_fusion(&[vec![7, 3], vec![3, 9]], 60.0);
        assert_eq!(fused[0].0, 3);
        assert!((fused[0].1 - (1.0 / 62.0 + 1.0 / 61.0)).abs() < 1e-15);
        assert_eq!(fused[1], (7, 1.0 / 61.0));
        assert_eq!(fused[2], (9, 1.0 / 62.0));
    }

    #[test]
    fn equal_ranks_tie_whatever_the_lists_and_go_by_key() {
        let lists = [vec![2, 1, 3], vec![3, 2, 1], vec![1, 3, 2]];
        let fused = reciprocal_rank_fusion(&lists, 60.0);
        assert_eq!(
            fused.iter().map(|&(key, _)| key).collect::<Vec<_>>(),
            [1, 2, 3]
        );
        assert_eq!(fused[0].1.to_bits(), fused[2].1.to_bits());
    }

    #[test]
    fn a_heavier_list_decides() {
        let (words, meaning) = (["a", "b"], ["b", "a"]);
        let fused = weighted_rank_fusion(&[(&words[..], 2.0), (&meaning[..], 1.0)], 60.0);
        assert_eq!(fused[0].0, "a");
        assert!((fused[0].1 - (2.0 / 61.0 + 1.0 / 62.0)).abs() < 1e-15);
    }

    #[test]
    fn a_repeated_key_counts_once() {
        let once = reciprocal_rank_fusion(&[vec!["a", "b"]], 60.0);
        let twice = reciprocal_rank_fusion(&[vec!["a", "b", "a"]], 60.0);
        assert_eq!(once, twice);
        assert!(reciprocal_rank_fusion::<u8>(&[], 60.0).is_empty());
    }
}
