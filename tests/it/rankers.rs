//! `--ranker`: feeds and digests in the order of another ranker than Kindred's own.

use serde_json::Value;

use crate::support::{Place, Run};

/// A week of arrivals of the sample, not remembered.
const WEEK: [&str; 5] = ["--since", "2026-03-21", "--as-of", "2026-03-27", "--peek"];

/// The rankers there are, Kindred's own first.
const RANKERS: [&str; 13] = [
    "kindred",
    "arxiv-sanity-lite",
    "zotero-arxiv-daily",
    "centroid",
    "max-cosine",
    "top-3-mean-cosine",
    "rocchio",
    "qdrant-average",
    "qdrant-best-score",
    "qdrant-sum-scores",
    "bm25-likes",
    "logistic-regression",
    "scholar-inbox",
];

fn feed(place: &Place, more: &[&str]) -> Run {
    let all: Vec<&str> = (["feed", "history"].iter().chain(&WEEK))
        .chain(more)
        .copied()
        .collect();
    place.run(&all)
}

fn hits(answer: &Value) -> &[Value] {
    answer["results"].as_array().unwrap()
}

fn ids(answer: &Value) -> Vec<&str> {
    let ids = hits(answer).iter().map(|hit| hit["paper"]["id"].as_str());
    ids.map(Option::unwrap).collect()
}

#[test]
fn every_ranker_orders_the_same_papers_by_its_score() {
    let place = Place::with_history();
    let mut orders = Vec::new();
    let mut sorted = Vec::new();
    for ranker in RANKERS {
        let run = feed(&place, &["--ranker", ranker, "-n", "100", "--json"]).expect_code(0);
        let answer = run.json();
        assert_eq!(answer["ranker"], ranker);
        assert_eq!(hits(&answer).len(), 58, "{ranker}");
        assert_eq!(answer["left_out"]["below_limit"], 0);
        assert_eq!(answer["trained_on"]["likes"], 26);
        let scores: Vec<f64> = (hits(&answer).iter())
            .map(|hit| hit["score"].as_f64().unwrap())
            .collect();
        assert!(scores.is_sorted_by(|a, b| a >= b), "{ranker}: {scores:?}");
        let is_own = ranker == "kindred";
        assert_eq!(answer.get("expected").is_some(), is_own, "{ranker}");
        assert_eq!(answer.get("interests").is_some(), is_own, "{ranker}");
        for hit in hits(&answer) {
            assert_eq!(hit.get("relevance").is_some(), is_own, "{ranker}");
            assert_eq!(hit["reasons"] != serde_json::json!([]), is_own, "{ranker}");
            assert!(is_own || hit.get("interest").is_none(), "{ranker}");
        }
        let mut papers: Vec<String> = ids(&answer).into_iter().map(str::to_owned).collect();
        orders.push(papers.clone());
        papers.sort();
        sorted.push(papers);
    }
    sorted.dedup();
    assert_eq!(sorted.len(), 1, "all rank the same papers");
    orders.sort();
    orders.dedup();
    assert!(orders.len() >= 6, "their orders differ: {}", orders.len());

    // Kindred's own is what a feed takes without more.
    let own = feed(&place, &["--ranker", "kindred", "--json"]);
    assert_eq!(own.stdout, feed(&place, &["--json"]).stdout);
}

#[test]
fn the_closest_like_alone_orders_as_similar_does() {
    let place = Place::with_sample();
    place
        .run(&["set", "add", "history", "2603.90027"])
        .expect_code(0);
    let answer = feed(&place, &["--ranker", "max-cosine", "-n", "200", "--json"]).json();
    let similar = ["similar", "2603.90027", "-n", "400", "--json"];
    let similar = place.run(&similar).expect_code(0).json();
    let ranked = ids(&answer);
    let closest: Vec<(&str, f64)> = (hits(&similar).iter())
        .map(|hit| {
            let id = hit["paper"]["id"].as_str().unwrap();
            (id, hit["score"].as_f64().unwrap())
        })
        .filter(|(id, _)| ranked.contains(id))
        .collect();
    assert!(ranked.len() > 50, "{}", ranked.len());
    assert_eq!(closest.len(), ranked.len());
    for (hit, (id, score)) in hits(&answer).iter().zip(closest) {
        assert_eq!(hit["paper"]["id"], id);
        assert!((hit["score"].as_f64().unwrap() - score).abs() < 1e-5);
    }
}

