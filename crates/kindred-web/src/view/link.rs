//! Addresses of pages.

use std::fmt::Write as _;

use kindred_engine::{PaperId, SetName, TopicId};
use url::form_urlencoded::Serializer;

/// Percent-encodes a part of a path (RFC 3986, section 3.3); its slashes stay where it may be
/// several segments.
fn encoded(part: &str, is_segment: bool) -> String {
    let mut out = String::with_capacity(part.len());
    for byte in part.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b':' => {
                out.push(char::from(byte));
            }
            b'/' if !is_segment => out.push('/'),
            _ => write!(out, "%{byte:02X}").expect("a string takes all text"),
        }
    }
    out
}

/// An address with a query; fields without a value are left out.
pub(crate) fn with_query(path: &str, fields: &[(&str, &str)]) -> String {
    let mut query = Serializer::new(String::new());
    for (name, value) in fields.iter().filter(|(_, value)| !value.is_empty()) {
        query.append_pair(name, value);
    }
    let query = query.finish();
    if query.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{query}")
    }
}

pub(crate) fn paper(id: &PaperId) -> String {
    format!("/paper/{}", encoded(&id.short(), false))
}

pub(crate) fn similar(id: &PaperId) -> String {
    with_query("/similar", &[("id", &id.short())])
}

pub(crate) fn bibtex(id: &PaperId) -> String {
    with_query("/bibtex", &[("id", &id.short())])
}

pub(crate) fn on_map(id: &PaperId) -> String {
    let fields = with_query("", &[("paper", &id.short())]);
    format!("/map#{}", fields.trim_start_matches('?'))
}

pub(crate) fn topic(id: TopicId) -> String {
    format!("/topics/{id}")
}

pub(crate) fn set(name: &SetName) -> String {
    format!("/set/{}", encoded(name.as_str(), true))
}

pub(crate) fn feed(name: &SetName) -> String {
    of_set(name, "feed")
}

pub(crate) fn why(name: &SetName, id: &PaperId) -> String {
    with_query(&of_set(name, "why"), &[("id", &id.short())])
}

/// Why a paper has its place among the arrivals of a day.
pub(crate) fn why_on(name: &SetName, id: &PaperId, day: jiff::civil::Date) -> String {
    let fields = [("id", id.short()), ("day", day.to_string())];
    with_query(
        &of_set(name, "why"),
        &fields
            .each_ref()
            .map(|(name, value)| (*name, value.as_str())),
    )
}

/// A page under a set, such as `ask`.
pub(crate) fn of_set(name: &SetName, page: &str) -> String {
    format!("{}/{page}", set(name))
}

/// The anchor of a paper's card.
pub(crate) fn anchor(id: &PaperId) -> String {
    let plain = |letter: char| {
        let is_plain = letter.is_ascii_alphanumeric() || letter == '.' || letter == '-';
        if is_plain { letter } else { '_' }
    };
    format!("p-{}", id.short().chars().map(plain).collect::<String>())
}

/// The page that asks for the token and leads to `page` then.
pub(crate) fn enter(page: &str) -> String {
    let back = if page == "/" { "" } else { page };
    with_query("/enter", &[("back", back)])
}

/// A page of this server to go back to: a path with or without a query, nothing else.
pub(crate) fn back(text: Option<&str>) -> &str {
    text.filter(|text| {
        text.starts_with('/')
            && !text.starts_with("//")
            && !text.contains('\\')
            && text.bytes().all(|byte| byte.is_ascii_graphic())
    })
    .unwrap_or("/")
}

/// The page of the paper's PDF, where its scheme has one.
pub(crate) fn pdf(id: &PaperId) -> Option<String> {
    match id {
        PaperId::Arxiv(id) => Some(format!("https://arxiv.org/pdf/{id}")),
        PaperId::Other { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_hold_any_name_and_id() {
        assert_eq!(
            encoded("größer / kleiner?", true),
            "gr%C3%B6%C3%9Fer%20%2F%20kleiner%3F"
        );
        let set: SetName = "reading".parse().unwrap();
        assert_eq!(super::set(&set), "/set/reading");
        assert_eq!(feed(&set), "/set/reading/feed");
        let id: PaperId = "hep-th/9901001".parse().unwrap();
        assert_eq!(paper(&id), "/paper/hep-th/9901001");
        assert_eq!(similar(&id), "/similar?id=hep-th%2F9901001");
        let id: PaperId = "doi:10.1000/a<b>?c#d".parse().unwrap();
        assert_eq!(paper(&id), "/paper/doi:10.1000/a%3Cb%3E%3Fc%23d");
        assert_eq!(anchor(&id), "p-doi_10.1000_a_b__c_d");
    }

    #[test]
    fn only_pages_of_this_server_are_gone_back_to() {
        assert_eq!(
            back(Some("/set/a/feed?day=2026-03-01")),
            "/set/a/feed?day=2026-03-01"
        );
        for text in [
            None,
            Some("//evil.example"),
            Some("http://evil.example"),
            Some("/\\evil"),
            Some("/a\r\nb"),
            Some("x"),
        ] {
            assert_eq!(back(text), "/", "{text:?}");
        }
    }
}
