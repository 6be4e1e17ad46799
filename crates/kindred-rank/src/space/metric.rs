//! Closeness that counts what sets papers apart more than what most of them share.
//!
//! Encoders put all papers of a field into a narrow cone. Vectors are moved to the mean of the
//! background and scaled by its inverse covariance with a ridge (a shrunk Mahalanobis metric, as
//! in linear discriminant analysis; Friedman, "Regularized discriminant analysis", JASA 84, 1989);
//! similarity is the cosine there.

use kindred_core::{dot, dot_block};

/// Ridge as a multiple of the mean variance of a dimension.
const RIDGE: f64 = 2.0;

/// Vectors that stay in the first caches while others are compared with them.
const AT_ONCE: usize = 32;

/// A linear map from unit vectors to the space that closeness is measured in.
#[derive(Debug, Clone)]
pub(super) struct Metric {
    mean: Vec<f32>,
    /// `[dimension, dimension]`, row-major: the inverse of the Cholesky factor.
    transform: Vec<f32>,
}

/// Rows of the mapped space, of length 1, or zero for a vector at the mean itself.
#[derive(Debug, Clone)]
pub(super) struct Mapped {
    dimension: usize,
    data: Vec<f32>,
}

impl Mapped {
    pub(super) fn len(&self) -> usize {
        self.data.len() / self.dimension.max(1)
    }

    pub(super) fn row(&self, row: usize) -> &[f32] {
        &self.data[row * self.dimension..(row + 1) * self.dimension]
    }

    /// Adds the rows of another part.
    pub(super) fn append(&mut self, other: Self) {
        self.data.extend(other.data);
    }

    /// Cosine similarity of each vector of a block to each row: `[block.len(), self.len()]`.
    pub(super) fn similarities(&self, block: &[&[f32]], out: &mut [f32]) {
        let rows: Vec<&[f32]> = self.data.chunks_exact(self.dimension.max(1)).collect();
        dot_block(block, &rows, out);
    }
}

impl Metric {
    pub(super) fn dimension(&self) -> usize {
        self.mean.len()
    }

    /// Fits the map to background papers; none give the identity.
    pub(super) fn fit(dimension: usize, background: &[&[f32]]) -> Self {
        let count = background.len();
        if count == 0 {
            return Self {
                mean: vec![0.0; dimension],
                transform: identity(dimension),
            };
        }
        let mut mean = vec![0.0_f64; dimension];
        for row in background {
            for (sum, &value) in mean.iter_mut().zip(*row) {
                *sum += f64::from(value) / count as f64;
            }
        }
        let mean: Vec<f32> = mean.into_iter().map(narrow).collect();
        // One row for each dimension, so that a covariance is one dot product.
        let mut columns = vec![0.0_f32; dimension * count];
        for (paper, row) in background.iter().enumerate() {
            for (axis, (&value, &centre)) in row.iter().zip(&mean).enumerate() {
                columns[axis * count + paper] = value - centre;
            }
        }
        let columns: Vec<&[f32]> = columns.chunks_exact(count).collect();
        let mut covariance = vec![0.0_f64; dimension * dimension];
        let mut products = Vec::new();
        for (first, block) in blocks(&columns) {
            let end = first + block.len();
            products.resize(block.len() * end, 0.0);
            dot_block(block, &columns[..end], &mut products);
            for (row, products) in products.chunks_exact(end).enumerate() {
                let start = (first + row) * dimension;
                for (value, &product) in covariance[start..].iter_mut().zip(products) {
                    *value = f64::from(product) / count as f64;
                }
            }
        }
        let trace: f64 = (0..dimension)
            .map(|axis| covariance[axis * (dimension + 1)])
            .sum();
        let ridge = (RIDGE * trace / dimension as f64).max(f64::from(f32::EPSILON));
        for axis in 0..dimension {
            covariance[axis * (dimension + 1)] += ridge;
        }
        cholesky(&mut covariance, dimension);
        Self {
            mean,
            transform: inverse_of_lower(&covariance, dimension)
                .into_iter()
                .map(narrow)
                .collect(),
        }
    }

    /// Maps rows.
    pub(super) fn map_all(&self, rows: &[&[f32]]) -> Mapped {
        let dimension = self.mean.len();
        let mut data = vec![0.0; dimension * rows.len()];
        for (first, block) in blocks(rows) {
            let out = &mut data[first * dimension..][..block.len() * dimension];
            self.map_block(block, out);
        }
        Mapped { dimension, data }
    }

