use super::*;

fn close(left: f64, right: f64) {
    assert!((left - right).abs() < 1e-12, "{left} is not {right}");
}

/// Relevant at places 1, 3 and 6 of 6.
const RANKING: [bool; 6] = [true, false, true, false, false, true];

#[test]
fn ndcg_discounts_by_the_logarithm_of_the_place() {
    let log = f64::log2;
    let found = 1.0 + 1.0 / log(4.0) + 1.0 / log(7.0);
    let ideal = 1.0 + 1.0 / log(3.0) + 1.0 / log(4.0);
    close(ndcg_at(&RANKING, 3, 20), found / ideal);
    close(ndcg_at(&RANKING, 3, 3), (1.0 + 0.5) / ideal);
    // Only two of the relevant items fit into two places.
    close(ndcg_at(&RANKING, 3, 2), 1.0 / (1.0 + 1.0 / log(3.0)));
    close(ndcg_at(&[true, true], 2, 20), 1.0);
    // A relevant item that the cut ranking lacks counts in the ideal.
    close(ndcg_at(&[true], 2, 20), 1.0 / (1.0 + 1.0 / log(3.0)));
}

#[test]
fn graded_ndcg_orders_the_ideal() {
    let log = f64::log2;
    let found = 1.0 + 3.0 / log(3.0);
    let ideal = 3.0 + 2.0 / log(3.0) + 1.0 / log(4.0);
    close(
        graded_ndcg_at(&[1.0, 3.0], &[1.0, 2.0, 3.0], 10),
        found / ideal,
    );
}

#[test]
fn recall_counts_the_first_places() {
    close(recall_at(&RANKING, 3, 3), 2.0 / 3.0);
    close(recall_at(&RANKING, 4, 50), 3.0 / 4.0);
}

#[test]
fn reciprocal_rank_is_of_the_first_hit() {
    close(reciprocal_rank(&RANKING), 1.0);
    close(reciprocal_rank(&[false, false, true, true]), 1.0 / 3.0);
}

#[test]
fn average_precision_is_the_mean_over_relevant_items() {
    close(
        average_precision(&RANKING, 3),
        (1.0 + 2.0 / 3.0 + 3.0 / 6.0) / 3.0,
    );
    close(
        average_precision(&RANKING, 4),
        (1.0 + 2.0 / 3.0 + 0.5) / 4.0,
    );
}

#[test]
fn work_saved_is_what_need_not_be_read() {
    // All three are needed for 95 %, the last is at the end.
    close(wss_at_95(&RANKING), -0.05);
    let mut early = vec![true; 2];
    early.extend([false; 8]);
    close(wss_at_95(&early), 0.8 - 0.05);
    // 19 of 20 are enough: the last relevant one may come at the end.
    let mut ranking = vec![true; 19];
    ranking.extend([false; 80]);
    ranking.push(true);
    close(wss_at_95(&ranking), 0.81 - 0.05);
}

#[test]
fn nothing_relevant_measures_zero() {
    let nothing = [false; 4];
    close(ndcg_at(&nothing, 0, 10), 0.0);
    close(recall_at(&nothing, 0, 10), 0.0);
    close(reciprocal_rank(&nothing), 0.0);
    close(average_precision(&nothing, 0), 0.0);
    close(wss_at_95(&nothing), 0.0);
    close(wss_at_95(&[]), 0.0);
}

#[test]
fn bootstrap_interval_holds_the_mean_and_narrows_with_data() {
    let few: Vec<f64> = (0..20).map(|i| f64::from(i % 5)).collect();
    let many: Vec<f64> = (0..2_000).map(|i| f64::from(i % 5)).collect();
    let wide = bootstrap_interval(&few, 1_000, 0.95, 7);
    let narrow = bootstrap_interval(&many, 1_000, 0.95, 7);
    close(wide.mean, 2.0);
    close(narrow.mean, 2.0);
    assert!(wide.low < 2.0 && 2.0 < wide.high, "{wide:?}");
    // The normal approximation: 1.96 * sqrt(2 / 2000) = 0.062 on each side.
    let width = narrow.high - narrow.low;
    assert!((width - 0.124).abs() < 0.02, "{narrow:?}");
    assert!(wide.high - wide.low > 5.0 * width);
}

