//! The normal form of texts and their hash.

use std::borrow::Cow;
use std::fmt;

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// 128 bits of BLAKE3 over title and abstract in their normal form: the same hash is the same
/// text, and never needs a new vector.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TextHash(pub [u8; 16]);

impl TextHash {
    /// Hashes a title and an abstract, whatever their white space and Unicode composition.
    pub fn of(title: &str, abstract_text: &str) -> Self {
        let mut hasher = Hasher::new("kindred-store text 1");
        hasher.text(&normal_form(title));
        hasher.text(&normal_form(abstract_text));
        Self(hasher.finish())
    }
}

impl fmt::Display for TextHash {
    /// Prints 32 hexadecimal digits.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

/// Brings a text into the form in which it is stored: NFC, every run of white space and control
/// characters one space, none at the ends.
pub(crate) fn normal_form(text: &str) -> Cow<'_, str> {
    let composed: Cow<'_, str> = match is_nfc_quick(text.chars()) {
        IsNormalized::Yes => Cow::Borrowed(text),
        IsNormalized::No | IsNormalized::Maybe => Cow::Owned(text.nfc().collect()),
    };
    if is_collapsed(&composed) {
        return composed;
    }
    let words: Vec<&str> = composed
        .split(is_space)
        .filter(|word| !word.is_empty())
        .collect();
    Cow::Owned(words.join(" "))
}

fn is_space(c: char) -> bool {
    c.is_whitespace() || c.is_control()
}

fn is_collapsed(text: &str) -> bool {
    let mut after_space = true;
    for c in text.chars() {
        let space = is_space(c);
        if space && (after_space || c != ' ') {
            return false;
        }
        after_space = space;
    }
    text.is_empty() || !after_space
}

/// BLAKE3 over values whose bounds cannot be mistaken.
#[derive(Debug)]
pub(crate) struct Hasher(blake3::Hasher);

impl Hasher {
    /// Starts a hash; `purpose` keeps hashes of different things apart.
    pub(crate) fn new(purpose: &str) -> Self {
        let mut hasher = Self(blake3::Hasher::new());
        hasher.text(purpose);
        hasher
    }

    pub(crate) fn number(&mut self, number: u64) {
        self.0.update(&number.to_le_bytes());
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.number(u64::try_from(bytes.len()).expect("a length fits 64 bits"));
        self.0.update(bytes);
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    pub(crate) fn finish(&self) -> [u8; 16] {
        let mut hash = [0; 16];
        self.0.finalize_xof().fill(&mut hash);
        hash
    }

    /// Returns the first 48 bits, as a number that is at least 0.
    pub(crate) fn finish_short(&self) -> i64 {
        let mut bytes = [0; 8];
        bytes[..6].copy_from_slice(&self.finish()[..6]);
        i64::from_le_bytes(bytes)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn white_space_and_composition_do_not_change_the_hash() {
        let plain = TextHash::of("Poincaré duality", "We show that.");
        assert_eq!(
            plain,
            TextHash::of(" Poincare\u{301}\n  duality", "We\tshow \u{0}that. ")
        );
        assert_ne!(plain, TextHash::of("Poincaré duality We", "show that."));
        assert_ne!(plain, TextHash::of("Poincare duality", "We show that."));
    }

    proptest! {
        #[test]
        fn normal_form_is_idempotent(text in "\\PC{0,12}[ \t\n\u{a0}\u{301}e\u{0}]{0,8}\\PC{0,6}") {
            let once = normal_form(&text).into_owned();
            prop_assert_eq!(normal_form(&once), once.as_str());
            prop_assert!(!once.starts_with(' ') && !once.ends_with(' ') && !once.contains("  "));
        }
    }
}
