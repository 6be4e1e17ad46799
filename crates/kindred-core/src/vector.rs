//! Unit vectors and matrices of them.

use std::cmp::Ordering;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kernel::dot;

/// Smallest norm that still has a direction.
const MIN_NORM: f64 = 1e-6;
/// How far a stored row's norm may be from 1.
const UNIT_TOLERANCE: f64 = 1e-3;

/// Why numbers are not a unit vector.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum VectorError {
    /// A component is NaN or infinite.
    #[error("component {position} of the vector is {value}, expected a finite number")]
    NotFinite {
        /// Its position.
        position: usize,
        /// Its value.
        value: f32,
    },
    /// The vector has no direction.
    #[error("vector of norm {norm:e}, expected at least 1e-6")]
    ZeroNorm {
        /// Its Euclidean norm.
        norm: f64,
    },
    /// A stored row is not of unit length.
    #[error("row {row} has norm {norm}, expected 1")]
    NotUnit {
        /// Position of the row.
        row: usize,
        /// Its Euclidean norm.
        norm: f64,
    },
    /// The number of components does not fit.
    #[error("vector of {found} dimensions, expected {expected}")]
    Dimension {
        /// Dimensions expected.
        expected: usize,
        /// Dimensions found.
        found: usize,
    },
}

/// A vector of Euclidean length 1, the only kind that is indexed or compared.
#[derive(Debug, Clone, PartialEq)]
pub struct UnitVector(Box<[f32]>);

impl UnitVector {
    /// Normalises `components` to length 1.
    ///
    /// # Errors
    /// [`VectorError::NotFinite`] if a component is NaN or infinite, [`VectorError::ZeroNorm`] if
    /// the vector is empty or shorter than 1e-6.
    pub fn new(mut components: Vec<f32>) -> Result<Self, VectorError> {
        if let Some(position) = components.iter().position(|value| !value.is_finite()) {
            return Err(VectorError::NotFinite {
                position,
                value: components[position],
            });
        }
        let norm = norm(&components);
        if norm < MIN_NORM {
            return Err(VectorError::ZeroNorm { norm });
        }
        for value in &mut components {
            #[expect(clippy::cast_possible_truncation, reason = "a component is at most 1")]
            let scaled = (f64::from(*value) / norm) as f32;
            *value = scaled;
        }
        Ok(Self(components.into_boxed_slice()))
    }

    /// Returns the number of dimensions.
    pub fn dimension(&self) -> usize {
        self.0.len()
    }

    /// Returns the components.
    pub fn as_slice(&self) -> &[f32] {
        &self.0
    }

    /// Returns the cosine similarity with `other`.
    pub fn cosine(&self, other: &Self) -> Score {
        Score::new(dot(&self.0, &other.0))
    }

    /// Returns the first `dimension` components, normalised again (Matryoshka truncation).
    ///
    /// # Errors
    /// [`VectorError::Dimension`] if there are fewer, [`VectorError::ZeroNorm`] if they are zero.
    pub fn truncated(&self, dimension: usize) -> Result<Self, VectorError> {
        let head = self.0.get(..dimension).ok_or(VectorError::Dimension {
            expected: dimension,
            found: self.0.len(),
        })?;
        Self::new(head.to_vec())
    }
}

fn norm(components: &[f32]) -> f64 {
    components
        .iter()
        .map(|&value| f64::from(value) * f64::from(value))
        .sum::<f64>()
        .sqrt()
}

/// A cosine similarity: finite, in `[-1, 1]`, larger is closer.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Score(f32);

impl Score {
    /// Clamps `value` into `[-1, 1]`; rounding may have pushed it out. NaN becomes -1.
    pub fn new(value: f32) -> Self {
        if value.is_nan() {
            Self(-1.0)
        } else {
            Self(value.clamp(-1.0, 1.0))
        }
    }

    /// Returns the number.
    pub fn get(self) -> f32 {
        self.0
    }
}

impl Eq for Score {}

impl PartialOrd for Score {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Score {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}

/// A matrix `[rows, dimension]`, row-major, whose rows are unit vectors.
#[derive(Debug, Clone, PartialEq)]
pub struct Embeddings {
    dimension: usize,
    data: Vec<f32>,
}

impl Embeddings {
    /// Makes an empty matrix with room for `rows` rows.
    ///
    /// # Panics
    /// If `dimension` is 0.
    pub fn with_capacity(dimension: usize, rows: usize) -> Self {
        assert!(dimension > 0, "a vector has at least one dimension");
        Self {
            dimension,
            data: Vec::with_capacity(dimension * rows),
        }
    }

