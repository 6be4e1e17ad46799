//! Asking again for what is known to be missing.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use jiff::civil::Date;
use kindred_core::{PaperId, Record};
use kindred_fetch::Verdict;
use kindred_ingest::{IngestError, ItemHeader, Limits, PapersPage, parse_papers};
use kindred_store::{HarvestBatch, HarvestedRecord, MissingPaper};
use schemars::JsonSchema;
use serde::Serialize;

use super::run::Run;
use super::{FollowedList, ListReport};
use crate::import::chain;
use crate::{EngineError, Library};

/// Records that are asked for one by one in one sync: two minutes of politeness. The query service
/// gives a hundred at once, but not as of which day.
const ONE_BY_ONE: usize = 40;
/// Records of one list and day from which on the whole day is asked for.
const CROWD: usize = 5;
/// Ids of one query.
const AT_ONCE: usize = 100;
/// Tries, and days, after which a record that nobody delivers is given up.
const MOST_TRIES: u64 = 10;
const GIVEN_UP_AFTER: SignedDuration = SignedDuration::from_hours(14 * 24);

/// What became of the records that were known to be missing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct MissingReport {
    /// Records that were missing.
    pub asked: u64,
    /// Those that came.
    pub found: u64,
    /// Those that were given up after many tries.
    pub given_up: Vec<String>,
    /// Those that are still missing.
    pub left: u64,
}

impl Library {
    /// Asks for every record that is missing: where many are of one list and day, for the whole
    /// day; then one by one, those that were asked for least first; the rest of the query service.
    pub(super) fn fetch_missing(
        &mut self,
        run: &Run<'_>,
        lists: &[FollowedList],
        list: &mut ListReport,
    ) -> Result<MissingReport, EngineError> {
        let asked = self.store.missing()?.len() as u64;
        let mut report = MissingReport {
            asked,
            ..MissingReport::default()
        };
        if asked == 0 {
            return Ok(report);
        }
        run.point("missing: begun");
        if asked > CROWD as u64 {
            self.fetch_crowded_days(run, lists, list)?;
        }
        let mut missing = self.store.missing()?;
        missing.sort_by_key(|one| one.tries);
        let since = lists.iter().map(|list| list.since).min();
        let since = since.unwrap_or_else(|| run.today());
        let (alone, together) = missing.split_at(missing.len().min(ONE_BY_ONE));
        for one in alone {
            let _came = self.fetch_record(run, &header_of(one), since, list)?;
        }
        for some in together.chunks(AT_ONCE) {
            self.query_ids(run, some, list)?;
        }
        let left = self.store.missing()?;
        let is_hopeless = |one: &&MissingPaper| {
            one.tries >= MOST_TRIES && run.now().duration_since(one.since) > GIVEN_UP_AFTER
        };
        let hopeless: Vec<PaperId> = left
            .iter()
            .filter(is_hopeless)
            .map(|one| one.id.clone())
            .collect();
        self.store.forget_missing(&hopeless)?;
        run.point("missing: done");
        report.given_up = hopeless.iter().map(PaperId::short).collect();
        report.left = (left.len() - hopeless.len()) as u64;
        report.found = asked.saturating_sub(left.len() as u64);
        Ok(report)
    }

    fn fetch_crowded_days(
        &mut self,
        run: &Run<'_>,
        lists: &[FollowedList],
        report: &mut ListReport,
    ) -> Result<(), EngineError> {
        for list in lists.iter().filter(|list| list.can_be_asked()) {
            let mut days: BTreeMap<Date, usize> = BTreeMap::new();
            for one in self.store.missing()? {
                if list.holds(&one.categories) {
                    *days.entry(one.day).or_default() += 1;
                }
            }
            for (day, count) in days {
                if count > CROWD {
                    self.fetch_day(run, list, day, report)?;
                }
            }
        }
        Ok(())
    }

    fn query_ids(
        &mut self,
        run: &Run<'_>,
        missing: &[MissingPaper],
        list: &mut ListReport,
    ) -> Result<(), EngineError> {
        let ids: Vec<String> = missing.iter().map(|one| one.id.short()).collect();
        let count = ids.len().to_string();
        let address = run
            .service
            .query_request(&[("id_list", &ids.join(",")), ("max_results", &count)]);
        run.point("missing: before the query");
        let page: Result<PapersPage, IngestError> =
            run.get(&address, &mut |answer| match parse_papers(
                "the query",
                answer.body,
                &Limits::default(),
            ) {
                Ok(page) => Verdict::Use(Ok(page)),
                Err(error @ IngestError::ErrorFeed { .. }) => Verdict::Use(Err(error)),
                Err(error) => Verdict::Again(chain(&error)),
            })?;
        run.point("missing: answered");
        let items = page.map(|page| page.items).unwrap_or_default();
        let mut came = Vec::new();
        let mut records = Vec::new();
        for item in items {
            let Ok(Record::Paper { paper, .. }) = item.record else {
                continue;
            };
            if missing.iter().any(|one| one.id == paper.id) {
                came.push(paper.id.clone());
                records.push(HarvestedRecord {
                    record: Record::Paper {
                        paper,
                        announcement: None,
                    },
                    datestamp: None,
                });
            }
        }
        // What the query service gives may be of another day than what is missing.
        let left: Vec<MissingPaper> = missing
            .iter()
            .map(|one| MissingPaper {
                reason: if came.contains(&one.id) {
                    "the query service has it, OAI-PMH not yet".to_owned()
                } else {
                    "neither OAI-PMH nor the query service has it".to_owned()
                },
                ..one.clone()
            })
            .collect();
        let counts = self.store.harvest(&HarvestBatch {
            records: &records,
            missing: &left,
            is_current: true,
            ..HarvestBatch::default()
        })?;
        run.point("missing: committed");
        list.add(&counts);
        run.control().check()
    }
}

fn header_of(missing: &MissingPaper) -> ItemHeader {
    ItemHeader {
        id: missing.id.clone(),
        datestamp: Some(missing.day),
        sets: Vec::new(),
        is_deleted: false,
    }
}
