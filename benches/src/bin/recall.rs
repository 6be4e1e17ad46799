//! Recall and speed of the graph search, beside the exact scan and beside `hnsw_rs`'s own search.
//!
//! Prints one Markdown table: recall@10 against the exact scan and queries per CPU-second of one
//! thread, for each effort. Both searches use graphs built with the same parameters over the same
//! vectors, and the same dot product.
//!
//! ```text
//! cargo run --release -p kindred-benches --bin recall -- --vectors FILE
//! cargo run --release -p kindred-benches --bin recall -- --synthetic 20000
//! ```
//! FILE holds `u32 rows, u32 dimension`, then the rows as f32, little-endian throughout.

#![expect(clippy::print_stdout, reason = "the table is the output")]

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use clap::Parser;
use hnsw_rs::anndists::dist::distances::Distance;
use hnsw_rs::hnsw::Hnsw;
use kindred_core::{
    Embeddings, Fingerprint, Neighbors, PaperKey, SearchOptions, UnitVector, dot, exact_top_k,
};
use kindred_index::{CompactOptions, Index, IndexSpec};

const LIMIT: usize = 10;
const EFFORTS: [usize; 9] = [10, 20, 40, 64, 96, 128, 160, 240, 320];
const LINKS: usize = 16;
const CONSTRUCTION_EFFORT: usize = 200;
/// Rows per insertion into an index; `hnsw_rs` inserts in steps of the same size as the index does.
const BATCH: usize = 10_000;
const LAYERS: usize = 16;
/// Processor time that a measurement takes at least.
const MIN_TIME: Duration = Duration::from_millis(300);

#[derive(Debug, Parser)]
struct Arguments {
    /// Vectors to index and to query with.
    #[arg(long, required_unless_present = "synthetic")]
    vectors: Option<PathBuf>,
    /// Makes this many clustered vectors instead.
    #[arg(long, conflicts_with = "vectors")]
    synthetic: Option<usize>,
    /// Dimensions of synthetic vectors.
    #[arg(long, default_value_t = 256)]
    dimension: usize,
    /// Vectors held out as queries, taken at equal distances.
    #[arg(long, default_value_t = 1_000)]
    queries: usize,
    /// Times each measurement is taken; the fastest counts.
    #[arg(long, default_value_t = 2)]
    repeats: usize,
    /// Keep the index in this folder, and use the one that is there.
    #[arg(long)]
    index: Option<PathBuf>,
    /// Leave `hnsw_rs`'s own search out; its graph takes as long to build as the index's.
    #[arg(long)]
    only_index: bool,
}

/// One line of the table for one search.
struct Measured {
    recall: f64,
    queries_per_second: f64,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let all = match (&arguments.vectors, arguments.synthetic) {
        (Some(path), _) => read(path)?,
        (None, count) => clustered(count.unwrap_or_default(), arguments.dimension)?,
    };
    ensure!(
        all.len() > arguments.queries * 2,
        "{} vectors are too few",
        all.len()
    );
    let (stored, queries) = split(&all, arguments.queries)?;
    drop(all);
    let truth = exact(&stored, &queries);
    println!(
        "{} vectors of {} dimensions, ",
        stored.len(),
        stored.dimension()
    );
    println!(
        "{} held-out queries, recall@{LIMIT}, one thread.\n",
        queries.len()
    );

    let ours = with_index(&arguments, &stored, &queries, &truth)?;
    let theirs = if arguments.only_index {
        Vec::new()
    } else {
        with_hnsw_rs(&arguments, &stored, &queries, &truth)
    };
    println!(
        "| effort | recall | queries per CPU-second | hnsw_rs recall | hnsw_rs queries per CPU-second |"
    );
    println!("|---|---|---|---|---|");
    for (row, effort) in EFFORTS.iter().enumerate() {
        let cells = |measured: Option<&Measured>| match measured {
            Some(found) => format!("{:.4} | {:.0}", found.recall, found.queries_per_second),
            None => "– | –".to_owned(),
        };
        println!(
            "| {effort} | {} | {} |",
            cells(ours.get(row)),
            cells(theirs.get(row))
        );
    }
    Ok(())
}

