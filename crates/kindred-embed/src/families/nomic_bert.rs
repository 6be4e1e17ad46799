//! Nomic's BERT: `model_type` `nomic_bert` (`nomic-embed-text-v1` and `v1.5`,
//! `snowflake-arctic-embed-m-long`).
//!
//! A BERT whose positions rotate and whose feed-forward block has a gate; its configuration has
//! the names of GPT-2. The mixture of experts of v2 is another architecture and refused.

use candle_core::IndexOp;
use serde::Deserialize;
use serde_json::Value;

use super::Configuration;
use super::settings::{
    self, MAX_LAYERS, MAX_POSITIONS, MAX_VOCABULARY, MAX_WIDTH, check_heads, check_positive,
    check_sizes, shortened,
};
use super::tensors::{Named, TableBuilder, library, split};
use crate::architecture::{
    Activation, Architecture, LayerKind, LayerWeights, NormKind, NormPlacement, Positions,
    TransformerWeights,
};
use crate::error::WeightsError;
use crate::weights::TensorTable;

/// The Python library rounds the width of a feed-forward block up to a multiple of this.
const INNER_STEP: usize = 256;
/// Settings that must be off (`false`, `null` or 0) or left out, since they change what is
/// computed.
const OFF: [&str; 11] = [
    "causal",
    "moe_every_n_layers",
    "norm_mlp",
    "parallel_block",
    "prenorm",
    "rotary_emb_interleaved",
    "rotary_emb_scale_base",
    "rotary_head_dim",
    "scale_attn_by_inverse_layer_idx",
    "use_rms_norm",
    "num_shared_experts",
];

/// The settings of the forward pass.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct NomicBertConfig {
    vocab_size: usize,
    n_embd: usize,
    n_layer: usize,
    n_head: usize,
    n_inner: usize,
    n_positions: usize,
    activation_function: String,
    layer_norm_epsilon: f64,
    type_vocab_size: usize,
    rotary_emb_base: f64,
    rotary_emb_fraction: f64,
    #[serde(default)]
    rotary_scaling_factor: Option<f64>,
    #[serde(default = "default_trained")]
    max_trained_positions: usize,
    #[serde(default = "yes")]
    qkv_proj_bias: bool,
    #[serde(default = "yes")]
    mlp_fc1_bias: bool,
    #[serde(default = "yes")]
    mlp_fc2_bias: bool,
    #[serde(default = "one")]
    pad_vocab_size_multiple: usize,
    #[serde(flatten)]
    other: std::collections::BTreeMap<String, Value>,
}

fn yes() -> bool {
    true
}

fn one() -> usize {
    1
}

fn default_trained() -> usize {
    2048
}

impl NomicBertConfig {
    /// Checks the settings.
    pub(super) fn check(&self) -> Result<(), String> {
        check_sizes(&[
            ("vocab_size", self.vocab_size, MAX_VOCABULARY),
            ("n_embd", self.n_embd, MAX_WIDTH),
            ("n_layer", self.n_layer, MAX_LAYERS),
            ("n_head", self.n_head, self.n_embd),
            ("n_inner", self.n_inner, MAX_WIDTH),
            ("n_positions", self.n_positions, MAX_POSITIONS),
            (
                "max_trained_positions",
                self.max_trained_positions,
                MAX_POSITIONS,
            ),
            ("type_vocab_size", self.type_vocab_size, MAX_WIDTH),
            (
                "pad_vocab_size_multiple",
                self.pad_vocab_size_multiple,
                MAX_WIDTH,
            ),
        ])?;
        check_heads("n_embd", self.n_embd, self.n_head)?;
        settings::check_even("n_embd / n_head", self.n_embd / self.n_head)?;
        check_positive("layer_norm_epsilon", self.layer_norm_epsilon, 1.0)?;
        check_positive("rotary_emb_base", self.rotary_emb_base, f64::from(f32::MAX))?;
        let off = |value: &Value| {
            matches!(value, Value::Null | Value::Bool(false)) || value.as_f64() == Some(0.0)
        };
        for name in OFF {
            if let Some(value) = self.other.get(name).filter(|value| !off(value)) {
                let value = shortened(&value.to_string());
                return Err(format!("`{name}` is {value}, supported is only false"));
            }
        }
        if self.activation_function != "swiglu" {
            let found = shortened(&self.activation_function);
            return Err(format!(
                "`activation_function` is `{found}`, supported is `swiglu`"
            ));
        }
        if (self.rotary_emb_fraction - 1.0).abs() > f64::EPSILON {
            let found = self.rotary_emb_fraction;
            return Err(format!(
                "`rotary_emb_fraction` is {found}, supported is 1: whole heads are rotated"
            ));
        }
        Ok(())
    }

