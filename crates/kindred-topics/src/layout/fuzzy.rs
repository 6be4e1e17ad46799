//! Distances to neighbours become a weighted graph (McInnes, Healy and Melville 2018, section 3.1).

use kindred_core::{Codes, NearestRows};
use rayon::prelude::*;

use super::power::{exp_negative, ln};

/// Halvings in the search for a width: more than an `f32` resolves.
const HALVINGS: u32 = 40;
/// How near the sum of memberships comes to its target.
const TOLERANCE: f32 = 1e-5;
/// A width is at least this share of the mean distance, lest equal papers make it vanish.
const MIN_WIDTH: f32 = 1e-3;

/// An undirected graph, each edge stored from both ends.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fuzzy {
    /// Where each vertex's edges start; one more than there are vertices.
    pub(crate) offsets: Vec<usize>,
    /// The other end, ascending within a vertex.
    pub(crate) targets: Vec<u32>,
    /// Membership strength in `(0, 1]`.
    pub(crate) weights: Vec<f32>,
}

/// Squared lengths of rows of codes.
pub(crate) struct Norms {
    squares: Vec<f64>,
}

impl Norms {
    pub(crate) fn new(codes: &Codes) -> Self {
        let rows = (0..codes.len()).into_par_iter();
        let squares = rows.map(|row| f64::from(codes.dot(row, row))).collect();
        Self { squares }
    }

    /// One minus the cosine, in `[0, 2]`; 1 for a row of zeros.
    fn distance(&self, row: usize, other: u32, dot: i32) -> f32 {
        let square = self.squares[row] * self.squares[other as usize];
        if square <= 0.0 {
            return 1.0;
        }
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a distance needs no more digits"
        )]
        let distance = (1.0 - f64::from(dot) / square.sqrt()) as f32;
        distance.max(0.0)
    }
}

/// Writes how strongly `row` belongs to each of its neighbours, each in `[0, 1]` (section 3.1):
/// `exp(-(d - rho) / sigma)` with `rho` the distance of the nearest that is not equal to it, and
/// `sigma` such that the strengths sum to the logarithm of the number of neighbours.
///
/// As in umap-learn the paper counts as one neighbour of its own.
pub(crate) fn memberships(
    norms: &Norms,
    row: usize,
    near: impl ExactSizeIterator<Item = (u32, i32)>,
) -> Vec<(u32, f32)> {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a logarithm of a small number"
    )]
    let target = (ln(near.len() as f64 + 1.0) / std::f64::consts::LN_2) as f32;
    let mut near: Vec<(u32, f32)> = near
        .map(|(other, dot)| (other, norms.distance(row, other, dot)))
        .collect();
    let positive = near.iter().map(|&(_, distance)| distance);
    let nearest = positive.filter(|&distance| distance > 0.0);
    let nearest = nearest.fold(f32::INFINITY, f32::min);
    if nearest < f32::INFINITY {
        let mut sum = 0.0;
        for (_, distance) in &mut near {
            sum += *distance;
            *distance = (*distance - nearest).max(0.0);
        }
        let least = MIN_WIDTH * sum / near.len() as f32;
        let width = width(&near, target).max(least);
        for (_, strength) in &mut near {
            *strength = exp_negative(-*strength / width);
        }
    } else {
        near.iter_mut().for_each(|(_, strength)| *strength = 1.0);
    }
    near
}

/// Finds sigma by halving.
fn width(beyond: &[(u32, f32)], target: f32) -> f32 {
    let (mut low, mut high, mut middle) = (0.0, f32::INFINITY, 1.0_f32);
    for _ in 0..HALVINGS {
        let sum: f32 = (beyond.iter())
            .map(|&(_, distance)| exp_negative(-distance / middle))
            .sum();
        if (sum - target).abs() < TOLERANCE {
            break;
        }
        if sum > target {
            high = middle;
        } else {
            low = middle;
        }
        middle = if high < f32::INFINITY {
            f32::midpoint(low, high)
        } else {
            middle * 2.0
        };
    }
    middle
}

