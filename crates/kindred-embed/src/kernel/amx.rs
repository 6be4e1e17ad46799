//! Sums of products in the tiles of AMX: 32 rows by 32 columns fill four of the eight tiles.
//!
//! The library functions for these instructions are not stable yet, so they are written as
//! assembly. Linux hands out the tiles' state on request only; the request is made once.

use std::arch::asm;
use std::arch::x86_64::{__cpuid, __cpuid_count, _xgetbv};
use std::cell::{Cell, RefCell};
use std::marker::PhantomData;
use std::sync::OnceLock;

use super::finish::Output;
use super::product::{LANES, Left, Panels, Region, Unit};

/// Rows of a tile.
const TILE_ROWS: usize = 16;
/// Parts that the finishing of a block is cut into.
const PARTS: usize = 4;
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
    state & TILE_STATE == TILE_STATE && __cpuid_count(7, 0).edx & BF16_TILE_INT8 == BF16_TILE_INT8
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

thread_local! {
    /// Whether this thread has set up its tiles.
    static TAKEN: Cell<bool> = const { Cell::new(false) };
}

/// The tiles of this thread, set up; they are given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Tiles {
    /// Sums of the block that is computed and of the one before.
    blocks: RefCell<Box<[Block; 2]>>,
    /// Tiles belong to a thread.
    thread: PhantomData<*const ()>,
}

impl Tiles {
    /// Sets up all tiles of this thread for 16 rows of 64 bytes.
    ///
    /// # Panics
    /// If there are none, or another value has them.
    pub(super) fn set_up() -> Self {
        assert!(is_there(), "the processor has AMX");
        assert!(!TAKEN.replace(true), "one user of a thread's tiles");
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
            blocks: RefCell::new(Box::new([const { Block::new() }; 2])),
            thread: PhantomData,
        }
    }
}

impl Drop for Tiles {
    fn drop(&mut self) {
        // SAFETY: the instruction exists, as there is a value; it touches no memory.
        unsafe { asm!("tilerelease", options(nostack, nomem)) };
        TAKEN.set(false);
    }
}

/// Writes `left * right`, finished as `out` says.
///
/// Blocks of 32 rows by 32 columns are taken one after another. Each step of the depth is followed
/// by a part of the finishing of the block before: the tile unit works beside the vector units, but
/// the processor looks ahead over a few hundred instructions only.
///
/// # Panics
/// If the operands are not whole tiles.
pub(super) fn multiply(
    tiles: &Tiles,
    unit: Unit,
    left: Left<'_>,
    right: Panels<'_>,
    out: &mut Output<'_>,
) {
    let depth = right.depth;
    let step = if unit == Unit::AmxSplit {
        2 * LANES
    } else {
        LANES
    };
    assert!(depth > 0 && depth.is_multiple_of(step), "whole tiles");
    let rows = left.rows.next_multiple_of(TILE_ROWS);
    let readable = left.rows > 0 && left.words.len() >= (rows - 1) * left.stride + depth;
    assert!(readable, "whole tiles of rows");
    let mut blocks = tiles.blocks.borrow_mut();
    let [mut current, mut before] = blocks.each_mut();
    let mut pending: Option<Region> = None;
    for first_column in (0..right.columns).step_by(2 * LANES) {
        let columns = (right.columns - first_column).min(2 * LANES);
        for first_row in (0..left.rows).step_by(2 * TILE_ROWS) {
            let rows = (left.rows - first_row).min(2 * TILE_ROWS);
            let tile = Tile {
                left: &left.words[first_row * left.stride..],
                stride: left.stride,
                right: &right.words[first_column * depth..],
                depth,
                tall: rows > TILE_ROWS,
                wide: columns > LANES,
            };
            let steps = tile.steps(unit);
            let parts = steps.min(PARTS);
            tile.check();
            // SAFETY: the tiles of this thread are set up, as `tiles` shows, and nothing but this
            // function uses them: no code is compiled for them. The rows and columns of each step
            // are inside, as was checked.
            unsafe { clear() };
            for step in 0..steps {
                // SAFETY: as above.
                unsafe { tile.step(unit, step) };
                if let Some(region) = &pending
                    && (step + 1) * parts / steps > step * parts / steps
                {
                    finish_part(&before.words, region, (step * parts / steps, parts), out);
                }
            }
            // SAFETY: as above.
            unsafe { current.store() };
            std::mem::swap(&mut current, &mut before);
            pending = Some(Region {
                first_row,
                rows,
                first_column,
                columns,
                stride: 2 * LANES,
            });
        }
    }
    if let Some(region) = &pending {
        finish_part(&before.words, region, (0, 1), out);
    }
}

