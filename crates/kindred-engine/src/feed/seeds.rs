//! The rated papers of a set and their vectors.

use std::collections::BTreeMap;

use kindred_core::{Embeddings, KeySet, PaperId, PaperKey};
use kindred_store::{RatedPaper, Rating, SetName};

use crate::{EngineError, Library};

/// The rated papers of a set and their vectors, in paper-id order.
pub(super) struct Seeds {
    /// All rated papers, with and without a vector.
    pub(super) rated: KeySet,
    pub(super) likes: Vec<RatedPaper>,
    pub(super) dislikes: Vec<RatedPaper>,
    pub(super) like_vectors: Embeddings,
    pub(super) dislike_vectors: Embeddings,
}

impl Seeds {
    /// Returns the same set as if these papers had never been rated.
    pub(super) fn without(&self, keys: &KeySet) -> Self {
        let kept = |rated: &[RatedPaper], vectors: &Embeddings| {
            let rows: Vec<usize> = (0..rated.len())
                .filter(|&row| !keys.contains(rated[row].key))
                .collect();
            let mut matrix = Embeddings::with_capacity(vectors.dimension(), rows.len());
            for &row in &rows {
                matrix
                    .push(&vectors.unit_vector(row))
                    .expect("rows of one matrix have one dimension");
            }
            let rated: Vec<RatedPaper> = rows.iter().map(|&row| rated[row].clone()).collect();
            (rated, matrix)
        };
        let (likes, like_vectors) = kept(&self.likes, &self.like_vectors);
        let (dislikes, dislike_vectors) = kept(&self.dislikes, &self.dislike_vectors);
        let rated = self.rated.as_slice().iter().copied();
        Self {
            rated: rated.filter(|key| !keys.contains(*key)).collect(),
            likes,
            dislikes,
            like_vectors,
            dislike_vectors,
        }
    }

    /// Returns the keys of liked and disliked papers that have a vector.
    pub(super) fn keys(&self) -> impl Iterator<Item = PaperKey> + '_ {
        self.likes
            .iter()
            .chain(&self.dislikes)
            .map(|rated| rated.key)
    }
}

impl Library {
    /// Reads a set that can be ranked with.
    pub(super) fn seeds(&self, set: &SetName) -> Result<Seeds, EngineError> {
        let seeds = self.any_seeds(set)?;
        if seeds.likes.is_empty() {
            let has_likes = (self.store.ratings(set)?.iter())
                .any(|rated| rated.rating == Rating::Like);
            let name = set.to_string();
            return Err(if has_likes {
                EngineError::LikesNotEmbedded { name }
            } else {
                EngineError::NothingLiked { name }
            });
        }
        Ok(seeds)
    }

    /// Reads a set, which may have no liked paper yet.
    pub(super) fn any_seeds(&self, set: &SetName) -> Result<Seeds, EngineError> {
        let ratings = self.ratings_of(set)?;
        let rated = ratings.iter().map(|rated| rated.key).collect();
        let (likes, dislikes): (Vec<_>, Vec<_>) = ratings
            .into_iter()
            .partition(|rated| rated.rating == Rating::Like);
        let (likes, like_vectors) = self.with_vectors(likes)?;
        let (dislikes, dislike_vectors) = self.with_vectors(dislikes)?;
        Ok(Seeds {
            rated,
            likes,
            dislikes,
            like_vectors,
            dislike_vectors,
        })
    }

    /// A set without any rating.
    pub(super) fn no_seeds(&self) -> Result<Seeds, EngineError> {
        let (likes, like_vectors) = self.with_vectors(Vec::new())?;
        let (dislikes, dislike_vectors) = self.with_vectors(Vec::new())?;
        Ok(Seeds {
            rated: KeySet::default(),
            likes,
            dislikes,
            like_vectors,
            dislike_vectors,
        })
    }

    /// Keeps the rated papers that have a vector, in their order.
    fn with_vectors(
        &self,
        rated: Vec<RatedPaper>,
    ) -> Result<(Vec<RatedPaper>, Embeddings), EngineError> {
        let keys: Vec<PaperKey> = rated.iter().map(|rated| rated.key).collect();
        let (found, vectors) = self.index()?.embeddings_for(&keys);
        let found: KeySet = found.into_iter().collect();
        let kept = rated
            .into_iter()
            .filter(|rated| found.contains(rated.key))
            .collect();
        Ok((kept, vectors))
    }

    /// Returns the titles of the rated papers.
    pub(super) fn titles(&self, seeds: &Seeds) -> Result<BTreeMap<PaperKey, String>, EngineError> {
        let keys: Vec<PaperKey> = seeds.keys().collect();
        let papers = self.store.papers(&keys)?.into_iter();
        Ok(papers
            .map(|stored| (stored.key, stored.paper.title))
            .collect())
    }

    /// Returns the keys of papers that a set must have rated.
    pub(super) fn rated_keys(
        &self,
        set: &SetName,
        seeds: &Seeds,
        ids: &[PaperId],
    ) -> Result<KeySet, EngineError> {
        let mut keys = Vec::with_capacity(ids.len());
        for id in ids {
            let key = self.key(id)?;
            if !seeds.rated.contains(key) {
                return Err(EngineError::NotRated {
                    id: id.to_string(),
                    name: set.to_string(),
                });
            }
            keys.push(key);
        }
        Ok(keys.into_iter().collect())
    }
}
