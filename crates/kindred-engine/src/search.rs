//! Search by words and by meaning at once.

use std::collections::BTreeMap;

use kindred_core::{Neighbor, Neighbors, PaperId, PaperKey, SearchOptions};
use kindred_rank::weighted_rank_fusion;
use kindred_store::WordQuery;

use crate::answer::{EncoderView, Evidence, PaperView, SearchAnswer, SearchHit};
use crate::choice::ModelOrigin;
use crate::similar::Selection;
use crate::{EngineError, Library};

/// How deep each list is read before they are fused.
pub const FUSION_DEPTH: usize = 200;
/// Constant added to every rank. The usual 60 makes the first places of both lists nearly equal, so
/// that a paper both lists hold far down beats the first of one; 1 lets first places count
/// (measured on claims, docs/BENCHMARKS.md).
const RANK_CONSTANT: f64 = 1.0;
/// Weight of the reciprocal rank by words; that by meaning is relative to it.
const WORD_WEIGHT: f64 = 1.0;
/// Weight of meaning where the encoder reads words in their context.
const CONTEXT_WEIGHT: f64 = 0.75;
/// Weight of meaning where the encoder averages words, or hardly more: it says little that the words
/// do not. So it was measured for both encoders of the program.
const LIGHT_WEIGHT: f64 = 0.3;

/// What a search goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SearchMode {
    /// Words and meaning, fused.
    #[default]
    Fused,
    /// Words alone (BM25).
    Words,
    /// Meaning alone (cosine similarity).
    Meaning,
}

/// A question in words.
#[derive(Debug, Clone)]
pub struct SearchQuery {
    /// The parsed query.
    pub words: WordQuery,
    /// Which papers may be in the answer.
    pub selection: Selection,
    /// Most papers to return.
    pub limit: usize,
    /// What to go by.
    pub mode: SearchMode,
}

/// Papers found in one way, best first, with their scores.
type Ranking = Vec<(PaperKey, f64)>;

impl Library {
    /// Returns the papers that match by words (BM25) or by meaning (cosine similarity), fused by
    /// weighted reciprocal ranks (Cormack, Clarke and Büttcher 2009).
    ///
    /// Phrases, fields and exclusions are conditions that every result meets; free words and the
    /// query's meaning order the results. A library without vectors answers by words alone.
    ///
    /// # Errors
    /// As the store, the index and the encoder report.
    pub fn search(&self, query: &SearchQuery) -> Result<SearchAnswer, EngineError> {
        let depth = FUSION_DEPTH.max(query.limit.saturating_mul(2));
        let by_words = match query.mode {
            SearchMode::Meaning => Ranking::new(),
            SearchMode::Words | SearchMode::Fused => {
                self.store
                    .search_words(&query.words, depth, &query.selection.filter())?
            }
        };
        let by_meaning = match query.mode {
            SearchMode::Words => None,
            SearchMode::Meaning | SearchMode::Fused => self.search_meaning(query, depth)?,
        };
        let choice = self.encoder_choice()?;
        let encoder = by_meaning.is_some().then(|| EncoderView::from(&choice));
        let by_meaning = by_meaning.unwrap_or_default();
        let weight = match choice.origin {
            ModelOrigin::BuiltIn(_) => LIGHT_WEIGHT,
            ModelOrigin::Folder(_) if choice.family == "static" => LIGHT_WEIGHT,
            ModelOrigin::Folder(_) => CONTEXT_WEIGHT,
        };
        let results = self.fuse(&by_words, (&by_meaning, weight), query.limit)?;
        Ok(SearchAnswer {
            query: query.words.plain_text().to_owned(),
            encoder,
            results,
        })
    }

    /// Returns the papers closest to the query's text that meet its conditions, or `None` where
    /// there is no text or no vector to compare.
    fn search_meaning(
        &self,
        query: &SearchQuery,
        depth: usize,
    ) -> Result<Option<Ranking>, EngineError> {
        if query.words.plain_text().trim().is_empty() {
            return Ok(None);
        }
        let index = match self.index() {
            Ok(index) => index,
            Err(EngineError::NothingEmbedded { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        let allowed = self
            .store
            .meeting_conditions(&query.words, &query.selection.filter())?;
        let vector = match self.encode_query(query.words.plain_text()) {
            Ok(vector) => vector,
            // A text that the encoder cannot read may still be found by its words.
            Err(EngineError::Query(_)) if query.mode == SearchMode::Fused => return Ok(None),
            Err(error) => return Err(error),
        };
        let options = SearchOptions {
            limit: depth,
            allowed: allowed.as_ref(),
            ..SearchOptions::default()
        };
        let found = index.nearest(&vector, &options)?;
        let scored = |neighbor: Neighbor| (neighbor.key, f64::from(neighbor.score.get()));
        Ok(Some(found.into_iter().map(scored).collect()))
    }

    fn fuse(
        &self,
        by_words: &Ranking,
        (by_meaning, weight): (&Ranking, f64),
        limit: usize,
    ) -> Result<Vec<SearchHit>, EngineError> {
        let keys = |ranking: &Ranking| ranking.iter().map(|(key, _)| *key).collect::<Vec<_>>();
        let (words, meaning) = (keys(by_words), keys(by_meaning));
        let ids = self
            .store
            .ids(&[words.as_slice(), meaning.as_slice()].concat())?;
        let ids: BTreeMap<PaperKey, PaperId> = ids.into_iter().collect();
        let mut fused =
            weighted_rank_fusion(&[(&words, WORD_WEIGHT), (&meaning, weight)], RANK_CONSTANT);
        fused.sort_by(|(left, left_score), (right, right_score)| {
            right_score
                .total_cmp(left_score)
                .then_with(|| ids.get(left).cmp(&ids.get(right)))
        });
        fused.truncate(limit);
        let papers = self
            .store
            .papers(&fused.iter().map(|(key, _)| *key).collect::<Vec<_>>())?;
        let scores: BTreeMap<PaperKey, f64> = fused.into_iter().collect();
        let hits = papers
            .iter()
            .enumerate()
            .map(|(position, paper)| SearchHit {
                rank: position + 1,
                score: scores.get(&paper.key).copied().unwrap_or_default(),
                words: evidence(by_words, paper.key),
                meaning: evidence(by_meaning, paper.key),
                paper: PaperView::from(paper),
            });
        Ok(hits.collect())
    }
}

fn evidence(ranking: &Ranking, key: PaperKey) -> Option<Evidence> {
    let place = ranking.iter().position(|(found, _)| *found == key)?;
    Some(Evidence {
        rank: place + 1,
        score: ranking[place].1,
    })
}
