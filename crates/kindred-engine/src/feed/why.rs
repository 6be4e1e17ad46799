//! Why one paper has its place.

use jiff::civil::Date;
use kindred_core::{KeySet, PaperId, PaperKey};
use kindred_rank::{Ranked, expected_reading};

use super::reasons::{interests, seed_reasons, term_reasons};
use super::seeds::Seeds;
use super::training::{Ground, place_of};
use super::{Arrival, FeedQuery, FeedRanker, ListOptions};
use crate::answer::{PaperView, WhatIf, WhyAnswer};
use crate::{EngineError, Library, SetName};

/// A question about one paper and one set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WhyQuery {
    /// The paper.
    pub id: PaperId,
    /// The seed set.
    pub set: SetName,
    /// Last day of the arrivals that it is ranked among.
    pub as_of: Date,
    /// First day of those arrivals.
    pub since: Date,
    /// Most rated papers and terms to name.
    pub reasons: usize,
    /// Rated papers to leave out, to see what they do.
    pub without: Vec<PaperId>,
}

/// Where the paper stands with some seeds.
struct Standing {
    ranked: Ranked,
    rank: usize,
}

impl Library {
    /// Takes the score of a paper apart, and ranks it among the arrivals of a period; with
    /// `without`, also as if those papers had never been rated.
    ///
    /// A paper of the set itself is judged by the other papers of the set.
    ///
    /// # Errors
    /// [`EngineError::UnknownPaper`], [`EngineError::UnknownSet`], [`EngineError::NothingLiked`],
    /// [`EngineError::NothingElseLiked`] if nothing liked is left to judge by,
    /// [`EngineError::NoVector`] if the paper has none, [`EngineError::NotRated`] if `without`
    /// names a paper that the set has not rated; otherwise as the parts report.
    pub fn why(&self, query: &WhyQuery) -> Result<WhyAnswer, EngineError> {
        self.why_among(query, Arrival::EitherDay)
    }

    /// As [`Library::why`], among the arrivals of [`Library::feed_by_announcement`].
    ///
    /// # Errors
    /// As [`Library::why`].
    pub fn why_by_announcement(&self, query: &WhyQuery) -> Result<WhyAnswer, EngineError> {
        self.why_among(query, Arrival::Announced)
    }

    fn why_among(&self, query: &WhyQuery, arrival: Arrival) -> Result<WhyAnswer, EngineError> {
        let key = self.key(&query.id)?;
        let all = self.seeds(&query.set)?;
        let own: KeySet = std::iter::once(key).collect();
        let in_set = all.rated.contains(key);
        let seeds = all.without(&own);
        if seeds.likes.is_empty() {
            return Err(nothing_else(query, in_set));
        }
        let left_out = self.rated_keys(&query.set, &all, &query.without)?;
        let others = seeds.without(&left_out);
        if others.likes.is_empty() {
            return Err(nothing_else(query, in_set));
        }
        let candidates = self.candidates(&feed_query(query), &all, arrival)?;
        let excluded: KeySet = (candidates.keys.iter().copied())
            .chain(all.keys())
            .chain([key])
            .collect();
        let mut ground = self.ground(&excluded)?;
        let mut keys = candidates.keys;
        if !keys.contains(&key) {
            keys.push(key);
        }
        let pool = self.pool(&keys, &mut ground)?;
        let row = pool.row_of(key).ok_or_else(|| EngineError::NoVector {
            id: query.id.to_string(),
        })?;
        let mut trained = self.train_on(&seeds, &mut ground)?;
        self.calibrate((&query.set, query.as_of), &seeds, &mut ground, &mut trained)?;
        let ranked = trained.ranker.rank(pool.papers())?;
        let rank = place_of(&ranked, row);
        let explanation = (trained.ranker).explain(pool.papers().candidate(row), query.reasons);
        let probabilities: Vec<f64> = ranked.iter().map(|row| row.probability).collect();
        let without = if left_out.is_empty() {
            None
        } else {
            let standing = self.standing(query, (&others, &mut ground), (&pool.keys, key))?;
            Some(WhatIf {
                without: query.without.clone(),
                rank: standing.rank,
                score: standing.ranked.score,
                relevance: standing.ranked.probability,
            })
        };
        let interests = interests(&trained, &ground.lexicon);
        let interest = (interests.len() > 1).then(|| trained.facets.of(&pool.placed, row) + 1);
        Ok(WhyAnswer {
            set: query.set.to_string(),
            paper: PaperView::from(&self.paper(&query.id)?),
            in_set,
            since: query.since,
            until: query.as_of,
            rank,
            of: pool.keys.len(),
            expected: expected_reading(&probabilities, 1.0).1,
            score: explanation.score,
            relevance: explanation.probability,
            start: explanation.intercept,
            reasons: seed_reasons(&explanation, &seeds, &self.titles(&seeds)?),
            other_papers: explanation.others,
            terms: term_reasons(&explanation, &ground.lexicon),
            other_terms: explanation.other_terms,
            surroundings: explanation.commonness,
            background: explanation.background,
            interest: interest.and_then(|number| {
                interests
                    .into_iter()
                    .find(|interest| interest.number == number)
            }),
            trained_on: trained.basis,
            without,
        })
    }

    /// Ranks the pool with other seeds.
    fn standing(
        &self,
        query: &WhyQuery,
        (seeds, ground): (&Seeds, &mut Ground),
        (keys, key): (&[PaperKey], PaperKey),
    ) -> Result<Standing, EngineError> {
        let pool = self.pool(keys, ground)?;
        let row = pool.row_of(key).ok_or_else(|| EngineError::NoVector {
            id: query.id.to_string(),
        })?;
        let mut trained = self.train_on(seeds, ground)?;
        self.calibrate((&query.set, query.as_of), seeds, ground, &mut trained)?;
        let ranked = trained.ranker.rank(pool.papers())?;
        let rank = place_of(&ranked, row);
        let row = ranked[rank - 1];
        Ok(Standing {
            ranked: Ranked {
                score: row.score,
                probability: row.probability,
            },
            rank,
        })
    }
}

/// The error of a question that leaves nothing liked to judge by.
fn nothing_else(query: &WhyQuery, in_set: bool) -> EngineError {
    let own = std::iter::once(&query.id).filter(|_| in_set);
    let named = (query.without.iter()).filter(|id| !in_set || **id != query.id);
    EngineError::NothingElseLiked {
        name: query.set.to_string(),
        left_out: own.chain(named).map(PaperId::short).collect(),
    }
}

fn feed_query(query: &WhyQuery) -> FeedQuery {
    FeedQuery {
        set: query.set.clone(),
        as_of: query.as_of,
        since: query.since,
        categories: Vec::new(),
        limit: 0,
        reasons: query.reasons,
        ranker: FeedRanker::default(),
        list: ListOptions::default(),
    }
}
