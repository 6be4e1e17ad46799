//! `config.json` of a BERT.

use serde::Deserialize;

use crate::error::ModelError;
use crate::source::{ModelSource, join};

/// Largest sizes that are accepted; real models stay far below.
const MAX_LAYERS: usize = 128;
const MAX_WIDTH: usize = 65_536;
const MAX_VOCABULARY: usize = 4_000_000;

/// The settings of the forward pass.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct BertConfig {
    pub(crate) vocab_size: usize,
    pub(crate) hidden_size: usize,
    pub(crate) num_hidden_layers: usize,
    pub(crate) num_attention_heads: usize,
    pub(crate) intermediate_size: usize,
    pub(crate) hidden_act: Activation,
    pub(crate) max_position_embeddings: usize,
    pub(crate) type_vocab_size: usize,
    #[serde(default = "default_epsilon")]
    pub(crate) layer_norm_eps: f64,
    #[serde(default)]
    position_embedding_type: Option<String>,
    #[serde(default)]
    is_decoder: bool,
}

/// The function between the two layers of a feed-forward block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(crate) enum Activation {
    /// `x / 2 * (1 + erf(x / sqrt 2))`.
    #[serde(rename = "gelu")]
    Gelu,
    /// The approximation of the above by a hyperbolic tangent.
    #[serde(rename = "gelu_new", alias = "gelu_pytorch_tanh", alias = "gelu_fast")]
    GeluTanh,
    /// `max(x, 0)`.
    #[serde(rename = "relu")]
    Relu,
}

fn default_epsilon() -> f64 {
    1e-12
}

impl BertConfig {
    /// Reads and checks the configuration of the module in folder `inside`.
    pub(crate) fn read(source: &ModelSource, inside: &str) -> Result<Self, ModelError> {
        let file = join(inside, "config.json");
        let config: Self = source
            .find_json(&file)?
            .ok_or_else(|| ModelError::Missing {
                folder: source.path(),
                file: file.clone(),
            })?;
        config.check().map_err(|fault| source.fault(&file, fault))?;
        Ok(config)
    }

    fn check(&self) -> Result<(), String> {
        let limits = [
            ("vocab_size", self.vocab_size, MAX_VOCABULARY),
            ("hidden_size", self.hidden_size, MAX_WIDTH),
            ("num_hidden_layers", self.num_hidden_layers, MAX_LAYERS),
            (
                "num_attention_heads",
                self.num_attention_heads,
                self.hidden_size,
            ),
            ("intermediate_size", self.intermediate_size, MAX_WIDTH),
            (
                "max_position_embeddings",
                self.max_position_embeddings,
                MAX_WIDTH,
            ),
            ("type_vocab_size", self.type_vocab_size, MAX_WIDTH),
        ];
        for (name, value, limit) in limits {
            if !(1..=limit).contains(&value) {
                return Err(format!("`{name}` is {value}, expected 1 to {limit}"));
            }
        }
        if !self.hidden_size.is_multiple_of(self.num_attention_heads) {
            return Err(format!(
                "`hidden_size` is {}, expected a multiple of the {} attention heads",
                self.hidden_size, self.num_attention_heads
            ));
        }
        if !(self.layer_norm_eps > 0.0 && self.layer_norm_eps < 1.0) {
            let epsilon = self.layer_norm_eps;
            return Err(format!(
                "`layer_norm_eps` is {epsilon}, expected more than 0, less than 1"
            ));
        }
        match self.position_embedding_type.as_deref() {
            None | Some("absolute") => {}
            Some(other) => {
                let other: String = other.chars().take(40).collect();
                return Err(format!(
                    "position embeddings are `{other}`, supported is `absolute`"
                ));
            }
        }
        if self.is_decoder {
            return Err("it is a decoder, expected an encoder".to_owned());
        }
        Ok(())
    }

    /// Returns the number of components of an attention head.
    pub(crate) fn head_size(&self) -> usize {
        self.hidden_size / self.num_attention_heads
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
        assert_eq!(
            parse("layer_norm_eps", 1e-12.into()).unwrap().head_size(),
            8
        );
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
        assert!(
            parse("hidden_act", "swish".into())
                .unwrap_err()
                .contains("gelu_new")
        );
    }
}
