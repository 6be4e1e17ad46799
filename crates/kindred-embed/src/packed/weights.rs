//! The weights of a transformer, laid out.

use candle_core::Tensor;

use super::linear;
use crate::architecture::{
    Activation, AdapterWeights, Architecture, LayerKind, LayerWeights, LinearWeights,
    NormPlacement, NormWeights, Positions, TransformerWeights, relative_bucket,
};
use crate::error::WeightsError;
use crate::kernel::{Arithmetic, Inputs, Norm, Output, Session, Shift, Target, Weights, add_norm};

/// All weights of a transformer.
pub(super) struct PackedLayers {
    /// `[vocabulary, hidden]`.
    pub(super) words: Vec<f32>,
    /// `[places, hidden]`.
    pub(super) places: Option<Vec<f32>>,
    /// `[hidden]`.
    pub(super) token_type: Option<Vec<f32>>,
    /// For each head, what each distance of a key from a query adds to the score, from
    /// `1 - max_tokens` on; empty where positions are not relative.
    pub(super) distance_bias: Vec<Vec<f32>>,
    pub(super) embedding_norm: Option<NormValues>,
    pub(super) layers: Vec<Layer>,
    pub(super) final_norm: Option<NormValues>,
}

/// How the parts of a model hold their numbers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Arithmetics {
    /// Queries, keys and values.
    pub(super) qkv: Arithmetic,
    /// The other linear layers.
    pub(super) linear: Arithmetic,
    /// Adapters, which are small.
    pub(super) float: Arithmetic,
}

pub(super) struct Layer {
    pub(super) kind: LayerKind,
    /// Queries (scaled for attention), keys and values side by side.
    pub(super) qkv: Weights,
    pub(super) query_norm: Option<Vec<f32>>,
    pub(super) key_norm: Option<Vec<f32>>,
    pub(super) output: Weights,
    pub(super) attention_norm: Option<NormValues>,
    pub(super) gate: Option<Weights>,
    pub(super) up: Weights,
    pub(super) outer: Weights,
    pub(super) adapter: Option<Adapter>,
    pub(super) feed_forward_norm: NormValues,
}

/// The parameters of a normalisation.
pub(super) struct NormValues {
    weight: Vec<f32>,
    bias: Vec<f32>,
}

/// The two layers of an adapter, computed in 32 bits: they are small.
pub(super) struct Adapter {
    down: Weights,
    up: Weights,
}

impl PackedLayers {
    pub(super) fn new(
        architecture: &Architecture,
        weights: TransformerWeights,
        arithmetics: Arithmetics,
    ) -> Result<Self, WeightsError> {
        let distance_bias = match (&architecture.positions, weights.relative_bias) {
            (Positions::RelativeBias { .. }, Some(table)) => {
                distance_bias(architecture, &numbers(&table)?)
            }
            _ => Vec::new(),
        };
        let layers = architecture.layers.iter().zip(weights.layers);
        let layers = layers
            .map(|(kind, weights)| Layer::new(architecture, *kind, weights, arithmetics))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            words: numbers(&weights.words)?,
            places: weights.places.as_ref().map(numbers).transpose()?,
            token_type: weights.token_type.as_ref().map(numbers).transpose()?,
            distance_bias,
            embedding_norm: weights.embedding_norm.map(NormValues::new).transpose()?,
            layers,
            final_norm: weights.final_norm.map(NormValues::new).transpose()?,
        })
    }
}

impl Layer {
    fn new(
        architecture: &Architecture,
        kind: LayerKind,
        weights: LayerWeights,
        arithmetics: Arithmetics,
    ) -> Result<Self, WeightsError> {
        // Scores become logarithms to the base of 2 of the weights.
        let scale = std::f32::consts::LOG2_E / (architecture.head_size as f32).sqrt();
        let mut query_norm = weights
            .query_norm
            .map(|norm| numbers(&norm.weight))
            .transpose()?;
        let (mut all, mut bias) = weights_and_bias(weights.query)?;
        // A norm behind the layer would undo the scale.
        let scaled: &mut dyn Iterator<Item = &mut f32> = match &mut query_norm {
            Some(norm) => &mut norm.iter_mut(),
            None => &mut all.iter_mut().chain(&mut bias),
        };
        scaled.for_each(|value| *value *= scale);
        for part in [weights.key, weights.value] {
            let (more, more_bias) = weights_and_bias(part)?;
            all.extend(more);
            bias.extend(more_bias);
        }
        let packed = |weights| packed(arithmetics.linear, weights);
        Ok(Self {
            kind,
            qkv: Weights::new(arithmetics.qkv, architecture.hidden, &all, bias),
            query_norm,
            key_norm: weights
                .key_norm
                .map(|norm| numbers(&norm.weight))
                .transpose()?,
            output: packed(weights.output)?,
            attention_norm: weights.attention_norm.map(NormValues::new).transpose()?,
            gate: weights.gate.map(packed).transpose()?,
            up: packed(weights.up)?,
            outer: packed(weights.outer)?,
            adapter: weights
                .adapter
                .map(|weights| Adapter::new(weights, arithmetics.float))
                .transpose()?,
            feed_forward_norm: NormValues::new(weights.feed_forward_norm)?,
        })
    }

