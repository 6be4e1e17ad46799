//! Asking again for what is known to be missing.

use jiff::SignedDuration;
use kindred_core::{PaperId, Record};
use kindred_fetch::Verdict;
use kindred_ingest::{IngestError, ItemHeader, Limits, PapersPage, parse_papers};
use kindred_store::{HarvestBatch, HarvestedRecord, MissingPaper};
use serde::Serialize;

use super::ListReport;
use super::run::Run;
use crate::import::chain;
use crate::{EngineError, Library};

/// Records that are asked for one by one in OAI-PMH; more of them go to the query service, which
/// gives a hundred at once.
const ONE_BY_ONE: usize = 20;
/// Ids of one query.
const AT_ONCE: usize = 100;
/// Tries, and days, after which a record that nobody delivers is given up.
const MOST_TRIES: u64 = 10;
const GIVEN_UP_AFTER: SignedDuration = SignedDuration::from_hours(14 * 24);

/// What became of the records that were known to be missing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
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
    /// Asks for every record that is missing.
    pub(super) fn fetch_missing(
        &mut self,
        run: &Run<'_>,
        list: &mut ListReport,
    ) -> Result<MissingReport, EngineError> {
        let missing = self.store.missing()?;
        let mut report = MissingReport {
            asked: missing.len() as u64,
            ..MissingReport::default()
        };
        if missing.is_empty() {
            return Ok(report);
        }
        run.point("missing: begun");
        let (alone, together) = missing.split_at(missing.len().min(ONE_BY_ONE));
        for one in alone {
            let header = ItemHeader {
                id: one.id.clone(),
                datestamp: Some(one.day),
                sets: Vec::new(),
                is_deleted: false,
            };
            let _came = self.fetch_record(run, &header, list)?;
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
        report.found = report.asked.saturating_sub(left.len() as u64);
        Ok(report)
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
        let left: Vec<MissingPaper> = missing
            .iter()
            .filter(|one| !came.contains(&one.id))
            .map(|one| MissingPaper {
                reason: "neither OAI-PMH nor the query service delivers it".to_owned(),
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
