//! What is known about a paper, and since when.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;

use super::TruePaper;
use super::schedule::utc_day;
use super::text::collapsed;
use crate::taxonomy;

/// One version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct VersionFacts {
    pub(crate) number: u16,
    pub(crate) submitted: Timestamp,
    pub(crate) size_kilobytes: u32,
    /// Flags of `arXivRaw`; `I` is a withdrawal.
    pub(crate) source_type: Option<&'static str>,
}

/// All that is known about a paper from an event on, in the words of `arXivRaw`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Facts {
    pub(crate) versions: Vec<VersionFacts>,
    pub(crate) submitter: Option<String>,
    pub(crate) title: String,
    pub(crate) abstract_text: String,
    pub(crate) authors: Vec<String>,
    /// The one string of `arXivRaw`; empty if there are no authors.
    pub(crate) author_line: String,
    /// As papers name them, primary one first, aliases included.
    pub(crate) categories: Vec<String>,
    pub(crate) comments: Option<String>,
    pub(crate) report_number: Option<String>,
    pub(crate) msc_class: Option<String>,
    pub(crate) acm_class: Option<String>,
    pub(crate) journal_ref: Option<String>,
    pub(crate) doi: Option<String>,
    pub(crate) license: Option<String>,
}

impl Facts {
    /// The current version.
    pub(crate) fn current(&self) -> &VersionFacts {
        self.versions.last().expect("every paper has a version")
    }

    /// Whether the current version is a withdrawal.
    pub(crate) fn is_withdrawn(&self) -> bool {
        self.current()
            .source_type
            .is_some_and(|flags| flags.contains('I'))
    }

    /// Canonical names of the categories, each once.
    pub(crate) fn canonical_categories(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for category in &self.categories {
            let name = taxonomy::canonical(category);
            if !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
        }
        names
    }

    /// The sets that OAI-PMH lists the paper in, each once.
    pub(crate) fn sets(&self) -> Vec<String> {
        let mut sets: Vec<String> = Vec::new();
        for set in self
            .categories
            .iter()
            .flat_map(|name| taxonomy::sets_of(name))
        {
            if !sets.contains(&set) {
                sets.push(set);
            }
        }
        sets
    }
}

/// How something is announced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Announced {
    New,
    /// With the categories that were added.
    Cross(Vec<String>),
    Replacement,
}

/// A moment from which something else is known.
#[derive(Debug, Clone)]
pub(super) struct Event {
    pub(super) at: Timestamp,
    pub(super) announced: Option<(Date, Announced)>,
    pub(super) facts: Arc<Facts>,
}

/// A paper with all of its events, oldest first; the first one announces it as new.
#[derive(Debug)]
pub(super) struct Paper {
    pub(super) id: String,
    pub(super) events: Vec<Event>,
}

impl Paper {
    /// The paper as it is at `now`, if it is announced by then.
    pub(super) fn at(&self, now: Timestamp) -> Option<Record> {
        let place = self
            .events
            .partition_point(|event| event.at <= now)
            .checked_sub(1)?;
        Some(self.record(&self.events[place]))
    }

    /// Its version `number` as it was last known before the next one, by `now`.
    pub(super) fn version(&self, number: u16, now: Timestamp) -> Option<Record> {
        self.events
            .iter()
            .rev()
            .find(|event| event.at <= now && event.facts.current().number == number)
            .map(|event| self.record(event))
    }

    /// What is known after its last event.
    pub(super) fn newest(&self) -> &Facts {
        &self.events.last().expect("every paper has an event").facts
    }

    fn record(&self, event: &Event) -> Record {
        let first = self
            .events
            .first()
            .and_then(|first| first.announced.as_ref());
        Record {
            id: self.id.clone(),
            modified: event.at,
            announced: first.map_or_else(|| utc_day(event.at), |(day, _)| *day),
            facts: Arc::clone(&event.facts),
        }
    }
}

/// A paper at some moment.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    pub(crate) id: String,
    pub(crate) modified: Timestamp,
    /// Day of the announcement of the first version.
    pub(crate) announced: Date,
    pub(crate) facts: Arc<Facts>,
}

impl Record {
    /// Day of the last modification, in UTC.
    pub(crate) fn datestamp(&self) -> Date {
        utc_day(self.modified)
    }

    /// The paper as its reader is to know it.
    pub(crate) fn to_true(&self) -> TruePaper {
        let facts = &self.facts;
        TruePaper {
            id: self.id.clone(),
            versions: facts
                .versions
                .iter()
                .map(|version| (version.number, version.submitted))
                .collect(),
            title: collapsed(&facts.title),
            abstract_text: collapsed(&facts.abstract_text),
            authors: facts.authors.clone(),
            categories: facts.canonical_categories(),
            comments: facts.comments.clone(),
            journal_ref: facts.journal_ref.clone(),
            doi: facts.doi.clone(),
            license: facts.license.clone(),
            withdrawn: facts.is_withdrawn(),
            datestamp: self.datestamp(),
            announced: self.announced,
        }
    }
}
