//! BERT through candle's own model, for other devices than the CPU.

use std::error::Error;
use std::fmt;

use candle_core::{DType, Device, IndexOp, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::bert::{BertModel, Config, HiddenAct, PositionEmbeddingType};

use crate::architecture::{Activation, Architecture};
use crate::model::{TokenModel, TokenSlice};
use crate::pooling::Pooling;
use crate::reference::CHUNK_TOKENS;
use crate::weights::Tensors;

/// candle's own BERT behind our seam.
pub(crate) struct CandleBert {
    model: BertModel,
    pooling: Pooling,
    width: usize,
}

impl CandleBert {
    /// Builds the model of tensors that are on `device`. candle's BERT has no `SiLU`.
    pub(crate) fn new(
        tensors: Tensors,
        architecture: &Architecture,
        pooling: Pooling,
        device: &Device,
    ) -> candle_core::Result<Self> {
        let config = candle_config(&tensors, architecture)?;
        let builder = VarBuilder::from_tensors(tensors, DType::F32, device);
        Ok(Self {
            model: BertModel::load(builder, &config)?,
            pooling,
            width: architecture.hidden,
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

fn candle_config(tensors: &Tensors, architecture: &Architecture) -> candle_core::Result<Config> {
    let rows = |table: &str| {
        let name = format!("embeddings.{table}.weight");
        let tensor = tensors.get(&name);
        tensor.map_or_else(|| candle_core::bail!("no tensor {name}"), |t| t.dim(0))
    };
    Ok(Config {
        vocab_size: rows("word_embeddings")?,
        hidden_size: architecture.hidden,
        num_hidden_layers: architecture.layers.len(),
        num_attention_heads: architecture.heads,
        intermediate_size: architecture.inner,
        hidden_act: match architecture.activation {
            Activation::Gelu => HiddenAct::Gelu,
            Activation::GeluTanh => HiddenAct::GeluApproximate,
            Activation::Relu => HiddenAct::Relu,
            Activation::Silu => candle_core::bail!("candle's BERT has no SiLU"),
        },
        max_position_embeddings: rows("position_embeddings")?,
        type_vocab_size: rows("token_type_embeddings")?,
        layer_norm_eps: f64::from(architecture.epsilon),
        position_embedding_type: PositionEmbeddingType::Absolute,
        ..Config::default()
    })
}
