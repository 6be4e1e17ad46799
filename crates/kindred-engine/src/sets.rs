//! Seed sets: named lists of liked and disliked papers.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use kindred_core::{PaperId, PaperKey};
use kindred_store::{RateCounts, RatedPaper, Rating, SetName, SetSummary};
use schemars::JsonSchema;
use serde::Serialize;

use crate::answer::PaperView;
use crate::references::word_of;
use crate::{EngineError, Library};

/// A rated paper as answers show it.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct RatedView {
    /// `like` or `dislike`.
    pub rating: &'static str,
    /// When it was rated.
    pub at: Timestamp,
    /// The paper.
    pub paper: PaperView,
}

impl Library {
    /// Returns the seed sets, by name.
    ///
    /// # Errors
    /// As the store reports.
    pub fn sets(&self) -> Result<Vec<SetSummary>, EngineError> {
        Ok(self.store.sets()?)
    }

    /// Returns the rated papers of a set, in paper-id order.
    ///
    /// # Errors
    /// [`EngineError::UnknownSet`] if there is no such set.
    pub fn rated(&self, set: &SetName) -> Result<Vec<RatedView>, EngineError> {
        let ratings = self.ratings_of(set)?;
        let keys: Vec<PaperKey> = ratings.iter().map(|rated| rated.key).collect();
        let papers = self.store.papers(&keys)?;
        Ok(ratings
            .iter()
            .zip(&papers)
            .map(|(rated, paper)| RatedView {
                rating: word_of(rated.rating),
                at: rated.at,
                paper: PaperView::from(paper),
            })
            .collect())
    }

    /// Returns what a set rates each of its papers as, by id; nothing if there is no such set.
    ///
    /// # Errors
    /// As the store reports.
    pub fn ratings(&self, set: &SetName) -> Result<BTreeMap<PaperId, Rating>, EngineError> {
        if !self.has_set(set)? {
            return Ok(BTreeMap::new());
        }
        let ratings = self.store.ratings(set)?.into_iter();
        Ok(ratings.map(|rated| (rated.id, rated.rating)).collect())
    }

    /// Returns what a set rates a paper as, and since when; `None` if it does not, or if there is
    /// no such set.
    ///
    /// # Errors
    /// [`EngineError::UnknownPaper`] if the paper is not in the library.
    pub fn rating(
        &self,
        set: &SetName,
        id: &PaperId,
    ) -> Result<Option<(Rating, Timestamp)>, EngineError> {
        let key = self.key(id)?;
        if !self.has_set(set)? {
            return Ok(None);
        }
        let ratings = self.store.ratings(set)?.into_iter();
        let mut found = ratings.filter(|rated| rated.key == key);
        Ok(found.next().map(|rated| (rated.rating, rated.at)))
    }

    /// Makes a set without a paper.
    ///
    /// # Errors
    /// [`EngineError::SetTaken`] if there is a set of that name.
    pub fn create_set(&mut self, set: &SetName, now: Timestamp) -> Result<(), EngineError> {
        if self.has_set(set)? {
            return Err(EngineError::SetTaken {
                name: set.to_string(),
            });
        }
        Ok(self.store.create_set(set, now)?)
    }

    /// Returns when a set was given its newest rating; `None` if it has none.
    ///
    /// # Errors
    /// [`EngineError::UnknownSet`] if there is no such set.
    pub fn last_rating(&self, set: &SetName) -> Result<Option<Timestamp>, EngineError> {
        let ratings = self.ratings_of(set)?.into_iter();
        Ok(ratings.map(|rated| rated.at).max())
    }

    /// Returns on which days feeds of a set were marked as shown, with the number of papers that
    /// were shown for the first time.
    ///
    /// # Errors
    /// [`EngineError::UnknownSet`] if there is no such set.
    pub fn days_shown(&self, set: &SetName) -> Result<BTreeMap<Date, u64>, EngineError> {
        self.require_set(set)?;
        let mut days = BTreeMap::new();
        for (_, day) in self.store.shown(set)? {
            *days.entry(day).or_insert(0) += 1;
        }
        Ok(days)
    }

    /// Rates papers in a set, making the set if there is none. All ids are looked up before
    /// anything is written.
    ///
    /// # Errors
    /// [`EngineError::UnknownPaper`] for the first id that is not in the library.
    pub fn rate(
        &mut self,
        set: &SetName,
        ids: &[PaperId],
        rating: Rating,
        now: Timestamp,
    ) -> Result<RateCounts, EngineError> {
        let ratings: Vec<(PaperKey, Rating)> = ids
            .iter()
            .map(|id| self.key(id).map(|key| (key, rating)))
            .collect::<Result<_, _>>()?;
        if !self.has_set(set)? {
            match self.store.create_set(set, now) {
                Err(error) if !crate::error::is_name_taken(&error) => return Err(error.into()),
                // Two first ratings at once both find no set.
                Err(_) | Ok(()) => {}
            }
        }
        Ok(self.store.rate(set, &ratings, now)?)
    }

    /// Takes papers out of a set; returns how many were in it.
    ///
    /// # Errors
    /// [`EngineError::UnknownSet`] or [`EngineError::UnknownPaper`].
    pub fn unrate(&mut self, set: &SetName, ids: &[PaperId]) -> Result<u64, EngineError> {
        self.require_set(set)?;
        let keys: Vec<PaperKey> = ids
            .iter()
            .map(|id| self.key(id))
            .collect::<Result<_, _>>()?;
        Ok(self.store.unrate(set, &keys)?)
    }

    /// Deletes a set with its ratings, its rules and what it has shown.
    ///
    /// # Errors
    /// [`EngineError::UnknownSet`] if there is no such set.
    pub fn delete_set(&mut self, set: &SetName) -> Result<(), EngineError> {
        self.require_set(set)?;
        Ok(self.store.delete_set(set)?)
    }

    /// Gives a set another name.
    ///
    /// # Errors
    /// [`EngineError::UnknownSet`] if there is no such set; as the store reports if the new name
    /// is taken.
    pub fn rename_set(&mut self, set: &SetName, new_name: &SetName) -> Result<(), EngineError> {
        self.require_set(set)?;
        Ok(self.store.rename_set(set, new_name)?)
    }

    pub(crate) fn ratings_of(&self, set: &SetName) -> Result<Vec<RatedPaper>, EngineError> {
        self.require_set(set)?;
        Ok(self.store.ratings(set)?)
    }

    pub(crate) fn has_set(&self, set: &SetName) -> Result<bool, EngineError> {
        Ok(self
            .store
            .sets()?
            .iter()
            .any(|summary| summary.name == *set))
    }

    pub(crate) fn require_set(&self, set: &SetName) -> Result<(), EngineError> {
        if self.has_set(set)? {
            return Ok(());
        }
        let known = self
            .store
            .sets()?
            .iter()
            .map(|summary| summary.name.to_string())
            .collect();
        Err(EngineError::UnknownSet {
            name: set.to_string(),
            known,
        })
    }
}
