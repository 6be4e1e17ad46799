use axum::http::{StatusCode, header};
use kindred_engine::{Library, SetName};

use crate::gate::Cost;
use crate::testing::{Answer, Desk, now};

const NEWEST: &str = "/set/exoplanets/feed";

/// The papers of a page in their order, those of folded parts too.
fn shown(answer: &Answer) -> Vec<String> {
    let parts = answer.text().split("<article ").skip(1);
    parts
        .map(|part| {
            let id = part.split("data-id=\"").nth(1).unwrap();
            id.split('"').next().unwrap().to_owned()
        })
        .collect()
}

/// The number before the first place of `after`, and that behind it.
fn numbers_around(text: &str, between: &str) -> (u64, u64) {
    let (before, after) = text.split_once(between).unwrap();
    let before = before.rsplit(|c: char| !c.is_ascii_digit()).next();
    let after = after.split(|c: char| !c.is_ascii_digit()).next();
    (
        before.unwrap().parse().unwrap(),
        after.unwrap().parse().unwrap(),
    )
}

fn heading(answer: &Answer) -> &str {
    let heading = answer.text().split("<h1>").nth(1).unwrap();
    heading.split("</h1>").next().unwrap()
}

/// The numbers of the line that says what is hidden: the sum, and the parts.
fn hidden(answer: &Answer) -> (u64, Vec<u64>) {
    let line = answer.text().split("All seen.</strong>").nth(1).unwrap();
    let line = line.split("</p>").next().unwrap();
    let number = |text: &str| -> u64 { text.trim().split(' ').next().unwrap().parse().unwrap() };
    let (sum, parts) = line.split_once(" hidden: ").unwrap();
    (number(sum), parts.split(", ").map(number).collect())
}

async fn with<T: Send + 'static>(
    desk: &Desk,
    ask: impl FnOnce(&mut Library) -> T + Send + 'static,
) -> T {
    let answer = desk.app.read(Cost::Slow, |library| Ok(ask(library)));
    answer.await.unwrap()
}

#[tokio::test]
async fn newest_day_is_shown_with_reasons_and_everything_hidden_is_counted() {
    let desk = Desk::sample();
    let page = desk.get(NEWEST).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text());
    let (newest, arrivals) = with(&desk, |library| library.days(1).unwrap()[0]).await;
    assert!(heading(&page).contains(&super::long_day(newest)));
    let (above, of) = numbers_around(heading(&page), " of ");
    assert_eq!(of, arrivals);
    assert!(above > 0 && above < of, "{}", heading(&page));
    let (sum, parts) = hidden(&page);
    assert_eq!(sum, of - above);
    assert_eq!(sum, parts.iter().sum::<u64>());
    let text = page.text();
    assert!(
        text.contains("6 liked, 3 not; mostly astro-ph.EP"),
        "{text}"
    );
    assert!(text.contains("Because you liked <a href=\"/paper/"));
    assert!(text.contains("Below your threshold"));
    assert!(text.contains("Explain this feed"));
    // All of the group, then at most ten below.
    let below = text.split("class=\"below\"").nth(1).unwrap();
    assert!(below.matches("<article ").count() <= 10);
    assert_eq!(
        shown(&page).len() - below.matches("<article ").count(),
        usize::try_from(above).unwrap()
    );
}

