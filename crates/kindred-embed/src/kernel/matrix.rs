//! The product of a matrix by one that was laid out for it beforehand.

#![expect(
    clippy::inline_always,
    reason = "a body must be compiled for the vector units of its caller"
)]

use super::fused;

/// Columns of a panel; three registers of AVX-512.
const PANEL: usize = 48;
/// Narrowest part of a panel; one register of AVX-512.
const LANES: usize = 16;

/// Rows of a matrix inside a longer slice.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rows<'a> {
    /// The values from the first row on.
    pub(crate) values: &'a [f32],
    /// Number of rows.
    pub(crate) count: usize,
    /// Values from the start of one row to that of the next.
    pub(crate) stride: usize,
}

/// Rows of a matrix to write to.
#[derive(Debug)]
pub(crate) struct RowsMut<'a> {
    /// The values from the first row on.
    pub(crate) values: &'a mut [f32],
    /// Values from the start of one row to that of the next.
    pub(crate) stride: usize,
}

/// A right-hand matrix `[depth, columns]` in panels.
///
/// A panel has 48 columns (the last one fewer, in steps of 16), and for each of the `depth` rows
/// its columns side by side, so that the product reads it from front to back.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Packed<'a> {
    pub(crate) depth: usize,
    pub(crate) columns: usize,
    /// `depth * padded(columns)` values.
    pub(crate) panels: &'a [f32],
    /// One value for each column.
    pub(crate) bias: Option<&'a [f32]>,
}

/// A packed matrix that owns its values: a linear layer.
#[derive(Debug, Clone)]
pub(crate) struct PackedMatrix {
    depth: usize,
    columns: usize,
    panels: Vec<f32>,
    bias: Vec<f32>,
}

impl PackedMatrix {
    /// Packs the weights of linear layers that read the same input, one after another: each
    /// `[outputs, depth]` row-major.
    pub(crate) fn of_linear(depth: usize, weights: &[f32], bias: Vec<f32>) -> Self {
        let columns = bias.len();
        assert_eq!(
            weights.len(),
            columns * depth,
            "one row of weights for each output"
        );
        let mut panels = vec![0.0; padded(columns) * depth];
        pack_columns(
            Rows {
                values: weights,
                count: columns,
                stride: depth,
            },
            depth,
            &mut panels,
        );
        Self {
            depth,
            columns,
            panels,
            bias,
        }
    }

    /// Returns the matrix for a product.
    pub(crate) fn view(&self) -> Packed<'_> {
        Packed {
            depth: self.depth,
            columns: self.columns,
            panels: &self.panels,
            bias: Some(&self.bias),
        }
    }

    /// Returns the number of inputs.
    pub(crate) fn depth(&self) -> usize {
        self.depth
    }

    /// Returns the number of outputs.
    pub(crate) fn columns(&self) -> usize {
        self.columns
    }
}

/// Returns the number of columns that `columns` take once they are packed.
pub(crate) const fn padded(columns: usize) -> usize {
    columns.next_multiple_of(LANES)
}

/// Packs the transpose of `source`: its rows become columns. `depth` is the length of its rows.
pub(crate) fn pack_columns(source: Rows<'_>, depth: usize, panels: &mut [f32]) {
    for first in (0..source.count).step_by(PANEL) {
        let columns = PANEL.min(source.count - first);
        let width = padded(columns);
        let panel = &mut panels[first * depth..][..width * depth];
        for column in 0..columns {
            let row = &source.values[(first + column) * source.stride..][..depth];
            for (target, value) in panel[column..].iter_mut().step_by(width).zip(row) {
                *target = *value;
            }
        }
    }
}

/// Packs `source` as it is: a matrix of `columns` columns.
pub(crate) fn pack_rows(source: Rows<'_>, columns: usize, panels: &mut [f32]) {
    for first in (0..columns).step_by(PANEL) {
        let count = PANEL.min(columns - first);
        let width = padded(count);
        let panel = &mut panels[first * source.count..][..width * source.count];
        for (row, target) in panel.chunks_exact_mut(width).enumerate() {
            let values = &source.values[row * source.stride + first..][..count];
            target[..count].copy_from_slice(values);
        }
    }
}

