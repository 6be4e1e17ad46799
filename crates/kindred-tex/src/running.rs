//! Running text: finds the formulas and cleans the TeX between them.
//!
//! What is not known stays as it was: a wrong guess would be worse than a visible command.

mod accents;
mod commands;
mod formulas;
mod output;

use self::output::Output;
use crate::limits::{GROUP_BYTES, SCANS, SCANS_PER_BYTE, TEXT_DEPTH};
use crate::marked::Marked;

/// Beginnings of addresses.
const ADDRESSES: [&str; 4] = ["http://", "https://", "ftp://", "www."];

/// Reads a whole text.
pub(crate) fn parse(text: &str) -> Marked {
    read(text, false)
}

/// Reads words that stand inside a formula; formulas inside them are left alone.
pub(crate) fn words_of(text: &str) -> String {
    read(text, true).unicode
}

fn read(text: &str, is_words: bool) -> Marked {
    let mut reader = Reader {
        out: Output::default(),
        scans: SCANS + SCANS_PER_BYTE.saturating_mul(text.len()),
        is_words,
    };
    reader.run(text, 0);
    reader.out.finish()
}

/// Reads running text into an output.
#[derive(Debug)]
struct Reader {
    out: Output,
    /// Bytes that may still be looked at in search of ends.
    scans: usize,
    /// Whether only words are read, no formulas.
    is_words: bool,
}

impl Reader {
    /// Reads a text that lies `depth` groups deep.
    fn run(&mut self, text: &str, depth: u8) {
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let after = match first {
                '$' => self.dollars(rest),
                '\\' => self.command(rest, depth),
                '{' => self.group(rest, depth),
                '~' => self.tie(rest),
                '-' | '`' | '\'' => self.punctuation(rest),
                'h' | 'f' | 'w' => self.address(rest),
                _ => None,
            };
            rest = after.unwrap_or_else(|| {
                self.out.push(first);
                &rest[first.len_utf8()..]
            });
        }
    }

    /// Reads the content of a group into the output, unless it lies too deep.
    fn nested(&mut self, content: &str, depth: u8) -> Option<()> {
        (depth < TEXT_DEPTH).then(|| self.run(content, depth + 1))
    }

    /// Reads the content of a group into an output of its own.
    fn apart(&mut self, content: &str, depth: u8) -> Option<Output> {
        let before = std::mem::take(&mut self.out);
        let result = self.nested(content, depth);
        let inside = std::mem::replace(&mut self.out, before);
        result.map(|()| inside)
    }

    /// Reads a group that sets a style or protects one accented letter. Other braces are text.
    fn group<'a>(&mut self, rest: &'a str, depth: u8) -> Option<&'a str> {
        let (content, after) = self.argument(rest)?;
        let command = content.strip_prefix('\\')?;
        let name = name_of(command);
        if commands::is_style(name) {
            self.nested(command[name.len()..].trim_start(), depth)?;
            return Some(after);
        }
        let inside = self.apart(content, depth)?;
        let is_kept = inside.unicode().starts_with('\\');
        self.out.push_str(if is_kept { "{" } else { "" });
        self.out.append(inside);
        self.out.push_str(if is_kept { "}" } else { "" });
        Some(after)
    }

    /// Copies an address as it is, but for characters that TeX wants escaped.
    fn address<'a>(&mut self, rest: &'a str) -> Option<&'a str> {
        ADDRESSES.iter().find(|start| rest.starts_with(**start))?;
        if self.out.last().is_some_and(char::is_alphanumeric) {
            return None;
        }
        let is_end =
            |character: char| character.is_whitespace() || "<>\"{}|^`$".contains(character);
        let end = rest.find(is_end).unwrap_or(rest.len());
        let mut characters = rest[..end].chars().peekable();
        while let Some(character) = characters.next() {
            let is_escape = character == '\\'
                && characters
                    .peek()
                    .is_some_and(|next| "_%#&~-".contains(*next));
            if !is_escape {
                self.out.push(character);
            }
        }
        Some(&rest[end..])
    }

    /// Reads a tie between two words as a space.
    fn tie<'a>(&mut self, rest: &'a str) -> Option<&'a str> {
        let after = &rest[1..];
        let is_word = |character: Option<char>| character.is_some_and(|c| !c.is_whitespace());
        if !is_word(self.out.last()) || !is_word(after.chars().next()) {
            return None;
        }
        self.out.push(' ');
        Some(after)
    }

    /// Reads dashes between words and quotes in pairs.
    fn punctuation<'a>(&mut self, rest: &'a str) -> Option<&'a str> {
        for (tex, unicode) in [("``", '\u{201c}'), ("''", '\u{201d}')] {
            if let Some(after) = rest.strip_prefix(tex) {
                self.out.push(unicode);
                return Some(after);
            }
        }
        let dashes = rest.len() - rest.trim_start_matches('-').len();
        if dashes > 3 {
            // A drawn line; it is copied at once, for a look at its rest each time costs its square.
            self.out.push_str(&rest[..dashes]);
            return Some(&rest[dashes..]);
        }
        let dash = match dashes {
            2 => '\u{2013}',
            3 => '\u{2014}',
            _ => return None,
        };
        let after = &rest[dashes..];
        let (left, right) = (self.out.last()?, after.chars().next()?);
        // `--option` is no dash.
        if left.is_whitespace() != right.is_whitespace() {
            return None;
        }
        self.out.push(dash);
        Some(after)
    }

    /// Splits `{content}` from what follows; braces inside have to balance.
    fn argument<'a>(&mut self, rest: &'a str) -> Option<(&'a str, &'a str)> {
        let inside = rest.strip_prefix('{')?;
        let room = GROUP_BYTES.min(self.scans);
        let found = closing_brace(inside, room);
        self.scans -= found.map_or(room.min(inside.len()), |end| end + 1);
        let end = found?;
        Some((&inside[..end], &inside[end + 1..]))
    }
}

/// Finds the brace that closes a group among the first `room` bytes.
fn closing_brace(inside: &str, room: usize) -> Option<usize> {
    let mut depth = 1_usize;
    let mut is_escaped = false;
    for (position, byte) in inside.bytes().enumerate().take(room) {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'{' => depth += 1,
            b'}' if depth == 1 => return Some(position),
            b'}' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// Returns the letters that a command starts with.
fn name_of(text: &str) -> &str {
    let end = text
        .find(|character: char| !character.is_ascii_alphabetic())
        .unwrap_or(text.len());
    &text[..end]
}
