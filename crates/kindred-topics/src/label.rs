//! Labels: the terms that set a topic apart.
//!
//! Class-based tf-idf (Grootendorst, arXiv:2203.05794) weighs a term by `tf * ln(1 + A / f)`, with
//! `tf` its share of the topic's words, `f` its count in the topic and its siblings, and `A` the
//! mean number of words of these topics. Alone it leaves words that all siblings use, such as
//! `model`, in front where they are frequent, and words that few papers repeat before those that
//! many use once. So a term of one to three words weighs here
//!
//! `tf * ln(1 + A / f) * sqrt(coverage) * (ln(lift) + ln(lift in the corpus) / 2)`,
//!
//! where coverage is the share of the topic's papers that use the term, and lift is its share in
//! the topic over its share in the topic and its siblings, or in all topics. (`tf * ln(lift)` is
//! the term's part in the divergence of the topic's words from the others'.) The last factor is at
//! least 0.01, and 1 for a topic without siblings. Plurals fold into singulars that the corpus
//! knows.

mod choice;
mod corpus;
mod phrases;
mod vocabulary;
mod weight;
mod written;

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
/// Terms of a topic that labels may be made of.
const MAX_TERMS: usize = 40;
/// Words of the longest terms: three, or four where two terms of three mostly overlap.
pub(crate) const LONGEST: usize = 4;

/// The words of a term by number, filled with [`BREAK`].
pub(crate) type TermKey = [u32; LONGEST];

/// A weighted term.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Term {
    /// Its words.
    pub(crate) key: TermKey,
    /// Its count in the topic.
    pub(crate) count: u32,
    /// Share of the topic's papers that use it.
    pub(crate) coverage: f64,
    /// How much it sets the topic apart.
    pub(crate) weight: f64,
    /// Logarithm of its share in the topic over its share in the topic and its siblings.
    pub(crate) log_lift: f64,
    /// Its words in their singular.
    pub(crate) plain: String,
    /// As it is shown.
    pub(crate) shown: String,
}

impl Term {
    fn words(&self) -> &[u32] {
        words(&self.key)
    }
}

fn words(key: &TermKey) -> &[u32] {
    let length = key
        .iter()
        .position(|&word| word == BREAK)
        .unwrap_or(LONGEST);
    &key[..length]
}

/// Terms and label of a topic.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Labelled {
    pub(crate) label: String,
    pub(crate) terms: Vec<(String, f64)>,
    /// The terms of the label, in their singular.
    pub(crate) leading: Vec<String>,
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
        let weights = Weights {
            phrases: &phrases,
            vocabulary: &corpus.vocabulary,
        };
        let weighed = weights.weigh(&children(topics), ranked);
        pass(3)?;
        let terms: Vec<Vec<Term>> = (weighed.into_par_iter().zip(ranked))
            .map(|(terms, members)| {
                let mut terms = without_parts(terms);
                terms.truncate(MAX_TERMS.max(self.term_limit));
                written::show(&mut terms, &corpus, members);
                terms
            })
            .collect();
        let mut choice = Choice::new(self.texts, self.term_limit);
        // The terms of the labels so far; parents come before their children.
        let mut leading: Vec<Vec<String>> = Vec::with_capacity(topics.len());
        for ((topic, terms), members) in topics.iter_mut().zip(terms).zip(ranked) {
            let above = topic
                .parent
                .map_or(&[][..], |parent| &leading[parent as usize]);
            let found = choice.choose(members, terms, above);
            leading.push(found.leading);
            topic.label = found.label;
            topic.terms = found.terms;
        }
        pass(PASSES)
    }
}

/// Positions of the topics below each topic, and those of the top level at the end.
fn children(topics: &[Topic]) -> Vec<Vec<usize>> {
    let mut children = vec![Vec::new(); topics.len() + 1];
    for (position, topic) in topics.iter().enumerate() {
        let parent = topic.parent.map_or(topics.len(), |parent| parent as usize);
        children[parent].push(position);
    }
    children
}

#[cfg(test)]
mod tests;
