//! BERT: `model_type` `bert` (MiniLM, BGE, GTE, E5, `SciBERT`, SPECTER, `SciNCL`).
//!
//! `RoBERTa` and XLM-R have the same layers and tensors and build on it.

use candle_core::IndexOp;
use serde::Deserialize;

use super::Configuration;
use super::settings::{
    self, MAX_LAYERS, MAX_VOCABULARY, MAX_WIDTH, check_absolute, check_heads, check_positive,
    check_sizes,
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
    query: "attention.self.query",
    key: "attention.self.key",
    value: "attention.self.value",
    output: "attention.output.dense",
    attention_norm: "attention.output.LayerNorm",
    up: "intermediate.dense",
    outer: "output.dense",
    feed_forward_norm: "output.LayerNorm",
};

/// The settings of the forward pass.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct BertConfig {
    vocab_size: usize,
    pub(super) hidden_size: usize,
    pub(super) num_hidden_layers: usize,
    num_attention_heads: usize,
    intermediate_size: usize,
    #[serde(deserialize_with = "settings::activation")]
    hidden_act: Activation,
    pub(super) max_position_embeddings: usize,
    type_vocab_size: usize,
    #[serde(default = "default_epsilon")]
    layer_norm_eps: f64,
    #[serde(default)]
    position_embedding_type: Option<String>,
    #[serde(default)]
    is_decoder: bool,
}

fn default_epsilon() -> f64 {
    1e-12
}

impl BertConfig {
    /// Checks the settings, first of all the sizes.
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
            ("type_vocab_size", self.type_vocab_size, MAX_WIDTH),
        ])?;
        check_heads("hidden_size", hidden, heads)?;
        check_positive("layer_norm_eps", self.layer_norm_eps, 1.0)?;
        check_absolute(self.position_embedding_type.as_deref())?;
        if self.is_decoder {
            return Err("it is a decoder, expected an encoder".to_owned());
        }
        Ok(())
    }

    /// What is computed if the first token's position is row `offset` of the table.
    pub(super) fn architecture_from(&self, offset: usize) -> Architecture {
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
            positions: Positions::Learnt,
            causal: false,
            layers: vec![LayerKind::default(); self.num_hidden_layers],
            max_tokens: self.max_position_embeddings.saturating_sub(offset),
        }
    }

    /// Takes the weights if the first token's position is row `offset` of the table.
    pub(super) fn weights_from(
        &self,
        tensors: &mut Named,
        offset: usize,
    ) -> Result<TransformerWeights, WeightsError> {
        let positions = tensors.take("embeddings.position_embeddings.weight")?;
        let types = tensors.take("embeddings.token_type_embeddings.weight")?;
        let places = positions
            .i(offset..)
            .and_then(|places| places.broadcast_add(&types.i(0)?))
            .map_err(library)?;
        let layers = 0..self.num_hidden_layers;
        Ok(TransformerWeights {
            words: tensors.take("embeddings.word_embeddings.weight")?,
            places: Some(places),
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

impl Configuration for BertConfig {
    fn architecture(&self) -> Architecture {
        self.architecture_from(0)
    }

    fn vocabulary(&self) -> usize {
        self.vocab_size
    }

    fn prefix(&self) -> &'static str {
        "bert."
    }

    fn is_head(&self, name: &str) -> bool {
        name.starts_with("cls.") || name.starts_with("classifier.")
    }

    fn table(&self) -> TensorTable {
        let (hidden, inner) = (self.hidden_size, self.intermediate_size);
        let positions = self.max_position_embeddings;
        let mut table = TableBuilder::default();
        let embeddings = [
            ("word_embeddings", self.vocab_size),
            ("position_embeddings", positions),
            ("token_type_embeddings", self.type_vocab_size),
        ];
        for (name, rows) in embeddings {
            table.tensor(format!("embeddings.{name}.weight"), &[rows, hidden]);
        }
        table.norm("embeddings.LayerNorm", hidden, true);
        for layer in 0..self.num_hidden_layers {
            let name = |part: &str| format!("encoder.layer.{layer}.{part}");
            for part in ["query", "key", "value"] {
                table.linear(
                    &name(&format!("attention.self.{part}")),
                    hidden,
                    hidden,
                    true,
                );
            }
            table.linear(&name("attention.output.dense"), hidden, hidden, true);
            table.linear(&name("intermediate.dense"), inner, hidden, true);
            table.linear(&name("output.dense"), hidden, inner, true);
            table.norm(&name("attention.output.LayerNorm"), hidden, true);
            table.norm(&name("output.LayerNorm"), hidden, true);
        }
        table.ignored_linear("pooler.dense", hidden, hidden);
        // Buffers of older libraries.
        for name in ["embeddings.position_ids", "embeddings.token_type_ids"] {
            table.ignored(name, &[Some(1), Some(positions)]);
        }
        table.finish()
    }

    fn weights(&self, tensors: &mut Named) -> Result<TransformerWeights, WeightsError> {
        self.weights_from(tensors, 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(change: &str, value: serde_json::Value) -> Result<BertConfig, String> {
        let mut json = serde_json::json!({
            "vocab_size": 200, "hidden_size": 32, "num_hidden_layers": 2,
            "num_attention_heads": 4, "intermediate_size": 64, "hidden_act": "gelu",
            "max_position_embeddings": 64, "type_vocab_size": 2
        });
        json[change] = value;
        let config: BertConfig = serde_json::from_value(json).map_err(|e| e.to_string())?;
        config.check().map(|()| config)
    }

    #[test]
    fn impossible_settings_are_refused() {
        let config = parse("layer_norm_eps", 1e-12.into()).unwrap();
        assert_eq!(config.architecture().head_size, 8);
        let bad: [(&str, serde_json::Value); 8] = [
            ("num_attention_heads", 5.into()),
            ("num_attention_heads", 0.into()),
            ("hidden_size", 0.into()),
            ("vocab_size", u64::MAX.into()),
            ("num_hidden_layers", 1_000.into()),
            ("layer_norm_eps", 0.into()),
            ("position_embedding_type", "relative_key".into()),
            ("is_decoder", true.into()),
        ];
        for (name, value) in bad {
            assert!(parse(name, value.clone()).is_err(), "{name} {value}");
        }
        let unknown = parse("hidden_act", "mish".into()).unwrap_err();
        assert!(
            unknown.contains("`mish`, supported are gelu, gelu_new"),
            "{unknown}"
        );
    }
}
