use jiff::civil::Date;
use kindred_core::{Announcement, AnnouncementKind, Paper, Record, SourceKind, Version};
use kindred_store::{
    CensusState, Covered, Harvest, HarvestBatch, HarvestedRecord, ImportCounts, ImportProgress,
    MissingPaper, PaperFilter, RunningHarvest, Store, StoreError, StoredPaper,
};
use proptest::prelude::*;

use crate::support::{Library, content, downgrade, fill_ledger, id, many, paper, record, time};

const ID: &str = "2603.22691";

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

/// A version of the paper as arXiv's own metadata gives it.
fn raw(version: u16, title: &str) -> Paper {
    let mut paper = paper(ID, title);
    paper.source = SourceKind::OaiArxivRaw;
    paper.versions = (1..=version)
        .map(|number| Version {
            number,
            date: Some(format!("2026-03-{:02}", 9 + number).parse().unwrap()),
        })
        .collect();
    paper
}

fn harvested(paper: Paper, datestamp: &str) -> HarvestedRecord {
    HarvestedRecord {
        record: record(paper),
        datestamp: Some(day(datestamp)),
    }
}

fn deleted(datestamp: &str) -> HarvestedRecord {
    HarvestedRecord {
        record: Record::Deleted(id(ID)),
        datestamp: Some(day(datestamp)),
    }
}

/// Stores records as their service has them now.
fn harvest(library: &mut Library, records: &[HarvestedRecord]) -> ImportCounts {
    let batch = HarvestBatch {
        records,
        is_current: true,
        ..HarvestBatch::default()
    };
    library.store.harvest(&batch).unwrap()
}

fn stored(library: &Library) -> StoredPaper {
    library.store.paper(&id(ID)).unwrap().unwrap()
}

fn missing(text: &str, since: i64) -> MissingPaper {
    MissingPaper {
        id: id(text),
        day: day("2026-03-24"),
        categories: vec!["cs.DC".parse().unwrap(), "math.AG".parse().unwrap()],
        reason: "not delivered".into(),
        since: time(since),
        tries: 0,
    }
}

fn running() -> RunningHarvest {
    RunningHarvest {
        from: day("2026-03-20"),
        started: time(10),
        token: Some(("6743261|1001".into(), time(20))),
        last_day: Some(day("2026-03-22")),
        pages: 3,
        records: 2_700,
        is_listed: false,
    }
}

/// Everything that a batch may change.
fn everything(store: &Store) -> impl PartialEq + std::fmt::Debug + use<> {
    (
        content(store),
        store.harvest_of("oai cs:cs:DC").unwrap(),
        store.missing().unwrap(),
        store.harvested_keys().unwrap(),
        store.latest_datestamp().unwrap(),
        store.import_progress("snapshot").unwrap(),
    )
}

#[test]
fn batch_stores_records_place_missing_and_progress() {
    let mut library = Library::new();
    let place = Harvest {
        running: Some(running()),
        ..Harvest::new("oai cs:cs:DC")
    };
    let progress = ImportProgress {
        source: "snapshot".into(),
        position: 12,
        records: 1,
        latest: None,
        finished: false,
        at: time(1),
    };
    let counts = library
        .store
        .harvest(&HarvestBatch {
            records: &[harvested(raw(1, "Lattices"), "2026-03-24")],
            harvest: Some(&place),
            missing: &[missing("2603.00001", 5)],
            progress: Some(&progress),
            is_current: false,
        })
        .unwrap();
    assert_eq!((counts.new, counts.total()), (1, 1));
    let store = &library.store;
    assert_eq!(stored(&library).paper.title, "Lattices");
    assert_eq!(store.harvest_of("oai cs:cs:DC").unwrap(), Some(place));
    assert_eq!(store.missing().unwrap(), [missing("2603.00001", 5)]);
    assert_eq!(store.harvested_keys().unwrap(), [library.key(ID)]);
    assert_eq!(store.latest_datestamp().unwrap(), Some(day("2026-03-24")));
    assert_eq!(store.import_progress("snapshot").unwrap(), Some(progress));
}

