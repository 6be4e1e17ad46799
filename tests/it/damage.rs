//! Damage of every stored file: an error or a named fault, never a panic or a silent answer, and
//! what can be rebuilt is rebuilt.

use std::path::Path;

use crate::support::{Place, files_below};

/// Copies a library folder.
fn copy(from: &Path, to: &Path) {
    for file in files_below(from) {
        let target = to.join(file.strip_prefix(from).unwrap());
        fs_err::create_dir_all(target.parent().unwrap()).unwrap();
        fs_err::copy(&file, &target).unwrap();
    }
}

/// A sample library whose answers are known, to be damaged in copies.
struct Original {
    place: Place,
    answer: String,
}

impl Original {
    fn new() -> Self {
        let place = Place::with_sample();
        let answer = place
            .run(&["similar", "2603.90124", "--json"])
            .expect_code(0)
            .stdout;
        Self { place, answer }
    }

    /// Damages one file of a copy and checks what the program makes of it.
    fn with_damage(&self, file: &Path, damage: impl Fn(&mut Vec<u8>)) {
        let copy_place = Place::new();
        copy(&self.place.library(), &copy_place.library());
        let name = file.strip_prefix(self.place.library()).unwrap();
        let damaged = copy_place.library().join(name);
        let mut bytes = fs_err::read(&damaged).unwrap();
        let before = bytes.clone();
        damage(&mut bytes);
        if bytes == before {
            return;
        }
        fs_err::write(&damaged, &bytes).unwrap();

        let verify = copy_place.run(&["verify"]);
        assert!(
            [1, 5].contains(&verify.code),
            "{}: {verify:?}",
            name.display()
        );
        let answer = copy_place.run(&["similar", "2603.90124", "--json"]);
        assert!(
            answer.code == 5 || answer.stdout == self.answer,
            "{}: {answer:?}",
            name.display()
        );
        for run in [&verify, &answer] {
            assert!(
                !run.stderr.contains("panicked"),
                "{}: {}",
                name.display(),
                run.stderr
            );
        }
        if name.starts_with("encoders") {
            copy_place.run(&["verify", "--repair"]).expect_code(0);
            let mended = copy_place
                .run(&["similar", "2603.90124", "--json"])
                .expect_code(0);
            assert_eq!(mended.stdout, self.answer, "{} was mended", name.display());
        }
    }
}

#[test]
fn every_cut_or_flipped_vector_file_is_found_and_mended() {
    let original = Original::new();
    let files = files_below(&original.place.library().join("encoders"));
    assert!(files.len() >= 3, "{files:?}");
    for file in &files {
        original.with_damage(file, |bytes| bytes.truncate(bytes.len() / 2));
        original.with_damage(file, Vec::clear);
        for position in [0.0, 0.3, 0.99] {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "in range"
            )]
            original.with_damage(file, |bytes| {
                let at = (bytes.len() as f64 * position) as usize;
                bytes[at] ^= 0x40;
            });
        }
    }
}

#[test]
fn a_damaged_database_is_an_error_that_says_what_to_do() {
    let original = Original::new();
    let database = original.place.library().join("kindred.db");
    for cut in [0, 100, 5_000] {
        let copy_place = Place::new();
        copy(&original.place.library(), &copy_place.library());
        let damaged = copy_place.library().join("kindred.db");
        let mut bytes = fs_err::read(&database).unwrap();
        bytes.truncate(cut);
        fs_err::write(&damaged, &bytes).unwrap();
        let run = copy_place.run(&["similar", "2603.90124"]);
        assert_eq!(run.code, 5, "{run:?}");
        assert!(run.stderr.contains("kindred.db"), "{}", run.stderr);
        assert!(!run.stderr.contains("panicked"), "{}", run.stderr);
    }
}

#[test]
fn a_changed_text_in_the_database_is_named() {
    let original = Original::new();
    let database = original.place.library().join("kindred.db");
    let mut bytes = fs_err::read(&database).unwrap();
    let needle = b"federated";
    let mut changed = 0;
    for at in 0..bytes.len() - needle.len() {
        if bytes[at..].starts_with(needle) {
            bytes[at] = b'F' + 1;
            changed += 1;
        }
    }
    assert!(changed > 0);
    fs_err::write(&database, &bytes).unwrap();
    let verify = original.place.run(&["verify", "--json"]);
    assert_eq!(verify.code, 1, "{verify:?}");
    assert!(!verify.json()["faults"].as_array().unwrap().is_empty());
}

