//! Feeds that have nothing to rank with or nothing to rank.

use kindred_engine::{EngineError, SetName};
use maud::{Markup, html};

use crate::error::chain;
use crate::pages::in_code;
use crate::view::link;

/// The set has no like that could be ranked with.
pub(super) fn not_yet(set: &SetName, error: &EngineError) -> Markup {
    html! {
        h1 { "Feed of " (set) }
        section .notice {
            h2 { "It has nothing to go by yet" }
            p { (in_code(&chain(error))) "." }
            @for hint in error.hints() { p { (in_code(&hint)) } }
        }
        p { "A feed ranks each day’s papers by those that you liked. Five that you like and three that are not for you are a good start:" }
        ul {
            li { a href=(link::of_set(set, "ask")) { "Answer 8 questions" } ", chosen so that each answer teaches much" }
            li { a href="/" { "Search" } " and like what you find" }
            li { a href="/import" { "Import" } " a bibliography as likes" }
        }
    }
}

/// The library has no paper with a day.
pub(super) fn no_arrivals(set: &SetName) -> Markup {
    html! {
        h1 { "Feed of " (set) }
        section .notice {
            h2 { "No paper has arrived yet" }
            p { a href="/import" { "Import papers" } ", or follow arXiv on the command line: "
                code { "kindred sync --category cs.DC" } "." }
        }
    }
}
