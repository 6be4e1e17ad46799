//! Qwen3: `model_type` `qwen3` (Qwen3-Embedding).
//!
//! A decoder: a token sees those before it, so the vector of the last token is that of the text.
//! Heads of queries share heads of keys and values, and are normalised before they are rotated.

use serde::Deserialize;

use super::Configuration;
use super::settings::{
    self, MAX_LAYERS, MAX_POSITIONS, MAX_VOCABULARY, MAX_WIDTH, Rotation, check_positive,
    check_rotation, check_sizes,
};
use super::tensors::{Named, TableBuilder};
use crate::architecture::{
    Activation, Architecture, LayerKind, LayerWeights, NormKind, NormPlacement, Positions,
    TransformerWeights,
};
use crate::error::WeightsError;
use crate::weights::TensorTable;

/// The settings of the forward pass; `rope_parameters` is what newer libraries write.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct Qwen3Config {
    vocab_size: usize,
    hidden_size: usize,
    num_hidden_layers: usize,
    num_attention_heads: usize,
    #[serde(default)]
    num_key_value_heads: Option<usize>,
    #[serde(default = "default_head")]
    head_dim: usize,
    intermediate_size: usize,
    #[serde(deserialize_with = "settings::activation")]
    hidden_act: Activation,
    max_position_embeddings: usize,
    rms_norm_eps: f64,
    #[serde(default)]
    attention_bias: bool,
    #[serde(default)]
    rope_theta: Option<f64>,
    #[serde(default)]
    rope_scaling: Option<Rotation>,
    #[serde(default)]
    rope_parameters: Option<Rotation>,
    #[serde(default)]
    use_sliding_window: bool,
    #[serde(default)]
    layer_types: Vec<String>,
}

fn default_head() -> usize {
    128
}

/// Base of the rotation where the configuration has none.
const THETA: f64 = 10_000.0;

impl Qwen3Config {
    /// Checks the settings.
    pub(super) fn check(&self) -> Result<(), String> {
        let (heads, shared) = (self.num_attention_heads, self.key_value_heads());
        check_sizes(&[
            ("vocab_size", self.vocab_size, MAX_VOCABULARY),
            ("hidden_size", self.hidden_size, MAX_WIDTH),
            ("num_hidden_layers", self.num_hidden_layers, MAX_LAYERS),
            ("num_attention_heads", heads, MAX_WIDTH),
            ("num_key_value_heads", shared, heads.max(1)),
            ("head_dim", self.head_dim, MAX_WIDTH / heads.max(1)),
            ("intermediate_size", self.intermediate_size, MAX_WIDTH),
            (
                "max_position_embeddings",
                self.max_position_embeddings,
                MAX_POSITIONS,
            ),
        ])?;
        if !heads.is_multiple_of(shared) {
            return Err(format!(
                "`num_key_value_heads` is {shared}, expected a divisor of the {heads} heads"
            ));
        }
        settings::check_even("head_dim", self.head_dim)?;
        check_positive("rms_norm_eps", self.rms_norm_eps, 1.0)?;
        check_positive("rope_theta", self.theta(), f64::from(f32::MAX))?;
        check_rotation("rope_scaling", self.rope_scaling.as_ref())?;
        check_rotation("rope_parameters", self.rope_parameters.as_ref())?;
        let windowed = self
            .layer_types
            .iter()
            .find(|kind| *kind != "full_attention");
        if let Some(kind) = windowed {
            return Err(format!(
                "`layer_types` has `{}`, supported is `full_attention`",
                settings::shortened(kind)
            ));
        }
        if self.use_sliding_window {
            return Err("`use_sliding_window` is true, supported is false".to_owned());
        }
        Ok(())
    }

    fn key_value_heads(&self) -> usize {
        self.num_key_value_heads.unwrap_or(self.num_attention_heads)
    }

    fn theta(&self) -> f64 {
        let newer = self.rope_parameters.as_ref().and_then(Rotation::theta);
        newer.or(self.rope_theta).unwrap_or(THETA)
    }
}

