//! Words in a row, the last letters of some left open.

use crate::fold::folded_words;

/// Fewest letters before a `*`: one letter begins too many words to be meant.
const SHORTEST_STEM: usize = 2;

/// A word, or the beginning of one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Word {
    text: String,
    is_stem: bool,
}

/// Consecutive words in folded form.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Phrase(Vec<Word>);

impl Phrase {
    /// Reads a phrase; `None` if a `*` is not the end of a word of two letters or more. May have
    /// no word, where commands of TeX are all that there is.
    pub(crate) fn new(text: &str) -> Option<Self> {
        let mut words = Vec::new();
        let mut parts = text.split('*').peekable();
        let mut is_first = true;
        while let Some(part) = parts.next() {
            let is_before_star = parts.peek().is_some();
            let follows_space =
                is_first || part.is_empty() || part.starts_with(char::is_whitespace);
            if !follows_space || (is_before_star && !part.ends_with(char::is_alphanumeric)) {
                return None;
            }
            is_first = false;
            words.extend(folded_words(part).into_iter().map(|text| Word {
                text,
                is_stem: false,
            }));
            if is_before_star {
                let last = words.last_mut()?;
                if last.text.chars().count() < SHORTEST_STEM {
                    return None;
                }
                last.is_stem = true;
            }
        }
        Some(Self(words))
    }

    /// Whether there is no word in it.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether its words stand in `words` one after the other.
    pub(crate) fn occurs_in(&self, words: &[String]) -> bool {
        !self.is_empty()
            && words.windows(self.0.len()).any(|window| {
                self.0
                    .iter()
                    .zip(window)
                    .all(|(word, found)| word.admits(found))
            })
    }

    /// Whether every text with this phrase has `other` too.
    pub(crate) fn holds(&self, other: &Self) -> bool {
        !other.is_empty()
            && self.0.windows(other.0.len()).any(|window| {
                other
                    .0
                    .iter()
                    .zip(window)
                    .all(|(wider, word)| wider.covers(word))
            })
    }
}

impl Word {
    fn admits(&self, found: &str) -> bool {
        if self.is_stem {
            found.starts_with(&self.text)
        } else {
            found == self.text
        }
    }

    /// Whether every word that `narrower` admits is admitted here.
    fn covers(&self, narrower: &Self) -> bool {
        if self.is_stem {
            narrower.text.starts_with(&self.text)
        } else {
            !narrower.is_stem && narrower.text == self.text
        }
    }
}