#[test]
fn bootstrap_depends_on_the_seed_only() {
    let values: Vec<f64> = (0..50).map(|i| f64::from(i).sin()).collect();
    let first = bootstrap_interval(&values, 200, 0.9, 1);
    assert_eq!(first, bootstrap_interval(&values, 200, 0.9, 1));
    assert_ne!(first, bootstrap_interval(&values, 200, 0.9, 2));
}

#[test]
fn pairing_finds_a_small_constant_gain() {
    let base: Vec<f64> = (0..100).map(|i| f64::from(i * 37 % 100)).collect();
    let better: Vec<f64> = base.iter().map(|value| value + 0.5).collect();
    let difference = paired_difference(&better, &base, 500, 0.95, 3);
    close(difference.mean, 0.5);
    assert!(difference.low > 0.499 && difference.high < 0.501);
    let unpaired = bootstrap_interval(&better, 500, 0.95, 3);
    assert!(unpaired.low < 49.5, "the unpaired interval must not see it");
}

#[test]
fn degenerate_samples_have_degenerate_intervals() {
    let one = bootstrap_interval(&[0.25], 100, 0.95, 0);
    assert_eq!((one.low, one.mean, one.high), (0.25, 0.25, 0.25));
    let none = bootstrap_interval(&[], 100, 0.95, 0);
    assert_eq!((none.low, none.mean, none.high), (0.0, 0.0, 0.0));
}

#[test]
fn calibration_error_is_the_mean_distance_of_the_bins() {
    // Twenty values in ten bins of two; each bin says 0.05 more than it keeps, or less.
    let mut probabilities = Vec::new();
    let mut kept = Vec::new();
    for bin in 0..10 {
        let base = f64::from(bin) / 10.0;
        probabilities.extend([base + 0.01, base + 0.02]);
        kept.extend([bin >= 5, bin >= 5]);
    }
    let by_hand: f64 = (0..10)
        .map(|bin| {
            let told = f64::from(bin) / 10.0 + 0.015;
            (told - if bin >= 5 { 1.0 } else { 0.0 }).abs()
        })
        .sum::<f64>()
        / 10.0;
    close(expected_calibration_error(&probabilities, &kept), by_hand);
    // Within a bin errors cancel: it is the mean that is told.
    let mut probabilities: Vec<f64> = vec![0.1; 10];
    probabilities.extend([0.9; 10]);
    let kept: Vec<bool> = (0..20)
        .map(|row| row == 3 || (row >= 10 && row != 17))
        .collect();
    close(expected_calibration_error(&probabilities, &kept), 0.0);
}

#[test]
fn calibration_error_does_not_depend_on_the_order() {
    let probabilities: Vec<f64> = (0..97).map(|i| f64::from(i * 31 % 12) / 12.0).collect();
    let kept: Vec<bool> = (0..97).map(|i| i % 3 == 0 || i % 7 == 0).collect();
    let error = expected_calibration_error(&probabilities, &kept);
    assert!(error > 0.1 && error < 1.0, "{error}");
    let reversed: Vec<f64> = probabilities.iter().rev().copied().collect();
    let kept: Vec<bool> = kept.into_iter().rev().collect();
    close(expected_calibration_error(&reversed, &kept), error);
}

#[test]
fn calibration_error_of_few_values_takes_each_alone() {
    close(expected_calibration_error(&[], &[]), 0.0);
    close(expected_calibration_error(&[0.8], &[true]), 0.2);
    close(
        expected_calibration_error(&[0.9, 0.2, 0.6], &[true, true, false]),
        (0.1 + 0.8 + 0.6) / 3.0,
    );
}
