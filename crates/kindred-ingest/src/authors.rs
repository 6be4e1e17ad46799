//! Author lists that sources give as one string.
//!
//! `arXivRaw`, the snapshot and the feeds join names by commas and `and`, with affiliations in
//! parentheses between them. The split is not lossless (arXiv help, "Author names"), so this is
//! the best that can be had: parentheses are removed where they are balanced, braces of TeX are
//! respected, suffixes such as `Jr.` stay with their name.

/// Splits a list of authors into names.
pub(crate) fn split_authors(text: &str) -> Vec<String> {
    let plain = without_parentheses(text);
    let mut names: Vec<String> = Vec::new();
    for part in split_outside_braces(&plain) {
        let name = part.split_whitespace().collect::<Vec<_>>().join(" ");
        if is_suffix(&name) {
            if let Some(previous) = names.last_mut() {
                previous.push(' ');
                previous.push_str(&name);
            }
        } else if is_name(&name) && !is_et_al(&name) {
            names.push(name);
        }
    }
    names
}

/// Whether a text can be a name: the mere punctuation that collaborations leave behind cannot.
pub(crate) fn is_name(text: &str) -> bool {
    text.chars().any(char::is_alphabetic)
}

fn is_et_al(text: &str) -> bool {
    text.trim_end_matches('.').eq_ignore_ascii_case("et al")
}

fn is_suffix(text: &str) -> bool {
    let bare = text.trim_end_matches('.');
    ["Jr", "Sr", "II", "III", "IV"]
        .iter()
        .any(|suffix| bare.eq_ignore_ascii_case(suffix))
}

/// Replaces balanced parentheses and what they hold by a blank. An opening one that is never
/// closed is dropped alone, so that a cut list keeps its names.
fn without_parentheses(text: &str) -> String {
    let mut open: Vec<usize> = Vec::new();
    let mut removed: Vec<(usize, usize)> = Vec::new();
    let mut single: Vec<usize> = Vec::new();
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'(' => open.push(at),
            b')' => match open.pop() {
                Some(start) => {
                    while removed.last().is_some_and(|&(inner, _)| inner > start) {
                        removed.pop();
                    }
                    removed.push((start, at));
                }
                None => single.push(at),
            },
            _ => {}
        }
    }
    removed.extend(open.into_iter().chain(single).map(|at| (at, at)));
    removed.sort_unstable();
    let mut plain = String::with_capacity(text.len());
    let mut kept_to = 0;
    for (start, end) in removed {
        if start >= kept_to {
            plain.push_str(&text[kept_to..start]);
            plain.push(' ');
            kept_to = end + 1;
        }
    }
    plain.push_str(&text[kept_to..]);
    plain
}

/// Splits at commas, semicolons, `and`, `&` and the colon after a collaboration.
fn split_outside_braces(text: &str) -> Vec<&str> {
    let bytes = text.as_bytes();
    let mut parts = Vec::new();
    let mut depth = 0_usize;
    let mut start = 0;
    let mut at = 0;
    while at < bytes.len() {
        let mut length = 0;
        match bytes[at] {
            b'\\' => at += 1,
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            b',' | b';' if depth == 0 => length = 1,
            b':' if depth == 0 && ends_in_collaboration(&text[start..at]) => length = 1,
            byte if depth == 0 && byte.is_ascii_whitespace() => {
                length = conjunction_length(&bytes[at..]);
            }
            _ => {}
        }
        if length > 0 {
            parts.push(&text[start..at]);
            start = at + length;
            at = start;
        } else {
            at += 1;
        }
    }
    parts.push(&text[start.min(text.len())..]);
    parts
}

/// Length of a blank and the word `and` or `&` after it; 0 if another blank does not follow. That
/// blank is left in place, so that `a and and b` splits twice.
fn conjunction_length(bytes: &[u8]) -> usize {
    [&b"and"[..], b"&"]
        .into_iter()
        .find(|word| {
            bytes[1..].starts_with(word)
                && bytes
                    .get(1 + word.len())
                    .is_some_and(u8::is_ascii_whitespace)
        })
        .map_or(0, |word| 1 + word.len())
}

fn ends_in_collaboration(text: &str) -> bool {
    let text = text.trim_end();
    // By suffix and not by word: the last word of hostile input is as long as the input.
    ["collaboration", "collaborations"].iter().any(|word| {
        let tail = text
            .len()
            .checked_sub(word.len())
            .map(|at| &text.as_bytes()[at..]);
        tail.is_some_and(|tail| tail.eq_ignore_ascii_case(word.as_bytes()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_and_conjunctions_separate_names() {
        assert_eq!(
            split_authors("A. One, B. Two, and C. Three"),
            ["A. One", "B. Two", "C. Three"]
        );
        assert_eq!(split_authors("A. One and B. Two"), ["A. One", "B. Two"]);
        assert_eq!(split_authors("A. One & B. Two"), ["A. One", "B. Two"]);
        assert_eq!(split_authors("Brand Andover"), ["Brand Andover"]);
        assert_eq!(split_authors(""), [""; 0]);
    }

    #[test]
    fn affiliations_in_parentheses_vanish() {
        assert_eq!(
            split_authors("A. One (1 and 2), B. Two (2) ((1) Here, There, (2) Elsewhere)"),
            ["A. One", "B. Two"]
        );
    }

    #[test]
    fn unbalanced_parenthesis_costs_no_name() {
        assert_eq!(
            split_authors("A. One (Here, B. Two"),
            ["A. One Here", "B. Two"]
        );
        assert_eq!(split_authors("A. One), B. Two"), ["A. One", "B. Two"]);
    }

    #[test]
    fn braces_of_tex_hold_a_name_together() {
        assert_eq!(
            split_authors(r"{The One, Two and Three Team}, J\'er\^ome {\'E}t\'e and X. Y\{"),
            [
                "{The One, Two and Three Team}",
                r"J\'er\^ome {\'E}t\'e",
                r"X. Y\{"
            ]
        );
    }

    #[test]
    fn suffixes_stay_and_punctuation_goes() {
        assert_eq!(
            split_authors(
                "A. One, Jr., The Big Collaboration: B. Two III, :, C. Three, IV, et al."
            ),
            [
                "A. One Jr.",
                "The Big Collaboration",
                "B. Two III",
                "C. Three IV"
            ]
        );
    }

    #[test]
    fn hostile_lists_take_linear_time() {
        for piece in [":", "(", ")", "{", ",", " and", "() ", "\\", " "] {
            assert!(split_authors(&piece.repeat(1 << 20)).len() < 2, "{piece}");
        }
    }
}
