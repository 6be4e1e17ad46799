//! How far probabilities lie from what happened.

/// Bins of equal count that the expected calibration error is summed over.
const BINS: usize = 10;

/// Expected calibration error, in `[0, 1]`: the mean distance between the mean probability and the
/// share that was kept, over ten bins of equal count in the order of the probabilities (Naeini,
/// Cooper and Hauskrecht, AAAI 2015).
///
/// Bins differ in size by one at most and weigh as much as they hold; fewer than ten values make a
/// bin each. Equal probabilities share what was kept of them, so that the result does not depend on
/// the order of the input. 0 for no values.
///
/// # Panics
/// If the lengths differ.
///
/// # Examples
/// ```
/// use kindred_rank::metrics::expected_calibration_error;
/// // A fair coin, told as such: 0. Told as certain: one half.
/// assert_eq!(expected_calibration_error(&[0.5; 40], &[[true, false]; 20].concat()), 0.0);
/// assert_eq!(expected_calibration_error(&[1.0; 40], &[[true, false]; 20].concat()), 0.5);
/// ```
pub fn expected_calibration_error(probabilities: &[f64], kept: &[bool]) -> f64 {
    assert_eq!(
        probabilities.len(),
        kept.len(),
        "each probability has an outcome"
    );
    let mut pairs: Vec<(f64, f64)> = (probabilities.iter().zip(kept))
        .map(|(&probability, &kept)| (probability, f64::from(u8::from(kept))))
        .collect();
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
    for tied in pairs.chunk_by_mut(|a, b| a.0.total_cmp(&b.0).is_eq()) {
        let share = tied.iter().map(|pair| pair.1).sum::<f64>() / tied.len() as f64;
        for pair in tied {
            pair.1 = share;
        }
    }
    let ends = (0..=BINS).map(|bin| bin * pairs.len() / BINS);
    let distance: f64 = (ends.clone().zip(ends.skip(1)))
        .map(|(start, end)| {
            let differences = pairs[start..end].iter().map(|pair| pair.0 - pair.1);
            differences.sum::<f64>().abs()
        })
        .sum();
    distance / pairs.len().max(1) as f64
}