#[test]
fn lost_vectors_are_made_again_from_text() {
    let original = Original::new();
    fs_err::remove_dir_all(original.place.library().join("encoders")).unwrap();
    original.place.run(&["verify"]).expect_code(1);
    original.place.run(&["verify", "--repair"]).expect_code(0);
    let mended = original
        .place
        .run(&["similar", "2603.90124", "--json"])
        .expect_code(0);
    assert_eq!(mended.stdout, original.answer);
}

#[test]
fn vectors_of_another_model_are_never_mixed_in() {
    let place = Place::with_sample();
    let folder = place.path("model");
    copy(
        &crate::support::root().join("models/kindred-static"),
        &folder,
    );
    let chosen = folder.to_str().unwrap();
    place.run(&["models", "use", chosen]).expect_code(0);
    place
        .run(&["similar", "--text", "exoplanet"])
        .expect_code(0);
    let tokenizer = folder.join("tokenizer.json");
    let changed = fs_err::read_to_string(&tokenizer)
        .unwrap()
        .replacen("exo", "exq", 1);
    fs_err::write(&tokenizer, changed).unwrap();
    let run = place
        .run(&["similar", "--text", "exoplanet"])
        .expect_code(3);
    assert!(run.stderr.contains("fingerprint"), "{}", run.stderr);
    assert!(run.stderr.contains("kindred models use"), "{}", run.stderr);
}

/// A library as a program left it that carried another `kindred-static`.
fn library_of_an_earlier_program() -> Place {
    let place = Place::with_sample();
    let folder = place.path("kindred-static");
    copy(
        &crate::support::root().join("models/kindred-static"),
        &folder,
    );
    let tokenizer = folder.join("tokenizer.json");
    let text = fs_err::read_to_string(&tokenizer).unwrap();
    fs_err::write(&tokenizer, text.replacen("exo", "exq", 1)).unwrap();
    let folder = fs_err::canonicalize(folder).unwrap();
    let folder = folder.to_str().unwrap();
    place.run(&["models", "use", folder]).expect_code(0);
    let database = rusqlite::Connection::open(place.library().join("kindred.db")).unwrap();
    let origin = serde_json::json!({ "folder": folder }).to_string();
    let changed = database.execute(
        "UPDATE settings SET value = replace(value, ?1, '\"built-in\"') WHERE name = 'encoder'",
        [origin],
    );
    assert_eq!(changed.unwrap(), 1);
    place
}

#[test]
fn a_library_of_a_program_with_another_built_in_encoder_opens_and_is_embedded_anew_when_asked() {
    let place = library_of_an_earlier_program();
    let stored = place.run(&["similar", "2603.90124", "--json"]);
    assert_eq!(
        stored.expect_code(0).json()["encoder"]["name"],
        "kindred-static"
    );
    let ask = ["similar", "--text", "exoplanet", "--json"];
    let refused = place.run(&ask).expect_code(3);
    for command in [
        "kindred models use kindred-small",
        "kindred models use kindred-static",
    ] {
        assert!(refused.stderr.contains(command), "{}", refused.stderr);
    }
    let list = place.run(&["models", "list"]).expect_code(0).stdout;
    let line = list.lines().find(|line| line.starts_with("* "));
    let line = line.expect("one is in use");
    assert!(line.contains("kindred-static"), "{list}");
    assert!(line.contains("changed since it was used"), "{list}");

    let used = place.run(&["models", "use", "kindred-static", "--json"]);
    assert_eq!(used.expect_code(0).json()["embed"]["embedded"], 325);
    let found = place.run(&ask).expect_code(0).json();
    assert_eq!(found["encoder"]["name"], "kindred-static");
    place.run(&["verify"]).expect_code(0);
}

#[test]
fn lost_folders_of_the_index_are_made_again() {
    let original = Original::new();
    for gone in ["vectors", "graph", "CURRENT"] {
        let place = Place::new();
        copy(&original.place.library(), &place.library());
        let encoders = place.library().join("encoders");
        let encoder = fs_err::read_dir(&encoders)
            .unwrap()
            .next()
            .unwrap()
            .unwrap()
            .path();
        let path = encoder.join(gone);
        if path.is_dir() {
            fs_err::remove_dir_all(&path).unwrap();
        } else if path.exists() {
            fs_err::remove_file(&path).unwrap();
        }
        place.run(&["verify", "--repair"]).expect_code(0);
        let mended = place
            .run(&["similar", "2603.90124", "--json"])
            .expect_code(0);
        assert_eq!(mended.stdout, original.answer, "without {gone}");
        place.run(&["verify"]).expect_code(0);
    }
}
