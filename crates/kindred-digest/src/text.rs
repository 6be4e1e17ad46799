//! Text of papers made harmless before any format sees it.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Opens a run whose direction is that of its first strong character (UAX #9).
const FIRST_STRONG_ISOLATE: char = '\u{2068}';
/// Closes such a run.
const POP_ISOLATE: char = '\u{2069}';

/// Collapses white space to single spaces and takes away what could act on its surroundings:
/// control characters and noncharacters become U+FFFD, direction overrides, isolates, byte-order
/// marks and invisible tags are dropped.
///
/// What is left holds no line break and only characters that XML 1.0 allows.
pub fn tidy(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        let is_break = character.is_whitespace() && character != '\u{a0}';
        if is_break {
            if !out.is_empty() && !out.ends_with(' ') {
                out.push(' ');
            }
        } else if !is_invisible(character) {
            out.push(if character.is_control() || is_noncharacter(character) {
                char::REPLACEMENT_CHARACTER
            } else {
                character
            });
        }
    }
    out.trim().to_owned()
}

/// Returns a title as people read it, or a stand-in if nothing of it is left.
pub(crate) fn title(text: &str) -> String {
    let title = readable(text);
    if title.is_empty() {
        "(no title)".to_owned()
    } else {
        title
    }
}

/// Returns the text as people read it: tidy, its TeX in Unicode where that can be.
pub fn readable(text: &str) -> String {
    tidy(&kindred_tex::unicode(&tidy(text)))
}

/// Encloses text with right-to-left letters in U+2068 and U+2069, so that it cannot reorder what
/// stands beside it. Other text is returned as it is.
pub fn isolated(text: &str) -> String {
    if text.chars().any(is_right_to_left) {
        format!("{FIRST_STRONG_ISOLATE}{text}{POP_ISOLATE}")
    } else {
        text.to_owned()
    }
}

/// Breaks text at spaces into lines of at most `width` columns, or fewer than four more where the
/// width is very small. A word that is longer is broken too, unless it is an address, which would
/// no longer work. Never empty.
pub(crate) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let width = width.max(4);
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in text.split(' ') {
        let columns = word.width();
        if used > 0 && used + 1 + columns > width {
            lines.push(String::new());
            used = 0;
        }
        if used > 0 {
            push(&mut lines, ' ');
            used += 1;
        }
        let is_address = word.contains("://");
        for character in word.chars() {
            let columns = character.width().unwrap_or(0);
            if used + columns > width && !is_address {
                lines.push(String::new());
                used = 0;
            }
            push(&mut lines, character);
            used += columns;
        }
    }
    lines
}

fn push(lines: &mut [String], character: char) {
    if let Some(line) = lines.last_mut() {
        line.push(character);
    }
}

/// Characters that show nothing and steer what is around them.
fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}'
    )
}

fn is_noncharacter(character: char) -> bool {
    let code = u32::from(character);
    code & 0xfffe == 0xfffe || (0xfdd0..=0xfdef).contains(&code)
}

/// Whether a character belongs to a block of a right-to-left script, or is the mark for one.
fn is_right_to_left(character: char) -> bool {
    matches!(
        character,
        '\u{590}'..='\u{8ff}'
            | '\u{200f}'
            | '\u{fb1d}'..='\u{fdff}'
            | '\u{fe70}'..='\u{fefc}'
            | '\u{10800}'..='\u{10fff}'
            | '\u{1e800}'..='\u{1efff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_steers_is_left() {
        assert_eq!(
            tidy(" a\r\nB\u{0}c\u{202e}d\u{2028}e\u{feff} "),
            "a B\u{fffd}cd e"
        );
        assert_eq!(tidy("x\u{ffff}\u{e0041}y\u{9b}"), "x\u{fffd}y\u{fffd}");
    }

    #[test]
    fn right_to_left_text_is_isolated() {
        assert_eq!(isolated("plain"), "plain");
        let hebrew = "\u{5e9}\u{5dc}\u{5d5}\u{5dd}";
        assert_eq!(isolated(hebrew), format!("\u{2068}{hebrew}\u{2069}"));
    }

    #[test]
    fn lines_fit_even_where_a_word_does_not() {
        let text = format!("short {} end", "x".repeat(1_000));
        let lines = wrapped(&text, 40);
        assert!(lines.iter().all(|line| line.width() <= 40));
        assert_eq!(lines.concat().replace(' ', ""), text.replace(' ', ""));
        let address = format!("https://example.org/{}", "y".repeat(100));
        assert_eq!(wrapped(&address, 40), [address]);
    }
}
