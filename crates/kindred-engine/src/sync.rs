//! Following arXiv: what was announced is fetched, or named as missing.
//!
//! OAI-PMH (`arXivRaw`) is the truth. Each followed list is harvested page by page from two days
//! before its last complete harvest, so that what a shift of pages hid is asked for once more; a
//! census of identifiers then proves that every record listed is here, and fetches those that are
//! not. The announcement feed is a hint: it names papers that OAI-PMH has still to deliver. The
//! query service gives single papers, and stands in for OAI-PMH where that cannot be reached.
//! Whatever is known to exist and not here is kept by name and asked for at each sync; announcement
//! days that are not complete are gaps in the ledger until they are.

use std::sync::Arc;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use kindred_core::Category;
use kindred_fetch::{ClientOptions, Clock, FetchError};
use kindred_store::{Attempt, Follow};

use self::feed::FeedBatch;
pub use self::feed::FeedReport;
pub use self::missing::MissingReport;
pub(crate) use self::oai::{EARLIEST, missing as missing_of};
pub use self::other_feeds::OtherFeedReport;
pub use self::report::{ListReport, SyncReport};
pub(crate) use self::run::Run;
pub use self::service::Service;
use crate::ledger::GapView;
use crate::{Control, EngineError, Library};

mod arrival;
mod census;
mod feed;
pub(crate) mod gaps;
mod lists;
mod missing;
mod oai;
mod other_feeds;
mod query;
mod report;
mod run;
mod service;

/// Days that are fetched of a category that was not followed before, if nothing else is asked for:
/// as many as it takes to know how many papers are usual.
const FIRST_DAYS: i64 = 28;

/// Setting under which the user's address is kept.
const CONTACT_SETTING: &str = "contact";

/// What a sync is made with.
#[derive(Clone)]
pub struct SyncOptions<'a> {
    /// The services to ask.
    pub service: Service,
    /// How the client behaves; its hosts are those of the service.
    pub client: ClientOptions,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Called at named points between two steps; tests end the process there.
    pub point: &'a dyn Fn(&str),
}

impl std::fmt::Debug for SyncOptions<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("SyncOptions")
            .field("service", &self.service)
            .field("client", &self.client)
            .finish_non_exhaustive()
    }
}

/// Services that a sync uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SyncBy {
    /// OAI-PMH and the feed, then what is missing.
    #[default]
    All,
    /// OAI-PMH alone, and what is missing.
    Oai,
    /// The query service alone, by day of submission.
    Query,
}

/// What to bring up to date.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SyncRequest {
    /// Categories to follow from now on, beside those that are; a sync is of all of them.
    pub categories: Vec<Category>,
    /// Whether all of arXiv is followed from now on.
    pub whole: bool,
    /// The first announcement day of what is followed anew, or to go back to. Default: four weeks
    /// ago, for all of arXiv its beginning.
    pub since: Option<Date>,
    /// Services to use.
    pub by: SyncBy,
}

/// A list of a service that is followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FollowedList {
    /// Name under which its harvest is kept.
    pub(crate) name: String,
    /// Its set in OAI-PMH; `None` for all of arXiv, or where it was not asked for.
    pub(crate) set: Option<String>,
    pub(crate) category: Option<Category>,
    pub(crate) since: Date,
}

impl FollowedList {
    pub(crate) fn new(follow: &Follow, set: Option<String>) -> Self {
        let name = follow.category.as_ref().map_or("*", Category::as_str);
        Self {
            name: format!("oai {name}"),
            set,
            category: follow.category.clone(),
            since: follow.since,
        }
    }

    /// Whether OAI-PMH can be asked for it.
    pub(crate) fn can_be_asked(&self) -> bool {
        self.category.is_none() || self.set.is_some()
    }

    pub(crate) fn title(&self) -> String {
        title_of(self.category.as_ref())
    }

    /// Whether a paper of some categories belongs to it.
    pub(crate) fn holds(&self, categories: &[Category]) -> bool {
        let Some(category) = &self.category else {
            return true;
        };
        // Where nothing is known of a record, it may belong to any.
        categories.is_empty() || categories.iter().any(|other| category.contains(other))
    }
}

pub(crate) fn title_of(category: Option<&Category>) -> String {
    category.map_or_else(|| "all of arXiv".to_owned(), Category::to_string)
}

/// Categories of a record by the sets of its header, as in `math:math:NA` and `physics:hep-th`.
fn categories_of_sets(sets: &[String]) -> Vec<Category> {
    let names = sets.iter().filter_map(|set| {
        let parts: Vec<&str> = set.split(':').collect();
        match parts[..] {
            [_, archive, class] => Some(format!("{archive}.{class}")),
            [_, archive] => Some(archive.to_owned()),
            _ => None,
        }
    });
    names.filter_map(|name| name.parse().ok()).collect()
}

