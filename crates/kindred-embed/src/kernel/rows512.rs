//! The steps between products in the registers of AVX-512.

use std::arch::x86_64::{
    __m512, __mmask16, _mm_storeu_si128, _mm256_mask_storeu_epi16,
    _mm512_add_ps, _mm512_cvtneps_pbh, _mm512_cvtps_epi32,
    _mm512_cvtusepi32_epi8, _mm512_fmadd_ps, _mm512_loadu_ps, _mm512_mask_loadu_ps,
    _mm512_mask_storeu_ps, _mm512_maskz_loadu_ps, _mm512_maskz_mov_ps, _mm512_max_epi32,
    _mm512_max_ps, _mm512_min_ps, _mm512_mul_ps, _mm512_reduce_add_ps, _mm512_reduce_max_ps,
    _mm512_reduce_min_ps, _mm512_set1_ps, _mm512_setzero_ps, _mm512_setzero_si512,
    _mm512_storeu_ps, _mm512_sub_ps,
};

use super::finish::RowScale;
use super::finish512::{is_there, power, round};
use super::math;
use super::norm::Shift;
use super::product::{LANES, Operand};
use super::rows::{Destination, step_of};
use super::softmax::Scores;
use crate::architecture::NormKind;

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
            for_each(row, |start, mask, value| {
                let target = &mut target[start..][..count(mask)];
                // SAFETY: `target` has the lanes of the mask.
                unsafe { _mm512_mask_storeu_ps(target.as_mut_ptr(), mask, round(value)) };
            });
        }
        Operand::Float => words[..row.len()].copy_from_slice(bytemuck::cast_slice(row)),
        Operand::Brain => {
            let halves: &mut [u16] = bytemuck::cast_slice_mut(words);
            for_each(row, |start, mask, value| {
                store_brain(&mut halves[start..][..count(mask)], mask, value);
            });
        }
        Operand::Integer => {
            let bytes: &mut [u8] = bytemuck::cast_slice_mut(words);
            target.scales[number] = quantize(row, bytes);
        }
    }
}

/// Stores the first numbers of a register as bfloat16.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512bf16")]
#[inline]
fn store_brain(target: &mut [u16], mask: __mmask16, value: __m512) {
    assert!(target.len() >= count(mask), "room for the lanes of the mask");
    // SAFETY: both types are 32 bytes of any bits; `target` has the lanes of the mask.
    unsafe {
        let halves = std::mem::transmute(_mm512_cvtneps_pbh(value));
        _mm256_mask_storeu_epi16(target.as_mut_ptr().cast(), mask, halves);
    }
}

/// Number of lanes of a mask that begins at lane 0.
fn count(mask: __mmask16) -> usize {
    mask.count_ones() as usize
}

