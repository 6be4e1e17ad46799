//! What a user types and sees.

use std::sync::Arc;

use kindred_fake_arxiv::{Clock, FakeArxiv, World, WorldOptions};
use serde_json::json;

use crate::support::{Place, Run, sample};

#[test]
fn demo_shows_the_whole_job_without_a_network() {
    let place = Place::new();
    let run = place.run(&["demo"]).expect_code(0);
    for part in [
        "kindred import",
        "kindred similar",
        "kindred feed",
        "kindred topics",
        "because",
    ] {
        assert!(run.stdout.contains(part), "{part} in {}", run.stdout);
    }
    assert!(
        !place.library().exists(),
        "the demo leaves the user's library alone"
    );
}

#[test]
fn what_a_command_writes_is_dated_by_the_clock_that_is_named() {
    let place = Place::new();
    let clock = Clock::new("2026-11-03T09:30:00Z".parse().unwrap());
    let arxiv = FakeArxiv::start(Arc::new(World::new(&WorldOptions::default())), clock);
    let run = |arguments: &[&str]| -> Run {
        let mut command = place.command(arguments);
        command.env("KINDRED_CLOCK", format!("{}/clock", arxiv.clock_url()));
        command.output().expect("the program starts").into()
    };
    let library = place.library().display().to_string();
    run(&["demo", "--keep", &library]).expect_code(0);
    let rated = run(&["set", "show", "exoplanets", "--json"])
        .expect_code(0)
        .json();
    let at = rated[0]["at"].as_str().unwrap();
    assert!(at.starts_with("2026-11-03"), "{at}");
    run(&["like", "2603.90124", "--set", "exoplanets"]).expect_code(0);
    let rated = run(&["set", "show", "exoplanets", "--json"])
        .expect_code(0)
        .json();
    for one in rated.as_array().unwrap() {
        assert!(
            one["at"].as_str().unwrap().starts_with("2026-11-03"),
            "{one}"
        );
    }
    let map = run(&["map", "--json"]).expect_code(0).json();
    let drawn = map["drawn"].as_str().unwrap();
    assert!(drawn.starts_with("2026-11-03"), "{drawn}");
}

#[test]
fn neighbours_of_a_sample_paper_are_of_its_field() {
    let place = Place::with_sample();
    let answer = place
        .run(&["similar", "2603.90124", "--json", "-n", "5"])
        .expect_code(0)
        .json();
    assert_eq!(answer["seeds"][0]["id"], "arXiv:2603.90124");
    let results = answer["results"].as_array().unwrap();
    assert_eq!(results.len(), 5);
    let is_near = |hit: &serde_json::Value| {
        let text = hit["paper"]["abstract"].as_str().unwrap().to_lowercase();
        let archive = hit["paper"]["categories"][0].as_str().unwrap();
        archive.starts_with("cs.") && (text.contains("client") || text.contains("federated"))
    };
    assert!(
        results.iter().filter(|hit| is_near(hit)).count() >= 4,
        "{answer:#}"
    );
    let scores: Vec<f64> = results
        .iter()
        .map(|hit| hit["score"].as_f64().unwrap())
        .collect();
    assert!(scores.is_sorted_by(|a, b| a >= b));
    assert!(
        results
            .iter()
            .all(|hit| hit["paper"]["id"] != "arXiv:2603.90124")
    );
}

#[test]
fn similar_takes_texts_files_and_several_ids() {
    let place = Place::with_sample();
    let text = "secure aggregation of model updates from many clients";
    let by_text = place
        .run(&["similar", "--text", text, "--json"])
        .expect_code(0)
        .json();
    let file = place.write("abstract.txt", text.as_bytes());
    let by_file = place
        .run(&["similar", "--file", &file, "--json"])
        .expect_code(0)
        .json();
    let by_stdin = place
        .run_with_input(&["similar", "--file", "-", "--json"], text.as_bytes())
        .json();
    assert_eq!(by_text["results"], by_file["results"]);
    assert_eq!(by_text["results"], by_stdin["results"]);
    let pair = place
        .run(&["similar", "2603.90124", "2603.90114", "--json"])
        .expect_code(0)
        .json();
    assert_eq!(pair["seeds"].as_array().unwrap().len(), 2);
}

#[test]
fn selections_are_kept_to() {
    let place = Place::with_sample();
    let arguments = [
        "similar",
        "2603.90124",
        "--category",
        "cs",
        "--since",
        "2026-02-01",
        "--json",
        "-n",
        "50",
    ];
    let answer = place.run(&arguments).expect_code(0).json();
    for hit in answer["results"].as_array().unwrap() {
        let categories = hit["paper"]["categories"].as_array().unwrap();
        assert!(
            categories
                .iter()
                .any(|c| c.as_str().unwrap().starts_with("cs.")),
            "{hit}"
        );
        assert!(
            hit["paper"]["date"].as_str().unwrap() >= "2026-02-01",
            "{hit}"
        );
    }
    let none = place
        .run(&["similar", "2603.90124", "--since", "2030-01-01"])
        .expect_code(1);
    assert!(none.stdout.is_empty());
    assert!(none.stderr.contains("nothing found"));
}

