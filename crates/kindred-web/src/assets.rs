//! Files of the page, as they lie in `assets/`.

use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::body::Bytes;
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::app::App;
use crate::signed::Fields;

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

async fn asset(Path(name): Path<String>, fields: Fields, headers: HeaderMap) -> Response {
    let Some(asset) = ASSETS.iter().find(|asset| asset.name == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let tag = tag(asset.name).unwrap_or_default();
    // Without its tag, as a face that a style names, an address stays while the content changes.
    let keeping = if fields.get("v") == Some(tag) {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let tag = format!("\"{tag}\"");
    let known = headers.get(header::IF_NONE_MATCH);
    let about = [
        (header::ETAG, tag.clone()),
        (header::CACHE_CONTROL, keeping.to_owned()),
    ];
    if known.is_some_and(|known| known.as_bytes() == tag.as_bytes()) {
        return (StatusCode::NOT_MODIFIED, about).into_response();
    }
    let kind = [(header::CONTENT_TYPE, asset.kind)];
    (kind, about, asset.bytes.clone()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Desk;

    #[tokio::test]
    async fn files_are_kept_by_their_content_alone() {
        let desk = Desk::empty();
        let by_tag = desk.get(&address("page.css")).await;
        assert!(
            by_tag.headers[header::CACHE_CONTROL]
                .to_str()
                .unwrap()
                .contains("immutable")
        );
        for path in ["/assets/math.woff2", "/assets/page.css?v=0123456789abcdef"] {
            let answer = desk.get(path).await;
            assert_eq!(answer.headers[header::CACHE_CONTROL], "no-cache", "{path}");
            let again = axum::http::Request::get(path)
                .header(header::IF_NONE_MATCH, &answer.headers[header::ETAG])
                .body(axum::body::Body::empty())
                .unwrap();
            assert_eq!(desk.send(again).await.status, StatusCode::NOT_MODIFIED);
        }
        assert_eq!(
            desk.get("/assets/none.css").await.status,
            StatusCode::NOT_FOUND
        );
    }
}
