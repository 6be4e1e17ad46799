//! Sums of products in the registers of AVX-512: tiles of 8 rows by 48 columns fill 24 of 32.

use std::arch::asm;
use std::arch::x86_64::{
    __m512, __m512bh, __m512i, _mm512_castps_si512, _mm512_castsi512_ps, _mm512_dpbf16_ps,
    _mm512_dpbusd_epi32, _mm512_fmadd_ps, _mm512_loadu_si512, _mm512_set1_epi32,
    _mm512_setzero_si512, _mm512_storeu_si512,
};

use super::product::{Block, LANES, Tile};

/// Clears registers.
macro_rules! zero {
    ($($register:literal)*) => {
        concat!($("vpxord zmm", $register, ", zmm", $register, ", zmm", $register, "\n"),*)
    };
}

/// Moves the 24 sums of a whole tile between registers and the block.
macro_rules! load_sums {
    () => {
        concat!(
            "vmovups zmm0, [{target} + 0]\n",
            "vmovups zmm1, [{target} + 64]\n",
            "vmovups zmm2, [{target} + 128]\n",
            "vmovups zmm3, [{target} + 192]\n",
            "vmovups zmm4, [{target} + 256]\n",
            "vmovups zmm5, [{target} + 320]\n",
            "vmovups zmm6, [{target} + 384]\n",
            "vmovups zmm7, [{target} + 448]\n",
            "vmovups zmm8, [{target} + 512]\n",
            "vmovups zmm9, [{target} + 576]\n",
            "vmovups zmm10, [{target} + 640]\n",
            "vmovups zmm11, [{target} + 704]\n",
            "vmovups zmm12, [{target} + 768]\n",
            "vmovups zmm13, [{target} + 832]\n",
            "vmovups zmm14, [{target} + 896]\n",
            "vmovups zmm15, [{target} + 960]\n",
            "vmovups zmm16, [{target} + 1024]\n",
            "vmovups zmm17, [{target} + 1088]\n",
            "vmovups zmm18, [{target} + 1152]\n",
            "vmovups zmm19, [{target} + 1216]\n",
            "vmovups zmm20, [{target} + 1280]\n",
            "vmovups zmm21, [{target} + 1344]\n",
            "vmovups zmm22, [{target} + 1408]\n",
            "vmovups zmm23, [{target} + 1472]\n",
        )
    };
}
macro_rules! store_sums {
    () => {
        concat!(
            "vmovups [{target} + 0], zmm0\n",
            "vmovups [{target} + 64], zmm1\n",
            "vmovups [{target} + 128], zmm2\n",
            "vmovups [{target} + 192], zmm3\n",
            "vmovups [{target} + 256], zmm4\n",
            "vmovups [{target} + 320], zmm5\n",
            "vmovups [{target} + 384], zmm6\n",
            "vmovups [{target} + 448], zmm7\n",
            "vmovups [{target} + 512], zmm8\n",
            "vmovups [{target} + 576], zmm9\n",
            "vmovups [{target} + 640], zmm10\n",
            "vmovups [{target} + 704], zmm11\n",
            "vmovups [{target} + 768], zmm12\n",
            "vmovups [{target} + 832], zmm13\n",
            "vmovups [{target} + 896], zmm14\n",
            "vmovups [{target} + 960], zmm15\n",
            "vmovups [{target} + 1024], zmm16\n",
            "vmovups [{target} + 1088], zmm17\n",
            "vmovups [{target} + 1152], zmm18\n",
            "vmovups [{target} + 1216], zmm19\n",
            "vmovups [{target} + 1280], zmm20\n",
            "vmovups [{target} + 1344], zmm21\n",
            "vmovups [{target} + 1408], zmm22\n",
            "vmovups [{target} + 1472], zmm23\n",
        )
    };
}

/// Adds the products of one row's word, found at `$place`, and three panels to three registers.
macro_rules! row {
    ($instruction:literal, $place:literal, $word:literal, $first:literal, $second:literal, $third:literal) => {
        concat!(
            "vbroadcastss zmm",
            $word,
            ", dword ptr [",
            $place,
            "]\n",
            $instruction,
            " zmm",
            $first,
            ", zmm",
            $word,
            ", zmm24\n",
            $instruction,
            " zmm",
            $second,
            ", zmm",
            $word,
            ", zmm25\n",
            $instruction,
            " zmm",
            $third,
            ", zmm",
            $word,
            ", zmm26\n",
        )
    };
}

