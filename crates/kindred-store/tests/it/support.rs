//! A library in a folder of its own, papers to put into it, and all it says.

use std::ops::ControlFlow;
use std::path::PathBuf;

use jiff::civil::{Date, date};
use jiff::{Timestamp, ToSpan};
use kindred_core::{Category, Paper, PaperId, PaperKey, Record, SourceKind, Version};
use kindred_store::{
    Announced, Attempt, Covered, Follow, Gap, GapKind, Harvest, HarvestBatch, HarvestedRecord,
    ImportBatch, ImportCounts, MissingPaper, PaperFilter, RunningHarvest, SeenPaper, SetName,
    Store, StoredPaper,
};

/// A library that vanishes with the value.
pub(crate) struct Library {
    pub(crate) store: Store,
    pub(crate) path: PathBuf,
    pub(crate) folder: tempfile::TempDir,
}

impl Library {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kindred.db");
        Self {
            store: Store::create(&path).unwrap(),
            path,
            folder,
        }
    }

    pub(crate) fn with(records: &[Record]) -> Self {
        let mut library = Self::new();
        library.import(records);
        library
    }

    pub(crate) fn import(&mut self, records: &[Record]) -> ImportCounts {
        self.store
            .import(&ImportBatch {
                records,
                progress: None,
            })
            .unwrap()
    }

    pub(crate) fn key(&self, text: &str) -> PaperKey {
        self.store.key(&id(text)).unwrap().unwrap()
    }

    pub(crate) fn ids(&self, keys: &[PaperKey]) -> Vec<String> {
        let ids = self.store.ids(keys).unwrap();
        ids.iter().map(|(_, id)| id.short()).collect()
    }

    pub(crate) fn search(&self, query: &str, filter: &PaperFilter) -> Vec<String> {
        let query = query.parse().unwrap();
        let found = self.store.search_words(&query, 100, filter).unwrap();
        let keys: Vec<PaperKey> = found.iter().map(|(key, _)| *key).collect();
        self.ids(&keys)
    }
}

/// What takes from a library what each version of the schema added, from the second on.
const UNDO: [&str; 5] = [
    "DROP TABLE title_keys; DROP INDEX papers_by_doi;",
    "DROP TABLE rules; DROP TABLE shown_texts; DROP TABLE liked_texts; DROP TABLE seen_texts;",
    "DROP TABLE follows; DROP TABLE harvests; DROP TABLE datestamps; DROP TABLE missing;
     DROP TABLE announced; DROP TABLE gaps; DROP TABLE attempts;
     ALTER TABLE imports DROP COLUMN latest;",
    "DROP TABLE aliases;",
    "DROP TABLE topic_map_points; DROP TABLE topic_map_parts; DROP TABLE topic_maps;
     DROP TABLE topic_subscriptions; DROP TABLE topic_names; DROP TABLE topic_placements;
     DROP TABLE topic_parts; DROP TABLE topic_runs; DROP TABLE topic_counters;
     DROP TABLE topics; DROP TABLE topic_scopes;",
];

/// Makes a library what a program with an older schema would have written.
pub(crate) fn downgrade(library: &Library, version: u32) {
    let old = rusqlite::Connection::open(&library.path).unwrap();
    for undo in UNDO[version as usize - 1..].iter().rev() {
        old.execute_batch(undo).unwrap();
    }
    old.pragma_update(None, "user_version", version).unwrap();
}

/// Writes rows to every table of harvests and of the ledger: some for each of 60 papers and days.
pub(crate) fn fill_ledger(store: &mut Store) {
    fill_harvest(store);
    let category: Category = "cs.DC".parse().unwrap();
    for (number, name) in (0..).zip(["cs.DC", "math", "hep-th"]) {
        let follow = Follow {
            category: Some(name.parse().unwrap()),
            since: day(number),
        };
        store.follow(&follow).unwrap();
    }
    for number in 0..60 {
        let announced = Announced {
            fresh: 30,
            replaced: 12,
            at: time(i64::from(number)),
        };
        store
            .set_announced(Some(&category), day(number), &announced)
            .unwrap();
        let attempt = Attempt {
            at: time(i64::from(number)),
            list: "query cs.DC".into(),
            days: (Some(day(number)), Some(day(number))),
            records: 42,
            failure: (number % 2 == 0).then(|| "HTTP 503".into()),
        };
        store.add_attempt(&attempt).unwrap();
    }
    let gaps: Vec<Gap> = (0..60)
        .map(|number| Gap {
            category: Some(category.clone()),
            day: day(number),
            kind: GapKind::Missing,
            reason: "1 record is missing".into(),
            opened: time(1),
            closed: (number % 2 == 0).then(|| (time(2), "complete".into())),
        })
        .collect();
    store.set_gaps(&gaps).unwrap();
}

