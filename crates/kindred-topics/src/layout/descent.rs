//! The sampled descent of the cross entropy (McInnes, Healy and Melville 2018, sections 3.2 and
//! 4.2, algorithm 5), in steps that do not depend on the order in which vertices move.
//!
//! Each vertex reads where the others were before the epoch and sums its own forces: attraction
//! along the edges whose turn it is, and repulsion from vertices drawn by a generator that is
//! keyed by seed, epoch and vertex. Attraction is a spring whose stiffness depends on the
//! distance; the step along it is implicit, so that many springs at once cannot overshoot.

use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;

use super::curve::Curve;
use super::fuzzy::Fuzzy;
use super::power::power;
use crate::TopicError;
use crate::random::SplitMix;

/// Numbers treated at once: enough for vector units of 256 bits.
const LANES: usize = 8;
/// Vertices of one task.
const CHUNK: usize = 256;
/// Keeps repulsion of neighbours finite (as umap-learn does).
const SOFTENING: f32 = 1e-3;
/// No pair repels by more than this along an axis (as in umap-learn).
const LONGEST_PUSH: f32 = 4.0;
/// Keeps powers within normal numbers.
const LEAST_SQUARE: f32 = 1e-12;
/// Spreads the numbers of vertices over the states of the generator.
const VERTEX_STEP: u64 = 0xD1B5_4A32_D192_ED03;

/// Differences from a vertex to others, as many as the vector unit may take at once; 0 where there
/// are fewer.
#[derive(Debug, Clone, Copy)]
struct Lanes {
    x: [f32; LANES],
    y: [f32; LANES],
}

impl Lanes {
    const EMPTY: Self = Self {
        x: [0.0; LANES],
        y: [0.0; LANES],
    };

    #[inline]
    fn set(&mut self, lane: usize, from: [f32; 2], to: [f32; 2]) {
        self.x[lane] = to[0] - from[0];
        self.y[lane] = to[1] - from[1];
    }
}

/// Forces on one vertex, by lane.
#[derive(Debug)]
struct Forces {
    sum: Lanes,
    stiffness: [f32; LANES],
}

impl Forces {
    const NONE: Self = Self {
        sum: Lanes::EMPTY,
        stiffness: [0.0; LANES],
    };

    /// Where the sum moves a vertex in a step of this length.
    fn moved(&self, from: [f32; 2], rate: f32) -> [f32; 2] {
        let sum = |lanes: &[f32; LANES]| lanes.iter().sum::<f32>();
        let damped = rate / (1.0 + rate * sum(&self.stiffness));
        [
            from[0] + damped * sum(&self.sum.x),
            from[1] + damped * sum(&self.sum.y),
        ]
    }
}

/// The gradient of the cross entropy for one curve.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Gradient {
    curve: Curve,
}

impl Gradient {
    pub(crate) fn new(curve: Curve) -> Self {
        Self { curve }
    }

    /// Draws to others: along each difference `2 a b d^(2 (b - 1)) / (1 + a d^(2 b))`, times the
    /// factor of the lane.
    #[inline]
    fn attract(&self, lanes: &Lanes, factors: &[f32; LANES], forces: &mut Forces) {
        let Curve { a, b } = self.curve;
        for lane in 0..LANES {
            let (x, y) = (lanes.x[lane], lanes.y[lane]);
            let square = x * x + y * y + LEAST_SQUARE;
            let power = power(square, b);
            let stiffness = factors[lane] * 2.0 * a * b * power / (square * (1.0 + a * power));
            forces.sum.x[lane] += stiffness * x;
            forces.sum.y[lane] += stiffness * y;
            forces.stiffness[lane] += stiffness;
        }
    }

    /// Drives away from others: along each difference `2 b / ((0.001 + d^2) (1 + a d^(2 b)))`.
    #[inline]
    fn repel(&self, lanes: &Lanes, forces: &mut Forces) {
        let Curve { a, b } = self.curve;
        for lane in 0..LANES {
            let (x, y) = (lanes.x[lane], lanes.y[lane]);
            let square = x * x + y * y + LEAST_SQUARE;
            let push = 2.0 * b / ((SOFTENING + square) * (1.0 + a * power(square, b)));
            forces.sum.x[lane] -= (push * x).clamp(-LONGEST_PUSH, LONGEST_PUSH);
            forces.sum.y[lane] -= (push * y).clamp(-LONGEST_PUSH, LONGEST_PUSH);
        }
    }
}

/// What a descent is asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Descent {
    pub(crate) gradient: Gradient,
    pub(crate) epochs: usize,
    /// Vertices that an edge's turn drives away.
    pub(crate) negative_samples: usize,
    pub(crate) seed: u64,
}

