//! One paper seen through several doors.

use kindred_core::{Announcement, AnnouncementKind, Paper, PaperKey, Record, SourceKind, Version};
use kindred_store::{PaperFilter, Rating, Store, StoreFault};
use proptest::prelude::*;
use rusqlite::Connection;

use crate::support::{Library, content, downgrade, id, paper, record, set, time};

const TITLE: &str = "Sparse Codes for Streams That Forget";

/// A record of a journal or another site about a paper called [`TITLE`].
fn elsewhere(id_text: &str, doi: Option<&str>) -> Paper {
    let mut paper = paper(id_text, TITLE);
    paper.authors = vec!["Lovelace, Ada".into(), "Noether, Emmy".into()];
    paper.versions = vec![Version {
        number: Version::UNKNOWN,
        date: "2026-05-02".parse().ok(),
    }];
    paper.doi = doi.map(str::to_owned);
    paper.source = SourceKind::JsonLines;
    paper
}

/// The same paper in the words of arXiv.
fn on_arxiv(doi: Option<&str>) -> Paper {
    let mut paper = paper("2603.22691", "Sparse codes for streams that forget");
    paper.abstract_text = "We forget on purpose.".into();
    paper.authors = vec!["Ada Lovelace".into()];
    paper.versions[0].date = "2026-03-24".parse().ok();
    paper.doi = doi.map(str::to_owned);
    paper
}

/// Own id and other ids of every paper, ascending.
fn ids(store: &Store) -> Vec<String> {
    let papers = content(store);
    let list = papers.iter().map(|stored| {
        let also = stored.also.iter().map(ToString::to_string);
        let all: Vec<String> = std::iter::once(stored.paper.id.to_string())
            .chain(also)
            .collect();
        all.join(" = ")
    });
    list.collect()
}

fn faults(library: &Library) -> Vec<StoreFault> {
    library.store.verify(&mut |_, _| {}).unwrap()
}

#[test]
fn doi_makes_one_paper_of_two_whatever_their_titles() {
    let mut renamed = elsewhere("openalex:W1", Some("10.1038/S1"));
    renamed.title = "Streams".into();
    let mut library = Library::with(&[record(on_arxiv(Some("10.1038/s1")))]);
    let counts = library.import(&[record(renamed)]);
    assert_eq!((counts.enriched, counts.total()), (1, 1));
    assert_eq!(ids(&library.store), ["arXiv:2603.22691 = openalex:W1"]);
    assert_eq!(faults(&library), []);
}

#[test]
fn title_and_first_author_make_one_paper_of_a_preprint_and_its_article() {
    let library = Library::with(&[
        record(elsewhere(
            "doi:10.1101/2026.01.01",
            Some("10.1101/2026.01.01"),
        )),
        record(elsewhere("openalex:W1", Some("10.1038/s1"))),
        record(on_arxiv(None)),
    ]);
    assert_eq!(
        ids(&library.store),
        ["arXiv:2603.22691 = doi:10.1101/2026.01.01 = openalex:W1"]
    );
    // The id of a DOI leads there too, and so does arXiv's own DOI.
    let mut by_arxiv = elsewhere("s2:7", Some("10.48550/arXiv.2603.22691"));
    by_arxiv.title = "Other words altogether".into();
    let mut library = library;
    library.import(&[record(by_arxiv)]);
    assert_eq!(content(&library.store).len(), 1);
    assert_eq!(library.key("s2:7"), library.key("2603.22691"));
}

#[test]
fn what_speaks_against_one_work_keeps_papers_apart() {
    let mut other_author = elsewhere("openalex:W1", None);
    other_author.authors = vec!["Carl Gauss".into()];
    let mut nobody = elsewhere("openalex:W2", None);
    nobody.authors.clear();
    let mut second_arxiv = on_arxiv(None);
    second_arxiv.id = id("2604.00001");
    let library = Library::with(&[
        record(on_arxiv(None)),
        record(second_arxiv),
        record(other_author),
        record(nobody),
    ]);
    assert_eq!(content(&library.store).len(), 4);

    // One registrant, two DOIs: two works, be they of the record or of another id of the paper.
    let library = Library::with(&[
        record(elsewhere("doi:10.1038/s1", None)),
        record(elsewhere("openalex:W1", Some("10.1016/j1"))),
        record(elsewhere("conf:2", Some("10.1038/s2"))),
    ]);
    assert_eq!(
        ids(&library.store),
        ["conf:2", "doi:10.1038/s1 = openalex:W1"]
    );

    // One source, two ids: two works of one title, unless the DOI is the same.
    let mut library = Library::with(&[
        record(elsewhere("openalex:W1", Some("10.1038/s1"))),
        record(elsewhere("openalex:W2", None)),
    ]);
    assert_eq!(ids(&library.store), ["openalex:W1", "openalex:W2"]);
    library.import(&[record(elsewhere("openalex:W3", Some("10.1038/s1")))]);
    assert_eq!(
        ids(&library.store),
        ["openalex:W1 = openalex:W3", "openalex:W2"]
    );

    // A title that many papers have tells nothing.
    let mut crowd: Vec<Record> = (0..9)
        .map(|number| record(elsewhere(&format!("conf:{number}"), None)))
        .collect();
    crowd.push(record(on_arxiv(None)));
    assert_eq!(content(&Library::with(&crowd).store).len(), 10);
    crowd.remove(0);
    assert_eq!(content(&Library::with(&crowd).store).len(), 8);

    let short = |id_text: &str| {
        let mut paper = elsewhere(id_text, None);
        paper.title = "Erratum to this".into();
        record(paper)
    };
    let library = Library::with(&[short("openalex:W1"), short("openalex:W2")]);
    assert_eq!(content(&library.store).len(), 2);
}

