use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use kindred_engine::{Control, Library, TopicsQuery};
use serde_json::{Value, json};

use super::operation::Verb;
use super::{openapi, operations};
use crate::job::Outcome;
use crate::testing::schema::problems;
use crate::testing::{Answer, Desk, now};

/// A question to each operation, with the status of its answer: path and query, or path and body.
/// Changes come last, in an order in which each finds what it needs.
#[expect(clippy::too_many_lines, reason = "a list of cases")]
fn asked() -> Vec<(&'static str, String, Value, u16)> {
    let get = |name, path: &str| (name, path.to_owned(), Value::Null, 200);
    let long = "secure aggregation of gradients ".repeat(400);
    vec![
        get("paper", "/papers/2601.90028v2"),
        get(
            "similar",
            "/similar?ids=2601.90028,arXiv:2603.90027&k=3&cat=cs.DC,cs.CR",
        ),
        get(
            "similar",
            "/similar?text=federated+learning&since=2026-02-01&until=2026-03-31",
        ),
        (
            "similarTo",
            "/similar".into(),
            json!({"text": long, "k": 200}),
            200,
        ),
        (
            "similarTo",
            "/similar".into(),
            json!({"ids": ["2601.90028"], "k": 2}),
            200,
        ),
        get("search", "/search?q=federated+learning"),
        get("search", "/search?q=federated&by=words&k=1&cat=cs"),
        get("sets", "/sets"),
        get("set", "/sets/exoplanets?offset=1&k=3"),
        get(
            "feed",
            "/sets/exoplanets/feed?since=2026-03-01&k=5&reasons=3&expect=0.9",
        ),
        get("feed", "/sets/exoplanets/feed?day=2026-03-27"),
        get("ask", "/sets/exoplanets/ask?until=2026-03-31&k=2"),
        get("ask", "/sets/nothing-yet/ask"),
        get("why", "/sets/exoplanets/why?id=2601.90028&reasons=2"),
        get("rules", "/sets/exoplanets/rules"),
        get("topics", "/topics?level=0"),
        get("topics", "/topics"),
        get("topic", "/topics/1?k=2"),
        get("topicDiff", "/topics/diff?papers=1"),
        ("ledger", "/ledger?days=3".into(), Value::Null, 409),
        get("stats", "/stats"),
        get("jobs", "/jobs"),
        get("job", "/jobs/1"),
        get("openapi", "/openapi.json"),
        get("health", "/health"),
        (
            "rate",
            "/sets/reading/ratings".into(),
            json!({"likes": ["2601.90028", "2603.90027"], "dislikes": ["2603.90124"]}),
            200,
        ),
        (
            "rate",
            "/sets/reading/ratings".into(),
            json!({"unrate": ["2601.90028"]}),
            200,
        ),
        (
            "changeRules",
            "/sets/reading/rules".into(),
            json!({"add": [{"kind": "must-not", "rule": "blockchain"}]}),
            200,
        ),
        (
            "changeRules",
            "/sets/reading/rules".into(),
            json!({"remove": ["1"]}),
            200,
        ),
        (
            "markShown",
            "/sets/reading/shown".into(),
            json!({"ids": ["2601.90028"]}),
            200,
        ),
        (
            "renameSet",
            "/sets/reading/rename".into(),
            json!({"to": "later"}),
            200,
        ),
        ("deleteSet", "/sets/later/delete".into(), Value::Null, 200),
    ]
}

async fn ask(desk: &Desk, verb: Verb, path: &str, body: &Value) -> Answer {
    let path = format!("/api/v1{path}");
    match verb {
        Verb::Get => desk.get(&path).await,
        Verb::Ask | Verb::Change => {
            let body = if body.is_null() {
                json!({})
            } else {
                body.clone()
            };
            desk.post_json(&path, &body).await
        }
    }
}

fn grouped() -> Desk {
    let desk = Desk::sample();
    let mut library = Library::open(desk.folder.path()).unwrap();
    let query = TopicsQuery::default();
    library.topics(&query, now(), &Control::silent()).unwrap();
    drop(library);
    desk.app
        .jobs
        .start("Import of a.bib", |_| Ok(Outcome::default()))
        .unwrap();
    desk
}

