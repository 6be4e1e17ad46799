//! The ranker of a feed: what it is trained and calibrated on.

use std::sync::Arc;

use jiff::SignedDuration;
use jiff::civil::Date;
use kindred_core::{Embeddings, KeySet, PaperKey};
use kindred_rank::{
    Calibration, Facets, Lexicon, Outcome, Papers, Placed, RankOptions, RankedRow, Ranker, Space,
    TermRows, TermRule, TrainingSet, train,
};
use kindred_store::{RatedPaper, SetName};

use super::seeds::Seeds;
use crate::answer::TrainedOn;
use crate::{EngineError, Library};

/// Random papers that a ranker sees as weak negatives; the number of Scholar Inbox's published
/// configuration.
const BACKGROUND: usize = 5_000;
/// Random papers whose words a ranker reads.
const BACKGROUND_TERMS: usize = 1_000;
/// Papers shown before that a ranker is calibrated on, the latest ones.
const OUTCOMES: usize = 1_000;
/// Fewer outcomes than this leave the prior as it is.
const MIN_OUTCOMES: usize = 10;
/// Parts that kept papers are left out in, so that none is scored by a ranker that knows it.
const FOLDS: usize = 3;

/// Papers to rank.
pub(super) struct Pool {
    pub(super) keys: Vec<PaperKey>,
    pub(super) vectors: Embeddings,
    pub(super) terms: TermRows,
    pub(super) placed: Placed,
}

impl Pool {
    pub(super) fn papers(&self) -> Papers<'_> {
        Papers {
            vectors: &self.vectors,
            terms: Some(&self.terms),
            placed: Some(&self.placed),
        }
    }

    pub(super) fn row_of(&self, key: PaperKey) -> Option<usize> {
        self.keys.iter().position(|&other| other == key)
    }
}

/// What all rankers of a question share: background, space and lexicon.
pub(super) struct Ground {
    pub(super) lexicon: Lexicon,
    pub(super) space: Arc<Space>,
    background: Embeddings,
    background_terms: TermRows,
}

/// A trained ranker with what its answers need.
pub(super) struct Trained {
    pub(super) ranker: Ranker,
    pub(super) facets: Facets,
    pub(super) like_terms: TermRows,
    pub(super) basis: TrainedOn,
}

impl Library {
    /// Draws the background, without these papers.
    pub(super) fn ground(&self, excluded: &KeySet) -> Result<Ground, EngineError> {
        let pool = self.background_pool()?.iter().copied();
        let chosen: Vec<PaperKey> = pool
            .filter(|key| !excluded.contains(*key))
            .take(BACKGROUND)
            .collect();
        let (chosen, background) = self.index()?.embeddings_for(&chosen);
        let mut lexicon = Lexicon::new(TermRule::default());
        let read = &chosen[..chosen.len().min(BACKGROUND_TERMS)];
        let background_terms = self.terms(read, &mut lexicon)?;
        Ok(Ground {
            lexicon,
            space: Arc::new(Space::fit(&background)),
            background,
            background_terms,
        })
    }

    /// Reads papers to rank; those without a vector are left out.
    pub(super) fn pool(&self, keys: &[PaperKey], ground: &mut Ground) -> Result<Pool, EngineError> {
        let (keys, vectors) = self.index()?.embeddings_for(keys);
        Ok(Pool {
            terms: self.terms(&keys, &mut ground.lexicon)?,
            placed: ground.space.place(&vectors),
            keys,
            vectors,
        })
    }

    /// Trains a ranker on a set; returns the terms of the likes with it.
    fn ranker(
        &self,
        seeds: &Seeds,
        ground: &mut Ground,
    ) -> Result<(Ranker, TermRows), EngineError> {
        let keys = |rated: &[RatedPaper]| -> Vec<PaperKey> {
            rated.iter().map(|rated| rated.key).collect()
        };
        let like_terms = self.terms(&keys(&seeds.likes), &mut ground.lexicon)?;
        let dislike_terms = self.terms(&keys(&seeds.dislikes), &mut ground.lexicon)?;
        let papers = |vectors, terms| Papers::from(vectors).with_terms(terms);
        let newest_first = newest_first(&seeds.likes);
        let set = TrainingSet {
            space: Some(&ground.space),
            newest_first: newest_first.as_deref(),
            ..TrainingSet::new(
                papers(&seeds.like_vectors, &like_terms),
                papers(&seeds.dislike_vectors, &dislike_terms),
                papers(&ground.background, &ground.background_terms),
            )
        };
        Ok((train(&set, &RankOptions::default())?, like_terms))
    }

