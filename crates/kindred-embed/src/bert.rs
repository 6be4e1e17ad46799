//! The BERT family: its configuration, its tensors and how it is computed on each device.

mod candle;
mod config;
pub(crate) mod generic;
#[cfg(any())]
mod packed;

use std::collections::HashMap;

use candle_core::Tensor;

pub(crate) use self::candle::CandleBert;
pub(crate) use self::config::{Activation, BertConfig};
use crate::error::{ModelError, WeightsError};
use crate::weights::{TensorSpec, TensorTable, WeightFiles};

/// Prefix of the tensors of checkpoints that were saved with a head.
const HEAD_PREFIX: &str = "bert.";

/// The tensors of a BERT as they were loaded.
pub(crate) type BertTensors = HashMap<String, Tensor>;

/// Holds the weights against the configuration and returns the prefix of the tensors' names.
pub(crate) fn check_weights(
    files: &WeightFiles,
    config: &BertConfig,
) -> Result<&'static str, ModelError> {
    let tensors = files.tensors()?;
    let has_prefix = tensors.keys().any(|name| name.starts_with(HEAD_PREFIX));
    let prefix = if has_prefix { HEAD_PREFIX } else { "" };
    files.check_except(prefix, &tensor_table(config), is_head)?;
    Ok(prefix)
}

/// Loads what the forward pass needs.
pub(crate) fn load_tensors(
    files: &WeightFiles,
    prefix: &str,
    device: &candle_core::Device,
) -> Result<BertTensors, ModelError> {
    files.load(prefix, device, |name| {
        !is_head(name) && !name.starts_with("pooler.") && name != "embeddings.position_ids"
    })
}

/// Whether a tensor belongs to a head that sentence vectors do not use.
fn is_head(name: &str) -> bool {
    name.starts_with("cls.") || name.starts_with("classifier.")
}

/// The tensors that the configuration asks for.
fn tensor_table(config: &BertConfig) -> TensorTable {
    let (hidden, inner) = (config.hidden_size, config.intermediate_size);
    let mut table = TensorTable::new();
    let mut add = |name: String, shape: &[usize]| {
        table.insert(name, TensorSpec::required(shape));
    };
    add(
        "embeddings.word_embeddings.weight".to_owned(),
        &[config.vocab_size, hidden],
    );
    let positions = config.max_position_embeddings;
    add(
        "embeddings.position_embeddings.weight".to_owned(),
        &[positions, hidden],
    );
    add(
        "embeddings.token_type_embeddings.weight".to_owned(),
        &[config.type_vocab_size, hidden],
    );
    add("embeddings.LayerNorm.weight".to_owned(), &[hidden]);
    add("embeddings.LayerNorm.bias".to_owned(), &[hidden]);
    for layer in 0..config.num_hidden_layers {
        let mut linear = |part: &str, rows: usize, columns: usize| {
            add(
                format!("encoder.layer.{layer}.{part}.weight"),
                &[rows, columns],
            );
            add(format!("encoder.layer.{layer}.{part}.bias"), &[rows]);
        };
        for part in ["query", "key", "value"] {
            linear(&format!("attention.self.{part}"), hidden, hidden);
        }
        linear("attention.output.dense", hidden, hidden);
        linear("intermediate.dense", inner, hidden);
        linear("output.dense", hidden, inner);
        for part in ["attention.output.LayerNorm", "output.LayerNorm"] {
            add(format!("encoder.layer.{layer}.{part}.weight"), &[hidden]);
            add(format!("encoder.layer.{layer}.{part}.bias"), &[hidden]);
        }
    }
    let square = [Some(hidden), Some(hidden)];
    table.insert(
        "pooler.dense.weight".to_owned(),
        TensorSpec::ignored(&square),
    );
    table.insert(
        "pooler.dense.bias".to_owned(),
        TensorSpec::ignored(&square[..1]),
    );
    let numbers = TensorSpec::ignored(&[Some(1), Some(positions)]);
    table.insert("embeddings.position_ids".to_owned(), numbers);
    table
}

/// Takes a tensor's numbers out of the map.
fn take(tensors: &mut BertTensors, name: &str) -> Result<Vec<f32>, WeightsError> {
    let tensor = tensors
        .remove(name)
        .ok_or_else(|| WeightsError::MissingTensor {
            name: name.to_owned(),
        })?;
    tensor
        .flatten_all()
        .and_then(|flat| flat.to_vec1())
        .map_err(|source| WeightsError::Library { source })
}

#[cfg(any())]
mod tests;
