use axum::http::StatusCode;

use crate::testing::Desk;

fn ids(text: &str) -> Vec<String> {
    let parts = text.split("data-id=\"").skip(1);
    parts
        .map(|part| part.split('"').next().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn eight_papers_are_asked_about_and_stay_while_they_are_answered() {
    let desk = Desk::sample();
    let page = desk.get("/set/fresh/ask").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text());
    let asked = ids(page.text());
    assert_eq!(asked.len(), 8);
    let back = page.text().split("name=\"back\" value=\"").nth(1).unwrap();
    let back = back.split('"').next().unwrap().replace("&amp;", "&");
    let fields = [
        ("id", asked[0].as_str()),
        ("set", "fresh"),
        ("rating", "like"),
        ("back", back.as_str()),
    ];
    let answer = desk.post("/rate", &fields).await;
    let page = desk.get(answer.location().split('#').next().unwrap()).await;
    assert_eq!(ids(page.text()), asked);
    assert!(page.text().contains("1 of 8 answered"), "{}", page.text());
    let others = desk.get("/set/fresh/ask").await;
    assert!(!ids(others.text()).contains(&asked[0]));
    assert!(others.text().contains("chance that you keep it"));
}

#[tokio::test]
async fn others_are_asked_about_until_none_is_left_and_then_again() {
    let desk = Desk::sample();
    let mut path = "/set/fresh/ask".to_owned();
    let mut seen: Vec<String> = Vec::new();
    for _ in 0..4 {
        let page = desk.get(&path).await;
        let asked = ids(page.text());
        assert_eq!(asked.len(), 8, "{path}");
        assert!(asked.iter().all(|id| !seen.contains(id)), "{path}");
        seen.extend(asked);
        let (before, _) = page.text().split_once("\">Ask me 8 others").unwrap();
        let href = before.rsplit("href=\"").next().unwrap();
        path = href.replace("&amp;", "&");
    }
    let all = format!("{path}&skip={}", "2601.90028&skip=".repeat(100));
    assert_eq!(desk.get(&all).await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn questions_are_refused_by_what_is_wrong_with_them() {
    let desk = Desk::sample();
    for path in [
        "/set/a%20b/ask".to_owned(),
        "/set/fresh/ask?day=x".to_owned(),
        "/set/fresh/ask?id=nonsense".to_owned(),
        format!("/set/fresh/ask?{}", "id=2601.90028&".repeat(9)),
    ] {
        let status = desk.get(&path).await.status;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{path}");
    }
    let absent = desk.get("/set/fresh/ask?id=2601.99999").await;
    assert_eq!(absent.status, StatusCode::NOT_FOUND);
    let empty = Desk::empty().get("/set/fresh/ask").await;
    assert!(empty.text().contains("No paper has arrived yet"));
}
