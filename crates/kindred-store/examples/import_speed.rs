//! Measures import, filters and word search.
//!
//! Reads JSON Lines of `{"id", "title", "abstract", "categories"?, "date"?, "authors"?, ...}` from
//! the standard input and imports them into a new library at the path given:
//! `zstd -dc papers.jsonl.zst | cargo run -p kindred-store --example import_speed -- /tmp/kindred.db`
//! A second run over the same library measures importing what is known.

#![expect(
    clippy::print_stdout,
    reason = "a program for people that measures time and memory"
)]

use std::error::Error;
use std::io::BufRead;
use std::path::Path;
use std::time::Instant;

use kindred_core::{Fingerprint, KeySet, Paper, Record, SourceKind, Version};
use kindred_store::{ImportBatch, ImportCounts, PaperFilter, Store, WordQuery};
use serde_json::Value;

const BATCH: usize = 5_000;

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("usage: import_speed PATH")?;
    let mut store = Store::create(Path::new(&path))?;
    let started = Instant::now();
    let mut in_store = 0.0;
    let mut counts = ImportCounts::default();
    let mut records = Vec::with_capacity(BATCH);
    let mut import = |records: &mut Vec<Record>| -> Result<(), Box<dyn Error>> {
        let begun = Instant::now();
        counts += store.import(&ImportBatch {
            records,
            progress: None,
        })?;
        in_store += begun.elapsed().as_secs_f64();
        records.clear();
        if counts.total().is_multiple_of(100_000) {
            println!(
                "{:>8} records, {:.0}/s in the store, peak {}",
                counts.total(),
                counts.total() as f64 / in_store,
                peak_memory()
            );
        }
        Ok(())
    };
    for line in std::io::stdin().lock().lines() {
        records.extend(record(&line?));
        if records.len() == BATCH {
            import(&mut records)?;
        }
    }
    import(&mut records)?;
    println!(
        "{counts:?}\n{:.1} s in the store ({:.0}/s), {:.1} s in all",
        in_store,
        counts.total() as f64 / in_store,
        started.elapsed().as_secs_f64()
    );
    questions(&store)?;
    println!("{:#?}", store.stats()?);
    Ok(())
}

fn questions(store: &Store) -> Result<(), Box<dyn Error>> {
    let all = PaperFilter::default();
    for text in [
        "secure aggregation with colluding users",
        "\"secure aggregation\"",
        "author:shamir sharing",
        "0-dimensional biomaterials show inductive properties in the repair of bone.",
        "deep learning model",
        "learn*",
    ] {
        let query: WordQuery = text.parse()?;
        let begun = Instant::now();
        let found = store.search_words(&query, 10, &all)?;
        println!("{:>7.1} ms  {} of `{text}`", ms(begun), found.len());
    }
    let begun = Instant::now();
    let in_cs = PaperFilter {
        categories: vec!["cs".parse()?],
        since: Some("2020-01-01".parse()?),
        ..PaperFilter::default()
    };
    let keys = store.keys_where(&in_cs)?;
    println!(
        "{:>7.1} ms  {} keys of cs since 2020",
        ms(begun),
        keys.len()
    );
    let begun = Instant::now();
    let sample = store.random_sample(1, 3_000, &KeySet::default())?;
    println!("{:>7.1} ms  sample of {}", ms(begun), sample.len());
    let begun = Instant::now();
    let papers = store.papers(&sample)?;
    println!("{:>7.1} ms  load {} papers", ms(begun), papers.len());
    let encoder = Fingerprint::from_hash(&[7; 32]);
    let begun = Instant::now();
    let count = store.pending_count(&encoder)?;
    println!("{:>7.1} ms  {count} pending", ms(begun));
    let begun = Instant::now();
    let pending = store.pending(&encoder, None, 5_000)?;
    println!("{:>7.1} ms  texts of {}", ms(begun), pending.len());
    let begun = Instant::now();
    let close = store.close_ids("2306.0500", 5)?;
    println!("{:>7.1} ms  {close:?}", ms(begun));
    if std::env::args().any(|argument| argument == "--verify") {
        let begun = Instant::now();
        let faults = store.verify(&mut |_, _| {})?;
        println!("{:>7.1} ms  verify: {faults:?}", ms(begun));
    }
    Ok(())
}

fn ms(begun: Instant) -> f64 {
    begun.elapsed().as_secs_f64() * 1e3
}

fn peak_memory() -> String {
    let status = fs_err::read_to_string("/proc/self/status").unwrap_or_default();
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .map_or_else(|| "unknown".into(), |text| text.trim().to_owned())
}

fn record(line: &str) -> Option<Record> {
    let json: Value = serde_json::from_str(line).ok()?;
    let text = |name: &str| json.get(name).and_then(Value::as_str).map(str::to_owned);
    let list = |name: &str| -> Vec<String> {
        let items = json.get(name).and_then(Value::as_array);
        items
            .into_iter()
            .flatten()
            .filter_map(|item| item.as_str().map(str::to_owned))
            .collect()
    };
    let paper = Paper {
        id: text("id")?.parse().ok()?,
        title: text("title")?,
        abstract_text: text("abstract").unwrap_or_default(),
        authors: list("authors"),
        categories: list("categories")
            .iter()
            .filter_map(|name| name.parse().ok())
            .collect(),
        versions: vec![Version {
            number: Version::UNKNOWN,
            date: text("date").and_then(|date| date.parse().ok()),
        }],
        comments: None,
        journal_ref: None,
        doi: text("doi"),
        license: None,
        venue: text("venue"),
        keywords: list("keywords"),
        withdrawn: false,
        source: SourceKind::JsonLines,
    };
    Some(Record::Paper {
        paper: Box::new(paper),
        announcement: None,
    })
}
