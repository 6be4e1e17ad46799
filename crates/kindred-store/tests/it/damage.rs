use std::panic::AssertUnwindSafe;
use std::path::Path;

use jiff::civil::Date;
use kindred_core::{Fingerprint, PaperKey, Rule, RuleKind};
use kindred_store::{
    Embedded, PaperFilter, RatedPaper, Rating, SeenText, Store, StoreError, StoreFault,
    StoredPaper, StoredTopic, TextHash, TopicEvent, TopicFate, TopicId, TopicMap, TopicMember,
    TopicRun, TopicSubscription,
};

use crate::support::{Library, content, fill_ledger, many, set, time};
use crate::topic_support::fill_topics;

/// The bytes of a closed library with papers, ratings, vectors, a ledger and topics.
fn image() -> (Vec<u8>, Answers) {
    let mut library = Library::with(&many(60));
    let reading = set("reading");
    library.store.create_set(&reading, time(0)).unwrap();
    let ratings: Vec<(PaperKey, Rating)> =
        (1..20).map(|key| (PaperKey(key), Rating::Like)).collect();
    library.store.rate(&reading, &ratings, time(1)).unwrap();
    let rules =
        ["lattice*", "survey | review"].map(|text| Rule::new(RuleKind::Must, text).unwrap());
    library.store.set_rules(&reading, &rules).unwrap();
    let encoder = Fingerprint::from_hash(&[1; 32]);
    let rows: Vec<Embedded> = library
        .store
        .pending(&encoder, None, 100)
        .unwrap()
        .iter()
        .map(|text| Embedded {
            key: text.key,
            text_hash: text.text_hash,
        })
        .collect();
    library.store.record_embedded(&encoder, &rows, &[]).unwrap();
    fill_ledger(&mut library.store);
    fill_topics(&mut library.store);
    let answers = answers(&library.store).unwrap();
    let Library {
        store,
        path,
        folder,
    } = library;
    drop(store);
    assert!(
        !folder.path().join("kindred.db-wal").exists(),
        "the log is in the file"
    );
    (fs_err::read(path).unwrap(), answers)
}

#[derive(Debug, PartialEq)]
struct Answers {
    papers: Vec<StoredPaper>,
    words: Vec<(PaperKey, f64)>,
    cs: Vec<PaperKey>,
    ratings: Vec<RatedPaper>,
    rules: Vec<Rule>,
    liked: Option<SeenText>,
    /// Numbers of rows: what they hold has no seals, but all of it can be read.
    ledger: [usize; 5],
    topics: Topics,
}

#[derive(Debug, PartialEq)]
struct Topics {
    next: TopicId,
    runs: Vec<TopicRun>,
    found: Vec<(Vec<StoredTopic>, Vec<TopicMember>, Vec<TopicEvent>)>,
    ever: Vec<TopicFate>,
    subscriptions: Vec<TopicSubscription>,
    map: Option<TopicMap>,
}

fn topics(store: &Store) -> Result<Topics, StoreError> {
    store.topic_scopes()?;
    let runs = store.topic_runs("all")?;
    let found = runs
        .iter()
        .map(|run| {
            Ok((
                store.stored_topics(run.number)?,
                store.topic_members(run.number)?,
                store.topic_events(run.number)?,
            ))
        })
        .collect::<Result<_, StoreError>>()?;
    Ok(Topics {
        next: store.next_topic_id()?,
        runs,
        found,
        ever: store.topics_ever("all")?,
        subscriptions: store.topic_subscriptions()?,
        map: store.topic_map("all")?,
    })
}

fn answers(store: &Store) -> Result<Answers, StoreError> {
    let filter = PaperFilter::default();
    let cs = PaperFilter {
        categories: vec!["cs".parse().unwrap()],
        ..filter.clone()
    };
    let mut papers = Vec::new();
    store.all_in_id_order(&filter, &mut |paper| {
        papers.push(paper);
        Ok(std::ops::ControlFlow::Continue(()))
    })?;
    let first = TextHash::of(
        "Study 1 of lattices and graphs",
        &"We study lattice1 under noise. ".repeat(20),
    );
    let liked = store.seen_text(first)?;
    store.harvest_of("oai cs:cs:DC")?;
    Ok(Answers {
        papers,
        words: store.search_words(&"lattice7 noise".parse().unwrap(), 100, &filter)?,
        cs: store.keys_where(&cs)?.as_slice().to_vec(),
        ratings: store.ratings(&set("reading"))?,
        rules: store.rules(&set("reading"))?,
        liked,
        ledger: [
            store.follows()?.len(),
            store.harvested_keys()?.len(),
            store.missing()?.len(),
            store.gaps(Date::MIN, true)?.len(),
            store.attempts(1_000)?.len(),
        ],
        topics: topics(store)?,
    })
}

