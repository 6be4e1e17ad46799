//! The exact neighbours of every row.
//!
//! All pairs are compared, block by block; integer similarities and the rule "equal similarity,
//! smaller row first" leave one right answer, which blocks, threads and machines cannot change.

use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;

use crate::codes::Codes;
use crate::kernel::codes::{COLUMNS, Needed, Panels, ROWS, Tile, push_shifted, tile};

/// Rows of a block: a whole number of tiles that stays in a core's own cache.
const BLOCK: usize = 2 * COLUMNS;

/// For each row its nearest other rows, nearest first; equal similarities by row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NearestRows {
    /// Neighbours of each row.
    count: usize,
    keys: Vec<u64>,
}

impl NearestRows {
    /// Takes lists of neighbours: `[rows, count]`, row-major, each with its similarity and in
    /// order.
    ///
    /// # Panics
    /// If there is no whole number of lists.
    pub fn from_lists(count: usize, lists: impl IntoIterator<Item = (u32, i32)>) -> Self {
        let keys: Vec<u64> = lists
            .into_iter()
            .map(|(row, similarity)| key(similarity, row))
            .collect();
        assert!(
            keys.len().is_multiple_of(count.max(1)),
            "each row has {count} neighbours"
        );
        Self { count, keys }
    }

    /// Neighbours of `row` with their similarities (dot products of codes), nearest first.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn of(&self, row: usize) -> impl ExactSizeIterator<Item = (u32, i32)> + '_ {
        let keys = &self.keys[row * self.count..(row + 1) * self.count];
        keys.iter().map(|&key| (row_of(key), similarity_of(key)))
    }

    /// Number of rows; 0 if none has neighbours.
    pub fn len(&self) -> usize {
        self.keys.len().checked_div(self.count).unwrap_or(0)
    }

    /// Whether no row has neighbours.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Returns the same with at most `count` neighbours of each row.
    #[must_use]
    pub fn truncated(&self, count: usize) -> Self {
        let count = count.min(self.count);
        let rows = self.keys.chunks_exact(self.count.max(1));
        Self {
            count,
            keys: rows.flat_map(|keys| &keys[..count]).copied().collect(),
        }
    }

    /// Neighbours of each row.
    pub fn count(&self) -> usize {
        self.count
    }
}

/// Similarity and row as one number that grows with nearness: similarity first, and among equals
/// the smaller row is nearer. No pair of rows has the key 0, which is an empty place.
fn key(similarity: i32, row: u32) -> u64 {
    (u64::from(similarity.cast_unsigned() ^ 0x8000_0000) << 32) | u64::from(!row)
}

#[expect(clippy::cast_possible_truncation, reason = "the row is the low half")]
fn row_of(key: u64) -> u32 {
    !(key as u32)
}

fn similarity_of(key: u64) -> i32 {
    (((key >> 32) as u32) ^ 0x8000_0000).cast_signed()
}