impl Library {
    /// Brings everything that is followed up to date.
    ///
    /// A list that fails is reported and the next one follows, unless the service cannot be asked
    /// at all. What was fetched is kept in any case, and the next sync goes on from there.
    ///
    /// # Errors
    /// [`EngineError::NothingFollowed`], [`EngineError::UnknownCategory`] (then nothing new is
    /// followed), [`EngineError::FutureDay`]; otherwise only as the store reports. Failures of the
    /// network are in [`SyncReport::error`].
    pub fn sync(
        &mut self,
        request: &SyncRequest,
        options: &SyncOptions<'_>,
        control: &Control<'_>,
    ) -> Result<SyncReport, EngineError> {
        let run = Run::new(options, control)?;
        run.point("sync: begun");
        let mut report = SyncReport::default();
        self.forget_index();
        let outcome = self.sync_all(&run, request, &mut report);
        self.forget_index();
        report.requests = run.requests();
        match outcome {
            Ok(()) => {}
            Err(error) if is_of_network(&error) => {
                report.stopped |= matches!(error, EngineError::Stopped);
                self.note_failure(&run, &report, &crate::import::chain(&error))?;
                report.error.get_or_insert(error);
            }
            Err(error) => return Err(error),
        }
        let lists = self.followed_lists()?;
        run.point("gaps: before they are judged");
        let changes = self.judge_gaps(&lists, run.now())?;
        run.point("gaps: stored");
        report.opened = changes.opened.iter().map(GapView::from).collect();
        report.closed = changes.closed.iter().map(GapView::from).collect();
        let open = self.store.gaps(Date::MIN, false)?;
        report.open = open.iter().map(GapView::from).collect();
        run.point("sync: end");
        Ok(report)
    }

    /// Remembers why lists were not asked for at all.
    fn note_failure(
        &mut self,
        run: &Run<'_>,
        report: &SyncReport,
        failure: &str,
    ) -> Result<(), EngineError> {
        for list in self.followed_lists()? {
            if report.lists.iter().all(|one| one.title != list.title()) {
                self.store.add_attempt(&Attempt {
                    at: run.now(),
                    list: list.name,
                    days: (None, None),
                    records: 0,
                    failure: Some(failure.to_owned()),
                })?;
            }
        }
        Ok(())
    }

    fn sync_all(
        &mut self,
        run: &Run<'_>,
        request: &SyncRequest,
        report: &mut SyncReport,
    ) -> Result<(), EngineError> {
        if let Some(day) = request.since
            && day > run.today()
        {
            let today = run.today();
            return Err(EngineError::FutureDay { day, today });
        }
        let follows = self.wanted(run, request)?;
        if follows.is_empty() {
            return if self.other_feeds()?.is_empty() {
                Err(EngineError::NothingFollowed)
            } else {
                report.other_feeds = self.read_other_feeds(run)?;
                Ok(())
            };
        }
        let categories: Vec<Category> = follows
            .iter()
            .filter_map(|follow| follow.category.clone())
            .collect();
        let sets = if request.by == SyncBy::Query || categories.is_empty() {
            vec![None; categories.len()]
        } else {
            self.sets_of(run, &categories, &request.categories)?
        };
        // Only a category that arXiv has is followed.
        for follow in &follows {
            self.store.follow(follow)?;
        }
        run.point("sync: follows stored");
        let mut sets = sets.into_iter();
        let lists: Vec<FollowedList> = (self.store.follows()?.iter())
            .map(|follow| {
                let set = follow.category.as_ref().and_then(|_| sets.next().flatten());
                FollowedList::new(follow, set)
            })
            .collect();
        let feed = if request.by == SyncBy::All {
            self.try_feed(run, &categories, report)?
        } else {
            None
        };
        let listed = self.sync_lists(run, &lists, request.by, report);
        // What feeds tell is kept also where OAI-PMH cannot be asked today.
        if let Some(feed) = feed {
            report.feed = Some(self.store_feed(run, &categories, feed)?);
        }
        if !run.control().is_stopped() {
            report.other_feeds = self.read_other_feeds(run)?;
        }
        listed?;
        if request.by != SyncBy::Query {
            let mut list = ListReport::default();
            report.missing = self.fetch_missing(run, &lists, &mut list)?;
        }
        Ok(())
    }