impl Descent {
    /// Moves `positions`.
    pub(crate) fn run(
        &self,
        graph: &Fuzzy,
        positions: &mut Vec<[f32; 2]>,
        progress: &dyn Fn(usize, usize),
        stop: &AtomicBool,
    ) -> Result<(), TopicError> {
        let turns = Turns::new(graph, self.seed);
        let mut moved = positions.clone();
        for epoch in 0..self.epochs {
            if stop.load(Ordering::Relaxed) {
                return Err(TopicError::Stopped);
            }
            let rate = 1.0 - epoch as f32 / self.epochs as f32;
            let step = Step {
                descent: self,
                graph,
                turns: &turns,
                positions,
                epoch: u32::try_from(epoch).unwrap_or(u32::MAX),
                key: SplitMix::new(self.seed ^ (epoch as u64) << 32).next(),
                rate,
            };
            moved
                .par_chunks_mut(CHUNK)
                .enumerate()
                .for_each(|(chunk, moved)| {
                    for (place, moved) in moved.iter_mut().enumerate() {
                        *moved = step.moved(chunk * CHUNK + place);
                    }
                });
            std::mem::swap(positions, &mut moved);
            progress(epoch + 1, self.epochs);
        }
        Ok(())
    }
}

/// When it is each edge's turn: as often as its weight says, the heaviest in every epoch.
///
/// A counter of 32 bits starts anywhere and grows by the weight; an edge's turn comes when it
/// overflows, for both ends at once.
struct Turns {
    start: Vec<u32>,
    growth: Vec<u32>,
}

impl Turns {
    fn new(graph: &Fuzzy, seed: u64) -> Self {
        let heaviest = graph.weights.iter().copied().fold(0.0, f32::max);
        let growth = graph.weights.iter().map(|&weight| {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a share of 2^32, and the conversion saturates"
            )]
            let growth = (f64::from(weight) / f64::from(heaviest) * 4_294_967_296.0) as u32;
            growth
        });
        let mut start = vec![0; graph.targets.len()];
        for vertex in 0..graph.len() {
            for place in graph.offsets[vertex]..graph.offsets[vertex + 1] {
                let (own, other) = (vertex as u64, u64::from(graph.targets[place]));
                let key = own.min(other) << 32 | own.max(other);
                start[place] = high(SplitMix::new(seed ^ key).next());
            }
        }
        Self {
            growth: growth.collect(),
            start,
        }
    }

    #[inline]
    fn is_due(&self, place: usize, epoch: u32) -> bool {
        let growth = self.growth[place];
        let before = self.start[place].wrapping_add(growth.wrapping_mul(epoch));
        before.checked_add(growth).is_none() || growth == u32::MAX
    }
}

/// The upper half of a random number.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the upper half has 32 bits"
)]
fn high(random: u64) -> u32 {
    (random >> 32) as u32
}

/// One epoch.
struct Step<'a> {
    descent: &'a Descent,
    graph: &'a Fuzzy,
    turns: &'a Turns,
    positions: &'a [[f32; 2]],
    epoch: u32,
    key: u64,
    rate: f32,
}

impl Step<'_> {
    /// Where a vertex goes.
    fn moved(&self, vertex: usize) -> [f32; 2] {
        let own = self.positions[vertex];
        let mut forces = Forces::NONE;
        let due = self.attract(vertex, &mut forces);
        if due == 0 {
            return own;
        }
        self.repel(vertex, due * self.descent.negative_samples, &mut forces);
        forces.moved(own, self.rate)
    }

    /// Sums the attraction along the edges whose turn it is, and counts them.
    fn attract(&self, vertex: usize, forces: &mut Forces) -> usize {
        let own = self.positions[vertex];
        let (mut lanes, mut factors, mut filled) = (Lanes::EMPTY, [0.0; LANES], 0);
        let mut due = 0;
        for place in self.graph.offsets[vertex]..self.graph.offsets[vertex + 1] {
            if !self.turns.is_due(place, self.epoch) {
                continue;
            }
            due += 1;
            lanes.set(
                filled,
                own,
                self.positions[self.graph.targets[place] as usize],
            );
            // Both ends have their turn, and each pulls both.
            factors[filled] = 2.0;
            filled += 1;
            if filled == LANES {
                self.descent.gradient.attract(&lanes, &factors, forces);
                (factors, filled) = ([0.0; LANES], 0);
            }
        }
        if filled > 0 {
            self.descent.gradient.attract(&lanes, &factors, forces);
        }
        due
    }

    /// Sums the repulsion of vertices drawn by chance.
    fn repel(&self, vertex: usize, count: usize, forces: &mut Forces) {
        let own = self.positions[vertex];
        let rows = self.positions.len() as u64;
        let mut random = SplitMix::new(
            self.key
                .wrapping_add((vertex as u64).wrapping_mul(VERTEX_STEP)),
        );
        for first in (0..count).step_by(LANES) {
            let mut lanes = Lanes::EMPTY;
            for lane in (0..LANES).step_by(2) {
                let number = random.next();
                for (lane, half) in [(lane, number >> 32), (lane + 1, number & 0xFFFF_FFFF)] {
                    let drawn = (half * rows) >> 32;
                    let drawn = usize::try_from(drawn).expect("below the number of rows");
                    // Nothing drives a vertex away from itself.
                    let other = if first + lane < count { drawn } else { vertex };
                    lanes.set(lane, own, self.positions[other]);
                }
            }
            self.descent.gradient.repel(&lanes, forces);
        }
    }
}
