//! Every family in every number type, on every level of instructions that this machine has.

use std::path::Path;

use kindred_embed::{Dtype, Instructions, LoadOptions, inspect_folder, load_folder};

use crate::support::{Reference, encode, fixture, minilm, root, shared, texts_of};

/// The transformers among the fixtures.
const FIXTURES: [&str; 11] = [
    "tiny-bert-cls",
    "tiny-bert-mean",
    "tiny-distilbert",
    "tiny-modernbert",
    "tiny-mpnet",
    "tiny-nomic-bert",
    "tiny-pipeline",
    "tiny-qwen3",
    "tiny-roberta",
    "tiny-specter2",
    "tiny-xlm-roberta",
];

fn cosine(left: &[f32], right: &[f32]) -> f64 {
    let pairs = left.iter().zip(right);
    pairs.map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
}

fn vectors(folder: &Path, dtype: Dtype, level: Instructions, texts: &[&str]) -> Vec<Vec<f32>> {
    let options = LoadOptions {
        dtype,
        instructions: Some(level),
        ..LoadOptions::default()
    };
    encode(&*load_folder(folder, &options).unwrap(), texts)
}

/// Least cosine between the vectors of two runs.
fn least_cosine(left: &[Vec<f32>], right: &[Vec<f32>]) -> f64 {
    let pairs = left.iter().zip(right);
    let cosines = pairs.map(|(left, right)| cosine(left, right));
    cosines.fold(f64::INFINITY, f64::min)
}

fn levels() -> impl Iterator<Item = Instructions> {
    let all = Instructions::ALL.into_iter();
    all.filter(|level| level.is_there())
}

#[test]
fn families_agree_on_every_level_in_every_number_type() {
    let long = "Spectral gaps of random walks on sparse graphs with heavy tails. ".repeat(12);
    let texts = [
        "a",
        "Neutrino masses",
        "Deep residual networks for 3D images",
        &long,
    ];
    for name in FIXTURES {
        let folder = fixture(name);
        let exact = vectors(&folder, Dtype::F32, Instructions::Portable, &texts);
        for level in levels() {
            for dtype in Dtype::ALL {
                let found = vectors(&folder, dtype, level, &texts);
                let cosine = least_cosine(&exact, &found);
                // Random weights of a large spread: errors grow more than in trained models.
                let least = match dtype {
                    Dtype::F32 => 0.999_999_9,
                    Dtype::Bf16 => 0.998,
                    Dtype::Mixed | Dtype::Int8 => 0.98,
                };
                assert!(cosine >= least, "{name} {dtype} {level}: {cosine}");
            }
        }
    }
}

/// Holds every number type against 32-bit floats on the best instructions of this machine.
fn assert_number_types_keep_the_vectors(folder: &Path, texts: &[String]) {
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let best = Instructions::best();
    let exact = vectors(folder, Dtype::F32, best, &texts);
    for (dtype, least) in [
        (Dtype::Bf16, 0.9999),
        (Dtype::Mixed, 0.999),
        (Dtype::Int8, 0.998),
    ] {
        let found = vectors(folder, dtype, best, &texts);
        let cosine = least_cosine(&exact, &found);
        eprintln!(
            "{dtype} on {best}: least cosine {cosine:.6} of {}",
            texts.len()
        );
        assert!(cosine >= least, "{dtype}: {cosine}");
    }
}

/// Holds the levels that this machine has against each other in every number type.
fn assert_levels_agree(folder: &Path, texts: &[String]) {
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let best = Instructions::best();
    for dtype in Dtype::ALL {
        let expected = vectors(folder, dtype, best, &texts);
        // Plain Rust would take minutes; the small models above are enough for it.
        for level in levels().filter(|level| *level > Instructions::Portable) {
            let found = vectors(folder, dtype, level, &texts);
            let cosine = least_cosine(&expected, &found);
            eprintln!("{dtype} on {level} and {best}: least cosine {cosine:.7}");
            let least = match dtype {
                Dtype::F32 => 0.999_999_9,
                Dtype::Bf16 => 0.9999,
                // A rounding that falls the other way changes those behind it.
                Dtype::Mixed | Dtype::Int8 => 0.999,
            };
            assert!(cosine >= least, "{dtype}, {level}: {cosine}");
        }
    }
}

/// The first papers of the project's sample.
fn sample_texts(papers: usize) -> Vec<String> {
    let reference = Reference::read("kindred-small.sample.safetensors");
    texts_of(&root().join("data/sample.jsonl"), &reference.ids[..papers])
}

#[test]
fn the_built_in_transformer_keeps_its_vectors_in_every_number_type() {
    let folder = root().join("models/kindred-small");
    assert_number_types_keep_the_vectors(&folder, &sample_texts(40));
}

#[test]
fn the_built_in_transformer_gives_the_same_vectors_at_every_level() {
    let folder = root().join("models/kindred-small");
    assert_levels_agree(&folder, &sample_texts(10));
}

#[test]
fn minilm_keeps_its_vectors_in_every_number_type() {
    let Some(folder) = minilm() else { return };
    let Some(papers) = shared("corpus/arxiv-recent.jsonl.zst") else {
        return;
    };
    let reference = Reference::read("all-minilm-l6-v2.parity.safetensors");
    assert_number_types_keep_the_vectors(&folder, &texts_of(&papers, &reference.ids));
}

#[test]
fn minilm_gives_the_same_vectors_at_every_level() {
    let Some(folder) = minilm() else { return };
    let Some(papers) = shared("corpus/arxiv-recent.jsonl.zst") else {
        return;
    };
    let reference = Reference::read("all-minilm-l6-v2.parity.safetensors");
    assert_levels_agree(&folder, &texts_of(&papers, &reference.ids[..20]));
}

#[test]
fn each_number_type_has_a_fingerprint_of_its_own_and_levels_share_it() {
    let folder = fixture("tiny-bert-mean");
    let fingerprint = |dtype, instructions| {
        let options = LoadOptions {
            dtype,
            instructions,
            ..LoadOptions::default()
        };
        let encoder = load_folder(&folder, &options).unwrap();
        encoder.fingerprint().clone()
    };
    let all: Vec<_> = Dtype::ALL.map(|dtype| fingerprint(dtype, None)).to_vec();
    for (number, one) in all.iter().enumerate() {
        assert!(!all[..number].contains(one));
    }
    let portable = Some(Instructions::Portable);
    assert_eq!(
        fingerprint(Dtype::Bf16, portable),
        fingerprint(Dtype::Bf16, None)
    );
    let usual = inspect_folder(&folder).unwrap().fingerprint;
    assert_eq!(fingerprint(Dtype::F32, None), usual);
}

#[test]
fn a_name_that_is_no_number_type_or_level_is_refused_with_those_that_are() {
    let error = "fp8".parse::<Dtype>().unwrap_err().to_string();
    assert_eq!(
        error,
        "`fp8` is not a number type, expected f32, bf16, int8 or mixed"
    );
    let error = "sse".parse::<Instructions>().unwrap_err().to_string();
    assert!(error.contains("portable, avx2, avx512 or amx"), "{error}");
}
