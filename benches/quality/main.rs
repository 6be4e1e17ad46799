//! Quality of encoders, search and rankers on real judgements.
//!
//! `cargo run --release -p kindred-benches --bin quality -- --data DIR [--encoder FOLDER]` runs the
//! protocols that DIR's own description defines, on any data in its layout, and prints Markdown.
//! Vectors are cached by encoder and text, so an interrupted run goes on where it stopped.

use std::path::PathBuf;

use anyhow::Result;
use clap::{Parser, ValueEnum};
use kindred_core::Encoder;
use kindred_embed::{Dtype, LoadOptions};

mod arrivals;
mod asking;
mod bibliographies;
mod calibration;
mod citations;
mod claims;
mod data;
mod interests;
mod lists;
mod pool;
mod rankers;
mod results;
mod screening;
mod table;
mod titles;
mod topics;
mod vectors;

use kindred_rank::ScoreCandidates;
use rankers::{Field, rankers};
use results::{Comparison, Results};
use table::Table;
use topics::SetName;
use vectors::VectorCache;

/// What to run.
#[derive(Debug, Parser)]
struct Arguments {
    /// Folder with `eval/` and `corpus/`
    #[arg(long, default_value = "../shared/data")]
    data: PathBuf,
    /// A sentence-transformers folder, or `built-in` (may be repeated)
    #[arg(long, default_values_t = ["built-in".to_owned()])]
    encoder: Vec<String>,
    /// Numbers that the encoders compute with: f32, bf16, mixed or int8 (may be repeated). The
    /// claims are then ranked by vectors alone, without a library
    #[arg(long, value_delimiter = ',')]
    dtype: Vec<Dtype>,
    /// Tokens that the encoders read of a text (default: as the models say); claims as above
    #[arg(long)]
    max_tokens: Option<usize>,
    /// Which protocols (default: all)
    #[arg(long, value_enum, value_delimiter = ',')]
    task: Vec<Task>,
    /// Where vectors are kept between runs
    #[arg(long, default_value = "target/quality-vectors")]
    cache: PathBuf,
    /// Arrivals of the authors protocol that are no one's positives: keep one in this many
    #[arg(long, default_value_t = 1)]
    thin: usize,
    /// Which rankers protocols of ranking compare
    #[arg(long, value_enum, default_value_t = Field::Baselines)]
    rankers: Field,
    /// Where results of single rankers are kept between runs
    #[arg(long, default_value = "target/quality-results")]
    results: PathBuf,
    /// Where the sets of the topics protocol lie, and under `results/` what the peers found there
    #[arg(long, default_value = "target/topics")]
    topics: PathBuf,
    /// Which sets of the topics protocol (default: all)
    #[arg(long, value_enum, value_delimiter = ',')]
    topic_set: Vec<SetName>,
    /// Also write the tables of rankers as JSON
    #[arg(long)]
    json: Option<PathBuf>,
}

/// What every protocol of ranking needs.
#[derive(Debug)]
struct Bench<'a> {
    encoder: String,
    fingerprint: String,
    cache: &'a VectorCache<'a>,
    rankers: Vec<Box<dyn ScoreCandidates>>,
    results: Results,
}

impl Bench<'_> {
    /// Names what a ranker's result depends on.
    fn key(&self, task: &str, ranker: &dyn ScoreCandidates, sizes: &(usize, usize)) -> String {
        let revision = env!("CARGO_PKG_VERSION");
        format!(
            "{revision} {} {task} {ranker:?} {sizes:?}",
            self.fingerprint
        )
    }

    #[expect(clippy::print_stderr, reason = "a benchmark shows how far it is")]
    fn progress(&self, task: &str, ranker: &str) {
        eprintln!("{}: {task}: {ranker}", self.encoder);
    }
}

/// A protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Task {
    /// Cited papers among all others.
    Citations,
    /// Abstracts that bear on a claim: by meaning, by words, fused.
    Claims,
    /// Later additions of `CiteULike` users among new arrivals.
    Arrivals,
    /// The same by size of the known library.
    Sizes,
    /// Later papers of researchers among new arrivals.
    Authors,
    /// Records that belong to a systematic review.
    Screening,
    /// The same, trained again after every ten records read.
    Active,
    /// Next additions to reference lists.
    Bibliographies,
    /// Probabilities of the arrivals protocol against what was kept.
    Calibration,
    /// The abstract that belongs to a title.
    Titles,
    /// What diversity and balance between interests cost and bring.
    Lists,
    /// What eight answers teach, by how the papers are chosen.
    Asking,
    /// Whether the interests of a mixed set are found.
    Interests,
    /// Claims again, over the parameters of the fusion (only when named).
    Fusion,
    /// No protocol: the vectors of all evaluation papers, for those that follow (only when named).
    Vectors,
    /// Topics against categories, and what they cost, beside the peers' (only when named).
    Topics,
    /// No protocol: papers and vectors of the topics protocol, for the peers (only when named).
    TopicSets,
}