#[tokio::test]
async fn every_operation_answers_as_the_document_says() {
    let desk = grouped();
    let document = openapi();
    let operations = operations();
    let asked = asked();
    let names: BTreeSet<&str> = asked.iter().map(|(name, ..)| *name).collect();
    let all: BTreeSet<&str> = operations.iter().map(|one| one.name).collect();
    assert_eq!(names, all, "each operation is asked here");
    for (name, path, body, status) in asked {
        let operation = operations.iter().find(|one| one.name == name).unwrap();
        let answer = ask(&desk, operation.verb, &path, &body).await;
        assert_eq!(answer.status, status, "{path}: {}", answer.text());
        assert_eq!(answer.headers[header::CONTENT_TYPE], "application/json");
        let verb = if operation.verb == Verb::Get {
            "get"
        } else {
            "post"
        };
        let documented = &document["paths"][operation.path.replace("{*", "{")][verb];
        assert_eq!(documented["operationId"], name);
        let mut response = &documented["responses"][status.to_string()];
        if let Some(place) = response["$ref"].as_str() {
            response = document.pointer(&place[1..]).unwrap();
        }
        let schema = &response["content"]["application/json"]["schema"];
        assert!(
            schema.is_object() || name == "openapi",
            "{name}: {response}"
        );
        let wrong = problems(&document, schema, &answer.json());
        assert!(wrong.is_empty(), "{path}: {wrong:#?}");
    }
}

