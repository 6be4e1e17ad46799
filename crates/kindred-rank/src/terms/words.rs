//! Splitting texts into words.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Calls `found` for each run of letters, digits and underscores in `text`, lower case and without
/// accents.
pub(super) fn for_each_run(text: &str, mut found: impl FnMut(&str)) {
    let mut run = String::new();
    if text.is_ascii() {
        for byte in text.bytes() {
            push_ascii(byte, &mut run, &mut found);
        }
    } else {
        for character in text.nfkd() {
            if character.is_ascii() {
                push_ascii(character as u8, &mut run, &mut found);
            } else if character.is_alphanumeric() {
                run.extend(character.to_lowercase());
            } else if !is_combining_mark(character) {
                finish(&mut run, &mut found);
            }
        }
    }
    finish(&mut run, &mut found);
}

fn push_ascii(byte: u8, run: &mut String, found: &mut impl FnMut(&str)) {
    if byte.is_ascii_alphanumeric() || byte == b'_' {
        run.push(char::from(byte.to_ascii_lowercase()));
    } else {
        finish(run, found);
    }
}

fn finish(run: &mut String, found: &mut impl FnMut(&str)) {
    if !run.is_empty() {
        found(run);
        run.clear();
    }
}

/// Returns the singular of an English noun, by the three rules of Harman ("How effective is
/// suffixing?", JASIS 42, 1991): the first rule whose ending fits decides.
///
/// Words of fewer than four letters stay as they are.
pub(super) fn singular(word: &str, into: &mut String) {
    into.clear();
    let bytes = word.as_bytes();
    let before = |count: usize| bytes[bytes.len() - count];
    if bytes.len() < 4 || !word.ends_with('s') {
        into.push_str(word);
    } else if word.ends_with("ies") && !matches!(before(4), b'e' | b'a') {
        into.push_str(&word[..word.len() - 3]);
        into.push('y');
    } else if word.ends_with("es") && !matches!(before(3), b'a' | b'e' | b'o')
        || !word.ends_with("es") && !matches!(before(2), b'u' | b's' | b'i')
    {
        // `es` loses its last letter only: `databases`, `database`.
        into.push_str(&word[..word.len() - 1]);
    } else {
        into.push_str(word);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs(text: &str) -> Vec<String> {
        let mut runs = Vec::new();
        for_each_run(text, |run| runs.push(run.to_owned()));
        runs
    }

    #[test]
    fn runs_are_lower_case_without_accents() {
        assert_eq!(
            runs("Étale-cohomology (3D_x), naïve"),
            ["etale", "cohomology", "3d_x", "naive"]
        );
        assert_eq!(runs("Étale sheaves"), runs("E\u{301}tale sheaves"));
        assert!(runs(" .,-").is_empty());
    }

    #[test]
    fn plurals_lose_their_ending_and_nothing_else_does() {
        for (plural, expected) in [
            ("networks", "network"),
            ("theories", "theory"),
            ("databases", "database"),
            ("analysis", "analysis"),
            ("class", "class"),
            ("consensus", "consensus"),
            ("gas", "gas"),
            ("heroes", "heroes"),
            ("network", "network"),
        ] {
            let mut word = String::new();
            singular(plural, &mut word);
            assert_eq!(word, expected);
        }
    }
}
