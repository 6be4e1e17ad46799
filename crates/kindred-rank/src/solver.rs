//! Weighted logistic regression and support vector machines by Newton's method with conjugate gradients.
//!
//! Minimises `0.5 * |w|^2 + sum_i cost_i * loss(t_i * (w . x_i + b))` with `t_i` = ±1 for positive
//! and negative rows; of the logistic loss, `b` is not penalised. The truncated Newton method
//! follows Lin, Weng and Keerthi, "Trust region Newton method for large-scale logistic regression"
//! (JMLR 9, 2008), with a backtracking line search in place of the trust region. Objective and
//! gradient are summed in `f64`; products with the Hessian, which only find a direction, in `f32`
//! where vectors are dense. All sums have a fixed order, in one thread, so that equal inputs give
//! equal bits.

use kindred_core::{add_rows, add_rows_exactly, dot_block, dot_exactly};

use crate::terms::{SparseRow, sparse_dot};

/// Steps of Newton's method; convergence is quadratic, 8 to 15 are usual.
const MAX_STEPS: usize = 100;
/// Products with the Hessian in one step.
const MAX_PRODUCTS: usize = 250;
/// Share of the predicted decrease that a step must achieve (Armijo).
const SUFFICIENT_DECREASE: f64 = 1e-4;
/// Share of the total cost below which a gradient at the start is rounding: contradictory labels
/// leave nothing to learn.
const NOISE: f64 = 1e-6;
/// Dense rows that stay in the first cache between the two products with them.
const ROWS_AT_ONCE: usize = 16;
/// Halvings of a step before the objective counts as flat to machine precision.
const MAX_HALVINGS: usize = 40;

/// What a loss is of a margin `s = t * (w . x + b)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Loss {
    /// `ln(1 + exp(-s))`.
    Logistic,
    /// `max(0, 1 - s)^2`, and the intercept is penalised like a weight: LIBLINEAR's support
    /// vector machine (Fan et al., JMLR 9, 2008, section 2).
    SquaredHinge,
}

impl Loss {
    /// The loss at a margin.
    fn value(self, margin: f64) -> f64 {
        match self {
            // Without overflow.
            Self::Logistic if margin > 0.0 => (-margin).exp().ln_1p(),
            Self::Logistic => margin.exp().ln_1p() - margin,
            Self::SquaredHinge => (1.0 - margin).max(0.0).powi(2),
        }
    }

    /// Minus its derivative, zero or positive.
    fn pull(self, margin: f64) -> f64 {
        match self {
            Self::Logistic => logistic(-margin),
            Self::SquaredHinge => 2.0 * (1.0 - margin).max(0.0),
        }
    }

    /// Its second derivative (for the hinge, the generalised one).
    fn curvature(self, margin: f64) -> f64 {
        match self {
            Self::Logistic => logistic(margin) * logistic(-margin),
            Self::SquaredHinge => 2.0 * f64::from(u8::from(margin < 1.0)),
        }
    }
}

/// A training vector, dense or sparse.
pub(crate) trait Row: Copy {
    /// Dot product with parameters, in a fixed order of additions.
    fn dot(self, weights: &[f64]) -> f64;

    /// Adds `coefficient` times the squares of the components to `sum`.
    fn add_squares(self, coefficient: f64, sum: &mut [f64]);

    /// Adds the sum of `coefficients[i] * samples[i]` to `sum`.
    fn accumulate(samples: &[Sample<Self>], coefficients: &[f64], sum: &mut [f64]);

    /// Adds the sum of `curvatures[i] * (samples[i] . weights + intercept) * samples[i]` to `sum`
    /// and returns the sum of the same without the last factor.
    fn bend(
        samples: &[Sample<Self>],
        curvatures: &[f64],
        (weights, intercept): (&[f64], f64),
        sum: &mut [f64],
    ) -> f64 {
        let pairs = samples.iter().zip(curvatures);
        let scaled: Vec<f64> = pairs
            .map(|(sample, curvature)| curvature * (sample.vector.dot(weights) + intercept))
            .collect();
        Self::accumulate(samples, &scaled, sum);
        scaled.iter().sum()
    }
}