#[tokio::test]
async fn wider_threshold_shows_more_and_other_days_are_a_link_away() {
    let desk = Desk::sample();
    let days = with(&desk, |library| library.days(3).unwrap()).await;
    let mut before = 0;
    for threshold in ["strict", "normal", "wide"] {
        let page = desk.get(&format!("{NEWEST}?threshold={threshold}")).await;
        let (above, _) = numbers_around(heading(&page), " of ");
        assert!(above >= before, "{threshold}");
        before = above;
    }
    assert!(before > 1);
    let middle = days[1].0;
    let page = desk
        .get(&format!("{NEWEST}?day={middle}&threshold=wide"))
        .await;
    let address = |day| format!("href=\"{NEWEST}?day={day}&amp;threshold=wide\"");
    let prev = format!("rel=\"prev\" {}", address(days[2].0));
    assert!(page.text().contains(&prev), "{}", page.text());
    let next = format!("rel=\"next\" {}", address(days[0].0));
    assert!(page.text().contains(&next));
    let wrong = desk.get(&format!("{NEWEST}?threshold=loose")).await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
    assert!(wrong.text().contains("expected strict, normal or wide"));
    assert_eq!(
        desk.get(&format!("{NEWEST}?day=friday")).await.status,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(
        desk.get("/set/nothing/feed").await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn list_stays_as_it_is_while_papers_are_rated_until_it_is_ranked_anew() {
    let desk = Desk::sample();
    let before = shown(&desk.get(NEWEST).await);
    let newest = with(&desk, |library| library.days(1).unwrap()[0].0).await;
    let fields = [
        ("id", before[0].as_str()),
        ("set", "exoplanets"),
        ("rating", "dislike"),
        ("back", NEWEST),
    ];
    let answer = desk.post("/rate", &fields).await;
    assert!(answer.location().starts_with(&format!("{NEWEST}#p-")));
    let page = desk.get(NEWEST).await;
    assert_eq!(shown(&page), before);
    assert!(page.text().contains("1 rating since this ranking"));
    assert!(
        page.text().contains("class=\"card folded\""),
        "it is one line"
    );
    assert!(page.text().contains("data-rated=\"dislike\""));

    let day = newest.to_string();
    let answer = desk
        .post(&format!("{NEWEST}/update"), &[("day", &day)])
        .await;
    assert_eq!(answer.location(), format!("{NEWEST}?day={day}"));
    let page = desk.get(NEWEST).await;
    assert!(!shown(&page).contains(&before[0]), "it is known now");
    assert!(page.text().contains("rated before"));
    assert!(
        page.text().contains("0 ratings since"),
        "and the line is hidden"
    );
}

#[tokio::test]
async fn day_marked_as_read_keeps_its_list_and_is_told() {
    let desk = Desk::sample();
    let before = shown(&desk.get(NEWEST).await);
    let newest = with(&desk, |library| library.days(1).unwrap()[0].0).await;
    let day = newest.to_string();
    let answer = desk.post(&format!("{NEWEST}/read"), &[("day", &day)]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    let page = desk.get(NEWEST).await;
    assert_eq!(shown(&page), before);
    assert!(page.text().contains("This day is marked as read"));
    assert!(page.text().contains("✓ read"));
    let (above, _) = numbers_around(heading(&page), " of ");
    let marked = with(&desk, |library| {
        library.days_shown(&"exoplanets".parse().unwrap()).unwrap()
    })
    .await;
    assert_eq!(marked.into_iter().collect::<Vec<_>>(), [(newest, above)]);
    let unsigned = crate::testing::form(&format!("{NEWEST}/read"), &[("day", &day)]);
    assert_eq!(desk.send(unsigned).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn files_hold_the_papers_of_the_page_and_the_subscription_the_newest_days() {
    let desk = Desk::sample();
    let page = desk.get(NEWEST).await;
    let (above, _) = numbers_around(heading(&page), " of ");
    let ids: Vec<String> = shown(&page)[..usize::try_from(above).unwrap()].to_vec();
    for (ending, kind) in [
        ("md", "text/markdown"),
        ("html", "text/html"),
        ("bib", "application/x-bibtex"),
        ("ris", "application/x-research-info-systems"),
        ("json", "application/json"),
    ] {
        let file = desk.get(&format!("{NEWEST}.{ending}")).await;
        assert_eq!(file.status, StatusCode::OK, "{ending}");
        let header = |name| file.headers[name].to_str().unwrap();
        assert!(header(header::CONTENT_TYPE).starts_with(kind));
        let disposition = header(header::CONTENT_DISPOSITION);
        assert!(disposition.starts_with("attachment; filename*=UTF-8''exoplanets-2026-"));
        for id in &ids {
            assert!(file.text().contains(id.as_str()), "{ending}: {id}");
        }
    }
    let json = desk.get(&format!("{NEWEST}.json")).await.json();
    let section = &json["sections"][0];
    let results = section["results"].as_array().unwrap().len();
    assert_eq!(results, ids.len());
    let left_out: u64 = (section["left_out"].as_array().unwrap().iter())
        .map(|omission| omission["count"].as_u64().unwrap())
        .sum();
    assert_eq!(
        section["arrivals"].as_u64().unwrap(),
        left_out + results as u64
    );

    let atom = desk.get(&format!("{NEWEST}.atom")).await;
    let kind = atom.headers[header::CONTENT_TYPE].to_str().unwrap();
    assert_eq!(kind, "application/atom+xml; charset=utf-8");
    assert!(atom.headers.get(header::CONTENT_DISPOSITION).is_none());
    assert!(atom.text().contains("<entry>"));
    let again = desk.get(&format!("{NEWEST}.atom")).await;
    assert_eq!(atom.body, again.body);
}

#[tokio::test]
async fn set_without_a_like_is_told_what_to_do() {
    let desk = Desk::sample();
    let set: SetName = "empty".parse().unwrap();
    let name = set.clone();
    let made = desk
        .app
        .change(move |library| library.create_set(&name, now()));
    made.await.unwrap();
    let page = desk.get("/set/empty/feed").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text().contains("nothing to go by yet"));
    assert!(page.text().contains("href=\"/set/empty/ask\""));
    let nothing = Desk::empty();
    let made = nothing
        .app
        .change(move |library| library.create_set(&set, now()));
    made.await.unwrap();
    let page = nothing.get("/set/empty/feed").await;
    assert!(page.text().contains("No paper has arrived yet"));
}

#[tokio::test]
async fn rule_is_counted_and_the_filter_by_category_is_kept_in_the_address() {
    let desk = Desk::sample();
    let add = [("kind", "must-not"), ("rule", "planet*")];
    desk.post("/set/exoplanets/rules", &add).await;
    let page = desk.get(NEWEST).await;
    assert!(page.text().contains(" by rule"), "{}", page.text());
    assert!(page.text().contains("By which rule"));
    let (sum, parts) = hidden(&page);
    assert_eq!(sum, parts.iter().sum::<u64>());
    let page = desk.get(&format!("{NEWEST}?cat=cs&threshold=wide")).await;
    let text = page.text();
    assert!(text.contains("value=\"cs\""), "{text}");
    assert!(text.contains("feed.md?day="));
    assert!(text.contains("cat=cs"));
    let (_, of) = numbers_around(heading(&page), " of ");
    let (_, all) = numbers_around(heading(&desk.get(NEWEST).await), " of ");
    assert!(of < all);
}

#[tokio::test]
async fn what_was_rated_before_the_ranking_was_made_anew_counts_as_shown() {
    let desk = Desk::sample();
    let first = desk.get(NEWEST).await;
    let (day, _) = with(&desk, |library| library.days(1).unwrap()[0]).await;
    let id = shown(&first)[0].clone();
    let rated = [
        ("id", id.as_str()),
        ("set", "exoplanets"),
        ("rating", "like"),
    ];
    desk.post("/rate", &rated).await;
    let day_field = [("day", day.to_string())];
    let day_field = day_field
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    desk.post("/set/exoplanets/feed/update", &day_field).await;
    let second = desk.get(NEWEST).await;
    assert!(
        !shown(&second).contains(&id),
        "the new ranking leaves it out"
    );
    let (above, _) = numbers_around(heading(&second), " of ");
    desk.post("/set/exoplanets/feed/read", &day_field).await;
    let set: SetName = "exoplanets".parse().unwrap();
    let days = with(&desk, move |library| library.days_shown(&set).unwrap()).await;
    assert_eq!(days[&day], above + 1, "{days:?}");
}
