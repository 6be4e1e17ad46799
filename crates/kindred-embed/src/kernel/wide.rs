//! Tiles of the matrix product in the vector registers of x86.
//!
//! Written with intrinsics: the same loops in plain Rust are turned into vector code at one
//! optimisation level and not at the next, at a fifth of the speed.

#![expect(
    unsafe_code,
    reason = "loads and stores of vector registers through checked pointers"
)]

use std::arch::x86_64::{
    __m256, __m512, __mmask16, _mm256_add_ps, _mm256_fmadd_ps, _mm256_loadu_ps, _mm256_set1_ps,
    _mm256_setzero_ps, _mm256_storeu_ps, _mm512_add_ps, _mm512_fmadd_ps, _mm512_loadu_ps,
    _mm512_mask_storeu_ps, _mm512_maskz_loadu_ps, _mm512_set1_ps, _mm512_setzero_ps,
};

use super::matrix::{LANES, Part, Rows};

/// Values of an AVX2 register.
const HALF: usize = LANES / 2;

/// The product of AVX-512.
///
/// # Panics
/// If the processor does not have it.
pub(super) fn avx512(left: Rows<'_>, part: &Part<'_>, out: &mut [f32], stride: usize) {
    assert!(has_avx512(), "the processor has AVX-512");
    // SAFETY: the feature that the functions were compiled for was just detected.
    unsafe {
        match part.vectors() {
            3 => panel_avx512::<3>(left, part, out, stride),
            2 => panel_avx512::<2>(left, part, out, stride),
            _ => panel_avx512::<1>(left, part, out, stride),
        }
    }
}

/// The product of AVX2 with fused multiply-add.
///
/// # Panics
/// If the processor does not have them.
pub(super) fn avx2(left: Rows<'_>, part: &Part<'_>, out: &mut [f32], stride: usize) {
    assert!(has_avx2(), "the processor has AVX2 and FMA");
    // SAFETY: both features that the functions were compiled for were just detected.
    unsafe {
        match part.vectors() {
            3 => panel_avx2::<3>(left, part, out, stride),
            2 => panel_avx2::<2>(left, part, out, stride),
            _ => panel_avx2::<1>(left, part, out, stride),
        }
    }
}

/// Whether the processor has what [`avx512`] needs.
pub(super) fn has_avx512() -> bool {
    is_x86_feature_detected!("avx512f")
}

/// Whether the processor has what [`avx2`] needs.
pub(super) fn has_avx2() -> bool {
    is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma")
}

/// Multiplies all rows by a panel of `16 * VECTORS` columns.
#[target_feature(enable = "avx512f")]
fn panel_avx512<const VECTORS: usize>(
    left: Rows<'_>,
    part: &Part<'_>,
    out: &mut [f32],
    stride: usize,
) {
    // Sums of 8 x 48 fill 24 of the 32 registers.
    let next = tiles_avx512::<8, VECTORS>(left, 0, part, out, stride);
    let next = tiles_avx512::<4, VECTORS>(left, next, part, out, stride);
    tiles_avx512::<1, VECTORS>(left, next, part, out, stride);
}

#[target_feature(enable = "avx512f")]
#[inline]
fn tiles_avx512<const ROWS: usize, const VECTORS: usize>(
    left: Rows<'_>,
    mut next: usize,
    part: &Part<'_>,
    out: &mut [f32],
    stride: usize,
) -> usize {
    while next + ROWS <= left.count {
        let values = &left.values[next * left.stride..];
        let sums = tile_avx512::<ROWS, VECTORS>(values, left.stride, part.panel);
        for (row, sums) in sums.iter().enumerate() {
            let target = &mut out[(next + row) * stride + part.first..][..part.columns];
            for (vector, sum) in sums.iter().enumerate() {
                let start = vector * LANES;
                let count = LANES.min(part.columns - start);
                let mask: __mmask16 = u16::MAX >> (LANES - count);
                let target = &mut target[start..][..count];
                let mut sum = *sum;
                if let Some(bias) = part.bias {
                    let bias = &bias[start..][..count];
                    // SAFETY: the mask leaves out the lanes beyond the `count` values of `bias`.
                    sum = _mm512_add_ps(sum, unsafe { _mm512_maskz_loadu_ps(mask, bias.as_ptr()) });
                }
                // SAFETY: the mask leaves out the lanes beyond the `count` values of `target`.
                unsafe { _mm512_mask_storeu_ps(target.as_mut_ptr(), mask, sum) };
            }
        }
        next += ROWS;
    }
    next
}