    fn map_block(&self, rows: &[&[f32]], out: &mut [f32]) {
        let dimension = self.mean.len();
        let centred: Vec<f32> = (rows.iter())
            .flat_map(|row| row.iter().zip(&self.mean).map(|(v, m)| v - m))
            .collect();
        let axes: Vec<&[f32]> = self.transform.chunks_exact(dimension.max(1)).collect();
        let mut products = Vec::new();
        for (first, block) in blocks(&axes) {
            // The map is lower triangular: what comes later counts nothing.
            let end = first + block.len();
            let axes: Vec<&[f32]> = block.iter().map(|axis| &axis[..end]).collect();
            let rows = centred.chunks_exact(dimension).map(|row| &row[..end]);
            let rows: Vec<&[f32]> = rows.collect();
            products.resize(rows.len() * axes.len(), 0.0);
            dot_block(&rows, &axes, &mut products);
            for (row, products) in products.chunks_exact(axes.len()).enumerate() {
                out[row * dimension + first..][..axes.len()].copy_from_slice(products);
            }
        }
        for row in out.chunks_exact_mut(dimension.max(1)) {
            let length = dot(row, row).sqrt();
            if length > f32::EPSILON {
                for value in row.iter_mut() {
                    *value /= length;
                }
            } else {
                row.fill(0.0);
            }
        }
    }
}

/// Parts of a list with the place of their first.
fn blocks<T>(list: &[T]) -> impl Iterator<Item = (usize, &[T])> {
    let parts = list.chunks(AT_ONCE).enumerate();
    parts.map(|(part, list)| (part * AT_ONCE, list))
}

fn identity(dimension: usize) -> Vec<f32> {
    let mut transform = vec![0.0; dimension * dimension];
    for axis in 0..dimension {
        transform[axis * (dimension + 1)] = 1.0;
    }
    transform
}

/// Replaces the lower triangle of a positive definite matrix by its Cholesky factor.
fn cholesky(matrix: &mut [f64], dimension: usize) {
    for row in 0..dimension {
        let (above, own) = matrix.split_at_mut(row * dimension);
        for column in 0..row {
            let other = &above[column * dimension..=(dimension + 1) * column];
            let sum: f64 = own[..column].iter().zip(other).map(|(a, b)| a * b).sum();
            own[column] = (own[column] - sum) / other[column];
        }
        let squares: f64 = own[..row].iter().map(|value| value * value).sum();
        own[row] = (own[row] - squares).max(f64::MIN_POSITIVE).sqrt();
    }
}

/// Inverts a lower triangular matrix; the upper triangle of the result is zero.
fn inverse_of_lower(lower: &[f64], dimension: usize) -> Vec<f64> {
    let mut inverse = vec![0.0; dimension * dimension];
    for row in 0..dimension {
        let (above, own) = inverse.split_at_mut(row * dimension);
        let factors = &lower[row * dimension..=(dimension + 1) * row];
        for (middle, factor) in factors[..row].iter().enumerate() {
            let other = &above[middle * dimension..=(dimension + 1) * middle];
            for (value, part) in own.iter_mut().zip(other) {
                *value -= factor * part;
            }
        }
        let scale = 1.0 / factors[row];
        for value in &mut own[..row] {
            *value *= scale;
        }
        own[row] = scale;
    }
    inverse
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "seven digits are enough for a similarity"
)]
fn narrow(value: f64) -> f32 {
    value as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mapped_background_has_the_covariance_that_the_ridge_leaves() {
        // Two axes of variances 4 and 1, no covariance: after the map their variances are
        // v / (v + ridge) with ridge = 2 * 2.5.
        let rows: Vec<[f32; 2]> = vec![[3.0, 1.0], [-1.0, 1.0], [3.0, 3.0], [-1.0, 3.0]];
        let background: Vec<&[f32]> = rows.iter().map(<[f32; 2]>::as_slice).collect();
        let metric = Metric::fit(2, &background);
        assert_eq!(metric.mean, [1.0, 2.0]);
        let scale = |axis: usize| f64::from(metric.transform[axis * 3]);
        assert!((scale(0) - (1.0_f64 / 9.0).sqrt()).abs() < 1e-6);
        assert!((scale(1) - (1.0_f64 / 6.0).sqrt()).abs() < 1e-6);
    }

    #[test]
    fn inverse_times_factor_is_the_identity() {
        let dimension = 7;
        let mut matrix = vec![0.0; dimension * dimension];
        for row in 0..dimension {
            for column in 0..dimension {
                let distance = row.abs_diff(column) as f64;
                matrix[row * dimension + column] = 0.5_f64.powf(distance);
            }
        }
        let original = matrix.clone();
        cholesky(&mut matrix, dimension);
        let inverse = inverse_of_lower(&matrix, dimension);
        // inverse * original * inverse^T = identity.
        let entry = |left: usize, right: usize| -> f64 {
            let mut sum = 0.0;
            for a in 0..dimension {
                for b in 0..dimension {
                    sum += inverse[left * dimension + a]
                        * original[a * dimension + b]
                        * inverse[right * dimension + b];
                }
            }
            sum
        };
        for left in 0..dimension {
            for right in 0..dimension {
                let expected = f64::from(u8::from(left == right));
                assert!((entry(left, right) - expected).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn without_background_similarity_is_the_cosine() {
        let metric = Metric::fit(3, &[]);
        let mapped = metric.map_all(&[[0.6, 0.8, 0.0].as_slice()]);
        assert_eq!(mapped.row(0), [0.6, 0.8, 0.0]);
        let at_the_mean = metric.map_all(&[[0.0; 3].as_slice()]);
        assert_eq!(at_the_mean.row(0), [0.0; 3]);
    }
}
