//! Which words count, and their numbers.

use crate::label::corpus::{BREAK, Draft};
use crate::term::{Interner, singulars};

/// Words of fewer papers are left out of corpora with at least [`LARGE_CORPUS`] papers.
const MIN_PAPERS: u32 = 2;
const LARGE_CORPUS: usize = 50;
/// Most words; at 100,000 papers the words of five papers or fewer go beyond.
const MAX_WORDS: usize = 60_000;
/// A singular must be at least this share of its plural's papers: `len` is not a `lens`.
const MIN_SINGULAR_SHARE: u32 = 20;

/// The words of a corpus, plurals folded into singulars that it knows.
#[derive(Debug)]
pub(crate) struct Vocabulary {
    words: Vec<String>,
    /// Whether each is mostly written with a capital within sentences.
    is_name: Vec<bool>,
}

/// All normal forms with the number of papers that hold them.
struct Forms {
    texts: Interner,
    papers: Vec<u32>,
    capitals: Vec<i32>,
}

impl Vocabulary {
    /// Numbers the words of enough papers by the order of how many hold them, plurals last;
    /// returns for each draft the numbers of its normal forms, [`BREAK`] if they are left out.
    pub(crate) fn new(texts: usize, drafts: &[Draft]) -> (Self, Vec<Vec<u32>>) {
        let mut forms = Forms {
            texts: Interner::default(),
            papers: Vec::new(),
            capitals: Vec::new(),
        };
        let of_drafts: Vec<Vec<u32>> = drafts.iter().map(|draft| forms.add(draft)).collect();
        let (words, numbers) = forms.number(texts);
        let mut capitals = vec![0; words.len()];
        for (&number, more) in numbers.iter().zip(&forms.capitals) {
            if number != BREAK {
                capitals[number as usize] += more;
            }
        }
        let is_name = capitals.into_iter().map(|more| more > 0).collect();
        let numbers = of_drafts.into_iter().map(|own| {
            let numbers = own.into_iter().map(|form| numbers[form as usize]);
            numbers.collect()
        });
        (Self { words, is_name }, numbers.collect())
    }

    /// Number of words.
    pub(crate) fn len(&self) -> usize {
        self.words.len()
    }

    pub(crate) fn word(&self, number: u32) -> &str {
        &self.words[number as usize]
    }

    /// Whether a word keeps its capital where any word might have one.
    pub(crate) fn is_name(&self, number: u32) -> bool {
        self.is_name[number as usize]
    }

    /// Words in their singular, spaces between them.
    pub(crate) fn plain(&self, words: &[u32]) -> String {
        let words: Vec<&str> = words.iter().map(|&word| self.word(word)).collect();
        words.join(" ")
    }
}

impl Forms {
    /// Adds the counts of a draft; returns the numbers that its forms have here.
    fn add(&mut self, draft: &Draft) -> Vec<u32> {
        (0..)
            .zip(draft.papers.iter().zip(&draft.capitals))
            .map(|(form, (papers, capitals))| {
                let (number, is_new) = self.texts.insert(draft.lexicon.normal.text(form));
                if is_new {
                    self.papers.push(0);
                    self.capitals.push(0);
                }
                self.capitals[number as usize] += capitals;
                self.papers[number as usize] += papers;
                number
            })
            .collect()
    }

    /// Returns the words, and the number of each form's word.
    fn number(&self, texts: usize) -> (Vec<String>, Vec<u32>) {
        let least = if texts < LARGE_CORPUS { 1 } else { MIN_PAPERS };
        let papers = |form: u32| self.papers[form as usize];
        let mut kept: Vec<u32> = (0..)
            .take(self.papers.len())
            .filter(|&form| papers(form) >= least || self.has_singular(form))
            .collect();
        kept.sort_unstable_by(|&a, &b| {
            let by_text = || self.texts.text(a).cmp(self.texts.text(b));
            papers(b).cmp(&papers(a)).then_with(by_text)
        });
        kept.truncate(MAX_WORDS);
        // Numbers are given to singulars first, plurals share them.
        let mut words: Vec<String> = Vec::new();
        let mut numbers = vec![BREAK; self.papers.len()];
        let mut add = |form: u32, numbers: &mut [u32]| {
            numbers[form as usize] = u32::try_from(words.len()).expect("there are few words");
            words.push(self.texts.text(form).to_owned());
        };
        let mut plurals = Vec::new();
        for form in kept {
            match self.singular_of(form) {
                Some(singular) => plurals.push((form, singular)),
                None => add(form, &mut numbers),
            }
        }
        for (plural, singular) in plurals {
            match numbers[singular as usize] {
                BREAK => add(plural, &mut numbers),
                number => numbers[plural as usize] = number,
            }
        }
        (words, numbers)
    }

    fn has_singular(&self, form: u32) -> bool {
        let singulars = singulars(self.texts.text(form));
        singulars
            .iter()
            .any(|singular| self.texts.find(singular).is_some())
    }

    /// The most frequent of the possible singulars that the corpus knows well enough.
    fn singular_of(&self, form: u32) -> Option<u32> {
        let papers = |form: u32| self.papers[form as usize];
        let known = singulars(self.texts.text(form))
            .into_iter()
            .filter_map(|singular| self.texts.find(&singular))
            .filter(|&singular| {
                papers(singular).saturating_mul(MIN_SINGULAR_SHARE) >= papers(form)
            });
        known.max_by(|&a, &b| {
            let by_text = || self.texts.text(b).cmp(self.texts.text(a));
            papers(a).cmp(&papers(b)).then_with(by_text)
        })
    }
}
