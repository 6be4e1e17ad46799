//! The announcement feed: what it lists and the library does not have.
//!
//! A feed is a hint. It shows one day, is cut at 2,000 papers with the new ones sorted last before
//! the cut, and is known to show yesterday's batch under today's date. So it never says that a day
//! is complete; it names papers that OAI-PMH has still to deliver.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use jiff::civil::Date;
use kindred_core::{
    AnnouncementKind, Category, Expectation, PaperId, PaperKey, Record, announcement_day,
    expectation,
};
use kindred_fetch::{Client, ClientOptions, Verdict};
use kindred_ingest::{Format, IngestError, Limits, PapersPage, parse_papers};
use kindred_store::{Announced, Attempt, CensusState, HarvestBatch, HarvestedRecord, MissingPaper};
use schemars::JsonSchema;
use serde::Serialize;

use super::run::Run;
use crate::import::chain;
use crate::{EngineError, Library};

/// Longest time that a feed is waited for: it is only a hint.
const PATIENCE: SignedDuration = SignedDuration::from_secs(60);
/// Papers at which feeds are cut.
const CUT: usize = 2_000;
/// Share of known papers among the new ones of a feed beyond which it is of another day.
const STALE_SHARE: f64 = 0.5;

/// What became of the feed of a day.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FeedReport {
    /// The announcement day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub day: Option<Date>,
    /// Papers that it listed as new or in a further category.
    pub fresh: u64,
    /// New versions that it listed.
    pub replaced: u64,
    /// Of all, those that OAI-PMH had not delivered.
    pub ahead: u64,
    /// Why it was not used, or only in part.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remark: Option<String>,
}

/// A record of a feed.
struct Listed {
    record: HarvestedRecord,
    id: PaperId,
    categories: Vec<Category>,
    kind: AnnouncementKind,
}

/// What the feed of a day lists, for those who judge records of that day.
#[derive(Debug)]
pub(super) struct FeedView {
    pub(super) day: Date,
    /// The categories that it was asked for.
    categories: Vec<Category>,
    /// The papers; `None` where they are all in the library already.
    ids: Option<BTreeSet<PaperId>>,
}

impl FeedView {
    /// Whether it would list a paper of some categories.
    pub(super) fn is_about(&self, categories: &[Category]) -> bool {
        let mine = |other: &Category| self.categories.iter().any(|mine| mine.contains(other));
        categories.iter().any(mine)
    }

    /// Whether it lists a paper that the library does not know.
    pub(super) fn lists(&self, id: &PaperId) -> bool {
        self.ids.as_ref().is_some_and(|ids| ids.contains(id))
    }
}

/// The feed of a day, read and not stored yet.
pub(super) struct FeedBatch {
    day: Date,
    listed: Vec<Listed>,
    pub(super) report: FeedReport,
}

impl Library {
    /// Reads today's feed of the categories, unless it was read already or none is due.
    ///
    /// It is stored by [`Library::store_feed`] once OAI-PMH had its say, so that it only names what
    /// is not there.
    pub(super) fn read_feed(
        &mut self,
        run: &Run<'_>,
        categories: &[Category],
    ) -> Result<Option<FeedBatch>, EngineError> {
        let day = announcement_day(run.now());
        if categories.is_empty() || expectation(day) == Expectation::Weekend {
            return Ok(None);
        }
        let mut is_read = true;
        for category in categories {
            is_read &= self.store.announced(Some(category), day)?.is_some();
        }
        if is_read {
            // The run has one feed, and it is set here alone.
            let categories = categories.to_vec();
            run.feed
                .set(FeedView {
                    day,
                    categories,
                    ids: None,
                })
                .ok();
            return Ok(None);
        }
        run.point("feed: before the request");
        let batch = read_batch(run, categories, day)?;
        if batch.report.remark.is_none() && !self.is_stale(&batch.listed, day)? {
            let ids = batch.listed.iter().map(|one| one.id.clone()).collect();
            let categories = categories.to_vec();
            run.feed
                .set(FeedView {
                    day,
                    categories,
                    ids: Some(ids),
                })
                .ok();
        }
        Ok(Some(batch))
    }

    /// Stores what a feed listed, unless it turns out to be of an earlier day.
    pub(super) fn store_feed(
        &mut self,
        run: &Run<'_>,
        categories: &[Category],
        batch: FeedBatch,
    ) -> Result<FeedReport, EngineError> {
        let FeedBatch {
            day,
            listed,
            mut report,
        } = batch;
        if self.is_stale(&listed, day)? {
            report.remark = Some(
                "it shows papers of an earlier day under today's date and was not used".to_owned(),
            );
        } else if !listed.is_empty() {
            self.store_batch(run, categories, (day, listed), &mut report)?;
        }
        let names: Vec<&str> = categories.iter().map(Category::as_str).collect();
        self.store.add_attempt(&Attempt {
            at: run.now(),
            list: format!("feed {}", names.join("+")),
            days: (Some(day), Some(day)),
            records: report.fresh + report.replaced,
            failure: report.remark.clone(),
        })?;
        run.point("feed: attempt stored");
        Ok(report)
    }

    /// Whether most of what a feed calls new had arrived before.
    fn is_stale(&self, listed: &[Listed], day: Date) -> Result<bool, EngineError> {
        let mut keys: Vec<PaperKey> = Vec::new();
        let mut fresh = 0_u32;
        for one in listed
            .iter()
            .filter(|one| one.kind == AnnouncementKind::New)
        {
            fresh += 1;
            keys.extend(self.store.key(&one.id)?);
        }
        let known = self.store.arrived_before(&keys, day)?;
        Ok(fresh > 0 && known as f64 >= STALE_SHARE * f64::from(fresh))
    }

