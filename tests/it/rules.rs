//! Rules beside the score, and never twice, from the command line.

use serde_json::Value;

use crate::support::Place;

/// A place with the sample and a set that likes two papers on secure aggregation.
fn place() -> Place {
    let place = Place::with_sample();
    place
        .run(&["set", "add", "reading", "2603.90027", "2603.90124"])
        .expect_code(0);
    place
}

fn feed(place: &Place, more: &[&str]) -> Value {
    let mut arguments = vec![
        "feed",
        "reading",
        "--as-of",
        "2026-03-27",
        "--json",
        "--peek",
    ];
    arguments.extend(more);
    let run = place.run(&arguments);
    assert!(run.code < 2, "{run:?}");
    run.json()
}

fn results(answer: &Value) -> &Vec<Value> {
    answer["results"].as_array().unwrap()
}

#[test]
fn rules_are_listed_added_and_removed() {
    let place = place();
    let none = place.run(&["set", "rule", "reading"]).expect_code(1);
    assert!(none.stderr.contains("nothing found"), "{}", none.stderr);
    let run = place
        .run(&[
            "set",
            "rule",
            "reading",
            "--must",
            "graph neural network | client*",
            "--must-not",
            "survey",
            "--must-not",
            "blockchain",
            "--category",
            "cs.LG",
            "--category",
            "cs.DC",
            "--not-category",
            "cs.CR",
            "--pin",
            "Jane Doe",
            "--mute",
            "J. Doe",
        ])
        .expect_code(0);
    assert_eq!(
        run.stdout,
        "rules of reading: 8 new\n  \
         1  mute-author   J. Doe\n  \
         2  must-not      survey\n  \
         3  must-not      blockchain\n  \
         4  not-category  cs.CR\n  \
         5  category      cs.LG\n  \
         6  category      cs.DC\n  \
         7  must          graph neural network | client*\n  \
         8  pin-author    Jane Doe\n"
    );
    assert!(run.stderr.contains("muting wins"), "{}", run.stderr);

    let answer = place
        .run(&[
            "set",
            "rule",
            "reading",
            "--remove",
            "1",
            "--remove",
            "Blockchain",
            "--must-not",
            "SURVEY",
            "--json",
        ])
        .expect_code(0)
        .json();
    assert_eq!(answer["removed"], 2);
    assert_eq!(answer["unchanged"], 1);
    let rules = answer["rules"].as_array().unwrap();
    assert_eq!(rules.len(), 6);
    assert_eq!(rules[0]["kind"], "must-not");
    assert_eq!(rules[0]["number"], 1);
    let listed = place
        .run(&["set", "rule", "reading", "--json"])
        .expect_code(0)
        .json();
    assert_eq!(listed["rules"], answer["rules"]);
    place.run(&["verify"]).expect_code(0);
}

#[test]
fn rules_that_cannot_be_are_refused_with_what_was_expected() {
    let place = place();
    for (arguments, part) in [
        (["--must", ""], "expected a word or phrase"),
        (["--must-not", "?!"], "no letter or digit"),
        (["--must-not", "a |"], "is empty"),
        (["--must", "gr*ph"], "such as `graph*`"),
        (["--category", "biology"], "`cs.DC`, `hep-th` or `math`"),
        (["--not-category", ""], "`cs.DC`, `hep-th` or `math`"),
        (["--pin", "..."], "a name such as `Jane Doe`"),
    ] {
        let mut command = vec!["set", "rule", "reading"];
        command.extend(arguments);
        let run = place.run(&command).expect_code(2);
        assert!(run.stderr.contains(part), "{arguments:?}: {}", run.stderr);
    }
    for (left, right) in [
        (["--must", "survey"], ["--must-not", "Survey"]),
        (["--category", "cs.LG"], ["--not-category", "cs.lg"]),
        (["--pin", "Jane Doe"], ["--mute", "Doe, Jane"]),
    ] {
        let mut command = vec!["set", "rule", "reading"];
        command.extend(left);
        command.extend(right);
        let run = place.run(&command).expect_code(2);
        assert!(run.stderr.contains("contradict each other"), "{run:?}");
        assert!(run.stderr.contains("hint: "), "{run:?}");
    }
    let nothing = place.run(&["set", "rule", "reading"]).expect_code(1);
    assert_eq!(nothing.stdout, "", "nothing was added");

    let unknown = place
        .run(&["set", "rule", "nowhere", "--must", "graph"])
        .expect_code(1);
    assert!(unknown.stderr.contains("no seed set `nowhere`"));
    place
        .run(&[
            "set",
            "rule",
            "reading",
            "--must",
            "cs.LG",
            "--category",
            "cs.LG",
        ])
        .expect_code(0);
    let ambiguous = place
        .run(&["set", "rule", "reading", "--remove", "cs.LG"])
        .expect_code(2);
    assert!(ambiguous.stderr.contains("2 must cs.LG"), "{ambiguous:?}");
    place
        .run(&["set", "rule", "reading", "--remove", "must cs.LG"])
        .expect_code(0);
    let gone = place
        .run(&["set", "rule", "reading", "--remove", "7"])
        .expect_code(1);
    assert!(
        gone.stderr.contains("there are 1 category cs.LG"),
        "{gone:?}"
    );
}

