//! Announcement days that are not complete: found, told, closed.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};
use kindred_core::{Category, Expectation, announcement_day, available_from, expectation};
use kindred_store::{Attempt, Gap, GapKind, Harvest, MissingPaper};

use super::FollowedList;
use crate::{EngineError, Library};

/// Days that are looked back on; what is open longer stays open in the ledger.
const WINDOW_DAYS: i64 = 45;
/// Days of which the usual number of papers is taken.
const USUAL_DAYS: i64 = 28;
/// Days with announcements that it takes to know what is usual.
const FEWEST_DAYS: usize = 8;
/// Usual number of papers from which on few are remarkable: below half of ten there is chance
/// enough.
const FEWEST_USUAL: u64 = 10;
/// Time after which a second harvest of a day that had few papers counts as a confirmation.
const CONFIRMED_AFTER: SignedDuration = SignedDuration::from_hours(12);

/// Gaps that a sync found and closed.
#[derive(Debug, Default)]
pub(crate) struct GapChanges {
    pub(crate) opened: Vec<Gap>,
    pub(crate) closed: Vec<Gap>,
}

/// How the closing of a gap begins that stays closed, though few papers came.
const CONFIRMED: &str = "confirmed by a second harvest";

/// What is known when gaps are judged.
struct Evidence {
    now: Timestamp,
    missing: Vec<MissingPaper>,
    attempts: Vec<Attempt>,
    known: Vec<Gap>,
    /// New papers of a category and day, counted once.
    fresh: RefCell<BTreeMap<(Option<Category>, Date), u64>>,
}

impl Library {
    /// All gaps of the days that are looked back on, and older ones that are open.
    fn known_gaps(&self, first: Date) -> Result<Vec<Gap>, EngineError> {
        let mut known = self.store.gaps(Date::MIN, false)?;
        known.retain(|gap| gap.day < first);
        known.extend(self.store.gaps(first, true)?);
        Ok(known)
    }

    fn fresh_papers(
        &self,
        category: Option<&Category>,
        day: Date,
        evidence: &Evidence,
    ) -> Result<u64, EngineError> {
        let key = (category.cloned(), day);
        if let Some(count) = evidence.fresh.borrow().get(&key) {
            return Ok(*count);
        }
        let count = self.store.day_counts(category, day, None)?.fresh;
        evidence.fresh.borrow_mut().insert(key, count);
        Ok(count)
    }

    /// Judges every announcement day of every followed list, and stores what changed.
    pub(super) fn judge_gaps(
        &mut self,
        lists: &[FollowedList],
        now: Timestamp,
    ) -> Result<GapChanges, EngineError> {
        let today = announcement_day(now);
        let first = today.saturating_sub(WINDOW_DAYS.days());
        let evidence = Evidence {
            now,
            missing: self.store.missing()?,
            attempts: self.store.attempts(500)?,
            known: self.known_gaps(first)?,
            fresh: RefCell::default(),
        };
        let mut changes = GapChanges::default();
        for list in lists {
            let harvest = self.store.harvest_of(&list.name)?;
            let open = evidence.known.iter().filter(|gap| gap.closed.is_none());
            let mut days: BTreeSet<Date> = open
                .filter(|gap| gap.category == list.category)
                .map(|gap| gap.day)
                .collect();
            let mut day = list.since.max(first);
            while day <= today {
                days.insert(day);
                day = day.saturating_add(1.day());
            }
            for day in days {
                if available_from(day) <= now {
                    let found = self.gaps_of(list, harvest.as_ref(), day, &evidence)?;
                    evidence.compare((list, harvest.as_ref(), day), &found, &mut changes);
                }
            }
        }
        self.store.set_gaps(&changes.opened)?;
        self.store.set_gaps(&changes.closed)?;
        Ok(changes)
    }

    /// Returns what is not complete on a day, with the reason.
    fn gaps_of(
        &self,
        list: &FollowedList,
        harvest: Option<&Harvest>,
        day: Date,
        evidence: &Evidence,
    ) -> Result<Vec<(GapKind, String)>, EngineError> {
        let mut found = Vec::new();
        let is_due = expectation(day) == Expectation::Announcement;
        // On a holiday nothing needs to come, but whether it came has to be asked.
        if expectation(day) != Expectation::Weekend && !covers(harvest, day) {
            found.push((GapKind::NotHarvested, evidence.failure_of(list, day)));
        }
        let missing: Vec<&MissingPaper> = evidence
            .missing
            .iter()
            .filter(|missing| missing.day == day && list.holds(&missing.categories))
            .collect();
        if let Some(one) = missing.first() {
            let others = match missing.len() {
                1 => String::new(),
                count => format!(" and {} more", count - 1),
            };
            found.push((
                GapKind::Missing,
                format!("{}{others}: {}", one.id.short(), one.reason),
            ));
        }
        if is_due
            && found.is_empty()
            && let Some(reason) = self.few_papers(list.category.as_ref(), day, evidence)?
        {
            found.push((GapKind::Few, reason));
        }
        Ok(found)
    }

