//! The gradient of the cross entropy between both graphs (`McInnes`, Healy and Melville 2018,
//! section 3.2), for several neighbours at once.

use super::curve::Curve;
use super::power::power;
use crate::random::SplitMix;

/// Numbers treated at once: enough for vector units of 256 bits.
const LANES: usize = 8;
/// Keeps repulsion of neighbours finite (as umap-learn does).
const SOFTENING: f32 = 1e-3;
/// No pair repels by more than this along an axis (as in umap-learn).
const LONGEST_PUSH: f32 = 4.0;
/// Keeps powers within normal numbers.
const LEAST_SQUARE: f32 = 1e-12;
/// How much of its springs' stiffness a vertex heeds; see [`Forces::moved`].
const DAMPING: f32 = 0.3;

/// Differences from a vertex to others; 0 where there are fewer.
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
pub(crate) struct Forces {
    sum: Lanes,
    stiffness: [f32; LANES],
}

impl Forces {
    pub(crate) const NONE: Self = Self {
        sum: Lanes::EMPTY,
        stiffness: [0.0; LANES],
    };

    /// Where the sum moves a vertex in a step of this length, in `[0, 1]`.
    ///
    /// Attraction is a set of springs. Many at once would carry a vertex far beyond where they pull
    /// it, unlike the one after the other of the paper, so that the stiffer they are the shorter is
    /// the step; unlike a fully implicit step it still cools down with the rate.
    pub(crate) fn moved(self, from: [f32; 2], rate: f32) -> [f32; 2] {
        let sum = |lanes: &[f32; LANES]| lanes.iter().sum::<f32>();
        let damped = rate / (1.0 + DAMPING * sum(&self.stiffness));
        [
            from[0] + damped * sum(&self.sum.x),
            from[1] + damped * sum(&self.sum.y),
        ]
    }
}

/// The gradient for one curve.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Gradient {
    curve: Curve,
}

impl Gradient {
    pub(crate) fn new(curve: Curve) -> Self {
        Self { curve }
    }

    /// Draws `own` to each of `others`, times its factor, and returns how many there are.
    #[inline]
    pub(crate) fn attract(
        self,
        own: [f32; 2],
        others: impl Iterator<Item = ([f32; 2], f32)>,
        forces: &mut Forces,
    ) -> usize {
        let (mut lanes, mut factors) = (Lanes::EMPTY, [0.0; LANES]);
        let (mut count, mut filled) = (0, 0);
        for (other, factor) in others {
            lanes.set(filled, own, other);
            factors[filled] = factor;
            count += 1;
            filled += 1;
            if filled == LANES {
                self.attract_lanes(&lanes, &factors, forces);
                (factors, filled) = ([0.0; LANES], 0);
            }
        }
        if filled > 0 {
            self.attract_lanes(&lanes, &factors, forces);
        }
        count
    }

    /// Drives `own` away from `count` of `others`, drawn by chance.
    #[inline]
    pub(crate) fn repel(
        self,
        own: [f32; 2],
        others: &[[f32; 2]],
        count: usize,
        (random, forces): (&mut SplitMix, &mut Forces),
    ) {
        let rows = others.len() as u64;
        for first in (0..count).step_by(LANES) {
            let mut lanes = Lanes::EMPTY;
            for lane in (0..LANES).step_by(2) {
                let number = random.next();
                for (lane, half) in [(lane, number >> 32), (lane + 1, number & 0xFFFF_FFFF)] {
                    if first + lane < count {
                        let drawn = usize::try_from((half * rows) >> 32);
                        let drawn = drawn.expect("below the number of rows");
                        lanes.set(lane, own, others[drawn]);
                    }
                }
            }
            self.repel_lanes(&lanes, forces);
        }
    }

    /// Along each difference `2 a b d^(2 (b - 1)) / (1 + a d^(2 b))`, times the lane's factor.
    #[inline]
    fn attract_lanes(self, lanes: &Lanes, factors: &[f32; LANES], forces: &mut Forces) {
        let Curve { a, b } = self.curve;
        for (lane, factor) in factors.iter().enumerate() {
            let (x, y) = (lanes.x[lane], lanes.y[lane]);
            let square = x * x + y * y + LEAST_SQUARE;
            let power = power(square, b);
            let stiffness = factor * 2.0 * a * b * power / (square * (1.0 + a * power));
            forces.sum.x[lane] += stiffness * x;
            forces.sum.y[lane] += stiffness * y;
            forces.stiffness[lane] += stiffness;
        }
    }

    /// Against each difference `2 b / ((0.001 + d^2) (1 + a d^(2 b)))`.
    #[inline]
    fn repel_lanes(self, lanes: &Lanes, forces: &mut Forces) {
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

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: [f32; 2] = [0.5, -1.0];
    const THERE: [f32; 2] = [2.0, 0.25];

    /// The cross entropy of one pair that is (`w = 1`) or is not (`w = 0`) an edge.
    fn entropy(curve: Curve, from: [f64; 2], is_edge: bool) -> f64 {
        let (x, y) = (f64::from(THERE[0]) - from[0], f64::from(THERE[1]) - from[1]);
        let power = (x * x + y * y).powf(f64::from(curve.b));
        let close = 1.0 / (1.0 + f64::from(curve.a) * power);
        if is_edge {
            -close.ln()
        } else {
            -(1.0 - close).ln()
        }
    }

    #[test]
    fn forces_are_slopes_of_the_cross_entropy() {
        let curve = Curve::fit(0.1);
        let gradient = Gradient::new(curve);
        for is_edge in [true, false] {
            let mut forces = Forces::NONE;
            if is_edge {
                assert_eq!(
                    gradient.attract(HERE, [(THERE, 1.0)].into_iter(), &mut forces),
                    1
                );
            } else {
                gradient.repel(HERE, &[THERE], 1, (&mut SplitMix::new(1), &mut forces));
            }
            for (axis, found) in [forces.sum.x, forces.sum.y].into_iter().enumerate() {
                let at = |by: f64| {
                    let mut from = HERE.map(f64::from);
                    from[axis] += by;
                    entropy(curve, from, is_edge)
                };
                let slope = -(at(1e-5) - at(-1e-5)) / 2e-5;
                let found = f64::from(found.iter().sum::<f32>());
                // Repulsion is softened by a thousandth of a unit.
                assert!(
                    (found - slope).abs() < 1e-3 * slope.abs(),
                    "{found} is not {slope}"
                );
            }
        }
    }

    #[test]
    fn counts_do_not_depend_on_lanes() {
        let gradient = Gradient::new(Curve::fit(0.1));
        for count in [0, 1, 7, 8, 9, 17] {
            let mut forces = Forces::NONE;
            let others = std::iter::repeat_n((THERE, 1.0), count);
            assert_eq!(gradient.attract(HERE, others, &mut forces), count);
            let mut one = Forces::NONE;
            gradient.attract(HERE, [(THERE, 1.0)].into_iter(), &mut one);
            let sum = |forces: &Forces| forces.sum.x.iter().sum::<f32>();
            assert!((sum(&forces) - count as f32 * sum(&one)).abs() < 1e-3);
        }
    }

    #[test]
    fn equal_places_do_not_move_each_other() {
        let gradient = Gradient::new(Curve::fit(0.1));
        let mut forces = Forces::NONE;
        gradient.attract(HERE, [(HERE, 1.0)].into_iter(), &mut forces);
        gradient.repel(HERE, &[HERE], 3, (&mut SplitMix::new(1), &mut forces));
        assert_eq!(
            forces.moved(HERE, 1.0).map(f32::to_bits),
            HERE.map(f32::to_bits)
        );
    }
}