/// Calls `work` with the start, the mask and the numbers of each 16 of a row; lanes behind the
/// last number are zero.
#[target_feature(enable = "avx512f")]
#[inline]
fn for_each(row: &[f32], mut work: impl FnMut(usize, __mmask16, __m512)) {
    for (start, lanes) in (0..).step_by(LANES).zip(row.chunks(LANES)) {
        let mask = u16::MAX >> (LANES - lanes.len());
        // SAFETY: the mask leaves in the lanes that are there.
        work(start, mask, unsafe {
            _mm512_maskz_loadu_ps(mask, lanes.as_ptr())
        });
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512bf16")]
#[inline]
fn quantize(row: &[f32], bytes: &mut [u8]) -> RowScale {
    let first = _mm512_set1_ps(row.first().copied().unwrap_or_default());
    let (mut least, mut largest) = (first, first);
    for lanes in row.chunks(LANES) {
        let mask = u16::MAX >> (LANES - lanes.len());
        // SAFETY: the mask leaves in the lanes that are there.
        let value = unsafe { _mm512_mask_loadu_ps(first, mask, lanes.as_ptr()) };
        // With the operands in this order NaN stays NaN.
        least = _mm512_min_ps(least, value);
        largest = _mm512_max_ps(largest, value);
    }
    let least = _mm512_reduce_min_ps(least);
    let (scale, factor) = step_of(least, _mm512_reduce_max_ps(largest));
    let zero = -least * factor;
    let (factors, zeros) = (_mm512_set1_ps(factor), _mm512_set1_ps(zero));
    let mut start = 0;
    for lanes in row.chunks(LANES) {
        let mask = u16::MAX >> (LANES - lanes.len());
        // SAFETY: the mask leaves in the lanes that are there.
        let value = unsafe { _mm512_maskz_loadu_ps(mask, lanes.as_ptr()) };
        let whole = _mm512_cvtps_epi32(_mm512_fmadd_ps(value, factors, zeros));
        let whole = _mm512_cvtusepi32_epi8(_mm512_max_epi32(whole, _mm512_setzero_si512()));
        if let Some(target) = bytes.get_mut(start..start + LANES) {
            // SAFETY: `target` has 16 bytes. Bytes behind the row's end are padding, which meets
            // weights of zero.
            unsafe { _mm_storeu_si128(target.as_mut_ptr().cast(), whole) };
        } else {
            let mut all = [0_u8; LANES];
            // SAFETY: `all` has 16 bytes.
            unsafe { _mm_storeu_si128(all.as_mut_ptr().cast(), whole) };
            let rest = &mut bytes[start..];
            rest.copy_from_slice(&all[..rest.len()]);
        }
        start += LANES;
    }
    RowScale { scale, zero }
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
    let mut sums = _mm512_setzero_ps();
    if shift.delta.is_empty() {
        for lanes in row.as_chunks::<LANES>().0 {
            sums = _mm512_add_ps(sums, load(lanes));
        }
    } else {
        let delta = &shift.delta[number * width..][..width];
        let lanes = row.as_chunks_mut::<LANES>().0.iter_mut();
        for (lanes, delta) in lanes.zip(delta.as_chunks::<LANES>().0) {
            let value = _mm512_add_ps(load(lanes), load(delta));
            store(lanes, value);
            sums = _mm512_add_ps(sums, value);
        }
    }
    let mean = match norm.kind {
        NormKind::Layer => _mm512_reduce_add_ps(sums) / width as f32,
        NormKind::RootMeanSquare => 0.0,
    };
    let means = _mm512_set1_ps(mean);
    let mut squares = _mm512_setzero_ps();
    for lanes in row.as_chunks::<LANES>().0 {
        let distance = _mm512_sub_ps(load(lanes), means);
        squares = _mm512_fmadd_ps(distance, distance, squares);
    }
    let variance = _mm512_reduce_add_ps(squares) / width as f32;
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
    let all = &mut scores.scores[row * scores.stride..][..scores.stride];
    let (start, end) = sight.of(row);
    let seen = &mut all[start..end];
    if !scores.bias.is_empty() {
        let bias = &scores.bias[sight.bias_at(row, start)..][..seen.len()];
        for (score, bias) in seen.iter_mut().zip(bias) {
            *score += bias;
        }
    }
    let largest = _mm512_set1_ps(largest(seen));
    let mut sums = _mm512_setzero_ps();
    if let Some(halves) = &mut scores.halves {
        let halves = &mut halves.values[row * halves.stride..][..halves.stride];
        halves[..start].fill(0);
        halves[end..].fill(0);
        let halves = &mut halves[start..end];
        for_each(seen, |start, mask, score| {
            let weight = power(_mm512_sub_ps(score, largest), &math::QUICK_POWER);
            let weight = _mm512_maskz_mov_ps(mask, weight);
            sums = _mm512_add_ps(sums, weight);
            store_brain(&mut halves[start..][..count(mask)], mask, weight);
        });
    } else {
        for lanes in seen.chunks_mut(LANES) {
            let mask = u16::MAX >> (LANES - lanes.len());
            // SAFETY: the mask leaves in the lanes that are there.
            let score = unsafe { _mm512_maskz_loadu_ps(mask, lanes.as_ptr()) };
            let weight = power(_mm512_sub_ps(score, largest), &math::POWER);
            let weight = _mm512_maskz_mov_ps(mask, weight);
            sums = _mm512_add_ps(sums, weight);
            // SAFETY: as above.
            unsafe { _mm512_mask_storeu_ps(lanes.as_mut_ptr(), mask, weight) };
        }
        all[..start].fill(0.0);
        all[end..].fill(0.0);
    }
    scores.factors[row] = 1.0 / _mm512_reduce_add_ps(sums);
}

#[target_feature(enable = "avx512f")]
#[inline]
fn largest(row: &[f32]) -> f32 {
    let least = _mm512_set1_ps(f32::MIN);
    let mut largest = least;
    for lanes in row.chunks(LANES) {
        let mask = u16::MAX >> (LANES - lanes.len());
        // SAFETY: the mask leaves in the lanes that are there.
        let value = unsafe { _mm512_mask_loadu_ps(least, mask, lanes.as_ptr()) };
        largest = _mm512_max_ps(largest, value);
    }
    _mm512_reduce_max_ps(largest)
}

