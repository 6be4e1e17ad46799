//! Searching a graph: greedy descent through the layers, then a beam on the base layer
//! (algorithms 5 and 2 of Malkov and Yashunin 2018).

use std::cell::RefCell;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

use kindred_core::{Embeddings, dot};

use super::{BASE_LINKS, Graph, Layer};

/// A row with its score in one number, so that heaps compare integers: larger is closer, and
/// among equals the smaller row is the larger number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Hit(u64);

impl Hit {
    #[inline]
    pub(super) fn new(score: f32, row: u32) -> Self {
        let bits = score.to_bits();
        // The usual order-preserving map: negative numbers have all bits turned, others the sign.
        let ordered = if bits >> 31 == 1 {
            !bits
        } else {
            bits | 1 << 31
        };
        Self(u64::from(ordered) << 32 | u64::from(!row))
    }

    #[inline]
    pub(crate) fn row(self) -> u32 {
        #[expect(clippy::cast_possible_truncation, reason = "the low half is the row")]
        let row = !(self.0 as u32);
        row
    }

    #[inline]
    pub(crate) fn score(self) -> f32 {
        let ordered = (self.0 >> 32) as u32;
        let bits = if ordered >> 31 == 1 {
            ordered & !(1 << 31)
        } else {
            !ordered
        };
        f32::from_bits(bits)
    }
}

/// What a search wants of a graph.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Goal {
    /// Accepted rows kept in view (`ef`).
    pub(crate) effort: usize,
    /// Most rows to compare before giving up.
    pub(crate) budget: usize,
}

/// Memory that searches of one thread share.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    /// For each row the number of the search that saw it last.
    stamps: Vec<u32>,
    search: u32,
    frontier: BinaryHeap<Hit>,
    found: BinaryHeap<Reverse<Hit>>,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// Lends this thread's memory for a search.
pub(crate) fn with_scratch<R>(work: impl FnOnce(&mut Scratch) -> R) -> R {
    SCRATCH.with(|scratch| match scratch.try_borrow_mut() {
        Ok(mut scratch) => work(&mut scratch),
        // A filter that itself searches; it gets memory of its own.
        Err(_) => work(&mut Scratch::default()),
    })
}

impl Scratch {
    fn begin(&mut self, rows: usize) {
        if self.stamps.len() < rows {
            self.stamps.resize(rows, 0);
        }
        self.search = self.search.wrapping_add(1);
        if self.search == 0 {
            self.stamps.fill(0);
            self.search = 1;
        }
        self.frontier.clear();
        self.found.clear();
    }

    /// Marks a row; returns whether this search sees it for the first time.
    #[inline]
    fn sees_first(&mut self, row: u32) -> bool {
        let stamp = &mut self.stamps[row as usize];
        let is_first = *stamp != self.search;
        *stamp = self.search;
        is_first
    }
}

/// A query on a graph.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Walk<'a> {
    pub(crate) graph: &'a Graph,
    pub(crate) vectors: &'a Embeddings,
    pub(crate) query: &'a [f32],
}

impl Walk<'_> {
    /// Returns the closest accepted rows, best first, at most `goal.effort`; `None` if the budget
    /// was spent before the search came to rest.
    ///
    /// Rows that are not accepted are walked through.
    pub(crate) fn search(
        &self,
        goal: Goal,
        scratch: &mut Scratch,
        accept: impl Fn(usize) -> bool,
    ) -> Option<Vec<Hit>> {
        scratch.begin(self.graph.len());
        let start = self.descend();
        scratch.sees_first(start.row());
        scratch.frontier.push(start);
        if accept(start.row() as usize) {
            scratch.found.push(Reverse(start));
        }
        let mut compared = 1;
        let mut rows = [0_u32; BASE_LINKS];
        while let Some(closest) = scratch.frontier.pop() {
            let is_full = scratch.found.len() >= goal.effort;
            if is_full
                && scratch
                    .found
                    .peek()
                    .is_some_and(|Reverse(worst)| closest < *worst)
            {
                break;
            }
            // First who is new, then all scores, then the heaps: the loads of vectors overlap.
            let mut count = 0;
            for &row in self.graph.links(closest.row() as usize) {
                rows[count] = row;
                count += usize::from(scratch.sees_first(row));
            }
            let mut hits = [Hit(0); BASE_LINKS];
            for (hit, &row) in hits.iter_mut().zip(&rows[..count]) {
                *hit = self.compare(row);
            }
            compared += count;
            if compared > goal.budget {
                return None;
            }
            for &hit in &hits[..count] {
                let is_full = scratch.found.len() >= goal.effort;
                if is_full
                    && scratch
                        .found
                        .peek()
                        .is_some_and(|Reverse(worst)| hit < *worst)
                {
                    continue;
                }
                scratch.frontier.push(hit);
                if accept(hit.row() as usize) {
                    scratch.found.push(Reverse(hit));
                    if is_full {
                        scratch.found.pop();
                    }
                }
            }
        }
        let mut found: Vec<Hit> = scratch.found.drain().map(|Reverse(hit)| hit).collect();
        found.sort_unstable_by(|a, b| b.cmp(a));
        Some(found)
    }

    #[inline]
    fn compare(&self, row: u32) -> Hit {
        Hit::new(dot(self.query, self.vectors.row(row as usize)), row)
    }

    /// Goes from the entry to the closest row of each layer above the base, to a local optimum in
    /// each.
    fn descend(&self) -> Hit {
        let mut closest = self.compare(self.graph.entry);
        for layer in self.graph.upper.iter().rev() {
            let position = layer.rows.binary_search(&closest.row());
            let mut position = position.expect("a layer holds the rows of the layer above");
            while let Some((next, hit)) = self.better(layer, position, closest) {
                (position, closest) = (next, hit);
            }
        }
        closest
    }

    /// Returns the best of a row's links if it is better than the row.
    fn better(&self, layer: &Layer, position: usize, than: Hit) -> Option<(usize, Hit)> {
        layer
            .links(position)
            .iter()
            .map(|&link| (link as usize, self.compare(layer.rows[link as usize])))
            .max_by_key(|&(_, hit)| hit)
            .filter(|&(_, hit)| hit > than)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_hit_keeps_score_and_row_and_their_order(
            left in -1.0f32..=1.0, right in -1.0f32..=1.0, row in 0u32..1000,
        ) {
            let (a, b) = (Hit::new(left, row), Hit::new(right, row + 1));
            prop_assert_eq!(a.score().to_bits(), left.to_bits());
            prop_assert_eq!(a.row(), row);
            prop_assert_eq!(a > b, left.total_cmp(&right).is_ge());
        }
    }
}
