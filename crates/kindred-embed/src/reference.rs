//! Any transformer in candle's operations: for other devices than the CPU, and the reference of
//! the packed forward pass.
//!
//! Texts of a batch are padded to the longest; the mask keeps padding from being seen. On the CPU
//! each text is computed alone, so that its neighbours do not touch its bits.

mod attention;

use std::error::Error;
use std::fmt;

use candle_core::{D, Device, IndexOp, Result, Tensor};

use self::attention::Surroundings;
use crate::architecture::{
    Activation, Architecture, LayerWeights, LinearWeights, NormKind, NormPlacement, NormWeights,
    TransformerWeights,
};
use crate::model::{TokenModel, TokenSlice};
use crate::pooling::Pooling;

/// Padded tokens of a batch; a GPU wants many at a time.
pub(crate) const CHUNK_TOKENS: usize = 8_192;

/// A transformer whose weights are on any device.
pub(crate) struct ReferenceModel {
    architecture: Architecture,
    weights: TransformerWeights,
    pooling: Pooling,
    device: Device,
}

impl ReferenceModel {
    /// Takes weights that are on `device`.
    pub(crate) fn new(
        architecture: Architecture,
        weights: TransformerWeights,
        pooling: Pooling,
        device: Device,
    ) -> Self {
        Self {
            architecture,
            weights,
            pooling,
            device,
        }
    }

