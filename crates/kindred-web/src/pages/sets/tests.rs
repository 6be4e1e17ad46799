use axum::http::StatusCode;

use crate::testing::{Desk, form};

#[tokio::test]
async fn sets_are_listed_with_what_is_new() {
    let desk = Desk::sample();
    let page = desk.get("/sets").await;
    assert_eq!(page.status, StatusCode::OK);
    let row = page.text().split("<tbody>").nth(1).unwrap();
    assert!(row.contains("href=\"/set/exoplanets/feed\""));
    assert!(row.contains("href=\"/set/exoplanets\""));
    assert!(row.contains("<td class=\"number\">6</td>"), "{row}");
    assert!(row.contains("<td class=\"number\">3</td>"));
    assert!(row.contains(" new for exoplanets\">"), "{row}");
    assert!(row.contains("2026-04-01"), "the day of the last rating");
}

#[tokio::test]
async fn empty_set_is_made_once_and_only_by_a_form_of_this_server() {
    let desk = Desk::empty();
    assert!(desk.get("/sets").await.text().contains("No set yet"));
    let answer = desk.post("/sets", &[("name", "größe-1")]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(answer.location(), "/set/gr%C3%B6%C3%9Fe-1/ask");
    assert!(desk.get("/sets").await.text().contains("größe-1"));
    let again = desk.post("/sets", &[("name", "größe-1")]).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(again.text().contains("there is a set `größe-1` already"));
    for name in ["", "a b", "<script>", "../x"] {
        let answer = desk.post("/sets", &[("name", name)]).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{name}");
        assert!(!answer.text().contains("<script>"));
    }
    let unsigned = form("/sets", &[("name", "b")]);
    assert_eq!(desk.send(unsigned).await.status, StatusCode::FORBIDDEN);
}
