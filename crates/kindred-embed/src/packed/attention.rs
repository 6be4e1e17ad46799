//! Attention, one text and one head after another.
//!
//! Keys and values of a head are laid out in panels; queries are taken in blocks of rows, whose
//! scores, weights and results stay in the cache.

use super::scratch::{Rotation, Scratch};
use super::weights::Layer;
use super::{PackedTransformer, QUERY_BLOCK};
use crate::architecture::Positions;
use crate::kernel::{
    Finish, Halves, HeadRows, LANES, Left, Operand, Output, Panels, Scale, Scores, Session, Sight,
    Target, multiply, norm_heads, pack_brain_columns, pack_brain_rows, pack_columns, pack_rows,
    softmax, to_halves,
};
use crate::model::TokenSlice;

/// Tokens of a text, by the first one's row in the chunk.
#[derive(Clone, Copy)]
struct Span {
    first: usize,
    length: usize,
}

/// Keys that are laid out, by their places in the text.
#[derive(Clone, Copy)]
struct Keys {
    first: usize,
    count: usize,
}

/// Where the rows of queries, keys and values are.
#[derive(Clone, Copy)]
struct Layout {
    /// Numbers of a row.
    width: usize,
    /// Numbers from a row's start to its keys and to its values.
    keys: usize,
    values: usize,
    /// Components of a head.
    head: usize,
}

