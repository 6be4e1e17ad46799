//! The product of a matrix by one that was laid out for it beforehand.
//!
//! All number types are multiplied alike: 32 bits of a row (one float, two bfloat16, four 8-bit
//! integers) meet 32 bits of each of 16 columns. A block of sums is kept in registers over up to
//! [`DEPTH_BLOCK`] words of the depth, written to a small [`Block`], and finished from there
//! (scales, bias, activation, conversion) while it is still in the first-level cache. A row's sums are added in the order of
//! the depth, so a row's result depends on that row alone and never on what is computed with it.

use super::finish::{Output, finish};
use super::{Instructions, Session, portable};
#[cfg(target_arch = "x86_64")]
use super::{amx, avx2, avx512};

/// Columns of a panel; one register of AVX-512, one row of an AMX tile.
pub(crate) const LANES: usize = 16;
/// Most rows and panels of a block of sums.
pub(super) const BLOCK_ROWS: usize = 64;
const BLOCK_PANELS: usize = 3;
/// Words of the depth that are taken at a time, so that their panels stay in the first-level
/// cache for all rows of a block.
const DEPTH_BLOCK: usize = 128;

/// The numbers that a product takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operand {
    /// 32-bit floats.
    Float,
    /// bfloat16.
    Brain,
    /// 32-bit floats as sums of two bfloat16, the high parts of a row before the low ones.
    Split,
    /// Rows of unsigned, columns of signed 8-bit integers.
    Integer,
}

impl Operand {
    /// Returns how many numbers a 32-bit word holds.
    pub(crate) const fn per_word(self) -> usize {
        match self {
            Self::Float => 1,
            Self::Brain | Self::Split => 2,
            Self::Integer => 4,
        }
    }
}

/// What computes a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    PortableFloat,
    Avx2Float,
    Avx512Float,
    /// `vdpbf16ps`.
    Avx512Brain,
    /// `tdpbf16ps`.
    AmxBrain,
    /// The same on split floats: high by high, high by low and low by high parts (section 3 of
    /// Henry, Tang and Heinecke 2019, "Leveraging the bfloat16 Artificial Intelligence Datatype For
    /// Higher-Precision Computations"). Numbers keep 16 bits and more.
    AmxSplit,
    PortableInteger,
    /// `vpmaddwd` on bytes widened to 16 bits.
    Avx2Integer,
    /// `vpdpbusd` on 256 bits.
    AvxVnniInteger,
    /// `vpdpbusd` on 512 bits.
    Avx512Integer,
    /// `tdpbusd`.
    AmxInteger,
}

impl Unit {
    /// Returns the numbers that it takes.
    pub(crate) fn operand(self) -> Operand {
        match self {
            Self::PortableFloat | Self::Avx2Float | Self::Avx512Float => Operand::Float,
            Self::Avx512Brain | Self::AmxBrain => Operand::Brain,
            Self::AmxSplit => Operand::Split,
            Self::PortableInteger
            | Self::Avx2Integer
            | Self::AvxVnniInteger
            | Self::Avx512Integer
            | Self::AmxInteger => Operand::Integer,
        }
    }

    /// Returns the words that a row of `numbers` numbers takes, padding included.
    pub(crate) fn words(self, numbers: usize) -> usize {
        let words = numbers.div_ceil(self.operand().per_word());
        match self {
            Self::AmxBrain | Self::AmxInteger => words.next_multiple_of(LANES),
            Self::AmxSplit => 2 * words.next_multiple_of(LANES),
            Self::PortableFloat
            | Self::Avx2Float
            | Self::Avx512Float
            | Self::Avx512Brain
            | Self::PortableInteger
            | Self::Avx2Integer
            | Self::AvxVnniInteger
            | Self::Avx512Integer => words,
        }
    }

    /// Returns the rows that are read together: whole rows up to a multiple of it must be readable.
    pub(crate) fn row_step(self) -> usize {
        match self {
            Self::AmxBrain | Self::AmxSplit | Self::AmxInteger => 16,
            Self::PortableFloat
            | Self::Avx2Float
            | Self::Avx512Float
            | Self::Avx512Brain
            | Self::PortableInteger
            | Self::Avx2Integer
            | Self::AvxVnniInteger
            | Self::Avx512Integer => 1,
        }
    }

    /// Returns the instructions that it needs, those of its own extension apart.
    pub(super) fn needs(self) -> Instructions {
        match self {
            Self::PortableFloat | Self::PortableInteger => Instructions::Portable,
            Self::Avx2Float | Self::Avx2Integer | Self::AvxVnniInteger => Instructions::Avx2,
            Self::Avx512Float | Self::Avx512Brain | Self::Avx512Integer => Instructions::Avx512,
            Self::AmxBrain | Self::AmxSplit | Self::AmxInteger => Instructions::Amx,
        }
    }
}

/// Rows of a left-hand matrix, as words.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Left<'a> {
    /// The words from the first row on.
    pub(crate) words: &'a [u32],
    pub(crate) rows: usize,
    /// Words from the start of one row to that of the next.
    pub(crate) stride: usize,
}

/// A right-hand matrix in panels of 16 columns.
///
/// A panel has, for each word of the depth, that word of its 16 columns side by side. The last
/// panel is filled up with zero columns.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Panels<'a> {
    /// `columns.div_ceil(16) * depth * 16` words.
    pub(crate) words: &'a [u32],
    /// Words of a column.
    pub(crate) depth: usize,
    pub(crate) columns: usize,
}

