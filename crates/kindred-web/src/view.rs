//! What all pages have in common: frame, navigation, preferences of the reader, parts of cards.

pub(crate) mod card;
pub(crate) mod link;
pub(crate) mod picture;
pub(crate) mod preferences;
pub(crate) mod text;
pub(crate) mod undo;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use kindred_engine::SetName;
use maud::{DOCTYPE, Markup, html};

use self::preferences::{PREFERENCES, Preferences};
use self::undo::Change;
use crate::app::{App, Facts};
use crate::assets;
use crate::guard::cookie;

/// Where in the navigation a page stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Search,
    Feed,
    Map,
    Topics,
    Library,
    Import,
    /// Beside the navigation.
    Other,
}

/// A page around its content.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Frame<'a> {
    /// What the window is called; the program's name follows.
    pub(crate) title: &'a str,
    /// Its place in the navigation.
    pub(crate) place: Place,
    /// Whether the content takes all of the width, as the map does.
    pub(crate) is_wide: bool,
    /// Styles and scripts besides those of every page, by name.
    pub(crate) assets: &'a [&'a str],
    /// Whether the content has the field of the search, so that the head needs none.
    pub(crate) has_field: bool,
    /// Seconds after which browsers without scripts ask for the page again.
    pub(crate) refresh: Option<u8>,
}

impl<'a> Frame<'a> {
    pub(crate) fn new(title: &'a str, place: Place) -> Self {
        Self {
            title,
            place,
            is_wide: false,
            assets: &[],
            has_field: false,
            refresh: None,
        }
    }
}

/// Who looks, and at what.
#[derive(Debug, Clone)]
pub(crate) struct Visit {
    pub(crate) preferences: Preferences,
    /// The last change of a rating, to be undone.
    pub(crate) change: Option<Change>,
    /// Path and query of the page, to come back to.
    pub(crate) here: String,
    /// Whether the script asks for a part of the page instead of a redirection.
    pub(crate) wants_part: bool,
}

impl Visit {
    fn of(parts: &Parts) -> Self {
        let here = parts.uri.path_and_query();
        Self {
            preferences: stored(&parts.headers),
            change: Change::stored(&parts.headers),
            here: here.map_or_else(|| "/".to_owned(), ToString::to_string),
            wants_part: parts.headers.contains_key("x-kindred-part"),
        }
    }

    /// The set that ratings go to: the one that was used last, else the first there is, else a new
    /// one.
    pub(crate) fn set(&self, facts: &Facts) -> SetName {
        let used = self.preferences.set.as_ref();
        let is_there = |name: &&SetName| facts.sets.iter().any(|set| set.name == **name);
        used.filter(is_there)
            .or_else(|| facts.sets.first().map(|set| &set.name))
            .or(used)
            .cloned()
            .unwrap_or_else(|| "reading".parse().expect("it is the name of a set"))
    }
}

impl<S: Sync> FromRequestParts<S> for Visit {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self::of(parts))
    }
}

fn stored(headers: &HeaderMap) -> Preferences {
    cookie(headers, PREFERENCES).map_or_else(Preferences::default, Preferences::parse)
}

/// Lays a page out.
pub(crate) fn page(
    app: &App,
    (visit, facts): (&Visit, &Facts),
    frame: &Frame<'_>,
    content: &Markup,
) -> Markup {
    let set = visit.set(facts);
    html! {
        (DOCTYPE)
        html lang="en" data-theme=[visit.preferences.theme.name()] {
            (head(frame))
            body data-keys=(if visit.preferences.keys { "on" } else { "off" }) {
                a .skip href="#main" { "Skip to the content" }
                header .top {
                    a .brand href="/" { "Kindred" }
                    nav aria-label="Pages" {
                        ul {
                            @for (place, href, name) in entries(&set, facts) {
                                li { a href=(href) aria-current=[(place == frame.place).then_some("page")] {
                                    (name)
                                    @if place == Place::Feed { (badge(app, facts, &set)) }
                                } }
                            }
                        }
                    }
                    @if !frame.has_field {
                        form .find role="search" aria-label="Search the library" action="/" method="get" {
                            input type="search" name="q" aria-label="Search" placeholder="Search, id, DOI, or an abstract" maxlength="16384";
                        }
                    }
                    a .gear href="/settings" aria-label="Settings" { "Settings" }
                }
                main #main .wide[frame.is_wide] tabindex="-1" {
                    (running(app))
                    (content)
                }
                footer {
                    p {
                        (count(facts.embedded as u64, "paper")) " indexed"
                        @if let Some(newest) = facts.newest { ", the newest of " time datetime=(newest) { (newest) } }
                        " · " (facts.encoder)
                        " · offline OK"
                        " · " a href="/ledger" { "Ledger" }
                        " · " a href="/jobs" { "Jobs" }
                        " · " a href="/doctor" { "Doctor" }
                        " · " a href="/help" { "Keys and help" }
                    }
                }
                p #status .unseen role="status" aria-live="polite" {}
            }
        }
    }
}

