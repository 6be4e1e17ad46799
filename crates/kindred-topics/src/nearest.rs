//! The exact neighbours of every paper.
//!
//! All pairs are compared, block by block; integer similarities and the rule "equal similarity,
//! smaller row first" leave one right answer, which blocks and threads cannot change.

use std::sync::atomic::{AtomicBool, Ordering};

use kindred_core::Codes;
use rayon::prelude::*;

use crate::error::TopicError;
use crate::kernel::dot_rows;

/// Rows of a block: two of them, widened to 16 bits, stay in a core's own cache.
const BLOCK: usize = 128;

/// For each row its nearest other rows, nearest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Nearest {
    /// Neighbours of each row.
    count: usize,
    keys: Vec<u64>,
}

impl Nearest {
    /// Neighbours of `row`, nearest first.
    pub(crate) fn of(&self, row: usize) -> impl ExactSizeIterator<Item = u32> + '_ {
        let keys = &self.keys[row * self.count..(row + 1) * self.count];
        keys.iter().map(|&key| row_of(key))
    }

    /// Number of rows.
    pub(crate) fn len(&self) -> usize {
        self.keys.len().checked_div(self.count).unwrap_or(0)
    }
}

/// Similarity and row as one number that grows with nearness: similarity first, and among equals
/// the smaller row is nearer.
fn key(similarity: i32, row: u32) -> u64 {
    (u64::from(similarity.cast_unsigned() ^ 0x8000_0000) << 32) | u64::from(!row)
}

fn row_of(key: u64) -> u32 {
    #[expect(clippy::cast_possible_truncation, reason = "the row is the low half")]
    let row = !(key as u32);
    row
}

/// Keeps the largest keys of a row, largest first; 0 is an empty place.
fn offer(kept: &mut [u64], key: u64) {
    let Some(&last) = kept.last() else { return };
    if key <= last {
        return;
    }
    let place = kept.partition_point(|&other| other > key);
    kept[place..].rotate_right(1);
    kept[place] = key;
}

/// Offers each row's keys to the same row of `kept`.
fn offer_all(kept: &mut [u64], offered: &[u64], count: usize) {
    let rows = kept.chunks_exact_mut(count);
    for (kept, offered) in rows.zip(offered.chunks_exact(count)) {
        for &key in offered {
            offer(kept, key);
        }
    }
}

/// Finds the `count` nearest other rows of each row (fewer if there are fewer). `progress` hears
/// how many of the rows' comparisons are done, in rows.
pub(crate) fn nearest(
    codes: &Codes,
    count: usize,
    progress: &mut dyn FnMut(usize),
    stop: &AtomicBool,
) -> Result<Nearest, TopicError> {
    let rows = codes.len();
    let count = count.min(rows.saturating_sub(1));
    let mut keys = vec![0_u64; rows * count];
    if count == 0 {
        return Ok(Nearest { count, keys });
    }
    let blocks = rows.div_ceil(BLOCK);
    for block in 0..blocks {
        if stop.load(Ordering::Relaxed) {
            return Err(TopicError::Stopped);
        }
        let start = block * BLOCK;
        let own = widen(codes, start);
        let later = &mut keys[start * count..];
        // Each later block is one task: it offers this block's rows to its own rows, and keeps what
        // it has to offer to this block's.
        let found = later
            .par_chunks_mut(BLOCK * count)
            .enumerate()
            .fold(
                || vec![0_u64; BLOCK * count],
                |mut kept, (offset, theirs)| {
                    let pair = Pair {
                        own_start: start,
                        other_start: start + offset * BLOCK,
                        count,
                    };
                    if offset == 0 {
                        pair.compare(&own, &own, &mut kept, &mut []);
                    } else {
                        let other = widen(codes, pair.other_start);
                        pair.compare(&own, &other, &mut kept, theirs);
                    }
                    kept
                },
            )
            .reduce(
                || vec![0_u64; BLOCK * count],
                |mut left, right| {
                    offer_all(&mut left, &right, count);
                    left
                },
            );
        offer_all(&mut keys[start * count..], &found, count);
        progress(done_rows(block + 1, blocks, rows));
    }
    Ok(Nearest { count, keys })
}

/// Rows' worth of comparisons after `done` of `blocks` block rows, each shorter than the last.
fn done_rows(done: usize, blocks: usize, rows: usize) -> usize {
    let pairs = |blocks: usize| blocks * (blocks + 1) / 2;
    rows * (pairs(blocks) - pairs(blocks - done)) / pairs(blocks)
}

/// A block of rows, widened so that products can be added without a second widening.
struct Wide {
    dimension: usize,
    data: Vec<i16>,
}

impl Wide {
    fn rows(&self) -> std::slice::ChunksExact<'_, i16> {
        self.data.chunks_exact(self.dimension)
    }
}

fn widen(codes: &Codes, start: usize) -> Wide {
    let end = (start + BLOCK).min(codes.len());
    let dimension = codes.row(start).len();
    let mut data = Vec::with_capacity((end - start) * dimension);
    for row in start..end {
        data.extend(codes.row(row).iter().map(|&code| i16::from(code)));
    }
    Wide { dimension, data }
}

/// Where two blocks lie.
struct Pair {
    own_start: usize,
    other_start: usize,
    count: usize,
}

impl Pair {
    /// Compares all rows of two blocks and offers each to the other; a block with itself offers
    /// both sides to `kept` and needs no `theirs`.
    fn compare(&self, own: &Wide, other: &Wide, kept: &mut [u64], theirs: &mut [u64]) {
        let is_same = self.own_start == self.other_start;
        let mut similarities = [0_i32; BLOCK];
        for (place, row) in own.rows().enumerate() {
            let similarities = &mut similarities[..other.rows().len()];
            dot_rows(row, &other.data, similarities);
            let own_row = place + self.own_start;
            let mine = &mut kept[place * self.count..(place + 1) * self.count];
            for (other_place, &similarity) in similarities.iter().enumerate() {
                let other_row = other_place + self.other_start;
                if other_row != own_row {
                    offer(mine, key(similarity, narrow(other_row)));
                }
            }
            if is_same {
                continue;
            }
            let own_row = narrow(own_row);
            for (their, &similarity) in theirs.chunks_exact_mut(self.count).zip(&*similarities) {
                offer(their, key(similarity, own_row));
            }
        }
    }
}

fn narrow(row: usize) -> u32 {
    u32::try_from(row).expect("the number of rows was checked")
}

#[cfg(test)]
mod tests;
