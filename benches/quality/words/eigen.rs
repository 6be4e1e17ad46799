//! Small symmetric matrices.

/// Pivots below this share of the largest are taken for zero.
const DEPENDENT: f64 = 1e-12;
/// Most rounds over all pairs.
const SWEEPS: usize = 30;
/// Rotations stop when what lies off the diagonal is smaller than this share of the whole.
const PRECISION: f64 = 1e-11;

/// Returns the lower Cholesky factor of a symmetric matrix `[size, size]` without negative
/// eigenvalues; rows and columns that depend on earlier ones have a zero on the diagonal.
pub(super) fn cholesky(mut matrix: Vec<f64>, size: usize) -> Vec<f64> {
    let largest = (0..size).map(|place| matrix[place * size + place]);
    let least = DEPENDENT * largest.fold(0.0, f64::max);
    for column in 0..size {
        let from = &mut matrix[column * size..];
        let own: f64 = from[..column].iter().map(|value| value * value).sum();
        let pivot = from[column] - own;
        let diagonal = if pivot > least { pivot.sqrt() } else { 0.0 };
        let (line, below) = from.split_at_mut(size);
        line[column] = diagonal;
        for row in below.chunks_exact_mut(size) {
            let product: f64 = row[..column].iter().zip(&*line).map(|(a, b)| a * b).sum();
            row[column] = if diagonal > 0.0 {
                (row[column] - product) / diagonal
            } else {
                0.0
            };
        }
    }
    matrix
}

/// Returns the eigenvectors of a symmetric matrix `[size, size]`, largest eigenvalue first, by
/// Jacobi's rotations (Golub and Van Loan, "Matrix Computations", section 8.5).
///
/// Leaves the eigenvalues on the matrix's diagonal, in another order.
pub(super) fn eigenvectors(matrix: &mut [f64], size: usize) -> Vec<Vec<f64>> {
    let mut vectors: Vec<Vec<f64>> = (0..size)
        .map(|place| {
            let mut axis = vec![0.0; size];
            axis[place] = 1.0;
            axis
        })
        .collect();
    let whole: f64 = matrix.iter().map(|value| value * value).sum();
    for _ in 0..SWEEPS {
        let diagonal = (0..size).map(|place| matrix[place * size + place].powi(2));
        if whole - diagonal.sum::<f64>() <= PRECISION * whole {
            break;
        }
        for p in 0..size {
            for q in p + 1..size {
                rotate(matrix, size, &mut vectors, (p, q));
            }
        }
    }
    let mut order: Vec<usize> = (0..size).collect();
    let value = |place: usize| matrix[place * size + place];
    order.sort_by(|&a, &b| value(b).total_cmp(&value(a)).then(a.cmp(&b)));
    order
        .into_iter()
        .map(|place| std::mem::take(&mut vectors[place]))
        .collect()
}

/// Makes the numbers at `(p, q)` and `(q, p)` zero.
fn rotate(matrix: &mut [f64], size: usize, vectors: &mut [Vec<f64>], (p, q): (usize, usize)) {
    let off = matrix[p * size + q];
    if off.abs() < f64::MIN_POSITIVE {
        return;
    }
    let slope = (matrix[q * size + q] - matrix[p * size + p]) / (2.0 * off);
    let tangent = slope.signum() / (slope.abs() + slope.hypot(1.0));
    let cosine = 1.0 / tangent.hypot(1.0);
    let sine = tangent * cosine;
    let turn = |a: &mut f64, b: &mut f64| {
        (*a, *b) = (cosine * *a - sine * *b, sine * *a + cosine * *b);
    };
    let (upper, lower) = matrix.split_at_mut(q * size);
    let row = &mut upper[p * size..(p + 1) * size];
    for (a, b) in row.iter_mut().zip(&mut lower[..size]) {
        turn(a, b);
    }
    for line in matrix.chunks_exact_mut(size) {
        let (left, right) = line.split_at_mut(q);
        turn(&mut left[p], &mut right[0]);
    }
    let (left, right) = vectors.split_at_mut(q);
    for (a, b) in left[p].iter_mut().zip(&mut right[0]) {
        turn(a, b);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MATRIX: [f64; 9] = [4.0, 2.0, 0.6, 2.0, 5.0, 1.0, 0.6, 1.0, 3.0];

    #[test]
    fn a_factor_times_its_transpose_is_the_matrix() {
        let factor = cholesky(MATRIX.to_vec(), 3);
        for row in 0..3 {
            for column in 0..=row {
                let product: f64 = (0..=column)
                    .map(|k| factor[row * 3 + k] * factor[column * 3 + k])
                    .sum();
                assert!((product - MATRIX[row * 3 + column]).abs() < 1e-12);
            }
        }
        let dependent = cholesky(vec![1.0, 2.0, 2.0, 4.0], 2);
        assert_eq!((dependent[0], dependent[2], dependent[3]), (1.0, 2.0, 0.0));
    }

    #[test]
    fn eigenvectors_are_scaled_by_the_matrix_in_descending_order() {
        let vectors = eigenvectors(&mut { MATRIX }, 3);
        let mut before = f64::INFINITY;
        for vector in &vectors {
            let image: Vec<f64> = (0..3)
                .map(|row| (0..3).map(|k| MATRIX[row * 3 + k] * vector[k]).sum())
                .collect();
            let value: f64 = image.iter().zip(vector).map(|(a, b)| a * b).sum();
            for (a, b) in image.iter().zip(vector) {
                assert!((a - value * b).abs() < 1e-5, "{vectors:?}");
            }
            assert!(value < before);
            before = value;
        }
        // The trace is the sum of the eigenvalues; the last of them is this one.
        assert!(before > 0.0 && before < 4.0);
    }
}
