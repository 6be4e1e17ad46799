//! Text out of TeX: formulas break it, accents become letters, formatting vanishes.

use std::borrow::Cow;

/// Longest formula between dollar signs; a sign without a partner is a currency.
const MAX_FORMULA: usize = 600;
/// A formula breaks a run of words, as punctuation does.
const FORMULA: &str = " ; ";

/// Drops formulas, commands and braces; keeps the text that commands format, letters with their
/// accents, and what a formula adds to a word: `CO$_2$`, `$p$-adic`.
pub(crate) fn without_tex(text: &str) -> Cow<'_, str> {
    if !text
        .bytes()
        .any(|byte| matches!(byte, b'$' | b'\\' | b'{' | b'}'))
    {
        return Cow::Borrowed(text);
    }
    let mut plain = Plain {
        text: String::with_capacity(text.len()),
        accent: None,
    };
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(['$', '\\', '{', '}']).unwrap_or(rest.len());
        let (text, sign) = rest.split_at(end);
        plain.push_str(text);
        rest = match sign.as_bytes().first() {
            None => "",
            Some(b'$') => plain.after_formula(&sign[1..]),
            Some(b'\\') => plain.after_command(&sign[1..]),
            Some(_) => &sign[1..],
        };
    }
    Cow::Owned(plain.text)
}

struct Plain {
    text: String,
    /// Mark of the next letter.
    accent: Option<char>,
}

impl Plain {
    fn push(&mut self, letter: char) {
        self.text.push(letter);
        if let Some(mark) = self.accent.take()
            && letter.is_alphabetic()
        {
            self.text.push(mark);
        }
    }

    fn push_str(&mut self, text: &str) {
        let mut letters = text.chars();
        if self.accent.is_some()
            && let Some(letter) = letters.next()
        {
            self.push(letter);
        }
        self.text.push_str(letters.as_str());
    }

    fn push_break(&mut self) {
        self.text.push_str(FORMULA);
    }

    fn after_formula<'a>(&mut self, tail: &'a str) -> &'a str {
        let (tail, close) = match tail.strip_prefix('$') {
            Some(tail) => (tail, "$$"),
            None => (tail, "$"),
        };
        let Some(end) = tail.find(close).filter(|&end| end <= MAX_FORMULA) else {
            self.push_break();
            return tail;
        };
        let (formula, after) = (&tail[..end], &tail[end + close.len()..]);
        let follows_word = self.text.ends_with(char::is_alphanumeric);
        if let Some(number) = subscript(formula).filter(|_| follows_word) {
            self.text.push_str(number);
        } else if is_prefix(formula, after) && !follows_word {
            self.text.push_str(formula);
        } else {
            self.push_break();
        }
        after
    }

    fn after_command<'a>(&mut self, tail: &'a str) -> &'a str {
        for (open, close) in [('(', "\\)"), ('[', "\\]")] {
            if let Some(formula) = tail.strip_prefix(open) {
                self.push_break();
                return formula
                    .find(close)
                    .map_or(formula, |end| &formula[end + 2..]);
            }
        }
        let end = tail
            .find(|c: char| !c.is_ascii_alphabetic())
            .unwrap_or(tail.len());
        let (name, after) = tail.split_at(end);
        match name {
            // An accent or an escaped sign, such as `\"o` or `\&`.
            "" => {
                let mut signs = tail.chars();
                match signs.next() {
                    Some(sign) if mark(sign).is_some() => self.accent = mark(sign),
                    _ => self.text.push(' '),
                }
                signs.as_str()
            }
            "H" | "c" | "v" | "u" | "k" | "r" | "b" | "d" => {
                self.accent = name.chars().next().and_then(mark);
                after.trim_start()
            }
            "ss" | "o" | "O" | "l" | "L" | "ae" | "AE" | "oe" | "OE" | "aa" | "AA" | "i" | "j" => {
                name.chars().for_each(|letter| self.push(letter));
                after.trim_start()
            }
            "cite" | "citep" | "citet" | "ref" | "eqref" | "label" | "url" | "footnote" => {
                self.push_break();
                let argument = after.strip_prefix('{');
                argument
                    .and_then(|inside| inside.split_once('}'))
                    .map_or(after, |(_, behind)| behind)
            }
            _ => {
                self.text.push(' ');
                after
            }
        }
    }
}

/// The combining mark that an accent command, by sign or letter, puts on the next letter.
fn mark(command: char) -> Option<char> {
    let mark = match command {
        '`' => '\u{300}',
        '\'' => '\u{301}',
        '^' => '\u{302}',
        '~' => '\u{303}',
        '=' => '\u{304}',
        'u' => '\u{306}',
        '.' => '\u{307}',
        '"' => '\u{308}',
        'r' => '\u{30a}',
        'H' => '\u{30b}',
        'v' => '\u{30c}',
        'd' => '\u{323}',
        'c' => '\u{327}',
        'k' => '\u{328}',
        'b' => '\u{331}',
        _ => return None,
    };
    Some(mark)
}

/// The digits of a formula that is a subscript of digits, such as `_2` and `_{\rm 12}`.
fn subscript(formula: &str) -> Option<&str> {
    let index = formula.trim().strip_prefix('_')?;
    let index = index
        .strip_prefix('{')
        .and_then(|index| index.strip_suffix('}'))
        .unwrap_or(index);
    let digits = index.strip_prefix("\\rm").unwrap_or(index).trim();
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then_some(digits)
}

/// Whether a formula is a letter that a hyphen ties to the next word, as in `$p$-adic`.
fn is_prefix(formula: &str, after: &str) -> bool {
    let mut next = after.chars();
    formula.len() == 1
        && formula.bytes().all(|byte| byte.is_ascii_alphabetic())
        && next.next() == Some('-')
        && next.next().is_some_and(char::is_alphabetic)
}
