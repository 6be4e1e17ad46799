use super::*;

fn samples(rows: &[([f32; 2], bool)], cost: f64) -> Vec<Sample<&[f32]>> {
    rows.iter()
        .map(|(vector, positive)| Sample {
            vector: vector.as_slice(),
            positive: *positive,
            cost,
        })
        .collect()
}

fn weights(samples: &[Sample<&[f32]>], solution: &Solution) -> Vec<f64> {
    let mut sum = vec![0.0; samples[0].vector.len()];
    accumulate(samples, &solution.coefficients, &mut sum);
    sum
}

const ROWS: [([f32; 2], bool); 5] = [
    ([1.0, 0.0], true),
    ([0.8, 0.6], true),
    ([0.0, 1.0], false),
    ([-0.6, 0.8], false),
    ([0.6, 0.8], false),
];

#[test]
fn the_solution_is_a_fixed_point_of_the_representer_equations() {
    let samples = samples(&ROWS, 3.0);
    let solution = solve(&samples, 2, Loss::Logistic, 1e-10);
    let w = weights(&samples, &solution);
    for (sample, &coefficient) in samples.iter().zip(&solution.coefficients) {
        let margin = dot_exactly(sample.vector, &w) + solution.intercept;
        let label = f64::from(u8::from(sample.positive));
        let expected = sample.cost * (label - logistic(margin));
        assert!(
            (coefficient - expected).abs() < 1e-8,
            "{coefficient} {expected}"
        );
    }
    // The gradient by the intercept is zero too.
    assert!(solution.coefficients.iter().sum::<f64>().abs() < 1e-8);
}

#[test]
fn no_point_around_the_solution_has_a_smaller_objective() {
    let samples = samples(&ROWS, 10.0);
    let solution = solve(&samples, 2, Loss::Logistic, 1e-10);
    let w = weights(&samples, &solution);
    let mut problem = Problem::new(&samples, 2, Loss::Logistic);
    let best = problem.evaluate(&[w[0], w[1], solution.intercept]);
    for axis in 0..3 {
        for step in [-1e-3, 1e-3] {
            let mut point = vec![w[0], w[1], solution.intercept];
            point[axis] += step;
            assert!(problem.evaluate(&point) > best);
        }
    }
}

#[test]
fn equal_rows_of_both_classes_give_the_log_odds_of_their_costs() {
    let row = [1.0_f32, 0.0];
    let sample = |positive, cost| Sample {
        vector: row.as_slice(),
        positive,
        cost,
    };
    let solution = solve(
        &[sample(true, 3.0), sample(false, 1.0)],
        2,
        Loss::Logistic,
        1e-12,
    );
    assert!((solution.intercept - 3.0_f64.ln()).abs() < 1e-9);
}

#[test]
fn one_class_keeps_the_intercept_at_zero() {
    let rows = [([1.0, 0.0], true)];
    let samples = samples(&rows, 2.0);
    let solution = solve(&samples, 2, Loss::Logistic, 1e-12);
    assert_eq!(solution.intercept.to_bits(), 0.0_f64.to_bits());
    // w = 2 * (1 - p(w)) has its root at 0.685...
    let w = weights(&samples, &solution)[0];
    assert!((w - 2.0 * logistic(-w)).abs() < 1e-9);
}

#[test]
fn separable_rows_at_extreme_costs_converge() {
    let samples = samples(&ROWS[..4], 1e8);
    let solution = solve(&samples, 2, Loss::Logistic, 1e-6);
    assert!(solution.gradient <= 1e-6, "{solution:?}");
}

#[test]
fn logistic_is_symmetric_and_never_overflows() {
    assert!((logistic(0.0) - 0.5).abs() < 1e-15);
    for x in [0.3, 5.0, 40.0, 1e4] {
        assert!((logistic(x) + logistic(-x) - 1.0).abs() < 1e-15);
    }
}
