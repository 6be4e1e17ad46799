//! Transformers on the CPU without padding.
//!
//! The tokens of a chunk of whole texts lie one after another: linear layers see one matrix of all
//! tokens, attention runs for each text and head. Everything of a chunk happens on one thread with
//! buffers that are kept and used again. Behind attention rows are taken in blocks that stay in
//! the second-level cache up to the next layer's input.

mod attention;
mod scratch;
mod weights;

use std::error::Error;
use std::fmt;
use std::sync::Mutex;

use self::scratch::Scratch;
use self::weights::{AdapterBlock, Arithmetics, Layer, NormValues, PackedLayers};
use crate::architecture::{Architecture, NormPlacement, TransformerWeights};
use crate::error::WeightsError;
use crate::kernel::{
    Arithmetic, Instructions, Left, Operand, Output, Session, Shift, Target, Weights, add_norm,
    convert, multiply,
};
use crate::model::{TokenModel, TokenSlice};
use crate::options::Dtype;
use crate::pooling::Pooling;

/// Tokens of a chunk; more would push the activations out of the cache.
const CHUNK_TOKENS: usize = 1024;
/// Rows that go through a layer together: each block of them reads all weights once.
const ROW_BLOCK: usize = 256;
/// Hidden size from which on 32-bit floats are split where the processor multiplies those faster.
const SPLIT_WIDTH: usize = 256;
/// Queries whose scores are computed together.
const QUERY_BLOCK: usize = 64;

/// A transformer whose weights are laid out for the products of [`crate::kernel`].
pub(crate) struct PackedTransformer {
    architecture: Architecture,
    instructions: Instructions,
    weights: PackedLayers,
    pooling: Pooling,
    arithmetics: Arithmetics,
    /// How attention multiplies.
    attention: Arithmetic,
    /// Whether queries, keys and values are rounded to bfloat16 and kept as floats: the processor
    /// multiplies floats faster, and another one must find the same vectors.
    rounds_heads: bool,
    /// Buffers of threads that are not computing at the moment.
    spare: Mutex<Vec<Scratch>>,
}

impl PackedTransformer {
    /// Lays out the weights, which are taken one after another.
    pub(crate) fn new(
        architecture: Architecture,
        weights: TransformerWeights,
        pooling: Pooling,
        dtype: Dtype,
        instructions: Instructions,
    ) -> Result<Self, WeightsError> {
        let float = Arithmetic::float(instructions);
        // Splitting gains nothing in small matrices. Its rounding errors average out over the terms
        // of a sum, so that they are largest where sums are short.
        let matrix = if architecture.hidden >= SPLIT_WIDTH {
            Arithmetic::matrix(instructions)
        } else {
            float
        };
        let brain = Arithmetic::brain(instructions);
        let integer = Arithmetic::integer(instructions);
        let (qkv, linear) = match dtype {
            Dtype::F32 => (matrix, matrix),
            Dtype::Bf16 => (brain, brain),
            Dtype::Int8 => (integer, integer),
            Dtype::Mixed => (brain, integer),
        };
        // A word has two halves, and a head of queries begins at a word.
        let halves = architecture.head_size.is_multiple_of(2);
        let exact = dtype == Dtype::F32 || !halves;
        let attention = if exact || brain.rounded { float } else { brain };
        let arithmetics = Arithmetics { qkv, linear, float };
        let weights = PackedLayers::new(&architecture, weights, arithmetics)?;
        Ok(Self {
            architecture,
            instructions,
            weights,
            pooling,
            arithmetics,
            attention,
            rounds_heads: !exact && brain.rounded,
            spare: Mutex::default(),
        })
    }

