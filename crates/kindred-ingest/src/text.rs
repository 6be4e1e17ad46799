//! Normal form of texts: no control characters, single spaces, NFC.

use std::borrow::Cow;

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use crate::Repairs;

/// Returns the normal form of a text: control characters removed and counted, white space
/// collapsed to single spaces, trimmed, in Unicode normal form C.
pub(crate) fn clean(text: &str, repairs: &mut Repairs) -> String {
    if is_plain(text) {
        return text.to_owned();
    }
    let mut collapsed = String::with_capacity(text.len());
    let mut pending_space = false;
    for character in text.chars() {
        if is_stripped(character) {
            repairs.control_characters = repairs.control_characters.saturating_add(1);
        } else if character.is_whitespace() {
            pending_space = !collapsed.is_empty();
        } else {
            if pending_space {
                collapsed.push(' ');
                pending_space = false;
            }
            collapsed.push(character);
        }
    }
    if collapsed.is_ascii() || is_nfc_quick(collapsed.chars()) == IsNormalized::Yes {
        collapsed
    } else {
        collapsed.nfc().collect()
    }
}

/// Whether a text is in normal form already, by a test that only printable ASCII passes.
fn is_plain(text: &str) -> bool {
    // Whole blocks without an early exit compile to vector instructions.
    const BLOCK: usize = 64;
    let is_printable = |byte: &u8| (b' '..=b'~').contains(byte);
    let printable = text.as_bytes().chunks(BLOCK).all(|block| {
        block
            .iter()
            .fold(true, |all, byte| all & is_printable(byte))
    });
    printable && !text.starts_with(' ') && !text.ends_with(' ') && !text.contains("  ")
}

/// Control characters of both blocks, but for the ones that separate words.
fn is_stripped(character: char) -> bool {
    character.is_control() && !matches!(character, '\t' | '\n' | '\r' | '\u{85}')
}

/// Decodes bytes as UTF-8; invalid sequences become U+FFFD, one each, and are counted.
pub(crate) fn decode<'bytes>(bytes: &'bytes [u8], repairs: &mut Repairs) -> Cow<'bytes, str> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let mut text = String::with_capacity(bytes.len() + 16);
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        if !chunk.invalid().is_empty() {
            text.push(char::REPLACEMENT_CHARACTER);
            repairs.invalid_utf8 = repairs.invalid_utf8.saturating_add(1);
        }
    }
    Cow::Owned(text)
}

/// Returns the first digital object identifier of a text, without a resolver's address.
///
/// Some records name several, separated by commas, semicolons or blanks; these characters may
/// also stand inside of one, so only what `10.` follows separates.
pub(crate) fn first_doi(text: &str) -> &str {
    let text = text.trim();
    let lower_start = |prefix: &str| {
        text.get(..prefix.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(prefix))
    };
    let bare = [
        "https://doi.org/",
        "http://doi.org/",
        "https://dx.doi.org/",
        "http://dx.doi.org/",
        "doi:",
    ]
    .into_iter()
    .find(|prefix| lower_start(prefix))
    .map_or(text, |prefix| text[prefix.len()..].trim_start());
    let end = bare
        .char_indices()
        .find(|&(at, character)| {
            character.is_whitespace()
                || (matches!(character, ',' | ';')
                    && bare[at + 1..].trim_start().starts_with("10."))
        })
        .map_or(bare.len(), |(at, _)| at);
    bare[..end].trim_end_matches([',', ';'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cleaned(text: &str) -> (String, u32) {
        let mut repairs = Repairs::default();
        let text = clean(text, &mut repairs);
        (text, repairs.control_characters)
    }

    /// Trap 14: newline in a title.
    #[test]
    fn white_space_collapses_to_single_spaces() {
        assert_eq!(cleaned("  a\n  b\u{a0}\u{2003}c\r\n").0, "a b c");
        assert_eq!(cleaned("a b").0, "a b");
        assert_eq!(cleaned("   ").0, "");
        assert_eq!(cleaned("").0, "");
    }

    /// Trap 17: NUL and C0 characters.
    #[test]
    fn control_characters_vanish_and_are_counted() {
        assert_eq!(cleaned("a\0b\u{1b}[31m\u{7f}\u{9b}"), ("ab[31m".into(), 4));
        assert_eq!(cleaned("a\tb"), ("a b".into(), 0));
        assert_eq!(cleaned("a \u{1} b"), ("a b".into(), 1));
    }

    #[test]
    fn composed_and_decomposed_letters_become_equal() {
        assert_eq!(cleaned("Poincare\u{301}").0, "Poincar\u{e9}");
        assert_eq!(cleaned("数学 ∞").0, "数学 ∞");
    }

    #[test]
    fn normal_form_is_a_fixed_point() {
        for text in ["a\u{0}\u{20}\u{301}b", " x ", "e\u{301}\n\u{323}", "a  b"] {
            let once = cleaned(text).0;
            assert_eq!(cleaned(&once).0, once);
        }
    }

    #[test]
    fn invalid_bytes_are_replaced_and_counted() {
        let mut repairs = Repairs::default();
        assert_eq!(
            decode(b"caf\xe9 \xff!", &mut repairs),
            "caf\u{fffd} \u{fffd}!"
        );
        assert_eq!(repairs.invalid_utf8, 2);
    }

    #[test]
    fn doi_loses_its_resolver_and_its_followers() {
        let sici = "10.1002/(SICI)1097-0037(199601)27:1<25::AID-NET3>3.3.CO;2-1";
        assert_eq!(first_doi(sici), sici);
        assert_eq!(first_doi("https://doi.org/10.1000/1"), "10.1000/1");
        assert_eq!(first_doi("DOI: 10.1000/1"), "10.1000/1");
        assert_eq!(first_doi("10.1000/1, 10.1000/2;10.1000/3"), "10.1000/1");
        assert_eq!(first_doi("10.1000/1;10.1000/3"), "10.1000/1");
        assert_eq!(first_doi("10.1000/1 10.1000/3"), "10.1000/1");
    }
}
