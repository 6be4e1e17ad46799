//! Topics that were changed by hand are named, refused and repaired.

use kindred_store::{StoreError, StoreFault, TopicError, TopicFate, TopicId, TopicRepair};

use crate::support::{Library, many, set, time};
use crate::topic_support::{Draft, fill_topics};

fn filled() -> Library {
    let mut library = Library::with(&many(60));
    library.store.create_set(&set("reading"), time(0)).unwrap();
    fill_topics(&mut library.store);
    library
}

/// A library after a change of some rows that a sound program could not make.
fn after(change: &str, rows: usize) -> Library {
    let library = filled();
    let raw = rusqlite::Connection::open(&library.path).unwrap();
    raw.execute_batch("PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON;")
        .unwrap();
    assert_eq!(raw.execute(change, []).unwrap(), rows, "{change}");
    library
}

fn faults(library: &Library) -> Vec<StoreFault> {
    library.store.verify(&mut |_, _| {}).unwrap()
}

fn assert_named(change: &str, table: &'static str, row: &str, what: &str) {
    let fault = StoreFault::Topics {
        table,
        row: row.to_owned(),
        what: what.to_owned(),
    };
    assert_eq!(faults(&after(change, 1)), [fault], "{change}");
}

/// Repairs and checks that nothing is left, and that what a person gave is as far as it was.
fn repaired(library: &mut Library) -> TopicRepair {
    assert!(!faults(library).is_empty());
    let repair = library.store.drop_damaged_topics(time(90)).unwrap();
    assert_eq!(faults(library), []);
    let again = library.store.drop_damaged_topics(time(91)).unwrap();
    assert!(again.is_empty(), "{again:?}");
    repair
}

fn fate(library: &Library, id: u64) -> TopicFate {
    library.store.topic(TopicId(id)).unwrap().unwrap()
}

const CHANGED: &str = "has changed since it was stored";

#[test]
fn changed_rows_are_named() {
    for (change, table, row) in [
        (
            "UPDATE topic_counters SET next_topic = 5",
            "topic_counters",
            "1",
        ),
        (
            "UPDATE topic_runs SET settings = '{}' WHERE number = 2",
            "topic_runs",
            "2",
        ),
        (
            "UPDATE topic_runs SET at = at + 1 WHERE number = 1",
            "topic_runs",
            "1",
        ),
        (
            "UPDATE topic_runs SET events = 1 WHERE number = 2",
            "topic_runs",
            "2",
        ),
        (
            "UPDATE topics SET label = 'other' WHERE id = 5",
            "topics",
            "5",
        ),
        (
            "UPDATE topic_names SET name = 'Byzantine faults'",
            "topic_names",
            "2",
        ),
        (
            "UPDATE topic_subscriptions SET at = at + 1",
            "topic_subscriptions",
            "2 1",
        ),
        (
            "UPDATE topic_placements SET strength = 9 WHERE key = 51",
            "topic_placements",
            "2 51",
        ),
        (
            "UPDATE topic_placements SET topic = 9 WHERE key = 51",
            "topic_placements",
            "2 51",
        ),
        ("UPDATE topic_maps SET at = at + 1", "topic_maps", "1"),
        (
            "UPDATE topic_map_points SET y = y + 0.5 WHERE key = 51",
            "topic_map_points",
            "1 51",
        ),
    ] {
        if table == "topics" {
            // The runs that name it are not of its papers while it cannot be read.
            let found = faults(&after(change, 1));
            let fault = StoreFault::Topics {
                table,
                row: row.into(),
                what: CHANGED.into(),
            };
            assert!(found.contains(&fault), "{found:?}");
        } else {
            assert_named(change, table, row, CHANGED);
        }
    }
}

#[test]
fn changed_cut_and_lost_parts_are_named() {
    for (kind, name) in [(1, "2 1 1"), (2, "2 2 1"), (3, "2 3 1")] {
        for content in [
            "substr(content, 1, length(content) - 1)",
            "x''",
            "substr(content, 1, 3) || x'5a' || substr(content, 5)",
        ] {
            let change = format!(
                "UPDATE topic_parts SET content = CAST({content} AS BLOB)
                 WHERE run = 2 AND kind = {kind}"
            );
            assert_named(&change, "topic_parts", name, CHANGED);
        }
    }
    let lost = faults(&after(
        "DELETE FROM topic_parts WHERE run = 2 AND kind = 2",
        1,
    ));
    assert_eq!(
        lost[0].to_string(),
        "row `2 2 0` of `topic_parts` is the last, and 0 of 50 entries are here"
    );
    assert_named(
        "UPDATE topic_parts SET part = 2 WHERE run = 2 AND kind = 2",
        "topic_parts",
        "2 2 1",
        "is missing",
    );
    assert_named(
        "UPDATE topic_map_parts SET content = CAST(substr(content, 2) AS BLOB)",
        "topic_map_parts",
        "1 4 1",
        CHANGED,
    );
}