/// What became of a library whose file was changed.
#[derive(Debug, PartialEq)]
enum Outcome {
    Refused,
    Named,
    Harmless,
    Silent,
}

fn outcome(path: &Path, expected: &Answers) -> Outcome {
    let Ok(store) = Store::open(path) else {
        return Outcome::Refused;
    };
    let found = answers(&store);
    let named = store
        .verify(&mut |_, _| {})
        .map_or(true, |faults| !faults.is_empty());
    if named {
        Outcome::Named
    } else if found.is_ok_and(|found| found == *expected) {
        Outcome::Harmless
    } else {
        Outcome::Silent
    }
}

/// Runs a change on a copy of the file; a panic fails the test with the change's name.
fn after(bytes: &[u8], expected: &Answers, change: &str) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kindred.db");
    fs_err::write(&path, bytes).unwrap();
    std::panic::catch_unwind(AssertUnwindSafe(|| outcome(&path, expected)))
        .unwrap_or_else(|_| panic!("panic after {change}"))
}

#[test]
fn flipped_bits_are_refused_named_or_without_effect() {
    let (bytes, expected) = image();
    assert_eq!(after(&bytes, &expected, "nothing"), Outcome::Harmless);
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut caught = 0;
    for _ in 0..1_000 {
        // A linear congruence is random enough for positions, and the same on every run.
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let position = usize::try_from(state >> 20).unwrap() % bytes.len();
        let bit = 1 << (state >> 60 & 7);
        let mut damaged = bytes.clone();
        damaged[position] ^= bit;
        let change = format!("bit {bit} of byte {position}");
        match after(&damaged, &expected, &change) {
            Outcome::Silent => panic!("{change} changed answers silently"),
            Outcome::Refused | Outcome::Named => caught += 1,
            Outcome::Harmless => {}
        }
    }
    assert!(caught > 200, "only {caught} of 1,000 flips met anything");
}

#[test]
fn cut_files_are_refused_or_named() {
    let (bytes, expected) = image();
    for part in 0..50 {
        let length = bytes.len() * part / 50;
        let outcome = after(&bytes[..length], &expected, &format!("cut at {length}"));
        assert!(
            matches!(outcome, Outcome::Refused | Outcome::Named),
            "cut at {length}: {outcome:?}"
        );
    }
}

#[test]
fn zeroed_pages_are_refused_or_named() {
    let (bytes, expected) = image();
    for page in 0..bytes.len() / 8192 {
        let mut damaged = bytes.clone();
        damaged[page * 8192..(page + 1) * 8192].fill(0);
        let outcome = after(&damaged, &expected, &format!("page {page} zeroed"));
        assert!(
            matches!(outcome, Outcome::Refused | Outcome::Named),
            "page {page}: {outcome:?}"
        );
    }
}

fn replace(bytes: &mut [u8], from: &[u8], to: &[u8]) {
    let position = bytes
        .windows(from.len())
        .position(|window| window == from)
        .expect("the text is in the file");
    bytes[position..position + to.len()].copy_from_slice(to);
}

fn faults(bytes: &[u8]) -> Vec<StoreFault> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kindred.db");
    fs_err::write(&path, bytes).unwrap();
    let store = Store::open_read_only(&path).unwrap();
    let mut last = (0, 0);
    let faults = store
        .verify(&mut |done, total| last = (done, total))
        .unwrap();
    assert_eq!(last, (60, 60));
    faults
}

#[test]
fn changed_letter_of_a_text_is_named_by_paper() {
    let (mut bytes, _) = image();
    replace(&mut bytes, b"Study 17 of lattices", b"Study 17 of latTices");
    let id = "arXiv:2606.00017".to_owned();
    assert!(faults(&bytes).contains(&StoreFault::Text { id }));
}

#[test]
fn changed_letter_of_a_field_is_named_by_paper() {
    let (mut bytes, _) = image();
    replace(&mut bytes, b"Author 017", b"Author 018");
    let faults = faults(&bytes);
    assert!(
        faults
            .iter()
            .any(|fault| matches!(fault, StoreFault::Paper { id, .. } if id == "arXiv:2606.00017")),
        "{faults:?}"
    );
}

