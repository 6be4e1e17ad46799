use std::path::{Path, PathBuf};

use candle_core::{Device, Tensor};

use super::*;
use crate::architecture::{
    Activation, LayerKind, LayerWeights, LinearWeights, NormKind, NormWeights, Positions,
};
use crate::families::Transformer;
use crate::layout::Layout;
use crate::reference::ReferenceModel;
use crate::source::ModelSource;
use crate::weights::WeightFiles;

const FIXTURES: [&str; 9] = [
    "tiny-bert-mean",
    "tiny-distilbert",
    "tiny-modernbert",
    "tiny-mpnet",
    "tiny-nomic-bert",
    "tiny-qwen3",
    "tiny-roberta",
    "tiny-specter2",
    "tiny-xlm-roberta",
];
const VOCABULARY: usize = 50;
const MAX_TOKENS: usize = 512;

/// The levels that this machine has.
fn levels() -> impl Iterator<Item = Instructions> {
    Instructions::ALL
        .into_iter()
        .filter(|level| level.is_there())
}

fn texts(lengths: &[u32]) -> Vec<Vec<u32>> {
    let text = |length: &u32| {
        (0..*length)
            .map(|place| 5 + (place * 7 + length) % 40)
            .collect()
    };
    lengths.iter().map(text).collect()
}

/// Vectors of the texts, scaled to length one.
fn encode(model: &dyn TokenModel, texts: &[Vec<u32>]) -> Vec<Vec<f32>> {
    let slices: Vec<TokenSlice<'_>> = texts
        .iter()
        .map(|ids| TokenSlice { ids, skip: 0 })
        .collect();
    let mut out = vec![0.0; texts.len() * model.width()];
    model.forward(&slices, &mut out).unwrap();
    let unit = |vector: &[f32]| {
        let square: f32 = vector.iter().map(|value| value * value).sum();
        let length = square.sqrt();
        vector.iter().map(|value| value / length).collect()
    };
    out.chunks_exact(model.width()).map(unit).collect()
}

fn largest_difference(found: &[Vec<f32>], expected: &[Vec<f32>]) -> f32 {
    let pairs = found.iter().flatten().zip(expected.iter().flatten());
    pairs.fold(0.0, |largest, (found, expected)| {
        largest.max((found - expected).abs())
    })
}

fn least_cosine(found: &[Vec<f32>], expected: &[Vec<f32>]) -> f32 {
    let cosines = found.iter().zip(expected).map(|(found, expected)| {
        let products = found.iter().zip(expected);
        products.map(|(left, right)| left * right).sum::<f32>()
    });
    cosines.fold(1.0, f32::min)
}

#[test]
fn every_family_is_what_candle_computes() {
    for name in FIXTURES {
        let folder: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/fixtures")
            .join(name);
        let source = ModelSource::folder(&folder).unwrap();
        let layout = Layout::read(&source).unwrap();
        let files = WeightFiles::read(&source, "").unwrap();
        let transformer = Transformer::read(&source, "", layout.family, &files).unwrap();
        let weights = || transformer.load(&files, &Device::Cpu).unwrap();
        let architecture = transformer.architecture();
        let texts = texts(&[1, 30, 7, 64, 2, 33]);
        let reference =
            ReferenceModel::new(architecture.clone(), weights(), Pooling::Mean, Device::Cpu);
        let expected = encode(&reference, &texts);
        for level in levels() {
            let packed = PackedTransformer::new(
                architecture.clone(),
                weights(),
                Pooling::Mean,
                Dtype::F32,
                level,
            )
            .unwrap();
            let worst = largest_difference(&encode(&packed, &texts), &expected);
            assert!(worst <= 1e-5, "{name}, {level}: {worst:e}");
        }
    }
}

/// Hidden size, heads, heads of keys and values, components of a head, inner size.
type Sizes = (usize, usize, usize, usize, usize);

/// Sizes of models that people use, their inner layers narrowed, and awkward ones.
const SIZES: [Sizes; 7] = [
    (256, 8, 8, 32, 512),
    (384, 12, 12, 32, 768),
    (768, 12, 12, 64, 1024),
    (1024, 16, 8, 128, 512),
    (256, 4, 2, 80, 300),
    (40, 5, 1, 8, 72),
    (18, 2, 2, 9, 33),
];

