//! Words inside formulas.

use super::Preparer;

impl Preparer<'_> {
    /// Reads the argument of a command of words. Formulas inside it are put between the words.
    pub(super) fn words(&mut self, name: &str) {
        let trimmed = self.rest.trim_start();
        let content = match trimmed.strip_prefix('{') {
            Some(inside) => closing(inside).map(|end| (&inside[..end], &inside[end + 1..])),
            None => self.argument(),
        };
        let Some((content, rest)) = content else {
            return;
        };
        self.rest = rest;
        self.out.push('{');
        // An odd dollar is one that is shown.
        let has_formulas = unescaped_dollars(content).is_multiple_of(2);
        for (place, part) in split(content).into_iter().enumerate() {
            if place % 2 == 1 && has_formulas {
                self.out.push('{');
                match super::prepare(part) {
                    Ok(prepared) => self.out.push_str(&prepared),
                    Err(_cause) => self.word(name, part),
                }
                self.out.push('}');
            } else {
                self.word(name, part);
            }
        }
        self.out.push('}');
        self.level().chain = 0;
        self.base();
    }

    /// Appends words in the style of a command.
    fn word(&mut self, name: &str, words: &str) {
        if !words.is_empty() {
            let words = escaped(&crate::running::words_of(words));
            for part in ["\\", name, "{", &words, "}"] {
                self.out.push_str(part);
            }
        }
    }
}

/// Splits at dollars without a backslash.
fn split(content: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut begin = 0;
    let mut is_escaped = false;
    for (place, byte) in content.bytes().enumerate() {
        if byte == b'$' && !is_escaped {
            parts.push(&content[begin..place]);
            begin = place + 1;
        }
        is_escaped = byte == b'\\' && !is_escaped;
    }
    parts.push(&content[begin..]);
    parts
}

fn unescaped_dollars(content: &str) -> usize {
    split(content).len() - 1
}

/// Escapes words for the converter's commands of words. Signs that it knows no escape for are
/// shown by others that look alike.
pub(super) fn escaped(words: &str) -> String {
    let mut out = String::with_capacity(words.len());
    for character in words.chars() {
        match character {
            '_' | '%' | '#' | '&' | '$' | '{' | '}' => {
                out.push('\\');
                out.push(character);
            }
            '\\' => out.push_str("\\textbackslash{}"),
            '^' => out.push_str("\\textasciicircum{}"),
            '~' => out.push('\u{223c}'),
            _ => out.push(character),
        }
    }
    out
}

/// Finds the brace that closes a group.
pub(super) fn closing(inside: &str) -> Option<usize> {
    let mut depth = 1_usize;
    let mut is_escaped = false;
    for (place, byte) in inside.bytes().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'{' => depth += 1,
            b'}' if depth == 1 => return Some(place),
            b'}' => depth -= 1,
            _ => {}
        }
    }
    None
}