impl Fuzzy {
    /// Joins what each end thinks of an edge by the fuzzy union `a + b - a b` (section 3.1).
    pub(crate) fn new(codes: &Codes, nearest: &NearestRows) -> Self {
        let norms = Norms::new(codes);
        let rows = codes.len();
        let count = nearest.count();
        if count == 0 {
            return Self::from_union(rows, &[]);
        }
        // Edges of both directions, the smaller end first.
        let mut edges: Vec<(u32, u32, f32)> = vec![(0, 0, 0.0); rows * count];
        edges
            .par_chunks_mut(count)
            .enumerate()
            .for_each(|(row, edges)| {
                let own = narrow(row);
                let near = memberships(&norms, row, nearest.of(row));
                for (edge, (other, strength)) in edges.iter_mut().zip(near) {
                    *edge = (own.min(other), own.max(other), strength);
                }
            });
        // The union is symmetric, so that the order of the two directions does not matter.
        edges.par_sort_unstable_by_key(|&(low, high, _)| (low, high));
        edges.dedup_by(|next, kept| {
            let is_same = (next.0, next.1) == (kept.0, kept.1);
            if is_same {
                kept.2 = kept.2 + next.2 - kept.2 * next.2;
            }
            is_same
        });
        edges.retain(|&(_, _, strength)| strength > 0.0);
        Self::from_union(rows, &edges)
    }

    /// Takes distinct edges in ascending order, smaller end first.
    fn from_union(rows: usize, edges: &[(u32, u32, f32)]) -> Self {
        let mut offsets = vec![0; rows + 1];
        for &(low, high, _) in edges {
            offsets[low as usize + 1] += 1;
            offsets[high as usize + 1] += 1;
        }
        for row in 0..rows {
            offsets[row + 1] += offsets[row];
        }
        let mut next = offsets.clone();
        let mut targets = vec![0; edges.len() * 2];
        let mut weights = vec![0.0; edges.len() * 2];
        // Smaller ends first: with edges in order each vertex's list comes out ascending.
        for by_high in [true, false] {
            for &(low, high, weight) in edges {
                let (from, to) = if by_high { (high, low) } else { (low, high) };
                let place = &mut next[from as usize];
                targets[*place] = to;
                weights[*place] = weight;
                *place += 1;
            }
        }
        Self {
            offsets,
            targets,
            weights,
        }
    }

    /// Number of vertices.
    pub(crate) fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    /// Edges of a vertex: other end and weight.
    pub(crate) fn edges(&self, vertex: usize) -> impl Iterator<Item = (u32, f32)> + '_ {
        let range = self.offsets[vertex]..self.offsets[vertex + 1];
        let targets = self.targets[range.clone()].iter().copied();
        targets.zip(self.weights[range].iter().copied())
    }

    /// Gives vertices new numbers: `order[new]` is the old one. Edges lighter than `least` go.
    pub(crate) fn renumbered(&self, order: &[u32], least: f32) -> Self {
        let mut new_of = vec![0; order.len()];
        for (new, &old) in (0..).zip(order) {
            new_of[old as usize] = new;
        }
        let lists: Vec<Vec<(u32, f32)>> = order
            .par_iter()
            .map(|&old| {
                let kept = self.edges(old as usize);
                let kept = kept.filter(|&(_, weight)| weight >= least);
                let mut own: Vec<(u32, f32)> = kept
                    .map(|(target, weight)| (new_of[target as usize], weight))
                    .collect();
                own.sort_unstable_by_key(|&(target, _)| target);
                own
            })
            .collect();
        let mut offsets = vec![0];
        for own in &lists {
            offsets.push(offsets[offsets.len() - 1] + own.len());
        }
        let (targets, weights) = lists.into_iter().flatten().unzip();
        Self {
            offsets,
            targets,
            weights,
        }
    }
}

/// A row as graphs keep it.
pub(crate) fn narrow(row: usize) -> u32 {
    u32::try_from(row).expect("the number of rows was checked")
}
