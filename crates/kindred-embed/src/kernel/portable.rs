//! The products in plain Rust: the reference of the others, and the form of other processors.

use super::product::{Block, LANES, Tile};
use super::{PORTABLE, math};

/// Sums of products of 32-bit floats.
pub(super) fn float(tile: &Tile<'_>, block: &mut Block) {
    for_each_sum(tile, block, [0.0_f32; LANES], |sums, left, right| {
        let factor = f32::from_bits(left);
        for (sum, column) in sums.iter_mut().zip(right) {
            let column = f32::from_bits(*column);
            *sum = math::multiply_add::<PORTABLE>(factor, column, *sum);
        }
    });
}

/// Sums of products of unsigned by signed 8-bit integers.
pub(super) fn integer(tile: &Tile<'_>, block: &mut Block) {
    for_each_sum(tile, block, [0_i32; LANES], |sums, left, right| {
        let left = left.to_le_bytes().map(i32::from);
        for (sum, column) in sums.iter_mut().zip(right) {
            let column = column
                .to_le_bytes()
                .map(|byte| i32::from(byte.cast_signed()));
            *sum += left[0] * column[0]
                + left[1] * column[1]
                + left[2] * column[2]
                + left[3] * column[3];
        }
    });
}

/// Computes each row of each panel from `zero` by `step`, which adds one word of the depth.
fn for_each_sum<T: bytemuck::Pod>(
    tile: &Tile<'_>,
    block: &mut Block,
    zero: [T; LANES],
    step: impl Fn(&mut [T; LANES], u32, &[u32; LANES]),
) {
    tile.check(1);
    let stride = tile.panels * LANES;
    for row in 0..tile.rows {
        let left = &tile.left[row * tile.stride..][..tile.depth];
        for panel in 0..tile.panels {
            let right = &tile.right[panel * tile.panel_stride..][..tile.depth * LANES];
            let place = &mut block.words[row * stride + panel * LANES..][..LANES];
            let mut sums = zero;
            if tile.add {
                sums.copy_from_slice(bytemuck::cast_slice(place));
            }
            for (word, columns) in left.iter().zip(right.as_chunks::<LANES>().0) {
                step(&mut sums, *word, columns);
            }
            place.copy_from_slice(bytemuck::cast_slice(&sums));
        }
    }
}
