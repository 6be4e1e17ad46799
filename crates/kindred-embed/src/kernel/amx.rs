//! Sums of products in the tiles of AMX: 32 rows by 32 columns fill four of the eight tiles.
//!
//! The library functions for these instructions are not stable yet, so they are written as
//! assembly. Linux hands out the tiles' state on request only; the request is made once.

use std::arch::asm;
use std::arch::x86_64::{__cpuid, __cpuid_count, _xgetbv};
use std::marker::PhantomData;
use std::sync::OnceLock;

use super::product::{Block, LANES, Tile};

/// Rows of a tile.
const TILE_ROWS: usize = 16;
/// Bytes of a row of a tile.
const ROW_BYTES: usize = 64;

/// Whether the processor has the tiles and the system lets this process use them.
pub(super) fn is_there() -> bool {
    static THERE: OnceLock<bool> = OnceLock::new();
    *THERE.get_or_init(|| has_tiles() && is_permitted())
}

fn has_tiles() -> bool {
    const BF16_TILE_INT8: u32 = 1 << 22 | 1 << 24 | 1 << 25;
    const SYSTEM_SAVES_REGISTERS: u32 = 1 << 27;
    const TILE_STATE: u64 = 1 << 17 | 1 << 18;
    #[target_feature(enable = "xsave")]
    fn enabled_state() -> u64 {
        // SAFETY: register 0 exists wherever the system switched the instruction on.
        unsafe { _xgetbv(0) }
    }
    if __cpuid(0).eax < 7 || __cpuid(1).ecx & SYSTEM_SAVES_REGISTERS == 0 {
        return false;
    }
    // SAFETY: the system switched the instruction on, as was just found.
    let state = unsafe { enabled_state() };
    state & TILE_STATE == TILE_STATE
        && __cpuid_count(7, 0).edx & BF16_TILE_INT8 == BF16_TILE_INT8
}

/// Asks Linux for the tiles' state (`arch_prctl(ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA)`).
#[cfg(target_os = "linux")]
fn is_permitted() -> bool {
    const ARCH_PRCTL: i64 = 158;
    const REQUEST: u64 = 0x1023;
    const TILE_DATA: u64 = 18;
    let answer: i64;
    // SAFETY: the call reads and writes no memory of this process; the two registers that the
    // instruction overwrites are named.
    unsafe {
        asm!(
            "syscall",
            inlateout("rax") ARCH_PRCTL => answer,
            in("rdi") REQUEST,
            in("rsi") TILE_DATA,
            out("rcx") _,
            out("r11") _,
            options(nostack),
        );
    }
    answer == 0
}

#[cfg(not(target_os = "linux"))]
fn is_permitted() -> bool {
    false
}

/// The tiles of this thread, set up; they are given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Tiles {
    /// Tiles belong to a thread.
    thread: PhantomData<*const ()>,
}

impl Tiles {
    /// Sets up all tiles of this thread for 16 rows of 64 bytes.
    ///
    /// # Panics
    /// If there are none.
    pub(super) fn set_up() -> Self {
        assert!(is_there(), "the processor has AMX");
        let mut layout = [0_u8; 64];
        layout[0] = 1;
        for tile in 0..8 {
            layout[16 + 2 * tile] = 64;
            layout[48 + tile] = 16;
        }
        // SAFETY: the instruction reads the 64 bytes of `layout`, which say what its manual asks.
        unsafe {
            asm!("ldtilecfg [{layout}]", layout = in(reg) layout.as_ptr(), options(nostack, readonly));
        }
        Self {
            thread: PhantomData,
        }
    }
}

impl Drop for Tiles {
    fn drop(&mut self) {
        // SAFETY: the instruction exists, as there is a value; it touches no memory.
        unsafe { asm!("tilerelease", options(nostack, nomem)) };
    }
}

