//! New papers among those laid out, which stay where they are.

use kindred_core::{Codes, NearestRows};
use rayon::prelude::*;

use super::LayoutOptions;
use super::curve::Curve;
use super::descent::PULLS;
use super::fuzzy::memberships;
use super::gradient::{Forces, Gradient};
use super::power::power;
use crate::random::SplitMix;

/// Rounds of the descent of a new paper.
const EPOCHS: u16 = 60;
/// Length of its first step; it begins in the right place, from which long steps would lead away.
const RATE: f32 = 0.03;

/// Places papers among those laid out: rows of `codes` from `positions.len()` on, each near its
/// neighbours among the rows before, in the order of rows. No other paper moves, and a place does
/// not depend on which other papers are new.
///
/// `nearest` is [`kindred_core::nearest_among`] of the rows laid out, with as many neighbours as the
/// layout has, and `options` are those that [`layout`](crate::layout) took. A paper begins at the mean of its neighbours or at one of them, wherever it has most
/// of them around it, and then goes by the layout's own forces; `O(neighbors)` for each. Where
/// nothing is laid out yet, all are at the origin.
///
/// # Determinism
/// As [`layout`](crate::layout).
///
/// # Panics
/// If there are fewer rows than positions, or `nearest` is not of the others.
pub fn project(
    codes: &Codes,
    nearest: &NearestRows,
    positions: &[[f32; 2]],
    options: &LayoutOptions,
) -> Vec<[f32; 2]> {
    let known = positions.len();
    assert!(
        known <= codes.len(),
        "{known} positions of {} rows",
        codes.len()
    );
    let rows = codes.len() - known;
    if rows == 0 || known == 0 {
        return vec![[0.0; 2]; rows];
    }
    assert_eq!(
        nearest.len(),
        rows,
        "neighbours of the rows without a position"
    );
    let curve = Curve::fit(options.min_distance);
    let projection = Projection {
        positions,
        curve,
        gradient: Gradient::new(curve),
        options,
    };
    (0..rows)
        .into_par_iter()
        .map(|row| {
            let square = |row: usize| f64::from(codes.dot(row, row));
            let near = memberships(known + row, nearest.of(row), &square);
            projection.place(&near)
        })
        .collect()
}

struct Projection<'a> {
    positions: &'a [[f32; 2]],
    curve: Curve,
    gradient: Gradient,
    options: &'a LayoutOptions,
}

impl Projection<'_> {
    /// The place of a paper with these neighbours and memberships.
    fn place(&self, near: &[(u32, f32)]) -> [f32; 2] {
        let mut own = self.begin(near);
        let sum: f32 = near.iter().map(|&(_, weight)| weight).sum();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "positive, and the conversion saturates"
        )]
        let count = (sum * self.options.negative_samples as f32 + 0.5) as usize;
        // Keyed by the neighbours, which other new papers do not change.
        let key = near.iter().fold(self.options.seed, |key, &(other, _)| {
            SplitMix::new(key ^ u64::from(other)).next()
        });
        let mut random = SplitMix::new(key);
        for epoch in 0..EPOCHS {
            let mut forces = Forces::NONE;
            let others = near
                .iter()
                .map(|&(other, weight)| (self.at(other), PULLS * weight));
            self.gradient.attract(own, others, &mut forces);
            self.gradient
                .repel(own, self.positions, count, (&mut random, &mut forces));
            let left = 1.0 - f32::from(epoch) / f32::from(EPOCHS);
            own = forces.moved(own, RATE * left);
        }
        own
    }

    fn at(&self, row: u32) -> [f32; 2] {
        self.positions[row as usize]
    }

    /// The weighted mean of the neighbours, or one of them if the neighbours lie apart and it has
    /// more of them around it.
    fn begin(&self, near: &[(u32, f32)]) -> [f32; 2] {
        let (mut x, mut y, mut sum) = (0.0, 0.0, 0.0);
        for &(other, weight) in near {
            let at = self.at(other);
            x += weight * at[0];
            y += weight * at[1];
            sum += weight;
        }
        let mut best = [x / sum, y / sum];
        let mut closest = self.closeness(best, near);
        for &(other, _) in near {
            let closeness = self.closeness(self.at(other), near);
            if closeness > closest {
                (best, closest) = (self.at(other), closeness);
            }
        }
        best
    }

    /// How strongly a place belongs to the neighbours in the plane.
    fn closeness(&self, place: [f32; 2], near: &[(u32, f32)]) -> f32 {
        let parts = near.iter().map(|&(other, weight)| {
            let at = self.at(other);
            let (x, y) = (at[0] - place[0], at[1] - place[1]);
            let square = (x * x + y * y).max(f32::EPSILON);
            weight / (1.0 + self.curve.a * power(square, self.curve.b))
        });
        parts.sum()
    }
}
