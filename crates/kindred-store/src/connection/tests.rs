use super::*;

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

#[test]
fn connections_have_the_settings_that_guard_the_file() {
    let folder = folder();
    let store = Store::create(&folder.path().join("kindred.db")).unwrap();
    let number = |name: &str| -> i64 {
        store
            .connection
            .pragma_query_value(None, name, |row| row.get(0))
            .unwrap()
    };
    assert_eq!(number("synchronous"), 2);
    assert_eq!(number("trusted_schema"), 0);
    assert_eq!(number("cell_size_check"), 1);
    assert_eq!(number("foreign_keys"), 1);
    assert_eq!(number("page_size"), i64::from(PAGE_BYTES));
    let mode: String = store
        .connection
        .pragma_query_value(None, "journal_mode", |row| row.get(0))
        .unwrap();
    assert_eq!(mode, "wal");
    let defensive = store
        .connection
        .db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE);
    assert!(defensive.unwrap());
}

#[test]
fn newer_format_is_refused_by_name() {
    let folder = folder();
    let path = folder.path().join("kindred.db");
    let store = Store::create(&path).unwrap();
    store
        .connection
        .pragma_update(None, "user_version", 9)
        .unwrap();
    drop(store);
    for opened in [
        Store::create(&path),
        Store::open(&path),
        Store::open_read_only(&path),
    ] {
        let error = opened.unwrap_err();
        assert!(matches!(
            error,
            StoreError::Newer {
                found: 9,
                supported,
                ..
            } if supported == schema::newest_version()
        ));
        assert!(error.to_string().contains("format 9"), "{error}");
    }
}

#[test]
fn interrupted_creation_is_taken_up_again() {
    let folder = folder();
    let path = folder.path().join("kindred.db");
    let connection = Connection::open(&path).unwrap();
    connection
        .pragma_update(None, "page_size", PAGE_BYTES)
        .unwrap();
    set_wal(&connection).unwrap();
    drop(connection);
    assert!(matches!(
        Store::open(&path),
        Err(StoreError::NotALibrary { .. })
    ));
    assert_eq!(Store::create(&path).unwrap().stats().unwrap().papers, 0);
}

#[test]
fn work_that_fails_leaves_nothing_behind() {
    let folder = folder();
    let mut store = Store::create(&folder.path().join("kindred.db")).unwrap();
    let outcome: Result<(), StoreError> = store.write(|connection| {
        connection.execute("INSERT INTO settings (name, value) VALUES ('a', 'b')", [])?;
        Err(rusqlite::Error::QueryReturnedNoRows)
    });
    assert!(outcome.is_err());
    assert_eq!(store.setting("a").unwrap(), None);
}

#[test]
fn log_is_copied_into_the_file_and_stays_short() {
    let folder = folder();
    let path = folder.path().join("kindred.db");
    let mut store = Store::create(&path).unwrap();
    for round in 0..100 {
        // SQLite writes no page whose content stays the same.
        let mebibyte = char::from(b'a' + round % 26).to_string().repeat(1 << 20);
        let name = format!("{}", round % 10);
        store.set_setting(&name, &mebibyte).unwrap();
    }
    let log = fs_err::metadata(folder.path().join("kindred.db-wal"))
        .unwrap()
        .len();
    assert!(log < TRUNCATE_BYTES, "{log} bytes");
    assert!(fs_err::metadata(&path).unwrap().len() > 5 << 20);
}

#[test]
fn full_disk_is_named_and_nothing_is_lost() {
    let folder = folder();
    let mut store = Store::create(&folder.path().join("kindred.db")).unwrap();
    store.set_setting("before", "kept").unwrap();
    let pages: i64 = store
        .connection
        .pragma_query_value(None, "page_count", |row| row.get(0))
        .unwrap();
    store
        .connection
        .pragma_update(None, "max_page_count", pages)
        .unwrap();
    let error = store
        .set_setting("after", &"x".repeat(1 << 20))
        .unwrap_err();
    assert!(matches!(error, StoreError::DiskFull { .. }), "{error:?}");
    assert_eq!(store.setting("before").unwrap().as_deref(), Some("kept"));
    assert_eq!(store.setting("after").unwrap(), None);
    store
        .connection
        .pragma_update(None, "max_page_count", pages + 1_000)
        .unwrap();
    store.set_setting("after", "room again").unwrap();
}

#[test]
fn statements_use_the_indexes_that_were_made_for_them() {
    let folder = folder();
    let store = Store::create(&folder.path().join("kindred.db")).unwrap();
    for (sql, index) in [
        (
            "SELECT key FROM papers WHERE id_order = x'00'",
            "sqlite_autoindex_papers_1",
        ),
        (
            "SELECT key FROM papers ORDER BY id_order",
            "COVERING INDEX sqlite_autoindex_papers_1",
        ),
        (
            "SELECT key FROM papers INDEXED BY papers_hidden WHERE withdrawn = 1 OR deleted = 1",
            "papers_hidden",
        ),
        (
            "SELECT count(*) FROM papers INDEXED BY papers_without_abstract WHERE abstract = ''",
            "papers_without_abstract",
        ),
    ] {
        let plan: String = store
            .connection
            .query_row(&format!("EXPLAIN QUERY PLAN {sql}"), [], |row| row.get(3))
            .unwrap();
        assert!(plan.contains(index), "{sql}: {plan}");
    }
}
