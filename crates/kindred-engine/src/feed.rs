//! New arrivals ranked against a seed set, with reasons.

mod ask;
mod baseline;
mod candidates;
mod choice;
mod difference;
mod duplicates;
mod fit;
mod ranking;
mod reasons;
mod revisions;
mod rules;
mod seeds;
mod training;
mod why;

use jiff::civil::Date;
use kindred_core::{Category, KeySet, PaperId, PaperKey, Version};
use kindred_store::{SeenPaper, SetName};

pub use self::choice::{FeedRanker, UnknownRanker};
pub use self::why::WhyQuery;
use crate::answer::{EncoderView, FeedAnswer, FeedHit, PaperView};
use crate::{EngineError, Library};

/// A question for a feed.
#[derive(Debug, Clone, PartialEq)]
pub struct FeedQuery {
    /// The seed set.
    pub set: SetName,
    /// The day on which the feed is read: the last day of its period.
    pub as_of: Date,
    /// The first day of its period.
    pub since: Date,
    /// Only arrivals of these categories or archives; empty for all.
    pub categories: Vec<Category>,
    /// Most arrivals to return.
    pub limit: usize,
    /// Most rated papers, and as many terms, to name as the reason of each arrival.
    pub reasons: usize,
    /// What orders them.
    pub ranker: FeedRanker,
    /// How the list is made of the ranking; with another ranker than Kindred's own only the
    /// default will do.
    pub list: ListOptions,
}

/// On which days a paper arrives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Arrival {
    /// On that of its first version and on that of its first announcement.
    EitherDay,
    /// On that of its first announcement; that of its first version where none is known.
    Announced,
}

/// How a list is made of a ranking.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct ListOptions {
    /// Ends the list where this share of what is expected to be kept is in it, in `[0, 1]`, if
    /// that is before the limit.
    pub expect: Option<f64>,
    /// How much a paper loses for being like one above it, in `[0, 1]`.
    pub diversity: f64,
    /// Whether every interest of the set gets places in proportion to what is expected of it.
    pub proportional: bool,
    /// Places, the last ones, for papers between two interests.
    pub exploration: usize,
}

impl Library {
    /// Ranks the papers whose first version, or whose announcement, falls between `since` and `as_of`
    /// against a seed set. What moderators held up is announced long after it was submitted.
    ///
    /// Papers of pinned authors stand before the others and do not count for the limit. Rated
    /// papers, papers that a feed of the set showed on an earlier day, those that another set owns,
    /// the same work once more, what a rule removes, withdrawn papers and papers without a vector
    /// are left out and counted. A paper that was shown or liked comes back once a new version
    /// changed what its title and abstract say.
    ///
    /// # Errors
    /// [`EngineError::NeedsOwnRanker`] where the list asks for what the ranker has not,
    /// [`EngineError::UnknownSet`], [`EngineError::NothingLiked`], or
    /// [`EngineError::NothingEmbedded`]; otherwise as the parts report.
    pub fn feed(&self, query: &FeedQuery) -> Result<FeedAnswer, EngineError> {
        self.feed_of(query, Arrival::EitherDay)
    }

    /// As [`Library::feed`], but every paper arrives on one day alone, as [`Library::days`] counts:
    /// one that was announced arrives then and not with its first version.
    ///
    /// # Errors
    /// As [`Library::feed`].
    pub fn feed_by_announcement(&self, query: &FeedQuery) -> Result<FeedAnswer, EngineError> {
        self.feed_of(query, Arrival::Announced)
    }

    /// Returns the days on which papers arrived, newest first, with their number: the day of the
    /// first announcement where one is known, else that of the first version.
    ///
    /// # Errors
    /// As the store reports.
    pub fn days(&self, limit: usize) -> Result<Vec<(Date, u64)>, EngineError> {
        Ok(self.store.days_of_arrival(limit)?)
    }

