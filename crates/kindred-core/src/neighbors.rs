//! The seam between vectors and their neighbours.

use serde::{Deserialize, Serialize};

use crate::vector::{Score, UnitVector};

/// The store's number of a paper: small, stable, never reused within a library.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, Default,
)]
#[serde(transparent)]
pub struct PaperKey(pub u64);

/// One neighbour of a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Neighbor {
    /// The paper.
    pub key: PaperKey,
    /// Its cosine similarity with the query.
    pub score: Score,
}

/// A set of papers, kept sorted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KeySet(Vec<PaperKey>);

impl KeySet {
    /// Whether `key` is in the set; `O(log n)`.
    pub fn contains(&self, key: PaperKey) -> bool {
        self.0.binary_search(&key).is_ok()
    }

    /// Returns the keys, ascending.
    pub fn as_slice(&self) -> &[PaperKey] {
        &self.0
    }

    /// Returns how many keys it holds.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<PaperKey> for KeySet {
    fn from_iter<I: IntoIterator<Item = PaperKey>>(keys: I) -> Self {
        let mut keys: Vec<PaperKey> = keys.into_iter().collect();
        keys.sort_unstable();
        keys.dedup();
        Self(keys)
    }
}

/// What a search wants.
#[derive(Debug, Clone, Copy)]
pub struct SearchOptions<'a> {
    /// Most neighbours to return. Default 10.
    pub limit: usize,
    /// Graph nodes kept in view while searching (`ef`); more finds more and takes longer. `None`
    /// lets the index choose.
    pub effort: Option<usize>,
    /// Return only these papers. `None` allows all.
    pub allowed: Option<&'a KeySet>,
    /// Never return these papers.
    pub excluded: Option<&'a KeySet>,
}

impl Default for SearchOptions<'_> {
    fn default() -> Self {
        Self {
            limit: 10,
            effort: None,
            allowed: None,
            excluded: None,
        }
    }
}

/// Finds the nearest vectors.
pub trait Neighbors: Send + Sync {
    /// What can go wrong.
    type Error: std::error::Error + Send + Sync + 'static;

    /// Returns the papers closest to `query`, best first, ties by key.
    ///
    /// # Errors
    /// If the query has another dimension than the index, or the engine behind it fails.
    fn nearest(
        &self,
        query: &UnitVector,
        options: &SearchOptions<'_>,
    ) -> Result<Vec<Neighbor>, Self::Error>;

    /// Returns the stored vector of a paper, if it has one.
    ///
    /// # Errors
    /// If the engine behind it fails.
    fn vector(&self, key: PaperKey) -> Result<Option<UnitVector>, Self::Error>;

    /// Returns how many papers can be found.
    fn len(&self) -> usize;

    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
