//! Encoders that the training recipe made in miniature: `tests/run.sh` runs all of its stages on the
//! sample and lets the Python library encode the sample with what came out.

use kindred_core::Encoder;
use kindred_embed::{LoadOptions, load_folder};

use crate::support::{Reference, encode, largest_difference, normalized, root, texts_of};

/// Largest difference of a component that is allowed.
const TOLERANCE: f32 = 1e-5;

fn miniature(name: &str) -> Option<(Box<dyn Encoder>, Reference)> {
    let work = root().join("target/train-miniature");
    let vectors = work.join(format!("{name}.safetensors"));
    if !vectors.exists() {
        eprintln!("skipped: no miniature of {name}, `bash tests/run.sh` trains it");
        return None;
    }
    let folder = work.join("models").join(name);
    let encoder = load_folder(&folder, &LoadOptions::default()).unwrap();
    Some((encoder, Reference::read_file(&vectors)))
}

fn assert_equal_vectors(name: &str, dimension: usize) {
    let Some((encoder, reference)) = miniature(name) else {
        return;
    };
    assert_eq!(encoder.dimension(), dimension);
    let texts = texts_of(&root().join("data/sample.jsonl"), &reference.ids);
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    assert!(texts.len() > 30, "the sample has papers");
    let vectors = encode(&*encoder, &texts);
    for ((vector, expected), id) in vectors.iter().zip(&reference.vectors).zip(&reference.ids) {
        let difference = largest_difference(vector, &normalized(expected));
        assert!(difference <= TOLERANCE, "{id} differs by {difference:e}");
    }
    let apart = largest_difference(&vectors[0], &vectors[1]);
    assert!(apart > 1e-3, "different papers have different vectors");
}

#[test]
fn a_transformer_fresh_from_training_has_the_vectors_of_the_python_library() {
    assert_equal_vectors("kindred-small", 96);
}

#[test]
fn a_table_fresh_from_training_has_the_vectors_of_the_python_library() {
    assert_equal_vectors("kindred-static", 48);
}

/// Mean of a loss over the first and over the last ten steps.
fn ends(csv: &str, column: usize) -> (f64, f64) {
    let values: Vec<f64> = csv
        .lines()
        .skip(1)
        .map(|line| line.split(',').nth(column).unwrap().parse().unwrap())
        .collect();
    let mean = |part: &[f64]| part.iter().sum::<f64>() / part.len() as f64;
    (mean(&values[..10]), mean(&values[values.len() - 10..]))
}

#[test]
fn the_losses_of_the_miniature_training_fall() {
    for name in ["table", "transformer"] {
        let log = root().join(format!("target/train-miniature/{name}.csv"));
        let Ok(csv) = fs_err::read_to_string(&log) else {
            eprintln!("skipped: no {}", log.display());
            continue;
        };
        assert!(csv.starts_with("step,kind,vector,"), "{csv}");
        let (first, last) = ends(&csv, 2);
        assert!(
            last < 0.97 * first,
            "{name}: {first} at first, {last} at last"
        );
    }
}
