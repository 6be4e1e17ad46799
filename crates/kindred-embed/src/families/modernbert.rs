//! `ModernBERT`: `model_type` `modernbert` (`gte-modernbert-base`, granite-embedding-r2, nomic's
//! `modernbert-embed`).
//!
//! Rows are normalised before each block (the first attention reads the embeddings' own norm),
//! positions rotate, and only every third layer sees the whole text; the others see a window.

use serde::Deserialize;

use super::Configuration;
use super::settings::{
    self, MAX_LAYERS, MAX_POSITIONS, MAX_VOCABULARY, MAX_WIDTH, Rotation, check_heads,
    check_positive, check_rotation, check_sizes,
};
use super::tensors::{Named, TableBuilder, split};
use crate::architecture::{
    Activation, Architecture, LayerKind, LayerWeights, NormKind, NormPlacement, Positions,
    TransformerWeights,
};
use crate::error::WeightsError;
use crate::weights::TensorTable;

/// The settings of the forward pass. What newer libraries write is read too: `layer_types` for
/// `global_attn_every_n_layers`, `rope_parameters` for the two thetas.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct ModernBertConfig {
    vocab_size: usize,
    hidden_size: usize,
    num_hidden_layers: usize,
    num_attention_heads: usize,
    intermediate_size: usize,
    #[serde(
        default = "default_activation",
        deserialize_with = "settings::activation"
    )]
    hidden_activation: Activation,
    max_position_embeddings: usize,
    #[serde(default = "default_epsilon")]
    norm_eps: f64,
    #[serde(default)]
    norm_bias: bool,
    #[serde(default)]
    attention_bias: bool,
    #[serde(default)]
    mlp_bias: bool,
    #[serde(default = "default_global_every")]
    global_attn_every_n_layers: usize,
    #[serde(default = "default_window")]
    local_attention: usize,
    #[serde(default = "default_global_theta")]
    global_rope_theta: f64,
    /// `null` stands for the global one.
    #[serde(default = "default_local_theta")]
    local_rope_theta: Option<f64>,
    #[serde(default)]
    rope_scaling: Option<Rotation>,
    #[serde(default)]
    rope_parameters: Option<Rotations>,
    #[serde(default)]
    layer_types: Option<Vec<Sight>>,
}

/// The rotation of each kind of layer.
#[derive(Debug, Clone, PartialEq, Deserialize)]
struct Rotations {
    full_attention: Rotation,
    sliding_attention: Rotation,
}

/// What a layer sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
enum Sight {
    #[serde(rename = "full_attention")]
    Full,
    #[serde(rename = "sliding_attention")]
    Window,
}

fn default_activation() -> Activation {
    Activation::Gelu
}

fn default_epsilon() -> f64 {
    1e-5
}

fn default_global_every() -> usize {
    3
}

fn default_window() -> usize {
    128
}

fn default_global_theta() -> f64 {
    160_000.0
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "serde wants the type of the field"
)]
fn default_local_theta() -> Option<f64> {
    Some(10_000.0)
}

impl ModernBertConfig {
    /// Checks the settings.
    pub(super) fn check(&self) -> Result<(), String> {
        let (hidden, heads) = (self.hidden_size, self.num_attention_heads);
        let every = self.global_attn_every_n_layers;
        check_sizes(&[
            ("vocab_size", self.vocab_size, MAX_VOCABULARY),
            ("hidden_size", hidden, MAX_WIDTH),
            ("num_hidden_layers", self.num_hidden_layers, MAX_LAYERS),
            ("num_attention_heads", heads, hidden),
            ("intermediate_size", self.intermediate_size, MAX_WIDTH),
            (
                "max_position_embeddings",
                self.max_position_embeddings,
                MAX_POSITIONS,
            ),
            ("global_attn_every_n_layers", every, MAX_LAYERS),
            ("local_attention", self.local_attention, MAX_POSITIONS),
        ])?;
        check_heads("hidden_size", hidden, heads)?;
        settings::check_even("hidden_size / num_attention_heads", hidden / heads)?;
        check_positive("norm_eps", self.norm_eps, 1.0)?;
        check_rotation("rope_scaling", self.rope_scaling.as_ref())?;
        if let Some(rotations) = &self.rope_parameters {
            check_rotation("rope_parameters", Some(&rotations.full_attention))?;
            check_rotation("rope_parameters", Some(&rotations.sliding_attention))?;
        }
        let (global, local) = self.thetas();
        check_positive("global_rope_theta", global, f64::from(f32::MAX))?;
        check_positive("local_rope_theta", local, f64::from(f32::MAX))?;
        let listed = self
            .layer_types
            .as_ref()
            .map_or(self.num_hidden_layers, Vec::len);
        if listed != self.num_hidden_layers {
            return Err(format!(
                "`layer_types` has {listed} entries, expected one for each of the {} layers",
                self.num_hidden_layers
            ));
        }
        Ok(())
    }