#[test]
fn the_list_is_the_first_by_score_after_pinned_papers() {
    let place = Place::with_history();
    let ranker = ["--ranker", "centroid"];
    let with = |more: &[&str]| {
        let all: Vec<&str> = ranker.iter().chain(more).copied().collect();
        feed(&place, &all)
    };
    let whole = with(&["-n", "100", "--json"]).json();
    let whole: Vec<String> = ids(&whole).into_iter().map(str::to_owned).collect();
    let first = with(&["--budget", "4", "--json"]).expect_code(0).json();
    assert_eq!(ids(&first), whole[..4]);
    assert_eq!(first["left_out"]["below_limit"], 54);

    let last = whole.last().unwrap();
    let shown = place.run(&["show", last, "--json"]).expect_code(0).json();
    let author = shown["authors"][0].as_str().unwrap();
    place
        .run(&["set", "rule", "history", "--pin", author])
        .expect_code(0);
    let pinned = with(&["-n", "4", "--json"]).expect_code(0).json();
    let pins = hits(&pinned).iter().filter(|hit| hit["pinned"] == author);
    let pins = pins.count();
    assert!(pins > 0 && ids(&pinned)[..pins].contains(&last.as_str()));
    assert_eq!(ids(&pinned)[pins..].len(), 4);

    let text = with(&["-n", "2"]).expect_code(0).stdout;
    assert!(
        text.contains("58 arrivals ranked by centroid against 26 liked"),
        "{text}"
    );
    assert!(!text.contains('%') && !text.contains("because"), "{text}");
    assert!(text.contains("  0."), "the score is printed: {text}");
}

#[test]
fn what_needs_probabilities_or_interests_is_refused() {
    let place = Place::with_history();
    for (arguments, options) in [
        (&["--expect", "90%"][..], "--expect"),
        (&["--balance"], "--balance"),
        (&["--explore", "1"], "--explore"),
        (&["--diversity", "0.3"], "--diversity"),
        (&["--balance", "--expect", "0.5"], "--expect, --balance"),
    ] {
        let all: Vec<&str> = (["--ranker", "bm25-likes"].iter())
            .chain(arguments)
            .copied()
            .collect();
        let run = feed(&place, &all).expect_code(2);
        for part in [
            "error: ",
            options,
            "probabilities and interests, which ranker `bm25-likes` does not have",
            "hint: leave out",
            "`--ranker kindred`",
        ] {
            assert!(run.stderr.contains(part), "{part}: {}", run.stderr);
        }
        assert_eq!(run.stdout, "");
    }
    let ask = ["feed", "history", "--ask", "2", "--ranker", "centroid"];
    let run = place.run(&ask).expect_code(2);
    assert!(run.stderr.contains("cannot be used with"), "{}", run.stderr);

    let run = feed(&place, &["--ranker", "oracle"]).expect_code(2);
    assert!(run.stderr.contains("oracle"), "{}", run.stderr);
    for ranker in RANKERS {
        assert!(run.stderr.contains(ranker), "{ranker}: {}", run.stderr);
    }
}

#[test]
fn digests_take_it_too() {
    let place = Place::with_history();
    let digest = |more: &[&str]| {
        let all: Vec<&str> = (["digest", "history"].iter().chain(&WEEK))
            .chain(&["--ranker", "rocchio", "-n", "3"])
            .chain(more)
            .copied()
            .collect();
        place.run(&all).expect_code(0)
    };
    let answer = digest(&["--json"]).json();
    let section = &answer["sections"][0];
    assert_eq!(section["ranker"], "rocchio");
    let feed = feed(&place, &["--ranker", "rocchio", "-n", "3", "--json"]).json();
    assert_eq!(ids(section), ids(&feed));
    for format in ["terminal", "markdown", "html"] {
        let text = digest(&["--format", format]).stdout;
        assert!(text.contains("ranked by rocchio"), "{format}: {text}");
        assert!(!text.contains("because you liked"), "{format}: {text}");
    }
    assert!(!digest(&[]).stdout.contains(" %"));
    place
        .run(&["digest", "history", "--ranker", "oracle"])
        .expect_code(2);
}
