//! `config.toml`, and which of flag, environment and file wins.

use serde_json::Value;

use crate::support::{Place, Run};

/// Runs the program with a file of settings in the user's folder, and without the variables that
/// tests set otherwise.
fn run(place: &Place, settings: &str, arguments: &[&str], environment: &[(&str, &str)]) -> Run {
    let folder = place.path("xdg/kindred");
    fs_err::create_dir_all(&folder).unwrap();
    fs_err::write(folder.join("config.toml"), settings).unwrap();
    place
        .command(arguments)
        .env_remove("KINDRED_LIBRARY")
        .env_remove("KINDRED_MODELS")
        .env("XDG_CONFIG_HOME", place.path("xdg"))
        .env("XDG_DATA_HOME", place.path("data"))
        .envs(environment.iter().copied())
        .output()
        .expect("the program starts")
        .into()
}

/// Returns a setting of `config show --json`.
fn setting(shown: &Run, key: &str) -> (Value, Value) {
    let answer = shown.json();
    let settings = answer["settings"].as_array().unwrap();
    let found = settings.iter().find(|setting| setting["key"] == key);
    let found = found.unwrap_or_else(|| panic!("no setting {key}"));
    (found["value"].clone(), found["origin"].clone())
}

#[cfg(target_os = "linux")]
#[test]
fn a_flag_wins_over_the_environment_that_over_the_file_that_over_the_program() {
    let place = Place::new();
    let file = "# mine\nlibrary = \"papers\"\n\n[feed]\nlimit = 33\n";
    let show = ["config", "show", "--json"];
    let path = place.path("xdg/kindred/config.toml");

    let shown = run(&place, "", &show, &[]).expect_code(0);
    let (value, origin) = setting(&shown, "library");
    assert_eq!(value, place.path("data/kindred/default").to_str().unwrap());
    assert_eq!(origin["kind"], "default");
    assert_eq!(setting(&shown, "feed.limit").0, 20);
    assert_eq!(setting(&shown, "sync.contact").0, Value::Null);
    assert_eq!(setting(&shown, "quiet").0, false);

    let shown = run(&place, file, &show, &[]).expect_code(0);
    let (value, origin) = setting(&shown, "library");
    assert_eq!(value, place.path("xdg/kindred/papers").to_str().unwrap());
    assert_eq!(origin["kind"], "file");
    assert_eq!(origin["file"], path.to_str().unwrap());
    assert_eq!(origin["line"], 2);
    let (value, origin) = setting(&shown, "feed.limit");
    assert_eq!((value, &origin["line"]), (33.into(), &5.into()));

    let variable = [("KINDRED_LIBRARY", "/elsewhere")];
    let shown = run(&place, file, &show, &variable).expect_code(0);
    let (value, origin) = setting(&shown, "library");
    assert_eq!(value, "/elsewhere");
    assert_eq!(origin["kind"], "environment");
    assert_eq!(origin["name"], "KINDRED_LIBRARY");

    for arguments in [
        ["--library", "/flag", "config", "show", "--json"],
        ["config", "show", "--json", "--library", "/flag"],
    ] {
        let shown = run(&place, file, &arguments, &variable).expect_code(0);
        let (value, origin) = setting(&shown, "library");
        assert_eq!(value, "/flag");
        assert_eq!(origin["kind"], "flag");
        assert_eq!(origin["name"], "--library");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn the_library_that_is_shown_is_the_one_that_is_used() {
    let place = Place::new();
    let sample = crate::support::sample("sample.jsonl");
    let sample = sample.to_str().unwrap();
    let file = "library = \"papers\"\nquiet = true\n[similar]\nlimit = 2\n";
    let import = ["import", sample, "--json"];
    let imported = run(&place, file, &import, &[]).expect_code(0);
    assert_eq!(imported.stderr, "", "quiet holds");
    assert!(place.path("xdg/kindred/papers/kindred.db").is_file());
    let results = |arguments: &[&str]| {
        let answer = run(&place, file, arguments, &[]).expect_code(0).json();
        answer["results"].as_array().unwrap().len()
    };
    assert_eq!(results(&["similar", "2603.90124", "--json"]), 2);
    assert_eq!(results(&["similar", "2603.90124", "--json", "-n", "3"]), 3);
    // Another command keeps its own default.
    assert_eq!(results(&["search", "learning", "--json"]), 10);
    // Nothing is there by the flag.
    run(&place, file, &["stats", "--library", "/none"], &[]).expect_code(3);
}

#[test]
fn origins_are_printed_for_people() {
    let place = Place::new();
    let file = place.write("my.toml", b"\ndevice = \"cpu\"\n");
    let shown = place
        .run(&["config", "show", "--origin", "--config", &file])
        .expect_code(0);
    let line = |key: &str| {
        let found = shown.stdout.lines().find(|line| line.starts_with(key));
        found
            .unwrap_or_else(|| panic!("{}", shown.stdout))
            .to_owned()
    };
    assert!(line("device").ends_with(&format!("cpu  [{file}:2]")));
    assert!(line("library").ends_with("[KINDRED_LIBRARY]"));
    assert!(line("feed.limit").ends_with("20  [default]"));
    assert!(line("serve.port").ends_with("4747  [default]"));
    assert!(line("serve.names").ends_with("(not set)  [default]"));
    let plain = place
        .run(&["config", "show", "--config", &file])
        .expect_code(0);
    assert!(!plain.stdout.contains("[default]"), "{}", plain.stdout);
}

#[test]
fn lists_are_shown_whole() {
    let place = Place::new();
    let text = b"[serve]\nnames = [\"desk.local\", \"192.0.2.7:80\"]\n";
    let file = place.write("my.toml", text);
    let show = ["config", "show", "--config", &file];
    let shown = place.run(&show).expect_code(0).stdout;
    let line = "serve.names           desk.local, 192.0.2.7:80\n";
    assert!(shown.contains(line), "{shown}");
    let shown = place.run(&[&show[..], &["--json"]].concat()).expect_code(0);
    let value = setting(&shown, "serve.names").0;
    assert_eq!(value, serde_json::json!(["desk.local", "192.0.2.7:80"]));
}

#[test]
fn a_schedule_keeps_the_file_that_was_named() {
    let place = Place::new();
    let mail = place.write("mine.toml", b"");
    let file = place.write("my.toml", b"[digest]\nmail_settings = \"mine.toml\"\n");
    let schedule = place
        .run(&["schedule", "--mail", "--json", "--config", &file])
        .expect_code(0)
        .json();
    let digest = schedule["commands"][0].as_array().unwrap();
    let after = |flag: &str| {
        let place = digest.iter().position(|word| word == flag);
        place.map(|place| digest[place + 1].clone())
    };
    assert_eq!(after("--config"), Some(file.into()), "{digest:?}");
    assert_eq!(after("--mail-settings"), Some(mail.into()), "{digest:?}");
}

#[test]
fn an_unknown_key_stops_every_command_but_those_that_help() {
    let place = Place::new();
    let file = place.write("my.toml", b"color = \"never\"\nlibary = \"x\"\n");
    let stats = place.run(&["stats", "--config", &file]).expect_code(2);
    assert_eq!(
        stats.stderr,
        format!(
            "error: settings `{file}`, line 2: there is no setting `libary`\n\
             hint: did you mean `library`?\n"
        )
    );
    place
        .run(&["config", "show", "--config", &file])
        .expect_code(2);
    let path = place
        .run(&["config", "path", "--config", &file])
        .expect_code(0);
    assert_eq!(path.stdout.trim(), file);
    place.run(&["man", "--config", &file]).expect_code(0);
    let doctor = place
        .run(&["doctor", "--json", "--config", &file])
        .expect_code(1)
        .json();
    let checks = doctor["checks"].as_array().unwrap();
    let settings = checks.iter().find(|check| check["name"] == "settings");
    let settings = settings.unwrap();
    assert_eq!(settings["state"], "fail");
    assert_eq!(settings["fix"], "did you mean `library`?");
}

#[test]
fn a_named_file_has_to_be_there() {
    let place = Place::new();
    let missing = place.path("none.toml");
    let shown = place
        .run(&["config", "show", "--config", missing.to_str().unwrap()])
        .expect_code(2);
    assert!(shown.stderr.contains("none.toml"), "{}", shown.stderr);
    let by_variable: Run = place
        .command(&["config", "path", "--json"])
        .env("KINDRED_CONFIG", &missing)
        .output()
        .unwrap()
        .into();
    let path = by_variable.expect_code(0).json();
    assert_eq!(path["path"], missing.to_str().unwrap());
    assert_eq!(path["exists"], false);
}

#[cfg(target_os = "linux")]
#[test]
fn mail_settings_are_listed_and_no_password_is_shown() {
    let place = Place::new();
    let folder = place.path("xdg/kindred");
    fs_err::create_dir_all(&folder).unwrap();
    let mail = folder.join("mail.toml");
    fs_err::write(
        &mail,
        "host = \"mail.example\"\npassword_file = \"secret\"\n",
    )
    .unwrap();
    fs_err::write(folder.join("secret"), "hunter2\n").unwrap();
    let environment = [("KINDRED_SMTP_PASSWORD", "hunter3")];
    for arguments in [
        &["config", "show", "--json"][..],
        &["config", "show", "--origin"],
        &["doctor", "--json"],
    ] {
        let shown = run(&place, "", arguments, &environment);
        assert!(shown.stdout.len() > 100, "{}", shown.stdout);
        assert!(!shown.stdout.contains("hunter"), "{}", shown.stdout);
    }
    let shown = run(&place, "", &["config", "show", "--json"], &[]).json();
    assert_eq!(shown["mail"]["path"], mail.to_str().unwrap());
    assert_eq!(shown["mail"]["exists"], true);
}
