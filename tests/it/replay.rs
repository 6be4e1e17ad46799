//! `kindred replay`: a reader's past on the sample, and what it cannot do without.

use crate::support::{Place, Run};

fn replay(place: &Place, arguments: &[&str]) -> Run {
    let all: Vec<&str> = ["replay", "history"]
        .iter()
        .chain(arguments)
        .copied()
        .collect();
    place.run(&all)
}

#[test]
fn rankers_are_measured_on_the_sets_own_past() {
    let place = Place::with_history();
    let text = replay(&place, &["--since", "2026-01-16"]).expect_code(0);
    for part in [
        "history, 2026-01-16 to 2026-03-27: 282 arrivals ranked over 51 days",
        "over the 16 days with an arrival that was liked later",
        "nDCG@20",
        "recall@20",
        "zotero-arxiv-daily",
        "scholar-inbox",
        "calibration of kindred: expected error 0.",
        "likes expected, 23 found",
        "`kindred`",
    ] {
        assert!(text.stdout.contains(part), "{part}: {}", text.stdout);
    }
    let again = replay(&place, &["--since", "2026-01-16"]).expect_code(0);
    assert_eq!(again.stdout, text.stdout);

    let json = replay(&place, &["--since", "2026-01-16", "--json"]).expect_code(0);
    let answer = json.json();
    assert_eq!(answer["days_with_likes"], 16);
    assert_eq!(answer["calibration"]["likes"], 23);
    assert_eq!(answer["rankers"][0]["name"], "kindred");
    // The text says what the data say.
    let ndcg = answer["rankers"][0]["ndcg"]["mean"].as_f64().unwrap();
    let own = text
        .stdout
        .lines()
        .find(|line| line.starts_with("kindred "));
    assert!(own.unwrap().contains(&format!("{ndcg:.3} (")), "{own:?}");
    let sentence = answer["verdict"]["sentence"].as_str().unwrap();
    assert!(text.stdout.contains(sentence), "{sentence}");
}

#[test]
fn few_days_say_so() {
    let place = Place::with_history();
    let run = replay(&place, &["--since", "2026-03-25", "-n", "3"]).expect_code(0);
    assert!(run.stdout.contains("only 2 days have"), "{}", run.stdout);
    assert!(
        run.stdout.contains("intervals mean little"),
        "{}",
        run.stdout
    );
    assert!(run.stdout.contains("recall@3"), "{}", run.stdout);
}

#[test]
fn refusals_name_the_way_out() {
    let place = Place::with_history();
    for (arguments, code, message, hint) in [
        (
            &["--since", "2026-03-02", "--until", "2026-03-01"][..],
            2,
            "the first day 2026-03-02 is after the last day 2026-03-01",
            "--until 2026-03-02 or later",
        ),
        (
            &["--since", "9999-01-01"],
            2,
            "day 9999-01-01 is in the future",
            "or an earlier day",
        ),
        (
            &["--since", "2026-03-28"],
            2,
            "the latest are of 2026-03-27",
            "--since 2026-03-27",
        ),
        (
            &["--since", "2026-01-05"],
            3,
            "its first like is of 2026-01-13",
            "--since 2026-01-14 or later",
        ),
        (&[], 2, "--since", "Usage"),
    ] {
        let run = replay(&place, arguments).expect_code(code);
        assert!(run.stderr.contains(message), "{}", run.stderr);
        assert!(run.stderr.contains(hint), "{}", run.stderr);
        assert_eq!(run.stdout, "");
    }
    let run = place.run(&["replay", "nobody", "--since", "2026-02-01"]);
    let run = run.expect_code(1);
    assert!(run.stderr.contains("there is no seed set `nobody`"));
    assert!(run.stderr.contains("history"), "{}", run.stderr);

    // Everything liked today: the papers are older than the likes.
    place
        .run(&["set", "add", "bulk", "2601.90028", "2601.90040"])
        .expect_code(0);
    let run = place.run(&["replay", "bulk", "--since", "2026-02-01"]);
    let run = run.expect_code(3);
    assert!(
        run.stderr
            .contains("liked on the day they arrived or later"),
        "{}",
        run.stderr
    );
}
