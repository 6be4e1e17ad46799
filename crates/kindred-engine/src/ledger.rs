//! The ledger: for each category and day what was announced, fetched, embedded and shown.

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use kindred_core::{
    Category, Expectation, Fingerprint, announcement_day, available_from, expectation,
};
use kindred_store::{Gap, GapKind, HarvestBatch, MissingPaper};
use schemars::JsonSchema;
use serde::Serialize;

use crate::sync::gaps::covers;
use crate::sync::{EARLIEST, FollowedList, title_of};
use crate::{Control, EngineError, Library, SyncOptions};

/// A question to the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerQuery {
    /// Only these of the followed categories; empty for all.
    pub categories: Vec<Category>,
    /// Announcement days to look back on.
    pub days: u16,
    /// The present moment.
    pub now: Timestamp,
}

/// An answer of the ledger.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct LedgerAnswer {
    /// The first day.
    pub since: Date,
    /// The last day.
    pub until: Date,
    /// One entry for each category and day, newest day first, categories by name.
    pub days: Vec<LedgerDay>,
    /// Gaps of these days, open ones first, then by day.
    pub gaps: Vec<GapView>,
}

/// One announcement day of a category.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LedgerDay {
    /// The category, or `all of arXiv`.
    pub category: String,
    /// The day.
    pub day: Date,
    /// `announcement`, `weekend`, `holiday`, or `to come` where its records are not due yet.
    pub expected: &'static str,
    /// Papers that are known to have been announced, new or in a further category; of feeds that
    /// were not read, what OAI-PMH lists.
    pub announced: u64,
    /// New versions that came or are known to have come.
    pub replaced: u64,
    /// Of both, those whose full record is here.
    pub fetched: u64,
    /// Of both, those with a vector.
    pub embedded: u64,
    /// Of both, those that a feed showed.
    pub shown: u64,
    /// Papers that are known and not here.
    pub missing: u64,
    /// Whether all records of the day were asked for after they were due, and a census proved
    /// them.
    pub proven: bool,
    /// Whether the announcement feed of the day was read.
    pub feed_read: bool,
    /// Why it is not complete, or was not.
    pub why: Vec<String>,
    /// Whether a gap is open.
    pub open: bool,
}

/// An announcement day that is, or was, not complete.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct GapView {
    /// The category, or `all of arXiv`.
    pub category: String,
    /// The day.
    pub day: Date,
    /// `not harvested`, `missing` or `few`.
    pub kind: &'static str,
    /// What was found.
    pub reason: String,
    /// When it was found.
    pub opened: Timestamp,
    /// When it was closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed: Option<Timestamp>,
    /// How it was closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
}

impl From<&Gap> for GapView {
    fn from(gap: &Gap) -> Self {
        Self {
            category: title_of(gap.category.as_ref()),
            day: gap.day,
            kind: match gap.kind {
                GapKind::NotHarvested => "not harvested",
                GapKind::Missing => "missing",
                GapKind::Few => "few",
            },
            reason: gap.reason.clone(),
            opened: gap.opened,
            closed: gap.closed.as_ref().map(|(at, _)| *at),
            outcome: gap.closed.as_ref().map(|(_, outcome)| outcome.clone()),
        }
    }
}

/// Where following stands, in one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Following {
    /// Announcement days that are not complete.
    pub open_gaps: u64,
    /// The last day of which every followed category is proven complete.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub complete_until: Option<Date>,
    /// What to expect of the present announcement day: `announcement`, `weekend`, `holiday` or `to
    /// come`.
    pub today: &'static str,
    /// All of it for people, in one line.
    pub line: String,
}

/// What an audit found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AuditReport {
    /// One entry for each followed category.
    pub lists: Vec<AuditList>,
    /// Requests that were made.
    pub requests: u64,
}

/// What the census of one category found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AuditList {
    /// The category, or `all of arXiv`.
    pub category: String,
    /// The first day of change that was compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Date>,
    /// Records that arXiv lists.
    pub listed: u64,
    /// Those that the library has not.
    pub absent: u64,
    /// Those that the library has as they were earlier.
    pub stale: u64,
    /// Examples of both.
    pub examples: Vec<String>,
}

/// What days of the ledger are made from.
struct Context<'a> {
    gaps: &'a [Gap],
    missing: &'a [MissingPaper],
    encoder: &'a Fingerprint,
    now: Timestamp,
}

