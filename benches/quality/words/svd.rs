//! The strongest directions of a sparse matrix.
//!
//! Subspace iteration from a random start (Halko, Martinsson and Tropp, SIAM Review 53, 2011,
//! algorithm 4.4) with a few directions to spare, then the exact solution within the subspace.

use rayon::prelude::*;

use super::eigen::{cholesky, eigenvectors};
use super::sparse::Sparse;
use crate::random::Random;

/// Directions beyond those wanted.
const SPARE: usize = 32;
/// Multiplications with the matrix and its transpose.
const ITERATIONS: usize = 5;
/// Rows whose products are summed in one task.
const BLOCK: usize = 2_048;

/// Returns the right singular vectors of the `rank` largest singular values, largest first, as
/// `[columns, rank]`, row-major; fewer where the matrix has fewer rows or columns, zeros where its
/// own rank is smaller. The same numbers for every number of threads.
pub(crate) fn right_singular_vectors(matrix: &Sparse, rank: usize) -> (Vec<f32>, usize) {
    let most = matrix.len().min(matrix.columns());
    let width = (rank + SPARE).min(most);
    let rank = rank.min(most);
    if rank == 0 {
        return (Vec::new(), 0);
    }
    let turned = matrix.transposed();
    let mut random = Random::new("singular vectors", 0);
    let mut basis: Vec<f32> = (0..matrix.columns() * width)
        .map(|_| narrow(random.unit() - 0.5))
        .collect();
    for _ in 0..ITERATIONS {
        basis = turned.times(&matrix.times(&basis, width), width);
        // Once more for what rounding left.
        orthonormalise(&mut basis, width);
        orthonormalise(&mut basis, width);
    }
    let mut within = gram(&matrix.times(&basis, width), width);
    let turn = eigenvectors(&mut within, width);
    let mut vectors = vec![0.0; matrix.columns() * rank];
    vectors
        .par_chunks_mut(rank)
        .zip(basis.par_chunks(width))
        .for_each(|(vector, row)| {
            for (value, direction) in vector.iter_mut().zip(&turn) {
                let products = row.iter().zip(direction).map(|(&a, b)| f64::from(a) * b);
                *value = narrow(products.sum());
            }
        });
    (vectors, rank)
}

/// The products of all pairs of columns: `[width, width]`.
fn gram(rows: &[f32], width: usize) -> Vec<f64> {
    let blocks: Vec<Vec<f64>> = rows
        .par_chunks(BLOCK * width)
        .map(|block| {
            let mut sum = vec![0.0; width * width];
            for row in block.chunks_exact(width) {
                for (place, &left) in row.iter().enumerate() {
                    let left = f64::from(left);
                    let line = &mut sum[place * width..=place * width + place];
                    for (sum, &right) in line.iter_mut().zip(row) {
                        *sum += left * f64::from(right);
                    }
                }
            }
            sum
        })
        .collect();
    let mut total = vec![0.0; width * width];
    for block in blocks {
        for (total, part) in total.iter_mut().zip(block) {
            *total += part;
        }
    }
    for left in 0..width {
        for right in 0..left {
            total[right * width + left] = total[left * width + right];
        }
    }
    total
}

/// Makes columns orthonormal; those that depend on earlier ones become zero.
fn orthonormalise(rows: &mut [f32], width: usize) {
    let factor = cholesky(gram(rows, width), width);
    rows.par_chunks_mut(width).for_each(|row| {
        let mut solved = vec![0.0; width];
        for (place, &value) in row.iter().enumerate() {
            let line = &factor[place * width..=place * width + place];
            let diagonal = line[place];
            if diagonal > 0.0 {
                let before = line[..place].iter().zip(&solved);
                let before: f64 = before.map(|(a, b)| a * b).sum();
                solved[place] = (f64::from(value) - before) / diagonal;
            }
        }
        for (value, solved) in row.iter_mut().zip(solved) {
            *value = narrow(solved);
        }
    });
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "seven digits are enough for a direction"
)]
fn narrow(value: f64) -> f32 {
    value as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `sum over i of strength[i] * left[i] * right[i]^T`, with orthonormal left and right.
    fn known(strengths: &[f32], (rows, columns): (usize, usize)) -> (Sparse, Vec<Vec<f32>>) {
        // Cosines of whole frequencies are orthogonal.
        let wave = |frequency: usize, length: usize| -> Vec<f32> {
            let values = (0..length).map(|place| {
                let angle = (place as f64 + 0.5) * frequency as f64 * std::f64::consts::PI;
                narrow((angle / length as f64).cos() * (2.0 / length as f64).sqrt())
            });
            values.collect()
        };
        let right: Vec<Vec<f32>> = (1..=strengths.len()).map(|f| wave(f, columns)).collect();
        let mut matrix = Sparse::new(columns);
        let lefts: Vec<Vec<f32>> = (1..=strengths.len()).map(|f| wave(f, rows)).collect();
        let scaled = |row: usize| -> Vec<f32> {
            let sides = strengths.iter().zip(&lefts);
            sides.map(|(strength, left)| strength * left[row]).collect()
        };
        for left in (0..rows).map(scaled) {
            let value = |column: usize| -> f32 {
                left.iter()
                    .zip(&right)
                    .map(|(a, side)| a * side[column])
                    .sum()
            };
            matrix.push((0_u32..).zip((0..columns).map(value)));
        }
        (matrix, right)
    }

    #[test]
    fn strongest_directions_come_first() {
        let (matrix, right) = known(&[1.0, 5.0, 2.0, 3.0], (60, 45));
        let (vectors, rank) = right_singular_vectors(&matrix, 3);
        assert_eq!(rank, 3);
        for (place, expected) in [1, 3, 2].into_iter().enumerate() {
            let found = vectors.chunks_exact(rank).map(|row| row[place]);
            let cosine: f32 = found.zip(&right[expected]).map(|(a, b)| a * b).sum();
            assert!(cosine.abs() > 0.9999, "{place}: {cosine}");
        }
    }

    #[test]
    fn a_matrix_of_lower_rank_gives_zeros_and_a_small_one_fewer_columns() {
        let (matrix, _) = known(&[2.0, 1.0], (40, 50));
        let (vectors, rank) = right_singular_vectors(&matrix, 5);
        assert_eq!(rank, 5);
        let norms = (0..5).map(|place| {
            let column = vectors.chunks_exact(5).map(|row| row[place]);
            column.map(|value| value * value).sum::<f32>()
        });
        let norms: Vec<f32> = norms.collect();
        assert!(
            norms[..2].iter().all(|norm| (norm - 1.0).abs() < 1e-3),
            "{norms:?}"
        );
        assert!(vectors.iter().all(|value| value.is_finite()));
        let (vectors, rank) = right_singular_vectors(&known(&[1.0], (3, 50)).0, 5);
        assert_eq!((vectors.len(), rank), (150, 3));
    }
}
