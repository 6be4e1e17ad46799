use std::collections::BTreeMap;

use kindred_core::{Announcement, AnnouncementKind, Paper, PaperId, Record, SourceKind, Version};
use kindred_store::PaperFilter;
use proptest::prelude::*;

use crate::support::{Library, content, id, paper, record};

const IDS: [&str; 3] = ["2603.22691", "hep-th/9901001", "icml2020:abc"];

fn records() -> impl Strategy<Value = Vec<Record>> {
    let one = (
        0usize..3,
        (0u16..4, 0u8..4),
        prop::sample::select(&SourceKind::ALL[..]),
        (0u8..3, 0u8..3, 0u8..3),
        prop::option::of(1i8..5),
        0u8..20,
    )
        .prop_map(
            |(which, (version, date), source, (text, fields, lists), day, kind)| {
                if kind == 0 {
                    return Record::Deleted(id(IDS[which]));
                }
                let mut paper = paper(IDS[which], &format!("Title {text}"));
                paper.abstract_text = ["", "graphs", "lattices"][usize::from(text)].into();
                paper.source = source;
                let dates = ["2023", "2023-05", "2023-05-14", "2023-05-13T01:00:00Z"];
                paper.versions = vec![Version {
                    number: version,
                    date: dates[usize::from(date)].parse().ok(),
                }];
                if version > 1 && date > 1 {
                    paper.versions.insert(
                        0,
                        Version {
                            number: 1,
                            date: None,
                        },
                    );
                }
                paper.doi = (fields > 0).then(|| format!("10.1/{which}.{fields}"));
                paper.comments = (fields == 2).then(|| "12 pages".into());
                paper.categories = ["cs.DC", "math.AG"][..usize::from(lists)]
                    .iter()
                    .map(|name| name.parse().unwrap())
                    .collect();
                paper.authors = vec!["Author 001".into(); usize::from(lists)];
                let announcement = day.map(|day| Announcement {
                    kind: AnnouncementKind::New,
                    day: jiff::civil::date(2026, 4, day),
                });
                Record::Paper {
                    paper: Box::new(paper),
                    announcement,
                }
            },
        );
    prop::collection::vec(one, 0..12)
}

