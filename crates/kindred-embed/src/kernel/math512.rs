//! The functions of `math` in the registers of AVX-512.

use std::arch::x86_64::{
    __m256bh, __m256i, __m512, _CMP_GT_OQ, _CMP_LT_OQ, _MM_FROUND_NO_EXC,
    _MM_FROUND_TO_NEAREST_INT, _mm512_abs_ps, _mm512_add_ps, _mm512_castsi512_ps,
    _mm512_cmp_ps_mask, _mm512_cvtepu16_epi32, _mm512_cvtneps_pbh, _mm512_fmadd_ps,
    _mm512_fnmadd_ps, _mm512_mask_blend_ps, _mm512_mask_sub_ps, _mm512_max_ps, _mm512_min_ps,
    _mm512_mul_ps, _mm512_rcp14_ps, _mm512_roundscale_ps, _mm512_scalef_ps, _mm512_set1_ps,
    _mm512_setzero_ps, _mm512_slli_epi32, _mm512_sub_ps,
};

use super::math;

const NEAREST: i32 = _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC;

/// Whether the processor has what this module and its users are compiled for.
pub(super) fn is_there() -> bool {
    super::Instructions::Avx512.is_there() && is_x86_feature_detected!("avx512bf16")
}

/// Rounds to bfloat16 and widens again.
#[target_feature(enable = "avx512f,avx512bf16")]
#[inline]
pub(super) fn round(value: __m512) -> __m512 {
    // SAFETY: both types are 32 bytes of any bits.
    let halves = unsafe { std::mem::transmute::<__m256bh, __m256i>(_mm512_cvtneps_pbh(value)) };
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
pub(super) fn gelu(x: __m512) -> __m512 {
    let one = _mm512_set1_ps(1.0);
    // Beyond it the tail is 0 anyway, and its square stays finite.
    let size = _mm512_min_ps(_mm512_set1_ps(1e4), _mm512_abs_ps(x));
    let z = _mm512_mul_ps(size, _mm512_set1_ps(std::f32::consts::FRAC_1_SQRT_2));
    let t = reciprocal(_mm512_fmadd_ps(
        z,
        _mm512_set1_ps(math::COMPLEMENT_SCALE),
        one,
    ));
    let small = exponential(_mm512_sub_ps(_mm512_setzero_ps(), _mm512_mul_ps(z, z)));
    let tail = _mm512_mul_ps(_mm512_mul_ps(t, _mm512_set1_ps(0.5)), small);
    let tail = _mm512_mul_ps(tail, polynomial(t, &math::COMPLEMENT));
    let positive = _mm512_cmp_ps_mask::<_CMP_GT_OQ>(x, _mm512_setzero_ps());
    _mm512_mul_ps(x, _mm512_mask_sub_ps(tail, positive, one, tail))
}

#[target_feature(enable = "avx512f")]
#[inline]
pub(super) fn quick_gelu(x: __m512) -> __m512 {
    let limit = _mm512_set1_ps(math::QUICK_GELU_LIMIT);
    let least = _mm512_set1_ps(-math::QUICK_GELU_LIMIT);
    let limited = _mm512_max_ps(least, _mm512_min_ps(limit, x));
    let odd = polynomial(_mm512_mul_ps(limited, limited), &math::QUICK_GELU);
    _mm512_mul_ps(x, _mm512_fmadd_ps(limited, odd, _mm512_set1_ps(0.5)))
}

#[target_feature(enable = "avx512f,avx512dq")]
#[inline]
pub(super) fn gelu_tanh(x: __m512) -> __m512 {
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
pub(super) fn silu(x: __m512) -> __m512 {
    _mm512_mul_ps(x, logistic(x))
}

/// `1 / (1 + exp(-x))`.
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
pub(super) fn relu(x: __m512) -> __m512 {
    // With the operands in this order NaN stays NaN.
    _mm512_max_ps(_mm512_setzero_ps(), x)
}
