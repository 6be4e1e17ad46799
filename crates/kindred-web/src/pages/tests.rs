use axum::http::StatusCode;

use crate::testing::Desk;

#[tokio::test]
async fn search_finds_by_words_by_id_and_by_text_and_says_how_it_read() {
    let desk = Desk::sample();
    let start = desk.get("/").await;
    assert_eq!(start.status, StatusCode::OK);
    assert!(
        start.text().contains("325 papers indexed"),
        "{}",
        start.text()
    );
    let words = desk.get("/?q=federated+learning").await;
    assert!(words.text().contains("by words"), "{}", words.text());
    let id = desk.get("/?q=2601.90028v2").await;
    assert!(id.text().contains("read as an id"));
    assert!(
        id.text()
            .contains("Federated Learning with Clients That Come and Go")
    );
    let absent = desk.get("/?q=2601.99999").await;
    assert!(absent.text().contains("2601.99999"));
    assert!(absent.text().contains(r#"role="alert""#));
    assert!(
        absent.text().contains(r#"value="2601.99999""#),
        "what was typed is kept"
    );
}

#[tokio::test]
async fn paper_page_has_text_neighbours_and_what_can_be_done() {
    let desk = Desk::sample();
    let page = desk.get("/paper/2601.90028").await;
    assert_eq!(page.status, StatusCode::OK);
    for part in [
        "<h1 id=\"title\">",
        "Closest papers",
        "Like",
        "Not for me",
        "https://arxiv.org/pdf/2601.90028",
    ] {
        assert!(page.text().contains(part), "{part}");
    }
    assert_eq!(
        desk.get("/paper/2601.99999").await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        desk.get("/paper/nonsense").await.status,
        StatusCode::BAD_REQUEST
    );
    let bibtex = desk.get("/bibtex?id=2601.90028").await;
    assert!(bibtex.text().starts_with('@'), "{}", bibtex.text());
}

#[tokio::test]
async fn ratings_are_kept_and_taken_back() {
    let desk = Desk::sample();
    let rate = |rating| {
        [
            ("id", "2601.90028"),
            ("set", "new-set"),
            ("rating", rating),
            ("back", "/?q=a"),
        ]
    };
    let answer = desk.post("/rate", &rate("like")).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(answer.location(), "/?q=a#p-2601.90028");
    let page = desk.get("/paper/2601.90028").await;
    assert!(page.text().contains("new-set"), "{}", page.text());
    desk.post("/rate", &rate("none")).await;
    let ratings = desk
        .app
        .read(crate::gate::Cost::Quick, |library| {
            library.ratings(&"new-set".parse().unwrap())
        })
        .await
        .unwrap();
    assert!(ratings.is_empty());
    let wrong = desk.post("/rate", &rate("love")).await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
    assert!(wrong.text().contains("expected like, dislike or none"));
}
