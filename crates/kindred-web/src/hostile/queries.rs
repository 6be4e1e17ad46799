//! Queries that no grammar foresaw: answered or refused with a reason, never a failure.

use axum::http::StatusCode;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use crate::testing::Desk;
use crate::view::link::with_query;

/// Random queries.
const COUNT: usize = 2_000;
/// What they are made of, besides any character.
const PIECES: [&str; 40] = [
    "\"",
    "\"\"",
    "'",
    "*",
    "**",
    "-",
    "--",
    "(",
    ")",
    "^",
    ":",
    "+",
    "~",
    "{",
    "}",
    "NEAR",
    "NEAR(",
    "AND",
    "OR",
    "NOT",
    "author:",
    "title:",
    "cat:",
    "abstract:",
    "cat:cs.DC",
    "column:x",
    "secure",
    "aggregation",
    "\\",
    "/",
    "%",
    "_",
    ";",
    "' OR 1=1 --",
    "\u{0}",
    "\u{202e}",
    "ſ",
    "İ",
    "𝔸",
    "見",
];

fn random(random: &mut StdRng) -> String {
    let parts = random.random_range(1..12);
    let mut text = String::new();
    for _ in 0..parts {
        if random.random_bool(0.7) {
            text.push_str(PIECES[random.random_range(0..PIECES.len())]);
        } else {
            text.push(random.random::<char>());
        }
        if random.random_bool(0.4) {
            text.push(' ');
        }
    }
    text
}

#[tokio::test]
async fn no_query_fails() {
    let desk = Desk::sample();
    let mut source = StdRng::seed_from_u64(16);
    let punctuation: Vec<char> = (b'!'..=b'~')
        .map(char::from)
        .filter(char::is_ascii_punctuation)
        .collect();
    assert_eq!(punctuation.len(), 32);
    let singles = punctuation.iter().map(ToString::to_string);
    let around = punctuation
        .iter()
        .map(|mark| format!("{mark}secure{mark} {mark}"));
    let pairs = punctuation.iter().map(|mark| format!("{mark}{mark}"));
    let whole: String = punctuation.iter().collect();
    let mut queries: Vec<String> = singles.chain(around).chain(pairs).collect();
    queries.extend([
        whole,
        "\"".repeat(1_000),
        "a ".repeat(8_000),
        "(".repeat(16_384),
    ]);
    queries.extend((0..COUNT).map(|_| random(&mut source)));
    let mut answered = 0;
    for (number, query) in queries.iter().enumerate() {
        let path = with_query("/api/v1/search", &[("q", query), ("k", "2")]);
        let answer = desk.get(&path).await;
        match answer.status {
            StatusCode::OK => answered += 1,
            StatusCode::BAD_REQUEST => {
                let message = answer.json()["message"].as_str().unwrap().to_owned();
                assert!(message.contains("`q`"), "{query:?}: {message}");
            }
            other => panic!("{query:?}: {other}: {}", answer.text()),
        }
        if number % 10 == 0 {
            let page = desk.get(&with_query("/", &[("q", query)])).await;
            let status = page.status.as_u16();
            assert!(status < 500, "{query:?}: {status}: {}", page.text());
        }
    }
    assert!(answered > COUNT / 2, "{answered} of {}", queries.len());
    for query in [
        "secure.", "(secure", "secure!?", "\"secure", "secure*", "se*cure", "'secure'",
    ] {
        let answer = desk
            .get(&with_query("/api/v1/search", &[("q", query)]))
            .await
            .json();
        let results = answer["results"].as_array().unwrap();
        assert!(!results.is_empty(), "{query} finds nothing");
    }
}
