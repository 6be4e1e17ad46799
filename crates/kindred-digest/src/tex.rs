//! TeX in titles and abstracts to Unicode, as far as that goes.
//!
//! `$x^2$` becomes x², `\alpha` α, `\mathbb{R}` ℝ, `\'e` é. Formulas are converted whole or not
//! at all: one that holds a command without a counterpart stays as it was, dollars included, and
//! so does any other command that is not known. A script without Unicode letters keeps its `^` or
//! `_`. The kept crates for this replace strings one by one and leave half-converted formulas.

mod accents;
mod math;
mod scripts;
mod symbols;
#[cfg(test)]
mod tests;

use self::math::MathParser;

/// Deepest nesting of groups that is looked into; deeper text stays as it is.
const MAX_DEPTH: u8 = 16;
/// Longest formula or group that is converted, in bytes; what is longer stays as it is.
const MAX_LENGTH: usize = 2_000;

/// Commands whose argument is shown without them.
const WRAPPERS: [&str; 18] = [
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
    "url",
    "mathrm",
    "ensuremath",
];
/// Commands that set the style of the rest of their group.
const STYLES: [&str; 14] = [
    "em", "it", "bf", "rm", "sf", "tt", "sc", "sl", "itshape", "bfseries", "scshape", "ttfamily",
    "small", "large",
];

/// Converts TeX in running text to Unicode; what cannot be converted stays as it was.
///
/// # Examples
/// ```
/// use kindred_digest::tex_to_unicode;
/// assert_eq!(tex_to_unicode(r"Erd\H{o}s on $O(n^2)$"), "Erdős on O(n²)");
/// assert_eq!(tex_to_unicode(r"$\unknown{x}$ for $5"), r"$\unknown{x}$ for $5");
/// ```
pub fn tex_to_unicode(text: &str) -> String {
    running(text, 0)
}

/// Converts running text.
fn running(text: &str, depth: u8) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let converted = match first {
            '$' => formula(rest),
            '\\' => command(rest, depth),
            '{' => group(rest, depth),
            '~' => tie(rest, &out),
            '-' | '`' | '\'' => punctuation(rest, &out),
            _ => None,
        };
        if let Some((text, after)) = converted {
            out.push_str(&text);
            rest = after;
        } else {
            out.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    out
}

/// Reads `$...$` or `$$...$$`. Dollars that are money are left alone: with nothing of TeX between
/// them, a closing one before a digit, or with a space on one side of the content only.
fn formula(rest: &str) -> Option<(String, &str)> {
    let delimiter = if rest.starts_with("$$") { "$$" } else { "$" };
    let inside = &rest[delimiter.len()..];
    let end = closing_dollar(inside)?;
    let (content, after) = (&inside[..end], inside[end..].strip_prefix(delimiter)?);
    let is_uneven = content.starts_with(' ') != content.ends_with(' ');
    let is_before_digit = after.starts_with(|next: char| next.is_ascii_digit());
    let is_money = (is_uneven || is_before_digit) && !content.contains(['\\', '^', '_']);
    if content.trim().is_empty() || is_money {
        return None;
    }
    let whole = &rest[..rest.len() - after.len()];
    Some((
        MathParser::convert(content).unwrap_or_else(|| whole.to_owned()),
        after,
    ))
}

/// Finds the next dollar without a backslash.
fn closing_dollar(text: &str) -> Option<usize> {
    let mut is_escaped = false;
    for (position, character) in text.char_indices().take_while(|(at, _)| *at < MAX_LENGTH) {
        match character {
            '$' if !is_escaped => return Some(position),
            '\\' => is_escaped = !is_escaped,
            _ => is_escaped = false,
        }
    }
    None
}

