//! Formulas on one line of Unicode.

use unicode_normalization::UnicodeNormalization;

use super::scripts::{Alphabet, enclosed, fraction, script};
use super::symbols::{Spacing, accent, is_function, negated, symbol};
use super::{MAX_DEPTH, MAX_LENGTH, name_of, running};

/// Commands that only change size or space.
const DROPPED: &str = "left right big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr Biggl Biggr \
                       middle displaystyle textstyle scriptstyle limits nolimits mathstrut rm bf \
                       it sf tt em";
/// Commands whose argument is shown without them.
const PLAIN: &str = "mathrm mathbf mathit mathsf mathtt mathnormal boldsymbol bm operatorname \
                     pmb bold mathop mathbin mathrel mathord";
/// Commands whose argument is running text.
const TEXT: &str = "text textrm textbf textit textsf texttt textsc textnormal mbox hbox";

/// A recursive-descent parser over one formula; every method returns `None` where the formula
/// holds what has no counterpart.
#[derive(Debug)]
pub(super) struct MathParser<'a> {
    rest: &'a str,
    depth: u8,
    out: String,
}

impl<'a> MathParser<'a> {
    /// Converts the content of a formula.
    pub(super) fn convert(content: &str) -> Option<String> {
        if content.len() > MAX_LENGTH {
            return None;
        }
        let text = Self::inner(content, 0)?;
        Some(text.trim().to_owned())
    }

    /// Converts the one command that `rest` starts with, and returns what follows it.
    pub(super) fn one(rest: &'a str) -> Option<(String, &'a str)> {
        let name = name_of(&rest[1..]);
        let behind = &rest[1 + name.len()..];
        if let Some((symbol, _)) = symbol(name) {
            // Spaces of running text are kept.
            return Some((symbol.to_owned(), behind));
        }
        Alphabet::named(name).filter(|_| behind.starts_with('{'))?;
        let mut parser = Self {
            rest,
            depth: 0,
            out: String::new(),
        };
        parser.command()?;
        Some((parser.out, parser.rest))
    }

    fn inner(content: &str, depth: u8) -> Option<String> {
        if depth > MAX_DEPTH {
            return None;
        }
        let mut parser = MathParser {
            rest: content,
            depth,
            out: String::new(),
        };
        while !parser.rest.is_empty() {
            parser.item()?;
        }
        Some(parser.out)
    }

    /// Converts one item of a formula and appends it.
    fn item(&mut self) -> Option<()> {
        let first = self.rest.chars().next()?;
        match first {
            '\\' => return self.command(),
            '{' => {
                let content = self.group()?;
                let text = self.styled(content)?;
                self.out.push_str(&text);
                return Some(());
            }
            '^' | '_' => {
                self.rest = &self.rest[1..];
                let text = self.argument()?;
                let script = script(first, text.trim());
                self.out.push_str(&script);
                return Some(());
            }
            '}' | '&' | '%' | '#' | '$' => return None,
            '-' => self.out.push('\u{2212}'),
            '\'' => self.out.push('\u{2032}'),
            '~' => self.space(),
            character if character.is_whitespace() => self.space(),
            character => self.out.push(character),
        }
        self.rest = &self.rest[first.len_utf8()..];
        Some(())
    }

    /// Converts a command and appends it.
    fn command(&mut self) -> Option<()> {
        self.rest = self.rest.strip_prefix('\\')?;
        let first = self.rest.chars().next()?;
        if !first.is_ascii_alphabetic() {
            self.rest = &self.rest[first.len_utf8()..];
            match first {
                '{' | '}' | '%' | '&' | '#' | '_' | '$' => self.out.push(first),
                '|' => self.out.push('\u{2016}'),
                ',' | ' ' | ';' | ':' | '>' => self.space(),
                '!' | '/' => {}
                _ => return None,
            }
            return Some(());
        }
        let name = name_of(self.rest);
        self.rest = self.rest[name.len()..]
            .strip_prefix('*')
            .unwrap_or(&self.rest[name.len()..]);
        if let Some((symbol, spacing)) = symbol(name) {
            self.symbol(symbol, spacing);
            return Some(());
        }
        if is_function(name) {
            self.function(name);
            return Some(());
        }
        self.structure(name)
    }

    /// Converts a command that takes arguments, or one that stands for nothing.
    fn structure(&mut self, name: &str) -> Option<()> {
        let is_in = |table: &str| table.split_whitespace().any(|command| command == name);
        let text = if is_in(DROPPED) {
            self.drop_delimiter(name);
            String::new()
        } else if is_in(PLAIN) {
            self.argument()?
        } else if is_in(TEXT) {
            let content = self.group()?;
            if self.depth >= MAX_DEPTH {
                return None;
            }
            running(content, self.depth + 1)
        } else if let Some(alphabet) = Alphabet::named(name) {
            alphabet.write(&self.argument()?)
        } else if let Some(mark) = accent(name) {
            let base = self.argument()?;
            let mut characters = base.chars();
            let (base, None) = (characters.next()?, characters.next()) else {
                return None;
            };
            base.to_string().chars().chain(mark.chars()).nfc().collect()
        } else {
            self.layout(name)?
        };
        self.out.push_str(&text);
        Some(())
    }

