//! What a sync did.

use jiff::civil::Date;
use kindred_store::ImportCounts;
use schemars::JsonSchema;
use serde::Serialize;

use super::{FeedReport, MissingReport, OtherFeedReport};
use crate::EngineError;
use crate::ledger::GapView;

/// What became of one list.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub struct ListReport {
    /// The category, or `all of arXiv`.
    pub title: String,
    /// The first day of change that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Date>,
    /// The last day that is covered now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
    /// Pages that came.
    pub pages: u64,
    /// Records that came.
    pub records: u64,
    /// Papers that the library did not know.
    pub new: u64,
    /// Known papers with a newer or better text.
    pub updated: u64,
    /// Known papers of which something beside the text was learnt.
    pub enriched: u64,
    /// Known papers of which nothing was learnt.
    pub unchanged: u64,
    /// Papers that the service says were deleted.
    pub deleted: u64,
    /// Records that cannot be used; they are asked for again.
    pub rejected: u64,
    /// Records that the census listed.
    pub listed: u64,
    /// Of these, those that the pages had left out and that were fetched for it.
    pub recovered: u64,
    /// Why the list was not brought up to date.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
}

impl ListReport {
    pub(super) fn add(&mut self, counts: &ImportCounts) {
        self.new += counts.new;
        self.updated += counts.updated;
        self.enriched += counts.enriched;
        self.unchanged += counts.unchanged;
        self.deleted += counts.deleted;
    }
}

/// What a sync did.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub struct SyncReport {
    /// One report for each list.
    pub lists: Vec<ListReport>,
    /// What the announcement feed told, if it was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub feed: Option<FeedReport>,
    /// What became of other feeds that the user named.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub other_feeds: Vec<OtherFeedReport>,
    /// What became of papers known to be missing.
    pub missing: MissingReport,
    /// Days that were found not to be complete.
    pub opened: Vec<GapView>,
    /// Days that are complete now.
    pub closed: Vec<GapView>,
    /// All days that are not complete.
    pub open: Vec<GapView>,
    /// Requests that were answered.
    pub requests: u64,
    /// Whether it was stopped before its end.
    pub stopped: bool,
    /// The first failure, for exit codes.
    #[serde(skip)]
    pub error: Option<EngineError>,
}
