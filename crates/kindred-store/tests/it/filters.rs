use jiff::civil::date;
use kindred_core::{KeySet, Record, Version};
use kindred_store::PaperFilter;

use crate::support::{Library, content, id, many, paper, record};

fn dated(id: &str, category: &str, day: &str) -> Record {
    let mut paper = paper(id, "Lattices");
    paper.categories = vec![category.parse().unwrap()];
    paper.versions = vec![Version {
        number: 1,
        date: day.parse().ok(),
    }];
    record(paper)
}

fn library() -> Library {
    let mut withdrawn = paper("2603.00009", "Withdrawn");
    withdrawn.withdrawn = true;
    withdrawn.categories = vec!["cs.DC".parse().unwrap()];
    Library::with(&[
        dated("2603.00002", "cs.LG", "2026-03-02"),
        dated("2603.00001", "cs.DC", "2026-03-01"),
        dated("2603.00003", "math.AG", "2026-03-02"),
        dated("icml2020:a", "cs.LG", "2020"),
        dated("2603.00004", "hep-th", "no date"),
        record(withdrawn),
    ])
}

fn passing(filter: &PaperFilter) -> Vec<String> {
    let library = library();
    let mut ids = Vec::new();
    library
        .store
        .all_in_id_order(filter, &mut |paper| {
            ids.push(paper.paper.id.short());
            Ok(std::ops::ControlFlow::Continue(()))
        })
        .unwrap();
    let keys = library.store.keys_where(filter).unwrap();
    let mut by_key = library.ids(keys.as_slice());
    by_key.sort();
    assert_eq!(
        by_key, ids,
        "both ways of filtering agree, and ids come in their order"
    );
    ids
}

#[test]
fn filters_select_by_category_archive_day_and_withdrawal() {
    let none = PaperFilter::default();
    assert_eq!(
        passing(&none),
        [
            "2603.00001",
            "2603.00002",
            "2603.00003",
            "2603.00004",
            "icml2020:a"
        ]
    );
    let all = PaperFilter {
        include_withdrawn: true,
        ..none.clone()
    };
    assert!(all.allows_all() && !none.allows_all());
    assert_eq!(passing(&all).len(), 6);
    let cs = PaperFilter {
        categories: vec!["cs".parse().unwrap()],
        ..none.clone()
    };
    assert_eq!(passing(&cs), ["2603.00001", "2603.00002", "icml2020:a"]);
    let some = PaperFilter {
        categories: vec!["cs.LG".parse().unwrap(), "hep-th".parse().unwrap()],
        ..none.clone()
    };
    assert_eq!(passing(&some), ["2603.00002", "2603.00004", "icml2020:a"]);
    let since = PaperFilter {
        since: Some(date(2026, 3, 2)),
        ..none.clone()
    };
    assert_eq!(passing(&since), ["2603.00002", "2603.00003"]);
    let until = PaperFilter {
        until: Some(date(2026, 3, 1)),
        ..none.clone()
    };
    assert_eq!(passing(&until), ["2603.00001", "icml2020:a"]);
    let exact = PaperFilter {
        exact_days: true,
        ..until
    };
    assert_eq!(passing(&exact), ["2603.00001"], "a year is not a day");
    let both = PaperFilter {
        since: Some(date(2026, 3, 2)),
        ..cs
    };
    assert_eq!(passing(&both), ["2603.00002"]);
}

#[test]
fn days_count_papers_whose_day_is_known() {
    let days = library().store.days_with_papers(10).unwrap();
    assert_eq!(days, [(date(2026, 3, 2), 2), (date(2026, 3, 1), 1)]);
    assert_eq!(library().store.days_with_papers(1).unwrap().len(), 1);
}

#[test]
fn visiting_stops_when_told() {
    let library = library();
    let mut visited = 0;
    library
        .store
        .all_in_id_order(&PaperFilter::default(), &mut |_| {
            visited += 1;
            Ok(std::ops::ControlFlow::Break(()))
        })
        .unwrap();
    assert_eq!(visited, 1);
}

