//! Texts per CPU-second on one thread.
//!
//! ```text
//! cargo run --release -p kindred-embed --example throughput -- MODEL PAPERS.jsonl [COUNT] [DTYPE] [INSTRUCTIONS]
//! ```
//!
//! Reads the first COUNT (default 200) papers that have an abstract, from plain JSON Lines or
//! `.zst`, and encodes them with a built-in encoder, by its name, or the model in a folder.
//! Tokenising, pooling and normalising are inside the measured time; loading is not. CPU time is
//! that of this process.

#[path = "common/clock.rs"]
mod clock;
#[path = "common/papers.rs"]
mod papers;

use std::error::Error;
use std::io::Write;
use std::path::Path;

use clock::cpu_seconds;
use kindred_core::Role;
use kindred_embed::{Dtype, LoadOptions, load_named};
use papers::read;

const REPEATS: usize = 5;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let model = arguments
        .next()
        .ok_or("which model? `kindred-small`, `kindred-static` or a folder")?;
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
    let encoder = load_named(&model, &options)?;
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
