//! How well a layout keeps neighbours together.

use kindred_core::{Embeddings, NearestRows, dot};
use rayon::prelude::*;

/// Trustworthiness of a layout (Venna and Kaski, ICANN 2001): 1 minus a penalty for each paper
/// that is among the `count` nearest in the plane but not by cosine, as large as its rank by
/// cosine is beyond `count`; 1 is best, about 0.5 is chance.
///
/// Ranks are exact, by comparison with all rows; `sample` limits how many rows, at even distances,
/// are looked at (`O(sample * rows * dimension)`). 1 if `count` is 0 or rows are too few for a
/// neighbour to be wrong by (`rows < 3`); `count` is lowered to where the scale is defined,
/// `(2 rows - 2) / 3`.
///
/// # Panics
/// If there are not as many positions as rows.
pub fn trustworthiness(
    vectors: &Embeddings,
    positions: &[[f32; 2]],
    count: usize,
    sample: usize,
) -> f64 {
    let rows = vectors.len();
    assert_eq!(rows, positions.len(), "positions of the same papers");
    let count = count.min((2 * rows).saturating_sub(2) / 3);
    let sample = sample.min(rows);
    if count == 0 || rows < 3 || sample == 0 {
        return 1.0;
    }
    let plane = Plane::new(positions);
    let penalties: Vec<u64> = (0..sample)
        .into_par_iter()
        .map(|place| penalty(vectors, &plane, place * rows / sample, count))
        .collect();
    let penalty = penalties.iter().sum::<u64>() as f64;
    let (n, k) = (rows as f64, count as f64);
    let worst = sample as f64 * k * (2.0 * n - 3.0 * k - 1.0) / 2.0;
    1.0 - penalty / worst.max(1.0)
}

/// By how much the neighbours of `row` in the plane rank beyond `count` by cosine.
fn penalty(vectors: &Embeddings, plane: &Plane<'_>, row: usize, count: usize) -> u64 {
    let own = vectors.row(row);
    let similarities: Vec<f32> = vectors.rows().map(|other| dot(own, other)).collect();
    let beyond = plane.nearest(row, count).into_iter().map(|(_, near)| {
        let least = similarities[near as usize];
        let is_closer = |(other, &similarity): (usize, &f32)| {
            let is_before = similarity > least || (similarity >= least && other < near as usize);
            other != row && is_before
        };
        let closer = similarities.iter().enumerate();
        let rank = 1 + closer.filter(|&each| is_closer(each)).count();
        rank.saturating_sub(count) as u64
    });
    beyond.sum()
}

/// The share of papers' `count` nearest that are among the `count` nearest in the plane, in
/// `[0, 1]`; exact, over all papers. 1 if no paper has neighbours.
///
/// `count` is lowered to the neighbours that `nearest` has.
///
/// # Panics
/// If `nearest` is not of the same papers.
pub fn neighbor_preservation(nearest: &NearestRows, positions: &[[f32; 2]], count: usize) -> f64 {
    let count = count.min(nearest.count());
    if count == 0 || positions.is_empty() {
        return 1.0;
    }
    assert_eq!(
        nearest.len(),
        positions.len(),
        "positions of the same papers"
    );
    let plane = Plane::new(positions);
    let kept: Vec<usize> = (0..positions.len())
        .into_par_iter()
        .map(|row| {
            let mut wanted: Vec<u32> = nearest
                .of(row)
                .take(count)
                .map(|(other, _)| other)
                .collect();
            wanted.sort_unstable();
            let found = plane.nearest(row, count).into_iter();
            found
                .filter(|(_, other)| wanted.binary_search(other).is_ok())
                .count()
        })
        .collect();
    kept.iter().sum::<usize>() as f64 / (positions.len() * count) as f64
}

/// Points in a tree that halves them along each axis in turn (Bentley 1975), for exact neighbours.
struct Plane<'a> {
    positions: &'a [[f32; 2]],
    /// Rows; the middle of each range splits the rest of it.
    order: Vec<u32>,
}

impl<'a> Plane<'a> {
    fn new(positions: &'a [[f32; 2]]) -> Self {
        let mut order: Vec<u32> = (0..).take(positions.len()).collect();
        split(positions, &mut order, 0);
        Self { positions, order }
    }

    /// The `count` nearest other rows with squared distances, nearest first, ties by row.
    fn nearest(&self, row: usize, count: usize) -> Vec<(f32, u32)> {
        let mut search = Search {
            plane: self,
            row,
            count,
            found: Vec::with_capacity(count + 1),
        };
        search.visit(0..self.order.len(), 0);
        search.found
    }
}

fn split(positions: &[[f32; 2]], order: &mut [u32], axis: usize) {
    if order.len() < 2 {
        return;
    }
    let middle = order.len() / 2;
    order.select_nth_unstable_by(middle, |&a, &b| {
        let (left, right) = (positions[a as usize][axis], positions[b as usize][axis]);
        left.total_cmp(&right).then(a.cmp(&b))
    });
    let (below, above) = order.split_at_mut(middle);
    split(positions, below, 1 - axis);
    split(positions, &mut above[1..], 1 - axis);
}

struct Search<'a> {
    plane: &'a Plane<'a>,
    row: usize,
    count: usize,
    found: Vec<(f32, u32)>,
}

impl Search<'_> {
    fn visit(&mut self, range: std::ops::Range<usize>, axis: usize) {
        if range.is_empty() {
            return;
        }
        let middle = usize::midpoint(range.start, range.end);
        let at = self.plane.order[middle];
        let (own, other) = (
            self.plane.positions[self.row],
            self.plane.positions[at as usize],
        );
        let (x, y) = (other[0] - own[0], other[1] - own[1]);
        if at as usize != self.row {
            self.offer((x * x + y * y, at));
        }
        let across = own[axis] - other[axis];
        let (below, above) = (range.start..middle, middle + 1..range.end);
        let (near, far) = if across < 0.0 {
            (below, above)
        } else {
            (above, below)
        };
        self.visit(near, 1 - axis);
        let is_open = self.found.len() < self.count;
        if is_open
            || self
                .found
                .last()
                .is_some_and(|last| across * across <= last.0)
        {
            self.visit(far, 1 - axis);
        }
    }

    fn offer(&mut self, offered: (f32, u32)) {
        let precedes =
            |a: &(f32, u32), b: &(f32, u32)| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)).is_lt();
        let place = self.found.partition_point(|kept| precedes(kept, &offered));
        if place < self.count {
            self.found.insert(place, offered);
            self.found.truncate(self.count);
        }
    }
}

#[cfg(test)]
mod tests;
