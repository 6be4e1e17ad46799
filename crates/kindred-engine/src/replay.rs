//! A seed set's past, replayed: how well rankers would have ordered each day's arrivals.
//!
//! Time is walked forward. What a ranker learns from is what the set held when a day began, what it
//! ranks are the day's arrivals that were not rated by then, and what counts is which of them were
//! liked on that day or later. Ratings are known as they stand today: one that was changed counts
//! as of the change, one that was taken back never was. Background papers and the space that
//! closeness is measured in are of the whole library, without rated papers and the day's arrivals.

mod answer;
mod error;
mod plan;
mod rank;
mod summary;

use std::sync::Mutex;

use jiff::civil::Date;
use kindred_core::PaperKey;
use kindred_store::SetName;
use rayon::prelude::*;

pub use self::answer::{
    Estimate, ReplayAnswer, ReplayCalibration, ReplayLeftOut, ReplayRanker, ReplayVerdict,
};
pub use self::error::ReplayError;
use self::plan::History;
use self::rank::{Body, Day, RankedDay, rankers};
use crate::answer::EncoderView;
use crate::{Control, EngineError, Library, Progress};

/// Random papers that rankers see as weak negatives, at most.
pub(crate) const BACKGROUND: usize = 3_000;
/// Days whose vectors and texts are in memory together.
const DAYS_AT_ONCE: usize = 8;

/// A question for a replay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplayQuery {
    /// The seed set.
    pub set: SetName,
    /// The first day whose arrivals are ranked.
    pub since: Date,
    /// The last one; `None` is the day of the library's latest papers.
    pub until: Option<Date>,
    /// Today, in universal time: later days are refused.
    pub today: Date,
    /// Places of a day's ranking that recall and nDCG look at.
    pub limit: usize,
}

impl Library {
    /// Ranks the arrivals of every day of a period with what a seed set held when the day began,
    /// by the ranker of feeds and by every baseline, and measures which arrivals were liked later.
    ///
    /// Days after the set's last like are left out: nobody knows yet what will be liked of them.
    ///
    /// # Errors
    /// [`EngineError::UnknownSet`], [`EngineError::NothingLiked`],
    /// [`EngineError::LikesNotEmbedded`], [`EngineError::NothingEmbedded`];
    /// [`EngineError::Replay`] if the period or the ratings give nothing to measure;
    /// [`EngineError::Stopped`] when stopped; otherwise as the parts report.
    ///
    /// # Determinism
    /// The same library and query give the same answer, whatever the number of threads.
    pub fn replay(
        &self,
        query: &ReplayQuery,
        control: &Control<'_>,
    ) -> Result<ReplayAnswer, EngineError> {
        let choice = self.encoder_choice()?;
        let history = self.history(query)?;
        let plan = self.plan(query, &history)?;
        control.check()?;
        let rankers = rankers();
        let body = self.body(history, &rankers)?;

        let total = plan.days.len() as u64;
        let done = Mutex::new(0);
        control.report(Progress::Replay { done: 0, total });
        let mut ranked: Vec<RankedDay> = Vec::with_capacity(plan.days.len());
        for days in plan.days.chunks(DAYS_AT_ONCE) {
            let loaded: Vec<Day<'_>> = days
                .iter()
                .map(|planned| {
                    let (_, vectors) = self.index()?.embeddings_for(&planned.keys);
                    let texts = self.texts(&planned.keys)?;
                    Ok(Day {
                        planned,
                        vectors,
                        texts,
                    })
                })
                .collect::<Result<_, EngineError>>()?;
            let results: Vec<RankedDay> = loaded
                .par_iter()
                .map(|day| {
                    control.check()?;
                    let ranked = body.rank(day, &rankers, query.limit)?;
                    // Reports in order: the count is raised and told under one lock.
                    if let Ok(mut done) = done.lock() {
                        *done += 1;
                        control.report(Progress::Replay { done: *done, total });
                    }
                    Ok(ranked)
                })
                .collect::<Result<_, EngineError>>()?;
            ranked.extend(results);
        }
        let learnt_with = (EncoderView::from(&choice), body.background());
        Ok(summary::answer(
            query,
            &plan,
            &ranked,
            &rankers,
            learnt_with,
        ))
    }

    /// Loads what all days share.
    fn body(&self, history: History, rankers: &rank::Rankers) -> Result<Body, EngineError> {
        let index = self.index()?;
        let pool = self.background_pool()?;
        let chosen: Vec<PaperKey> = (pool.iter().copied())
            .filter(|&key| !history.is_rated(key) && index.contains(key))
            .take(BACKGROUND)
            .collect();
        let (chosen, vectors) = index.embeddings_for(&chosen);
        let texts = self.texts(&chosen)?;
        let like_texts = self.texts(&history.likes.keys)?;
        let dislike_texts = self.texts(&history.dislikes.keys)?;
        Ok(Body::new(
            history,
            (chosen, vectors),
            rankers,
            [&texts, &like_texts, &dislike_texts],
        ))
    }

    /// Texts of papers, in the order of `keys`.
    fn texts(&self, keys: &[PaperKey]) -> Result<Vec<String>, EngineError> {
        let papers = self.store.papers(keys)?;
        Ok(papers.iter().map(|stored| stored.paper.text()).collect())
    }
}

#[cfg(test)]
mod tests;
