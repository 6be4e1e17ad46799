//! The project's seed and recorded answers, where they are at hand.

use crate::support::{Place, files_below, shared};

#[test]
fn the_seed_imports_and_answers() {
    let Some(data) = shared("the_seed_imports_and_answers") else {
        return;
    };
    let place = Place::new();
    let seed = data.join("samples/cs-dc-2026-04-07.atom.xml");
    let import = place
        .run(&["import", seed.to_str().unwrap(), "--json"])
        .expect_code(0)
        .json();
    assert_eq!(import["inputs"][0]["new"], 15, "{import:#}");
    assert_eq!(import["embed"]["embedded"], 15);
    let similar = place
        .run(&["similar", "2603.22691", "--json"])
        .expect_code(0)
        .json();
    assert_eq!(similar["results"].as_array().unwrap().len(), 10);
    place
        .run(&["set", "add", "reading", "2603.22691", "2508.00596"])
        .expect_code(0);
    let feed = place.run(&[
        "feed",
        "reading",
        "--since",
        "2026-03-01",
        "--as-of",
        "2026-04-07",
        "--json",
    ]);
    let feed = feed.expect_code(0).json();
    assert!(
        feed["left_out"]["in_set"].as_u64().unwrap() >= 1,
        "{feed:#}"
    );
    place.run(&["verify"]).expect_code(0);
}

#[test]
fn every_recorded_answer_is_papers_or_a_clear_no() {
    let Some(data) = shared("every_recorded_answer_is_papers_or_a_clear_no") else {
        return;
    };
    for file in files_below(&data.join("samples")) {
        let place = Place::new();
        let run = place.run(&["import", file.to_str().unwrap(), "--no-embed", "--json"]);
        assert!([0, 5].contains(&run.code), "{}: {run:?}", file.display());
        assert!(!run.stderr.contains("panicked"), "{}", run.stderr);
        let input = &run.json()["inputs"][0];
        if run.code == 5 {
            let reason = input["failure"].as_str().unwrap();
            assert!(reason.len() > 20, "{}: {reason}", file.display());
        } else if input["new"] == 0 {
            assert!(input["remark"].is_string(), "{}: {input:#}", file.display());
        }
    }
}
