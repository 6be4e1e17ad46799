//! Counts of terms in topics, and weights from them.

use std::cmp::Ordering;

use rayon::prelude::*;

use crate::label::phrases::Phrases;
use crate::label::vocabulary::Vocabulary;
use crate::label::{Term, words};

/// Terms of a topic that are looked at further.
const MAX_CANDIDATES: usize = 120;
/// The logarithm of the lift counts for at least this much, so that the terms that a topic shares
/// with its siblings keep an order.
const MIN_LOG_LIFT: f64 = 0.01;

/// The terms of one topic with their counts.
struct Counted {
    /// Words of the topic.
    words: u64,
    /// Papers of the topic.
    papers: usize,
    /// Terms of enough papers, with their counts.
    terms: Vec<(u32, Count)>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Count {
    total: u32,
    documents: u32,
    /// The document counted last, from 1.
    last: u32,
}

/// Places for all terms, and those in use.
struct Scratch {
    counts: Vec<Count>,
    touched: Vec<u32>,
}

impl Scratch {
    fn new(terms: usize) -> Self {
        Self {
            counts: vec![Count::default(); terms],
            touched: Vec::new(),
        }
    }

    fn count(&mut self, phrases: &Phrases, rows: impl Iterator<Item = u32>) {
        for (document, row) in (1..).zip(rows) {
            for &term in phrases.of_text(row) {
                let count = &mut self.counts[term as usize];
                if count.total == 0 {
                    self.touched.push(term);
                }
                count.total += 1;
                if count.last != document {
                    count.documents += 1;
                    count.last = document;
                }
            }
        }
    }

    /// Words counted so far.
    fn words(&self, phrases: &Phrases) -> u64 {
        let words = self.touched.iter().filter(|&&term| phrases.is_word(term));
        words
            .map(|&term| u64::from(self.counts[term as usize].total))
            .sum()
    }

    fn clear(&mut self) {
        for term in self.touched.drain(..) {
            self.counts[term as usize] = Count::default();
        }
    }
}

impl Counted {
    fn new(phrases: &Phrases, members: &[u32], scratch: &mut Scratch) -> Self {
        let needed = match members.len() {
            0..=2 => 1,
            3..=99 => 2,
            more => u32::try_from(more / 50).unwrap_or(u32::MAX),
        };
        scratch.count(phrases, members.iter().copied());
        let counts = scratch.touched.iter();
        let counts = counts.map(|&term| (term, scratch.counts[term as usize]));
        let counted = Self {
            words: scratch.words(phrases),
            papers: members.len(),
            terms: counts
                .filter(|(_, count)| count.documents >= needed)
                .collect(),
        };
        scratch.clear();
        counted
    }
}

/// Weighs the terms of topics, those of each of the `groups` against the others of the group.
pub(crate) struct Weights<'a> {
    pub(crate) phrases: &'a Phrases,
    pub(crate) vocabulary: &'a Vocabulary,
}

impl Weights<'_> {
    /// Returns the heaviest terms of each topic, by the order of `ranked`, their papers.
    pub(crate) fn weigh(&self, groups: &[Vec<usize>], ranked: &[Vec<u32>]) -> Vec<Vec<Term>> {
        let scratch = || Scratch::new(self.phrases.len());
        let counted: Vec<Counted> = ranked
            .par_iter()
            .map_init(scratch, |scratch, members| {
                Counted::new(self.phrases, members, scratch)
            })
            .collect();
        let weighed: Vec<Vec<(usize, Vec<Term>)>> = groups
            .par_iter()
            .map_init(scratch, |scratch, group| {
                let rows = group.iter().flat_map(|&topic| &ranked[topic]);
                scratch.count(self.phrases, rows.copied());
                let topics = group
                    .iter()
                    .map(|&topic| (topic, self.of_topic(&counted[topic], group.len(), scratch)))
                    .collect();
                scratch.clear();
                topics
            })
            .collect();
        let mut terms = vec![Vec::new(); ranked.len()];
        for (topic, own) in weighed.into_iter().flatten() {
            terms[topic] = own;
        }
        terms
    }

    fn of_topic(&self, topic: &Counted, siblings: usize, group: &Scratch) -> Vec<Term> {
        let words_of_group = group.words(self.phrases).max(1) as f64;
        let mean_words = words_of_group / siblings as f64;
        let mut weighed: Vec<(f64, u32, Count)> = topic
            .terms
            .iter()
            .map(|&(term, count)| {
                let frequency = f64::from(group.counts[term as usize].total.max(1));
                let share = f64::from(count.total) / topic.words.max(1) as f64;
                let lift = share / (frequency / words_of_group);
                let distinct = if siblings == 1 {
                    1.0
                } else {
                    lift.ln().max(MIN_LOG_LIFT)
                };
                let weight = share * (mean_words / frequency).ln_1p() * distinct;
                (weight, term, count)
            })
            .collect();
        let order = |a: &(f64, u32, Count), b: &(f64, u32, Count)| {
            (b.0.total_cmp(&a.0)).then_with(|| self.by_words(a.1, b.1))
        };
        if weighed.len() > MAX_CANDIDATES {
            weighed.select_nth_unstable_by(MAX_CANDIDATES, order);
            weighed.truncate(MAX_CANDIDATES);
        }
        weighed.sort_unstable_by(order);
        let term = |(weight, term, count): (f64, u32, Count)| Term {
            key: self.phrases.key(term),
            count: count.total,
            coverage: f64::from(count.documents) / topic.papers.max(1) as f64,
            weight,
            shown: self.vocabulary.plain(words(&self.phrases.key(term))),
        };
        weighed.into_iter().map(term).collect()
    }

    fn by_words(&self, left: u32, right: u32) -> Ordering {
        let plain = |term| self.vocabulary.plain(words(&self.phrases.key(term)));
        plain(left).cmp(&plain(right))
    }
}