#[test]
fn sample_does_not_depend_on_the_order_of_import() {
    let records = many(60);
    let reversed: Vec<Record> = records.iter().rev().cloned().collect();
    let (one, two) = (Library::with(&records), Library::with(&reversed));
    let none = KeySet::default();
    let draw = |library: &Library, seed, count| {
        library.ids(&library.store.random_sample(seed, count, &none).unwrap())
    };
    let sample = draw(&one, 7, 20);
    assert_eq!(sample.len(), 20);
    assert_eq!(sample, draw(&two, 7, 20));
    assert_eq!(sample[..5], draw(&one, 7, 5));
    assert_ne!(sample, draw(&one, 8, 20));
    assert_eq!(draw(&one, 7, 100).len(), 60);
    let excluded: KeySet = [one.key(&sample[0])].into_iter().collect();
    let rest = one.store.random_sample(7, 19, &excluded).unwrap();
    assert_eq!(one.ids(&rest), sample[1..]);
}

#[test]
fn close_ids_are_suggested_most_alike_first() {
    let library = Library::with(&[
        record(paper("2603.22691", "A")),
        record(paper("2603.22619", "B")),
        record(paper("2604.22691", "C")),
        record(paper("hep-th/9901001", "D")),
        record(paper("icml2020:abc", "E")),
    ]);
    let close = |text: &str| -> Vec<String> {
        let ids = library.store.close_ids(text, 3).unwrap();
        ids.iter().map(kindred_core::PaperId::short).collect()
    };
    assert_eq!(close("2603.22692")[0], "2603.22691");
    assert_eq!(close("arXiv:2603.2269"), ["2603.22619", "2603.22691"]);
    assert_eq!(close("2605.22691"), ["2603.22691", "2604.22691"]);
    assert_eq!(close("2630.22691"), ["2603.22691"]);
    assert_eq!(close("hep-th/9901010"), ["hep-th/9901001"]);
    assert_eq!(close("icml2020:abd"), ["icml2020:abc"]);
    assert_eq!(close("nothing like it"), Vec::<String>::new());
    assert_eq!(close(""), Vec::<String>::new());
    assert!(library.store.key(&id("2603.22692")).unwrap().is_none());
}

#[test]
fn papers_come_in_the_order_asked() {
    let library = Library::with(&many(5));
    let keys = library.store.keys_where(&PaperFilter::default()).unwrap();
    let mut asked: Vec<_> = keys.as_slice().iter().rev().copied().collect();
    asked.insert(2, kindred_core::PaperKey(1_000_000));
    let papers = library.store.papers(&asked).unwrap();
    asked.remove(2);
    assert_eq!(
        papers.iter().map(|paper| paper.key).collect::<Vec<_>>(),
        asked
    );
}

#[test]
fn stats_count_what_is_there() {
    let library = library();
    let stats = library.store.stats().unwrap();
    assert_eq!((stats.papers, stats.withdrawn, stats.versions), (6, 1, 6));
    assert_eq!(stats.with_abstract, 0);
    assert_eq!(stats.first_day, Some(date(2020, 1, 1)));
    assert_eq!(stats.last_day, Some(date(2026, 3, 2)));
    let top: Vec<(&str, u64)> = stats
        .categories
        .iter()
        .map(|(name, count)| (name.as_str(), *count))
        .collect();
    assert_eq!(
        top,
        [("cs.DC", 2), ("cs.LG", 2), ("hep-th", 1), ("math.AG", 1)]
    );
    assert!(stats.database_bytes > 0);
    assert_eq!(content(&library.store).len(), 6);
}

#[test]
fn announcements_are_listed_by_day_in_id_order() {
    use kindred_core::{Announcement, AnnouncementKind};
    let announced = |id: &str, day: i8, kind| Record::Paper {
        paper: Box::new(paper(id, "Lattices")),
        announcement: Some(Announcement {
            kind,
            day: date(2026, 4, day),
        }),
    };
    let library = Library::with(&[
        announced("2604.00002", 7, AnnouncementKind::Cross),
        announced("2604.00001", 7, AnnouncementKind::New),
        announced("2604.00001", 9, AnnouncementKind::Replace),
        announced("2604.00001", 9, AnnouncementKind::Replace),
    ]);
    let days = library.store.arrival_days(10).unwrap();
    assert_eq!(days, [(date(2026, 4, 9), 1), (date(2026, 4, 7), 2)]);
    let arrived = library.store.arrivals_on(date(2026, 4, 7)).unwrap();
    let (one, two) = (library.key("2604.00001"), library.key("2604.00002"));
    assert_eq!(
        arrived,
        [(one, AnnouncementKind::New), (two, AnnouncementKind::Cross)]
    );
}