#[test]
fn search_fuses_words_and_meaning_and_keeps_conditions() {
    let place = Place::with_sample();
    let answer = place
        .run(&["search", "secure aggregation dropped clients", "--json"])
        .expect_code(0)
        .json();
    let first = &answer["results"][0];
    assert!(
        first["words"].is_object() && first["meaning"].is_object(),
        "{first:#}"
    );
    let author = place
        .run(&[
            "search",
            "author:\"Author 017\" learning",
            "--json",
            "-n",
            "50",
        ])
        .expect_code(0)
        .json();
    for hit in author["results"].as_array().unwrap() {
        let authors = hit["paper"]["authors"].as_array().unwrap();
        assert!(authors.contains(&json!("Author 017")), "{hit:#}");
    }
    for odd in [
        "\"unclosed",
        "a AND (b OR",
        "NEAR(x y)",
        "-",
        "***",
        "título:ñ",
    ] {
        let run = place.run(&["search", "--", odd]);
        assert!([0, 1, 2].contains(&run.code), "{odd}: {run:?}");
        assert!(!run.stderr.contains("syntax"), "{odd}: {}", run.stderr);
    }
}

#[test]
fn feed_ranks_the_last_day_and_says_why() {
    let place = Place::with_sample();
    let set: serde_json::Value =
        serde_json::from_slice(&fs_err::read(sample("sets/exoplanets.json")).unwrap()).unwrap();
    let ids = |key: &str| -> Vec<String> {
        set[key]
            .as_array()
            .unwrap()
            .iter()
            .map(|id| id.as_str().unwrap().to_owned())
            .collect()
    };
    let likes = ids("likes");
    let mut add = vec!["set", "add", "planets"];
    add.extend(likes.iter().map(String::as_str));
    place.run(&add).expect_code(0);
    let dislikes = ids("dislikes");
    let mut dislike = vec!["dislike"];
    dislike.extend(dislikes.iter().map(String::as_str));
    place.run(&dislike).expect_code(0);

    let day = [
        "feed",
        "planets",
        "--since",
        "2026-03-27",
        "--as-of",
        "2026-03-27",
        "--json",
    ];
    let answer = place.run(&day).expect_code(0).json();
    assert_eq!(answer["arrivals"], 24);
    let top: Vec<&str> = answer["results"].as_array().unwrap()[..3]
        .iter()
        .map(|hit| hit["paper"]["id"].as_str().unwrap())
        .collect();
    for wanted in ["arXiv:2603.90114", "arXiv:2603.90116", "arXiv:2603.90128"] {
        assert!(top.contains(&wanted), "{wanted} in {top:?}");
    }
    let reason = &answer["results"][0]["reasons"][0];
    assert_eq!(reason["rating"], "like");
    assert!(likes.contains(&reason["id"].as_str().unwrap().to_owned()));
    let again = place.run(&day).expect_code(0).json();
    assert_eq!(
        answer["results"], again["results"],
        "the same day shows the same feed"
    );

    let later = [
        "feed",
        "planets",
        "--since",
        "2026-03-27",
        "--as-of",
        "2026-03-28",
        "--json",
    ];
    let next = place.run(&later);
    let left = &next.json()["left_out"];
    let shown = answer["results"].as_array().unwrap().len();
    assert_eq!(left["shown_before"], shown, "{left}");
}

#[test]
fn one_like_is_enough_for_a_sane_feed() {
    let place = Place::with_sample();
    place.run(&["like", "2603.90058"]).expect_code(0);
    let run = place
        .run(&["feed", "--as-of", "2026-03-27", "--json", "--peek"])
        .expect_code(0);
    let answer = run.json();
    assert_eq!(answer["set"], "reading");
    let first = answer["results"][0]["paper"]["categories"][0]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(first.starts_with("astro-ph"), "{first}");
}

#[test]
fn topics_cover_every_paper_and_do_not_depend_on_order() {
    let place = Place::with_sample();
    let answer = place
        .run(&["topics", "--json", "--assignment"])
        .expect_code(0)
        .json();
    assert_eq!(answer["papers"], 325);
    let sizes: u64 = answer["topics"]
        .as_array()
        .unwrap()
        .iter()
        .map(|t| t["size"].as_u64().unwrap())
        .sum();
    assert_eq!(sizes, 325);
    let labels: Vec<&str> = answer["topics"]
        .as_array()
        .unwrap()
        .iter()
        .map(|topic| topic["label"].as_str().unwrap())
        .collect();
    let mut unique = labels.clone();
    unique.sort_unstable();
    unique.dedup();
    assert_eq!(unique.len(), labels.len());

    let text = fs_err::read_to_string(sample("sample.jsonl")).unwrap();
    let mut lines: Vec<&str> = text.lines().collect();
    lines.reverse();
    let reversed = Place::new();
    let file = reversed.write("reversed.jsonl", lines.join("\n").as_bytes());
    reversed.run(&["import", &file]).expect_code(0);
    let other = reversed
        .run(&["topics", "--json", "--assignment"])
        .expect_code(0)
        .json();
    assert_eq!(answer["topics"], other["topics"]);
    assert_eq!(answer["assignment"], other["assignment"]);
}

