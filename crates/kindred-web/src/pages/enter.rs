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
use crate::signed::Signed;
use crate::view;

pub(super) fn router() -> Router<Arc<App>> {
    Router::new().route("/enter", get(form).post(enter))
}

async fn form() -> Markup {
    view::bare(
        "Token",
        &html! {
            h1 { "This library asks for its token" }
            p { "It stands in " code { "page.token" } " in the library's folder, and " code { "kindred serve" } " printed it." }
            form action="/enter" method="post" {
                label { "Token " input type="password" name="token" autocomplete="current-password" required; }
                " " button type="submit" { "Enter" }
            }
        },
    )
}

async fn enter(State(app): State<Arc<App>>, _: Signed) -> Result<Response, PageError> {
    let cookie = format!(
        "{SESSION}={}; Path=/; HttpOnly; SameSite=Strict",
        app.token.as_str()
    );
    let cookie = HeaderValue::from_str(&cookie).expect("a token is hexadecimal digits");
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to("/")).into_response())
}
