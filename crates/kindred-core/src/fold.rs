//! Texts compared without regard to spelling: TeX, markup, accents, case and punctuation folded.
//!
//! Titles are compared by their letters and digits alone, so that `State-of-the-Art` is `state of
//! the art`; names by their surname, whichever way round they are written.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::tex::{GREEK, convert};

/// Returns the words of a text in folded form: TeX and HTML read, accents dropped, lower case,
/// letters and digits only. Greek letters are written by name, `&` is `and`.
pub fn folded_words(text: &str) -> Vec<String> {
    let plain = convert(text, false);
    let mut words = Vec::new();
    let mut word = String::new();
    for character in plain.nfkd() {
        if character == '&' {
            finish(&mut word, &mut words);
            words.push("and".to_owned());
        } else if character.is_alphanumeric() {
            fold_letter(character, &mut word);
        } else if !is_combining_mark(character) && !matches!(character, '\'' | '’') {
            finish(&mut word, &mut words);
        }
    }
    finish(&mut word, &mut words);
    words
}

/// Returns the letters and digits of a title in folded form; empty where it has none.
///
/// # Examples
/// ```
/// use kindred_core::title_key;
/// assert_eq!(title_key(r"{\'E}tale $\ell$-Adic Sheaves"), title_key("etale ℓ-adic sheaves"));
/// assert_ne!(title_key("Sheaves I"), title_key("Sheaves II"));
/// ```
pub fn title_key(title: &str) -> String {
    folded_words(title).concat()
}

/// Whether two names can be those of one person: the surname of one is a word of the other.
///
/// Names are `First Last` or `Last, First`; order, accents and initials do not matter.
pub fn is_same_author(left: &str, right: &str) -> bool {
    let (left_words, right_words) = (folded_words(left), folded_words(right));
    let holds = |words: &[String], surname: Option<String>| {
        surname.is_some_and(|surname| words.contains(&surname))
    };
    holds(&right_words, surname(left)) || holds(&left_words, surname(right))
}

/// Whether the first authors of two papers can be one person; never where one names no author.
pub fn is_same_first_author(left: &[String], right: &[String]) -> bool {
    matches!((left.first(), right.first()), (Some(left), Some(right)) if is_same_author(left, right))
}

/// The last word of a surname in folded form.
fn surname(name: &str) -> Option<String> {
    family_name(name).map(|(_, surname)| surname)
}

/// The words before a surname and its last word, in folded form: of what stands before a comma,
/// else of the whole name.
pub(crate) fn family_name(name: &str) -> Option<(Vec<String>, String)> {
    let family = name.split_once(',').map_or(name, |(family, _)| family);
    let mut words = folded_words(family);
    while words.len() > 1
        && words
            .last()
            .is_some_and(|word| matches!(word.as_str(), "jr" | "sr" | "ii" | "iii" | "iv"))
    {
        words.pop();
    }
    let surname = words.pop()?;
    Some((words, surname))
}

fn finish(word: &mut String, words: &mut Vec<String>) {
    if !word.is_empty() {
        words.push(std::mem::take(word));
    }
}

/// Writes a letter without its case and what normal form KD leaves of its accent.
fn fold_letter(character: char, word: &mut String) {
    for lower in character.to_lowercase() {
        match lower {
            'ß' => word.push_str("ss"),
            'æ' => word.push_str("ae"),
            'œ' => word.push_str("oe"),
            'ø' => word.push('o'),
            'ð' | 'đ' => word.push('d'),
            'ł' => word.push('l'),
            'ħ' => word.push('h'),
            'ı' => word.push('i'),
            'ȷ' => word.push('j'),
            'þ' => word.push_str("th"),
            'ς' => word.push_str("sigma"),
            'α'..='ω' => {
                let name = GREEK
                    .iter()
                    .find(|(_, letter)| letter.chars().eq(std::iter::once(lower)));
                word.push_str(name.map_or("", |(name, _)| name));
            }
            _ if is_combining_mark(lower) => {}
            _ => word.push(lower),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn spellings_of_one_title_have_one_key() {
        let key = title_key("Poincaré Duality for the State of the Art");
        for title in [
            r"{Poincar\'e} duality for the {State-of-the-Art}",
            "POINCARE DUALITY FOR THE STATE OF THE ART.",
            "Poincare\u{301} duality, for the <i>state of the art</i>",
        ] {
            assert_eq!(title_key(title), key, "{title}");
        }
    }

    #[test]
    fn formulas_fold_to_their_letters() {
        assert_eq!(
            title_key(r"$\alpha$-divergences of H$_2$O"),
            title_key("α-Divergences of H₂O")
        );
        assert_eq!(title_key(r"On $\mathbb{R}^n$"), "onrn");
        assert_eq!(title_key("Cats \\& Dogs"), title_key("cats and dogs"));
    }

    #[test]
    fn titles_of_signs_alone_have_no_key() {
        assert_eq!(title_key("?! — …"), "");
        assert_eq!(title_key("数学 ∞"), "数学");
    }

    #[test]
    fn names_match_in_either_order_and_with_initials() {
        for (left, right) in [
            ("Ada Lovelace", "Lovelace, Ada"),
            ("A. Lovelace", "Lovelace, A. K."),
            (r#"Kurt G\"odel"#, "Godel, Kurt"),
            ("Sammy Davis Jr.", "Davis, S."),
            ("Ludwig van Beethoven", "van Beethoven, Ludwig"),
            ("Li Wei", "Wei Li"),
        ] {
            assert!(is_same_author(left, right), "{left} / {right}");
        }
        assert!(!is_same_author("Ada Lovelace", "Ada Byron"));
        assert!(!is_same_author("", ""));
    }

    proptest! {
        #[test]
        fn keys_are_letters_and_digits(text in "\\PC{0,40}") {
            let key = title_key(&text);
            prop_assert!(key.chars().all(char::is_alphanumeric), "{key}");
        }
    }
}
