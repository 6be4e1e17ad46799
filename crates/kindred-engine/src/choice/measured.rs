//! Which numbers a transformer computes with where nobody asked for any.

use kindred_core::{Role, UnitVector, paper_text};
use kindred_embed::{Dtype, LoadOptions};
use serde::Deserialize;

use super::{ModelOrigin, load};
use crate::EngineError;

/// Papers written for this project, of many fields.
const SAMPLE: &str = include_str!("../../../../data/sample.jsonl");
/// Texts that are encoded to find out; each costs a fraction of a second with a usual model.
const TEXTS: usize = 16;
/// The number types from the quickest to the most exact, and the cosine to 32-bit floats that each
/// must keep on every text. At these bounds no ranking of `docs/BENCHMARKS.md` loses more than 0.3
/// points of nDCG. Models with a few huge activations keep far less in 8 bits.
const LADDER: [(Dtype, f32); 3] = [
    (Dtype::Int8, 0.998),
    (Dtype::Mixed, 0.998),
    (Dtype::Bf16, 0.999),
];

/// A number type, and what it keeps of the vectors.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Measured {
    pub(super) dtype: Dtype,
    /// Least cosine to the vectors of 32-bit floats.
    pub(super) cosine: f32,
}

impl Measured {
    /// Says what was found, for people.
    pub(super) fn note(self) -> String {
        let Self { dtype, cosine } = self;
        if dtype == Dtype::F32 {
            return format!("computes in {dtype}: it loses too much in quicker number types");
        }
        format!(
            "computes in {dtype}, its vectors keep a cosine of {cosine:.4} or more to those of \
             f32 ({TEXTS} texts); `--dtype f32` is exact and slower"
        )
    }
}

#[derive(Deserialize)]
struct SamplePaper {
    title: String,
    #[serde(rename = "abstract")]
    abstract_text: String,
}

/// Encodes a few papers of the sample with the model at `origin` in one number type after another,
/// and returns the quickest that keeps enough.
///
/// # Errors
/// If the model cannot be loaded, or a text cannot be encoded in 32-bit floats.
pub(super) fn quickest_dtype(
    origin: &ModelOrigin,
    options: &LoadOptions,
) -> Result<Measured, EngineError> {
    let texts = sample_texts();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let encode = |dtype| -> Result<Vec<UnitVector>, EngineError> {
        let options = LoadOptions {
            dtype,
            ..options.clone()
        };
        let vectors = load(origin, &options)?.encode(&texts, Role::Document);
        let vectors = vectors.into_iter().collect::<Result<_, _>>();
        vectors.map_err(EngineError::Trial)
    };
    let exact = encode(Dtype::F32)?;
    for (dtype, least) in LADDER {
        // A number type that fails on a text is not the one to use.
        let Ok(found) = encode(dtype) else { continue };
        let pairs = exact.iter().zip(&found);
        let cosine = pairs.fold(1.0, |least: f32, (exact, found)| {
            least.min(exact.cosine(found).get())
        });
        if cosine >= least {
            return Ok(Measured { dtype, cosine });
        }
    }
    Ok(Measured {
        dtype: Dtype::F32,
        cosine: 1.0,
    })
}

/// Returns papers from all parts of the sample.
fn sample_texts() -> Vec<String> {
    let lines: Vec<&str> = SAMPLE.lines().collect();
    let step = (lines.len() / TEXTS).max(1);
    let chosen = lines.into_iter().step_by(step).take(TEXTS);
    chosen
        .map(|line| {
            let paper: SamplePaper = serde_json::from_str(line).expect("the sample is well formed");
            paper_text(&paper.title, &paper.abstract_text)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_has_enough_texts() {
        let texts = sample_texts();
        assert_eq!(texts.len(), TEXTS);
        assert!(texts.iter().all(|text| text.len() > 200), "{texts:?}");
    }
}
