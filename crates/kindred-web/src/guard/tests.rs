mod cases;

use axum::body::Body;
use axum::http::{HeaderName, Request, StatusCode, header};
use serde_json::json;

use self::cases::{CASES, Case, RATE};
use super::{Hosts, POLICY, SESSION};
use crate::testing::{Answer, Desk, changes_of_pages, form};

#[test]
fn only_its_own_names_with_its_own_port_are_this_server() {
    let hosts = Hosts::new(
        "127.0.0.1:4747".parse().unwrap(),
        &["Desk.local".to_owned()],
        false,
    );
    for host in [
        "localhost:4747",
        "127.0.0.1:4747",
        "[::1]:4747",
        "LOCALHOST:4747",
        "desk.local:4747",
    ] {
        assert!(hosts.has(host), "{host}");
    }
    for host in [
        "",
        "localhost",
        "localhost:",
        "localhost:80",
        "localhost:47470",
        "localhost:4747:4747",
        "evil.example:4747",
        "localhost.evil.example:4747",
        "127.0.0.1.evil.example:4747",
        "0.0.0.0:4747",
        "127.1:4747",
        "[::]:4747",
        "localhost:4747@evil.example",
        "xlocalhost:4747",
    ] {
        assert!(!hosts.has(host), "{host}");
    }
    assert!(hosts.has_origin("http://localhost:4747"));
    for origin in [
        "null",
        "https://localhost:4747",
        "http://localhost",
        "http://evil.example:4747",
    ] {
        assert!(!hosts.has_origin(origin), "{origin}");
    }
    let usual = Hosts::new("127.0.0.1:80".parse().unwrap(), &[], false);
    assert!(usual.has("localhost") && usual.has("localhost:80"));
}

#[test]
fn names_of_a_tunnel_and_of_a_proxy_have_ports_of_their_own() {
    let further = ["localhost:8080", "papers.lan:443", "[fe80::1]:9000"].map(str::to_owned);
    let hosts = Hosts::new("127.0.0.1:4747".parse().unwrap(), &further, false);
    for host in [
        "localhost:8080",
        "localhost:4747",
        "papers.lan",
        "papers.lan:443",
        "[fe80::1]:9000",
    ] {
        assert!(hosts.has(host), "{host}");
    }
    for host in [
        "localhost",
        "papers.lan:4747",
        "papers.lan:80",
        "[fe80::1]:4747",
        "[fe80::1]",
    ] {
        assert!(!hosts.has(host), "{host}");
    }
    assert!(hosts.has_origin("https://papers.lan") && hosts.has_origin("http://localhost:8080"));
    assert!(!hosts.has_origin("https://localhost:4747"));
}

#[test]
fn who_allows_others_is_remote_wherever_it_listens() {
    let remote =
        |address: &str, allowed| Hosts::new(address.parse().unwrap(), &[], allowed).is_remote;
    assert!(remote("127.0.0.1:4747", true) && remote("0.0.0.0:4747", true));
    assert!(!remote("127.0.0.1:4747", false) && !remote("[::1]:4747", false));
}
fn request(case: &Case, token: &str) -> Request<Body> {
    let mut request = Request::builder().method(case.method).uri(case.target);
    for (name, value) in case.headers {
        request = request.header(*name, *value);
    }
    if case.has_token {
        request = request.header("x-kindred-token", token);
    }
    let body = if case.method == "POST" { "{}" } else { "" };
    request.body(Body::from(body)).unwrap()
}

#[tokio::test]
async fn requests_are_judged_by_name_origin_kind_and_token() {
    let desk = Desk::sample();
    for case in &CASES {
        let answer = desk.send(request(case, desk.app.token.as_str())).await;
        assert_eq!(
            answer.status,
            case.status,
            "{}: {}",
            case.name,
            answer.text()
        );
        assert_headers(case.name, &answer);
    }
    let without = Request::get("/").body(Body::empty()).unwrap();
    assert_eq!(
        desk.send_bare(without).await.status,
        StatusCode::MISDIRECTED_REQUEST
    );
}

