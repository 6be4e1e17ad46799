//! JSON: the digest as data, texts as their sources had them.

use std::fmt::Write as _;

use crate::Digest;

/// Renders a digest as one JSON value. Characters that could act on a terminal or an editor are
/// written as escapes, which any JSON parser turns back into the same text.
pub(crate) fn render(digest: &Digest) -> String {
    let text = serde_json::to_string_pretty(digest)
        .expect("a digest has only string keys and numbers, which JSON can hold");
    let mut out = String::with_capacity(text.len() + 1);
    for character in text.chars() {
        if is_risky(character) {
            let mut units = [0_u16; 2];
            for unit in character.encode_utf16(&mut units) {
                write!(out, "\\u{unit:04x}").expect("writing to a string cannot fail");
            }
        } else {
            out.push(character);
        }
    }
    out.push('\n');
    out
}

/// Whether a character steers what is around it; such ones stand only inside JSON's strings.
fn is_risky(character: char) -> bool {
    let is_control = character.is_control() && character != '\n';
    is_control
        || matches!(
            character,
            '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
                | '\u{feff}' | '\u{e0000}'..='\u{e007f}'
        )
}
