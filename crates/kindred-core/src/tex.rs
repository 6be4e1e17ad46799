//! TeX of titles and names as plain Unicode.
//!
//! Reads what bibliographies write: accents and letters of plain TeX (Knuth 1984,
//! chapter 9), braces, and commands around words, which go while the words stay. Not a TeX: there
//! are no macros, and what is not known is left out. One pass without recursion, so hostile text
//! costs no more than its length.

use std::iter::Peekable;
use std::str::Chars;

use unicode_normalization::UnicodeNormalization;

/// Elements of HTML that reference managers put into titles.
const ELEMENTS: [&str; 15] = [
    "i", "b", "u", "p", "br", "em", "sc", "tt", "sub", "sup", "scp", "inf", "span", "strong",
    "italic",
];
/// Longest tag that is taken for one, in bytes.
const MAX_TAG_BYTES: usize = 120;

/// Returns a text with the accents and letters of TeX as Unicode, without braces and commands.
///
/// What stands between dollar signs stays as it is. Simple tags of HTML go, its five entities are
/// resolved. White space becomes single spaces, and the result is in Unicode normal form C.
///
/// # Examples
/// ```
/// use kindred_core::plain_text;
/// assert_eq!(plain_text(r"{\'E}tale \emph{sheaves} over $\mathbb{F}_q$"), r"Étale sheaves over $\mathbb{F}_q$");
/// assert_eq!(plain_text(r"Erd{\H o}s--R\'{e}nyi"), "Erdős–Rényi");
/// ```
pub fn plain_text(tex: &str) -> String {
    convert(tex, true)
}

/// As [`plain_text`]; without `keeps_math`, formulas are read like the rest.
pub(crate) fn convert(tex: &str, keeps_math: bool) -> String {
    let text = without_markup(tex);
    let mut reader = Reader {
        rest: text.chars().peekable(),
        written: String::with_capacity(text.len()),
        accent: None,
        keeps_math,
        open_dollars: text.matches('$').count(),
    };
    while let Some(character) = reader.rest.next() {
        reader.read(character);
    }
    let composed: String = reader.written.nfc().collect();
    composed.split_whitespace().collect::<Vec<_>>().join(" ")
}

struct Reader<'text> {
    rest: Peekable<Chars<'text>>,
    written: String,
    /// Combining character that waits for its letter.
    accent: Option<char>,
    keeps_math: bool,
    /// Dollar signs ahead; a last single one is no formula.
    open_dollars: usize,
}

impl Reader<'_> {
    fn read(&mut self, character: char) {
        match character {
            '$' => self.math(),
            '\\' => self.command(),
            '{' | '}' => {}
            '~' => self.push(' '),
            '-' if self.rest.next_if_eq(&'-').is_some() => {
                let dash = if self.rest.next_if_eq(&'-').is_some() {
                    '—'
                } else {
                    '–'
                };
                self.push(dash);
            }
            '`' if self.rest.next_if_eq(&'`').is_some() => self.push('“'),
            '\'' if self.rest.next_if_eq(&'\'').is_some() => self.push('”'),
            _ if character.is_whitespace() => {
                if self.accent.is_none() {
                    self.written.push(' ');
                }
            }
            _ => self.push(character),
        }
    }

    fn push(&mut self, character: char) {
        self.written.push(character);
        if let Some(accent) = self.accent.take()
            && character.is_alphabetic()
        {
            self.written.push(accent);
        }
    }

    /// Copies a formula with its dollar signs, or drops the sign where formulas are not kept.
    fn math(&mut self) {
        self.open_dollars = self.open_dollars.saturating_sub(1);
        if !self.keeps_math {
            return;
        }
        self.accent = None;
        self.written.push('$');
        if self.open_dollars == 0 {
            return;
        }
        while let Some(character) = self.rest.next() {
            self.written.push(character);
            match character {
                '\\' => {
                    if let Some(escaped) = self.rest.next() {
                        self.open_dollars -= usize::from(escaped == '$').min(self.open_dollars);
                        self.written.push(escaped);
                    }
                }
                '$' => {
                    self.open_dollars = self.open_dollars.saturating_sub(1);
                    break;
                }
                _ => {}
            }
        }
    }

    /// Reads what follows a backslash.
    fn command(&mut self) {
        let Some(first) = self.rest.next() else {
            return;
        };
        if let Some(accent) = accent_of_sign(first) {
            self.accent = Some(accent);
            return;
        }
        if !first.is_ascii_alphabetic() {
            match first {
                '$' => {
                    self.open_dollars = self.open_dollars.saturating_sub(1);
                    self.push('$');
                }
                '&' | '%' | '#' | '_' | '{' | '}' => self.push(first),
                '-' | '/' | '(' | ')' | '[' | ']' | '!' => {}
                _ => self.push(' '),
            }
            return;
        }
        let mut name = String::from(first);
        while let Some(letter) = self.rest.next_if(char::is_ascii_alphabetic) {
            name.push(letter);
        }
        if let Some(accent) = accent_of_letter(&name) {
            self.accent = Some(accent);
        } else if let Some(text) = symbol(&name) {
            let is_dotless = matches!(text, "ı" | "ȷ") && self.accent.is_some();
            let text = match text {
                "ı" if is_dotless => "i",
                "ȷ" if is_dotless => "j",
                text => text,
            };
            text.chars().for_each(|character| self.push(character));
        } else {
            self.accent = None;
        }
        // The blank after a command ends its name and is not printed.
        while self.rest.next_if(|next| next.is_whitespace()).is_some() {}
    }
}