/// Numbers that look random, evenly spread over `[-bound, bound]`.
struct Noise(u64);

impl Noise {
    fn tensor(&mut self, shape: &[usize], bound: f32) -> Tensor {
        let count = shape.iter().product();
        let values: Vec<f32> = (0..count)
            .map(|_| {
                self.0 = self
                    .0
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                ((self.0 >> 40) as f32 / (1 << 23) as f32 - 1.0) * bound
            })
            .collect();
        Tensor::from_vec(values, shape, &Device::Cpu).unwrap()
    }

    fn linear(&mut self, outputs: usize, inputs: usize) -> LinearWeights {
        let bound = 1.5 / (inputs as f32).sqrt();
        LinearWeights {
            weight: self.tensor(&[outputs, inputs], bound),
            bias: Some(self.tensor(&[outputs], 0.1)),
        }
    }

    fn norm(&mut self, width: usize) -> NormWeights {
        let weight = (self.tensor(&[width], 0.2) + 1.0).unwrap();
        NormWeights {
            weight,
            bias: Some(self.tensor(&[width], 0.1)),
        }
    }
}

fn random_model((hidden, heads, shared, head, inner): Sizes) -> (Architecture, TransformerWeights) {
    const LAYERS: usize = 2;
    let architecture = Architecture {
        hidden,
        heads,
        key_value_heads: shared,
        head_size: head,
        inner,
        activation: Activation::Gelu,
        norm: NormKind::Layer,
        placement: NormPlacement::After,
        epsilon: 1e-12,
        positions: Positions::Learnt,
        causal: false,
        layers: vec![LayerKind::default(); LAYERS],
        max_tokens: MAX_TOKENS,
    };
    let mut noise = Noise(7);
    let layers = (0..LAYERS).map(|_| LayerWeights {
        query: noise.linear(heads * head, hidden),
        key: noise.linear(shared * head, hidden),
        value: noise.linear(shared * head, hidden),
        query_norm: None,
        key_norm: None,
        output: noise.linear(hidden, heads * head),
        attention_norm: Some(noise.norm(hidden)),
        gate: None,
        up: noise.linear(inner, hidden),
        outer: noise.linear(hidden, inner),
        adapter: None,
        feed_forward_norm: noise.norm(hidden),
    });
    let layers = layers.collect();
    let weights = TransformerWeights {
        words: noise.tensor(&[VOCABULARY, hidden], 1.0),
        places: Some(noise.tensor(&[MAX_TOKENS, hidden], 0.5)),
        token_type: None,
        relative_bias: None,
        embedding_norm: Some(noise.norm(hidden)),
        layers,
        final_norm: None,
    };
    (architecture, weights)
}

#[test]
fn models_of_real_sizes_are_what_candle_computes() {
    for sizes in SIZES {
        let (architecture, weights) = random_model(sizes);
        // Long texts make candle and the portable level slow; two sizes are enough for them.
        let lengths: &[u32] = match sizes.0 {
            384 | 40 => &[1, 2, 16, 65, 511],
            _ => &[1, 2, 16, 65],
        };
        let texts = texts(lengths);
        let model = |dtype, level| {
            let (architecture, weights) = (architecture.clone(), weights.clone());
            PackedTransformer::new(architecture, weights, Pooling::Mean, dtype, level).unwrap()
        };
        let reference = ReferenceModel::new(
            architecture.clone(),
            weights.clone(),
            Pooling::Mean,
            Device::Cpu,
        );
        let expected = encode(&reference, &texts);
        for level in levels() {
            let exact = encode(&model(Dtype::F32, level), &texts);
            let worst = largest_difference(&exact, &expected);
            assert!(worst <= 1e-5, "{sizes:?}, {level}: {worst:e}");
            for (dtype, bar) in [
                (Dtype::Bf16, 0.9998),
                (Dtype::Mixed, 0.998),
                (Dtype::Int8, 0.998),
            ] {
                let cosine = least_cosine(&encode(&model(dtype, level), &texts), &expected);
                assert!(cosine >= bar, "{sizes:?}, {level}, {dtype}: {cosine}");
            }
        }
    }
}
