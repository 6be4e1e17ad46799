//! Counts of terms in topics, and weights from them.
//!
//! Each topic counts the terms of its papers once; its counts serve its children as those of their
//! group.

use rayon::prelude::*;

use crate::label::phrases::Phrases;
use crate::label::vocabulary::Vocabulary;
use crate::label::{Term, words};

/// Terms of a topic that are looked at further.
const MAX_CANDIDATES: usize = 120;
/// What the lift over the whole corpus counts beside that over the siblings: children keep some of
/// what all of them are about.
const CORPUS_PART: f64 = 0.5;
/// Least value of the lifts' logarithms, so that terms that a topic shares with its siblings keep
/// an order.
pub(crate) const MIN_LOG_LIFT: f64 = 0.01;

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
    /// Words of the papers counted.
    words: u64,
    papers: usize,
}

impl Scratch {
    fn new(terms: usize) -> Self {
        Self {
            counts: vec![Count::default(); terms],
            touched: Vec::new(),
            words: 0,
            papers: 0,
        }
    }

    fn count<'a>(&mut self, phrases: &Phrases, rows: impl Iterator<Item = &'a u32>) {
        for (document, &row) in (1..).zip(rows) {
            self.papers += 1;
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
                self.words += u64::from(phrases.is_word(term));
            }
        }
    }

    /// The share of a term among all words.
    fn share(&self, term: u32) -> f64 {
        f64::from(self.counts[term as usize].total) / self.words.max(1) as f64
    }

    /// The share of the papers that use a term.
    fn coverage(&self, term: u32) -> f64 {
        f64::from(self.counts[term as usize].documents) / self.papers.max(1) as f64
    }

    fn clear(&mut self) {
        for term in self.touched.drain(..) {
            self.counts[term as usize] = Count::default();
        }
        (self.words, self.papers) = (0, 0);
    }
}

/// The group that a topic is set apart from.
#[derive(Clone, Copy)]
struct Group<'a> {
    /// Counts in the topic and its siblings together.
    counts: &'a Scratch,
    topics: usize,
}

/// Weighs the terms of topics, those of each of the `groups` against the others of the group.
pub(crate) struct Weights<'a> {
    pub(crate) phrases: &'a Phrases,
    pub(crate) vocabulary: &'a Vocabulary,
}

impl Weights<'_> {
    /// Returns the heaviest terms of each topic. `ranked` has the topics' papers; `children` the
    /// positions of the topics below each, and those of the top level at the end.
    pub(crate) fn weigh(&self, children: &[Vec<usize>], ranked: &[Vec<u32>]) -> Vec<Vec<Term>> {
        let Some(top) = children.last() else {
            return Vec::new();
        };
        let mut all = Scratch::new(self.phrases.len());
        all.count(self.phrases, top.iter().flat_map(|&topic| &ranked[topic]));
        let tree = Tree {
            weights: self,
            children,
            ranked,
            all: &all,
        };
        let group = Group {
            counts: &all,
            topics: top.len(),
        };
        let weighed: Vec<Vec<(usize, Vec<Term>)>> = top
            .par_iter()
            .with_max_len(1)
            .map_init(Vec::new, |free, &topic| {
                let mut weighed = Vec::new();
                tree.descend(topic, group, free, &mut weighed);
                weighed
            })
            .collect();
        let mut terms = vec![Vec::new(); ranked.len()];
        for (topic, own) in weighed.into_iter().flatten() {
            terms[topic] = own;
        }
        terms
    }

    fn of_topic(&self, topic: &Scratch, group: Group<'_>, all: &Scratch) -> Vec<Term> {
        let needed = papers_needed(topic.papers);
        let touched = topic.touched.iter();
        let mut weighed: Vec<(f64, u32)> = touched
            .filter(|&&term| topic.counts[term as usize].documents as usize >= needed)
            .map(|&term| (weight(term, topic, group, all), term))
            .collect();
        let order = |a: &(f64, u32), b: &(f64, u32)| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1));
        if weighed.len() > MAX_CANDIDATES {
            weighed.select_nth_unstable_by(MAX_CANDIDATES, order);
            weighed.truncate(MAX_CANDIDATES);
        }
        weighed.sort_unstable_by(order);
        let term = |(weight, term): (f64, u32)| {
            let key = self.phrases.key(term);
            let plain = self.vocabulary.plain(words(&key));
            Term {
                key,
                count: topic.counts[term as usize].total,
                coverage: topic.coverage(term),
                weight,
                log_lift: log_lift(term, topic, group),
                shown: plain.clone(),
                plain,
            }
        };
        weighed.into_iter().map(term).collect()
    }
}

/// How many papers of a topic must use a term: more than chance brings together in a small topic,
/// a fiftieth of a large one.
fn papers_needed(papers: usize) -> usize {
    match papers {
        0..=2 => 1,
        more => 2.max(more.isqrt() * 3 / 4).max(more / 50),
    }
}

/// The weight of a term, as the documentation of labels has it.
fn weight(term: u32, topic: &Scratch, group: Group<'_>, all: &Scratch) -> f64 {
    let share = topic.share(term);
    let mean_words = group.counts.words as f64 / group.topics as f64;
    let frequency = f64::from(group.counts.counts[term as usize].total);
    let distinct = if group.topics == 1 {
        1.0
    } else {
        let in_corpus = (share / all.share(term)).ln();
        (log_lift(term, topic, group) + CORPUS_PART * in_corpus).max(MIN_LOG_LIFT)
    };
    share * (mean_words / frequency).ln_1p() * topic.coverage(term).sqrt() * distinct
}

/// Logarithm of a term's share in a topic over its share in the group.
fn log_lift(term: u32, topic: &Scratch, group: Group<'_>) -> f64 {
    (topic.share(term) / group.counts.share(term)).ln()
}

/// The topics on the way down.
#[derive(Clone, Copy)]
struct Tree<'a> {
    weights: &'a Weights<'a>,
    children: &'a [Vec<usize>],
    ranked: &'a [Vec<u32>],
    all: &'a Scratch,
}

impl Tree<'_> {
    /// Weighs the terms of a topic against its group, and of all topics below it against theirs:
    /// the counts of a topic are those of its children together. `free` has unused scratch.
    fn descend(
        &self,
        topic: usize,
        group: Group<'_>,
        free: &mut Vec<Scratch>,
        weighed: &mut Vec<(usize, Vec<Term>)>,
    ) {
        let phrases = self.weights.phrases;
        let mut own = free.pop().unwrap_or_else(|| Scratch::new(phrases.len()));
        own.count(phrases, self.ranked[topic].iter());
        weighed.push((topic, self.weights.of_topic(&own, group, self.all)));
        let children = &self.children[topic];
        let group = Group {
            counts: &own,
            topics: children.len(),
        };
        for &child in children {
            self.descend(child, group, free, weighed);
        }
        own.clear();
        free.push(own);
    }
}
