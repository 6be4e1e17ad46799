//! What lists have shown.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::civil::Date;
use kindred_engine::answer::FeedAnswer;
use kindred_engine::{PaperId, SetName};

/// Lists that are remembered; of more the oldest days are forgotten.
const MOST: usize = 64;

/// Papers on lists that readers have seen, by set and announcement day, for as long as the server
/// runs.
///
/// A later ranking of the day leaves out what was rated meanwhile. It was shown all the same, and
/// what is kept of what was shown is what chances are learnt from.
#[derive(Debug, Default)]
pub(super) struct Listed(Mutex<BTreeMap<(Date, SetName), BTreeSet<PaperId>>>);

impl Listed {
    pub(super) fn add(&self, set: &SetName, day: Date, answer: &FeedAnswer) {
        let mut all = self.held();
        let papers = all.entry((day, set.clone())).or_default();
        for hit in &answer.results {
            if !papers.contains(&hit.paper.id) {
                papers.insert(hit.paper.id.clone());
            }
        }
        while all.len() > MOST {
            all.pop_first();
        }
    }

    pub(super) fn of(&self, set: &SetName, day: Date) -> BTreeSet<PaperId> {
        let found = self.held().get(&(day, set.clone())).cloned();
        found.unwrap_or_default()
    }

    pub(super) fn forget(&self, set: &SetName) {
        self.held().retain(|(_, other), _| other != set);
    }

    /// Sets of papers only grow, so a panic leaves nothing half done.
    fn held(&self) -> MutexGuard<'_, BTreeMap<(Date, SetName), BTreeSet<PaperId>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
