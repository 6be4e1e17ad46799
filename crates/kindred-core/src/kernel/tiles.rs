//! Tiles of dot products in vector registers, for AVX-512 and for AVX2 with FMA.
//!
//! Each product has one register of accumulators, so that its bits do not depend on the tile.

use std::arch::x86_64::{
    __m256, _mm_add_ps, _mm_add_ss, _mm_cvtss_f32, _mm_movehdup_ps, _mm_movehl_ps,
    _mm256_castps256_ps128, _mm256_extractf128_ps, _mm256_fmadd_ps, _mm256_loadu_ps,
    _mm256_setzero_ps, _mm512_fmadd_ps, _mm512_loadu_ps, _mm512_reduce_add_ps, _mm512_setzero_ps,
};

use super::body::{RIGHT, by_tiles};

/// Adds the eight lanes of a register up.
#[inline]
#[target_feature(enable = "avx2,fma")]
fn add_lanes_256(lanes: __m256) -> f32 {
    let four = _mm_add_ps(
        _mm256_castps256_ps128(lanes),
        _mm256_extractf128_ps::<1>(lanes),
    );
    let two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)))
}

/// Makes a form of [`dot_block`](super::dot_block) for one width of registers.
macro_rules! form {
    (
        $(#[$documentation:meta])*
        $name:ident, $features:literal, $lanes:literal lanes, $left:literal vectors,
        $zero:ident, $load:ident, $multiply_add:ident, $add_lanes:ident
    ) => {
        $(#[$documentation])*
        #[target_feature(enable = $features)]
        pub(super) fn $name(left: &[&[f32]], right: &[&[f32]], out: &mut [f32]) {
            #[inline]
            #[target_feature(enable = $features)]
            fn tile<const LEFT: usize, const RIGHT: usize>(
                left: [&[f32]; LEFT],
                right: [&[f32]; RIGHT],
            ) -> [[f32; RIGHT]; LEFT] {
                let length = left[0].len();
                let whole = length / $lanes * $lanes;
                assert!(left.iter().chain(&right).all(|vector| vector.len() == length));
                let mut sums = [[$zero(); RIGHT]; LEFT];
                let lefts = left.map(<[f32]>::as_ptr);
                let rights = right.map(<[f32]>::as_ptr);
                let mut start = 0;
                while start < whole {
                    let mut columns = [$zero(); RIGHT];
                    for column in 0..RIGHT {
                        // SAFETY: all vectors have `length` components, and `start + $lanes` is
                        // not beyond it; the load needs no alignment.
                        columns[column] = unsafe { $load(rights[column].add(start)) };
                    }
                    for row in 0..LEFT {
                        // SAFETY: as above.
                        let own = unsafe { $load(lefts[row].add(start)) };
                        for column in 0..RIGHT {
                            sums[row][column] =
                                $multiply_add(own, columns[column], sums[row][column]);
                        }
                    }
                    start += $lanes;
                }
                let mut products = [[0.0; RIGHT]; LEFT];
                for row in 0..LEFT {
                    for column in 0..RIGHT {
                        let rest = left[row][whole..].iter().zip(&right[column][whole..]);
                        products[row][column] = rest
                            .fold($add_lanes(sums[row][column]), |sum, (&a, &b)| a.mul_add(b, sum));
                    }
                }
                products
            }

            by_tiles::<$left>(
                (left, right),
                out,
                |rows, columns| tile::<$left, RIGHT>(rows, columns),
                |rows, columns| tile::<1, RIGHT>(rows, columns),
                |rows, columns| tile::<1, 1>(rows, columns),
            );
        }
    };
}

form! {
    /// In tiles of four by four: sixteen accumulators of 32 registers.
    dot_block_avx512, "avx512f", 16 lanes, 4 vectors,
    _mm512_setzero_ps, _mm512_loadu_ps, _mm512_fmadd_ps, _mm512_reduce_add_ps
}

form! {
    /// In tiles of two by four: eight accumulators of 16 registers.
    dot_block_avx2, "avx2,fma", 8 lanes, 2 vectors,
    _mm256_setzero_ps, _mm256_loadu_ps, _mm256_fmadd_ps, add_lanes_256
}
