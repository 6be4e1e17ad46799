//! Scores taken apart, lists made to measure, and questions asked.

use serde_json::Value;

use crate::support::Place;

const PERIOD: [&str; 4] = ["--since", "2026-03-21", "--as-of", "2026-03-27"];

fn feed(place: &Place, more: &[&str]) -> Value {
    let arguments = [&["feed", "history", "--peek", "--json"], &PERIOD[..], more].concat();
    place.run(&arguments).expect_code(0).json()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

fn shares(parts: &Value) -> f64 {
    let parts = parts.as_array().unwrap().iter();
    parts.map(|part| number(&part["share"])).sum()
}

fn id(hit: &Value) -> String {
    hit["paper"]["id"].as_str().unwrap().to_owned()
}

#[test]
fn the_parts_of_why_add_up_to_the_score_of_the_feed() {
    let place = Place::with_history();
    let answer = feed(&place, &["-n", "1"]);
    let first = &answer["results"][0];
    let why = place
        .run(&[
            "why",
            &id(first),
            "--set",
            "history",
            "--reasons",
            "4",
            "--json",
        ])
        .expect_code(0)
        .json();
    let rest = [
        "start",
        "other_papers",
        "other_terms",
        "surroundings",
        "background",
    ];
    let sum = shares(&why["reasons"])
        + shares(&why["terms"])
        + rest.iter().map(|part| number(&why[part])).sum::<f64>();
    assert!((sum - number(&why["score"])).abs() < 1e-4, "{why}");
    assert!((number(&why["score"]) - number(&first["score"])).abs() < 1e-6);
    assert_eq!(why["rank"], 1);
    assert_eq!(why["reasons"].as_array().unwrap().len(), 4);
}

#[test]
fn without_its_best_reason_a_paper_falls() {
    let place = Place::with_history();
    let answer = feed(&place, &["-n", "1"]);
    let first = &answer["results"][0];
    let reason = first["reasons"][0]["id"].as_str().unwrap();
    let why = place
        .run(&[
            "why",
            &id(first),
            "--set",
            "history",
            "--without",
            reason,
            "--json",
        ])
        .expect_code(0)
        .json();
    assert!(
        number(&why["without"]["score"]) < number(&why["score"]),
        "{why}"
    );
    assert!(
        why["without"]["rank"].as_u64() > why["rank"].as_u64(),
        "{why}"
    );
    let refused = place.run(&[
        "why",
        &id(first),
        "--set",
        "history",
        "--without",
        &id(first),
    ]);
    let text = refused.expect_code(2).stderr;
    assert!(text.contains("has not rated arXiv:"), "{text}");
}

#[test]
fn a_paper_of_the_set_is_judged_by_the_others() {
    let place = Place::with_history();
    let shown = place
        .run(&["set", "show", "history", "--json"])
        .expect_code(0)
        .json();
    let liked = shown[0]["paper"]["id"].as_str().unwrap();
    let why = place
        .run(&[
            "why",
            liked,
            "--set",
            "history",
            "--reasons",
            "20",
            "--json",
        ])
        .expect_code(0)
        .json();
    assert_eq!(why["in_set"], true);
    let reasons = why["reasons"].as_array().unwrap();
    assert!(reasons.iter().all(|reason| reason["id"] != liked), "{why}");
}

#[test]
fn a_list_ends_where_the_expected_share_is_reached() {
    let place = Place::with_history();
    let whole = feed(&place, &["-n", "50"]);
    let expected = whole["expected"]["papers"].as_u64().unwrap();
    let ended = feed(&place, &["-n", "50", "--expect", "90%"]);
    assert_eq!(ended["results"].as_array().unwrap().len() as u64, expected);
    let few = feed(&place, &["--budget", "2", "--expect", "0.9"]);
    assert_eq!(few["results"].as_array().unwrap().len(), 2);
    let refused = place.run(&["feed", "history", "--expect", "120%"]);
    let text = refused.expect_code(2).stderr;
    assert!(text.contains("like 90% or 0.9"), "{text}");
}

#[test]
fn several_interests_are_found_and_each_has_its_places() {
    let place = Place::with_history();
    let answer = feed(&place, &["-n", "6", "--balance", "--explore", "1"]);
    let interests = answer["interests"].as_array().unwrap();
    assert_eq!(interests.len(), 3, "{answer}");
    let results = answer["results"].as_array().unwrap();
    for interest in interests {
        let has_place = (results.iter())
            .any(|hit| hit["interest"] == interest["number"] && hit.get("between").is_none());
        assert!(has_place, "{interest} {answer}");
    }
    assert!(results[5]["between"].is_array(), "{answer}");
}

#[test]
fn five_answers_make_a_new_set_that_ranks() {
    let place = Place::with_history();
    let arguments = [&["feed", "fresh", "--ask", "5", "--json"], &PERIOD[..]].concat();
    let asked = place.run(&arguments).expect_code(0).json();
    let questions: Vec<String> = asked["questions"]
        .as_array()
        .unwrap()
        .iter()
        .map(id)
        .collect();
    assert_eq!(questions.len(), 5);
    let (likes, dislikes) = questions.split_at(2);
    let rate = |verb: &'static str, ids: &[String]| {
        let mut arguments = vec![verb, "--set", "fresh"];
        arguments.extend(ids.iter().map(String::as_str));
        place.run(&arguments).expect_code(0);
    };
    rate("like", likes);
    rate("dislike", dislikes);
    // What was answered is not asked about again, and the set ranks.
    let again = place.run(&arguments).expect_code(0).json();
    for question in again["questions"].as_array().unwrap() {
        assert!(!questions.contains(&id(question)), "{again}");
        assert!(question["relevance"].is_number());
    }
    let arguments = [
        &["feed", "fresh", "--peek", "--json", "-n", "3"],
        &PERIOD[..],
    ]
    .concat();
    let ranked = place.run(&arguments).expect_code(0).json();
    assert_eq!(ranked["results"].as_array().unwrap().len(), 3);
}

#[test]
fn probabilities_are_fitted_to_what_was_kept_of_earlier_feeds() {
    let place = Place::with_history();
    // Thirty papers shown a week earlier, five of them kept.
    let shown = place
        .run(&[
            "feed",
            "history",
            "-n",
            "30",
            "--json",
            "--since",
            "2026-03-01",
            "--as-of",
            "2026-03-14",
        ])
        .expect_code(0)
        .json();
    let before = feed(&place, &["-n", "1"]);
    let kept: Vec<String> = shown["results"].as_array().unwrap()[..5]
        .iter()
        .map(id)
        .collect();
    let mut arguments = vec!["like", "--set", "history"];
    arguments.extend(kept.iter().map(String::as_str));
    place.run(&arguments).expect_code(0);
    let after = feed(&place, &["-n", "1"]);
    assert_eq!(before["trained_on"]["outcomes"], 30);
    assert_eq!(after["trained_on"]["outcomes"], 30);
    assert!(number(&after["expected"]["kept"]) > number(&before["expected"]["kept"]));
}