/// Keeps the largest keys of a row, largest first, each once.
fn offer(kept: &mut [u64], key: u64) {
    let Some(&last) = kept.last() else { return };
    if key <= last {
        return;
    }
    let place = kept.partition_point(|&other| other > key);
    if kept[place] != key {
        let moved = kept.len() - place - 1;
        kept[place..].copy_within(..moved, 1);
        kept[place] = key;
    }
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

/// The smallest similarity that may still be among the nearest of a row.
fn threshold(kept: &[u64]) -> i32 {
    kept.last().map_or(i32::MAX, |&last| similarity_of(last))
}

/// Finds the `count` nearest other rows of each row (fewer if there are fewer); `None` once `stop`
/// is set. `progress` hears how many of the rows' comparisons are done, in rows.
///
/// # Determinism
/// The same on every machine and with any number of threads.
pub fn nearest_rows(
    codes: &Codes,
    count: usize,
    progress: &mut dyn FnMut(usize),
    stop: &AtomicBool,
) -> Option<NearestRows> {
    let rows = codes.len();
    let count = count.min(rows.saturating_sub(1));
    let mut keys = vec![0_u64; rows * count];
    if count == 0 {
        return Some(NearestRows { count, keys });
    }
    let panels = pack(codes, rows);
    let blocks = rows.div_ceil(BLOCK);
    for block in 0..blocks {
        if stop.load(Ordering::Relaxed) {
            return None;
        }
        let start = block * BLOCK;
        let own = Own::new(codes, start..(start + BLOCK).min(rows), &panels);
        let later = &mut keys[start * count..];
        // What earlier blocks had to offer spares most of what later ones would.
        let known = later[..later.len().min(BLOCK * count)].to_vec();
        // Each later block is one task: it offers this block's rows to its own rows, and keeps what
        // it has to offer to this block's.
        let found = later
            .par_chunks_mut(BLOCK * count)
            .enumerate()
            .fold(
                || known.clone(),
                |mut kept, (offset, theirs)| {
                    let other = start + offset * BLOCK;
                    // A block with itself offers both sides to `kept` in one pass.
                    let theirs = if offset == 0 { &mut [][..] } else { theirs };
                    own.compare(other..(other + BLOCK).min(rows), count, &mut kept, theirs);
                    kept
                },
            )
            .reduce(
                || known.clone(),
                |mut left, right| {
                    offer_all(&mut left, &right, count);
                    left
                },
            );
        offer_all(&mut keys[start * count..], &found, count);
        progress(done_rows(block + 1, blocks, rows));
    }
    Some(NearestRows { count, keys })
}

/// Finds the `count` nearest of the first `among` rows for each row after them.
///
/// # Determinism
/// As [`nearest_rows`].
///
/// # Panics
/// If there are fewer than `among` rows.
pub fn nearest_among(codes: &Codes, among: usize, count: usize) -> NearestRows {
    let rows = codes.len();
    assert!(among <= rows, "{among} of {rows} rows");
    let count = count.min(among);
    let mut keys = vec![0_u64; (rows - among) * count];
    if count == 0 || keys.is_empty() {
        return NearestRows { count, keys };
    }
    let panels = pack(codes, among);
    keys.par_chunks_mut(BLOCK * count)
        .enumerate()
        .for_each(|(block, kept)| {
            let start = among + block * BLOCK;
            let own = Own::new(codes, start..(start + BLOCK).min(rows), &panels);
            for other in (0..among).step_by(BLOCK) {
                own.compare(other..(other + BLOCK).min(among), count, kept, &mut []);
            }
        });
    NearestRows { count, keys }
}

fn pack(codes: &Codes, rows: usize) -> Panels {
    let dimension = if rows == 0 { 0 } else { codes.row(0).len() };
    Panels::new(rows, dimension, |row| codes.row(row))
}

/// Rows' worth of comparisons after `done` of `blocks` block rows, each shorter than the last.
fn done_rows(done: usize, blocks: usize, rows: usize) -> usize {
    let pairs = |blocks: usize| blocks * (blocks + 1) / 2;
    rows * (pairs(blocks) - pairs(blocks - done)) / pairs(blocks)
}

/// A block of rows that is compared with packed ones.
struct Own<'a> {
    panels: &'a Panels,
    start: usize,
    /// Rows as tiles take them.
    shifted: Vec<u8>,
}

impl<'a> Own<'a> {
    fn new(codes: &Codes, rows: std::ops::Range<usize>, panels: &'a Panels) -> Self {
        let mut shifted = Vec::with_capacity(rows.len() * panels.row_bytes());
        let start = rows.start;
        for row in rows {
            push_shifted(codes.row(row), panels.row_bytes(), &mut shifted);
        }
        Self {
            panels,
            start,
            shifted,
        }
    }

    /// Compares all rows with those of `others` and offers each to the other: others to `kept`,
    /// own ones to `theirs` unless it is empty.
    fn compare(
        &self,
        others: std::ops::Range<usize>,
        count: usize,
        kept: &mut [u64],
        theirs: &mut [u64],
    ) {
        let bytes = self.panels.row_bytes();
        let mut products: Tile = [[0; COLUMNS]; ROWS];
        for first in others.clone().step_by(COLUMNS) {
            let last = (first + COLUMNS).min(others.end);
            let offset = (first - others.start) * count;
            let theirs = if theirs.is_empty() {
                &mut [][..]
            } else {
                &mut theirs[offset..offset + (last - first) * count]
            };
            // No product reaches what was never set.
            let mut needed = Needed {
                rows: [i32::MAX; ROWS],
                columns: [i32::MAX; COLUMNS],
            };
            for (needed, their) in needed.columns.iter_mut().zip(theirs.chunks_exact(count)) {
                *needed = threshold(their);
            }
            for (group, rows) in self.shifted.chunks(ROWS * bytes).enumerate() {
                let start = group * ROWS;
                let mine = kept[start * count..].chunks_exact(count);
                for (needed, mine) in needed.rows.iter_mut().zip(mine) {
                    *needed = threshold(mine);
                }
                let chosen = tile(self.panels, rows, first, &needed, &mut products);
                for (place, (mut bits, products)) in chosen.into_iter().zip(&products).enumerate() {
                    while bits != 0 {
                        let column = bits.trailing_zeros() as usize;
                        bits &= bits - 1;
                        let (row, other) = (start + place, first + column);
                        // Columns beyond the last are of no row.
                        if other >= last || other == self.start + row {
                            continue;
                        }
                        let similarity = products[column];
                        let mine = &mut kept[row * count..(row + 1) * count];
                        offer(mine, key(similarity, narrow(other)));
                        if let Some(their) = theirs.chunks_exact_mut(count).nth(column) {
                            offer(their, key(similarity, narrow(self.start + row)));
                            needed.columns[column] = threshold(their);
                        }
                    }
                }
            }
        }
    }
}

fn narrow(row: usize) -> u32 {
    u32::try_from(row).expect("rows of one search have numbers of 32 bits")
}

#[cfg(test)]
mod tests;
