//! Measures an encoder as `benches/embed/peer.py` measures the Python ones, and prints the same
//! JSON line.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use clap::Args;
use fs_err::File;
use serde_json::{Map, Value, json};

use crate::process::{cpu_seconds, peak_memory_kib};

/// About so many texts are encoded before the measured ones.
const WARM_UP_TEXTS: usize = 200;

/// What every engine is told.
#[derive(Debug, Clone, Args)]
pub struct EncodingArguments {
    /// A sentence-transformers folder; for our own engine also `kindred-small` or `kindred-static`,
    /// without `--ceiling`
    #[arg(long)]
    pub model: PathBuf,
    /// Folder with `texts.json` and `queries.json`, lists of strings
    #[arg(long)]
    pub texts: PathBuf,
    /// Encode only the first of the texts
    #[arg(long)]
    pub limit: Option<usize>,
    /// Tokens to read of a text
    #[arg(long, default_value_t = 256)]
    pub max_tokens: usize,
    /// Threads to compute on
    #[arg(long, default_value_t = 1)]
    pub threads: usize,
    /// Where to write the vectors, 32-bit little-endian floats
    #[arg(long)]
    pub vectors: Option<PathBuf>,
    /// Leave the short queries out
    #[arg(long)]
    pub no_latency: bool,
}

impl EncodingArguments {
    /// Reads the texts to encode.
    ///
    /// # Errors
    /// If there are none.
    pub fn read_texts(&self) -> Result<Vec<String>> {
        let mut texts = read_list(&self.texts, "texts")?;
        texts.truncate(self.limit.unwrap_or(usize::MAX));
        ensure!(!texts.is_empty(), "no text to encode");
        Ok(texts)
    }
}

/// Something that turns texts into vectors.
pub trait Engine {
    /// Encodes all texts, one vector for each in their order.
    ///
    /// # Errors
    /// If a text has no vector.
    fn encode(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>>;

    /// Encodes one short query.
    ///
    /// # Errors
    /// If it has no vector.
    fn encode_query(&self, text: &str) -> Result<Vec<f32>>;
}

/// Encodes the texts and the queries of `arguments` and returns the fields of the JSON line.
///
/// # Errors
/// If a file cannot be read or written, or a text has no vector.
pub fn measure(arguments: &EncodingArguments, engine: &dyn Engine) -> Result<Map<String, Value>> {
    let texts = arguments.read_texts()?;
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let step = (texts.len() / WARM_UP_TEXTS).max(1);
    let some: Vec<&str> = texts.iter().copied().step_by(step).collect();
    engine.encode(&some)?;

    let (started, cpu) = (Instant::now(), cpu_seconds()?);
    let vectors = engine.encode(&texts)?;
    let (wall, cpu) = (started.elapsed(), cpu_seconds()? - cpu);
    let peak_kib = peak_memory_kib()?;

    ensure!(vectors.len() == texts.len(), "one vector for each text");
    if let Some(path) = &arguments.vectors {
        write_vectors(path, &vectors)?;
    }
    let mut line = Map::new();
    line.insert("threads".into(), json!(arguments.threads));
    line.insert("max_tokens".into(), json!(arguments.max_tokens));
    line.insert("texts".into(), json!(texts.len()));
    line.insert(
        "dimension".into(),
        json!(vectors.first().map_or(0, Vec::len)),
    );
    line.insert("wall_s".into(), json!(wall.as_secs_f64()));
    line.insert("cpu_s".into(), json!(cpu));
    line.insert("peak_kib".into(), json!(peak_kib));
    if !arguments.no_latency {
        let times = latencies(engine, &read_list(&arguments.texts, "queries")?)?;
        line.insert("p50_ms".into(), json!(percentile(&times, 50)));
        line.insert("p99_ms".into(), json!(percentile(&times, 99)));
    }
    Ok(line)
}

/// Prints the line.
#[expect(clippy::print_stdout, reason = "the line is the output")]
pub fn report(line: Map<String, Value>) {
    println!("{}", Value::Object(line));
}

fn read_list(folder: &Path, name: &str) -> Result<Vec<String>> {
    let path = folder.join(format!("{name}.json"));
    serde_json::from_slice(&fs_err::read(&path)?)
        .with_context(|| format!("reading a list of strings from {}", path.display()))
}

fn write_vectors(path: &Path, vectors: &[Vec<f32>]) -> Result<()> {
    let bytes: Vec<u8> = vectors
        .iter()
        .flatten()
        .flat_map(|value| value.to_le_bytes())
        .collect();
    Ok(File::create(path)?.write_all(&bytes)?)
}

/// Returns the milliseconds of each query, sorted, after all of them were encoded once.
fn latencies(engine: &dyn Engine, queries: &[String]) -> Result<Vec<f64>> {
    ensure!(!queries.is_empty(), "no query to encode");
    for query in queries {
        engine.encode_query(query)?;
    }
    let mut times = Vec::with_capacity(queries.len());
    for query in queries {
        let started = Instant::now();
        engine.encode_query(query)?;
        times.push(started.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_unstable_by(f64::total_cmp);
    Ok(times)
}

fn percentile(sorted: &[f64], percent: usize) -> f64 {
    sorted[(sorted.len() - 1) * percent / 100]
}
