//! Long embedding jobs that are killed, texts that change, and the settings of an encoder.

use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::support::{Place, Run, root, sample};

/// Copies of the sample's records under other ids, as JSON Lines.
fn copies_of_the_sample(copies: usize) -> String {
    let text = fs_err::read_to_string(sample("sample.jsonl")).unwrap();
    let mut lines = String::new();
    for copy in 0..copies {
        for (number, line) in text.lines().enumerate() {
            let mut record: Value = serde_json::from_str(line).unwrap();
            record["id"] = format!("copy:{copy}-{number}").into();
            lines.push_str(&record.to_string());
            lines.push('\n');
        }
    }
    lines
}

/// The number of the newest segment of vectors; 0 if there is none.
fn newest_segment(place: &Place) -> u64 {
    let Ok(encoders) = fs_err::read_dir(place.library().join("encoders")) else {
        return 0;
    };
    let folders = encoders.flatten().map(|entry| entry.path().join("vectors"));
    let files = folders.filter_map(|folder| fs_err::read_dir(folder).ok());
    let number = |name: &str| -> Option<u64> {
        name.strip_prefix("seg-")?
            .strip_suffix(".vec")?
            .parse()
            .ok()
    };
    files
        .flatten()
        .flatten()
        .filter_map(|entry| number(entry.file_name().to_str()?))
        .max()
        .unwrap_or(0)
}

