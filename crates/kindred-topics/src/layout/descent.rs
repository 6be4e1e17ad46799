//! The sampled descent of the cross entropy (UMAP paper, section 4.2,
//! algorithm 5), in steps that do not depend on the order in which vertices move.
//!
//! Each vertex reads where the others were before the epoch and sums its own forces: attraction
//! along the edges whose turn it is, and repulsion from vertices drawn by a generator that is
//! keyed by seed, epoch and vertex. Momentum, which fades with the rate, makes up for the epochs
//! that slow modes of a large graph would take.

use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;

use super::fuzzy::Fuzzy;
use super::gradient::{Forces, Gradient};
use crate::TopicError;
use crate::random::SplitMix;

/// Vertices of one task.
const CHUNK: usize = 256;
/// Share of the last move that the next begins with, at rate 1.
const MOMENTUM: f32 = 0.9;
/// Pulls of an edge whose turn it is: both ends have theirs at once, and each pulls both.
pub(crate) const PULLS: f32 = 2.0;
/// Spreads numbers of vertices over the states of the generator.
const VERTEX_STEP: u64 = 0xD1B5_4A32_D192_ED03;

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
        // Where vertices were an epoch before, overwritten by where they go.
        let mut moved = positions.clone();
        for epoch in 0..self.epochs {
            if stop.load(Ordering::Relaxed) {
                return Err(TopicError::Stopped);
            }
            let step = Step {
                descent: self,
                graph,
                turns: &turns,
                positions,
                epoch: u32::try_from(epoch).unwrap_or(u32::MAX),
                key: SplitMix::new(self.seed ^ ((epoch as u64) << 32)).next(),
                rate: 1.0 - epoch as f32 / self.epochs as f32,
            };
            moved
                .par_chunks_mut(CHUNK)
                .enumerate()
                .for_each(|(chunk, moved)| {
                    for (place, moved) in moved.iter_mut().enumerate() {
                        *moved = step.moved(chunk * CHUNK + place, *moved);
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
        let heaviest = f64::from(graph.heaviest());
        let growth = graph.weights.iter().map(|&weight| {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a share of 2^32, and the conversion saturates"
            )]
            let growth = (f64::from(weight) / heaviest * 4_294_967_296.0) as u32;
            growth
        });
        let mut start = Vec::with_capacity(graph.targets.len());
        for vertex in 0..graph.len() {
            for (other, _) in graph.edges(vertex) {
                let (own, other) = (vertex as u64, u64::from(other));
                let key = (own.min(other) << 32) | own.max(other);
                start.push(high(SplitMix::new(seed ^ key).next()));
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
    /// Where a vertex goes that was at `before` an epoch ago.
    fn moved(&self, vertex: usize, before: [f32; 2]) -> [f32; 2] {
        let gradient = &self.descent.gradient;
        let own = self.positions[vertex];
        let mut forces = Forces::NONE;
        let edges = self.graph.offsets[vertex]..self.graph.offsets[vertex + 1];
        let due = edges.filter(|&place| self.turns.is_due(place, self.epoch));
        let others = due.map(|place| {
            let target = self.graph.targets[place];
            (self.positions[target as usize], PULLS)
        });
        let due = gradient.attract(own, others, &mut forces);
        let spread = (vertex as u64).wrapping_mul(VERTEX_STEP);
        let mut random = SplitMix::new(self.key.wrapping_add(spread));
        let count = due * self.descent.negative_samples;
        gradient.repel(own, self.positions, count, (&mut random, &mut forces));
        let next = forces.moved(own, self.rate);
        let momentum = MOMENTUM * self.rate;
        [
            next[0] + momentum * (own[0] - before[0]),
            next[1] + momentum * (own[1] - before[1]),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_come_as_often_as_weights_say_and_to_both_ends() {
        let edges = [(0, 1, 1.0), (0, 2, 0.5), (1, 2, 0.1)];
        let graph = Fuzzy::from_union(3, &edges);
        let turns = Turns::new(&graph, 3);
        for (low, high, weight) in edges {
            let epochs = |from: u32, to: u32| -> Vec<u32> {
                let range = graph.offsets[from as usize]..graph.offsets[from as usize + 1];
                let mut places = range.filter(|&place| graph.targets[place] == to);
                let place = places.next().unwrap();
                (0..1000)
                    .filter(|&epoch| turns.is_due(place, epoch))
                    .collect()
            };
            let found = epochs(low, high);
            assert!(
                (found.len() as f32 - 1000.0 * weight).abs() <= 1.0,
                "{}",
                found.len()
            );
            assert_eq!(found, epochs(high, low));
        }
    }
}