    /// Says how few papers a day has, if they are far below the median of four weeks.
    fn few_papers(
        &self,
        category: Option<&Category>,
        day: Date,
        evidence: &Evidence,
    ) -> Result<Option<String>, EngineError> {
        let mut usual = Vec::new();
        for back in 1..=USUAL_DAYS {
            let other = day.saturating_sub(back.days());
            if expectation(other) == Expectation::Announcement {
                let count = self.fresh_papers(category, other, evidence)?;
                if count > 0 {
                    usual.push(count);
                }
            }
        }
        if usual.len() < FEWEST_DAYS {
            return Ok(None);
        }
        usual.sort_unstable();
        let median = usual[usual.len() / 2];
        let count = self.fresh_papers(category, day, evidence)?;
        if median < FEWEST_USUAL || count * 2 >= median {
            return Ok(None);
        }
        Ok(Some(format!("{count} new, usual are {median}")))
    }

    /// The first day of a list that has a gap which a harvest may fill.
    pub(super) fn first_gap(&self, list: &FollowedList) -> Result<Option<Date>, EngineError> {
        let open = self.store.gaps(list.since, false)?;
        Ok(open
            .iter()
            .filter(|gap| gap.category == list.category && gap.kind != GapKind::Missing)
            .map(|gap| gap.day)
            .min())
    }
}

impl Evidence {
    /// Opens what is new, closes what is no more.
    fn compare(
        &self,
        (list, harvest, day): (&FollowedList, Option<&Harvest>, Date),
        found: &[(GapKind, String)],
        changes: &mut GapChanges,
    ) {
        let checked = harvest
            .and_then(|harvest| harvest.covered)
            .map(|covered| covered.checked);
        let known = |kind: GapKind| {
            self.known
                .iter()
                .find(|gap| gap.category == list.category && gap.day == day && gap.kind == kind)
        };
        for (kind, reason) in found {
            let known = known(*kind);
            let is_settled = |gap: &Gap| {
                let confirmed = |(_, outcome): &(_, String)| outcome.starts_with(CONFIRMED);
                *kind == GapKind::Few && gap.closed.as_ref().is_some_and(confirmed)
            };
            if known.is_some_and(is_settled) {
                continue;
            }
            let confirmed = known.filter(|gap| {
                *kind == GapKind::Few
                    && gap.closed.is_none()
                    && checked
                        .is_some_and(|checked| checked.duration_since(gap.opened) > CONFIRMED_AFTER)
            });
            if let Some(gap) = confirmed {
                let outcome = format!("{CONFIRMED}: {reason}");
                changes.closed.push(self.closed(gap, outcome));
                continue;
            }
            let is_news = known.is_none_or(|gap| gap.closed.is_some() || gap.reason != *reason);
            if is_news {
                changes.opened.push(Gap {
                    category: list.category.clone(),
                    day,
                    kind: *kind,
                    reason: reason.clone(),
                    opened: self.now,
                    closed: None,
                });
            }
        }
        for kind in [GapKind::NotHarvested, GapKind::Missing, GapKind::Few] {
            let is_found = found.iter().any(|(found, _)| *found == kind);
            // Whether few papers came is not asked where something else is the matter.
            let is_open_question = kind == GapKind::Few && !found.is_empty();
            if let Some(gap) = known(kind)
                && gap.closed.is_none()
                && !is_found
                && !is_open_question
            {
                let outcome = match kind {
                    GapKind::NotHarvested => "harvested",
                    GapKind::Missing => "all its records came, or were given up",
                    GapKind::Few => "the papers came",
                };
                changes.closed.push(self.closed(gap, outcome.to_owned()));
            }
        }
    }

    fn closed(&self, gap: &Gap, outcome: String) -> Gap {
        Gap {
            closed: Some((self.now, outcome)),
            ..gap.clone()
        }
    }

    /// Why a day was not harvested: what the last sync met.
    fn failure_of(&self, list: &FollowedList, day: Date) -> String {
        let last = self
            .attempts
            .iter()
            .find(|attempt| attempt.list == list.name && attempt.at >= available_from(day));
        match last.map(|attempt| attempt.failure.as_deref()) {
            Some(Some(failure)) => failure.to_owned(),
            Some(None) => "the last harvest began before it".to_owned(),
            None => "no sync since".to_owned(),
        }
    }
}

/// Whether all records of a day were here after its announcement was in.
pub(crate) fn covers(harvest: Option<&Harvest>, day: Date) -> bool {
    harvest
        .and_then(|harvest| harvest.covered)
        .is_some_and(|covered| {
            covered.from <= day && day <= covered.until && covered.checked >= available_from(day)
        })
}
