//! Texts per CPU-second on one thread.
//!
//! ```text
//! cargo run --release -p kindred-embed --example throughput -- MODEL_FOLDER PAPERS.jsonl [COUNT] [DTYPE] [INSTRUCTIONS]
//! ```
//!
//! Reads the first COUNT (default 200) papers that have an abstract, from plain JSON Lines or
//! `.zst`, and encodes them with `built-in` or the model in a folder. Tokenising, pooling and
//! normalising are inside the measured time; loading is not. CPU time is that of this process.

use std::error::Error;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;

use kindred_core::Role;
use kindred_embed::{Dtype, LoadOptions, built_in_with, load_folder};
use serde::Deserialize;

const REPEATS: usize = 5;

#[derive(Deserialize)]
struct Paper {
    title: String,
    #[serde(default, rename = "abstract")]
    summary: String,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let model = arguments
        .next()
        .ok_or("which model? `built-in` or a folder")?;
    let papers = arguments.next().ok_or("which papers? a JSON Lines file")?;
    let count = arguments.next().map_or(Ok(200), |count| count.parse())?;
    let dtype = arguments
        .next()
        .map_or(Ok(Dtype::F32), |dtype| dtype.parse())?;
    let instructions = arguments.next().map(|level| level.parse()).transpose()?;
    let texts = read(Path::new(&papers), count)?;
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let options = LoadOptions {
        threads: Some(1),
        dtype,
        instructions,
        ..LoadOptions::default()
    };
    let encoder = match model.as_str() {
        "built-in" => built_in_with(&options)?,
        folder => load_folder(Path::new(folder), &options)?,
    };
    let mut out = std::io::stdout().lock();
    let mut rates = Vec::new();
    for repeat in 0..=REPEATS {
        let start = cpu_seconds()?;
        let vectors = encoder.encode(&texts, Role::Document);
        let seconds = cpu_seconds()? - start;
        let encoded = vectors.iter().filter(|vector| vector.is_ok()).count();
        // The first round warms caches and buffers.
        if repeat > 0 {
            rates.push(encoded as f64 / seconds);
        }
    }
    rates.sort_by(f64::total_cmp);
    let (least, most) = (rates[0], rates[REPEATS - 1]);
    let (name, median) = (encoder.name(), rates[REPEATS / 2]);
    let number = texts.len();
    writeln!(
        out,
        "{name}: {median:.1} texts/CPU-s ({least:.1} to {most:.1}), {number} texts"
    )?;
    Ok(())
}

fn read(path: &Path, count: usize) -> Result<Vec<String>, Box<dyn Error>> {
    let file = fs_err::File::open(path)?;
    let lines: Box<dyn BufRead> = if path.extension().is_some_and(|end| end == "zst") {
        Box::new(BufReader::new(zstd::Decoder::new(file)?))
    } else {
        Box::new(BufReader::new(file))
    };
    let mut texts = Vec::new();
    for line in lines.lines() {
        let paper: Paper = serde_json::from_str(&line?)?;
        if !paper.summary.is_empty() {
            texts.push(format!("{}. {}", paper.title, paper.summary));
        }
        if texts.len() == count {
            break;
        }
    }
    Ok(texts)
}

/// CPU time of all threads of this process, as the Linux scheduler counts it.
fn cpu_seconds() -> Result<f64, Box<dyn Error>> {
    let mut nanoseconds = 0.0;
    for task in fs_err::read_dir("/proc/self/task")? {
        let line = fs_err::read_to_string(task?.path().join("schedstat"))?;
        let first = line.split(' ').next().unwrap_or_default();
        nanoseconds += first.parse::<f64>()?;
    }
    Ok(nanoseconds / 1e9)
}
