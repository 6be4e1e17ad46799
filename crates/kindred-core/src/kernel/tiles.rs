//! Tiles of dot products in vector registers, for AVX-512 and for AVX2 with FMA.
//!
//! Each product has one register of accumulators, so that its bits do not depend on the tile.

use std::arch::x86_64::{
    _mm256_fmadd_ps, _mm256_loadu_ps, _mm256_setzero_ps, _mm256_storeu_ps, _mm512_fmadd_ps,
    _mm512_loadu_ps, _mm512_setzero_ps, _mm512_storeu_ps,
};

use super::body::{RIGHT, by_tiles, finish};

/// Makes a module with a form of [`dot_block`](super::dot_block) for one width of registers.
macro_rules! form {
    (
        $(#[$documentation:meta])*
        $name:ident, $features:literal, $lanes:literal lanes, $left:literal vectors,
        $zero:ident, $load:ident, $multiply_add:ident, $store:ident
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
                let mut start = 0;
                while start < whole {
                    // SAFETY: all vectors have `length` components, and `start + $lanes` is not
                    // beyond it; the load needs no alignment.
                    let load = |vector: &[f32]| unsafe { $load(vector.as_ptr().add(start)) };
                    let columns = right.map(load);
                    for row in 0..LEFT {
                        let own = load(left[row]);
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
                        let mut lanes = [0.0_f32; $lanes];
                        // SAFETY: the array holds as many components as the register, and the
                        // store needs no alignment.
                        unsafe { $store(lanes.as_mut_ptr(), sums[row][column]) };
                        products[row][column] =
                            finish(lanes, &left[row][whole..], &right[column][whole..]);
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
    _mm512_setzero_ps, _mm512_loadu_ps, _mm512_fmadd_ps, _mm512_storeu_ps
}

form! {
    /// In tiles of two by four: eight accumulators of 16 registers.
    dot_block_avx2, "avx2,fma", 8 lanes, 2 vectors,
    _mm256_setzero_ps, _mm256_loadu_ps, _mm256_fmadd_ps, _mm256_storeu_ps
}