    fn inner(&self) -> usize {
        self.n_inner.next_multiple_of(INNER_STEP)
    }

    fn layer_weights(tensors: &mut Named, layer: usize) -> Result<LayerWeights, WeightsError> {
        let name = |part: &str| format!("encoder.layers.{layer}.{part}");
        let [query, key, value] = split(&tensors.linear(&name("attn.Wqkv"))?)?;
        Ok(LayerWeights {
            query,
            key,
            value,
            query_norm: None,
            key_norm: None,
            output: tensors.linear(&name("attn.out_proj"))?,
            attention_norm: Some(tensors.norm(&name("norm1"))?),
            gate: Some(tensors.linear(&name("mlp.fc12"))?),
            up: tensors.linear(&name("mlp.fc11"))?,
            outer: tensors.linear(&name("mlp.fc2"))?,
            adapter: None,
            feed_forward_norm: tensors.norm(&name("norm2"))?,
        })
    }
}

impl Configuration for NomicBertConfig {
    fn architecture(&self) -> Architecture {
        let layer = LayerKind {
            window: None,
            theta: settings::narrow(self.rotary_emb_base),
        };
        Architecture {
            hidden: self.n_embd,
            heads: self.n_head,
            key_value_heads: self.n_head,
            head_size: self.n_embd / self.n_head,
            inner: self.inner(),
            activation: Activation::Silu,
            norm: NormKind::Layer,
            placement: NormPlacement::After,
            epsilon: settings::narrow(self.layer_norm_epsilon),
            positions: Positions::Rotary,
            causal: false,
            layers: vec![layer; self.n_layer],
            // The rotation is scaled beyond these only.
            max_tokens: match self.rotary_scaling_factor {
                Some(_) => self.n_positions.min(self.max_trained_positions),
                None => self.n_positions,
            },
        }
    }

    fn vocabulary(&self) -> usize {
        self.vocab_size
            .next_multiple_of(self.pad_vocab_size_multiple)
    }

    fn prefix(&self) -> &'static str {
        "bert."
    }

    fn is_head(&self, name: &str) -> bool {
        name.starts_with("cls.") || name.starts_with("classifier.")
    }

    fn table(&self) -> TensorTable {
        let (hidden, inner, bias) = (self.n_embd, self.inner(), self.qkv_proj_bias);
        let mut table = TableBuilder::default();
        table.tensor(
            "embeddings.word_embeddings.weight",
            &[self.vocabulary(), hidden],
        );
        let types = self.type_vocab_size;
        table.tensor("embeddings.token_type_embeddings.weight", &[types, hidden]);
        table.norm("emb_ln", hidden, true);
        for layer in 0..self.n_layer {
            let name = |part: &str| format!("encoder.layers.{layer}.{part}");
            table.linear(&name("attn.Wqkv"), 3 * hidden, hidden, bias);
            table.linear(&name("attn.out_proj"), hidden, hidden, bias);
            table.norm(&name("norm1"), hidden, true);
            table.linear(&name("mlp.fc11"), inner, hidden, self.mlp_fc1_bias);
            table.linear(&name("mlp.fc12"), inner, hidden, self.mlp_fc1_bias);
            table.linear(&name("mlp.fc2"), hidden, inner, self.mlp_fc2_bias);
            table.norm(&name("norm2"), hidden, true);
        }
        table.ignored_linear("pooler.dense", hidden, hidden);
        table.finish()
    }

    fn weights(&self, tensors: &mut Named) -> Result<TransformerWeights, WeightsError> {
        let types = tensors.take("embeddings.token_type_embeddings.weight")?;
        let layers = 0..self.n_layer;
        Ok(TransformerWeights {
            words: tensors.take("embeddings.word_embeddings.weight")?,
            places: None,
            token_type: Some(types.i(0).map_err(library)?),
            relative_bias: None,
            embedding_norm: Some(tensors.norm("emb_ln")?),
            layers: layers
                .map(|layer| Self::layer_weights(tensors, layer))
                .collect::<Result<_, _>>()?,
            final_norm: None,
        })
    }

    fn notes(&self) -> Vec<String> {
        let trained = self.max_trained_positions;
        self.rotary_scaling_factor
            .map(|factor| {
                format!(
                    "rotary_scaling_factor {factor} is for texts beyond {trained} tokens, which are not read"
                )
            })
            .into_iter()
            .collect()
    }
}
