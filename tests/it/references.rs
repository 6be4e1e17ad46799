//! Bibliographies into seed sets: the review, what is written, and what is not.

use serde_json::Value;

use crate::support::{Place, root};

const SURVIVES: &str = "Secure Aggregation That Survives Colluding Users and Dropped Connections";
const COME_AND_GO: &str = "Federated Learning with Clients That Come and Go";

/// `status by id` of each reference.
fn statuses(answer: &Value) -> Vec<String> {
    answer["references"]
        .as_array()
        .unwrap()
        .iter()
        .map(|found| {
            let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
            let paper = &found["paper"];
            format!(
                "{} {} {}",
                text(&found["status"]),
                text(&paper["by"]),
                text(&paper["id"])
            )
        })
        .collect()
}

fn rated(place: &Place, set: &str) -> Vec<(String, String, String)> {
    let run = place.run(&["set", "show", set, "--json"]);
    if run.code != 0 {
        return Vec::new();
    }
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    run.json()
        .as_array()
        .unwrap()
        .iter()
        .map(|rated| {
            (
                text(&rated["paper"]["id"]),
                text(&rated["rating"]),
                text(&rated["at"]),
            )
        })
        .collect()
}

#[test]
fn bibliography_is_matched_reviewed_and_written_with_its_days() {
    let place = Place::with_sample();
    let file = root().join("data/references.bib").display().to_string();
    let review = place
        .run(&["set", "import", "reading", &file])
        .expect_code(0);
    for part in [
        "(BibTeX): 3 references",
        "2 matched",
        "arXiv:2603.90027 · by id · added 2026-03-26",
        "arXiv:2603.90124 · by title and first author",
        "1 not in the library",
        "On the Boiling of Teapots in Étale Kitchens",
        "https://doi.org/10.99999/teapot.1",
    ] {
        assert!(review.stdout.contains(part), "{part} in {}", review.stdout);
    }
    assert!(
        review.stderr.contains("nothing was written; `--yes`"),
        "{}",
        review.stderr
    );
    assert_eq!(
        rated(&place, "reading"),
        [],
        "nothing is written without a terminal"
    );

    let written = place
        .run(&["set", "import", "reading", &file, "--yes"])
        .expect_code(0);
    assert!(
        written
            .stdout
            .contains("liked in reading: 2 new, 1 with the day they were added"),
        "{}",
        written.stdout
    );
    let expected = (
        "arXiv:2603.90027".into(),
        "like".into(),
        "2026-03-26T08:15:00Z".into(),
    );
    assert_eq!(rated(&place, "reading")[0], expected);

    let answer = place
        .run(&[
            "set", "import", "reading", &file, "--yes", "--likely", "--json",
        ])
        .expect_code(0)
        .json();
    assert_eq!(
        statuses(&answer),
        [
            "rated id arXiv:2603.90027",
            "rated title-and-author arXiv:2603.90124",
            "missing - -"
        ]
    );
    assert!(answer.get("written").is_none(), "{answer:#}");
    assert_eq!(rated(&place, "reading").len(), 2);
    place.run(&["verify"]).expect_code(0);
}

#[test]
fn list_on_standard_input_is_matched_by_ids_and_titles() {
    let place = Place::with_sample();
    let list = format!(
        "# to read\nhttps://arxiv.org/pdf/2603.90027v1.pdf\narXiv:2603.90027\n{}\n2601.99999\n2613.00001\n\
         Secure Agregation That Survives Coluding Users and Dropped Connection\n",
        COME_AND_GO.to_uppercase()
    );
    let run = place.run_with_input(&["set", "import", "list", "-", "--json"], list.as_bytes());
    let answer = run.expect_code(0).json();
    assert_eq!(
        statuses(&answer),
        [
            "matched id arXiv:2603.90027",
            "duplicate id arXiv:2603.90027",
            "likely title arXiv:2603.90124",
            "missing - -",
            "duplicate similar-title arXiv:2603.90027",
        ]
    );
    assert_eq!(answer["references"][1]["duplicate_of"], "line 2");
    let problems = &answer["inputs"][0]["problems"];
    assert_eq!(problems[0]["place"], "line 6", "{problems:#}");
    assert!(answer.get("written").is_none());
}

#[test]
fn title_and_first_author_match_without_any_id() {
    let place = Place::with_sample();
    let entry = format!(
        "@article{{a, title = {{{{{SURVIVES}}}}}, author = {{047, Author and others}}}}\n\
         @article{{b, title = {{Another Title Altogether}}, eprint = {{2603.90124}}, archiveprefix={{arXiv}}}}\n"
    );
    let file = place.write("a.txt", entry.as_bytes());
    let answer = place
        .run(&["set", "import", "s", &file, "--yes", "--json"])
        .expect_code(0)
        .json();
    assert_eq!(
        statuses(&answer),
        [
            "matched title-and-author arXiv:2603.90027",
            "likely id-of-other-title arXiv:2603.90124"
        ]
    );
    assert_eq!(answer["written"]["added"], 1, "likely ones are left out");
    let answer = place
        .run(&["set", "import", "s", &file, "--yes", "--likely", "--json"])
        .expect_code(0)
        .json();
    assert_eq!(answer["written"]["added"], 1);
    assert_eq!(rated(&place, "s").len(), 2);
}

