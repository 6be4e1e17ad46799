//! Zotero's database: what is read, and that the original is left alone.

use std::path::{Path, PathBuf};

use kindred_ingest::{
    IngestError, Input, ReferenceFormat, ReferenceOptions, References, read_references,
};
use rusqlite::Connection;

/// Works of several kinds, some in collections, in the trash or of a feed.
const DATABASE: &str = concat!(
    include_str!("zotero-schema.sql"),
    include_str!("zotero.sql")
);

struct Zotero {
    folder: tempfile::TempDir,
    path: PathBuf,
    connection: Connection,
}

impl Zotero {
    fn new(journal: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("zotero.sqlite");
        let connection = Connection::open(&path).unwrap();
        connection
            .pragma_update(None, "journal_mode", journal)
            .unwrap();
        connection.execute_batch(DATABASE).unwrap();
        Self {
            folder,
            path,
            connection,
        }
    }

    /// Names and contents of everything in the folder.
    fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut files: Vec<_> = fs_err::read_dir(self.folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .map(|path| (path.clone(), fs_err::read(path).unwrap()))
            .collect();
        files.sort();
        files
    }
}

fn read(path: &Path, collections: &[&str]) -> Result<References, IngestError> {
    let options = ReferenceOptions {
        collections: collections.iter().map(|name| (*name).to_owned()).collect(),
        ..ReferenceOptions::default()
    };
    read_references(&Input::File(path.to_owned()), &options)
}

fn keys(found: &References) -> Vec<String> {
    let places = found.references.iter().map(|found| found.place.to_string());
    places.collect()
}

#[test]
fn works_are_read_without_trash_attachments_and_feeds() {
    let zotero = Zotero::new("DELETE");
    let found = read(&zotero.path, &[]).unwrap();
    assert_eq!(found.format, ReferenceFormat::Zotero);
    assert_eq!(
        keys(&found),
        ["item BBBB2222", "item AAAA1111", "item DDDD4444"]
    );
    let paper = &found.references[1];
    assert_eq!(paper.title, "Lattice Masks");
    assert_eq!(paper.authors, ["Élodie Lévy", "The Small Team"]);
    assert_eq!(paper.id.as_ref().unwrap().short(), "2401.01234");
    assert_eq!(paper.abstract_text, "Sums & bounds.");
    assert_eq!(paper.date.unwrap().to_string(), "2024-01");
    assert_eq!(paper.added.unwrap().to_string(), "2021-03-04T05:06:07Z");
    let [knots, _, numbered] = &found.references[..] else {
        panic!("three works");
    };
    assert_eq!(knots.id.as_ref().unwrap().short(), "math/0611800");
    assert_eq!((numbered.title.as_str(), numbered.added), ("1984", None));
    assert_eq!(found.problems.len(), 1);
    assert_eq!(found.problems[0].place.to_string(), "item EMPTY555");
}

#[test]
fn collections_are_chosen_by_name_or_path_with_those_within() {
    let zotero = Zotero::new("DELETE");
    let chosen = |names: &[&str]| keys(&read(&zotero.path, names).unwrap());
    assert_eq!(chosen(&["thesis"]), ["item BBBB2222", "item AAAA1111"]);
    assert_eq!(chosen(&["Thesis/Methods"]), ["item BBBB2222"]);
    assert_eq!(chosen(&["Methods"]), ["item BBBB2222", "item DDDD4444"]);
    let error = read(&zotero.path, &["Nowhere"]).unwrap_err().to_string();
    assert!(
        error.contains("`Nowhere`") && error.contains("`Thesis/Methods`"),
        "{error}"
    );
}

#[test]
fn locked_database_is_read_and_nothing_is_written_beside_it() {
    for journal in ["DELETE", "WAL"] {
        let zotero = Zotero::new(journal);
        zotero
            .connection
            .execute_batch(
                "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE;
                UPDATE itemDataValues SET value = 'Not yet so' WHERE valueID = 1",
            )
            .unwrap();
        let before = zotero.files();
        let found = read(&zotero.path, &[]).unwrap();
        assert_eq!(found.references[1].title, "Lattice Masks", "{journal}");
        assert!(
            zotero.files() == before,
            "{journal}: the folder is as it was"
        );
    }
}

#[test]
fn what_stands_in_the_log_alone_is_read() {
    let zotero = Zotero::new("WAL");
    zotero
        .connection
        .execute_batch(
            "PRAGMA wal_checkpoint(TRUNCATE);
            UPDATE itemDataValues SET value = 'Newer' WHERE valueID = 1",
        )
        .unwrap();
    assert!(zotero.files().len() > 1, "the log is there");
    assert_eq!(
        read(&zotero.path, &[]).unwrap().references[1].title,
        "Newer"
    );
}

#[test]
fn transaction_that_a_crash_left_is_rolled_back_in_the_copy() {
    let zotero = Zotero::new("DELETE");
    zotero
        .connection
        .pragma_update(None, "cache_size", 1)
        .unwrap();
    zotero
        .connection
        .execute_batch(
            "PRAGMA cache_spill = 1; BEGIN;
            UPDATE itemDataValues SET value = 'lost';
            CREATE TABLE filler (text); INSERT INTO filler
                WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)
                SELECT hex(randomblob(800)) FROM n",
        )
        .unwrap();
    // What a crash leaves: the files as they are, copied away under the open transaction.
    let copy = tempfile::tempdir().unwrap();
    for name in ["zotero.sqlite", "zotero.sqlite-journal"] {
        fs_err::copy(zotero.folder.path().join(name), copy.path().join(name)).unwrap();
    }
    let found = read(&copy.path().join("zotero.sqlite"), &[]).unwrap();
    assert_eq!(found.references[1].title, "Lattice Masks");
}

#[test]
fn foreign_and_damaged_databases_are_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("other.sqlite");
    let other = Connection::open(&path).unwrap();
    other.execute_batch("CREATE TABLE notes (text)").unwrap();
    let error = read(&path, &[]).unwrap_err().to_string();
    assert!(
        error.contains("is not Zotero's database: it has no table `items`"),
        "{error}"
    );

    let zotero = Zotero::new("DELETE");
    let whole = fs_err::read(&zotero.path).unwrap();
    for cut in (0..whole.len()).step_by(997) {
        let path = folder.path().join("cut.sqlite");
        fs_err::write(&path, &whole[..cut]).unwrap();
        // Whatever is found, it is an error or items, and never a panic.
        drop(read(&path, &[]));
    }
    let hostile = folder.path().join("views.sqlite");
    let connection = Connection::open(&hostile).unwrap();
    connection
        .execute_batch(&DATABASE.replace("CREATE TABLE items (", "CREATE TABLE kept ("))
        .unwrap_err();
    connection
        .execute_batch("CREATE VIEW items AS SELECT 1 AS itemID, 1 AS itemTypeID")
        .unwrap();
    let error = read(&hostile, &[]).unwrap_err();
    assert!(
        matches!(error, IngestError::ForeignDatabase { .. }),
        "{error}"
    );
}

#[test]
fn bits_flipped_in_the_file_never_panic() {
    let zotero = Zotero::new("DELETE");
    let whole = fs_err::read(&zotero.path).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("flipped.sqlite");
    for at in (0..whole.len()).step_by(509) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x41;
        fs_err::write(&path, bytes).unwrap();
        drop(read(&path, &[]));
    }
}