    /// Bases of the rotations of layers that see all and of those that see a window.
    fn thetas(&self) -> (f64, f64) {
        let (full, window) = match &self.rope_parameters {
            Some(both) => (both.full_attention.theta(), both.sliding_attention.theta()),
            None => (None, None),
        };
        let global = full.unwrap_or(self.global_rope_theta);
        (global, window.or(self.local_rope_theta).unwrap_or(global))
    }

    fn layers(&self) -> Vec<LayerKind> {
        let (global, local) = self.thetas();
        let sight = |layer: usize| match &self.layer_types {
            Some(types) => types[layer],
            None if layer.is_multiple_of(self.global_attn_every_n_layers) => Sight::Full,
            None => Sight::Window,
        };
        (0..self.num_hidden_layers)
            .map(|layer| match sight(layer) {
                Sight::Full => LayerKind {
                    window: None,
                    theta: settings::narrow(global),
                },
                Sight::Window => LayerKind {
                    window: Some(self.local_attention / 2),
                    theta: settings::narrow(local),
                },
            })
            .collect()
    }

    fn layer_weights(tensors: &mut Named, layer: usize) -> Result<LayerWeights, WeightsError> {
        let name = |part: &str| format!("layers.{layer}.{part}");
        let [query, key, value] = split(&tensors.linear(&name("attn.Wqkv"))?)?;
        let [gate, up] = split(&tensors.linear(&name("mlp.Wi"))?)?;
        Ok(LayerWeights {
            query,
            key,
            value,
            query_norm: None,
            key_norm: None,
            output: tensors.linear(&name("attn.Wo"))?,
            attention_norm: if layer == 0 {
                None
            } else {
                Some(tensors.norm(&name("attn_norm"))?)
            },
            gate: Some(gate),
            up,
            outer: tensors.linear(&name("mlp.Wo"))?,
            adapter: None,
            feed_forward_norm: tensors.norm(&name("mlp_norm"))?,
        })
    }
}

impl Configuration for ModernBertConfig {
    fn architecture(&self) -> Architecture {
        Architecture {
            hidden: self.hidden_size,
            heads: self.num_attention_heads,
            key_value_heads: self.num_attention_heads,
            head_size: self.hidden_size / self.num_attention_heads,
            inner: self.intermediate_size,
            activation: self.hidden_activation,
            norm: NormKind::Layer,
            placement: NormPlacement::Before,
            epsilon: settings::narrow(self.norm_eps),
            positions: Positions::Rotary,
            causal: false,
            layers: self.layers(),
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
        ["head.", "decoder.", "classifier."]
            .iter()
            .any(|head| name.starts_with(head))
    }

    fn table(&self) -> TensorTable {
        let (hidden, inner) = (self.hidden_size, self.intermediate_size);
        let (attention_bias, mlp_bias) = (self.attention_bias, self.mlp_bias);
        let mut table = TableBuilder::default();
        table.tensor(
            "embeddings.tok_embeddings.weight",
            &[self.vocab_size, hidden],
        );
        table.norm("embeddings.norm", hidden, self.norm_bias);
        for layer in 0..self.num_hidden_layers {
            let name = |part: &str| format!("layers.{layer}.{part}");
            if layer > 0 {
                table.norm(&name("attn_norm"), hidden, self.norm_bias);
            }
            table.linear(&name("attn.Wqkv"), 3 * hidden, hidden, attention_bias);
            table.linear(&name("attn.Wo"), hidden, hidden, attention_bias);
            table.norm(&name("mlp_norm"), hidden, self.norm_bias);
            table.linear(&name("mlp.Wi"), 2 * inner, hidden, mlp_bias);
            table.linear(&name("mlp.Wo"), hidden, inner, mlp_bias);
        }
        table.norm("final_norm", hidden, self.norm_bias);
        table.finish()
    }

    fn weights(&self, tensors: &mut Named) -> Result<TransformerWeights, WeightsError> {
        let layers = 0..self.num_hidden_layers;
        Ok(TransformerWeights {
            words: tensors.take("embeddings.tok_embeddings.weight")?,
            places: None,
            token_type: None,
            relative_bias: None,
            embedding_norm: Some(tensors.norm("embeddings.norm")?),
            layers: layers
                .map(|layer| Self::layer_weights(tensors, layer))
                .collect::<Result<_, _>>()?,
            final_norm: Some(tensors.norm("final_norm")?),
        })
    }
}
