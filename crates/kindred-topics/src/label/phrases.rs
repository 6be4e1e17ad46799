//! Terms of one to three words as numbers, and each text as a list of them.

use rayon::prelude::*;

use crate::label::TermKey;
use crate::label::corpus::{BREAK, Chunk, Corpus};

/// Least count in the corpus of a term of two or three words: this many, but once in small
/// corpora and once for each [`PAPERS_OF_COUNT`] papers in large ones.
const MIN_COUNT: usize = 2;
const SMALL_CORPUS: usize = 50;
const PAPERS_OF_COUNT: usize = 20_000;

/// All terms of a corpus. Words come first by their numbers, then pairs, then triples.
#[derive(Debug)]
pub(crate) struct Phrases {
    words: u32,
    /// Two words that follow each other.
    pairs: Table,
    /// A pair, and the word behind it.
    triples: Table,
    chunks: Vec<Terms>,
}

/// The terms of a chunk of texts.
#[derive(Debug)]
struct Terms {
    terms: Vec<u32>,
    /// Where each text ends in `terms`.
    ends: Vec<usize>,
}

impl Phrases {
    pub(crate) fn new(corpus: &Corpus, papers: usize) -> Self {
        let least = match papers {
            ..SMALL_CORPUS => 1,
            more => MIN_COUNT.max(more / PAPERS_OF_COUNT),
        };
        let words = corpus.vocabulary.len();
        let pairs = Table::new(keys(corpus, pairs_of), words, least);
        let triples = keys(corpus, |chunk, keys| triples_of(chunk, &pairs, keys));
        let triples = Table::new(triples, pairs.len(), least);
        let mut phrases = Self {
            words: narrow(words),
            pairs,
            triples,
            chunks: Vec::new(),
        };
        phrases.chunks = corpus
            .chunks()
            .par_iter()
            .map(|chunk| phrases.terms_of(chunk))
            .collect();
        phrases
    }

    /// Number of terms.
    pub(crate) fn len(&self) -> usize {
        self.words as usize + self.pairs.len() + self.triples.len()
    }

    /// The terms of a text, as often as it has them.
    pub(crate) fn of_text(&self, row: u32) -> &[u32] {
        let (chunk, place) = Corpus::place(row);
        let Terms { terms, ends } = &self.chunks[chunk];
        let start = place.checked_sub(1).map_or(0, |before| ends[before]);
        &terms[start..ends[place]]
    }

    pub(crate) fn is_word(&self, term: u32) -> bool {
        term < self.words
    }

    /// The words of a term.
    pub(crate) fn key(&self, term: u32) -> TermKey {
        let Some(term) = term.checked_sub(self.words) else {
            return [term, BREAK, BREAK, BREAK];
        };
        match term.checked_sub(narrow(self.pairs.len())) {
            None => {
                let (first, second) = self.pairs.key(term);
                [first, second, BREAK, BREAK]
            }
            Some(term) => {
                let (pair, third) = self.triples.key(term);
                let (first, second) = self.pairs.key(pair);
                [first, second, third, BREAK]
            }
        }
    }

    fn terms_of(&self, chunk: &Chunk) -> Terms {
        let mut found = Terms {
            terms: Vec::new(),
            ends: Vec::new(),
        };
        let triples = self.words + narrow(self.pairs.len());
        for text in chunk.texts() {
            let (mut before, mut pair_before) = (BREAK, None);
            for &token in text {
                let word = chunk.word(token);
                let pair = self.pairs.find(before, word);
                if word != BREAK {
                    found.terms.push(word);
                }
                found.terms.extend(pair.map(|pair| self.words + pair));
                if let (Some(first), Some(_)) = (pair_before, pair) {
                    let triple = self.triples.find(first, word);
                    found.terms.extend(triple.map(|triple| triples + triple));
                }
                (before, pair_before) = (word, pair);
            }
            found.ends.push(found.terms.len());
        }
        found.terms.shrink_to_fit();
        found
    }
}

/// Kept pairs of a number and one behind it; their number is their place in order.
#[derive(Debug)]
struct Table {
    /// Where the pairs with a first number start, and the end of all.
    starts: Vec<u32>,
    firsts: Vec<u32>,
    seconds: Vec<u32>,
}

