//! `finish` and the functions of `math` in the registers of AVX-512.

use std::arch::x86_64::{
    __m512, __mmask16, _MM_FROUND_NO_EXC, _MM_FROUND_TO_NEAREST_INT, _mm256_mask_storeu_epi16,
    _mm512_abs_ps, _mm512_add_ps, _mm512_castps_si512, _mm512_castsi512_ps, _mm512_cmp_ps_mask,
    _mm512_cvtepi32_ps, _mm512_cvtneps_pbh, _mm512_fmadd_ps, _mm512_fnmadd_ps, _mm512_loadu_ps,
    _mm512_mask_blend_ps, _mm512_mask_storeu_ps, _mm512_mask_sub_ps, _mm512_max_ps, _mm512_min_ps,
    _mm512_mul_ps, _mm512_rcp14_ps, _mm512_roundscale_ps, _mm512_scalef_ps, _mm512_set1_ps,
    _mm512_setzero_ps, _mm512_sub_ps, _CMP_GT_OQ, _CMP_LT_OQ,
};

use super::finish::{Output, RowScale, Scale, Target};
use super::math;
use super::product::{Block, LANES, Region};
use crate::architecture::Activation;

const NONE: u8 = 0;
const GELU: u8 = 1;
const QUICK_GELU: u8 = 2;
const GELU_TANH: u8 = 3;
const SILU: u8 = 4;
const RELU: u8 = 5;

const NEAREST: i32 = _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC;

/// Whether the processor has what this module is compiled for.
pub(super) fn is_there() -> bool {
    super::Instructions::Avx512.is_there() && is_x86_feature_detected!("avx512bf16")
}

