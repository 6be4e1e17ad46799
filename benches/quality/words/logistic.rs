//! Logistic regression on sparse rows.
//!
//! Newton's method with conjugate gradients for its steps (Lin, Weng and Keerthi, "Trust region
//! Newton method for large-scale logistic regression", JMLR 9, 2008), with a line search in place
//! of the trust region.

use super::sparse::{add_sparse, sparse_dot};

/// The length of the gradient, relative to that at zero, at which it has converged.
const TOLERANCE: f64 = 1e-4;
const STEPS: usize = 50;
const INNER_STEPS: usize = 50;

/// One row to learn from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Example<'a> {
    pub(super) row: &'a [(u32, f32)],
    pub(super) positive: bool,
    /// What a unit of its loss costs.
    pub(super) cost: f64,
}

impl Example<'_> {
    fn sign(&self) -> f64 {
        if self.positive { 1.0 } else { -1.0 }
    }
}

/// Weights of columns, and last the intercept, which is not made small.
#[derive(Debug)]
pub(super) struct Plane(Vec<f64>);

impl Plane {
    /// Minimises `|weights|^2 / 2 + sum of cost * ln(1 + exp(-sign * margin))`.
    pub(super) fn fit(examples: &[Example<'_>], columns: usize) -> Self {
        let mut plane = Self(vec![0.0; columns + 1]);
        let mut least = f64::INFINITY;
        for step in 0..STEPS {
            let (gradient, curvatures) = plane.slope(examples);
            let length = dot(&gradient, &gradient).sqrt();
            if step == 0 {
                least = TOLERANCE * length;
            }
            if length <= least {
                break;
            }
            let direction = newton_step(examples, &gradient, &curvatures);
            if !plane.go(examples, &direction, dot(&gradient, &direction)) {
                break;
            }
        }
        plane
    }

    pub(super) fn margin(&self, row: &[(u32, f32)]) -> f64 {
        sparse_dot(row, &self.0) + self.0[self.0.len() - 1]
    }

    fn objective(&self, examples: &[Example<'_>]) -> f64 {
        let weights = &self.0[..self.0.len() - 1];
        let losses = examples.iter().map(|example| {
            let margin = example.sign() * self.margin(example.row);
            // ln(1 + exp(-margin)) without overflow.
            example.cost * ((-margin.abs()).exp().ln_1p() + (-margin).max(0.0))
        });
        dot(weights, weights) / 2.0 + losses.sum::<f64>()
    }

    /// The gradient, and how much each example bends the loss.
    fn slope(&self, examples: &[Example<'_>]) -> (Vec<f64>, Vec<f64>) {
        let last = self.0.len() - 1;
        let mut gradient = self.0.clone();
        gradient[last] = 0.0;
        let mut curvatures = Vec::with_capacity(examples.len());
        for example in examples {
            let sign = example.sign();
            let wrong = 1.0 / (1.0 + (sign * self.margin(example.row)).exp());
            let factor = -sign * example.cost * wrong;
            add_sparse(example.row, factor, &mut gradient);
            gradient[last] += factor;
            curvatures.push(example.cost * wrong * (1.0 - wrong));
        }
        (gradient, curvatures)
    }

    /// Goes along a direction as far as the objective falls enough; `false` if it does not.
    fn go(&mut self, examples: &[Example<'_>], direction: &[f64], slope: f64) -> bool {
        let before = self.objective(examples);
        let start = self.0.clone();
        let mut length = 1.0;
        while length > 1e-6 {
            for (value, (from, step)) in self.0.iter_mut().zip(start.iter().zip(direction)) {
                *value = from + length * step;
            }
            if self.objective(examples) <= before + 1e-4 * length * slope {
                return true;
            }
            length /= 2.0;
        }
        self.0 = start;
        false
    }
}

/// Solves `curvature * step = -gradient` nearly.
fn newton_step(examples: &[Example<'_>], gradient: &[f64], curvatures: &[f64]) -> Vec<f64> {
    let last = gradient.len() - 1;
    let mut step = vec![0.0; gradient.len()];
    let mut rest: Vec<f64> = gradient.iter().map(|value| -value).collect();
    let mut direction = rest.clone();
    let mut square = dot(&rest, &rest);
    let enough = 0.01 * square;
    for _ in 0..INNER_STEPS {
        let mut bent = direction.clone();
        bent[last] = 0.0;
        for (example, curvature) in examples.iter().zip(curvatures) {
            let along = sparse_dot(example.row, &direction) + direction[last];
            add_sparse(example.row, curvature * along, &mut bent);
            bent[last] += curvature * along;
        }
        let length = square / dot(&direction, &bent);
        for ((step, rest), (along, bent)) in
            (step.iter_mut().zip(&mut rest)).zip(direction.iter().zip(&bent))
        {
            *step += length * along;
            *rest -= length * bent;
        }
        let next = dot(&rest, &rest);
        if next <= enough {
            break;
        }
        for (direction, rest) in direction.iter_mut().zip(&rest) {
            *direction = rest + next / square * *direction;
        }
        square = next;
    }
    step
}

fn dot(left: &[f64], right: &[f64]) -> f64 {
    left.iter().zip(right).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_small_change_of_the_plane_is_better() {
        let rows: [&[(u32, f32)]; 5] = [
            &[(0, 1.0)],
            &[(0, 0.6), (1, 0.8)],
            &[(1, 1.0)],
            &[(1, 0.6), (2, 0.8)],
            &[(2, 1.0)],
        ];
        let examples: Vec<Example<'_>> = rows
            .iter()
            .enumerate()
            .map(|(place, row)| Example {
                row,
                positive: place < 2,
                cost: if place < 2 { 2.0 } else { 1.5 },
            })
            .collect();
        let plane = Plane::fit(&examples, 3);
        let best = plane.objective(&examples);
        for column in 0..4 {
            for change in [-0.01, 0.01] {
                let mut other = Plane(plane.0.clone());
                other.0[column] += change;
                assert!(other.objective(&examples) > best, "{column} {change}");
            }
        }
        assert!(plane.margin(rows[0]) > plane.margin(rows[1]));
        assert!(plane.margin(rows[1]) > plane.margin(rows[4]));
        assert!(plane.margin(rows[0]) > 0.0 && plane.margin(rows[4]) < 0.0);
    }
}
