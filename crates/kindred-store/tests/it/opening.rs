use kindred_store::{ImportBatch, ImportProgress, PaperFilter, Store, StoreError};

use crate::support::{Library, content, many, time};

#[test]
fn absent_file_is_missing_for_all_but_create() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kindred.db");
    assert!(matches!(
        Store::open(&path),
        Err(StoreError::Missing { .. })
    ));
    assert!(matches!(
        Store::open_read_only(&path),
        Err(StoreError::Missing { .. })
    ));
    assert!(!path.exists());
    drop(Store::create(&path).unwrap());
    Store::open(&path).unwrap();
}

#[test]
fn things_that_are_no_library_are_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("notes.db");
    fs_err::write(
        &text,
        "not a database at all, but long enough to have a header".repeat(40),
    )
    .unwrap();
    let before = fs_err::read(&text).unwrap();
    let empty = folder.path().join("empty.db");
    fs_err::write(&empty, "").unwrap();
    for path in [folder.path(), &text, &empty] {
        for opened in [Store::open(path), Store::open_read_only(path)] {
            let error = opened.unwrap_err();
            assert!(matches!(error, StoreError::NotALibrary { .. }), "{error:?}");
        }
    }
    for path in [folder.path(), &text] {
        let error = Store::create(path).unwrap_err();
        assert!(matches!(error, StoreError::NotALibrary { .. }), "{error:?}");
    }
    assert_eq!(fs_err::read(&text).unwrap(), before);
}

#[test]
fn database_of_another_program_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("other.db");
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("CREATE TABLE notes (text)").unwrap();
    drop(other);
    for opened in [Store::create(&path), Store::open(&path)] {
        let error = opened.unwrap_err();
        assert!(error.to_string().contains("another program"), "{error}");
    }
}

#[test]
fn second_writer_is_told_and_readers_go_on() {
    let library = Library::with(&many(5));
    let other = rusqlite::Connection::open(&library.path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut store = Store::open(&library.path).unwrap();
    let error = store.set_setting("a", "b").unwrap_err();
    assert!(matches!(error, StoreError::Busy { .. }), "{error:?}");
    assert!(error.to_string().contains("in use"), "{error}");
    let reader = Store::open_read_only(&library.path).unwrap();
    assert_eq!(content(&reader).len(), 5);
    other.execute_batch("ROLLBACK").unwrap();
    store.set_setting("a", "b").unwrap();
    assert_eq!(reader.setting("a").unwrap().as_deref(), Some("b"));
}

#[test]
fn reader_cannot_write() {
    let library = Library::new();
    let mut reader = Store::open_read_only(&library.path).unwrap();
    assert!(reader.set_setting("a", "b").is_err());
    assert_eq!(library.store.setting("a").unwrap(), None);
}

#[test]
fn unfinished_transaction_of_a_killed_writer_is_gone() {
    let library = Library::with(&many(5));
    let before = content(&library.store);
    let killed = rusqlite::Connection::open(&library.path).unwrap();
    killed.pragma_update(None, "cache_size", 10).unwrap();
    killed.execute_batch("BEGIN IMMEDIATE").unwrap();
    killed
        .execute_batch("UPDATE papers SET title = 'lost'")
        .unwrap();
    // What a kill leaves: the files as they are, copied away under the open transaction.
    let copy = tempfile::tempdir().unwrap();
    for name in ["kindred.db", "kindred.db-wal"] {
        fs_err::copy(library.folder.path().join(name), copy.path().join(name)).unwrap();
    }
    let store = Store::open(&copy.path().join("kindred.db")).unwrap();
    assert_eq!(content(&store), before);
    assert_eq!(store.verify(&mut |_, _| {}).unwrap(), []);
}

#[test]
fn log_cut_anywhere_leaves_a_whole_number_of_batches() {
    let mut library = Library::new();
    let records = many(40);
    let progress = |position: u64| ImportProgress {
        source: "file".into(),
        position,
        records: position,
        latest: None,
        finished: position == 4,
        at: time(0),
    };
    for (position, chunk) in (1..).zip(records.chunks(10)) {
        library
            .store
            .import(&ImportBatch {
                records: chunk,
                progress: Some(&progress(position)),
            })
            .unwrap();
    }
    let log = fs_err::read(library.folder.path().join("kindred.db-wal")).unwrap();
    let mut seen = std::collections::BTreeSet::new();
    for part in 0..=40 {
        let copy = tempfile::tempdir().unwrap();
        let path = copy.path().join("kindred.db");
        fs_err::copy(&library.path, &path).unwrap();
        let kept = &log[..log.len() * part / 40];
        fs_err::write(copy.path().join("kindred.db-wal"), kept).unwrap();
        let Ok(store) = Store::open(&path) else {
            // The making of the library itself was in the part that is cut off.
            continue;
        };
        let read = store.import_progress("file").unwrap();
        let batches = read.map_or(0, |progress| progress.position);
        assert_eq!(store.stats().unwrap().papers, batches * 10);
        assert_eq!(store.verify(&mut |_, _| {}).unwrap(), []);
        seen.insert(batches);
    }
    assert!(seen.len() > 2 && seen.contains(&4), "{seen:?}");
}

#[test]
fn failed_batch_changes_neither_papers_nor_progress() {
    let mut library = Library::with(&many(3));
    let before = content(&library.store);
    let mut records = many(6);
    // Larger than any value may be: the last record of the batch cannot be stored.
    let mut huge = crate::support::paper("2601.99999", "huge");
    huge.abstract_text = "x".repeat(9 << 20);
    records.push(crate::support::record(huge));
    let progress = ImportProgress {
        source: "file".into(),
        position: 7,
        records: 7,
        latest: None,
        finished: true,
        at: time(0),
    };
    let batch = ImportBatch {
        records: &records,
        progress: Some(&progress),
    };
    assert!(library.store.import(&batch).is_err());
    assert_eq!(content(&library.store), before);
    assert_eq!(library.store.import_progress("file").unwrap(), None);
    let good = ImportBatch {
        records: &records[..6],
        progress: Some(&progress),
    };
    assert_eq!(library.store.import(&good).unwrap().new, 3);
    assert_eq!(
        library.store.import_progress("file").unwrap(),
        Some(progress)
    );
    assert_eq!(library.search("lattices", &PaperFilter::default()).len(), 6);
}