    /// Returns the vectors of all tokens, `[texts, longest, hidden]`; rows behind a text's end hold
    /// numbers without meaning.
    pub(crate) fn hidden(&self, texts: &[TokenSlice<'_>]) -> Result<Tensor> {
        let longest = texts.iter().map(|text| text.ids.len()).max().unwrap_or(0);
        let mut ids = vec![0u32; texts.len() * longest];
        for (row, text) in ids.chunks_exact_mut(longest.max(1)).zip(texts) {
            row[..text.ids.len()].copy_from_slice(text.ids);
        }
        let ids = Tensor::from_vec(ids, (texts.len(), longest), &self.device)?;
        let lengths: Vec<usize> = texts.iter().map(|text| text.ids.len()).collect();
        let surroundings =
            Surroundings::new(&self.architecture, &self.weights, &lengths, &self.device)?;
        let mut tokens = self.embed(&ids)?;
        for (number, layer) in self.weights.layers.iter().enumerate() {
            let attend = |input: &Tensor| {
                attention::attend(&self.architecture, layer, number, &surroundings, input)
            };
            tokens = self.layer(layer, &tokens, attend)?;
        }
        match &self.weights.final_norm {
            Some(norm) => self.norm(norm, &tokens),
            None => Ok(tokens),
        }
    }

    /// Returns the first vectors of tokens, `[texts, longest, hidden]`.
    fn embed(&self, ids: &Tensor) -> Result<Tensor> {
        let (texts, longest) = ids.dims2()?;
        let words = self.weights.words.index_select(&ids.flatten_all()?, 0)?;
        let mut tokens = words.reshape((texts, longest, self.architecture.hidden))?;
        if let Some(places) = &self.weights.places {
            tokens = tokens.broadcast_add(&places.i(..longest)?)?;
        } else if let Some(token_type) = &self.weights.token_type {
            tokens = tokens.broadcast_add(token_type)?;
        }
        match &self.weights.embedding_norm {
            Some(norm) => self.norm(norm, &tokens),
            None => Ok(tokens),
        }
    }

    fn layer(
        &self,
        layer: &LayerWeights,
        tokens: &Tensor,
        attend: impl Fn(&Tensor) -> Result<Tensor>,
    ) -> Result<Tensor> {
        let attention_norm = |tokens: &Tensor| match &layer.attention_norm {
            Some(norm) => self.norm(norm, tokens),
            None => Ok(tokens.clone()),
        };
        let feed_forward_norm = |tokens: &Tensor| self.norm(&layer.feed_forward_norm, tokens);
        match self.architecture.placement {
            NormPlacement::After => {
                let tokens = attention_norm(&(tokens + attend(tokens)?)?)?;
                let sum = (&tokens + self.feed_forward(layer, &tokens)?)?;
                let normed = feed_forward_norm(&sum)?;
                let Some(adapter) = &layer.adapter else {
                    return Ok(normed);
                };
                let down = linear(&adapter.down, &normed)?.relu()?;
                feed_forward_norm(&(sum + linear(&adapter.up, &down)?)?)
            }
            NormPlacement::Before => {
                let tokens = (tokens + attend(&attention_norm(tokens)?)?)?;
                let delta = self.feed_forward(layer, &feed_forward_norm(&tokens)?)?;
                tokens + delta
            }
        }
    }

    fn feed_forward(&self, layer: &LayerWeights, tokens: &Tensor) -> Result<Tensor> {
        let up = linear(&layer.up, tokens)?;
        let inner = match &layer.gate {
            Some(gate) => (self.activate(&linear(gate, tokens)?)? * up)?,
            None => self.activate(&up)?,
        };
        linear(&layer.outer, &inner)
    }

    fn activate(&self, values: &Tensor) -> Result<Tensor> {
        match self.architecture.activation {
            Activation::Gelu => values.gelu_erf(),
            Activation::GeluTanh => values.gelu(),
            Activation::Relu => values.relu(),
            Activation::Silu => values.silu(),
        }
    }

    fn norm(&self, norm: &NormWeights, rows: &Tensor) -> Result<Tensor> {
        normalize(
            rows,
            norm,
            self.architecture.norm,
            self.architecture.epsilon,
        )
    }
}

/// `rows * weight^T + bias` over the last axis.
fn linear(layer: &LinearWeights, rows: &Tensor) -> Result<Tensor> {
    let (texts, longest, inputs) = rows.dims3()?;
    let flat = rows.reshape((texts * longest, inputs))?;
    let out = flat.matmul(&layer.weight.t()?)?;
    let out = match &layer.bias {
        Some(bias) => out.broadcast_add(bias)?,
        None => out,
    };
    out.reshape((texts, longest, ()))
}

/// Normalises the last axis.
fn normalize(rows: &Tensor, norm: &NormWeights, kind: NormKind, epsilon: f32) -> Result<Tensor> {
    let centred = match kind {
        NormKind::Layer => rows.broadcast_sub(&rows.mean_keepdim(D::Minus1)?)?,
        NormKind::RootMeanSquare => rows.clone(),
    };
    let variance = centred.sqr()?.mean_keepdim(D::Minus1)?;
    let deviation = (variance + f64::from(epsilon))?.sqrt()?;
    let scaled = centred
        .broadcast_div(&deviation)?
        .broadcast_mul(&norm.weight)?;
    match &norm.bias {
        Some(bias) => scaled.broadcast_add(bias),
        None => Ok(scaled),
    }
}

impl TokenModel for ReferenceModel {
    fn width(&self) -> usize {
        self.architecture.hidden
    }

    fn chunk_tokens(&self) -> usize {
        CHUNK_TOKENS
    }

    fn forward(
        &self,
        texts: &[TokenSlice<'_>],
        out: &mut [f32],
    ) -> std::result::Result<(), Box<dyn Error + Send + Sync>> {
        let width = self.architecture.hidden;
        let together = if self.device.is_cpu() { 1 } else { texts.len() };
        let batches = texts.chunks(together.max(1));
        for (texts, out) in batches.zip(out.chunks_mut(together.max(1) * width)) {
            let hidden = self.hidden(texts)?.to_device(&Device::Cpu)?;
            for (row, (text, out)) in texts.iter().zip(out.chunks_exact_mut(width)).enumerate() {
                let tokens = hidden.i((row, ..text.ids.len()))?.flatten_all()?;
                self.pooling.pool(&tokens.to_vec1()?, text.skip, out);
            }
        }
        Ok(())
    }
}

impl fmt::Debug for ReferenceModel {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "ReferenceModel({} layers of {} on {:?})",
            self.architecture.layers.len(),
            self.architecture.hidden,
            self.device
        )
    }
}

#[cfg(test)]
mod tests;
