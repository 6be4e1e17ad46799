//! Where papers begin: principal components, smoothed along the graph.
//!
//! Principal components order the whole; some steps of a random walk then draw each paper to its
//! neighbours, which brings out the slowest modes of the graph (as the spectral start of the UMAP
//! paper, section 3.2, does) without the collapse onto a few loose papers that its limit has, and
//! whatever the number of components.

use kindred_core::Codes;
use rayon::prelude::*;

use super::fuzzy::Fuzzy;
use crate::random::SplitMix;

/// Rows of which the covariance is taken: sums of so many products of codes fit in 32 bits.
const SAMPLE: usize = 8192;
/// Steps of orthogonal iteration.
const ITERATIONS: usize = 200;
/// Rounds of the walk, and steps of each; small graphs would come to rest in more than a few.
const WALK: [usize; 2] = [10, 10];
/// Vertices of one task and of one partial sum; part of the result, unlike the number of threads.
const CHUNK: usize = 1024;
/// Root mean square of each coordinate at the start, in units of the plane.
const SPREAD: f32 = 4.0;
/// How far chance moves each paper, lest equal ones stay equal.
const JITTER: f32 = 1e-3;

/// Returns where each paper begins.
pub(crate) fn start(codes: &Codes, graph: &Fuzzy, seed: u64) -> Vec<[f32; 2]> {
    let degrees: Vec<f32> = (0..graph.len())
        .map(|vertex| graph.edges(vertex).map(|(_, weight)| weight).sum())
        .collect();
    let mut positions = principal(codes);
    standardise(&mut positions);
    for _ in 0..WALK[0] {
        for _ in 0..WALK[1] {
            positions = walked(graph, &degrees, &positions);
        }
        standardise(&mut positions);
    }
    for (row, position) in (0_u64..).zip(&mut positions) {
        let mut random = SplitMix::new(seed ^ row.wrapping_mul(0xD1B5_4A32_D192_ED03));
        for coordinate in position {
            *coordinate = SPREAD * *coordinate + JITTER * signed(random.next());
        }
    }
    positions
}

/// A number in `[-1, 1)`.
fn signed(random: u64) -> f32 {
    (random >> 40) as f32 / (1_u64 << 23) as f32 - 1.0
}

/// One step of a lazy random walk: each vertex goes halfway to the mean of its neighbours.
fn walked(graph: &Fuzzy, degrees: &[f32], positions: &[[f32; 2]]) -> Vec<[f32; 2]> {
    let vertices = (0..graph.len()).into_par_iter().with_min_len(CHUNK);
    let moved = vertices.map(|vertex| {
        let own = positions[vertex];
        if degrees[vertex] <= 0.0 {
            return own;
        }
        let (mut x, mut y) = (0.0, 0.0);
        for (other, weight) in graph.edges(vertex) {
            let at = positions[other as usize];
            x += weight * at[0];
            y += weight * at[1];
        }
        [
            0.5 * (own[0] + x / degrees[vertex]),
            0.5 * (own[1] + y / degrees[vertex]),
        ]
    });
    moved.collect()
}

/// Makes both coordinates uncorrelated, of mean 0 and mean square 1 (0 if all are equal).
fn standardise(positions: &mut [[f32; 2]]) {
    let rows = positions.len() as f64;
    let moment = |of: &(dyn Fn([f64; 2]) -> f64 + Sync), positions: &[[f32; 2]]| -> f64 {
        let sums: Vec<f64> = positions
            .par_chunks(CHUNK)
            .map(|chunk| chunk.iter().map(|at| of(at.map(f64::from))).sum())
            .collect();
        sums.iter().sum::<f64>() / rows
    };
    let (x, y) = (
        moment(&|at| at[0], positions),
        moment(&|at| at[1], positions),
    );
    let square = moment(&|at| (at[0] - x) * (at[0] - x), positions);
    let mixed = moment(&|at| (at[0] - x) * (at[1] - y), positions);
    let slope = if square > 1e-30 { mixed / square } else { 0.0 };
    let rest = |at: [f64; 2]| at[1] - y - slope * (at[0] - x);
    let rest_square = moment(&|at| rest(at) * rest(at), positions);
    let inverse = |square: f64| {
        if square > 1e-12 {
            1.0 / square.sqrt()
        } else {
            0.0
        }
    };
    let scales = [inverse(square), inverse(rest_square)];
    positions
        .par_iter_mut()
        .with_min_len(CHUNK)
        .for_each(|own| {
            let at = own.map(f64::from);
            #[expect(
                clippy::cast_possible_truncation,
                reason = "positions have single precision"
            )]
            let scaled = [
                ((at[0] - x) * scales[0]) as f32,
                (rest(at) * scales[1]) as f32,
            ];
            *own = scaled;
        });
}

