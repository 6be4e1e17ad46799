//! Rows of 32-bit floats made into what a product takes.

use super::finish::{RowScale, Target};
use super::math;
use super::product::{LANES, Left, Operand, Unit};
use super::{Buffer, Instructions, Session, dispatched};

/// Levels of an unsigned 8-bit integer above the least.
const STEPS: f32 = 255.0;
/// Smallest step of a row's integers, as a share of its largest number: a row of equal numbers
/// has no range.
const LEAST_STEP: f32 = 1e-6;

/// How the numbers of a product are held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Arithmetic {
    pub(crate) unit: Unit,
    /// Whether floats are rounded to bfloat16: what a processor without them does.
    pub(crate) rounded: bool,
}

impl Arithmetic {
    /// 32-bit floats.
    pub(crate) fn float(instructions: Instructions) -> Self {
        Self {
            unit: instructions.float_unit(),
            rounded: false,
        }
    }

    /// 32-bit floats in large matrices: split ones where a processor multiplies those faster.
    pub(crate) fn matrix(instructions: Instructions) -> Self {
        Self {
            unit: instructions.matrix_unit(),
            rounded: false,
        }
    }

    /// bfloat16, or floats rounded to it.
    pub(crate) fn brain(instructions: Instructions) -> Self {
        let unit = instructions.brain_unit();
        Self {
            unit,
            rounded: unit.operand() == Operand::Float,
        }
    }

    /// 8-bit integers.
    pub(crate) fn integer(instructions: Instructions) -> Self {
        Self {
            unit: instructions.integer_unit(),
            rounded: false,
        }
    }

    /// Whether numbers are known only when a row of floats is whole, so that no product can be
    /// written as them.
    pub(crate) fn takes_whole_rows(self) -> bool {
        match self.unit.operand() {
            Operand::Float | Operand::Brain => false,
            Operand::Split | Operand::Integer => true,
        }
    }
}

/// Rounds numbers to bfloat16.
pub(crate) fn to_halves(values: &[f32], halves: &mut [u16]) {
    for (half, value) in halves.iter_mut().zip(values) {
        *half = math::to_brain(*value);
    }
}

/// Rows of numbers as a product takes them on its left.
#[derive(Debug)]
pub(crate) struct Inputs {
    arithmetic: Arithmetic,
    /// Words of a row, padding included.
    stride: usize,
    words: Buffer<u32>,
    scales: Vec<RowScale>,
}

impl Inputs {
    /// Makes an empty matrix whose rows have `numbers` numbers.
    pub(crate) fn new(arithmetic: Arithmetic, numbers: usize) -> Self {
        Self {
            arithmetic,
            stride: arithmetic.unit.words(numbers),
            words: Buffer::default(),
            scales: Vec::new(),
        }
    }

    /// Makes room for `rows` rows.
    pub(crate) fn fit(&mut self, rows: usize) {
        let readable = rows.next_multiple_of(self.arithmetic.unit.row_step());
        self.words.fit(readable * self.stride);
        if self.scales.len() < rows {
            self.scales.resize(rows, RowScale::default());
        }
    }

    /// Returns rows for a product.
    pub(crate) fn left(&self, first: usize, rows: usize) -> Left<'_> {
        Left {
            words: &self.words.as_slice()[first * self.stride..],
            rows,
            stride: self.stride,
        }
    }

    /// Returns what the integers of rows stand for.
    pub(crate) fn scales(&self, first: usize, rows: usize) -> &[RowScale] {
        &self.scales[first..first + rows]
    }

    /// Returns rows that a product can be written to as it is made, and their stride in numbers.
    ///
    /// # Panics
    /// If they are made of whole rows (see [`Self::takes_whole_rows`]).
    pub(crate) fn target(&mut self, first: usize, rows: usize) -> (Target<'_>, usize) {
        let words =
            &mut self.words.as_mut_slice()[first * self.stride..(first + rows) * self.stride];
        let target = match self.arithmetic.unit.operand() {
            Operand::Float if self.arithmetic.rounded => {
                Target::Rounded(bytemuck::cast_slice_mut(words))
            }
            Operand::Float => Target::Float(bytemuck::cast_slice_mut(words)),
            Operand::Brain => Target::Brain(bytemuck::cast_slice_mut(words)),
            Operand::Split | Operand::Integer => panic!("these are made of whole rows"),
        };
        (
            target,
            self.stride * self.arithmetic.unit.operand().per_word(),
        )
    }

    /// Returns rows to write to.
    pub(crate) fn rows_mut(&mut self, first: usize, rows: usize) -> Destination<'_> {
        Destination {
            arithmetic: self.arithmetic,
            stride: self.stride,
            words: &mut self.words.as_mut_slice()
                [first * self.stride..(first + rows) * self.stride],
            scales: &mut self.scales[first..first + rows],
        }
    }
}

