//! Which papers of a period are ranked for a feed, and why the others are not.

use std::collections::BTreeMap;

use kindred_core::{KeySet, PaperKey, RuleSubject};
use kindred_store::PaperFilter;
use rayon::prelude::*;

use super::duplicates::Duplicates;
use super::revisions::Revisions;
use super::rules::{RuleSet, Verdict};
use super::seeds::Seeds;
use super::{Arrival, FeedQuery};
use crate::answer::{LeftOut, RevisionView, RuleCount};
use crate::{EngineError, Library};

/// Papers in memory at once while rules are applied.
const AT_ONCE: usize = 512;

/// The papers to rank for a feed.
#[derive(Debug)]
pub(super) struct Candidates {
    /// Their keys, in the order of their ids.
    pub(super) keys: Vec<PaperKey>,
    /// Those of pinned authors, with the rule.
    pub(super) pinned: BTreeMap<PaperKey, String>,
    /// Those that the reader knows in an earlier version, with what changed.
    pub(super) revisions: BTreeMap<PaperKey, RevisionView>,
    /// What each rule removed.
    pub(super) rules: Vec<RuleCount>,
    /// What was left out before ranking.
    pub(super) left_out: LeftOut,
    /// Papers whose first version falls in the period.
    pub(super) arrivals: u64,
    /// Other papers that the reader knows, of which a version falls in the period that was not
    /// seen.
    pub(super) revised: u64,
}

/// What the reader of a set has, and need not be shown.
pub(super) struct Known {
    /// Shown in a feed of the set on an earlier day.
    pub(super) shown: KeySet,
    /// Liked in another set and not rated in this one.
    pub(super) owned: KeySet,
    /// Those and what is rated in the set.
    pub(super) all: KeySet,
}

impl Library {
    /// Chooses the papers to rank and counts what is left out.
    pub(super) fn candidates(
        &self,
        query: &FeedQuery,
        seeds: &Seeds,
        arrival: Arrival,
    ) -> Result<Candidates, EngineError> {
        let filter = PaperFilter {
            categories: query.categories.clone(),
            since: Some(query.since),
            until: Some(query.as_of),
            // A paper of which only the year is known did not arrive on its first of January.
            exact_days: true,
            include_withdrawn: true,
        };
        let mut submitted = self.store.keys_where(&filter)?;
        if arrival == Arrival::Announced {
            let announced = self.store.ever_announced(&submitted)?;
            let keys = submitted.as_slice().iter().copied();
            submitted = keys.filter(|key| !announced.contains(*key)).collect();
        }
        let announced = self
            .store
            .arrived_between(query.since, query.as_of, &query.categories)?;
        let arrivals: KeySet = [&submitted, &announced]
            .iter()
            .flat_map(|keys| keys.as_slice().iter().copied())
            .collect();
        let withdrawn = self.store.withdrawn()?;
        let known = self.known(query, seeds)?;
        let revisions = self.revisions(query, &known)?;
        let mut left_out = LeftOut::default();
        let mut kept = Vec::new();
        for &key in arrivals.as_slice() {
            if revisions.changed.contains_key(&key) {
                kept.push(key);
            } else if revisions.unchanged.contains(key) {
                left_out.unchanged_revisions += 1;
            } else if seeds.rated.contains(key) {
                left_out.in_set += 1;
            } else if withdrawn.contains(key) {
                left_out.withdrawn += 1;
            } else if known.shown.contains(key) {
                left_out.shown_before += 1;
            } else if known.owned.contains(key) {
                left_out.owned += 1;
            } else {
                kept.push(key);
            }
        }
        let revised = revisions.add_older(&arrivals, &mut kept, &mut left_out);
        let kept = self.in_id_order(&kept)?;
        let rules = if self.has_set(&query.set)? {
            self.store.rules(&query.set)?
        } else {
            Vec::new()
        };
        let mut rules = RuleSet::new(rules);
        let mut pinned = BTreeMap::new();
        let kept = self.obeying(kept, &mut rules, &mut pinned)?;
        left_out.by_rule = rules.removed();
        let keys = self.distinct(kept, &known, &revisions, &mut left_out)?;
        pinned.retain(|key, _| keys.contains(key));
        Ok(Candidates {
            keys,
            pinned,
            revisions: revisions.changed,
            rules: rules.counts(),
            left_out,
            arrivals: arrivals.len() as u64,
            revised,
        })
    }

    fn known(&self, query: &FeedQuery, seeds: &Seeds) -> Result<Known, EngineError> {
        let has_set = self.has_set(&query.set)?;
        let shown = if has_set {
            self.store.shown(&query.set)?
        } else {
            Vec::new()
        };
        let shown: KeySet = shown
            .into_iter()
            .filter(|(_, day)| *day < query.as_of)
            .map(|(key, _)| key)
            .collect();
        let liked_elsewhere = if has_set {
            self.store.liked_elsewhere(&query.set)?
        } else {
            KeySet::default()
        };
        let owned: KeySet = liked_elsewhere
            .as_slice()
            .iter()
            .copied()
            .filter(|key| !seeds.rated.contains(*key))
            .collect();
        let all = [&seeds.rated, &shown, &owned]
            .iter()
            .flat_map(|keys| keys.as_slice().iter().copied())
            .collect();
        Ok(Known { shown, owned, all })
    }

    fn in_id_order(&self, keys: &[PaperKey]) -> Result<Vec<PaperKey>, EngineError> {
        let mut ids = self.store.ids(keys)?;
        ids.sort_by(|(_, left), (_, right)| left.cmp(right));
        Ok(ids.into_iter().map(|(key, _)| key).collect())
    }

    /// Keeps the papers that the rules let pass and notes those of pinned authors.
    fn obeying(
        &self,
        keys: Vec<PaperKey>,
        rules: &mut RuleSet,
        pinned: &mut BTreeMap<PaperKey, String>,
    ) -> Result<Vec<PaperKey>, EngineError> {
        if rules.is_empty() {
            return Ok(keys);
        }
        let mut kept = Vec::with_capacity(keys.len());
        for keys in keys.chunks(AT_ONCE) {
            let papers = self.store.papers(keys)?;
            let subjects: Vec<RuleSubject> = papers
                .par_iter()
                .map(|stored| RuleSubject::from(&stored.paper))
                .collect();
            for (stored, subject) in papers.iter().zip(&subjects) {
                match rules.judge(subject) {
                    Verdict::Removed => continue,
                    Verdict::Pinned(rule) => {
                        pinned.insert(stored.key, rule);
                    }
                    Verdict::Passed => {}
                }
                kept.push(stored.key);
            }
        }
        Ok(kept)
    }

    /// Keeps of each work the paper with the first id; none of a work that the reader knows.
    fn distinct(
        &self,
        keys: Vec<PaperKey>,
        known: &Known,
        revisions: &Revisions,
        left_out: &mut LeftOut,
    ) -> Result<Vec<PaperKey>, EngineError> {
        let mut duplicates = Duplicates::new(self, &known.all);
        let mut kept = Vec::with_capacity(keys.len());
        for key in keys {
            // The reader knows the work of a revision, which is why it is here.
            let may_be_known = revisions.changed.contains_key(&key);
            if duplicates.is_one(key, may_be_known)? {
                left_out.duplicates += 1;
            } else {
                kept.push(key);
            }
        }
        Ok(kept)
    }
}

#[cfg(test)]
mod tests;
