//! Lloyd's algorithm on unit vectors.
//!
//! Starts by k-means++ (Arthur and Vassilvitskii, SODA 2007): each next centre is the best of some
//! points drawn by their squared distance to the centres before, as the authors' own program did.
//! The same seed gives the same clusters for every number of threads.

use kindred_core::dot_block;
use rayon::prelude::*;

use crate::random::Random;
use crate::source::Rows;

/// Most rounds.
const ROUNDS: usize = 300;
/// Rounds end when the sum of squared distances falls by less than this share.
const TOLERANCE: f64 = 1e-5;
/// Points whose products are taken in one task.
const BLOCK: usize = 64;

/// Returns the cluster of each point, below `count`.
pub(super) fn clusters(points: &Rows, count: usize, seed: u64) -> Vec<u32> {
    let count = count.min(points.len());
    let squares = squares(points);
    let mut centres = start(points, &squares, count, &mut Random::new("k-means", seed));
    let mut before = f64::INFINITY;
    let mut nearest = Vec::new();
    for _ in 0..ROUNDS {
        nearest = assign(points, &squares, &centres);
        let distance: f64 = nearest
            .iter()
            .map(|&(_, distance)| f64::from(distance))
            .sum();
        if before - distance <= TOLERANCE * before && before.is_finite() {
            break;
        }
        before = distance;
        centres = means(points, &nearest, count);
    }
    nearest.into_iter().map(|(cluster, _)| cluster).collect()
}

/// Squared lengths: 1, or 0 for texts without a word that counts.
fn squares(points: &Rows) -> Vec<f32> {
    match points {
        Rows::Dense(rows) => vec![1.0; rows.len()],
        Rows::Sparse(rows) => (rows.iter())
            .map(|row| row.iter().map(|(_, value)| value * value).sum())
            .collect(),
    }
}

fn dense(points: &Rows, row: usize) -> Vec<f32> {
    match points {
        Rows::Dense(rows) => rows.row(row).to_vec(),
        Rows::Sparse(rows) => {
            let mut dense = vec![0.0; rows.columns()];
            for &(column, value) in rows.row(row) {
                dense[column as usize] = value;
            }
            dense
        }
    }
}

/// Products of all points with all centres, `[points, centres]`.
fn products(points: &Rows, centres: &[Vec<f32>]) -> Vec<f32> {
    let width = centres.len();
    match points {
        Rows::Dense(rows) => {
            let centres: Vec<&[f32]> = centres.iter().map(Vec::as_slice).collect();
            let mut products = vec![0.0; rows.len() * width];
            let blocks = products.par_chunks_mut(BLOCK * width).enumerate();
            blocks.for_each(|(block, out)| {
                let first = block * BLOCK;
                let own: Vec<&[f32]> = (first..first + out.len() / width)
                    .map(|row| rows.row(row))
                    .collect();
                dot_block(&own, &centres, out);
            });
            products
        }
        Rows::Sparse(rows) => {
            let mut by_term = vec![0.0; rows.columns() * width];
            for (place, centre) in centres.iter().enumerate() {
                for (column, &value) in centre.iter().enumerate() {
                    by_term[column * width + place] = value;
                }
            }
            rows.times(&by_term, width)
        }
    }
}

fn start(points: &Rows, squares: &[f32], count: usize, random: &mut Random) -> Vec<Vec<f32>> {
    let tries = 1 + count.max(2).ilog2() as usize;
    let mut centres = Vec::with_capacity(count);
    // More than any distance of unit vectors, and the same for all: the first is drawn evenly.
    let mut distances = vec![5.0; points.len()];
    for place in 0..count {
        let tries = if place == 0 { 1 } else { tries };
        let drawn: Vec<usize> = (0..tries).map(|_| draw(&distances, random)).collect();
        let candidates: Vec<Vec<f32>> = drawn.iter().map(|&row| dense(points, row)).collect();
        let products = products(points, &candidates);
        let closer = |candidate: usize| -> Vec<f64> {
            let own = squares[drawn[candidate]];
            let products = products.chunks_exact(tries).map(|row| row[candidate]);
            (products.zip(squares).zip(&distances))
                .map(|((product, square), before)| {
                    f64::from((square + own - 2.0 * product).max(0.0)).min(*before)
                })
                .collect()
        };
        let best = (0..tries)
            .map(|candidate| (closer(candidate), candidate))
            .min_by(|(left, _), (right, _)| {
                let sum = |distances: &[f64]| distances.iter().sum::<f64>();
                sum(left).total_cmp(&sum(right))
            });
        let (closest, candidate) = best.expect("at least one point was drawn");
        distances = closest;
        centres.push(candidates.into_iter().nth(candidate).expect("it was drawn"));
    }
    centres
}

/// Draws a place by weight; where all weigh nothing, the last.
fn draw(weights: &[f64], random: &mut Random) -> usize {
    let mut left = random.unit() * weights.iter().sum::<f64>();
    for (place, &weight) in weights.iter().enumerate() {
        if left < weight {
            return place;
        }
        left -= weight;
    }
    weights.len() - 1
}

