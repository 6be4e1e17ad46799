//! New arrivals ranked against a seed set, with reasons.

use std::collections::BTreeMap;

use jiff::civil::Date;
use kindred_core::{Category, Embeddings, KeySet, PaperKey};
use kindred_rank::{Lexicon, Papers, RankOptions, Ranker, Seed, TermRows, TermRule, TrainingSet, train};
use kindred_store::{PaperFilter, RatedPaper, Rating, SetName, StoredPaper};

use crate::answer::{EncoderView, FeedAnswer, FeedHit, LeftOut, PaperView, Reason, TrainedOn};
use crate::{EngineError, Library};

/// Random papers that a ranker sees as weak negatives; the number of Scholar Inbox's published
/// configuration.
const BACKGROUND: usize = 5_000;
/// A question for a feed.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    /// Most rated papers to name as the reason of each arrival.
    pub reasons: usize,
}

/// The rated papers of a set and their vectors, in paper-id order.
struct Seeds {
    /// All rated papers, with and without a vector.
    rated: KeySet,
    likes: Vec<RatedPaper>,
    dislikes: Vec<RatedPaper>,
    like_vectors: Embeddings,
    dislike_vectors: Embeddings,
}

impl Library {
    /// Ranks the papers whose first version falls between `since` and `as_of` against a seed set.
    ///
    /// Rated papers, papers that a feed of the set showed on an earlier day, withdrawn papers and
    /// papers without a vector are left out and counted.
    ///
    /// # Errors
    /// [`EngineError::UnknownSet`], [`EngineError::NothingLiked`], or
    /// [`EngineError::NothingEmbedded`]; otherwise as the parts report.
    pub fn feed(&self, query: &FeedQuery) -> Result<FeedAnswer, EngineError> {
        let choice = self.encoder_choice()?;
        let ratings = self.ratings_of(&query.set)?;
        let seeds = self.seeds(&query.set, ratings)?;
        let (candidates, mut left_out, arrivals) = self.candidates(query, &seeds)?;
        let (keys, vectors) = self.index()?.embeddings_for(&candidates);
        left_out.not_embedded = (candidates.len() - keys.len()) as u64;

        let mut lexicon = Lexicon::new(TermRule::default());
        let (ranker, trained_on) = self.train_ranker(&seeds, &candidates, &mut lexicon)?;
        let terms = self.terms(&keys, &mut lexicon)?;
        let papers_to_rank = Papers {
            vectors: &vectors,
            terms: Some(&terms),
            placed: None,
        };
        let ranked = ranker.rank(papers_to_rank)?;
        // Candidates are in id order, so equal scores stay in that order.
        let shown: Vec<_> = ranked.iter().take(query.limit).collect();
        left_out.below_limit = (ranked.len() - shown.len()) as u64;

        let shown_keys: Vec<PaperKey> = shown.iter().map(|row| keys[row.row]).collect();
        let papers = self.store.papers(&shown_keys)?;
        let titles = self.titles(&seeds)?;
        let mut results = Vec::with_capacity(shown.len());
        for (row, paper) in shown.iter().zip(&papers) {
            let explanation = ranker.explain(papers_to_rank.candidate(row.row), query.reasons);
            let reasons = explanation
                .parts
                .iter()
                .map(|part| {
                    let (rated, rating) = match part.seed {
                        Seed::Like(position) => (&seeds.likes[position], "like"),
                        Seed::Dislike(position) => (&seeds.dislikes[position], "dislike"),
                    };
                    Reason {
                        id: rated.id.clone(),
                        title: titles.get(&rated.key).cloned().unwrap_or_default(),
                        rating,
                        similarity: part.similarity.get(),
                        share: part.share,
                    }
                })
                .collect();
            results.push(FeedHit {
                rank: results.len() + 1,
                score: row.score,
                relevance: row.probability,
                reasons,
                paper: PaperView::from(paper),
            });
        }
        Ok(FeedAnswer {
            set: query.set.to_string(),
            as_of: query.as_of,
            since: query.since,
            until: query.as_of,
            encoder: EncoderView::from(&choice),
            trained_on,
            arrivals,
            left_out,
            results,
        })
    }

    /// Remembers that papers were shown in a feed of `set` on `day`; later days leave them out.
    ///
    /// # Errors
    /// As the store reports.
    pub fn mark_shown(&mut self, answer: &FeedAnswer, set: &SetName) -> Result<(), EngineError> {
        let mut keys = Vec::with_capacity(answer.results.len());
        for hit in &answer.results {
            keys.push(self.key(&hit.paper.id)?);
        }
        Ok(self.store.mark_shown(set, &keys, answer.as_of)?)
    }