impl Row for &[f32] {
    fn dot(self, weights: &[f64]) -> f64 {
        dot_exactly(self, weights)
    }

    fn add_squares(self, coefficient: f64, sum: &mut [f64]) {
        for (value, &component) in sum.iter_mut().zip(self) {
            *value += coefficient * f64::from(component * component);
        }
    }

    fn accumulate(samples: &[Sample<Self>], coefficients: &[f64], sum: &mut [f64]) {
        accumulate(samples, coefficients, sum);
    }

    fn bend(
        samples: &[Sample<Self>],
        curvatures: &[f64],
        (weights, intercept): (&[f64], f64),
        sum: &mut [f64],
    ) -> f64 {
        let direction: Vec<f32> = weights.iter().map(|&weight| narrow(weight)).collect();
        let (parts, parts_by) = (
            samples.chunks(ROWS_AT_ONCE),
            curvatures.chunks(ROWS_AT_ONCE),
        );
        let mut bent = vec![0.0_f32; weights.len()];
        let mut total = 0.0;
        // Rows are read from memory once for both products.
        for (part, curvatures) in parts.zip(parts_by) {
            let rows: Vec<&[f32]> = part.iter().map(|sample| sample.vector).collect();
            let mut products = [0.0_f32; ROWS_AT_ONCE];
            let products = &mut products[..rows.len()];
            dot_block(&[&direction], &rows, products);
            for (product, curvature) in products.iter_mut().zip(curvatures) {
                let scaled = curvature * (f64::from(*product) + intercept);
                total += scaled;
                *product = narrow(scaled);
            }
            add_rows(products, &rows, &mut bent);
        }
        for (value, bent) in sum.iter_mut().zip(bent) {
            *value += f64::from(bent);
        }
        total
    }
}

impl Row for SparseRow<'_> {
    fn dot(self, weights: &[f64]) -> f64 {
        sparse_dot(self, weights)
    }

    fn add_squares(self, coefficient: f64, sum: &mut [f64]) {
        for &(column, value) in self {
            sum[column as usize] += coefficient * f64::from(value * value);
        }
    }

    fn accumulate(samples: &[Sample<Self>], coefficients: &[f64], sum: &mut [f64]) {
        for (sample, coefficient) in samples.iter().zip(coefficients) {
            for &(column, value) in sample.vector {
                sum[column as usize] += coefficient * f64::from(value);
            }
        }
    }
}

/// One weighted training row.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sample<R> {
    /// A unit vector.
    pub(crate) vector: R,
    /// Whether it is a positive.
    pub(crate) positive: bool,
    /// Its weight in the objective, positive.
    pub(crate) cost: f64,
}

impl<R> Sample<R> {
    fn sign(&self) -> f64 {
        if self.positive { 1.0 } else { -1.0 }
    }
}

/// The minimiser.
#[derive(Debug, Clone)]
pub(crate) struct Solution {
    /// Intercept.
    pub(crate) intercept: f64,
    /// `cost_i * (y_i - p_i)` for each sample (of the hinge, `cost_i * t_i * pull_i`): the weights are the sum of these times the vectors.
    pub(crate) coefficients: Vec<f64>,
    /// Newton steps done.
    pub(crate) steps: usize,
    /// Norm of the gradient over its norm at the start.
    pub(crate) gradient: f64,
}

/// Parameters or a direction among them: one number for each dimension, the intercept last.
type Point = Vec<f64>;

