//! Reviews of bibliographies, from their reading until something of them is written.
//!
//! They are kept in memory alone: what was read of a file is gone with the server, or half an hour
//! after it was last looked at.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use kindred_engine::{PaperId, ReferenceReview, WrittenReferences};
use rand::TryRngCore as _;
use rand::rngs::OsRng;

use crate::error::Failure;

/// Reviews that are kept.
pub(crate) const MOST_REVIEWS: usize = 8;
/// References of one review.
pub(crate) const MOST_REFERENCES: usize = 5_000;
/// Minutes for which a review is kept after it was last looked at.
pub(crate) const MINUTES: i64 = 30;

/// A review that is kept.
#[derive(Debug)]
pub(crate) struct Kept {
    /// Its name in addresses; it cannot be guessed.
    pub(crate) id: String,
    /// What was read, for people.
    pub(crate) name: String,
    /// What was found.
    pub(crate) review: ReferenceReview,
    seen: Mutex<Timestamp>,
    written: Mutex<Option<Arc<Written>>>,
}

/// What was last written of a review.
#[derive(Debug)]
pub(crate) struct Written {
    /// The review as it was for the set at that moment.
    pub(crate) review: ReferenceReview,
    /// Positions of the references that were chosen.
    pub(crate) chosen: BTreeSet<usize>,
    pub(crate) counts: WrittenReferences,
    /// Papers that were added and cannot be embedded, with the reason.
    pub(crate) failures: BTreeMap<PaperId, String>,
    /// Why embedding did not come to its end.
    pub(crate) interrupted: Option<String>,
}

impl Kept {
    /// What was last written of it.
    pub(crate) fn written(&self) -> Option<Arc<Written>> {
        held(&self.written).clone()
    }

    /// Remembers what was written of it.
    pub(crate) fn write(&self, written: Written) {
        *held(&self.written) = Some(Arc::new(written));
    }
}

/// The reviews of a server, the one that was looked at last at the end.
#[derive(Debug, Default)]
pub(crate) struct Reviews(Mutex<Vec<Arc<Kept>>>);

impl Reviews {
    /// Keeps a review; of too many the one goes that was not looked at for longest.
    ///
    /// # Errors
    /// [`Failure::Bad`] if it has too many references, [`Failure::Panic`] if the system has no
    /// randomness for its id.
    pub(crate) fn keep(
        &self,
        name: String,
        review: ReferenceReview,
        now: Timestamp,
    ) -> Result<Arc<Kept>, Failure> {
        let found = review.references.len();
        if found > MOST_REFERENCES {
            return Err(Failure::Bad {
                message: format!(
                    "{name} has {found} references, expected at most {MOST_REFERENCES} in a browser"
                ),
                hint: Some(
                    "split it, or use `kindred set import NAME FILE`, which takes any number"
                        .to_owned(),
                ),
            });
        }
        let mut bytes = [0_u8; 16];
        // Without an id that cannot be guessed nothing is kept.
        if OsRng.try_fill_bytes(&mut bytes).is_err() {
            return Err(Failure::Panic);
        }
        let kept = Arc::new(Kept {
            id: crate::token::hexadecimal(&bytes),
            name,
            review,
            seen: Mutex::new(now),
            written: Mutex::default(),
        });
        let mut all = held(&self.0);
        forget_old(&mut all, now);
        let surplus = (all.len() + 1).saturating_sub(MOST_REVIEWS);
        all.drain(..surplus);
        all.push(Arc::clone(&kept));
        Ok(kept)
    }

    /// Finds a review and remembers that it was looked at; `None` if it is no longer kept.
    pub(crate) fn get(&self, id: &str, now: Timestamp) -> Option<Arc<Kept>> {
        let mut all = held(&self.0);
        forget_old(&mut all, now);
        let place = all.iter().position(|kept| kept.id == id)?;
        let kept = all.remove(place);
        *held(&kept.seen) = now;
        all.push(Arc::clone(&kept));
        Some(kept)
    }
}

fn forget_old(all: &mut Vec<Arc<Kept>>, now: Timestamp) {
    let age = SignedDuration::from_mins(MINUTES);
    all.retain(|kept| now.duration_since(*held(&kept.seen)) < age);
}

/// What these locks hold is replaced whole, so a panic leaves nothing half done.
fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use kindred_engine::ReferenceCounts;

    use super::*;

    fn review() -> ReferenceReview {
        ReferenceReview {
            set: "reading".to_owned(),
            rating: "like",
            inputs: Vec::new(),
            counts: ReferenceCounts::default(),
            references: Vec::new(),
        }
    }

    fn at(minutes: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minutes)
    }

    #[test]
    fn reviews_go_half_an_hour_after_they_were_looked_at() {
        let reviews = Reviews::default();
        let kept = reviews.keep("a.bib".to_owned(), review(), at(0)).unwrap();
        assert_eq!(kept.id.len(), 32);
        assert!(reviews.get(&kept.id, at(20)).is_some());
        assert!(reviews.get(&kept.id, at(49)).is_some());
        assert!(reviews.get(&kept.id, at(79)).is_none());
    }

    #[test]
    fn the_one_not_looked_at_for_longest_makes_room() {
        let reviews = Reviews::default();
        let keep = |minute| reviews.keep("a".to_owned(), review(), at(minute)).unwrap();
        let all: Vec<Arc<Kept>> = (0..8).map(keep).collect();
        reviews.get(&all[0].id, at(9)).unwrap();
        keep(10);
        assert!(reviews.get(&all[0].id, at(11)).is_some());
        assert!(reviews.get(&all[1].id, at(11)).is_none());
        assert!(reviews.get(&all[2].id, at(11)).is_some());
    }
}