/// Coordinates along the two directions in which codes vary most.
fn principal(codes: &Codes) -> Vec<[f32; 2]> {
    let dimension = codes.row(0).len();
    let (mean, covariance) = covariance(codes, dimension);
    let mut random = SplitMix::new(1);
    let mut axes = [(); 2].map(|()| -> Vec<f64> {
        (0..dimension)
            .map(|_| f64::from(signed(random.next())))
            .collect()
    });
    for _ in 0..ITERATIONS {
        axes = axes.map(|axis| {
            let rows = covariance.chunks_exact(dimension);
            rows.map(|row| dot(row, &axis)).collect()
        });
        orthonormalise(&mut axes);
    }
    let rows = (0..codes.len()).into_par_iter().with_min_len(CHUNK);
    let along = rows.map(|row| {
        let row = codes.row(row);
        [0, 1].map(|axis| {
            let parts = row.iter().zip(&mean).zip(&axes[axis]);
            let sum: f64 = parts
                .map(|((&code, mean), part)| (f64::from(code) - mean) * part)
                .sum();
            #[expect(
                clippy::cast_possible_truncation,
                reason = "positions have single precision"
            )]
            let sum = sum as f32;
            sum
        })
    });
    along.collect()
}

/// Mean and covariance `[dimension, dimension]` of rows at even distances.
fn covariance(codes: &Codes, dimension: usize) -> (Vec<f64>, Vec<f64>) {
    let stride = codes.len().div_ceil(SAMPLE);
    let chosen: Vec<usize> = (0..codes.len()).step_by(stride).collect();
    let columns: Vec<Vec<i8>> = (0..dimension)
        .into_par_iter()
        .map(|column| chosen.iter().map(|&row| codes.row(row)[column]).collect())
        .collect();
    let count = chosen.len() as f64;
    let mean: Vec<f64> = columns
        .iter()
        .map(|column| f64::from(column.iter().map(|&code| i32::from(code)).sum::<i32>()) / count)
        .collect();
    let covariance = (0..dimension * dimension)
        .into_par_iter()
        .with_min_len(dimension)
        .map(|cell| {
            let (left, right) = (cell / dimension, cell % dimension);
            let products = columns[left].iter().zip(&columns[right]);
            let sum: i32 = products
                .map(|(&a, &b)| i32::from(i16::from(a) * i16::from(b)))
                .sum();
            f64::from(sum) / count - mean[left] * mean[right]
        })
        .collect();
    (mean, covariance)
}

fn dot(left: &[f64], right: &[f64]) -> f64 {
    left.iter().zip(right).map(|(a, b)| a * b).sum()
}

/// Gram and Schmidt; what has no length left becomes 0.
fn orthonormalise(axes: &mut [Vec<f64>; 2]) {
    let [first, second] = axes;
    normalise(first);
    let along = dot(first, second);
    for (own, other) in second.iter_mut().zip(&*first) {
        *own -= along * other;
    }
    normalise(second);
}

fn normalise(axis: &mut [f64]) {
    let norm = dot(axis, axis).sqrt();
    let scale = if norm > 1e-9 { 1.0 / norm } else { 0.0 };
    for part in axis {
        *part *= scale;
    }
}
