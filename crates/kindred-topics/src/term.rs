//! Texts to words: TeX, numbers, hyphens and plurals handled.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::stop_words::is_stop_word;

/// Letters of the longest word that is kept.
const MAX_LETTERS: usize = 40;
/// Longest formula between dollar signs; a sign without a partner is a currency.
const MAX_FORMULA: usize = 600;

/// A word in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Word {
    /// Lower case without diacritics, plural as written.
    pub(crate) normal: String,
    /// As it should be shown: lower case unless it is written with capitals inside a sentence.
    pub(crate) shown: String,
    /// Whether a hyphen ties it to the word before.
    pub(crate) is_tied: bool,
}

/// Calls `each` with every run of words that no stop word, number, formula or punctuation breaks.
///
/// In a title every word may have a capital, in an abstract the first of a sentence, so those
/// capitals are not shown; capitals within a word are.
pub(crate) fn runs(text: &str, is_title: bool, mut each: impl FnMut(&[Word])) {
    let plain = without_tex(text);
    let mut run: Vec<Word> = Vec::new();
    let mut starts_sentence = true;
    let mut rest = plain.as_str();
    let mut is_tied = false;
    // What a hyphen ties to the next word and is none alone: `low-rank`, `k-means`.
    let mut prefix = "";
    while let Some(first) = rest.chars().next() {
        if first.is_alphanumeric() {
            let end = rest
                .find(|c: char| !(c.is_alphanumeric() || is_combining_mark(c)))
                .unwrap_or(rest.len());
            let (raw, tail) = rest.split_at(end);
            rest = possessive(tail);
            let is_capital_expected = is_title || (starts_sentence && prefix.is_empty());
            let is_prefix = is_tied_to_next(rest) && is_prefix(raw) && prefix.is_empty();
            match word(prefix, raw, is_capital_expected) {
                Some(found) => run.push(Word { is_tied, ..found }),
                None if is_prefix => {}
                None => flush(&mut run, &mut each),
            }
            prefix = if is_prefix { raw } else { "" };
            starts_sentence = false;
            is_tied = false;
        } else {
            rest = &rest[first.len_utf8()..];
            let continues = rest.chars().next().is_some_and(char::is_alphanumeric);
            is_tied = is_hyphen(first) && continues && !run.is_empty() && prefix.is_empty();
            let is_within = is_hyphen(first) && !prefix.is_empty();
            if !first.is_whitespace() && !is_tied && !is_within {
                flush(&mut run, &mut each);
                starts_sentence |= matches!(first, '.' | '!' | '?' | ':');
            }
        }
    }
    flush(&mut run, &mut each);
}

fn flush(run: &mut Vec<Word>, each: &mut impl FnMut(&[Word])) {
    if !run.is_empty() {
        each(run);
        run.clear();
    }
}

fn is_hyphen(c: char) -> bool {
    matches!(c, '-' | '\u{2010}' | '\u{2011}')
}

fn is_tied_to_next(rest: &str) -> bool {
    let mut next = rest.chars();
    next.next().is_some_and(is_hyphen) && next.next().is_some_and(char::is_alphabetic)
}

