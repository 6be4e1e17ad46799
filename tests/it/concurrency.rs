//! Several processes on one library; kills and stops.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Stdio};
use std::time::Duration;

use crate::support::{Place, sample};

/// Starts an import that waits for more input, and so holds the library.
fn waiting_import(place: &Place) -> Child {
    let mut child = place
        .command(&["import", "-", "--no-embed"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let text = fs_err::read(sample("sample.jsonl")).unwrap();
    child.stdin.as_mut().unwrap().write_all(&text).unwrap();
    let lock = place.library().join("LOCK");
    for _ in 0..200 {
        if fs_err::read_to_string(&lock).is_ok_and(|text| text.trim() == child.id().to_string()) {
            break;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    child
}

#[test]
fn a_second_writer_is_told_while_reading_and_rating_work_beside_the_first() {
    let place = Place::with_sample();
    let mut writer = waiting_import(&place);
    let second = place.run(&["embed"]).expect_code(5);
    let process = format!("process {}", writer.id());
    assert!(second.stderr.contains("in use"), "{}", second.stderr);
    assert!(second.stderr.contains(&process), "{}", second.stderr);
    place.run(&["similar", "2603.90124"]).expect_code(0);
    place.run(&["stats"]).expect_code(0);
    for change in [
        "like 2603.90124",
        "dislike 2601.90028",
        "set add other 2601.90040",
        "set remove other 2601.90040",
        "set rule other --mute lattice",
        "set rename other another",
        "set delete another",
    ] {
        let words: Vec<&str> = change.split(' ').collect();
        place.run(&words).expect_code(0);
    }
    let bibliography = sample("history.bib").display().to_string();
    place
        .run(&["set", "import", "history", &bibliography, "--yes"])
        .expect_code(0);
    place
        .run(&["feed", "history", "--as-of", "2026-03-27"])
        .expect_code(0);
    let next = ["feed", "history", "--as-of", "2026-03-28", "--json"];
    let left_out = place.run(&next).expect_code(0).json()["left_out"].clone();
    let again = left_out["shown_before"].as_u64().unwrap();
    assert!(again > 0, "the first was remembered");
    drop(writer.stdin.take());
    assert!(writer.wait().unwrap().success());
    let sets = place.run(&["set", "list", "--json"]).expect_code(0).json();
    assert_eq!(sets[0]["name"], "history");
    assert_eq!(
        (&sets[1]["likes"], &sets[1]["dislikes"]),
        (&1.into(), &1.into())
    );
    place.run(&["embed"]).expect_code(0);
}

#[test]
fn a_killed_writer_leaves_a_sound_library() {
    let place = Place::with_sample();
    let mut writer = waiting_import(&place);
    writer.kill().unwrap();
    writer.wait().unwrap();
    place.run(&["verify"]).expect_code(0);
    place.run(&["like", "2603.90124"]).expect_code(0);
}

#[cfg(unix)]
#[test]
fn ctrl_c_keeps_what_was_read_and_the_next_run_goes_on() {
    let place = Place::new();
    let text = fs_err::read_to_string(sample("sample.jsonl")).unwrap();
    // Long enough that an interrupt falls inside: many copies under other ids.
    let mut long = String::new();
    for copy in 0..120 {
        for (number, line) in text.lines().enumerate() {
            let mut record: serde_json::Value = serde_json::from_str(line).unwrap();
            record["id"] = format!("copy:{copy}-{number}").into();
            long.push_str(&record.to_string());
            long.push('\n');
        }
    }
    let file = place.write("long.jsonl", long.as_bytes());
    let total = 120 * text.lines().count();
    let mut child = place
        .command(&["import", &file, "--no-embed", "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // The first batch is in the database once its write-ahead log exists and has grown.
    let log = place.library().join("kindred.db-wal");
    for _ in 0..500 {
        let database = place.library().join("kindred.db");
        let size = |path| fs_err::metadata(path).map_or(0, |data| data.len());
        if size(log.clone()) + size(database) > 4_000_000 {
            break;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let status = std::process::Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(status.success());
    let code = child.wait().unwrap().code();
    let mut stderr = String::new();
    for line in BufReader::new(child.stderr.take().unwrap()).lines() {
        stderr.push_str(&line.unwrap());
    }
    // A quick machine may have finished before the interrupt.
    assert!([Some(130), Some(0)].contains(&code), "{code:?}: {stderr}");

    let second = place
        .run(&["import", &file, "--no-embed", "--json"])
        .expect_code(0)
        .json();
    let input = &second["inputs"][0];
    if code == Some(130) {
        let resumed = input["resumed_after"].as_u64().unwrap();
        let read = input["records"].as_u64().unwrap();
        assert_eq!(resumed + read, total as u64, "{input:#}");
    }
    let stats = place.run(&["stats", "--json"]).expect_code(0).json();
    assert_eq!(stats["store"]["papers"], total);
    place.run(&["verify"]).expect_code(0);
}

#[test]
fn a_full_disk_is_an_error_and_nothing_is_lost() {
    let place = Place::with_sample();
    let before = place
        .run(&["similar", "2603.90124", "--json"])
        .expect_code(0)
        .stdout;
    let text = fs_err::read_to_string(sample("sample.jsonl")).unwrap();
    let mut long = String::new();
    for copy in 0..40 {
        long.push_str(&text.replace("arXiv:", &format!("copy:{copy}-")));
    }
    let file = place.write("long.jsonl", long.as_bytes());
    // A limit on the size of files stands in for a full disk; it needs a shell to set.
    let script = format!(
        "ulimit -f 2048; trap '' XFSZ; exec {} import {file} --no-embed",
        env!("CARGO_BIN_EXE_kindred")
    );
    let output = std::process::Command::new("bash")
        .args(["-c", &script])
        .env_clear()
        .env("HOME", place.path("home"))
        .env("KINDRED_LIBRARY", place.library())
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(5), "{stderr}");
    assert!(!stderr.contains("panicked"), "{stderr}");
    place.run(&["verify"]).expect_code(0);
    let after = place
        .run(&["similar", "2603.90124", "--json"])
        .expect_code(0)
        .stdout;
    assert_eq!(before, after);
}