/// The body of [`super::multiply`].
#[inline(always)]
pub(super) fn multiply<const LEVEL: usize>(left: Rows<'_>, right: Packed<'_>, out: RowsMut<'_>) {
    let (depth, columns) = (right.depth, right.columns);
    let RowsMut { values, stride } = out;
    assert_eq!(
        right.panels.len(),
        depth * padded(columns),
        "panels of the stated size"
    );
    for first in (0..columns).step_by(PANEL) {
        let width = padded(columns - first).min(PANEL);
        let part = Part {
            panel: &right.panels[first * depth..][..width * depth],
            bias: right.bias.map(|bias| &bias[first..]),
            first,
            columns: width.min(columns - first),
        };
        match width {
            48 => panel_rows::<LEVEL, 48>(left, &part, values, stride),
            32 => panel_rows::<LEVEL, 32>(left, &part, values, stride),
            _ => panel_rows::<LEVEL, 16>(left, &part, values, stride),
        }
    }
}

/// One panel of the right-hand matrix.
struct Part<'a> {
    panel: &'a [f32],
    bias: Option<&'a [f32]>,
    /// Its first column in the whole matrix.
    first: usize,
    /// Columns that are not padding.
    columns: usize,
}

/// Multiplies all rows by one panel: the tile is as wide as the registers of the level allow.
#[inline(always)]
fn panel_rows<const LEVEL: usize, const WIDTH: usize>(
    left: Rows<'_>,
    part: &Part<'_>,
    out: &mut [f32],
    stride: usize,
) {
    // Sums of 8 x 48 fill 24 of 32 long registers; 6 x 16 fill 12 of 16; 4 x 16 suits the rest.
    match LEVEL {
        512 => {
            let next = tiles::<LEVEL, 8, WIDTH, WIDTH>(left, 0, part, out, stride);
            let next = tiles::<LEVEL, 4, WIDTH, WIDTH>(left, next, part, out, stride);
            tiles::<LEVEL, 1, WIDTH, WIDTH>(left, next, part, out, stride);
        }
        2 => {
            let next = tiles::<LEVEL, 6, WIDTH, LANES>(left, 0, part, out, stride);
            let next = tiles::<LEVEL, 3, WIDTH, LANES>(left, next, part, out, stride);
            tiles::<LEVEL, 1, WIDTH, LANES>(left, next, part, out, stride);
        }
        _ => {
            let next = tiles::<LEVEL, 2, WIDTH, LANES>(left, 0, part, out, stride);
            tiles::<LEVEL, 1, WIDTH, LANES>(left, next, part, out, stride);
        }
    }
}

/// Computes as many tiles of `ROWS` rows as there are from `next` on; returns the next row.
#[inline(always)]
fn tiles<const LEVEL: usize, const ROWS: usize, const WIDTH: usize, const COLUMNS: usize>(
    left: Rows<'_>,
    mut next: usize,
    part: &Part<'_>,
    out: &mut [f32],
    stride: usize,
) -> usize {
    while next + ROWS <= left.count {
        let values = &left.values[next * left.stride..];
        for block in 0..part.columns.div_ceil(COLUMNS) {
            let sums = tile::<LEVEL, ROWS, WIDTH, COLUMNS>(values, left.stride, part.panel, block);
            let start = block * COLUMNS;
            let count = COLUMNS.min(part.columns - start);
            for (row, sums) in sums.iter().enumerate() {
                let target = &mut out[(next + row) * stride + part.first + start..][..count];
                match part.bias {
                    Some(bias) => {
                        let bias = &bias[start..][..count];
                        for ((target, sum), bias) in target.iter_mut().zip(sums).zip(bias) {
                            *target = sum + bias;
                        }
                    }
                    None => target.copy_from_slice(&sums[..count]),
                }
            }
        }
        next += ROWS;
    }
    next
}

/// The sums of one tile, added in the order of the inner dimension.
#[inline(always)]
fn tile<const LEVEL: usize, const ROWS: usize, const WIDTH: usize, const COLUMNS: usize>(
    left: &[f32],
    stride: usize,
    panel: &[f32],
    block: usize,
) -> [[f32; COLUMNS]; ROWS] {
    let mut sums = [[0.0_f32; COLUMNS]; ROWS];
    let (panel, _) = panel.as_chunks::<WIDTH>();
    let depth = panel.len();
    let rows: [&[f32]; ROWS] = std::array::from_fn(|row| &left[row * stride..][..depth]);
    for inner in 0..depth {
        let values = &panel[inner].as_chunks::<COLUMNS>().0[block];
        for row in 0..ROWS {
            let factor = rows[row][inner];
            for column in 0..COLUMNS {
                let sum = &mut sums[row][column];
                *sum = if fused(LEVEL) {
                    factor.mul_add(values[column], *sum)
                } else {
                    factor * values[column] + *sum
                };
            }
        }
    }
    sums
}