/// Rows of [`Inputs`] that are written.
#[derive(Debug)]
pub(crate) struct Destination<'a> {
    pub(super) arithmetic: Arithmetic,
    /// Words of a row.
    pub(super) stride: usize,
    pub(super) words: &'a mut [u32],
    pub(super) scales: &'a mut [RowScale],
}

/// Converts rows of `width` floats.
pub(crate) fn convert(
    session: &Session,
    source: &[f32],
    width: usize,
    target: &mut Destination<'_>,
) {
    let instructions = session.instructions();
    #[cfg(target_arch = "x86_64")]
    if instructions >= Instructions::Avx512 && super::math512::is_there() {
        return super::rows512::convert(source, width, target);
    }
    portable(instructions, source, width, target);
}

dispatched! {
    fn portable(source: &[f32], width: usize, target: &mut Destination<'_>) = body
}

#[inline(always)]
fn body<const LEVEL: usize>(source: &[f32], width: usize, target: &mut Destination<'_>) {
    for (number, row) in source.chunks_exact(width).enumerate() {
        convert_row::<LEVEL>(row, number, target);
    }
}

/// Converts one row.
#[inline(always)]
pub(super) fn convert_row<const LEVEL: usize>(
    row: &[f32],
    number: usize,
    target: &mut Destination<'_>,
) {
    let words = &mut target.words[number * target.stride..][..target.stride];
    match target.arithmetic.unit.operand() {
        Operand::Float if target.arithmetic.rounded => {
            for (word, value) in words.iter_mut().zip(row) {
                *word = u32::from(math::to_brain(*value)) << 16;
            }
        }
        Operand::Float => words[..row.len()].copy_from_slice(bytemuck::cast_slice(row)),
        Operand::Brain => {
            let halves: &mut [u16] = bytemuck::cast_slice_mut(words);
            for (half, value) in halves.iter_mut().zip(row) {
                *half = math::to_brain(*value);
            }
        }
        Operand::Split => {
            let (high, low) = words.split_at_mut(target.stride / 2);
            split(
                row,
                bytemuck::cast_slice_mut(high),
                bytemuck::cast_slice_mut(low),
            );
        }
        Operand::Integer => {
            let bytes: &mut [u8] = bytemuck::cast_slice_mut(words);
            target.scales[number] = quantize::<LEVEL>(row, bytes);
        }
    }
}

/// Writes numbers as sums of two bfloat16.
#[inline(always)]
pub(super) fn split(row: &[f32], high: &mut [u16], low: &mut [u16]) {
    for ((value, high), low) in row.iter().zip(high).zip(low) {
        *high = math::to_brain(*value);
        *low = math::to_brain(value - math::widen(*high));
    }
}

/// Rounds a row to whole numbers from 0 to 255, its least number 0 and its largest 255. The scale
/// of a row with a number that is not finite is NaN.
#[inline(always)]
fn quantize<const LEVEL: usize>(row: &[f32], bytes: &mut [u8]) -> RowScale {
    let (least, largest) = range(row);
    let (scale, factor) = step_of(least, largest);
    let mut broken = false;
    for (byte, value) in bytes.iter_mut().zip(row) {
        let steps = math::multiply_add::<LEVEL>(*value, factor, -least * factor);
        broken |= steps.is_nan();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the range was scaled to 0 to 255; the cast holds it there"
        )]
        let rounded = steps.round_ties_even() as u8;
        *byte = rounded;
    }
    RowScale {
        scale: if broken { f32::NAN } else { scale },
        zero: -least * factor,
    }
}

/// Returns the distance between two integers of a row, and its reciprocal.
pub(super) fn step_of(least: f32, largest: f32) -> (f32, f32) {
    let smallest = LEAST_STEP * (least.abs() + largest.abs()) + f32::MIN_POSITIVE * STEPS;
    let step = (largest - least) / STEPS;
    let step = if step < smallest { smallest } else { step };
    (step, 1.0 / step)
}

#[inline(always)]
fn range(row: &[f32]) -> (f32, f32) {
    let smaller = |left: f32, right: f32| if left < right { left } else { right };
    let larger = |left: f32, right: f32| if left > right { left } else { right };
    let (blocks, rest) = row.as_chunks::<LANES>();
    let mut least = [f32::MAX; LANES];
    let mut largest = [f32::MIN; LANES];
    for block in blocks {
        for lane in 0..LANES {
            least[lane] = smaller(least[lane], block[lane]);
            largest[lane] = larger(largest[lane], block[lane]);
        }
    }
    let all = |lanes: &[f32; LANES], start: f32, pick: fn(f32, f32) -> f32| {
        lanes.iter().chain(rest).copied().fold(start, pick)
    };
    (
        all(&least, f32::MAX, smaller),
        all(&largest, f32::MIN, larger),
    )
}
