//! Laying out right-hand matrices in panels.

use super::Buffer;
use super::finish::{Finish, RowScale, Scale};
use super::math::{to_brain, widen};
use super::product::{LANES, Operand, Panels};
use super::rows::{Arithmetic, split};
use crate::architecture::Activation;

/// Largest integer of a weight.
const LARGEST_WEIGHT: f32 = 127.0;

/// A linear layer laid out for products.
#[derive(Debug, Clone)]
pub(crate) struct Weights {
    arithmetic: Arithmetic,
    inputs: usize,
    outputs: usize,
    /// Words of a column, padding included.
    depth: usize,
    panels: Buffer<u32>,
    /// One for each output, filled up to a multiple of 16, as are the next two.
    bias: Vec<f32>,
    /// What the integers of each output are multiplied by; empty for floats.
    scales: Vec<f32>,
    /// Sums of the integers of each output; empty for floats.
    sums: Vec<f32>,
}

impl Weights {
    /// Lays out the weights of linear layers that read the same input, one after another: each
    /// `[outputs, inputs]` row-major; `bias` has one number for each output of all.
    ///
    /// # Panics
    /// If the sizes do not fit.
    pub(crate) fn new(
        arithmetic: Arithmetic,
        inputs: usize,
        weights: &[f32],
        mut bias: Vec<f32>,
    ) -> Self {
        let outputs = bias.len();
        assert_eq!(
            weights.len(),
            outputs * inputs,
            "one row of weights for each output"
        );
        let padded = outputs.next_multiple_of(LANES);
        bias.resize(padded, 0.0);
        let depth = arithmetic.unit.words(inputs);
        let mut panels = Buffer::zeroed(Panels::size(depth, outputs));
        let (mut scales, mut sums) = (Vec::new(), Vec::new());
        if arithmetic.unit.operand() == Operand::Integer {
            scales.resize(padded, 0.0);
            sums.resize(padded, 0.0);
        }
        let mut words = vec![0_u32; depth];
        for (output, row) in weights.chunks_exact(inputs.max(1)).enumerate() {
            match arithmetic.unit.operand() {
                Operand::Float if arithmetic.rounded => {
                    let rounded = row.iter().map(|value| widen(to_brain(*value)).to_bits());
                    words
                        .iter_mut()
                        .zip(rounded)
                        .for_each(|(word, value)| *word = value);
                }
                Operand::Float => words[..inputs].copy_from_slice(bytemuck::cast_slice(row)),
                Operand::Brain => {
                    let halves: &mut [u16] = bytemuck::cast_slice_mut(&mut words);
                    let rounded = row.iter().map(|value| to_brain(*value));
                    halves
                        .iter_mut()
                        .zip(rounded)
                        .for_each(|(half, value)| *half = value);
                }
                Operand::Split => {
                    let (high, low) = words.split_at_mut(depth / 2);
                    let high: &mut [u16] = bytemuck::cast_slice_mut(high);
                    split(row, high, bytemuck::cast_slice_mut(low));
                }
                Operand::Integer => {
                    let bytes: &mut [i8] = bytemuck::cast_slice_mut(&mut words);
                    (scales[output], sums[output]) = quantize(row, bytes);
                }
            }
            let panel = &mut panels.as_mut_slice()[output / LANES * depth * LANES..];
            let column = panel[output % LANES..].iter_mut().step_by(LANES);
            column
                .zip(&words)
                .for_each(|(target, word)| *target = *word);
        }
        Self {
            arithmetic,
            inputs,
            outputs,
            depth,
            panels,
            bias,
            scales,
            sums,
        }
    }

    /// Returns how its numbers are held.
    pub(crate) fn arithmetic(&self) -> Arithmetic {
        self.arithmetic
    }

    /// Returns the number of inputs.
    pub(crate) fn inputs(&self) -> usize {
        self.inputs
    }

    /// Returns the number of outputs.
    pub(crate) fn outputs(&self) -> usize {
        self.outputs
    }

    /// Returns the matrix for a product.
    pub(crate) fn panels(&self) -> Panels<'_> {
        Panels {
            words: self.panels.as_slice(),
            depth: self.depth,
            columns: self.outputs,
        }
    }

    /// Returns what makes the layer's outputs of its sums, its input having `rows`.
    pub(crate) fn finish<'a>(
        &'a self,
        rows: &'a [RowScale],
        activation: Option<Activation>,
    ) -> Finish<'a> {
        let scale = if self.scales.is_empty() {
            Scale::None
        } else {
            Scale::Integer {
                rows,
                columns: &self.scales,
                sums: &self.sums,
            }
        };
        Finish {
            scale,
            bias: Some(&self.bias),
            activation,
            quick: !self.scales.is_empty(),
        }
    }
}

