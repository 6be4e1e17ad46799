//! The interests that are found in one seed set.
//!
//! Average-linkage clustering (Sokal and Michener 1958) of the liked papers in the [`Space`], where
//! unrelated papers have similarity 0: two groups are one interest while their papers are alike on
//! average. Small groups join the interest that is closest.
//!
//! [`Space`]: crate::Space

use std::cmp::Ordering;

use crate::space::Placed;

/// Mean similarity from which two groups are one interest. How well that finds the
/// researchers in mixtures of their papers stands in `docs/BENCHMARKS.md`.
const SAME_INTEREST: f32 = 0.05;
/// Smallest interest as a share of the liked papers, and in papers.
const SMALLEST_SHARE: f64 = 0.05;
const SMALLEST: usize = 2;
/// Liked papers that are clustered; the others join the closest interest.
const CLUSTERED: usize = 1_500;

/// The interests of a set, largest first, ties by the first paper.
#[derive(Debug, Clone, PartialEq)]
pub struct Facets {
    of_like: Vec<usize>,
    sizes: Vec<usize>,
    /// Mean of the mapped papers of each interest, of length 1: `[facets, dimension]`.
    centres: Vec<Vec<f32>>,
}

impl Facets {
    /// Finds the interests among liked papers.
    ///
    /// # Determinism
    /// The order of the papers decides between exactly equal similarities only.
    pub fn find(likes: &Placed) -> Self {
        let count = likes.len();
        let stride = count.div_ceil(CLUSTERED).max(1);
        let sample: Vec<usize> = (0..count).step_by(stride).collect();
        let mut groups: Vec<Vec<usize>> = average_linkage(likes, &sample);
        groups.sort_by(|a, b| b.len().cmp(&a.len()).then(a[0].cmp(&b[0])));
        let enough = smallest(sample.len());
        let kept = groups.iter().filter(|group| group.len() >= enough).count();
        groups.truncate(kept.max(1));
        let centres: Vec<Vec<f32>> = groups.iter().map(|group| centre(likes, group)).collect();
        let mut of_like = vec![usize::MAX; count];
        for (facet, group) in groups.iter().enumerate() {
            for &row in group {
                of_like[row] = facet;
            }
        }
        for (row, facet) in of_like.iter_mut().enumerate() {
            if *facet == usize::MAX {
                *facet = closest(&centres, likes.mapped(row)).0;
            }
        }
        Self::in_order(likes, &of_like, centres.len())
    }

    /// Numbers the interests by their final sizes.
    fn in_order(likes: &Placed, of_like: &[usize], count: usize) -> Self {
        let mut members: Vec<Vec<usize>> = vec![Vec::new(); count];
        for (row, &facet) in of_like.iter().enumerate() {
            members[facet].push(row);
        }
        members.retain(|rows| !rows.is_empty());
        members.sort_by(|a, b| b.len().cmp(&a.len()).then(a[0].cmp(&b[0])));
        let mut of_like = vec![0; of_like.len()];
        for (facet, rows) in members.iter().enumerate() {
            for &row in rows {
                of_like[row] = facet;
            }
        }
        Self {
            of_like,
            sizes: members.iter().map(Vec::len).collect(),
            centres: members.iter().map(|rows| centre(likes, rows)).collect(),
        }
    }

    /// Returns the number of interests.
    pub fn len(&self) -> usize {
        self.sizes.len()
    }

    /// Whether there is none: no paper is liked.
    pub fn is_empty(&self) -> bool {
        self.sizes.is_empty()
    }

    /// Returns the number of liked papers of each interest.
    pub fn sizes(&self) -> &[usize] {
        &self.sizes
    }

    /// Returns the interest of each liked paper, in their order.
    pub fn of_likes(&self) -> &[usize] {
        &self.of_like
    }

    /// Returns how close a placed paper is to each interest's centre, cosines in `[-1, 1]`.
    pub fn closeness(&self, placed: &Placed, row: usize) -> Vec<f32> {
        let mapped = placed.mapped(row);
        let centres = self.centres.iter();
        centres
            .map(|centre| kindred_core::dot(centre, mapped))
            .collect()
    }

    /// Returns the interest that a placed paper belongs to: the closest, ties to the larger; 0
    /// without any.
    pub fn of(&self, placed: &Placed, row: usize) -> usize {
        closest(&self.centres, placed.mapped(row)).0
    }
}

fn smallest(count: usize) -> usize {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share of a length"
    )]
    let share = (SMALLEST_SHARE * count as f64).round() as usize;
    share.max(SMALLEST)
}

fn closest(centres: &[Vec<f32>], mapped: &[f32]) -> (usize, f32) {
    let similarities = centres
        .iter()
        .map(|centre| kindred_core::dot(centre, mapped));
    similarities
        .enumerate()
        .fold(
            (0, f32::NEG_INFINITY),
            |best, (facet, similarity)| match similarity.total_cmp(&best.1) {
                Ordering::Greater => (facet, similarity),
                Ordering::Less | Ordering::Equal => best,
            },
        )
}

fn centre(likes: &Placed, rows: &[usize]) -> Vec<f32> {
    let mut sum = vec![0.0_f32; rows.first().map_or(0, |&row| likes.mapped(row).len())];
    for &row in rows {
        for (value, component) in sum.iter_mut().zip(likes.mapped(row)) {
            *value += component;
        }
    }
    let length = kindred_core::dot(&sum, &sum).sqrt();
    if length > f32::EPSILON {
        for value in &mut sum {
            *value /= length;
        }
    }
    sum
}