/// A page without anything of the library, for what goes wrong before it can be asked.
pub(crate) fn bare(title: &str, content: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            (head(&Frame::new(title, Place::Other)))
            body {
                header .top { a .brand href="/" { "Kindred" } }
                main #main { (content) }
            }
        }
    }
}

fn head(frame: &Frame<'_>) -> Markup {
    html! {
        head {
            meta charset="utf-8";
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta name="color-scheme" content="light dark";
            title { (frame.title) " – Kindred" }
            @if let Some(seconds) = frame.refresh {
                noscript { meta http-equiv="refresh" content=(seconds); }
            }
            link rel="icon" href=(assets::address("icon.svg")) type="image/svg+xml";
            @for name in ["tokens.css", "page.css"].into_iter().chain(frame.assets.iter().copied()) {
                @if is_of(name, "css") { link rel="stylesheet" href=(assets::address(name)); }
            }
            @for name in ["page.js"].into_iter().chain(frame.assets.iter().copied()) {
                @if is_of(name, "js") { script src=(assets::address(name)) defer {} }
            }
        }
    }
}

/// Whether a file is of a kind, by the end of its name.
fn is_of(name: &str, kind: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, end)| end == kind)
}

fn entries(set: &SetName, facts: &Facts) -> [(Place, String, &'static str); 6] {
    let feed = if facts.sets.is_empty() {
        "/sets".to_owned()
    } else {
        link::feed(set)
    };
    [
        (Place::Search, "/".to_owned(), "Search"),
        (Place::Feed, feed, "Feed"),
        (Place::Map, "/map".to_owned(), "Map"),
        (Place::Topics, "/topics".to_owned(), "Topics"),
        (Place::Library, "/sets".to_owned(), "Library"),
        (Place::Import, "/import".to_owned(), "Import"),
    ]
}

/// How many papers of the newest day are new.
fn badge(app: &App, facts: &Facts, set: &SetName) -> Markup {
    let new = app.new_for(facts, set).filter(|new| *new > 0);
    html! {
        @if let Some(new) = new {
            " " span .badge { (grouped(new as u64)) span .unseen { " new for " (set) } }
        }
    }
}

/// A line about the job that runs, if one does.
fn running(app: &App) -> Markup {
    html! {
        @if let Some(job) = app.jobs.running() {
            p .running { "Under way: " a href={ "/jobs/" (job.id) } { (job.title) } }
        }
    }
}

/// What the name of a set has to be, for fields: as [`SetName`] reads it.
pub(crate) const SET_NAME: &str = r"\s*[\p{Alphabetic}\p{N}][\p{Alphabetic}\p{N}._\-]*\s*";
/// The same in words.
pub(crate) const SET_NAME_TITLE: &str = "Letters, digits, dots, - and _, no spaces";

/// A field for the name of a set that may be new; `text` stands in it at first.
pub(crate) fn name_field(field: &str, text: Option<&str>, is_required: bool) -> Markup {
    html! {
        input type="text" name=(field) value=[text] required[is_required] placeholder=[(!is_required).then_some("or a new set")] maxlength="64"
            pattern=(SET_NAME) title=(SET_NAME_TITLE);
    }
}

/// The token, for forms.
pub(crate) fn token(app: &App) -> Markup {
    html! { input type="hidden" name=(crate::signed::TOKEN_FIELD) value=(app.token.as_str()); }
}

/// A number with its noun: `1 paper`, `12,345 papers`.
pub(crate) fn count(number: u64, noun: &str) -> String {
    let digits = grouped(number);
    if number == 1 {
        format!("{digits} {noun}")
    } else {
        format!("{digits} {noun}s")
    }
}

/// A number with commas between thousands.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_nouns_agree() {
        assert_eq!(count(1, "paper"), "1 paper");
        assert_eq!(count(0, "paper"), "0 papers");
        assert_eq!(count(1_234_567, "paper"), "1,234,567 papers");
        assert_eq!(grouped(100), "100");
    }
}
