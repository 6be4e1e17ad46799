//! Sums of products in the registers of AVX-512: tiles of 8 rows by 48 columns fill 24 of 32.

use std::arch::x86_64::{
    __m512, __m512bh, __m512i, _mm512_castps_si512, _mm512_castsi512_ps, _mm512_dpbf16_ps,
    _mm512_dpbusd_epi32, _mm512_fmadd_ps, _mm512_loadu_si512, _mm512_set1_epi32,
    _mm512_setzero_si512, _mm512_storeu_si512,
};

use super::product::{Block, LANES, Tile};

/// Defines the sums of one kind: `$step` adds a word of the depth to a register.
macro_rules! sums {
    ($name:ident, $rows:ident, $tile:ident, $features:literal, $step:expr) => {
        /// # Panics
        /// If the processor lacks the instructions or the tile is not whole.
        pub(super) fn $name(tile: &Tile<'_>, block: &mut Block) {
            assert!(available($features), "the processor has the instructions");
            tile.check(1);
            // SAFETY: the features that the functions were compiled for were just detected.
            unsafe {
                match tile.panels {
                    3 => $rows::<3>(tile, block),
                    2 => $rows::<2>(tile, block),
                    _ => $rows::<1>(tile, block),
                }
            }
        }

        #[target_feature(enable = $features)]
        fn $rows<const PANELS: usize>(tile: &Tile<'_>, block: &mut Block) {
            let mut next = 0;
            while next < tile.rows {
                next += match tile.rows - next {
                    8.. => $tile::<8, PANELS>(tile, next, block),
                    4.. => $tile::<4, PANELS>(tile, next, block),
                    2.. => $tile::<2, PANELS>(tile, next, block),
                    _ => $tile::<1, PANELS>(tile, next, block),
                };
            }
        }

        #[target_feature(enable = $features)]
        #[inline]
        fn $tile<const ROWS: usize, const PANELS: usize>(
            tile: &Tile<'_>,
            first: usize,
            block: &mut Block,
        ) -> usize {
            let depth = tile.depth;
            let left = &tile.left[first * tile.stride..];
            assert!(left.len() >= (ROWS - 1) * tile.stride + depth, "whole rows");
            let last = (PANELS - 1) * tile.panel_stride;
            assert!(tile.right.len() >= last + depth * LANES, "whole panels");
            let target = &mut block.words[first * PANELS * LANES..][..ROWS * PANELS * LANES];
            let mut sums = [[_mm512_setzero_si512(); PANELS]; ROWS];
            if tile.add {
                for (row, sums) in sums.iter_mut().enumerate() {
                    for (panel, sum) in sums.iter_mut().enumerate() {
                        // SAFETY: `target` has 16 words for each panel of each row.
                        *sum = unsafe {
                            let place = target.as_ptr().add((row * PANELS + panel) * LANES);
                            _mm512_loadu_si512(place.cast())
                        };
                    }
                }
            }
            for word in 0..depth {
                let mut columns = [_mm512_setzero_si512(); PANELS];
                for (panel, columns) in columns.iter_mut().enumerate() {
                    // SAFETY: `panel < PANELS` and `word < depth`: inside by the assertion above.
                    *columns = unsafe {
                        let place = tile
                            .right
                            .as_ptr()
                            .add(panel * tile.panel_stride + word * LANES);
                        _mm512_loadu_si512(place.cast())
                    };
                }
                for (row, sums) in sums.iter_mut().enumerate() {
                    // SAFETY: `row < ROWS` and `word < depth`: inside by the assertion above.
                    let factor = unsafe { *left.as_ptr().add(row * tile.stride + word) };
                    let factor = _mm512_set1_epi32(factor.cast_signed());
                    for (sum, column) in sums.iter_mut().zip(columns) {
                        *sum = $step(*sum, factor, column);
                    }
                }
            }
            for (row, sums) in sums.into_iter().enumerate() {
                for (panel, sum) in sums.into_iter().enumerate() {
                    // SAFETY: `target` has 16 words for each panel of each row.
                    unsafe {
                        let place = target.as_mut_ptr().add((row * PANELS + panel) * LANES);
                        _mm512_storeu_si512(place.cast(), sum);
                    }
                }
            }
            ROWS
        }
    };
}

sums!(
    float,
    float_rows,
    float_tile,
    "avx512f",
    |sum, left, right| {
        _mm512_castps_si512(_mm512_fmadd_ps(
            _mm512_castsi512_ps(left),
            _mm512_castsi512_ps(right),
            _mm512_castsi512_ps(sum),
        ))
    }
);

sums!(
    brain,
    brain_rows,
    brain_tile,
    "avx512f,avx512bf16",
    |sum, left, right| {
        let sum: __m512 = _mm512_castsi512_ps(sum);
        // SAFETY: both types are 64 bytes of any bits.
        let pairs = unsafe {
            [
                std::mem::transmute::<__m512i, __m512bh>(left),
                std::mem::transmute::<__m512i, __m512bh>(right),
            ]
        };
        _mm512_castps_si512(_mm512_dpbf16_ps(sum, pairs[0], pairs[1]))
    }
);

sums!(
    integer,
    integer_rows,
    integer_tile,
    "avx512f,avx512vnni",
    |sum: __m512i, left, right| { _mm512_dpbusd_epi32(sum, left, right) }
);

/// Whether the processor has the instructions of one of the kinds above.
fn available(features: &str) -> bool {
    is_x86_feature_detected!("avx512f")
        && match features {
            "avx512f,avx512bf16" => is_x86_feature_detected!("avx512bf16"),
            "avx512f,avx512vnni" => is_x86_feature_detected!("avx512vnni"),
            _ => true,
        }
}
