use axum::http::{StatusCode, header};
use kindred_engine::{Control, Library, TopicMapQuery};

use crate::testing::{Answer, Desk, import, now};

/// The sample, with a map.
fn drawn() -> Desk {
    let desk = Desk::sample();
    let mut library = Library::open(desk.folder.path()).unwrap();
    let query = TopicMapQuery::default();
    let answer = library.topic_map(&query, now(), &Control::silent());
    assert_eq!(answer.unwrap().points.len(), 325);
    desk
}

/// What stands behind a name and `="` for the first time.
fn value<'a>(page: &'a str, name: &str) -> &'a str {
    let (_, rest) = page.split_once(&format!("{name}=\"")).unwrap();
    rest.split('"').next().unwrap()
}

async fn version(desk: &Desk) -> String {
    let page = desk.get("/map").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text());
    value(page.text(), "data-version").to_owned()
}

#[tokio::test]
async fn without_a_map_the_page_says_how_to_draw_one_and_a_job_draws_it() {
    let desk = Desk::sample();
    let page = desk.get("/map").await;
    assert_eq!(page.status, StatusCode::OK);
    for part in [
        "325 papers",
        "<code>kindred map</code>",
        "/map/draw",
        "Draw the map",
    ] {
        assert!(page.text().contains(part), "{part}: {}", page.text());
    }
    assert!(!page.text().contains("map.js"), "nothing to draw");
    let absent = desk.get("/api/map").await;
    assert_eq!(absent.status, StatusCode::CONFLICT);
    assert!(absent.text().contains("kindred map"), "{}", absent.text());
    assert_eq!(desk.get("/map.svg").await.status, StatusCode::NOT_FOUND);

    let started = desk.post("/map/draw", &[]).await;
    assert_eq!(started.status, StatusCode::SEE_OTHER);
    assert!(started.location().starts_with("/jobs/"));
    let job = desk.app.jobs.all().remove(0);
    let mut watch = job.watch();
    let ended = watch
        .wait_for(|status| status.href.is_some())
        .await
        .unwrap();
    assert_eq!(ended.href.as_deref(), Some("/map"));
    assert!(ended.lines[0].starts_with("325 papers, "), "{ended:?}");
    drop(ended);
    assert_eq!(version(&desk).await.len(), 32);
}

#[tokio::test]
async fn a_paper_of_an_early_year_is_on_the_map_without_a_month() {
    let desk = Desk::sample();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("old.jsonl");
    let record = serde_json::json!({
        "id": "doi:10.1098/rstl.1850.0001", "title": "On the mechanical equivalent of heat",
        "abstract": "Heat and work are measured against each other.",
        "versions": [{ "number": 1, "date": "1850-01-01T00:00:00Z" }],
    });
    fs_err::write(&file, record.to_string()).unwrap();
    let mut library = Library::open(desk.folder.path()).unwrap();
    import(&mut library, file);
    let query = TopicMapQuery::default();
    let answer = library.topic_map(&query, now(), &Control::silent());
    let answer = answer.unwrap();
    let old = answer.points.iter().filter(|point| {
        let year = point.date.map(jiff::civil::Date::year);
        year == Some(1850)
    });
    assert_eq!(old.count(), 1);
    drop(library);
    assert_eq!(version(&desk).await.len(), 32);
    assert_eq!(desk.get("/api/map").await.json()["count"], 326);
}

#[tokio::test]
async fn an_empty_library_is_told_to_import() {
    let desk = Desk::empty();
    let page = desk.get("/map").await;
    assert!(page.text().contains("href=\"/import\""), "{}", page.text());
    assert!(!page.text().contains("/map/draw"));
}

