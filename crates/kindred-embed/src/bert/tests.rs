use std::path::{Path, PathBuf};

use super::*;
use crate::architecture::{Activation, Architecture};
use crate::families::Transformer;
use crate::layout::Family;
use crate::model::{TokenModel, TokenSlice};
use crate::pooling::Pooling;
use crate::source::ModelSource;
use crate::weights::WeightFiles;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(name)
}

fn both(
    folder: &Path,
    pooling: Pooling,
    change: impl Fn(&mut Architecture),
) -> (PackedBert, CandleBert) {
    let source = ModelSource::folder(folder).unwrap();
    let files = WeightFiles::read(&source, "").unwrap();
    let transformer = Transformer::read(&source, "", Family::Bert, &files).unwrap();
    let mut architecture = transformer.architecture().clone();
    change(&mut architecture);
    let device = candle_core::Device::Cpu;
    let tensors = transformer.tensors(&files, &device).unwrap();
    let packed = PackedBert::new(tensors.clone(), &architecture, pooling).unwrap();
    (
        packed,
        CandleBert::new(tensors, &architecture, pooling, &device).unwrap(),
    )
}

/// Token ids of texts of the given lengths, the same in every run.
fn texts(lengths: &[usize], vocabulary: u32) -> Vec<Vec<u32>> {
    let mut state = 12_345_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) % vocabulary
    };
    lengths
        .iter()
        .map(|&length| (0..length).map(|_| next()).collect())
        .collect()
}

fn forward(model: &dyn TokenModel, texts: &[Vec<u32>]) -> Vec<f32> {
    let slices: Vec<TokenSlice<'_>> = texts
        .iter()
        .map(|ids| TokenSlice { ids, skip: 0 })
        .collect();
    let mut out = vec![0.0; texts.len() * model.width()];
    model.forward(&slices, &mut out).unwrap();
    out
}

fn largest_difference(left: &[f32], right: &[f32]) -> f32 {
    assert_eq!(left.len(), right.len());
    let differences = left.iter().zip(right).map(|(a, b)| (a - b).abs());
    differences.fold(0.0, |largest, x| if x <= largest { largest } else { x })
}

#[test]
fn packed_equals_candle_on_a_tiny_bert() {
    let texts = texts(&[1, 64, 3, 17, 2, 48, 33], 100);
    let activations = [Activation::Gelu, Activation::GeluTanh, Activation::Relu];
    for (activation, pooling) in
        activations
            .into_iter()
            .zip([Pooling::Mean, Pooling::Cls, Pooling::Max])
    {
        let change = |architecture: &mut Architecture| architecture.activation = activation;
        let (packed, candle) = both(&fixture("tiny-bert-mean"), pooling, change);
        let difference = largest_difference(&forward(&packed, &texts), &forward(&candle, &texts));
        assert!(difference <= 1e-5, "{activation:?}: {difference:e}");
    }
}

#[test]
fn packed_equals_candle_on_minilm() {
    let folder =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/third-party/all-MiniLM-L6-v2");
    if !folder.join("model.safetensors").exists() {
        eprintln!("skipped: no all-MiniLM-L6-v2, `bash models/fetch-reference.sh` fetches it");
        return;
    }
    let texts = texts(&[1, 5, 511, 64, 129, 256, 47], 30_000);
    let (packed, candle) = both(&folder, Pooling::Mean, |_| {});
    let difference = largest_difference(&forward(&packed, &texts), &forward(&candle, &texts));
    assert!(difference <= 1e-5, "{difference:e}");
}

#[test]
fn a_text_has_the_same_bits_in_any_batch() {
    let texts = texts(&[5, 64, 1, 30, 7, 63, 2, 2, 19], 100);
    let (packed, _) = both(&fixture("tiny-bert-cls"), Pooling::Mean, |_| {});
    let together = forward(&packed, &texts);
    let mut backwards = texts.clone();
    backwards.reverse();
    let reversed = forward(&packed, &backwards);
    let width = packed.width();
    for (number, text) in texts.iter().enumerate() {
        let alone = forward(&packed, std::slice::from_ref(text));
        assert_eq!(&together[number * width..][..width], alone);
        let from_end = texts.len() - 1 - number;
        assert_eq!(&reversed[from_end * width..][..width], alone);
    }
}
