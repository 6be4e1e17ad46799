//! Functions of single numbers, written so that they become vector code.

use super::fused;
use super::product::LANES;
use crate::architecture::Activation;

/// Adding it leaves the nearest whole number in the low bits of a float.
const ROUNDER: f32 = 12_582_912.0;
/// Below this, `2^x` is 0 in any sum that has a 1 in it.
const LEAST_EXPONENT: f32 = -126.0;

/// `2^x` for `|x| <= 1/2`, fitted to the least largest relative error: 7.5e-8 (before rounding).
pub(super) const POWER: [f32; 6] = [
    1.0,
    0.693_146_94,
    0.240_221_2,
    0.055_507_13,
    0.009_675_541,
    0.001_327_647_2,
];
/// The same to 7.5e-5, by [`super::math512`] for results that are stored as bfloat16 (whose own step is 4e-3).
#[cfg(target_arch = "x86_64")]
pub(super) const QUICK_POWER: [f32; 4] = [0.999_928_06, 0.693_260_97, 0.242_611_13, 0.055_171_67];

/// `exp(z^2) * erfc(z) = t * P(t)` with `t = 1 / (1 + SCALE * z)`, fitted with the weight
/// `exp(-z^2)`; absolute error of `erfc` 3e-8.
pub(super) const COMPLEMENT: [f32; 6] = [
    0.231_927_96,
    0.161_787_2,
    0.468_363_68,
    -0.371_017_35,
    0.709_213_75,
    -0.200_275_27,
];
pub(super) const COMPLEMENT_SCALE: f32 = 0.4;

/// `(Phi(x) - 1/2) / x` as a polynomial of `x^2` for `|x| <= 4`, 1/8 at 4; `x * Phi(x)` from it
/// has an absolute error of 1.3e-4 everywhere (`x` cut to 4 inside).
pub(super) const QUICK_GELU: [f32; 8] = [
    0.398_187_52,
    -0.065_065_675,
    0.009_040_619,
    -8.830_204_6e-4,
    5.742_812e-5,
    -2.312_156_8e-6,
    5.061_025e-8,
    -4.392_854_7e-10,
];
pub(super) const QUICK_GELU_LIMIT: f32 = 4.0;

/// `sqrt(2 / pi)` twice, and that times 0.044715.
pub(super) const TANH_LINEAR: f32 = 1.595_769;
pub(super) const TANH_CUBIC: f32 = 0.071_354_814;

/// How exact a result has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exactness {
    /// As exact as a 32-bit float.
    Float,
    /// It is rounded to bfloat16 or to 8 bits afterwards.
    Brain,
}

/// Adds up the sums of lanes.
#[inline(always)]
pub(super) fn total(mut sums: [f32; LANES]) -> f32 {
    let mut width = LANES / 2;
    while width > 0 {
        for lane in 0..width {
            sums[lane] += sums[lane + width];
        }
        width /= 2;
    }
    sums[0]
}

/// `left * right + term`, fused where that is one instruction.
#[inline(always)]
pub(super) fn multiply_add<const LEVEL: usize>(left: f32, right: f32, term: f32) -> f32 {
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

/// `2^x` for `x <= 0`; relative error below 2e-7, 0 below -126.
#[inline(always)]
pub(super) fn power<const LEVEL: usize>(x: f32) -> f32 {
    // Written so that NaN becomes the least exponent; sums show NaN where they are made.
    let least = x.is_nan() || x <= LEAST_EXPONENT;
    let x = if least { LEAST_EXPONENT } else { x };
    let shifted = x + ROUNDER;
    let rest = x - (shifted - ROUNDER);
    let scale = f32::from_bits(shifted.to_bits().wrapping_add(127) << 23);
    let value = polynomial::<LEVEL, 6>(rest, &POWER) * scale;
    if least { 0.0 } else { value }
}

/// `exp(x)` for `x <= 0`.
#[inline(always)]
fn exponential<const LEVEL: usize>(x: f32) -> f32 {
    power::<LEVEL>(x * std::f32::consts::LOG2_E)
}

/// Rounds to the nearest bfloat16, ties to even; NaN stays NaN.
#[inline(always)]
pub(super) fn to_brain(value: f32) -> u16 {
    let bits = value.to_bits();
    let rounded = bits.wrapping_add(0x7fff + (bits >> 16 & 1)) >> 16;
    let bits = if value.is_nan() {
        bits >> 16 | 0x40
    } else {
        rounded
    };
    #[expect(clippy::cast_possible_truncation, reason = "16 bits are left")]
    let half = bits as u16;
    half
}

/// Turns a bfloat16 into the float that it is.
#[inline(always)]
pub(super) fn widen(value: u16) -> f32 {
    f32::from_bits(u32::from(value) << 16)
}

/// Applies an activation to each of `values`.
#[inline(always)]
pub(super) fn activate<const LEVEL: usize>(
    activation: Activation,
    exactness: Exactness,
    values: &mut [f32],
) {
    match (activation, exactness) {
        (Activation::Gelu, Exactness::Float) => each(values, gelu::<LEVEL>),
        (Activation::Gelu, Exactness::Brain) => each(values, quick_gelu::<LEVEL>),
        (Activation::GeluTanh, _) => each(values, gelu_tanh::<LEVEL>),
        (Activation::Silu, _) => each(values, silu::<LEVEL>),
        // Written so that NaN stays NaN.
        (Activation::Relu, _) => each(values, |x| if x < 0.0 { 0.0 } else { x }),
    }
}

#[inline(always)]
fn each(values: &mut [f32], function: impl Fn(f32) -> f32) {
    for value in values {
        *value = function(*value);
    }
}

/// `x / 2 * (1 + erf(x / sqrt 2))`; absolute error below `3e-7 * |x|`.
#[inline(always)]
fn gelu<const LEVEL: usize>(x: f32) -> f32 {
    let z = x.abs() * std::f32::consts::FRAC_1_SQRT_2;
    let t = 1.0 / multiply_add::<LEVEL>(z, COMPLEMENT_SCALE, 1.0);
    let tail = 0.5 * t * polynomial::<LEVEL, 6>(t, &COMPLEMENT) * exponential::<LEVEL>(-z * z);
    x * if x < 0.0 { tail } else { 1.0 - tail }
}

/// The same with an absolute error below 1.4e-4.
#[inline(always)]
fn quick_gelu<const LEVEL: usize>(x: f32) -> f32 {
    let limited = x.clamp(-QUICK_GELU_LIMIT, QUICK_GELU_LIMIT);
    let odd = polynomial::<LEVEL, 8>(limited * limited, &QUICK_GELU);
    x * multiply_add::<LEVEL>(limited, odd, 0.5)
}

/// `x / (1 + exp(-2 u))` with `u` the argument of the hyperbolic tangent.
#[inline(always)]
fn gelu_tanh<const LEVEL: usize>(x: f32) -> f32 {
    x * logistic::<LEVEL>(x * multiply_add::<LEVEL>(x * x, TANH_CUBIC, TANH_LINEAR))
}

/// `x / (1 + exp(-x))`.
#[inline(always)]
fn silu<const LEVEL: usize>(x: f32) -> f32 {
    x * logistic::<LEVEL>(x)
}

/// `1 / (1 + exp(-x))`.
#[inline(always)]
fn logistic<const LEVEL: usize>(x: f32) -> f32 {
    let small = exponential::<LEVEL>(-x.abs());
    let share = 1.0 / (1.0 + small);
    if x < 0.0 { small * share } else { share }
}
