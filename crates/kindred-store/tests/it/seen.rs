use jiff::civil::Date;
use kindred_core::{Paper, PaperKey, Version};
use kindred_store::{Rating, Revised, SeenPaper, Store, StoreFault, StoredPaper, TextHash};

use crate::support::{Library, downgrade, id, paper, record, set, time};

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

/// A paper whose title and abstract tell its version.
fn version(number: u16) -> Paper {
    let mut paper = paper("2603.00001", &format!("Lattices, version {number}"));
    paper.abstract_text = format!("We study lattices in {number} dimensions.");
    paper.versions = (1..=number)
        .map(|number| Version {
            number,
            date: Some(format!("2026-03-{:02}", 9 + number).parse().unwrap()),
        })
        .collect();
    paper
}

fn library() -> Library {
    let mut library = Library::with(&[record(version(1))]);
    library.store.create_set(&set("reading"), time(0)).unwrap();
    library
}

fn show(library: &mut Library, on: &str) {
    let stored: StoredPaper = library.store.paper(&id("2603.00001")).unwrap().unwrap();
    let shown = SeenPaper {
        key: stored.key,
        version: stored.paper.version(),
        title: &stored.paper.title,
        abstract_text: &stored.paper.abstract_text,
    };
    library
        .store
        .mark_shown(&set("reading"), &[shown], day(on))
        .unwrap();
}

/// Versions seen and newest of what is new on a day.
fn revised(library: &Library, on: &str) -> Vec<(u16, u16)> {
    let revised: Vec<Revised> = library.store.revised(&set("reading"), day(on)).unwrap();
    for paper in &revised {
        let seen = library.store.seen_text(paper.seen_hash).unwrap().unwrap();
        assert_eq!(
            seen.title,
            format!("Lattices, version {}", paper.seen_version)
        );
        assert_eq!(
            TextHash::of(&seen.title, &seen.abstract_text),
            paper.seen_hash
        );
    }
    revised
        .iter()
        .map(|paper| (paper.seen_version, paper.newest.number))
        .collect()
}

fn texts(library: &Library) -> i64 {
    let raw = rusqlite::Connection::open(&library.path).unwrap();
    raw.query_row("SELECT count(*) FROM seen_texts", [], |row| row.get(0))
        .unwrap()
}

#[test]
fn new_version_of_a_shown_paper_is_new_until_it_was_shown_too() {
    let mut library = library();
    show(&mut library, "2026-03-10");
    assert_eq!(revised(&library, "2026-03-11"), []);
    library.import(&[record(version(2))]);
    assert_eq!(revised(&library, "2026-03-11"), [(1, 2)]);
    assert_eq!(
        revised(&library, "2026-03-10"),
        [],
        "on its own day it was not shown before"
    );
    show(&mut library, "2026-03-11");
    assert_eq!(
        revised(&library, "2026-03-11"),
        [(1, 2)],
        "the same day sees the same"
    );
    assert_eq!(revised(&library, "2026-03-12"), []);
    library.import(&[record(version(3))]);
    assert_eq!(revised(&library, "2026-03-12"), [(2, 3)]);
    assert_eq!(library.store.verify(&mut |_, _| {}).unwrap(), []);
}

#[test]
fn what_was_liked_counts_as_seen_and_disliked_papers_never_come_back() {
    let mut library = library();
    let (reading, key) = (set("reading"), PaperKey(1));
    let rate = |library: &mut Library, rating, at| {
        library
            .store
            .rate(&reading, &[(key, rating)], time(at))
            .unwrap()
    };
    rate(&mut library, Rating::Like, 1);
    library.import(&[record(version(2))]);
    assert_eq!(revised(&library, "2026-03-12"), [(1, 2)]);
    rate(&mut library, Rating::Like, 2);
    assert_eq!(revised(&library, "2026-03-12"), [], "liked as it is now");
    let rated = library.store.ratings(&reading).unwrap();
    assert_eq!(rated[0].at, time(1), "the rating itself is as before");

    library.import(&[record(version(3))]);
    show(&mut library, "2026-03-09");
    library.import(&[record(version(4))]);
    assert_eq!(revised(&library, "2026-03-12"), [(3, 4)]);
    rate(&mut library, Rating::Dislike, 3);
    assert_eq!(revised(&library, "2026-03-12"), []);
    library.store.unrate(&reading, &[key]).unwrap();
    assert_eq!(revised(&library, "2026-03-12"), [(3, 4)]);
}