#[test]
fn damage_is_an_error_where_it_is_read() {
    let library = after(
        "UPDATE topic_parts SET content = x'80' WHERE run = 2 AND kind = 2",
        1,
    );
    let error = library.store.topic_members(2).unwrap_err();
    assert!(
        matches!(error, StoreError::Topic(TopicError::Damaged { .. })),
        "{error:?}"
    );
    let text = error.to_string();
    assert!(
        text.starts_with("row `2 2 1` of `topic_parts` has changed since"),
        "{text}"
    );
    assert!(text.contains("kindred verify --repair"), "{text}");
    assert_eq!(
        library.store.stored_topics(2).unwrap().len(),
        6,
        "the rest is read"
    );
    assert_eq!(library.store.topic_members(1).unwrap().len(), 50);
}

#[test]
fn lost_rows_of_topics_and_scopes_are_named_and_made_again() {
    let mut library = after("DELETE FROM topics WHERE id IN (2, 8)", 2);
    let found: Vec<String> = faults(&library).iter().map(ToString::to_string).collect();
    assert!(
        found.contains(&"row `8` of `topics` is missing".to_owned()),
        "{found:?}"
    );
    let repair = repaired(&mut library);
    assert_eq!((repair.topics, repair.runs), (2, vec![]));
    let whole = filled();
    assert_eq!(fate(&library, 2), fate(&whole, 2));
    assert_eq!(fate(&library, 8), fate(&whole, 8));

    let mut library = after("DELETE FROM topic_scopes", 1);
    let repair = repaired(&mut library);
    assert_eq!(
        (repair.topics, repair.runs, repair.maps),
        (9, vec![1, 2], 1)
    );
    assert_eq!(fate(&library, 2).title(), "Byzantine fault tolerance");
    assert!((1..10).all(|id| fate(&library, id).died.is_some()));
    assert_eq!(library.store.next_topic_id().unwrap(), TopicId(10));
}

#[test]
fn damaged_run_goes_and_names_and_ids_stay() {
    let mut library = after(
        "UPDATE topic_parts SET content = x'80' WHERE run = 2 AND kind = 1",
        1,
    );
    let repair = repaired(&mut library);
    let expected = TopicRepair {
        runs: vec![2],
        ..TopicRepair::default()
    };
    assert_eq!(repair, expected);
    assert_eq!(fate(&library, 2).title(), "Byzantine fault tolerance");
    assert_eq!(library.store.topic_subscriptions().unwrap().len(), 1);
    assert_eq!(library.store.next_topic_id().unwrap(), TopicId(10));
    assert_eq!(
        library
            .store
            .latest_topic_run("all")
            .unwrap()
            .unwrap()
            .number,
        1
    );
    assert!(library.store.topic_map("all").unwrap().is_some());
    // The next run goes on with what still lives.
    let next = Draft::of("all", &[[1, 2, 3], [10, 11, 12]], &[1, 2, 3, 4]);
    assert_eq!(next.save(&mut library.store, time(92)).unwrap(), 3);
    assert_eq!(fate(&library, 8).died, Some((3, time(92))));
}

#[test]
fn damaged_map_and_places_go() {
    let mut library = after("UPDATE topic_map_parts SET content = x'02'", 1);
    let expected = TopicRepair {
        maps: 1,
        ..TopicRepair::default()
    };
    assert_eq!(repaired(&mut library), expected);
    let mut library = after("UPDATE topic_map_points SET x = 7 WHERE key < 53", 2);
    let expected = TopicRepair {
        places: 2,
        ..TopicRepair::default()
    };
    assert_eq!(repaired(&mut library), expected);
    assert_eq!(
        library
            .store
            .topic_map("all")
            .unwrap()
            .unwrap()
            .points
            .len(),
        53
    );
    let mut library = after("UPDATE topic_placements SET seal = 7 WHERE key < 54", 3);
    let expected = TopicRepair {
        places: 3,
        ..TopicRepair::default()
    };
    assert_eq!(repaired(&mut library), expected);
    assert_eq!(library.store.topic_members(2).unwrap().len(), 57);
}