/// Merges the two groups that are most alike on average until none reach [`SAME_INTEREST`].
fn average_linkage(likes: &Placed, rows: &[usize]) -> Vec<Vec<usize>> {
    let count = rows.len();
    // `[count, count]`: sums of similarities between groups.
    let mut sums = vec![0.0_f32; count * count];
    for left in 0..count {
        for right in 0..left {
            let similarity = kindred_core::dot(likes.mapped(rows[left]), likes.mapped(rows[right]));
            sums[left * count + right] = similarity;
            sums[right * count + left] = similarity;
        }
    }
    let mut groups: Vec<Vec<usize>> = rows.iter().map(|&row| vec![row]).collect();
    let mut alive: Vec<usize> = (0..count).collect();
    let mean = |sums: &[f32], groups: &[Vec<usize>], a: usize, b: usize| {
        sums[a * count + b] / (groups[a].len() * groups[b].len()) as f32
    };
    // Nearest-neighbour chain: follow nearest groups until two are each other's.
    let mut chain: Vec<usize> = Vec::new();
    let mut finished: Vec<Vec<usize>> = Vec::new();
    while let Some(&first) = chain.last().or(alive.first()) {
        if chain.is_empty() {
            chain.push(first);
        }
        let nearest = alive
            .iter()
            .filter(|&&other| other != first)
            .map(|&other| (mean(&sums, &groups, first, other), other))
            .max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
        let before = (chain.len() >= 2).then(|| chain[chain.len() - 2]);
        match nearest {
            Some((similarity, _)) if similarity < SAME_INTEREST => {
                // Average linkage is reducible: no merge of others brings anything closer.
                finished.push(std::mem::take(&mut groups[first]));
                alive.retain(|&group| group != first);
                chain.pop();
            }
            None => {
                finished.push(std::mem::take(&mut groups[first]));
                alive.clear();
                chain.clear();
            }
            Some((similarity, other)) => {
                let back =
                    before.filter(|&before| mean(&sums, &groups, first, before) >= similarity);
                if let Some(other) = back {
                    chain.truncate(chain.len() - 2);
                    merge(
                        &mut sums,
                        &mut groups,
                        (first.min(other), first.max(other)),
                        &alive,
                    );
                    alive.retain(|&group| group != first.max(other));
                } else {
                    chain.push(other);
                }
            }
        }
    }
    for group in &mut finished {
        group.sort_unstable();
    }
    finished
}

/// Puts the second group into the first.
fn merge(
    sums: &mut [f32],
    groups: &mut [Vec<usize>],
    (into, from): (usize, usize),
    alive: &[usize],
) {
    let count = groups.len();
    for &other in alive {
        let sum = sums[into * count + other] + sums[from * count + other];
        sums[into * count + other] = sum;
        sums[other * count + into] = sum;
    }
    let moved = std::mem::take(&mut groups[from]);
    groups[into].extend(moved);
}

#[cfg(test)]
mod tests {
    use kindred_core::{Embeddings, UnitVector};
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::Space;

    /// Papers around the given axes of 24 dimensions.
    fn around(axes: &[usize], seed: u64) -> Embeddings {
        let mut generator = ChaCha8Rng::seed_from_u64(seed);
        let mut vectors = Embeddings::with_capacity(24, axes.len());
        for &axis in axes {
            let mut components: Vec<f32> = (0..24)
                .map(|_| generator.random_range(-0.25..0.25))
                .collect();
            components[axis] += 1.0;
            vectors.push(&UnitVector::new(components).unwrap()).unwrap();
        }
        vectors
    }

    fn space() -> Space {
        let axes: Vec<usize> = (0..240).map(|paper| paper % 24).collect();
        Space::fit(&around(&axes, 9))
    }

    #[test]
    fn two_interests_are_found_whatever_the_order() {
        let axes = [3, 3, 7, 3, 7, 7, 3, 3];
        let likes = space().place(&around(&axes, 1));
        let facets = Facets::find(&likes);
        assert_eq!(facets.sizes(), [5, 3]);
        let of_axis: Vec<usize> = axes.iter().map(|&axis| usize::from(axis == 7)).collect();
        assert_eq!(facets.of_likes(), of_axis);
        let new = space().place(&around(&[7, 3], 2));
        assert_eq!((facets.of(&new, 0), facets.of(&new, 1)), (1, 0));
        assert!(facets.closeness(&new, 0)[1] > facets.closeness(&new, 0)[0]);
    }

    #[test]
    fn a_single_paper_is_no_interest_beside_a_large_one() {
        let mut axes = vec![5; 30];
        axes.push(11);
        let facets = Facets::find(&space().place(&around(&axes, 3)));
        assert_eq!(facets.sizes(), [31]);
    }

    #[test]
    fn one_like_is_one_interest_and_none_is_none() {
        let one = Facets::find(&space().place(&around(&[1], 4)));
        assert_eq!((one.len(), one.of_likes()), (1, &[0][..]));
        let none = Facets::find(&space().place(&around(&[], 4)));
        assert!(none.is_empty());
    }

    #[test]
    fn more_likes_than_are_clustered_all_have_an_interest() {
        let axes: Vec<usize> = (0..3_200).map(|paper| 2 + 6 * (paper % 2)).collect();
        let facets = Facets::find(&space().place(&around(&axes, 5)));
        assert_eq!(facets.sizes(), [1_600, 1_600]);
    }
}
