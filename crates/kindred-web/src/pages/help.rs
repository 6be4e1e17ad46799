//! Keys, and where else help is.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use maud::{Markup, html};

use super::PageError;
use crate::app::App;
use crate::view::{Frame, Place, Visit, page};

/// Keys that pages know.
const KEYS: [(&str, &str); 18] = [
    ("j, k", "next, previous paper"),
    ("l", "like"),
    ("x", "not for me"),
    ("b", "save to a set"),
    ("u", "undo the last rating"),
    ("a", "show or fold the abstract"),
    ("o, Enter", "open the paper's page"),
    ("s", "similar papers"),
    ("p", "PDF"),
    ("m", "show on the map"),
    ("y", "copy BibTeX"),
    ("[, ]", "earlier, later day of a feed"),
    ("/", "search"),
    ("g f", "feed"),
    ("g m", "map"),
    ("g i", "import"),
    ("?", "this list"),
    ("Esc", "close, leave a field"),
];

pub(super) fn router() -> Router<Arc<App>> {
    Router::new().route("/help", get(help))
}

async fn help(State(app): State<Arc<App>>, visit: Visit) -> Result<Markup, PageError> {
    let facts = app.facts().await?;
    let content = html! {
        h1 { "Keys and help" }
        p { "Every key does what a link or button of the page does. They rest while you type, and "
            a href="/settings" { "Settings" } " switches them off." }
        table #keys {
            thead { tr { th scope="col" { "Key" } th scope="col" { "What it does" } } }
            tbody { @for (keys, what) in KEYS { tr { td { kbd { (keys) } } td { (what) } } } }
        }
        h2 { "For programs" }
        p { "The same questions are answered as JSON under " code { "/api/v1" } ": "
            a href="/api/v1/openapi.json" { "description of the API" } "." }
    };
    let frame = Frame::new("Keys and help", Place::Other);
    Ok(page(&app, (&visit, &facts), &frame, &content))
}