#[test]
fn batch_that_fails_midway_leaves_all_as_it_was() {
    let mut library = Library::new();
    fill_ledger(&mut library.store);
    harvest(
        &mut library,
        &[
            harvested(raw(1, "Lattices"), "2026-03-24"),
            deleted("2026-03-25"),
        ],
    );
    let before = everything(&library.store);
    // SQLite refuses values above the limit that the store sets.
    let mut refused = paper("2603.00002", "Graphs");
    refused.abstract_text = "a".repeat(9 << 20);
    let progress = ImportProgress {
        source: "snapshot".into(),
        position: 12,
        records: 1,
        latest: None,
        finished: true,
        at: time(1),
    };
    let error = library
        .store
        .harvest(&HarvestBatch {
            records: &[
                harvested(raw(2, "Lattices, revised"), "2026-03-26"),
                harvested(paper("2601.20003", "Missing no longer"), "2026-03-26"),
                harvested(refused, "2026-03-26"),
            ],
            harvest: Some(&Harvest::new("oai cs:cs:DC")),
            missing: &[missing("2603.00001", 5)],
            progress: Some(&progress),
            is_current: true,
        })
        .unwrap_err();
    assert!(matches!(error, StoreError::Failed { .. }), "{error:?}");
    assert_eq!(everything(&library.store), before);
    assert_eq!(library.store.verify(&mut |_, _| {}).unwrap(), []);
    let all = PaperFilter {
        include_withdrawn: true,
        ..PaperFilter::default()
    };
    assert!(library.search("revised", &all).is_empty());
}

#[test]
fn place_of_each_list_comes_back_as_it_was_stored() {
    let mut library = Library::new();
    let covered = Covered {
        from: day("2005-09-16"),
        until: day("2026-03-20"),
        checked: time(7),
    };
    let mut last_page = running();
    (last_page.token, last_page.is_listed) = (None, true);
    let mut untouched = running();
    (untouched.last_day, untouched.pages, untouched.records) = (None, 0, 0);
    let list = "query cs.DC";
    for (covered, running) in [
        (None, Some(running())),
        (Some(covered), Some(last_page)),
        (Some(covered), Some(untouched)),
        (Some(covered), None),
        (None, None),
    ] {
        let harvest = Harvest {
            list: list.into(),
            covered,
            running,
        };
        library.store.set_harvest(&harvest).unwrap();
        let again = Store::open_read_only(&library.path).unwrap();
        assert_eq!(again.harvest_of(list).unwrap(), Some(harvest));
        assert_eq!(again.harvest_of("query cs.LG").unwrap(), None);
        assert_eq!(again.verify(&mut |_, _| {}).unwrap(), []);
    }
}

/// The paper as it was first, and as its service changed it without a new version.
fn before_and_after() -> [HarvestedRecord; 2] {
    let mut first = raw(1, "Latices");
    first.abstract_text = "We study latices at length.".into();
    first.categories = vec![
        "cs.DC".parse().unwrap(),
        "cs.LG".parse().unwrap(),
        "math.AG".parse().unwrap(),
    ];
    first.comments = Some("12 pages".into());
    first.journal_ref = Some("Unknown Journal 1".into());
    first.authors = vec!["Ada Author".into(), "Ben Author".into()];
    let mut later = raw(1, "Lattices");
    later.abstract_text = "We study lattices.".into();
    later.categories = vec!["cs.CC".parse().unwrap()];
    later.journal_ref = Some("A Journal 2".into());
    later.authors = vec!["Ada Author".into()];
    [
        harvested(first, "2026-03-24"),
        harvested(later, "2026-04-02"),
    ]
}

#[test]
fn later_datestamp_takes_the_place_of_what_was_said_of_the_version() {
    let [first, later] = before_and_after();
    let mut library = Library::new();
    harvest(&mut library, std::slice::from_ref(&first));
    let counts = harvest(&mut library, &[later]);
    assert_eq!((counts.updated, counts.total()), (1, 1));
    let paper = stored(&library).paper;
    assert_eq!(paper.title, "Lattices");
    assert_eq!(paper.abstract_text, "We study lattices.");
    assert_eq!(paper.categories, ["cs.CC".parse().unwrap()]);
    assert_eq!(paper.comments, None);
    assert_eq!(paper.journal_ref.as_deref(), Some("A Journal 2"));
    assert_eq!(paper.authors, ["Ada Author"]);
    let math = PaperFilter {
        categories: vec!["math".parse().unwrap()],
        ..PaperFilter::default()
    };
    assert!(library.store.keys_where(&math).unwrap().is_empty());

    // And back: it is the day that decides, not which text is the greater one.
    let [mut first, _] = before_and_after();
    first.datestamp = Some(day("2026-04-03"));
    harvest(&mut library, &[first]);
    assert_eq!(stored(&library).paper.title, "Latices");
    assert_eq!(library.store.verify(&mut |_, _| {}).unwrap(), []);
}

