//! `schedule`: what it prints is what cron and systemd read.

use std::process::Command;

use crate::support::Place;

/// Sections of a unit file: name, then keys and values.
fn units(text: &str) -> Vec<(String, Vec<(String, String)>)> {
    let mut sections: Vec<(String, Vec<(String, String)>)> = Vec::new();
    for line in text.lines().filter(|line| !line.is_empty()) {
        if let Some(name) = line
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
        {
            sections.push((name.to_owned(), Vec::new()));
        } else {
            let (key, value) = line.split_once('=').expect("a key and a value");
            let (_, keys) = sections.last_mut().expect("a section comes first");
            keys.push((key.to_owned(), value.to_owned()));
        }
    }
    sections
}

fn value<'a>(sections: &'a [(String, Vec<(String, String)>)], key: &str) -> Vec<&'a str> {
    let keys = sections.iter().flat_map(|(_, keys)| keys);
    keys.filter(|(name, _)| name == key)
        .map(|(_, value)| value.as_str())
        .collect()
}

#[test]
fn cron_gets_one_line_with_absolute_paths() {
    let place = Place::new();
    let run = place
        .run(&[
            "schedule",
            "reading",
            "--time",
            "6:30",
            "--import",
            "new papers.xml",
            "--out",
            "50% of it.html",
            "--mail",
        ])
        .expect_code(0);
    let lines: Vec<&str> = run.stdout.lines().collect();
    assert_eq!(lines.len(), 1, "{}", run.stdout);
    let library = place.library();
    let library = library.to_str().unwrap();
    let folder = place.path("");
    let folder = folder.to_str().unwrap().trim_end_matches('/');
    let program = env!("CARGO_BIN_EXE_kindred");
    assert_eq!(
        lines[0],
        format!(
            "30 6 * * * {program} --quiet --library {library} import -- '{folder}/new papers.xml'; \
             {program} --quiet --library {library} digest --out '{folder}/50\\% of it.html' --mail \
             reading"
        )
    );
}

#[test]
fn a_sync_comes_first_where_it_is_asked_for() {
    let place = Place::new();
    let line = place
        .run(&["schedule", "reading", "--sync", "--out", "today.html"])
        .expect_code(0)
        .stdout;
    let (sync, digest) = line.split_once("; ").expect("two commands");
    assert!(sync.ends_with(" sync"), "{line}");
    assert!(digest.contains(" digest --out "), "{line}");
    let units = place
        .run(&["schedule", "reading", "--sync", "--format", "systemd"])
        .expect_code(0)
        .stdout;
    let starts: Vec<&str> = units
        .lines()
        .filter(|line| line.starts_with("ExecStart"))
        .collect();
    assert!(
        starts[0].starts_with("ExecStart=-"),
        "a sync that fails stops nothing: {units}"
    );
    assert!(starts[0].ends_with(" sync"), "{units}");
    assert_eq!(starts.len(), 2, "{units}");
}

#[test]
fn the_scheduled_commands_run() {
    let place = Place::with_sample();
    place
        .run(&["set", "add", "planets", "2602.90050"])
        .expect_code(0);
    let answer = place
        .run(&["schedule", "planets", "--out", "a b.html", "--json"])
        .expect_code(0)
        .json();
    let line = answer["files"][0]["content"].as_str().unwrap();
    let command = line.splitn(6, ' ').nth(5).unwrap().replace("\\%", "%");
    let output = Command::new("sh")
        .args(["-c", &command])
        .env_clear()
        .env("HOME", place.path(""))
        .output()
        .unwrap();
    // The sample's papers are all older than today's digest.
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(place.path("a b.html").is_file());
}

#[test]
fn systemd_gets_a_service_and_a_timer() {
    let place = Place::new();
    let folder = place.path("units");
    let run = place
        .run(&[
            "schedule",
            "--format",
            "systemd",
            "--time",
            "07:05",
            "--import",
            "a $b%.xml",
            "--out",
            "digest.atom",
            "--write",
            folder.to_str().unwrap(),
        ])
        .expect_code(0);
    let service = fs_err::read_to_string(folder.join("kindred.service")).unwrap();
    let timer = fs_err::read_to_string(folder.join("kindred.timer")).unwrap();
    assert!(
        run.stdout.contains(&service) && run.stdout.contains(&timer),
        "{}",
        run.stdout
    );
    let service = units(&service);
    assert_eq!(value(&service, "Type"), ["oneshot"]);
    let starts = value(&service, "ExecStart");
    assert_eq!(starts.len(), 2, "{starts:?}");
    assert!(
        starts[0].starts_with("-/") && starts[0].ends_with("/a $$b%%.xml\""),
        "{starts:?}"
    );
    assert!(starts[1].ends_with("/digest.atom"), "{starts:?}");
    let timer = units(&timer);
    assert_eq!(value(&timer, "OnCalendar"), ["*-*-* 07:05:00"]);
    assert_eq!(value(&timer, "WantedBy"), ["timers.target"]);

    let verify = Command::new("systemd-analyze")
        .args(["--user", "verify"])
        .arg(folder.join("kindred.service"))
        .arg(folder.join("kindred.timer"))
        .env("XDG_RUNTIME_DIR", place.path(""))
        .output();
    match verify {
        Ok(output) => {
            let text = String::from_utf8_lossy(&output.stderr).into_owned();
            if text.contains("Failed to initialize manager") {
                eprintln!("skipped: systemd-analyze verify: {text}");
            } else {
                assert!(output.status.success(), "systemd says: {text}");
                assert!(!text.contains("kindred."), "systemd says: {text}");
            }
        }
        Err(error) => eprintln!("skipped: systemd-analyze verify: {error}"),
    }
}

#[test]
fn what_cannot_be_scheduled_is_told() {
    let place = Place::new();
    place.run(&["schedule", "--time", "25:00"]).expect_code(2);
    place.run(&["schedule", "bad name!"]).expect_code(2);
    place.run(&["schedule", "--write", "units"]).expect_code(2);
    let broken = place
        .run(&["schedule", "--out", "a\nb.html"])
        .expect_code(2);
    assert!(broken.stderr.contains("line break"), "{}", broken.stderr);
    let long = format!("{}.html", "x".repeat(1_200));
    let too_long = place.run(&["schedule", "--out", &long]).expect_code(2);
    assert!(
        too_long.stderr.contains("cron takes at most"),
        "{}",
        too_long.stderr
    );
}
