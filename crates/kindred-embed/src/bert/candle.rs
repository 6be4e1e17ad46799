//! BERT through candle: for other devices than the CPU, and the reference of the packed encoder.

use std::error::Error;
use std::fmt;

use candle_core::{DType, Device, IndexOp, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::bert::{BertModel, Config, HiddenAct, PositionEmbeddingType};

use super::{Activation, BertConfig, BertTensors};
use crate::model::{TokenModel, TokenSlice};
use crate::pooling::Pooling;

/// Padded tokens of a batch; a GPU wants many at a time.
const CHUNK_TOKENS: usize = 8_192;

/// candle's own BERT behind our seam.
pub(crate) struct CandleBert {
    model: BertModel,
    pooling: Pooling,
    width: usize,
}

impl CandleBert {
    /// Builds the model of tensors that are on `device`.
    pub(crate) fn new(
        tensors: BertTensors,
        config: &BertConfig,
        pooling: Pooling,
        device: &Device,
    ) -> candle_core::Result<Self> {
        let builder = VarBuilder::from_tensors(tensors, DType::F32, device);
        Ok(Self {
            model: BertModel::load(builder, &candle_config(config))?,
            pooling,
            width: config.hidden_size,
        })
    }

    /// Returns the vectors of all tokens, one padded row for each text.
    fn hidden(&self, texts: &[TokenSlice<'_>]) -> candle_core::Result<Tensor> {
        let longest = texts.iter().map(|text| text.ids.len()).max().unwrap_or(0);
        let mut ids = vec![0u32; texts.len() * longest];
        let mut mask = vec![0u32; texts.len() * longest];
        for (row, text) in texts.iter().enumerate() {
            let start = row * longest;
            ids[start..start + text.ids.len()].copy_from_slice(text.ids);
            mask[start..start + text.ids.len()].fill(1);
        }
        let device = &self.model.device;
        let shape = (texts.len(), longest);
        let ids = Tensor::from_vec(ids, shape, device)?;
        let mask = Tensor::from_vec(mask, shape, device)?;
        let types = ids.zeros_like()?;
        self.model.forward(&ids, &types, Some(&mask))
    }
}

impl TokenModel for CandleBert {
    fn width(&self) -> usize {
        self.width
    }

    fn chunk_tokens(&self) -> usize {
        CHUNK_TOKENS
    }

    fn forward(
        &self,
        texts: &[TokenSlice<'_>],
        out: &mut [f32],
    ) -> Result<(), Box<dyn Error + Send + Sync>> {
        let hidden = self.hidden(texts)?.to_device(&Device::Cpu)?;
        for (row, (text, out)) in texts
            .iter()
            .zip(out.chunks_exact_mut(self.width))
            .enumerate()
        {
            let tokens = hidden
                .i((row, ..text.ids.len()))?
                .flatten_all()?
                .to_vec1::<f32>()?;
            self.pooling.pool(&tokens, text.skip, out);
        }
        Ok(())
    }
}

impl fmt::Debug for CandleBert {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "CandleBert({} on {:?})",
            self.width, self.model.device
        )
    }
}

fn candle_config(config: &BertConfig) -> Config {
    Config {
        vocab_size: config.vocab_size,
        hidden_size: config.hidden_size,
        num_hidden_layers: config.num_hidden_layers,
        num_attention_heads: config.num_attention_heads,
        intermediate_size: config.intermediate_size,
        hidden_act: match config.hidden_act {
            Activation::Gelu => HiddenAct::Gelu,
            Activation::GeluTanh => HiddenAct::GeluApproximate,
            Activation::Relu => HiddenAct::Relu,
        },
        max_position_embeddings: config.max_position_embeddings,
        type_vocab_size: config.type_vocab_size,
        layer_norm_eps: config.layer_norm_eps,
        position_embedding_type: PositionEmbeddingType::Absolute,
        ..Config::default()
    }
}
