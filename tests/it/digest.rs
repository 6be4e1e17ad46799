//! `digest`: files, formats, what is remembered.

use serde_json::Value;

use crate::support::Place;

const DAY: [&str; 4] = ["--since", "2026-03-27", "--as-of", "2026-03-27"];

/// A library with two sets.
fn place() -> Place {
    let place = Place::with_sample();
    place
        .run(&["set", "add", "clients", "2603.90027", "2602.90036"])
        .expect_code(0);
    place
        .run(&["set", "add", "planets", "2602.90050"])
        .expect_code(0);
    place
}

fn digest<'a>(more: &[&'a str]) -> Vec<&'a str> {
    let mut arguments = vec!["digest"];
    arguments.extend(DAY);
    arguments.extend(more);
    arguments
}

#[test]
fn all_sets_are_in_one_digest_unless_some_are_named() {
    let place = place();
    let all = place
        .run(&digest(&["--json", "--peek", "-n", "3"]))
        .expect_code(0)
        .json();
    let sets = |value: &Value| -> Vec<String> {
        let sections = value["sections"].as_array().unwrap();
        sections
            .iter()
            .map(|section| section["set"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(sets(&all), ["clients", "planets"]);
    let named = place
        .run(&digest(&["planets", "planets", "--json", "--peek"]))
        .expect_code(0)
        .json();
    assert_eq!(sets(&named), ["planets"]);

    let text = place.run(&digest(&["--peek", "-n", "3"])).expect_code(0);
    assert!(
        text.stdout.contains("planets, 2026-03-27"),
        "{}",
        text.stdout
    );
    assert!(text.stdout.contains("because you liked"), "{}", text.stdout);
    // The probability is written as the feed writes it.
    let shown = place.run(&[
        "feed", "planets", "--peek", "-n", "3", "--since", DAY[1], "--as-of", DAY[3],
    ]);
    let scores = |text: &str| -> Vec<String> {
        let lines = text.lines().filter(|line| line.contains(" %  "));
        lines.map(|line| line[..10].to_owned()).collect()
    };
    let of_feed = scores(&shown.stdout);
    assert_eq!(of_feed.len(), 3, "{}", shown.stdout);
    assert!(scores(&text.stdout).ends_with(&of_feed), "{}", text.stdout);
    for format in ["markdown", "html", "atom", "eml"] {
        let text = place.run(&digest(&[
            "planets", "--peek", "-n", "1", "--format", format,
        ]));
        let percentage = of_feed[0][3..].trim().trim_start_matches(['<', '>']);
        assert!(
            text.stdout.contains(percentage),
            "{format}: {}",
            text.stdout
        );
    }
    let feed = place
        .run(&[
            "feed", "planets", "--json", "--peek", "--since", DAY[1], "--as-of", DAY[3],
        ])
        .json();
    for (hit, item) in feed["results"]
        .as_array()
        .unwrap()
        .iter()
        .zip(named["sections"][0]["results"].as_array().unwrap())
    {
        assert_eq!(hit["paper"], item["paper"], "a digest shows the feed");
    }
}

#[test]
fn endings_of_files_say_the_format() {
    let place = place();
    for (name, start) in [
        ("a.html", "<!DOCTYPE html>"),
        ("a.atom", "<?xml "),
        ("a.md", "# Kindred"),
        ("a.json", "{"),
        ("a.bib", "@misc{arXiv:"),
        ("a.ris", "TY  - "),
        ("a.txt", "Kindred: "),
        ("a.eml", "From: Kindred <kindred@localhost>\r\n"),
    ] {
        let path = place.path(name);
        let run = place
            .run(&digest(&["--peek", "--out", path.to_str().unwrap()]))
            .expect_code(0);
        assert!(run.stdout.is_empty(), "{name}: {}", run.stdout);
        let text = fs_err::read_to_string(&path).unwrap();
        assert!(text.contains(start), "{name}: {text}");
    }
    place
        .run(&digest(&["--out", "a.docx", "--peek"]))
        .expect_code(2);
    place
        .run(&digest(&["--out", "none/a.html", "--peek"]))
        .expect_code(2);
    place
        .run(&digest(&["--json", "--format", "html", "--peek"]))
        .expect_code(2);
}

#[test]
fn the_same_day_gives_the_same_bytes_and_the_next_day_nothing_twice() {
    let place = place();
    let write = |name: &str| {
        let path = place.path(name);
        place
            .run(&digest(&["--out", path.to_str().unwrap()]))
            .expect_code(0);
        fs_err::read(&path).unwrap()
    };
    assert_eq!(write("one.html"), write("two.html"));
    assert_eq!(write("one.atom"), write("two.atom"));
    let next = [
        "digest",
        "planets",
        "--since",
        "2026-03-27",
        "--as-of",
        "2026-03-28",
        "--json",
    ];
    let value = place.run(&next).json();
    let left_out = value["sections"][0]["left_out"].as_array().unwrap();
    assert!(
        left_out
            .iter()
            .any(|omission| omission["reason"] == "shown before"),
        "{value:#}"
    );
}

#[test]
fn a_dry_run_writes_and_remembers_nothing() {
    let place = place();
    let path = place.path("dry.html");
    let run = place
        .run(&digest(&[
            "planets",
            "--dry-run",
            "--out",
            path.to_str().unwrap(),
        ]))
        .expect_code(0);
    assert!(run.stdout.starts_with("<!DOCTYPE html>"));
    assert!(run.stderr.contains("would write"), "{}", run.stderr);
    assert!(!path.exists());
    let next = [
        "digest",
        "planets",
        "--since",
        "2026-03-27",
        "--as-of",
        "2026-03-28",
        "--json",
    ];
    let value = place.run(&next).expect_code(0).json();
    let left_out = value["sections"][0]["left_out"].as_array().unwrap();
    assert!(
        left_out
            .iter()
            .all(|omission| omission["reason"] != "shown before")
    );
}

#[test]
fn a_set_that_cannot_be_ranked_with_is_told_and_left_out() {
    let place = place();
    place
        .run(&["dislike", "2603.90124", "--set", "never"])
        .expect_code(0);
    let run = place.run(&digest(&["--json", "--peek"])).expect_code(0);
    assert_eq!(run.json()["sections"].as_array().unwrap().len(), 2);
    assert!(
        run.stderr.contains("left out: seed set `never`"),
        "{}",
        run.stderr
    );
    place.run(&digest(&["never", "--peek"])).expect_code(3);
    place.run(&digest(&["nothing", "--peek"])).expect_code(1);
    let empty = Place::with_sample();
    empty.run(&digest(&[])).expect_code(1);
}

#[test]
fn a_day_without_arrivals_is_an_empty_digest() {
    let place = place();
    let path = place.path("empty.atom");
    let arguments = [
        "digest",
        "--since",
        "2030-01-01",
        "--as-of",
        "2030-01-02",
        "--out",
        path.to_str().unwrap(),
    ];
    let run = place.run(&arguments).expect_code(1);
    assert!(run.stderr.contains("nothing new"), "{}", run.stderr);
    let text = fs_err::read_to_string(&path).unwrap();
    assert!(
        text.contains("<updated>2030-01-02T00:00:00Z</updated>"),
        "{text}"
    );
}
