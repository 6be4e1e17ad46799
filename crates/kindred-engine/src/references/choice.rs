//! Choosing of a review what is written, and for which set.

use kindred_store::{Rating, SetName};

use super::{
    MatchedBy, MatchedPaper, ReferenceCounts, ReferenceReview, ReferenceStatus, ReviewedReference,
    word_of,
};
use crate::{EngineError, Library};

impl ReferenceReview {
    /// Keeps only the references that are chosen, so that [`Library::write_references`] writes no
    /// others, and counts again. `is_chosen` is asked of each with its position.
    pub fn keep(&mut self, mut is_chosen: impl FnMut(usize, &ReviewedReference) -> bool) {
        let mut position = 0;
        self.references.retain(|reference| {
            let is_kept = is_chosen(position, reference);
            position += 1;
            is_kept
        });
        self.count();
    }

    /// Counts the references of each status.
    pub(super) fn count(&mut self) {
        let mut counts = ReferenceCounts::default();
        for reviewed in &self.references {
            match reviewed.status {
                ReferenceStatus::Matched => counts.matched += 1,
                ReferenceStatus::Likely => counts.likely += 1,
                ReferenceStatus::Rated => {
                    counts.rated += 1;
                    counts.contradicting += u64::from(reviewed.rated != Some(self.rating));
                }
                ReferenceStatus::Duplicate => counts.duplicate += 1,
                ReferenceStatus::Missing => {
                    counts.missing += 1;
                    counts.addable += u64::from(reviewed.addable);
                }
            }
        }
        self.counts = counts;
    }
}

impl Library {
    /// Turns a review to another set or rating, without reading the bibliographies again: what
    /// that set has rated is rated, whatever else was matched is to be written. What was missing
    /// and was put into the library since is matched by its id; titles are not compared again.
    ///
    /// # Errors
    /// Only as the store reports.
    pub fn turn_review(
        &self,
        review: &mut ReferenceReview,
        set: &SetName,
        rating: Rating,
    ) -> Result<(), EngineError> {
        let ratings = self.ratings_by_key(set)?;
        review.set = set.to_string();
        review.rating = word_of(rating);
        for reviewed in &mut review.references {
            if reviewed.status == ReferenceStatus::Duplicate {
                continue;
            }
            if reviewed.paper.is_none() {
                reviewed.paper =
                    self.store
                        .paper(&reviewed.paper_id())?
                        .map(|stored| MatchedPaper {
                            id: stored.paper.id,
                            title: stored.paper.title,
                            by: MatchedBy::Id,
                            key: stored.key,
                        });
            }
            let key = reviewed.paper.as_ref().map(|paper| paper.key);
            let rated = key.and_then(|key| ratings.get(&key));
            reviewed.rated = rated.map(|rating| word_of(*rating));
            reviewed.status = if rated.is_some() {
                ReferenceStatus::Rated
            } else {
                status_of(reviewed.paper.as_ref())
            };
        }
        review.count();
        Ok(())
    }
}

/// What a reference is to a library that knows this paper as it, whatever sets say.
pub(super) fn status_of(paper: Option<&MatchedPaper>) -> ReferenceStatus {
    match paper.map(|paper| paper.by) {
        None => ReferenceStatus::Missing,
        Some(MatchedBy::Id | MatchedBy::Doi | MatchedBy::TitleAndAuthor) => {
            ReferenceStatus::Matched
        }
        Some(MatchedBy::Title | MatchedBy::SimilarTitle | MatchedBy::IdOfOtherTitle) => {
            ReferenceStatus::Likely
        }
    }
}