#[test]
fn earlier_datestamp_that_comes_late_adds_announcements_and_dates_only() {
    let [mut first, later] = before_and_after();
    let mut library = Library::new();
    let mut undated = later.clone();
    if let Record::Paper { paper, .. } = &mut undated.record {
        paper.versions[0].date = None;
    }
    harvest(&mut library, &[undated]);
    let before = stored(&library);
    let announced = Announcement {
        kind: AnnouncementKind::New,
        day: day("2026-03-24"),
    };
    if let Record::Paper { announcement, .. } = &mut first.record {
        *announcement = Some(announced);
    }
    let counts = harvest(&mut library, &[first]);
    assert_eq!((counts.enriched, counts.total()), (1, 1));
    let after = stored(&library);
    let mut expected = before.clone();
    expected.paper.versions = raw(1, "").versions;
    expected.first_day = Some(day("2026-03-10"));
    assert_eq!(content_of(&after), content_of(&expected));
    assert_ne!(content_of(&before), content_of(&after));
    let arrivals = library.store.arrivals_on(announced.day).unwrap();
    assert_eq!(arrivals, [(library.key(ID), AnnouncementKind::New)]);
    let known = library.store.latest_datestamp().unwrap();
    assert_eq!(known, Some(day("2026-04-02")));
}

fn content_of(stored: &StoredPaper) -> (&Paper, Option<Date>) {
    (&stored.paper, stored.first_day)
}

#[test]
fn earlier_records_of_one_batch_are_all_compared_with_the_latest() {
    let titles = |list: &[(&str, &str)]| -> Vec<HarvestedRecord> {
        let record = |&(title, datestamp): &(&str, &str)| harvested(raw(1, title), datestamp);
        list.iter().map(record).collect()
    };
    let mut library = Library::new();
    harvest(&mut library, &titles(&[("Third", "2026-04-03")]));
    let late = titles(&[("First", "2026-04-01"), ("Second", "2026-04-02")]);
    harvest(&mut library, &late);
    assert_eq!(stored(&library).paper.title, "Third");
}

#[test]
fn later_state_of_one_version_leaves_a_newer_version_alone() {
    let mut library = Library::new();
    let mut feed = raw(2, "Lattices, revised");
    feed.source = SourceKind::Feed;
    feed.authors = vec!["Ada Author".into(), "Ben Author".into()];
    let [first, later] = before_and_after();
    harvest(&mut library, &[first]);
    library.import(&[record(feed)]);
    harvest(&mut library, &[later]);
    let paper = stored(&library).paper;
    assert_eq!(paper.title, "Lattices, revised");
    assert_eq!(paper.authors.len(), 2);
    assert_eq!(paper.journal_ref.as_deref(), Some("A Journal 2"));
}

#[test]
fn only_a_current_record_takes_back_a_deletion() {
    let mut library = Library::new();
    let live = || harvested(raw(1, "Lattices"), "2026-03-24");
    harvest(&mut library, &[live(), deleted("2026-03-25")]);
    assert!(stored(&library).deleted);
    let of_a_file = HarvestBatch {
        records: &[live()],
        ..HarvestBatch::default()
    };
    library.store.harvest(&of_a_file).unwrap();
    assert!(stored(&library).deleted);
    let none = library.search("lattices", &PaperFilter::default());
    assert!(none.is_empty());

    harvest(&mut library, &[harvested(raw(1, "Lattices"), "2026-03-26")]);
    let paper = stored(&library);
    assert!(!paper.deleted && !paper.paper.withdrawn);
    assert_eq!(library.search("lattices", &PaperFilter::default()), [ID]);
    let again = harvest(&mut library, &[deleted("2026-03-27")]);
    assert_eq!(again.deleted, 1);
    assert!(stored(&library).deleted);
    assert_eq!(library.store.verify(&mut |_, _| {}).unwrap(), []);
}

#[test]
fn deletion_of_an_unknown_paper_is_taken_back_too() {
    let mut library = Library::new();
    harvest(&mut library, &[deleted("2026-03-25")]);
    harvest(&mut library, &[harvested(raw(1, "Lattices"), "2026-03-26")]);
    assert!(!stored(&library).deleted);
}

