//! What is done to the TeX of a formula before the converter reads it.
//!
//! Abstracts hold plain TeX, commands of packages that matter to a printed page only, percent
//! signs that were never escaped, and rests of comments. One pass over the formula puts these into
//! the words of the converter, and refuses what nests too deep for it.

mod environments;
mod names;
mod science;
mod signs;
mod words;

pub(crate) use self::names::UNKNOWN_HERE;
use self::names::{ARGUMENTS_DROPPED, DROPPED, RENAMED, SWITCHES, TEXT, delimiter};
use crate::limits::{FORMULA_BYTES, FORMULA_DEPTH};

/// What is said of a formula that nests further than [`FORMULA_DEPTH`].
const TOO_DEEP: &str = "nested too deep";

/// Puts a formula into the words of the converter; an error says what is in the way.
pub(crate) fn prepare(tex: &str) -> Result<String, String> {
    if tex.len() > FORMULA_BYTES {
        return Err("longer than 4 KiB".to_owned());
    }
    let mut preparer = Preparer {
        rest: tex,
        out: String::with_capacity(tex.len() + 16),
        levels: vec![Level::default()],
        nesting: 0,
        environments: 0,
    };
    while let Some(first) = preparer.rest.chars().next() {
        preparer.token(first)?;
    }
    Ok(preparer.out)
}

/// What is known of one group that is open.
#[derive(Debug, Default)]
struct Level {
    /// Commands directly before the group or the place, which may nest.
    chain: usize,
    /// Whether the base before this place has a superscript, and a subscript.
    scripts: [bool; 2],
    /// Whether the next token belongs to a script.
    in_script: bool,
    /// What to write in place of the brace that closes the group.
    close: Option<&'static str>,
    /// Whether an environment began here, which ends by its name.
    is_environment: bool,
}

impl Level {
    /// Begins a new cell or row: of what was before, only the end of the group is kept.
    fn restart(&mut self) {
        *self = Self {
            close: self.close,
            is_environment: self.is_environment,
            ..Self::default()
        };
    }
}

#[derive(Debug)]
struct Preparer<'a> {
    rest: &'a str,
    out: String,
    levels: Vec<Level>,
    /// Sum of the chains of open groups.
    nesting: usize,
    environments: usize,
}

impl<'a> Preparer<'a> {
    /// Reads one token.
    fn token(&mut self, first: char) -> Result<(), String> {
        if first == '\\' {
            return self.command();
        }
        self.rest = &self.rest[first.len_utf8()..];
        match first {
            '{' => {
                self.base();
                self.open("{", None)?;
            }
            '}' => self.close()?,
            '^' | '_' => self.script(first),
            '%' => {
                // A sign behind a number is meant; another is the rest of a comment.
                if self
                    .out
                    .trim_end()
                    .ends_with(|last: char| last.is_ascii_digit())
                {
                    self.out.push_str("\\%");
                } else {
                    self.out.push(' ');
                }
            }
            '#' => self.plain("\\#"),
            '&' if self.environments == 0 => self.out.push(' '),
            '&' => {
                self.level().restart();
                self.out.push('&');
            }
            '$' => {}
            ' ' => self.out.push(' '),
            _ if first.is_whitespace() || first.is_control() => self.out.push(' '),
            '\'' => self.out.push('\''),
            _ => {
                self.level().chain = 0;
                self.base();
                self.out.push(first);
            }
        }
        Ok(())
    }

    /// Appends what is one thing to the converter.
    fn plain(&mut self, text: &str) {
        self.level().chain = 0;
        self.base();
        self.out.push_str(text);
    }

    /// The innermost open group.
    fn level(&mut self) -> &mut Level {
        if self.levels.is_empty() {
            self.levels.push(Level::default());
        }
        self.levels.last_mut().expect("there is always a level")
    }

    /// Notes that a base, or what a script consists of, begins here.
    fn base(&mut self) {
        let level = self.level();
        if level.in_script {
            level.in_script = false;
        } else {
            level.scripts = [false; 2];
        }
    }

    /// Reads the mark of a script; a second one of its kind is given an empty base.
    fn script(&mut self, mark: char) {
        let place = usize::from(mark == '_');
        let level = self.level();
        let is_second = level.scripts[place];
        level.in_script = true;
        level.chain += 1;
        if is_second {
            level.scripts = [false; 2];
        }
        level.scripts[place] = true;
        if is_second {
            self.out.push_str("{}");
        }
        self.out.push(mark);
    }

    /// Opens a group; `written` is what the converter gets for it.
    fn open(&mut self, written: &str, close: Option<&'static str>) -> Result<(), String> {
        self.nesting += self.level().chain;
        if self.levels.len() + self.nesting > FORMULA_DEPTH {
            return Err(TOO_DEEP.to_owned());
        }
        self.levels.push(Level {
            close,
            ..Level::default()
        });
        self.out.push_str(written);
        Ok(())
    }

    /// Closes a group.
    fn close(&mut self) -> Result<(), String> {
        if self.levels.len() < 2 {
            return Err("a brace is closed that was not opened".to_owned());
        }
        let closed = self.levels.pop();
        self.nesting = self.nesting.saturating_sub(self.level().chain);
        self.level().chain = 0;
        if let Some(close) = closed.and_then(|level| level.close) {
            self.environments = self.environments.saturating_sub(1);
            self.out.push_str(close);
        } else {
            self.out.push('}');
        }
        Ok(())
    }

