//! `MPNet`: `model_type` `mpnet` (`all-mpnet-base-v2`, `multi-qa-mpnet-base`).
//!
//! Scores get a learnt number for each head and distance, the same in all layers, and tokens a
//! learnt vector for their place as well. Places begin at row 2 of the table.

use candle_core::IndexOp;
use serde::Deserialize;

use super::Configuration;
use super::settings::{
    self, MAX_LAYERS, MAX_VOCABULARY, MAX_WIDTH, check_heads, check_positive, check_sizes,
};
use super::tensors::{LayerNames, Named, TableBuilder, library};
use crate::architecture::{
    Activation, Architecture, LayerKind, NormKind, NormPlacement, Positions, TransformerWeights,
};
use crate::error::WeightsError;
use crate::weights::TensorTable;

/// What the names of all layers begin with.
const LAYERS: &str = "encoder.layer";
const LAYER_NAMES: LayerNames = LayerNames {
    query: "attention.attn.q",
    key: "attention.attn.k",
    value: "attention.attn.v",
    output: "attention.attn.o",
    attention_norm: "attention.LayerNorm",
    up: "intermediate.dense",
    outer: "output.dense",
    feed_forward_norm: "output.LayerNorm",
};

/// What the Python library computes with, whatever the configuration says.
const BUCKETS: usize = 32;
const MAX_DISTANCE: usize = 128;
/// Row of the first token's position; the padding token of this family is always 1.
const OFFSET: usize = 2;

/// The settings of the forward pass.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct MpnetConfig {
    vocab_size: usize,
    hidden_size: usize,
    num_hidden_layers: usize,
    num_attention_heads: usize,
    intermediate_size: usize,
    #[serde(deserialize_with = "settings::activation")]
    hidden_act: Activation,
    max_position_embeddings: usize,
    #[serde(default = "default_epsilon")]
    layer_norm_eps: f64,
    #[serde(default = "default_buckets")]
    relative_attention_num_buckets: usize,
}

fn default_epsilon() -> f64 {
    1e-12
}

fn default_buckets() -> usize {
    BUCKETS
}

impl MpnetConfig {
    /// Checks the settings.
    pub(super) fn check(&self) -> Result<(), String> {
        let (hidden, heads) = (self.hidden_size, self.num_attention_heads);
        let positions = self.max_position_embeddings;
        check_sizes(&[
            ("vocab_size", self.vocab_size, MAX_VOCABULARY),
            ("hidden_size", hidden, MAX_WIDTH),
            ("num_hidden_layers", self.num_hidden_layers, MAX_LAYERS),
            ("num_attention_heads", heads, hidden),
            ("intermediate_size", self.intermediate_size, MAX_WIDTH),
            ("max_position_embeddings", positions, MAX_WIDTH),
        ])?;
        check_heads("hidden_size", hidden, heads)?;
        check_positive("layer_norm_eps", self.layer_norm_eps, 1.0)?;
        if positions <= OFFSET {
            return Err(format!(
                "`max_position_embeddings` is {positions}, expected more than {OFFSET}"
            ));
        }
        if self.relative_attention_num_buckets != BUCKETS {
            let found = self.relative_attention_num_buckets;
            return Err(format!(
                "`relative_attention_num_buckets` is {found}, supported is {BUCKETS}"
            ));
        }
        Ok(())
    }
}

impl Configuration for MpnetConfig {
    fn architecture(&self) -> Architecture {
        Architecture {
            hidden: self.hidden_size,
            heads: self.num_attention_heads,
            key_value_heads: self.num_attention_heads,
            head_size: self.hidden_size / self.num_attention_heads,
            inner: self.intermediate_size,
            activation: self.hidden_act,
            norm: NormKind::Layer,
            placement: NormPlacement::After,
            epsilon: settings::narrow(self.layer_norm_eps),
            positions: Positions::RelativeBias {
                buckets: BUCKETS,
                max_distance: MAX_DISTANCE,
            },
            causal: false,
            layers: vec![LayerKind::default(); self.num_hidden_layers],
            max_tokens: self.max_position_embeddings - OFFSET,
        }
    }

    fn vocabulary(&self) -> usize {
        self.vocab_size
    }

    fn prefix(&self) -> &'static str {
        "mpnet."
    }

    fn is_head(&self, name: &str) -> bool {
        name.starts_with("lm_head.") || name.starts_with("classifier.")
    }

    fn table(&self) -> TensorTable {
        let (hidden, inner) = (self.hidden_size, self.intermediate_size);
        let positions = self.max_position_embeddings;
        let mut table = TableBuilder::default();
        table.tensor(
            "embeddings.word_embeddings.weight",
            &[self.vocab_size, hidden],
        );
        table.tensor(
            "embeddings.position_embeddings.weight",
            &[positions, hidden],
        );
        table.norm("embeddings.LayerNorm", hidden, true);
        let heads = self.num_attention_heads;
        table.tensor("encoder.relative_attention_bias.weight", &[BUCKETS, heads]);
        for layer in 0..self.num_hidden_layers {
            let name = |part: &str| format!("encoder.layer.{layer}.{part}");
            for part in ["q", "k", "v", "o"] {
                table.linear(
                    &name(&format!("attention.attn.{part}")),
                    hidden,
                    hidden,
                    true,
                );
            }
            table.norm(&name("attention.LayerNorm"), hidden, true);
            table.linear(&name("intermediate.dense"), inner, hidden, true);
            table.linear(&name("output.dense"), hidden, inner, true);
            table.norm(&name("output.LayerNorm"), hidden, true);
        }
        table.ignored_linear("pooler.dense", hidden, hidden);
        table.ignored("embeddings.position_ids", &[Some(1), Some(positions)]);
        table.finish()
    }

    fn weights(&self, tensors: &mut Named) -> Result<TransformerWeights, WeightsError> {
        let positions = tensors.take("embeddings.position_embeddings.weight")?;
        let layers = 0..self.num_hidden_layers;
        Ok(TransformerWeights {
            words: tensors.take("embeddings.word_embeddings.weight")?,
            places: Some(positions.i(OFFSET..).map_err(library)?),
            token_type: None,
            relative_bias: Some(tensors.take("encoder.relative_attention_bias.weight")?),
            embedding_norm: Some(tensors.norm("embeddings.LayerNorm")?),
            layers: layers
                .map(|layer| LAYER_NAMES.take(tensors, LAYERS, layer))
                .collect::<Result<_, _>>()?,
            final_norm: None,
        })
    }
}
