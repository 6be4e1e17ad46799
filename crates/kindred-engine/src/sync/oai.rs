//! Harvesting a list of OAI-PMH, page by page.

use std::collections::BTreeSet;

use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use kindred_core::{PaperId, Record, SourceKind, announcement_day, available_from};
use kindred_ingest::{IngestError, Item, ItemHeader, PapersPage};
use kindred_store::{
    Attempt, Harvest, HarvestBatch, HarvestedRecord, MissingPaper, RunningHarvest,
};

use self::page::{Asked, Page, ids_of, is_frozen, request};
use super::arrival::{Before, announcement_of, overlapped};
use super::run::Run;
use super::{FollowedList, ListReport, categories_of_sets};
use crate::import::chain;
use crate::{EngineError, Library, Progress};

mod lost;
mod page;

/// The first day of change that the service knows.
pub(crate) const EARLIEST: Date = date(2005, 9, 16);
/// Days by which a request is shifted to get past a frozen answer.
const MOST_SHIFTS: i64 = 3;
/// Times that a list is begun anew from the same day because its tokens are not known any more.
const MOST_RESTARTS: u32 = 3;

impl Library {
    /// Brings a list up to date: all pages, then the census that proves them.
    ///
    /// Every page is stored with the place reached in one transaction, so that an interrupted
    /// harvest goes on there; what it covers is only recorded once the census was taken. A harvest
    /// that was begun before the latest announcement, or on later days than those wanted by now, is
    /// brought to its end and followed by another one.
    pub(super) fn harvest_list(
        &mut self,
        run: &Run<'_>,
        list: &FollowedList,
        floor: Option<Date>,
        report: &mut ListReport,
    ) -> Result<(), EngineError> {
        run.point("list: begun");
        let stored = self.store.harvest_of(&list.name)?;
        let mut harvest = stored.unwrap_or_else(|| Harvest::new(&list.name));
        let asked_from = harvest.running.as_ref().map(|running| running.from);
        let mut outcome = self.harvest_once(run, list, floor, (&mut harvest, report));
        if outcome.is_ok() && asked_from.is_some() && is_behind(run, list, floor, &harvest) {
            outcome = self.harvest_once(run, list, floor, (&mut harvest, report));
        }
        let attempt = Attempt {
            at: run.now(),
            list: list.name.clone(),
            days: (report.from.or(asked_from), None),
            records: report.records,
            failure: outcome.as_ref().err().map(|error| chain(error)),
        };
        self.store.add_attempt(&attempt)?;
        run.point("list: attempt stored");
        outcome
    }

    fn harvest_once(
        &mut self,
        run: &Run<'_>,
        list: &FollowedList,
        floor: Option<Date>,
        (harvest, report): (&mut Harvest, &mut ListReport),
    ) -> Result<(), EngineError> {
        self.harvest_pages(run, list, floor, (harvest, report))?;
        self.prove(run, list, harvest, report)
    }

