//! What else is in a batch does not touch a text's vector.

use std::sync::LazyLock;

use kindred_core::{EncodeError, Encoder, Role};
use kindred_embed::{BuiltIn, LoadOptions, built_in, load_folder};
use proptest::prelude::*;

use crate::support::{fixture, minilm};

static TINY: LazyLock<Box<dyn Encoder>> =
    LazyLock::new(|| load_folder(&fixture("tiny-bert-mean"), &LoadOptions::default()).unwrap());
static SMALL: LazyLock<Box<dyn Encoder>> = LazyLock::new(|| built_in().unwrap());
static STATIC: LazyLock<Box<dyn Encoder>> =
    LazyLock::new(|| BuiltIn::Static.load(&LoadOptions::default()).unwrap());

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z .,$]{0,200}",
        "\\PC{0,40}",
        "(graph |noise |convex |\\$x_1\\$ ){0,60}",
        Just(" \n".to_owned()),
    ]
}

fn assert_batch_is_single(encoder: &dyn Encoder, texts: &[&str]) -> Result<(), TestCaseError> {
    let together = encoder.encode(texts, Role::Document);
    prop_assert_eq!(together.len(), texts.len());
    for (vector, text) in together.into_iter().zip(texts) {
        let alone = encoder.encode(&[text], Role::Document).remove(0);
        match (vector, alone) {
            (Ok(vector), Ok(alone)) => prop_assert_eq!(vector.as_slice(), alone.as_slice()),
            (Err(_), Err(_)) => {}
            (left, right) => prop_assert!(false, "{text:?}: {left:?} {right:?}"),
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_transformer_gives_the_same_bits_in_any_batch(
        texts in prop::collection::vec(text(), 1..80),
    ) {
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        assert_batch_is_single(&**TINY, &texts)?;
    }

    #[test]
    fn static_embeddings_give_the_same_bits_in_any_batch(
        texts in prop::collection::vec(text(), 1..80),
    ) {
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        assert_batch_is_single(&**STATIC, &texts)?;
    }
}

#[test]
fn the_built_in_transformer_gives_the_same_bits_in_any_batch() {
    assert_batch_is_single_on_real_texts(&**SMALL);
}

#[test]
fn minilm_gives_the_same_bits_in_any_batch() {
    let Some(folder) = minilm() else { return };
    let encoder = load_folder(&folder, &LoadOptions::default()).unwrap();
    assert_batch_is_single_on_real_texts(&*encoder);
}

fn assert_batch_is_single_on_real_texts(encoder: &dyn Encoder) {
    let long = "The spectral gap of a random regular graph. ".repeat(60);
    let texts = [
        "Graph theory",
        &long,
        "A",
        &long[..700],
        "Noise in quantum sensors.",
    ];
    assert_batch_is_single(encoder, &texts).unwrap();
}

#[test]
fn one_bad_text_does_not_stop_the_others() {
    for encoder in [&**TINY, &**SMALL, &**STATIC] {
        let results = encoder.encode(&["graph", "", "noise"], Role::Query);
        assert!(results[0].is_ok() && results[2].is_ok());
        assert!(matches!(results[1], Err(EncodeError::NoTokens)));
        assert!(encoder.encode(&[], Role::Query).is_empty());
    }
}

#[test]
fn a_huge_text_is_read_as_far_as_the_model_reads() {
    let huge = "graph noise ".repeat(200_000);
    let head = "graph noise ".repeat(300);
    let vectors = TINY.encode(&[&huge, &head], Role::Document);
    let vectors: Vec<_> = vectors.into_iter().map(Result::unwrap).collect();
    assert_eq!(vectors[0], vectors[1]);
    assert!(STATIC.encode(&[&huge], Role::Document).remove(0).is_ok());
}

#[test]
fn calls_from_many_threads_do_not_disturb_each_other() {
    let texts: Vec<String> = (0..64)
        .map(|number| format!("graph {number} of noise"))
        .collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let expected = TINY.encode(&texts, Role::Document);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for (vector, expected) in TINY.encode(&texts, Role::Document).iter().zip(&expected)
                {
                    assert_eq!(vector.as_ref().unwrap(), expected.as_ref().unwrap());
                }
            });
        }
    });
}

#[test]
fn an_own_pool_gives_the_same_vectors() {
    let options = LoadOptions {
        threads: Some(2),
        ..LoadOptions::default()
    };
    let encoder = load_folder(&fixture("tiny-bert-mean"), &options).unwrap();
    assert_eq!(encoder.fingerprint(), TINY.fingerprint());
    let texts = ["graph", "A graph network predicts the energy.", "noise"];
    let (own, shared) = (
        encoder.encode(&texts, Role::Query),
        TINY.encode(&texts, Role::Query),
    );
    for (own, shared) in own.into_iter().zip(shared) {
        assert_eq!(own.unwrap(), shared.unwrap());
    }
}
