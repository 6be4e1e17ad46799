//! What a ranker makes of the papers of a feed.

use kindred_core::{KeySet, PaperKey};
use kindred_rank::{Place, RankedRow, SelectionOptions, expected_reading, select};

use super::FeedQuery;
use super::candidates::Candidates;
use super::reasons::{interests, seed_reasons, term_reasons};
use super::seeds::Seeds;
use super::training::{Pool, Trained};
use crate::answer::{ExpectedReading, InterestView, Reason, TermReason, TrainedOn};
use crate::{EngineError, Library};

/// Share of what is expected to be kept that a feed counts the papers for.
const EXPECTED_SHARE: f64 = 0.9;

/// The papers of a feed in their order, and what the ranker says of them all.
pub(super) struct Ranking {
    /// The pinned papers, then the list.
    pub(super) listed: Vec<RankedPaper>,
    /// Papers that have a vector and so were ranked.
    pub(super) of: usize,
    pub(super) trained_on: TrainedOn,
    /// Absent without probabilities.
    pub(super) expected: Option<ExpectedReading>,
    pub(super) interests: Vec<InterestView>,
}

/// A paper of a feed before it is described.
pub(super) struct RankedPaper {
    pub(super) key: PaperKey,
    pub(super) score: f64,
    /// Absent without probabilities.
    pub(super) relevance: Option<f64>,
    pub(super) reasons: Vec<Reason>,
    pub(super) terms: Vec<TermReason>,
    pub(super) interest: Option<usize>,
    pub(super) between: Option<[usize; 2]>,
}

impl Library {
    /// Ranks by Kindred's own ranker.
    pub(super) fn own_ranking(
        &self,
        query: &FeedQuery,
        seeds: &Seeds,
        candidates: &Candidates,
        excluded: &KeySet,
    ) -> Result<Ranking, EngineError> {
        let mut ground = self.ground(excluded)?;
        let pool = self.pool(&candidates.keys, &mut ground)?;
        let mut trained = self.train_on(seeds, &mut ground)?;
        self.calibrate((&query.set, query.as_of), seeds, &mut ground, &mut trained)?;

        // Candidates are in id order, so equal scores stay in that order.
        let ranked = trained.ranker.rank(pool.papers())?;
        let is_pinned = |row: &RankedRow| candidates.pinned.contains_key(&pool.keys[row.row]);
        let titles = self.titles(seeds)?;
        let interests = interests(&trained, &ground.lexicon);
        let listed = listed(&ranked, is_pinned, (&pool, &trained), query)
            .into_iter()
            .map(|(ranked, place)| {
                let row = ranked.row;
                let candidate = pool.papers().candidate(row);
                let explanation = trained.ranker.explain(candidate, query.reasons);
                RankedPaper {
                    key: pool.keys[row],
                    score: ranked.score,
                    relevance: Some(ranked.probability),
                    reasons: seed_reasons(&explanation, seeds, &titles),
                    terms: term_reasons(&explanation, &ground.lexicon),
                    interest: (interests.len() > 1)
                        .then(|| trained.facets.of(&pool.placed, row) + 1),
                    between: match place {
                        Place::Ranked => None,
                        Place::Between(left, right) => Some([left + 1, right + 1]),
                    },
                }
            })
            .collect();
        Ok(Ranking {
            listed,
            of: ranked.len(),
            trained_on: trained.basis,
            expected: Some(expected(&ranked)),
            interests,
        })
    }
}

/// How far one has to read.
fn expected(ranked: &[RankedRow]) -> ExpectedReading {
    let probabilities: Vec<f64> = ranked.iter().map(|row| row.probability).collect();
    let (papers, kept) = expected_reading(&probabilities, EXPECTED_SHARE);
    ExpectedReading {
        share: EXPECTED_SHARE,
        papers,
        of: ranked.len(),
        kept,
    }
}

/// Chooses what is shown of `ranked`, best first: the pinned papers, all of them, then the list.
fn listed(
    ranked: &[RankedRow],
    is_pinned: impl Fn(&RankedRow) -> bool,
    (pool, trained): (&Pool, &Trained),
    query: &FeedQuery,
) -> Vec<(RankedRow, Place)> {
    let (pinned, others): (Vec<RankedRow>, Vec<RankedRow>) =
        ranked.iter().copied().partition(is_pinned);
    let mut list: Vec<(RankedRow, Place)> = (pinned.into_iter())
        .map(|ranked| (ranked, Place::Ranked))
        .collect();
    let mut probabilities = vec![0.0; ranked.len()];
    let mut by_row = vec![None; ranked.len()];
    for row in &others {
        probabilities[row.row] = row.probability;
        by_row[row.row] = Some(*row);
    }
    let mut limit = query.limit.min(others.len());
    if let Some(share) = query.list.expect {
        limit = limit.min(expected_reading(&probabilities, share).0);
    }
    let options = SelectionOptions {
        limit,
        diversity: query.list.diversity,
        proportional: query.list.proportional,
        exploration: query.list.exploration,
    };
    let order: Vec<usize> = others.iter().map(|row| row.row).collect();
    let chosen = select(
        &order,
        &probabilities,
        (&pool.placed, &trained.facets),
        &options,
    );
    list.extend(
        chosen
            .into_iter()
            .filter_map(|(row, place)| by_row[row].map(|ranked| (ranked, place))),
    );
    list
}