/// Combining character of an accent whose command is a sign.
fn accent_of_sign(sign: char) -> Option<char> {
    Some(match sign {
        '`' => '\u{300}',
        '\'' | '´' => '\u{301}',
        '^' => '\u{302}',
        '~' => '\u{303}',
        '=' => '\u{304}',
        '.' => '\u{307}',
        '"' => '\u{308}',
        _ => return None,
    })
}

/// Combining character of an accent whose command is a letter.
fn accent_of_letter(name: &str) -> Option<char> {
    Some(match name {
        "u" => '\u{306}',
        "r" => '\u{30a}',
        "H" => '\u{30b}',
        "v" => '\u{30c}',
        "d" => '\u{323}',
        "c" => '\u{327}',
        "k" => '\u{328}',
        "b" => '\u{331}',
        "t" => '\u{361}',
        _ => return None,
    })
}

/// Text of a command that prints one.
fn symbol(name: &str) -> Option<&'static str> {
    if let Some((_, letter)) = GREEK.iter().find(|(known, _)| *known == name) {
        return Some(letter);
    }
    Some(match name {
        "aa" => "å",
        "AA" => "Å",
        "ae" => "æ",
        "AE" => "Æ",
        "oe" => "œ",
        "OE" => "Œ",
        "o" => "ø",
        "O" => "Ø",
        "l" => "ł",
        "L" => "Ł",
        "ss" => "ß",
        "i" | "imath" => "ı",
        "j" | "jmath" => "ȷ",
        "dh" => "ð",
        "DH" => "Ð",
        "dj" => "đ",
        "DJ" => "Đ",
        "ng" => "ŋ",
        "NG" => "Ŋ",
        "th" => "þ",
        "TH" => "Þ",
        "ell" => "ℓ",
        "hbar" => "ħ",
        "LaTeX" => "LaTeX",
        "TeX" => "TeX",
        "textendash" => "–",
        "textemdash" => "—",
        "textquoteright" => "’",
        "textquoteleft" => "‘",
        "textasciitilde" => "~",
        "textbackslash" => "\\",
        "textunderscore" => "_",
        "ldots" | "dots" | "textellipsis" => "…",
        "quad" | "qquad" | "space" => " ",
        _ => return None,
    })
}