#[test]
fn texts_are_kept_once_and_no_longer_than_a_set_needs_them() {
    let mut library = library();
    let (reading, other, key) = (set("reading"), set("other"), PaperKey(1));
    library.store.create_set(&other, time(0)).unwrap();
    for name in [&reading, &other] {
        let like = [(key, Rating::Like)];
        library.store.rate(name, &like, time(1)).unwrap();
    }
    show(&mut library, "2026-03-10");
    assert_eq!(texts(&library), 1);
    library.import(&[record(version(2))]);
    show(&mut library, "2026-03-11");
    assert_eq!(texts(&library), 2);
    library.store.delete_set(&reading).unwrap();
    assert_eq!(texts(&library), 1, "the other set liked the first version");
    let dislike = [(key, Rating::Dislike)];
    library.store.rate(&other, &dislike, time(2)).unwrap();
    assert_eq!(texts(&library), 0);
    assert_eq!(library.store.verify(&mut |_, _| {}).unwrap(), []);
}

#[test]
fn unnamed_versions_are_no_revisions() {
    let mut unnamed = paper("2603.00001", "Lattices, version 0");
    unnamed.versions = vec![Version {
        number: Version::UNKNOWN,
        date: None,
    }];
    let mut library = Library::with(&[record(unnamed)]);
    library.store.create_set(&set("reading"), time(0)).unwrap();
    show(&mut library, "2026-03-10");
    library.import(&[record(version(1))]);
    assert_eq!(revised(&library, "2026-03-11"), []);
    library.import(&[record(version(2))]);
    assert_eq!(revised(&library, "2026-03-11"), [(0, 2)]);
}

#[test]
fn changed_letter_of_a_seen_text_is_named() {
    let mut library = library();
    show(&mut library, "2026-03-10");
    let hash = library.store.paper(&id("2603.00001")).unwrap().unwrap();
    let raw = rusqlite::Connection::open(&library.path).unwrap();
    raw.execute("UPDATE seen_texts SET title = 'Latices, version 1'", [])
        .unwrap();
    let faults = library.store.verify(&mut |_, _| {}).unwrap();
    let hash = hash.text_hash.to_string();
    assert_eq!(faults, [StoreFault::SeenText { hash }]);
}

#[test]
fn what_an_older_program_showed_counts_as_seen_in_the_version_of_the_upgrade() {
    let mut library = library();
    show(&mut library, "2026-03-10");
    let like = [(PaperKey(1), Rating::Like)];
    library.store.rate(&set("reading"), &like, time(1)).unwrap();
    library.import(&[record(version(2))]);
    downgrade(&library, 2);
    library.store = Store::open(&library.path).unwrap();
    assert_eq!(revised(&library, "2026-03-11"), []);
    library.import(&[record(version(3))]);
    assert_eq!(revised(&library, "2026-03-11"), [(2, 3)]);
    assert_eq!(library.store.verify(&mut |_, _| {}).unwrap(), []);
}

#[test]
fn doubles_are_found_by_doi_and_title() {
    let mut papers = [
        paper("2603.00001", r"On {Poincar\'e} Duality"),
        paper("2603.00002", "On Poincaré duality."),
        paper("2603.00003", "Something else"),
        paper("2603.00004", "?!"),
        paper("2603.00005", "!?"),
    ];
    papers[0].doi = Some("10.1000/ABC".into());
    papers[2].doi = Some("10.1000/abc".into());
    let library = Library::with(&papers.map(record));
    let doubles = library.store.doubles(PaperKey(1)).unwrap();
    assert_eq!(doubles.by_doi, [PaperKey(3)]);
    assert_eq!(doubles.by_title, [PaperKey(2)]);
    let of = |key| library.store.doubles(PaperKey(key)).unwrap();
    assert_eq!(of(2).by_title, [PaperKey(1)]);
    assert_eq!(of(4), of(5), "titles without letters are no titles");
    assert_eq!(of(77), of(4));
}
