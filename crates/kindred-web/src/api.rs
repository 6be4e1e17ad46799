//! The JSON API, version 1.

pub(crate) mod map;

use std::sync::Arc;

use axum::Router;

use crate::app::App;

pub(crate) fn router() -> Router<Arc<App>> {
    Router::new().merge(map::router())
}