#[test]
fn census_tells_what_the_library_has_of_each_record() {
    let mut library = Library::new();
    let mut gone = raw(1, "Gone");
    gone.id = id("2603.00004");
    harvest(
        &mut library,
        &[
            harvested(raw(1, "Lattices"), "2026-03-24"),
            harvested(gone, "2026-03-24"),
            HarvestedRecord {
                record: Record::Deleted(id("2603.00004")),
                datestamp: Some(day("2026-03-25")),
            },
            HarvestedRecord {
                record: Record::Deleted(id("2603.00005")),
                datestamp: Some(day("2026-03-25")),
            },
        ],
    );
    let mut feed = paper("2603.00002", "Graphs");
    feed.source = SourceKind::Feed;
    library.import(&[record(feed)]);
    let asked = [
        (ID, Some("2026-03-24")),
        (ID, Some("2026-03-23")),
        (ID, None),
        (ID, Some("2026-03-25")),
        ("2603.00002", Some("2026-03-24")),
        ("2603.00002", None),
        ("2603.00003", Some("2026-03-24")),
        ("2603.00004", Some("2026-03-24")),
        ("2603.00005", None),
    ]
    .map(|(text, datestamp)| (id(text), datestamp.map(day)));
    assert_eq!(
        library.store.census(&asked).unwrap(),
        [
            CensusState::Present,
            CensusState::Present,
            CensusState::Present,
            CensusState::Stale,
            CensusState::Stale,
            CensusState::Stale,
            CensusState::Absent,
            CensusState::Absent,
            CensusState::Absent,
        ]
    );
}

fn store_missing(library: &mut Library, missing: &[MissingPaper]) {
    let batch = HarvestBatch {
        missing,
        ..HarvestBatch::default()
    };
    library.store.harvest(&batch).unwrap();
}

#[test]
fn missing_paper_keeps_since_when_and_counts_its_tries() {
    let mut library = Library::new();
    store_missing(&mut library, &[missing(ID, 5)]);
    let mut again = missing(ID, 900);
    again.reason = "the service answered 503".into();
    store_missing(&mut library, &[again.clone(), again]);
    let mut expected = missing(ID, 5);
    expected.reason = "the service answered 503".into();
    expected.tries = 2;
    assert_eq!(library.store.missing().unwrap(), [expected]);
}

#[test]
fn missing_papers_are_told_by_day_then_id() {
    let mut library = Library::new();
    let mut early = missing("2603.00009", 1);
    early.day = day("2026-03-23");
    let others = [missing("hep-th/9901001", 1), missing("2603.00001", 1)];
    store_missing(
        &mut library,
        &[others[1].clone(), others[0].clone(), early.clone()],
    );
    let [old, new] = others;
    assert_eq!(library.store.missing().unwrap(), [early, old, new]);
}

#[test]
fn arrival_ends_what_is_missing() {
    let mut library = Library::new();
    let gone = "2603.00001";
    let asked = "2603.00002";
    let never = "2603.00003";
    let all = [ID, gone, asked, never].map(|text| missing(text, 5));
    store_missing(&mut library, &all);
    let mut by_query = paper(asked, "Graphs");
    by_query.source = SourceKind::Query;
    harvest(
        &mut library,
        &[
            harvested(raw(1, "Lattices"), "2026-03-24"),
            HarvestedRecord {
                record: Record::Deleted(id(gone)),
                datestamp: Some(day("2026-03-24")),
            },
            HarvestedRecord {
                record: record(by_query),
                datestamp: None,
            },
        ],
    );
    assert_eq!(library.store.missing().unwrap(), [missing(never, 5)]);
    library.store.forget_missing(&[id(never)]).unwrap();
    assert_eq!(library.store.missing().unwrap(), []);
}

#[test]
fn record_of_a_feed_does_not_end_what_is_missing() {
    let mut library = Library::new();
    store_missing(&mut library, &[missing(ID, 5)]);
    let mut feed = raw(1, "Lattices");
    feed.source = SourceKind::Feed;
    let told = HarvestedRecord {
        record: record(feed),
        datestamp: None,
    };
    harvest(&mut library, &[told]);
    assert_eq!(stored(&library).paper.title, "Lattices");
    assert_eq!(library.store.missing().unwrap(), [missing(ID, 5)]);
    assert_eq!(library.store.harvested_keys().unwrap(), []);
}

