use jiff::civil::{Date, date};
use kindred_core::{Announcement, AnnouncementKind, Category, Fingerprint, Record, SourceKind};
use kindred_store::{
    Announced, Attempt, DayCounts, Embedded, Follow, Gap, GapKind, PaperFilter, Store,
};

use crate::support::{Library, downgrade, fill_ledger, id, many, paper, seen, set, time};

use AnnouncementKind::{Cross, New, Replace, ReplaceCross};

fn day(number: i8) -> Date {
    date(2026, 3, number)
}

fn category(name: &str) -> Category {
    name.parse().unwrap()
}

fn follow(name: Option<&str>, since: i8) -> Follow {
    Follow {
        category: name.map(category),
        since: day(since),
    }
}

/// A paper that a source of a kind announced on a day.
fn announced(text: &str, categories: &[&str], kind: AnnouncementKind, number: i8) -> Record {
    let mut paper = paper(text, &format!("Study {text}"));
    paper.categories = categories.iter().map(|name| category(name)).collect();
    Record::Paper {
        paper: Box::new(paper),
        announcement: Some(Announcement {
            kind,
            day: day(number),
        }),
    }
}

fn of_a_feed(record: Record) -> Record {
    let Record::Paper {
        mut paper,
        announcement,
    } = record
    else {
        unreachable!("feeds announce papers");
    };
    paper.source = SourceKind::Feed;
    Record::Paper {
        paper,
        announcement,
    }
}

fn counts(library: &Library, name: Option<&str>, number: i8) -> (u64, u64) {
    let category = name.map(category);
    let counts = library
        .store
        .day_counts(category.as_ref(), day(number), None)
        .unwrap();
    (counts.fresh, counts.replaced)
}

fn gap(number: i8, kind: GapKind, opened: i64) -> Gap {
    Gap {
        category: Some(category("cs.DC")),
        day: day(number),
        kind,
        reason: format!("found at {opened}"),
        opened: time(opened),
        closed: None,
    }
}

fn closed(gap: &Gap, at: i64) -> Gap {
    Gap {
        closed: Some((time(at), "complete".into())),
        ..gap.clone()
    }
}

#[test]
fn earliest_first_day_of_a_followed_category_stays() {
    let mut library = Library::new();
    for (name, since) in [
        (Some("math"), 9),
        (Some("cs.DC"), 10),
        (Some("cs.DC"), 12),
        (None, 10),
        (None, 8),
    ] {
        library.store.follow(&follow(name, since)).unwrap();
    }
    assert_eq!(
        library.store.follows().unwrap(),
        [
            follow(None, 8),
            follow(Some("cs.DC"), 10),
            follow(Some("math"), 9)
        ]
    );
}

#[test]
fn unfollowed_category_has_no_open_gaps() {
    let mut library = Library::new();
    let name = category("cs.DC");
    library.store.follow(&follow(Some("cs.DC"), 1)).unwrap();
    library.store.follow(&follow(Some("math"), 1)).unwrap();
    let done = closed(&gap(2, GapKind::Few, 1), 5);
    let open = gap(3, GapKind::Missing, 2);
    let other = Gap {
        category: Some(category("math")),
        ..open.clone()
    };
    let all = [done.clone(), open.clone(), other.clone()];
    library.store.set_gaps(&all).unwrap();
    assert!(library.store.unfollow(Some(&name), time(9)).unwrap());
    assert!(!library.store.unfollow(Some(&name), time(10)).unwrap());
    let follows = library.store.follows().unwrap();
    assert_eq!(follows, [follow(Some("math"), 1)]);
    let ended = Gap {
        closed: Some((time(9), "no longer followed".into())),
        ..open
    };
    let gaps = library.store.gaps(day(1), true).unwrap();
    assert_eq!(gaps, [done, ended, other]);
}