impl Library {
    /// Returns what the ledger says of the last days, by what is stored alone.
    ///
    /// # Errors
    /// [`EngineError::NothingFollowed`]; otherwise as the store reports.
    pub fn ledger(&self, query: &LedgerQuery) -> Result<LedgerAnswer, EngineError> {
        let lists = self.asked_lists(&query.categories)?;
        let until = announcement_day(query.now);
        let since = until.saturating_sub((i64::from(query.days.max(1)) - 1).days());
        let gaps: Vec<Gap> = self
            .store
            .gaps(since, true)?
            .into_iter()
            .filter(|gap| lists.iter().any(|list| list.category == gap.category))
            .collect();
        let context = Context {
            gaps: &gaps,
            missing: &self.store.missing()?,
            encoder: &self.encoder_choice()?.fingerprint,
            now: query.now,
        };
        let mut days = Vec::new();
        let mut day = until;
        while day >= since {
            for list in lists.iter().filter(|list| list.since <= day) {
                days.push(self.ledger_day(list, day, &context)?);
            }
            day = day.saturating_sub(1.day());
        }
        let mut gaps: Vec<GapView> = gaps.iter().map(GapView::from).collect();
        gaps.sort_by_key(|gap| (gap.closed.is_some(), gap.day));
        Ok(LedgerAnswer {
            since,
            until,
            days,
            gaps,
        })
    }

    fn asked_lists(&self, categories: &[Category]) -> Result<Vec<FollowedList>, EngineError> {
        let mut lists = self.followed_lists()?;
        if !categories.is_empty() {
            lists.retain(|list| {
                list.category
                    .as_ref()
                    .is_some_and(|category| categories.contains(category))
            });
        }
        if lists.is_empty() {
            return Err(EngineError::NothingFollowed);
        }
        Ok(lists)
    }

    fn ledger_day(
        &self,
        list: &FollowedList,
        day: Date,
        context: &Context<'_>,
    ) -> Result<LedgerDay, EngineError> {
        let category = list.category.as_ref();
        let counts = self
            .store
            .day_counts(category, day, Some(context.encoder))?;
        let announced = self.store.announced(category, day)?;
        let harvest = self.store.harvest_of(&list.name)?;
        let missing = context
            .missing
            .iter()
            .filter(|one| one.day == day && list.holds(&one.categories));
        // Those that a feed announced are counted among the arrivals; others are not here at all.
        let mut unseen = 0;
        let mut missing_count = 0;
        for one in missing {
            missing_count += 1;
            unseen += u64::from(self.store.key(&one.id)?.is_none());
        }
        let mine: Vec<&Gap> = context
            .gaps
            .iter()
            .filter(|gap| gap.category == list.category && gap.day == day)
            .collect();
        Ok(LedgerDay {
            category: list.title(),
            day,
            expected: expected_text(day, context.now),
            announced: counts.fresh.max(announced.map_or(0, |read| read.fresh)) + unseen,
            replaced: counts
                .replaced
                .max(announced.map_or(0, |read| read.replaced)),
            fetched: counts.fetched,
            embedded: counts.embedded,
            shown: counts.shown,
            missing: missing_count,
            proven: covers(harvest.as_ref(), day),
            feed_read: announced.is_some(),
            open: mine.iter().any(|gap| gap.closed.is_none()),
            why: mine.iter().map(|gap| why(gap)).collect(),
        })
    }

    /// Says where following stands; `None` where nothing is followed.
    ///
    /// # Errors
    /// As the store reports.
    pub fn following(&self, now: Timestamp) -> Result<Option<Following>, EngineError> {
        let lists = self.followed_lists()?;
        if lists.is_empty() {
            return Ok(None);
        }
        let today = announcement_day(now);
        let mut complete_until: Option<Date> = None;
        let mut is_first = true;
        for list in &lists {
            let harvest = self.store.harvest_of(&list.name)?;
            let mut day = today;
            let since = list.since.max(EARLIEST);
            while day >= since && !covers(harvest.as_ref(), day) {
                day = day.saturating_sub(1.day());
            }
            let last = (day >= since).then_some(day);
            complete_until = if is_first {
                last
            } else {
                complete_until.min(last)
            };
            is_first = false;
        }
        let open_gaps = self.store.gaps(Date::MIN, false)?.len() as u64;
        let expected = expected_text(today, now);
        let line = line_of(today, expected, complete_until, open_gaps);
        Ok(Some(Following {
            open_gaps,
            complete_until,
            today: expected,
            line,
        }))
    }