impl Panels<'_> {
    /// Returns the words that panels of these sizes take.
    pub(crate) const fn size(depth: usize, columns: usize) -> usize {
        columns.div_ceil(LANES) * depth * LANES
    }
}

/// The operands of one block of sums.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tile<'a> {
    /// Words from the first row on.
    pub(super) left: &'a [u32],
    pub(super) stride: usize,
    pub(super) rows: usize,
    /// From the first panel's first word on.
    pub(super) right: &'a [u32],
    pub(super) panels: usize,
    /// Words from the start of one panel to that of the next.
    pub(super) panel_stride: usize,
    /// Words of a row and of a column that are taken.
    pub(super) depth: usize,
    /// Whether the sums are added to those of the block; else they replace them.
    pub(super) add: bool,
}

impl Tile<'_> {
    /// Asserts that all words of the tile are there, rows counted up to a multiple of `step`.
    pub(super) fn check(&self, step: usize) {
        let rows = self.rows.next_multiple_of(step);
        assert!(
            self.rows > 0
                && self.panels > 0
                && self.left.len() >= (rows - 1) * self.stride + self.depth,
            "whole rows"
        );
        assert!(
            self.right.len() >= (self.panels - 1) * self.panel_stride + self.depth * LANES,
            "whole panels"
        );
    }
}

/// Sums of a tile: `[rows, panels * 16]`, floats or whole numbers by their bits.
#[derive(Debug)]
#[repr(C, align(64))]
pub(super) struct Block {
    pub(super) words: [u32; BLOCK_ROWS * BLOCK_PANELS * LANES],
}

impl Block {
    pub(super) const fn new() -> Self {
        Self {
            words: [0; BLOCK_ROWS * BLOCK_PANELS * LANES],
        }
    }
}

/// Where a block stands in the product.
#[derive(Debug, Clone, Copy)]
pub(super) struct Region {
    pub(super) first_row: usize,
    pub(super) rows: usize,
    pub(super) first_column: usize,
    /// Columns that are not padding.
    pub(super) columns: usize,
    /// Words from one row of the block to the next.
    pub(super) stride: usize,
}

type Core = fn(&Tile<'_>, &mut Block);

/// Writes `left * right`, finished as `out` says.
///
/// # Panics
/// If the sizes do not fit, or the session lacks the unit.
pub(crate) fn multiply(
    session: &Session,
    unit: Unit,
    left: Left<'_>,
    right: Panels<'_>,
    out: &mut Output<'_>,
) {
    assert!(session.allows(unit), "the session has the unit");
    assert_eq!(
        right.words.len(),
        Panels::size(right.depth, right.columns),
        "panels of the stated size"
    );
    let (core, panels): (Core, usize) = match unit {
        Unit::PortableFloat => (portable::float, 1),
        Unit::PortableInteger => (portable::integer, 1),
        #[cfg(target_arch = "x86_64")]
        Unit::Avx2Float => (avx2::float, 1),
        #[cfg(target_arch = "x86_64")]
        Unit::Avx2Integer => (avx2::integer, 1),
        #[cfg(target_arch = "x86_64")]
        Unit::AvxVnniInteger => (avx2::vnni, 1),
        #[cfg(target_arch = "x86_64")]
        Unit::Avx512Float => (avx512::float, 3),
        #[cfg(target_arch = "x86_64")]
        Unit::Avx512Brain => (avx512::brain, 3),
        #[cfg(target_arch = "x86_64")]
        Unit::Avx512Integer => (avx512::integer, 3),
        #[cfg(target_arch = "x86_64")]
        Unit::AmxBrain | Unit::AmxSplit | Unit::AmxInteger => {
            let tiles = session.tiles.as_ref().expect("the session has the unit");
            return amx::multiply(tiles, unit, left, right, out);
        }
        #[cfg(not(target_arch = "x86_64"))]
        _ => unreachable!("no other unit is offered on this processor"),
    };
    in_blocks(session, (core, panels), left, right, out);
}

/// Goes through the product in blocks of up to 64 rows by `panels` panels.
fn in_blocks(
    session: &Session,
    (core, panels): (Core, usize),
    left: Left<'_>,
    right: Panels<'_>,
    out: &mut Output<'_>,
) {
    let block = &mut **session.sums.borrow_mut();
    for first_column in (0..right.columns).step_by(panels * LANES) {
        let columns = (right.columns - first_column).min(panels * LANES);
        let panels = columns.div_ceil(LANES);
        let panel_words = &right.words[first_column * right.depth..];
        for first_row in (0..left.rows).step_by(BLOCK_ROWS) {
            let rows = BLOCK_ROWS.min(left.rows - first_row);
            let row_words = &left.words[first_row * left.stride..];
            for word in (0..right.depth).step_by(DEPTH_BLOCK) {
                let tile = Tile {
                    left: &row_words[word..],
                    stride: left.stride,
                    rows,
                    right: &panel_words[word * LANES..],
                    panels,
                    panel_stride: right.depth * LANES,
                    depth: DEPTH_BLOCK.min(right.depth - word),
                    add: word > 0,
                };
                core(&tile, block);
            }
            let region = Region {
                first_row,
                rows,
                first_column,
                columns,
                stride: panels * LANES,
            };
            finish(session.instructions(), &block.words, &region, out);
        }
    }
}