#[test]
fn document_is_whole_and_says_what_is_bounded() {
    let document = openapi();
    let text = document.to_string();
    for place in text.split("\"$ref\":\"#").skip(1) {
        let place = place.split('"').next().unwrap();
        assert!(document.pointer(place).is_some(), "{place} leads nowhere");
    }
    let mut count = 0;
    for (path, verbs) in document["paths"].as_object().unwrap() {
        for (verb, operation) in verbs.as_object().unwrap() {
            count += 1;
            let responses = operation["responses"].as_object().unwrap();
            let expected: &[&str] = if verb == "get" {
                &["200", "400", "403", "404", "409", "422", "500", "503"]
            } else {
                &[
                    "200", "400", "403", "404", "409", "413", "422", "500", "503",
                ]
            };
            let found: Vec<&str> = responses.keys().map(String::as_str).collect();
            assert_eq!(found, expected, "{verb} {path}");
            assert_eq!(
                operation["security"].is_array(),
                verb == "post",
                "{verb} {path}"
            );
            let parameters = operation["parameters"].as_array();
            let in_path: Vec<&str> = (parameters.into_iter().flatten())
                .filter(|one| one["in"] == "path")
                .map(|one| one["name"].as_str().unwrap())
                .collect();
            let named: Vec<&str> = (path.split('{').skip(1))
                .map(|rest| rest.split('}').next().unwrap())
                .collect();
            assert_eq!(in_path, named, "{verb} {path}");
            for one in operation["parameters"].as_array().into_iter().flatten() {
                assert!(one["description"].is_string(), "{path} {one}");
                assert!(one["schema"].is_object(), "{path} {one}");
            }
        }
    }
    assert_eq!(count, operations().len());
    let k = document["paths"]["/similar"]["get"]["parameters"]
        .as_array()
        .unwrap();
    let k = k.iter().find(|one| one["name"] == "k").unwrap();
    assert_eq!(
        k["schema"],
        json!({"type": "integer", "minimum": 1, "maximum": 200, "default": 20})
    );
    for failure in document["components"]["responses"]
        .as_object()
        .unwrap()
        .values()
    {
        let schema = &failure["content"]["application/json"]["schema"];
        assert_eq!(*schema, json!({"$ref": "#/components/schemas/ErrorBody"}));
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_named() {
    let desk = Desk::sample();
    for (path, named) in [
        ("/similar", "either `ids` or `text`"),
        ("/similar?ids=2601.90028&text=a", "either `ids` or `text`"),
        ("/similar?ids=nonsense", "`ids`: `nonsense`"),
        ("/similar?text=%20", "`text`"),
        (
            "/similar?ids=2601.90028&k=201",
            "`k`: expected a whole number from 1 to 200",
        ),
        ("/similar?ids=2601.90028&k=", "`k`"),
        ("/similar?ids=2601.90028&k=5&k=6", "duplicate field `k`"),
        ("/similar?ids=2601.90028&limit=5", "unknown field `limit`"),
        ("/similar?ids=2601.90028&cat=no!such", "`cat`"),
        ("/similar?ids=2601.90028&since=yesterday", "`since`"),
        (
            "/similar?ids=2601.90028&since=2026-02-01&until=2026-01-01",
            "is after",
        ),
        ("/search", "missing field `q`"),
        ("/search?q=a&by=luck", "`by`"),
        ("/search?q=-only", "`q`"),
        ("/search?q=a&token=secret", "unknown field `token`"),
        ("/papers/nonsense", "id `nonsense` in the path"),
        ("/papers/%ff", "UTF-8"),
        ("/sets/a%20b", "name `a b` in the path"),
        ("/sets/exoplanets?offset=10001", "`offset`"),
        (
            "/sets/exoplanets/feed?day=2026-03-27&since=2026-03-27",
            "either `day`",
        ),
        ("/sets/exoplanets/feed?expect=NaN", "`expect`"),
        ("/sets/exoplanets/feed?ranker=oracle", "`ranker`"),
        ("/sets/exoplanets/feed?balance=perhaps", "`balance`"),
        ("/sets/exoplanets/why", "missing field `id`"),
        ("/topics?level=16", "`level`"),
        ("/ledger?days=0", "`days`"),
        ("/jobs/x", "number `x` in the path"),
        ("/stats?x=1", "unknown field `x`"),
    ] {
        let answer = desk.get(&format!("/api/v1{path}")).await;
        let body = answer.json();
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{path}: {body}");
        assert_eq!(body["code"], "bad-request", "{path}");
        let message = body["message"].as_str().unwrap();
        assert!(message.contains(named), "{path}: {message}");
    }
    for (path, status) in [
        ("/papers/2601.99999", 404),
        ("/sets/none-such", 404),
        ("/sets/none-such/feed", 404),
        ("/topics/77", 404),
        ("/jobs/77", 404),
        ("/no/such/thing", 404),
    ] {
        let answer = desk.get(&format!("/api/v1{path}")).await;
        assert_eq!(answer.status, status, "{path}: {}", answer.text());
        assert!(answer.json()["message"].is_string(), "{path}");
    }
    let elsewhere = desk.get("/api/v2/similar").await;
    assert_eq!(elsewhere.json()["code"], "not-found");
}

#[tokio::test]
async fn bodies_that_cannot_be_read_are_named_and_change_nothing() {
    let desk = Desk::sample();
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let many: Vec<String> = (1..=1_001)
        .map(|number| format!("2601.{number:05}"))
        .collect();
    let split = json!({"likes": many[..600], "dislikes": many[600..]}).to_string();
    let many = json!({"likes": many}).to_string();
    for (body, named) in [
        ("{\"likes\": [\"2601.90028\"]", "line 1 column"),
        ("{\"likes\": [\"2601.90028\"]} x", "behind the body"),
        ("{\"loves\": []}", "unknown field `loves`"),
        ("{\"likes\": [\"2601.90028\", 7]}", "`likes[1]`"),
        ("{\"likes\": [\"x y\"]}", "`likes[0]`"),
        ("{\"likes\": [], \"likes\": []}", "duplicate field"),
        ("[]", "no JSON object"),
        ("[[\"2601.90028\"]]", "no JSON object"),
        ("", "0 papers in all"),
        ("\u{feff}{}", "no JSON object"),
        (
            "{\"likes\": [\"2601.90028\"], \"unrate\": [\"2601.90028v2\"]}",
            "named twice",
        ),
        (&deep, "no JSON object"),
        (&format!("{{\"likes\": {deep}}}"), "`likes[0]`"),
        (&many, "at most 1000 of them"),
        (&split, "1001 papers in all"),
    ] {
        let request = Request::post("/api/v1/sets/exoplanets/ratings")
            .header(header::CONTENT_TYPE, "application/json; charset=utf-8")
            .header("x-kindred-token", desk.app.token.as_str())
            .body(Body::from(body.to_owned()))
            .unwrap();
        let answer = desk.send(request).await;
        let start: String = body.chars().take(60).collect();
        assert_eq!(
            answer.status,
            StatusCode::BAD_REQUEST,
            "{start}: {}",
            answer.text()
        );
        let message = answer.json()["message"].as_str().unwrap().to_owned();
        assert!(message.contains(named), "{start}: {message}");
    }
    let unknown = json!({"likes": ["2601.90028"], "dislikes": ["2601.99999"]});
    let answer = desk.post_json("/api/v1/sets/fresh/ratings", &unknown).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    let sets = desk.get("/api/v1/sets").await.json();
    assert_eq!(
        sets.as_array().unwrap().len(),
        1,
        "nothing was written: {sets}"
    );
}

#[tokio::test]
async fn bodies_are_bounded_before_they_are_read() {
    let desk = Desk::sample();
    let post = |body: Body, length: Option<u64>| {
        let mut request = Request::post("/api/v1/similar")
            .header(header::CONTENT_TYPE, "application/json")
            .header("x-kindred-token", desk.app.token.as_str());
        if let Some(length) = length {
            request = request.header(header::CONTENT_LENGTH, length);
        }
        desk.send(request.body(body).unwrap())
    };
    let endless = tokio_stream::iter(std::iter::repeat_with(|| {
        Ok::<_, std::io::Error>(vec![b' '; 8_192])
    }));
    for (name, body, length) in [
        ("told", Body::empty(), Some(1 << 30)),
        ("endless", Body::from_stream(endless), None),
        (
            "one byte too many",
            Body::from(vec![b' '; 256 * 1024 + 1]),
            None,
        ),
    ] {
        let answer = post(body, length).await;
        assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE, "{name}");
        assert_eq!(answer.json()["code"], "too-large", "{name}");
    }
    let text = "a ".repeat(8_193);
    let answer = desk
        .post_json("/api/v1/similar", &json!({"text": text}))
        .await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert!(
        answer.text().contains("at most 16384 bytes"),
        "{}",
        answer.text()
    );
}

#[tokio::test]
async fn other_methods_are_refused_with_those_that_are_allowed() {
    let desk = Desk::sample();
    for (method, path, allowed) in [
        ("PUT", "/api/v1/sets/exoplanets", "GET, HEAD, POST"),
        ("DELETE", "/api/v1/sets/exoplanets", "GET, HEAD, POST"),
        ("PATCH", "/api/v1/sets/exoplanets", "GET, HEAD, POST"),
        (
            "OPTIONS",
            "/api/v1/sets/exoplanets/ratings",
            "GET, HEAD, POST",
        ),
        ("TRACE", "/", "GET, HEAD, POST"),
        ("BREW", "/paper/2601.90028", "GET, HEAD, POST"),
        ("GET", "/api/v1/sets/exoplanets/ratings", "POST"),
        ("POST", "/api/v1/sets", "GET,HEAD"),
    ] {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::CONTENT_TYPE, "application/json")
            .header("x-kindred-token", desk.app.token.as_str())
            .body(Body::empty())
            .unwrap();
        let answer = desk.send(request).await;
        assert_eq!(
            answer.status,
            StatusCode::METHOD_NOT_ALLOWED,
            "{method} {path}"
        );
        assert_eq!(answer.headers[header::ALLOW], allowed, "{method} {path}");
        if path.starts_with("/api/") {
            assert_eq!(
                answer.json()["code"],
                "method-not-allowed",
                "{method} {path}"
            );
        }
        let is_cors = |name: &header::HeaderName| name.as_str().starts_with("access-control");
        assert!(!answer.headers.keys().any(is_cors), "{method} {path}");
    }
}

