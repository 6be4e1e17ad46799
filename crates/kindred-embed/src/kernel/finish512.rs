//! `finish` in the registers of AVX-512.

use std::arch::x86_64::{
    __m256bh, __m256i, __m512, __mmask16, _mm256_mask_storeu_epi16, _mm512_add_ps,
    _mm512_castps_si512, _mm512_cvtepi32_ps, _mm512_cvtneps_pbh, _mm512_fmadd_ps, _mm512_fnmadd_ps,
    _mm512_loadu_ps, _mm512_mask_storeu_ps, _mm512_mul_ps, _mm512_set1_ps, _mm512_setzero_ps,
};

use super::finish::{Output, RowScale, Scale, Target};
use super::math512::{self, is_there};
use super::product::{LANES, Region};
use crate::architecture::Activation;

// The kinds of each step, as constants of the compiled loops.
const PLAIN: u8 = 0;
const ROWS: u8 = 1;
const INTEGER: u8 = 2;

const FLOAT: u8 = 0;
const ROUNDED: u8 = 1;
const BRAIN: u8 = 2;

const NONE: u8 = 0;
const GELU: u8 = 1;
const QUICK_GELU: u8 = 2;
const GELU_TANH: u8 = 3;
const SILU: u8 = 4;
const RELU: u8 = 5;

/// Finishes a block.
///
/// # Panics
/// If the processor lacks the instructions.
pub(super) fn finish(sums: &[u32], region: &Region, out: &mut Output<'_>) {
    assert!(is_there(), "the processor has AVX-512 and bfloat16");
    let quick = out.finish.quick || !matches!(out.target, Target::Float(_));
    match (out.finish.activation, quick) {
        (None, _) => of_scale::<NONE>(sums, region, out),
        (Some(Activation::Gelu), false) => of_scale::<GELU>(sums, region, out),
        (Some(Activation::Gelu), true) => of_scale::<QUICK_GELU>(sums, region, out),
        (Some(Activation::GeluTanh), _) => of_scale::<GELU_TANH>(sums, region, out),
        (Some(Activation::Silu), _) => of_scale::<SILU>(sums, region, out),
        (Some(Activation::Relu), _) => of_scale::<RELU>(sums, region, out),
    }
}

fn of_scale<const ACTIVATION: u8>(sums: &[u32], region: &Region, out: &mut Output<'_>) {
    match out.finish.scale {
        Scale::None => of_target::<ACTIVATION, PLAIN>(sums, region, out),
        Scale::Rows(_) => of_target::<ACTIVATION, ROWS>(sums, region, out),
        Scale::Integer { .. } => of_target::<ACTIVATION, INTEGER>(sums, region, out),
    }
}

