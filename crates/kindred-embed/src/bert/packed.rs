//! BERT on the CPU without padding.
//!
//! The tokens of a chunk of whole texts lie one after another: linear layers see one matrix of all
//! tokens, attention runs for each text and head. Everything of a chunk happens on one thread with
//! buffers that are kept and used again. Between attention and the next layer rows are taken in
//! blocks that stay in the second-level cache.

use std::error::Error;
use std::fmt;
use std::sync::Mutex;

use super::take;
use crate::architecture::{Activation, Architecture};
use crate::error::WeightsError;
use crate::kernel::{
    self, Norm, Packed, PackedMatrix, Rows, RowsMut, pack_columns, pack_rows, padded,
};
use crate::model::{TokenModel, TokenSlice};
use crate::pooling::Pooling;
use crate::weights::Tensors;

/// Tokens of a chunk; more would push the activations out of the cache.
const CHUNK_TOKENS: usize = 1024;
/// Rows that go through a feed-forward block, or one head of attention, together.
const ROW_BLOCK: usize = 64;

/// A BERT whose weights are laid out for the products of [`kernel`].
pub(crate) struct PackedBert {
    embeddings: Embeddings,
    layers: Vec<Layer>,
    hidden: usize,
    head: usize,
    activation: Activation,
    epsilon: f32,
    pooling: Pooling,
    /// Buffers of threads that are not computing at the moment.
    spare: Mutex<Vec<Scratch>>,
}

/// The tables that a token's first vector is the sum of.
struct Embeddings {
    words: Vec<f32>,
    /// Position and token type 0 added.
    positions: Vec<f32>,
    norm: NormWeights,
}

struct Layer {
    /// Query (scaled by the root of the head's size), key and value side by side.
    qkv: PackedMatrix,
    output: PackedMatrix,
    attention_norm: NormWeights,
    inner: PackedMatrix,
    outer: PackedMatrix,
    norm: NormWeights,
}

struct NormWeights {
    weight: Vec<f32>,
    bias: Vec<f32>,
}

/// The buffers of one forward pass.
#[derive(Default)]
struct Scratch {
    /// `[tokens, hidden]`: the vectors of the tokens.
    tokens: Vec<f32>,
    /// `[tokens, 3 * hidden]`.
    qkv: Vec<f32>,
    /// `[tokens, hidden]`: what attention gives.
    context: Vec<f32>,
    /// `[ROW_BLOCK, hidden]`: what is added to the tokens.
    delta: Vec<f32>,
    /// `[ROW_BLOCK, intermediate]`.
    inner: Vec<f32>,
    keys: Vec<f32>,
    values: Vec<f32>,
    /// `[ROW_BLOCK, tokens of the text]`.
    scores: Vec<f32>,
}