#[test]
fn errors_have_their_exit_codes_and_hints() {
    let place = Place::new();
    let none = place.run(&["similar", "2603.90124"]).expect_code(3);
    assert!(none.stderr.contains("kindred import"), "{}", none.stderr);
    place.run(&["similar", "nonsense"]).expect_code(2);
    place.run(&["no-such-command"]).expect_code(2);
    place.run(&["--help"]).expect_code(0);
    place.run(&["--version"]).expect_code(0);

    let place = Place::with_sample();
    let unknown = place.run(&["similar", "2603.90999"]).expect_code(1);
    assert!(unknown.stderr.contains("2603.90999"), "{}", unknown.stderr);
    assert!(
        unknown.stderr.contains("hint: close to it are `2603.90"),
        "{}",
        unknown.stderr
    );
    let bare = place.run(&["similar", "0304179"]).expect_code(2);
    assert!(bare.stderr.contains("hep-th/0304179"), "{}", bare.stderr);
    let set = place.run(&["feed", "nothing"]).expect_code(1);
    assert!(
        set.stderr.contains("there is no seed set `nothing`"),
        "{}",
        set.stderr
    );
    place
        .run(&["set", "add", "bad name!", "2603.90124"])
        .expect_code(2);
    place.run(&["similar", "--text", "   "]).expect_code(2);
    place
        .run(&["similar", "--text", "2603.90124", "--file", "x"])
        .expect_code(2);
    place.run(&["feed", "--since", "2026-13-01"]).expect_code(2);
    let folder = place
        .run(&["models", "use", "/nowhere/at/all"])
        .expect_code(2);
    assert!(
        folder.stderr.contains("/nowhere/at/all"),
        "{}",
        folder.stderr
    );
}

#[test]
fn text_output_is_plain_when_piped() {
    let place = Place::with_sample();
    let run = place.run(&["similar", "2603.90124"]).expect_code(0);
    assert!(!run.stdout.contains('\u{1b}'));
    let colored = place
        .run(&["similar", "2603.90124", "--color", "always"])
        .expect_code(0);
    assert!(colored.stdout.contains('\u{1b}'));
    assert!(
        !colored.stdout.contains("\u{1b}]8"),
        "no link where there is no terminal"
    );
}

#[test]
fn sets_can_be_changed() {
    let place = Place::with_sample();
    place
        .run(&["set", "add", "one", "2603.90124", "2603.90127"])
        .expect_code(0);
    let again = place
        .run(&["set", "add", "one", "2603.90124", "--json"])
        .expect_code(0)
        .json();
    assert_eq!(again["unchanged"], 1, "{again}");
    place
        .run(&["dislike", "2603.90124", "--set", "one"])
        .expect_code(0);
    let shown = place
        .run(&["set", "show", "one", "--json"])
        .expect_code(0)
        .json();
    assert_eq!(shown[0]["rating"], "dislike");
    place
        .run(&["set", "remove", "one", "2603.90124"])
        .expect_code(0);
    place.run(&["set", "rename", "one", "two"]).expect_code(0);
    place
        .run(&["set", "add", "three", "2603.90127"])
        .expect_code(0);
    let several = place.run(&["like", "2603.90124"]).expect_code(2);
    assert!(several.stderr.contains("three, two"), "{}", several.stderr);
    place.run(&["set", "delete", "two"]).expect_code(0);
    let list = place.run(&["set", "list", "--json"]).expect_code(0).json();
    assert_eq!(list.as_array().unwrap().len(), 1);
    let missing = place
        .run(&["set", "add", "three", "2603.90999"])
        .expect_code(1);
    assert!(missing.stderr.contains("2603.90999"));
}

#[test]
fn a_feed_of_an_earlier_day_does_not_change_a_later_one() {
    let place = Place::with_sample();
    place
        .run(&["set", "add", "planets", "2602.90050"])
        .expect_code(0);
    let day = |as_of: &str| {
        let run = place.run(&["feed", "planets", "--as-of", as_of, "--json", "-n", "200"]);
        run.expect_code(0).json()["results"].clone()
    };
    let later = day("2026-03-27");
    day("2026-03-26");
    assert_eq!(later, day("2026-03-27"));
}

#[test]
fn a_query_without_a_vector_is_answered_by_its_words() {
    let place = Place::new();
    let line = "{\"id\": \"own:1\", \"title\": \"\u{65e5}\u{672c}\u{8a9e} robots\"}\n";
    let file = place.write("own.jsonl", line.as_bytes());
    // A transformer has a vector for unknown words too.
    place
        .run(&["models", "use", "kindred-static"])
        .expect_code(0);
    place.run(&["import", &file]).expect_code(0);
    place
        .run(&["search", "\u{65e5}\u{672c}\u{8a9e}"])
        .expect_code(0);
    place.run(&["search", "\u{4e2d}\u{6587}"]).expect_code(1);
}
