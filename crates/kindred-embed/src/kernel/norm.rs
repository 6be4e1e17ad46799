//! Adding to rows and normalising them.

#[cfg(target_arch = "x86_64")]
use super::Instructions;
use super::math::{multiply_add, total};
use super::product::LANES;
use super::rows::{Destination, convert_row};
use super::{Session, dispatched};
use crate::architecture::NormKind;

/// Parameters of a normalisation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Norm<'a> {
    pub(crate) kind: NormKind,
    /// One factor for each column.
    pub(crate) weight: &'a [f32],
    /// One term for each column; zeros where nothing is added.
    pub(crate) bias: &'a [f32],
    /// Added to the variance or the mean square.
    pub(crate) epsilon: f32,
}

/// Rows to add to and to normalise, all `norm.weight.len()` wide.
#[derive(Debug)]
pub(crate) struct Shift<'a, 'b> {
    /// The rows; `delta` is added to them.
    pub(crate) rows: &'a mut [f32],
    /// As many rows, or none at all.
    pub(crate) delta: &'a [f32],
    pub(crate) norm: Norm<'a>,
    /// Whether the rows become what is normalised; else they stay the sums, and only `target`
    /// sees it.
    pub(crate) replace: bool,
    /// Where the normalised rows are written for the next product, if there is one.
    pub(crate) target: Option<Destination<'b>>,
}

/// Adds, normalises and converts row by row.
pub(crate) fn add_norm(session: &Session, shift: &mut Shift<'_, '_>) {
    let instructions = session.instructions();
    #[cfg(target_arch = "x86_64")]
    if instructions >= Instructions::Avx512 && super::rows512::takes(shift) {
        return super::rows512::add_norm(shift);
    }
    portable(instructions, shift);
}

dispatched! {
    fn portable(shift: &mut Shift<'_, '_>) = body
}

#[inline(always)]
fn body<const LEVEL: usize>(shift: &mut Shift<'_, '_>) {
    let norm = shift.norm;
    let width = norm.weight.len();
    let mut normed = vec![0.0; width];
    for (number, row) in shift.rows.chunks_exact_mut(width).enumerate() {
        if !shift.delta.is_empty() {
            let delta = &shift.delta[number * width..][..width];
            for (value, delta) in row.iter_mut().zip(delta) {
                *value += delta;
            }
        }
        normalize::<LEVEL>(row, &norm, &mut normed);
        if let Some(target) = &mut shift.target {
            convert_row::<LEVEL>(&normed, number, target);
        }
        if shift.replace {
            row.copy_from_slice(&normed);
        }
    }
}

/// Normalises one row.
#[inline(always)]
fn normalize<const LEVEL: usize>(row: &[f32], norm: &Norm<'_>, normed: &mut [f32]) {
    let width = row.len() as f32;
    let mean = match norm.kind {
        NormKind::Layer => sum_of(row, |value| value) / width,
        NormKind::RootMeanSquare => 0.0,
    };
    let variance = sum_of(row, |value| (value - mean) * (value - mean)) / width;
    let scale = 1.0 / (variance + norm.epsilon).sqrt();
    let parameters = norm.weight.iter().zip(norm.bias);
    for ((target, value), (weight, bias)) in normed.iter_mut().zip(row).zip(parameters) {
        *target = multiply_add::<LEVEL>((*value - mean) * scale, *weight, *bias);
    }
}

/// Normalises heads of rows in place: each `weight.len()` numbers on their own, by their root
/// mean square.
pub(crate) fn norm_heads(heads: &mut [f32], weight: &[f32], epsilon: f32) {
    for head in heads.chunks_exact_mut(weight.len()) {
        let square = sum_of(head, |value| value * value) / weight.len() as f32;
        let scale = 1.0 / (square + epsilon).sqrt();
        for (value, weight) in head.iter_mut().zip(weight) {
            *value *= scale * weight;
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
    total(sums)
}