impl Task {
    const ALL: [Self; 13] = [
        Self::Citations,
        Self::Claims,
        Self::Arrivals,
        Self::Sizes,
        Self::Authors,
        Self::Screening,
        Self::Active,
        Self::Bibliographies,
        Self::Calibration,
        Self::Titles,
        Self::Lists,
        Self::Asking,
        Self::Interests,
    ];
}

#[expect(clippy::print_stdout, reason = "a benchmark prints its table")]
fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let tasks = if arguments.task.is_empty() {
        Task::ALL.to_vec()
    } else {
        arguments.task.clone()
    };
    let mut comparisons = Vec::new();
    for name in &arguments.encoder {
        let dtypes: &[Dtype] = if arguments.dtype.is_empty() {
            &[Dtype::F32]
        } else {
            &arguments.dtype
        };
        for &dtype in dtypes {
            let (table, tables) = measure(&arguments, &tasks, name, dtype)?;
            if !table.is_empty() {
                println!("{table}");
            }
            for comparison in &tables {
                println!("{comparison}");
            }
            comparisons.extend(tables);
        }
    }
    if let Some(path) = &arguments.json {
        fs_err::write(path, serde_json::to_string_pretty(&comparisons)?)?;
    }
    Ok(())
}

/// Runs the protocols with one encoder.
fn measure(
    arguments: &Arguments,
    tasks: &[Task],
    name: &str,
    dtype: Dtype,
) -> Result<(Table, Vec<Comparison>)> {
    let options = LoadOptions {
        dtype,
        max_tokens: arguments.max_tokens,
        ..LoadOptions::default()
    };
    let as_stored = arguments.dtype.is_empty() && arguments.max_tokens.is_none();
    let encoder = load(name, &options)?;
    let cache = VectorCache::open(&arguments.cache, encoder.as_ref())?;
    let label = if as_stored {
        encoder.name().to_owned()
    } else {
        let tokens = encoder.max_tokens();
        let limit = tokens.map_or_else(String::new, |tokens| format!(", {tokens} tokens"));
        format!("{}, {dtype}{limit}", encoder.name())
    };
    let mut table = Table::new(&label);
    let bench = Bench {
        encoder: label,
        fingerprint: encoder.fingerprint().to_string(),
        cache: &cache,
        rankers: rankers(arguments.rankers),
        results: Results::open(&arguments.results)?,
    };
    let mut comparisons = Vec::new();
    for &task in tasks {
        let data = &arguments.data;
        let compared = match task {
            Task::Arrivals => arrivals::citeulike(data, &bench)?,
            Task::Sizes => arrivals::citeulike_sizes(data, &bench)?,
            Task::Authors => arrivals::authors(data, &bench, arguments.thin)?,
            Task::Screening => screening::run(data, &bench)?,
            Task::Active => screening::active(data, &bench)?,
            Task::Bibliographies => bibliographies::run(data, &bench)?,
            Task::Lists => lists::run(data, &bench)?,
            Task::Asking => asking::run(data, &bench, arguments.thin)?,
            Task::Calibration
            | Task::Interests
            | Task::Citations
            | Task::Claims
            | Task::Titles
            | Task::Fusion
            | Task::Vectors
            | Task::Topics
            | Task::TopicSets => Vec::new(),
        };
        comparisons.extend(compared);
        let rows = match task {
            Task::Citations => citations::run(&arguments.data, &cache)?,
            Task::Claims if as_stored => claims::run(&arguments.data, name)?,
            Task::Claims => claims::by_vectors(&arguments.data, &cache)?,
            Task::Arrivals
            | Task::Sizes
            | Task::Authors
            | Task::Screening
            | Task::Active
            | Task::Bibliographies
            | Task::Lists
            | Task::Asking => Vec::new(),
            Task::Calibration => calibration::run(&arguments.data, &bench)?,
            Task::Interests => interests::run(&arguments.data, &bench, arguments.thin)?,
            Task::Titles => titles::run(&arguments.data, &cache)?,
            Task::Fusion => claims::fusion_grid(&arguments.data, name)?,
            Task::Vectors => vectors::fill(&arguments.data, &cache)?,
            Task::Topics | Task::TopicSets => {
                let encoder = (&cache, bench.encoder.as_str());
                topics(arguments, encoder, task == Task::Topics)?;
                Vec::new()
            }
        };
        table.extend(rows);
    }
    Ok((table, comparisons))
}

/// Draws the sets of the topics protocol, and measures on them if that is wanted.
fn topics(
    arguments: &Arguments,
    encoder: (&VectorCache<'_>, &str),
    is_measured: bool,
) -> Result<()> {
    let sets = if arguments.topic_set.is_empty() {
        &SetName::ALL[..]
    } else {
        &arguments.topic_set
    };
    topics::export(&arguments.data, encoder, &arguments.topics, sets)?;
    if is_measured {
        topics::run(&arguments.topics, sets)?;
    }
    Ok(())
}

fn load(name: &str, options: &LoadOptions) -> Result<Box<dyn Encoder>> {
    Ok(if name == "built-in" {
        kindred_embed::built_in_with(options)?
    } else {
        kindred_embed::load_folder(name.as_ref(), options)?
    })
}