/// Greek letters by the name of their command.
pub(crate) const GREEK: [(&str, &str); 41] = [
    ("alpha", "α"),
    ("beta", "β"),
    ("gamma", "γ"),
    ("delta", "δ"),
    ("epsilon", "ε"),
    ("zeta", "ζ"),
    ("eta", "η"),
    ("theta", "θ"),
    ("iota", "ι"),
    ("kappa", "κ"),
    ("lambda", "λ"),
    ("mu", "μ"),
    ("nu", "ν"),
    ("xi", "ξ"),
    ("omicron", "ο"),
    ("pi", "π"),
    ("rho", "ρ"),
    ("sigma", "σ"),
    ("tau", "τ"),
    ("upsilon", "υ"),
    ("phi", "φ"),
    ("chi", "χ"),
    ("psi", "ψ"),
    ("omega", "ω"),
    ("Gamma", "Γ"),
    ("Delta", "Δ"),
    ("Theta", "Θ"),
    ("Lambda", "Λ"),
    ("Xi", "Ξ"),
    ("Pi", "Π"),
    ("Sigma", "Σ"),
    ("Upsilon", "Υ"),
    ("Phi", "Φ"),
    ("Psi", "Ψ"),
    ("Omega", "Ω"),
    ("varepsilon", "ε"),
    ("vartheta", "θ"),
    ("varpi", "π"),
    ("varrho", "ρ"),
    ("varsigma", "σ"),
    ("varphi", "φ"),
];

/// Removes simple tags of HTML and resolves its five entities, once.
fn without_markup(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['<', '&']) {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(length) = tag_length(rest) {
            rest = &rest[length..];
        } else if let Some((entity, character)) = entity(rest) {
            plain.push(character);
            rest = &rest[entity.len()..];
        } else {
            plain.push_str(&rest[..1]);
            rest = &rest[1..];
        }
    }
    plain.push_str(rest);
    plain
}

/// Length of the tag that a text begins with, if it is one of a known element.
fn tag_length(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let end = bytes
        .iter()
        .take(MAX_TAG_BYTES)
        .position(|byte| *byte == b'>')?;
    let inside = text.get(1..end)?;
    let name = inside.trim_start_matches('/');
    let name_end = name
        .find(|character: char| !character.is_ascii_alphanumeric())
        .unwrap_or(name.len());
    let is_known = ELEMENTS
        .iter()
        .any(|element| name[..name_end].eq_ignore_ascii_case(element));
    (bytes[0] == b'<' && is_known).then_some(end + 1)
}

fn entity(text: &str) -> Option<(&'static str, char)> {
    [
        ("&amp;", '&'),
        ("&lt;", '<'),
        ("&gt;", '>'),
        ("&quot;", '"'),
        ("&apos;", '\''),
        ("&#39;", '\''),
    ]
    .into_iter()
    .find(|(name, _)| text.starts_with(name))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn accents_in_every_spelling_are_the_same_letters() {
        for text in [
            r"Poincar\'e",
            r"Poincar\'{e}",
            r"Poincar{\'e}",
            r"Poincar{\' e}",
            "Poincare\u{301}",
        ] {
            assert_eq!(plain_text(text), "Poincaré", "{text}");
        }
        assert_eq!(
            plain_text(r#"G\"odel, \v Cech, \c{c}a, \^\i le"#),
            "Gödel, Čech, ça, île"
        );
        assert_eq!(
            plain_text(r"{\L}ukasiewicz and {\O}ksendal, Stra\ss e"),
            "Łukasiewicz and Øksendal, Straße"
        );
    }

    #[test]
    fn commands_go_and_their_words_stay() {
        assert_eq!(
            plain_text(r"{A} \textbf{Bold} claim \& more"),
            "A Bold claim & more"
        );
        assert_eq!(
            plain_text("H<sub>2</sub>O &amp; <i>E. coli</i>"),
            "H2O & E. coli"
        );
        assert_eq!(plain_text("a < b and c > d"), "a < b and c > d");
        assert_eq!(plain_text("``Quoted''  ~text---so"), "“Quoted” text—so");
    }

    #[test]
    fn formulas_stay_as_they_are() {
        assert_eq!(
            plain_text(r"{On} $\{x\}_{i}$ and \alpha"),
            r"On $\{x\}_{i}$ and α"
        );
        assert_eq!(plain_text(r"costs 5$ in {all}"), "costs 5$ in all");
        assert_eq!(plain_text(r"costs \$5 and $x$"), "costs $5 and $x$");
    }

    proptest! {
        #[test]
        fn no_text_panics(text in r#"[a-z\\{}$~'"^<>&;\-`= é]{0,60}"#) {
            let plain = plain_text(&text);
            prop_assert!(!plain.contains("  "));
        }
    }
}