    /// Reads a command.
    fn command(&mut self) -> Result<(), String> {
        let after = &self.rest[1..];
        let Some(first) = after.chars().next() else {
            self.rest = "";
            return Ok(());
        };
        if !first.is_ascii_alphabetic() {
            self.rest = &after[first.len_utf8()..];
            self.sign(first);
            return Ok(());
        }
        let end = after.find(|character: char| !character.is_ascii_alphabetic());
        let (name, rest) = after.split_at(end.unwrap_or(after.len()));
        self.rest = rest;
        if matches!(name, "hspace" | "operatorname" | "tag" | "label") {
            self.rest = rest.strip_prefix('*').unwrap_or(rest);
        }
        let name = RENAMED
            .iter()
            .find(|(old, _)| *old == name)
            .map_or(name, |(_, new)| new);
        match name {
            "begin" | "end" => return self.environment(name == "begin"),
            "sp" | "sb" => self.script(if name == "sp" { '^' } else { '_' }),
            "ce" | "SI" | "si" | "qty" | "unit" | "num" => return self.science(name),
            "operatorname" => return self.operator(),
            "cr" | "crcr" => {
                if self.environments > 0 {
                    self.row("\\\\");
                }
            }
            _ if TEXT.contains(&name) => self.words(name),
            _ if DROPPED.contains(&name) => self.out.push(' '),
            _ if ARGUMENTS_DROPPED.contains(&name) => self.drop_argument(),
            "href" => {
                self.drop_argument();
                self.words("text");
            }
            "url" => self.words("text"),
            "unicode" => self.code(),
            "eqno" | "leqno" => self.out.push_str("\\quad "),
            "arraycolsep" => {
                let end = self.rest.find(['\\', ' ']).unwrap_or(self.rest.len());
                self.rest = &self.rest[end..];
            }
            "limits" | "nolimits" if self.out.trim_end().ends_with('}') => {}
            _ if SWITCHES.contains(&name) && self.level().in_script => return self.switch(name),
            _ => return self.other(name),
        }
        Ok(())
    }

    /// Reads a command that is one sign.
    fn sign(&mut self, sign: char) {
        match sign {
            '\\' if self.environments > 0 => {
                if let Some(inside) = self.rest.strip_prefix('[')
                    && let Some((_, rest)) = inside.split_once(']')
                {
                    self.rest = rest;
                }
                self.row("\\\\");
            }
            '\\' | '(' | ')' | '[' | ']' | '\n' | '\r' | '\t' => self.out.push(' '),
            '-' | '/' | '@' => {}
            '<' | '*' | '+' => self.plain(sign.encode_utf8(&mut [0; 4])),
            '\'' | '`' | '"' | '^' | '~' | '=' | '.' => self.accent(sign),
            _ => {
                self.out.push('\\');
                self.plain(sign.encode_utf8(&mut [0; 4]));
            }
        }
    }

    /// Reads a switch of the font behind the mark of a script: it holds for the next token.
    fn switch(&mut self, name: &str) -> Result<(), String> {
        self.base();
        let Some((content, rest)) = self.argument() else {
            return Ok(());
        };
        self.open("{", None)?;
        self.out.push('\\');
        self.out.push_str(name);
        self.out.push(' ');
        self.rest = content;
        while let Some(first) = self.rest.chars().next() {
            self.token(first)?;
        }
        self.rest = rest;
        self.close()
    }

    /// Reads any other command.
    fn other(&mut self, name: &str) -> Result<(), String> {
        if self.matrix(name)? {
            return Ok(());
        }
        self.link()?;
        if self.text_letter(name) {
            return Ok(());
        }
        self.out.push('\\');
        self.out.push_str(name);
        if self.rest.starts_with('*') {
            // A product, not a part of the name.
            self.out.push(' ');
        }
        if delimiter(name) {
            self.fence();
        }
        Ok(())
    }

    /// Notes a command that what follows may be the argument of.
    fn link(&mut self) -> Result<(), String> {
        self.base();
        self.level().chain += 1;
        if self.nesting + self.level().chain + self.levels.len() > FORMULA_DEPTH * 2 {
            return Err(TOO_DEEP.to_owned());
        }
        Ok(())
    }

    /// Skips `[option]` and `{argument}`.
    fn drop_argument(&mut self) {
        self.rest = self.rest.strip_prefix('*').unwrap_or(self.rest);
        if let Some((_, rest)) = self.argument() {
            self.rest = rest;
        }
    }

    /// Splits the next argument, a group or one token, from what follows.
    fn argument(&self) -> Option<(&'a str, &'a str)> {
        let text = self.rest.trim_start();
        if let Some(inside) = text.strip_prefix('{') {
            let end = words::closing(inside)?;
            return Some((&inside[..end], &inside[end + 1..]));
        }
        let mut characters = text.char_indices();
        let (_, first) = characters.next()?;
        let end = match (first, characters.next()) {
            ('\\', Some((_, letter))) if letter.is_ascii_alphabetic() => {
                let is_letter = |character: char| character.is_ascii_alphabetic();
                1 + text[1..]
                    .find(|one| !is_letter(one))
                    .unwrap_or(text.len() - 1)
            }
            ('\\', Some((at, sign))) => at + sign.len_utf8(),
            ('}' | '&' | '^' | '_', _) => return None,
            _ => first.len_utf8(),
        };
        Some(text.split_at(end))
    }
}
