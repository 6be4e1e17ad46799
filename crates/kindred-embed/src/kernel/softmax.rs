//! Scores to weights: the exponentials of a row's scores and what they add up to.
//!
//! Scores are logarithms to the base of 2 (the logarithm of e is part of the query's weights). The
//! weights are not divided by their sum; the product with the values is.

#[cfg(target_arch = "x86_64")]
use super::Instructions;
use super::math::{power, to_brain, total};
use super::product::LANES;
use super::{Session, dispatched};

/// Scores of consecutive queries of one text with consecutive keys of it.
#[derive(Debug)]
pub(crate) struct Scores<'a> {
    /// `[factors.len(), stride]`; becomes the weights where `halves` is not there.
    pub(crate) values: &'a mut [f32],
    /// Numbers from one row of scores to the next.
    pub(crate) stride: usize,
    /// What is seen by each query.
    pub(crate) sight: Sight,
    /// For each distance of a key from a query, from `-sight.offset` on, what is added to the
    /// score; empty: nothing.
    pub(crate) bias: &'a [f32],
    /// Weights as bfloat16.
    pub(crate) halves: Option<Halves<'a>>,
    /// One for each query: 1 by the sum of its weights.
    pub(crate) factors: &'a mut [f32],
}

/// Weights as bfloat16.
#[derive(Debug)]
pub(crate) struct Halves<'a> {
    /// `[queries, stride]`; numbers behind the keys become zero.
    pub(crate) values: &'a mut [u16],
    pub(crate) stride: usize,
}

/// Which keys a query sees. Places count from the first token of the text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sight {
    /// Place of the first query.
    pub(crate) first_query: usize,
    /// Place of the first key, and how many there are.
    pub(crate) first_key: usize,
    pub(crate) keys: usize,
    /// Keys seen on each side.
    pub(crate) window: Option<usize>,
    /// Whether later keys are not seen.
    pub(crate) causal: bool,
    /// Place of distance 0 in the bias.
    pub(crate) offset: usize,
}

impl Sight {
    /// Returns the columns that the query in row `row` sees, at least its own.
    pub(super) fn of(&self, row: usize) -> (usize, usize) {
        let query = self.first_query + row;
        let mut start = self.first_key;
        let mut end = self.first_key + self.keys;
        if let Some(window) = self.window {
            start = start.max(query.saturating_sub(window));
            end = end.min(query + window + 1);
        }
        if self.causal {
            end = end.min(query + 1);
        }
        (start - self.first_key, end - self.first_key)
    }

    /// Returns where in the bias that of column `column` stands for the query in row `row`.
    pub(super) fn bias_at(&self, row: usize, column: usize) -> usize {
        self.offset + self.first_key + column - (self.first_query + row)
    }
}

/// Turns scores into weights.
pub(crate) fn softmax(session: &Session, scores: &mut Scores<'_>) {
    let instructions = session.instructions();
    #[cfg(target_arch = "x86_64")]
    if instructions >= Instructions::Avx512 && super::math512::is_there() {
        return super::rows512::softmax(scores);
    }
    portable(instructions, scores);
}

dispatched! {
    fn portable(scores: &mut Scores<'_>) = body
}

#[inline(always)]
fn body<const LEVEL: usize>(scores: &mut Scores<'_>) {
    let Scores { sight, bias, .. } = *scores;
    for (row, factor) in scores.factors.iter_mut().enumerate() {
        let all = &mut scores.values[row * scores.stride..][..scores.stride];
        let (start, end) = sight.of(row);
        let seen = &mut all[start..end];
        if !bias.is_empty() {
            let bias = &bias[sight.bias_at(row, start)..][..seen.len()];
            for (score, bias) in seen.iter_mut().zip(bias) {
                *score += bias;
            }
        }
        let sum = exponentials::<LEVEL>(seen);
        *factor = 1.0 / sum;
        all[..start].fill(0.0);
        all[end..].fill(0.0);
        if let Some(halves) = &mut scores.halves {
            let halves = &mut halves.values[row * halves.stride..][..halves.stride];
            let (weights, padding) = halves.split_at_mut(sight.keys);
            for (half, weight) in weights.iter_mut().zip(&*all) {
                *half = to_brain(*weight);
            }
            padding.fill(0);
        }
    }
}

/// Replaces each score by 2 to the power of its distance from the largest; returns their sum.
#[inline(always)]
fn exponentials<const LEVEL: usize>(row: &mut [f32]) -> f32 {
    let largest = largest(row);
    let (blocks, rest) = row.as_chunks_mut::<LANES>();
    let mut sums = [0.0_f32; LANES];
    let mut broken = false;
    for block in blocks {
        for lane in 0..LANES {
            let distance = block[lane] - largest;
            broken |= distance.is_nan();
            block[lane] = power::<LEVEL>(distance);
            sums[lane] += block[lane];
        }
    }
    for (sum, value) in sums.iter_mut().zip(rest) {
        let distance = *value - largest;
        broken |= distance.is_nan();
        *value = power::<LEVEL>(distance);
        *sum += *value;
    }
    // A score that is not a number shows in the sum, whatever became of its exponential.
    if broken { f32::NAN } else { total(sums) }
}

#[inline(always)]
fn largest(row: &[f32]) -> f32 {
    let larger = |left: f32, right: f32| if left > right { left } else { right };
    let (blocks, rest) = row.as_chunks::<LANES>();
    let mut lanes = [f32::MIN; LANES];
    for block in blocks {
        for lane in 0..LANES {
            lanes[lane] = larger(lanes[lane], block[lane]);
        }
    }
    lanes.iter().chain(rest).copied().fold(f32::MIN, larger)
}
