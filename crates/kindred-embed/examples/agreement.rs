//! How far the vectors of each number type and level of instructions are from those of 32-bit
//! floats.
//!
//! ```text
//! cargo run --release -p kindred-embed --example agreement -- MODEL_FOLDER PAPERS.jsonl [COUNT] [all]
//! ```
//!
//! Encodes the first COUNT (default 200) papers that have an abstract and prints the least and the
//! mean cosine to the vectors of 32-bit floats in AVX-512 or, where that is not there, at the best
//! level, and the largest difference of a component. With `all` every level is shown, else the best.

#[path = "common/papers.rs"]
mod papers;

use std::error::Error;
use std::io::Write;
use std::path::Path;

use kindred_core::{Role, UnitVector};
use kindred_embed::{Dtype, Instructions, LoadOptions, load_folder};
use papers::read;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let model = arguments.next().ok_or("which model? a folder")?;
    let papers = arguments.next().ok_or("which papers? a JSON Lines file")?;
    let count = arguments.next().map_or(Ok(200), |count| count.parse())?;
    let all = arguments.next().is_some_and(|word| word == "all");
    let texts = read(Path::new(&papers), count)?;
    let plain = Instructions::best().min(Instructions::Avx512);
    let reference = encode(&model, &texts, Dtype::F32, plain)?;
    let mut out = std::io::stdout().lock();
    for dtype in Dtype::ALL {
        for level in Instructions::ALL {
            if !level.is_there() || !(all || level == Instructions::best()) {
                continue;
            }
            let vectors = encode(&model, &texts, dtype, level)?;
            let (mut least, mut sum, mut largest) = (f64::MAX, 0.0, 0.0_f32);
            for (vector, reference) in vectors.iter().zip(&reference) {
                let pairs = || vector.as_slice().iter().zip(reference.as_slice());
                let cosine: f64 = pairs().map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
                least = least.min(cosine);
                sum += cosine;
                largest = pairs().fold(largest, |largest, (a, b)| largest.max((a - b).abs()));
            }
            let mean = sum / vectors.len() as f64;
            writeln!(
                out,
                "{dtype} {level}: cosine least {least:.6}, mean {mean:.6}; component {largest:.1e}"
            )?;
        }
    }
    Ok(())
}

fn encode(
    model: &str,
    texts: &[String],
    dtype: Dtype,
    instructions: Instructions,
) -> Result<Vec<UnitVector>, Box<dyn Error>> {
    let options = LoadOptions {
        dtype,
        instructions: Some(instructions),
        ..LoadOptions::default()
    };
    let encoder = load_folder(Path::new(model), &options)?;
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let vectors = encoder.encode(&texts, Role::Document);
    Ok(vectors.into_iter().collect::<Result<_, _>>()?)
}
