//! What the kernels compute, in plain Rust, to be compiled for several vector units.
//!
//! `FUSED` says whether the unit multiplies and adds in one instruction; elsewhere `mul_add` would
//! be a library call.

#![expect(
    clippy::inline_always,
    reason = "they must be compiled for their caller's features"
)]

/// Independent accumulators of a single product: four AVX-512 registers of sixteen lanes.
const LANES: usize = 64;
/// The same in 64 bits.
const EXACT_LANES: usize = 32;
/// Vectors of the right side in one tile.
pub(super) const RIGHT: usize = 4;

/// A number that sums are kept in.
pub(super) trait Number:
    Copy + std::ops::Add<Output = Self> + std::ops::Mul<Output = Self>
{
    fn of(value: f32) -> Self;

    /// `self * factor + sum`, rounded once.
    fn fused(self, factor: Self, sum: Self) -> Self;
}

impl Number for f32 {
    #[inline(always)]
    fn of(value: f32) -> Self {
        value
    }

    #[inline(always)]
    fn fused(self, factor: Self, sum: Self) -> Self {
        self.mul_add(factor, sum)
    }
}

impl Number for f64 {
    #[inline(always)]
    fn of(value: f32) -> Self {
        Self::from(value)
    }

    #[inline(always)]
    fn fused(self, factor: Self, sum: Self) -> Self {
        self.mul_add(factor, sum)
    }
}

/// `value * factor + sum`.
#[inline(always)]
fn times_plus<N: Number, const FUSED: bool>(value: f32, factor: N, sum: N) -> N {
    if FUSED {
        N::of(value).fused(factor, sum)
    } else {
        N::of(value) * factor + sum
    }
}

/// The dot product of two slices of equal length.
#[inline(always)]
pub(super) fn dot<const FUSED: bool>(left: &[f32], right: &[f32]) -> f32 {
    lane_dot::<f32, FUSED, LANES>(left, right)
}

/// The dot product with parameters of 64 bits.
#[inline(always)]
pub(super) fn dot_exactly<const FUSED: bool>(vector: &[f32], parameters: &[f64]) -> f64 {
    lane_dot::<f64, FUSED, EXACT_LANES>(vector, parameters)
}

#[inline(always)]
fn lane_dot<N: Number, const FUSED: bool, const LANES: usize>(left: &[f32], right: &[N]) -> N {
    let mut sums = [N::of(0.0); LANES];
    let (left_blocks, left_rest) = left.as_chunks::<LANES>();
    let (right_blocks, right_rest) = right.as_chunks::<LANES>();
    for (a, b) in left_blocks.iter().zip(right_blocks) {
        for lane in 0..LANES {
            sums[lane] = times_plus::<N, FUSED>(a[lane], b[lane], sums[lane]);
        }
    }
    for (lane, (&a, &b)) in left_rest.iter().zip(right_rest).enumerate() {
        sums[lane] = times_plus::<N, FUSED>(a, b, sums[lane]);
    }
    fold(&mut sums)
}

/// Adds the accumulators pairwise, so that vector units can do it too.
#[inline(always)]
fn fold<N: Number, const LANES: usize>(sums: &mut [N; LANES]) -> N {
    let mut width = LANES / 2;
    while width > 0 {
        for lane in 0..width {
            sums[lane] = sums[lane] + sums[lane + width];
        }
        width /= 2;
    }
    sums[0]
}

/// Dot products of all pairs, in tiles: each piece that is loaded serves several products. The
/// three forms of a tile are one of `LEFT` by four vectors, one by four, and a single pair.
#[inline(always)]
pub(super) fn by_tiles<const LEFT: usize>(
    (left, right): (&[&[f32]], &[&[f32]]),
    out: &mut [f32],
    many: impl Fn([&[f32]; LEFT], [&[f32]; RIGHT]) -> [[f32; RIGHT]; LEFT],
    one: impl Fn([&[f32]; 1], [&[f32]; RIGHT]) -> [[f32; RIGHT]; 1],
    single: impl Fn([&[f32]; 1], [&[f32]; 1]) -> [[f32; 1]; 1],
) {
    let width = right.len();
    let (right_tiles, right_rest) = right.as_chunks::<RIGHT>();
    let (left_tiles, left_rest) = left.as_chunks::<LEFT>();
    let tiled = left_tiles.len() * LEFT;
    for (place, columns) in right_tiles.iter().enumerate() {
        for (row, rows) in left_tiles.iter().enumerate() {
            for (next, products) in many(*rows, *columns).iter().enumerate() {
                let start = (row * LEFT + next) * width + place * RIGHT;
                out[start..start + RIGHT].copy_from_slice(products);
            }
        }
        for (next, row) in left_rest.iter().enumerate() {
            let start = (tiled + next) * width + place * RIGHT;
            let [products] = one([row], *columns);
            out[start..start + RIGHT].copy_from_slice(&products);
        }
    }
    let first = right_tiles.len() * RIGHT;
    for (next, column) in right_rest.iter().enumerate() {
        for (row, vector) in left.iter().enumerate() {
            let [[product]] = single([vector], [column]);
            out[row * width + first + next] = product;
        }
    }
}

/// [`dot_block`](super::dot_block) for whatever the target guarantees.
pub(super) fn dot_block_portable(left: &[&[f32]], right: &[&[f32]], out: &mut [f32]) {
    by_tiles::<1>(
        (left, right),
        out,
        |[row], columns| [columns.map(|column| dot::<false>(row, column))],
        |[row], columns| [columns.map(|column| dot::<false>(row, column))],
        |[row], [column]| [[dot::<false>(row, column)]],
    );
}

/// Adds rows with coefficients to a sum, four at a time, so that the sum is read and written a
/// quarter as often.
#[inline(always)]
pub(super) fn add_rows<N: Number, const FUSED: bool>(
    coefficients: &[N],
    rows: &[&[f32]],
    sum: &mut [N],
) {
    let (quads, rest) = rows.as_chunks::<4>();
    let (by, rest_by) = coefficients.as_chunks::<4>();
    for (quad, by) in quads.iter().zip(by) {
        let rows = quad.map(|row| &row[..sum.len()]);
        for place in 0..sum.len() {
            let mut value = sum[place];
            for (row, &coefficient) in rows.iter().zip(by) {
                value = times_plus::<N, FUSED>(row[place], coefficient, value);
            }
            sum[place] = value;
        }
    }
    for (row, &coefficient) in rest.iter().zip(rest_by) {
        for (value, &component) in sum.iter_mut().zip(*row) {
            *value = times_plus::<N, FUSED>(component, coefficient, *value);
        }
    }
}