#[test]
fn version_of_another_series_is_never_newer_than_arxivs() {
    let mut third = elsewhere("doi:10.1101/1", None);
    third.versions = vec![Version {
        number: 3,
        date: "2026-02-01".parse().ok(),
    }];
    third.abstract_text = "Of the third version elsewhere.".into();
    third.comments = Some("elsewhere".into());
    third.venue = Some("bioRxiv".into());
    for order in [[0, 1], [1, 0]] {
        let records = [record(on_arxiv(None)), record(third.clone())];
        let library = Library::with(&order.map(|at| records[at].clone()));
        let stored = library.store.paper(&id("doi:10.1101/1")).unwrap().unwrap();
        assert_eq!(stored.paper.id, id("2603.22691"));
        assert_eq!(stored.paper.version(), 1);
        assert_eq!(stored.paper.abstract_text, "We forget on purpose.");
        assert_eq!(stored.paper.comments, None);
        assert_eq!(stored.paper.venue.as_deref(), Some("bioRxiv"));
        let numbers: Vec<u16> = stored.paper.versions.iter().map(|v| v.number).collect();
        assert_eq!(numbers, [Version::UNKNOWN, 1]);
        assert_eq!(stored.first_day, "2026-03-24".parse().ok());
        assert_eq!(faults(&library), []);
    }
}

#[test]
fn versions_elsewhere_order_each_other() {
    let version = |number: u16, text: &str| {
        let mut paper = elsewhere("doi:10.1101/1", None);
        paper.versions[0].number = number;
        paper.abstract_text = text.into();
        record(paper)
    };
    let mut library = Library::with(&[version(2, "second"), version(1, "first")]);
    let text = |library: &Library| content(&library.store)[0].paper.abstract_text.clone();
    assert_eq!(text(&library), "second");
    // Without an abstract of its own, arXiv's record still has the title and the number.
    let mut bare = on_arxiv(None);
    bare.abstract_text.clear();
    library.import(&[record(bare)]);
    library.import(&[version(3, "third")]);
    assert_eq!(text(&library), "");
    assert_eq!(faults(&library), []);
}

#[test]
fn every_id_leads_to_the_paper_and_its_likes() {
    let mut library = Library::with(&[record(elsewhere("link:https://example.org/a", None))]);
    let key = library.key("link:https://example.org/a");
    let name = set("mine");
    library.store.create_set(&name, time(0)).unwrap();
    let liked = [(key, Rating::Like)];
    library.store.rate(&name, &liked, time(1)).unwrap();
    library.import(&[record(on_arxiv(None))]);
    assert_eq!(library.key("2603.22691"), key);
    assert_eq!(library.key("link:https://example.org/a"), key);
    assert_eq!(library.ids(&[key]), ["2603.22691"]);
    assert_eq!(
        library.search("forget", &PaperFilter::default()),
        ["2603.22691"]
    );
    let close = library
        .store
        .close_ids("link:https://example.org/b", 3)
        .unwrap();
    assert_eq!(close, [id("link:https://example.org/a")]);
    assert_eq!(library.store.ratings(&name).unwrap().len(), 1);
}

#[test]
fn rows_that_a_later_doi_connects_stay_two() {
    let mut other = elsewhere("openalex:W1", None);
    other.title = "Quite another name for it all".into();
    let mut late = other.clone();
    late.doi = Some("10.1038/s1".into());
    let mut library = Library::with(&[record(on_arxiv(Some("10.1038/s1"))), record(other)]);
    library.import(&[record(late)]);
    assert_eq!(ids(&library.store), ["arXiv:2603.22691", "openalex:W1"]);
    let key = library.key("openalex:W1");
    assert_eq!(
        library.store.doubles(key).unwrap().by_doi,
        [library.key("2603.22691")]
    );
}

