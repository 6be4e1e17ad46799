//! Labels: the terms that set a topic apart.
//!
//! Class-based tf-idf (Grootendorst, arXiv:2203.05794): a term of one to three words weighs
//! `tf * ln(1 + A / f)`, with `tf` its share of the topic's words, `f` its count in all topics and
//! `A` the mean number of words of a topic. Plurals fold into singulars that the corpus knows.

mod choice;
mod vocabulary;

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;

use crate::error::TopicError;
use crate::label::choice::Choice;
use crate::label::vocabulary::{BREAK, Vocabulary};
use crate::topic::{Topic, TopicText};

/// Candidates of a topic whose frequency in all topics is looked up.
const MAX_CANDIDATES: usize = 400;
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
        let vocabulary = Vocabulary::new(self.texts);
        pass(1)?;
        let streams: Vec<Vec<u32>> = self
            .texts
            .par_iter()
            .map(|text| vocabulary.stream(text))
            .collect();
        pass(2)?;
        let groups = siblings(topics);
        let weighted: Vec<Vec<Vec<Term>>> = groups
            .par_iter()
            .map(|group| {
                let members: Vec<&[u32]> = group
                    .iter()
                    .map(|&position| ranked[position].as_slice())
                    .collect();
                self.weigh(&members, &streams, &vocabulary)
            })
            .collect();
        pass(3)?;
        let mut choice = Choice::new(self.texts, self.term_limit);
        for (group, weighted) in groups.iter().zip(weighted) {
            for (&position, terms) in group.iter().zip(weighted) {
                let found = choice.choose(&ranked[position], terms);
                topics[position].label = found.label;
                topics[position].terms = found.terms;
            }
        }
        pass(PASSES)
    }

    /// Weighs the terms of each topic of a group against the others of the group.
    fn weigh(
        &self,
        group: &[&[u32]],
        streams: &[Vec<u32>],
        vocabulary: &Vocabulary,
    ) -> Vec<Vec<Term>> {
        let counted: Vec<Counted> = group
            .par_iter()
            .map(|members| Counted::new(streams, members))
            .collect();
        let frequencies = frequencies(streams, group, &counted);
        let words: u64 = counted.iter().map(|topic| topic.words).sum();
        let mean_words = words as f64 / counted.len().max(1) as f64;
        (counted.par_iter().zip(group))
            .map(|(topic, members)| {
                let mut terms = topic.weigh(&frequencies, mean_words, vocabulary);
                terms.truncate(MAX_CANDIDATES);
                vocabulary.show(&mut terms, self.texts, members);
                terms
            })
            .collect()
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

/// The terms of one topic with their counts.
struct Counted {
    /// Words of the topic.
    words: u64,
    /// Terms in order of their keys, with their counts.
    terms: Vec<(TermKey, Count)>,
    /// Papers of the topic.
    papers: usize,
}

impl Counted {
    /// Counts the terms of the papers `members`; keeps those that enough papers use, the most
    /// frequent first where they are too many.
    fn new(streams: &[Vec<u32>], members: &[u32]) -> Self {
        let needed = match members.len() {
            0..=2 => 1,
            3..=99 => 2,
            more => u32::try_from(more / 50).unwrap_or(u32::MAX),
        };
        let documents = || members.iter().map(|&row| streams[row as usize].as_slice());
        let mut words = 0;
        let mut single: HashMap<TermKey, Count> = HashMap::new();
        for (document, stream) in (1..).zip(documents()) {
            words += stream.iter().filter(|&&word| word != BREAK).count() as u64;
            each_term(stream, 1, |key| {
                single.entry(key).or_default().add(document);
            });
        }
        single.retain(|_, count| count.documents >= needed);
        let is_frequent = |word: u32| single.contains_key(&[word, NONE, NONE]);
        let mut longer: HashMap<TermKey, Count> = HashMap::new();
        for (document, stream) in (1..).zip(documents()) {
            each_term(stream, 3, |key| {
                if key[1] != NONE && crate::label::words(&key).iter().all(|&w| is_frequent(w)) {
                    longer.entry(key).or_default().add(document);
                }
            });
        }
        longer.retain(|_, count| count.documents >= needed);
        let mut terms: Vec<(TermKey, Count)> = single.into_iter().chain(longer).collect();
        terms.sort_unstable_by(|a, b| b.1.total.cmp(&a.1.total).then(a.0.cmp(&b.0)));
        terms.truncate(4 * MAX_CANDIDATES);
        terms.sort_unstable_by_key(|&(key, _)| key);
        Self {
            words,
            terms,
            papers: members.len(),
        }
    }

    fn weigh(
        &self,
        frequencies: &HashMap<TermKey, u64>,
        mean_words: f64,
        vocabulary: &Vocabulary,
    ) -> Vec<Term> {
        let mut terms: Vec<Term> = self
            .terms
            .iter()
            .map(|&(key, count)| {
                let frequency = frequencies.get(&key).copied().unwrap_or_default().max(1);
                let share = f64::from(count.total) / self.words.max(1) as f64;
                Term {
                    key,
                    count: count.total,
                    coverage: f64::from(count.documents) / self.papers.max(1) as f64,
                    weight: share * (1.0 + mean_words / frequency as f64).ln(),
                    shown: vocabulary.plain(words(&key)),
                }
            })
            .collect();
        terms.sort_by(|a, b| (b.weight.total_cmp(&a.weight)).then_with(|| a.shown.cmp(&b.shown)));
        terms
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Count {
    total: u32,
    documents: u32,
    /// The document counted last, from 1.
    last: u32,
}

impl Count {
    fn add(&mut self, document: u32) {
        self.total += 1;
        if self.last != document {
            self.documents += 1;
            self.last = document;
        }
    }
}

/// Counts in all texts of a group the terms that are candidates somewhere.
fn frequencies(
    streams: &[Vec<u32>],
    group: &[&[u32]],
    counted: &[Counted],
) -> HashMap<TermKey, u64> {
    let mut keys: Vec<TermKey> = counted
        .iter()
        .flat_map(|topic| topic.terms.iter().map(|&(key, _)| key))
        .collect();
    keys.sort_unstable();
    keys.dedup();
    let places: HashMap<TermKey, usize> = keys.iter().copied().zip(0..).collect();
    let totals = group
        .par_iter()
        .flat_map(|members| members.par_iter())
        .fold(
            || vec![0_u64; keys.len()],
            |mut totals, &row| {
                each_term(&streams[row as usize], 3, |key| {
                    if let Some(&place) = places.get(&key) {
                        totals[place] += 1;
                    }
                });
                totals
            },
        )
        .reduce(
            || vec![0; keys.len()],
            |mut left, right| {
                left.iter_mut()
                    .zip(right)
                    .for_each(|(sum, count)| *sum += count);
                left
            },
        );
    keys.into_iter().zip(totals).collect()
}

/// Calls `each` with every term of up to `longest` words.
fn each_term(stream: &[u32], longest: usize, mut each: impl FnMut(TermKey)) {
    for run in stream.split(|&word| word == BREAK) {
        for start in 0..run.len() {
            for length in 1..=longest.min(run.len() - start) {
                let mut key = [NONE; 3];
                key[..length].copy_from_slice(&run[start..start + length]);
                each(key);
            }
        }
    }
}

#[cfg(test)]
mod tests;
