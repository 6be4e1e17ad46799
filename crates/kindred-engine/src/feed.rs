//! New arrivals ranked against a seed set, with reasons.

mod ask;
mod candidates;
mod difference;
mod duplicates;
mod reasons;
mod revisions;
mod rules;
mod seeds;
mod training;
mod why;

use jiff::civil::Date;
use kindred_core::{Category, KeySet, PaperKey, Version};
use kindred_rank::{Place, RankedRow, SelectionOptions, expected_reading, select};
use kindred_store::{SeenPaper, SetName};

use self::reasons::{interests, seed_reasons, term_reasons};
use self::training::{Pool, Trained};
pub use self::why::WhyQuery;
use crate::answer::{EncoderView, ExpectedReading, FeedAnswer, FeedHit, PaperView};
use crate::{EngineError, Library};

/// Share of what is expected to be kept that a feed counts the papers for.
const EXPECTED_SHARE: f64 = 0.9;

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
    /// How the list is made of the ranking.
    pub list: ListOptions,
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

/// A paper of a feed before it is described.
struct Listed {
    ranked: RankedRow,
    place: Place,
}

impl Library {
    /// Ranks the papers whose first version falls between `since` and `as_of` against a seed set.
    ///
    /// Papers of pinned authors stand before the others and do not count for the limit. Rated
    /// papers, papers that a feed of the set showed on an earlier day, those that another set owns,
    /// the same work once more, what a rule removes, withdrawn papers and papers without a vector
    /// are left out and counted. A paper that was shown or liked comes back once a new version
    /// changed what its title and abstract say.
    ///
    /// # Errors
    /// [`EngineError::UnknownSet`], [`EngineError::NothingLiked`], or
    /// [`EngineError::NothingEmbedded`]; otherwise as the parts report.
    pub fn feed(&self, query: &FeedQuery) -> Result<FeedAnswer, EngineError> {
        let choice = self.encoder_choice()?;
        let seeds = self.seeds(&query.set)?;
        let mut candidates = self.candidates(query, &seeds)?;
        let mut left_out = candidates.left_out;
        let excluded: KeySet = (candidates.keys.iter().copied())
            .chain(seeds.keys())
            .collect();
        let mut ground = self.ground(&excluded)?;
        let pool = self.pool(&candidates.keys, &mut ground)?;
        left_out.not_embedded = (candidates.keys.len() - pool.keys.len()) as u64;
        let mut trained = self.train_on(&seeds, &mut ground)?;
        self.calibrate((&query.set, query.as_of), &seeds, &mut ground, &mut trained)?;

        // Candidates are in id order, so equal scores stay in that order.
        let ranked = trained.ranker.rank(pool.papers())?;
        let is_pinned = |row: &RankedRow| candidates.pinned.contains_key(&pool.keys[row.row]);
        let listed = listed(&ranked, is_pinned, (&pool, &trained), query);
        left_out.below_limit = (ranked.len() - listed.len()) as u64;

        let keys: Vec<PaperKey> = listed.iter().map(|one| pool.keys[one.ranked.row]).collect();
        let papers = self.store.papers(&keys)?;
        let titles = self.titles(&seeds)?;
        let interests = interests(&trained, &ground.lexicon);
        let mut results = Vec::with_capacity(listed.len());
        for (one, paper) in listed.iter().zip(&papers) {
            let row = one.ranked.row;
            let explanation = (trained.ranker).explain(pool.papers().candidate(row), query.reasons);
            results.push(FeedHit {
                rank: results.len() + 1,
                score: one.ranked.score,
                relevance: one.ranked.probability,
                reasons: seed_reasons(&explanation, &seeds, &titles),
                terms: term_reasons(&explanation, &ground.lexicon),
                interest: (interests.len() > 1).then(|| trained.facets.of(&pool.placed, row) + 1),
                between: match one.place {
                    Place::Ranked => None,
                    Place::Between(left, right) => Some([left + 1, right + 1]),
                },
                pinned: candidates.pinned.remove(&paper.key),
                revision: candidates.revisions.remove(&paper.key),
                paper: PaperView::from(paper),
            });
        }
        Ok(FeedAnswer {
            set: query.set.to_string(),
            as_of: query.as_of,
            since: query.since,
            until: query.as_of,
            encoder: EncoderView::from(&choice),
            trained_on: trained.basis,
            arrivals: candidates.arrivals,
            revisions: candidates.revised,
            expected: expected(&ranked),
            interests,
            left_out,
            rules: candidates.rules,
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
) -> Vec<Listed> {
    let (pinned, others): (Vec<RankedRow>, Vec<RankedRow>) =
        ranked.iter().copied().partition(is_pinned);
    let place = Place::Ranked;
    let mut list: Vec<Listed> = (pinned.into_iter())
        .map(|ranked| Listed { ranked, place })
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
            .filter_map(|(row, place)| by_row[row].map(|ranked| Listed { ranked, place })),
    );
    list
}
