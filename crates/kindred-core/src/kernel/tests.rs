//! Every form against sums in 64 bits.

use proptest::prelude::*;

use super::*;

fn pair() -> impl Strategy<Value = (Vec<f32>, Vec<f32>)> {
    (0usize..300).prop_flat_map(|length| {
        let values = prop::collection::vec(-1.0f32..1.0, length);
        (values.clone(), values)
    })
}

/// Vectors of one length, up to eleven on each side.
fn two_sides() -> impl Strategy<Value = (Vec<Vec<f32>>, Vec<Vec<f32>>)> {
    (0usize..100).prop_flat_map(|length| {
        let vector = prop::collection::vec(-1.0f32..1.0, length);
        let side = prop::collection::vec(vector, 0..12);
        (side.clone(), side)
    })
}

fn slices(vectors: &[Vec<f32>]) -> Vec<&[f32]> {
    vectors.iter().map(Vec::as_slice).collect()
}

/// The exact product and how far one in 32 bits may be from it.
fn exact(left: &[f32], right: &[f32]) -> (f64, f64) {
    let products = left
        .iter()
        .zip(right)
        .map(|(&a, &b)| f64::from(a) * f64::from(b));
    let magnitude: f64 = products.clone().map(f64::abs).sum();
    (products.sum(), 1e-5 * magnitude + 1e-7)
}

proptest! {
    #[test]
    fn every_form_agrees_with_f64((left, right) in pair()) {
        let (exact, tolerance) = exact(&left, &right);
        for found in [dot(&left, &right), body::dot::<false>(&left, &right)] {
            prop_assert!((f64::from(found) - exact).abs() <= tolerance, "{found} {exact}");
        }
        let wide: Vec<f64> = right.iter().copied().map(f64::from).collect();
        for found in [dot_exactly(&left, &wide), body::dot_exactly::<false>(&left, &wide)] {
            prop_assert!((found - exact).abs() <= 1e-9 * tolerance.max(1e-5), "{found} {exact}");
        }
    }

    #[test]
    fn blocks_hold_the_products_of_all_pairs((left, right) in two_sides()) {
        let (lefts, rights) = (slices(&left), slices(&right));
        let mut found = vec![f32::NAN; left.len() * right.len()];
        dot_block(&lefts, &rights, &mut found);
        let mut portable = vec![f32::NAN; found.len()];
        body::dot_block_portable(&lefts, &rights, &mut portable);
        // The form for narrower registers, which a machine with wide ones does not choose.
        let mut narrow = portable.clone();
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            // SAFETY: both features that the function was compiled for were just detected.
            unsafe { tiles::dot_block_avx2(&lefts, &rights, &mut narrow) };
        }
        for (row, a) in left.iter().enumerate() {
            for (column, b) in right.iter().enumerate() {
                let place = row * right.len() + column;
                let (exact, tolerance) = exact(a, b);
                for value in [found[place], portable[place], narrow[place]] {
                    prop_assert!((f64::from(value) - exact).abs() <= tolerance, "{value} {exact}");
                }
                // What else is asked for changes no bit.
                let mut alone = [f32::NAN];
                dot_block(&[a], &[b], &mut alone);
                prop_assert_eq!(alone[0].to_bits(), found[place].to_bits());
            }
        }
    }

    #[test]
    fn sums_of_rows_agree_with_f64(
        (rows, _) in two_sides(),
        coefficients in prop::collection::vec(-2.0f32..2.0, 12),
    ) {
        let coefficients = &coefficients[..rows.len()];
        let wide: Vec<f64> = coefficients.iter().copied().map(f64::from).collect();
        let length = rows.first().map_or(0, Vec::len);
        let rows = slices(&rows);
        let mut sums = [vec![0.5_f32; length], vec![0.5_f32; length]];
        add_rows(coefficients, &rows, &mut sums[0]);
        body::add_rows::<f32, false>(coefficients, &rows, &mut sums[1]);
        let mut wide_sums = [vec![0.5_f64; length], vec![0.5_f64; length]];
        add_rows_exactly(&wide, &rows, &mut wide_sums[0]);
        body::add_rows::<f64, false>(&wide, &rows, &mut wide_sums[1]);
        for place in 0..length {
            let column: Vec<f32> = rows.iter().map(|row| row[place]).collect();
            let (product, tolerance) = exact(&column, coefficients);
            for sum in &sums {
                prop_assert!((f64::from(sum[place]) - product - 0.5).abs() <= tolerance + 1e-6);
            }
            for sum in &wide_sums {
                prop_assert!((sum[place] - product - 0.5).abs() <= 1e-12);
            }
        }
    }
}

#[test]
#[should_panic(expected = "one dimension")]
fn vectors_of_two_lengths_are_refused() {
    dot_block(&[&[1.0, 2.0]], &[&[1.0]], &mut [0.0]);
}