/// Defines the sums of one kind: `$step` adds a word of the depth to a register, `$instruction`
/// does so in the loop of whole tiles.
macro_rules! sums {
    ($name:ident, $rows:ident, $tile:ident, $whole:ident, $features:literal, $instruction:literal, $step:expr) => {
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
                    8.. if PANELS == 3 => $whole(tile, next, block),
                    8.. => $tile::<8, PANELS>(tile, next, block),
                    4.. => $tile::<4, PANELS>(tile, next, block),
                    2.. => $tile::<2, PANELS>(tile, next, block),
                    _ => $tile::<1, PANELS>(tile, next, block),
                };
            }
        }

        /// Eight rows by three panels, where nearly all the time goes. Written as assembly: the
        /// compiler adds up an address for each row, on the ports that multiply.
        #[target_feature(enable = $features)]
        fn $whole(tile: &Tile<'_>, first: usize, block: &mut Block) -> usize {
            const ROWS: usize = 8;
            const PANELS: usize = 3;
            let depth = tile.depth;
            let left = &tile.left[first * tile.stride..];
            assert!(left.len() >= (ROWS - 1) * tile.stride + depth, "whole rows");
            let last = (PANELS - 1) * tile.panel_stride;
            assert!(tile.right.len() >= last + depth * LANES, "whole panels");
            assert!(depth > 0, "a depth");
            let target = &mut block.words[first * PANELS * LANES..][..ROWS * PANELS * LANES];
            // SAFETY: each of the `depth` steps reads a word of eight rows and 16 words of three
            // panels, which are there as was checked; `target` has room for all sums.
            unsafe {
                let left = left.as_ptr();
                asm!(
                    "test {add}, {add}",
                    "jnz 2f",
                    zero!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23),
                    "jmp 3f",
                    "2:",
                    load_sums!(),
                    "3:",
                    "vmovups zmm24, [{right}]",
                    "vmovups zmm25, [{right} + {panel}]",
                    "vmovups zmm26, [{right} + 2*{panel}]",
                    row!($instruction, "{a}", 27, 0, 1, 2),
                    row!($instruction, "{a} + {stride}", 28, 3, 4, 5),
                    row!($instruction, "{a} + 2*{stride}", 29, 6, 7, 8),
                    row!($instruction, "{b}", 30, 9, 10, 11),
                    row!($instruction, "{b} + {stride}", 31, 12, 13, 14),
                    row!($instruction, "{b} + 2*{stride}", 27, 15, 16, 17),
                    row!($instruction, "{c}", 28, 18, 19, 20),
                    row!($instruction, "{c} + {stride}", 29, 21, 22, 23),
                    "add {right}, 64",
                    "add {a}, 4",
                    "add {b}, 4",
                    "add {c}, 4",
                    "dec {depth}",
                    "jnz 3b",
                    store_sums!(),
                    a = inout(reg) left => _,
                    b = inout(reg) left.add(3 * tile.stride) => _,
                    c = inout(reg) left.add(6 * tile.stride) => _,
                    right = inout(reg) tile.right.as_ptr() => _,
                    depth = inout(reg) depth => _,
                    stride = in(reg) tile.stride * size_of::<u32>(),
                    panel = in(reg) tile.panel_stride * size_of::<u32>(),
                    add = in(reg) usize::from(tile.add),
                    target = in(reg) target.as_mut_ptr(),
                    out("zmm0") _, out("zmm1") _, out("zmm2") _, out("zmm3") _,
                    out("zmm4") _, out("zmm5") _, out("zmm6") _, out("zmm7") _,
                    out("zmm8") _, out("zmm9") _, out("zmm10") _, out("zmm11") _,
                    out("zmm12") _, out("zmm13") _, out("zmm14") _, out("zmm15") _,
                    out("zmm16") _, out("zmm17") _, out("zmm18") _, out("zmm19") _,
                    out("zmm20") _, out("zmm21") _, out("zmm22") _, out("zmm23") _,
                    out("zmm24") _, out("zmm25") _, out("zmm26") _, out("zmm27") _,
                    out("zmm28") _, out("zmm29") _, out("zmm30") _, out("zmm31") _,
                    options(nostack),
                );
            }
            ROWS
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
    float_whole,
    "avx512f",
    "vfmadd231ps",
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
    brain_whole,
    "avx512f,avx512bf16",
    "vdpbf16ps",
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
    integer_whole,
    "avx512f,avx512vnni",
    "vpdpbusd",
    |sum: __m512i, left, right| { _mm512_dpbusd_epi32(sum, left, right) }
);

/// Whether the processor has the instructions of one of the kinds above.
fn available(features: &str) -> bool {
    is_x86_feature_detected!("avx512f")
        && match features {
            "avx512f,avx512bf16" => is_x86_feature_detected!("avx512bf16"),
            "avx512f,avx512vnni" => is_x86_feature_detected!("avx512vnni"),
            "avx512f" => true,
            _ => unreachable!("every list of features is known here"),
        }
}