#[tokio::test]
async fn counts_are_refused_outside_their_bounds_on_every_route_that_has_one() {
    let desk = grouped();
    let mut routes = 0;
    for path in [
        "/similar?ids=2601.90028&k=",
        "/search?q=a&k=",
        "/sets/exoplanets?k=",
        "/sets/exoplanets/feed?k=",
        "/sets/exoplanets/ask?k=",
        "/topics/1?k=",
        "/ledger?days=",
    ] {
        for value in [
            "0",
            "-1",
            "201",
            "1000000000",
            "1e9",
            "9223372036854775808",
            "NaN",
            "%221e9%22",
        ] {
            let answer = desk.get(&format!("/api/v1{path}{value}")).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{path}{value}");
            assert!(answer.text().contains("from 1 to 200"), "{path}{value}");
            routes += 1;
        }
    }
    assert_eq!(routes, 56);
    let all = desk
        .get("/api/v1/similar?ids=2601.90028&k=200")
        .await
        .json();
    assert_eq!(all["results"].as_array().unwrap().len(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn those_beyond_the_queue_are_told_when_to_come_back() {
    let folder = tempfile::tempdir().unwrap();
    drop(Library::create(folder.path()).unwrap());
    let desk = Desk::over(folder, |options| {
        options.limits.at_once = 1;
        options.limits.waiting = 0;
    });
    let (go, wait) = std::sync::mpsc::channel::<()>();
    let (begun, has_begun) = std::sync::mpsc::channel::<()>();
    let app = std::sync::Arc::clone(&desk.app);
    let busy = tokio::spawn(async move {
        let work = move |_: &mut Library| {
            begun.send(()).unwrap();
            wait.recv().ok();
            Ok(())
        };
        app.read(crate::gate::Cost::Slow, work).await
    });
    has_begun.recv().unwrap();
    for path in ["/api/v1/sets", "/api/v1/search?q=a", "/"] {
        let answer = desk.get(path).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{path}");
        assert_eq!(answer.headers[header::RETRY_AFTER], "1", "{path}");
    }
    let health = desk.get("/api/v1/health").await;
    assert_eq!(
        health.status,
        StatusCode::OK,
        "it tells a busy server from none"
    );
    go.send(()).unwrap();
    busy.await.unwrap().unwrap();
    assert_eq!(desk.get("/api/v1/sets").await.status, StatusCode::OK);
}
