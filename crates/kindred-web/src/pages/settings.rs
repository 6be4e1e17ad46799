//! What a reader chooses for the pages, and what the library is.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use kindred_engine::{EncoderChoice, ModelOrigin, Stats};
use maud::{Markup, html};

use super::{PageError, in_code};
use crate::app::{App, Facts};
use crate::error::chain;
use crate::gate::Cost;
use crate::guard::TOKEN_HEADER;
use crate::signed::Signed;
use crate::token;
use crate::view::preferences::{Preferences, Theme};
use crate::view::{Frame, Place, Visit, count, grouped, page, token as token_field};

pub(super) fn router() -> Router<Arc<App>> {
    Router::new().route("/settings", get(settings).post(choose))
}

async fn settings(State(app): State<Arc<App>>, visit: Visit) -> Result<Markup, PageError> {
    let facts = app.facts().await?;
    let (stats, choice) = app
        .read(Cost::Slow, |library| {
            // Preferences can be changed also where vectors are damaged.
            Ok((library.stats(), library.encoder_choice()?))
        })
        .await?;
    let content = html! {
        h1 { "Settings" }
        (form(&app, &visit, &facts))
        @match &stats {
            Ok(stats) => (about(stats, &choice)),
            Err(error) => p { "What the library holds cannot be read: " (in_code(&chain(error))) ". "
                a href="/doctor" { "Doctor" } " says what helps." },
        }
        (programs(&app))
    };
    let frame = Frame::new("Settings", Place::Other);
    Ok(page(&app, (&visit, &facts), &frame, &content))
}

async fn choose(visit: Visit, Signed(fields): Signed) -> Result<Response, PageError> {
    let preferences = Preferences {
        theme: fields.get("theme").map(Theme::parse).unwrap_or_default(),
        keys: fields.is_set("keys"),
        abstracts: fields.is_set("abstracts"),
        set: fields.read("set")?.or(visit.preferences.set),
    };
    let cookie = [(header::SET_COOKIE, preferences.cookie())];
    Ok((cookie, Redirect::to("/settings")).into_response())
}

fn form(app: &App, visit: &Visit, facts: &Facts) -> Markup {
    let preferences = &visit.preferences;
    let set = visit.set(facts);
    let name = |theme: Theme| match theme {
        Theme::System => "as the system",
        Theme::Light => "light",
        Theme::Dark => "dark",
    };
    html! {
        form .settings action="/settings" method="post" {
            (token_field(app))
            fieldset {
                legend { "Colours" }
                @for theme in Theme::ALL {
                    label {
                        input type="radio" name="theme" value=(theme.word()) checked[theme == preferences.theme];
                        " " (name(theme))
                    }
                }
            }
            fieldset {
                legend { "Reading" }
                label { input type="checkbox" name="keys" value="on" checked[preferences.keys]; " Single keys do something (" a href="/help" { "which" } ")" }
                label { input type="checkbox" name="abstracts" value="open" checked[preferences.abstracts]; " Abstracts are unfolded" }
            }
            @if !facts.sets.is_empty() {
                fieldset {
                    legend { "Ratings" }
                    label { "go to the set " select name="set" {
                        @for one in &facts.sets { option value=(one.name) selected[one.name == set] { (one.name) } }
                    } }
                }
            }
            p { button .main type="submit" { "Keep" } " " span .quiet { "in a cookie of this browser" } }
        }
    }
}

fn about(stats: &Stats, choice: &EncoderChoice) -> Markup {
    let store = &stats.store;
    let origin = match &choice.origin {
        ModelOrigin::BuiltIn(_) => "built in".to_owned(),
        ModelOrigin::Folder(folder) => folder.display().to_string(),
    };
    html! {
        h2 { "Library" }
        dl .details {
            dt { "Folder" } dd { code { (stats.folder) } }
            dt { "Papers" } dd {
                (grouped(store.papers)) ", " (grouped(store.with_abstract)) " with abstract"
                @if store.withdrawn > 0 { ", " (grouped(store.withdrawn)) " withdrawn" }
            }
            @if let (Some(first), Some(last)) = (store.first_day, store.last_day) {
                dt { "First versions" } dd { (first) " to " (last) }
            }
            dt { "Found by meaning" } dd {
                (grouped(stats.embedded))
                @if stats.pending > 0 { ", " (count(stats.pending, "paper")) " waiting: " code { "kindred embed" } ", or under " a href="/jobs" { "Jobs" } }
            }
            dt { "Sets" } dd { (grouped(store.sets)) " with " (count(store.ratings, "rating")) }
            dt { "Size" } dd {
                (megabytes(store.database_bytes)) " of text"
                @if let Some(index) = &stats.index { ", " (megabytes(index.vector_bytes)) " of vectors, " (megabytes(index.graph_bytes)) " of graphs" }
            }
        }
        h2 { "Encoder" }
        dl .details {
            dt { "Name" } dd { (stats.encoder.name) }
            dt { "From" } dd { (origin) }
            dt { "Kind" } dd { (choice.family) }
            dt { "Dimensions" } dd { (grouped(stats.encoder.dimension as u64)) }
            dt { "Computes in" } dd { (stats.encoder.dtype) }
            @if let Some(tokens) = choice.max_tokens { dt { "Reads" } dd { (count(tokens as u64, "token")) " of a text" } }
            dt { "Fingerprint" } dd { code { (stats.encoder.fingerprint) } }
        }
        p .quiet { code { "kindred models" } " lists others and changes it." }
    }
}

fn programs(app: &App) -> Markup {
    let file = app.options.library.join(token::FILE);
    html! {
        h2 { "For programs" }
        p { "Changes by the JSON API carry the token in the header " code { (TOKEN_HEADER.as_str()) }
            ". It is in " code { (file.display()) } ", which only you can read. "
            a href="/api/v1/openapi.json" { "Description of the API" } "." }
    }
}

/// Bytes in megabytes, for people.
fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

#[cfg(test)]
mod tests;