#[target_feature(enable = "avx512f")]
#[inline]
fn tile_avx512<const ROWS: usize, const VECTORS: usize>(
    left: &[f32],
    stride: usize,
    panel: &[f32],
) -> [[__m512; VECTORS]; ROWS] {
    let width = VECTORS * LANES;
    let depth = panel.len() / width;
    assert!(left.len() >= (ROWS - 1) * stride + depth, "whole rows");
    let mut sums = [[_mm512_setzero_ps(); VECTORS]; ROWS];
    for inner in 0..depth {
        let mut columns = [_mm512_setzero_ps(); VECTORS];
        for (vector, column) in columns.iter_mut().enumerate() {
            // SAFETY: `inner < depth`, so all `width` values of the panel's row are inside it.
            *column =
                unsafe { _mm512_loadu_ps(panel.as_ptr().add(inner * width + vector * LANES)) };
        }
        for (row, sums) in sums.iter_mut().enumerate() {
            // SAFETY: `row < ROWS` and `inner < depth`; the assertion above covers the last one.
            let factor = _mm512_set1_ps(unsafe { *left.as_ptr().add(row * stride + inner) });
            for (sum, column) in sums.iter_mut().zip(columns) {
                *sum = _mm512_fmadd_ps(factor, column, *sum);
            }
        }
    }
    sums
}

/// Multiplies all rows by a panel of `16 * VECTORS` columns, 16 at a time.
#[target_feature(enable = "avx2,fma")]
fn panel_avx2<const VECTORS: usize>(
    left: Rows<'_>,
    part: &Part<'_>,
    out: &mut [f32],
    stride: usize,
) {
    // Sums of 6 x 16 fill 12 of the 16 registers.
    let next = tiles_avx2::<6, VECTORS>(left, 0, part, out, stride);
    let next = tiles_avx2::<3, VECTORS>(left, next, part, out, stride);
    tiles_avx2::<1, VECTORS>(left, next, part, out, stride);
}

#[target_feature(enable = "avx2,fma")]
#[inline]
fn tiles_avx2<const ROWS: usize, const VECTORS: usize>(
    left: Rows<'_>,
    mut next: usize,
    part: &Part<'_>,
    out: &mut [f32],
    stride: usize,
) -> usize {
    while next + ROWS <= left.count {
        let values = &left.values[next * left.stride..];
        for block in 0..part.columns.div_ceil(LANES) {
            let mut sums =
                tile_avx2::<ROWS, VECTORS>(values, left.stride, part.panel, block * LANES);
            let start = block * LANES;
            let count = LANES.min(part.columns - start);
            if let Some(bias) = part.bias {
                let mut lanes = [0.0_f32; LANES];
                lanes[..count].copy_from_slice(&bias[start..][..count]);
                // SAFETY: both halves are inside `lanes`.
                let bias = unsafe {
                    [
                        _mm256_loadu_ps(lanes.as_ptr()),
                        _mm256_loadu_ps(lanes.as_ptr().add(HALF)),
                    ]
                };
                for sum in &mut sums {
                    *sum = [
                        _mm256_add_ps(sum[0], bias[0]),
                        _mm256_add_ps(sum[1], bias[1]),
                    ];
                }
            }
            for (row, sum) in sums.iter().enumerate() {
                let mut lanes = [0.0_f32; LANES];
                // SAFETY: both halves are inside `lanes`.
                unsafe {
                    _mm256_storeu_ps(lanes.as_mut_ptr(), sum[0]);
                    _mm256_storeu_ps(lanes.as_mut_ptr().add(HALF), sum[1]);
                }
                let target = &mut out[(next + row) * stride + part.first + start..][..count];
                target.copy_from_slice(&lanes[..count]);
            }
        }
        next += ROWS;
    }
    next
}

#[target_feature(enable = "avx2,fma")]
#[inline]
fn tile_avx2<const ROWS: usize, const VECTORS: usize>(
    left: &[f32],
    stride: usize,
    panel: &[f32],
    start: usize,
) -> [[__m256; 2]; ROWS] {
    let width = VECTORS * LANES;
    let depth = panel.len() / width;
    assert!(left.len() >= (ROWS - 1) * stride + depth, "whole rows");
    assert!(start + LANES <= width, "a block inside the panel");
    let mut sums = [[_mm256_setzero_ps(); 2]; ROWS];
    for inner in 0..depth {
        // SAFETY: `inner < depth` and `start + 16 <= width`, so both halves are in the panel.
        let columns = unsafe {
            let first = panel.as_ptr().add(inner * width + start);
            [_mm256_loadu_ps(first), _mm256_loadu_ps(first.add(HALF))]
        };
        for (row, sum) in sums.iter_mut().enumerate() {
            // SAFETY: `row < ROWS` and `inner < depth`; the assertion above covers the last one.
            let factor = _mm256_set1_ps(unsafe { *left.as_ptr().add(row * stride + inner) });
            *sum = [
                _mm256_fmadd_ps(factor, columns[0], sum[0]),
                _mm256_fmadd_ps(factor, columns[1], sum[1]),
            ];
        }
    }
    sums
}
