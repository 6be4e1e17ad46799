//! `doctor`.

use std::net::TcpListener;

use serde_json::Value;

use crate::support::{Place, Run};

fn check(doctor: &Run, name: &str) -> Value {
    let answer = doctor.json();
    let checks = answer["checks"].as_array().unwrap();
    let found = checks.iter().find(|check| check["name"] == name);
    found.unwrap_or_else(|| panic!("no check {name}")).clone()
}

#[test]
fn a_library_that_is_not_there_is_a_finding_not_an_error() {
    let place = Place::new();
    let doctor = place.run(&["doctor", "--json"]).expect_code(1);
    assert_eq!(check(&doctor, "library")["state"], "fail");
    assert_eq!(check(&doctor, "encoder")["state"], "ok");
    assert_eq!(check(&doctor, "mail")["state"], "ok");
    assert!(!place.library().exists(), "nothing is written");
    let text = place.run(&["doctor"]).expect_code(1).stdout;
    assert!(text.contains("fail  library    no library at"), "{text}");
    assert!(
        text.contains("fix: `kindred import FILE...` makes one"),
        "{text}"
    );
}

#[test]
fn a_library_that_works_passes_and_nothing_in_it_changes() {
    let place = Place::with_sample();
    let before = crate::support::files_below(&place.library());
    let doctor = place.run(&["doctor", "--json"]).expect_code(0);
    assert_eq!(before, crate::support::files_below(&place.library()));
    for name in [
        "library", "format", "lock", "encoder", "vectors", "index", "clock", "sync", "settings",
        "mail",
    ] {
        let found = check(&doctor, name);
        assert_eq!(found["state"], "ok", "{found}");
        assert_eq!(found.get("fix"), None, "{found}");
    }
    let text = place.run(&["doctor"]).expect_code(0).stdout;
    assert!(
        text.contains("papers with a vector: 325, none waits"),
        "{text}"
    );
    assert!(text.contains("0 failed"), "{text}");
}

#[test]
fn each_fault_is_named_with_what_helps() {
    let place = Place::with_sample();
    let damaged = place.library().join("kindred.db");
    let bytes = fs_err::read(&damaged).unwrap();
    fs_err::write(&damaged, b"SQLite format 3\0 and no more").unwrap();
    let doctor = place.run(&["doctor", "--json"]).expect_code(1);
    assert_eq!(check(&doctor, "library")["state"], "fail");
    assert!(check(&doctor, "library")["fix"].is_string());
    fs_err::write(&damaged, bytes).unwrap();

    place.write("mail.toml", b"host = \"mail.example\"\nhots = 1\n");
    let file = place.write("my.toml", b"[digest]\nmail_settings = \"mail.toml\"\n");
    let doctor = place
        .run(&["doctor", "--json", "--config", &file])
        .expect_code(1);
    let mail = check(&doctor, "mail");
    assert_eq!(mail["state"], "fail");
    assert!(mail["text"].as_str().unwrap().contains("line 2"), "{mail}");
}

#[test]
fn an_address_that_the_page_refuses_is_a_fault() {
    let place = Place::new();
    let checked = |allow: &str| {
        let settings = format!("[serve]\naddress = \"0.0.0.0\"\nport = 0\n{allow}");
        let file = place.write("my.toml", settings.as_bytes());
        (
            check(&place.run(&["doctor", "--json", "--config", &file]), "port"),
            file,
        )
    };
    let (found, file) = checked("");
    assert_eq!(found["state"], "fail", "{found}");
    let fix = found["fix"].as_str().unwrap();
    assert!(fix.contains("serve.allow_remote"), "{fix}");
    place.run(&["serve", "--config", &file]).expect_code(2);
    assert_eq!(checked("allow_remote = true\n").0["state"], "ok");
}

#[test]
fn a_port_that_is_taken_is_a_warning() {
    let place = Place::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let file = place.write("my.toml", format!("[serve]\nport = {port}\n").as_bytes());
    let doctor = place.run(&["doctor", "--json", "--config", &file]);
    let found = check(&doctor, "port");
    assert_eq!(found["state"], "warn");
    assert!(found["text"].as_str().unwrap().contains(&port.to_string()));
    drop(taken);
    let doctor = place.run(&["doctor", "--json", "--config", &file]);
    assert_eq!(check(&doctor, "port")["state"], "ok");
}
