use axum::body::Body;
use axum::http::{Request, StatusCode, header};

use crate::testing::{Desk, form};

#[tokio::test]
async fn choices_go_into_a_cookie_and_come_back_on_the_page() {
    let desk = Desk::sample();
    let first = desk.get("/settings").await;
    assert!(!first.text().contains("data-theme"), "{}", first.text());
    assert!(first.text().contains("data-keys=\"on\""));
    let chosen = [
        ("theme", "dark"),
        ("abstracts", "open"),
        ("set", "exoplanets"),
    ];
    let answer = desk.post("/settings", &chosen).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(answer.location(), "/settings");
    let cookie = answer.headers[header::SET_COOKIE].to_str().unwrap();
    assert!(cookie.contains("HttpOnly; SameSite=Lax"), "{cookie}");
    let value = cookie.split(';').next().unwrap();
    let request = Request::get("/settings")
        .header(header::COOKIE, value)
        .body(Body::empty())
        .unwrap();
    let page = desk.send(request).await;
    for part in [
        "data-theme=\"dark\"",
        "data-keys=\"off\"",
        "value=\"dark\" checked",
        "name=\"abstracts\" value=\"open\" checked",
    ] {
        assert!(page.text().contains(part), "{part} in {}", page.text());
    }
    let wrong = desk.post("/settings", &[("set", "a/b c")]).await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
    let unsigned = desk.send(form("/settings", &[("theme", "dark")])).await;
    assert_eq!(unsigned.status, StatusCode::FORBIDDEN);
    assert!(!unsigned.headers.contains_key(header::SET_COOKIE));
}

#[tokio::test]
async fn page_says_what_the_library_is_and_not_its_token() {
    let desk = Desk::sample();
    let page = desk.get("/settings").await;
    let folder = desk.folder.path().display().to_string();
    for part in [
        folder.as_str(),
        "page.token",
        "325, ",
        "Fingerprint",
        "kindred models",
    ] {
        assert!(page.text().contains(part), "{part} in {}", page.text());
    }
    let outside_forms: usize = page.text().matches(desk.app.token.as_str()).count();
    assert_eq!(outside_forms, 1, "only the field of the form has the token");
}
