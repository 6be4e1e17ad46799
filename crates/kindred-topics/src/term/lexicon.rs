//! What is known of written words: each is looked at once.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::stop_words::is_stop_word;
use crate::term::interner::Interner;

/// Letters of the longest word that is kept.
const MAX_LETTERS: usize = 40;
/// The word of what is none.
pub(crate) const NO_WORD: u32 = u32::MAX;

/// The written words of a chunk of texts, and the words that they are written forms of.
#[derive(Debug, Default)]
pub(crate) struct Lexicon {
    /// As written; a prefix is tied on with a hyphen.
    pub(crate) written: Interner,
    /// Lower case without diacritics, plurals as written.
    pub(crate) normal: Interner,
    entries: Vec<Entry>,
    /// Where prefixes are tied on.
    buffer: String,
}

/// A written word.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    /// Number of its normal form; [`NO_WORD`] for numbers, single letters and stop words.
    pub(crate) word: u32,
    /// Whether it gives a word behind a hyphen its sense: a stop word or a letter, as in
    /// `low-rank`, `in-context` and `k-means`.
    pub(crate) is_prefix: bool,
    /// Whether it is written with a capital.
    pub(crate) has_capital: bool,
}

impl Lexicon {
    /// Looks up a word of letters and digits with the `prefix` before its hyphen, if any.
    pub(crate) fn look_up(&mut self, prefix: &str, raw: &str) -> (u32, Entry) {
        let (number, is_new) = if prefix.is_empty() {
            self.written.insert(raw)
        } else {
            self.buffer.clear();
            self.buffer.push_str(prefix);
            self.buffer.push('-');
            self.buffer.push_str(raw);
            self.written.insert(&self.buffer)
        };
        if is_new {
            let normal = normal(prefix, raw);
            self.entries.push(Entry {
                word: normal.map_or(NO_WORD, |normal| self.normal.insert(&normal).0),
                is_prefix: is_prefix(raw),
                has_capital: raw.chars().any(char::is_uppercase),
            });
        }
        (number, self.entries[number as usize])
    }

    /// What is known of a written word.
    pub(crate) fn entry(&self, written: u32) -> Entry {
        self.entries[written as usize]
    }

    /// The numbers of the normal forms of all written words.
    pub(crate) fn words(&self) -> impl Iterator<Item = u32> + '_ {
        self.entries.iter().map(|entry| entry.word)
    }
}

/// Whether a word that is none alone gives a word its sense: a stop word or a letter.
fn is_prefix(raw: &str) -> bool {
    let letters = raw.chars().count();
    let is_letter = letters == 1 && raw.chars().all(char::is_alphabetic);
    let low = raw.to_lowercase();
    is_letter || (is_stop_word(&low) && (letters >= 3 || matches!(low.as_str(), "in" | "on")))
}

/// The normal form of a word, `None` for numbers, single letters and stop words.
fn normal(prefix: &str, raw: &str) -> Option<String> {
    let normal = normalised(raw);
    let letters = normal.chars().count();
    let alphabetic = normal.chars().filter(|c| c.is_alphabetic()).count();
    let capitals = raw.chars().filter(|c| c.is_uppercase()).count();
    let starts_with_letter = normal.chars().next().is_some_and(char::is_alphabetic);
    // `3d` and `5G` are words, `22ms` and `2u` are quantities; `AI` is a word, `ab` is debris.
    let is_word = match (letters, starts_with_letter) {
        (2, true) => capitals == 2 || (capitals == 1 && alphabetic == 1),
        (2, false) => capitals == 1 || normal.ends_with('d'),
        (3..=MAX_LETTERS, true) => true,
        _ => false,
    };
    // The `means` of `k-means` is a word.
    let is_named = prefix.chars().count() == 1;
    if !is_word || (is_stop_word(&normal) && !is_named) {
        return None;
    }
    Some(if prefix.is_empty() {
        normal
    } else {
        format!("{}-{normal}", prefix.to_lowercase())
    })
}

/// Lower case without diacritics.
fn normalised(raw: &str) -> String {
    if raw.is_ascii() {
        return raw.to_ascii_lowercase();
    }
    let letters = raw.nfkd().filter(|&c| !is_combining_mark(c));
    let mut normal = String::with_capacity(raw.len());
    for letter in letters.flat_map(char::to_lowercase) {
        match letter {
            // No marks to Unicode; TeX and many authors write them like this.
            '\u{142}' => normal.push('l'),
            '\u{f8}' => normal.push('o'),
            '\u{131}' => normal.push('i'),
            '\u{df}' => normal.push_str("ss"),
            '\u{e6}' => normal.push_str("ae"),
            '\u{153}' => normal.push_str("oe"),
            other => normal.push(other),
        }
    }
    normal
}

/// How a written word is shown: in lower case unless it has capitals of its own, which its place
/// hides if a capital `is_expected` there.
pub(crate) fn shown(written: &str, is_expected: bool) -> String {
    let (prefix, raw) = written.split_once('-').unwrap_or(("", written));
    let has_inner_capital = raw.chars().skip(1).any(char::is_uppercase);
    let has_capital = raw.chars().any(char::is_uppercase);
    let letters = raw.nfkc();
    let raw: String = if has_inner_capital || (has_capital && !is_expected) {
        letters.collect()
    } else {
        letters.flat_map(char::to_lowercase).collect()
    };
    // `X-ray` keeps its capital, `Low-rank` was the first word of something.
    match prefix.chars().count() {
        0 => raw,
        1 => format!("{prefix}-{raw}"),
        _ => format!("{}-{raw}", prefix.to_lowercase()),
    }
}