/// Defines the sums of one kind of product.
///
/// Each step of the depth loads tiles of 16 rows and of 16 columns, 64 bytes deep. Steps add to
/// the same tiles in order.
macro_rules! sums {
    ($name:ident, $wide:ident, $flat:ident, $single:ident, $instruction:literal) => {
        /// # Panics
        /// If there are no tiles, or the operands are not whole tiles.
        pub(super) fn $name(tile: &Tile<'_>, block: &mut Block) {
            assert!(is_there(), "the processor has AMX");
            tile.check(TILE_ROWS);
            assert!(tile.rows <= 2 * TILE_ROWS && (1..=2).contains(&tile.panels));
            assert!(tile.depth.is_multiple_of(LANES), "whole tiles");
            let tall = tile.rows > TILE_ROWS;
            let target = block.words.as_mut_ptr();
            // SAFETY: `left` has whole rows up to a multiple of 16 and `right` whole panels, as
            // was checked, and the block has room for 32 rows of 32 words. Each call below stays
            // in its own 16 or 32 of the rows and of the columns. The tiles belong to this thread
            // and are set up, which only a holder of [`Tiles`] reaches.
            unsafe {
                match (tall, tile.panels) {
                    (true, 2) => $wide(tile, target),
                    (false, 2) => $flat(tile, target),
                    (true, _) => {
                        $single(tile, 0, target);
                        $single(tile, TILE_ROWS, target.add(TILE_ROWS * LANES));
                    }
                    (false, _) => $single(tile, 0, target),
                }
            }
        }

        /// 32 rows by 32 columns.
        unsafe fn $wide(tile: &Tile<'_>, target: *mut u32) {
            let left = tile.left.as_ptr();
            let right = tile.right.as_ptr();
            // SAFETY: as the caller promises; a step is one tile, and there are `depth / 16`.
            unsafe {
                asm!(
                    "tilezero tmm0", "tilezero tmm1", "tilezero tmm2", "tilezero tmm3",
                    "2:",
                    "tileloadd tmm4, [{left} + {stride}*1]",
                    "tileloadd tmm6, [{right} + {row}*1]",
                    "tileloadd tmm7, [{beside} + {row}*1]",
                    concat!($instruction, " tmm0, tmm4, tmm6"),
                    concat!($instruction, " tmm1, tmm4, tmm7"),
                    "tileloadd tmm5, [{below} + {stride}*1]",
                    concat!($instruction, " tmm2, tmm5, tmm6"),
                    concat!($instruction, " tmm3, tmm5, tmm7"),
                    "add {left}, 64", "add {below}, 64",
                    "add {right}, 1024", "add {beside}, 1024",
                    "dec {steps}", "jnz 2b",
                    "add {row}, {row}",
                    "tilestored [{target} + {row}*1], tmm0",
                    "tilestored [{target} + {row}*1 + 64], tmm1",
                    "tilestored [{target} + {row}*1 + 2048], tmm2",
                    "tilestored [{target} + {row}*1 + 2112], tmm3",
                    left = inout(reg) left => _,
                    below = inout(reg) left.add(TILE_ROWS * tile.stride) => _,
                    right = inout(reg) right => _,
                    beside = inout(reg) right.add(tile.depth * LANES) => _,
                    steps = inout(reg) tile.depth / LANES => _,
                    row = inout(reg) ROW_BYTES => _,
                    stride = in(reg) tile.stride * size_of::<u32>(),
                    target = in(reg) target,
                    out("tmm0") _, out("tmm1") _, out("tmm2") _, out("tmm3") _,
                    out("tmm4") _, out("tmm5") _, out("tmm6") _, out("tmm7") _,
                    options(nostack),
                );
            }
        }

        /// 16 rows by 32 columns.
        unsafe fn $flat(tile: &Tile<'_>, target: *mut u32) {
            let right = tile.right.as_ptr();
            // SAFETY: as the caller promises; a step is one tile, and there are `depth / 16`.
            unsafe {
                asm!(
                    "tilezero tmm0", "tilezero tmm1",
                    "2:",
                    "tileloadd tmm4, [{left} + {stride}*1]",
                    "tileloadd tmm6, [{right} + {row}*1]",
                    "tileloadd tmm7, [{beside} + {row}*1]",
                    concat!($instruction, " tmm0, tmm4, tmm6"),
                    concat!($instruction, " tmm1, tmm4, tmm7"),
                    "add {left}, 64", "add {right}, 1024", "add {beside}, 1024",
                    "dec {steps}", "jnz 2b",
                    "add {row}, {row}",
                    "tilestored [{target} + {row}*1], tmm0",
                    "tilestored [{target} + {row}*1 + 64], tmm1",
                    left = inout(reg) tile.left.as_ptr() => _,
                    right = inout(reg) right => _,
                    beside = inout(reg) right.add(tile.depth * LANES) => _,
                    steps = inout(reg) tile.depth / LANES => _,
                    row = inout(reg) ROW_BYTES => _,
                    stride = in(reg) tile.stride * size_of::<u32>(),
                    target = in(reg) target,
                    out("tmm0") _, out("tmm1") _,
                    out("tmm4") _, out("tmm6") _, out("tmm7") _,
                    options(nostack),
                );
            }
        }

        /// 16 rows from `first` on by 16 columns.
        unsafe fn $single(tile: &Tile<'_>, first: usize, target: *mut u32) {
            // SAFETY: as the caller promises; a step is one tile, and there are `depth / 16`.
            unsafe {
                asm!(
                    "tilezero tmm0",
                    "2:",
                    "tileloadd tmm4, [{left} + {stride}*1]",
                    "tileloadd tmm6, [{right} + {row}*1]",
                    concat!($instruction, " tmm0, tmm4, tmm6"),
                    "add {left}, 64", "add {right}, 1024",
                    "dec {steps}", "jnz 2b",
                    "tilestored [{target} + {row}*1], tmm0",
                    left = inout(reg) tile.left.as_ptr().add(first * tile.stride) => _,
                    right = inout(reg) tile.right.as_ptr() => _,
                    steps = inout(reg) tile.depth / LANES => _,
                    row = in(reg) ROW_BYTES,
                    stride = in(reg) tile.stride * size_of::<u32>(),
                    target = in(reg) target,
                    out("tmm0") _, out("tmm4") _, out("tmm6") _,
                    options(nostack),
                );
            }
        }
    };
}

sums!(brain, brain_wide, brain_flat, brain_single, "tdpbf16ps");
sums!(integer, integer_wide, integer_flat, integer_single, "tdpbusd");
