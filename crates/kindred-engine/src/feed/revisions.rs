//! New versions of papers that a reader knows.

use std::collections::BTreeMap;

use kindred_core::{EncodeError, KeySet, PaperKey, Role, UnitVector, paper_text};
use kindred_store::{Revised, SeenText, StoredPaper};

use super::FeedQuery;
use super::candidates::Known;
use super::difference::difference;
use crate::answer::{LeftOut, RevisionView};
use crate::{EngineError, Library};

/// Cosine similarity from which a new text says what the old one said.
///
/// Measured on 395 abstracts of arXiv with edits made for it, with `kindred-static` and
/// all-MiniLM-L6-v2: of texts with a misspelt word, three words less, other numbers or a shorter
/// title at most 0.3 % fall below; with one sentence less 2 and 7 %; with one sentence from another
/// paper of the category in the place of one 33 and 44 %, with two 90 and 87 %; with the second
/// half from there 99 and 95 %; other papers all. At 0.97 a quarter of the abstracts with one
/// sentence less would come back.
const SAME_MEANING: f32 = 0.95;

/// Papers that were shown or liked, of which a version falls in the period that was not seen.
#[derive(Debug, Default)]
pub(super) struct Revisions {
    /// Those whose title and abstract say something else now.
    pub(super) changed: BTreeMap<PaperKey, RevisionView>,
    /// Those of which nothing that matters changed there.
    pub(super) unchanged: KeySet,
    /// Those that were withdrawn.
    withdrawn: KeySet,
}

/// A revised paper, and its text as it was seen where that is another one.
struct Pair {
    revised: Revised,
    now: StoredPaper,
    seen: SeenText,
}

impl Revisions {
    /// Adds the papers that did not arrive in the period to what is kept or left out; returns how
    /// many they are.
    pub(super) fn add_older(
        &self,
        arrivals: &KeySet,
        kept: &mut Vec<PaperKey>,
        left_out: &mut LeftOut,
    ) -> u64 {
        let is_older = |key: &PaperKey| !arrivals.contains(*key);
        let count = |keys: &KeySet| keys.as_slice().iter().copied().filter(is_older).count() as u64;
        let (unchanged, withdrawn) = (count(&self.unchanged), count(&self.withdrawn));
        left_out.unchanged_revisions += unchanged;
        left_out.withdrawn += withdrawn;
        let before = kept.len();
        kept.extend(self.changed.keys().copied().filter(is_older));
        (kept.len() - before) as u64 + unchanged + withdrawn
    }
}

impl Library {
    /// Finds new versions of papers that the reader of a set knows and compares their texts. What
    /// another set owns is that set's to show.
    ///
    /// The encoder is loaded only where a text is another one than was seen.
    pub(super) fn revisions(
        &self,
        query: &FeedQuery,
        known: &Known,
    ) -> Result<Revisions, EngineError> {
        let mut pairs = Vec::new();
        let (mut unchanged, mut withdrawn) = (Vec::new(), Vec::new());
        let revised = if self.has_set(&query.set)? {
            self.store.revised(&query.set, query.as_of)?
        } else {
            Vec::new()
        };
        for revised in revised {
            let is_of_period = revised.newest.date.is_some_and(|date| {
                date.is_to_the_day() && (query.since..=query.as_of).contains(&date.first_day())
            });
            if !is_of_period || known.owned.contains(revised.key) {
                continue;
            }
            for current in self.store.papers(&[revised.key])? {
                let is_asked_for = query.categories.is_empty()
                    || query.categories.iter().any(|asked| {
                        let mut categories = current.paper.categories.iter();
                        categories.any(|category| asked.contains(category))
                    });
                if !is_asked_for {
                    continue;
                }
                if current.paper.withdrawn {
                    withdrawn.push(current.key);
                } else if current.text_hash == revised.seen_hash {
                    unchanged.push(current.key);
                } else if let Some(seen) = self.store.seen_text(revised.seen_hash)? {
                    pairs.push(Pair {
                        revised: revised.clone(),
                        now: current,
                        seen,
                    });
                }
            }
        }
        let mut changed = BTreeMap::new();
        for (pair, similarity) in self.similarities(&pairs)? {
            if similarity < SAME_MEANING {
                changed.insert(pair.now.key, pair.view(similarity));
            } else {
                unchanged.push(pair.now.key);
            }
        }
        Ok(Revisions {
            changed,
            unchanged: unchanged.into_iter().collect(),
            withdrawn: withdrawn.into_iter().collect(),
        })
    }

    /// Encodes the texts of each pair, as they were seen and as they are, and compares them.
    ///
    /// The vector in the index may still be that of the text before, so it is not used.
    fn similarities<'a>(&self, pairs: &'a [Pair]) -> Result<Vec<(&'a Pair, f32)>, EngineError> {
        if pairs.is_empty() {
            return Ok(Vec::new());
        }
        let texts: Vec<String> = pairs
            .iter()
            .flat_map(|pair| {
                let seen = paper_text(&pair.seen.title, &pair.seen.abstract_text);
                [seen, pair.now.paper.text()]
            })
            .collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let vectors = self.encoder()?.encode(&texts, Role::Document);
        Ok(pairs
            .iter()
            .zip(vectors.chunks_exact(2))
            .map(|(pair, vectors)| (pair, similarity(vectors)))
            .collect())
    }
}

impl Pair {
    fn view(&self, similarity: f32) -> RevisionView {
        let paper = &self.now.paper;
        RevisionView {
            seen_version: Some(self.revised.seen_version).filter(|&version| version > 0),
            similarity,
            title: difference(&self.seen.title, &paper.title),
            abstract_text: difference(&self.seen.abstract_text, &paper.abstract_text),
        }
    }
}

/// Cosine of two vectors; 0 where a text has none, which is a change of its own.
fn similarity(vectors: &[Result<UnitVector, EncodeError>]) -> f32 {
    match vectors {
        [Ok(seen), Ok(now)] => seen.cosine(now).get(),
        _ => 0.0,
    }
}