/// The closest centre of each point, the first of equally close ones, and the squared distance.
fn assign(points: &Rows, squares: &[f32], centres: &[Vec<f32>]) -> Vec<(u32, f32)> {
    let lengths: Vec<f32> = (centres.iter())
        .map(|centre| centre.iter().map(|value| value * value).sum())
        .collect();
    let products = products(points, centres);
    (products.par_chunks_exact(centres.len()))
        .zip(squares)
        .map(|(row, square)| {
            let distances = row.iter().zip(&lengths);
            let distances = distances.map(|(product, length)| length - 2.0 * product);
            let (cluster, least) = (0_u32..)
                .zip(distances)
                .min_by(|(_, a), (_, b)| a.total_cmp(b))
                .expect("there is a centre");
            (cluster, (least + square).max(0.0))
        })
        .collect()
}

/// Means of the points of each cluster; a cluster without points gets the point that is furthest
/// from its centre.
fn means(points: &Rows, nearest: &[(u32, f32)], count: usize) -> Vec<Vec<f32>> {
    let width = match points {
        Rows::Dense(rows) => rows.dimension(),
        Rows::Sparse(rows) => rows.columns(),
    };
    let mut members: Vec<Vec<usize>> = vec![Vec::new(); count];
    for (row, &(cluster, _)) in nearest.iter().enumerate() {
        members[cluster as usize].push(row);
    }
    let mut furthest: Vec<usize> = Vec::new();
    if members.iter().any(Vec::is_empty) {
        furthest.extend(0..nearest.len());
        furthest.sort_by(|&a, &b| nearest[a].1.total_cmp(&nearest[b].1).then(b.cmp(&a)));
    }
    for own in &mut members {
        if own.is_empty() {
            own.extend(furthest.pop());
        }
    }
    (members.par_iter())
        .map(|own| {
            let mut sum = vec![0.0; width];
            let share = 1.0 / own.len() as f32;
            for &row in own {
                match points {
                    Rows::Dense(rows) => {
                        for (sum, value) in sum.iter_mut().zip(rows.row(row)) {
                            *sum += share * value;
                        }
                    }
                    Rows::Sparse(rows) => {
                        for &(column, value) in rows.row(row) {
                            sum[column as usize] += share * value;
                        }
                    }
                }
            }
            sum
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use kindred_core::{Embeddings, UnitVector};

    use super::*;
    use crate::words::Sparse;

    /// Angles, in degrees, on a circle.
    fn circle(angles: &[f32]) -> (Rows, Rows) {
        let mut rows = Embeddings::with_capacity(2, angles.len());
        let mut sparse = Sparse::new(2);
        for angle in angles {
            let (sine, cosine) = angle.to_radians().sin_cos();
            rows.push(&UnitVector::new(vec![cosine, sine]).expect("not zero"))
                .expect("two dimensions");
            sparse.push([(0, cosine), (1, sine)]);
        }
        (Rows::Dense(rows), Rows::Sparse(sparse))
    }

    #[test]
    fn arcs_are_clusters_by_either_kind_of_rows() {
        let angles: Vec<f32> = (0..90_u8)
            .map(|place| f32::from(place % 3) * 120.0 + f32::from(place))
            .collect();
        let (dense, sparse) = circle(&angles);
        for seed in 0..5 {
            let found = clusters(&dense, 3, seed);
            assert_eq!(found, clusters(&sparse, 3, seed));
            assert_eq!(found, clusters(&dense, 3, seed));
            let firsts: Vec<u32> = found[..3].to_vec();
            assert!(firsts[0] != firsts[1] && firsts[1] != firsts[2] && firsts[0] != firsts[2]);
            for (place, cluster) in found.iter().enumerate().take(60) {
                assert_eq!(*cluster, firsts[place % 3], "point {place} of seed {seed}");
            }
        }
    }

    #[test]
    fn every_point_is_in_the_cluster_of_the_closest_mean() {
        let angles: Vec<f32> = (0..200_u8).map(|place| f32::from(place) * 1.7).collect();
        let (points, _) = circle(&angles);
        let found = clusters(&points, 7, 3);
        let nearest: Vec<(u32, f32)> = found.iter().map(|&cluster| (cluster, 0.0)).collect();
        let centres = means(&points, &nearest, 7);
        let again = assign(&points, &squares(&points), &centres);
        let moved = again.iter().zip(&found).filter(|(a, b)| a.0 != **b).count();
        assert!(moved <= 2, "{moved} points would move");
    }

    #[test]
    fn an_empty_cluster_gets_the_furthest_point() {
        let (points, _) = circle(&[0.0, 10.0, 90.0]);
        let centres = means(&points, &[(0, 0.1), (0, 0.2), (0, 0.9)], 2);
        assert!((centres[1][1] - 1.0).abs() < 1e-6, "{centres:?}");
    }

    #[test]
    fn the_start_draws_points_far_from_each_other() {
        let mut angles = vec![0.0; 50];
        angles.push(180.0);
        let (points, _) = circle(&angles);
        for seed in 0..5 {
            let mut random = Random::new("k-means", seed);
            let centres = start(&points, &squares(&points), 2, &mut random);
            let product: f32 = centres[0].iter().zip(&centres[1]).map(|(a, b)| a * b).sum();
            assert!(product < -0.99, "both of {centres:?}");
        }
    }
}
