//! A map of papers: places in the plane that keep neighbours together.
//!
//! UMAP (McInnes, Healy and Melville, "UMAP: Uniform Manifold Approximation and Projection for
//! Dimension Reduction", arXiv:1802.03426) written from its paper, with a descent that gives the
//! same bits for any number of threads and on every machine: only sums, products, quotients and
//! square roots, in a fixed order.

mod curve;
mod descent;
mod fuzzy;
mod power;
mod start;

use std::sync::atomic::AtomicBool;

use kindred_core::{Codes, NearestRows};

use crate::TopicError;
use curve::Curve;
use descent::{Descent, Gradient};
use fuzzy::{Fuzzy, narrow};

/// How to lay papers out.
#[derive(Debug, Clone, PartialEq)]
pub struct LayoutOptions {
    /// How near papers of one group come, in units of the plane. 0 to 3. Default 0.1.
    pub min_distance: f32,
    /// Rounds of the descent. `None`, the default, takes 500 up to 10,000 papers and 200 above.
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

const SMALL: usize = 10_000;

/// Lays papers out in the plane.
pub fn layout(
    codes: &Codes,
    nearest: &NearestRows,
    options: &LayoutOptions,
    progress: &dyn Fn(usize, usize),
    stop: &AtomicBool,
) -> Result<Vec<[f32; 2]>, TopicError> {
    let rows = codes.len();
    let epochs = options
        .epochs
        .unwrap_or(if rows <= SMALL { 500 } else { 200 });
    let t = std::time::Instant::now();
    let graph = Fuzzy::new(codes, nearest);
    eprintln!("fuzzy {:?}", t.elapsed());
    let mut positions = start::start(codes, &graph, options.seed);
    eprintln!("start {:?}", t.elapsed());
    let order: Vec<u32> = by_place(&positions);
    let heaviest = graph.weights.iter().copied().fold(0.0, f32::max);
    let graph = graph.renumbered(&order, heaviest / epochs as f32);
    positions = order.iter().map(|&old| positions[old as usize]).collect();
    eprintln!("order {:?}", t.elapsed());
    let descent = Descent {
        gradient: Gradient::new(Curve::fit(options.min_distance)),
        epochs,
        negative_samples: options.negative_samples,
        seed: options.seed,
    };
    descent.run(&graph, &mut positions, progress, stop)?;
    eprintln!("descent {:?}", t.elapsed());
    let mut placed = vec![[0.0; 2]; rows];
    for (&old, position) in order.iter().zip(positions) {
        placed[old as usize] = position;
    }
    Ok(placed)
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
            let key = interleaved(cell(at[0], 0)) | interleaved(cell(at[1], 1)) << 1;
            (key, narrow(row))
        })
        .collect();
    keyed.sort_unstable();
    keyed.into_iter().map(|(_, row)| row).collect()
}

/// Puts a zero before each of the lower 16 bits.
fn interleaved(cell: u32) -> u64 {
    (0..16).fold(0, |spread, bit| {
        spread | u64::from(cell >> bit & 1) << (2 * bit)
    })
}
