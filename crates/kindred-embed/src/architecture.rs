//! What a transformer encoder computes, apart from the family that its files are of.
//!
//! A family (`families`) reads its configuration into an [`Architecture`] and its tensors into
//! [`TransformerWeights`]. Two forward passes understand them: the packed one for the CPU
//! (`packed`) and the plain one in candle's operations (`reference`), which is for other devices
//! and for the tests.

use candle_core::Tensor;

/// The settings of a forward pass. All layers are alike except where a field says otherwise.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Architecture {
    /// Components of a token's vector.
    pub(crate) hidden: usize,
    /// Attention heads of the queries.
    pub(crate) heads: usize,
    /// Attention heads of keys and values; divides `heads`, equal to it unless queries share them.
    pub(crate) key_value_heads: usize,
    /// Components of a head; `heads * head_size` may differ from `hidden`.
    pub(crate) head_size: usize,
    /// Width of the feed-forward block.
    pub(crate) inner: usize,
    pub(crate) activation: Activation,
    pub(crate) norm: NormKind,
    pub(crate) placement: NormPlacement,
    /// Added to the variance (or the mean square).
    pub(crate) epsilon: f32,
    pub(crate) positions: Positions,
    /// Whether a token sees only itself and those before it.
    pub(crate) causal: bool,
    /// What is special about each layer's attention; its length is the number of layers.
    pub(crate) layers: Vec<LayerKind>,
    /// Tokens that positions are known for, special ones included.
    pub(crate) max_tokens: usize,
}

/// What differs between the layers of one model.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct LayerKind {
    /// Tokens on each side that a token sees; `None`: all of them.
    pub(crate) window: Option<usize>,
    /// Base of the rotation's wavelengths, for [`Positions::Rotary`].
    pub(crate) theta: f32,
}

/// The function of a feed-forward block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Activation {
    /// `x / 2 * (1 + erf(x / sqrt 2))`.
    Gelu,
    /// The approximation of the above by a hyperbolic tangent.
    GeluTanh,
    /// `max(x, 0)`.
    Relu,
    /// `x / (1 + exp(-x))`.
    Silu,
}

/// How rows are normalised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NormKind {
    /// Mean 0, variance 1, then weight and bias.
    Layer,
    /// Mean square 1, then weight.
    RootMeanSquare,
}

/// Where rows are normalised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NormPlacement {
    /// `x = norm(x + f(x))`, as BERT does.
    After,
    /// `x = x + f(norm(x))`, and once more behind the last layer.
    Before,
}

/// How a token knows its place.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Positions {
    /// A learnt vector is added to the token's own: row `place` of the weights' table, from 0 on.
    Learnt,
    /// Queries and keys are rotated, halves of a head paired: component `i` with
    /// `i + head_size / 2`, by `place * theta^(-2 i / head_size)`.
    Rotary,
    /// A learnt number for each head and bucket of distance is added to the scores: the buckets
    /// of T5 in both directions ([`relative_bucket`]). `MPNet` has learnt vectors of places too.
    RelativeBias {
        /// Number of buckets, both directions together.
        buckets: usize,
        /// Distance from which on all fall into the last bucket.
        max_distance: usize,
    },
}

/// `y = x * weight^T + bias`.
#[derive(Debug, Clone)]
pub(crate) struct LinearWeights {
    /// `[outputs, inputs]`.
    pub(crate) weight: Tensor,
    /// `[outputs]`.
    pub(crate) bias: Option<Tensor>,
}

/// Factors and terms of a normalisation.
#[derive(Debug, Clone)]
pub(crate) struct NormWeights {
    pub(crate) weight: Tensor,
    /// `None`: nothing is added.
    pub(crate) bias: Option<Tensor>,
}

/// Two small linear layers behind the feed-forward block of a layer with [`NormPlacement::After`]
/// (the bottleneck of Pfeiffer et al. 2020, as SPECTER2 uses it).
///
/// With `y` what the block makes of `x`, the layer gives
/// `norm(x + y + up(relu(down(norm(x + y)))))`, both times with the layer's feed-forward norm.
#[derive(Debug, Clone)]
pub(crate) struct AdapterWeights {
    pub(crate) down: LinearWeights,
    pub(crate) up: LinearWeights,
}

