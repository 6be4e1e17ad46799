use proptest::prelude::*;

use super::finish::RowScale;
use super::math::{to_brain, widen};
use super::*;
use crate::architecture::{Activation, NormKind};

/// A value between -1 and 1 that looks random and is the same in every run.
fn noise(seed: u64, index: usize) -> f32 {
    let mixed = (seed ^ index as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    ((mixed >> 40) as f32) / (1 << 23) as f32 - 1.0
}

fn noises(seed: u64, count: usize) -> Vec<f32> {
    (0..count).map(|index| noise(seed, index)).collect()
}

fn rounded(values: &[f32]) -> Vec<f32> {
    values.iter().map(|value| widen(to_brain(*value))).collect()
}

/// The levels that this machine has.
fn levels() -> impl Iterator<Item = Instructions> {
    Instructions::ALL
        .into_iter()
        .filter(|level| level.is_there())
}

/// Every way of multiplying that this machine has, with the level that it is of.
fn arithmetics() -> Vec<(Instructions, Arithmetic)> {
    let mut all = Vec::new();
    for level in levels() {
        all.push((level, Arithmetic::float(level)));
        all.push((level, Arithmetic::matrix(level)));
        all.push((level, Arithmetic::brain(level)));
        all.push((level, Arithmetic::integer(level)));
    }
    // What some processors have and leave unused.
    #[cfg(target_arch = "x86_64")]
    if Instructions::Avx512.is_there() && is_x86_feature_detected!("avx512bf16") {
        let unit = Unit::Avx512Brain;
        all.push((
            Instructions::Avx512,
            Arithmetic {
                unit,
                rounded: false,
            },
        ));
    }
    #[cfg(target_arch = "x86_64")]
    if Instructions::Avx2.is_there() {
        // What a processor without AVX-VNNI does.
        let unit = Unit::Avx2Integer;
        all.push((
            Instructions::Avx2,
            Arithmetic {
                unit,
                rounded: false,
            },
        ));
    }
    all
}

/// The sizes of a linear layer and the rows that it is applied to.
#[derive(Debug, Clone, Copy)]
struct Sizes {
    rows: usize,
    inputs: usize,
    outputs: usize,
}

/// `activation(left * weights^T + bias)`, and what the rows' integers stand for.
fn layer(
    (level, arithmetic): (Instructions, Arithmetic),
    sizes: Sizes,
    (left, weights, bias): (&[f32], &[f32], &[f32]),
    activation: Option<Activation>,
) -> (Vec<f32>, Vec<RowScale>) {
    let Sizes {
        rows,
        inputs,
        outputs,
    } = sizes;
    let session = Session::open(level);
    let weights = Weights::new(arithmetic, inputs, weights, bias.to_vec());
    let mut numbers = Inputs::new(arithmetic, inputs);
    numbers.fit(rows);
    // Always the same way, so that every unit gets the same integers.
    let plain = Session::open(Instructions::Portable);
    convert(&plain, left, inputs, &mut numbers.rows_mut(0, rows));
    let stride = outputs + 3;
    let mut values = vec![7.0; rows * stride];
    let scales = numbers.scales(0, rows);
    let mut out = Output {
        target: Target::Float(&mut values),
        stride,
        finish: weights.finish(scales, activation),
    };
    let left = numbers.left(0, rows);
    multiply(&session, arithmetic.unit, left, weights.panels(), &mut out);
    for row in values.chunks_exact(stride) {
        assert_eq!(
            row[outputs..],
            [7.0; 3],
            "nothing is written beyond the columns"
        );
    }
    let values = values.chunks_exact(stride);
    let values = values.flat_map(|row| row[..outputs].to_vec()).collect();
    (values, scales.to_vec())
}

/// The same in 64 bits.
fn exact(sizes: Sizes, left: &[f32], weights: &[f32], bias: &[f32]) -> Vec<f64> {
    let mut values = Vec::new();
    for row in left.chunks_exact(sizes.inputs) {
        for (weights, bias) in weights.chunks_exact(sizes.inputs).zip(bias) {
            let terms = row.iter().zip(weights);
            let sum: f64 = terms.map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
            values.push(sum + f64::from(*bias));
        }
    }
    values
}

/// Holds every way of multiplying against the product in 64 bits of the numbers that it takes.
fn check_layers(sizes: Sizes, seed: u64) {
    let left = noises(seed, sizes.rows * sizes.inputs);
    let weights = noises(!seed, sizes.outputs * sizes.inputs);
    let bias = noises(seed / 3, sizes.outputs);
    let as_they_are = exact(sizes, &left, &weights, &bias);
    let as_brain = exact(sizes, &rounded(&left), &rounded(&weights), &bias);
    let depth = sizes.inputs as f64;
    let mut integers: Option<Vec<f32>> = None;
    for (level, arithmetic) in arithmetics() {
        let (found, _) = layer((level, arithmetic), sizes, (&left, &weights, &bias), None);
        // Rounding errors of a sum grow with its terms; products of halves keep 8 bits, split
        // numbers 16, integers 7.
        let (exact, tolerance) = match arithmetic.unit.operand() {
            Operand::Float if arithmetic.rounded => (&as_brain, 1e-6 * depth + 2e-6),
            Operand::Float => (&as_they_are, 1e-6 * depth + 2e-6),
            Operand::Brain => (&as_brain, 1e-6 * depth + 2e-6),
            Operand::Split => (&as_they_are, 3e-5 * depth.sqrt() + 1e-6),
            Operand::Integer => (&as_they_are, 3e-2 * depth.sqrt() + 1e-6),
        };
        for (found, exact) in found.iter().zip(exact) {
            let error = (f64::from(*found) - exact).abs();
            assert!(
                error < tolerance,
                "{level} {arithmetic:?} {sizes:?}: {found} {exact}"
            );
        }
        if arithmetic.unit.operand() == Operand::Integer {
            let first = integers.get_or_insert_with(|| found.clone());
            for (found, first) in found.iter().zip(&*first) {
                let error = (found - first).abs();
                assert!(
                    error < 1e-5 * (1.0 + first.abs()),
                    "{level} {arithmetic:?} {sizes:?}"
                );
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_unit_multiplies_as_f64_does(
        rows in 1usize..100, inputs in 1usize..200, outputs in 1usize..150, seed: u64,
    ) {
        check_layers(Sizes { rows, inputs, outputs }, seed);
    }

    #[test]
    fn a_row_does_not_depend_on_its_neighbours(
        rows in 2usize..70, inputs in 1usize..50, outputs in 1usize..100, seed: u64,
    ) {
        let left = noises(seed, rows * inputs);
        let weights = noises(!seed, outputs * inputs);
        let bias = vec![0.5; outputs];
        for way in arithmetics() {
            let sizes = Sizes { rows, inputs, outputs };
            let (all, _) = layer(way, sizes, (&left, &weights, &bias), None);
            let alone = Sizes { rows: 1, ..sizes };
            for row in 0..rows {
                let left = &left[row * inputs..][..inputs];
                let (alone, _) = layer(way, alone, (left, &weights, &bias), None);
                prop_assert_eq!(&all[row * outputs..][..outputs], &alone[..]);
            }
        }
    }

    #[test]
    fn integers_of_a_row_are_half_a_step_off_at_most(width in 1usize..100, scale in 1e-3f32..1e3, seed: u64) {
        let row: Vec<f32> = noises(seed, width).iter().map(|value| value * scale).collect();
        for level in levels() {
            let session = Session::open(level);
            let mut numbers = Inputs::new(Arithmetic::integer(level), width);
            numbers.fit(1);
            convert(&session, &row, width, &mut numbers.rows_mut(0, 1));
            let RowScale { scale, zero } = numbers.scales(0, 1)[0];
            let bytes: Vec<u8> = bytemuck::cast_slice(numbers.left(0, 1).words).to_vec();
            for (value, byte) in row.iter().zip(bytes) {
                let found = (f32::from(byte) - zero) * scale;
                prop_assert!((found - value).abs() <= scale * 0.501 + 1e-6, "{level}: {value} {found}");
            }
        }
    }

    #[test]
    fn keys_and_values_of_halves_are_laid_out_for_their_products(
        rows in 1usize..80, keys in 1usize..80, half in 1usize..40, seed: u64,
    ) {
        check_attention_products((rows, keys, 2 * half), seed);
    }

    #[test]
    fn weights_are_those_of_f64(
        rows in 1usize..20, keys in 1usize..100, scale in 0.0f32..40.0,
        causal: bool, biased: bool, window in proptest::option::of(0usize..30), seed: u64,
    ) {
        check_softmax((rows, keys), scale, (causal, window, biased), seed);
    }

    #[test]
    fn normalisation_is_that_of_f64(width in 1usize..100, replace: bool, mean_square: bool, seed: u64) {
        for width in [width, width * 16] {
            check_norm(width, replace, mean_square, seed);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn conversions_of_all_levels_agree(width in 1usize..150, scale in 1e-3f32..1e3, seed: u64) {
        let values: Vec<f32> = noises(seed, 2 * width).iter().map(|value| value * scale).collect();
        for (level, arithmetic) in arithmetics() {
            let converted = |level| {
                let mut inputs = Inputs::new(arithmetic, width);
                inputs.fit(2);
                convert(&Session::open(level), &values, width, &mut inputs.rows_mut(0, 2));
                let scales = inputs.scales(0, 2).to_vec();
                (inputs.left(0, 2).words.to_vec(), scales)
            };
            let (found, scales) = converted(level);
            let (expected, expected_scales) = converted(Instructions::Portable);
            if arithmetic.unit.operand() == Operand::Integer {
                let bytes = |words: &[u32]| bytemuck::cast_slice::<u32, u8>(words).to_vec();
                for (found, expected) in bytes(&found).iter().zip(bytes(&expected)) {
                    prop_assert!(found.abs_diff(expected) <= 1, "{level} {found} {expected}");
                }
                for (found, expected) in scales.iter().zip(expected_scales) {
                    prop_assert!((found.scale / expected.scale - 1.0).abs() < 1e-6, "{level}");
                }
            } else {
                prop_assert_eq!(found, expected, "{} {:?}", level, arithmetic);
            }
        }
    }

    #[test]
    fn sums_are_stored_as_any_number(rows in 1usize..70, outputs in 1usize..100, seed: u64) {
        const INPUTS: usize = 32;
        let sizes = Sizes { rows, inputs: INPUTS, outputs };
        let left = noises(seed, rows * INPUTS);
        let weights = noises(!seed, outputs * INPUTS);
        let bias = noises(seed / 3, outputs);
        for (level, arithmetic) in arithmetics() {
            let way = (level, arithmetic);
            let (floats, _) = layer(way, sizes, (&left, &weights, &bias), None);
            let (mut rounded, mut halves) = (vec![7.0; rows * outputs], vec![7; rows * outputs]);
            for target in [Target::Rounded(&mut rounded), Target::Brain(&mut halves)] {
                store(way, sizes, (&left, &weights, &bias), target);
            }
            for ((float, rounded), half) in floats.iter().zip(&rounded).zip(&halves) {
                let expected = to_brain(*float);
                prop_assert_eq!(widen(expected).to_bits(), rounded.to_bits(), "{}", level);
                prop_assert_eq!(expected, *half, "{}", level);
            }
        }
    }
}

/// Stores what [`layer`] returns into `target`.
fn store(
    (level, arithmetic): (Instructions, Arithmetic),
    sizes: Sizes,
    (left, weights, bias): (&[f32], &[f32], &[f32]),
    target: Target<'_>,
) {
    let weights = Weights::new(arithmetic, sizes.inputs, weights, bias.to_vec());
    let mut numbers = Inputs::new(arithmetic, sizes.inputs);
    numbers.fit(sizes.rows);
    let plain = Session::open(Instructions::Portable);
    let rows = &mut numbers.rows_mut(0, sizes.rows);
    convert(&plain, left, sizes.inputs, rows);
    let mut out = Output {
        target,
        stride: sizes.outputs,
        finish: weights.finish(numbers.scales(0, sizes.rows), None),
    };
    let left = numbers.left(0, sizes.rows);
    let session = Session::open(level);
    multiply(&session, arithmetic.unit, left, weights.panels(), &mut out);
}

#[test]
fn a_broken_number_shows_wherever_it_stands() {
    const WIDTH: usize = 75;
    for level in levels() {
        let session = Session::open(level);
        for place in [0, 1, 16, 37, 63, 64, WIDTH - 1] {
            let mut values = noises(1, WIDTH);
            values[place] = f32::NAN;
            let mut inputs = Inputs::new(Arithmetic::integer(level), WIDTH);
            inputs.fit(1);
            convert(&session, &values, WIDTH, &mut inputs.rows_mut(0, 1));
            assert!(inputs.scales(0, 1)[0].scale.is_nan(), "{level}, {place}");
            let mut factors = [0.0];
            values.resize(WIDTH.next_multiple_of(32), 0.0);
            let mut scores = Scores {
                stride: values.len(),
                values: &mut values,
                sight: Sight {
                    first_query: 0,
                    first_key: 0,
                    keys: WIDTH,
                    window: None,
                    causal: false,
                    offset: WIDTH,
                },
                bias: &[],
                halves: None,
                factors: &mut factors,
            };
            softmax(&session, &mut scores);
            assert!(factors[0].is_nan(), "{level}, {place}");
        }
    }
}

#[test]
fn sizes_of_real_models_and_awkward_ones() {
    for inputs in [32, 64, 256, 384, 768, 1024] {
        for (rows, outputs) in [(1, 48), (511, 20), (17, 130), (64, 96), (33, 33)] {
            check_layers(
                Sizes {
                    rows,
                    inputs,
                    outputs,
                },
                (inputs * rows) as u64,
            );
        }
    }
}

/// Numbers as bfloat16 that look random.
fn noises_of_halves(seed: u64, count: usize) -> Vec<u16> {
    let noises = noises(seed, count);
    noises.iter().map(|value| to_brain(*value)).collect()
}

/// Scores and results of attention on halves, for those units that take them.
fn check_attention_products((rows, keys, head): (usize, usize, usize), seed: u64) {
    let stride = head + 6;
    let sources = noises_of_halves(!seed, keys * stride);
    let source = HeadRows {
        values: &sources,
        rows: keys,
        stride,
        width: head,
    };
    for (level, arithmetic) in arithmetics() {
        let unit = arithmetic.unit;
        if unit.operand() == Operand::Brain {
            let session = Session::open(level);
            check_scores((&session, unit), rows, source, seed);
            check_results((&session, unit), rows, source, seed);
        }
    }
}

/// Queries by keys, the rows of `source`.
fn check_scores(
    (session, unit): (&Session, Unit),
    rows: usize,
    source: HeadRows<'_, u16>,
    seed: u64,
) {
    let (keys, head, stride) = (source.rows, source.width, source.stride);
    let depth = unit.words(head);
    let room = rows.next_multiple_of(16) * stride + 2 * depth;
    let queries = noises_of_halves(seed, room);
    let mut panels = vec![7; Panels::size(depth, keys)];
    pack_brain_columns(source, depth, &mut panels);
    let mut scores = vec![0.0; rows * keys];
    let words = queries.chunks_exact(2);
    let words: Vec<u32> = words
        .map(|pair| u32::from(pair[0]) | u32::from(pair[1]) << 16)
        .collect();
    let left = Left {
        words: &words,
        rows,
        stride: stride / 2,
    };
    let right = Panels {
        words: &panels,
        depth,
        columns: keys,
    };
    let mut out = Output {
        target: Target::Float(&mut scores),
        stride: keys,
        finish: Finish::default(),
    };
    multiply(session, unit, left, right, &mut out);
    let value = |values: &[u16], row: usize, i: usize| f64::from(widen(values[row * stride + i]));
    for row in 0..rows {
        for key in 0..keys {
            let terms = (0..head).map(|i| value(&queries, row, i) * value(source.values, key, i));
            let exact: f64 = terms.sum();
            let found = f64::from(scores[row * keys + key]);
            assert!((found - exact).abs() < 1e-4, "{unit:?}: {found} {exact}");
        }
    }
}

/// Weights by values, the rows of `source`.
fn check_results(
    (session, unit): (&Session, Unit),
    rows: usize,
    source: HeadRows<'_, u16>,
    seed: u64,
) {
    let (keys, head) = (source.rows, source.width);
    let depth = unit.words(keys);
    let mut panels = vec![7; Panels::size(depth, head)];
    pack_brain_rows(source, depth, &mut panels);
    let mut weights = vec![0_u32; rows.next_multiple_of(16) * depth];
    let cells: &mut [u16] = bytemuck::cast_slice_mut(&mut weights);
    for (row, cells) in cells.chunks_exact_mut(2 * depth).enumerate().take(rows) {
        for (key, cell) in cells.iter_mut().enumerate().take(keys) {
            *cell = to_brain(noise(seed / 5, row * keys + key));
        }
    }
    let factors = noises(seed / 7, rows);
    let mut result = vec![0.0; rows * head];
    let left = Left {
        words: &weights,
        rows,
        stride: depth,
    };
    let right = Panels {
        words: &panels,
        depth,
        columns: head,
    };
    let finish = Finish {
        scale: Scale::Rows(&factors),
        ..Finish::default()
    };
    let mut out = Output {
        target: Target::Float(&mut result),
        stride: head,
        finish,
    };
    multiply(session, unit, left, right, &mut out);
    let cells: &[u16] = bytemuck::cast_slice(&weights);
    for row in 0..rows {
        for column in 0..head {
            let term = |key: usize| {
                let weight = f64::from(widen(cells[row * 2 * depth + key]));
                weight * f64::from(widen(source.values[key * source.stride + column]))
            };
            let exact = (0..keys).map(term).sum::<f64>() * f64::from(factors[row]);
            let found = f64::from(result[row * head + column]);
            assert!((found - exact).abs() < 1e-4, "{unit:?}: {found} {exact}");
        }
    }
}

fn check_softmax(
    (rows, keys): (usize, usize),
    scale: f32,
    (causal, window, biased): (bool, Option<usize>, bool),
    seed: u64,
) {
    let rows = rows.min(keys);
    let stride = keys.next_multiple_of(32);
    let source: Vec<f32> = noises(seed, rows * stride)
        .iter()
        .map(|value| value * scale)
        .collect();
    let bias = if biased {
        noises(!seed, 2 * keys)
    } else {
        Vec::new()
    };
    let first_query = keys - rows;
    // Places of a text that go before all of these.
    let before = usize::try_from(seed % 50).unwrap();
    for level in levels() {
        for halved in [false, true] {
            let session = Session::open(level);
            let mut values = source.clone();
            let mut halves = vec![7_u16; rows * stride];
            let mut factors = vec![0.0; rows];
            let mut scores = Scores {
                values: &mut values,
                stride,
                sight: Sight {
                    first_query: before + first_query,
                    first_key: before,
                    keys,
                    window,
                    causal,
                    offset: keys,
                },
                bias: &bias,
                halves: halved.then_some(Halves {
                    values: &mut halves,
                    stride,
                }),
                factors: &mut factors,
            };
            softmax(&session, &mut scores);
            for row in 0..rows {
                let query = first_query + row;
                let seen = |key: usize| {
                    window.is_none_or(|window| key.abs_diff(query) <= window)
                        && !(causal && key > query)
                };
                let added = |key: usize| bias.get(keys + key - query).copied().unwrap_or(0.0);
                let power = |key: usize| {
                    if seen(key) {
                        f64::from(source[row * stride + key] + added(key)).exp2()
                    } else {
                        0.0
                    }
                };
                let sum: f64 = (0..keys).map(power).sum();
                for key in 0..keys {
                    let weight = if halved {
                        widen(halves[row * stride + key])
                    } else {
                        values[row * stride + key]
                    };
                    let found = f64::from(weight * factors[row]);
                    let exact = power(key) / sum;
                    let tolerance = if halved { 5e-3 * exact + 1e-6 } else { 2e-6 };
                    assert!(
                        (found - exact).abs() < tolerance,
                        "{level} {halved}: {found} {exact}"
                    );
                }
                let padding = &halves[row * stride + keys..][..stride - keys];
                assert!(
                    !halved || padding.iter().all(|half| *half == 0),
                    "zeros behind the keys"
                );
            }
        }
    }
}

fn check_norm(width: usize, replace: bool, mean_square: bool, seed: u64) {
    const ROWS: usize = 3;
    let (weight, bias) = (noises(seed, width), noises(!seed, width));
    let (source, delta) = (
        noises(seed / 5, ROWS * width),
        noises(seed / 7, ROWS * width),
    );
    let kind = if mean_square {
        NormKind::RootMeanSquare
    } else {
        NormKind::Layer
    };
    let norm = Norm {
        kind,
        weight: &weight,
        bias: &bias,
        epsilon: 1e-5,
    };
    for level in levels() {
        let session = Session::open(level);
        let mut rows = source.clone();
        let mut target = Inputs::new(Arithmetic::float(level), width);
        target.fit(ROWS);
        let mut shift = Shift {
            rows: &mut rows,
            delta: &delta,
            norm,
            replace,
            target: Some(target.rows_mut(0, ROWS)),
        };
        add_norm(&session, &mut shift);
        let converted: &[f32] = bytemuck::cast_slice(target.left(0, ROWS).words);
        for row in 0..ROWS {
            let sums: Vec<f64> = (row * width..(row + 1) * width)
                .map(|index| f64::from(source[index] + delta[index]))
                .collect();
            let mean = if mean_square {
                0.0
            } else {
                sums.iter().sum::<f64>() / width as f64
            };
            let variance = sums.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / width as f64;
            for column in 0..width {
                let scaled = (sums[column] - mean) / (variance + 1e-5).sqrt();
                let exact = scaled * f64::from(weight[column]) + f64::from(bias[column]);
                let place = row * width + column;
                let found = f64::from(converted[place]);
                assert!((found - exact).abs() < 2e-4, "{level}: {found} {exact}");
                let kept = if replace { exact } else { sums[column] };
                assert!((f64::from(rows[place]) - kept).abs() < 2e-4, "{level}");
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

/// Applies an activation to numbers by a layer that multiplies each by 1.
fn activated(level: Instructions, activation: Activation, inputs: &[f32], quick: bool) -> Vec<f32> {
    let session = Session::open(level);
    let arithmetic = Arithmetic::float(level);
    let weights = Weights::new(arithmetic, 1, &[1.0], vec![0.0]);
    let mut numbers = Inputs::new(arithmetic, 1);
    numbers.fit(inputs.len());
    convert(&session, inputs, 1, &mut numbers.rows_mut(0, inputs.len()));
    let mut values = vec![0.0; inputs.len()];
    let mut finish = weights.finish(&[], Some(activation));
    finish.quick = quick;
    let mut out = Output {
        target: Target::Float(&mut values),
        stride: 1,
        finish,
    };
    let left = numbers.left(0, inputs.len());
    multiply(&session, arithmetic.unit, left, weights.panels(), &mut out);
    values
}

#[test]
fn activations_are_those_of_f64() {
    let inputs: Vec<f32> = (-4_000..=4_000_i16)
        .map(|step| f32::from(step) / 500.0)
        .collect();
    let gelu = |x: f64| x / 2.0 * (1.0 + erf(x / 2.0_f64.sqrt()));
    let tanh = |x: f64| {
        let inner = (2.0 / std::f64::consts::PI).sqrt() * (x + 0.044_715 * x * x * x);
        x / 2.0 * (1.0 + inner.tanh())
    };
    let silu = |x: f64| x / (1.0 + (-x).exp());
    let relu = |x: f64| x.max(0.0);
    let all: [(Activation, &dyn Fn(f64) -> f64); 4] = [
        (Activation::Gelu, &gelu),
        (Activation::GeluTanh, &tanh),
        (Activation::Silu, &silu),
        (Activation::Relu, &relu),
    ];
    for level in levels() {
        for (activation, exact) in all {
            for quick in [false, true] {
                let found = activated(level, activation, &inputs, quick);
                for (found, input) in found.iter().zip(&inputs) {
                    let x = f64::from(*input);
                    let error = (f64::from(*found) - exact(x)).abs();
                    let tolerance = match (activation, quick) {
                        (Activation::Gelu, true) => 1.4e-4,
                        _ => 4e-7 * x.abs() + 1e-12,
                    };
                    assert!(
                        error <= tolerance,
                        "{level} {activation:?} at {x}: {found}, off by {error:e}"
                    );
                }
            }
        }
    }
}

#[test]
fn extreme_and_broken_numbers_stay_what_they_are() {
    let all = [
        Activation::Gelu,
        Activation::GeluTanh,
        Activation::Relu,
        Activation::Silu,
    ];
    for level in levels() {
        for activation in all {
            let found = activated(level, activation, &[f32::NAN, 1e30, -1e30, 0.0], false);
            assert!(found[0].is_nan(), "{level} {activation:?}");
            assert!(
                found[2].abs() < 1e-6,
                "{level} {activation:?}: {}",
                found[2]
            );
            assert_eq!(
                [found[1].to_bits(), found[3].to_bits()],
                [1e30_f32.to_bits(), 0]
            );
        }
        let session = Session::open(level);
        let mut values = [-1e30, 0.0, -200.0, 1e-3];
        let mut factors = [0.0];
        let mut scores = Scores {
            values: &mut values,
            stride: 4,
            sight: Sight {
                first_query: 0,
                first_key: 0,
                keys: 4,
                window: None,
                causal: false,
                offset: 0,
            },
            bias: &[],
            halves: None,
            factors: &mut factors,
        };
        softmax(&session, &mut scores);
        assert!(values[0] < 1e-30 && values[2] < 1e-30);
        assert!((values.iter().sum::<f32>() * factors[0] - 1.0).abs() < 1e-6);
    }
}

#[test]
fn a_row_with_a_broken_number_shows_it_and_no_other_row_does() {
    let sizes = Sizes {
        rows: 3,
        inputs: 32,
        outputs: 20,
    };
    let mut left = noises(1, sizes.rows * sizes.inputs);
    left[sizes.inputs..2 * sizes.inputs].fill(f32::NAN);
    let weights = noises(2, sizes.outputs * sizes.inputs);
    for way in arithmetics() {
        let (found, _) = layer(
            way,
            sizes,
            (&left, &weights, &vec![0.0; sizes.outputs]),
            None,
        );
        for (row, values) in found.chunks_exact(sizes.outputs).enumerate() {
            assert_eq!(
                values.iter().all(|value| value.is_nan()),
                row == 1,
                "{way:?} {row}"
            );
        }
    }
}

#[test]
fn equal_numbers_survive_as_integers() {
    for (level, arithmetic) in arithmetics() {
        let sizes = Sizes {
            rows: 1,
            inputs: 16,
            outputs: 1,
        };
        let (found, _) = layer(
            (level, arithmetic),
            sizes,
            (&[0.25; 16], &[1.0; 16], &[0.0]),
            None,
        );
        assert!(
            (found[0] - 4.0).abs() < 1e-3,
            "{level} {arithmetic:?}: {}",
            found[0]
        );
    }
}

#[test]
fn rounding_to_halves_is_to_the_nearest_and_even() {
    let cases = [
        (1.0, 1.0),
        (1.003_906_2, 1.0),
        (1.003_906_4, 1.007_812_5),
        (1.011_718_8, 1.015_625),
        (-0.0, -0.0),
    ];
    for (value, expected) in cases {
        assert_eq!(
            widen(to_brain(value)).to_bits(),
            f32::to_bits(expected),
            "{value}"
        );
    }
    assert!(widen(to_brain(f32::NAN)).is_nan());
}
