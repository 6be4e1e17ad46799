//! Quality of encoders, search and rankers on real judgements.
//!
//! `cargo run --release -p kindred-benches --bin quality -- --data DIR [--encoder FOLDER]` runs the
//! protocols that DIR's own description defines, on any data in its layout, and prints Markdown.
//! Vectors are cached by encoder and text, so an interrupted run goes on where it stopped.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::Parser;
use kindred_embed::{Dtype, LoadOptions, load_named};

mod arrivals;
mod asking;
mod bibliographies;
mod calibration;
mod citations;
mod claims;
mod clusters;
mod data;
mod interests;
mod lists;
mod pool;
mod random;
mod rankers;
mod results;
mod screening;
mod source;
mod summary;
mod table;
mod tasks;
mod titles;
mod topics;
mod vectors;
mod words;

use rankers::{Field, Ranking, rankers};
use results::{Comparison, Results};
use source::Source;
use summary::Summary;
use table::{Row, Table};
use tasks::Task;
use topics::SetName;
use vectors::VectorCache;
use words::WordModel;

/// What to run.
#[derive(Debug, Parser)]
struct Arguments {
    /// Folder with `eval/` and `corpus/`
    #[arg(long, default_value = "../shared/data")]
    data: PathBuf,
    /// `kindred-small` (also `built-in`), `kindred-static`, a sentence-transformers folder, or a
    /// baseline that reads words: `tf-idf`, `lsa`, `bm25` (may be repeated). Baselines are fitted to
    /// the papers of each task; tasks that they cannot do are left out
    #[arg(long, default_values_t = ["built-in".to_owned()])]
    encoder: Vec<String>,
    /// Numbers that the encoders compute with: f32, bf16, mixed or int8 (may be repeated). The
    /// claims are then ranked by vectors alone, without a library
    #[arg(long, value_delimiter = ',')]
    dtype: Vec<Dtype>,
    /// Tokens that the encoders read of a text (default: as the models say); claims as above
    #[arg(long)]
    max_tokens: Option<usize>,
    /// Dimensions that are kept of each vector (may be repeated; default: all); claims as above
    #[arg(long, value_delimiter = ',')]
    dimension: Vec<usize>,
    /// Which protocols (default: all; those of the summary with `--summary`)
    #[arg(long, value_enum, value_delimiter = ',')]
    task: Vec<Task>,
    /// Also print one line for each task: the first measure of each encoder, and how far it lies
    /// above the second encoder. Claims are then ranked by vectors alone, without a library
    #[arg(long)]
    summary: bool,
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
    /// Which sets of the topics and clusters protocols (default: all)
    #[arg(long, value_enum, value_delimiter = ',')]
    topic_set: Vec<SetName>,
    /// Also write the tables of rankers as JSON
    #[arg(long)]
    json: Option<PathBuf>,
}

impl Arguments {
    fn topic_sets(&self) -> &[SetName] {
        if self.topic_set.is_empty() {
            &SetName::ALL
        } else {
            &self.topic_set
        }
    }
}

/// What every protocol needs.
#[derive(Debug)]
struct Bench<'a> {
    encoder: String,
    fingerprint: String,
    source: Source<'a>,
    rankers: Vec<Ranking>,
    results: Results,
}

impl Bench<'_> {
    /// Names what a ranker's result depends on.
    fn key(&self, task: &str, ranker: &Ranking, sizes: &(usize, usize)) -> String {
        let revision = env!("CARGO_PKG_VERSION");
        format!(
            "{revision} {} {task} {} {sizes:?}",
            self.fingerprint,
            ranker.key()
        )
    }

    /// Names what a result without a ranker depends on, the names and sizes of the files of its
    /// folder among it.
    fn search_key(&self, task: &str, folder: &Path) -> Result<String> {
        let revision = env!("CARGO_PKG_VERSION");
        let mut files = Vec::new();
        for entry in fs_err::read_dir(folder)? {
            let entry = entry?;
            files.push((entry.file_name(), entry.metadata()?.len()));
        }
        files.sort();
        Ok(format!("{revision} {} {task} {files:?}", self.fingerprint))
    }

    #[expect(clippy::print_stderr, reason = "a benchmark shows how far it is")]
    fn progress(&self, task: &str, ranker: &str) {
        eprintln!("{}: {task}: {ranker}", self.encoder);
    }
}

#[expect(clippy::print_stdout, reason = "a benchmark prints its table")]
fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let tasks = match (&arguments.task[..], arguments.summary) {
        ([], true) => &Task::SUMMARY[..],
        ([], false) => &Task::ALL,
        (named, _) => named,
    };
    let mut comparisons = Vec::new();
    let mut summary = Summary::default();
    for name in &arguments.encoder {
        let is_words = WordModel::named(name).is_some();
        let dtypes: &[Dtype] = if arguments.dtype.is_empty() || is_words {
            &[Dtype::F32]
        } else {
            &arguments.dtype
        };
        let all = [None];
        let kept: Vec<Option<usize>> = arguments.dimension.iter().copied().map(Some).collect();
        let kept = if kept.is_empty() || is_words {
            &all[..]
        } else {
            &kept
        };
        let computed = dtypes
            .iter()
            .flat_map(|dtype| kept.iter().map(move |k| (*dtype, *k)));
        for (dtype, truncate_dimension) in computed {
            let options = LoadOptions {
                dtype,
                max_tokens: arguments.max_tokens,
                truncate_dimension,
                ..LoadOptions::default()
            };
            let (table, tables) = measure(&arguments, tasks, name, &options)?;
            if !table.is_empty() {
                println!("{table}");
            }
            for comparison in &tables {
                println!("{comparison}");
            }
            summary.add(table.encoder(), table.rows(), &tables);
            comparisons.extend(tables);
        }
    }
    if arguments.summary {
        println!("{summary}");
    }
    if let Some(path) = &arguments.json {
        fs_err::write(path, serde_json::to_string_pretty(&comparisons)?)?;
    }
    Ok(())
}

