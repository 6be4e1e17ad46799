//! Which numbers a transformer computes with where nobody asked for any.

use kindred_core::{Role, UnitVector, paper_text};
use kindred_embed::{Dtype, LoadOptions};
use serde::Deserialize;

use super::ModelOrigin;
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
        let vectors = origin.load(&options)?.encode(&texts, Role::Document);
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
    use std::path::{Path, PathBuf};

    use kindred_embed::BuiltIn;

    use super::*;
    use crate::choice::SMALL_DTYPE;

    #[test]
    fn the_sample_has_enough_texts() {
        let texts = sample_texts();
        assert_eq!(texts.len(), TEXTS);
        assert!(texts.iter().all(|text| text.len() > 200), "{texts:?}");
    }

    fn measured(folder: &Path) -> Measured {
        let origin = ModelOrigin::Folder(folder.to_owned());
        quickest_dtype(&origin, &LoadOptions::default()).unwrap()
    }

    fn fixture(name: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../kindred-embed/tests/fixtures")
            .join(name)
    }

    #[test]
    fn an_even_model_computes_in_8_bits() {
        let found = measured(&fixture("tiny-bert-mean"));
        assert_eq!(found.dtype, Dtype::Int8);
        assert!((0.998..1.0).contains(&found.cosine), "{found:?}");
        assert!(found.note().contains("int8"));
    }

    /// Gives each inner layer one output that is huge and is made nothing of, as trained models
    /// have them: 8 bits have no steps left for the others.
    fn with_huge_activations(weights: &mut [u8]) {
        let (length, rest) = weights.split_at_mut(8);
        let length = u64::from_le_bytes(length.try_into().unwrap());
        let (header, data) = rest.split_at_mut(usize::try_from(length).unwrap());
        let header: serde_json::Value = serde_json::from_slice(header).unwrap();
        for (name, tensor) in header.as_object().unwrap() {
            let number = |value: &serde_json::Value| usize::try_from(value.as_u64().unwrap());
            let is_outer = name.ends_with(".output.dense.weight") && !name.contains("attention");
            if name.ends_with("intermediate.dense.bias") {
                let start = number(&tensor["data_offsets"][0]).unwrap();
                data[start..start + 4].copy_from_slice(&3000.0_f32.to_le_bytes());
            } else if is_outer {
                let (start, end) = (&tensor["data_offsets"][0], &tensor["data_offsets"][1]);
                let inputs = number(&tensor["shape"][1]).unwrap();
                let rows = &mut data[number(start).unwrap()..number(end).unwrap()];
                for row in rows.chunks_exact_mut(4 * inputs) {
                    row[..4].fill(0);
                }
            }
        }
    }

    #[test]
    fn a_model_with_huge_activations_is_spared_8_bits() {
        let folder = tempfile::tempdir().unwrap();
        for entry in fs_err::read_dir(fixture("tiny-bert-mean")).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_dir() {
                let inner = folder.path().join(entry.file_name());
                fs_err::create_dir(&inner).unwrap();
                for entry in fs_err::read_dir(entry.path()).unwrap() {
                    let entry = entry.unwrap();
                    fs_err::copy(entry.path(), inner.join(entry.file_name())).unwrap();
                }
            } else {
                fs_err::copy(entry.path(), folder.path().join(entry.file_name())).unwrap();
            }
        }
        let file = folder.path().join("model.safetensors");
        let mut weights = fs_err::read(&file).unwrap();
        with_huge_activations(&mut weights);
        fs_err::write(&file, weights).unwrap();
        let found = measured(folder.path());
        eprintln!("{found:?}");
        assert!(
            !matches!(found.dtype, Dtype::Int8 | Dtype::Mixed),
            "{found:?}"
        );
    }

    #[test]
    fn kindred_small_computes_in_what_measuring_gives() {
        let origin = ModelOrigin::BuiltIn(BuiltIn::Small);
        let found = quickest_dtype(&origin, &LoadOptions::default()).unwrap();
        assert_eq!(found.dtype, SMALL_DTYPE, "{found:?}");
    }

    #[test]
    fn minilm_computes_in_8_bits() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let folder = root.join("models/third-party/all-MiniLM-L6-v2");
        if !folder.is_dir() {
            eprintln!("SKIPPED: {} is not there", folder.display());
            return;
        }
        let found = measured(&folder);
        assert_eq!(found.dtype, Dtype::Int8, "{found:?}");
    }
}