/// Finishes the rows of a block that fall to one of `steps` parts.
#[inline]
fn finish_part(
    words: &[u32],
    region: &Region,
    (step, steps): (usize, usize),
    out: &mut Output<'_>,
) {
    let share = region.rows.div_ceil(steps);
    let start = (step * share).min(region.rows);
    let rows = share.min(region.rows - start);
    if rows > 0 {
        let part = Region {
            first_row: region.first_row + start,
            rows,
            ..*region
        };
        super::finish512::finish(&words[start * region.stride..], &part, out);
    }
}

/// Sums of four tiles: 32 rows of 32 columns.
#[derive(Debug)]
#[repr(C, align(64))]
struct Block {
    words: [u32; 4 * TILE_ROWS * LANES],
}

impl Block {
    const fn new() -> Self {
        Self {
            words: [0; 4 * TILE_ROWS * LANES],
        }
    }

    /// Stores the sums.
    ///
    /// # Safety
    /// The tiles are set up.
    #[inline]
    unsafe fn store(&mut self) {
        // SAFETY: each tile is 16 rows of 64 bytes, 128 bytes apart: the four fill the block.
        unsafe {
            asm!(
                "tilestored [{target} + {row}*1], tmm0",
                "tilestored [{target} + {row}*1 + 64], tmm1",
                "tilestored [{target} + {row}*1 + 2048], tmm2",
                "tilestored [{target} + {row}*1 + 2112], tmm3",
                target = in(reg) self.words.as_mut_ptr(),
                row = in(reg) 2 * ROW_BYTES,
                options(nostack, preserves_flags),
            );
        }
    }
}

/// Clears the sums of four tiles.
///
/// # Safety
/// The tiles are set up.
#[inline]
unsafe fn clear() {
    // SAFETY: no memory is touched.
    unsafe {
        asm!(
            "tilezero tmm0",
            "tilezero tmm1",
            "tilezero tmm2",
            "tilezero tmm3",
            options(nostack, nomem, preserves_flags),
        );
    }
}

/// The operands of a block.
struct Tile<'a> {
    left: &'a [u32],
    /// Words from one row to the next.
    stride: usize,
    right: &'a [u32],
    depth: usize,
    /// Whether there are more than 16 rows.
    tall: bool,
    /// Whether there are more than 16 columns.
    wide: bool,
}

