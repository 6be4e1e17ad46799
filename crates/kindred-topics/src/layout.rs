//! A map of papers: places in the plane that keep neighbours together.
//!
//! UMAP (`McInnes`, Healy and Melville, "UMAP: Uniform Manifold Approximation and Projection for
//! Dimension Reduction", arXiv:1802.03426) written from that paper, with a descent that gives the
//! same bits for any number of threads and on every machine: only sums, products, quotients and
//! square roots, in a fixed order.

mod curve;
mod descent;
mod fuzzy;
mod gradient;
mod power;
mod project;
mod start;

use std::sync::atomic::AtomicBool;

use kindred_core::{Codes, NearestRows};

use crate::TopicError;
use curve::Curve;
use descent::Descent;
use fuzzy::{Fuzzy, narrow};
use gradient::Gradient;
pub use project::project;
use start::start;

/// How to lay papers out.
#[derive(Debug, Clone, PartialEq)]
pub struct LayoutOptions {
    /// How near papers of one group come, in units of the plane. 0 to 2.5. Default 0.1.
    pub min_distance: f32,
    /// Rounds of the descent; 0 leaves papers where they begin. `None`, the default, takes 500 up
    /// to 16,000 papers, 200 from 100,000 on and as many as suit between.
    pub epochs: Option<usize>,
    /// Papers that each attraction drives away. Default 5.
    pub negative_samples: usize,
    /// Seed of all chance.
    pub seed: u64,
}

impl Default for LayoutOptions {
    fn default() -> Self {
        Self {
            min_distance: 0.1,
            epochs: None,
            negative_samples: 5,
            seed: 0,
        }
    }
}

/// Fewest and most rounds of the descent.
const EPOCHS: [usize; 2] = [200, 500];
/// Papers that the fewest rounds are for.
const MANY: usize = 100_000;
/// Beyond this the curve has nowhere to fall.
const MAX_MIN_DISTANCE: f32 = 2.5;

/// Lays papers out in the plane: returns positions `[rows, 2]` with their mean at the origin, some
/// ten to twenty units across.
///
/// `nearest` are the rows' neighbours, 15 as a rule ([`kindred_core::nearest_rows`]). `progress`
/// hears how many rounds are done, of how many. Equal papers come to lie beside each other rather
/// than in one point. `O(epochs * rows * neighbors * negative_samples)`.
///
/// # Determinism
/// The same bits with any number of threads and on every machine.
///
/// # Errors
/// [`TopicError::Neighbors`] if `nearest` is of other rows, [`TopicError::TooMany`] if there are
/// more than 32 bits count, [`TopicError::Option`] if an option is out of range,
/// [`TopicError::Stopped`] once `stop` is set.
pub fn layout(
    codes: &Codes,
    nearest: &NearestRows,
    options: &LayoutOptions,
    progress: &dyn Fn(usize, usize),
    stop: &AtomicBool,
) -> Result<Vec<[f32; 2]>, TopicError> {
    check(codes, nearest, options)?;
    if codes.is_empty() {
        return Ok(Vec::new());
    }
    let rows = codes.len();
    let epochs = options.epochs.unwrap_or_else(|| rounds(rows));
    let graph = Fuzzy::new(codes, nearest);
    let mut positions = start(codes, &graph, options.seed);
    let order = by_place(&positions);
    // Lighter edges would have no turn.
    let graph = graph.renumbered(&order, graph.heaviest() / epochs.max(1) as f32);
    positions = order.iter().map(|&old| positions[old as usize]).collect();
    let descent = Descent {
        gradient: Gradient::new(Curve::fit(options.min_distance)),
        epochs,
        negative_samples: options.negative_samples,
        seed: options.seed,
    };
    descent.run(&graph, &mut positions, progress, stop)?;
    centre(&mut positions);
    let mut placed = vec![[0.0; 2]; rows];
    for (&old, position) in order.iter().zip(positions) {
        placed[old as usize] = position;
    }
    Ok(placed)
}

/// Rounds by size: fewer papers have time for more, as the root of their number.
fn rounds(rows: usize) -> usize {
    let [fewest, most] = EPOCHS;
    (fewest * fewest * MANY / rows.max(1))
        .isqrt()
        .clamp(fewest, most)
}

fn check(codes: &Codes, nearest: &NearestRows, options: &LayoutOptions) -> Result<(), TopicError> {
    let rows = codes.len();
    // Fewer than two rows have no neighbours.
    if nearest.len() != rows && (rows > 1 || !nearest.is_empty()) {
        let lists = nearest.len();
        return Err(TopicError::Neighbors { rows, lists });
    }
    if u32::try_from(rows).is_err() {
        return Err(TopicError::TooMany { papers: rows });
    }
    if !(0.0..=MAX_MIN_DISTANCE).contains(&options.min_distance) {
        return Err(TopicError::Option {
            name: "min_distance",
            value: f64::from(options.min_distance),
            expected: "0 to 2.5",
        });
    }
    Ok(())
}

/// Moves the mean to the origin.
fn centre(positions: &mut [[f32; 2]]) {
    for axis in 0..2 {
        let sum: f64 = positions.iter().map(|at| f64::from(at[axis])).sum();
        #[expect(
            clippy::cast_possible_truncation,
            reason = "positions have single precision"
        )]
        let mean = (sum / positions.len() as f64) as f32;
        for at in positions.iter_mut() {
            at[axis] -= mean;
        }
    }
}

/// Rows along Morton's curve, so that neighbours lie near each other in memory.
fn by_place(positions: &[[f32; 2]]) -> Vec<u32> {
    let bound = |of: fn(f32, f32) -> f32, axis: usize| {
        let all = positions.iter().map(|at| at[axis]);
        all.reduce(of).unwrap_or(0.0)
    };
    let low = [0, 1].map(|axis| bound(f32::min, axis));
    let high = [0, 1].map(|axis| bound(f32::max, axis));
    let cell = |at: f32, axis: usize| -> u32 {
        let extent = (high[axis] - low[axis]).max(f32::MIN_POSITIVE);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a share of 65535"
        )]
        let cell = ((at - low[axis]) / extent * 65535.0) as u32;
        cell
    };
    let mut keyed: Vec<(u64, u32)> = positions
        .iter()
        .enumerate()
        .map(|(row, at)| {
            let key = interleaved(cell(at[0], 0)) | (interleaved(cell(at[1], 1)) << 1);
            (key, narrow(row))
        })
        .collect();
    keyed.sort_unstable();
    keyed.into_iter().map(|(_, row)| row).collect()
}

/// Puts a zero before each of the lower 16 bits.
fn interleaved(cell: u32) -> u64 {
    (0..16).fold(0, |spread, bit| {
        spread | (u64::from((cell >> bit) & 1) << (2 * bit))
    })
}

#[cfg(test)]
mod tests;