    /// Compares what arXiv lists of every followed category with the library, and remembers what is
    /// not here, so that the next sync fetches it.
    ///
    /// # Errors
    /// [`EngineError::NothingFollowed`], [`EngineError::Fetch`] if the service cannot be asked;
    /// otherwise as the store reports.
    pub fn audit(
        &mut self,
        categories: &[Category],
        options: &SyncOptions<'_>,
        control: &Control<'_>,
    ) -> Result<AuditReport, EngineError> {
        const EXAMPLES: usize = 10;

        let lists = self.asked_lists(categories)?;
        let run = crate::sync::Run::new(options, control)?;
        let names: Vec<Category> = lists
            .iter()
            .filter_map(|list| list.category.clone())
            .collect();
        let mut sets = if names.is_empty() {
            Vec::new()
        } else {
            self.sets_of(&run, &names, &[])?
        }
        .into_iter();
        let mut report = AuditReport::default();
        for list in &lists {
            let set = list.category.as_ref().and_then(|_| sets.next().flatten());
            let covered = self
                .store
                .harvest_of(&list.name)?
                .and_then(|harvest| harvest.covered);
            // Of all of arXiv, what a snapshot gave is to be proven too.
            let from = covered.map(|covered| match list.category {
                Some(_) => covered.from,
                None => EARLIEST,
            });
            let mut one = AuditList {
                category: list.title(),
                from,
                ..AuditList::default()
            };
            let can_be_asked = list.category.is_none() || set.is_some();
            // What was never harvested is an open gap, not news for a census.
            if let Some(from) = from.filter(|_| can_be_asked) {
                let census = self.census(&run, set.as_deref(), from)?;
                one.listed = census.listed;
                one.absent = census.absent;
                one.stale = census.stale;
                let examples = census.lost.iter().take(EXAMPLES);
                one.examples = examples.map(|header| header.id.short()).collect();
                let missing: Vec<_> = census
                    .lost
                    .iter()
                    .map(|header| {
                        let reason = "listed by an audit, not here".to_owned();
                        crate::sync::missing_of(&run, header, reason)
                    })
                    .collect();
                self.store.harvest(&HarvestBatch {
                    missing: &missing,
                    ..HarvestBatch::default()
                })?;
            }
            report.lists.push(one);
        }
        report.requests = run.requests();
        Ok(report)
    }
}

fn why(gap: &Gap) -> String {
    match &gap.closed {
        None => gap.reason.clone(),
        Some((_, outcome)) => format!("{}; {outcome}", gap.reason),
    }
}

fn expected_text(day: Date, now: Timestamp) -> &'static str {
    match expectation(day) {
        Expectation::Weekend => "weekend",
        Expectation::Holiday => "holiday",
        Expectation::Announcement if available_from(day) > now => "to come",
        Expectation::Announcement => "announcement",
    }
}

fn line_of(today: Date, expected: &str, complete_until: Option<Date>, open_gaps: u64) -> String {
    let quiet = match expected {
        "weekend" => Some(format!("arXiv announces nothing on {today}, a weekend")),
        "holiday" => Some(format!("arXiv may announce nothing on {today}, a holiday")),
        "to come" => Some(format!("arXiv's papers of {today} are not out yet")),
        _ => None,
    };
    let behind = match complete_until {
        Some(day) if day >= today => None,
        Some(day) => Some(format!("complete up to {day}")),
        None => Some("nothing is complete yet".to_owned()),
    };
    let gaps = match open_gaps {
        0 => None,
        1 => Some("1 announcement day is incomplete (`kindred ledger`)".to_owned()),
        count => Some(format!(
            "{count} announcement days are incomplete (`kindred ledger`)"
        )),
    };
    let is_behind = matches!(expected, "announcement" | "holiday")
        && complete_until.is_none_or(|day| day < today);
    let hint = is_behind.then(|| "`kindred sync` fetches the rest".to_owned());
    let behind = behind.filter(|_| quiet.is_none() || gaps.is_some());
    let parts: Vec<String> = [quiet, behind, gaps, hint].into_iter().flatten().collect();
    if parts.is_empty() {
        return format!("complete up to {today}");
    }
    parts.join("; ")
}