impl Configuration for Qwen3Config {
    fn architecture(&self) -> Architecture {
        let layer = LayerKind {
            window: None,
            theta: settings::narrow(self.theta()),
        };
        Architecture {
            hidden: self.hidden_size,
            heads: self.num_attention_heads,
            key_value_heads: self.key_value_heads(),
            head_size: self.head_dim,
            inner: self.intermediate_size,
            activation: self.hidden_act,
            norm: NormKind::RootMeanSquare,
            placement: NormPlacement::Before,
            epsilon: settings::narrow(self.rms_norm_eps),
            positions: Positions::Rotary,
            causal: true,
            layers: vec![layer; self.num_hidden_layers],
            max_tokens: self.max_position_embeddings,
        }
    }

    fn vocabulary(&self) -> usize {
        self.vocab_size
    }

    fn prefix(&self) -> &'static str {
        "model."
    }

    fn is_head(&self, name: &str) -> bool {
        name.starts_with("lm_head.") || name.starts_with("score.")
    }

    fn table(&self) -> TensorTable {
        let (hidden, inner, bias) = (
            self.hidden_size,
            self.intermediate_size,
            self.attention_bias,
        );
        let queries = self.num_attention_heads * self.head_dim;
        let shared = self.key_value_heads() * self.head_dim;
        let mut table = TableBuilder::default();
        table.tensor("embed_tokens.weight", &[self.vocab_size, hidden]);
        for layer in 0..self.num_hidden_layers {
            let name = |part: &str| format!("layers.{layer}.{part}");
            table.linear(&name("self_attn.q_proj"), queries, hidden, bias);
            table.linear(&name("self_attn.k_proj"), shared, hidden, bias);
            table.linear(&name("self_attn.v_proj"), shared, hidden, bias);
            table.linear(&name("self_attn.o_proj"), hidden, queries, bias);
            table.norm(&name("self_attn.q_norm"), self.head_dim, false);
            table.norm(&name("self_attn.k_norm"), self.head_dim, false);
            table.norm(&name("input_layernorm"), hidden, false);
            table.norm(&name("post_attention_layernorm"), hidden, false);
            table.linear(&name("mlp.gate_proj"), inner, hidden, false);
            table.linear(&name("mlp.up_proj"), inner, hidden, false);
            table.linear(&name("mlp.down_proj"), hidden, inner, false);
        }
        table.norm("norm", hidden, false);
        table.finish()
    }

    fn weights(&self, tensors: &mut Named) -> Result<TransformerWeights, WeightsError> {
        let layers = 0..self.num_hidden_layers;
        Ok(TransformerWeights {
            words: tensors.take("embed_tokens.weight")?,
            places: None,
            token_type: None,
            relative_bias: None,
            embedding_norm: None,
            layers: layers
                .map(|layer| layer_weights(tensors, layer))
                .collect::<Result<_, _>>()?,
            final_norm: Some(tensors.norm("norm")?),
        })
    }
}

fn layer_weights(tensors: &mut Named, layer: usize) -> Result<LayerWeights, WeightsError> {
    let name = |part: &str| format!("layers.{layer}.{part}");
    Ok(LayerWeights {
        query: tensors.linear(&name("self_attn.q_proj"))?,
        key: tensors.linear(&name("self_attn.k_proj"))?,
        value: tensors.linear(&name("self_attn.v_proj"))?,
        query_norm: Some(tensors.norm(&name("self_attn.q_norm"))?),
        key_norm: Some(tensors.norm(&name("self_attn.k_norm"))?),
        output: tensors.linear(&name("self_attn.o_proj"))?,
        attention_norm: Some(tensors.norm(&name("input_layernorm"))?),
        gate: Some(tensors.linear(&name("mlp.gate_proj"))?),
        up: tensors.linear(&name("mlp.up_proj"))?,
        outer: tensors.linear(&name("mlp.down_proj"))?,
        adapter: None,
        feed_forward_norm: tensors.norm(&name("post_attention_layernorm"))?,
    })
}
