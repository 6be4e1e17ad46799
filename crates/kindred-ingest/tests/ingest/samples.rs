//! The recorded answers and corpora that lie beside a checkout; skipped where they are absent.

use std::path::{Path, PathBuf};

use kindred_core::Record;
use kindred_ingest::{Format, IngestError, Input, PageFacts, ReadOptions, SourceReader};

/// Folder of the shared data, if it is there.
fn data() -> Option<PathBuf> {
    let shared = std::env::var_os("KINDRED_SHARED").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
        PathBuf::from,
    );
    let data = shared.join("data");
    if data.is_dir() {
        Some(data)
    } else {
        eprintln!("skipped: no recorded data at {}", data.display());
        None
    }
}

struct Counts {
    format: Format,
    page: Option<PageFacts>,
    papers: usize,
    bad: Vec<String>,
}

fn count(path: &Path, most: usize) -> Result<Counts, IngestError> {
    let mut reader = SourceReader::open(&Input::File(path.into()), &ReadOptions::default())?;
    let mut counts = Counts {
        format: reader.format(),
        page: reader.page().cloned(),
        papers: 0,
        bad: Vec::new(),
    };
    for item in reader.by_ref().take(most) {
        let item = item?;
        match item.record {
            Ok(Record::Paper { .. }) => counts.papers += 1,
            Ok(Record::Deleted(_)) => {}
            Err(error) => counts.bad.push(format!("{}: {error}", item.place)),
        }
    }
    Ok(counts)
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs_err::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files
}

#[test]
fn seed_has_fifteen_papers() {
    let Some(data) = data() else { return };
    let counts = count(&data.join("samples/cs-dc-2026-04-07.atom.xml"), usize::MAX).unwrap();
    assert_eq!(counts.format, Format::Atom);
    assert_eq!((counts.papers, counts.bad.len()), (15, 0));
    assert_eq!(counts.page.unwrap().total_results, Some(27_913));
}

#[test]
fn recorded_query_answers_give_what_they_hold() {
    let Some(data) = data() else { return };
    let mut papers = 0;
    let (mut empty, mut errors) = (0, 0);
    for path in files(&data.join("samples/atom")) {
        match count(&path, usize::MAX) {
            Ok(counts) => {
                assert!(
                    counts.bad.is_empty(),
                    "{}: {:?}",
                    path.display(),
                    counts.bad
                );
                assert_eq!(counts.format, Format::Atom);
                papers += counts.papers;
                empty += usize::from(counts.papers == 0);
            }
            Err(IngestError::ErrorFeed { message, .. }) => {
                assert_eq!(message, "incorrect id format for abc");
                errors += 1;
            }
            Err(error) => panic!("{}: {error}", path.display()),
        }
    }
    assert_eq!((papers, empty, errors), (221, 2, 1));
}

#[test]
fn recorded_oai_answers_give_what_they_hold() {
    let Some(data) = data() else { return };
    let mut papers = 0;
    let mut bad = Vec::new();
    for path in files(&data.join("samples/oai")) {
        let counts = count(&path, usize::MAX).unwrap();
        assert_eq!(counts.format, Format::OaiPmh);
        papers += counts.papers;
        bad.extend(counts.bad);
    }
    assert_eq!((papers, bad), (30, Vec::<String>::new()));
}

#[test]
fn recorded_feed_is_told_from_a_query_answer() {
    let Some(data) = data() else { return };
    for path in files(&data.join("samples/rss")) {
        let counts = count(&path, usize::MAX).unwrap();
        assert_eq!(counts.format, Format::Feed);
        assert_eq!((counts.papers, counts.bad), (7, Vec::new()));
        let announced = counts.page.unwrap().announced.unwrap();
        assert_eq!(announced, jiff::civil::date(2025, 8, 20));
    }
}

#[test]
fn corpus_streams_twenty_thousand_papers() {
    const LINES: usize = 20_000;
    let Some(data) = data() else { return };
    for name in ["arxiv-recent", "arxiv-1993-2019", "conferences"] {
        let path = data.join(format!("corpus/{name}.jsonl.zst"));
        let counts = count(&path, LINES).unwrap();
        assert_eq!(counts.format, Format::JsonLines);
        assert_eq!((counts.papers, counts.bad), (LINES, Vec::new()), "{name}");
    }
}