    fn seeds(&self, set: &SetName, ratings: Vec<RatedPaper>) -> Result<Seeds, EngineError> {
        let rated = ratings.iter().map(|rated| rated.key).collect();
        let (likes, dislikes): (Vec<_>, Vec<_>) = ratings
            .into_iter()
            .partition(|rated| rated.rating == Rating::Like);
        if likes.is_empty() {
            return Err(EngineError::NothingLiked {
                name: set.to_string(),
            });
        }
        let (likes, like_vectors) = self.with_vectors(likes)?;
        let (dislikes, dislike_vectors) = self.with_vectors(dislikes)?;
        if likes.is_empty() {
            return Err(EngineError::LikesNotEmbedded {
                name: set.to_string(),
            });
        }
        Ok(Seeds {
            rated,
            likes,
            dislikes,
            like_vectors,
            dislike_vectors,
        })
    }

    /// Keeps the rated papers that have a vector, in their order.
    fn with_vectors(
        &self,
        rated: Vec<RatedPaper>,
    ) -> Result<(Vec<RatedPaper>, Embeddings), EngineError> {
        let keys: Vec<PaperKey> = rated.iter().map(|rated| rated.key).collect();
        let (found, vectors) = self.index()?.embeddings_for(&keys);
        let found: KeySet = found.into_iter().collect();
        let kept = rated
            .into_iter()
            .filter(|rated| found.contains(rated.key))
            .collect();
        Ok((kept, vectors))
    }

    /// Returns the papers to rank in id order, what was left out, and how many arrived.
    fn candidates(
        &self,
        query: &FeedQuery,
        seeds: &Seeds,
    ) -> Result<(Vec<PaperKey>, LeftOut, u64), EngineError> {
        let filter = PaperFilter {
            categories: query.categories.clone(),
            since: Some(query.since),
            until: Some(query.as_of),
            // A paper of which only the year is known did not arrive on its first of January.
            exact_days: true,
            include_withdrawn: true,
        };
        let arrivals = self.store.keys_where(&filter)?;
        let recommendable = self.store.keys_where(&PaperFilter {
            include_withdrawn: false,
            ..filter
        })?;
        let shown: KeySet = self
            .store
            .shown(&query.set)?
            .into_iter()
            .filter(|(_, day)| *day < query.as_of)
            .map(|(key, _)| key)
            .collect();
        let mut left_out = LeftOut::default();
        let mut kept = Vec::new();
        for &key in arrivals.as_slice() {
            if seeds.rated.contains(key) {
                left_out.in_set += 1;
            } else if !recommendable.contains(key) {
                left_out.withdrawn += 1;
            } else if shown.contains(key) {
                left_out.shown_before += 1;
            } else {
                kept.push(key);
            }
        }
        let mut ids = self.store.ids(&kept)?;
        ids.sort_by(|(_, left), (_, right)| left.cmp(right));
        let in_id_order = ids.into_iter().map(|(key, _)| key).collect();
        Ok((in_id_order, left_out, arrivals.len() as u64))
    }

    fn train_ranker(
        &self,
        seeds: &Seeds,
        candidates: &[PaperKey],
        lexicon: &mut Lexicon,
    ) -> Result<(Ranker, TrainedOn), EngineError> {
        let excluded: KeySet = seeds
            .likes
            .iter()
            .chain(&seeds.dislikes)
            .map(|rated| rated.key)
            .chain(candidates.iter().copied())
            .collect();
        let pool = self.background_pool()?;
        let chosen: Vec<PaperKey> = pool
            .iter()
            .copied()
            .filter(|key| !excluded.contains(*key))
            .take(BACKGROUND)
            .collect();
        let (chosen, background) = self.index()?.embeddings_for(&chosen);
        let keys = |rated: &[RatedPaper]| rated.iter().map(|rated| rated.key).collect::<Vec<_>>();
        let like_terms = self.terms(&keys(&seeds.likes), lexicon)?;
        let dislike_terms = self.terms(&keys(&seeds.dislikes), lexicon)?;
        let background_terms = self.terms(&chosen, lexicon)?;
        let papers = |vectors, terms| Papers {
            vectors,
            terms: Some(terms),
            placed: None,
        };
        let set = TrainingSet {
            likes: papers(&seeds.like_vectors, &like_terms),
            dislikes: papers(&seeds.dislike_vectors, &dislike_terms),
            background: papers(&background, &background_terms),
            space: None,
            newest_first: None,
        };
        let trained_on = TrainedOn {
            likes: seeds.likes.len(),
            dislikes: seeds.dislikes.len(),
            background: background.len(),
        };
        Ok((train(&set, &RankOptions::default())?, trained_on))
    }

    /// Counts the terms of papers, in their order.
    fn terms(&self, keys: &[PaperKey], lexicon: &mut Lexicon) -> Result<TermRows, EngineError> {
        let papers = self.store.papers(keys)?;
        let texts = papers.iter().map(|stored| stored.paper.text());
        Ok(lexicon.rows(texts))
    }

    fn titles(&self, seeds: &Seeds) -> Result<BTreeMap<PaperKey, String>, EngineError> {
        let keys: Vec<PaperKey> = seeds
            .likes
            .iter()
            .chain(&seeds.dislikes)
            .map(|rated| rated.key)
            .collect();
        let papers: Vec<StoredPaper> = self.store.papers(&keys)?;
        Ok(papers
            .into_iter()
            .map(|stored| (stored.key, stored.paper.title))
            .collect())
    }
}