impl PackedBert {
    /// Lays out the weights.
    pub(crate) fn new(
        mut tensors: Tensors,
        architecture: &Architecture,
        pooling: Pooling,
    ) -> Result<Self, WeightsError> {
        let hidden = architecture.hidden;
        let mut positions = take(&mut tensors, "embeddings.position_embeddings.weight")?;
        let types = take(&mut tensors, "embeddings.token_type_embeddings.weight")?;
        for position in positions.chunks_exact_mut(hidden) {
            position
                .iter_mut()
                .zip(&types)
                .for_each(|(value, kind)| *value += kind);
        }
        let embeddings = Embeddings {
            words: take(&mut tensors, "embeddings.word_embeddings.weight")?,
            positions,
            norm: NormWeights::take(&mut tensors, "embeddings.LayerNorm")?,
        };
        let layers = (0..architecture.layers.len())
            .map(|layer| Layer::take(&mut tensors, layer, architecture))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            embeddings,
            layers,
            hidden,
            head: architecture.head_size,
            activation: architecture.activation,
            epsilon: architecture.epsilon,
            pooling,
            spare: Mutex::default(),
        })
    }

    fn embed(&self, texts: &[TokenSlice<'_>], tokens: &mut Vec<f32>) {
        let hidden = self.hidden;
        tokens.clear();
        for text in texts {
            for (&id, position) in text
                .ids
                .iter()
                .zip(self.embeddings.positions.chunks(hidden))
            {
                let word = &self.embeddings.words[id as usize * hidden..][..hidden];
                tokens.extend(
                    word.iter()
                        .zip(position)
                        .map(|(word, position)| word + position),
                );
            }
        }
    }

    fn layer(&self, layer: &Layer, texts: &[TokenSlice<'_>], scratch: &mut Scratch) {
        let hidden = self.hidden;
        let count = scratch.tokens.len() / hidden;
        for first in (0..count).step_by(ROW_BLOCK) {
            let rows = ROW_BLOCK.min(count - first);
            kernel::multiply(
                Rows {
                    values: &scratch.tokens[first * hidden..],
                    count: rows,
                    stride: hidden,
                },
                layer.qkv.view(),
                RowsMut {
                    values: &mut scratch.qkv[first * 3 * hidden..],
                    stride: 3 * hidden,
                },
            );
        }
        let mut first = 0;
        for text in texts {
            for head in 0..hidden / self.head {
                self.attend(first, text.ids.len(), head, scratch);
            }
            first += text.ids.len();
        }
        for first in (0..count).step_by(ROW_BLOCK) {
            let rows = ROW_BLOCK.min(count - first);
            self.feed_forward(layer, first, rows, scratch);
        }
    }

    /// Attention of one head over the text of `length` tokens that begins at token `first`.
    fn attend(&self, first: usize, length: usize, head: usize, scratch: &mut Scratch) {
        let (hidden, size) = (self.hidden, self.head);
        let qkv = &scratch.qkv[first * 3 * hidden..];
        let part = |number: usize| Rows {
            values: &qkv[number * hidden + head * size..],
            count: length,
            stride: 3 * hidden,
        };
        let keys = &mut scratch.keys[..padded(length) * size];
        pack_columns(part(1), size, keys);
        let keys = Packed {
            depth: size,
            columns: length,
            panels: keys,
            bias: None,
        };
        let values = &mut scratch.values[..padded(size) * length];
        pack_rows(part(2), size, values);
        let values = Packed {
            depth: length,
            columns: size,
            panels: values,
            bias: None,
        };
        for block in (0..length).step_by(ROW_BLOCK) {
            let rows = ROW_BLOCK.min(length - block);
            let queries = Rows {
                values: &part(0).values[block * 3 * hidden..],
                count: rows,
                stride: 3 * hidden,
            };
            let scores = &mut scratch.scores[..rows * length];
            let target = RowsMut {
                values: scores,
                stride: length,
            };
            kernel::multiply(queries, keys, target);
            kernel::softmax(scores, length, length);
            let weights = Rows {
                values: scores,
                count: rows,
                stride: length,
            };
            let target = RowsMut {
                values: &mut scratch.context[(first + block) * hidden + head * size..],
                stride: hidden,
            };
            kernel::multiply(weights, values, target);
        }
    }

    /// The linear layers behind attention, for `rows` tokens from `first` on.
    fn feed_forward(&self, layer: &Layer, first: usize, rows: usize, scratch: &mut Scratch) {
        let hidden = self.hidden;
        let tokens = &mut scratch.tokens[first * hidden..(first + rows) * hidden];
        let delta = &mut scratch.delta[..rows * hidden];
        linear(
            &scratch.context[first * hidden..],
            rows,
            &layer.output,
            delta,
        );
        kernel::add_norm(tokens, delta, layer.attention_norm.view(self.epsilon));
        let inner = &mut scratch.inner[..rows * layer.inner.columns()];
        linear(tokens, rows, &layer.inner, inner);
        match self.activation {
            Activation::Gelu => kernel::gelu(inner),
            Activation::GeluTanh => kernel::gelu_tanh(inner),
            Activation::Relu => kernel::relu(inner),
            Activation::Silu => inner.iter_mut().for_each(|x| *x /= 1.0 + (-*x).exp()),
        }
        linear(inner, rows, &layer.outer, delta);
        kernel::add_norm(tokens, delta, layer.norm.view(self.epsilon));
    }

    fn run(&self, texts: &[TokenSlice<'_>], scratch: &mut Scratch, out: &mut [f32]) {
        self.embed(texts, &mut scratch.tokens);
        scratch.fit(texts, self);
        let zero = &scratch.context[..scratch.tokens.len()];
        kernel::add_norm(
            &mut scratch.tokens,
            zero,
            self.embeddings.norm.view(self.epsilon),
        );
        for layer in &self.layers {
            self.layer(layer, texts, scratch);
        }
        let mut rest = scratch.tokens.as_slice();
        for (text, out) in texts.iter().zip(out.chunks_exact_mut(self.hidden)) {
            let (tokens, after) = rest.split_at(text.ids.len() * self.hidden);
            self.pooling.pool(tokens, text.skip, out);
            rest = after;
        }
    }
}

/// `out = input * matrix + bias` for tightly packed rows.
fn linear(input: &[f32], rows: usize, matrix: &PackedMatrix, out: &mut [f32]) {
    let left = Rows {
        values: input,
        count: rows,
        stride: matrix.depth(),
    };
    let stride = matrix.columns();
    kernel::multiply(
        left,
        matrix.view(),
        RowsMut {
            values: out,
            stride,
        },
    );
}

impl Scratch {
    /// Makes every buffer as large as the texts need; `context` is zero afterwards.
    fn fit(&mut self, texts: &[TokenSlice<'_>], model: &PackedBert) {
        let tokens: usize = texts.iter().map(|text| text.ids.len()).sum();
        let longest = texts.iter().map(|text| text.ids.len()).max().unwrap_or(0);
        let inner = model
            .layers
            .iter()
            .map(|layer| layer.inner.columns())
            .max()
            .unwrap_or(0);
        self.context.clear();
        self.context.resize(tokens * model.hidden, 0.0);
        self.qkv.resize(tokens * 3 * model.hidden, 0.0);
        self.delta.resize(ROW_BLOCK * model.hidden, 0.0);
        self.inner.resize(ROW_BLOCK * inner, 0.0);
        self.keys.resize(padded(longest) * model.head, 0.0);
        self.values.resize(padded(model.head) * longest, 0.0);
        self.scores.resize(ROW_BLOCK * longest, 0.0);
    }
}

impl Layer {
    fn take(
        tensors: &mut Tensors,
        layer: usize,
        architecture: &Architecture,
    ) -> Result<Self, WeightsError> {
        let mut linear = |part: &str| -> Result<(Vec<f32>, Vec<f32>), WeightsError> {
            let name = format!("encoder.layer.{layer}.{part}");
            let weight = take(tensors, &format!("{name}.weight"))?;
            Ok((weight, take(tensors, &format!("{name}.bias"))?))
        };
        let scale = 1.0 / (architecture.head_size as f32).sqrt();
        let (mut weights, mut bias) = linear("attention.self.query")?;
        weights
            .iter_mut()
            .chain(&mut bias)
            .for_each(|value| *value *= scale);
        for part in ["attention.self.key", "attention.self.value"] {
            let (weight, more) = linear(part)?;
            weights.extend(weight);
            bias.extend(more);
        }
        let mut packed = |part: &str, depth: usize| -> Result<PackedMatrix, WeightsError> {
            let (weight, bias) = linear(part)?;
            Ok(PackedMatrix::of_linear(depth, &weight, bias))
        };
        let output = packed("attention.output.dense", architecture.hidden)?;
        let inner = packed("intermediate.dense", architecture.hidden)?;
        let outer = packed("output.dense", architecture.inner)?;
        let name = format!("encoder.layer.{layer}");
        Ok(Self {
            qkv: PackedMatrix::of_linear(architecture.hidden, &weights, bias),
            output,
            attention_norm: NormWeights::take(
                tensors,
                &format!("{name}.attention.output.LayerNorm"),
            )?,
            inner,
            outer,
            norm: NormWeights::take(tensors, &format!("{name}.output.LayerNorm"))?,
        })
    }
}

impl NormWeights {
    fn take(tensors: &mut Tensors, name: &str) -> Result<Self, WeightsError> {
        Ok(Self {
            weight: take(tensors, &format!("{name}.weight"))?,
            bias: take(tensors, &format!("{name}.bias"))?,
        })
    }

    fn view(&self, epsilon: f32) -> Norm<'_> {
        Norm {
            weight: &self.weight,
            bias: &self.bias,
            epsilon,
        }
    }
}

impl TokenModel for PackedBert {
    fn width(&self) -> usize {
        self.hidden
    }

    fn chunk_tokens(&self) -> usize {
        CHUNK_TOKENS
    }

    fn forward(
        &self,
        texts: &[TokenSlice<'_>],
        out: &mut [f32],
    ) -> Result<(), Box<dyn Error + Send + Sync>> {
        let spare = || {
            self.spare
                .lock()
                .expect("no thread panics while it holds the lock")
        };
        let mut scratch = spare().pop().unwrap_or_default();
        self.run(texts, &mut scratch, out);
        spare().push(scratch);
        Ok(())
    }
}

impl fmt::Debug for PackedBert {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "PackedBert({} layers of {})",
            self.layers.len(),
            self.hidden
        )
    }
}
