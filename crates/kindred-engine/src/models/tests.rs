use super::*;

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

/// Copies the test model into a folder, without the file named.
fn put_model(folder: &Path, without: Option<&str>) {
    let fixture = "../kindred-embed/tests/fixtures/tiny-bert-mean";
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join(fixture);
    copy(&fixture, folder);
    if let Some(file) = without {
        fs_err::remove_file(folder.join(file)).unwrap();
    }
}

fn copy(from: &Path, to: &Path) {
    fs_err::create_dir_all(to).unwrap();
    for entry in fs_err::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs_err::copy(entry.path(), target).unwrap();
        }
    }
}

fn cached(folder: &Path) -> PathBuf {
    let model = folder.join("models--owner--tiny");
    fs_err::create_dir_all(model.join("refs")).unwrap();
    fs_err::write(model.join("refs/main"), COMMIT).unwrap();
    model.join("snapshots").join(COMMIT)
}

#[test]
fn downloads_under_way_are_no_models() {
    let folder = tempfile::tempdir().unwrap();
    let shelf = ModelShelf::new(folder.path());
    put_model(&folder.path().join(".partial/owner--tiny--0123"), None);
    put_model(&folder.path().join("owner--tiny").join(COMMIT), None);
    let models = shelf.list(None).unwrap();
    let names: Vec<&str> = models.iter().map(|model| &*model.name).collect();
    assert_eq!(
        names,
        ["kindred-small", "kindred-static", "owner/tiny@01234567"]
    );
}

#[test]
fn a_snapshot_that_does_not_say_how_to_pool_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let snapshot = cached(folder.path());
    put_model(&snapshot, Some("modules.json"));
    let shelf = ModelShelf::new(&folder.path().join("none"));
    let shelf = shelf.with_cache(Some(HubCache::new(folder.path())));
    let error = shelf.find("owner/tiny@main").unwrap_err();
    assert!(
        matches!(&error, EngineError::PartlyCached { folder, .. } if *folder == snapshot),
        "{error:?}"
    );
    let hints = error.hints().join("\n");
    assert!(hints.contains(&*snapshot.to_string_lossy()), "{hints}");
    // Whoever names the folder has chosen it.
    let origin = shelf.find(snapshot.to_str().unwrap()).unwrap();
    assert!(ModelShelf::inspect(&origin).is_ok());
}

#[test]
fn a_relative_cache_gives_a_place_from_the_root_on() {
    let here = std::env::current_dir().unwrap();
    let folder = tempfile::tempdir_in(&here).unwrap();
    put_model(&cached(folder.path()), None);
    let relative = folder.path().strip_prefix(&here).unwrap();
    let shelf = ModelShelf::new(&relative.join("none"));
    let shelf = shelf.with_cache(Some(HubCache::new(relative)));
    assert!(shelf.folder().is_absolute());
    let origin = shelf.find("owner/tiny").unwrap();
    assert!(
        matches!(&origin, ModelOrigin::Folder(folder) if folder.is_absolute()),
        "{origin:?}"
    );
}

#[test]
fn a_model_used_before_is_shown_as_it_was_used() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("models/owner--tiny").join(COMMIT);
    put_model(&home, None);
    let shelf = ModelShelf::new(&folder.path().join("models"));
    let mut library = Library::create(&folder.path().join("library")).unwrap();
    let origin = shelf.find("owner/tiny").unwrap();
    let options = crate::EncoderOptions {
        dtype: Some(Dtype::Bf16),
        dimension: Some(crate::Extent::Is(16)),
        ..crate::EncoderOptions::default()
    };
    let prepared = PreparedEncoder::load(&origin, options, library.device()).unwrap();
    let fingerprint = prepared.choice().fingerprint.clone();
    library.use_prepared(prepared).unwrap();
    library.use_encoder(&ModelOrigin::default()).unwrap();

    let (facts, dtype) = ModelShelf::show(&origin, Some(&library)).unwrap();
    assert_eq!((facts.dimension, dtype), (16, Some(Dtype::Bf16)));
    assert_eq!(facts.fingerprint, fingerprint);
    let models = shelf.list(Some(&library)).unwrap();
    let in_use: Vec<bool> = models.iter().map(|model| model.in_use).collect();
    assert_eq!(in_use, [true, false, false]);
    assert_eq!(models[2].dtype, Some(Dtype::Bf16));
    assert_eq!(models[2].facts.as_ref().unwrap().dimension, 16);
    assert!(models.iter().all(|model| !model.has_changed));
}

#[test]
fn built_in_encoders_are_found_by_name_and_the_old_name_is_the_default() {
    let shelf = ModelShelf::new(Path::new("nowhere"));
    for (name, built_in) in [
        ("built-in", BuiltIn::Small),
        ("kindred-small", BuiltIn::Small),
        ("kindred-static", BuiltIn::Static),
    ] {
        let origin = shelf.find(name).unwrap();
        assert_eq!(origin, ModelOrigin::BuiltIn(built_in));
        let facts = ModelShelf::inspect(&origin).unwrap();
        assert_eq!(facts.name, built_in.as_str());
    }
}

/// Writes the choice of a program that carried one encoder, `kindred-static` of other files.
fn write_old_choice(library: &mut Library, dimension: usize) -> String {
    let fingerprint = "5e".repeat(32);
    let choice = format!(
        "{{\"name\":\"kindred-static\",\"origin\":\"built-in\",\"fingerprint\":\"{fingerprint}\",\
         \"dimension\":{dimension},\"family\":\"static\",\"dtype\":\"f32\",\
         \"kept_dimension\":{dimension}}}"
    );
    for name in [
        "encoder",
        "encoder-at/built-in",
        &format!("encoder/{fingerprint}"),
    ] {
        library.store.set_setting(name, &choice).unwrap();
    }
    fingerprint
}

#[test]
fn the_encoder_of_an_earlier_program_is_listed_as_changed_and_used_anew_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let shelf = ModelShelf::new(&folder.path().join("models"));
    let mut library = Library::create(&folder.path().join("library")).unwrap();
    let old = write_old_choice(&mut library, 32);
    let origin = ModelOrigin::BuiltIn(BuiltIn::Static);
    let error = library.encoder().unwrap_err();
    assert!(
        matches!(error, EngineError::EncoderChanged { .. }),
        "{error:?}"
    );

    let models = shelf.list(Some(&library)).unwrap();
    let states = models.iter().map(|model| (model.in_use, model.has_changed));
    assert_eq!(states.collect::<Vec<_>>(), [(false, false), (true, true)]);
    let (facts, _) = ModelShelf::show(&origin, Some(&library)).unwrap();
    assert_ne!(facts.fingerprint.as_str(), old);
    assert!(
        facts.notes.iter().any(|note| note.contains(&old[..8])),
        "{facts:?}"
    );

    let choice = library.use_encoder(&origin).unwrap();
    assert_eq!((choice.dimension, choice.kept_dimension), (32, Some(32)));
    assert_eq!(choice.fingerprint, facts.fingerprint);
    let models = shelf.list(Some(&library)).unwrap();
    assert!(models[1].in_use && !models[1].has_changed);
    // What was kept of the earlier one does not concern the other.
    assert_eq!(
        library
            .use_encoder(&ModelOrigin::default())
            .unwrap()
            .kept_dimension,
        None
    );
}