/// Solves for `samples` of `dimension` dimensions until the gradient's norm is below `tolerance`
/// times its norm at the start, or until the objective no longer decreases in `f64`.
///
/// With samples of one class only the intercept stays 0: it would run to infinity.
pub(crate) fn solve<R: Row>(
    samples: &[Sample<R>],
    dimension: usize,
    loss: Loss,
    tolerance: f64,
) -> Solution {
    let mut problem = Problem::new(samples, dimension, loss);
    let mut point = problem.start();
    let mut value = problem.evaluate(&point);
    let mut gradient = problem.gradient(&point);
    let total: f64 = samples.iter().map(|sample| sample.cost).sum();
    let scale = norm(&gradient).max(NOISE * total);
    let mut steps = 0;
    while norm(&gradient) > tolerance * scale && steps < MAX_STEPS {
        let direction = problem.newton_direction(&gradient);
        let slope = product(&gradient, &direction);
        let mut length = 1.0;
        let mut accepted = None;
        for _ in 0..MAX_HALVINGS {
            let candidate: Point = point
                .iter()
                .zip(&direction)
                .map(|(p, d)| p + length * d)
                .collect();
            let found = problem.evaluate(&candidate);
            if found <= value + SUFFICIENT_DECREASE * length * slope {
                accepted = Some((candidate, found));
                break;
            }
            length *= 0.5;
        }
        let Some((candidate, found)) = accepted else {
            break;
        };
        (point, value) = (candidate, found);
        gradient = problem.gradient(&point);
        steps += 1;
    }
    problem.evaluate(&point);
    Solution {
        intercept: point[dimension],
        coefficients: problem.residuals(),
        steps,
        gradient: if scale > 0.0 {
            norm(&gradient) / scale
        } else {
            0.0
        },
    }
}

struct Problem<'a, R> {
    samples: &'a [Sample<R>],
    dimension: usize,
    loss: Loss,
    /// Whether the intercept is free.
    has_intercept: bool,
    /// `w . x_i + b` at the point evaluated last.
    margins: Vec<f64>,
    /// `cost_i * p_i * (1 - p_i)` at the point of the last gradient.
    curvatures: Vec<f64>,
    /// The inverse diagonal of the Hessian, the preconditioner.
    inverse_diagonal: Point,
}

impl<'a, R: Row> Problem<'a, R> {
    fn new(samples: &'a [Sample<R>], dimension: usize, loss: Loss) -> Self {
        let positives = samples.iter().filter(|sample| sample.positive).count();
        Self {
            samples,
            dimension,
            loss,
            has_intercept: positives > 0 && positives < samples.len(),
            margins: vec![0.0; samples.len()],
            curvatures: vec![0.0; samples.len()],
            inverse_diagonal: vec![1.0; dimension + 1],
        }
    }

    /// Zero weights, and the intercept that is best with them.
    fn start(&self) -> Point {
        let mut point = vec![0.0; self.dimension + 1];
        if self.has_intercept && self.loss == Loss::Logistic {
            let cost = |positive| -> f64 {
                let side = self
                    .samples
                    .iter()
                    .filter(|sample| sample.positive == positive);
                side.map(|sample| sample.cost).sum()
            };
            point[self.dimension] = (cost(true) / cost(false)).ln();
        }
        point
    }

    /// Returns the objective and keeps the margins.
    fn evaluate(&mut self, point: &[f64]) -> f64 {
        let (weights, intercept) = (&point[..self.dimension], point[self.dimension]);
        let mut value =
            0.5 * (product(weights, weights) + self.intercept_penalty() * intercept * intercept);
        for (sample, margin) in self.samples.iter().zip(&mut self.margins) {
            *margin = sample.vector.dot(weights) + intercept;
            value += sample.cost * self.loss.value(sample.sign() * *margin);
        }
        value
    }

    /// What the square of the intercept costs.
    fn intercept_penalty(&self) -> f64 {
        f64::from(u8::from(self.loss == Loss::SquaredHinge))
    }

    /// `cost_i * t_i * pull_i` at the point evaluated last.
    fn residuals(&self) -> Vec<f64> {
        let pairs = self.samples.iter().zip(&self.margins);
        pairs
            .map(|(sample, &margin)| {
                let sign = sample.sign();
                sign * sample.cost * self.loss.pull(sign * margin)
            })
            .collect()
    }