#[test]
fn counters_are_made_again_from_what_was_given() {
    for change in [
        "UPDATE topic_counters SET next_topic = 2",
        "UPDATE topic_counters SET next_run = 1",
        "DELETE FROM topic_counters",
    ] {
        let mut library = after(change, 1);
        assert!(library.store.next_topic_id().is_err());
        let draft = Draft::of("all", &[[1, 2, 3]], &[1, 2, 3]);
        assert!(draft.save(&mut library.store, time(80)).is_err());
        assert!(repaired(&mut library).has_new_counters);
        assert_eq!(library.store.next_topic_id().unwrap(), TopicId(10));
        assert_eq!(draft.save(&mut library.store, time(92)).unwrap(), 3);
    }
}

#[test]
fn damaged_topics_are_made_again_from_runs() {
    let whole = filled();
    for change in [
        "UPDATE topics SET label = 'x', born = 77",
        "UPDATE topics SET died = 1, died_at = NULL",
        "UPDATE topics SET label = CAST(x'ff' AS TEXT)",
        "UPDATE topics SET born_at = 9000000000000000000, seal = 0",
    ] {
        let mut library = after(change, 9);
        assert!(library.store.topic(TopicId(2)).is_err());
        let repair = repaired(&mut library);
        assert_eq!((repair.topics, repair.runs), (9, vec![]), "{change}");
        for id in 1..10 {
            assert_eq!(fate(&library, id), fate(&whole, id), "{change}");
        }
    }
}

#[test]
fn damaged_topic_that_no_run_knows_is_dead() {
    let mut library = filled();
    Draft::of("all", &[[1, 2, 3]], &[1, 2, 3])
        .save(&mut library.store, time(30))
        .unwrap();
    let raw = rusqlite::Connection::open(&library.path).unwrap();
    raw.execute_batch(
        "UPDATE topic_runs SET seal = zeroblob(16); UPDATE topics SET label = 'quorums' WHERE id = 3",
    )
    .unwrap();
    let repair = repaired(&mut library);
    assert_eq!((repair.topics, repair.runs), (1, vec![1, 2, 3]));
    let lost = fate(&library, 3);
    assert_eq!((lost.title(), lost.died), ("quorums", Some((3, time(90)))));
    assert_eq!(fate(&library, 2).died, None, "its own row was sound");
    assert_eq!(library.store.next_topic_id().unwrap(), TopicId(10));
}

#[test]
fn names_stay_as_they_can_be_read() {
    let mut library = after(
        "UPDATE topic_names SET name = 'Byzantine' || char(7) || 'faults'",
        1,
    );
    assert!(library.store.topic(TopicId(2)).is_err());
    let expected = TopicRepair {
        kept_names: 1,
        ..TopicRepair::default()
    };
    assert_eq!(repaired(&mut library), expected);
    assert_eq!(fate(&library, 2).title(), "Byzantine faults");
    let mut library = after("UPDATE topic_names SET name = ''", 1);
    let expected = TopicRepair {
        lost_names: 1,
        ..TopicRepair::default()
    };
    assert_eq!(repaired(&mut library), expected);
    assert_eq!(fate(&library, 2).name, None);
    let mut library = after("UPDATE topic_subscriptions SET at = 3", 1);
    assert!(library.store.topic_subscriptions().is_err());
    let expected = TopicRepair {
        subscriptions: 1,
        ..TopicRepair::default()
    };
    assert_eq!(repaired(&mut library), expected);
    assert_eq!(library.store.sets().unwrap().len(), 1);
}

#[test]
fn scope_whose_key_changed_is_named_and_left_behind() {
    let mut library = after("UPDATE topic_scopes SET key = 'alt'", 1);
    assert_eq!(library.store.topic_runs("all").unwrap(), []);
    let repair = repaired(&mut library);
    assert_eq!((repair.scopes, repair.runs), (1, vec![1, 2]));
    assert!(fate(&library, 2).died.is_some());
    let next = Draft::of("all", &[[10, 11, 12]], &[1, 2, 3]);
    assert_eq!(next.save(&mut library.store, time(92)).unwrap(), 3);
    assert_eq!(faults(&library), []);
}

#[test]
fn sound_topics_are_left_alone() {
    let mut library = filled();
    let repair = library.store.drop_damaged_topics(time(90)).unwrap();
    assert!(repair.is_empty(), "{repair:?}");
    assert_eq!(library.store.topic_runs("all").unwrap().len(), 2);
}
