//! Labels: the terms that set a topic apart.
//!
//! Class-based tf-idf (Grootendorst, arXiv:2203.05794): a term of one to three words weighs
//! `tf * ln(1 + A / f)`, with `tf` its share of the topic's words, `f` its count in the topic and
//! its siblings and `A` the mean number of words of these topics. The logarithm alone falls too
//! slowly: words that all siblings use, such as `model`, stay in front where they are frequent.
//! So the weight is multiplied by `ln(lift)`, where lift is the term's share in the topic over its
//! share in all siblings together; `tf * ln(lift)` is the term's part of the divergence of the
//! topic's words from the siblings'. Plurals fold into singulars that the corpus knows.

mod choice;
mod corpus;
mod phrases;
mod vocabulary;
mod weight;
mod written;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;

use crate::error::TopicError;
use crate::label::choice::{Choice, without_parts};
use crate::label::corpus::{BREAK, Corpus};
use crate::label::phrases::Phrases;
use crate::label::weight::Weights;
use crate::topic::{Topic, TopicText};

/// Passes over the texts that `progress` hears of.
pub(crate) const PASSES: usize = 4;
/// Fills the places of terms with fewer than three words.
const NONE: u32 = BREAK;

/// One to three words by number, filled with [`NONE`].
pub(crate) type TermKey = [u32; 3];

/// A weighted term.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Term {
    /// Its words.
    pub(crate) key: TermKey,
    /// Its count in the topic.
    pub(crate) count: u32,
    /// Share of the topic's papers that use it.
    pub(crate) coverage: f64,
    /// Class-based tf-idf.
    pub(crate) weight: f64,
    /// As it is shown.
    pub(crate) shown: String,
}

impl Term {
    fn words(&self) -> &[u32] {
        words(&self.key)
    }
}

fn words(key: &TermKey) -> &[u32] {
    let length = key.iter().position(|&word| word == NONE).unwrap_or(3);
    &key[..length]
}

/// Terms and label of a topic.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Labelled {
    pub(crate) label: String,
    pub(crate) terms: Vec<(String, f64)>,
}

/// What labels are made from.
pub(crate) struct Labels<'a> {
    texts: &'a [TopicText<'a>],
    term_limit: usize,
}

impl<'a> Labels<'a> {
    pub(crate) fn new(texts: &'a [TopicText<'a>], term_limit: usize) -> Self {
        Self { texts, term_limit }
    }

    /// Gives terms and a label to all topics; `ranked` has each topic's papers, the strongest
    /// first. A topic is set apart from its siblings, and no label is given twice.
    pub(crate) fn name(
        &self,
        topics: &mut [Topic],
        ranked: &[Vec<u32>],
        progress: &dyn Fn(usize),
        stop: &AtomicBool,
    ) -> Result<(), TopicError> {
        let pass = |done: usize| {
            progress(done);
            if stop.load(Ordering::Relaxed) {
                Err(TopicError::Stopped)
            } else {
                Ok(())
            }
        };
        let corpus = Corpus::new(self.texts);
        pass(1)?;
        let phrases = Phrases::new(&corpus, self.texts.len());
        pass(2)?;
        let groups = siblings(topics);
        let weights = Weights {
            phrases: &phrases,
            vocabulary: &corpus.vocabulary,
        };
        let weighed = weights.weigh(&groups, ranked);
        pass(3)?;
        let mut terms: Vec<Vec<Term>> = (weighed.into_par_iter().zip(ranked))
            .map(|(terms, members)| {
                let mut terms = without_parts(terms);
                written::show(&mut terms, &corpus, members);
                terms
            })
            .collect();
        let mut choice = Choice::new(self.texts, self.term_limit);
        for position in groups.into_iter().flatten() {
            let terms = std::mem::take(&mut terms[position]);
            let found = choice.choose(&ranked[position], terms);
            topics[position].label = found.label;
            topics[position].terms = found.terms;
        }
        pass(PASSES)
    }
}

/// Positions of topics by their parent, parents in order.
fn siblings(topics: &[Topic]) -> Vec<Vec<usize>> {
    let mut groups: BTreeMap<Option<u32>, Vec<usize>> = BTreeMap::new();
    for (position, topic) in topics.iter().enumerate() {
        groups.entry(topic.parent).or_default().push(position);
    }
    groups.into_values().collect()
}

#[cfg(test)]
mod tests;
