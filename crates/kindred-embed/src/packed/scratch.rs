//! The buffers of one forward pass.

use super::weights::AdapterBuffers;
use super::{PackedTransformer, QUERY_BLOCK, ROW_BLOCK};
use crate::architecture::rotary_frequencies;
use crate::kernel::{Buffer, Inputs, LANES, Operand};
use crate::model::TokenSlice;

/// Rows that may be read behind the last one.
const ROWS_BEHIND: usize = 16;

/// Buffers that are kept from one chunk to the next; they only grow.
pub(super) struct Scratch {
    /// Tokens of the chunk.
    pub(super) count: usize,
    /// `[tokens, hidden]`: the vectors of the tokens.
    pub(super) tokens: Vec<f32>,
    /// `[tokens, hidden]`: what queries, keys and values are made of.
    pub(super) qkv_inputs: Inputs,
    /// `[tokens, queries, keys and values]`.
    pub(super) qkv: Buffer<f32>,
    /// The same as bfloat16, where attention takes that.
    pub(super) qkv_halves: Buffer<u16>,
    /// `[tokens, heads * head_size]`: what attention gives, where it is converted by whole rows.
    pub(super) context: Vec<f32>,
    /// The same as the output layer takes it.
    pub(super) contexts: Inputs,
    /// `[ROW_BLOCK, hidden]`: what is added to the tokens.
    pub(super) delta: Vec<f32>,
    /// `[ROW_BLOCK, hidden]`: the input of the feed-forward block.
    pub(super) inputs: Inputs,
    /// `[ROW_BLOCK, inner]`, where gates or whole rows need it.
    pub(super) inner: Vec<f32>,
    pub(super) gate: Vec<f32>,
    /// The same as the outer layer takes it.
    pub(super) inners: Inputs,
    pub(super) adapter: Option<AdapterBuffers>,
    /// Panels of one head's keys and values.
    pub(super) keys: Buffer<u32>,
    pub(super) values: Buffer<u32>,
    /// `[QUERY_BLOCK, keys]`.
    pub(super) scores: Buffer<f32>,
    /// `[QUERY_BLOCK, keys]`: weights as bfloat16.
    pub(super) weights: Buffer<u16>,
    /// One for each row of a block.
    pub(super) factors: [f32; QUERY_BLOCK],
    pub(super) rotations: Vec<Rotation>,
}

/// Cosines and sines of one base.
#[derive(Debug)]
pub(super) struct Rotation {
    pub(super) theta: f32,
    /// `[places, head_size / 2]`.
    pub(super) cosines: Vec<f32>,
    pub(super) sines: Vec<f32>,
}

impl Scratch {
    pub(super) fn new(model: &PackedTransformer) -> Self {
        let architecture = &model.architecture;
        let linear = model.arithmetics.linear;
        let heads = architecture.heads * architecture.head_size;
        let mut rotations: Vec<Rotation> = Vec::new();
        for kind in &architecture.layers {
            if rotations
                .iter()
                .all(|known| known.theta.to_bits() != kind.theta.to_bits())
            {
                rotations.push(Rotation {
                    theta: kind.theta,
                    cosines: Vec::new(),
                    sines: Vec::new(),
                });
            }
        }
        let mut scratch = Self {
            count: 0,
            tokens: Vec::new(),
            qkv_inputs: Inputs::new(model.arithmetics.qkv, architecture.hidden),
            qkv: Buffer::default(),
            qkv_halves: Buffer::default(),
            context: Vec::new(),
            contexts: Inputs::new(linear, heads),
            delta: vec![0.0; ROW_BLOCK * architecture.hidden],
            inputs: Inputs::new(linear, architecture.hidden),
            inner: Vec::new(),
            gate: Vec::new(),
            inners: Inputs::new(linear, architecture.inner),
            adapter: None,
            keys: Buffer::default(),
            values: Buffer::default(),
            scores: Buffer::default(),
            weights: Buffer::default(),
            factors: [0.0; QUERY_BLOCK],
            rotations,
        };
        scratch.inputs.fit(ROW_BLOCK);
        scratch.inners.fit(ROW_BLOCK);
        let layers = &model.weights.layers;
        let gated = layers.iter().any(|layer| layer.gate.is_some());
        if gated {
            scratch.gate = vec![0.0; ROW_BLOCK * architecture.inner];
        }
        if gated || linear.takes_whole_rows() {
            scratch.inner = vec![0.0; ROW_BLOCK * architecture.inner];
        }
        scratch
    }

    /// Makes every buffer as large as the texts need.
    pub(super) fn fit(&mut self, model: &PackedTransformer, texts: &[TokenSlice<'_>]) {
        let architecture = &model.architecture;
        let count: usize = texts.iter().map(|text| text.ids.len()).sum();
        let longest = texts.iter().map(|text| text.ids.len()).max().unwrap_or(0);
        let heads = architecture.heads * architecture.head_size;
        let qkv = heads + 2 * architecture.key_value_heads * architecture.head_size;
        let readable = (count + ROWS_BEHIND) * qkv;
        self.count = count;
        self.tokens.resize(count * architecture.hidden, 0.0);
        self.qkv_inputs.fit(count);
        let layers = &model.weights.layers;
        if layers.iter().any(|layer| !model.projects_halves(layer)) {
            self.qkv.fit(readable);
        }
        if model.attention.unit.operand() == Operand::Brain {
            self.qkv_halves.fit(readable);
        }
        if model.arithmetics.linear.takes_whole_rows() {
            self.context.resize(count * heads, 0.0);
        }
        self.contexts.fit(count);
        // Room for keys in whole panels and for a depth in whole tiles.
        let keys = longest.next_multiple_of(2 * LANES);
        let size = architecture.head_size.next_multiple_of(2 * LANES);
        self.keys.fit(keys * size);
        self.values.fit(keys * size);
        self.scores.fit(QUERY_BLOCK * keys);
        self.weights.fit(QUERY_BLOCK * keys);
        for rotation in &mut self.rotations {
            rotation.extend(architecture.head_size, longest);
        }
    }
}

impl Rotation {
    /// Makes the table long enough for `places` places.
    fn extend(&mut self, head_size: usize, places: usize) {
        let half = head_size / 2;
        if self.theta <= 0.0 || half == 0 {
            return;
        }
        let frequencies = rotary_frequencies(head_size, self.theta);
        for place in self.cosines.len() / half..places {
            for frequency in &frequencies {
                let angle = place as f32 * frequency;
                self.cosines.push(angle.cos());
                self.sines.push(angle.sin());
            }
        }
    }
}