    /// Converts fractions, roots and what else is set in two dimensions.
    fn layout(&mut self, name: &str) -> Option<String> {
        Some(match name {
            "frac" | "tfrac" | "dfrac" | "nicefrac" | "sfrac" => {
                let above = self.argument()?;
                fraction(above.trim(), self.argument()?.trim())
            }
            "binom" | "tbinom" | "dbinom" => {
                let above = self.argument()?;
                format!("({above} choose {})", self.argument()?)
            }
            "sqrt" => {
                let sign = if let Some(rest) = self.rest.strip_prefix('[') {
                    let (degree, rest) = rest.split_once(']')?;
                    self.rest = rest;
                    match degree.trim() {
                        "2" => "√",
                        "3" => "∛",
                        "4" => "∜",
                        _ => return None,
                    }
                } else {
                    "√"
                };
                format!("{sign}{}", enclosed(self.argument()?.trim()))
            }
            "pmod" => {
                self.space();
                format!("(mod {})", self.argument()?)
            }
            "not" => {
                let relation = negated(&self.argument()?)?;
                self.symbol(relation, Spacing::Relation);
                String::new()
            }
            "quad" | "qquad" | "thinspace" => {
                self.space();
                String::new()
            }
            "ensuremath" => self.argument()?,
            _ => return None,
        })
    }

    /// Appends a symbol, with the space that its kind asks for.
    fn symbol(&mut self, symbol: &str, spacing: Spacing) {
        match spacing {
            Spacing::Letter => {
                self.out.push_str(symbol);
                self.end_word();
            }
            Spacing::Operator => {
                let is_spaced = self.out.ends_with(' ');
                self.out.push_str(symbol);
                self.rest = self.rest.trim_start();
                if is_spaced {
                    self.space();
                }
            }
            Spacing::Relation => {
                self.space();
                self.out.push_str(symbol);
                self.space();
                self.rest = self.rest.trim_start();
            }
        }
    }

    /// Appends the name of a function, apart from letters beside it.
    fn function(&mut self, name: &str) {
        let name = if name == "bmod" { "mod" } else { name };
        if self.out.ends_with(|last: char| last.is_alphanumeric()) {
            self.space();
        }
        self.out.push_str(name);
        self.rest = self.rest.trim_start();
        let is_open = |next: char| next.is_alphanumeric() || next == '\\' || next == '{';
        if self.rest.starts_with(is_open) && !self.rest.starts_with("\\left") {
            self.space();
        }
    }

    /// Drops the space that ends a command before a letter; TeX shows none there.
    fn end_word(&mut self) {
        let after = self.rest.trim_start();
        let joins = |next: char| next.is_alphanumeric() || "\\{(_^".contains(next);
        if after.len() < self.rest.len() && after.starts_with(joins) {
            self.rest = after;
        }
    }

    /// Drops the dot that `\left` and `\right` take where nothing is to be shown.
    fn drop_delimiter(&mut self, name: &str) {
        if matches!(name, "left" | "right") {
            self.rest = self.rest.trim_start();
            self.rest = self.rest.strip_prefix('.').unwrap_or(self.rest);
        } else {
            self.end_word();
        }
    }

    /// Reads an argument, a group or one item, and converts it.
    fn argument(&mut self) -> Option<String> {
        self.rest = self.rest.trim_start();
        if self.rest.starts_with('{') {
            let content = self.group()?;
            return self.styled(content);
        }
        if self.depth >= MAX_DEPTH || self.rest.starts_with(['^', '_']) {
            return None;
        }
        let mut parser = MathParser {
            rest: self.rest,
            depth: self.depth + 1,
            out: String::new(),
        };
        parser.item()?;
        self.rest = parser.rest;
        Some(parser.out.trim().to_owned())
    }

    /// Converts the content of a group, which may begin with the command of an alphabet.
    fn styled(&self, content: &str) -> Option<String> {
        if let Some(command) = content.trim_start().strip_prefix('\\') {
            let name = name_of(command);
            let rest = &command[name.len()..];
            if let Some(alphabet) = Alphabet::named(name).filter(|_| rest.starts_with(' ')) {
                return Some(alphabet.write(&Self::inner(rest.trim(), self.depth + 1)?));
            }
        }
        Self::inner(content, self.depth + 1)
    }

    /// Reads `{content}`.
    fn group(&mut self) -> Option<&'a str> {
        let (content, rest) = super::argument(self.rest.trim_start())?;
        self.rest = rest;
        Some(content)
    }

    /// Appends a space unless there is one.
    fn space(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with(' ') {
            self.out.push(' ');
        }
    }
}