#[test]
fn a_feed_keeps_to_rules_and_counts_what_each_removed() {
    let place = place();
    let before = feed(&place, &["-n", "100"]);
    let texts = |answer: &Value| -> Vec<String> {
        results(answer)
            .iter()
            .map(|hit| {
                let part = |name: &str| hit["paper"][name].as_str().unwrap().to_lowercase();
                format!("{} {}", part("title"), part("abstract"))
            })
            .collect()
    };
    let with_word = texts(&before)
        .iter()
        .filter(|text| text.contains("client"))
        .count();
    assert!(with_word > 1 && with_word < results(&before).len());
    place
        .run(&[
            "set",
            "rule",
            "reading",
            "--must-not",
            "client*",
            "--category",
            "cs",
        ])
        .expect_code(0);
    let after = feed(&place, &["-n", "100"]);
    assert!(texts(&after).iter().all(|text| !text.contains("client")));
    let in_cs = |hit: &Value| {
        let mut categories = hit["paper"]["categories"].as_array().unwrap().iter();
        categories.any(|category| category.as_str().unwrap().starts_with("cs."))
    };
    assert!(results(&after).iter().all(in_cs));
    let rules = after["rules"].as_array().unwrap();
    assert_eq!(rules[0]["kind"], "must-not");
    assert_eq!(rules[0]["rule"], "client*");
    assert_eq!(rules[0]["removed"], with_word);
    assert_eq!(rules[1]["rule"], "cs");
    let removed = rules[0]["removed"].as_u64().unwrap() + rules[1]["removed"].as_u64().unwrap();
    assert_eq!(after["left_out"]["by_rule"], removed);
    assert_eq!(
        results(&before).len() - results(&after).len(),
        usize::try_from(removed).unwrap()
    );

    let text = place
        .run(&[
            "feed",
            "reading",
            "--as-of",
            "2026-03-27",
            "--peek",
            "-n",
            "100",
        ])
        .expect_code(0)
        .stdout;
    assert!(
        text.contains(&format!("{removed} removed by rules")),
        "{text}"
    );
    assert!(text.contains(&format!("  must-not client*: {with_word} removed\n")));
    let digest = place
        .run(&["digest", "reading", "--as-of", "2026-03-27", "--peek"])
        .expect_code(0)
        .stdout;
    assert!(digest.contains("removed by rules"), "{digest}");
}

#[test]
fn pinned_authors_come_first_and_say_so() {
    let place = place();
    let before = feed(&place, &["-n", "100"]);
    let last = results(&before).last().unwrap();
    let author = last["paper"]["authors"][0].as_str().unwrap();
    place
        .run(&["set", "rule", "reading", "--pin", author])
        .expect_code(0);
    let after = feed(&place, &["-n", "1"]);
    let pinned: Vec<&Value> = results(&after)
        .iter()
        .filter(|hit| hit["pinned"] == author)
        .collect();
    assert!(
        pinned
            .iter()
            .any(|hit| hit["paper"]["id"] == last["paper"]["id"])
    );
    assert_eq!(results(&after).len(), pinned.len() + 1);
    assert!(results(&after).last().unwrap().get("pinned").is_none());
    let text = place
        .run(&[
            "feed",
            "reading",
            "--as-of",
            "2026-03-27",
            "--peek",
            "-n",
            "1",
        ])
        .expect_code(0)
        .stdout;
    assert!(
        text.contains(&format!("pinned: author {author}\n")),
        "{text}"
    );
    assert!(text.contains(&format!("pin-author {author}: {} shown", pinned.len())));
    let digest = |more: &[&str]| {
        let mut arguments = vec!["digest", "reading", "--as-of", "2026-03-27", "--peek"];
        arguments.extend(more);
        place.run(&arguments).expect_code(0).stdout
    };
    for format in ["terminal", "markdown", "html", "atom", "json"] {
        let text = digest(&["-n", "1", "--format", format]);
        assert!(
            text.contains(&format!("pinned: author {author}")),
            "{format}: {text}"
        );
    }
}

