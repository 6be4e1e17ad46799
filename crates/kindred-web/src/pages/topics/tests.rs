use axum::http::StatusCode;
use kindred_engine::{Control, ImportRequest, Input, Library, TopicBody, TopicId};

use crate::gate::Cost;
use crate::job::State;
use crate::testing::{Desk, import, now};

/// A sample whose papers were grouped by the page's own job, and its largest topic.
async fn grouped() -> (Desk, TopicId) {
    let desk = Desk::sample();
    let empty = desk.get("/topics").await;
    assert!(empty.text().contains("not grouped"), "{}", empty.text());
    assert!(empty.text().contains("<code>kindred topics</code>"));
    let started = desk.post("/jobs", &[("work", "topics")]).await;
    assert_eq!(started.location(), "/jobs/1");
    let status = desk.ended(1).await;
    assert_eq!(status.state, State::Done, "{status:?}");
    assert_eq!(status.href.as_deref(), Some("/topics"));
    let answer = desk
        .app
        .read(Cost::Slow, |library| {
            library.stored_topics(&TopicBody::default(), Some(0))
        })
        .await
        .unwrap();
    let largest = answer.topics[0].id;
    (desk, largest)
}

#[tokio::test]
async fn tree_and_topic_are_shown_renamed_and_made_a_set() {
    let (desk, id) = grouped().await;
    let tree = desk.get("/topics").await;
    for part in [
        "325 papers in ",
        "role=\"img\" aria-label=\"Papers by month: ",
        " a month",
        "What changed",
        "there is nothing to compare it with",
        &format!("href=\"/topics/{id}\""),
    ] {
        assert!(tree.text().contains(part), "{part} in {}", tree.text());
    }
    assert!(!tree.text().contains("came since"));
    let page = desk.get(&format!("/topics/{id}?papers=2")).await;
    assert_eq!(
        page.text().matches("<article").count(),
        2,
        "{}",
        page.text()
    );
    assert!(page.text().contains("Make a seed set of this topic"));

    let name = format!("/topics/{id}/name");
    let renamed = desk
        .post(&name, &[("name", "<img src=x onerror=alert(1)>")])
        .await;
    assert_eq!(renamed.status, StatusCode::SEE_OTHER);
    for path in ["/topics".to_owned(), renamed.location().to_owned()] {
        let page = desk.get(&path).await;
        assert!(
            page.text().contains("&lt;img src=x onerror=alert(1)&gt;"),
            "{path}"
        );
        assert!(!page.text().contains("<img"), "{path}");
    }
    desk.post(&name, &[("name", "")]).await;
    assert!(!desk.get("/topics").await.text().contains("onerror"));

    let set = format!("/topics/{id}/set");
    let made = desk.post(&set, &[("set", "my-topic")]).await;
    assert_eq!(made.location(), "/set/my-topic/feed");
    let ratings = desk
        .app
        .read(Cost::Quick, |library| {
            library.ratings(&"my-topic".parse().unwrap())
        })
        .await
        .unwrap();
    assert!(ratings.len() > 5, "{ratings:?}");
    let again = desk.post(&set, &[("set", "my-topic")]).await;
    assert_eq!(
        again.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "{}",
        again.text()
    );
    assert_eq!(
        desk.get("/topics/999999").await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(desk.get("/topics/x").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_large_tree_names_the_parts_of_its_coarsest_topics() {
    let (desk, _) = grouped().await;
    let facts = desk.app.facts().await.unwrap();
    let shown = |most_whole| super::content((&desk.app, &facts), None, most_whole);
    let whole = desk.app.read(Cost::Slow, |library| {
        library.stored_topics(&TopicBody::default(), None)
    });
    let whole = whole.await.unwrap();
    let number = whole.topics.len();
    for (most_whole, levels) in [(number, 3), (number - 1, 2)] {
        let page = shown(most_whole).await.unwrap().into_string();
        assert!(
            page.contains(&format!("325 papers in {number} topics")),
            "{page}"
        );
        for topic in &whole.topics {
            let row = format!(
                "<a href=\"/topics/{}\"><bdi>{}</bdi></a> <span class=\"number\">{}</span>",
                topic.id, topic.label, topic.size
            );
            assert_eq!(page.contains(&row), topic.level < levels, "{row} in {page}");
        }
        // Only rows of a whole tree and the coarsest have bars.
        let rows = whole
            .topics
            .iter()
            .filter(|topic| levels == 3 || topic.level == 0);
        assert_eq!(page.matches("class=\"months\"").count(), rows.count());
    }
    assert!(whole.topics.iter().any(|topic| topic.level == 1));
}

#[tokio::test]
async fn papers_without_vectors_are_told_to_be_embedded() {
    let folder = tempfile::tempdir().unwrap();
    let mut library = Library::create(folder.path()).unwrap();
    let file = folder.path().join("new.jsonl");
    let line =
        r#"{"id": "2604.00001", "title": "Clocks", "abstract": "Of sand.", "categories": "cs.DC"}"#;
    fs_err::write(&file, line).unwrap();
    let request = ImportRequest {
        inputs: &[Input::File(file)],
        now: now(),
    };
    library.import(&request, &Control::silent()).unwrap();
    drop(library);
    let page = Desk::over(folder, |_| {}).get("/topics").await;
    assert!(page.text().contains("kindred embed"), "{}", page.text());
    assert!(!page.text().contains("Import some"), "{}", page.text());
}

#[tokio::test]
async fn pages_of_papers_name_topics_as_they_are_called_now() {
    let (desk, id) = grouped().await;
    let read = move |library: &mut Library| library.topic(&id.to_string(), 1);
    let topic = desk.app.read(Cost::Quick, read).await.unwrap();
    let path = format!("/paper/{}", topic.papers[0].id.short());
    assert!(desk.get(&path).await.text().contains(&topic.topic.label));
    let name = format!("/topics/{id}/name");
    desk.post(&name, &[("name", "Of my own")]).await;
    assert!(desk.get(&path).await.text().contains("Of my own"));
}

#[tokio::test]
async fn papers_that_came_since_are_counted_and_many_of_them_are_a_notice() {
    let (desk, _) = grouped().await;
    let folder = tempfile::tempdir().unwrap();
    // 32 are no more than a tenth of 325, 33 are.
    for (from, until, is_old) in [(1, 2, false), (2, 33, false), (33, 34, true)] {
        let file = folder.path().join("new.jsonl");
        let line = |number: u32| {
            serde_json::json!({
                "id": format!("2604.{number:05}"), "title": format!("Clocks of sand, part {number}"),
                "abstract": "We measure hours by sand.", "categories": "cs.DC",
            })
            .to_string()
        };
        let lines: Vec<String> = (from..until).map(line).collect();
        fs_err::write(&file, lines.join("\n")).unwrap();
        let mut library = Library::open(desk.folder.path()).unwrap();
        import(&mut library, file);
        drop(library);
        desk.app.forget_facts();
        let page = desk.get("/topics").await;
        let came = if until == 2 {
            "1 paper came since".to_owned()
        } else {
            format!("{} papers came since", until - 1)
        };
        if until == 2 {
            // A paper that is put among the topics has them on its page at once.
            let paper = || desk.get("/paper/2604.00001");
            assert!(!paper().await.text().contains("<p class=\"path\">"));
            desk.post("/jobs", &[("work", "topics")]).await;
            assert_eq!(desk.ended(2).await.state, State::Done);
            assert!(paper().await.text().contains("<p class=\"path\">Topic "));
        }
        for (part, is_there) in [
            (came.as_str(), true),
            ("<div class=\"notice\">", is_old),
            ("so the topics should be made anew", is_old),
            ("value=\"topics\"", true),
        ] {
            assert_eq!(
                page.text().contains(part),
                is_there,
                "{part} in {}",
                page.text()
            );
        }
    }
    desk.post("/jobs", &[("work", "topics")]).await;
    assert_eq!(desk.ended(3).await.state, State::Done);
    let page = desk.get("/topics").await;
    assert!(page.text().contains("358 papers in "), "{}", page.text());
    assert!(!page.text().contains("came since"), "{}", page.text());
}

#[test]
fn proposed_names_can_be_names_of_sets() {
    for label in [
        "graph neural networks · molecules",
        "größer",
        "///",
        "a b",
        &"x".repeat(90),
    ] {
        let name = super::proposed(label);
        assert!(name.parse::<kindred_engine::SetName>().is_ok(), "{name}");
    }
    assert_eq!(
        super::proposed("radiance fields, views"),
        "radiance-fields-views"
    );
}
