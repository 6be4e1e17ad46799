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
