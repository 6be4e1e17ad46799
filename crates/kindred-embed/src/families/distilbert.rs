//! `DistilBERT`: `model_type` `distilbert` (`multi-qa-distilbert`, `msmarco-distilbert`, TAS-B).

use serde::Deserialize;

use super::Configuration;
use super::settings::{self, MAX_LAYERS, MAX_VOCABULARY, MAX_WIDTH, check_heads, check_sizes};
use super::tensors::{LayerNames, Named, TableBuilder};
use crate::architecture::{
    Activation, Architecture, LayerKind, NormKind, NormPlacement, Positions, TransformerWeights,
};
use crate::error::WeightsError;
use crate::weights::TensorTable;

/// What the names of all layers begin with.
const LAYERS: &str = "transformer.layer";
const LAYER_NAMES: LayerNames = LayerNames {
    query: "attention.q_lin",
    key: "attention.k_lin",
    value: "attention.v_lin",
    output: "attention.out_lin",
    attention_norm: "sa_layer_norm",
    up: "ffn.lin1",
    outer: "ffn.lin2",
    feed_forward_norm: "output_layer_norm",
};

/// Not a setting of this family.
const EPSILON: f32 = 1e-12;
/// Modules of heads.
const HEADS: [&str; 6] = [
    "vocab_transform.",
    "vocab_layer_norm.",
    "vocab_projector.",
    "pre_classifier.",
    "classifier.",
    "qa_outputs.",
];

/// The settings of the forward pass.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct DistilBertConfig {
    vocab_size: usize,
    dim: usize,
    n_layers: usize,
    n_heads: usize,
    hidden_dim: usize,
    #[serde(deserialize_with = "settings::activation")]
    activation: Activation,
    max_position_embeddings: usize,
}

impl DistilBertConfig {
    /// Checks the settings.
    pub(super) fn check(&self) -> Result<(), String> {
        check_sizes(&[
            ("vocab_size", self.vocab_size, MAX_VOCABULARY),
            ("dim", self.dim, MAX_WIDTH),
            ("n_layers", self.n_layers, MAX_LAYERS),
            ("n_heads", self.n_heads, self.dim),
            ("hidden_dim", self.hidden_dim, MAX_WIDTH),
            (
                "max_position_embeddings",
                self.max_position_embeddings,
                MAX_WIDTH,
            ),
        ])?;
        check_heads("dim", self.dim, self.n_heads)
    }
}

impl Configuration for DistilBertConfig {
    fn architecture(&self) -> Architecture {
        Architecture {
            hidden: self.dim,
            heads: self.n_heads,
            key_value_heads: self.n_heads,
            head_size: self.dim / self.n_heads,
            inner: self.hidden_dim,
            activation: self.activation,
            norm: NormKind::Layer,
            placement: NormPlacement::After,
            epsilon: EPSILON,
            positions: Positions::Learnt,
            causal: false,
            layers: vec![LayerKind::default(); self.n_layers],
            max_tokens: self.max_position_embeddings,
        }
    }

    fn vocabulary(&self) -> usize {
        self.vocab_size
    }

    fn prefix(&self) -> &'static str {
        "distilbert."
    }

    fn is_head(&self, name: &str) -> bool {
        HEADS.iter().any(|head| name.starts_with(head))
    }

    fn table(&self) -> TensorTable {
        let (hidden, inner) = (self.dim, self.hidden_dim);
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
        for layer in 0..self.n_layers {
            let name = |part: &str| format!("transformer.layer.{layer}.{part}");
            for part in ["q_lin", "k_lin", "v_lin", "out_lin"] {
                table.linear(&name(&format!("attention.{part}")), hidden, hidden, true);
            }
            table.norm(&name("sa_layer_norm"), hidden, true);
            table.linear(&name("ffn.lin1"), inner, hidden, true);
            table.linear(&name("ffn.lin2"), hidden, inner, true);
            table.norm(&name("output_layer_norm"), hidden, true);
        }
        table.ignored("embeddings.position_ids", &[Some(1), Some(positions)]);
        table.finish()
    }

    fn weights(&self, tensors: &mut Named) -> Result<TransformerWeights, WeightsError> {
        let layers = 0..self.n_layers;
        Ok(TransformerWeights {
            words: tensors.take("embeddings.word_embeddings.weight")?,
            places: Some(tensors.take("embeddings.position_embeddings.weight")?),
            token_type: None,
            relative_bias: None,
            embedding_norm: Some(tensors.norm("embeddings.LayerNorm")?),
            layers: layers
                .map(|layer| LAYER_NAMES.take(tensors, LAYERS, layer))
                .collect::<Result<_, _>>()?,
            final_norm: None,
        })
    }
}
