//! Powers, exponentials and logarithms from sums, products and quotients alone.
//!
//! Those three are rounded the same way by every machine (IEEE 754); the functions of a system's
//! mathematics library are not. Nothing here may be contracted into fused operations.

use std::f64::consts::LN_2;

/// The mantissa of `sqrt(1/2)` as 32 bits of a float: splits numbers so that the rest lies
/// between `sqrt(1/2)` and `sqrt(2)`.
const ROOT_OF_HALF: u32 = 0x3F35_04F3;
/// Adding this rounds a small float to a whole number, found in the low bits of the sum.
const ROUNDER: f32 = 12_582_912.0;
/// Where `f32` keeps its exponent.
const EXPONENT_SHIFT: u32 = 23;
/// Terms of the series of both functions in double precision.
const TERMS: u32 = 18;

/// Returns `x^exponent`, within about 1e-5 of the value (relative).
///
/// Both numbers are positive and normal.
#[inline]
pub(crate) fn power(x: f32, exponent: f32) -> f32 {
    exp2(exponent * log2(x))
}

/// Returns `e^x` for `x <= 0`, 0 below -80; within about 1e-5 of the value (relative).
#[inline]
pub(crate) fn exp_negative(x: f32) -> f32 {
    if x < -80.0 {
        0.0
    } else {
        exp2(x * std::f32::consts::LOG2_E)
    }
}

/// Binary logarithm of a positive normal number: with `s = (m - 1) / (m + 1)`,
/// `ln m = 2 (s + s^3 / 3 + s^5 / 5 + ...)`.
#[inline]
fn log2(x: f32) -> f32 {
    const SCALE: f32 = 2.0 * std::f32::consts::LOG2_E;
    let bits = x.to_bits();
    let exponent = bits.wrapping_sub(ROOT_OF_HALF).cast_signed() >> EXPONENT_SHIFT;
    let mantissa = bits.wrapping_sub(exponent.cast_unsigned() << EXPONENT_SHIFT);
    let mantissa = f32::from_bits(mantissa);
    let s = (mantissa - 1.0) / (mantissa + 1.0);
    let z = s * s;
    let series = 1.0 + z * (1.0 / 3.0 + z * (1.0 / 5.0 + z * (1.0 / 7.0)));
    exponent as f32 + s * (SCALE * series)
}

/// Power of two for `-126 < x < 128`, by Taylor's series around the nearest whole number.
#[inline]
fn exp2(x: f32) -> f32 {
    const LN: f32 = std::f32::consts::LN_2;
    let shifted = x + ROUNDER;
    let whole = shifted.to_bits().wrapping_sub(ROUNDER.to_bits());
    let rest = (x - (shifted - ROUNDER)) * LN;
    let series = 1.0
        + rest
            * (1.0
                + rest
                    * (1.0 / 2.0
                        + rest * (1.0 / 6.0 + rest * (1.0 / 24.0 + rest * (1.0 / 120.0)))));
    f32::from_bits(series.to_bits().wrapping_add(whole << EXPONENT_SHIFT))
}

/// Natural logarithm of a positive normal number in double precision.
pub(crate) fn ln(x: f64) -> f64 {
    let bits = x.to_bits();
    // As in `log2`, with the numbers of bits of `f64`.
    let exponent = bits
        .wrapping_sub(std::f64::consts::FRAC_1_SQRT_2.to_bits())
        .cast_signed()
        >> 52;
    let mantissa = f64::from_bits(bits.wrapping_sub(exponent.cast_unsigned() << 52));
    let s = (mantissa - 1.0) / (mantissa + 1.0);
    let mut series = 0.0;
    for term in (0..TERMS).rev() {
        series = series * (s * s) + 1.0 / f64::from(2 * term + 1);
    }
    exponent as f64 * LN_2 + 2.0 * s * series
}

/// `e^x` in double precision for `-700 < x < 700`.
pub(crate) fn exp(x: f64) -> f64 {
    const ROUNDER: f64 = 6_755_399_441_055_744.0;
    let shifted = x / LN_2 + ROUNDER;
    let whole = shifted.to_bits().wrapping_sub(ROUNDER.to_bits());
    let rest = x - (shifted - ROUNDER) * LN_2;
    let mut series = 1.0;
    for term in (1..=TERMS).rev() {
        series = 1.0 + series * rest / f64::from(term);
    }
    f64::from_bits(series.to_bits().wrapping_add(whole << 52))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fast_powers_are_close_to_the_library_s() {
        for exponent in [0.4_f32, 0.895, 1.3] {
            for step in 0..2000_i16 {
                let x = (f32::from(step) * 0.02 - 20.0).exp();
                let found = power(x, exponent);
                let expected = x.powf(exponent);
                assert!(
                    (found / expected - 1.0).abs() < 1e-5,
                    "{x}^{exponent}: {found}"
                );
            }
        }
    }

    #[test]
    fn negative_exponentials_are_close_and_end_in_zero() {
        for step in 0..1000_i16 {
            let x = -f32::from(step) * 0.08;
            let found = exp_negative(x);
            assert!((found / x.exp() - 1.0).abs() < 1e-5, "exp {x}: {found}");
        }
        assert!(exp_negative(-1000.0).abs() < f32::MIN_POSITIVE);
    }

    #[test]
    fn double_functions_are_close_to_the_library_s() {
        for step in -500..500_i16 {
            let x = f64::from(step) * 0.05;
            assert!((exp(x) / x.exp() - 1.0).abs() < 1e-14, "exp {x}");
            assert!((ln(x.exp()) - x).abs() < 1e-13, "ln of exp {x}");
        }
    }
}
