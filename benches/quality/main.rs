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
mod citations;
mod claims;
mod data;
mod table;
mod titles;
mod vectors;

use table::Table;
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
    /// Also print the arrivals by size of the known library
    #[arg(long)]
    sizes: bool,
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
    /// Later papers of researchers among new arrivals.
    Authors,
    /// The abstract that belongs to a title.
    Titles,
    /// Claims again, over the parameters of the fusion (only when named).
    Fusion,
}

impl Task {
    const ALL: [Self; 5] = [
        Self::Citations,
        Self::Claims,
        Self::Arrivals,
        Self::Authors,
        Self::Titles,
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
    for name in &arguments.encoder {
        if arguments.dtype.is_empty() {
            println!("{}", measure(&arguments, &tasks, name, Dtype::F32)?);
        }
        for &dtype in &arguments.dtype {
            println!("{}", measure(&arguments, &tasks, name, dtype)?);
        }
    }
    Ok(())
}

/// Runs the protocols with one encoder.
fn measure(arguments: &Arguments, tasks: &[Task], name: &str, dtype: Dtype) -> Result<Table> {
    let options = LoadOptions {
        dtype,
        max_tokens: arguments.max_tokens,
        ..LoadOptions::default()
    };
    let as_stored = arguments.dtype.is_empty() && arguments.max_tokens.is_none();
    let encoder = load(name, &options)?;
    let cache = VectorCache::open(&arguments.cache, encoder.as_ref())?;
    let mut table = Table::new(&if as_stored {
        encoder.name().to_owned()
    } else {
        let tokens = encoder.max_tokens();
        let limit = tokens.map_or_else(String::new, |tokens| format!(", {tokens} tokens"));
        format!("{}, {dtype}{limit}", encoder.name())
    });
    for &task in tasks {
        let rows = match task {
            Task::Citations => citations::run(&arguments.data, &cache)?,
            Task::Claims if as_stored => claims::run(&arguments.data, name)?,
            Task::Claims => claims::by_vectors(&arguments.data, &cache)?,
            Task::Arrivals => arrivals::citeulike(&arguments.data, &cache, arguments.sizes)?,
            Task::Authors => arrivals::authors(&arguments.data, &cache, arguments.thin)?,
            Task::Titles => titles::run(&arguments.data, &cache)?,
            Task::Fusion => claims::fusion_grid(&arguments.data, name)?,
        };
        table.extend(rows);
    }
    Ok(table)
}

fn load(name: &str, options: &LoadOptions) -> Result<Box<dyn Encoder>> {
    Ok(if name == "built-in" {
        kindred_embed::built_in_with(options)?
    } else {
        kindred_embed::load_folder(name.as_ref(), options)?
    })
}