/// Everything that can be asked of a small library.
fn answers(library: &Library) -> impl PartialEq + std::fmt::Debug + use<> {
    let all = PaperFilter {
        include_withdrawn: true,
        ..PaperFilter::default()
    };
    let found: Vec<Vec<String>> = ["graphs", "lattices", "title", "author:author", "cat:math"]
        .iter()
        .map(|query| library.search(query, &all))
        .collect();
    (
        content(&library.store),
        found,
        library.store.days_with_papers(10).unwrap(),
        library.store.arrival_days(10).unwrap(),
        library.search("title", &PaperFilter::default()),
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn order_repetition_and_batches_do_not_matter(
        (list, shuffled) in records().prop_flat_map(|list| {
            let twice: Vec<Record> = list.iter().chain(&list).cloned().collect();
            (Just(list), Just(twice).prop_shuffle())
        }),
        batch in 1usize..6,
    ) {
        let once = Library::with(&list);
        let mut often = Library::new();
        for records in shuffled.chunks(batch) {
            often.import(records);
        }
        prop_assert_eq!(answers(&once), answers(&often));
        prop_assert_eq!(once.store.verify(&mut |_, _| {}).unwrap(), []);
        prop_assert_eq!(often.store.verify(&mut |_, _| {}).unwrap(), []);

        let again = often.import(&list);
        prop_assert_eq!(again.unchanged, list.len() as u64);
    }

    #[test]
    fn store_equals_a_model(list in records()) {
        let library = Library::with(&list);
        let mut model: BTreeMap<PaperId, Vec<&Paper>> = BTreeMap::new();
        for record in &list {
            if let Record::Paper { paper, .. } = record {
                model.entry(paper.id.clone()).or_default().push(paper);
            }
        }
        let stored = content(&library.store);
        prop_assert_eq!(
            stored.iter().map(|paper| &paper.paper.id).collect::<Vec<_>>(),
            model.keys().collect::<Vec<_>>()
        );
        for stored in &stored {
            let papers = &model[&stored.paper.id];
            let newest = papers.iter().map(|paper| paper.version()).max().unwrap();
            let best = papers
                .iter()
                .filter(|paper| paper.version() == newest)
                .map(|paper| paper.source)
                .max()
                .unwrap();
            prop_assert_eq!(stored.paper.version(), newest);
            prop_assert_eq!(stored.paper.source, best);
            let is_of_a_record = papers.iter().any(|paper| {
                (paper.version(), paper.source, &paper.title, &paper.abstract_text)
                    == (newest, best, &stored.paper.title, &stored.paper.abstract_text)
            });
            prop_assert!(is_of_a_record);
            let doi = papers
                .iter()
                .filter(|paper| paper.doi.is_some())
                .map(|paper| (paper.version(), paper.source, paper.doi.clone()))
                .max()
                .and_then(|(_, _, doi)| doi);
            prop_assert_eq!(&stored.paper.doi, &doi);
            let deleted = list.contains(&Record::Deleted(stored.paper.id.clone()));
            prop_assert_eq!(stored.deleted, deleted);
            prop_assert_eq!(stored.paper.withdrawn, deleted);
        }
    }
}

#[test]
fn older_version_adds_its_date_only() {
    let mut new = paper("2603.22691", "New title");
    new.versions = vec![Version {
        number: 2,
        date: "2026-05-01".parse().ok(),
    }];
    let mut old = paper("2603.22691", "Old title");
    old.versions = vec![Version {
        number: 1,
        date: "2026-03-24".parse().ok(),
    }];
    old.comments = Some("first draft".into());
    let mut library = Library::with(&[record(new)]);
    let counts = library.import(&[record(old)]);
    assert_eq!(counts.enriched, 1);
    let stored = library.store.paper(&id("2603.22691")).unwrap().unwrap();
    assert_eq!(stored.paper.title, "New title");
    assert_eq!(stored.paper.comments, None);
    assert_eq!(stored.paper.versions.len(), 2);
    assert_eq!(stored.first_day, "2026-03-24".parse().ok());
}

#[test]
fn changed_text_is_counted_as_an_update_and_found_by_its_new_words_only() {
    let mut library = Library::with(&[record(paper("2603.22691", "Lattices"))]);
    let mut new = paper("2603.22691", "Graphs");
    new.versions[0].number = 2;
    let counts = library.import(&[record(new)]);
    assert_eq!((counts.updated, counts.total()), (1, 1));
    let all = PaperFilter::default();
    assert_eq!(library.search("lattices", &all), Vec::<String>::new());
    assert_eq!(library.search("graphs", &all), ["2603.22691"]);
}

#[test]
fn deletion_before_the_paper_still_counts() {
    let gone = Record::Deleted(id("2603.22691"));
    let mut library = Library::with(std::slice::from_ref(&gone));
    library.import(&[record(paper("2603.22691", "Lattices"))]);
    let stored = library.store.paper(&id("2603.22691")).unwrap().unwrap();
    assert!(stored.deleted && stored.paper.withdrawn);
    assert!(
        library
            .search("lattices", &PaperFilter::default())
            .is_empty()
    );
    assert_eq!(library.import(&[gone]).unchanged, 1);
}

#[test]
fn keys_stay_what_they_were() {
    let mut library = Library::with(&[record(paper("2603.22691", "A"))]);
    let key = library.key("2603.22691");
    library.import(&[
        record(paper("2501.00001", "B")),
        record(paper("2603.22691", "C")),
    ]);
    assert_eq!(library.key("2603.22691"), key);
    assert_ne!(library.key("2501.00001"), key);
}
