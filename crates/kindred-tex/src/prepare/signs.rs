//! Letters, names of operators and fences.

use super::names::{ACCENTS, LETTERS, PLAIN_LETTERS, UNKNOWN_HERE};
use super::{Preparer, words};

impl Preparer<'_> {
    /// Reads an accent of running text on a letter.
    pub(super) fn accent(&mut self, sign: char) {
        let Some((base, rest)) = self.argument() else {
            return;
        };
        self.rest = rest;
        let tex = format!("\\{sign}{{{base}}}");
        let words = crate::running::words_of(&tex);
        self.plain(&format!("\\text{{{}}}", words::escaped(&words)));
    }

    /// Reads the name of an operator; one that is not just letters is set as upright text.
    pub(super) fn operator(&mut self) -> Result<(), String> {
        let is_name = |content: &str| {
            content
                .chars()
                .all(|one| one.is_alphanumeric() || " -.".contains(one))
        };
        let is_plain = self.argument().is_some_and(|(content, _)| is_name(content));
        self.link()?;
        self.out.push_str(if is_plain {
            "\\operatorname"
        } else {
            "\\mathrm"
        });
        Ok(())
    }

    /// Reads a letter or an accent of running text; what is none here is marked as unknown.
    pub(super) fn text_letter(&mut self, name: &str) -> bool {
        let accented = self.argument().filter(|(base, _)| {
            let mut letters = base.chars();
            letters.next().is_some_and(char::is_alphabetic) && letters.next().is_none()
        });
        if PLAIN_LETTERS.contains(&name) {
            let letter = crate::running::words_of(&format!("\\{name}{{}}"));
            self.push_text(&letter);
        } else if ACCENTS.contains(&name)
            && self.rest.starts_with('{')
            && let Some((base, rest)) = accented
        {
            self.rest = rest;
            let letter = crate::running::words_of(&format!("\\{name}{{{base}}}"));
            self.push_text(&letter);
        } else if ACCENTS.contains(&name) || LETTERS.contains(&name) {
            self.out.push('\\');
            self.out.push_str(UNKNOWN_HERE);
            self.out.push_str(name);
            self.out.push(' ');
        } else {
            return false;
        }
        true
    }

    /// Reads a fence in braces, or one that is an angle bracket.
    pub(super) fn fence(&mut self) {
        let trimmed = self.rest.trim_start();
        if let Some(rest) = trimmed.strip_prefix('<') {
            self.rest = rest;
            self.out.push_str("\\langle ");
        } else if let Some(rest) = trimmed.strip_prefix('>') {
            self.rest = rest;
            self.out.push_str("\\rangle ");
        } else if trimmed.starts_with('{')
            && let Some((inside, rest)) = self.argument()
            && is_fence(inside)
        {
            self.out.push_str(inside);
            self.rest = rest;
        }
    }

    /// Reads `\unicode{x2013}`.
    pub(super) fn code(&mut self) {
        let Some((code, rest)) = self.argument() else {
            return;
        };
        self.rest = rest;
        let number = match code.trim().strip_prefix('x') {
            Some(digits) => u32::from_str_radix(digits, 16).ok(),
            None => code.trim().parse().ok(),
        };
        let character = number.and_then(char::from_u32);
        if let Some(character) = character.filter(|one| one.is_alphanumeric() || !one.is_ascii()) {
            self.plain(character.encode_utf8(&mut [0; 4]));
        }
    }

    /// Appends words.
    fn push_text(&mut self, words: &str) {
        self.out.push_str("\\text{");
        self.out.push_str(words);
        self.out.push('}');
    }
}

/// Whether the content of a group is one character or one bare command. Anything longer goes the way
/// of all groups, where it is looked how deep it nests.
fn is_fence(inside: &str) -> bool {
    let inside = inside.trim();
    let name = inside.strip_prefix('\\').unwrap_or(inside);
    let is_word = name.len() < inside.len() && name.bytes().all(|byte| byte.is_ascii_alphabetic());
    name.chars().count() == 1 || (is_word && !name.is_empty())
}
