//! The end of a harvest: its census, and what that shows to be missing.

use std::collections::BTreeSet;

use jiff::civil::Date;
use kindred_core::{PaperId, Record};
use kindred_fetch::{Answer, FetchError, Verdict};
use kindred_ingest::{IngestError, ItemHeader, Limits, PapersPage, parse_papers};
use kindred_store::{CensusState, Covered, Harvest, HarvestBatch, MissingPaper};

use super::page::{Asked, DOUBTS, Page, request};
use super::{Batch, day_of, missing};
use crate::import::chain;
use crate::sync::run::Run;
use crate::sync::{FollowedList, ListReport};
use crate::{EngineError, Library};

/// Records that are asked for one by one; where more are missing, whole days are asked for.
const ONE_BY_ONE: usize = 20;

impl Library {
    /// Takes the census of what was harvested, fetches what it shows to be missing, and records
    /// what is covered. What the service does not deliver has its name among the missing by then.
    pub(super) fn prove(
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
        report.rejected += census.rejected;
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
        if lost.len() <= ONE_BY_ONE {
            for (place, header) in lost.iter().enumerate() {
                match self.fetch_record(run, header, list.since, report) {
                    Ok(came) => report.recovered += u64::from(came),
                    // A service that wants to rest is not asked for the others either.
                    Err(EngineError::Fetch(error))
                        if matches!(*error, FetchError::Paused { .. }) =>
                    {
                        return self.name_missing(run, &lost[place + 1..], &chain(&*error));
                    }
                    Err(error) => return Err(error),
                }
            }
            return Ok(());
        }
        let days: BTreeSet<Date> = lost.iter().filter_map(|header| header.datestamp).collect();
        for day in days {
            self.fetch_day(run, list, day, report)?;
        }
        // Whatever did not come even so is remembered, with its reason.
        let asked: Vec<(PaperId, Option<Date>)> = lost
            .iter()
            .map(|header| (header.id.clone(), header.datestamp))
            .collect();
        let states = self.store.census(&asked)?;
        let left: Vec<ItemHeader> = (lost.iter().zip(states))
            .filter(|(_, state)| *state != CensusState::Present)
            .map(|(header, _)| header.clone())
            .collect();
        report.recovered += (lost.len() - left.len()) as u64;
        self.name_missing(run, &left, "listed by the census, not delivered")?;
        run.point("lost: rest stored");
        Ok(())
    }

    /// Fetches all records of a list that changed on one day.
    pub(in crate::sync) fn fetch_day(
        &mut self,
        run: &Run<'_>,
        list: &FollowedList,
        day: Date,
        report: &mut ListReport,
    ) -> Result<(), EngineError> {
        let mut token: Option<String> = None;
        loop {
            let asked = token.as_deref().map_or(Asked::Day(day), Asked::Token);
            let page = request(run, list, asked, &BTreeSet::new())?;
            run.point("lost: page answered");
            let Page::Papers(page, _) = page else {
                return Ok(());
            };
            let next = (page.facts.resumption_token).filter(|token| !token.is_empty());
            let batch = self.sorted_out(run, page.items, list.since)?;
            let counts = self.store.harvest(&HarvestBatch {
                records: &batch.records,
                missing: &batch.missing,
                is_current: true,
                ..HarvestBatch::default()
            })?;
            run.point("lost: page committed");
            report.add(&counts);
            run.control().check()?;
            if next.is_none() || next == token {
                return Ok(());
            }
            token = next;
        }
    }

    fn name_missing(
        &mut self,
        run: &Run<'_>,
        headers: &[ItemHeader],
        reason: &str,
    ) -> Result<(), EngineError> {
        let missing: Vec<MissingPaper> = headers
            .iter()
            .map(|header| missing(run, header, reason.to_owned()))
            .collect();
        self.store.harvest(&HarvestBatch {
            missing: &missing,
            ..HarvestBatch::default()
        })?;
        Ok(())
    }

    /// Fetches one record; says whether it came. What does not come is remembered as missing.
    pub(in crate::sync) fn fetch_record(
        &mut self,
        run: &Run<'_>,
        header: &ItemHeader,
        since: Date,
        report: &mut ListReport,
    ) -> Result<bool, EngineError> {
        let identifier = format!("oai:arXiv.org:{}", header.id.short());
        let address = run.service.oai_request(&[
            ("verb", "GetRecord"),
            ("metadataPrefix", "arXivRaw"),
            ("identifier", &identifier),
        ]);
        run.point("record: before the request");
        let mut doubts = 0;
        let page = run.get(&address, &mut |answer| {
            judge_once(&identifier, answer, &mut doubts)
        });
        run.point("record: answered");
        let page = match page {
            Ok(page) => page.map_err(|error| chain(&error)),
            // One record that the service chokes on does not keep the others from being asked for.
            Err(EngineError::Fetch(error)) if is_about_answer(&error) => Err(chain(&*error)),
            // Counted as a try, so that the next sync begins with others.
            Err(EngineError::Fetch(error)) if matches!(*error, FetchError::Paused { .. }) => {
                self.name_missing(run, std::slice::from_ref(header), &chain(&*error))?;
                return Err(EngineError::Fetch(error));
            }
            Err(error) => return Err(error),
        };
        let mut batch = match page {
            Ok(page) => self.sorted_out(run, page.items, since)?,
            Err(error) => Batch {
                missing: vec![missing(run, header, error)],
                ..Batch::default()
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
        run.control().check()?;
        Ok(!batch.records.is_empty())
    }
}

/// Judges an answer about one record: an error of the protocol is an answer too, and so is nothing
/// at all where it stays at that, since no rest of the service would change it.
fn judge_once(
    identifier: &str,
    answer: Answer,
    doubts: &mut u32,
) -> Verdict<Result<PapersPage, IngestError>> {
    match parse_papers(identifier, answer.body, &Limits::default()) {
        Ok(page) => Verdict::Use(Ok(page)),
        Err(error @ IngestError::Oai { .. }) => Verdict::Use(Err(error)),
        Err(error @ IngestError::EmptyPage { .. }) if *doubts == DOUBTS => Verdict::Use(Err(error)),
        Err(error) => {
            *doubts += u32::from(matches!(error, IngestError::EmptyPage { .. }));
            Verdict::Again(chain(&error))
        }
    }
}

/// Whether a failure is one of this answer, not of the network or of the service as a whole.
fn is_about_answer(error: &FetchError) -> bool {
    matches!(
        error,
        FetchError::Status { .. } | FetchError::TooLarge { .. } | FetchError::Redirect { .. }
    )
}
