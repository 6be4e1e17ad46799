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
    /// of T5 in both directions, as MPNet has them.
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

/// Two small linear layers behind a block: `x + up(relu(down(x)))`, before what the block adds to
/// is added and normalised (the bottleneck of Pfeiffer et al. 2020, as SPECTER2 uses it).
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
    /// Behind `outer`.
    pub(crate) adapter: Option<AdapterWeights>,
    pub(crate) feed_forward_norm: NormWeights,
}

/// The tensors of a transformer, whatever its family calls them.
#[derive(Debug, Clone)]
pub(crate) struct TransformerWeights {
    /// `[vocabulary, hidden]`.
    pub(crate) words: Tensor,
    /// `[places, hidden]` for [`Positions::Learnt`]: what is added to the token at each place,
    /// first place first; the vector of token type 0 is in it.
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