#[test]
fn paper_arrives_once_on_its_first_day() {
    let library = Library::with(&[
        announced("2603.00001", &["cs.DC"], New, 10),
        // Another source is no second arrival, a further category is.
        announced("2603.00001", &["cs.DC"], New, 12),
        announced("2603.00001", &["cs.DC", "math.AG"], Cross, 13),
        announced("2603.00002", &["cs.LG", "cs.DC"], Cross, 12),
        announced("2603.00003", &["cs.LG"], New, 12),
    ]);
    assert_eq!(counts(&library, Some("cs.DC"), 10), (1, 0));
    assert_eq!(counts(&library, Some("cs.DC"), 11), (0, 0));
    assert_eq!(counts(&library, Some("cs.DC"), 12), (1, 0));
    assert_eq!(counts(&library, Some("math.AG"), 13), (1, 0));
    assert_eq!(counts(&library, Some("cs"), 12), (2, 0));
    assert_eq!(counts(&library, None, 12), (2, 0));
}

#[test]
fn new_versions_count_on_each_of_their_days() {
    let library = Library::with(&[
        announced("2603.00001", &["cs.DC"], New, 10),
        announced("2603.00001", &["cs.DC"], Replace, 12),
        announced("2603.00001", &["cs.DC"], Replace, 13),
        announced("2603.00001", &["cs.DC"], ReplaceCross, 13),
        // Announced twice on one day, a paper is new.
        announced("2603.00002", &["cs.DC"], New, 13),
        announced("2603.00002", &["cs.DC"], Replace, 13),
    ]);
    assert_eq!(counts(&library, Some("cs.DC"), 10), (1, 0));
    assert_eq!(counts(&library, Some("cs.DC"), 12), (0, 1));
    assert_eq!(counts(&library, Some("cs.DC"), 13), (1, 1));
}

#[test]
fn counts_tell_what_is_fetched_embedded_and_shown() {
    let mut library = Library::with(&[
        announced("2603.00001", &["cs.DC"], New, 10),
        of_a_feed(announced("2603.00002", &["cs.DC"], New, 10)),
        announced("2603.00003", &["cs.DC"], Replace, 10),
        announced("2603.00004", &["cs.DC"], New, 11),
    ]);
    let encoders = [1, 2].map(|number| Fingerprint::from_hash(&[number; 32]));
    let rows: Vec<Embedded> = library
        .store
        .pending(&encoders[0], None, 100)
        .unwrap()
        .iter()
        .filter(|text| text.key != library.key("2603.00001"))
        .map(|text| Embedded {
            key: text.key,
            text_hash: text.text_hash,
        })
        .collect();
    let store = &mut library.store;
    store.record_embedded(&encoders[0], &rows, &[]).unwrap();
    store.create_set(&set("reading"), time(0)).unwrap();
    store.create_set(&set("other"), time(0)).unwrap();
    let first = store.key(&id("2603.00001")).unwrap().unwrap();
    for name in ["reading", "other"] {
        let shown = [seen(first)];
        store.mark_shown(&set(name), &shown, day(10)).unwrap();
    }
    let expected = DayCounts {
        fresh: 2,
        replaced: 1,
        fetched: 2,
        embedded: 2,
        shown: 1,
    };
    let name = category("cs.DC");
    let counts = |encoder| store.day_counts(Some(&name), day(10), encoder).unwrap();
    assert_eq!(counts(Some(&encoders[0])), expected);
    let no_vectors = DayCounts {
        embedded: 0,
        ..expected
    };
    assert_eq!(counts(Some(&encoders[1])), no_vectors);
    assert_eq!(counts(None), no_vectors);
}