fn of_target<const ACTIVATION: u8, const SCALE: u8>(
    sums: &[u32],
    region: &Region,
    out: &mut Output<'_>,
) {
    // SAFETY: the caller found the features that the functions were compiled for.
    unsafe {
        match out.target {
            Target::Float(_) => of_panels::<ACTIVATION, SCALE, FLOAT>(sums, region, out),
            Target::Rounded(_) => of_panels::<ACTIVATION, SCALE, ROUNDED>(sums, region, out),
            Target::Brain(_) => of_panels::<ACTIVATION, SCALE, BRAIN>(sums, region, out),
        }
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512bf16")]
fn of_panels<const ACTIVATION: u8, const SCALE: u8, const TARGET: u8>(
    sums: &[u32],
    region: &Region,
    out: &mut Output<'_>,
) {
    match region.columns.div_ceil(LANES) {
        1 => rows::<ACTIVATION, SCALE, TARGET, 1>(sums, region, out),
        2 => rows::<ACTIVATION, SCALE, TARGET, 2>(sums, region, out),
        _ => rows::<ACTIVATION, SCALE, TARGET, 3>(sums, region, out),
    }
}

/// The columns' parameters of up to three panels.
struct Columns<const PANELS: usize> {
    bias: [__m512; PANELS],
    scales: [__m512; PANELS],
    sums: [__m512; PANELS],
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512bf16")]
fn rows<const ACTIVATION: u8, const SCALE: u8, const TARGET: u8, const PANELS: usize>(
    sums: &[u32],
    region: &Region,
    out: &mut Output<'_>,
) {
    let (columns, row_factors, row_scales) = parameters::<PANELS>(region, out);
    let last: __mmask16 = u16::MAX >> (PANELS * LANES - region.columns);
    assert!(sums.len() >= (region.rows - 1) * region.stride + PANELS * LANES);
    for row in 0..region.rows {
        let number = region.first_row + row;
        // SAFETY: the row has whole panels, as was checked.
        let mut values: [__m512; PANELS] =
            unsafe { load_panels(sums.as_ptr().add(row * region.stride).cast()) };
        for (panel, value) in values.iter_mut().enumerate() {
            *value = match SCALE {
                ROWS => {
                    let factor = _mm512_set1_ps(row_factors[row]);
                    _mm512_fmadd_ps(*value, factor, columns.bias[panel])
                }
                INTEGER => {
                    let RowScale { scale, zero } = row_scales[row];
                    let sum = _mm512_cvtepi32_ps(_mm512_castps_si512(*value));
                    let real = _mm512_fnmadd_ps(_mm512_set1_ps(zero), columns.sums[panel], sum);
                    let factor = _mm512_mul_ps(columns.scales[panel], _mm512_set1_ps(scale));
                    _mm512_fmadd_ps(real, factor, columns.bias[panel])
                }
                _ => _mm512_add_ps(*value, columns.bias[panel]),
            };
        }
        for value in &mut values {
            *value = match ACTIVATION {
                GELU => math512::gelu(*value),
                QUICK_GELU => math512::quick_gelu(*value),
                GELU_TANH => math512::gelu_tanh(*value),
                SILU => math512::silu(*value),
                RELU => math512::relu(*value),
                _ => *value,
            };
        }
        let place = number * out.stride + region.first_column;
        match &mut out.target {
            Target::Float(target) | Target::Rounded(target) => {
                let target = &mut target[place..place + region.columns];
                for (panel, value) in values.into_iter().enumerate() {
                    let mask = if panel + 1 == PANELS { last } else { u16::MAX };
                    let value = if TARGET == ROUNDED {
                        math512::round(value)
                    } else {
                        value
                    };
                    // SAFETY: `target` has the lanes that the mask leaves in.
                    unsafe {
                        let target = target.as_mut_ptr().add(panel * LANES);
                        _mm512_mask_storeu_ps(target, mask, value);
                    }
                }
            }
            Target::Brain(target) => {
                let target = &mut target[place..place + region.columns];
                for (panel, value) in values.into_iter().enumerate() {
                    let mask = if panel + 1 == PANELS { last } else { u16::MAX };
                    // SAFETY: both types are 32 bytes of any bits; `target` has the lanes that
                    // the mask leaves in.
                    unsafe {
                        let halves =
                            std::mem::transmute::<__m256bh, __m256i>(_mm512_cvtneps_pbh(value));
                        let target = target.as_mut_ptr().add(panel * LANES);
                        _mm256_mask_storeu_epi16(target.cast(), mask, halves);
                    }
                }
            }
        }
    }
}

/// Loads the columns' parameters and finds those of the region's rows.
#[target_feature(enable = "avx512f")]
#[inline]
fn parameters<'a, const PANELS: usize>(
    region: &Region,
    out: &Output<'a>,
) -> (Columns<PANELS>, &'a [f32], &'a [RowScale]) {
    let column = region.first_column;
    let rows = region.first_row..region.first_row + region.rows;
    let load = |values: &[f32]| {
        let values = &values[column..column + PANELS * LANES];
        // SAFETY: there are whole panels.
        unsafe { load_panels(values.as_ptr()) }
    };
    let zeros = [_mm512_setzero_ps(); PANELS];
    let bias = out.finish.bias.map_or(zeros, load);
    let (scales, sums, factors, integers): (_, _, &[f32], &[RowScale]) = match out.finish.scale {
        Scale::None => (zeros, zeros, &[], &[]),
        Scale::Rows(factors) => (zeros, zeros, &factors[rows], &[]),
        Scale::Integer {
            rows: integers,
            columns,
            sums,
        } => (load(columns), load(sums), &[], &integers[rows]),
    };
    (Columns { bias, scales, sums }, factors, integers)
}

/// Loads whole panels.
///
/// # Safety
/// There are `PANELS * 16` numbers at `row`.
#[target_feature(enable = "avx512f")]
#[inline]
unsafe fn load_panels<const PANELS: usize>(row: *const f32) -> [__m512; PANELS] {
    let mut values = [_mm512_setzero_ps(); PANELS];
    for (panel, value) in values.iter_mut().enumerate() {
        // SAFETY: as the caller promises.
        *value = unsafe { _mm512_loadu_ps(row.add(panel * LANES)) };
    }
    values
}
