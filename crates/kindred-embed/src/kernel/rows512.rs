//! The steps between products in the registers of AVX-512.

use std::arch::x86_64::{
    __m256bh, __m256i, __m512, __mmask16, _CMP_UNORD_Q, _mm_mask_storeu_epi8,
    _mm256_mask_storeu_epi16, _mm512_add_ps, _mm512_cmp_ps_mask, _mm512_cvtneps_pbh,
    _mm512_cvtps_epi32, _mm512_cvtusepi32_epi8, _mm512_fmadd_ps, _mm512_loadu_ps,
    _mm512_mask_loadu_ps, _mm512_mask_storeu_ps, _mm512_maskz_mov_ps, _mm512_max_epi32,
    _mm512_max_ps, _mm512_min_ps, _mm512_mul_ps, _mm512_reduce_add_ps, _mm512_reduce_max_ps,
    _mm512_reduce_min_ps, _mm512_set1_ps, _mm512_setzero_ps, _mm512_setzero_si512,
    _mm512_storeu_ps, _mm512_sub_ps,
};

use super::finish::RowScale;
use super::math;
use super::math512::{is_there, power, round};
use super::norm::Shift;
use super::product::{LANES, Operand};
use super::rows::{Destination, step_of};
use super::softmax::Scores;
use crate::architecture::NormKind;

/// Independent registers of a reduction: one alone would wait for itself.
const CHAINS: usize = 4;