/// Finishes a block.
///
/// # Panics
/// If the processor lacks the instructions.
pub(super) fn finish(block: &Block, region: &Region, out: &mut Output<'_>) {
    assert!(is_there(), "the processor has AVX-512 and bfloat16");
    let stored_exactly = matches!(out.target, Target::Float(_));
    // SAFETY: the features that the functions were compiled for were just detected.
    unsafe {
        match (out.finish.activation, stored_exactly) {
            (None, _) => panels::<NONE>(block, region, out),
            (Some(Activation::Gelu), true) => panels::<GELU>(block, region, out),
            (Some(Activation::Gelu), false) => panels::<QUICK_GELU>(block, region, out),
            (Some(Activation::GeluTanh), _) => panels::<GELU_TANH>(block, region, out),
            (Some(Activation::Silu), _) => panels::<SILU>(block, region, out),
            (Some(Activation::Relu), _) => panels::<RELU>(block, region, out),
        }
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512bf16")]
fn panels<const ACTIVATION: u8>(block: &Block, region: &Region, out: &mut Output<'_>) {
    match region.columns.div_ceil(LANES) {
        1 => rows::<ACTIVATION, 1>(block, region, out),
        2 => rows::<ACTIVATION, 2>(block, region, out),
        _ => rows::<ACTIVATION, 3>(block, region, out),
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512bf16")]
fn rows<const ACTIVATION: u8, const PANELS: usize>(
    block: &Block,
    region: &Region,
    out: &mut Output<'_>,
) {
    let column = region.first_column;
    let bias: [__m512; PANELS] = match out.finish.bias {
        Some(bias) => load_row(&bias[column..]),
        None => [_mm512_setzero_ps(); PANELS],
    };
    let full = (PANELS - 1) * LANES;
    let last: __mmask16 = u16::MAX >> (LANES - (region.columns - full));
    for row in 0..region.rows {
        let number = region.first_row + row;
        let mut values = load_row::<PANELS>(bytemuck::cast_slice(
            &block.words[row * region.stride..][..region.stride],
        ));
        match out.finish.scale {
            Scale::None => {
                for (value, bias) in values.iter_mut().zip(bias) {
                    *value = _mm512_add_ps(*value, bias);
                }
            }
            Scale::Rows(rows) => {
                let factor = _mm512_set1_ps(rows[number]);
                for (value, bias) in values.iter_mut().zip(bias) {
                    *value = _mm512_fmadd_ps(*value, factor, bias);
                }
            }
            Scale::Integer {
                rows,
                columns,
                sums,
            } => {
                let RowScale { scale, zero } = rows[number];
                let (scale, zero) = (_mm512_set1_ps(scale), _mm512_set1_ps(zero));
                let columns: [__m512; PANELS] = load_row(&columns[column..]);
                let sums: [__m512; PANELS] = load_row(&sums[column..]);
                for panel in 0..PANELS {
                    let sum = _mm512_cvtepi32_ps(_mm512_castps_si512(values[panel]));
                    let real = _mm512_fnmadd_ps(zero, sums[panel], sum);
                    let factor = _mm512_mul_ps(columns[panel], scale);
                    values[panel] = _mm512_fmadd_ps(real, factor, bias[panel]);
                }
            }
        }
        for value in &mut values {
            *value = match ACTIVATION {
                GELU => gelu(*value),
                QUICK_GELU => quick_gelu(*value),
                GELU_TANH => gelu_tanh(*value),
                SILU => silu(*value),
                RELU => relu(*value),
                _ => *value,
            };
        }
        let place = number * out.stride + column;
        let store = |target: &mut [f32], value: __m512, panel: usize| {
            let mask = if panel + 1 == PANELS { last } else { u16::MAX };
            // SAFETY: `target` has the lanes that the mask leaves in.
            unsafe { _mm512_mask_storeu_ps(target.as_mut_ptr().add(panel * LANES), mask, value) };
        };
        match &mut out.target {
            Target::Float(target) => {
                let target = &mut target[place..place + region.columns];
                for (panel, value) in values.into_iter().enumerate() {
                    store(target, value, panel);
                }
            }
            Target::Rounded(target) => {
                let target = &mut target[place..place + region.columns];
                for (panel, value) in values.into_iter().enumerate() {
                    store(target, round(value), panel);
                }
            }
            Target::Brain(target) => {
                let target = &mut target[place..place + region.columns];
                for (panel, value) in values.into_iter().enumerate() {
                    let mask = if panel + 1 == PANELS { last } else { u16::MAX };
                    // SAFETY: both types are 32 bytes of any bits; `target` has the lanes that
                    // the mask leaves in.
                    unsafe {
                        let halves = std::mem::transmute(_mm512_cvtneps_pbh(value));
                        let target = target.as_mut_ptr().add(panel * LANES);
                        _mm256_mask_storeu_epi16(target.cast(), mask, halves);
                    }
                }
            }
        }
    }
}

/// Loads the first panels of a row.
#[target_feature(enable = "avx512f")]
#[inline]
fn load_row<const PANELS: usize>(row: &[f32]) -> [__m512; PANELS] {
    assert!(row.len() >= PANELS * LANES, "whole panels");
    let mut values = [_mm512_setzero_ps(); PANELS];
    for (panel, value) in values.iter_mut().enumerate() {
        // SAFETY: the row has that many panels.
        *value = unsafe { _mm512_loadu_ps(row.as_ptr().add(panel * LANES)) };
    }
    values
}

/// Rounds to bfloat16 and widens again.
#[target_feature(enable = "avx512f,avx512bf16")]
#[inline]
pub(super) fn round(value: __m512) -> __m512 {
    use std::arch::x86_64::{_mm512_cvtepu16_epi32, _mm512_slli_epi32};
    // SAFETY: both types are 32 bytes of any bits.
    let halves = unsafe { std::mem::transmute(_mm512_cvtneps_pbh(value)) };
    _mm512_castsi512_ps(_mm512_slli_epi32::<16>(_mm512_cvtepu16_epi32(halves)))
}

#[target_feature(enable = "avx512f")]
#[inline]
fn polynomial<const TERMS: usize>(x: __m512, terms: &[f32; TERMS]) -> __m512 {
    let mut value = _mm512_set1_ps(terms[TERMS - 1]);
    for term in terms[..TERMS - 1].iter().rev() {
        value = _mm512_fmadd_ps(value, x, _mm512_set1_ps(*term));
    }
    value
}

/// `2^x` for `x <= 0`, with the terms of the wanted exactness; NaN stays NaN.
#[target_feature(enable = "avx512f")]
#[inline]
pub(super) fn power<const TERMS: usize>(x: __m512, terms: &[f32; TERMS]) -> __m512 {
    let whole = _mm512_roundscale_ps::<NEAREST>(x);
    let rest = _mm512_sub_ps(x, whole);
    _mm512_scalef_ps(polynomial(rest, terms), whole)
}

/// `exp(x)` for `x <= 0`; 0 for minus infinity.
#[target_feature(enable = "avx512f")]
#[inline]
fn exponential(x: __m512) -> __m512 {
    let least = _mm512_set1_ps(-200.0);
    let x = _mm512_mul_ps(x, _mm512_set1_ps(std::f32::consts::LOG2_E));
    // With the operands in this order NaN stays NaN; infinity would become NaN below.
    power(_mm512_max_ps(least, x), &math::POWER)
}

/// `1 / x` to the last bits: an estimate and one step of Newton's.
#[target_feature(enable = "avx512f")]
#[inline]
fn reciprocal(x: __m512) -> __m512 {
    let estimate = _mm512_rcp14_ps(x);
    let error = _mm512_fnmadd_ps(x, estimate, _mm512_set1_ps(1.0));
    _mm512_fmadd_ps(estimate, error, estimate)
}

#[target_feature(enable = "avx512f,avx512dq")]
#[inline]
fn gelu(x: __m512) -> __m512 {
    let one = _mm512_set1_ps(1.0);
    // Beyond it the tail is 0 anyway, and its square stays finite.
    let size = _mm512_min_ps(_mm512_set1_ps(1e4), _mm512_abs_ps(x));
    let z = _mm512_mul_ps(size, _mm512_set1_ps(std::f32::consts::FRAC_1_SQRT_2));
    let t = reciprocal(_mm512_fmadd_ps(z, _mm512_set1_ps(math::COMPLEMENT_SCALE), one));
    let small = exponential(_mm512_sub_ps(_mm512_setzero_ps(), _mm512_mul_ps(z, z)));
    let tail = _mm512_mul_ps(_mm512_mul_ps(t, _mm512_set1_ps(0.5)), small);
    let tail = _mm512_mul_ps(tail, polynomial(t, &math::COMPLEMENT));
    let positive = _mm512_cmp_ps_mask::<_CMP_GT_OQ>(x, _mm512_setzero_ps());
    _mm512_mul_ps(x, _mm512_mask_sub_ps(tail, positive, one, tail))
}

#[target_feature(enable = "avx512f")]
#[inline]
fn quick_gelu(x: __m512) -> __m512 {
    let limit = _mm512_set1_ps(math::QUICK_GELU_LIMIT);
    let least = _mm512_set1_ps(-math::QUICK_GELU_LIMIT);
    let limited = _mm512_max_ps(least, _mm512_min_ps(limit, x));
    let odd = polynomial(_mm512_mul_ps(limited, limited), &math::QUICK_GELU);
    _mm512_mul_ps(x, _mm512_fmadd_ps(limited, odd, _mm512_set1_ps(0.5)))
}

#[target_feature(enable = "avx512f,avx512dq")]
#[inline]
fn gelu_tanh(x: __m512) -> __m512 {
    let square = _mm512_mul_ps(x, x);
    let factor = _mm512_fmadd_ps(
        square,
        _mm512_set1_ps(math::TANH_CUBIC),
        _mm512_set1_ps(math::TANH_LINEAR),
    );
    _mm512_mul_ps(x, logistic(_mm512_mul_ps(x, factor)))
}

#[target_feature(enable = "avx512f,avx512dq")]
#[inline]
fn silu(x: __m512) -> __m512 {
    _mm512_mul_ps(x, logistic(x))
}

#[target_feature(enable = "avx512f,avx512dq")]
#[inline]
fn logistic(x: __m512) -> __m512 {
    let small = exponential(_mm512_sub_ps(_mm512_setzero_ps(), _mm512_abs_ps(x)));
    let share = reciprocal(_mm512_add_ps(_mm512_set1_ps(1.0), small));
    let negative = _mm512_cmp_ps_mask::<_CMP_LT_OQ>(x, _mm512_setzero_ps());
    _mm512_mask_blend_ps(negative, share, _mm512_mul_ps(small, share))
}

#[target_feature(enable = "avx512f")]
#[inline]
fn relu(x: __m512) -> __m512 {
    // With the operands in this order NaN stays NaN.
    _mm512_max_ps(_mm512_setzero_ps(), x)
}