/// The tensors of one layer. All are 32-bit floats.
#[derive(Debug, Clone)]
pub(crate) struct LayerWeights {
    /// `[heads * head_size, hidden]`; not scaled.
    pub(crate) query: LinearWeights,
    /// `[key_value_heads * head_size, hidden]`.
    pub(crate) key: LinearWeights,
    pub(crate) value: LinearWeights,
    /// Root-mean-square norms of each head's queries and keys before they are rotated: `[head_size]`.
    pub(crate) query_norm: Option<NormWeights>,
    pub(crate) key_norm: Option<NormWeights>,
    /// `[hidden, heads * head_size]`.
    pub(crate) output: LinearWeights,
    /// `None` with [`NormPlacement::Before`]: the block reads its input as it is.
    pub(crate) attention_norm: Option<NormWeights>,
    /// `[inner, hidden]`; where it is there, the block is `outer(activation(gate(x)) * up(x))`.
    pub(crate) gate: Option<LinearWeights>,
    /// `[inner, hidden]`; without `gate`, the block is `outer(activation(up(x)))`.
    pub(crate) up: LinearWeights,
    /// `[hidden, inner]`.
    pub(crate) outer: LinearWeights,
    /// Behind `outer`; not of the shape `x + up(relu(down(x)))`, see [`AdapterWeights`].
    pub(crate) adapter: Option<AdapterWeights>,
    pub(crate) feed_forward_norm: NormWeights,
}

/// The tensors of a transformer, whatever its family calls them.
#[derive(Debug, Clone)]
pub(crate) struct TransformerWeights {
    /// `[vocabulary, hidden]`.
    pub(crate) words: Tensor,
    /// `[max_tokens, hidden]`: what is added to the token at each place, first place first; the
    /// vector of token type 0 is in it. There with [`Positions::Learnt`], and with
    /// [`Positions::RelativeBias`] where the family has both.
    pub(crate) places: Option<Tensor>,
    /// `[hidden]`: what is added to every token (token type 0) where `places` is not there.
    pub(crate) token_type: Option<Tensor>,
    /// `[buckets, heads]` for [`Positions::RelativeBias`].
    pub(crate) relative_bias: Option<Tensor>,
    /// Behind the sum of the tables.
    pub(crate) embedding_norm: Option<NormWeights>,
    pub(crate) layers: Vec<LayerWeights>,
    /// Behind the last layer.
    pub(crate) final_norm: Option<NormWeights>,
}

/// Returns the angle by which the rotation turns each pair of components from one place to the
/// next, `[head_size / 2]`; rounded as the Python library rounds it.
pub(crate) fn rotary_frequencies(head_size: usize, theta: f32) -> Vec<f32> {
    (0..head_size / 2)
        .map(|pair| {
            let exponent = (2 * pair) as f32 / head_size as f32;
            #[expect(clippy::cast_possible_truncation, reason = "the reference rounds here")]
            let wavelength = f64::from(theta).powf(f64::from(exponent)) as f32;
            1.0 / wavelength
        })
        .collect()
}

/// Returns the bucket of [`Positions::RelativeBias`] for the token at `query` that looks at `key`:
/// half of the buckets for keys that follow, of each half one bucket for each of the first
/// distances, then logarithmically wider ones.
pub(crate) fn relative_bucket(
    query: usize,
    key: usize,
    buckets: usize,
    max_distance: usize,
) -> u32 {
    let half = buckets / 2;
    let exact = half / 2;
    let first = if key > query { half } else { 0 };
    let distance = query.abs_diff(key);
    if distance < exact {
        return index(first + distance);
    }
    #[expect(clippy::cast_possible_truncation, reason = "the reference rounds here")]
    let span = (max_distance as f64 / exact as f64).ln() as f32;
    let share = (distance as f32 / exact as f32).ln() / span;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the distance is not below `exact`, so the logarithm is not negative"
    )]
    let beyond = (share * (half - exact) as f32) as usize;
    index(first + (exact + beyond).min(half - 1))
}

#[expect(clippy::cast_possible_truncation, reason = "there are few buckets")]
fn index(bucket: usize) -> u32 {
    bucket as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_those_of_the_python_library() {
        // MPNetEncoder.relative_position_bucket of transformers 4.57, 32 buckets up to 128.
        let distances = [
            0, 1, 7, 8, 11, 12, 15, 16, 22, 23, 31, 32, 63, 64, 90, 91, 127, 128, 500,
        ];
        let expected = [
            0, 1, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 13, 14, 14, 15, 15, 15, 15,
        ];
        for (distance, expected) in distances.into_iter().zip(expected) {
            assert_eq!(
                relative_bucket(600, 600 - distance, 32, 128),
                expected,
                "{distance}"
            );
            let behind = if distance == 0 { 0 } else { expected + 16 };
            assert_eq!(relative_bucket(0, distance, 32, 128), behind, "{distance}");
        }
    }

    #[test]
    fn the_first_pair_turns_by_one_and_the_last_slowest() {
        let frequencies = rotary_frequencies(8, 10_000.0);
        assert_eq!(frequencies, [1.0, 0.1, 0.01, 0.001]);
    }
}