impl Table {
    /// Keeps the `keys` that are there at least `least` times.
    fn new(mut keys: Vec<u64>, firsts: usize, least: usize) -> Self {
        keys.par_sort_unstable();
        let mut table = Self {
            starts: vec![0; firsts + 1],
            firsts: Vec::new(),
            seconds: Vec::new(),
        };
        for same in keys.chunk_by(|a, b| a == b) {
            if same.len() >= least {
                let (first, second) = split(same[0]);
                table.starts[first as usize + 1] += 1;
                table.firsts.push(first);
                table.seconds.push(second);
            }
        }
        for place in 1..table.starts.len() {
            table.starts[place] += table.starts[place - 1];
        }
        table
    }

    fn len(&self) -> usize {
        self.seconds.len()
    }

    /// The number of a pair; none with [`BREAK`] is kept.
    fn find(&self, first: u32, second: u32) -> Option<u32> {
        if first == BREAK || second == BREAK {
            return None;
        }
        let start = self.starts[first as usize];
        let end = self.starts[first as usize + 1];
        let seconds = &self.seconds[start as usize..end as usize];
        let place = seconds.binary_search(&second).ok()?;
        Some(start + narrow(place))
    }

    fn key(&self, pair: u32) -> (u32, u32) {
        (self.firsts[pair as usize], self.seconds[pair as usize])
    }
}

/// Collects what `each` appends for the chunks, in no order.
fn keys(corpus: &Corpus, each: impl Fn(&Chunk, &mut Vec<u64>) + Sync) -> Vec<u64> {
    let parts: Vec<Vec<u64>> = corpus
        .chunks()
        .par_iter()
        .map(|chunk| {
            let mut keys = Vec::new();
            each(chunk, &mut keys);
            keys
        })
        .collect();
    parts.concat()
}

fn pairs_of(chunk: &Chunk, keys: &mut Vec<u64>) {
    for text in chunk.texts() {
        let mut before = BREAK;
        for &token in text {
            let word = chunk.word(token);
            if before != BREAK && word != BREAK {
                keys.push(joined(before, word));
            }
            before = word;
        }
    }
}

fn triples_of(chunk: &Chunk, pairs: &Table, keys: &mut Vec<u64>) {
    for text in chunk.texts() {
        let (mut before, mut pair_before) = (BREAK, None);
        for &token in text {
            let word = chunk.word(token);
            let pair = pairs.find(before, word);
            if let (Some(first), Some(_)) = (pair_before, pair) {
                keys.push(joined(first, word));
            }
            (before, pair_before) = (word, pair);
        }
    }
}

fn joined(first: u32, second: u32) -> u64 {
    u64::from(first) << 32 | u64::from(second)
}

fn split(key: u64) -> (u32, u32) {
    let half = |bits: u64| u32::try_from(bits & u64::from(u32::MAX)).expect("32 bits are left");
    (half(key >> 32), half(key))
}

fn narrow(number: usize) -> u32 {
    u32::try_from(number).expect("a corpus of 2^32 texts has fewer terms")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::topic::TopicText;

    #[test]
    fn texts_become_lists_of_their_terms() {
        let abstracts = ["dark matter halo, dark energy", "dark matter halo. halo"];
        let texts = abstracts.map(|abstract_text| TopicText {
            title: "matter",
            abstract_text,
        });
        let corpus = Corpus::new(&texts);
        let phrases = Phrases::new(&corpus, texts.len());
        let terms = |row| {
            let terms = phrases.of_text(row).iter();
            let mut terms: Vec<String> = terms
                .map(|&term| {
                    corpus
                        .vocabulary
                        .plain(crate::label::words(&phrases.key(term)))
                })
                .collect();
            terms.sort();
            terms
        };
        assert_eq!(
            terms(0),
            [
                "dark",
                "dark",
                "dark energy",
                "dark matter",
                "dark matter halo",
                "energy",
                "halo",
                "matter",
                "matter",
                "matter halo"
            ]
        );
        assert_eq!(
            terms(1),
            [
                "dark",
                "dark matter",
                "dark matter halo",
                "halo",
                "halo",
                "matter",
                "matter",
                "matter halo"
            ]
        );
        assert_eq!(phrases.len(), 4 + 3 + 1);
        assert!((0..4).all(|term| phrases.is_word(term)) && !phrases.is_word(4));
    }

    #[test]
    fn large_corpora_keep_what_is_there_twice() {
        let keys = vec![joined(1, 0), joined(0, 2), joined(1, 0), joined(1, 3)];
        let table = Table::new(keys, 4, 2);
        assert_eq!(table.len(), 1);
        assert_eq!((table.find(1, 0), table.find(0, 2)), (Some(0), None));
        assert_eq!((table.find(1, BREAK), table.find(BREAK, 0)), (None, None));
        assert_eq!(table.key(0), (1, 0));
    }
}
