use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use kindred_engine::{PaperId, Rating, Timestamp};

use crate::gate::Cost;
use crate::testing::{Answer, Desk};

const PAPER: &str = "2601.90034";
/// When the paper was liked, long before the day of the tests.
const THEN: &str = "2026-02-03T04:05:06Z";

/// The sample with a paper that was liked weeks ago.
async fn desk() -> Desk {
    let desk = Desk::sample();
    let like = |library: &mut kindred_engine::Library| {
        let (set, id) = ("reading".parse().unwrap(), PAPER.parse().unwrap());
        library.rate(&set, &[id], Rating::Like, THEN.parse().unwrap())
    };
    desk.app.change(like).await.unwrap();
    desk
}

async fn rating(desk: &Desk, set: &'static str) -> Option<(Rating, Timestamp)> {
    let id: PaperId = PAPER.parse().unwrap();
    let read =
        move |library: &mut kindred_engine::Library| library.rating(&set.parse().unwrap(), &id);
    desk.app.read(Cost::Quick, read).await.unwrap()
}

async fn rate(desk: &Desk, field: (&str, &str)) -> Answer {
    let fields = [("id", PAPER), ("set", "reading"), ("back", "/sets"), field];
    let answer = desk.post("/rate", &fields).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    answer
}

/// The page of the paper as the browser asks for it after an answer.
async fn after(desk: &Desk, answer: &Answer) -> Answer {
    let cookies = answer.headers.get_all(header::SET_COOKIE).iter();
    let pairs: Vec<&str> = cookies
        .map(|cookie| cookie.to_str().unwrap().split(';').next().unwrap())
        .collect();
    let request = Request::get(format!("/paper/{PAPER}"))
        .header(header::COOKIE, pairs.join("; "))
        .body(Body::empty())
        .unwrap();
    desk.send(request).await
}

/// What the button that undoes brings back.
fn undo_of(page: &Answer) -> Option<&str> {
    let (_, rest) = page.text().split_once("name=\"undo\" value=\"")?;
    rest.split('"').next()
}

#[tokio::test]
async fn undo_brings_back_what_a_change_overwrote() {
    let desk = desk().await;
    let liked = rating(&desk, "reading").await;
    assert_eq!(liked, Some((Rating::Like, THEN.parse().unwrap())));
    for mistake in ["dislike", "none"] {
        let page = after(&desk, &rate(&desk, ("rating", mistake)).await).await;
        let before = undo_of(&page).expect("a change can be undone").to_owned();
        let undone = rate(&desk, ("undo", &before)).await;
        assert_eq!(rating(&desk, "reading").await, liked, "after {mistake}");
        let page = after(&desk, &undone).await;
        assert_eq!(undo_of(&page), None, "what was undone is not done again");
        assert!(page.text().contains("Take back"), "{}", page.text());
    }
    let page = desk.get(&format!("/paper/{PAPER}")).await;
    assert_eq!(undo_of(&page), None, "an old rating is no change to undo");
}

#[tokio::test]
async fn scripts_are_told_what_was_before() {
    let desk = desk().await;
    let fields = [
        ("token", desk.app.token.as_str()),
        ("id", PAPER),
        ("set", "reading"),
        ("rating", "dislike"),
    ];
    let mut request = crate::testing::form("/rate", &fields);
    let part = "1".parse().unwrap();
    request.headers_mut().insert("x-kindred-part", part);
    let answer = desk.send(request).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.text().contains("data-rated=\"dislike\""));
    assert_eq!(undo_of(&answer), Some("like 2026-02-03T04:05:06Z"));
    for wrong in ["love", "like", "like never"] {
        let fields = [("id", PAPER), ("set", "reading"), ("undo", wrong)];
        let answer = desk.post("/rate", &fields).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{wrong}");
    }
}

#[tokio::test]
async fn a_new_name_goes_before_the_chosen_set() {
    let desk = desk().await;
    let fields = [("id", PAPER), ("set", "reading"), ("new", "to-read")];
    let answer = desk.post("/save", &fields).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    let (liked, _) = rating(&desk, "to-read").await.unwrap();
    assert_eq!(liked, Rating::Like);
    let none = desk.post("/save", &[("id", PAPER)]).await;
    assert_eq!(none.status, StatusCode::BAD_REQUEST);
}
