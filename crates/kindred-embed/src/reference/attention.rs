//! Attention of a padded batch.

use candle_core::{Device, Result, Tensor};
use candle_nn::ops::softmax_last_dim;
use candle_nn::rotary_emb::rope;

use super::{linear, normalize};
use crate::architecture::{
    Architecture, LayerKind, LayerWeights, NormKind, NormWeights, Positions, TransformerWeights,
    relative_bucket, rotary_frequencies,
};

/// Added to the scores of tokens that are not seen. Finite, so that a row of padding that sees
/// nothing does not become NaN; no score comes near it.
const UNSEEN: f32 = -1e9;

/// What the layers of one batch share.
pub(super) struct Surroundings {
    /// Of padding, `[texts, 1, 1, longest]`; `None` if all texts have the same length.
    padding: Option<Tensor>,
    /// For each layer what the direction and the window hide, `[longest, longest]`.
    masks: Vec<Option<Tensor>>,
    /// Cosines and sines of each layer, `[longest, head_size / 2]`.
    rotations: Vec<Option<(Tensor, Tensor)>>,
    /// `[heads, longest, longest]`.
    relative_bias: Option<Tensor>,
}

impl Surroundings {
    /// Prepares masks and positions for texts of `lengths` tokens.
    pub(super) fn new(
        architecture: &Architecture,
        weights: &TransformerWeights,
        lengths: &[usize],
        device: &Device,
    ) -> Result<Self> {
        let longest = lengths.iter().copied().max().unwrap_or(0);
        let padding = if lengths.iter().all(|length| *length == longest) {
            None
        } else {
            let hidden = |place, length| if place < length { 0.0 } else { UNSEEN };
            let mask = lengths
                .iter()
                .flat_map(|&length| (0..longest).map(move |place| hidden(place, length)))
                .collect();
            let shape = (lengths.len(), 1, 1, longest);
            Some(Tensor::from_vec::<_, f32>(mask, shape, device)?)
        };
        let layers = architecture.layers.as_slice();
        let mask = |kind: &LayerKind| mask(architecture.causal, *kind, longest, device);
        let rotation = |kind: &LayerKind| match architecture.positions {
            Positions::Rotary => {
                rotation(architecture.head_size, kind.theta, longest, device).map(Some)
            }
            Positions::Learnt | Positions::RelativeBias { .. } => Ok(None),
        };
        Ok(Self {
            padding,
            masks: for_each_kind(layers, mask)?,
            rotations: for_each_kind(layers, rotation)?,
            relative_bias: relative_bias(architecture, weights, longest)?,
        })
    }
}

/// Makes something for each layer, once for layers that are alike.
fn for_each_kind<T: Clone>(
    layers: &[LayerKind],
    make: impl Fn(&LayerKind) -> Result<T>,
) -> Result<Vec<T>> {
    let mut made: Vec<T> = Vec::with_capacity(layers.len());
    for (number, kind) in layers.iter().enumerate() {
        let alike = layers[..number].iter().position(|earlier| earlier == kind);
        made.push(match alike {
            Some(earlier) => made[earlier].clone(),
            None => make(kind)?,
        });
    }
    Ok(made)
}

fn mask(causal: bool, kind: LayerKind, longest: usize, device: &Device) -> Result<Option<Tensor>> {
    let window = kind.window.unwrap_or(usize::MAX);
    if !causal && window >= longest {
        return Ok(None);
    }
    let mut values = Vec::with_capacity(longest * longest);
    for query in 0..longest {
        values.extend((0..longest).map(|key| {
            let seen = query.abs_diff(key) <= window && (!causal || key <= query);
            if seen { 0.0 } else { UNSEEN }
        }));
    }
    Tensor::from_vec(values, (longest, longest), device).map(Some)
}

fn rotation(
    head_size: usize,
    theta: f32,
    longest: usize,
    device: &Device,
) -> Result<(Tensor, Tensor)> {
    let frequencies = rotary_frequencies(head_size, theta);
    let angles = (0..longest)
        .flat_map(|place| frequencies.iter().map(move |turn| place as f32 * turn))
        .collect();
    let angles = Tensor::from_vec(angles, (longest, head_size / 2), device)?;
    Ok((angles.cos()?, angles.sin()?))
}

fn relative_bias(
    architecture: &Architecture,
    weights: &TransformerWeights,
    longest: usize,
) -> Result<Option<Tensor>> {
    let (
        Positions::RelativeBias {
            buckets,
            max_distance,
        },
        Some(table),
    ) = (&architecture.positions, &weights.relative_bias)
    else {
        return Ok(None);
    };
    let mut numbers = Vec::with_capacity(longest * longest);
    for query in 0..longest {
        numbers
            .extend((0..longest).map(|key| relative_bucket(query, key, *buckets, *max_distance)));
    }
    let numbers = Tensor::from_vec(numbers, longest * longest, table.device())?;
    let bias = table.index_select(&numbers, 0)?;
    let bias = bias.reshape((longest, longest, architecture.heads))?;
    bias.permute((2, 0, 1))?.contiguous().map(Some)
}

/// Attention of `layer`, the model's layer `number`, for `input` of `[texts, longest, hidden]`.
pub(super) fn attend(
    architecture: &Architecture,
    layer: &LayerWeights,
    number: usize,
    surroundings: &Surroundings,
    input: &Tensor,
) -> Result<Tensor> {
    let (heads, shared) = (architecture.heads, architecture.key_value_heads);
    let split = |rows: Tensor, heads: usize, norm: Option<&NormWeights>| {
        let (texts, longest, _) = rows.dims3()?;
        let rows = rows.reshape((texts, longest, heads, architecture.head_size))?;
        let rows = match norm {
            Some(norm) => {
                let epsilon = architecture.epsilon;
                normalize(&rows, norm, NormKind::RootMeanSquare, epsilon)?
            }
            None => rows,
        };
        rows.transpose(1, 2)?.contiguous()
    };
    let mut queries = split(
        linear(&layer.query, input)?,
        heads,
        layer.query_norm.as_ref(),
    )?;
    let mut keys = split(linear(&layer.key, input)?, shared, layer.key_norm.as_ref())?;
    let values = split(linear(&layer.value, input)?, shared, None)?;
    if let Some((cosines, sines)) = &surroundings.rotations[number] {
        queries = rope(&queries, cosines, sines)?;
        keys = rope(&keys, cosines, sines)?;
    }
    let keys = repeated(&keys, heads / shared)?;
    let values = repeated(&values, heads / shared)?;
    let scale = 1.0 / (architecture.head_size as f64).sqrt();
    let mut scores = (queries.matmul(&keys.t()?)? * scale)?;
    let added = [
        surroundings.relative_bias.as_ref(),
        surroundings.masks[number].as_ref(),
        surroundings.padding.as_ref(),
    ];
    for term in added.into_iter().flatten() {
        scores = scores.broadcast_add(term)?;
    }
    let context = softmax_last_dim(&scores)?.matmul(&values)?;
    let context = context.transpose(1, 2)?.flatten_from(2)?;
    linear(&layer.output, &context)
}

/// Repeats each head of `[texts, heads, longest, head_size]` for the queries that share it.
fn repeated(rows: &Tensor, times: usize) -> Result<Tensor> {
    if times == 1 {
        return Ok(rows.clone());
    }
    let (texts, heads, longest, size) = rows.dims4()?;
    rows.unsqueeze(2)?
        .expand((texts, heads, times, longest, size))?
        .reshape((texts, heads * times, longest, size))
}
