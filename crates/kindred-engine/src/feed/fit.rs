//! How well papers of any day fit a set, for maps.

use std::collections::BTreeMap;

use kindred_core::{PaperId, PaperKey};
use kindred_store::SetName;

use crate::{EngineError, Library, TopicBody};

/// Papers whose vectors and terms are in memory at once.
const CHUNK: usize = 8_192;

impl Library {
    /// Scores the papers of a body by the ranker of a set, whatever their day and whether they were
    /// rated or shown: those that have a vector, in the order of their ids. A larger score fits
    /// better; scores of one set can be compared, those of two cannot.
    ///
    /// Reads the texts of all these papers, so it takes seconds for 100,000.
    ///
    /// # Errors
    /// [`EngineError::UnknownSet`], [`EngineError::NothingLiked`],
    /// [`EngineError::NothingEmbedded`]; otherwise as the parts report.
    pub fn fit(&self, set: &SetName, body: &TopicBody) -> Result<Vec<(PaperId, f64)>, EngineError> {
        let seeds = self.seeds(set)?;
        let mut ground = self.ground(&seeds.keys().collect())?;
        let trained = self.train_on(&seeds, &mut ground)?;
        let papers = self.papers_of(body)?;
        let mut fits = Vec::with_capacity(papers.len());
        for chunk in papers.chunks(CHUNK) {
            let ids: BTreeMap<PaperKey, &PaperId> =
                chunk.iter().map(|(key, id)| (*key, id)).collect();
            let keys: Vec<PaperKey> = chunk.iter().map(|(key, _)| *key).collect();
            let pool = self.pool(&keys, &mut ground)?;
            let scored = trained.ranker.score_all(pool.papers())?;
            let fit = |(key, score): (&PaperKey, f64)| (ids[key].clone(), score);
            let scores = scored.into_iter().map(|ranked| ranked.score);
            fits.extend(pool.keys.iter().zip(scores).map(fit));
        }
        Ok(fits)
    }
}