#[test]
fn library_from_before_the_ledger_was_never_harvested() {
    let mut library = Library::with(&many(3));
    fill_ledger(&mut library.store);
    let known = (id("2602.00001"), None);
    downgrade(&library, 3);
    let old = Store::open_read_only(&library.path).unwrap();
    assert_eq!(old.harvest_of("oai cs:cs:DC").unwrap(), None);
    assert_eq!(old.missing().unwrap(), []);
    assert_eq!(old.harvested_keys().unwrap(), []);
    assert_eq!(old.latest_datestamp().unwrap(), None);
    assert_eq!(
        old.census(&[known, (id("2603.99999"), None)]).unwrap(),
        [CensusState::Stale, CensusState::Absent]
    );
}

/// States of one record in time, by one kind of source: each says anything, of the version of the one
/// before or of the next one. Of several kinds, only the day of the latest record is known.
fn history() -> impl Strategy<Value = Vec<HarvestedRecord>> {
    const SOURCES: [SourceKind; 3] = [
        SourceKind::OaiArxiv,
        SourceKind::Snapshot,
        SourceKind::OaiArxivRaw,
    ];
    let state = (
        any::<bool>(),
        (0usize..3, 0usize..3, 0usize..3),
        (0usize..4, 0usize..3, any::<bool>()),
        prop::option::of(1i8..5),
    );
    let states = prop::collection::vec(state, 1..6);
    (prop::sample::select(&SOURCES[..]), states).prop_map(|(source, states)| {
        let mut version = 1;
        let mut history = Vec::new();
        for (number, (is_new, texts, lists, announced)) in (1i8..).zip(states) {
            version += u16::from(is_new);
            let some = |number: usize, text: &str| (number > 0).then(|| format!("{text} {number}"));
            let mut paper = paper(ID, &format!("Title {}", texts.0));
            paper.source = source;
            paper.abstract_text = some(texts.0, "Lattices").unwrap_or_default();
            paper.comments = some(texts.1, "Comment");
            paper.journal_ref = some(texts.2, "Journal");
            paper.doi = some(lists.1, "10.1/");
            paper.withdrawn = lists.2;
            paper.categories = ["cs.DC", "math.AG", "cs.LG"][..lists.0]
                .iter()
                .map(|name| name.parse().unwrap())
                .collect();
            paper.authors = vec![format!("Author {}", lists.1); lists.0];
            let dates = ["2026", "2026-02", "2026-02-03"];
            paper.versions = vec![Version {
                number: version,
                date: dates.get(lists.0).and_then(|date| date.parse().ok()),
            }];
            let announcement = announced.map(|day| Announcement {
                kind: AnnouncementKind::Replace,
                day: jiff::civil::date(2026, 4, day),
            });
            history.push(HarvestedRecord {
                record: Record::Paper {
                    paper: Box::new(paper),
                    announcement,
                },
                datestamp: Some(jiff::civil::date(2026, 5, number)),
            });
        }
        history
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn order_of_the_states_of_a_record_does_not_matter(
        (history, shuffled) in history()
            .prop_flat_map(|history| (Just(history.clone()), Just(history).prop_shuffle())),
        batch in 1usize..4,
        is_current in any::<bool>(),
    ) {
        let mut in_order = Library::new();
        for state in &history {
            harvest(&mut in_order, std::slice::from_ref(state));
        }
        let mut mixed = Library::new();
        for records in shuffled.chunks(batch) {
            let batch = HarvestBatch { records, is_current, ..HarvestBatch::default() };
            mixed.store.harvest(&batch).unwrap();
        }
        prop_assert_eq!(content(&in_order.store), content(&mixed.store));
        prop_assert_eq!(
            in_order.store.arrival_days(10).unwrap(),
            mixed.store.arrival_days(10).unwrap()
        );
        let latest = history.last().and_then(|state| state.datestamp);
        prop_assert_eq!(mixed.store.latest_datestamp().unwrap(), latest);
        prop_assert_eq!(mixed.store.verify(&mut |_, _| {}).unwrap(), []);
        let again = harvest(&mut mixed, &history);
        prop_assert_eq!(again.unchanged, history.len() as u64);
    }
}
