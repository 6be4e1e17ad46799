//! Escaping for XML and HTML.

use std::fmt::Write as _;

use crate::text::{readable, title};

/// Escapes text for content and attribute values of XML and HTML.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

/// Returns text of a paper for HTML: readable, escaped, in a direction of its own.
pub(crate) fn foreign(text: &str) -> String {
    format!("<bdi>{}</bdi>", escaped(&readable(text)))
}

/// Returns a title for HTML, likewise.
pub(crate) fn foreign_title(text: &str) -> String {
    format!("<bdi>{}</bdi>", escaped(&title(text)))
}

/// Returns an address that is safe to follow: `http` or `https`, nothing else; escaped.
pub(crate) fn link(url: Option<&str>) -> Option<String> {
    let url = url?;
    let is_web = url.starts_with("https://") || url.starts_with("http://");
    let is_plain = !url.chars().any(|c| c.is_whitespace() || c.is_control());
    (is_web && is_plain).then(|| escaped(&percent_encoded(url)))
}

/// Encodes what may not stand in an address (RFC 3986), and what ends one in Markdown or BibTeX.
/// Characters that have a meaning in addresses are kept.
pub(crate) fn percent_encoded(url: &str) -> String {
    let mut out = String::with_capacity(url.len());
    for byte in url.bytes() {
        let is_kept = byte.is_ascii_alphanumeric() || b"-._~:/?#@!$&'*+,;=%".contains(&byte);
        if is_kept {
            out.push(char::from(byte));
        } else {
            write!(out, "%{byte:02X}").expect("writing to a string cannot fail");
        }
    }
    out
}
