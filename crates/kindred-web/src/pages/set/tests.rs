use axum::http::{StatusCode, header};
use kindred_engine::Rating;

use crate::gate::Cost;
use crate::testing::{Desk, now};

const SET: &str = "/set/exoplanets";

#[tokio::test]
async fn members_are_listed_exported_and_taken_out() {
    let desk = Desk::sample();
    let page = desk.get(SET).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text().contains("6 liked, 3 not; mostly astro-ph.EP"));
    assert_eq!(page.text().matches("aria-label=\"Take out: ").count(), 9);
    let bibtex = desk.get(&format!("{SET}/papers.bib")).await;
    assert_eq!(
        bibtex.text().matches("\n@").count() + 1,
        6,
        "the liked ones"
    );
    let disposition = bibtex.headers[header::CONTENT_DISPOSITION]
        .to_str()
        .unwrap();
    assert_eq!(disposition, "attachment; filename*=UTF-8''exoplanets.bib");
    let ris = desk.get(&format!("{SET}/papers.ris")).await;
    assert_eq!(ris.text().matches("TY  - ").count(), 6);
    let json = desk.get(&format!("{SET}/papers.json")).await.json();
    assert_eq!(json.as_array().unwrap().len(), 9);
    assert_eq!(json[0]["rating"], "dislike");

    let fields = [("id", "2601.90034"), ("id", "2601.90008")];
    let answer = desk.post(&format!("{SET}/remove"), &fields).await;
    assert_eq!(answer.location(), SET);
    assert!(desk.get(SET).await.text().contains("5 liked, 2 not"));
    let none = desk.post(&format!("{SET}/remove"), &[]).await;
    assert_eq!(none.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn rules_are_added_told_and_removed() {
    let desk = Desk::sample();
    let path = format!("{SET}/rules");
    let rule = [("kind", "must-not"), ("rule", "<b>dust</b> disc*")];
    let answer = desk.post(&path, &rule).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    let page = desk.get(SET).await;
    assert!(page.text().contains("&lt;b&gt;dust&lt;/b&gt; disc*"));
    assert!(!page.text().contains("<b>"));
    let remove = [("remove", "must-not <b>dust</b> disc*")];
    desk.post(&path, &remove).await;
    assert!(desk.get(SET).await.text().contains("None yet."));
    for (fields, named) in [
        (vec![("kind", "perhaps"), ("rule", "x")], "kind `perhaps`"),
        (vec![("kind", "must"), ("rule", "*")], "`*`"),
        (vec![], "no rule"),
    ] {
        let answer = desk.post(&path, &fields).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        assert!(answer.text().contains(named), "{}", answer.text());
    }
}

#[tokio::test]
async fn set_is_renamed_merged_and_deleted_after_a_question() {
    let desk = Desk::sample();
    let rated = desk.app.change(|library| {
        let ids = ["2601.90028".parse().unwrap(), "2601.90034".parse().unwrap()];
        library.rate(&"other".parse().unwrap(), &ids, Rating::Dislike, now())
    });
    rated.await.unwrap();
    let taken = desk
        .post(&format!("{SET}/rename"), &[("new", "other")])
        .await;
    assert_eq!(taken.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(taken.text().contains("`other`"), "{}", taken.text());
    let renamed = desk
        .post(&format!("{SET}/rename"), &[("new", "planets")])
        .await;
    assert_eq!(renamed.location(), "/set/planets");
    assert_eq!(desk.get(SET).await.status, StatusCode::NOT_FOUND);

    let question = desk.get("/set/planets/merge?from=other").await;
    assert!(question.text().contains("Merge other into planets?"));
    let merged = desk.post("/set/planets/merge", &[("from", "other")]).await;
    assert_eq!(merged.location(), "/set/planets", "{}", merged.text());
    assert_eq!(desk.get("/set/other").await.status, StatusCode::NOT_FOUND);
    let page = desk.get("/set/planets").await;
    assert!(page.text().contains("6 liked, 4 not"), "{}", page.text());

    let question = desk.get("/set/planets/delete").await;
    assert!(question.text().contains("Delete planets?"));
    assert!(question.text().contains("10 ratings"));
    let deleted = desk.post("/set/planets/delete", &[]).await;
    assert_eq!(deleted.location(), "/sets");
    assert_eq!(
        desk.get("/set/planets/delete").await.status,
        StatusCode::NOT_FOUND
    );
    let sets = desk.app.read(Cost::Quick, |library| library.sets()).await;
    assert!(sets.unwrap().is_empty());
}

#[tokio::test]
async fn set_that_was_used_last_is_followed_to_its_new_name() {
    use axum::http::Request;

    let desk = Desk::sample();
    let mut request = crate::testing::form(
        "/set/exoplanets/rename",
        &[("token", desk.app.token.as_str()), ("new", "planets")],
    );
    let cookie = "kindred_view=set=exoplanets".parse().unwrap();
    Request::headers_mut(&mut request).insert(header::COOKIE, cookie);
    let answer = desk.send(request).await;
    let cookie = answer.headers[header::SET_COOKIE].to_str().unwrap();
    assert!(cookie.contains("set=planets"), "{cookie}");
}
