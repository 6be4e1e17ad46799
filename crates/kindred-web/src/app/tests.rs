use std::time::{Duration, Instant};

use crate::testing::Desk;

/// Longer than a ranking takes on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// The number beside the feed, as the start page shows it.
async fn badge(desk: &Desk) -> Option<String> {
    let page = desk.get("/").await;
    let (_, rest) = page.text().split_once("class=\"badge\">")?;
    rest.split('<').next().map(str::to_owned)
}

#[tokio::test]
async fn navigation_tells_what_is_new_until_the_day_was_read() {
    let desk = Desk::sample();
    let start = Instant::now();
    let shown = loop {
        if let Some(shown) = badge(&desk).await {
            break shown;
        }
        assert!(start.elapsed() < PATIENCE, "nothing was counted");
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    let feed = desk.get("/set/exoplanets/feed").await;
    let (_, day) = feed.text().split_once("<time datetime=\"").unwrap();
    let day = day.split('"').next().unwrap().to_owned();
    assert!(
        feed.text().contains(&format!("– {shown} of ")),
        "{shown}: {}",
        feed.text()
    );

    let rated = "2603.90116";
    let sent = [("id", rated), ("set", "exoplanets"), ("rating", "like")];
    desk.post("/rate", &sent).await;
    let less = badge(&desk).await.unwrap();
    assert_eq!(
        less.parse::<usize>().unwrap() + 1,
        shown.parse::<usize>().unwrap(),
        "a rated paper is not new"
    );

    desk.post("/set/exoplanets/feed/read", &[("day", &day)])
        .await;
    assert_eq!(badge(&desk).await, None, "the day was read");
}
