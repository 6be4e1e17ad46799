//! `RoBERTa` and XLM-R: `model_type` `roberta` and `xlm-roberta` (multilingual E5, BGE-M3,
//! `all-distilroberta-v1`).
//!
//! The layers are those of BERT. Positions begin behind that of padding: with padding token 1, the
//! first token is at row 2 of the table, so of 514 rows 512 are used.

use serde::Deserialize;

use super::Configuration;
use super::bert::BertConfig;
use super::tensors::Named;
use crate::architecture::{Architecture, TransformerWeights};
use crate::error::WeightsError;
use crate::weights::TensorTable;

/// The settings of the forward pass.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct RobertaConfig {
    #[serde(flatten)]
    bert: BertConfig,
    #[serde(default = "default_padding")]
    pad_token_id: usize,
}

fn default_padding() -> usize {
    1
}

impl RobertaConfig {
    /// Checks the settings.
    pub(super) fn check(&self) -> Result<(), String> {
        self.bert.check()?;
        let (padding, positions) = (self.pad_token_id, self.bert.max_position_embeddings);
        if padding.saturating_add(1) >= positions {
            return Err(format!(
                "`pad_token_id` is {padding}, expected less than the {positions} positions"
            ));
        }
        Ok(())
    }

    fn offset(&self) -> usize {
        self.pad_token_id + 1
    }
}

impl Configuration for RobertaConfig {
    fn architecture(&self) -> Architecture {
        self.bert.architecture_from(self.offset())
    }

    fn vocabulary(&self) -> usize {
        self.bert.vocabulary()
    }

    fn prefix(&self) -> &'static str {
        "roberta."
    }

    fn is_head(&self, name: &str) -> bool {
        name.starts_with("lm_head.") || name.starts_with("classifier.")
    }

    fn table(&self) -> TensorTable {
        self.bert.table()
    }

    fn weights(&self, tensors: &mut Named) -> Result<TransformerWeights, WeightsError> {
        self.bert.weights_from(tensors, self.offset())
    }
}
