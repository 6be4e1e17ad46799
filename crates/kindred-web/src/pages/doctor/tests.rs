use axum::http::StatusCode;

use crate::testing::Desk;

#[tokio::test]
async fn health_is_told_in_lines_with_word_and_shape() {
    let desk = Desk::sample();
    let page = desk.get("/doctor").await;
    assert_eq!(page.status, StatusCode::OK);
    for part in [
        "<strong>library</strong>",
        "<strong>vectors</strong>",
        "✓",
        "ok",
    ] {
        assert!(page.text().contains(part), "{part} in {}", page.text());
    }
}

#[tokio::test]
async fn empty_library_is_told_what_helps() {
    let folder = tempfile::tempdir().unwrap();
    drop(kindred_engine::Library::create(folder.path()).unwrap());
    let desk = Desk::over(folder, |_| {});
    let page = desk.get("/doctor").await;
    assert!(page.text().contains("could be better"), "{}", page.text());
    assert!(page.text().contains("kindred import FILE"));
}

#[tokio::test]
async fn damaged_vectors_are_named_and_every_other_page_is_there() {
    let desk = Desk::sample();
    desk.damage_vectors();
    let page = desk.get("/doctor").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text());
    let (_, index) = page.text().split_once("<strong>index</strong>").unwrap();
    assert!(index.contains("kindred verify --repair"), "{index}");
    for path in [
        "/",
        "/sets",
        "/set/exoplanets",
        "/settings",
        "/ledger",
        "/jobs",
    ] {
        assert_eq!(desk.get(path).await.status, StatusCode::OK, "{path}");
    }
}
