use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::http::StatusCode;
use kindred_engine::{EngineError, Progress};

use crate::job::{Outcome, State};
use crate::testing::{Desk, form};

#[tokio::test]
async fn page_shows_how_far_a_job_is_and_stops_it() {
    let desk = Desk::sample();
    let job = desk
        .app
        .jobs
        .start("Import of <b>a</b>.bib", |control| {
            (control.progress)(Progress::Embed { done: 3, total: 9 });
            while !control.stop.load(Ordering::SeqCst) {
                std::thread::yield_now();
            }
            Err(EngineError::Stopped)
        })
        .unwrap();
    job.set_origin("/import/review/0123".to_owned());
    let mut watch = job.watch();
    watch.wait_for(|status| status.done == 3).await.unwrap();
    let page = desk.get("/jobs/1").await;
    let text = page.text();
    for part in [
        "data-events=\"/jobs/1/events\"",
        "<progress value=\"3\" max=\"9\"",
        "embedding papers: 3 of 9",
        "<noscript><meta http-equiv=\"refresh\" content=\"2\"></noscript>",
        "Import of &lt;b&gt;a&lt;/b&gt;.bib",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let elsewhere = desk.get("/jobs").await;
    assert!(
        elsewhere.text().contains("under way"),
        "{}",
        elsewhere.text()
    );
    let refused = desk.send(form("/jobs/1/stop", &[("token", "00")])).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert_eq!(job.status().state, State::Running);
    let stopped = desk.post("/jobs/1/stop", &[]).await;
    assert_eq!(stopped.status, StatusCode::SEE_OTHER);
    desk.ended(1).await;
    let page = desk.get("/jobs/1").await;
    assert!(page.text().contains("stopped; what was done is kept"));
    let back = "href=\"/import/review/0123\">Back to where";
    assert!(page.text().contains(back), "{}", page.text());
    assert!(!page.text().contains("data-events"));
    assert!(!page.text().contains("http-equiv=\"refresh\""));
    assert_eq!(desk.get("/jobs/2").await.status, StatusCode::NOT_FOUND);
    assert_eq!(desk.get("/jobs/x").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn events_end_with_the_state_in_which_a_job_ended() {
    let desk = Arc::new(Desk::sample());
    let (go, wait) = std::sync::mpsc::channel::<()>();
    desk.app
        .jobs
        .start("Waiting", move |control| {
            (control.progress)(Progress::Note("half of it".to_owned()));
            wait.recv().ok();
            Ok(Outcome {
                lines: vec!["all of it".to_owned()],
                href: Some("/topics".to_owned()),
            })
        })
        .unwrap();
    let listening = {
        let desk = Arc::clone(&desk);
        tokio::spawn(async move { desk.get("/jobs/1/events").await })
    };
    while desk
        .app
        .jobs
        .get(1)
        .unwrap()
        .watch()
        .borrow()
        .lines
        .is_empty()
    {
        tokio::task::yield_now().await;
    }
    go.send(()).unwrap();
    let answer = listening.await.unwrap();
    assert_eq!(answer.headers["content-type"], "text/event-stream");
    let events: Vec<serde_json::Value> = answer
        .text()
        .lines()
        .filter_map(|line| line.strip_prefix("data:"))
        .map(|data| serde_json::from_str(data).unwrap())
        .collect();
    let last = events.last().unwrap();
    assert_eq!(last["state"], "done");
    assert_eq!(
        last["lines"],
        serde_json::json!(["half of it", "all of it"])
    );
    assert_eq!(last["href"], "/topics");
    assert!(
        events
            .iter()
            .rev()
            .skip(1)
            .all(|event| event["state"] == "running")
    );
}

#[tokio::test]
async fn buttons_start_what_this_server_can_do() {
    let desk = Desk::sample();
    let page = desk.get("/jobs").await;
    assert!(page.text().contains("Embed what waits"));
    assert!(!page.text().contains("Follow arXiv now"));
    let absent = desk.post("/jobs", &[("work", "follow")]).await;
    assert_eq!(absent.status, StatusCode::BAD_REQUEST);
    assert_eq!(
        desk.post("/jobs", &[("work", "sweep")]).await.status,
        StatusCode::BAD_REQUEST
    );
    let started = desk.post("/jobs", &[("work", "embed")]).await;
    assert_eq!(started.location(), "/jobs/1");
    let status = desk.ended(1).await;
    assert_eq!(status.state, State::Done, "{status:?}");
    assert_eq!(status.lines, ["every paper has its vector"]);
}

#[tokio::test]
async fn following_is_offered_where_the_program_can() {
    let desk = Desk::sample_with(|options| {
        options.sync = Some(Arc::new(|_| {
            Ok(Outcome {
                lines: vec!["cs.DC: 3 records, 2 new".to_owned()],
                href: Some("/ledger".to_owned()),
            })
        }));
    });
    assert!(desk.get("/jobs").await.text().contains("Follow arXiv now"));
    desk.post("/jobs", &[("work", "follow")]).await;
    desk.ended(1).await;
    let page = desk.get("/jobs/1").await;
    assert!(page.text().contains("cs.DC: 3 records, 2 new"));
    assert!(page.text().contains("href=\"/ledger\">See the result"));
}
