//! What rankings are measured with.
//!
//! A ranking is given as the relevance of what stands at each place, best first. It may be cut: the
//! number of relevant items in the whole pool is a parameter wherever it matters. Each measure is
//! 0 where nothing is relevant.

mod bootstrap;
mod calibration;

pub use bootstrap::{Interval, bootstrap_interval, paired_difference};
pub use calibration::expected_calibration_error;

/// Normalised discounted cumulative gain of binary relevance at `k`, in `[0, 1]`.
///
/// `DCG@k / ideal DCG@k` with `DCG@k = sum over relevant places r <= k of 1 / log2(r + 1)` and the
/// ideal that puts `min(k, relevant)` relevant items first (Järvelin and Kekäläinen, TOIS 2002).
pub fn ndcg_at(ranking: &[bool], relevant: usize, k: usize) -> f64 {
    let gains: Vec<f64> = ranking
        .iter()
        .map(|&hit| f64::from(u8::from(hit)))
        .collect();
    graded_ndcg_at(&gains, &vec![1.0; relevant], k)
}

/// Normalised discounted cumulative gain of graded relevance at `k`, in `[0, 1]`.
///
/// `gains` are the gains in order of the ranking, `judged` the gains of the whole pool in any
/// order; `DCG@k = sum over places r <= k of gain_r / log2(r + 1)`. Pass `2^grade - 1` as gains for
/// the exponential form.
pub fn graded_ndcg_at(gains: &[f64], judged: &[f64], k: usize) -> f64 {
    let mut ideal = judged.to_vec();
    ideal.sort_by(|a, b| b.total_cmp(a));
    let best = discounted_gain(&ideal, k);
    if best > 0.0 {
        discounted_gain(gains, k) / best
    } else {
        0.0
    }
}

fn discounted_gain(gains: &[f64], k: usize) -> f64 {
    let places = gains.iter().take(k).enumerate();
    places
        .map(|(place, gain)| gain / (place as f64 + 2.0).log2())
        .sum()
}

/// Share of the `relevant` items that stand at the first `k` places, in `[0, 1]`.
pub fn recall_at(ranking: &[bool], relevant: usize, k: usize) -> f64 {
    if relevant == 0 {
        return 0.0;
    }
    let found = ranking.iter().take(k).filter(|&&hit| hit).count();
    found as f64 / relevant as f64
}

/// `1 / place` of the first relevant item, places from 1, in `[0, 1]`; 0 if there is none.
pub fn reciprocal_rank(ranking: &[bool]) -> f64 {
    ranking
        .iter()
        .position(|&hit| hit)
        .map_or(0.0, |place| 1.0 / (place as f64 + 1.0))
}

/// Average precision, in `[0, 1]`: `sum over relevant places r of precision@r`, divided by
/// `relevant`.
pub fn average_precision(ranking: &[bool], relevant: usize) -> f64 {
    if relevant == 0 {
        return 0.0;
    }
    let hits = ranking.iter().enumerate().filter(|&(_, &hit)| hit);
    let precisions = hits
        .enumerate()
        .map(|(before, (place, _))| (before as f64 + 1.0) / (place as f64 + 1.0));
    precisions.sum::<f64>() / relevant as f64
}

/// Work saved over sampling at 95 % recall of a full ranking: `(N - r) / N - 0.05`, where `r` is
/// the place at which 95 % of the relevant items (rounded up) have been seen (Cohen et al., JAMIA
/// 2006).
///
/// In `[-0.05, 0.95)`; 0 is what reading in random order saves.
pub fn wss_at_95(ranking: &[bool]) -> f64 {
    let relevant = ranking.iter().filter(|&&hit| hit).count();
    // 95 % rounded up, in whole numbers.
    let needed = (relevant * 95).div_ceil(100);
    let mut hits = ranking.iter().enumerate().filter(|&(_, &hit)| hit);
    let Some((place, _)) = needed.checked_sub(1).and_then(|before| hits.nth(before)) else {
        return 0.0;
    };
    let total = ranking.len() as f64;
    (total - (place as f64 + 1.0)) / total - 0.05
}

#[cfg(test)]
mod tests;