    /// Returns the norm in front of attention, if there is one.
    pub(super) fn first_norm(&self, architecture: &Architecture) -> Option<&NormValues> {
        match architecture.placement {
            NormPlacement::After => None,
            NormPlacement::Before => self.attention_norm.as_ref(),
        }
    }

    /// Whether queries and keys are normalised or rotated before they meet.
    pub(super) fn changes_heads(&self, architecture: &Architecture) -> bool {
        architecture.positions == Positions::Rotary
            || self.query_norm.is_some()
            || self.key_norm.is_some()
    }
}

impl NormValues {
    fn new(weights: NormWeights) -> Result<Self, WeightsError> {
        let weight = numbers(&weights.weight)?;
        let bias = match weights.bias {
            Some(bias) => numbers(&bias)?,
            None => vec![0.0; weight.len()],
        };
        Ok(Self { weight, bias })
    }

    pub(super) fn view(&self, architecture: &Architecture) -> Norm<'_> {
        Norm {
            kind: architecture.norm,
            weight: &self.weight,
            bias: &self.bias,
            epsilon: architecture.epsilon,
        }
    }
}

impl Adapter {
    fn new(weights: AdapterWeights, float: Arithmetic) -> Result<Self, WeightsError> {
        Ok(Self {
            down: packed(float, weights.down)?,
            up: packed(float, weights.up)?,
        })
    }

    /// Adds what the adapter makes of the block's normalised output to `delta`.
    pub(super) fn apply(
        &self,
        session: &Session,
        block: &mut AdapterBlock<'_>,
        scratch: &mut Option<AdapterBuffers>,
    ) {
        let (wide, narrow) = (self.down.inputs(), self.down.outputs());
        let count = block.delta.len() / wide;
        let AdapterBuffers { inputs, inner, out } = scratch.get_or_insert_with(|| AdapterBuffers {
            inputs: Inputs::new(self.down.arithmetic(), wide),
            inner: Inputs::new(self.down.arithmetic(), narrow),
            out: Vec::new(),
        });
        inputs.fit(count);
        inner.fit(count);
        out.clear();
        out.extend_from_slice(block.tokens);
        let mut shift = Shift {
            rows: out,
            delta: block.delta,
            norm: block.norm,
            replace: true,
            target: Some(inputs.rows_mut(0, count)),
        };
        add_norm(session, &mut shift);
        let (target, stride) = inner.target(0, count);
        let mut narrowed = Output {
            target,
            stride,
            finish: self.down.finish(&[], Some(Activation::Relu)),
        };
        linear(session, inputs.left(0, count), &self.down, &mut narrowed);
        let mut widened = Output {
            target: Target::Float(out),
            stride: wide,
            finish: self.up.finish(&[], None),
        };
        linear(session, inner.left(0, count), &self.up, &mut widened);
        for (value, added) in block.delta.iter_mut().zip(out) {
            *value += *added;
        }
    }
}

/// Rows of the hidden size around an adapter.
pub(super) struct AdapterBlock<'a> {
    /// The input of the feed-forward block.
    pub(super) tokens: &'a [f32],
    /// Its output, which the adapter adds to.
    pub(super) delta: &'a mut [f32],
    /// The norm behind the block.
    pub(super) norm: Norm<'a>,
}

/// The buffers of an adapter, made when they are first needed.
#[derive(Debug)]
pub(super) struct AdapterBuffers {
    inputs: Inputs,
    inner: Inputs,
    out: Vec<f32>,
}

/// What each distance adds to the scores of each head, as a logarithm to the base of 2.
fn distance_bias(architecture: &Architecture, table: &[f32]) -> Vec<Vec<f32>> {
    let Positions::RelativeBias {
        buckets,
        max_distance,
    } = architecture.positions
    else {
        return Vec::new();
    };
    let last = architecture.max_tokens.saturating_sub(1);
    let entry = |head: usize, place: usize| {
        let bucket = relative_bucket(last, place, buckets, max_distance);
        table[bucket as usize * architecture.heads + head] * std::f32::consts::LOG2_E
    };
    (0..architecture.heads)
        .map(|head| (0..=2 * last).map(|place| entry(head, place)).collect())
        .collect()
}

fn packed(arithmetic: Arithmetic, weights: LinearWeights) -> Result<Weights, WeightsError> {
    let inputs = weights.weight.dims().get(1).copied().unwrap_or_default();
    let (weight, bias) = weights_and_bias(weights)?;
    Ok(Weights::new(arithmetic, inputs, &weight, bias))
}

fn weights_and_bias(weights: LinearWeights) -> Result<(Vec<f32>, Vec<f32>), WeightsError> {
    let outputs = weights.weight.dims().first().copied().unwrap_or_default();
    let bias = match weights.bias {
        Some(bias) => numbers(&bias)?,
        None => vec![0.0; outputs],
    };
    Ok((numbers(&weights.weight)?, bias))
}

/// Takes a tensor's numbers, row-major.
fn numbers(tensor: &Tensor) -> Result<Vec<f32>, WeightsError> {
    tensor
        .flatten_all()
        .and_then(|flat| flat.to_vec1())
        .map_err(|source| WeightsError::Library { source })
}
