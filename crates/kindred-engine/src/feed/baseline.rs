//! Feeds in the order of another ranker than Kindred's own, as `replay` measures it.

use kindred_core::{Embeddings, KeySet, PaperKey};
use kindred_rank::{Lexicon, Papers, ScoreCandidates, TermRows, TrainingSet};
use kindred_store::RatedPaper;

use super::candidates::Candidates;
use super::ranking::{RankedPaper, Ranking};
use super::seeds::Seeds;
use super::training::newest_first;
use crate::answer::TrainedOn;
use crate::replay::BACKGROUND;
use crate::{EngineError, Library};

impl Library {
    /// Ranks by a baseline: the pinned papers, then the first `limit` of the others, by score
    /// alone.
    pub(super) fn baseline_ranking(
        &self,
        baseline: &dyn ScoreCandidates,
        limit: usize,
        (seeds, candidates): (&Seeds, &Candidates),
        excluded: &KeySet,
    ) -> Result<Ranking, EngineError> {
        let index = self.index()?;
        let background: Vec<PaperKey> = (self.background_pool()?.iter().copied())
            .filter(|&key| !excluded.contains(key) && index.contains(key))
            .take(BACKGROUND)
            .collect();
        let (background, background_vectors) = index.embeddings_for(&background);
        let (keys, vectors) = index.embeddings_for(&candidates.keys);
        let likes: Vec<PaperKey> = keys_of(&seeds.likes);
        let dislikes: Vec<PaperKey> = keys_of(&seeds.dislikes);
        let terms = match baseline.term_rule() {
            None => None,
            Some(rule) => {
                let mut lexicon = Lexicon::new(rule);
                Some([
                    self.terms(&background, &mut lexicon)?,
                    self.terms(&likes, &mut lexicon)?,
                    self.terms(&dislikes, &mut lexicon)?,
                    self.terms(&keys, &mut lexicon)?,
                ])
            }
        };
        let terms = |part: usize| terms.as_ref().map(|terms| &terms[part]);
        let newest_first = newest_first(&seeds.likes);
        let set = TrainingSet {
            newest_first: newest_first.as_deref(),
            ..TrainingSet::new(
                papers(&seeds.like_vectors, terms(1)),
                papers(&seeds.dislike_vectors, terms(2)),
                papers(&background_vectors, terms(0)),
            )
        };
        let scores = baseline.score_all(&set, papers(&vectors, terms(3)))?;

        // Keys are in id order, so equal scores stay in that order.
        let mut order: Vec<usize> = (0..keys.len()).collect();
        order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
        let (mut rows, others): (Vec<usize>, Vec<usize>) =
            (order.into_iter()).partition(|&row| candidates.pinned.contains_key(&keys[row]));
        rows.extend(others.into_iter().take(limit));
        let listed = (rows.into_iter())
            .map(|row| RankedPaper {
                key: keys[row],
                score: scores[row],
                relevance: None,
                reasons: Vec::new(),
                terms: Vec::new(),
                interest: None,
                between: None,
            })
            .collect();
        Ok(Ranking {
            listed,
            of: keys.len(),
            trained_on: TrainedOn {
                likes: likes.len(),
                dislikes: dislikes.len(),
                background: background.len(),
                outcomes: 0,
            },
            expected: None,
            interests: Vec::new(),
        })
    }
}

fn keys_of(rated: &[RatedPaper]) -> Vec<PaperKey> {
    rated.iter().map(|rated| rated.key).collect()
}

fn papers<'a>(vectors: &'a Embeddings, terms: Option<&'a TermRows>) -> Papers<'a> {
    Papers {
        vectors,
        terms,
        placed: None,
    }
}
