//! Showing the token from another machine.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use maud::{Markup, html};

use super::PageError;
use crate::app::App;
use crate::guard::SESSION;
use crate::signed::{Fields, Signed};
use crate::view::{self, link};

/// How long browsers show the token by themselves: 30 days, in seconds.
const AGE: u32 = 2_592_000;

pub(super) fn router() -> Router<Arc<App>> {
    Router::new().route("/enter", get(form).post(enter))
}

async fn form(fields: Fields) -> Markup {
    let back = link::back(fields.get("back"));
    view::bare(
        "Token",
        &html! {
            h1 { "This library asks for its token" }
            p { "It stands in " code { "page.token" } " in the library's folder, and " code { "kindred serve" } " printed it." }
            form action="/enter" method="post" {
                @if back != "/" { input type="hidden" name="back" value=(back); }
                label { "Token " input type="password" name="token" autocomplete="current-password" required; }
                " " button type="submit" { "Enter" }
            }
        },
    )
}

async fn enter(State(app): State<Arc<App>>, Signed(fields): Signed) -> Result<Response, PageError> {
    // Lax, so that links of other programs find the library open: pages change nothing when they
    // are looked at, and forms carry the token themselves.
    let cookie = format!(
        "{SESSION}={}; Path=/; Max-Age={AGE}; HttpOnly; SameSite=Lax",
        app.token.as_str()
    );
    let cookie = HeaderValue::from_str(&cookie).expect("a token is hexadecimal digits");
    let back = Redirect::to(link::back(fields.get("back")));
    Ok(([(header::SET_COOKIE, cookie)], back).into_response())
}