fn fill_harvest(store: &mut Store) {
    let records: Vec<HarvestedRecord> = (0..)
        .zip(many(60))
        .map(|(number, record)| HarvestedRecord {
            record,
            datestamp: Some(day(number)),
        })
        .collect();
    let missing: Vec<MissingPaper> = (0..60)
        .map(|number| MissingPaper {
            id: id(&format!("2601.{:05}", 20_000 + number)),
            day: day(number),
            categories: vec!["cs.DC".parse().unwrap()],
            reason: "not delivered".into(),
            since: time(i64::from(number)),
            tries: 1,
        })
        .collect();
    let harvest = Harvest {
        list: "oai cs:cs:DC".into(),
        covered: Some(Covered {
            from: day(0),
            until: day(60),
            checked: time(1),
        }),
        running: Some(RunningHarvest {
            from: day(60),
            started: time(2),
            token: Some(("6743261|1001".into(), time(3))),
            last_day: Some(day(61)),
            pages: 1,
            records: 1_000,
            is_listed: false,
        }),
    };
    store
        .harvest(&HarvestBatch {
            records: &records,
            harvest: Some(&harvest),
            missing: &missing,
            ..HarvestBatch::default()
        })
        .unwrap();
}

/// Days from 5 January 2026, which is 0.
fn day(number: i32) -> Date {
    date(2026, 1, 5).checked_add(number.days()).unwrap()
}

/// Everything that the store says of papers, in the order of ids, without the keys.
pub(crate) fn content(store: &Store) -> Vec<StoredPaper> {
    let mut papers = Vec::new();
    let all = PaperFilter {
        include_withdrawn: true,
        ..PaperFilter::default()
    };
    store
        .all_in_id_order(&all, &mut |mut paper| {
            paper.key = PaperKey(0);
            papers.push(paper);
            Ok(ControlFlow::Continue(()))
        })
        .unwrap();
    papers
}

pub(crate) fn id(text: &str) -> PaperId {
    text.parse().unwrap()
}

pub(crate) fn set(name: &str) -> SetName {
    name.parse().unwrap()
}

/// A paper as it is shown in tests that ask for nothing but its having been shown.
pub(crate) fn seen(key: PaperKey) -> SeenPaper<'static> {
    SeenPaper {
        key,
        version: 1,
        title: "Title",
        abstract_text: "Abstract.",
    }
}

pub(crate) fn time(second: i64) -> Timestamp {
    Timestamp::from_second(1_770_000_000 + second).unwrap()
}

pub(crate) fn paper(id_text: &str, title: &str) -> Paper {
    Paper {
        id: id(id_text),
        title: title.into(),
        abstract_text: String::new(),
        authors: vec![],
        categories: vec![],
        versions: vec![Version {
            number: 1,
            date: None,
        }],
        comments: None,
        journal_ref: None,
        doi: None,
        license: None,
        venue: None,
        keywords: vec![],
        withdrawn: false,
        source: SourceKind::Query,
    }
}

pub(crate) fn record(paper: Paper) -> Record {
    Record::Paper {
        paper: Box::new(paper),
        announcement: None,
    }
}

/// `count` papers that differ in every field.
pub(crate) fn many(count: usize) -> Vec<Record> {
    (1..=count)
        .map(|number| {
            let mut paper = paper(
                &format!("26{:02}.{number:05}", number % 12 + 1),
                &format!("Study {number} of lattices and graphs"),
            );
            paper.abstract_text = format!("We study lattice{number} under noise. ").repeat(20);
            paper.authors = vec![format!("Author {number:03}"), "Müller".into()];
            paper.categories = vec![["cs.DC", "cs.LG", "math.AG"][number % 3].parse().unwrap()];
            let day = format!("2026-{:02}-{:02}", number % 12 + 1, number % 28 + 1);
            paper.versions[0].date = Some(day.parse().unwrap());
            paper.comments = Some(format!("{number} pages"));
            record(paper)
        })
        .collect()
}
