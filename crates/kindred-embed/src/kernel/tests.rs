use proptest::prelude::*;

use super::matrix::MultiplyPanel;
use super::*;

/// A value between -1 and 1 that looks random and is the same in every run.
fn noise(seed: u64, index: usize) -> f32 {
    let mixed = (seed ^ index as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    ((mixed >> 40) as f32) / (1 << 23) as f32 - 1.0
}

fn noises(seed: u64, count: usize) -> Vec<f32> {
    (0..count).map(|index| noise(seed, index)).collect()
}

/// The forms of the matrix product that this machine can run.
fn products() -> Vec<MultiplyPanel> {
    let mut forms: Vec<MultiplyPanel> = vec![matrix::portable];
    #[cfg(target_arch = "x86_64")]
    {
        forms.extend(wide::has_avx2().then_some(wide::avx2 as MultiplyPanel));
        forms.extend(wide::has_avx512().then_some(wide::avx512 as MultiplyPanel));
    }
    forms
}

fn product(form: MultiplyPanel, left: Rows<'_>, right: Packed<'_>) -> Vec<f32> {
    let stride = right.columns + 3;
    let mut values = vec![7.0; left.count * stride];
    let out = RowsMut {
        values: &mut values,
        stride,
    };
    matrix::multiply(left, right, out, form);
    for row in values.chunks_exact(stride) {
        assert_eq!(
            row[right.columns..],
            [7.0; 3],
            "nothing is written beyond the columns"
        );
    }
    values
        .chunks_exact(stride)
        .flat_map(|row| row[..right.columns].to_vec())
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_level_multiplies_as_f64_does(
        rows in 1usize..30, depth in 1usize..70, columns in 1usize..120, seed: u64,
    ) {
        let left = noises(seed, rows * (depth + 2));
        let weights = noises(!seed, columns * depth);
        let bias = noises(seed / 3, columns);
        let packed = PackedMatrix::of_linear(depth, &weights, bias.clone());
        let left = Rows { values: &left, count: rows, stride: depth + 2 };
        for form in products() {
            let found = product(form, left, packed.view());
            for row in 0..rows {
                for column in 0..columns {
                    let exact: f64 = (0..depth)
                        .map(|inner| {
                            f64::from(left.values[row * left.stride + inner])
                                * f64::from(weights[column * depth + inner])
                        })
                        .sum::<f64>() + f64::from(bias[column]);
                    let value = f64::from(found[row * columns + column]);
                    prop_assert!((value - exact).abs() < 2e-5, "{value} {exact}");
                }
            }
        }
    }

    #[test]
    fn a_row_does_not_depend_on_its_neighbours(
        rows in 2usize..40, depth in 1usize..50, columns in 1usize..100, seed: u64,
    ) {
        let left = noises(seed, rows * depth);
        let packed = PackedMatrix::of_linear(depth, &noises(!seed, columns * depth), vec![0.5; columns]);
        for form in products() {
            let all = product(form, Rows { values: &left, count: rows, stride: depth }, packed.view());
            for row in 0..rows {
                let alone = Rows { values: &left[row * depth..], count: 1, stride: depth };
                let alone = product(form, alone, packed.view());
                prop_assert_eq!(&all[row * columns..][..columns], &alone[..]);
            }
        }
    }

    #[test]
    fn packing_rows_is_packing_the_columns_of_the_transpose(
        rows in 1usize..60, columns in 1usize..130, seed: u64,
    ) {
        let source = noises(seed, rows * columns);
        let transpose: Vec<f32> = (0..rows * columns)
            .map(|index| source[index % rows * columns + index / rows])
            .collect();
        let mut direct = vec![0.0; rows * padded(columns)];
        let mut other = direct.clone();
        pack_rows(Rows { values: &source, count: rows, stride: columns }, columns, &mut direct);
        pack_columns(Rows { values: &transpose, count: columns, stride: rows }, rows, &mut other);
        prop_assert_eq!(direct, other);
    }

    #[test]
    fn softmax_is_that_of_f64(columns in 1usize..100, extra in 0usize..5, scale in 0.0f32..40.0, seed: u64) {
        let stride = columns + extra;
        let scores: Vec<f32> = noises(seed, 3 * stride).iter().map(|value| value * scale).collect();
        for form in [softmax, rows::softmax::<0>, rows::softmax::<512>] {
            let mut found = scores.clone();
            form(&mut found, stride, columns);
            for (found, scores) in found.chunks(stride).zip(scores.chunks(stride)) {
                let exact: Vec<f64> = scores[..columns].iter().map(|x| f64::from(*x).exp()).collect();
                let sum: f64 = exact.iter().sum();
                for (found, exact) in found.iter().zip(&exact) {
                    prop_assert!((f64::from(*found) - exact / sum).abs() < 1e-6);
                }
                prop_assert_eq!(&found[columns..], &scores[columns..]);
            }
        }
    }

    #[test]
    fn normalisation_is_that_of_f64(width in 1usize..100, seed: u64) {
        let (weight, bias) = (noises(seed, width), noises(!seed, width));
        let (values, delta) = (noises(seed / 5, 2 * width), noises(seed / 7, 2 * width));
        let norm = Norm { weight: &weight, bias: &bias, epsilon: 1e-5 };
        for form in [add_norm, rows::add_norm::<0>, rows::add_norm::<512>] {
            let mut found = values.clone();
            form(&mut found, &delta, norm);
            for row in 0..2 {
                let sums: Vec<f64> = (row * width..(row + 1) * width)
                    .map(|index| f64::from(values[index] + delta[index]))
                    .collect();
                let mean = sums.iter().sum::<f64>() / width as f64;
                let variance = sums.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / width as f64;
                for column in 0..width {
                    let scaled = (sums[column] - mean) / (variance + 1e-5).sqrt();
                    let exact = scaled * f64::from(weight[column]) + f64::from(bias[column]);
                    let value = f64::from(found[row * width + column]);
                    prop_assert!((value - exact).abs() < 1e-4, "{value} {exact}");
                }
            }
        }
    }
}

/// `erf` by its series, exact to 2e-8.
fn erf(x: f64) -> f64 {
    // Beyond this the series cancels, and the distance to 1 is smaller than what is tested for.
    if x.abs() > 4.0 {
        return x.signum();
    }
    let (mut term, mut sum) = (x, x);
    for n in 1..200_u32 {
        term *= -x * x / f64::from(n);
        sum += term / f64::from(2 * n + 1);
    }
    sum * std::f64::consts::FRAC_2_SQRT_PI
}

#[test]
fn activations_are_those_of_f64() {
    let inputs: Vec<f32> = (-4_000..=4_000_i16)
        .map(|step| f32::from(step) / 500.0)
        .collect();
    let check = |form: fn(&mut [f32]), exact: &dyn Fn(f64) -> f64| {
        let mut found = inputs.clone();
        form(&mut found);
        for (found, input) in found.iter().zip(&inputs) {
            let x = f64::from(*input);
            let error = (f64::from(*found) - exact(x)).abs();
            assert!(
                error <= 3e-7 * x.abs() + 1e-12,
                "at {x}: {found}, off by {error:e}"
            );
        }
    };
    let exact_gelu = |x: f64| x / 2.0 * (1.0 + erf(x / 2.0_f64.sqrt()));
    for form in [gelu, rows::gelu::<0>, rows::gelu::<512>] {
        check(form, &exact_gelu);
    }
    let exact_tanh = |x: f64| {
        let inner = (2.0 / std::f64::consts::PI).sqrt() * (x + 0.044_715 * x * x * x);
        x / 2.0 * (1.0 + inner.tanh())
    };
    for form in [gelu_tanh, rows::gelu_tanh::<0>, rows::gelu_tanh::<512>] {
        check(form, &exact_tanh);
    }
    check(relu, &|x| x.max(0.0));
}

#[test]
fn extreme_and_broken_numbers_stay_what_they_are() {
    for form in [gelu, gelu_tanh, relu] {
        let mut values = [f32::NAN, 1e30, -1e30, 0.0];
        form(&mut values);
        assert!(values[0].is_nan());
        assert!(values[2].abs() < 1e-6, "{}", values[2]);
        assert_eq!(
            [values[1].to_bits(), values[3].to_bits()],
            [1e30_f32.to_bits(), 0]
        );
    }
    let mut scores = [-1e30, 0.0, -200.0, 1e-3];
    softmax(&mut scores, 4, 4);
    assert!(scores[0] < 1e-30 && scores[2] < 1e-30);
    assert!((scores.iter().sum::<f32>() - 1.0).abs() < 1e-6);
}