/// Rounds weights to whole numbers from -127 to 127; returns their scale and their sum.
fn quantize(row: &[f32], bytes: &mut [i8]) -> (f32, f32) {
    let largest = row
        .iter()
        .fold(0.0_f32, |largest, value| largest.max(value.abs()));
    let scale = if largest > 0.0 {
        largest / LARGEST_WEIGHT
    } else {
        1.0
    };
    let mut sum = 0.0;
    for (byte, value) in bytes.iter_mut().zip(row) {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "at most 127 by the choice of the scale"
        )]
        let rounded = (value / scale).round_ties_even() as i8;
        *byte = rounded;
        sum += f32::from(rounded);
    }
    (scale, sum)
}

/// Rows of numbers inside longer ones: those of one head in the rows of a text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HeadRows<'a, T> {
    /// From the first row's first number on.
    pub(crate) values: &'a [T],
    pub(crate) rows: usize,
    /// Numbers from the start of one row to that of the next.
    pub(crate) stride: usize,
    /// Numbers of a row that count.
    pub(crate) width: usize,
}

/// Packs the transpose of floats: each row becomes a column.
pub(crate) fn pack_columns(source: HeadRows<'_, f32>, panels: &mut [u32]) {
    let depth = source.width;
    for (number, panel) in panels.chunks_exact_mut(depth * LANES).enumerate() {
        for lane in 0..LANES {
            let row = number * LANES + lane;
            let column = panel[lane..].iter_mut().step_by(LANES);
            if row < source.rows {
                let values = &source.values[row * source.stride..][..depth];
                column
                    .zip(values)
                    .for_each(|(target, value)| *target = value.to_bits());
            } else {
                column.for_each(|target| *target = 0);
            }
        }
    }
}

/// Packs floats as they are: a matrix whose depth is the number of rows.
pub(crate) fn pack_rows(source: HeadRows<'_, f32>, panels: &mut [u32]) {
    for (number, panel) in panels.chunks_exact_mut(source.rows * LANES).enumerate() {
        let first = number * LANES;
        let count = LANES.min(source.width - first);
        for (row, target) in panel.as_chunks_mut::<LANES>().0.iter_mut().enumerate() {
            let values = &source.values[row * source.stride + first..][..count];
            if let Some(values) = values.first_chunk::<LANES>() {
                *target = values.map(f32::to_bits);
            } else {
                target[..count].copy_from_slice(bytemuck::cast_slice(values));
                target[count..].fill(0);
            }
        }
    }
}

/// Packs the transpose of bfloat16: each row becomes a column, two of its numbers to a word.
/// `depth` is in words and may be longer than the rows.
pub(crate) fn pack_brain_columns(source: HeadRows<'_, u16>, depth: usize, panels: &mut [u32]) {
    for (number, panel) in panels.chunks_exact_mut(depth * LANES).enumerate() {
        for lane in 0..LANES {
            let row = number * LANES + lane;
            let column = panel[lane..].iter_mut().step_by(LANES);
            if row < source.rows {
                let values = &source.values[row * source.stride..][..source.width];
                let words = values
                    .chunks(2)
                    .map(|pair| u32::from(pair[0]) | u32::from(*pair.get(1).unwrap_or(&0)) << 16);
                column
                    .zip(words.chain(std::iter::repeat(0)))
                    .for_each(|(target, word)| *target = word);
            } else {
                column.for_each(|target| *target = 0);
            }
        }
    }
}

/// Packs bfloat16 as they are, the numbers of two rows to a word; `depth` is in words and may be
/// more than half the rows.
pub(crate) fn pack_brain_rows(source: HeadRows<'_, u16>, depth: usize, panels: &mut [u32]) {
    let row = |number: usize, first: usize, count: usize| {
        (number < source.rows).then(|| &source.values[number * source.stride + first..][..count])
    };
    for (number, panel) in panels.chunks_exact_mut(depth * LANES).enumerate() {
        let first = number * LANES;
        let count = LANES.min(source.width - first);
        for (pair, target) in panel.as_chunks_mut::<LANES>().0.iter_mut().enumerate() {
            *target = [0; LANES];
            let Some(low) = row(2 * pair, first, count) else {
                continue;
            };
            for (target, low) in target.iter_mut().zip(low) {
                *target = u32::from(*low);
            }
            if let Some(high) = row(2 * pair + 1, first, count) {
                for (target, high) in target.iter_mut().zip(high) {
                    *target |= u32::from(*high) << 16;
                }
            }
        }
    }
}
