//! The vectors are those of the Python library.

use std::path::Path;

use kindred_core::{EncodeError, Encoder, Role};
use kindred_embed::{BuiltIn, LoadOptions, load_folder};
use serde::Deserialize;

use crate::support::{
    Reference, encode, fixture, largest_difference, minilm, normalized, root, shared, texts_of,
};

/// Largest difference of a component that is allowed.
const TOLERANCE: f32 = 1e-5;

#[derive(Deserialize)]
struct Expected {
    max_tokens: usize,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    text: String,
    blank: bool,
    vector: Vec<f32>,
}

fn assert_parity(encoder: &dyn Encoder, reference: &str, papers: &Path) {
    let reference = Reference::read(reference);
    let texts = texts_of(papers, &reference.ids);
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let vectors = encode(encoder, &texts);
    let mut worst = 0.0_f32;
    for ((vector, expected), id) in vectors.iter().zip(&reference.vectors).zip(&reference.ids) {
        let difference = largest_difference(vector, &normalized(expected));
        assert!(
            difference <= TOLERANCE,
            "{id} differs by {difference:e}; if the model or the texts changed, \
             models/reference/make_reference.py makes the vectors anew"
        );
        worst = worst.max(difference);
    }
    eprintln!(
        "{}: {} texts, largest difference {worst:e}",
        encoder.name(),
        texts.len()
    );
}

#[test]
fn minilm_gives_the_vectors_of_the_python_library_on_the_sample() {
    let Some(folder) = minilm() else { return };
    let encoder = load_folder(&folder, &LoadOptions::default()).unwrap();
    let sample = root().join("data/sample.jsonl");
    assert_parity(&*encoder, "all-minilm-l6-v2.sample.safetensors", &sample);
}

#[test]
fn minilm_gives_the_vectors_of_the_python_library_on_real_abstracts() {
    let Some(folder) = minilm() else { return };
    let Some(corpus) = shared("corpus/arxiv-recent.jsonl.zst") else {
        return;
    };
    let encoder = load_folder(&folder, &LoadOptions::default()).unwrap();
    assert_parity(&*encoder, "all-minilm-l6-v2.parity.safetensors", &corpus);
}

#[test]
fn built_in_encoders_give_the_vectors_of_the_python_library_on_the_sample() {
    let sample = root().join("data/sample.jsonl");
    for built_in in BuiltIn::ALL {
        let encoder = built_in.load(&LoadOptions::default()).unwrap();
        assert_parity(
            &*encoder,
            &format!("{built_in}.sample.safetensors"),
            &sample,
        );
    }
}

#[test]
fn built_in_encoders_give_the_vectors_of_the_python_library_on_real_abstracts() {
    let Some(corpus) = shared("corpus/arxiv-recent.jsonl.zst") else {
        return;
    };
    for built_in in BuiltIn::ALL {
        let encoder = built_in.load(&LoadOptions::default()).unwrap();
        assert_parity(
            &*encoder,
            &format!("{built_in}.parity.safetensors"),
            &corpus,
        );
    }
}

#[test]
fn tiny_models_give_the_vectors_of_the_python_library() {
    for name in ["tiny-bert-mean", "tiny-bert-cls"] {
        let encoder = load_folder(&fixture(name), &LoadOptions::default()).unwrap();
        let expected = fs_err::read(fixture(&format!("{name}.expected.json"))).unwrap();
        let expected: Expected = serde_json::from_slice(&expected).unwrap();
        assert_eq!(encoder.max_tokens(), Some(expected.max_tokens));
        let texts: Vec<&str> = expected
            .cases
            .iter()
            .map(|case| case.text.as_str())
            .collect();
        let vectors = encoder.encode(&texts, Role::Document);
        for (vector, case) in vectors.into_iter().zip(&expected.cases) {
            if case.blank {
                assert!(
                    matches!(vector, Err(EncodeError::NoTokens)),
                    "{:?}",
                    case.text
                );
                continue;
            }
            let vector = vector.unwrap();
            let difference = largest_difference(vector.as_slice(), &normalized(&case.vector));
            assert!(
                difference <= TOLERANCE,
                "{name}, {:?}: {difference:e}",
                case.text
            );
        }
    }
}
