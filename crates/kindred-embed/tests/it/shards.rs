//! Weights in several files and in half precision.

use std::collections::BTreeMap;

use kindred_core::Role;
use kindred_embed::{ModelError, WeightsError};
use safetensors::tensor::{Dtype, TensorView};
use safetensors::{SafeTensors, serialize};

use crate::support::{Model, largest_difference};

const TEXT: &str = "A graph network predicts the energy of small molecules from their bonds.";
const INDEX: &str = "model.safetensors.index.json";

fn shard_name(number: usize) -> String {
    format!("model-0000{}-of-00002.safetensors", number + 1)
}

/// Bytes and shapes of tensors by name.
type Shard = BTreeMap<String, (Vec<u8>, Vec<usize>)>;

fn bytes_of(values: impl Iterator<Item = f32>, kind: Dtype) -> Vec<u8> {
    if kind == Dtype::F16 {
        let halves = values.map(half::f16::from_f32);
        halves.flat_map(half::f16::to_le_bytes).collect()
    } else if kind == Dtype::BF16 {
        let halves = values.map(half::bf16::from_f32);
        halves.flat_map(half::bf16::to_le_bytes).collect()
    } else {
        values.flat_map(f32::to_le_bytes).collect()
    }
}

/// Splits the weights of a model into two files of numbers of type `kind`.
fn split(model: &Model, kind: Dtype) {
    split_as(model, kind, str::to_owned);
}

/// The same with other names for the tensors.
fn split_as(model: &Model, kind: Dtype, rename: impl Fn(&str) -> String) {
    let bytes = model.read("model.safetensors");
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let mut shards: [Shard; 2] = Default::default();
    let mut places = BTreeMap::new();
    let mut names = tensors.names();
    names.sort_unstable();
    for (number, name) in names.into_iter().enumerate() {
        let tensor = tensors.tensor(name).unwrap();
        let (values, _) = tensor.data().as_chunks::<4>();
        let values = values.iter().map(|value| f32::from_le_bytes(*value));
        let data = bytes_of(values, kind);
        let name = rename(name);
        shards[number % 2].insert(name.clone(), (data, tensor.shape().to_vec()));
        places.insert(name, shard_name(number % 2));
    }
    for (number, shard) in shards.iter().enumerate() {
        let views = shard.iter().map(|(name, (data, shape))| {
            let view = TensorView::new(kind, shape.clone(), data).unwrap();
            (name.as_str(), view)
        });
        model.write(&shard_name(number), serialize(views, None).unwrap());
    }
    model.remove("model.safetensors");
    let index = serde_json::json!({"metadata": {"total_size": 1}, "weight_map": places});
    model.write(INDEX, index.to_string());
}

fn vector(model: &Model) -> Vec<f32> {
    let encoder = model.load().unwrap();
    let vector = encoder.encode(&[TEXT], Role::Document).remove(0).unwrap();
    vector.as_slice().to_vec()
}

#[test]
fn shards_of_any_float_give_the_vectors_of_the_whole() {
    for name in ["tiny-qwen3", "tiny-nomic-bert"] {
        let expected = vector(&Model::copy_of(name));
        for (kind, least, most) in [
            (Dtype::F32, -1.0, 0.0),
            (Dtype::F16, 0.0, 5e-3),
            (Dtype::BF16, 0.0, 5e-2),
        ] {
            let model = Model::copy_of(name);
            split(&model, kind);
            let difference = largest_difference(&vector(&model), &expected);
            assert!(
                difference > least && difference <= most,
                "{name}, {kind:?}: {difference:e}"
            );
        }
    }
}

#[test]
fn the_first_names_of_norms_are_known() {
    let expected = vector(&Model::copy_of("tiny-bert-mean"));
    let model = Model::copy_of("tiny-bert-mean");
    split_as(&model, Dtype::F32, |name| {
        let name = name.replace("LayerNorm.weight", "LayerNorm.gamma");
        name.replace("LayerNorm.bias", "LayerNorm.beta")
    });
    assert!(largest_difference(&vector(&model), &expected) <= 0.0);
}

#[test]
fn a_missing_shard_is_named() {
    let model = Model::copy_of("tiny-qwen3");
    split(&model, Dtype::F32);
    model.remove(&shard_name(1));
    let error = model.load().unwrap_err();
    assert!(
        matches!(&error, ModelError::Missing { file, .. } if *file == shard_name(1)),
        "{error}"
    );
}

#[test]
fn an_index_that_does_not_fit_its_shards_is_refused() {
    let model = Model::copy_of("tiny-qwen3");
    split(&model, Dtype::F32);
    let index = model.read(INDEX);
    let fault = |model: &Model| match model.load() {
        Err(ModelError::Weights { path, source }) => (path, source),
        other => panic!("expected a fault in the weights, found {other:?}"),
    };
    model.change(INDEX, |json| {
        json["weight_map"]["norm.weight"] = shard_name(1).into();
        json["weight_map"]["embed_tokens.weight"] = shard_name(1).into();
    });
    let (path, _) = fault(&model);
    assert!(path.ends_with(shard_name(0)), "{}", path.display());
    model.write(INDEX, &index);
    model.change(INDEX, |json| {
        json["weight_map"]["absent.weight"] = shard_name(0).into();
    });
    let (_, error) = fault(&model);
    assert!(matches!(&error, WeightsError::MissingTensor { name } if name == "absent.weight"));
    model.write(INDEX, &index);
    model.change(INDEX, |json| {
        json["weight_map"]["absent.weight"] = "../outside.safetensors".into();
    });
    assert!(model.load().unwrap_err().to_string().contains("outside"));
}
