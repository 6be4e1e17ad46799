//! Matrices with few numbers in each row.

use rayon::prelude::*;

/// A matrix `[rows, columns]` that keeps what is not zero, columns of a row ascending.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sparse {
    columns: usize,
    /// Where each row ends; one more than there are rows.
    ends: Vec<usize>,
    values: Vec<(u32, f32)>,
}

impl Sparse {
    pub(crate) fn new(columns: usize) -> Self {
        Self {
            columns,
            ends: vec![0],
            values: Vec::new(),
        }
    }

    /// Appends a row; its columns ascend.
    pub(crate) fn push(&mut self, row: impl IntoIterator<Item = (u32, f32)>) {
        let start = self.values.len();
        self.values.extend(row);
        debug_assert!(
            self.values[start..].is_sorted_by(|left, right| left.0 < right.0),
            "columns ascend"
        );
        self.ends.push(self.values.len());
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len() - 1
    }

    pub(crate) fn columns(&self) -> usize {
        self.columns
    }

    pub(crate) fn row(&self, row: usize) -> &[(u32, f32)] {
        &self.values[self.ends[row]..self.ends[row + 1]]
    }

    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = &[(u32, f32)]> {
        (0..self.len()).map(|row| self.row(row))
    }

    /// Returns the named rows in the given order.
    pub(crate) fn gather(&self, rows: &[usize]) -> Self {
        let mut gathered = Self::new(self.columns);
        for &row in rows {
            gathered.push(self.row(row).iter().copied());
        }
        gathered
    }

    /// Returns the matrix `[columns, rows]`.
    pub(crate) fn transposed(&self) -> Self {
        let mut ends = vec![0_usize; self.columns + 1];
        for &(column, _) in &self.values {
            ends[column as usize + 1] += 1;
        }
        for column in 0..self.columns {
            ends[column + 1] += ends[column];
        }
        let mut next = ends.clone();
        let mut values = vec![(0, 0.0); self.values.len()];
        for (number, row) in (0_u32..).zip(self.iter()) {
            for &(column, value) in row {
                let place = &mut next[column as usize];
                values[*place] = (number, value);
                *place += 1;
            }
        }
        Self {
            columns: self.len(),
            ends,
            values,
        }
    }

    /// Multiplies with a dense matrix `[columns, width]`: `[rows, width]`, row-major as it is.
    pub(crate) fn times(&self, right: &[f32], width: usize) -> Vec<f32> {
        assert_eq!(right.len(), self.columns * width, "one row for each column");
        let mut product = vec![0.0; self.len() * width];
        product
            .par_chunks_mut(width)
            .zip(0..self.len())
            .for_each(|(sum, row)| {
                for &(column, value) in self.row(row) {
                    let start = column as usize * width;
                    for (sum, factor) in sum.iter_mut().zip(&right[start..start + width]) {
                        *sum += value * factor;
                    }
                }
            });
        product
    }
}

/// Dot product of a row and dense numbers, one for each column.
pub(crate) fn sparse_dot(row: &[(u32, f32)], dense: &[f64]) -> f64 {
    row.iter()
        .map(|&(column, value)| f64::from(value) * dense[column as usize])
        .sum()
}

/// Adds `factor` times a row to dense numbers, one for each column.
pub(crate) fn add_sparse(row: &[(u32, f32)], factor: f64, dense: &mut [f64]) {
    for &(column, value) in row {
        dense[column as usize] += factor * f64::from(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> Sparse {
        let mut matrix = Sparse::new(3);
        matrix.push([(0, 1.0), (2, 2.0)]);
        matrix.push([]);
        matrix.push([(2, 3.0)]);
        matrix
    }

    #[test]
    fn transposing_twice_changes_nothing() {
        let matrix = example();
        let turned = matrix.transposed();
        assert_eq!(turned.row(2), [(0, 2.0), (2, 3.0)]);
        assert_eq!(turned.row(1), []);
        assert_eq!(turned.transposed(), matrix);
    }

    #[test]
    fn products_are_those_of_the_dense_matrix() {
        let right = [1.0, 10.0, 2.0, 20.0, 3.0, 30.0];
        let product = example().times(&right, 2);
        assert_eq!(product, vec![7.0, 70.0, 0.0, 0.0, 9.0, 90.0]);
        let mut sum = vec![1.0; 3];
        add_sparse(example().row(0), 2.0, &mut sum);
        assert_eq!(sum, vec![3.0, 1.0, 5.0]);
        assert!((sparse_dot(example().row(0), &sum) - 13.0).abs() < 1e-12);
    }
}