/// Reads a command at the start of `rest`.
fn command(rest: &str, depth: u8) -> Option<(String, &str)> {
    let after = &rest[1..];
    let first = after.chars().next()?;
    if let Some(inside) = after.strip_prefix('(') {
        let end = inside.find("\\)").filter(|&end| end < MAX_LENGTH)?;
        return Some((MathParser::convert(&inside[..end])?, &inside[end + 2..]));
    }
    if !first.is_ascii_alphabetic() {
        let behind = &after[first.len_utf8()..];
        let plain = match first {
            '&' | '%' | '_' | '#' | '$' | '{' | '}' => first.to_string(),
            '\\' | ' ' | ',' | ';' => " ".to_owned(),
            '-' | '/' | '@' | '!' => String::new(),
            _ => return accents::accented(after, first.len_utf8()),
        };
        return Some((plain, behind));
    }
    let name = name_of(after);
    let behind = &after[name.len()..];
    if let Some(letter) = accents::letter(name) {
        // The space that ends a command is no part of the text, nor is an empty group.
        let behind = behind
            .strip_prefix("{}")
            .unwrap_or_else(|| behind.trim_start());
        return Some((letter.to_owned(), behind));
    }
    if let Some(accented) = accents::accented(after, name.len()) {
        return Some(accented);
    }
    if WRAPPERS.contains(&name) {
        let (content, behind) = argument(behind)?;
        let converted = match name {
            "ensuremath" => MathParser::convert(content)?,
            "url" => content.to_owned(),
            _ => nested(content, depth)?,
        };
        return Some((converted, behind));
    }
    if let "textsuperscript" | "textsubscript" = name {
        let (content, behind) = argument(behind)?;
        let content = nested(content, depth)?;
        let mark = if name == "textsuperscript" { '^' } else { '_' };
        return Some((
            scripts::in_unicode(mark, &content).unwrap_or(content),
            behind,
        ));
    }
    if name == "href" {
        let (_, behind) = argument(behind)?;
        let (content, behind) = argument(behind)?;
        return Some((nested(content, depth)?, behind));
    }
    MathParser::one(rest)
}

/// Reads a group that sets a style or protects one accented letter. Other braces are text.
fn group(rest: &str, depth: u8) -> Option<(String, &str)> {
    let (content, after) = argument(rest)?;
    let command = content.strip_prefix('\\')?;
    let name = name_of(command);
    if STYLES.contains(&name) {
        return Some((nested(command[name.len()..].trim_start(), depth)?, after));
    }
    let converted = nested(content, depth)?;
    (!converted.starts_with('\\')).then_some((converted, after))
}

/// Converts the content of a group, unless it lies too deep.
fn nested(content: &str, depth: u8) -> Option<String> {
    (depth < MAX_DEPTH).then(|| running(content, depth + 1))
}

/// Converts a tie between two words to a space.
fn tie<'a>(rest: &'a str, before: &str) -> Option<(String, &'a str)> {
    let after = &rest[1..];
    let is_word = |character: Option<char>| character.is_some_and(|c| !c.is_whitespace());
    let joins = is_word(before.chars().next_back()) && is_word(after.chars().next());
    joins.then(|| (" ".to_owned(), after))
}

/// Converts dashes between words and quotes in pairs.
fn punctuation<'a>(rest: &'a str, before: &str) -> Option<(String, &'a str)> {
    for (tex, unicode) in [("``", "\u{201c}"), ("''", "\u{201d}")] {
        if let Some(after) = rest.strip_prefix(tex) {
            return Some((unicode.to_owned(), after));
        }
    }
    let dashes = rest.len() - rest.trim_start_matches('-').len();
    let dash = match dashes {
        2 => "\u{2013}",
        3 => "\u{2014}",
        _ => return None,
    };
    let after = &rest[dashes..];
    let (left, right) = (before.chars().next_back()?, after.chars().next()?);
    // `--option` is no dash.
    let is_dash = left.is_whitespace() == right.is_whitespace();
    is_dash.then(|| (dash.to_owned(), after))
}

/// Returns the letters that a command starts with.
fn name_of(text: &str) -> &str {
    let end = text
        .find(|character: char| !character.is_ascii_alphabetic())
        .unwrap_or(text.len());
    &text[..end]
}

/// Splits `{content}` from what follows; braces inside have to balance.
fn argument(rest: &str) -> Option<(&str, &str)> {
    let inside = rest.strip_prefix('{')?;
    let mut depth = 1_usize;
    let mut is_escaped = false;
    for (position, character) in inside.char_indices().take_while(|(at, _)| *at < MAX_LENGTH) {
        match character {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '{' => depth += 1,
            '}' if depth == 1 => return Some((&inside[..position], &inside[position + 1..])),
            '}' => depth -= 1,
            _ => {}
        }
    }
    None
}