    /// Returns the gradient at the point evaluated last, and keeps the Hessian's parts there.
    fn gradient(&mut self, point: &[f64]) -> Point {
        let residuals = self.residuals();
        let mut gradient = vec![0.0; self.dimension + 1];
        R::accumulate(self.samples, &residuals, &mut gradient[..self.dimension]);
        for (value, weight) in gradient.iter_mut().zip(&point[..self.dimension]) {
            *value = weight - *value;
        }
        if self.has_intercept {
            let penalty = self.intercept_penalty() * point[self.dimension];
            gradient[self.dimension] = penalty - residuals.iter().sum::<f64>();
        }
        for ((curvature, sample), &margin) in
            (self.curvatures.iter_mut().zip(self.samples)).zip(&self.margins)
        {
            *curvature = sample.cost * self.loss.curvature(sample.sign() * margin);
        }
        self.precondition();
        gradient
    }

    fn precondition(&mut self) {
        let mut diagonal = vec![1.0; self.dimension + 1];
        for (sample, &curvature) in self.samples.iter().zip(&self.curvatures) {
            sample.vector.add_squares(curvature, &mut diagonal);
        }
        let total = self.intercept_penalty() + self.curvatures.iter().sum::<f64>();
        diagonal[self.dimension] = if total > 0.0 { total } else { 1.0 };
        self.inverse_diagonal = diagonal.iter().map(|value| 1.0 / value).collect();
    }

    fn hessian_product(&self, direction: &[f64]) -> Point {
        let (weights, intercept) = direction.split_at(self.dimension);
        let intercept = intercept[0];
        let mut result = direction.to_vec();
        let sum = &mut result[..self.dimension];
        let total = R::bend(self.samples, &self.curvatures, (weights, intercept), sum);
        result[self.dimension] = if self.has_intercept {
            self.intercept_penalty() * intercept + total
        } else {
            0.0
        };
        result
    }

    /// Solves `H d = -gradient` by preconditioned conjugate gradients, as exactly as Newton's
    /// method needs it here: the closer to the minimum, the more.
    fn newton_direction(&self, gradient: &[f64]) -> Point {
        let mut direction = vec![0.0; gradient.len()];
        let mut residual: Point = gradient.iter().map(|value| -value).collect();
        let scaled_by = |values: &[f64]| -> Point {
            let pairs = values.iter().zip(&self.inverse_diagonal);
            pairs.map(|(value, inverse)| value * inverse).collect()
        };
        let mut scaled = scaled_by(&residual);
        let mut search = scaled.clone();
        let mut energy = product(&residual, &scaled);
        let start = energy;
        let mut forcing = 0.0;
        for step in 0..MAX_PRODUCTS {
            if step == 0 {
                // Superlinear convergence (Nocedal and Wright, section 7.1), bounded below since
                // steps cost less than products.
                forcing = norm(gradient).sqrt().clamp(1e-2, 0.1);
            }
            if energy <= forcing * forcing * start {
                break;
            }
            let image = self.hessian_product(&search);
            let length = energy / product(&search, &image);
            for (value, by) in direction.iter_mut().zip(&search) {
                *value += length * by;
            }
            for (value, by) in residual.iter_mut().zip(&image) {
                *value -= length * by;
            }
            scaled = scaled_by(&residual);
            let next = product(&residual, &scaled);
            for (value, by) in search.iter_mut().zip(&scaled) {
                *value = by + next / energy * *value;
            }
            energy = next;
        }
        direction
    }
}

/// Adds the sum of `coefficients[i] * samples[i]` to `sum`.
pub(crate) fn accumulate(samples: &[Sample<&[f32]>], coefficients: &[f64], sum: &mut [f64]) {
    let rows: Vec<&[f32]> = samples.iter().map(|sample| sample.vector).collect();
    add_rows_exactly(coefficients, &rows, sum);
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "seven digits are enough for a direction"
)]
fn narrow(value: f64) -> f32 {
    value as f32
}

/// `1 / (1 + exp(-x))` without overflow.
pub(crate) fn logistic(x: f64) -> f64 {
    if x >= 0.0 {
        1.0 / (1.0 + (-x).exp())
    } else {
        let power = x.exp();
        power / (1.0 + power)
    }
}

fn product(left: &[f64], right: &[f64]) -> f64 {
    left.iter().zip(right).map(|(a, b)| a * b).sum()
}

fn norm(values: &[f64]) -> f64 {
    product(values, values).sqrt()
}

#[cfg(test)]
mod tests;