#[test]
fn like_turned_into_a_dislike_is_named() {
    let mut library = Library::with(&many(3));
    let reading = set("reading");
    library.store.create_set(&reading, time(0)).unwrap();
    let rating = [(PaperKey(2), Rating::Like)];
    library.store.rate(&reading, &rating, time(1)).unwrap();
    let raw = rusqlite::Connection::open(&library.path).unwrap();
    raw.execute("UPDATE ratings SET liked = 0", []).unwrap();
    let faults = library.store.verify(&mut |_, _| {}).unwrap();
    assert_eq!(faults, [StoreFault::Rating { set: 1, key: 2 }]);
}

#[test]
fn word_index_that_lost_a_paper_is_named_and_rebuilt() {
    let mut library = Library::with(&many(5));
    let raw = rusqlite::Connection::open(&library.path).unwrap();
    raw.execute_batch(
        "INSERT INTO words (words, rowid, title, abstract, authors)
         SELECT 'delete', key, title, abstract, authors FROM papers WHERE key = 3",
    )
    .unwrap();
    let faults = library.store.verify(&mut |_, _| {}).unwrap();
    assert!(
        matches!(faults[..], [StoreFault::WordIndex { .. }]),
        "{faults:?}"
    );
    library.store.rebuild_words().unwrap();
    assert_eq!(library.store.verify(&mut |_, _| {}).unwrap(), []);
    assert_eq!(library.search("lattice3", &PaperFilter::default()).len(), 1);
}

#[test]
fn foreign_table_and_lost_index_are_named() {
    let library = Library::with(&many(2));
    let raw = rusqlite::Connection::open(&library.path).unwrap();
    raw.execute_batch("CREATE TABLE notes (text); DROP INDEX papers_by_day;")
        .unwrap();
    drop(raw);
    let store = Store::open(&library.path).unwrap();
    let faults = store.verify(&mut |_, _| {}).unwrap();
    for name in ["notes", "papers_by_day"] {
        let fault = StoreFault::Schema { name: name.into() };
        assert!(faults.contains(&fault), "{faults:?}");
    }
}

/// Numbers, from 1, of the pages that hold the schema: the first, and the leaves that it names.
fn schema_pages(bytes: &[u8]) -> Vec<u32> {
    let header = &bytes[100..];
    let number = |at: &[u8]| u32::from_be_bytes([at[0], at[1], at[2], at[3]]);
    assert_eq!(header[0], 5, "the schema is on one page with leaves");
    let cells = usize::from(u16::from_be_bytes([header[3], header[4]]));
    let leaf = |cell: &[u8]| {
        let start = usize::from(u16::from_be_bytes([cell[0], cell[1]]));
        number(&bytes[start..])
    };
    let leaves = header[12..12 + 2 * cells].chunks(2).map(leaf);
    [1, number(&header[8..])]
        .into_iter()
        .chain(leaves)
        .collect()
}

#[test]
fn damage_is_told_as_damage() {
    let (mut bytes, _) = image();
    let schema = schema_pages(&bytes);
    for (number, page) in (1..).zip(bytes.chunks_mut(8192)) {
        if !schema.contains(&number) {
            page.fill(0xff);
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kindred.db");
    fs_err::write(&path, &bytes).unwrap();
    let error = Store::open(&path)
        .and_then(|store| answers(&store))
        .unwrap_err();
    assert!(matches!(error, StoreError::Damaged { .. }), "{error:?}");
    let text = error.to_string();
    assert!(
        text.contains("kindred.db") && text.contains("kindred verify"),
        "{text}"
    );
    let store = Store::open(&path).unwrap();
    assert!(!store.verify(&mut |_, _| {}).unwrap().is_empty());
    assert!(!content_fails(&store).is_empty());
}

/// Reading all papers of a damaged file is an error with a text, never a panic.
fn content_fails(store: &Store) -> String {
    store
        .all_in_id_order(&PaperFilter::default(), &mut |_| {
            Ok(std::ops::ControlFlow::Continue(()))
        })
        .map_or_else(|error| error.to_string(), |()| String::new())
}

#[test]
fn sound_library_has_no_faults() {
    let library = Library::with(&many(30));
    let mut calls = Vec::new();
    let faults = library
        .store
        .verify(&mut |done, total| calls.push((done, total)))
        .unwrap();
    assert_eq!(faults, []);
    assert_eq!(calls, [(30, 30)]);
    assert_eq!(content(&library.store).len(), 30);
}
