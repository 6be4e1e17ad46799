//! The steps between matrix products, row by row.

#![expect(
    clippy::inline_always,
    reason = "a body must be compiled for the vector units of its caller"
)]

use super::fused;

/// Independent sums of a reduction; one register of AVX-512.
const LANES: usize = 16;
/// Below this, `exp` is 0 in any sum that has a 1 in it.
const LEAST_EXPONENT: f32 = -87.0;
/// Adding it leaves the nearest whole number in the low bits of a float.
const ROUNDER: f32 = 12_582_912.0;
/// `ln 2` in two parts, the first with few enough bits that its products are exact.
const LN_2_HIGH: f32 = 0.693_359_4;
const LN_2_LOW: f32 = -2.121_944_4e-4;

/// `exp(x)` for `|x| <= ln(2) / 2`, fitted by least squares; relative error 2e-9.
const EXPONENTIAL: [f32; 7] = [
    1.0,
    1.000_000_036,
    0.499_999_9,
    0.166_664_21,
    0.041_668_36,
    8.374_775e-3,
    1.382_942_4e-3,
];

/// `exp(z^2) * erfc(z) = t * P(t)` with `t = 1 / (1 + SCALE * z)`, fitted with the weight
/// `exp(-z^2)`; absolute error of `erfc` 3e-8.
const COMPLEMENT: [f32; 6] = [
    0.231_927_96,
    0.161_787_2,
    0.468_363_68,
    -0.371_017_35,
    0.709_213_75,
    -0.200_275_27,
];
const COMPLEMENT_SCALE: f32 = 0.4;

/// Parameters of a layer normalisation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Norm<'a> {
    /// One factor for each column.
    pub(crate) weight: &'a [f32],
    /// One term for each column.
    pub(crate) bias: &'a [f32],
    /// Added to the variance.
    pub(crate) epsilon: f32,
}

#[inline(always)]
fn multiply_add<const LEVEL: usize>(left: f32, right: f32, term: f32) -> f32 {
    if fused(LEVEL) {
        left.mul_add(right, term)
    } else {
        left * right + term
    }
}

#[inline(always)]
fn polynomial<const LEVEL: usize, const TERMS: usize>(x: f32, terms: &[f32; TERMS]) -> f32 {
    let mut value = terms[TERMS - 1];
    for term in terms[..TERMS - 1].iter().rev() {
        value = multiply_add::<LEVEL>(value, x, *term);
    }
    value
}

/// `exp(x)` for `x <= 0`; relative error below 2e-7, 0 below -87.
#[inline(always)]
fn exponential<const LEVEL: usize>(x: f32) -> f32 {
    let x = if x > LEAST_EXPONENT {
        x
    } else {
        LEAST_EXPONENT
    };
    let shifted = multiply_add::<LEVEL>(x, std::f32::consts::LOG2_E, ROUNDER);
    let whole = shifted - ROUNDER;
    let rest = multiply_add::<LEVEL>(whole, -LN_2_HIGH, x);
    let rest = multiply_add::<LEVEL>(whole, -LN_2_LOW, rest);
    let power = f32::from_bits(shifted.to_bits().wrapping_add(127) << 23);
    polynomial::<LEVEL, 7>(rest, &EXPONENTIAL) * power
}

/// The body of [`super::gelu`].
#[inline(always)]
pub(super) fn gelu<const LEVEL: usize>(values: &mut [f32]) {
    for value in values {
        let x = *value;
        let z = x.abs() * std::f32::consts::FRAC_1_SQRT_2;
        let t = 1.0 / multiply_add::<LEVEL>(z, COMPLEMENT_SCALE, 1.0);
        let tail = 0.5 * t * polynomial::<LEVEL, 6>(t, &COMPLEMENT) * exponential::<LEVEL>(-z * z);
        *value = x * if x < 0.0 { tail } else { 1.0 - tail };
    }
}

