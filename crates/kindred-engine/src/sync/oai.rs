//! Harvesting a list of OAI-PMH, page by page.

use std::collections::BTreeSet;

use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use kindred_core::{PaperId, Record, SourceKind, announcement_day, available_from};
use kindred_fetch::{Answer, Verdict};
use kindred_ingest::{
    Format, IngestError, Item, ItemHeader, Limits, PageFacts, PapersPage, parse_papers,
};
use kindred_store::{
    Attempt, Covered, Harvest, HarvestBatch, HarvestedRecord, MissingPaper, RunningHarvest,
};

use super::arrival::{Before, announcement_of, overlapped};
use super::run::Run;
use super::{FollowedList, ListReport, categories_of_sets};
use crate::import::chain;
use crate::{EngineError, Library, Progress};

/// The first day of change that the service knows.
pub(crate) const EARLIEST: Date = date(2005, 9, 16);
/// Times that a doubtful page is asked for before it is taken as it is; the census decides then.
const DOUBTS: u32 = 2;
/// Days by which a request is shifted to get past a frozen answer.
const MOST_SHIFTS: i64 = 3;

/// What a request for a page led to.
enum Page {
    Papers(Box<PapersPage>, Timestamp),
    /// The service does not know the token, or it has expired.
    BadToken,
    /// The service has nothing for those days, as of that moment.
    Nothing(Timestamp),
    /// The service refuses the request for a reason that asking again does not change.
    Refused(IngestError),
}