/// Converts rows of `width` floats.
///
/// # Panics
/// If the processor lacks the instructions.
pub(super) fn convert(source: &[f32], width: usize, target: &mut Destination<'_>) {
    assert!(is_there(), "the processor has AVX-512 and bfloat16");
    for (number, row) in source.chunks_exact(width).enumerate() {
        // SAFETY: the features that the function was compiled for were just detected.
        unsafe { convert_row(row, number, target) };
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512bf16")]
fn convert_row(row: &[f32], number: usize, target: &mut Destination<'_>) {
    let words = &mut target.words[number * target.stride..][..target.stride];
    match target.arithmetic.unit.operand() {
        Operand::Float if target.arithmetic.rounded => {
            let target: &mut [f32] = bytemuck::cast_slice_mut(words);
            each(row, 0.0, |start, lanes, value| {
                let target = &mut target[start..][..lanes];
                // SAFETY: `target` has the lanes of the mask.
                unsafe { _mm512_mask_storeu_ps(target.as_mut_ptr(), mask(lanes), round(value)) };
            });
        }
        Operand::Float => words[..row.len()].copy_from_slice(bytemuck::cast_slice(row)),
        Operand::Brain => {
            let halves: &mut [u16] = bytemuck::cast_slice_mut(words);
            each(row, 0.0, |start, lanes, value| {
                store_brain(&mut halves[start..][..lanes], value);
            });
        }
        Operand::Split => {
            let (high, low) = words.split_at_mut(target.stride / 2);
            let high: &mut [u16] = bytemuck::cast_slice_mut(high);
            let low: &mut [u16] = bytemuck::cast_slice_mut(low);
            each(row, 0.0, |start, lanes, value| {
                let rest = _mm512_sub_ps(value, round(value));
                store_brain(&mut high[start..][..lanes], value);
                store_brain(&mut low[start..][..lanes], rest);
            });
        }
        Operand::Integer => {
            let bytes: &mut [u8] = bytemuck::cast_slice_mut(words);
            target.scales[number] = quantize(row, bytes);
        }
    }
}

/// Calls `work` with the start, the number of lanes and the numbers of each 16 of a row; lanes
/// behind the last number are `filler`.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512bf16")]
#[inline]
fn each(row: &[f32], filler: f32, mut work: impl FnMut(usize, usize, __m512)) {
    let (full, rest) = row.as_chunks::<LANES>();
    for (number, lanes) in full.iter().enumerate() {
        work(number * LANES, LANES, load(lanes));
    }
    if !rest.is_empty() {
        let filler = _mm512_set1_ps(filler);
        // SAFETY: the mask leaves in the lanes that are there.
        let value = unsafe { _mm512_mask_loadu_ps(filler, mask(rest.len()), rest.as_ptr()) };
        work(full.len() * LANES, rest.len(), value);
    }
}

/// Reduces a row with several chains; lanes behind the last number are `start`, which must not
/// change what `step` makes of the others.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512bf16")]
#[inline]
fn reduce(
    row: &[f32],
    start: f32,
    step: impl Fn(__m512, __m512) -> __m512,
    join: impl Fn(__m512, __m512) -> __m512,
) -> __m512 {
    let mut chains = [_mm512_set1_ps(start); CHAINS];
    let (groups, rest) = row.as_chunks::<{ CHAINS * LANES }>();
    for group in groups {
        for (chain, lanes) in chains.iter_mut().zip(group.as_chunks::<LANES>().0) {
            *chain = step(*chain, load(lanes));
        }
    }
    each(rest, start, |_, lanes, value| {
        let stepped = step(chains[0], value);
        let kept = _mm512_maskz_mov_ps(!mask(lanes), chains[0]);
        let changed = _mm512_maskz_mov_ps(mask(lanes), stepped);
        chains[0] = _mm512_add_ps(kept, changed);
    });
    join(join(chains[0], chains[1]), join(chains[2], chains[3]))
}

/// The mask of the first `lanes` lanes, 1 to 16.
#[inline]
fn mask(lanes: usize) -> __mmask16 {
    u16::MAX >> (LANES - lanes)
}

#[target_feature(enable = "avx512f")]
#[inline]
fn load(lanes: &[f32; LANES]) -> __m512 {
    // SAFETY: there are 16 numbers.
    unsafe { _mm512_loadu_ps(lanes.as_ptr()) }
}

#[target_feature(enable = "avx512f")]
#[inline]
fn store(lanes: &mut [f32; LANES], value: __m512) {
    // SAFETY: there are 16 numbers.
    unsafe { _mm512_storeu_ps(lanes.as_mut_ptr(), value) };
}

/// Stores as many numbers as `target` has, at most 16, as bfloat16.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512bf16")]
#[inline]
fn store_brain(target: &mut [u16], value: __m512) {
    // SAFETY: both types are 32 bytes of any bits; `target` has the lanes of the mask.
    unsafe {
        let halves = std::mem::transmute::<__m256bh, __m256i>(_mm512_cvtneps_pbh(value));
        _mm256_mask_storeu_epi16(target.as_mut_ptr().cast(), mask(target.len()), halves);
    }
}

/// Rounds a row to whole numbers from 0 to 255, its least number 0 and its largest 255. The scale
/// of a row with a number that is not finite is NaN.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512bf16")]
#[inline]
fn quantize(row: &[f32], bytes: &mut [u8]) -> RowScale {
    let first = row.first().copied().unwrap_or_default();
    let least = |left, right| _mm512_min_ps(left, right);
    let largest = |left, right| _mm512_max_ps(left, right);
    let least = _mm512_reduce_min_ps(reduce(row, first, least, least));
    let largest = _mm512_reduce_max_ps(reduce(row, first, largest, largest));
    let (scale, factor) = step_of(least, largest);
    let zero = -least * factor;
    let (factors, zeros) = (_mm512_set1_ps(factor), _mm512_set1_ps(zero));
    let mut broken: __mmask16 = 0;
    each(row, 0.0, |start, lanes, value| {
        let steps = _mm512_fmadd_ps(value, factors, zeros);
        broken |= _mm512_cmp_ps_mask::<_CMP_UNORD_Q>(steps, steps);
        let whole = _mm512_cvtps_epi32(steps);
        let whole = _mm512_cvtusepi32_epi8(_mm512_max_epi32(whole, _mm512_setzero_si512()));
        let target = &mut bytes[start..][..lanes];
        // SAFETY: `target` has the lanes of the mask.
        unsafe { _mm_mask_storeu_epi8(target.as_mut_ptr().cast(), mask(lanes), whole) };
    });
    RowScale {
        scale: if broken == 0 { scale } else { f32::NAN },
        zero,
    }
}

/// Whether [`add_norm`] can do the work.
pub(super) fn takes(shift: &Shift<'_, '_>) -> bool {
    shift.norm.weight.len().is_multiple_of(LANES) && is_there()
}

/// Adds, normalises and converts row by row.
///
/// # Panics
/// If the processor lacks the instructions.
pub(super) fn add_norm(shift: &mut Shift<'_, '_>) {
    assert!(is_there(), "the processor has AVX-512 and bfloat16");
    let width = shift.norm.weight.len();
    let mut normed = vec![0.0; if shift.replace { 0 } else { width }];
    for number in 0..shift.rows.len() / width {
        // SAFETY: the features that the function was compiled for were just detected.
        unsafe { add_norm_row(shift, number, &mut normed) };
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512bf16")]
fn add_norm_row(shift: &mut Shift<'_, '_>, number: usize, normed: &mut [f32]) {
    let norm = shift.norm;
    let width = norm.weight.len();
    let row = &mut shift.rows[number * width..][..width];
    if !shift.delta.is_empty() {
        let delta = &shift.delta[number * width..][..width];
        let lanes = row.as_chunks_mut::<LANES>().0.iter_mut();
        for (lanes, delta) in lanes.zip(delta.as_chunks::<LANES>().0) {
            let value = _mm512_add_ps(load(lanes), load(delta));
            store(lanes, value);
        }
    }
    let add = |left, right| _mm512_add_ps(left, right);
    let mean = match norm.kind {
        NormKind::Layer => _mm512_reduce_add_ps(reduce(row, 0.0, add, add)) / width as f32,
        NormKind::RootMeanSquare => 0.0,
    };
    let means = _mm512_set1_ps(mean);
    let square = |sum, value| {
        let distance = _mm512_sub_ps(value, means);
        _mm512_fmadd_ps(distance, distance, sum)
    };
    let variance = _mm512_reduce_add_ps(reduce(row, 0.0, square, add)) / width as f32;
    let scales = _mm512_set1_ps(1.0 / (variance + norm.epsilon).sqrt());
    let parameters = norm.weight.as_chunks::<LANES>().0.iter();
    let parameters = parameters.zip(norm.bias.as_chunks::<LANES>().0);
    let normalize = |value: __m512, weight: &[f32; LANES], bias: &[f32; LANES]| {
        let scaled = _mm512_mul_ps(_mm512_sub_ps(value, means), scales);
        _mm512_fmadd_ps(scaled, load(weight), load(bias))
    };
    if shift.replace {
        for (lanes, (weight, bias)) in row.as_chunks_mut::<LANES>().0.iter_mut().zip(parameters) {
            let value = normalize(load(lanes), weight, bias);
            store(lanes, value);
        }
        if let Some(target) = &mut shift.target {
            convert_row(row, number, target);
        }
    } else {
        let lanes = row.as_chunks::<LANES>().0.iter();
        let targets = normed.as_chunks_mut::<LANES>().0.iter_mut();
        for ((lanes, target), (weight, bias)) in lanes.zip(targets).zip(parameters) {
            store(target, normalize(load(lanes), weight, bias));
        }
        if let Some(target) = &mut shift.target {
            convert_row(normed, number, target);
        }
    }
}

/// Turns scores into weights.
///
/// # Panics
/// If the processor lacks the instructions.
pub(super) fn softmax(scores: &mut Scores<'_>) {
    assert!(is_there(), "the processor has AVX-512 and bfloat16");
    for row in 0..scores.factors.len() {
        // SAFETY: the features that the function was compiled for were just detected.
        unsafe { softmax_row(scores, row) };
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512bf16")]
fn softmax_row(scores: &mut Scores<'_>, row: usize) {
    let sight = scores.sight;
    let all = &mut scores.values[row * scores.stride..][..scores.stride];
    let (start, end) = sight.of(row);
    let seen = &mut all[start..end];
    if !scores.bias.is_empty() {
        let bias = &scores.bias[sight.bias_at(row, start)..][..seen.len()];
        for (score, bias) in seen.iter_mut().zip(bias) {
            *score += bias;
        }
    }
    let larger = |left, right| _mm512_max_ps(left, right);
    let largest = _mm512_reduce_max_ps(reduce(seen, seen[0], larger, larger));
    let largest = _mm512_set1_ps(largest);
    let mut sums = _mm512_setzero_ps();
    if let Some(halves) = &mut scores.halves {
        let halves = &mut halves.values[row * halves.stride..][..halves.stride];
        halves[..start].fill(0);
        halves[end..].fill(0);
        let halves = &mut halves[start..end];
        each(seen, f32::MIN, |start, lanes, score| {
            let weight = power(_mm512_sub_ps(score, largest), &math::QUICK_POWER);
            sums = _mm512_add_ps(sums, weight);
            store_brain(&mut halves[start..][..lanes], weight);
        });
    } else {
        let (full, rest) = seen.as_chunks_mut::<LANES>();
        for lanes in full {
            let weight = power(_mm512_sub_ps(load(lanes), largest), &math::POWER);
            sums = _mm512_add_ps(sums, weight);
            store(lanes, weight);
        }
        if !rest.is_empty() {
            let mask = mask(rest.len());
            // SAFETY: the mask leaves in the lanes that are there.
            unsafe {
                let score = _mm512_mask_loadu_ps(_mm512_set1_ps(f32::MIN), mask, rest.as_ptr());
                let weight = power(_mm512_sub_ps(score, largest), &math::POWER);
                sums = _mm512_add_ps(sums, weight);
                _mm512_mask_storeu_ps(rest.as_mut_ptr(), mask, weight);
            }
        }
        all[..start].fill(0.0);
        all[end..].fill(0.0);
    }
    scores.factors[row] = 1.0 / _mm512_reduce_add_ps(sums);
}
