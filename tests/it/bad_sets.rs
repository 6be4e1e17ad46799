//! Sets and papers that are hardly there: what a feed and an import into a set make of them.

use serde_json::Value;

use crate::support::{Place, Run};

const DAY: [&str; 5] = ["--since", "2026-03-27", "--as-of", "2026-03-27", "--peek"];

/// Asserts that a run failed with this code, this error and this hint, and printed nothing else.
#[track_caller]
fn assert_refused(run: Run, code: i32, error: &str, hint: &str) {
    let run = run.expect_code(code);
    assert!(
        run.stderr.contains(&format!("error: {error}")),
        "{}",
        run.stderr
    );
    assert!(
        run.stderr.contains(&format!("hint: {hint}")),
        "{}",
        run.stderr
    );
    assert_eq!(run.stdout, "");
}

/// A library with a single paper, which may be liked.
fn lone(is_liked: bool) -> Place {
    let place = Place::new();
    let line = r#"{"id": "2603.00001", "title": "A Lone Paper on Driven Lattices",
        "versions": [{"number": 1, "date": "2026-03-27"}]}"#;
    let file = place.write("lone.jsonl", line.replace('\n', " ").as_bytes());
    place.run(&["import", &file]).expect_code(0);
    if is_liked {
        place.run(&["like", "2603.00001"]).expect_code(0);
    }
    place
}

#[test]
fn a_set_with_only_dislikes_says_that_it_needs_a_like() {
    let place = Place::with_sample();
    place
        .run(&["dislike", "2603.90124", "2603.90127", "--set", "never"])
        .expect_code(0);
    let error = "seed set `never` has no liked paper, ranking needs at least one";
    let hint = "`kindred set add never ID...` adds one";
    for arguments in [
        &["feed", "never"][..],
        &["feed", "never", "--ranker", "logistic-regression"],
        &["digest", "never"],
        &["why", "2603.90127", "--set", "never"],
        &["replay", "never", "--since", "2026-03-01"],
    ] {
        assert_refused(place.run(arguments), 3, error, hint);
    }
    // Its dislikes are already of use to what asks for ratings.
    let ask: Vec<&str> = (["feed", "never", "--ask", "2"].iter().chain(&DAY))
        .copied()
        .collect();
    let asked = place.run(&ask).expect_code(0).stdout;
    assert!(asked.contains("would you keep these?"), "{asked}");
    // One like is enough.
    place
        .run(&["like", "2603.90027", "--set", "never"])
        .expect_code(0);
    let feed: Vec<&str> = ["feed", "never"].iter().chain(&DAY).copied().collect();
    let feed = place.run(&feed).expect_code(0).stdout;
    assert!(
        feed.contains("ranked against 1 liked and 2 disliked"),
        "{feed}"
    );
}

#[test]
fn of_two_ratings_of_a_paper_the_later_one_counts() {
    let place = Place::with_sample();
    place
        .run(&["like", "2603.90124", "2603.90027", "--set", "s"])
        .expect_code(0);
    let changed = place
        .run(&["dislike", "2603.90124", "--set", "s"])
        .expect_code(0);
    assert_eq!(changed.stdout, "disliked in s: 1 changed\n");
    let feed = |more: &[&str]| -> Value {
        let all: Vec<&str> = (["feed", "s", "--json"].iter().chain(&DAY))
            .chain(more)
            .copied()
            .collect();
        place.run(&all).expect_code(0).json()
    };
    let answer = feed(&[]);
    assert_eq!(answer["trained_on"]["likes"], 1);
    assert_eq!(answer["trained_on"]["dislikes"], 1);
    assert!(answer["results"][0]["score"].is_number());
    place
        .run(&["like", "2603.90124", "--set", "s"])
        .expect_code(0);
    let answer = feed(&[]);
    assert_eq!(answer["trained_on"]["likes"], 2);
    assert_eq!(answer["trained_on"]["dislikes"], 0);

    // Named twice in one command it is rated once.
    let twice = place
        .run(&["dislike", "2603.90027", "2603.90027", "--set", "s"])
        .expect_code(0);
    assert_eq!(twice.stdout, "disliked in s: 1 changed, 1 as before\n");
}