/// Measures the index's search.
fn with_index(
    arguments: &Arguments,
    stored: &Embeddings,
    queries: &[UnitVector],
    truth: &[Vec<usize>],
) -> anyhow::Result<Vec<Measured>> {
    let temporary = tempfile::tempdir().context("making a folder for the index")?;
    let folder = arguments
        .index
        .clone()
        .unwrap_or_else(|| temporary.path().join("index"));
    let spec = IndexSpec {
        fingerprint: Fingerprint::from_hash(blake3::hash(b"benches/recall").as_bytes()),
        dimension: stored.dimension(),
    };
    let mut index = Index::create(&folder, &spec)?;
    if index.len() != stored.len() {
        let start = Instant::now();
        for first in (0..stored.len()).step_by(BATCH) {
            let rows = first..stored.len().min(first + BATCH);
            let row = |row: usize| (PaperKey(row as u64), stored.unit_vector(row));
            index.append(&rows.map(row).collect::<Vec<_>>())?;
        }
        let appended = start.elapsed();
        let options = CompactOptions {
            graph_threshold: 1,
            full: true,
            links: LINKS,
            construction_effort: CONSTRUCTION_EFFORT,
            ..CompactOptions::default()
        };
        let report = index.compact(&options)?;
        for (segment, quality) in report.built.iter().chain(&report.refused) {
            println!("{segment}: {quality:?}");
        }
        println!(
            "append {appended:.1?}, merge and graph {:.1?}",
            start.elapsed().saturating_sub(appended)
        );
    }
    let start = Instant::now();
    let index = Index::open(&folder, &spec)?;
    println!("open {:.2?}, {:?}\n", start.elapsed(), index.stats());
    let search = |query: usize, effort: usize| {
        let options = SearchOptions {
            limit: LIMIT,
            effort: Some(effort),
            ..SearchOptions::default()
        };
        let found = index.nearest(&queries[query], &options);
        let found = found.expect("the query has the dimension of the index");
        found
            .iter()
            .map(|neighbor| usize::try_from(neighbor.key.0).expect("a row"))
            .collect()
    };
    println!(
        "exact scan: {:.0} queries per CPU-second\n",
        scan_speed(stored, queries)
    );
    Ok(measure(arguments, queries.len(), truth, search))
}

/// Stored vectors and queries behind one numbering, so that `hnsw_rs` need not copy either.
struct RowDistance {
    stored: Arc<Embeddings>,
    queries: Arc<Vec<UnitVector>>,
}

impl RowDistance {
    fn row(&self, row: u32) -> &[f32] {
        let row = row as usize;
        match row.checked_sub(self.stored.len()) {
            Some(query) => self.queries[query].as_slice(),
            None => self.stored.row(row),
        }
    }
}

impl Distance<u32> for RowDistance {
    fn eval(&self, left: &[u32], right: &[u32]) -> f32 {
        (1.0 - dot(self.row(left[0]), self.row(right[0]))).max(0.0)
    }
}

/// Measures `hnsw_rs`'s own search.
fn with_hnsw_rs(
    arguments: &Arguments,
    stored: &Embeddings,
    queries: &[UnitVector],
    truth: &[Vec<usize>],
) -> Vec<Measured> {
    let count = stored.len();
    let distance = RowDistance {
        stored: Arc::new(stored.clone()),
        queries: Arc::new(queries.to_vec()),
    };
    let start = Instant::now();
    let hnsw = Hnsw::<u32, _>::new(LINKS, count, LAYERS, CONSTRUCTION_EFFORT, distance);
    let handle = |row: usize| u32::try_from(row).expect("rows fit u32");
    let rows: Vec<u32> = (0..count).map(handle).collect();
    hnsw.insert_slice((&rows[..1], 0));
    for step in rows[1..].chunks(BATCH) {
        let points = step.chunks(1).map(|row| (row, row[0] as usize)).collect();
        hnsw.parallel_insert_slice(&points);
    }
    println!("hnsw_rs build {:.1?}\n", start.elapsed());
    measure(arguments, queries.len(), truth, |query, effort| {
        let found = hnsw.search(&[handle(count + query)], LIMIT, effort);
        found.iter().map(|neighbor| neighbor.d_id).collect()
    })
}