/// What every answer carries, and what none may.
fn assert_headers(name: &str, answer: &Answer) {
    let headers = &answer.headers;
    assert_eq!(headers[header::CONTENT_SECURITY_POLICY], POLICY, "{name}");
    assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff", "{name}");
    assert_eq!(headers[header::X_FRAME_OPTIONS], "DENY", "{name}");
    let policy = HeaderName::from_static("cross-origin-resource-policy");
    assert_eq!(headers[policy], "same-origin", "{name}");
    let is_cors = |name: &HeaderName| name.as_str().starts_with("access-control");
    assert!(!headers.keys().any(is_cors), "{name}: {headers:?}");
    assert!(!headers.contains_key(header::UPGRADE), "{name}");
}

#[tokio::test]
async fn tokens_count_in_headers_and_in_forms_alone() {
    let desk = Desk::sample();
    let token = desk.app.token.as_str().to_owned();
    let body = json!({"likes": ["2601.90028"]}).to_string();
    let send = |path: String, name: &'static str, value: String| {
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/json")
            .header(name, value)
            .body(Body::from(body.clone()));
        desk.send(request.unwrap())
    };
    let refused = [
        (format!("{RATE}?token={token}"), "x-other", String::new()),
        (RATE.to_owned(), "cookie", format!("{SESSION}={token}")),
        (RATE.to_owned(), "x-kindred-token", token[..47].to_owned()),
        (RATE.to_owned(), "x-kindred-token", format!("{token}0")),
        (RATE.to_owned(), "authorization", format!("Basic {token}")),
        (RATE.to_owned(), "authorization", format!("Bearer  {token}")),
        (RATE.to_owned(), "x-kindred-token", token.to_uppercase()),
    ];
    for (path, name, value) in refused {
        let answer = send(path, name, value.clone()).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{name}: {value}");
    }
    let encoded = Request::post("/%61pi/v1/sets/exoplanets/ratings")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::ORIGIN, "http://127.0.0.1:4747")
        .body(Body::from(body.clone()));
    assert_eq!(
        desk.send(encoded.unwrap()).await.status,
        StatusCode::NOT_FOUND
    );
    let in_query = desk.get(&format!("/?q=a&token={token}")).await;
    assert!(in_query.headers.get(header::SET_COOKIE).is_none());
    let bearer = send(RATE.to_owned(), "authorization", format!("Bearer {token}")).await;
    assert_eq!(bearer.status, StatusCode::OK, "{}", bearer.text());
}

/// All that requests may change.
fn state(desk: &Desk) -> Vec<Vec<u8>> {
    let mut files: Vec<_> = fs_err::read_dir(desk.folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file() && path.extension().is_none_or(|kind| kind != "db-shm"))
        .collect();
    files.sort();
    files
        .iter()
        .map(|path| {
            let name = path.display().to_string().into_bytes();
            [name, fs_err::read(path).unwrap()].concat()
        })
        .collect()
}

#[tokio::test]
async fn no_change_of_a_page_or_of_the_api_is_made_without_the_token() {
    let desk = Desk::sample();
    desk.get("/").await;
    let before = state(&desk);
    let pages = changes_of_pages();
    assert!(pages.iter().any(|path| path == "/rate"), "{pages:?}");
    assert!(pages.iter().any(|path| path == "/save"), "{pages:?}");
    for path in &pages {
        let fields = [("id", "2601.90028"), ("set", "fresh"), ("rating", "like")];
        let fields: Vec<(&str, &str)> = fields.to_vec();
        let wrong = [&[("token", "0123")], fields.as_slice()].concat();
        for fields in [&fields, &wrong] {
            let answer = desk.send(form(path, fields)).await;
            assert_eq!(
                answer.status,
                StatusCode::FORBIDDEN,
                "{path}: {}",
                answer.text()
            );
            assert!(!answer.headers.contains_key(header::SET_COOKIE), "{path}");
        }
        let of_parts = Request::post(path)
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=x")
            .header(header::ORIGIN, "http://127.0.0.1:4747")
            .body(Body::from(
                "--x\r\ncontent-disposition: form-data; name=\"id\"\r\n\r\n1\r\n--x--\r\n",
            ));
        let answer = desk.send(of_parts.unwrap()).await;
        assert_eq!(
            answer.status,
            StatusCode::FORBIDDEN,
            "{path}: {}",
            answer.text()
        );
    }
    let changes = crate::api::changes_of_api();
    assert!(changes.len() > 5, "{changes:?}");
    for path in &changes {
        for token in [None, Some("0123")] {
            let mut request = Request::post(path).header(header::CONTENT_TYPE, "application/json");
            if let Some(token) = token {
                request = request.header("x-kindred-token", token);
            }
            let body = json!({"likes": ["2601.90028"], "ids": ["2601.90028"], "to": "fresh"});
            let answer = desk
                .send(request.body(Body::from(body.to_string())).unwrap())
                .await;
            assert_eq!(
                answer.status,
                StatusCode::FORBIDDEN,
                "{path}: {}",
                answer.text()
            );
        }
    }
    assert!(state(&desk) == before, "something was written");
    let rated = desk.post(
        "/rate",
        &[("id", "2601.90028"), ("set", "fresh"), ("rating", "like")],
    );
    assert_eq!(rated.await.status, StatusCode::SEE_OTHER);
    assert!(state(&desk) != before, "a change can be seen");
}