#[test]
fn arrivals_between_days_are_first_ones_in_the_categories() {
    let library = Library::with(&[
        announced("2603.00001", &["cs.DC"], New, 9),
        announced("2603.00001", &["cs.DC", "math.AG"], Cross, 10),
        announced("2603.00002", &["cs.DC", "cs.LG"], New, 10),
        announced("2603.00003", &["math.AG"], Cross, 12),
        announced("2603.00004", &["hep-th"], New, 11),
        announced("2603.00005", &["cs.LG"], Replace, 11),
        announced("2603.00006", &["cs.LG"], New, 13),
        announced("2603.00007", &[], New, 10),
    ]);
    let between = |names: &[&str]| {
        let categories: Vec<Category> = names.iter().map(|name| category(name)).collect();
        let found = library
            .store
            .arrived_between(day(10), day(12), &categories)
            .unwrap();
        library.ids(found.as_slice())
    };
    let [second, third, fourth, seventh] = ["2603.00002", "2603.00003", "2603.00004", "2603.00007"];
    assert_eq!(between(&[]), [second, third, fourth, seventh]);
    assert_eq!(between(&["cs.DC"]), [second]);
    assert_eq!(between(&["cs"]), [second]);
    assert_eq!(between(&["cs.DC", "cs.LG", "cs"]), [second]);
    assert_eq!(between(&["hep-th", "math"]), [third, fourth]);
    assert!(between(&["cs.CR"]).is_empty());
}

#[test]
fn papers_known_before_a_day_are_counted() {
    let library = Library::with(&[
        announced("2603.00001", &["cs.DC"], Replace, 9),
        announced("2603.00002", &["cs.DC"], New, 10),
    ]);
    let keys = ["2603.00001", "2603.00002"].map(|text| library.key(text));
    let before = |number| library.store.arrived_before(&keys, day(number)).unwrap();
    assert_eq!([before(9), before(10), before(11)], [0, 1, 2]);
}

#[test]
fn announced_numbers_are_the_latest_of_their_category_and_day() {
    let mut library = Library::new();
    let name = category("cs.DC");
    let numbers = |fresh| Announced {
        fresh,
        replaced: 7,
        at: time(3),
    };
    for (category, fresh) in [(Some(&name), 30), (Some(&name), 31), (None, 900)] {
        let store = &mut library.store;
        store
            .set_announced(category, day(10), &numbers(fresh))
            .unwrap();
    }
    let told = |category, number| library.store.announced(category, day(number)).unwrap();
    assert_eq!(told(Some(&name), 10), Some(numbers(31)));
    assert_eq!(told(None, 10), Some(numbers(900)));
    assert_eq!(told(Some(&name), 11), None);
}

#[test]
fn open_gap_keeps_since_when_it_is_open() {
    let mut library = Library::new();
    let first = gap(10, GapKind::Missing, 1);
    library
        .store
        .set_gaps(std::slice::from_ref(&first))
        .unwrap();
    let again = gap(10, GapKind::Missing, 50);
    library
        .store
        .set_gaps(std::slice::from_ref(&again))
        .unwrap();
    let expected = Gap {
        opened: time(1),
        ..again
    };
    assert_eq!(library.store.gaps(day(1), false).unwrap(), [expected]);
}

#[test]
fn closed_gap_tells_its_whole_time_and_opens_anew() {
    let mut library = Library::new();
    let first = gap(10, GapKind::NotHarvested, 1);
    library
        .store
        .set_gaps(std::slice::from_ref(&first))
        .unwrap();
    let done = Gap {
        opened: time(60),
        ..closed(&first, 60)
    };
    library.store.set_gaps(&[done]).unwrap();
    assert_eq!(library.store.gaps(day(1), false).unwrap(), []);
    let gaps = library.store.gaps(day(1), true).unwrap();
    assert_eq!(gaps, [closed(&first, 60)]);

    let anew = gap(10, GapKind::NotHarvested, 70);
    library.store.set_gaps(std::slice::from_ref(&anew)).unwrap();
    assert_eq!(library.store.gaps(day(1), true).unwrap(), [anew]);
}

