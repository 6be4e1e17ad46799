//! Ids out of one command and into the next, lines for other programs, links.

use crate::support::{Place, sample};

#[test]
fn ids_of_one_command_go_into_the_next() {
    let place = Place::with_sample();
    let found = place
        .run(&["search", "federated learning", "--ids", "-n", "4"])
        .expect_code(0);
    let ids: Vec<&str> = found.stdout.lines().collect();
    assert_eq!(ids.len(), 4, "{}", found.stdout);
    assert!(ids.iter().all(|id| id.starts_with("arXiv:")), "{ids:?}");

    let input = found.stdout.as_bytes();
    let by_pipe = place
        .run_with_input(&["similar", "-", "--ids"], input)
        .expect_code(0);
    let mut named = vec!["similar", "--ids"];
    named.extend(&ids);
    assert_eq!(by_pipe.stdout, place.run(&named).expect_code(0).stdout);
    assert_eq!(by_pipe.stdout.lines().count(), 10);

    place
        .run_with_input(&["set", "add", "mine", "-"], input)
        .expect_code(0);
    let shown = place.run(&["set", "show", "mine", "--ids"]).expect_code(0);
    let mut sorted = ids.clone();
    sorted.sort_unstable();
    assert_eq!(shown.stdout.lines().collect::<Vec<_>>(), sorted);

    place
        .run_with_input(
            &["dislike", "--set", "mine", "-"],
            b"# one\n2603.90128 a title\n\n",
        )
        .expect_code(0);
    let feed = [
        "feed",
        "mine",
        "--as-of",
        "2026-03-27",
        "--peek",
        "-n",
        "3",
        "--ids",
    ];
    assert_eq!(place.run(&feed).expect_code(0).stdout.lines().count(), 3);
    place
        .run_with_input(&["set", "remove", "mine", "-"], input)
        .expect_code(0);
    let left = place.run(&["set", "show", "mine", "--ids"]).expect_code(0);
    assert_eq!(left.stdout, "arXiv:2603.90128\n");
}

#[test]
fn what_is_not_an_id_is_named_before_anything_is_written() {
    let place = Place::with_sample();
    let refused = place
        .run_with_input(&["like", "-"], b"2603.90124\nnonsense\n")
        .expect_code(2);
    assert!(
        refused.stderr.contains("standard input, line 2"),
        "{}",
        refused.stderr
    );
    let sets = place.run(&["set", "list", "--json"]);
    assert_eq!(sets.json(), serde_json::json!([]));
    let empty = place
        .run_with_input(&["similar", "-"], b"\n")
        .expect_code(2);
    assert!(empty.stderr.contains("has no ids"), "{}", empty.stderr);
}

#[test]
fn lines_have_the_form_asked_for() {
    let place = Place::new();
    let papers = br#"{"id":"2603.90001","title":"A title","authors":["A. One","B. Two"],"categories":["cs.DC"]}
"#;
    let file = place.write("one.jsonl", papers);
    place.run(&["import", &file]).expect_code(0);
    let form = r"{rank}\t{id}\t{title}\t{url}\t{authors}";
    let found = place
        .run(&["search", "title", "--by", "words", "--format", form])
        .expect_code(0);
    assert_eq!(
        found.stdout,
        "1\tarXiv:2603.90001\tA title\thttps://arxiv.org/abs/2603.90001\tA. One; B. Two\n"
    );
    let refused = place
        .run(&["search", "title", "--format", "{titel}"])
        .expect_code(2);
    assert!(
        refused.stderr.contains("there is no {titel}"),
        "{}",
        refused.stderr
    );
    place
        .run(&["search", "title", "--ids", "--json"])
        .expect_code(2);
}

#[test]
fn links_are_shown_where_they_are_asked_for() {
    let place = Place::new();
    place
        .run(&["import", sample("sample.jsonl").to_str().unwrap()])
        .expect_code(0);
    let ask = |arguments: &[&str]| {
        let mut all = vec!["similar", "2603.90124", "-n", "1"];
        all.extend(arguments);
        place.run(&all).expect_code(0).stdout
    };
    let link = "\u{1b}]8;;https://arxiv.org/abs/";
    assert!(!ask(&[]).contains('\u{1b}'));
    assert!(!ask(&["--hyperlink", "never", "--color", "always"]).contains(link));
    let colored = ask(&["--hyperlink", "always", "--color", "always"]);
    assert!(colored.contains(link) && colored.contains("\u{1b}[1m"));
    let alone = ask(&["--hyperlink", "always"]);
    assert!(alone.contains(link), "{alone:?}");
    assert!(!alone.contains("\u{1b}["), "{alone:?}");
}
