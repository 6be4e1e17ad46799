//! The texts as numbered words, each text read once.

use rayon::prelude::*;

use crate::label::vocabulary::Vocabulary;
use crate::term::{Interner, Lexicon, NO_WORD, Token, read};
use crate::topic::TopicText;

/// Ends a run of words, and fills the places of terms with fewer than three.
pub(crate) const BREAK: u32 = u32::MAX;
/// Texts that share a lexicon. It decides nothing but time and memory.
const TEXTS_OF_CHUNK: usize = 4096;

/// All texts, in chunks.
#[derive(Debug)]
pub(crate) struct Corpus {
    chunks: Vec<Chunk>,
    /// The words, plurals folded.
    pub(crate) vocabulary: Vocabulary,
}

/// Neighbouring texts.
#[derive(Debug)]
pub(crate) struct Chunk {
    tokens: Vec<Token>,
    /// Where each text ends in `tokens`.
    ends: Vec<usize>,
    written: Interner,
    /// The number in the vocabulary of each written word, [`BREAK`] if it is not kept.
    words: Vec<u32>,
}

/// A chunk whose words have numbers of their own.
pub(crate) struct Draft {
    tokens: Vec<Token>,
    ends: Vec<usize>,
    pub(crate) lexicon: Lexicon,
    /// How many texts hold each normal form.
    pub(crate) papers: Vec<u32>,
    /// How much more often each normal form is written with a capital than without where its place
    /// does not ask for one.
    pub(crate) capitals: Vec<i32>,
}

impl Corpus {
    /// Reads the texts.
    pub(crate) fn new(texts: &[TopicText<'_>]) -> Self {
        let drafts: Vec<Draft> = texts.par_chunks(TEXTS_OF_CHUNK).map(Draft::new).collect();
        let (vocabulary, numbers) = Vocabulary::new(texts.len(), &drafts);
        let chunks = (drafts.into_par_iter().zip(numbers))
            .map(|(draft, numbers)| draft.finish(&numbers))
            .collect();
        Self { chunks, vocabulary }
    }

    pub(crate) fn chunks(&self) -> &[Chunk] {
        &self.chunks
    }

    /// The chunk that holds a text, and its place there.
    pub(crate) fn place(row: u32) -> (usize, usize) {
        (row as usize / TEXTS_OF_CHUNK, row as usize % TEXTS_OF_CHUNK)
    }
}

impl Draft {
    fn new(texts: &[TopicText<'_>]) -> Self {
        let mut draft = Self {
            tokens: Vec::new(),
            ends: Vec::with_capacity(texts.len()),
            lexicon: Lexicon::default(),
            papers: Vec::new(),
            capitals: Vec::new(),
        };
        // The text that held a word last, from 1.
        let mut last: Vec<usize> = Vec::new();
        for (number, text) in (1..).zip(texts) {
            let start = draft.tokens.len();
            read(text.title, true, &mut draft.lexicon, &mut draft.tokens);
            read(
                text.abstract_text,
                false,
                &mut draft.lexicon,
                &mut draft.tokens,
            );
            draft.ends.push(draft.tokens.len());
            last.resize(draft.lexicon.normal.len(), 0);
            draft.papers.resize(draft.lexicon.normal.len(), 0);
            draft.capitals.resize(draft.lexicon.normal.len(), 0);
            for token in &draft.tokens[start..] {
                if token.is_break() {
                    continue;
                }
                let entry = draft.lexicon.entry(token.written());
                let word = entry.word as usize;
                if !token.is_capital_expected() {
                    draft.capitals[word] += if entry.has_capital { 1 } else { -1 };
                }
                if last[word] != number {
                    last[word] = number;
                    draft.papers[word] += 1;
                }
            }
        }
        draft.tokens.shrink_to_fit();
        draft
    }

    /// Takes on the numbers that the vocabulary gives its normal forms.
    fn finish(self, numbers: &[u32]) -> Chunk {
        let number = |word: u32| match word {
            NO_WORD => BREAK,
            word => numbers[word as usize],
        };
        Chunk {
            tokens: self.tokens,
            ends: self.ends,
            words: self.lexicon.words().map(number).collect(),
            written: self.lexicon.written.into_texts(),
        }
    }
}

impl Chunk {
    /// The tokens of each text.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &[Token]> + '_ {
        (0..self.ends.len()).map(|place| self.text(place))
    }

    /// The tokens of a text.
    pub(crate) fn text(&self, place: usize) -> &[Token] {
        let start = place.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.tokens[start..self.ends[place]]
    }

    /// The number of a token's word, [`BREAK`] for the end of a run and words that are not kept.
    pub(crate) fn word(&self, token: Token) -> u32 {
        if token.is_break() {
            BREAK
        } else {
            self.words[token.written() as usize]
        }
    }

    /// A token's word as it was written.
    pub(crate) fn written(&self, token: Token) -> &str {
        self.written.text(token.written())
    }
}
