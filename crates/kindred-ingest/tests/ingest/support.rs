//! Documents and shortcuts for the tests of this crate.

use kindred_core::{Announcement, Category, Paper, Record};
use kindred_ingest::{
    Format, IngestError, Item, PageFacts, Position, ReadOptions, RecordError, SourceReader,
};

pub(crate) const QUERY: &str = include_str!("../fixtures/query.atom.xml");
pub(crate) const QUERY_ERROR: &str = include_str!("../fixtures/error.atom.xml");
pub(crate) const RAW: &str = include_str!("../fixtures/raw.oai.xml");
pub(crate) const ARXIV: &str = include_str!("../fixtures/arxiv.oai.xml");
pub(crate) const DUBLIN: &str = include_str!("../fixtures/dublin.oai.xml");
pub(crate) const RSS: &str = include_str!("../fixtures/announcements.rss.xml");
pub(crate) const FEED: &str = include_str!("../fixtures/announcements.atom.xml");
pub(crate) const SNAPSHOT: &str = include_str!("../fixtures/snapshot.jsonl");
pub(crate) const OWN: &str = include_str!("../fixtures/own.jsonl");

/// All accepted pages.
pub(crate) const PAGES: [(&str, &str, Format); 6] = [
    ("query", QUERY, Format::Atom),
    ("raw", RAW, Format::OaiPmh),
    ("arxiv", ARXIV, Format::OaiPmh),
    ("dublin", DUBLIN, Format::OaiPmh),
    ("rss", RSS, Format::Feed),
    ("feed", FEED, Format::Feed),
];

/// What an input gave until its end or its fatal error.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) format: Option<Format>,
    pub(crate) items: Vec<Item>,
    pub(crate) page: Option<PageFacts>,
    pub(crate) error: Option<IngestError>,
    pub(crate) position: Position,
}

pub(crate) fn read(bytes: &[u8]) -> Outcome {
    read_with(bytes, &ReadOptions::default())
}

pub(crate) fn read_with(bytes: &[u8], options: &ReadOptions) -> Outcome {
    let mut outcome = Outcome {
        format: None,
        items: Vec::new(),
        page: None,
        error: None,
        position: Position::default(),
    };
    let stream = Box::new(std::io::Cursor::new(bytes.to_vec()));
    match SourceReader::from_reader("test", stream, None, options) {
        Err(error) => outcome.error = Some(error),
        Ok(mut reader) => {
            outcome.format = Some(reader.format());
            outcome.page = reader.page().cloned();
            for read in reader.by_ref() {
                match read {
                    Ok(item) => outcome.items.push(item),
                    Err(error) => outcome.error = Some(error),
                }
            }
            assert!(reader.next().is_none(), "fused");
            outcome.position = reader.position();
        }
    }
    outcome
}

impl Outcome {
    /// The items of an input without a fatal error.
    #[track_caller]
    pub(crate) fn items(self) -> Vec<Item> {
        assert!(self.error.is_none(), "{}", chain(&self.error.unwrap()));
        self.items
    }

    /// The fatal error of an input that must have one, with its causes.
    #[track_caller]
    pub(crate) fn error(&self) -> String {
        chain(self.error.as_ref().expect("a fatal error"))
    }
}

/// An error and its causes in one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

#[track_caller]
pub(crate) fn paper(item: &Item) -> &Paper {
    match &item.record {
        Ok(Record::Paper { paper, .. }) => paper,
        other => panic!("expected a paper: {other:?}"),
    }
}

#[track_caller]
pub(crate) fn announcement(item: &Item) -> Option<Announcement> {
    match &item.record {
        Ok(Record::Paper { announcement, .. }) => *announcement,
        other => panic!("expected a paper: {other:?}"),
    }
}

#[track_caller]
pub(crate) fn quarantined(item: &Item) -> &RecordError {
    item.record
        .as_ref()
        .expect_err("a record that cannot be used")
}

/// Categories as text.
pub(crate) fn categories(paper: &Paper) -> Vec<&str> {
    paper.categories.iter().map(Category::as_str).collect()
}

/// Versions as `number date`.
pub(crate) fn versions(paper: &Paper) -> Vec<String> {
    let date = |date: Option<kindred_core::PaperDate>| {
        date.map_or_else(|| "-".to_owned(), |date| date.to_string())
    };
    paper
        .versions
        .iter()
        .map(|version| format!("{} {}", version.number, date(version.date)))
        .collect()
}
