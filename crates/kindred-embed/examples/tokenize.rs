//! Texts per CPU-second that are tokenised, by the `tokenizers` crate and by the path of this one.
//!
//! ```text
//! cargo run --release -p kindred-embed --example tokenize -- MODEL PAPERS.jsonl [COUNT]
//! ```
//!
//! Reads the first COUNT (default 2,000) papers that have an abstract, from plain JSON Lines or
//! `.zst`, and tokenises them on one thread with the tokenizer of a built-in encoder or of a folder,
//! both ways in turn. Ids are compared, and texts counted that the path leaves to the crate. CPU
//! time is that of this process.

#[path = "common/clock.rs"]
mod clock;
#[path = "common/papers.rs"]
mod papers;

use std::error::Error;
use std::hint::black_box;
use std::io::Write;
use std::path::Path;

use clock::cpu_seconds;
use kindred_embed::{BuiltIn, LoadOptions, ModelTokenizer};
use papers::read;

const REPEATS: usize = 5;
/// Rounds of the path for one of the crate, so that both are long enough to measure.
const PATH_ROUNDS: usize = 10;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let model = arguments
        .next()
        .ok_or("which model? `kindred-small`, `kindred-static` or a folder")?;
    let papers = arguments.next().ok_or("which papers? a JSON Lines file")?;
    let count = arguments.next().map_or(Ok(2_000), |count| count.parse())?;
    let texts = read(Path::new(&papers), count)?;
    let options = LoadOptions::default();
    let tokenizer = match model.parse::<BuiltIn>() {
        Ok(built_in) => ModelTokenizer::of_built_in(built_in, &options)?,
        Err(_) => ModelTokenizer::of_folder(Path::new(&model), &options)?,
    };
    let mut out = std::io::stdout().lock();
    let (mut different, mut left, mut tokens) = (0, 0, 0);
    for text in &texts {
        let ids = tokenizer.ids(text)?;
        different += usize::from(ids != tokenizer.library_ids(text)?);
        left += usize::from(tokenizer.needs_library(text));
        tokens += ids.len();
    }
    let number = texts.len();
    writeln!(
        out,
        "{number} texts, {:.1} tokens each, {left} left to the crate, {different} different",
        tokens as f64 / number as f64
    )?;
    let (mut crate_rates, mut path_rates) = (Vec::new(), Vec::new());
    for _ in 0..REPEATS {
        let start = cpu_seconds()?;
        for text in &texts {
            black_box(tokenizer.library_ids(text)?);
        }
        let middle = cpu_seconds()?;
        for text in texts.iter().cycle().take(PATH_ROUNDS * number) {
            black_box(tokenizer.ids(text)?);
        }
        let end = cpu_seconds()?;
        crate_rates.push(number as f64 / (middle - start));
        path_rates.push((PATH_ROUNDS * number) as f64 / (end - middle));
    }
    crate_rates.sort_by(f64::total_cmp);
    path_rates.sort_by(f64::total_cmp);
    for (name, rates) in [("tokenizers", &crate_rates), ("path", &path_rates)] {
        let (least, most, median) = (rates[0], rates[REPEATS - 1], rates[REPEATS / 2]);
        writeln!(
            out,
            "{name}: {median:.0} texts/CPU-s ({least:.0} to {most:.0})"
        )?;
    }
    let ratio = path_rates[REPEATS / 2] / crate_rates[REPEATS / 2];
    writeln!(out, "ratio of medians: {ratio:.1}")?;
    Ok(())
}