/// Whether a word that is none alone gives a word its sense: a stop word or a letter.
fn is_prefix(raw: &str) -> bool {
    let letters = raw.chars().count();
    let is_letter = letters == 1 && raw.chars().all(char::is_alphabetic);
    is_letter || (letters >= 3 && is_stop_word(&raw.to_lowercase()))
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

/// Makes a word of letters and digits; `None` for numbers, single letters and stop words. A
/// `prefix` goes before it with a hyphen.
fn word(prefix: &str, raw: &str, is_capital_expected: bool) -> Option<Word> {
    let normal = normalised(raw);
    let letters = normal.chars().count();
    let alphabetic = normal.chars().filter(|c| c.is_alphabetic()).count();
    let capitals = raw.chars().filter(|c| c.is_uppercase()).count();
    let starts_with_letter = normal.chars().next().is_some_and(char::is_alphabetic);
    // `3d` and `5g` are words, `22ms` is a quantity; `AI` is a word, `ab` is debris.
    let is_word = match (letters, starts_with_letter) {
        (2, true) => capitals == 2 || (capitals == 1 && alphabetic == 1),
        (2, false) => alphabetic == 1,
        (3..=MAX_LETTERS, true) => true,
        _ => false,
    };
    // The `means` of `k-means` is a word.
    let is_named = prefix.chars().count() == 1;
    if !is_word || (is_stop_word(&normal) && !is_named) {
        return None;
    }
    let has_inner_capital = raw.chars().skip(1).any(char::is_uppercase);
    let keeps_capitals = has_inner_capital || (capitals > 0 && !is_capital_expected);
    let shown: String = if raw.is_ascii() {
        if keeps_capitals {
            raw.to_owned()
        } else {
            normal.clone()
        }
    } else if keeps_capitals {
        raw.nfc().collect()
    } else {
        raw.nfc().flat_map(char::to_lowercase).collect()
    };
    if prefix.is_empty() {
        return Some(Word {
            normal,
            shown,
            is_tied: false,
        });
    }
    let low = prefix.to_lowercase();
    // `X-ray` keeps its capital, `Low-rank` was the first word of something.
    Some(Word {
        normal: format!("{low}-{normal}"),
        shown: format!("{}-{shown}", if is_named { prefix } else { &low }),
        is_tied: false,
    })
}

/// Lower case without diacritics.
fn normalised(raw: &str) -> String {
    if raw.is_ascii() {
        return raw.to_ascii_lowercase();
    }
    raw.nfkd()
        .filter(|&c| !is_combining_mark(c))
        .flat_map(char::to_lowercase)
        .collect()
}

/// Drops formulas, commands and braces; keeps the text that commands format, and letters under
/// accents.
fn without_tex(text: &str) -> String {
    if !text.contains(['$', '\\', '{', '}']) {
        return text.to_owned();
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let tail = &rest[first.len_utf8()..];
        rest = match first {
            '$' => after_formula(tail, &mut plain),
            '\\' => after_command(tail, &mut plain),
            '{' | '}' => tail,
            _ => {
                plain.push(first);
                tail
            }
        };
    }
    plain
}

/// A formula breaks a run, as punctuation does.
const FORMULA: &str = " ; ";

fn after_formula<'a>(tail: &'a str, plain: &mut String) -> &'a str {
    let (tail, close) = match tail.strip_prefix('$') {
        Some(tail) => (tail, "$$"),
        None => (tail, "$"),
    };
    plain.push_str(FORMULA);
    match tail.find(close) {
        Some(end) if end <= MAX_FORMULA => &tail[end + close.len()..],
        _ => tail,
    }
}

fn after_command<'a>(tail: &'a str, plain: &mut String) -> &'a str {
    for (open, close) in [('(', "\\)"), ('[', "\\]")] {
        if let Some(formula) = tail.strip_prefix(open) {
            plain.push_str(FORMULA);
            return formula
                .find(close)
                .map_or(formula, |end| &formula[end + 2..]);
        }
    }
    let end = tail
        .find(|c: char| !c.is_ascii_alphabetic())
        .unwrap_or(tail.len());
    let (name, after) = tail.split_at(end);
    match name {
        // An accent or an escaped sign, such as `\"o` or `\&`.
        "" => {
            let mut signs = tail.chars();
            let sign = signs.next();
            if !matches!(sign, Some('"' | '\'' | '`' | '^' | '~' | '=' | '.')) {
                plain.push(' ');
            }
            signs.as_str()
        }
        // Accents with a name.
        "H" | "c" | "v" | "u" | "k" | "r" | "b" | "d" => after.trim_start(),
        "ss" | "o" | "O" | "l" | "L" | "ae" | "AE" | "oe" | "OE" | "aa" | "AA" | "i" | "j" => {
            plain.push_str(name);
            after.trim_start()
        }
        "cite" | "citep" | "citet" | "ref" | "eqref" | "label" | "url" | "footnote" => {
            plain.push_str(FORMULA);
            let argument = after.strip_prefix('{');
            argument
                .and_then(|inside| inside.split_once('}'))
                .map_or(after, |(_, behind)| behind)
        }
        _ => {
            plain.push(' ');
            after
        }
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
    if word.chars().count() < 4 || word.ends_with("ss") {
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
