//! Texts to words: TeX, numbers, hyphens and plurals handled.

mod interner;
mod lexicon;
mod tex;

use unicode_normalization::char::is_combining_mark;

pub(crate) use crate::term::interner::Interner;
pub(crate) use crate::term::lexicon::{Lexicon, NO_WORD, shown};
use crate::term::tex::without_tex;

/// A word in its place, or the end of a run of words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token(u32);

impl Token {
    /// Ends a run.
    pub(crate) const BREAK: Self = Self(u32::MAX);

    fn new(written: u32, is_capital_expected: bool, is_tied: bool) -> Self {
        debug_assert!(written < u32::MAX >> 2, "a chunk has few written words");
        Self(written << 2 | u32::from(is_capital_expected) << 1 | u32::from(is_tied))
    }

    pub(crate) fn is_break(self) -> bool {
        self == Self::BREAK
    }

    /// Number of the written word in its lexicon.
    pub(crate) fn written(self) -> u32 {
        self.0 >> 2
    }

    /// Whether the place asks for a capital: a title, or the start of a sentence.
    pub(crate) fn is_capital_expected(self) -> bool {
        self.0 & 2 != 0
    }

    /// Whether a hyphen ties it to the word before.
    pub(crate) fn is_tied(self) -> bool {
        self.0 & 1 != 0
    }
}

/// Appends to `tokens` the runs of words that no stop word, number, formula or punctuation breaks,
/// a [`Token::BREAK`] behind each.
///
/// In a title every word may have a capital, in an abstract the first of a sentence, so that there
/// capitals say nothing.
pub(crate) fn read(text: &str, is_title: bool, lexicon: &mut Lexicon, tokens: &mut Vec<Token>) {
    let plain = without_tex(text);
    let mut rest: &str = &plain;
    let mut is_in_run = false;
    let mut starts_sentence = true;
    let mut is_tied = false;
    // What a hyphen ties to the next word and is none alone: `low-rank`, `k-means`.
    let mut prefix = "";
    while let Some(first) = rest.chars().next() {
        if first.is_alphanumeric() {
            let (raw, tail) = rest.split_at(end_of_word(rest));
            rest = possessive(tail);
            let (written, entry) = lexicon.look_up(prefix, raw);
            let is_prefix = entry.is_prefix && prefix.is_empty() && is_tied_to_next(rest);
            if entry.word != NO_WORD {
                let is_capital_expected = is_title || (starts_sentence && prefix.is_empty());
                tokens.push(Token::new(written, is_capital_expected, is_tied));
                is_in_run = true;
            } else if !is_prefix && is_in_run {
                tokens.push(Token::BREAK);
                is_in_run = false;
            }
            prefix = if is_prefix { raw } else { "" };
            starts_sentence = false;
            is_tied = false;
        } else {
            rest = &rest[first.len_utf8()..];
            if first == ' ' {
                continue;
            }
            let continues = rest.chars().next().is_some_and(char::is_alphanumeric);
            is_tied = is_hyphen(first) && continues && is_in_run && prefix.is_empty();
            let is_within = is_hyphen(first) && !prefix.is_empty();
            if !first.is_whitespace() && !is_tied && !is_within {
                if is_in_run {
                    tokens.push(Token::BREAK);
                    is_in_run = false;
                }
                starts_sentence |= matches!(first, '.' | '!' | '?' | ':');
            }
        }
    }
    if is_in_run {
        tokens.push(Token::BREAK);
    }
}

/// Bytes of the word that `text` starts with.
fn end_of_word(text: &str) -> usize {
    let plain = text.bytes().position(|byte| !byte.is_ascii_alphanumeric());
    match plain {
        None => text.len(),
        Some(end) if text.as_bytes()[end].is_ascii() => end,
        Some(_) => text
            .find(|c: char| !(c.is_alphanumeric() || is_combining_mark(c)))
            .unwrap_or(text.len()),
    }
}

fn is_hyphen(c: char) -> bool {
    matches!(c, '-' | '\u{2010}' | '\u{2011}')
}

fn is_tied_to_next(rest: &str) -> bool {
    let mut next = rest.chars();
    next.next().is_some_and(is_hyphen) && next.next().is_some_and(char::is_alphabetic)
}

/// Steps over the `'s` of a genitive, so that it neither breaks a run nor becomes a word.
fn possessive(tail: &str) -> &str {
    let Some(after) = tail.strip_prefix(['\'', '\u{2019}']) else {
        return tail;
    };
    let after = after.strip_prefix('s').unwrap_or(after);
    if after.chars().next().is_some_and(char::is_alphanumeric) {
        tail
    } else {
        after
    }
}

/// Possible singulars of a plural; which is right is for the vocabulary to say.
pub(crate) fn singulars(word: &str) -> Vec<String> {
    const ENDINGS: [(&str, &str); 6] = [
        ("s", ""),
        ("es", ""),
        ("ies", "y"),
        ("ses", "sis"),
        ("ices", "ix"),
        ("ices", "ex"),
    ];
    if !word.ends_with('s') || word.ends_with("ss") || word.chars().count() < 4 {
        return Vec::new();
    }
    let stems = ENDINGS.iter().filter_map(|(plural, singular)| {
        let stem = word.strip_suffix(plural)?;
        (stem.chars().count() >= 2).then(|| format!("{stem}{singular}"))
    });
    stems.collect()
}

#[cfg(test)]
mod tests;
