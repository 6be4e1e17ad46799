//! Files of the page, as they lie in `assets/`.

use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::body::Bytes;
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::app::App;

/// A file that pages refer to.
struct Asset {
    name: &'static str,
    kind: &'static str,
    bytes: Bytes,
}

macro_rules! asset {
    ($name:literal, $kind:literal) => {
        Asset {
            name: $name,
            kind: $kind,
            bytes: Bytes::from_static(include_bytes!(concat!("../assets/", $name))),
        }
    };
}

static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    let [regular, bold] = kindred_map::MAP_FACES.map(|(_, face)| Bytes::from_static(face));
    let face = |name, bytes| Asset {
        name,
        kind: "font/otf",
        bytes,
    };
    vec![
        asset!("tokens.css", "text/css; charset=utf-8"),
        asset!("page.css", "text/css; charset=utf-8"),
        asset!("page.js", "text/javascript; charset=utf-8"),
        asset!("icon.svg", "image/svg+xml"),
        asset!("math.woff2", "font/woff2"),
        Asset {
            name: "map.css",
            kind: "text/css; charset=utf-8",
            bytes: Bytes::from_static(include_bytes!("../assets/map/map.css")),
        },
        Asset {
            name: "map.js",
            kind: "text/javascript; charset=utf-8",
            bytes: crate::map::script().into(),
        },
        face("map-400.otf", regular),
        face("map-600.otf", bold),
    ]
});

/// Name and tag of each file; the tag changes with the content.
static TAGS: LazyLock<Vec<(&'static str, String)>> = LazyLock::new(|| {
    let tag = |asset: &Asset| blake3::hash(&asset.bytes).to_hex()[..16].to_owned();
    ASSETS
        .iter()
        .map(|asset| (asset.name, tag(asset)))
        .collect()
});

/// The address of a file, with its tag, so that browsers keep it until it changes.
pub(crate) fn address(name: &str) -> String {
    let tag = tag(name).unwrap_or_default();
    format!("/assets/{name}?v={tag}")
}

fn tag(name: &str) -> Option<&'static str> {
    let mut tags = TAGS.iter();
    tags.find_map(|(found, tag)| (*found == name).then_some(tag.as_str()))
}

pub(crate) fn router() -> Router<Arc<App>> {
    Router::new().route("/assets/{name}", get(asset))
}

async fn asset(Path(name): Path<String>, headers: HeaderMap) -> Response {
    let Some(asset) = ASSETS.iter().find(|asset| asset.name == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let tag = format!("\"{}\"", tag(asset.name).unwrap_or_default());
    let known = headers.get(header::IF_NONE_MATCH);
    let about = [
        (header::ETAG, tag.clone()),
        (
            header::CACHE_CONTROL,
            "public, max-age=31536000, immutable".to_owned(),
        ),
    ];
    if known.is_some_and(|known| known.as_bytes() == tag.as_bytes()) {
        return (StatusCode::NOT_MODIFIED, about).into_response();
    }
    let kind = [(header::CONTENT_TYPE, asset.kind)];
    (kind, about, asset.bytes.clone()).into_response()
}
