//! Pages of records, the same for all services, and what faults do to them.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use crate::clock::next_utc_midnight;
use crate::fault::{Active, Fault};
use crate::world::{Record, World};

/// Everything an answer depends on besides the request.
#[derive(Debug)]
pub(crate) struct Context<'a> {
    pub(crate) world: &'a World,
    /// Virtual time of the answer.
    pub(crate) now: Timestamp,
    pub(crate) faults: &'a Active,
    pub(crate) sizes: Sizes,
    /// Scheme, host and port.
    pub(crate) base: &'a str,
}

impl Context<'_> {
    /// The time that the answer tells.
    pub(crate) fn shown_now(&self) -> Timestamp {
        self.now
            .checked_add(SignedDuration::from_secs(self.faults.skew()))
            .expect("virtual time stays within jiff's range")
    }
}

/// Most records, headers and feed items of a page.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sizes {
    pub(crate) records: usize,
    pub(crate) headers: usize,
    pub(crate) feed_items: usize,
}

/// A record as a page shows it.
#[derive(Debug, Clone)]
pub(crate) struct Shown {
    pub(crate) record: Record,
    pub(crate) state: State,
    /// How a feed announces it.
    pub(crate) kind: &'static str,
}

/// What is wrong with a shown record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Whole,
    Deleted,
    Untitled,
}

impl Shown {
    pub(crate) fn whole(record: Record) -> Self {
        Self {
            record,
            state: State::Whole,
            kind: "",
        }
    }
}

/// Applies the faults that concern single records.
pub(crate) fn spoil(context: &Context<'_>, shown: &mut Vec<Shown>) {
    let faults = context.faults;
    let middle = shown.len() / 2;
    if faults.has(Fault::LowerVersion) {
        let revised = |place: &usize| shown[*place].record.facts.versions.len() > 1;
        let nearest = (0..shown.len())
            .filter(revised)
            .min_by_key(|place| place.abs_diff(middle));
        if let Some(place) = nearest {
            let record = &mut shown[place].record;
            if let Some(first) = context.world.version(&record.id, 1, context.now) {
                record.facts = first.facts;
            }
        }
    }
    if let Some(record) = shown.get_mut(middle) {
        if faults.has(Fault::OneBadRecord) {
            record.state = State::Untitled;
        }
        if faults.has(Fault::DeletedHeader) {
            record.state = State::Deleted;
        }
    }
    if faults.has(Fault::HiddenRecords) {
        if shown.len() < 10 {
            shown.pop();
        } else {
            let mut place = 0;
            shown.retain(|_| {
                place += 1;
                place % 10 != 0
            });
        }
    }
}

/// How many of `count` records a page holds.
pub(crate) fn served(faults: &Active, count: usize) -> usize {
    if faults.has(Fault::EmptyPage) {
        0
    } else if faults.has(Fault::ShortPage) {
        count.div_ceil(2)
    } else {
        count
    }
}

/// A document in the parts that faults cut it at.
#[derive(Debug, Default)]
pub(crate) struct Document {
    pub(crate) head: String,
    pub(crate) records: Vec<String>,
    pub(crate) end: String,
}

impl Document {
    /// The text, cut if a fault says so.
    pub(crate) fn into_text(self, faults: &Active) -> String {
        let middle = self.records.len() / 2;
        let before: String = self
            .records
            .iter()
            .take(middle)
            .map(String::as_str)
            .collect();
        if faults.has(Fault::CutMidRecord) {
            return match self.records.get(middle) {
                Some(record) => self.head + &before + half(record),
                None => half(&(self.head + &self.end)).to_owned(),
            };
        }
        if faults.has(Fault::CutBetweenRecords) {
            let record = self.records.get(middle).map_or("", String::as_str);
            return self.head + &before + record;
        }
        let all: String = self.records.concat();
        if faults.has(Fault::CutBeforeToken) {
            return self.head + &all;
        }
        self.head + &all + &self.end
    }
}

/// The first half of a text.
fn half(text: &str) -> &str {
    let mut end = text.len() / 2;
    while !text.is_char_boundary(end) {
        end += 1;
    }
    &text[..end]
}

/// What the service remembers between requests.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    /// Errors that a cache in front of the service holds, by target, and until when.
    frozen: BTreeMap<String, (Timestamp, String)>,
    /// The last answer of each list.
    last: BTreeMap<String, String>,
}

impl Memory {
    /// Holds an answer until the next midnight in UTC.
    pub(crate) fn freeze(&mut self, target: &str, now: Timestamp, answer: &str) {
        self.frozen.insert(
            target.to_owned(),
            (next_utc_midnight(now), answer.to_owned()),
        );
    }

    /// The answer that is held for `target`.
    pub(crate) fn frozen(&self, target: &str, now: Timestamp) -> Option<String> {
        self.frozen
            .get(target)
            .filter(|(end, _)| now < *end)
            .map(|(_, answer)| answer.clone())
    }

    /// Remembers `answer` as the last one of `list`, and returns what to send: for a later page
    /// that is to be a duplicate, the answer before.
    pub(crate) fn or_last(
        &mut self,
        faults: &Active,
        list: &str,
        is_later: bool,
        answer: String,
    ) -> String {
        if faults.has(Fault::DuplicatePage)
            && is_later
            && let Some(last) = self.last.get(list)
        {
            return last.clone();
        }
        self.last.insert(list.to_owned(), answer.clone());
        answer
    }
}