#[test]
fn a_paper_that_another_set_likes_is_left_out() {
    let place = place();
    let before = feed(&place, &["-n", "1"]);
    let id = results(&before)[0]["paper"]["id"].as_str().unwrap();
    place.run(&["set", "add", "other", id]).expect_code(0);
    let after = feed(&place, &["-n", "1"]);
    assert_ne!(results(&after)[0]["paper"]["id"], id);
    assert_eq!(after["left_out"]["owned"], 1);
}

/// A digest of the day says what the feed says in each of its formats.
fn assert_digests_show_the_revision(place: &Place) {
    let digest = |format: &str| {
        let day = ["--as-of", "2026-04-11", "--peek", "--format", format];
        let arguments: Vec<&str> = ["digest", "reading"].into_iter().chain(day).collect();
        place.run(&arguments).expect_code(0).stdout
    };
    for (format, parts) in [
        (
            "terminal",
            ["abstract: [-", "+}", "version 3, you saw version 1"],
        ),
        (
            "markdown",
            [
                "* abstract: ~~",
                "~~ **We map",
                "version 3, you saw version 1",
            ],
        ),
        (
            "html",
            [
                "<del><bdi>",
                "<ins><bdi>We map",
                "version 3, you saw version 1",
            ],
        ),
        (
            "atom",
            [
                "&lt;del&gt;&lt;bdi&gt;",
                "&lt;ins&gt;",
                "version 3, you saw version 1",
            ],
        ),
        (
            "json",
            ["\"kind\": \"removed\"", "\"seen_version\": 1", "\"notes\""],
        ),
    ] {
        let text = digest(format);
        for part in parts {
            assert!(text.contains(part), "{format}, {part}: {text}");
        }
    }
}

#[test]
fn a_revision_comes_back_with_its_difference() {
    let place = place();
    let day = |as_of: &str, more: &[&str]| {
        let mut arguments = vec!["feed", "reading", "--as-of", as_of, "-n", "100"];
        arguments.extend(more);
        place.run(&arguments)
    };
    day("2026-03-27", &[]).expect_code(0);
    let id = "2603.90127";
    let shown = place.run(&["show", id, "--json"]).expect_code(0).json();
    let title = shown["title"].as_str().unwrap().to_owned();
    let line = |text: &str, version: u8| {
        let date = format!("2026-04-{:02}", version + 8);
        serde_json::json!({
            "id": id, "title": title, "abstract": text, "authors": ["Author 045"],
            "categories": ["cs.CR"],
            "versions": [{"number": 1, "date": "2026-03-27"}, {"number": version, "date": date}],
        })
        .to_string()
    };
    let import = |name: &str, line: &str| {
        let file = place.write(name, line.as_bytes());
        place.run(&["import", &file]).expect_code(0);
    };

    // A later version with a text that says the same is counted, not shown.
    let text = shown["abstract"].as_str().unwrap();
    import("second.jsonl", &line(&format!("{text} Indeed."), 2));
    let quiet = day("2026-04-10", &["--json"]).expect_code(1).json();
    assert_eq!(quiet["left_out"]["unchanged_revisions"], 1, "{quiet:#}");

    let other = "We map the winds of warm exoplanets from spectra of helium, taken at night.";
    import("third.jsonl", &line(other, 3));
    let plain = day("2026-04-11", &["--peek"]).expect_code(0).stdout;
    assert!(plain.contains("version 3, you saw version 1"), "{plain}");
    assert!(plain.contains("abstract: "), "{plain}");
    assert!(plain.contains("[-") && plain.contains("+}"), "{plain}");
    assert!(!plain.contains('\u{1b}'), "{plain}");
    assert!(
        !plain.contains("title: "),
        "the title is as it was: {plain}"
    );
    let colored = day("2026-04-11", &["--peek", "--color", "always"]);
    assert!(colored.stdout.contains("\u{1b}[31m[-"), "{colored:?}");
    let answer = day("2026-04-11", &["--json"]).expect_code(0).json();
    let revision = &results(&answer)[0]["revision"];
    assert_eq!(revision["seen_version"], 1);
    assert!(revision["similarity"].as_f64().unwrap() < 0.9);
    let kinds: Vec<&str> = revision["abstract"]
        .as_array()
        .unwrap()
        .iter()
        .map(|run| run["kind"].as_str().unwrap())
        .collect();
    assert!(kinds.contains(&"removed") && kinds.contains(&"added"));
    assert_digests_show_the_revision(&place);
    day("2026-04-12", &[]).expect_code(1);
    place.run(&["verify"]).expect_code(0);
}
