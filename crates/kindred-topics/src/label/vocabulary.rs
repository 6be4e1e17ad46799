//! Words as numbers, and numbers as words again.

use std::collections::{BTreeMap, HashMap};

use rayon::prelude::*;

use crate::label::{Term, TermKey};
use crate::term::{Word, runs, singulars};
use crate::topic::TopicText;

/// Ends a run of words in a stream.
pub(crate) const BREAK: u32 = u32::MAX;
/// Words of fewer papers are left out of corpora with at least [`LARGE_CORPUS`] papers.
const MIN_PAPERS: u32 = 2;
const LARGE_CORPUS: usize = 50;
/// Most words; at 100,000 papers the words of five papers or fewer go beyond.
const MAX_WORDS: usize = 60_000;
/// A singular must be at least this share of its plural's papers: `len` is not a `lens`.
const MIN_SINGULAR_SHARE: u32 = 20;
/// Papers of a topic that are read again to see how its terms are written.
const PAPERS_READ_AGAIN: usize = 300;
/// Papers of one task.
const PAPERS_PER_TASK: usize = 512;

/// The words of a corpus, plurals folded.
#[derive(Debug)]
pub(crate) struct Vocabulary {
    numbers: HashMap<String, u32>,
    words: Vec<String>,
}

impl Vocabulary {
    /// Counts papers for each word and keeps those of enough papers.
    pub(crate) fn new(texts: &[TopicText<'_>]) -> Self {
        let papers: HashMap<String, u32> = texts
            .par_chunks(PAPERS_PER_TASK)
            .map(count_papers)
            .reduce(HashMap::new, add_counts);
        let mut kept: Vec<(&String, u32)> =
            papers.iter().map(|(word, &count)| (word, count)).collect();
        let least = if texts.len() < LARGE_CORPUS {
            1
        } else {
            MIN_PAPERS
        };
        kept.retain(|&(word, count)| count >= least || has_singular(word, &papers));
        kept.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
        kept.truncate(MAX_WORDS);
        // A singular is at least as near the front as is needed to be numbered first or later:
        // numbers are given to singulars, plurals share them.
        let mut words = Vec::new();
        let mut numbers: HashMap<String, u32> = HashMap::new();
        let mut plurals = Vec::new();
        for &(word, count) in &kept {
            if let Some(singular) = singular_of(word, count, &papers) {
                plurals.push((word, singular));
            } else {
                numbers.insert(word.clone(), narrow(words.len()));
                words.push(word.clone());
            }
        }
        for (plural, singular) in plurals {
            if let Some(&number) = numbers.get(&singular) {
                numbers.insert(plural.clone(), number);
            } else {
                numbers.insert(plural.clone(), narrow(words.len()));
                words.push(plural.clone());
            }
        }
        Self { numbers, words }
    }

    /// Numbers of a paper's words, runs ended by [`BREAK`].
    pub(crate) fn stream(&self, text: &TopicText<'_>) -> Vec<u32> {
        let mut stream = Vec::new();
        for (part, is_title) in [(text.title, true), (text.abstract_text, false)] {
            runs(part, is_title, |run| {
                let numbers = run.iter().map(|word| self.number(word));
                stream.extend(numbers);
                stream.push(BREAK);
            });
        }
        stream.shrink_to_fit();
        stream
    }

    /// A word's number, [`BREAK`] if it is not kept.
    fn number(&self, word: &Word) -> u32 {
        self.numbers.get(&word.normal).copied().unwrap_or(BREAK)
    }

    /// Words in their singular, spaces between them.
    pub(crate) fn plain(&self, words: &[u32]) -> String {
        let words: Vec<&str> = words
            .iter()
            .map(|&word| self.words[word as usize].as_str())
            .collect();
        words.join(" ")
    }

    /// Shows each term in the form that the topic's papers write most often.
    pub(crate) fn show(&self, terms: &mut [Term], texts: &[TopicText<'_>], members: &[u32]) {
        let mut forms: HashMap<TermKey, BTreeMap<String, u32>> = terms
            .iter()
            .map(|term| (term.key, BTreeMap::new()))
            .collect();
        for &row in members.iter().take(PAPERS_READ_AGAIN) {
            let text = &texts[row as usize];
            // A title hides which words have capitals of their own, so abstracts count more.
            for (part, is_title, votes) in [(text.title, true, 1), (text.abstract_text, false, 2)] {
                runs(part, is_title, |run| self.vote(run, votes, &mut forms));
            }
        }
        for term in terms {
            let found = forms.get(&term.key).into_iter().flatten();
            let best = found.max_by(|a, b| a.1.cmp(b.1).then_with(|| b.0.cmp(a.0)));
            if let Some((form, _)) = best {
                term.shown.clone_from(form);
            }
        }
    }

    fn vote(&self, run: &[Word], votes: u32, forms: &mut HashMap<TermKey, BTreeMap<String, u32>>) {
        for start in 0..run.len() {
            let mut key = [BREAK; 3];
            for length in 1..=3.min(run.len() - start) {
                let last = start + length - 1;
                key[length - 1] = self.number(&run[last]);
                if key[length - 1] == BREAK {
                    break;
                }
                if let Some(counts) = forms.get_mut(&key) {
                    *counts.entry(written(&run[start..=last])).or_default() += votes;
                }
            }
        }
    }
}

/// Joins words as they were written.
fn written(words: &[Word]) -> String {
    let mut joined = String::new();
    for (place, word) in words.iter().enumerate() {
        if place > 0 {
            joined.push(if word.is_tied { '-' } else { ' ' });
        }
        joined.push_str(&word.shown);
    }
    joined
}

fn count_papers(texts: &[TopicText<'_>]) -> HashMap<String, u32> {
    let mut papers: HashMap<String, u32> = HashMap::new();
    let mut words: Vec<String> = Vec::new();
    for text in texts {
        words.clear();
        for (part, is_title) in [(text.title, true), (text.abstract_text, false)] {
            runs(part, is_title, |run| {
                words.extend(run.iter().map(|word| word.normal.clone()));
            });
        }
        words.sort_unstable();
        words.dedup();
        for word in &words {
            match papers.get_mut(word) {
                Some(count) => *count += 1,
                None => {
                    papers.insert(word.clone(), 1);
                }
            }
        }
    }
    papers
}

#[expect(
    clippy::iter_over_hash_type,
    reason = "sums do not depend on the order of their terms"
)]
fn add_counts(left: HashMap<String, u32>, right: HashMap<String, u32>) -> HashMap<String, u32> {
    let (mut large, small) = if left.len() < right.len() {
        (right, left)
    } else {
        (left, right)
    };
    for (word, count) in small {
        *large.entry(word).or_default() += count;
    }
    large
}

fn has_singular(word: &str, papers: &HashMap<String, u32>) -> bool {
    singulars(word)
        .iter()
        .any(|singular| papers.contains_key(singular))
}

/// The most frequent of the possible singulars that the corpus knows well enough.
fn singular_of(word: &str, papers_of_word: u32, papers: &HashMap<String, u32>) -> Option<String> {
    let known = singulars(word).into_iter().filter_map(|singular| {
        let count = *papers.get(&singular)?;
        (count.saturating_mul(MIN_SINGULAR_SHARE) >= papers_of_word).then_some((count, singular))
    });
    known
        .max_by(|a, b| a.0.cmp(&b.0).then_with(|| b.1.cmp(&a.1)))
        .map(|(_, singular)| singular)
}

fn narrow(number: usize) -> u32 {
    u32::try_from(number).expect("the vocabulary is capped")
}
