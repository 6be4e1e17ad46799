//! Commands of running text.

use super::output::Formula;
use super::{Reader, accents, name_of};
use crate::unicode::script;

/// Commands whose argument is shown without them.
const WRAPPERS: [&str; 20] = [
    "emph",
    "textbf",
    "textit",
    "textrm",
    "textsf",
    "texttt",
    "textsc",
    "textsl",
    "textup",
    "textnormal",
    "textmd",
    "text",
    "mbox",
    "hbox",
    "underline",
    "mathrm",
    "uline",
    "textcolor",
    "enquote",
    "centerline",
];
/// Commands that set the style of the rest of their group.
const STYLES: [&str; 14] = [
    "em", "it", "bf", "rm", "sf", "tt", "sc", "sl", "itshape", "bfseries", "scshape", "ttfamily",
    "small", "large",
];
/// Commands about the layout of a page, which stand for nothing.
const DROPPED: [&str; 12] = [
    "noindent",
    "newline",
    "linebreak",
    "par",
    "smallskip",
    "medskip",
    "bigskip",
    "hfill",
    "xspace",
    "protect",
    "allowbreak",
    "centering",
];
/// Environments of words, whose marks stand for nothing.
const ENVIRONMENTS: [&str; 7] = [
    "abstract",
    "center",
    "description",
    "enumerate",
    "itemize",
    "quote",
    "quotation",
];
/// Longest formula that is shown as words where no delimiters say that it is one, in characters.
const SHORT: usize = 3;

/// Whether a command sets the style of the rest of its group.
pub(super) fn is_style(name: &str) -> bool {
    STYLES.contains(&name)
}

impl Reader {
    /// Reads a command at the start of `rest`.
    pub(super) fn command<'a>(&mut self, rest: &'a str, depth: u8) -> Option<&'a str> {
        let after = &rest[1..];
        let first = after.chars().next()?;
        if let '(' | '[' = first {
            return self.delimited(rest);
        }
        if !first.is_ascii_alphabetic() {
            return self.sign(after, first);
        }
        let name = name_of(after);
        let behind = &after[name.len()..];
        if let Some(letter) = accents::letter(name) {
            self.out.push_str(letter);
            // The space that ends a command is no part of the text, nor is an empty group.
            let without = behind.strip_prefix("{}");
            return Some(without.unwrap_or_else(|| behind.trim_start()));
        }
        if let Some((letter, behind)) = accents::accented(after, name.len()) {
            self.out.push_str(&letter);
            return Some(behind);
        }
        self.named(name, behind, depth)
            .or_else(|| self.reference(name, behind))
            .or_else(|| self.delimited(rest))
            .or_else(|| self.bare(rest, name, behind))
    }

    /// Reads a command that is one sign.
    fn sign<'a>(&mut self, after: &'a str, first: char) -> Option<&'a str> {
        let behind = &after[first.len_utf8()..];
        match first {
            '&' | '%' | '_' | '#' | '$' | '{' | '}' => self.out.push(first),
            '\\' | ' ' | ',' | ';' => self.out.push(' '),
            '-' | '/' | '@' | '!' => {}
            _ => {
                let (letter, behind) = accents::accented(after, first.len_utf8())?;
                self.out.push_str(&letter);
                return Some(behind);
            }
        }
        Some(behind)
    }

    /// Reads a command of words.
    fn named<'a>(&mut self, name: &str, behind: &'a str, depth: u8) -> Option<&'a str> {
        if DROPPED.contains(&name) {
            return Some(behind.strip_prefix("{}").unwrap_or(behind));
        }
        match name {
            "textcolor" | "href" => {
                let (_, behind) = self.argument(behind)?;
                let (content, behind) = self.argument(behind)?;
                self.nested(content, depth)?;
                return Some(behind);
            }
            "item" => {
                self.out.push('•');
                return Some(behind);
            }
            _ => {}
        }
        if let "begin" | "end" = name {
            let (environment, behind) = self.argument(behind)?;
            return ENVIRONMENTS.contains(&environment).then_some(behind);
        }
        let is_script = matches!(name, "textsuperscript" | "textsubscript");
        let is_verbatim = matches!(name, "url" | "path" | "nolinkurl");
        if !is_script && !is_verbatim && name != "ensuremath" && !WRAPPERS.contains(&name) {
            return None;
        }
        let (content, after) = self.argument(behind)?;
        if is_script {
            let inside = self.apart(content, depth)?;
            let mark = if name == "textsuperscript" { '^' } else { '_' };
            let written = script(mark, inside.unicode());
            match written {
                Some(written) => self.out.push_str(&written),
                None => self.out.append(inside),
            }
        } else if is_verbatim {
            self.out.push_str(content);
        } else if name == "ensuremath" {
            if self.is_words {
                return None;
            }
            self.formula(content, content, false);
        } else {
            self.nested(content, depth)?;
        }
        Some(after)
    }

    /// Reads `\cite{key}` as `[key]`, with whatever options it has, and drops labels.
    fn reference<'a>(&mut self, name: &str, behind: &'a str) -> Option<&'a str> {
        if !name.starts_with("cite") && name != "label" {
            return None;
        }
        let mut behind = behind.strip_prefix('*').unwrap_or(behind);
        while let Some(inside) = behind.strip_prefix('[') {
            behind = inside.split_once(']')?.1;
        }
        let (keys, after) = self.argument(behind)?;
        if name != "label" {
            let keys: Vec<&str> = keys.split(',').map(str::trim).collect();
            self.out.push_str(&format!("[{}]", keys.join(", ")));
        }
        Some(after)
    }

    /// Reads a command of formulas that stands among words, with as many groups behind it as it
    /// takes. A single symbol becomes words.
    fn bare<'a>(&mut self, rest: &'a str, name: &str, behind: &'a str) -> Option<&'a str> {
        if matches!(
            name,
            "begin" | "end" | "left" | "right" | "def" | "tag" | "color"
        ) {
            return None;
        }
        let mut after = behind;
        let least = match name {
            "SI" | "qty" => 2,
            "ce" | "num" | "si" | "unit" => 1,
            _ => 0,
        };
        for _ in 0..least {
            (_, after) = self.argument(after)?;
        }
        for _ in least..if self.is_words { 1 } else { 3 } {
            let tex = &rest[..rest.len() - after.len()];
            let formula = self.converted(tex, false);
            if let Some(formula) = formula.ok().filter(Formula::is_whole) {
                let symbol = formula.unicode();
                if symbol.is_empty() {
                    return None;
                }
                if self.is_words || symbol.chars().count() <= SHORT {
                    let symbol = symbol.to_owned();
                    self.out.push_str(&symbol);
                } else {
                    self.out.push_formula(tex, formula);
                }
                return Some(after);
            }
            (_, after) = self.argument(after)?;
        }
        None
    }
}
