//! Back-fill by the query service, in slices by day of submission.
//!
//! The service is for questions, not for harvests: it is known to send empty and short pages in
//! the middle of a list, its index is late or has holes, and beyond 30,000 results it refuses. It
//! stands in where OAI-PMH cannot be reached, and for single ids.

use jiff::ToSpan;
use jiff::civil::Date;
use kindred_core::{Category, Record, expected_day};
use kindred_fetch::Verdict;
use kindred_ingest::{Format, IngestError, Limits, PapersPage, parse_papers};
use kindred_store::{Attempt, Covered, Harvest, HarvestBatch, HarvestedRecord, RunningHarvest};

use super::run::Run;
use super::{FollowedList, ListReport};
use crate::import::chain;
use crate::{EngineError, Library, Progress};

/// Entries of a page.
const PAGE: u64 = 500;
/// Results beyond which a slice is halved; the service ends at 30,000.
const MOST_RESULTS: u64 = 10_000;
/// Days of submission that are asked for once more, since moderators hold papers up: they come
/// into the index with the day on which they were submitted.
const HOLD_DAYS: i64 = 21;
/// Days of a slice at first.
const SLICE_DAYS: i64 = 7;

impl Library {
    /// Fetches what was submitted to a category since the last time, or since `list.since`.
    pub(super) fn query_list(
        &mut self,
        run: &Run<'_>,
        list: &FollowedList,
        category: &Category,
        report: &mut ListReport,
    ) -> Result<(), EngineError> {
        let name = format!("query {category}");
        let mut harvest = self
            .store
            .harvest_of(&name)?
            .unwrap_or_else(|| Harvest::new(&name));
        let outcome = self.query_slices(run, (list, category), &mut harvest, report);
        let attempt = Attempt {
            at: run.now(),
            list: name,
            days: (report.from, report.until),
            records: report.records,
            failure: outcome.as_ref().err().map(|error| chain(error)),
        };
        self.store.add_attempt(&attempt)?;
        outcome
    }

    fn query_slices(
        &mut self,
        run: &Run<'_>,
        (list, category): (&FollowedList, &Category),
        harvest: &mut Harvest,
        report: &mut ListReport,
    ) -> Result<(), EngineError> {
        let started = run.now();
        let today = run.today();
        let running = harvest.running.get_or_insert_with(|| {
            // Submissions of a Friday are announced on the Monday after the next.
            let since = list.since.saturating_sub(4.days());
            let from = match harvest.covered {
                Some(covered) if covered.from <= since => {
                    covered.until.saturating_sub(HOLD_DAYS.days())
                }
                Some(_) | None => since,
            };
            RunningHarvest::new(from, started)
        });
        let first = running.from;
        report.from = Some(first);
        let mut from = running
            .last_day
            .map_or(first, |day| day.saturating_add(1.day()));
        let mut days = SLICE_DAYS;
        while from <= today {
            let until = from.saturating_add((days - 1).days()).min(today);
            if !self.query_slice(run, category, (from, until), report)? && days > 1 {
                days = (days / 2).max(1);
                continue;
            }
            if let Some(running) = &mut harvest.running {
                running.last_day = Some(until);
                running.records = report.records;
            }
            self.store.set_harvest(harvest)?;
            run.point("query: slice stored");
            report.until = Some(until);
            from = until.saturating_add(1.day());
        }
        harvest.covered = Some(Covered {
            from: harvest
                .covered
                .map_or(first, |covered| covered.from.min(first)),
            until: today,
            checked: started,
        });
        harvest.running = None;
        self.store.set_harvest(harvest)?;
        Ok(())
    }

    /// Fetches one slice, advancing by what each page holds; says `false`, with nothing lost, if it
    /// has too many results.
    fn query_slice(
        &mut self,
        run: &Run<'_>,
        category: &Category,
        (from, until): (Date, Date),
        report: &mut ListReport,
    ) -> Result<bool, EngineError> {
        let moment = |day: Date, time: &str| day.to_string().replace('-', "") + time;
        let query = format!(
            "cat:{category} AND submittedDate:[{} TO {}]",
            moment(from, "0000"),
            moment(until, "2359")
        );
        let mut start = 0;
        loop {
            let page = request(run, &query, start)?;
            run.point("query: answered");
            let total = page.facts.total_results.unwrap_or(0);
            if total > MOST_RESULTS && from < until {
                return Ok(false);
            }
            let received = page.facts.records;
            self.store_entries(run, page, report)?;
            start += received;
            if start >= total || received == 0 {
                return Ok(true);
            }
        }
    }

    fn store_entries(
        &mut self,
        run: &Run<'_>,
        page: PapersPage,
        report: &mut ListReport,
    ) -> Result<(), EngineError> {
        let mut records = Vec::with_capacity(page.items.len());
        for item in page.items {
            report.records += 1;
            let Ok(record) = item.record else {
                report.rejected += 1;
                continue;
            };
            records.push(HarvestedRecord {
                record: self.with_arrival(record)?,
                datestamp: None,
            });
        }
        report.pages += 1;
        run.point("query: before the commit");
        let counts = self.store.harvest(&HarvestBatch {
            records: &records,
            is_current: true,
            ..HarvestBatch::default()
        })?;
        run.point("query: committed");
        report.add(&counts);
        run.control().report(Progress::Sync {
            list: report.title.clone(),
            records: report.records,
        });
        run.control().check()
    }

    /// Gives a paper that the library does not know the day on which it was to be announced.
    fn with_arrival(&self, record: Record) -> Result<Record, EngineError> {
        use kindred_core::{Announcement, AnnouncementKind};

        let Record::Paper { paper, .. } = record else {
            return Ok(record);
        };
        let is_known = self.store.key(&paper.id)?.is_some();
        let submitted = paper.first_date().and_then(kindred_core::PaperDate::moment);
        let announcement = submitted
            .filter(|_| !is_known)
            .map(|submitted| Announcement {
                kind: AnnouncementKind::New,
                day: expected_day(submitted),
            });
        Ok(Record::Paper {
            paper,
            announcement,
        })
    }
}

/// Asks for a page of a query until it can be used; an empty page before the end is asked for
/// again.
fn request(run: &Run<'_>, query: &str, start: u64) -> Result<PapersPage, EngineError> {
    let (start_text, size) = (start.to_string(), PAGE.to_string());
    let address = run.service.query_request(&[
        ("search_query", query),
        ("start", &start_text),
        ("max_results", &size),
        ("sortBy", "submittedDate"),
        ("sortOrder", "ascending"),
    ]);
    let page = run.get(&address, &mut |answer| match parse_papers(
        "the page",
        answer.body,
        &Limits::default(),
    ) {
        Ok(page) if page.format != Format::Atom => {
            Verdict::Again(format!("{} in place of a query's answer", page.format))
        }
        Ok(page) if page.facts.total_results.is_none() => {
            Verdict::Again("an answer that does not say how many there are".to_owned())
        }
        Ok(page) => Verdict::Use(Ok(page)),
        Err(error @ IngestError::ErrorFeed { .. }) => Verdict::Use(Err(error)),
        Err(error) => Verdict::Again(chain(&error)),
    })?;
    Ok(page?)
}
