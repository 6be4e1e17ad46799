//! Percentile bootstrap intervals (Efron and Tibshirani 1993, chapter 13), seeded.

/// A mean with its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// Mean of the values, not of the resamples.
    pub mean: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// Returns the mean of `values` with its percentile interval at `confidence` (0.95: from the 2.5th
/// to the 97.5th percentile of `resamples` means of values drawn with replacement).
///
/// Of no values, all three numbers are 0.
///
/// # Panics
/// If `resamples` is 0 or `confidence` is outside `(0, 1)`.
///
/// # Determinism
/// Equal seeds give equal intervals on every machine.
pub fn bootstrap_interval(
    values: &[f64],
    resamples: usize,
    confidence: f64,
    seed: u64,
) -> Interval {
    assert!(resamples > 0, "an interval needs resamples");
    assert!(
        confidence > 0.0 && confidence < 1.0,
        "a confidence lies between 0 and 1"
    );
    if values.is_empty() {
        return Interval {
            mean: 0.0,
            low: 0.0,
            high: 0.0,
        };
    }
    let count = values.len() as f64;
    let mut random = SplitMix::new(seed);
    let mut means: Vec<f64> = (0..resamples)
        .map(|_| {
            let draws = (0..values.len()).map(|_| values[random.below(values.len())]);
            draws.sum::<f64>() / count
        })
        .collect();
    means.sort_by(f64::total_cmp);
    let tail = (1.0 - confidence) / 2.0;
    Interval {
        mean: values.iter().sum::<f64>() / count,
        low: quantile(&means, tail),
        high: quantile(&means, 1.0 - tail),
    }
}

/// Returns the mean of `left[i] - right[i]` with its interval: `left` is better where it lies
/// above 0.
///
/// # Panics
/// If the lengths differ, and where [`bootstrap_interval`] does.
pub fn paired_difference(
    left: &[f64],
    right: &[f64],
    resamples: usize,
    confidence: f64,
    seed: u64,
) -> Interval {
    assert_eq!(left.len(), right.len(), "pairs have two sides");
    let differences: Vec<f64> = left.iter().zip(right).map(|(a, b)| a - b).collect();
    bootstrap_interval(&differences, resamples, confidence, seed)
}

/// Linear interpolation between the two closest of `sorted`.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share * (sorted.len() - 1) as f64;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a place lies within the slice"
    )]
    let below = place.floor() as usize;
    let above = (below + 1).min(sorted.len() - 1);
    sorted[below] + (place - place.floor()) * (sorted[above] - sorted[below])
}

/// `SplitMix64` (Steele, Lea and Flood, OOPSLA 2014): the same numbers in every version of every
/// dependency.
struct SplitMix(u64);

impl SplitMix {
    fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`; the bias of the multiplication is below `bound / 2^64`.
    fn below(&mut self, bound: usize) -> usize {
        let wide = u128::from(self.next()) * bound as u128;
        usize::try_from(wide >> 64).expect("the high half is below the bound")
    }
}
