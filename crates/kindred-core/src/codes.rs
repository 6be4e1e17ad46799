//! Eight-bit codes of unit vectors, for comparisons that are equal on every machine.
//!
//! Floating-point sums depend on the width of the vector unit; sums of integers do not. Where a
//! result must not change with the machine (the neighbour graph of topics), similarities are dot
//! products of these codes.

use crate::vector::Embeddings;

/// Codes `[rows, dimension]`, row-major, each in `-127..=127`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Codes {
    dimension: usize,
    data: Vec<i8>,
}

impl Codes {
    /// Quantises with one scale for the whole matrix, so that its largest component becomes ±127;
    /// rounds half away from zero.
    ///
    /// A scale for each row would favour flat rows when integer dot products are compared.
    pub fn new(vectors: &Embeddings) -> Self {
        Self::scaled_to(vectors, vectors.len())
    }

    /// Quantises with the scale of the first `rows` rows, so that their codes do not depend on what
    /// comes after them; larger components of later rows become ±127.
    pub fn scaled_to(vectors: &Embeddings, rows: usize) -> Self {
        let first = &vectors.as_slice()[..rows.min(vectors.len()) * vectors.dimension()];
        let largest = first
            .iter()
            .fold(0.0_f32, |max, value| max.max(value.abs()));
        let scale = if largest > 0.0 { 127.0 / largest } else { 0.0 };
        #[expect(
            clippy::cast_possible_truncation,
            reason = "rounded values are within ±127"
        )]
        let data = vectors
            .as_slice()
            .iter()
            .map(|value| (value * scale).round().clamp(-127.0, 127.0) as i8)
            .collect();
        Self {
            dimension: vectors.dimension(),
            data,
        }
    }

    /// Returns the number of rows.
    pub fn len(&self) -> usize {
        self.data.len() / self.dimension
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.data.is_empty()
    }

    /// Returns one row.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn row(&self, row: usize) -> &[i8] {
        &self.data[row * self.dimension..(row + 1) * self.dimension]
    }

    /// Returns the rows `rows`, in that order.
    ///
    /// # Panics
    /// If there is no such row.
    #[must_use]
    pub fn select(&self, rows: &[u32]) -> Self {
        let mut data = Vec::with_capacity(rows.len() * self.dimension);
        for &row in rows {
            data.extend_from_slice(self.row(row as usize));
        }
        Self {
            dimension: self.dimension,
            data,
        }
    }

    /// Returns the integer dot product of two rows, the same on every machine.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn dot(&self, left: usize, right: usize) -> i32 {
        self.row(left)
            .iter()
            .zip(self.row(right))
            .map(|(&a, &b)| i32::from(i16::from(a) * i16::from(b)))
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::UnitVector;

    #[test]
    fn later_rows_do_not_change_the_codes_of_earlier_ones() {
        let mut vectors = Embeddings::with_capacity(2, 2);
        for components in [vec![0.6, 0.8], vec![1.0, 0.0]] {
            vectors.push(&UnitVector::new(components).unwrap()).unwrap();
        }
        let codes = Codes::scaled_to(&vectors, 1);
        assert_eq!(codes.row(0), [95, 127]);
        assert_eq!(codes.row(1), [127, 0]);
    }

    #[test]
    fn order_of_codes_follows_order_of_cosines() {
        let mut vectors = Embeddings::with_capacity(2, 4);
        for components in [
            vec![1.0, 0.0],
            vec![0.9, 0.1],
            vec![0.5, 0.5],
            vec![-1.0, 0.2],
        ] {
            vectors.push(&UnitVector::new(components).unwrap()).unwrap();
        }
        let codes = Codes::new(&vectors);
        let dots: Vec<i32> = (0..4).map(|row| codes.dot(0, row)).collect();
        assert!(dots.is_sorted_by(|a, b| a > b), "{dots:?}");
        assert_eq!(dots[0], 127 * 127);
    }
}