    fn feed_of(&self, query: &FeedQuery, arrival: Arrival) -> Result<FeedAnswer, EngineError> {
        query.ranker.check(&query.list)?;
        let choice = self.encoder_choice()?;
        let seeds = self.seeds(&query.set)?;
        let mut candidates = self.candidates(query, &seeds, arrival)?;
        let mut left_out = candidates.left_out;
        let excluded: KeySet = (candidates.keys.iter().copied())
            .chain(seeds.keys())
            .collect();
        let ranking = match query.ranker.baseline() {
            None => self.own_ranking(query, &seeds, &candidates, &excluded)?,
            Some(baseline) => {
                let papers = (&seeds, &candidates);
                self.baseline_ranking(baseline.as_ref(), query.limit, papers, &excluded)?
            }
        };
        left_out.not_embedded = (candidates.keys.len() - ranking.of) as u64;
        left_out.below_limit = (ranking.of - ranking.listed.len()) as u64;

        let keys: Vec<PaperKey> = ranking.listed.iter().map(|one| one.key).collect();
        let papers = self.store.papers(&keys)?;
        let kinds = (self.store).announced_as(&keys, query.since, query.as_of)?;
        let results = (ranking
            .listed
            .into_iter()
            .zip(&papers)
            .zip(kinds)
            .enumerate())
        .map(|(place, ((one, paper), announced))| FeedHit {
            rank: place + 1,
            score: one.score,
            relevance: one.relevance,
            reasons: one.reasons,
            terms: one.terms,
            interest: one.interest,
            between: one.between,
            pinned: candidates.pinned.remove(&one.key),
            revision: candidates.revisions.remove(&one.key),
            announced,
            paper: PaperView::from(paper),
        })
        .collect();
        Ok(FeedAnswer {
            set: query.set.to_string(),
            as_of: query.as_of,
            since: query.since,
            until: query.as_of,
            encoder: EncoderView::from(&choice),
            ranker: query.ranker.name(),
            trained_on: ranking.trained_on,
            arrivals: candidates.arrivals,
            revisions: candidates.revised,
            expected: ranking.expected,
            interests: ranking.interests,
            left_out,
            rules: candidates.rules,
            following: None,
            results,
        })
    }

    /// Remembers that papers were shown in a feed of `set` on `day`, and with which text; later
    /// days leave them out until a new version says something else.
    ///
    /// # Errors
    /// As the store reports.
    pub fn mark_shown(&mut self, answer: &FeedAnswer, set: &SetName) -> Result<(), EngineError> {
        let mut papers = Vec::with_capacity(answer.results.len());
        for hit in &answer.results {
            papers.push(SeenPaper {
                key: self.key(&hit.paper.id)?,
                version: hit.paper.version.unwrap_or(Version::UNKNOWN),
                title: &hit.paper.title,
                abstract_text: &hit.paper.abstract_text,
            });
        }
        Ok(self.store.mark_shown(set, &papers, answer.as_of)?)
    }

    /// As [`Library::mark_shown`] for papers by their ids, with the text that they have now. All
    /// ids are looked up before anything is remembered; returns how many papers they are.
    ///
    /// # Errors
    /// [`EngineError::UnknownSet`], [`EngineError::UnknownPaper`] for the first id that is not in
    /// the library.
    pub fn mark_papers_shown(
        &mut self,
        set: &SetName,
        ids: &[PaperId],
        day: Date,
    ) -> Result<u64, EngineError> {
        self.require_set(set)?;
        let mut papers = Vec::with_capacity(ids.len());
        for id in ids {
            papers.push(self.paper(id)?);
        }
        papers.sort_by_key(|paper| paper.key);
        papers.dedup_by_key(|paper| paper.key);
        let seen: Vec<SeenPaper<'_>> = (papers.iter())
            .map(|stored| SeenPaper {
                key: stored.key,
                version: stored.paper.version(),
                title: &stored.paper.title,
                abstract_text: &stored.paper.abstract_text,
            })
            .collect();
        self.store.mark_shown(set, &seen, day)?;
        Ok(seen.len() as u64)
    }
}

#[cfg(test)]
mod tests;