#[test]
fn contradicting_ratings_stay_and_are_named() {
    let place = Place::with_sample();
    place
        .run(&["dislike", "2603.90027", "--set", "s"])
        .expect_code(0);
    let file = place.write("ids", b"2603.90027\n2603.90124\n");
    let run = place
        .run(&["set", "import", "s", &file, "--yes"])
        .expect_code(0);
    assert!(
        run.stdout
            .contains("1 rated already, 1 of them the other way; their ratings stay"),
        "{}",
        run.stdout
    );
    let ratings: Vec<_> = rated(&place, "s")
        .into_iter()
        .map(|(id, rating, _)| (id, rating))
        .collect();
    assert_eq!(
        ratings,
        [
            ("arXiv:2603.90027".to_owned(), "dislike".to_owned()),
            ("arXiv:2603.90124".to_owned(), "like".to_owned())
        ]
    );
    let again = place
        .run(&["set", "import", "s", &file, "--yes", "--dislike", "--json"])
        .expect_code(0)
        .json();
    assert_eq!(again["counts"]["contradicting"], 1);
    assert!(again.get("written").is_none(), "{again:#}");
}

#[test]
fn references_with_an_abstract_become_papers_and_are_known_again() {
    let place = Place::with_sample();
    let text = "@article{a, title = {Boiling Teapots at Altitude}, author = {Nobody, Nora},\n\
                abstract = {We boil teapots on mountains and measure how long it takes.}}\n\
                @article{b, title = {Kettles of the Lowlands}, doi = {10.99999/Kettle},\n\
                abstract = {We boil kettles in lowlands and compare them to teapots.}}\n\
                @article{c, title = {Without an Abstract}, doi = {10.99999/none}}\n";
    let file = place.write("refs.bib", text.as_bytes());
    let answer = place
        .run(&["set", "import", "tea", &file, "--yes", "--add", "--json"])
        .expect_code(0)
        .json();
    assert_eq!(answer["written"]["papers"], 2, "{answer:#}");
    assert_eq!(answer["embed"]["embedded"], 2);
    let ids: Vec<String> = rated(&place, "tea")
        .into_iter()
        .map(|(id, ..)| id)
        .collect();
    assert_eq!(ids[0], "doi:10.99999/kettle");
    assert!(ids[1].starts_with("local:"), "{ids:?}");
    let again = place
        .run(&["set", "import", "other", &file, "--yes", "--add", "--json"])
        .expect_code(0)
        .json();
    assert_eq!(again["counts"]["matched"], 2, "{again:#}");
    assert_eq!(again["counts"]["missing"], 1);
    place.run(&["similar", &ids[1]]).expect_code(0);
    place.run(&["verify"]).expect_code(0);
}

#[test]
fn zotero_is_read_while_it_is_locked() {
    let place = Place::with_sample();
    let path = place.path("zotero.sqlite");
    let zotero = rusqlite::Connection::open(&path).unwrap();
    zotero
        .execute_batch(concat!(
            "PRAGMA journal_mode = WAL;",
            include_str!("../../crates/kindred-ingest/tests/ingest/zotero-schema.sql"),
            "INSERT INTO itemTypes VALUES (1, 'preprint');
             INSERT INTO fields VALUES (1, 'title'), (2, 'extra');
             INSERT INTO items VALUES (1, 1, '2026-03-28 10:00:00', 'AAAA1111'),
                 (2, 1, '2026-03-29 10:00:00', 'BBBB2222');
             INSERT INTO itemDataValues VALUES (1, 'arXiv:2603.90027 [cs.CR]'), (2, 'arXiv:2603.90124');
             INSERT INTO itemData VALUES (1, 2, 1), (2, 2, 2);
             INSERT INTO collections VALUES (1, 'Chosen', NULL);
             INSERT INTO collectionItems VALUES (1, 1);
             PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE;
             UPDATE items SET dateAdded = dateAdded;",
        ))
        .unwrap();
    let path = path.display().to_string();
    let answer = place
        .run(&[
            "set",
            "import",
            "z",
            &path,
            "--yes",
            "--json",
            "--collection",
            "chosen",
        ])
        .expect_code(0)
        .json();
    assert_eq!(statuses(&answer), ["matched id arXiv:2603.90027"]);
    assert_eq!(answer["references"][0]["place"], "item AAAA1111");
    assert_eq!(rated(&place, "z")[0].2, "2026-03-28T10:00:00Z");
    let run = place.run(&["set", "import", "z", &path, "--collection", "Nowhere"]);
    let run = run.expect_code(5);
    assert!(
        run.stdout.contains("expected one such as `Chosen`"),
        "{}",
        run.stdout
    );
}

#[test]
fn one_broken_input_does_not_cost_the_others() {
    let place = Place::with_sample();
    let page = place.write("page.bib", b"<!DOCTYPE html><html></html>");
    let foreign = place.path("foreign.sqlite");
    let other = rusqlite::Connection::open(&foreign).unwrap();
    other.execute_batch("CREATE TABLE notes (text)").unwrap();
    let foreign = foreign.display().to_string();
    let good = place.write("good", b"2603.90027\n");
    let absent = place.path("absent.bib").display().to_string();
    let run = place
        .run(&[
            "set", "import", "s", &page, &foreign, &absent, &good, "--yes",
        ])
        .expect_code(5);
    for part in [
        "an HTML page",
        "has no table `items`",
        "cannot open",
        "1 matched",
    ] {
        assert!(run.stdout.contains(part), "{part} in {}", run.stdout);
    }
    assert_eq!(rated(&place, "s").len(), 1);
    place.run(&["set", "import", "s"]).expect_code(2);
    place
        .run(&["set", "import", "no name", &good])
        .expect_code(2);
    let empty = Place::new();
    empty.run(&["set", "import", "s", &good]).expect_code(3);
}
