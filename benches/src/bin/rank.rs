//! How long training a ranker and ranking a day's arrivals take, on one core.
//!
//! `cargo run --release --workspace --bin rank -- --data DIR [--encoder FOLDER]` reads real papers:
//! 500 liked (those of the first researchers), 5,000 background, 1,000 arrivals, in one thread.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use clap::Parser;
use kindred_core::{Embeddings, Encoder, Role, paper_text};
use kindred_embed::LoadOptions;
use kindred_rank::{Lexicon, Papers, RankOptions, TermRule, TrainingSet, train};
use serde::Deserialize;

/// What to measure.
#[derive(Debug, Parser)]
struct Arguments {
    /// Folder with `eval/`
    #[arg(long, default_value = "../shared/data")]
    data: PathBuf,
    /// `kindred-small` (also `built-in`), `kindred-static` or a sentence-transformers folder
    #[arg(long, default_value = "built-in")]
    encoder: String,
    /// Repetitions; the median counts
    #[arg(long, default_value_t = 9)]
    rounds: usize,
}

const LIKES: usize = 500;
const BACKGROUND: usize = 5_000;
/// Background papers whose words are read.
const WORDS: usize = 1_000;
const ARRIVALS: usize = 1_000;

#[derive(Debug, Deserialize)]
struct JudgedPaper {
    title: String,
    #[serde(default, rename = "abstract")]
    abstract_text: String,
}

#[expect(clippy::print_stdout, reason = "a benchmark prints its table")]
fn main() -> Result<()> {
    let arguments = Arguments::parse();
    rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .build_global()?;
    let folder = arguments.data.join("eval/authors");
    let known = texts(&folder.join("known.jsonl.zst"), LIKES + BACKGROUND)?;
    let arrivals = texts(&folder.join("arrivals.jsonl.zst"), ARRIVALS)?;
    let encoder = kindred_embed::load_named(&arguments.encoder, &LoadOptions::default())?;
    let vectors = |texts: &[String]| encode(encoder.as_ref(), texts);
    let (likes, background) = known.split_at(LIKES);
    let matrices = [vectors(likes)?, vectors(background)?, vectors(&arrivals)?];
    println!("| part | median ms | lowest | highest |\n|---|---|---|---|");
    let mut spent: Vec<[Duration; 4]> = Vec::new();
    for _ in 0..arguments.rounds {
        let start = Instant::now();
        let mut lexicon = Lexicon::new(TermRule::default());
        let terms = [likes, &background[..WORDS], &arrivals[..]].map(|texts| lexicon.rows(texts));
        let read = Instant::now();
        let papers = |part: usize| Papers {
            vectors: &matrices[part],
            terms: Some(&terms[part]),
            placed: None,
        };
        let none = Embeddings::with_capacity(encoder.dimension(), 0);
        let empty = Lexicon::new(TermRule::default()).rows::<&str>([]);
        let set = TrainingSet {
            likes: papers(0),
            dislikes: Papers {
                vectors: &none,
                terms: Some(&empty),
                placed: None,
            },
            background: papers(1),
            space: None,
            newest_first: None,
        };
        let ranker = train(&set, &RankOptions::default())?;
        let trained = Instant::now();
        let ranked = ranker.rank(papers(2))?;
        let done = Instant::now();
        ensure!(ranked.len() == ARRIVALS, "every arrival has a place");
        spent.push([read - start, trained - read, done - trained, done - start]);
    }
    for (part, name) in ["reading words", "training", "ranking", "all"]
        .iter()
        .enumerate()
    {
        let mut values: Vec<f64> = spent
            .iter()
            .map(|row| row[part].as_secs_f64() * 1e3)
            .collect();
        values.sort_by(f64::total_cmp);
        let (middle, last) = (values[values.len() / 2], values[values.len() - 1]);
        println!("| {name} | {middle:.1} | {:.1} | {last:.1} |", values[0]);
    }
    Ok(())
}

fn texts(path: &Path, count: usize) -> Result<Vec<String>> {
    let reader = BufReader::new(zstd::Decoder::new(fs_err::File::open(path)?)?);
    let mut texts = Vec::with_capacity(count);
    for line in reader.lines().take(count) {
        let paper: JudgedPaper = serde_json::from_str(&line?)?;
        texts.push(paper_text(&paper.title, &paper.abstract_text));
    }
    ensure!(
        texts.len() == count,
        "{} has too few papers",
        path.display()
    );
    Ok(texts)
}

fn encode(encoder: &dyn Encoder, texts: &[String]) -> Result<Embeddings> {
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let mut vectors = Embeddings::with_capacity(encoder.dimension(), texts.len());
    for vector in encoder.encode(&texts, Role::Document) {
        vectors.push(&vector?)?;
    }
    Ok(vectors)
}
