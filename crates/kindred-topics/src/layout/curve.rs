//! How alike two papers look at a distance in the plane.

use super::power::{exp, ln};

/// Distances at which the curve is compared with its target, as many as umap-learn takes.
const SAMPLES: u16 = 300;
/// How far the samples reach; the target falls by a factor of e for each unit.
const REACH: f64 = 3.0;
/// Most steps of the fit; it takes about ten.
const STEPS: usize = 100;
/// A step as short as this is the last.
const SHORT: f64 = 1e-9;

/// The membership strength `1 / (1 + a d^(2 b))` of two points at distance `d` (UMAP
/// paper, definition 11).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Curve {
    /// Factor.
    pub(crate) a: f32,
    /// Half the exponent.
    pub(crate) b: f32,
}

impl Curve {
    /// Fits `a` and `b` by least squares to 1 up to `min_distance` and an exponential fall after
    /// it (Levenberg and Marquardt's damped steps).
    pub(crate) fn fit(min_distance: f32) -> Self {
        let min_distance = f64::from(min_distance);
        let samples: Vec<(f64, f64)> = (1..SAMPLES)
            .map(|step| {
                let distance = REACH * f64::from(step) / f64::from(SAMPLES - 1);
                let target = exp((min_distance - distance).min(0.0));
                (ln(distance * distance), target)
            })
            .collect();
        // a is fitted by its logarithm, which keeps it positive.
        let (mut log_a, mut b, mut damping) = (0.0, 1.0, 1e-3);
        let mut error = squared_error(&samples, log_a, b);
        for _ in 0..STEPS {
            let (by_a, by_b) = step(&samples, log_a, b, damping);
            let tried = squared_error(&samples, log_a + by_a, b + by_b);
            if tried < error {
                (log_a, b, error) = (log_a + by_a, b + by_b, tried);
                damping *= 0.3;
            } else {
                damping *= 4.0;
            }
            if by_a.abs() + by_b.abs() < SHORT {
                break;
            }
        }
        #[expect(
            clippy::cast_possible_truncation,
            reason = "both are between 0.1 and 100"
        )]
        Self {
            a: exp(log_a) as f32,
            b: b as f32,
        }
    }
}

/// The curve at a distance whose square has this logarithm.
fn value(log_square: f64, log_a: f64, b: f64) -> f64 {
    1.0 / (1.0 + exp((log_a + b * log_square).clamp(-600.0, 600.0)))
}

fn squared_error(samples: &[(f64, f64)], log_a: f64, b: f64) -> f64 {
    let errors = samples
        .iter()
        .map(|&(x, target)| value(x, log_a, b) - target);
    errors.map(|error| error * error).sum()
}

/// Solves the damped normal equations of the two unknowns.
fn step(samples: &[(f64, f64)], log_a: f64, b: f64, damping: f64) -> (f64, f64) {
    let (mut aa, mut ab, mut bb, mut a_error, mut b_error) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for &(x, target) in samples {
        let found = value(x, log_a, b);
        let slope = -found * (1.0 - found);
        let error = target - found;
        aa += slope * slope;
        ab += slope * slope * x;
        bb += slope * slope * x * x;
        a_error += slope * error;
        b_error += slope * x * error;
    }
    let (aa, bb) = (aa * (1.0 + damping), bb * (1.0 + damping));
    let determinant = aa * bb - ab * ab;
    (
        (bb * a_error - ab * b_error) / determinant,
        (aa * b_error - ab * a_error) / determinant,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// umap-learn 0.5 `find_ab_params(1.0, min_dist)`, which also fits at distance 0, where the
    /// curve is 1 whatever its parameters.
    #[test]
    fn fit_agrees_with_umap_learn_s() {
        for (min_distance, a, b) in [(0.1, 1.576_943, 0.895_061), (0.5, 0.583_030, 1.334_167)] {
            let fitted = Curve::fit(min_distance);
            assert!((fitted.a - a).abs() < 1e-3, "{fitted:?}");
            assert!((fitted.b - b).abs() < 1e-3, "{fitted:?}");
        }
    }

    #[test]
    fn extreme_distances_still_fit() {
        for min_distance in [0.0, 0.01, 1.0, 2.5] {
            let Curve { a, b } = Curve::fit(min_distance);
            assert!(
                a.is_finite() && b.is_finite() && a > 0.0 && b > 0.1,
                "{a} {b}"
            );
        }
    }
}