    /// Takes a row-major `[rows, dimension]` buffer of unit rows, for instance one read from disk.
    ///
    /// # Errors
    /// [`VectorError::Dimension`] if the length is not a multiple of `dimension`,
    /// [`VectorError::NotFinite`] or [`VectorError::NotUnit`] if a row is not a unit vector.
    pub fn from_unit_rows(dimension: usize, data: Vec<f32>) -> Result<Self, VectorError> {
        if dimension == 0 || !data.len().is_multiple_of(dimension) {
            let found = data.len();
            return Err(VectorError::Dimension {
                expected: dimension,
                found,
            });
        }
        for (row, components) in data.chunks_exact(dimension).enumerate() {
            if let Some(position) = components.iter().position(|value| !value.is_finite()) {
                return Err(VectorError::NotFinite {
                    position,
                    value: components[position],
                });
            }
            let norm = f64::from(dot(components, components)).sqrt();
            if (norm - 1.0).abs() > UNIT_TOLERANCE {
                return Err(VectorError::NotUnit { row, norm });
            }
        }
        Ok(Self { dimension, data })
    }

    /// Appends a row.
    ///
    /// # Errors
    /// [`VectorError::Dimension`] if it has another number of dimensions.
    pub fn push(&mut self, vector: &UnitVector) -> Result<(), VectorError> {
        if vector.dimension() != self.dimension {
            let found = vector.dimension();
            return Err(VectorError::Dimension {
                expected: self.dimension,
                found,
            });
        }
        self.data.extend_from_slice(vector.as_slice());
        Ok(())
    }

    /// Returns the number of rows.
    pub fn len(&self) -> usize {
        self.data.len() / self.dimension
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.data.is_empty()
    }

    /// Returns the number of dimensions.
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// Returns one row.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn row(&self, row: usize) -> &[f32] {
        &self.data[row * self.dimension..(row + 1) * self.dimension]
    }

    /// Returns one row as a vector of its own.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn unit_vector(&self, row: usize) -> UnitVector {
        UnitVector(self.row(row).into())
    }

    /// Iterates over the rows.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &[f32]> {
        self.data.chunks_exact(self.dimension)
    }

    /// Returns all numbers, `[rows, dimension]` row-major.
    pub fn as_slice(&self) -> &[f32] {
        &self.data
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn construction_normalises_and_is_idempotent() {
        let vector = UnitVector::new(vec![3.0, 4.0]).unwrap();
        assert_eq!(vector.as_slice(), [0.6, 0.8]);
        assert_eq!(UnitVector::new(vector.as_slice().to_vec()).unwrap(), vector);
    }

    #[test]
    fn directionless_and_broken_vectors_are_refused() {
        assert!(matches!(
            UnitVector::new(vec![]),
            Err(VectorError::ZeroNorm { .. })
        ));
        assert!(matches!(
            UnitVector::new(vec![0.0; 8]),
            Err(VectorError::ZeroNorm { .. })
        ));
        assert!(matches!(
            UnitVector::new(vec![1.0, f32::NAN]),
            Err(VectorError::NotFinite { position: 1, .. })
        ));
        assert!(UnitVector::new(vec![f32::MAX; 4]).is_ok());
    }

    #[test]
    fn score_is_clamped() {
        assert_eq!(Score::new(1.000_001), Score::new(1.0));
        assert_eq!(Score::new(f32::NAN), Score::new(-1.0));
    }

    #[test]
    fn rows_that_are_not_unit_are_refused() {
        assert!(Embeddings::from_unit_rows(2, vec![0.6, 0.8, 1.0, 0.0]).is_ok());
        assert!(matches!(
            Embeddings::from_unit_rows(2, vec![0.6, 0.8, 1.0, 1.0]),
            Err(VectorError::NotUnit { row: 1, .. })
        ));
        assert!(Embeddings::from_unit_rows(2, vec![1.0, 0.0, 1.0]).is_err());
    }

    #[test]
    fn truncation_keeps_the_head() {
        let vector = UnitVector::new(vec![0.6, 0.8, 5.0]).unwrap();
        let head = vector.truncated(2).unwrap();
        assert!((head.as_slice()[0] - 0.6).abs() < 1e-6);
        assert!(vector.truncated(4).is_err());
    }
}
