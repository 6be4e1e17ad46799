//! Sums of products in the registers of AVX2.

use std::arch::x86_64::{
    __m256i, _mm256_add_epi32, _mm256_and_si256, _mm256_castps_si256, _mm256_castsi256_ps,
    _mm256_dpbusd_avx_epi32, _mm256_fmadd_ps, _mm256_loadu_si256, _mm256_madd_epi16,
    _mm256_set1_epi16, _mm256_set1_epi32, _mm256_setzero_si256, _mm256_slli_epi16,
    _mm256_srai_epi16, _mm256_srli_epi16, _mm256_storeu_si256,
};

use super::product::{Block, LANES, Tile};

/// Words of a register.
const HALF: usize = LANES / 2;

/// Defines the sums of one kind: `$step` adds a word of the depth to a register. Tiles have up to
/// `$most` rows by 16 columns.
macro_rules! sums {
    ($name:ident, $rows:ident, $tile:ident, $features:literal, $most:literal, $step:expr) => {
        /// # Panics
        /// If the processor lacks the instructions or the tile is not whole.
        pub(super) fn $name(tile: &Tile<'_>, block: &mut Block) {
            assert!(available($features), "the processor has the instructions");
            tile.check(1);
            // SAFETY: the features that the function was compiled for were just detected.
            unsafe { $rows(tile, block) };
        }

        #[target_feature(enable = $features)]
        fn $rows(tile: &Tile<'_>, block: &mut Block) {
            for panel in 0..tile.panels {
                let mut next = 0;
                while next < tile.rows {
                    next += match tile.rows - next {
                        $most.. => $tile::<$most>(tile, next, panel, block),
                        2.. => $tile::<2>(tile, next, panel, block),
                        _ => $tile::<1>(tile, next, panel, block),
                    };
                }
            }
        }

        #[target_feature(enable = $features)]
        #[inline]
        fn $tile<const ROWS: usize>(
            tile: &Tile<'_>,
            first: usize,
            panel: usize,
            block: &mut Block,
        ) -> usize {
            let depth = tile.depth;
            let left = &tile.left[first * tile.stride..];
            let right = &tile.right[panel * tile.panel_stride..];
            assert!(left.len() >= (ROWS - 1) * tile.stride + depth, "whole rows");
            assert!(right.len() >= depth * LANES, "a whole panel");
            let stride = tile.panels * LANES;
            let target = &mut block.words[first * stride + panel * LANES..];
            assert!(
                target.len() >= (ROWS - 1) * stride + LANES,
                "room for the sums"
            );
            let mut sums = [[_mm256_setzero_si256(); 2]; ROWS];
            if tile.add {
                for (row, sums) in sums.iter_mut().enumerate() {
                    let places = target[row * stride..][..LANES].chunks_exact(HALF);
                    for (sum, place) in sums.iter_mut().zip(places) {
                        // SAFETY: a chunk has 8 words, the size of a register.
                        *sum = unsafe { _mm256_loadu_si256(place.as_ptr().cast()) };
                    }
                }
            }
            for word in 0..depth {
                // SAFETY: `word < depth`: both halves are inside by the assertion above.
                let columns = unsafe {
                    let place = right.as_ptr().add(word * LANES);
                    [
                        _mm256_loadu_si256(place.cast()),
                        _mm256_loadu_si256(place.add(HALF).cast()),
                    ]
                };
                for (row, sums) in sums.iter_mut().enumerate() {
                    // SAFETY: `row < ROWS` and `word < depth`: inside by the assertion above.
                    let factor = unsafe { *left.as_ptr().add(row * tile.stride + word) };
                    let factor = _mm256_set1_epi32(factor.cast_signed());
                    for (sum, column) in sums.iter_mut().zip(columns) {
                        *sum = $step(*sum, factor, column);
                    }
                }
            }
            for (row, sums) in sums.into_iter().enumerate() {
                let places = target[row * stride..][..LANES].chunks_exact_mut(HALF);
                for (place, sum) in places.zip(sums) {
                    // SAFETY: a chunk has 8 words, the size of a register.
                    unsafe { _mm256_storeu_si256(place.as_mut_ptr().cast(), sum) };
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
    "avx2,fma",
    6,
    |sum, left, right| {
        _mm256_castps_si256(_mm256_fmadd_ps(
            _mm256_castsi256_ps(left),
            _mm256_castsi256_ps(right),
            _mm256_castsi256_ps(sum),
        ))
    }
);

// The bytes are widened: the one instruction that multiplies them as they are may overflow.
sums!(
    integer,
    integer_rows,
    integer_tile,
    "avx2,fma",
    4,
    |sum: __m256i, left, right| {
        let low_bytes = _mm256_set1_epi16(0x00ff);
        let even = _mm256_madd_epi16(
            _mm256_and_si256(left, low_bytes),
            _mm256_srai_epi16::<8>(_mm256_slli_epi16::<8>(right)),
        );
        let odd = _mm256_madd_epi16(_mm256_srli_epi16::<8>(left), _mm256_srai_epi16::<8>(right));
        _mm256_add_epi32(sum, _mm256_add_epi32(even, odd))
    }
);

sums!(
    vnni,
    vnni_rows,
    vnni_tile,
    "avx2,fma,avxvnni",
    6,
    |sum: __m256i, left, right| { _mm256_dpbusd_avx_epi32(sum, left, right) }
);

/// Whether the processor has the instructions of one of the kinds above.
fn available(features: &str) -> bool {
    is_x86_feature_detected!("avx2")
        && is_x86_feature_detected!("fma")
        && match features {
            "avx2,fma,avxvnni" => is_x86_feature_detected!("avxvnni"),
            "avx2,fma" => true,
            _ => unreachable!("every list of features is known here"),
        }
}