#[test]
fn a_single_paper_is_a_library_too() {
    let place = lone(false);
    assert_refused(
        place.run(&["feed"]),
        1,
        "there is no seed set `reading`",
        "`kindred set add reading ID...` makes it",
    );
    let ask: Vec<&str> = (["feed", "new", "--ask", "1"].iter().chain(&DAY))
        .copied()
        .collect();
    let asked = place.run(&ask).expect_code(0).stdout;
    assert!(asked.contains("A Lone Paper"), "{asked}");

    let place = lone(true);
    for ranker in [
        "kindred",
        "arxiv-sanity-lite",
        "zotero-arxiv-daily",
        "bm25-likes",
        "scholar-inbox",
    ] {
        let feed: Vec<&str> = (["feed", "--ranker", ranker].iter().chain(&DAY))
            .copied()
            .collect();
        let feed = place.run(&feed).expect_code(1).stdout;
        assert!(feed.contains("0 arrivals ranked"), "{feed}");
        assert!(feed.contains("left out: 1 already in the set"), "{feed}");
    }
    let similar = place.run(&["similar", "2603.00001"]).expect_code(1);
    assert!(
        similar.stderr.contains("nothing found"),
        "{}",
        similar.stderr
    );
    place.run(&["topics"]).expect_code(0);
    place.run(&["verify"]).expect_code(0);
}

#[test]
fn a_set_that_nothing_is_left_of_says_what_was_left_out() {
    let place = lone(true);
    let hint = "`kindred set add reading ID...` adds one";
    assert_refused(
        place.run(&["why", "2603.00001"]),
        3,
        "seed set `reading` has no liked paper besides 2603.00001, ranking needs at least one",
        hint,
    );
    let place = Place::with_sample();
    place
        .run(&["like", "2603.90124", "2603.90027"])
        .expect_code(0);
    let without = [
        "why",
        "2603.90127",
        "--without",
        "2603.90124",
        "--without",
        "2603.90027",
    ];
    assert_refused(
        place.run(&without),
        3,
        "seed set `reading` has no liked paper besides 2603.90124, 2603.90027, ranking",
        hint,
    );
    assert_refused(
        place.run(&["why", "2603.90124", "--without", "2603.90027"]),
        3,
        "seed set `reading` has no liked paper besides 2603.90124, 2603.90027, ranking",
        hint,
    );
}

#[test]
fn papers_without_abstracts_are_ranked_by_their_titles() {
    let place = lone(true);
    let lines = r#"{"id": "2603.00002", "title": "Lattices", "versions": [{"number": 1, "date": "2026-03-27"}]}
{"id": "2603.00003", "title": "More on Driven Lattices", "abstract": null, "versions": [{"number": 1, "date": "2026-03-27"}]}
{"id": "2603.00004", "title": "", "abstract": "", "versions": [{"number": 1, "date": "2026-03-27"}]}
{"id": "2603.00005", "title": "!!!", "abstract": "   ", "versions": [{"number": 1, "date": "2026-03-27"}]}
"#;
    let file = place.write("more.jsonl", lines.as_bytes());
    let imported = place.run(&["import", &file]).expect_code(0);
    assert!(
        imported.stdout.contains("skipped line 3: no title"),
        "{}",
        imported.stdout
    );
    for ranker in ["kindred", "arxiv-sanity-lite", "bm25-likes", "max-cosine"] {
        let feed: Vec<&str> = (["feed", "--json", "--ranker", ranker].iter().chain(&DAY))
            .copied()
            .collect();
        let answer = place.run(&feed).expect_code(0).json();
        let hits = answer["results"].as_array().unwrap();
        assert_eq!(
            hits.len() as u64 + answer["left_out"]["not_embedded"].as_u64().unwrap(),
            3
        );
        let scores: Vec<f64> = hits
            .iter()
            .map(|hit| hit["score"].as_f64().unwrap())
            .collect();
        assert!(
            scores.iter().all(|score| score.is_finite()),
            "{ranker}: {scores:?}"
        );
        if ranker != "arxiv-sanity-lite" {
            assert_eq!(
                hits[0]["paper"]["id"], "arXiv:2603.00003",
                "{ranker}: {answer:#}"
            );
        }
        assert_eq!(hits[0]["paper"]["abstract"], "");
    }
    let digest: Vec<&str> = (["digest", "--format", "html"].iter().chain(&DAY))
        .copied()
        .collect();
    let page = place.run(&digest).expect_code(0).stdout;
    assert!(
        page.contains("More on Driven Lattices") && !page.contains("<details>"),
        "{page}"
    );
    place.run(&["why", "2603.00003"]).expect_code(0);
}