#[tokio::test]
async fn the_page_lists_topics_as_links_and_holds_no_paper_and_no_inline_style() {
    let desk = drawn();
    let page = desk.get("/map").await;
    let text = page.text();
    assert!(text.contains("<h1>Map</h1>"));
    assert_eq!(text.matches("<h1").count(), 1);
    assert!(text.contains("class=\"name\" href=\"/topics/"), "{text}");
    assert!(text.contains("325 papers, "), "{text}");
    assert!(text.contains("drawn on 2026-04-01"));
    assert!(
        text.contains("/map.svg?v="),
        "a still picture without scripts"
    );
    for forbidden in [" style=", "<style", "onclick", "2601.90028"] {
        assert!(!text.contains(forbidden), "{forbidden}");
    }
    for name in ["map.js", "map.css"] {
        let address = format!("/assets/{name}?v=");
        let (_, rest) = text.split_once(&address).unwrap();
        let tag = rest.split('"').next().unwrap();
        let file = desk.get(&format!("{address}{tag}")).await;
        assert_eq!(file.status, StatusCode::OK);
        assert!(!file.text().contains("innerHTML"));
    }
}

#[tokio::test]
async fn papers_are_packed_in_eight_bytes_and_cached_by_version() {
    let desk = drawn();
    let version = version(&desk).await;
    let path = format!("/api/map/points?v={version}");
    let points = desk.get(&path).await;
    assert_eq!(points.body.len(), 32 + 8 * 325);
    assert_eq!(&points.body[..4], b"KMAP");
    let care = points.headers[header::CACHE_CONTROL].to_str().unwrap();
    assert!(care.contains("immutable"), "{care}");
    let tag = points.headers[header::ETAG].clone();
    let request = axum::http::Request::get(&path)
        .header(header::HOST, "127.0.0.1:4747")
        .header(header::IF_NONE_MATCH, tag)
        .body(axum::body::Body::empty());
    let again = desk.send(request.unwrap()).await;
    assert_eq!(again.status, StatusCode::NOT_MODIFIED);
    assert!(again.body.is_empty());

    let facts = desk.get("/api/map").await;
    let about = facts.json();
    assert_eq!(about["version"], version.as_str());
    assert_eq!(about["count"], 325);
    assert!(about["labels"].as_array().unwrap().len() > 3);
    let stale = desk.get("/api/map/points?v=00").await;
    assert_eq!(stale.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn papers_are_told_by_their_places() {
    let desk = drawn();
    let one = desk.get("/api/map/point/7").await.json();
    assert_eq!(one["i"], 7);
    assert!(one["href"].as_str().unwrap().starts_with("/paper/"));
    let several = desk.get("/api/map/papers?i=7,3,7").await.json();
    let papers = several["papers"].as_array().unwrap();
    assert_eq!(papers.len(), 2);
    assert_eq!(papers[1], one);
    for (path, what) in [
        ("/api/map/point/325", "no paper 325 on a map of 325"),
        ("/api/map/point/-1", "no place of a paper"),
        ("/api/map/papers?i=x", "no place of a paper"),
    ] {
        let refused = desk.get(path).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{path}");
        assert!(refused.text().contains(what), "{}", refused.text());
    }
    let many: Vec<String> = (0..51).map(|place| place.to_string()).collect();
    let refused = desk
        .get(&format!("/api/map/papers?i={}", many.join(",")))
        .await;
    assert!(
        refused.text().contains("more than 50"),
        "{}",
        refused.text()
    );
}

#[tokio::test]
async fn papers_are_found_by_id_and_by_words() {
    let desk = drawn();
    let by_id = desk.get("/api/map/find?q=2601.90028").await.json();
    let place = by_id["places"][0].as_u64().unwrap();
    let paper = desk.get(&format!("/api/map/point/{place}")).await.json();
    assert_eq!(paper["id"], "2601.90028");
    let by_words = desk.get("/api/map/find?q=federated+learning").await.json();
    let places = by_words["places"].as_array().unwrap();
    assert!(places.iter().any(|found| found.as_u64() == Some(place)));
    assert!(places.len() <= 200);
    for path in ["/api/map/find?id=2601.99999", "/api/map/find?q="] {
        assert_eq!(desk.get(path).await.json()["places"], serde_json::json!([]));
    }
}

#[tokio::test]
async fn ratings_are_marks_that_change_no_version() {
    let desk = drawn();
    let before = version(&desk).await;
    let marks = desk.get("/api/map/marks").await.json();
    let liked = marks["liked"].as_array().unwrap().len();
    assert!(liked > 3, "{marks}");
    let form = [
        ("id", "2601.90028"),
        ("set", "exoplanets"),
        ("rating", "like"),
    ];
    desk.post("/rate", &form).await;
    let marks = desk.get("/api/map/marks").await.json();
    assert_eq!(marks["liked"].as_array().unwrap().len(), liked + 1);
    assert_eq!(version(&desk).await, before);
}

#[tokio::test]
async fn what_one_set_says_is_told_apart_from_the_others() {
    let desk = drawn();
    let place = desk.get("/api/map/find?id=2601.90028").await.json()["places"][0].clone();
    for (set, rating) in [("own", "dislike"), ("other", "like")] {
        let form = [("id", "2601.90028"), ("set", set), ("rating", rating)];
        desk.post("/rate", &form).await;
    }
    let marks = async |query: &str| desk.get(&format!("/api/map/marks{query}")).await.json();
    let has = |list: &serde_json::Value| list.as_array().unwrap().contains(&place);
    let of_all = marks("").await;
    assert!(has(&of_all["liked"]) && !has(&of_all["disliked"]));
    assert_eq!(of_all.get("own"), None, "no set was named");
    let apart = marks("?set=own").await;
    assert_eq!(apart["liked"], of_all["liked"]);
    assert_eq!(apart["own"]["liked"], serde_json::json!([]));
    assert_eq!(apart["own"]["disliked"], serde_json::json!([place]));
    assert!(has(&apart["others"]["liked"]) && !has(&apart["others"]["disliked"]));
    let of_none = marks("?set=not-made-yet").await;
    assert_eq!(of_none["own"]["liked"], serde_json::json!([]));
    assert_eq!(of_none["others"]["liked"], of_all["liked"]);
}

#[tokio::test]
async fn categories_are_a_byte_a_paper_and_their_names_are_facts() {
    let desk = drawn();
    let version = version(&desk).await;
    let answer = desk.get(&format!("/api/map/categories?v={version}")).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.body.len(), 325);
    let care = answer.headers[header::CACHE_CONTROL].to_str().unwrap();
    assert!(care.contains("immutable"), "{care}");
    let facts = desk.get("/api/map").await.json();
    let names = facts["categories"].as_array().unwrap();
    assert_eq!(names.len(), 8);
    let library = Library::open(desk.folder.path()).unwrap();
    let mut papers = [0; 9];
    for (place, &code) in answer.body.iter().enumerate() {
        papers[usize::from(code)] += 1;
        let Some(code) = usize::from(code).checked_sub(1) else {
            continue;
        };
        let paper = desk.get(&format!("/api/map/point/{place}")).await.json();
        let stored = library.paper(&paper["id"].as_str().unwrap().parse().unwrap());
        let category = stored.unwrap().paper.categories[0].clone();
        let name = names[code].as_str().unwrap();
        assert!(
            [category.as_str(), category.archive()].contains(&name),
            "{category} as {name}"
        );
    }
    assert!(
        papers[1..].is_sorted_by(|one, other| one >= other),
        "most papers first: {papers:?}"
    );
    assert!(papers[8] > 0, "{papers:?}");
}

#[tokio::test]
async fn a_set_is_made_of_what_is_selected() {
    let desk = drawn();
    let version = version(&desk).await;
    let make = |map: &str, papers: &str, name: &str| {
        let fields = [("map", map), ("papers", papers), ("name", name)];
        let fields = fields.map(|(name, value)| (name, value.to_owned()));
        let desk = &desk;
        async move {
            let fields = fields
                .each_ref()
                .map(|(name, value)| (*name, value.as_str()));
            desk.post("/map/set", &fields).await
        }
    };
    let made = make(&version, "3,17,4", "from-the-map").await;
    assert_eq!(made.status, StatusCode::SEE_OTHER);
    assert_eq!(made.location(), "/set/from-the-map");
    let ids = ratings(&desk, "from-the-map").await;
    assert_eq!(ids.len(), 3);
    let third = desk.get("/api/map/point/3").await.json();
    assert!(ids.iter().any(|id| third["id"] == id.as_str()));

    let refused = |answer: Answer, status, what: &str| {
        assert_eq!(answer.status, status);
        assert!(answer.text().contains(what), "{}", answer.text());
    };
    let bad = StatusCode::BAD_REQUEST;
    refused(
        make(&version, "9", "from-the-map").await,
        StatusCode::CONFLICT,
        "already",
    );
    refused(
        make("other", "9", "b").await,
        StatusCode::CONFLICT,
        "has changed",
    );
    refused(make(&version, "", "b").await, bad, "no paper is selected");
    refused(make(&version, "900", "b").await, bad, "no paper 900");
    let many: Vec<String> = (0..1001).map(|place| place.to_string()).collect();
    refused(
        make(&version, &many.join(","), "b").await,
        bad,
        "more than 1000",
    );
    assert!(ratings(&desk, "b").await.is_empty(), "nothing was made");
    assert_eq!(ratings(&desk, "from-the-map").await.len(), 3);
}

#[tokio::test]
async fn what_is_selected_is_added_to_a_set_that_keeps_its_ratings() {
    let desk = drawn();
    let version = version(&desk).await;
    let third = desk.get("/api/map/point/3").await.json();
    let disliked = third["id"].as_str().unwrap();
    let form = [("id", disliked), ("set", "mine"), ("rating", "dislike")];
    desk.post("/rate", &form).await;
    let add = async |set: &str| {
        let fields = [
            ("map", version.as_str()),
            ("papers", "3,17,4"),
            ("set", set),
            ("name", "not-this-one"),
        ];
        desk.post("/map/set", &fields).await
    };
    let added = add("mine").await;
    assert_eq!(added.status, StatusCode::SEE_OTHER, "{}", added.text());
    assert_eq!(added.location(), "/set/mine");
    assert_eq!(ratings(&desk, "mine").await.len(), 3);
    let marks = desk.get("/api/map/marks?set=mine").await.json();
    assert_eq!(marks["own"]["liked"], serde_json::json!([4, 17]));
    assert_eq!(marks["own"]["disliked"], serde_json::json!([3]));
    let gone = add("gone").await;
    assert_eq!(gone.status, StatusCode::CONFLICT);
    assert!(gone.text().contains("no set `gone`"), "{}", gone.text());
    let sets = desk.get("/sets").await;
    assert!(!sets.text().contains("not-this-one"));
}

/// Ids of the papers that a set rates.
async fn ratings(desk: &Desk, set: &str) -> Vec<String> {
    let set = set.parse().unwrap();
    let read = desk.app.read(crate::gate::Cost::Quick, move |library| {
        let ratings = library.ratings(&set)?;
        Ok(ratings.keys().map(kindred_engine::PaperId::short).collect())
    });
    read.await.unwrap()
}

#[tokio::test]
async fn the_map_follows_names_of_topics_and_new_papers() {
    let desk = drawn();
    let before = version(&desk).await;
    let page = desk.get("/map").await;
    let topic = value(page.text(), "data-topic").to_owned();
    let mut library = Library::open(desk.folder.path()).unwrap();
    let name = "A <b>name</b> of my own".parse().unwrap();
    library.rename_topic(&topic, Some(&name), now()).unwrap();
    drop(library);
    let page = desk.get("/map").await;
    assert!(page.text().contains("A &lt;b&gt;name&lt;/b&gt; of my own"));
    assert_ne!(version(&desk).await, before);
}

#[tokio::test]
async fn the_still_picture_is_there_in_both_themes() {
    let desk = drawn();
    let light = desk.get("/map.svg").await;
    let dark = desk.get("/map.svg?theme=dark").await;
    assert_eq!(light.headers[header::CONTENT_TYPE], "image/svg+xml");
    assert!(light.text().starts_with("<svg"), "{}", &light.text()[..80]);
    assert_ne!(light.body, dark.body);
}

#[tokio::test]
async fn pictures_are_kept_for_as_long_as_they_are_right() {
    let desk = drawn();
    let version = version(&desk).await;
    let mut tags = Vec::new();
    for (path, keeping) in [
        ("/map.svg?v=0123".to_owned(), "private, no-cache"),
        ("/map.svg?theme=dark".to_owned(), "private, no-cache"),
        (
            format!("/map.svg?paper=2601.90028&v={version}"),
            "private, max-age=31536000, immutable",
        ),
        (
            "/map.svg?paper=doi:10.1000/%22x%22".to_owned(),
            "private, no-cache",
        ),
    ] {
        let first = desk.get(&path).await;
        assert_eq!(first.status, StatusCode::OK, "{path}");
        assert_eq!(first.headers[header::CACHE_CONTROL], keeping, "{path}");
        let tag = first.headers[header::ETAG].clone();
        let request = axum::http::Request::get(&path)
            .header(header::IF_NONE_MATCH, &tag)
            .body(axum::body::Body::empty());
        let again = desk.send(request.unwrap()).await;
        assert_eq!(again.status, StatusCode::NOT_MODIFIED, "{path}");
        assert_eq!(again.headers[header::CACHE_CONTROL], keeping, "{path}");
        let tag = tag.to_str().unwrap().to_owned();
        let inside = tag.trim_matches('"');
        assert_eq!((tag.len(), inside.len()), (34, 32), "{tag}");
        assert!(inside.bytes().all(|byte| byte.is_ascii_hexdigit()), "{tag}");
        tags.push(tag);
    }
    tags.sort();
    tags.dedup();
    assert_eq!(tags.len(), 4, "each picture has a tag of its own");
}

/// Where the ring of a paper is in its small picture.
async fn ring(desk: &Desk, id: &str) -> [f64; 2] {
    let picture = desk.get(&format!("/map.svg?paper={id}")).await;
    assert_eq!(picture.status, StatusCode::OK);
    let (_, mark) = picture.text().rsplit_once("<circle ").unwrap();
    ["cx", "cy"].map(|name| value(mark, name).parse().unwrap())
}

#[tokio::test]
async fn a_small_picture_rings_a_paper_where_it_lies() {
    let desk = drawn();
    let points = desk.get("/api/map/points").await.body;
    let column = |number: usize, place: usize| {
        let at = 32 + 2 * (325 * number + place);
        f64::from(u16::from_le_bytes([points[at], points[at + 1]]))
    };
    let mut found = Vec::new();
    for place in [0, 150, 324] {
        let paper = desk.get(&format!("/api/map/point/{place}")).await.json();
        let [x, y] = ring(&desk, paper["id"].as_str().unwrap()).await;
        assert!((0.0..=560.0).contains(&x) && (0.0..=360.0).contains(&y));
        found.push(([x, y], [column(0, place), column(1, place)]));
    }
    // Both show the same places in units of their own.
    let [first, second, third] = [&found[0], &found[1], &found[2]];
    for side in 0..2 {
        let scale = |other: &([f64; 2], [f64; 2])| {
            (other.0[side] - first.0[side]) / (other.1[side] - first.1[side])
        };
        let [one, other] = [scale(second), scale(third)];
        assert!(one > 0.0 && (one / other - 1.0).abs() < 0.05, "{found:?}");
    }
    let page = desk.get("/paper/2601.90028").await;
    assert!(page.text().contains("/map.svg?paper=2601.90028"));
    let absent = desk.get("/map.svg?paper=2601.99999").await;
    assert_eq!(absent.status, StatusCode::OK);
    assert!(
        absent
            .text()
            .contains(">It came after the map was drawn.</text>")
    );
    assert!(absent.text().ends_with("</svg>\n"));
}

#[tokio::test]
async fn papers_are_scored_for_a_set_and_its_likes_stand_out() {
    let desk = drawn();
    let scores = desk.get("/api/map/scores?set=exoplanets").await;
    assert_eq!(scores.status, StatusCode::OK);
    assert_eq!(scores.body.len(), 325);
    assert_eq!(scores.body.iter().max(), Some(&255));
    let marks = desk.get("/api/map/marks").await.json();
    let mean = |values: &[u8]| {
        let sum: u32 = values.iter().map(|&value| u32::from(value)).sum();
        f64::from(sum) / values.len() as f64
    };
    let liked: Vec<u8> = (marks["liked"].as_array().unwrap().iter())
        .map(|place| scores.body[usize::try_from(place.as_u64().unwrap()).unwrap()])
        .collect();
    assert!(mean(&liked) > 2.0 * mean(&scores.body), "{liked:?}");
    let refused = desk.get("/api/map/scores?set=none").await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND);
    assert!(refused.text().contains("none"));
}