impl PackedTransformer {
    /// Computes what each token takes from the tokens of its text.
    pub(super) fn attend(
        &self,
        session: &Session,
        layer: &Layer,
        texts: &[TokenSlice<'_>],
        scratch: &mut Scratch,
    ) {
        let mut first = 0;
        for text in texts {
            let span = Span {
                first,
                length: text.ids.len(),
            };
            if layer.changes_heads(&self.architecture) {
                self.change_heads(layer, span, scratch);
            }
            for key_head in 0..self.architecture.key_value_heads {
                self.attend_head(session, layer, (span, key_head), scratch);
            }
            first += span.length;
        }
    }

    fn layout(&self) -> Layout {
        let architecture = &self.architecture;
        let keys = architecture.heads * architecture.head_size;
        let shared = architecture.key_value_heads * architecture.head_size;
        Layout {
            width: keys + 2 * shared,
            keys,
            values: keys + shared,
            head: architecture.head_size,
        }
    }

    /// Normalises and rotates queries and keys, and converts all to what attention takes.
    fn change_heads(&self, layer: &Layer, span: Span, scratch: &mut Scratch) {
        let layout = self.layout();
        let rotary = self.architecture.positions == Positions::Rotary;
        let rotation = scratch
            .rotations
            .iter()
            .find(|rotation| rotation.theta.to_bits() == layer.kind.theta.to_bits());
        let epsilon = self.architecture.epsilon;
        for place in 0..span.length {
            let start = (span.first + place) * layout.width;
            let row = &mut scratch.qkv.as_mut_slice()[start..start + layout.width];
            let (queries, rest) = row.split_at_mut(layout.keys);
            let keys = &mut rest[..layout.values - layout.keys];
            if let Some(weight) = &layer.query_norm {
                norm_heads(queries, weight, epsilon);
            }
            if let Some(weight) = &layer.key_norm {
                norm_heads(keys, weight, epsilon);
            }
            if let (true, Some(rotation)) = (rotary, rotation) {
                rotation.rotate(queries, layout.head, place);
                rotation.rotate(keys, layout.head, place);
            }
            if self.attention.unit.operand() == Operand::Brain {
                let halves = &mut scratch.qkv_halves.as_mut_slice()[start..start + layout.width];
                to_halves(row, halves);
            }
        }
    }

    /// Attention of all heads of queries that share one head of keys and values.
    fn attend_head(
        &self,
        session: &Session,
        layer: &Layer,
        (span, key_head): (Span, usize),
        scratch: &mut Scratch,
    ) {
        let sharing = self.architecture.heads / self.architecture.key_value_heads;
        let queries = key_head * sharing..(key_head + 1) * sharing;
        let all = Keys {
            first: 0,
            count: span.length,
        };
        if layer.kind.window.is_none() {
            self.lay_out(span, key_head, all, scratch);
        }
        for block in (0..span.length).step_by(QUERY_BLOCK) {
            let rows = QUERY_BLOCK.min(span.length - block);
            let keys = match layer.kind.window {
                None => all,
                Some(window) => {
                    let first = block.saturating_sub(window);
                    let end = span.length.min(block + rows + window);
                    let keys = Keys {
                        first,
                        count: end - first,
                    };
                    self.lay_out(span, key_head, keys, scratch);
                    keys
                }
            };
            let sight = Sight {
                first_query: block,
                first_key: keys.first,
                keys: keys.count,
                window: layer.kind.window,
                causal: self.architecture.causal,
                offset: self.architecture.max_tokens.saturating_sub(1),
            };
            for head in queries.clone() {
                self.attend_rows(session, (span, head), (rows, sight), scratch);
            }
        }
    }

    /// Lays out the keys and values of one head.
    fn lay_out(&self, span: Span, head: usize, keys: Keys, scratch: &mut Scratch) {
        let layout = self.layout();
        let unit = self.attention.unit;
        let (key_depth, value_depth) = (unit.words(layout.head), unit.words(keys.count));
        let start = (span.first + keys.first) * layout.width + head * layout.head;
        let key_panels = &mut scratch.keys.as_mut_slice()[..Panels::size(key_depth, keys.count)];
        let value_panels =
            &mut scratch.values.as_mut_slice()[..Panels::size(value_depth, layout.head)];
        if unit.operand() == Operand::Brain {
            let rows = |from: usize| HeadRows {
                values: &scratch.qkv_halves.as_slice()[start + from..],
                rows: keys.count,
                stride: layout.width,
                width: layout.head,
            };
            pack_brain_columns(rows(layout.keys), key_depth, key_panels);
            pack_brain_rows(rows(layout.values), value_depth, value_panels);
        } else {
            let rows = |from: usize| HeadRows {
                values: &scratch.qkv.as_slice()[start + from..],
                rows: keys.count,
                stride: layout.width,
                width: layout.head,
            };
            pack_columns(rows(layout.keys), key_panels);
            pack_rows(rows(layout.values), value_panels);
        }
    }

    /// Attention of one head's queries in a block of rows.
    fn attend_rows(
        &self,
        session: &Session,
        (span, head): (Span, usize),
        (rows, sight): (usize, Sight),
        scratch: &mut Scratch,
    ) {
        let layout = self.layout();
        let unit = self.attention.unit;
        let brain = unit.operand() == Operand::Brain;
        let first = span.first + sight.first_query;
        let (key_depth, value_depth) = (unit.words(layout.head), unit.words(sight.keys));
        let stride = sight.keys.next_multiple_of(2 * LANES);
        let start = first * layout.width + head * layout.head;
        let queries = if brain {
            bytemuck::cast_slice(&scratch.qkv_halves.as_slice()[start..])
        } else {
            bytemuck::cast_slice(&scratch.qkv.as_slice()[start..])
        };
        let queries = Left {
            words: queries,
            rows,
            stride: layout.width / unit.operand().per_word(),
        };
        let keys = Panels {
            words: &scratch.keys.as_slice()[..Panels::size(key_depth, sight.keys)],
            depth: key_depth,
            columns: sight.keys,
        };
        let mut out = Output {
            target: Target::Float(scratch.scores.as_mut_slice()),
            stride,
            finish: Finish::default(),
        };
        multiply(session, unit, queries, keys, &mut out);
        let bias = self.weights.distance_bias.get(head);
        let halves = Halves {
            values: scratch.weights.as_mut_slice(),
            stride,
        };
        let mut scores = Scores {
            values: scratch.scores.as_mut_slice(),
            stride,
            sight,
            bias: bias.map_or(&[], Vec::as_slice),
            halves: brain.then_some(halves),
            factors: &mut scratch.factors[..rows],
        };
        softmax(session, &mut scores);
        let weights = if brain {
            bytemuck::cast_slice(scratch.weights.as_slice())
        } else {
            bytemuck::cast_slice(scratch.scores.as_slice())
        };
        let weights = Left {
            words: weights,
            rows,
            stride: stride / unit.operand().per_word(),
        };
        let values = Panels {
            words: &scratch.values.as_slice()[..Panels::size(value_depth, layout.head)],
            depth: value_depth,
            columns: layout.head,
        };
        let width = layout.keys;
        let (target, stride) = if self.arithmetics.linear.takes_whole_rows() {
            (Target::Float(&mut scratch.context[first * width..]), width)
        } else {
            scratch.contexts.target(first, rows)
        };
        let mut out = Output {
            target: target.behind(head * layout.head),
            stride,
            finish: Finish {
                scale: Scale::Rows(&scratch.factors[..rows]),
                ..Finish::default()
            },
        };
        multiply(session, unit, weights, values, &mut out);
    }
}

impl Rotation {
    /// Rotates each head of a row (section 3.4.2 of Su et al. 2021, halves of a head paired).
    fn rotate(&self, heads: &mut [f32], head_size: usize, place: usize) {
        let half = head_size / 2;
        let cosines = &self.cosines[place * half..][..half];
        let sines = &self.sines[place * half..][..half];
        for head in heads.chunks_exact_mut(head_size) {
            let (left, right) = head.split_at_mut(half);
            let angles = cosines.iter().zip(sines);
            for ((left, right), (cosine, sine)) in left.iter_mut().zip(right).zip(angles) {
                (*left, *right) = (
                    *left * cosine - *right * sine,
                    *right * cosine + *left * sine,
                );
            }
        }
    }
}
