//! Terms and their numbers.

use rustc_hash::FxHashMap;

use super::rows::TermRows;
use super::stop_words::is_stop_word;
use super::words::{for_each_run, singular};

/// What counts as a term.
///
/// Words begin with a letter or an underscore and have two characters or more; common English
/// words are no terms, and pairs are taken across them (`spread of influence` has the pair
/// `spread influence`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TermRule {
    /// Whether pairs of neighbouring words are terms too. Default `true`.
    pub pairs: bool,
    /// Whether plurals count as their singular. Default `true`.
    pub singular: bool,
    /// Whether words with letters beyond ASCII are terms. Default `true`.
    pub any_script: bool,
}

impl Default for TermRule {
    fn default() -> Self {
        Self {
            pairs: true,
            singular: true,
            any_script: true,
        }
    }
}

impl TermRule {
    /// The rule of arxiv-sanity-lite's vectoriser.
    pub(crate) const ARXIV_SANITY: Self = Self {
        pairs: true,
        singular: false,
        any_script: false,
    };

    fn accepts(self, run: &str) -> bool {
        let starts = run.chars().next().is_some_and(|first| {
            first == '_' || first.is_ascii_alphabetic() || self.any_script && first.is_alphabetic()
        });
        starts
            && run.chars().nth(1).is_some()
            && (self.any_script || run.is_ascii())
            && !is_stop_word(run)
    }
}

/// The terms met so far, numbered in the order of their first use.
#[derive(Debug, Clone, Default)]
pub struct Lexicon {
    rule: TermRule,
    numbers: FxHashMap<Box<str>, u32>,
    terms: Vec<Box<str>>,
}

impl Lexicon {
    /// Creates a lexicon without terms.
    pub fn new(rule: TermRule) -> Self {
        Self {
            rule,
            numbers: FxHashMap::default(),
            terms: Vec::new(),
        }
    }

    /// Counts the terms of each text, in order; new terms get the next numbers.
    ///
    /// # Examples
    /// ```
    /// use kindred_rank::{Lexicon, TermRule};
    /// let mut lexicon = Lexicon::new(TermRule::default());
    /// let rows = lexicon.rows(["The spread of influence in networks", "A network"]);
    /// let terms: Vec<&str> = rows.row(0).iter().map(|&(term, _)| lexicon.term(term)).collect();
    /// assert_eq!(terms, ["spread", "influence", "spread influence", "network", "influence network"]);
    /// assert_eq!(rows.row(1), [(3, 1)]);
    /// ```
    pub fn rows<T: AsRef<str>>(&mut self, texts: impl IntoIterator<Item = T>) -> TermRows {
        let mut rows = TermRows::default();
        let mut found = Vec::new();
        for text in texts {
            found.clear();
            self.read(text.as_ref(), &mut found);
            rows.push(&mut found);
        }
        rows
    }

    /// Returns the text of a term.
    ///
    /// # Panics
    /// If this lexicon did not give out the number.
    pub fn term(&self, number: u32) -> &str {
        &self.terms[number as usize]
    }

    /// Returns how many terms there are.
    pub fn len(&self) -> usize {
        self.terms.len()
    }

    /// Whether no term was met yet.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    fn read(&mut self, text: &str, found: &mut Vec<u32>) {
        let rule = self.rule;
        let (mut word, mut pair, mut before) = (String::new(), String::new(), String::new());
        for_each_run(text, |run| {
            if !rule.accepts(run) {
                return;
            }
            if rule.singular {
                singular(run, &mut word);
            } else {
                run.clone_into(&mut word);
            }
            found.push(self.number(&word));
            if rule.pairs {
                if !before.is_empty() {
                    pair.clear();
                    pair.push_str(&before);
                    pair.push(' ');
                    pair.push_str(&word);
                    found.push(self.number(&pair));
                }
                std::mem::swap(&mut before, &mut word);
            }
        });
    }

    fn number(&mut self, term: &str) -> u32 {
        if let Some(&number) = self.numbers.get(term) {
            return number;
        }
        let number = u32::try_from(self.terms.len()).expect("fewer than four billion terms");
        self.terms.push(term.into());
        self.numbers.insert(term.into(), number);
        number
    }
}
