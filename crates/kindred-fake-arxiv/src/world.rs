//! The world of papers: what arXiv holds at each moment, decided by a seed.
//!
//! A paper is a list of events in time; each holds all that is known from then on. The events of
//! a world are written when it is made, and [`World::edit`] adds one while a test runs.

mod facts;
mod history;
pub(crate) mod schedule;
mod script;
mod text;
mod words;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use jiff::civil::{Date, date};

pub(crate) use facts::{Announced, Facts, Record};
use facts::{Event, Paper};

/// What a world is made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorldOptions {
    /// Decides every text, time and event.
    pub seed: u64,
    /// First day that may have an announcement, as feeds print it.
    pub start: Date,
    /// Calendar days with announcements and edits, from `start` on.
    pub days: u32,
    /// Categories of the papers, such as `cs.DC`; must not be empty.
    pub categories: Vec<String>,
    /// Mean number of new papers per announcement, over all categories.
    pub new_per_day: u32,
    /// Number of papers whose datestamps all lie before `start`, unless they are changed later.
    pub history: u32,
}

impl Default for WorldOptions {
    /// Two weeks from 2026-11-02, four categories, 30 papers per announcement, 200 older ones.
    fn default() -> Self {
        Self {
            seed: 1,
            start: date(2026, 11, 2),
            days: 14,
            categories: ["cs.DC", "stat.ML", "math.NA", "hep-th"]
                .map(str::to_owned)
                .to_vec(),
            new_per_day: 30,
            history: 200,
        }
    }
}

/// A paper as a reader of OAI-PMH is to know it at some moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TruePaper {
    /// arXiv's id, without version.
    pub id: String,
    /// Versions and when they were submitted, oldest first, without gaps.
    pub versions: Vec<(u16, Timestamp)>,
    /// Title with TeX as `arXivRaw` has it, white space collapsed to single spaces.
    pub title: String,
    /// Abstract with TeX as `arXivRaw` has it, white space collapsed to single spaces.
    pub abstract_text: String,
    /// Names with TeX as `arXivRaw` has them, without affiliations.
    pub authors: Vec<String>,
    /// Canonical names, primary one first, each once.
    pub categories: Vec<String>,
    /// Comments of the authors.
    pub comments: Option<String>,
    /// Reference to a journal.
    pub journal_ref: Option<String>,
    /// Digital object identifier of the article in a journal.
    pub doi: Option<String>,
    /// URL of the licence.
    pub license: Option<String>,
    /// Whether the current version is a withdrawal.
    pub withdrawn: bool,
    /// Day of the last modification, in UTC.
    pub datestamp: Date,
    /// Day of the announcement of the first version, as feeds print it.
    pub announced: Date,
}

/// All papers there ever will be.
#[derive(Debug)]
pub struct World {
    papers: Mutex<Vec<Paper>>,
}

impl World {
    /// Makes the world that `options` describe.
    ///
    /// # Determinism
    /// Equal options give equal worlds on every machine.
    ///
    /// # Panics
    /// If there is no category.
    pub fn new(options: &WorldOptions) -> Self {
        assert!(!options.categories.is_empty(), "a world needs a category");
        let mut papers = script::write(options);
        papers.sort_by(|a, b| a.id.cmp(&b.id));
        Self {
            papers: Mutex::new(papers),
        }
    }

    /// Every paper as it is to be known at `now`, in the order of the ids' bytes.
    ///
    /// This is what OAI-PMH tells: an announcement counts from 22:30 ET of the evening before.
    pub fn at(&self, now: Timestamp) -> Vec<TruePaper> {
        self.records(now).iter().map(Record::to_true).collect()
    }

    /// Whether feeds that are dated `day` announce anything.
    pub fn is_announcement_day(day: Date) -> bool {
        schedule::is_announcement_day(day)
    }

    /// Every paper as it is at `now`, in the order of the ids' bytes.
    pub(crate) fn records(&self, now: Timestamp) -> Vec<Record> {
        self.papers()
            .iter()
            .filter_map(|paper| paper.at(now))
            .collect()
    }

    /// One paper as it is at `now`.
    pub(crate) fn record(&self, id: &str, now: Timestamp) -> Option<Record> {
        let papers = self.papers();
        let place = papers
            .binary_search_by(|paper| paper.id.as_str().cmp(id))
            .ok()?;
        papers[place].at(now)
    }

    /// One version of a paper as it was last known before the next one, by `now`.
    pub(crate) fn version(&self, id: &str, version: u16, now: Timestamp) -> Option<Record> {
        let papers = self.papers();
        let place = papers
            .binary_search_by(|paper| paper.id.as_str().cmp(id))
            .ok()?;
        papers[place].version(version, now)
    }

    /// What is announced on `day`, in the order of ids, each as it is at the end of the evening
    /// before.
    pub(crate) fn announced(&self, day: Date) -> Vec<(Record, Announced)> {
        let seen = schedule::midnight(day);
        self.papers()
            .iter()
            .flat_map(|paper| {
                let record = paper.at(seen);
                paper
                    .events
                    .iter()
                    .filter_map(move |event| event.announced.clone())
                    .filter(move |(announced, _)| *announced == day)
                    .filter_map(move |(_, kind)| Some((record.clone()?, kind)))
            })
            .collect()
    }

    /// Changes the journal reference of a paper at `now`, for good.
    pub(crate) fn edit(&self, id: &str, now: Timestamp) {
        let mut papers = self.papers();
        let Ok(place) = papers.binary_search_by(|paper| paper.id.as_str().cmp(id)) else {
            return;
        };
        let events = &mut papers[place].events;
        let after = events.partition_point(|event| event.at <= now);
        let Some(last) = after.checked_sub(1) else {
            return;
        };
        let reference = format!("Edited while a list was read, {now}");
        let mut facts = Facts::clone(&events[last].facts);
        facts.journal_ref = Some(reference.clone());
        for event in &mut events[after..] {
            Arc::make_mut(&mut event.facts).journal_ref = Some(reference.clone());
        }
        let event = Event {
            at: now,
            announced: None,
            facts: Arc::new(facts),
        };
        events.insert(after, event);
    }

    fn papers(&self) -> MutexGuard<'_, Vec<Paper>> {
        self.papers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// State at a moment is found by bisection, so events must be in order, whatever the seed.
    #[test]
    fn events_are_in_the_order_of_time() {
        for seed in 0..12 {
            let options = WorldOptions {
                seed,
                start: date(2026, 10, 26),
                days: 45,
                new_per_day: u32::try_from(seed * 5).unwrap(),
                history: u32::try_from(seed * 20).unwrap(),
                ..WorldOptions::default()
            };
            for paper in &*World::new(&options).papers() {
                assert!(
                    paper.events.is_sorted_by_key(|event| event.at),
                    "seed {seed}: {paper:?}"
                );
                let first = &paper.events[0];
                assert!(matches!(first.announced, Some((_, Announced::New))));
                for event in &paper.events {
                    if let Some((day, _)) = event.announced
                        && day >= options.start
                    {
                        assert_eq!(schedule::utc_day(event.at), day, "seed {seed}: {paper:?}");
                    }
                }
            }
        }
    }
}
