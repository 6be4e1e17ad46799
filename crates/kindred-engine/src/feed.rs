//! New arrivals ranked against a seed set, with reasons.

mod candidates;
mod difference;
mod duplicates;
mod revisions;
mod rules;

use std::collections::BTreeMap;

use jiff::civil::Date;
use kindred_core::{Category, Embeddings, KeySet, PaperKey, Version};
use kindred_rank::{
    Lexicon, Papers, RankOptions, Ranker, Seed, TermRows, TermRule, TrainingSet, train,
};
use kindred_store::{RatedPaper, Rating, SeenPaper, SetName, StoredPaper};

use self::candidates::pinned_first;
use crate::answer::{EncoderView, FeedAnswer, FeedHit, PaperView, Reason, TrainedOn};
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
        let ratings = self.ratings_of(&query.set)?;
        let seeds = self.seeds(&query.set, ratings)?;
        let mut candidates = self.candidates(query, &seeds)?;
        let mut left_out = candidates.left_out;
        let (keys, vectors) = self.index()?.embeddings_for(&candidates.keys);
        left_out.not_embedded = (candidates.keys.len() - keys.len()) as u64;

        let mut lexicon = Lexicon::new(TermRule::default());
        let (ranker, trained_on) = self.train_ranker(&seeds, &candidates.keys, &mut lexicon)?;
        let terms = self.terms(&keys, &mut lexicon)?;
        let papers_to_rank = Papers {
            vectors: &vectors,
            terms: Some(&terms),
            placed: None,
        };
        let ranked = ranker.rank(papers_to_rank)?;
        // Candidates are in id order, so equal scores stay in that order.
        let shown = pinned_first(&ranked, query.limit, |row| {
            candidates.pinned.contains_key(&keys[row.row])
        });
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
            trained_on,
            arrivals: candidates.arrivals,
            revisions: candidates.revised,
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
