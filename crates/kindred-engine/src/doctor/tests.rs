use std::path::PathBuf;

use tempfile::TempDir;

use super::*;
use crate::{Control, ImportRequest, Input};

fn query() -> DoctorQuery {
    DoctorQuery {
        now: "2026-11-03T09:30:00Z".parse().unwrap(),
        device: Device::Cpu,
    }
}

fn check<'a>(answer: &'a DoctorAnswer, name: &str) -> &'a DoctorCheck {
    let found = answer.checks.iter().find(|check| check.name == name);
    found.unwrap_or_else(|| panic!("no check `{name}` in {answer:?}"))
}

#[test]
fn no_library_is_told_and_the_rest_is_looked_at() {
    let folder = tempfile::tempdir().unwrap();
    let answer = Library::doctor(&folder.path().join("none"), &query());
    assert!(answer.has_failed());
    let library = check(&answer, "library");
    assert_eq!(library.state, CheckState::Fail);
    assert!(library.text.contains("no library at"), "{library:?}");
    assert!(library.fix.as_deref().unwrap().contains("kindred import"));
    assert_eq!(check(&answer, "encoder").state, CheckState::Ok);
    assert_eq!(check(&answer, "lock").state, CheckState::Ok);
    assert_eq!(check(&answer, "clock").state, CheckState::Ok);
    assert!(!folder.path().join("none").exists(), "nothing was written");
}

#[test]
fn an_empty_library_works_and_a_writer_is_named() {
    let folder = TempDir::new().unwrap();
    let library = Library::create(folder.path()).unwrap();
    let answer = Library::doctor(folder.path(), &query());
    assert!(!answer.has_failed(), "{answer:?}");
    let lock = check(&answer, "lock");
    assert_eq!(lock.state, CheckState::Warn);
    let process = std::process::id().to_string();
    assert!(lock.text.contains(&process), "{lock:?}");
    assert!(check(&answer, "format").text.contains("the newest"));
    assert_eq!(check(&answer, "vectors").state, CheckState::Warn);
    drop(library);
    let answer = Library::doctor(folder.path(), &query());
    assert_eq!(check(&answer, "lock").state, CheckState::Ok);
    assert!(
        Library::open(folder.path()).is_ok(),
        "the doctor keeps no writer out"
    );
}

#[test]
fn a_file_that_is_no_library_fails() {
    let folder = TempDir::new().unwrap();
    fs_err::write(folder.path().join("kindred.db"), b"not a database at all").unwrap();
    let answer = Library::doctor(folder.path(), &query());
    assert_eq!(check(&answer, "library").state, CheckState::Fail);
    assert!(answer.checks.iter().all(|check| check.name != "vectors"));
}

#[test]
fn a_clock_of_the_past_is_told() {
    let at = |text: &str| check_clock(None, text.parse().unwrap());
    assert_eq!(at("1970-01-02T00:00:00Z").state, CheckState::Fail);
    assert_eq!(at("2026-11-03T09:30:00Z").state, CheckState::Ok);
}

/// A library with the sample's papers, none of them embedded.
fn sample(folder: &TempDir) -> Library {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/sample.jsonl");
    let mut library = Library::create(folder.path()).unwrap();
    let request = ImportRequest {
        inputs: &[Input::File(sample)],
        now: Timestamp::UNIX_EPOCH,
    };
    library.import(&request, &Control::silent()).unwrap();
    library
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = fs_err::read_dir(folder).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .flat_map(|path| {
            if path.is_dir() {
                files_below(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}

#[test]
fn papers_of_the_future_are_told() {
    let folder = TempDir::new().unwrap();
    let library = sample(&folder);
    let newest = library.latest_day().unwrap().unwrap();
    let at = |days: i64| {
        let day = newest.saturating_sub(days.days());
        let now = day.to_zoned(TimeZone::UTC).unwrap().timestamp();
        check_clock(Some(&library), now)
    };
    assert_eq!(at(0).state, CheckState::Ok);
    assert_eq!(at(AHEAD_DAYS).state, CheckState::Ok);
    let clock = at(AHEAD_DAYS + 1);
    assert_eq!(clock.state, CheckState::Warn);
    assert!(clock.text.contains(&newest.to_string()), "{clock:?}");
}

#[test]
fn papers_without_vectors_and_damaged_vectors_are_told() {
    let folder = TempDir::new().unwrap();
    let mut library = sample(&folder);
    let answer = Library::doctor(folder.path(), &query());
    let vectors = check(&answer, "vectors");
    assert_eq!(vectors.state, CheckState::Warn);
    assert!(vectors.text.contains("325 wait"), "{vectors:?}");
    assert_eq!(vectors.fix.as_deref(), Some("kindred embed"));
    assert_eq!(check(&answer, "index").state, CheckState::Fail);

    library.embed(&Control::silent()).unwrap();
    drop(library);
    let answer = Library::doctor(folder.path(), &query());
    let states: Vec<_> = (answer.checks.iter())
        .filter(|check| check.state != CheckState::Ok)
        .collect();
    assert!(states.is_empty(), "{states:?}");
    assert!(check(&answer, "vectors").text.contains("325"));

    let damage = |name: &str| {
        let files = files_below(&folder.path().join("encoders"));
        let path = files.iter().find(|path| path.ends_with(name)).unwrap();
        let mut bytes = fs_err::read(path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs_err::write(path, bytes).unwrap();
    };
    damage("CURRENT");
    let answer = Library::doctor(folder.path(), &query());
    let index = check(&answer, "index");
    assert_eq!(index.state, CheckState::Fail, "{index:?}");
    assert_eq!(index.fix.as_deref(), Some("kindred verify --repair"));
}

#[test]
fn sizes_read_well() {
    assert_eq!(bytes(12), "12 B");
    assert_eq!(bytes(1 << 20), "1.0 MiB");
    assert_eq!(bytes(3 << 29), "1.5 GiB");
}

#[test]
fn free_space_is_found_for_a_folder_that_is_not_there_yet() {
    let folder = TempDir::new().unwrap();
    let there = available(folder.path());
    assert_eq!(there.is_some(), cfg!(unix));
    let above = available(&folder.path().join("a/b/c"));
    assert_eq!(above.is_some(), cfg!(unix));
    fs_err::write(folder.path().join("file"), vec![0; 1000]).unwrap();
    assert_eq!(size_of(folder.path()), 1000);
}
