//! Arrivals whose rating would teach most.

use kindred_core::KeySet;
use kindred_rank::papers_to_ask;

use super::{Arrival, FeedQuery};
use crate::answer::{AskAnswer, AskedPaper, PaperView};
use crate::{EngineError, Library};

impl Library {
    /// Chooses at most `query.limit` papers of the period to ask about, the most useful answer
    /// first. The set may have no like yet, or not exist: then papers are chosen that speak for as
    /// many others as possible.
    ///
    /// # Errors
    /// [`EngineError::NothingEmbedded`]; otherwise as the parts report.
    pub fn ask(&self, query: &FeedQuery) -> Result<AskAnswer, EngineError> {
        let seeds = if self.has_set(&query.set)? {
            self.any_seeds(&query.set)?
        } else {
            self.no_seeds()?
        };
        let candidates = self.candidates(query, &seeds, Arrival::EitherDay)?;
        let excluded: KeySet = (candidates.keys.iter().copied())
            .chain(seeds.keys())
            .collect();
        let mut ground = self.ground(&excluded)?;
        let pool = self.pool(&candidates.keys, &mut ground)?;
        let scored = if seeds.likes.is_empty() {
            None
        } else {
            let mut trained = self.train_on(&seeds, &mut ground)?;
            self.calibrate((&query.set, query.as_of), &seeds, &mut ground, &mut trained)?;
            Some(trained.ranker.score_all(pool.papers())?)
        };
        let scores: Option<Vec<f64>> =
            (scored.as_ref()).map(|scored| scored.iter().map(|ranked| ranked.score).collect());
        let rated = [
            ground.space.place(&seeds.like_vectors),
            ground.space.place(&seeds.dislike_vectors),
        ];
        let rated = [&rated[0], &rated[1]];
        let asked = papers_to_ask(&pool.placed, scores.as_deref(), &rated, query.limit);
        let keys: Vec<_> = asked.iter().map(|&row| pool.keys[row]).collect();
        let papers = self.store.papers(&keys)?;
        let questions = (asked.iter().zip(&papers).enumerate())
            .map(|(place, (&row, paper))| AskedPaper {
                rank: place + 1,
                relevance: scored.as_ref().map(|scored| scored[row].probability),
                paper: PaperView::from(paper),
            })
            .collect();
        Ok(AskAnswer {
            set: query.set.to_string(),
            since: query.since,
            until: query.as_of,
            candidates: pool.keys.len(),
            questions,
        })
    }
}