fn start_embedding(place: &Place) -> Child {
    place
        .command(&["embed", "--json"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Chooses the quickest encoder, for thousands of papers.
fn choose_static(place: &Place) {
    place
        .run(&["models", "use", "kindred-static", "--no-embed"])
        .expect_code(0);
}

fn tiny_bert() -> PathBuf {
    root().join("crates/kindred-embed/tests/fixtures/tiny-bert-mean")
}

#[test]
fn a_killed_job_goes_on_with_nothing_embedded_twice_and_nothing_left_out() {
    let place = Place::new();
    let file = place.write("many.jsonl", copies_of_the_sample(30).as_bytes());
    place.run(&["import", &file, "--no-embed"]).expect_code(0);
    choose_static(&place);
    let papers = 30 * 325;
    let mut recorded = 0;
    for kill in 1..=6 {
        let before = newest_segment(&place);
        let mut job = start_embedding(&place);
        // Killed as a segment appears, mostly before it is recorded, and a little later.
        while newest_segment(&place) < before + kill && job.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_millis(1));
        }
        std::thread::sleep(Duration::from_millis(2 * (kill % 3)));
        job.kill().unwrap();
        job.wait().unwrap();

        let stats = place.run(&["stats", "--json"]).expect_code(0).json();
        let embedded = stats["embedded"].as_u64().unwrap();
        assert!(embedded >= recorded, "what was recorded stays");
        assert_eq!(embedded + stats["pending"].as_u64().unwrap(), papers);
        recorded = embedded;
        place.run(&["verify"]).expect_code(0);
    }
    let last = place.run(&["embed", "--json"]).expect_code(0).json();
    assert_eq!(
        recorded + last["embedded"].as_u64().unwrap(),
        papers,
        "only what was not recorded is embedded again"
    );
    let stats = place.run(&["stats", "--json"]).expect_code(0).json();
    assert_eq!(stats["embedded"], papers);
    assert_eq!(stats["index"]["live"], papers, "one vector for each paper");
    place.run(&["verify"]).expect_code(0);
    let again = place.run(&["embed", "--json"]).expect_code(0).json();
    assert_eq!(again["embedded"], 0);
}

#[cfg(unix)]
#[test]
fn ctrl_c_keeps_what_was_embedded_and_the_next_run_goes_on() {
    let place = Place::new();
    let file = place.write("many.jsonl", copies_of_the_sample(30).as_bytes());
    place.run(&["import", &file, "--no-embed"]).expect_code(0);
    choose_static(&place);
    let papers = 30 * 325;
    let mut job = place
        .command(&["embed"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Most of the work is left when the first batch is on disk.
    while newest_segment(&place) == 0 && job.try_wait().unwrap().is_none() {
        std::thread::sleep(Duration::from_millis(1));
    }
    let signal = std::process::Command::new("kill")
        .args(["-INT", &job.id().to_string()])
        .status()
        .unwrap();
    let ended = Run::from(job.wait_with_output().unwrap());
    // A quick machine may have finished before the interrupt.
    assert!([130, 0].contains(&ended.code), "{ended:?}");
    if ended.code == 130 {
        assert!(signal.success());
        assert!(ended.stderr.contains("error: stopped"), "{ended:?}");
    }
    let stats = place.run(&["stats", "--json"]).expect_code(0).json();
    let embedded = stats["embedded"].as_u64().unwrap();
    assert_eq!(embedded + stats["pending"].as_u64().unwrap(), papers);
    place.run(&["verify"]).expect_code(0);

    let second = place.run(&["embed", "--json"]).expect_code(0).json();
    assert_eq!(embedded + second["embedded"].as_u64().unwrap(), papers);
    let stats = place.run(&["stats", "--json"]).expect_code(0).json();
    assert_eq!(stats["index"]["live"], papers, "one vector for each paper");
    place.run(&["verify"]).expect_code(0);
}

#[test]
fn a_changed_abstract_is_embedded_again_and_nothing_else() {
    let place = Place::with_sample();
    let text = fs_err::read_to_string(sample("sample.jsonl")).unwrap();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let mut record: Value = serde_json::from_str(&lines[7]).unwrap();
    let before = place
        .run(&["similar", record["id"].as_str().unwrap(), "--json"])
        .expect_code(0)
        .json();
    record["abstract"] = "Bees dance to tell each other where the flowers are.".into();
    record["versions"]
        .as_array_mut()
        .unwrap()
        .push(serde_json::json!({"number": 9, "date": "2026-03-28T00:00:00Z"}));
    lines[7] = record.to_string();
    let file = place.write("changed.jsonl", lines.join("\n").as_bytes());
    let answer = place
        .run(&["import", &file, "--json"])
        .expect_code(0)
        .json();
    assert_eq!(answer["inputs"][0]["updated"], 1, "{answer:#}");
    assert_eq!(answer["embed"]["embedded"], 1, "{answer:#}");
    let stats = place.run(&["stats", "--json"]).expect_code(0).json();
    assert_eq!(stats["index"]["live"], 325);
    let after = place
        .run(&["similar", record["id"].as_str().unwrap(), "--json"])
        .expect_code(0)
        .json();
    assert_ne!(before["results"], after["results"]);
}

/// Runs `models use` and returns how many papers it embedded, and its answer.
fn use_model(place: &Place, arguments: &[&str]) -> (u64, Value) {
    let mut all = vec!["models", "use", "--json"];
    all.extend(arguments);
    let answer = place.run(&all).expect_code(0).json();
    (answer["embed"]["embedded"].as_u64().unwrap(), answer)
}

#[test]
fn settings_of_an_encoder_are_stored_and_going_back_costs_nothing() {
    let place = Place::with_sample();
    let (embedded, answer) = use_model(&place, &["built-in", "--dim", "64"]);
    assert_eq!((embedded, &answer["dimension"]), (325, &64.into()));
    // Loaded again with the same settings: the query has as many dimensions as the vectors.
    let found = place
        .run(&["similar", "--text", "exoplanet", "--json"])
        .expect_code(0)
        .json();
    assert_eq!(found["encoder"]["dimension"], 64);
    let (embedded, _) = use_model(&place, &["built-in", "--dim", "384"]);
    assert_eq!(embedded, 0, "the vectors of all dimensions are still there");
    let (embedded, _) = use_model(&place, &["built-in", "--dim", "64"]);
    assert_eq!(embedded, 0);
    let (embedded, answer) = use_model(&place, &["built-in"]);
    assert_eq!(
        (embedded, &answer["dimension"]),
        (0, &64.into()),
        "what is not said stays"
    );
    let back = ["built-in", "--dim", "all", "--max-tokens", "model"];
    let (embedded, whole) = use_model(&place, &back);
    assert_eq!((embedded, &whole["dimension"]), (0, &384.into()));
    let (embedded, answer) = use_model(&place, &["built-in", "--dim", "64"]);
    assert_eq!(embedded, 0);
    let list = place
        .run(&["models", "list", "--json"])
        .expect_code(0)
        .json();
    assert_eq!(list[0]["facts"]["dimension"], 64);
    let shown = place
        .run(&["models", "show", "--json"])
        .expect_code(0)
        .json();
    assert_eq!(shown["fingerprint"], answer["fingerprint"]);
}

#[test]
fn both_built_in_encoders_are_used_in_turn() {
    let place = Place::with_sample();
    let ask = || {
        let found = place.run(&["similar", "--text", "exoplanet", "--json"]);
        found.expect_code(0).json()
    };
    let first = ask();
    assert_eq!(first["encoder"]["name"], "kindred-small");
    let (embedded, answer) = use_model(&place, &["kindred-static"]);
    assert_eq!((embedded, &answer["name"]), (325, &"kindred-static".into()));
    let second = ask();
    assert_eq!(second["encoder"]["name"], "kindred-static");
    assert_ne!(
        first["encoder"]["fingerprint"],
        second["encoder"]["fingerprint"]
    );
    for (name, expected) in [("kindred-small", &first), ("kindred-static", &second)] {
        let (embedded, _) = use_model(&place, &[name]);
        assert_eq!(embedded, 0, "{name}'s vectors are still there");
        assert_eq!(ask(), *expected);
    }
    let (_, answer) = use_model(&place, &["built-in"]);
    assert_eq!(answer["name"], "kindred-small");
}

#[test]
fn another_number_type_is_another_encoder() {
    let place = Place::with_sample();
    let folder = tiny_bert();
    let folder = folder.to_str().unwrap();
    let (embedded, exact) = use_model(&place, &[folder, "--dtype", "f32"]);
    assert_eq!((embedded, &exact["dtype"]), (325, &"f32".into()));
    let (embedded, rounded) = use_model(&place, &[folder, "--dtype", "bf16"]);
    assert_eq!((embedded, &rounded["dtype"]), (325, &"bf16".into()));
    assert_ne!(exact["fingerprint"], rounded["fingerprint"]);
    let stats = place.run(&["stats", "--json"]).expect_code(0).json();
    assert_eq!(stats["encoder"]["dtype"], "bf16");
    // Choosing the model again, and adding papers later, changes nothing.
    let (embedded, again) = use_model(&place, &[folder]);
    assert_eq!((embedded, &again["dtype"]), (0, &"bf16".into()));
    let (embedded, _) = use_model(&place, &[folder, "--dtype", "f32"]);
    assert_eq!(embedded, 0);
    let text = place.run(&["stats"]).expect_code(0).stdout;
    assert!(
        text.contains("tiny-bert-mean, 32 dimensions, f32"),
        "{text}"
    );
}

#[test]
fn lost_vectors_are_made_again_with_the_same_settings() {
    let place = Place::with_sample();
    let folder = tiny_bert();
    let chosen = ["--dtype", "int8", "--dim", "16", "--max-tokens", "12"];
    let mut arguments = vec![folder.to_str().unwrap()];
    arguments.extend(chosen);
    use_model(&place, &arguments);
    let ask = || {
        place
            .run(&["similar", "2603.90124", "--json"])
            .expect_code(0)
            .json()
    };
    let before = ask();
    assert_eq!(before["encoder"]["dimension"], 16);
    assert_eq!(before["encoder"]["dtype"], "int8");
    fs_err::remove_dir_all(place.library().join("encoders")).unwrap();
    place.run(&["verify", "--repair"]).expect_code(0);
    assert_eq!(before, ask());
}

#[test]
fn settings_that_do_not_fit_are_usage_errors_and_write_nothing() {
    let place = Place::new();
    let folder = tiny_bert();
    let folder = folder.to_str().unwrap();
    for (arguments, expected) in [
        (["built-in", "--dim", "385"], "1 to 384"),
        (["kindred-static", "--dim", "385"], "1 to 384"),
        (["built-in", "--dim", "0"], "a number from 1 or `all`"),
        (["built-in", "--dtype", "fp16"], "f32, bf16, int8 or mixed"),
        ([folder, "--dim", "33"], "--dim"),
        ([folder, "--max-tokens", "1000000"], "--max-tokens"),
    ] {
        let mut all = vec!["models", "use"];
        all.extend(arguments);
        let run = place.run(&all).expect_code(2);
        assert!(
            run.stderr.contains(expected),
            "{arguments:?}: {}",
            run.stderr
        );
    }
    assert!(!place.library().exists());
}

#[cfg(not(feature = "cuda"))]
#[test]
fn a_device_that_was_not_built_in_is_refused_by_name() {
    let place = Place::with_sample();
    let refused = place
        .run(&["similar", "--text", "noise", "--device", "cuda"])
        .expect_code(2);
    assert!(refused.stderr.contains("`cuda:0`"), "{}", refused.stderr);
    assert!(
        refused.stderr.contains("--features cuda"),
        "{}",
        refused.stderr
    );
    let output = place
        .command(&["models", "use", "built-in"])
        .env("KINDRED_DEVICE", "metal")
        .output()
        .unwrap();
    let refused = Run::from(output).expect_code(2);
    assert!(refused.stderr.contains("`metal:0`"), "{}", refused.stderr);
    // What computes nothing does not ask for it.
    place.run(&["stats", "--device", "cuda:1"]).expect_code(0);
    let wrong = place.run(&["stats", "--device", "gpu"]).expect_code(2);
    assert!(
        wrong.stderr.contains("cpu, cuda or metal"),
        "{}",
        wrong.stderr
    );
}