fn measure(
    arguments: &Arguments,
    queries: usize,
    truth: &[Vec<usize>],
    search: impl Fn(usize, usize) -> Vec<usize>,
) -> Vec<Measured> {
    let mut measured = Vec::new();
    for effort in EFFORTS {
        let (mut best, mut hits) = (Duration::MAX, 0);
        for _ in 0..arguments.repeats.max(1) {
            let (start, mut passes) = (cpu_time(), 0);
            // The system counts processor time in steps of some milliseconds.
            while cpu_time().saturating_sub(start) < MIN_TIME {
                let found: Vec<_> = (0..queries).map(|query| search(query, effort)).collect();
                let common = |(found, truth): (&Vec<usize>, &Vec<usize>)| {
                    truth.iter().filter(|row| found.contains(row)).count()
                };
                hits = found.iter().zip(truth).map(common).sum();
                passes += 1;
            }
            best = best.min(cpu_time().saturating_sub(start) / passes);
        }
        measured.push(Measured {
            recall: hits as f64 / truth.iter().map(Vec::len).sum::<usize>() as f64,
            queries_per_second: queries as f64 / best.as_secs_f64(),
        });
    }
    measured
}

/// The true neighbours of each query.
fn exact(stored: &Embeddings, queries: &[UnitVector]) -> Vec<Vec<usize>> {
    let rows = |query| {
        exact_top_k(query, stored, LIMIT, |_| true)
            .iter()
            .map(|hit| hit.key)
            .collect()
    };
    queries.iter().map(rows).collect()
}

/// Queries per CPU-second of comparing every row.
fn scan_speed(stored: &Embeddings, queries: &[UnitVector]) -> f64 {
    let queries = &queries[..queries.len().min(50)];
    let start = cpu_time();
    let mut best = kindred_core::TopK::new(LIMIT);
    for query in queries {
        for (row, vector) in stored.rows().enumerate() {
            best.push(row, kindred_core::Score::new(dot(query.as_slice(), vector)));
        }
    }
    assert_eq!(best.into_sorted().len(), LIMIT);
    queries.len() as f64 / cpu_time().saturating_sub(start).as_secs_f64()
}

/// Processor time of this thread; where the system does not tell, the time that passed.
fn cpu_time() -> Duration {
    let told = fs_err::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = told.and_then(|text| text.split(' ').next()?.parse().ok());
    nanoseconds.map_or_else(since_start, Duration::from_nanos)
}

fn since_start() -> Duration {
    static START: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(Instant::now);
    START.elapsed()
}

/// Takes `queries` vectors out, at equal distances.
fn split(all: &Embeddings, queries: usize) -> anyhow::Result<(Embeddings, Vec<UnitVector>)> {
    let step = all.len() / queries;
    let mut stored = Embeddings::with_capacity(all.dimension(), all.len());
    let mut held_out = Vec::with_capacity(queries);
    for row in 0..all.len() {
        let vector = all.unit_vector(row);
        if row % step == 0 && held_out.len() < queries {
            held_out.push(vector);
        } else {
            stored.push(&vector)?;
        }
    }
    Ok((stored, held_out))
}

fn read(path: &Path) -> anyhow::Result<Embeddings> {
    let mut file = std::io::BufReader::new(fs_err::File::open(path)?);
    let mut number = || -> anyhow::Result<[u8; 4]> {
        let mut raw = [0; 4];
        file.read_exact(&mut raw)?;
        Ok(raw)
    };
    let rows = u32::from_le_bytes(number()?) as usize;
    let dimension = u32::from_le_bytes(number()?) as usize;
    let mut vectors = Embeddings::with_capacity(dimension, rows);
    for _ in 0..rows {
        let mut components = Vec::with_capacity(dimension);
        for _ in 0..dimension {
            components.push(f32::from_le_bytes(number()?));
        }
        vectors.push(&UnitVector::new(components)?)?;
    }
    Ok(vectors)
}

/// Makes vectors in clusters of forty with a common mean, from a fixed seed.
fn clustered(count: usize, dimension: usize) -> anyhow::Result<Embeddings> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut point = |scale: f32| -> Vec<f32> {
        let mut component = || {
            // xorshift64* (Vigna 2016)
            state ^= state >> 12;
            state ^= state << 25;
            state ^= state >> 27;
            let high = state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 40;
            scale * (high as f32 / 16_777_216.0 - 0.5)
        };
        (0..dimension).map(|_| component()).collect()
    };
    let mean = point(0.6);
    let mut vectors = Embeddings::with_capacity(dimension, count);
    let mut centre = Vec::new();
    for row in 0..count {
        if row % 40 == 0 {
            centre = point(1.0);
        }
        let noise = point(0.7);
        let parts = mean.iter().zip(&centre).zip(noise);
        vectors.push(&UnitVector::new(
            parts.map(|((a, b), c)| a + b + c).collect(),
        )?)?;
    }
    Ok(vectors)
}
