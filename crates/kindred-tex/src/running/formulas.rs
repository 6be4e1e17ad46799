//! Where formulas begin and end, and which dollars are money.

use super::Reader;
use super::output::Formula;
use crate::limits::FORMULA_BYTES;

/// Environments that are formulas; `*` at their end makes no difference.
const ENVIRONMENTS: [&str; 8] = [
    "equation",
    "align",
    "gather",
    "multline",
    "eqnarray",
    "displaymath",
    "math",
    "flalign",
];
/// Beginnings of commands of words, inside which dollars are formulas of their own.
const WORDS: [&str; 4] = ["\\text", "\\mbox", "\\hbox", "\\emph"];
/// What a byte of a formula costs, in bytes of running text that are looked at.
const COST: usize = 8;
/// What is written before the dollar sign of an amount.
const CURRENCIES: [&str; 13] = [
    "US", "AU", "CA", "HK", "NT", "NZ", "A", "C", "R", "S", "USD", "AUD", "CAD",
];

impl Reader {
    /// Reads `$...$` or `$$...$$`.
    pub(super) fn dollars<'a>(&mut self, rest: &'a str) -> Option<&'a str> {
        if self.is_words {
            return None;
        }
        let delimiter = if rest.starts_with("$$") { "$$" } else { "$" };
        let inside = &rest[delimiter.len()..];
        let end = self.closing_dollar(inside)?;
        let (content, after) = (&inside[..end], inside[end..].strip_prefix(delimiter)?);
        if content.trim().is_empty() || self.is_money(content, after) {
            return None;
        }
        let whole = &rest[..rest.len() - after.len()];
        self.formula(whole, content, delimiter == "$$");
        Some(after)
    }

    /// Reads `\(...\)`, `\[...\]` or an environment that is a formula.
    pub(super) fn delimited<'a>(&mut self, rest: &'a str) -> Option<&'a str> {
        if self.is_words {
            return None;
        }
        for (open, close, is_display) in [("\\(", "\\)", false), ("\\[", "\\]", true)] {
            if let Some(inside) = rest.strip_prefix(open) {
                let end = self.find(inside, close)?;
                let after = &inside[end + close.len()..];
                self.formula(
                    &rest[..rest.len() - after.len()],
                    &inside[..end],
                    is_display,
                );
                return Some(after);
            }
        }
        let (name, inside) = rest.strip_prefix("\\begin{")?.split_once('}')?;
        let bare = name.strip_suffix('*').unwrap_or(name);
        if !ENVIRONMENTS.contains(&bare) {
            return None;
        }
        let close = format!("\\end{{{name}}}");
        let end = self.find(inside, &close)?;
        let after = &inside[end + close.len()..];
        let content = &inside[..end];
        let whole = &rest[..rest.len() - after.len()];
        match bare {
            "equation" | "displaymath" => self.formula(whole, content, true),
            "math" => self.formula(whole, content, false),
            "gather" | "multline" => {
                let tex = format!("\\begin{{gathered}}{content}\\end{{gathered}}");
                self.formula(whole, &tex, true);
            }
            _ => {
                let tex = format!("\\begin{{aligned}}{content}\\end{{aligned}}");
                self.formula(whole, &tex, true);
            }
        }
        Some(after)
    }

    /// Appends a formula, or its TeX if it cannot be converted.
    pub(super) fn formula(&mut self, whole: &str, tex: &str, is_display: bool) {
        match self.converted(tex, is_display) {
            Ok(formula) => self.out.push_formula(whole, formula),
            Err(cause) => self.out.push_miss(whole, tex, cause),
        }
    }

    /// Converts a formula, as long as the text has not cost too much.
    pub(super) fn converted(&mut self, tex: &str, is_display: bool) -> Result<Formula, String> {
        let cost = tex.len().saturating_mul(COST);
        if self.scans < cost {
            self.scans = 0;
            return Err("too much in one text".to_owned());
        }
        self.scans -= cost;
        Formula::of(tex, is_display)
    }

    /// Finds the next dollar without a backslash. Dollars in braces behind a command of words, as in
    /// `\text{if $x$}`, do not end a formula, if a later one does.
    fn closing_dollar(&mut self, text: &str) -> Option<usize> {
        let mut is_escaped = false;
        let mut depth = 0_usize;
        let mut has_words = false;
        let mut inner = None;
        let room = FORMULA_BYTES.min(self.scans);
        for (position, byte) in text.bytes().enumerate().take(room) {
            match byte {
                b'\\' => {
                    is_escaped = !is_escaped;
                    has_words |= WORDS.iter().any(|name| text[position..].starts_with(name));
                    continue;
                }
                _ if is_escaped => {}
                b'$' if depth == 0 || !has_words => {
                    self.scans -= position;
                    return Some(position);
                }
                b'$' => inner = inner.or(Some(position)),
                b'{' => depth += 1,
                b'}' => depth = depth.saturating_sub(1),
                _ => {}
            }
            is_escaped = false;
        }
        self.scans -= room.min(text.len());
        inner
    }

    /// Finds the end of a formula.
    fn find(&mut self, text: &str, close: &str) -> Option<usize> {
        let room = text.floor_char_boundary(FORMULA_BYTES.min(self.scans));
        let found = text[..room].find(close);
        self.scans -= found.unwrap_or(room);
        found
    }

    /// Whether dollars are money: nothing of TeX is between them, and what is there reads like an
    /// amount, or like words.
    fn is_money(&self, content: &str, after: &str) -> bool {
        if content.contains(['\\', '^', '_', '{', '=', '<', '>', '+', '|']) {
            return false;
        }
        let is_uneven =
            content.starts_with(char::is_whitespace) != content.ends_with(char::is_whitespace);
        let is_before_digit = after.starts_with(|next: char| next.is_ascii_digit());
        let is_amount = content.starts_with(|first: char| first.is_ascii_digit() || first == '.');
        let words = content.split_whitespace().filter(|word| {
            word.chars().filter(|letter| letter.is_alphabetic()).count() > 1
                && word
                    .chars()
                    .all(|letter| letter.is_alphabetic() || ",.;:-)(".contains(letter))
        });
        let words = words.count();
        let is_currency = || {
            let before = self.out.unicode();
            let word = before
                .rsplit(|character: char| !character.is_ascii_uppercase())
                .next()
                .unwrap_or("");
            CURRENCIES.contains(&word)
                && !before[..before.len() - word.len()].ends_with(char::is_alphanumeric)
        };
        (is_before_digit && (is_amount || words > 0))
            || (is_uneven && (is_amount || words > 0 || is_currency()))
            || (is_currency() && (is_amount || words > 0))
            || words > 2
    }
}
