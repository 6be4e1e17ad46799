//! Distances to neighbours become a weighted graph (UMAP paper, section 3.1).

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

/// One minus the cosine of two rows with these squared lengths, in `[0, 2]`; 1 for a row of zeros.
fn distance(square: f64, other_square: f64, dot: i32) -> f32 {
    let square = square * other_square;
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

/// Returns how strongly `row` belongs to each of its neighbours, in `[0, 1]` (section 3.1):
/// `exp(-(d - rho) / sigma)` with `rho` the distance of the nearest that is not equal to it, and
/// `sigma` such that the strengths sum to the logarithm of the number of neighbours.
///
/// As in umap-learn the paper counts as one neighbour of its own. `square` is the squared length of
/// a row.
pub(crate) fn memberships(
    row: usize,
    near: impl ExactSizeIterator<Item = (u32, i32)>,
    square: &dyn Fn(usize) -> f64,
) -> Vec<(u32, f32)> {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a logarithm of a small number"
    )]
    let target = (ln(near.len() as f64 + 1.0) / std::f64::consts::LN_2) as f32;
    let own = square(row);
    let mut near: Vec<(u32, f32)> = near
        .map(|(other, dot)| (other, distance(own, square(other as usize), dot)))
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
        for (_, strength) in &mut near {
            *strength = 1.0;
        }
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
        let rows = codes.len();
        let squares: Vec<f64> = (0..rows)
            .into_par_iter()
            .map(|row| f64::from(codes.dot(row, row)))
            .collect();
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
                let near = memberships(row, nearest.of(row), &|row| squares[row]);
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
    pub(crate) fn from_union(rows: usize, edges: &[(u32, u32, f32)]) -> Self {
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

    /// The largest weight; 0 if there is no edge.
    pub(crate) fn heaviest(&self) -> f32 {
        self.weights.iter().copied().fold(0.0, f32::max)
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

#[cfg(test)]
mod tests {
    use super::*;

    const UNIT: i32 = 100;

    /// Memberships of a row in others at these cosines, in hundredths.
    fn of(cosines: &[i32]) -> Vec<f32> {
        let near = (1..).zip(cosines.iter().copied());
        let near: Vec<(u32, i32)> = near.collect();
        let found = memberships(0, near.into_iter(), &|_| f64::from(UNIT));
        found.into_iter().map(|(_, strength)| strength).collect()
    }

    #[test]
    fn the_nearest_is_certain_and_strengths_sum_to_the_logarithm() {
        let strengths = of(&[90, 80, 70, 60, 50, 40, 30]);
        assert!((strengths[0] - 1.0).abs() < 1e-6);
        assert!(strengths.is_sorted_by(|a, b| a > b), "{strengths:?}");
        let sum: f32 = strengths.iter().sum();
        assert!((sum - 3.0).abs() < 1e-4, "log2 of 8 is not {sum}");
    }

    #[test]
    fn equal_papers_belong_wholly_and_do_not_set_the_scale() {
        let strengths = of(&[100, 100, 90, 50, 40, 30, 20]);
        assert!(
            strengths[..3]
                .iter()
                .all(|strength| (strength - 1.0).abs() < 1e-6)
        );
        assert!(strengths[3] < 0.5, "{strengths:?}");
        assert!(
            of(&[100; 15])
                .iter()
                .all(|strength| (strength - 1.0).abs() < 1e-6)
        );
    }

    #[test]
    fn opposite_and_directionless_rows_have_finite_distances() {
        assert!((distance(100.0, 100.0, -100) - 2.0).abs() < 1e-6);
        assert!((distance(0.0, 100.0, 0) - 1.0).abs() < 1e-6);
        assert!(distance(100.0, 100.0, 101).abs() < 1e-6);
    }

    #[test]
    fn renumbering_keeps_edges_and_drops_light_ones() {
        let graph = Fuzzy::from_union(3, &[(0, 1, 1.0), (0, 2, 0.5), (1, 2, 0.01)]);
        assert_eq!(graph.edges(0).collect::<Vec<_>>(), [(1, 1.0), (2, 0.5)]);
        let turned = graph.renumbered(&[2, 0, 1], 0.1);
        assert_eq!(turned.edges(0).collect::<Vec<_>>(), [(1, 0.5)]);
        assert_eq!(turned.edges(1).collect::<Vec<_>>(), [(0, 0.5), (2, 1.0)]);
        assert_eq!(turned.edges(2).collect::<Vec<_>>(), [(1, 1.0)]);
    }
}
