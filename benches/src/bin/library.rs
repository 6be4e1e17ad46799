//! What a library of real papers costs: import, vectors, graph, latency, memory, disk.
//!
//! `cargo run --release -p kindred-benches --bin library -- --data DIR [--papers N] [--encoder E]`.
//! The library stays in `--work`, so a second run measures only what is not there yet.

use std::io::{BufRead as _, BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use clap::Parser;
use fs_err::File;
use jiff::ToSpan as _;
use jiff::civil::Date;
use kindred_benches::{cpu_seconds, peak_memory_kib};
use kindred_engine::{
    Control, FeedQuery, FeedRanker, ImportRequest, Input, Library, ListOptions, ModelShelf,
    PaperId, Rating, SearchMode, SearchQuery, Seeds, Selection, SetName, SimilarQuery, Timestamp,
};
use serde::Deserialize;

/// What to measure.
#[derive(Debug, Parser)]
struct Arguments {
    /// Folder with `corpus/`
    #[arg(long, default_value = "../shared/data")]
    data: PathBuf,
    /// Papers of the library, from arxiv-recent
    #[arg(long, default_value_t = 100_000)]
    papers: usize,
    /// `kindred-small` (also `built-in`), `kindred-static` or a sentence-transformers folder
    #[arg(long, default_value = "built-in")]
    encoder: String,
    /// Where the library is made and kept
    #[arg(long, default_value = "target/bench-library")]
    work: PathBuf,
    /// Questions of each kind
    #[arg(long, default_value_t = 1_000)]
    questions: usize,
}

/// What the bench reads of a paper.
#[derive(Debug, Deserialize)]
struct Head {
    id: PaperId,
    title: String,
    #[serde(default)]
    date: String,
    #[serde(default)]
    categories: Vec<String>,
}

/// Wall and processor seconds of a piece of work.
struct Cost {
    wall: Duration,
    cpu: f64,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    fs_err::create_dir_all(&arguments.work)?;
    let file = arguments.work.join("papers.jsonl");
    let heads = take_papers(&arguments, &file)?;
    let folder = arguments.work.join("library");
    let control = Control::silent();

    let mut library = Library::create(&folder)?;
    library.use_encoder(&ModelShelf::new(&arguments.work).find(&arguments.encoder)?)?;
    let inputs = [Input::File(file)];
    let now: Timestamp = "2026-04-07T00:00:00Z".parse()?;
    let request = ImportRequest {
        inputs: &inputs,
        now,
    };
    let (import, cost) = timed(|| Ok(library.import(&request, &control)?))?;
    row("import", import.inputs[0].records, &cost)?;
    let (embed, cost) = timed(|| Ok(library.embed(&control)?))?;
    row("vectors and graph", embed.embedded, &cost)?;
    line(&format!(
        "| of which vectors / graph (wall) | {:.1} s / {:.1} s | | |",
        embed.encoding.as_secs_f64(),
        embed.indexing.as_secs_f64()
    ));
    rate_sets(&mut library, &heads, now)?;
    drop(library);

    let (library, cost) = timed(|| Ok(Library::open_read_only(&folder)?))?;
    row("open", 1, &cost)?;
    let ((), cost) = timed(|| Ok(library.index().map(drop)?))?;
    row("load vectors and graph", 1, &cost)?;
    latencies(&library, &heads, arguments.questions)?;
    let stats = library.stats()?;
    line(&format!(
        "| database | {} MiB | | |",
        stats.store.database_bytes >> 20
    ));
    if let Some(index) = stats.index {
        line(&format!(
            "| vectors / graph on disk | {} MiB / {} MiB | | |",
            index.vector_bytes >> 20,
            index.graph_bytes >> 20
        ));
    }
    line(&format!(
        "| peak resident memory | {} MiB | | |",
        peak_memory_kib()? >> 10
    ));
    Ok(())
}

#[expect(clippy::print_stdout, reason = "a benchmark prints its table")]
fn line(text: &str) {
    println!("{text}");
}

fn row(name: &str, count: u64, cost: &Cost) -> Result<()> {
    let wall = cost.wall.as_secs_f64();
    line(&format!(
        "| {name} | {wall:.2} s wall, {:.2} s CPU | {count} | {:.0} per CPU-second, peak {} MiB |",
        cost.cpu,
        count as f64 / cost.cpu.max(0.01),
        peak_memory_kib()? >> 10
    ));
    Ok(())
}

/// Writes the first papers in the order of their hashes, so that every size is a random sample.
fn take_papers(arguments: &Arguments, file: &Path) -> Result<Vec<Head>> {
    let corpus = File::open(arguments.data.join("corpus/arxiv-recent.jsonl.zst"))?;
    let mut lines = Vec::new();
    for line in BufReader::new(zstd::Decoder::new(corpus)?).lines() {
        let line = line?;
        lines.push((*blake3::hash(line.as_bytes()).as_bytes(), line));
    }
    lines.sort_unstable();
    lines.truncate(arguments.papers);
    let mut out = BufWriter::new(File::create(file)?);
    let mut heads = Vec::with_capacity(lines.len());
    for (_, line) in &lines {
        writeln!(out, "{line}")?;
        heads.push(serde_json::from_str(line).context("reading a paper of the corpus")?);
    }
    out.flush()?;
    Ok(heads)
}

/// Makes twenty sets of twenty papers of one category each.
fn rate_sets(library: &mut Library, heads: &[Head], now: Timestamp) -> Result<()> {
    for set in 0..20_usize {
        let anchor = heads[set * 37 % heads.len()]
            .categories
            .first()
            .cloned()
            .unwrap_or_default();
        let likes: Vec<PaperId> = heads
            .iter()
            .filter(|head| head.categories.first() == Some(&anchor))
            .map(|head| head.id.clone())
            .take(20)
            .collect();
        library.rate(&set_name(set)?, &likes, Rating::Like, now)?;
    }
    Ok(())
}

fn set_name(set: usize) -> Result<SetName> {
    Ok(format!("set-{set}").parse()?)
}

fn latencies(library: &Library, heads: &[Head], questions: usize) -> Result<()> {
    let similar = collect(questions, |question| {
        let id = heads[question * 97 % heads.len()].id.clone();
        let seeds = Seeds::Papers(vec![id]);
        library.similar(&SimilarQuery {
            seeds,
            selection: Selection::default(),
            limit: 10,
        })?;
        Ok(())
    })?;
    latency("similar by id", similar);
    let text = collect(questions, |question| {
        let seeds = Seeds::Text(heads[question * 89 % heads.len()].title.clone());
        library.similar(&SimilarQuery {
            seeds,
            selection: Selection::default(),
            limit: 10,
        })?;
        Ok(())
    })?;
    latency("similar by text", text);
    let search = collect(questions, |question| {
        let words = heads[question * 83 % heads.len()].title.parse()?;
        library.search(&SearchQuery {
            words,
            selection: Selection::default(),
            limit: 10,
            mode: SearchMode::Fused,
        })?;
        Ok(())
    })?;
    latency("search by a title", search);
    let days: Vec<Date> = heads
        .iter()
        .filter_map(|head| head.date.parse().ok())
        .collect();
    let feed = collect(questions, |question| {
        let as_of = days[question * 71 % days.len()];
        library.feed(&FeedQuery {
            set: set_name(question % 20)?,
            as_of,
            since: as_of.saturating_sub(6.days()),
            categories: Vec::new(),
            limit: 20,
            reasons: 2,
            ranker: FeedRanker::default(),
            list: ListOptions::default(),
        })?;
        Ok(())
    })?;
    latency("feed of a week", feed);
    Ok(())
}

fn collect(count: usize, ask: impl Fn(usize) -> Result<()>) -> Result<Vec<Duration>> {
    ask(0)?;
    (0..count)
        .map(|question| {
            let started = Instant::now();
            ask(question)?;
            Ok(started.elapsed())
        })
        .collect()
}

fn latency(name: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let at = |share: usize| times[(times.len() - 1) * share / 100].as_secs_f64() * 1e3;
    line(&format!(
        "| {name} | p50 {:.2} ms, p99 {:.2} ms | {} | |",
        at(50),
        at(99),
        times.len()
    ));
}

fn timed<T>(work: impl FnOnce() -> Result<T>) -> Result<(T, Cost)> {
    let (started, cpu) = (Instant::now(), cpu_seconds()?);
    let result = work()?;
    Ok((
        result,
        Cost {
            wall: started.elapsed(),
            cpu: cpu_seconds()? - cpu,
        },
    ))
}