/// The body of [`super::gelu_tanh`]: `x / (1 + exp(-2 u))` with `u` the tangent's argument.
#[inline(always)]
pub(super) fn gelu_tanh<const LEVEL: usize>(values: &mut [f32]) {
    // 2 * sqrt(2 / pi), and that times 0.044715.
    const LINEAR: f32 = 1.595_769;
    const CUBIC: f32 = 0.071_354_814;
    for value in values {
        let x = *value;
        let twice = x * multiply_add::<LEVEL>(x * x, CUBIC, LINEAR);
        let small = exponential::<LEVEL>(-twice.abs());
        let share = 1.0 / (1.0 + small);
        *value = x * if x < 0.0 { small * share } else { share };
    }
}

/// The body of [`super::relu`].
#[inline(always)]
pub(super) fn relu<const LEVEL: usize>(values: &mut [f32]) {
    for value in values {
        // Written so that NaN stays NaN.
        *value = if *value < 0.0 { 0.0 } else { *value };
    }
}

/// The body of [`super::softmax`].
#[inline(always)]
pub(super) fn softmax<const LEVEL: usize>(scores: &mut [f32], stride: usize, columns: usize) {
    for row in scores.chunks_mut(stride) {
        let row = &mut row[..columns];
        let largest = largest(row);
        let (blocks, rest) = row.as_chunks_mut::<LANES>();
        let mut sums = [0.0_f32; LANES];
        for block in blocks {
            for lane in 0..LANES {
                block[lane] = exponential::<LEVEL>(block[lane] - largest);
                sums[lane] += block[lane];
            }
        }
        for (lane, value) in rest.iter_mut().enumerate() {
            *value = exponential::<LEVEL>(*value - largest);
            sums[lane] += *value;
        }
        let scale = 1.0 / fold(&mut sums);
        for value in row {
            *value *= scale;
        }
    }
}

#[inline(always)]
fn largest(row: &[f32]) -> f32 {
    let larger = |left: f32, right: f32| if left > right { left } else { right };
    let (blocks, rest) = row.as_chunks::<LANES>();
    let mut lanes = [f32::MIN; LANES];
    for block in blocks {
        for lane in 0..LANES {
            lanes[lane] = larger(lanes[lane], block[lane]);
        }
    }
    lanes.iter().chain(rest).copied().fold(f32::MIN, larger)
}

/// The body of [`super::add_norm`].
#[inline(always)]
pub(super) fn add_norm<const LEVEL: usize>(values: &mut [f32], delta: &[f32], norm: Norm<'_>) {
    let width = norm.weight.len();
    let bias = &norm.bias[..width];
    for (row, delta) in values
        .chunks_exact_mut(width)
        .zip(delta.chunks_exact(width))
    {
        for (value, delta) in row.iter_mut().zip(delta) {
            *value += delta;
        }
        let mean = sum_of(row, |value| value) / width as f32;
        let variance = sum_of(row, |value| (value - mean) * (value - mean)) / width as f32;
        let scale = 1.0 / (variance + norm.epsilon).sqrt();
        for ((value, weight), bias) in row.iter_mut().zip(norm.weight).zip(bias) {
            *value = multiply_add::<LEVEL>((*value - mean) * scale, *weight, *bias);
        }
    }
}

#[inline(always)]
fn sum_of(row: &[f32], term: impl Fn(f32) -> f32) -> f32 {
    let (blocks, rest) = row.as_chunks::<LANES>();
    let mut sums = [0.0_f32; LANES];
    for block in blocks {
        for lane in 0..LANES {
            sums[lane] += term(block[lane]);
        }
    }
    for (sum, value) in sums.iter_mut().zip(rest) {
        *sum += term(*value);
    }
    fold(&mut sums)
}

/// Adds the sums pairwise.
#[inline(always)]
fn fold(sums: &mut [f32; LANES]) -> f32 {
    let mut width = LANES / 2;
    while width > 0 {
        for lane in 0..width {
            sums[lane] += sums[lane + width];
        }
        width /= 2;
    }
    sums[0]
}