    fn store_batch(
        &mut self,
        run: &Run<'_>,
        categories: &[Category],
        (day, listed): (Date, Vec<Listed>),
        report: &mut FeedReport,
    ) -> Result<(), EngineError> {
        let asked: Vec<_> = listed.iter().map(|one| (one.id.clone(), None)).collect();
        let states = self.store.census(&asked)?;
        let missing: Vec<MissingPaper> = listed
            .iter()
            .zip(&states)
            .filter(|(_, state)| **state != CensusState::Present)
            .map(|(one, _)| MissingPaper {
                id: one.id.clone(),
                day,
                categories: one.categories.clone(),
                reason: "announced by the feed, not in OAI-PMH yet".to_owned(),
                since: run.now(),
                tries: 0,
            })
            .collect();
        let counts: Vec<Announced> = categories
            .iter()
            .map(|category| {
                let mine = || {
                    listed
                        .iter()
                        .filter(|one| one.categories.iter().any(|other| category.contains(other)))
                };
                let fresh = mine().filter(|one| is_fresh(one.kind)).count() as u64;
                Announced {
                    fresh,
                    replaced: mine().count() as u64 - fresh,
                    at: run.now(),
                }
            })
            .collect();
        report.fresh = listed.iter().filter(|one| is_fresh(one.kind)).count() as u64;
        report.replaced = listed.len() as u64 - report.fresh;
        report.ahead = missing.len() as u64;
        let records: Vec<HarvestedRecord> = listed.into_iter().map(|one| one.record).collect();
        run.point("feed: before the commit");
        self.store.harvest(&HarvestBatch {
            records: &records,
            missing: &missing,
            is_current: true,
            ..HarvestBatch::default()
        })?;
        run.point("feed: committed");
        for (category, announced) in categories.iter().zip(&counts) {
            self.store.set_announced(Some(category), day, announced)?;
        }
        run.point("feed: counts stored");
        Ok(())
    }
}

/// Reads the feed as it is today.
fn read_batch(run: &Run<'_>, categories: &[Category], day: Date) -> Result<FeedBatch, EngineError> {
    let mut batch = FeedBatch {
        day,
        listed: Vec::new(),
        report: FeedReport::default(),
    };
    let client = run.client_for(|options| ClientOptions {
        hosts: run.service.hosts(),
        patience: PATIENCE,
        ..options
    })?;
    let pages = fetch(run, &client, categories)?;
    run.point("feed: answered");
    let mut listed = Vec::new();
    for page in pages {
        let page = match page {
            Ok(page) => page,
            Err(error) => {
                batch.report.remark = Some(chain(&error));
                return Ok(batch);
            }
        };
        let shown = page.facts.announced;
        if shown != Some(day) {
            let shown = shown.map_or("no day".to_owned(), |day| day.to_string());
            batch.report.remark = Some(format!("it does not show {day} yet, but {shown}"));
            return Ok(batch);
        }
        if page.items.len() >= CUT {
            batch.report.remark = Some(format!("it was cut at {CUT} papers"));
        }
        listed.extend(
            page.items
                .into_iter()
                .filter_map(|item| listed_of(item.record)),
        );
    }
    batch.report.day = Some(day);
    if listed.is_empty() {
        batch.report.remark = (expectation(day) == Expectation::Announcement)
            .then(|| "it lists nothing, though papers are announced today".to_owned());
    }
    batch.listed = listed;
    Ok(batch)
}

fn is_fresh(kind: AnnouncementKind) -> bool {
    matches!(kind, AnnouncementKind::New | AnnouncementKind::Cross)
}

fn listed_of(record: Result<Record, kindred_ingest::RecordError>) -> Option<Listed> {
    let record = record.ok()?;
    let Record::Paper {
        paper,
        announcement: Some(announcement),
    } = &record
    else {
        return None;
    };
    Some(Listed {
        id: paper.id.clone(),
        categories: paper.categories.clone(),
        kind: announcement.kind,
        record: HarvestedRecord {
            record,
            datestamp: None,
        },
    })
}

/// Fetches the feed of the categories together, and halves them where it is cut.
fn fetch(
    run: &Run<'_>,
    client: &Client,
    categories: &[Category],
) -> Result<Vec<Result<PapersPage, IngestError>>, EngineError> {
    let names: Vec<&str> = categories.iter().map(Category::as_str).collect();
    let address = run.service.feed_of(&names);
    let page = run.get_patiently(client, &address, &mut |answer| match parse_papers(
        "the feed",
        answer.body,
        &Limits::default(),
    ) {
        Ok(page) if page.format == Format::Feed => Verdict::Use(Ok(page)),
        Ok(page) => Verdict::Again(format!("{} in place of a feed", page.format)),
        Err(error @ IngestError::ErrorFeed { .. }) => Verdict::Use(Err(error)),
        Err(error) => Verdict::Again(chain(&error)),
    })?;
    let is_cut = page.as_ref().is_ok_and(|page| page.items.len() >= CUT);
    if is_cut && categories.len() > 1 {
        let (left, right) = categories.split_at(categories.len() / 2);
        let mut pages = fetch(run, client, left)?;
        pages.extend(fetch(run, client, right)?);
        return Ok(pages);
    }
    Ok(vec![page])
}