    /// What is followed with what is asked for added, in the order of the store.
    fn wanted(&self, run: &Run<'_>, request: &SyncRequest) -> Result<Vec<Follow>, EngineError> {
        let mut follows = self.store.follows()?;
        let first = run.today().saturating_sub(FIRST_DAYS.days());
        let asked = request.categories.iter().map(|category| Follow {
            category: Some(category.clone()),
            since: request.since.unwrap_or(first).max(EARLIEST),
        });
        let whole = request.whole.then(|| Follow {
            category: None,
            since: request.since.unwrap_or(EARLIEST).max(EARLIEST),
        });
        let is_bare = request.categories.is_empty() && !request.whole;
        for follow in asked.chain(whole) {
            let known = follows
                .iter_mut()
                .find(|known| known.category == follow.category);
            match known {
                Some(known) if request.since.is_some() => {
                    known.since = known.since.min(follow.since);
                }
                Some(_) => {}
                None => follows.push(follow),
            }
        }
        if let Some(since) = request.since.filter(|_| is_bare) {
            for follow in &mut follows {
                follow.since = follow.since.min(since).max(EARLIEST);
            }
        }
        follows.sort_by(|left, right| left.category.cmp(&right.category));
        Ok(follows)
    }

    fn sync_list(
        &mut self,
        run: &Run<'_>,
        list: &FollowedList,
        by: SyncBy,
        report: &mut SyncReport,
    ) -> Result<(), EngineError> {
        let mut one = ListReport {
            title: list.title(),
            ..ListReport::default()
        };
        let outcome = match (by, &list.category) {
            (SyncBy::Query, Some(category)) => self.query_list(run, list, category, &mut one),
            (SyncBy::Query, None) => Err(EngineError::WholeByQuery),
            (SyncBy::All | SyncBy::Oai, Some(category)) if list.set.is_none() => {
                Err(EngineError::UnknownCategory {
                    category: category.to_string(),
                    close: Vec::new(),
                })
            }
            (SyncBy::All | SyncBy::Oai, _) => {
                let floor = self.first_gap(list)?;
                self.harvest_list(run, list, floor, &mut one)
            }
        };
        one.failure = outcome
            .as_ref()
            .err()
            .map(|error| crate::import::chain(error));
        report.lists.push(one);
        match outcome {
            Err(
                error @ (EngineError::Ingest(_)
                | EngineError::UnknownCategory { .. }
                | EngineError::WholeByQuery),
            ) => {
                report.error.get_or_insert(error);
                Ok(())
            }
            other => other,
        }
    }

    fn sync_lists(
        &mut self,
        run: &Run<'_>,
        lists: &[FollowedList],
        by: SyncBy,
        report: &mut SyncReport,
    ) -> Result<(), EngineError> {
        lists
            .iter()
            .try_for_each(|list| self.sync_list(run, list, by, report))
    }

    /// Reads the feed; its failure costs nothing but the hint.
    fn try_feed(
        &mut self,
        run: &Run<'_>,
        categories: &[Category],
        report: &mut SyncReport,
    ) -> Result<Option<FeedBatch>, EngineError> {
        match self.read_feed(run, categories) {
            Err(EngineError::Fetch(error)) if !is_final(&error) => {
                report.feed = Some(FeedReport {
                    remark: Some(crate::import::chain(&*error)),
                    ..FeedReport::default()
                });
                Ok(None)
            }
            other => other,
        }
    }

    /// Returns the address that services can write to, after storing a new one.
    ///
    /// # Errors
    /// [`FetchError::Contact`] if it is none; otherwise as the store reports.
    pub fn contact(&mut self, new: Option<&str>) -> Result<Option<String>, EngineError> {
        if let Some(contact) = new {
            kindred_fetch::check_contact(contact)?;
            self.store.set_setting(CONTACT_SETTING, contact)?;
        }
        Ok(self.store.setting(CONTACT_SETTING)?)
    }

    /// Follows a category, or with `None` all of arXiv, no longer; says whether it was followed. Its
    /// papers stay.
    ///
    /// # Errors
    /// As the store reports.
    pub fn unfollow(
        &mut self,
        category: Option<&Category>,
        now: Timestamp,
    ) -> Result<bool, EngineError> {
        Ok(self.store.unfollow(category, now)?)
    }

    pub(crate) fn followed_lists(&self) -> Result<Vec<FollowedList>, EngineError> {
        let follows = self.store.follows()?;
        Ok(follows
            .iter()
            .map(|follow| FollowedList::new(follow, None))
            .collect())
    }
}

/// Whether an error leaves the library as it should be, so that the sync can be summed up.
fn is_of_network(error: &EngineError) -> bool {
    matches!(
        error,
        EngineError::Fetch(_) | EngineError::Stopped | EngineError::Ingest(_)
    )
}

/// Whether no further request may be made.
fn is_final(error: &FetchError) -> bool {
    matches!(
        error,
        FetchError::Forbidden { .. } | FetchError::Stopped | FetchError::State { .. }
    )
}