impl Tile<'_> {
    /// Asserts that all words are there.
    fn check(&self) {
        let rows = if self.tall { 2 * TILE_ROWS } else { TILE_ROWS };
        let panels = if self.wide { 2 } else { 1 };
        assert!(self.left.len() >= (rows - 1) * self.stride + self.depth);
        assert!(self.right.len() >= panels * self.depth * LANES);
    }

    /// Returns the number of steps of a product.
    fn steps(&self, unit: Unit) -> usize {
        let tiles = self.depth / LANES;
        if unit == Unit::AmxSplit {
            tiles / 2 * 3
        } else {
            tiles
        }
    }

    /// Returns the tiles of a step on the left and on the right, by their places in the depth.
    fn tiles_of(&self, unit: Unit, step: usize) -> (usize, usize) {
        if unit != Unit::AmxSplit {
            return (step, step);
        }
        let half = self.depth / LANES / 2;
        match step / 3 {
            // The smallest products first in each place of the depth.
            place if step.is_multiple_of(3) => (half + place, place),
            place if step % 3 == 1 => (place, half + place),
            place => (place, place),
        }
    }

    /// Adds the products of 16 words of the depth.
    ///
    /// # Safety
    /// The tiles are set up, the operands were checked, and there is a step of that number.
    #[inline]
    unsafe fn step(&self, unit: Unit, step: usize) {
        // SAFETY: the addresses are inside the operands, as the caller promises.
        unsafe {
            let (left_tile, right_tile) = self.tiles_of(unit, step);
            let left = self.left.as_ptr().add(left_tile * LANES);
            let below = left.add(if self.tall {
                TILE_ROWS * self.stride
            } else {
                0
            });
            let right = self.right.as_ptr().add(right_tile * TILE_ROWS * LANES);
            let beside = right.add(if self.wide { self.depth * LANES } else { 0 });
            let operands = Operands {
                left,
                below,
                right,
                beside,
                stride: self.stride * size_of::<u32>(),
            };
            match (unit, self.tall) {
                (Unit::AmxInteger, true) => operands.integer(),
                (Unit::AmxInteger, false) => operands.flat_integer(),
                (_, true) => operands.brain(),
                (_, false) => operands.flat_brain(),
            }
        }
    }
}

/// Addresses of the tiles of one step. A tile that is not there is the other one again; nobody
/// reads its sums.
struct Operands {
    left: *const u32,
    below: *const u32,
    right: *const u32,
    beside: *const u32,
    /// Bytes from one row to the next.
    stride: usize,
}

/// Defines one step of a kind of product, for 32 rows and for 16.
macro_rules! step {
    ($name:ident, $flat:ident, $instruction:literal) => {
        impl Operands {
            /// # Safety
            /// The tiles are set up and all addresses are those of whole tiles.
            #[inline]
            unsafe fn $name(&self) {
                // SAFETY: as the caller promises; tiles are only read.
                unsafe {
                    asm!(
                        "tileloaddt1 tmm4, [{left} + {stride}*1]",
                        "tileloadd tmm6, [{right} + {row}*1]",
                        "tileloadd tmm7, [{beside} + {row}*1]",
                        concat!($instruction, " tmm0, tmm4, tmm6"),
                        concat!($instruction, " tmm1, tmm4, tmm7"),
                        "tileloaddt1 tmm5, [{below} + {stride}*1]",
                        concat!($instruction, " tmm2, tmm5, tmm6"),
                        concat!($instruction, " tmm3, tmm5, tmm7"),
                        left = in(reg) self.left,
                        below = in(reg) self.below,
                        right = in(reg) self.right,
                        beside = in(reg) self.beside,
                        stride = in(reg) self.stride,
                        row = in(reg) ROW_BYTES,
                        options(nostack, readonly, preserves_flags),
                    );
                }
            }

            /// # Safety
            /// As above; `below` is not used.
            #[inline]
            unsafe fn $flat(&self) {
                // SAFETY: as the caller promises; tiles are only read.
                unsafe {
                    asm!(
                        "tileloaddt1 tmm4, [{left} + {stride}*1]",
                        "tileloadd tmm6, [{right} + {row}*1]",
                        "tileloadd tmm7, [{beside} + {row}*1]",
                        concat!($instruction, " tmm0, tmm4, tmm6"),
                        concat!($instruction, " tmm1, tmm4, tmm7"),
                        left = in(reg) self.left,
                        right = in(reg) self.right,
                        beside = in(reg) self.beside,
                        stride = in(reg) self.stride,
                        row = in(reg) ROW_BYTES,
                        options(nostack, readonly, preserves_flags),
                    );
                }
            }
        }
    };
}

step!(brain, flat_brain, "tdpbf16ps");
step!(integer, flat_integer, "tdpbusd");
