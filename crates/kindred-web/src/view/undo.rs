//! The last change of a rating, kept in a cookie so that the page that comes next can undo it.

use axum::http::{HeaderMap, HeaderValue};
use kindred_engine::{PaperId, Rating, SetName, Timestamp};

use super::card::word_of;
use crate::error::Failure;
use crate::guard::cookie;

/// Name of the cookie; it goes when the browser is closed.
const CHANGE: &str = "kindred_change";

/// What a paper was rated as, and since when.
pub(crate) type Before = Option<(Rating, Timestamp)>;

/// What a rating was before it was changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) set: SetName,
    pub(crate) id: PaperId,
    pub(crate) before: Before,
}

impl Change {
    /// Reads the cookie; what is not understood is as if it were not there.
    pub(super) fn stored(headers: &HeaderMap) -> Option<Self> {
        Self::parse(cookie(headers, CHANGE)?)
    }

    fn parse(text: &str) -> Option<Self> {
        let (mut set, mut id, mut before) = (None, None, None);
        for (name, value) in url::form_urlencoded::parse(text.as_bytes()) {
            match &*name {
                "set" => set = value.parse().ok(),
                "id" => id = value.parse().ok(),
                "before" => before = before_of(&value).ok(),
                _ => {}
            }
        }
        Some(Self {
            set: set?,
            id: id?,
            before: before?,
        })
    }

    /// The header that has a browser keep it, or forget the one that it keeps.
    pub(crate) fn cookie(change: Option<&Self>) -> HeaderValue {
        let (value, age) = change.map_or_else(
            || (String::new(), "; Max-Age=0"),
            |change| {
                let mut fields = url::form_urlencoded::Serializer::new(String::new());
                fields.append_pair("set", change.set.as_str());
                fields.append_pair("id", &change.id.to_string());
                fields.append_pair("before", &told(change.before));
                (fields.finish(), "")
            },
        );
        let cookie = format!("{CHANGE}={value}; Path=/{age}; HttpOnly; SameSite=Lax");
        HeaderValue::from_str(&cookie).expect("form fields are ASCII without control characters")
    }
}

/// The word for a rating or for none, in forms.
pub(crate) fn word(rating: Option<Rating>) -> &'static str {
    rating.map_or("none", word_of)
}

/// What was before, for a form that undoes: a word and a moment.
pub(crate) fn told(before: Before) -> String {
    match before {
        Some((rating, at)) => format!("{} {at}", word_of(rating)),
        None => word(None).to_owned(),
    }
}

/// Reads what [`told`] writes.
///
/// # Errors
/// [`Failure::Bad`] for any other text.
pub(crate) fn before_of(text: &str) -> Result<Before, Failure> {
    let (word, at) = text.split_once(' ').unwrap_or((text, ""));
    let Some(rating) = rating_of(word)? else {
        return Ok(None);
    };
    let at = at.parse().map_err(|error: jiff::Error| {
        Failure::bad(format!("the moment of the rating to bring back: {error}"))
    })?;
    Ok(Some((rating, at)))
}

/// Reads what [`word`] writes.
///
/// # Errors
/// [`Failure::Bad`] for any other text.
pub(crate) fn rating_of(text: &str) -> Result<Option<Rating>, Failure> {
    match text {
        "like" => Ok(Some(Rating::Like)),
        "dislike" => Ok(Some(Rating::Dislike)),
        "none" => Ok(None),
        other => {
            let found: String = other.chars().take(80).collect();
            let message = format!("rating `{found}`, expected like, dislike or none");
            Err(Failure::bad(message))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_come_back_from_the_cookie() {
        let at = crate::testing::now();
        for before in [None, Some((Rating::Like, at)), Some((Rating::Dislike, at))] {
            let change = Change {
                set: "größe-1".parse().unwrap(),
                id: "doi:10.1000/a;b&c".parse().unwrap(),
                before,
            };
            let header = Change::cookie(Some(&change));
            let header = header.to_str().unwrap();
            let value = header.split(';').next().unwrap();
            let value = value.strip_prefix("kindred_change=").unwrap();
            assert_eq!(Change::parse(value), Some(change));
        }
        let forget = Change::cookie(None);
        let forget = forget.to_str().unwrap();
        assert!(forget.contains("; Max-Age=0;"), "{forget}");
        for text in ["", "set=a&id=2603.00001", "set=a&id=2603.00001&before=like"] {
            assert_eq!(Change::parse(text), None, "{text}");
        }
    }
}