/// Runs the protocols with one encoder or model of words.
fn measure(
    arguments: &Arguments,
    tasks: &[Task],
    name: &str,
    options: &LoadOptions,
) -> Result<(Table, Vec<Comparison>)> {
    if let Some(model) = WordModel::named(name) {
        let bench = Bench {
            encoder: name.to_owned(),
            fingerprint: model.fingerprint(),
            rankers: rankers(arguments.rankers, &Source::Words(model)),
            source: Source::Words(model),
            results: Results::open(&arguments.results)?,
        };
        return measure_tasks(arguments, tasks, &bench, None);
    }
    let as_stored = arguments.dtype.is_empty()
        && arguments.max_tokens.is_none()
        && options.truncate_dimension.is_none();
    let encoder = load_named(name, options)?;
    let source = Source::Encoder(VectorCache::open(&arguments.cache, encoder.as_ref())?);
    let bench = Bench {
        encoder: if as_stored {
            encoder.name().to_owned()
        } else {
            let tokens = encoder.max_tokens();
            let limit = tokens.map_or_else(String::new, |tokens| format!(", {tokens} tokens"));
            let kept = options.truncate_dimension;
            let kept = kept.map_or_else(String::new, |kept| format!(", {kept} dimensions"));
            format!("{}, {}{limit}{kept}", encoder.name(), options.dtype)
        },
        fingerprint: encoder.fingerprint().to_string(),
        rankers: rankers(arguments.rankers, &source),
        source,
        results: Results::open(&arguments.results)?,
    };
    let in_library = as_stored && !arguments.summary;
    measure_tasks(arguments, tasks, &bench, in_library.then_some(name))
}

/// Runs the protocols that the source has what it takes for; `stored` is the encoder that a
/// library would find.
fn measure_tasks(
    arguments: &Arguments,
    tasks: &[Task],
    bench: &Bench<'_>,
    stored: Option<&str>,
) -> Result<(Table, Vec<Comparison>)> {
    let mut table = Table::new(&bench.encoder);
    let mut comparisons = Vec::new();
    for &task in tasks {
        if task.reads(&bench.source) {
            comparisons.extend(compare_rankers(arguments, task, bench)?);
            table.extend(measure_rows(arguments, task, bench, stored)?);
        } else {
            bench.progress(&format!("{task:?}"), "left out");
        }
    }
    Ok((table, comparisons))
}

/// Runs a protocol that compares rankers; others give nothing.
fn compare_rankers(
    arguments: &Arguments,
    task: Task,
    bench: &Bench<'_>,
) -> Result<Vec<Comparison>> {
    let data = &arguments.data;
    match task {
        Task::Arrivals => arrivals::citeulike(data, bench),
        Task::Sizes => arrivals::citeulike_sizes(data, bench),
        Task::Authors => arrivals::authors(data, bench, arguments.thin),
        Task::Screening => screening::run(data, bench),
        Task::Active => screening::active(data, bench),
        Task::Bibliographies => bibliographies::run(data, bench),
        Task::Lists => lists::run(data, bench),
        Task::Asking => asking::run(data, bench, arguments.thin),
        Task::Calibration
        | Task::Interests
        | Task::Citations
        | Task::Claims
        | Task::Titles
        | Task::Clusters
        | Task::Fusion
        | Task::Vectors
        | Task::Topics
        | Task::TopicSets => Ok(Vec::new()),
    }
}

/// Runs a protocol that gives rows; others give nothing.
fn measure_rows(
    arguments: &Arguments,
    task: Task,
    bench: &Bench<'_>,
    stored: Option<&str>,
) -> Result<Vec<Row>> {
    let data = &arguments.data;
    match (task, stored) {
        (Task::Citations, _) => citations::run(data, bench),
        (Task::Claims, Some(name)) => claims::run(data, name),
        (Task::Claims, None) => claims::without_library(data, bench),
        (Task::Calibration, _) => calibration::run(data, bench),
        (Task::Interests, _) => interests::run(data, bench, arguments.thin),
        (Task::Titles, _) => titles::run(data, bench),
        (Task::Clusters, _) => clusters::run(data, bench, arguments.topic_sets()),
        (Task::Fusion, Some(name)) => claims::fusion_grid(data, name),
        (Task::Fusion, None) => bail!("the fusion is that of a library: leave number types out"),
        (Task::Vectors, _) => vectors::fill(data, bench.source.encoder()?),
        (Task::Topics | Task::TopicSets, _) => {
            let encoder = (bench.source.encoder()?, bench.encoder.as_str());
            topics(arguments, encoder, task == Task::Topics)?;
            Ok(Vec::new())
        }
        (
            Task::Arrivals
            | Task::Sizes
            | Task::Authors
            | Task::Screening
            | Task::Active
            | Task::Bibliographies
            | Task::Lists
            | Task::Asking,
            _,
        ) => Ok(Vec::new()),
    }
}

/// Draws the sets of the topics protocol, and measures on them if that is wanted.
fn topics(
    arguments: &Arguments,
    encoder: (&VectorCache<'_>, &str),
    is_measured: bool,
) -> Result<()> {
    let sets = arguments.topic_sets();
    topics::export(&arguments.data, encoder, &arguments.topics, sets)?;
    if is_measured {
        topics::run(&arguments.topics, sets)?;
    }
    Ok(())
}