    /// Trains on a set and finds its interests.
    pub(super) fn train_on(
        &self,
        seeds: &Seeds,
        ground: &mut Ground,
    ) -> Result<Trained, EngineError> {
        let (ranker, like_terms) = self.ranker(seeds, ground)?;
        let facets = match ranker.placed_likes() {
            Some(placed) => Facets::find(placed),
            None => Facets::find(&ground.space.place(&seeds.like_vectors)),
        };
        Ok(Trained {
            facets,
            ranker,
            like_terms,
            basis: TrainedOn {
                likes: seeds.likes.len(),
                dislikes: seeds.dislikes.len(),
                background: ground.background.len(),
                outcomes: 0,
            },
        })
    }

    /// Calibrates a ranker on what the reader kept of earlier feeds of the set.
    ///
    /// Kept papers are scored by rankers that were trained without them.
    pub(super) fn calibrate(
        &self,
        (set, before): (&SetName, Date),
        seeds: &Seeds,
        ground: &mut Ground,
        trained: &mut Trained,
    ) -> Result<(), EngineError> {
        let mut shown = self.store.shown(set)?;
        shown.retain(|(_, day)| *day < before);
        if shown.len() < MIN_OUTCOMES {
            return Ok(());
        }
        // The latest, which are most like what comes.
        shown.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
        shown.truncate(OUTCOMES);
        let likes: KeySet = seeds.likes.iter().map(|rated| rated.key).collect();
        let (kept, passed): (Vec<PaperKey>, Vec<PaperKey>) = (shown.into_iter())
            .map(|(key, _)| key)
            .partition(|key| likes.contains(*key));
        let mut outcomes = self.outcomes(&passed, false, &trained.ranker, ground)?;
        for fold in 0..FOLDS {
            let fold: Vec<PaperKey> = (kept.iter().skip(fold).step_by(FOLDS)).copied().collect();
            let others = seeds.without(&fold.iter().copied().collect());
            if fold.is_empty() || others.likes.is_empty() {
                continue;
            }
            let (ranker, _) = self.ranker(&others, ground)?;
            outcomes.extend(self.outcomes(&fold, true, &ranker, ground)?);
        }
        trained.basis.outcomes = outcomes.len();
        trained.ranker.calibrate(Calibration::fit(&outcomes));
        Ok(())
    }

    fn outcomes(
        &self,
        keys: &[PaperKey],
        kept: bool,
        ranker: &Ranker,
        ground: &mut Ground,
    ) -> Result<Vec<Outcome>, EngineError> {
        let pool = self.pool(keys, ground)?;
        let scored = ranker.score_all(pool.papers())?.into_iter();
        Ok(scored
            .map(|ranked| Outcome {
                score: ranker.standardised(ranked.score),
                kept,
            })
            .collect())
    }

    /// Counts the terms of papers, in their order.
    pub(super) fn terms(
        &self,
        keys: &[PaperKey],
        lexicon: &mut Lexicon,
    ) -> Result<TermRows, EngineError> {
        let papers = self.store.papers(keys)?;
        let texts = papers.iter().map(|stored| stored.paper.text());
        Ok(lexicon.rows(texts))
    }
}

/// Rows of the likes from the latest to the first; `None` where all were given within a day, which
/// an import does and which says nothing of interests.
pub(crate) fn newest_first(likes: &[RatedPaper]) -> Option<Vec<usize>> {
    let first = likes.iter().map(|rated| rated.at).min()?;
    let last = likes.iter().map(|rated| rated.at).max()?;
    if last.duration_since(first) < SignedDuration::from_hours(24) {
        return None;
    }
    let mut rows: Vec<usize> = (0..likes.len()).collect();
    rows.sort_by(|&a, &b| likes[b].at.cmp(&likes[a].at).then(a.cmp(&b)));
    Some(rows)
}

/// The place of a row among ranked ones, from 1; the last one if it is not there.
pub(super) fn place_of(ranked: &[RankedRow], row: usize) -> usize {
    let place = ranked.iter().position(|ranked| ranked.row == row);
    place.map_or(ranked.len(), |place| place + 1)
}