#[test]
fn damaged_aliases_are_found() {
    let damage = |sql: &str| {
        let library = Library::with(&[
            record(on_arxiv(None)),
            record(elsewhere("openalex:W1", None)),
            record(paper("2604.00001", "Something else")),
        ]);
        assert_eq!(faults(&library), []);
        let raw = Connection::open(&library.path).unwrap();
        raw.pragma_update(None, "foreign_keys", false).unwrap();
        assert_eq!(raw.execute(sql, []).unwrap(), 1);
        faults(&library)
    };
    let is_alias = |faults: &[StoreFault]| {
        faults
            .iter()
            .any(|fault| matches!(fault, StoreFault::Alias { .. }))
    };
    let dangling = damage("UPDATE aliases SET key = 99");
    assert!(is_alias(&dangling));
    assert!(
        dangling
            .iter()
            .any(|fault| matches!(fault, StoreFault::Reference { table, .. }
            if table == "aliases"))
    );
    assert!(is_alias(&damage("UPDATE aliases SET id = 'openalex:W2'")));
    assert!(is_alias(&damage(
        "UPDATE aliases SET (id, id_order) = (SELECT id, id_order FROM papers WHERE key = 2)"
    )));
    let moved = damage("UPDATE aliases SET key = 2");
    assert!(matches!(
        &moved[..],
        [StoreFault::Paper { .. }, StoreFault::Paper { .. }]
    ));
}

#[test]
fn deletion_of_any_id_hides_the_paper() {
    let gone = Record::Deleted(id("2603.22691"));
    for order in [[0, 1, 2], [2, 0, 1], [1, 2, 0]] {
        let records = [
            record(on_arxiv(None)),
            record(elsewhere("openalex:W1", None)),
            gone.clone(),
        ];
        let library = Library::with(&order.map(|at| records[at].clone()));
        assert!(content(&library.store)[0].deleted, "{order:?}");
    }
}

/// Records of three works, each told apart by its title or its DOI in every door.
fn doors() -> impl Strategy<Value = Vec<Record>> {
    let one = (
        (0usize..3, 0usize..5),
        (0u16..4, 0usize..3),
        prop::sample::select(&SourceKind::ALL[..]),
        (0usize..3, any::<bool>(), any::<bool>()),
        prop::option::of(1i8..5),
    );
    let one = one.prop_map(
        |((work, door), (version, date), source, (text, flag, spelling), day)| {
            let ids = [
                format!("2603.0000{}", work + 1),
                format!("openalex:W{work}"),
                format!("doi:10.1101/{work}"),
                format!("link:https://example.org/{work}"),
                format!("conf:{work}"),
            ];
            if door == 0 && version == 3 && flag {
                return Record::Deleted(id(&ids[0]));
            }
            let mut paper = elsewhere(&ids[door], None);
            // The third work has as many titles as doors, but one DOI.
            paper.title = match (work, spelling) {
                (2, _) => format!("Part {door} of the work"),
                (_, true) => format!("Streams and Their Sparse Codes, {work}"),
                (_, false) => format!("streams, and their sparse codes {work}"),
            };
            paper.doi = match (work, door) {
                (2, _) => Some("10.1038/c".into()),
                (_, 2) => flag.then(|| format!("10.1101/{work}")),
                _ => flag.then(|| format!("10.1038/{work}")),
            };
            if spelling {
                paper.authors = vec!["A. Lovelace".into()];
            }
            paper.abstract_text = ["", "graphs", "lattices"][text].into();
            paper.comments = flag.then(|| format!("of version {version}"));
            paper.source = source;
            let dates = ["2026", "2026-05-14", "2026-05-13T01:00:00Z"];
            paper.versions = vec![Version {
                number: version,
                date: dates[date].parse().ok(),
            }];
            Record::Paper {
                paper: Box::new(paper),
                announcement: day.map(|day| Announcement {
                    kind: AnnouncementKind::New,
                    day: jiff::civil::date(2026, 5, day),
                }),
            }
        },
    );
    prop::collection::vec(one, 0..12)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn order_and_repetition_of_doors_do_not_matter(
        (list, shuffled) in doors().prop_flat_map(|list| {
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
        prop_assert_eq!(content(&once.store), content(&often.store));
        prop_assert_eq!(faults(&once), []);
        prop_assert_eq!(faults(&often), []);
        prop_assert!(content(&once.store).len() <= 3);
        for record in &list {
            if let Record::Paper { paper, .. } = record {
                prop_assert!(once.store.key(&paper.id).unwrap().is_some());
            }
        }
        let again = often.import(&list);
        prop_assert_eq!(again.unchanged, list.len() as u64);
        let keys: Vec<PaperKey> = (0..20).map(PaperKey).collect();
        prop_assert_eq!(often.store.papers(&keys).unwrap().len(), content(&often.store).len());
    }
}

#[test]
fn library_without_other_ids_is_read_and_brought_up_to_date() {
    let mut library = Library::with(&[record(on_arxiv(None))]);
    downgrade(&library, 4);
    let reader = Store::open_read_only(&library.path).unwrap();
    assert_eq!(ids(&reader), ["arXiv:2603.22691"]);
    assert_eq!(reader.key(&id("openalex:W1")).unwrap(), None);
    assert_eq!(reader.verify(&mut |_, _| {}).unwrap(), []);
    drop(reader);
    library.store = Store::open(&library.path).unwrap();
    library.import(&[record(elsewhere("openalex:W1", None))]);
    assert_eq!(ids(&library.store), ["arXiv:2603.22691 = openalex:W1"]);
    assert_eq!(faults(&library), []);
}