#[test]
fn broken_braces_are_named_by_line_and_the_rest_is_used() {
    let place = Place::with_sample();
    let text = "@article{one, eprint = {2603.90027}, archiveprefix = {arXiv}}\n\
                \n\
                @article{two,\n  title = {Broken {brace in a title,\n  author = {Nobody, Nora}\n}\n\
                @article{three, eprint = {2603.90124}, archiveprefix = {arXiv}}\n\
                @article{four, title = {Never closed, year = 2020\n";
    let file = place.write("broken.bib", text.as_bytes());
    let run = place
        .run(&["set", "import", "s", &file, "--yes"])
        .expect_code(0);
    for part in [
        "line 4: braces or quotes of field `title` in entry `two` do not close",
        "line 8: braces or quotes of field `title` in entry `four` do not close",
        "line 8: entry `four` is not closed",
        "2 matched",
        "line 1: Secure Aggregation",
        "line 7: Federated Learning",
        "line 3: Broken brace in a title",
        "liked in s: 2 new",
    ] {
        assert!(run.stdout.contains(part), "{part}: {}", run.stdout);
    }
}

#[test]
fn a_key_that_is_used_again_costs_no_entry() {
    let place = Place::with_sample();
    let text = "@article{same, eprint = {2603.90027}, archiveprefix = {arXiv}}\n\
                @article{same, eprint = {2603.90124}, archiveprefix = {arXiv}}\n\
                @article{same, eprint = {2603.90027}, archiveprefix = {arXiv}}\n";
    let file = place.write("same.bib", text.as_bytes());
    let run = place
        .run(&["set", "import", "s", &file, "--yes"])
        .expect_code(0);
    for part in [
        "line 2: key `same` was used in line 1 already; both entries are read",
        "2 matched",
        "1 named twice",
        "line 3: arXiv:2603.90027 · as line 1",
        "liked in s: 2 new",
    ] {
        assert!(run.stdout.contains(part), "{part}: {}", run.stdout);
    }
}

#[test]
fn ids_that_no_paper_has_are_named_and_nothing_is_rated() {
    let place = Place::with_sample();
    // The good id beside it is not rated either, and no set is made.
    assert_refused(
        place.run(&["like", "2603.90124", "2603.90999", "--set", "x"]),
        1,
        "paper `arXiv:2603.90999` is not in the library",
        "close to it are `2603.90099`",
    );
    assert_refused(
        place.run(&["set", "show", "x"]),
        1,
        "there is no seed set `x`",
        "`kindred set",
    );
    let never = place
        .run(&["like", "2613.00001", "--set", "x"])
        .expect_code(2);
    assert!(
        never.stderr.contains("the month must be from 01 to 12"),
        "{}",
        never.stderr
    );

    let list = b"2603.90027\n2613.00001\n2601.99999\n";
    let file = place.write("ids", list);
    let run = place
        .run(&["set", "import", "s", &file, "--yes"])
        .expect_code(0);
    for part in [
        "line 2: unusable arXiv id: `2613.00001`",
        "1 matched",
        "1 not in the library",
        "line 3: arXiv:2601.99999",
        "liked in s: 1 new",
    ] {
        assert!(run.stdout.contains(part), "{part}: {}", run.stdout);
    }
    let none = place.write("none", b"2601.99999\n");
    let run = place
        .run(&["set", "import", "t", &none, "--yes"])
        .expect_code(0);
    assert!(run.stdout.contains("nothing to write"), "{}", run.stdout);
    place.run(&["set", "show", "t"]).expect_code(1);
}

#[test]
fn files_that_are_no_database_are_refused_by_name() {
    let place = Place::with_sample();
    let mut damaged = b"SQLite format 3\0".to_vec();
    damaged.extend((0..4096_u32).map(|byte| u8::try_from(byte * 37 % 251).unwrap()));
    let damaged = place.write("damaged.sqlite", &damaged);
    let noise: Vec<u8> = (0..4096_u32)
        .map(|byte| u8::try_from(byte * 91 % 256).unwrap())
        .collect();
    let noise = place.write("noise.sqlite", &noise);
    let empty = place.write("empty.sqlite", b"");
    let folder = place.path("folder.sqlite");
    fs_err::create_dir_all(&folder).unwrap();
    let folder = folder.display().to_string();
    for (file, expected) in [
        (&damaged, "it may be damaged: file is not a database"),
        (
            &noise,
            "is not text; expected BibTeX, RIS, CSL-JSON, Zotero's database",
        ),
        (&empty, "is empty; expected BibTeX"),
        (&folder, "is a directory, expected a file"),
    ] {
        let run = place
            .run(&["set", "import", "q", file, "--yes"])
            .expect_code(5);
        assert!(run.stdout.contains(expected), "{expected}: {}", run.stdout);
        assert!(run.stdout.contains("nothing to write"), "{}", run.stdout);
    }
    place.run(&["set", "show", "q"]).expect_code(1);
}