impl Library {
    /// Brings a list up to date: all pages, then the census that proves them.
    ///
    /// Every page is stored with the place reached in one transaction, so that an interrupted
    /// harvest goes on there; what it covers is only recorded once the census was taken.
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
        let outcome = self.harvest_pages(run, list, floor, &mut harvest, report);
        let outcome = match outcome {
            Ok(()) => self.prove(run, list, &mut harvest, report),
            Err(error) => Err(error),
        };
        let from = report.from.or(asked_from);
        let attempt = Attempt {
            at: run.now(),
            list: list.name.clone(),
            days: (from, None),
            records: report.records,
            failure: outcome.as_ref().err().map(|error| chain(error)),
        };
        self.store.add_attempt(&attempt)?;
        run.point("list: attempt stored");
        outcome
    }

    fn harvest_pages(
        &mut self,
        run: &Run<'_>,
        list: &FollowedList,
        floor: Option<Date>,
        harvest: &mut Harvest,
        report: &mut ListReport,
    ) -> Result<(), EngineError> {
        let mut previous: BTreeSet<PaperId> = BTreeSet::new();
        let mut shift = 0;
        let mut from = first_day(run, list, harvest, floor);
        while !harvest
            .running
            .as_ref()
            .is_some_and(|running| running.is_listed)
        {
            let token = harvest
                .running
                .as_ref()
                .and_then(|running| running.token.clone());
            report.from = Some(
                harvest
                    .running
                    .as_ref()
                    .map_or(from, |running| running.from),
            );
            let asked = match &token {
                Some((token, _)) => Asked::Token(token),
                None => Asked::From(from.saturating_sub(shift.days()).max(EARLIEST)),
            };
            run.point("page: before the request");
            let page = request(run, list, &asked, &previous)?;
            run.point("page: answered");
            match page {
                Page::Papers(page, answered) => {
                    previous = ids_of(&page.items);
                    let opened = harvest.running.take().unwrap_or(RunningHarvest {
                        from,
                        started: answered,
                        token: None,
                        last_day: None,
                        pages: 0,
                        records: 0,
                        is_listed: false,
                    });
                    harvest.running = Some(opened);
                    self.store_page(run, *page, answered, harvest, report)?;
                    from = harvest
                        .running
                        .as_ref()
                        .map_or(from, |running| running.from);
                }
                Page::BadToken => {
                    run.control().report(Progress::Note(format!(
                        "{}: the list was given up by arXiv (its token expired), going on from its \
                         last day",
                        list.title()
                    )));
                    previous.clear();
                    if let Some(running) = &mut harvest.running {
                        running.token = None;
                        from = running.last_day.unwrap_or(running.from);
                    }
                    self.store.set_harvest(harvest)?;
                    run.point("page: token given up");
                }
                Page::Nothing(answered) if is_frozen(run, answered) && shift < MOST_SHIFTS => {
                    shift += 1;
                }
                Page::Nothing(answered) => {
                    let running = harvest.running.get_or_insert(RunningHarvest {
                        from,
                        started: answered,
                        token: None,
                        last_day: None,
                        pages: 0,
                        records: 0,
                        is_listed: false,
                    });
                    running.is_listed = true;
                    self.store.set_harvest(harvest)?;
                    run.point("page: nothing stored");
                }
                Page::Refused(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Stores a page, the place reached and what of it cannot be used in one transaction.
    fn store_page(
        &mut self,
        run: &Run<'_>,
        page: PapersPage,
        answered: Timestamp,
        harvest: &mut Harvest,
        report: &mut ListReport,
    ) -> Result<(), EngineError> {
        let running = harvest.running.as_mut().expect("the caller opened it");
        let token = page
            .facts
            .resumption_token
            .filter(|token| !token.is_empty());
        running.pages += 1;
        running.records += page.facts.records;
        running.is_listed = token.is_none();
        running.token = token.map(|token| (token, answered));
        running.last_day = page
            .items
            .iter()
            .filter_map(|item| item.header.as_ref()?.datestamp)
            .max()
            .max(running.last_day);
        let from = running.from;
        let batch = self.sorted_out(run, page.items, from)?;
        report.pages += 1;
        report.records += batch.records.len() as u64 + batch.missing.len() as u64;
        report.rejected += batch.missing.len() as u64;
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
        from: Date,
    ) -> Result<Batch, EngineError> {
        let mut batch = Batch::default();
        for item in items {
            let Some(header) = item.header else { continue };
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
                    let feed = run
                        .feed
                        .get()
                        .filter(|feed| header.datestamp == Some(feed.day));
                    let before = Before {
                        version: known.as_ref().map(|known| known.paper.version()),
                        from,
                        today: run.today(),
                        listed: feed.map(|feed| feed.lists(&header.id)),
                    };
                    // What a feed told of first was announced as the feed says.
                    let is_told = known.is_some_and(|known| known.paper.source == SourceKind::Feed);
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

        let missing = self.store.missing()?;
        Ok(missing
            .iter()
            .any(|one| one.id == header.id && one.tries >= ENOUGH_TRIES))
    }

    /// Takes the census of what was harvested, fetches what it shows to be missing, and records
    /// what is covered.
    fn prove(
        &mut self,
        run: &Run<'_>,
        list: &FollowedList,
        harvest: &mut Harvest,
        report: &mut ListReport,
    ) -> Result<(), EngineError> {
        let Some(running) = harvest.running.clone() else {
            return Ok(());
        };
        run.point("census: begun");
        let census = self.census(run, list.set.as_deref(), running.from)?;
        report.listed = census.listed;
        self.fetch_lost(run, list, &census.lost, report)?;
        let covered_from = harvest
            .covered
            .map_or(running.from, |covered| covered.from.min(running.from));
        harvest.covered = Some(Covered {
            from: covered_from,
            until: day_of(running.started),
            checked: running.started,
        });
        harvest.running = None;
        run.point("census: before the end");
        self.store.set_harvest(harvest)?;
        run.point("census: end stored");
        report.until = harvest.covered.map(|covered| covered.until);
        Ok(())
    }

    /// Fetches records that the census lists and the library has not, or not as they are now.
    fn fetch_lost(
        &mut self,
        run: &Run<'_>,
        list: &FollowedList,
        lost: &[ItemHeader],
        report: &mut ListReport,
    ) -> Result<(), EngineError> {
        const ONE_BY_ONE: usize = 20;

        report.recovered += lost.len() as u64;
        if lost.len() <= ONE_BY_ONE {
            return lost
                .iter()
                .try_for_each(|header| self.fetch_record(run, header, report).map(|_| ()));
        }
        let days: BTreeSet<Date> = lost.iter().filter_map(|header| header.datestamp).collect();
        for day in days {
            let mut token: Option<String> = None;
            loop {
                let asked = token.as_deref().map_or(Asked::Day(day), Asked::Token);
                let page = request(run, list, &asked, &BTreeSet::new())?;
                run.point("lost: page answered");
                let Page::Papers(page, _) = page else { break };
                token = page
                    .facts
                    .resumption_token
                    .filter(|token| !token.is_empty());
                let batch = self.sorted_out(run, page.items, day)?;
                let counts = self.store.harvest(&HarvestBatch {
                    records: &batch.records,
                    missing: &batch.missing,
                    is_current: true,
                    ..HarvestBatch::default()
                })?;
                run.point("lost: page committed");
                report.add(&counts);
                if token.is_none() {
                    break;
                }
            }
        }
        // Whatever did not come even so is remembered, with its reason.
        let asked: Vec<_> = lost
            .iter()
            .map(|header| (header.id.clone(), header.datestamp))
            .collect();
        let states = self.store.census(&asked)?;
        let left: Vec<MissingPaper> = lost
            .iter()
            .zip(states)
            .filter(|(_, state)| *state != kindred_store::CensusState::Present)
            .map(|(header, _)| {
                missing(
                    run,
                    header,
                    "listed by the census, not delivered".to_owned(),
                )
            })
            .collect();
        report.recovered -= left.len() as u64;
        self.store.harvest(&HarvestBatch {
            missing: &left,
            ..HarvestBatch::default()
        })?;
        run.point("lost: rest stored");
        Ok(())
    }

    /// Fetches one record; says whether it came. What does not come is remembered as missing.
    pub(super) fn fetch_record(
        &mut self,
        run: &Run<'_>,
        header: &ItemHeader,
        report: &mut ListReport,
    ) -> Result<bool, EngineError> {
        let identifier = format!("oai:arXiv.org:{}", header.id.short());
        let address = run.service.oai_request(&[
            ("verb", "GetRecord"),
            ("metadataPrefix", "arXivRaw"),
            ("identifier", &identifier),
        ]);
        run.point("record: before the request");
        let page = run.get(&address, &mut |answer| judge_once(&identifier, answer))?;
        run.point("record: answered");
        let mut batch = match page {
            Ok(page) => self.sorted_out(run, page.items, run.today())?,
            Err(error) => Batch {
                records: Vec::new(),
                missing: vec![missing(run, header, chain(&error))],
            },
        };
        batch.records.retain(|record| match &record.record {
            Record::Paper { paper, .. } => paper.id == header.id,
            Record::Deleted(id) => *id == header.id,
        });
        if batch.records.is_empty() && batch.missing.is_empty() {
            let reason = "the service answered with another record".to_owned();
            batch.missing.push(missing(run, header, reason));
        }
        let counts = self.store.harvest(&HarvestBatch {
            records: &batch.records,
            missing: &batch.missing,
            is_current: true,
            ..HarvestBatch::default()
        })?;
        run.point("record: committed");
        report.add(&counts);
        if batch.records.is_empty() {
            report.recovered = report.recovered.saturating_sub(1);
        }
        run.control().check()?;
        Ok(!batch.records.is_empty())
    }
}

/// Records to store and records that are missing.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) records: Vec<HarvestedRecord>,
    pub(super) missing: Vec<MissingPaper>,
}

/// What a page is asked for by.
enum Asked<'a> {
    From(Date),
    Day(Date),
    Token(&'a str),
}

/// The first day of change to ask for.
fn first_day(run: &Run<'_>, list: &FollowedList, harvest: &Harvest, floor: Option<Date>) -> Date {
    if let Some(running) = &harvest.running {
        return running.from;
    }
    let day = match harvest.covered {
        Some(covered) if list.since >= covered.from => {
            let overlap = overlapped(covered.until);
            floor.map_or(overlap, |floor| floor.min(overlap))
        }
        Some(_) | None => list.since,
    };
    day.clamp(EARLIEST, run.today())
}

/// Asks for a page until it can be used.
///
/// A page that repeats the one before, or stands in the middle of a list without saying how the
/// list goes on, may have been cut by a cache; it is asked for again, twice at most.
fn request(
    run: &Run<'_>,
    list: &FollowedList,
    asked: &Asked<'_>,
    previous: &BTreeSet<PaperId>,
) -> Result<Page, EngineError> {
    let mut arguments = vec![("verb", "ListRecords")];
    let (from, until);
    match asked {
        Asked::Token(token) => arguments.push(("resumptionToken", token)),
        Asked::From(day) | Asked::Day(day) => {
            arguments.push(("metadataPrefix", "arXivRaw"));
            if let Some(set) = &list.set {
                arguments.push(("set", set));
            }
            from = day.to_string();
            arguments.push(("from", &from));
            if matches!(asked, Asked::Day(_)) {
                until = day.to_string();
                arguments.push(("until", &until));
            }
        }
    }
    let address = run.service.oai_request(&arguments);
    let mut doubts = 0;
    run.get(&address, &mut |answer| {
        let sent = answer.sent.unwrap_or(answer.received);
        let page = match parse_papers("the page", answer.body, &Limits::default()) {
            Ok(page) => page,
            Err(IngestError::Oai { code, .. }) if code == "badResumptionToken" => {
                return Verdict::Use(Page::BadToken);
            }
            Err(error @ (IngestError::Oai { .. } | IngestError::NotPapers { .. })) => {
                return Verdict::Use(Page::Refused(error));
            }
            Err(error) => return Verdict::Again(chain(&error)),
        };
        if page.format != Format::OaiPmh {
            return Verdict::Again(format!("{} in place of an OAI-PMH page", page.format));
        }
        let answered = response_time(&page.facts).unwrap_or(sent);
        if page.facts.oai_code.is_some() {
            return Verdict::Use(Page::Nothing(answered));
        }
        let doubt = doubt(asked, &page, previous);
        if let Some(doubt) = doubt
            && doubts < DOUBTS
        {
            doubts += 1;
            return Verdict::Again(doubt.to_owned());
        }
        Verdict::Use(Page::Papers(Box::new(page), answered))
    })
}

fn doubt(
    asked: &Asked<'_>,
    page: &PapersPage,
    previous: &BTreeSet<PaperId>,
) -> Option<&'static str> {
    if matches!(asked, Asked::Token(_)) && page.facts.resumption_token.is_none() {
        return Some("a page in the middle of a list that does not say how the list goes on");
    }
    (!previous.is_empty() && ids_of(&page.items) == *previous)
        .then_some("the page before once more")
}

/// Judges an answer about one record: an error of the protocol is an answer too.
fn judge_once(identifier: &str, answer: Answer) -> Verdict<Result<PapersPage, IngestError>> {
    match parse_papers(identifier, answer.body, &Limits::default()) {
        Ok(page) => Verdict::Use(Ok(page)),
        Err(error @ IngestError::Oai { .. }) => Verdict::Use(Err(error)),
        Err(error) => Verdict::Again(chain(&error)),
    }
}

fn ids_of(items: &[Item]) -> BTreeSet<PaperId> {
    items
        .iter()
        .filter_map(|item| Some(item.header.as_ref()?.id.clone()))
        .collect()
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

/// When an answer was made, by the clock of the service; a cached one is old.
pub(super) fn response_time(facts: &PageFacts) -> Option<Timestamp> {
    facts.response_date.as_deref()?.trim().parse().ok()
}

/// Whether an answer was made before the latest announcement was in, and is served since.
fn is_frozen(run: &Run<'_>, answered: Timestamp) -> bool {
    let now = run.now();
    let available = available_from(announcement_day(now));
    let is_old = now.duration_since(answered) > SignedDuration::from_mins(10);
    is_old && answered < available && available <= now
}

pub(super) fn day_of(time: Timestamp) -> Date {
    time.to_zoned(TimeZone::UTC).date()
}
