//! The same work under two ids.

use kindred_core::{KeySet, PaperKey, is_same_first_author};

use crate::{EngineError, Library};

/// Finds papers of works that were met before.
///
/// Two papers are one work if they have the same DOI, or the same title once it is folded and
/// first authors who can be the same person. A paper without authors is told apart by its DOI
/// alone: titles such as `Introduction` are shared by many.
#[derive(Debug)]
pub(super) struct Duplicates<'a> {
    library: &'a Library,
    known: &'a KeySet,
    /// Papers that were no duplicates, sorted.
    met: Vec<PaperKey>,
}

impl<'a> Duplicates<'a> {
    /// Starts with the papers that the reader knows.
    pub(super) fn new(library: &'a Library, known: &'a KeySet) -> Self {
        Self {
            library,
            known,
            met: Vec::new(),
        }
    }

    /// Whether a paper is the same work as one that the reader knows, unless `may_be_known`, or as
    /// one that this was asked of before and that was none.
    pub(super) fn is_one(
        &mut self,
        key: PaperKey,
        may_be_known: bool,
    ) -> Result<bool, EngineError> {
        let doubles = self.library.store.doubles(key)?;
        let counts = |other: &PaperKey| {
            self.met.binary_search(other).is_ok() || (!may_be_known && self.known.contains(*other))
        };
        if doubles.by_doi.iter().any(counts) {
            return Ok(true);
        }
        for other in doubles.by_title.iter().copied().filter(counts) {
            if self.has_first_author_of(key, other)? {
                return Ok(true);
            }
        }
        if let Err(place) = self.met.binary_search(&key) {
            self.met.insert(place, key);
        }
        Ok(false)
    }

    fn has_first_author_of(&self, key: PaperKey, other: PaperKey) -> Result<bool, EngineError> {
        let papers = self.library.store.papers(&[key, other])?;
        Ok(matches!(
            papers.as_slice(),
            [left, right] if is_same_first_author(&left.paper.authors, &right.paper.authors)
        ))
    }
}