    fn harvest_pages(
        &mut self,
        run: &Run<'_>,
        list: &FollowedList,
        floor: Option<Date>,
        (harvest, report): (&mut Harvest, &mut ListReport),
    ) -> Result<(), EngineError> {
        let mut previous: BTreeSet<PaperId> = BTreeSet::new();
        let mut shift = 0;
        let mut restarts = Restarts::default();
        let first = first_day(run, list, harvest, floor);
        report.from = Some(first);
        while !(harvest.running.as_ref()).is_some_and(|running| running.is_listed) {
            let running = harvest.running.as_ref();
            let token = running.and_then(|running| running.token.clone());
            let asked = if let Some((token, _)) = &token {
                Asked::Token(token)
            } else {
                // Records come in the order of their days, so those before the last are here.
                let day = running
                    .and_then(|running| running.last_day)
                    .unwrap_or(first);
                Asked::From(day.saturating_sub(shift.days()).max(EARLIEST))
            };
            run.point("page: before the request");
            let page = request(run, list, asked, &previous)?;
            run.point("page: answered");
            match page {
                Page::Papers(page, answered) => {
                    previous = ids_of(&page.items);
                    begin(harvest, first, answered);
                    self.store_page(run, list, (*page, answered), (harvest, report))?;
                    check_progress(harvest, token.as_ref().map(|(token, _)| token.as_str()))?;
                }
                Page::BadToken => {
                    previous.clear();
                    self.give_up_token(run, list, harvest)?;
                    restarts.count(harvest)?;
                }
                Page::Nothing(answered) if is_frozen(run, answered) && shift < MOST_SHIFTS => {
                    shift += 1;
                }
                Page::Nothing(answered) => {
                    begin(harvest, first, answered).is_listed = true;
                    self.store.set_harvest(harvest)?;
                    run.point("page: nothing stored");
                }
                Page::Refused(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    fn give_up_token(
        &mut self,
        run: &Run<'_>,
        list: &FollowedList,
        harvest: &mut Harvest,
    ) -> Result<(), EngineError> {
        run.control().report(Progress::Note(format!(
            "{}: arXiv does not know the place in the list any more (tokens expire at midnight), \
             going on from its last day",
            list.title()
        )));
        if let Some(running) = &mut harvest.running {
            running.token = None;
        }
        self.store.set_harvest(harvest)?;
        run.point("page: token given up");
        Ok(())
    }

    /// Stores a page, the place reached and what of it cannot be used in one transaction.
    fn store_page(
        &mut self,
        run: &Run<'_>,
        list: &FollowedList,
        (page, answered): (PapersPage, Timestamp),
        (harvest, report): (&mut Harvest, &mut ListReport),
    ) -> Result<(), EngineError> {
        let token = (page.facts.resumption_token).filter(|token| !token.is_empty());
        let days = (page.items.iter()).filter_map(|item| item.header.as_ref()?.datestamp);
        let last_day = days.max();
        let running = begin(harvest, answered.to_zoned(TimeZone::UTC).date(), answered);
        running.pages += 1;
        running.records += page.facts.records;
        running.is_listed = token.is_none();
        running.token = token.map(|token| (token, answered));
        running.last_day = last_day.max(running.last_day);
        let batch = self.sorted_out(run, page.items, list.since)?;
        report.pages += 1;
        report.records += page.facts.records;
        report.rejected += batch.missing.len() as u64 + batch.nameless;
        run.point("page: before the commit");
        let counts = self.store.harvest(&HarvestBatch {
            records: &batch.records,
            harvest: Some(harvest),
            missing: &batch.missing,
            is_current: true,
            ..HarvestBatch::default()
        })?;
        run.point("page: committed");
        report.add(&counts);
        run.control().report(Progress::Sync {
            list: report.title.clone(),
            records: report.records,
        });
        run.control().check()
    }

    /// Gives records their arrival, and those that cannot be used their place among the missing.
    pub(super) fn sorted_out(
        &self,
        run: &Run<'_>,
        items: Vec<Item>,
        since: Date,
    ) -> Result<Batch, EngineError> {
        let mut batch = Batch::default();
        for item in items {
            let Some(header) = item.header else {
                batch.nameless += 1;
                continue;
            };
            // Letters that were lost on the way may not be lost the next time.
            if item.repairs.invalid_utf8 > 0 && !self.is_asked_for(&header)? {
                let count = item.repairs.invalid_utf8;
                batch.missing.push(missing(
                    run,
                    &header,
                    format!("its record came with {count} damaged letters"),
                ));
                continue;
            }
            match item.record {
                Ok(Record::Paper { paper, .. }) => {
                    let known = self.store.paper(&header.id)?.filter(|known| !known.deleted);
                    let feed = run.feed.get().filter(|feed| {
                        header.datestamp == Some(feed.day) && feed.is_about(&paper.categories)
                    });
                    let before = Before {
                        version: known.as_ref().map(|known| known.paper.version()),
                        since,
                        today: run.today(),
                        listed: feed.map(|feed| feed.lists(&header.id)),
                    };
                    // What a feed told of first was announced as the feed says.
                    let is_told = match &known {
                        Some(known) if known.paper.source == SourceKind::Feed => {
                            self.store.arrived_before(&[known.key], Date::MAX)? > 0
                        }
                        _ => false,
                    };
                    let announcement = header
                        .datestamp
                        .filter(|_| !is_told)
                        .and_then(|day| announcement_of(&paper, day, before));
                    batch.records.push(HarvestedRecord {
                        record: Record::Paper {
                            paper,
                            announcement,
                        },
                        datestamp: header.datestamp,
                    });
                }
                Ok(record @ Record::Deleted(_)) => batch.records.push(HarvestedRecord {
                    record,
                    datestamp: None,
                }),
                Err(error) => batch.missing.push(missing(
                    run,
                    &header,
                    format!("its record cannot be used: {}", chain(&error)),
                )),
            }
        }
        Ok(batch)
    }

    /// Whether a record was missing and asked for before, so that it is taken as it is.
    fn is_asked_for(&self, header: &ItemHeader) -> Result<bool, EngineError> {
        const ENOUGH_TRIES: u64 = 3;

        let tries = self.store.missing_tries(&header.id)?;
        Ok(tries.is_some_and(|tries| tries >= ENOUGH_TRIES))
    }
}

/// Records to store and records that are missing.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) records: Vec<HarvestedRecord>,
    pub(super) missing: Vec<MissingPaper>,
    /// Records that do not say which paper they are.
    pub(super) nameless: u64,
}

/// Restarts of a list whose tokens the service does not know, since it last came further.
#[derive(Debug, Default)]
struct Restarts {
    count: u32,
    last_day: Option<Date>,
}

impl Restarts {
    fn count(&mut self, harvest: &Harvest) -> Result<(), EngineError> {
        let last_day = harvest
            .running
            .as_ref()
            .and_then(|running| running.last_day);
        if last_day > self.last_day {
            *self = Self { count: 0, last_day };
        }
        self.count += 1;
        if self.count > MOST_RESTARTS {
            return Err(stuck("arXiv knows none of the tokens that it gives"));
        }
        Ok(())
    }
}

/// Refuses a list that leads back to the page that was just asked for.
fn check_progress(harvest: &Harvest, asked: Option<&str>) -> Result<(), EngineError> {
    let running = harvest.running.as_ref();
    let next = running.and_then(|running| running.token.as_ref());
    match (asked, next) {
        (Some(asked), Some((next, _))) if asked == next => {
            Err(stuck("a page of the list leads back to itself"))
        }
        _ => Ok(()),
    }
}

fn stuck(message: &str) -> EngineError {
    IngestError::Oai {
        input: "the list".to_owned(),
        code: "resumptionToken".to_owned(),
        message: message.to_owned(),
    }
    .into()
}

/// Returns the harvest that is under way, begun now if none is.
fn begin(harvest: &mut Harvest, from: Date, started: Timestamp) -> &mut RunningHarvest {
    harvest
        .running
        .get_or_insert_with(|| RunningHarvest::new(from, started))
}

/// The first day of change to ask for.
fn first_day(run: &Run<'_>, list: &FollowedList, harvest: &Harvest, floor: Option<Date>) -> Date {
    if let Some(running) = &harvest.running {
        return running.from;
    }
    let since = list.since.max(EARLIEST);
    let day = match harvest.covered {
        Some(covered) if since >= covered.from => {
            let overlap = overlapped(covered.until);
            floor.map_or(overlap, |floor| floor.min(overlap))
        }
        Some(_) | None => since,
    };
    day.min(run.today()).max(EARLIEST)
}

/// Whether a harvest that was resumed leaves something to ask for.
fn is_behind(run: &Run<'_>, list: &FollowedList, floor: Option<Date>, harvest: &Harvest) -> bool {
    let Some(covered) = harvest.covered else {
        return true;
    };
    let now = run.now();
    let due = available_from(announcement_day(now));
    let is_old = covered.checked < due && due <= now;
    let goes_back = list.since.max(EARLIEST) < covered.from;
    is_old || goes_back || floor.is_some_and(|floor| floor < overlapped(covered.until))
}

pub(crate) fn missing(run: &Run<'_>, header: &ItemHeader, reason: String) -> MissingPaper {
    MissingPaper {
        id: header.id.clone(),
        day: header.datestamp.unwrap_or_else(|| run.today()),
        categories: categories_of_sets(&header.sets),
        reason,
        since: run.now(),
        tries: 1,
    }
}

pub(super) fn day_of(time: Timestamp) -> Date {
    time.to_zoned(TimeZone::UTC).date()
}
