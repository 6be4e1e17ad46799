//! The product of a matrix by one that was laid out for it beforehand.

use super::{PORTABLE, fused};

/// Columns of a panel; three registers of AVX-512.
const PANEL: usize = 48;
/// Narrowest part of a panel; one register of AVX-512.
pub(super) const LANES: usize = 16;

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

/// Multiplies all rows by one panel; writes to the whole output, whose rows are `stride` apart.
pub(super) type MultiplyPanel = fn(Rows<'_>, &Part<'_>, &mut [f32], usize);

/// One panel of the right-hand matrix.
#[derive(Debug)]
pub(super) struct Part<'a> {
    /// `[depth, width]`, the width a multiple of 16 and at most 48.
    pub(super) panel: &'a [f32],
    /// At least one value for each column; `None`: nothing is added.
    pub(super) bias: Option<&'a [f32]>,
    /// Its first column in the whole matrix.
    pub(super) first: usize,
    /// Columns that are not padding.
    pub(super) columns: usize,
}

impl Part<'_> {
    /// Returns the number of columns with padding, in steps of 16.
    pub(super) fn vectors(&self) -> usize {
        self.columns.div_ceil(LANES)
    }
}

/// Takes the panels of `right` one after another.
pub(super) fn multiply(left: Rows<'_>, right: Packed<'_>, out: RowsMut<'_>, with: MultiplyPanel) {
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
        with(left, &part, values, stride);
    }
}

/// The product in plain Rust: the reference of the others, and the form of other processors.
pub(super) fn portable(left: Rows<'_>, part: &Part<'_>, out: &mut [f32], stride: usize) {
    let next = tiles::<2>(left, 0, part, out, stride);
    tiles::<1>(left, next, part, out, stride);
}

/// Computes as many tiles of `ROWS` rows as there are from `next` on; returns the next row.
fn tiles<const ROWS: usize>(
    left: Rows<'_>,
    mut next: usize,
    part: &Part<'_>,
    out: &mut [f32],
    stride: usize,
) -> usize {
    while next + ROWS <= left.count {
        let values = &left.values[next * left.stride..];
        for block in 0..part.vectors() {
            let sums = tile::<ROWS>(values, left.stride, part, block * LANES);
            let start = block * LANES;
            let count = LANES.min(part.columns - start);
            for (row, sums) in sums.iter().enumerate() {
                let target = &mut out[(next + row) * stride + part.first + start..][..count];
                target.copy_from_slice(&sums[..count]);
                if let Some(bias) = part.bias {
                    for (target, bias) in target.iter_mut().zip(&bias[start..]) {
                        *target += bias;
                    }
                }
            }
        }
        next += ROWS;
    }
    next
}

/// The sums of one tile, added in the order of the inner dimension.
fn tile<const ROWS: usize>(
    left: &[f32],
    stride: usize,
    part: &Part<'_>,
    start: usize,
) -> [[f32; LANES]; ROWS] {
    let mut sums = [[0.0_f32; LANES]; ROWS];
    let width = part.vectors() * LANES;
    for (inner, columns) in part.panel.chunks_exact(width).enumerate() {
        let columns = &columns[start..][..LANES];
        for (row, sums) in sums.iter_mut().enumerate() {
            let factor = left[row * stride + inner];
            for (sum, column) in sums.iter_mut().zip(columns) {
                *sum = if fused(PORTABLE) {
                    factor.mul_add(*column, *sum)
                } else {
                    factor * column + *sum
                };
            }
        }
    }
    sums
}