    fn run(&self, texts: &[TokenSlice<'_>], scratch: &mut Scratch, out: &mut [f32]) {
        let session = Session::open(self.instructions);
        scratch.fit(self, texts);
        self.embed(&session, texts, scratch);
        for number in 0..self.weights.layers.len() {
            self.layer(&session, number, texts, scratch);
        }
        let hidden = self.architecture.hidden;
        let mut rest = scratch.tokens.as_slice();
        for (text, out) in texts.iter().zip(out.chunks_exact_mut(hidden)) {
            let (tokens, after) = rest.split_at(text.ids.len() * hidden);
            self.pooling.pool(tokens, text.skip, out);
            rest = after;
        }
    }

    /// Sums the tables' rows of each token, normalises them and prepares the first layer's input.
    fn embed(&self, session: &Session, texts: &[TokenSlice<'_>], scratch: &mut Scratch) {
        let hidden = self.architecture.hidden;
        let weights = &self.weights;
        let mut rows = scratch.tokens.as_mut_slice().chunks_exact_mut(hidden);
        for text in texts {
            for (place, (&id, row)) in text.ids.iter().zip(&mut rows).enumerate() {
                let word = &weights.words[id as usize * hidden..][..hidden];
                let added = match (&weights.places, &weights.token_type) {
                    (Some(places), _) => &places[place * hidden..][..hidden],
                    (None, Some(token_type)) => token_type.as_slice(),
                    (None, None) => {
                        row.copy_from_slice(word);
                        continue;
                    }
                };
                for ((value, word), added) in row.iter_mut().zip(word).zip(added) {
                    *value = word + added;
                }
            }
        }
        let count = scratch.count;
        let Some(first) = weights.layers.first() else {
            return;
        };
        if let Some(norm) = &weights.embedding_norm {
            let target = scratch.qkv_inputs.rows_mut(0, count);
            let mut shift = Shift {
                rows: &mut scratch.tokens[..count * hidden],
                delta: &[],
                norm: norm.view(&self.architecture),
                replace: true,
                target: first
                    .first_norm(&self.architecture)
                    .is_none()
                    .then_some(target),
            };
            add_norm(session, &mut shift);
        }
        match first.first_norm(&self.architecture) {
            Some(norm) => {
                let mut shift = Shift {
                    rows: &mut scratch.tokens[..count * hidden],
                    delta: &[],
                    norm: norm.view(&self.architecture),
                    replace: false,
                    target: Some(scratch.qkv_inputs.rows_mut(0, count)),
                };
                add_norm(session, &mut shift);
            }
            None if weights.embedding_norm.is_none() => convert(
                session,
                &scratch.tokens[..count * hidden],
                hidden,
                &mut scratch.qkv_inputs.rows_mut(0, count),
            ),
            None => {}
        }
    }

    fn layer(
        &self,
        session: &Session,
        number: usize,
        texts: &[TokenSlice<'_>],
        scratch: &mut Scratch,
    ) {
        let layer = &self.weights.layers[number];
        let count = scratch.count;
        self.project(session, layer, scratch);
        self.attend(session, layer, texts, scratch);
        for first in (0..count).step_by(ROW_BLOCK) {
            let rows = ROW_BLOCK.min(count - first);
            self.behind_attention(session, number, (first, rows), scratch);
            self.feed_forward(session, layer, (first, rows), scratch);
            self.finish_layer(session, number, (first, rows), scratch);
        }
    }

    /// Computes the queries, keys and values of all tokens.
    fn project(&self, session: &Session, layer: &Layer, scratch: &mut Scratch) {
        let count = scratch.count;
        let width = layer.qkv.outputs();
        for first in (0..count).step_by(ROW_BLOCK) {
            let rows = ROW_BLOCK.min(count - first);
            let target = if self.projects_halves(layer) {
                Target::Brain(&mut scratch.qkv_halves.as_mut_slice()[first * width..])
            } else if self.rounds_heads && !layer.changes_heads(&self.architecture) {
                Target::Rounded(&mut scratch.qkv.as_mut_slice()[first * width..])
            } else {
                Target::Float(&mut scratch.qkv.as_mut_slice()[first * width..])
            };
            linear(
                session,
                scratch.qkv_inputs.left(first, rows),
                &layer.qkv,
                &mut Output {
                    target,
                    stride: width,
                    finish: layer
                        .qkv
                        .finish(scratch.qkv_inputs.scales(first, rows), None),
                },
            );
        }
    }

    /// The output layer of attention, and the norm before the feed-forward block.
    fn behind_attention(
        &self,
        session: &Session,
        number: usize,
        (first, rows): (usize, usize),
        scratch: &mut Scratch,
    ) {
        let layer = &self.weights.layers[number];
        let hidden = self.architecture.hidden;
        let width = layer.output.inputs();
        if self.arithmetics.linear.takes_whole_rows() {
            let context = &scratch.context[first * width..(first + rows) * width];
            let target = &mut scratch.contexts.rows_mut(first, rows);
            convert(session, context, width, target);
        }
        let finish = layer
            .output
            .finish(scratch.contexts.scales(first, rows), None);
        let delta = &mut scratch.delta[..rows * hidden];
        let mut out = Output {
            target: Target::Float(delta),
            stride: hidden,
            finish,
        };
        linear(
            session,
            scratch.contexts.left(first, rows),
            &layer.output,
            &mut out,
        );
        let placement = self.architecture.placement;
        let norm = match placement {
            NormPlacement::After => layer.attention_norm.as_ref(),
            NormPlacement::Before => Some(&layer.feed_forward_norm),
        };
        let mut shift = Shift {
            rows: &mut scratch.tokens[first * hidden..(first + rows) * hidden],
            delta: &scratch.delta[..rows * hidden],
            norm: norm.expect("the family gives it").view(&self.architecture),
            replace: placement == NormPlacement::After,
            target: Some(scratch.inputs.rows_mut(0, rows)),
        };
        add_norm(session, &mut shift);
    }

    /// Computes the feed-forward block of rows into `delta`.
    fn feed_forward(
        &self,
        session: &Session,
        layer: &Layer,
        (first, rows): (usize, usize),
        scratch: &mut Scratch,
    ) {
        let (hidden, inner) = (self.architecture.hidden, self.architecture.inner);
        let inputs = &scratch.inputs;
        let activation = Some(self.architecture.activation);
        let scales = inputs.scales(0, rows);
        let whole = self.arithmetics.linear.takes_whole_rows();
        if let Some(gate) = &layer.gate {
            for (weights, buffer, activation) in [
                (gate, &mut scratch.gate, activation),
                (&layer.up, &mut scratch.inner, None),
            ] {
                let mut out = Output {
                    target: Target::Float(&mut buffer[..rows * inner]),
                    stride: inner,
                    finish: weights.finish(scales, activation),
                };
                linear(session, inputs.left(0, rows), weights, &mut out);
            }
            let gates = &scratch.gate[..rows * inner];
            for (value, gate) in scratch.inner.iter_mut().zip(gates) {
                *value *= gate;
            }
        } else {
            let (target, stride) = if whole {
                (Target::Float(&mut scratch.inner[..rows * inner]), inner)
            } else {
                scratch.inners.target(0, rows)
            };
            let mut out = Output {
                target,
                stride,
                finish: layer.up.finish(scales, activation),
            };
            linear(session, inputs.left(0, rows), &layer.up, &mut out);
        }
        if whole || layer.gate.is_some() {
            let target = &mut scratch.inners.rows_mut(0, rows);
            convert(session, &scratch.inner[..rows * inner], inner, target);
        }
        let mut out = Output {
            target: Target::Float(&mut scratch.delta[..rows * hidden]),
            stride: hidden,
            finish: layer.outer.finish(scratch.inners.scales(0, rows), None),
        };
        linear(
            session,
            scratch.inners.left(0, rows),
            &layer.outer,
            &mut out,
        );
        if let Some(adapter) = &layer.adapter {
            let mut block = AdapterBlock {
                tokens: &scratch.tokens[first * hidden..(first + rows) * hidden],
                delta: &mut scratch.delta[..rows * hidden],
                norm: layer.feed_forward_norm.view(&self.architecture),
            };
            adapter.apply(session, &mut block, &mut scratch.adapter);
        }
    }

    /// Adds the feed-forward block's result and prepares the input of the next layer.
    fn finish_layer(
        &self,
        session: &Session,
        number: usize,
        (first, rows): (usize, usize),
        scratch: &mut Scratch,
    ) {
        let hidden = self.architecture.hidden;
        let layer = &self.weights.layers[number];
        let next = self.weights.layers.get(number + 1);
        let (norm, replace): (Option<&NormValues>, bool) = match self.architecture.placement {
            NormPlacement::After => (Some(&layer.feed_forward_norm), true),
            NormPlacement::Before => match next {
                Some(next) => (next.attention_norm.as_ref(), false),
                None => (self.weights.final_norm.as_ref(), true),
            },
        };
        let target = scratch.qkv_inputs.rows_mut(first, rows);
        let mut shift = Shift {
            rows: &mut scratch.tokens[first * hidden..(first + rows) * hidden],
            delta: &scratch.delta[..rows * hidden],
            norm: norm.expect("the family gives it").view(&self.architecture),
            replace,
            target: next.is_some().then_some(target),
        };
        add_norm(session, &mut shift);
    }

    /// Whether a layer's queries, keys and values are made as bfloat16 at once.
    fn projects_halves(&self, layer: &Layer) -> bool {
        self.attention.unit.operand() == Operand::Brain && !layer.changes_heads(&self.architecture)
    }
}

/// `left * weights`, finished as `out` says.
fn linear(session: &Session, left: Left<'_>, weights: &Weights, out: &mut Output<'_>) {
    multiply(
        session,
        weights.arithmetic().unit,
        left,
        weights.panels(),
        out,
    );
}

impl TokenModel for PackedTransformer {
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
    ) -> Result<(), Box<dyn Error + Send + Sync>> {
        let spare = || {
            self.spare
                .lock()
                .expect("no thread panics while it holds the lock")
        };
        let scratch = spare().pop();
        let mut scratch = scratch.unwrap_or_else(|| Scratch::new(self));
        self.run(texts, &mut scratch, out);
        spare().push(scratch);
        Ok(())
    }
}

impl fmt::Debug for PackedTransformer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "PackedTransformer({} layers of {}, {})",
            self.weights.layers.len(),
            self.architecture.hidden,
            self.instructions
        )
    }
}

#[cfg(test)]
mod tests;
