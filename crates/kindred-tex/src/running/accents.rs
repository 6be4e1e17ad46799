//! Accents and letters of running text.

use unicode_normalization::UnicodeNormalization;

use crate::unicode::found;

/// Accent commands and their combining characters.
const ACCENTS: [(&str, char); 16] = [
    ("'", '\u{301}'),
    ("`", '\u{300}'),
    ("^", '\u{302}'),
    ("\"", '\u{308}'),
    ("~", '\u{303}'),
    ("=", '\u{304}'),
    (".", '\u{307}'),
    ("c", '\u{327}'),
    ("v", '\u{30c}'),
    ("u", '\u{306}'),
    ("H", '\u{30b}'),
    ("r", '\u{30a}'),
    ("k", '\u{328}'),
    ("d", '\u{323}'),
    ("b", '\u{331}'),
    ("t", '\u{361}'),
];

/// Longest group under an accent, in bytes.
const LONGEST_BASE: usize = 32;

/// Commands that are a letter, or a piece of text, by themselves.
const LETTERS: &str = "\
    o ø  O Ø  l ł  L Ł  ss ß  ae æ  AE Æ  oe œ  OE Œ  aa å  AA Å  i ı  j ȷ  dh ð  DH Ð  th þ \
    TH Þ  dj đ  DJ Đ  ng ŋ  NG Ŋ  S §  P ¶  copyright ©  pounds £  deg °  textdegree °  textendash – \
    textemdash —  textquoteleft ‘  textquoteright ’  textquotedblleft “  textquotedblright ” \
    textregistered ®  texttrademark ™  textmu µ  TeX TeX  LaTeX LaTeX  textbackslash \\";

/// Returns the letter that a command stands for.
pub(super) fn letter(name: &str) -> Option<&'static str> {
    found(LETTERS, name)
}

/// Reads an accent, named by the first `length` bytes of `after`, and the letter that it is on.
pub(super) fn accented(after: &str, length: usize) -> Option<(String, &str)> {
    let (name, behind) = after.split_at(length);
    let (_, mark) = ACCENTS.iter().find(|(command, _)| *command == name)?;
    let is_word = name.starts_with(|first: char| first.is_ascii_alphabetic());
    if is_word && !behind.starts_with(['{', ' ', '\\']) {
        return None;
    }
    let (base, rest) = base(behind.trim_start_matches(' '))?;
    let accented: String = [base, *mark].into_iter().nfc().collect();
    Some((accented, rest))
}

/// Reads the letter under an accent: `e`, `{e}`, `\i` or `{\i}`. Dotless letters get their
/// accent in place of the dot.
fn base(text: &str) -> Option<(char, &str)> {
    if let Some((content, rest)) = argument(text) {
        let (base, left) = base(content.trim())?;
        return left.trim().is_empty().then_some((base, rest));
    }
    for (dotless, letter) in [("\\i", 'i'), ("\\j", 'j')] {
        if let Some(rest) = text.strip_prefix(dotless)
            && !rest.starts_with(|next: char| next.is_ascii_alphabetic())
        {
            return Some((letter, rest.trim_start_matches(' ')));
        }
    }
    let first = text.chars().next()?;
    first
        .is_alphabetic()
        .then(|| (first, &text[first.len_utf8()..]))
}

/// Splits `{content}` from what follows; accents take short groups only.
fn argument(text: &str) -> Option<(&str, &str)> {
    let inside = text.strip_prefix('{')?;
    let end = super::closing_brace(inside, LONGEST_BASE)?;
    Some((&inside[..end], &inside[end + 1..]))
}
