//! What happens to a block of sums: scales, bias, activation, conversion, storing.

use super::math::{self, Exactness};
use super::product::{LANES, Region};
use super::{Instructions, dispatched};
use crate::architecture::Activation;

/// Where a product is written and what is done to it before.
#[derive(Debug)]
pub(crate) struct Output<'a> {
    pub(crate) target: Target<'a>,
    /// Numbers from the start of one row to that of the next.
    pub(crate) stride: usize,
    pub(crate) finish: Finish<'a>,
}

/// The numbers that a product becomes.
#[derive(Debug)]
pub(crate) enum Target<'a> {
    /// 32-bit floats.
    Float(&'a mut [f32]),
    /// 32-bit floats rounded to bfloat16.
    Rounded(&'a mut [f32]),
    /// bfloat16.
    Brain(&'a mut [u16]),
}

impl Target<'_> {
    /// Leaves out the first `numbers` numbers.
    pub(crate) fn behind(self, numbers: usize) -> Self {
        match self {
            Self::Float(values) => Self::Float(&mut values[numbers..]),
            Self::Rounded(values) => Self::Rounded(&mut values[numbers..]),
            Self::Brain(values) => Self::Brain(&mut values[numbers..]),
        }
    }
}

/// The steps between a sum and the number that is stored.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Finish<'a> {
    pub(crate) scale: Scale<'a>,
    /// One term for each column, filled up to a multiple of 16.
    pub(crate) bias: Option<&'a [f32]>,
    pub(crate) activation: Option<Activation>,
    /// Whether the numbers are rounded to 8 bits later, so that the quick form of the activation
    /// is exact enough. Where bfloat16 is stored it always is.
    pub(crate) quick: bool,
}

/// How sums become real numbers.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) enum Scale<'a> {
    /// They are.
    #[default]
    None,
    /// Each row by its factor.
    Rows(&'a [f32]),
    /// Whole numbers: `(sum - zero of the row * sum of the column) * both scales`.
    Integer {
        rows: &'a [RowScale],
        /// Scale of each column, filled up to a multiple of 16.
        columns: &'a [f32],
        /// Sum of the weights of each column, filled up to a multiple of 16.
        sums: &'a [f32],
    },
}

/// What the integers of a row stand for: `(integer - zero) * scale`.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct RowScale {
    pub(crate) scale: f32,
    pub(crate) zero: f32,
}

/// Finishes a block of sums: `region.rows` rows, `region.stride` words apart.
pub(super) fn finish(
    instructions: Instructions,
    sums: &[u32],
    region: &Region,
    out: &mut Output<'_>,
) {
    #[cfg(target_arch = "x86_64")]
    if instructions >= Instructions::Avx512 && super::math512::is_there() {
        return super::finish512::finish(sums, region, out);
    }
    portable(instructions, sums, region, out);
}

dispatched! {
    /// The steps in plain Rust.
    fn portable(sums: &[u32], region: &Region, out: &mut Output<'_>) = body
}

#[inline(always)]
fn body<const LEVEL: usize>(sums: &[u32], region: &Region, out: &mut Output<'_>) {
    // Where less is stored than computed, the quick form of an activation is exact enough.
    let exactness = match out.target {
        Target::Float(_) if !out.finish.quick => Exactness::Float,
        Target::Float(_) | Target::Rounded(_) | Target::Brain(_) => Exactness::Brain,
    };
    for row in 0..region.rows {
        let number = region.first_row + row;
        let sums = &sums[row * region.stride..][..region.stride];
        for (start, sums) in (0..region.columns)
            .step_by(LANES)
            .zip(sums.as_chunks::<LANES>().0)
        {
            let column = region.first_column + start;
            let mut values = scaled::<LEVEL>(sums, &out.finish.scale, number, column);
            if let Some(bias) = out.finish.bias {
                for (value, bias) in values.iter_mut().zip(&bias[column..column + LANES]) {
                    *value += bias;
                }
            }
            if let Some(activation) = out.finish.activation {
                math::activate::<LEVEL>(activation, exactness, &mut values);
            }
            let count = LANES.min(region.columns - start);
            let place = number * out.stride + column;
            match &mut out.target {
                Target::Float(target) => {
                    target[place..place + count].copy_from_slice(&values[..count]);
                }
                Target::Rounded(target) => {
                    let target = &mut target[place..place + count];
                    for (target, value) in target.iter_mut().zip(values) {
                        *target = math::widen(math::to_brain(value));
                    }
                }
                Target::Brain(target) => {
                    let target = &mut target[place..place + count];
                    for (target, value) in target.iter_mut().zip(values) {
                        *target = math::to_brain(value);
                    }
                }
            }
        }
    }
}

#[inline(always)]
fn scaled<const LEVEL: usize>(
    sums: &[u32; LANES],
    scale: &Scale<'_>,
    row: usize,
    column: usize,
) -> [f32; LANES] {
    match scale {
        Scale::None => sums.map(f32::from_bits),
        Scale::Rows(rows) => {
            let factor = rows[row];
            sums.map(|sum| f32::from_bits(sum) * factor)
        }
        Scale::Integer {
            rows,
            columns,
            sums: column_sums,
        } => {
            let RowScale { scale, zero } = rows[row];
            let columns = &columns[column..column + LANES];
            let column_sums = &column_sums[column..column + LANES];
            let mut values = [0.0; LANES];
            for lane in 0..LANES {
                let sum = sums[lane].cast_signed() as f32;
                let real = math::multiply_add::<LEVEL>(-zero, column_sums[lane], sum);
                values[lane] = real * (columns[lane] * scale);
            }
            values
        }
    }
}