#[test]
fn gaps_are_told_by_day_category_and_kind() {
    let mut library = Library::new();
    let of = |name: Option<&str>, gap: Gap| Gap {
        category: name.map(category),
        ..gap
    };
    let sorted = [
        gap(10, GapKind::NotHarvested, 1),
        gap(10, GapKind::Few, 1),
        of(None, gap(11, GapKind::Missing, 1)),
        of(Some("cs.DC"), gap(11, GapKind::Missing, 1)),
        of(Some("math"), gap(11, GapKind::NotHarvested, 1)),
    ];
    let mut mixed = sorted.to_vec();
    mixed.reverse();
    library.store.set_gaps(&mixed).unwrap();
    assert_eq!(library.store.gaps(day(10), false).unwrap(), sorted);
    assert_eq!(library.store.gaps(day(11), false).unwrap(), sorted[2..]);
    assert_eq!(library.store.gaps(day(12), true).unwrap(), []);
}

fn attempt(number: i64) -> Attempt {
    Attempt {
        at: time(number),
        list: "oai cs:cs:DC".into(),
        days: (Some(day(1)), (number % 2 == 0).then(|| day(2))),
        records: 42,
        failure: (number % 3 == 0).then(|| "HTTP 503".into()),
    }
}

#[test]
fn attempts_are_told_newest_first() {
    let mut library = Library::new();
    // Clocks may go back: the order is that in which they were made.
    for number in [3, 1, 2] {
        library.store.add_attempt(&attempt(number)).unwrap();
    }
    let attempts = library.store.attempts(2).unwrap();
    assert_eq!(attempts, [attempt(2), attempt(1)]);
}

#[test]
fn attempts_of_long_ago_are_removed() {
    let mut library = Library::new();
    library.store.add_attempt(&attempt(0)).unwrap();
    let raw = rusqlite::Connection::open(&library.path).unwrap();
    raw.execute_batch(
        "WITH RECURSIVE numbers (number) AS
             (VALUES (2) UNION ALL SELECT number + 1 FROM numbers WHERE number < 5000)
         INSERT INTO attempts (number, at, list, records)
             SELECT number, number, 'query cs.DC', 1 FROM numbers",
    )
    .unwrap();
    assert_eq!(library.store.attempts(usize::MAX).unwrap().len(), 5_000);
    library.store.add_attempt(&attempt(1)).unwrap();
    let attempts = library.store.attempts(usize::MAX).unwrap();
    assert_eq!(attempts.len(), 5_000);
    assert_eq!(attempts[0], attempt(1));
    assert!(!attempts.contains(&attempt(0)));
}

#[test]
fn library_from_before_the_ledger_follows_nothing_and_has_no_gaps() {
    let mut library = Library::with(&many(5));
    fill_ledger(&mut library.store);
    library.import(&[announced("2603.99999", &["cs.DC"], New, 10)]);
    let key = library.key("2603.99999");
    downgrade(&library, 3);
    let old = Store::open_read_only(&library.path).unwrap();
    let name = category("cs.DC");
    assert_eq!(old.follows().unwrap(), []);
    assert_eq!(old.gaps(Date::MIN, true).unwrap(), []);
    assert_eq!(old.attempts(10).unwrap(), []);
    assert_eq!(old.announced(Some(&name), date(2026, 1, 5)).unwrap(), None);
    let counts = old.day_counts(Some(&name), day(10), None).unwrap();
    assert_eq!((counts.fresh, counts.fetched), (1, 1));
    let arrived = old.arrived_between(day(10), day(10), &[name]).unwrap();
    assert_eq!(arrived.as_slice(), [key]);
    drop(old);

    let mut new = Store::open(&library.path).unwrap();
    assert_eq!(new.follows().unwrap(), []);
    new.follow(&follow(Some("cs.DC"), 10)).unwrap();
    assert_eq!(new.follows().unwrap(), [follow(Some("cs.DC"), 10)]);
    assert_eq!(new.keys_where(&PaperFilter::default()).unwrap().len(), 61);
    assert_eq!(new.verify(&mut |_, _| {}).unwrap(), []);
}
