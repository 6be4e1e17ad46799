//! Speed, memory and latency of our encoder on the texts of `benches/embed`; one JSON line.
//!
//! `benches/embed/run.sh` runs it in turn with the peers. Alone:
//! `cargo run --release -p kindred-benches --bin embed -- --model MODEL --texts FOLDER
//! --dtype int8 [--instructions LEVEL] [--max-tokens N] [--threads N] [--vectors FILE]
//! [--ceiling PEAKS]`.

use std::path::PathBuf;

use anyhow::{Context as _, Result, anyhow};
use clap::Parser;
use kindred_benches::{EncodingArguments, Engine, MatmulWork, Peaks, measure, report};
use kindred_core::{Encoder, Role, UnitVector};
use kindred_embed::{Dtype, Instructions, LoadOptions, load_named};
use serde_json::json;
use tokenizers::{Tokenizer, TruncationParams};

/// What to measure.
#[derive(Debug, Parser)]
struct Arguments {
    #[command(flatten)]
    encoding: EncodingArguments,
    /// Numbers to compute with: f32, bf16, mixed or int8
    #[arg(long, default_value_t)]
    dtype: Dtype,
    /// Instructions to use at most: portable, avx2, avx512 or amx (default: the best there are)
    #[arg(long)]
    instructions: Option<Instructions>,
    /// Measured rates of one core in GFLOP a second, `{"f32": N, "bf16": N, "int8": N}`: also say
    /// what share of the pure matrix products' ceiling was reached
    #[arg(long, value_name = "PEAKS")]
    ceiling: Option<PathBuf>,
}

struct Ours(Box<dyn Encoder>);

impl Ours {
    fn encode_as(&self, texts: &[&str], role: Role) -> Result<Vec<Vec<f32>>> {
        let vectors = self.0.encode(texts, role);
        let rows = vectors.into_iter().enumerate().map(|(row, vector)| {
            let vector: UnitVector = vector.with_context(|| format!("encoding text {row}"))?;
            Ok(vector.as_slice().to_vec())
        });
        rows.collect()
    }
}

impl Engine for Ours {
    fn encode(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>> {
        self.encode_as(texts, Role::Document)
    }

    fn encode_query(&self, text: &str) -> Result<Vec<f32>> {
        let vectors = self.encode_as(&[text], Role::Query)?;
        vectors.into_iter().next().context("one text, one vector")
    }
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let encoding = &arguments.encoding;
    let options = LoadOptions {
        dtype: arguments.dtype,
        instructions: arguments.instructions,
        max_tokens: Some(encoding.max_tokens),
        threads: Some(encoding.threads),
        ..LoadOptions::default()
    };
    let model = encoding.model.to_str().context("a path in UTF-8")?;
    let encoder = load_named(model, &options).context("loading the encoder")?;
    let mut line = measure(encoding, &Ours(encoder))?;
    line.insert("engine".into(), json!(format!("ours-{}", arguments.dtype)));
    if let Some(path) = &arguments.ceiling {
        let peaks = Peaks::read(path)?;
        let tokens = count_tokens(encoding)?;
        let work = MatmulWork::count(&encoding.model, &tokens)?;
        let cpu_s = line["cpu_s"].as_f64().context("seconds are a number")?;
        let ceiling = work.ceiling(arguments.dtype, &peaks, tokens.len(), cpu_s);
        line.insert("work".into(), serde_json::to_value(work)?);
        line.insert("ceiling".into(), serde_json::to_value(ceiling)?);
    }
    report(line);
    Ok(())
}

/// Returns the number of tokens of each text as the reference tokenizer counts them.
fn count_tokens(encoding: &EncodingArguments) -> Result<Vec<usize>> {
    let texts = encoding.read_texts()?;
    let tokenizer = Tokenizer::from_file(encoding.model.join("tokenizer.json"));
    let mut tokenizer = tokenizer.map_err(|error| anyhow!("reading the tokenizer: {error}"))?;
    let cut = TruncationParams {
        max_length: encoding.max_tokens,
        ..TruncationParams::default()
    };
    tokenizer.with_padding(None);
    tokenizer
        .with_truncation(Some(cut))
        .map_err(|error| anyhow!("setting the tokenizer's limit: {error}"))?;
    let count = |text: String| {
        let found = tokenizer.encode_fast(text, true);
        let found = found.map_err(|error| anyhow!("counting tokens: {error}"))?;
        Ok(found.len())
    };
    texts.into_iter().map(count).collect()
}
