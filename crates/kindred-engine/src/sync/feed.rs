//! The announcement feed: what it lists and the library does not have.
//!
//! A feed is a hint. It shows one day, is cut at 2,000 papers with the new ones sorted last before
//! the cut, and is known to show yesterday's batch under today's date. So it never says that a day
//! is complete; it names papers that OAI-PMH has still to deliver.

use jiff::civil::Date;
use kindred_core::{
    AnnouncementKind, Category, Expectation, PaperId, PaperKey, Record, announcement_day,
    expectation,
};
use kindred_fetch::Verdict;
use kindred_ingest::{Format, IngestError, Limits, PapersPage, parse_papers};
use kindred_store::{Announced, Attempt, CensusState, HarvestBatch, HarvestedRecord, MissingPaper};
use serde::Serialize;

use super::run::Run;
use crate::import::chain;
use crate::{EngineError, Library};

/// Papers at which feeds are cut.
const CUT: usize = 2_000;
/// Share of known papers among the new ones of a feed beyond which it is of another day.
const STALE_SHARE: f64 = 0.5;

/// What became of the feed of a day.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
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

impl Library {
    /// Reads today's feed of the categories, unless it was read already or none is due.
    pub(super) fn read_feed(
        &mut self,
        run: &Run<'_>,
        categories: &[Category],
    ) -> Result<Option<FeedReport>, EngineError> {
        let day = announcement_day(run.now());
        if categories.is_empty() || expectation(day) == Expectation::Weekend {
            return Ok(None);
        }
        let mut is_read = true;
        for category in categories {
            is_read &= self.store.announced(Some(category), day)?.is_some();
        }
        if is_read {
            return Ok(None);
        }
        run.point("feed: before the request");
        let outcome = self.read_batch(run, categories, day);
        let names: Vec<&str> = categories.iter().map(Category::as_str).collect();
        let attempt = Attempt {
            at: run.now(),
            list: format!("feed {}", names.join("+")),
            days: (Some(day), Some(day)),
            records: outcome
                .as_ref()
                .map_or(0, |report| report.fresh + report.replaced),
            failure: match &outcome {
                Ok(report) => report.remark.clone(),
                Err(error) => Some(chain(error)),
            },
        };
        self.store.add_attempt(&attempt)?;
        run.point("feed: attempt stored");
        outcome.map(Some)
    }

    fn read_batch(
        &mut self,
        run: &Run<'_>,
        categories: &[Category],
        day: Date,
    ) -> Result<FeedReport, EngineError> {
        let mut report = FeedReport::default();
        let pages = fetch(run, categories)?;
        run.point("feed: answered");
        let mut listed = Vec::new();
        for page in pages {
            let page = match page {
                Ok(page) => page,
                Err(error) => {
                    report.remark = Some(chain(&error));
                    return Ok(report);
                }
            };
            let shown = page.facts.announced;
            if shown != Some(day) {
                let shown = shown.map_or("no day".to_owned(), |day| day.to_string());
                report.remark = Some(format!("it does not show {day} yet, but {shown}"));
                return Ok(report);
            }
            if page.items.len() >= CUT {
                report.remark = Some(format!("it was cut at {CUT} papers"));
            }
            listed.extend(
                page.items
                    .into_iter()
                    .filter_map(|item| listed_of(item.record)),
            );
        }
        report.day = Some(day);
        if listed.is_empty() {
            report.remark = (expectation(day) == Expectation::Announcement)
                .then(|| "it lists nothing, though papers are announced today".to_owned());
            return Ok(report);
        }
        if self.is_stale(&listed, day)? {
            report.remark = Some(
                "it shows papers of an earlier day under today's date and was not used".to_owned(),
            );
            return Ok(report);
        }
        self.store_batch(run, categories, day, listed, &mut report)?;
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
        day: Date,
        listed: Vec<Listed>,
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
    categories: &[Category],
) -> Result<Vec<Result<PapersPage, IngestError>>, EngineError> {
    let names: Vec<&str> = categories.iter().map(Category::as_str).collect();
    let address = run.service.feed_of(&names);
    let page = run.get(&address, &mut |answer| match parse_papers(
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
        let mut pages = fetch(run, left)?;
        pages.extend(fetch(run, right)?);
        return Ok(pages);
    }
    Ok(vec![page])
}