#[tokio::test]
async fn other_machines_show_the_token_with_every_request() {
    let mut desk = Desk::sample();
    desk.serve_at("0.0.0.0:4747", &["desk.local"]);
    let token = desk.app.token.as_str().to_owned();
    let get = |path: &str, header: Option<(&'static str, String)>| {
        let mut request = Request::get(path).header(header::HOST, "desk.local:4747");
        if let Some((name, value)) = header {
            request = request.header(name, value);
        }
        desk.send(request.body(Body::empty()).unwrap())
    };
    for (path, enter) in [
        ("/", "/enter"),
        ("/paper/2601.90028", "/enter?back=%2Fpaper%2F2601.90028"),
        (
            "/bibtex?id=2601.90028",
            "/enter?back=%2Fbibtex%3Fid%3D2601.90028",
        ),
    ] {
        let answer = get(path, None).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{path}");
        assert_eq!(answer.location(), enter);
        let wrong = get(path, Some(("cookie", format!("{SESSION}=0123")))).await;
        assert_eq!(wrong.status, StatusCode::SEE_OTHER, "{path}");
        let shown = get(path, Some(("cookie", format!("a=b; {SESSION}={token}")))).await;
        assert_eq!(shown.status, StatusCode::OK, "{path}");
    }
    assert_eq!(
        get("/api/v1/sets", None).await.status,
        StatusCode::FORBIDDEN
    );
    let shown = get(
        "/api/v1/sets",
        Some(("authorization", format!("Bearer {token}"))),
    )
    .await;
    assert_eq!(shown.status, StatusCode::OK);
    let page = get("/enter", None).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(
        !page.text().contains(&token),
        "the page of the token does not tell it"
    );
    for path in ["/enter/..", "/assets", "/enterprise"] {
        let answer = get(path, None).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{path}");
    }
    let page = get("/enter?back=%2F%2Fevil.example", None).await;
    assert!(!page.text().contains("evil.example"), "{}", page.text());
    let page = get("/enter?back=%2Fsets%3Fa%3Db", None).await;
    let field = "name=\"back\" value=\"/sets?a=b\"";
    assert!(page.text().contains(field), "{}", page.text());
    let enter = |token: &str| {
        let mut request = form("/enter", &[("token", token), ("back", "/sets?a=b")]);
        let headers = request.headers_mut();
        headers.insert(header::HOST, "desk.local:4747".parse().unwrap());
        headers.insert(header::ORIGIN, "http://desk.local:4747".parse().unwrap());
        desk.send(request)
    };
    assert_eq!(enter("0123").await.status, StatusCode::FORBIDDEN);
    let entered = enter(&token).await;
    assert_eq!(entered.status, StatusCode::SEE_OTHER);
    assert_eq!(entered.location(), "/sets?a=b");
    let cookie = entered.headers[header::SET_COOKIE].to_str().unwrap();
    assert!(
        cookie.contains("Max-Age=") && cookie.contains("HttpOnly; SameSite=Lax"),
        "{cookie}"
    );
    let stranger = Request::get("/").header(header::HOST, "10.0.0.7:4747");
    let stranger = desk.send(stranger.body(Body::empty()).unwrap()).await;
    assert_eq!(stranger.status, StatusCode::MISDIRECTED_REQUEST);
}
