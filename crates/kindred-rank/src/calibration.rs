//! From scores to probabilities.
//!
//! Platt's sigmoid (Platt, "Probabilistic outputs for support vector machines", 1999) over
//! standardised scores, fitted to what a person kept of what they were shown. A Gaussian prior
//! holds the two parameters where other people's libraries put them, until there is history.

use crate::solver::logistic;

/// Slope of the prior: log-odds for each standard deviation of the score, as fitted to 624
/// libraries (`docs/BENCHMARKS.md`).
const PRIOR_SLOPE: f64 = 0.75;
/// Log-odds of the typical background paper: one paper in a hundred or so is kept of what arrives
/// in a reader's own fields. (In those libraries, whose arrivals are of all fields, one in 800: -7.3.)
const PRIOR_INTERCEPT: f64 = -5.5;
/// Standard deviations of the prior: how far people differ.
const SLOPE_DEVIATION: f64 = 0.25;
const INTERCEPT_DEVIATION: f64 = 2.0;
/// Newton steps; six are usual.
const MAX_STEPS: usize = 50;

/// What a person did with a paper that a feed showed them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outcome {
    /// Its [standardised](crate::Ranker::standardised) score by a ranker that had not seen it.
    pub score: f64,
    /// Whether the person kept it.
    pub kept: bool,
}

/// The probability that a paper is kept, as a function of its standardised score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Calibration {
    slope: f64,
    intercept: f64,
    outcomes: usize,
}

impl Default for Calibration {
    fn default() -> Self {
        Self {
            slope: PRIOR_SLOPE,
            intercept: PRIOR_INTERCEPT,
            outcomes: 0,
        }
    }
}

impl Calibration {
    /// Fits the sigmoid to a person's history; none leaves the prior.
    ///
    /// The parameters are those of the largest posterior probability, found by Newton's method;
    /// the slope stays positive, so that calibration never changes an order. Scores that are not
    /// finite are ignored.
    pub fn fit(history: &[Outcome]) -> Self {
        let history: Vec<Outcome> = history
            .iter()
            .copied()
            .filter(|outcome| outcome.score.is_finite())
            .collect();
        let mut fitted = Self {
            outcomes: history.len(),
            ..Self::default()
        };
        for _ in 0..MAX_STEPS {
            let Some(next) = fitted.step(&history) else {
                break;
            };
            fitted = next;
        }
        fitted
    }

    /// One Newton step with halvings; `None` where the posterior no longer grows.
    fn step(&self, history: &[Outcome]) -> Option<Self> {
        let (slope_weight, intercept_weight) =
            (SLOPE_DEVIATION.powi(-2), INTERCEPT_DEVIATION.powi(-2));
        let mut gradient = [
            (self.slope - PRIOR_SLOPE) * slope_weight,
            (self.intercept - PRIOR_INTERCEPT) * intercept_weight,
        ];
        let (mut ss, mut sb, mut bb) = (slope_weight, 0.0, intercept_weight);
        for outcome in history {
            let probability = self.probability(outcome.score);
            let error = probability - f64::from(u8::from(outcome.kept));
            gradient[0] += error * outcome.score;
            gradient[1] += error;
            let curvature = probability * (1.0 - probability);
            ss += curvature * outcome.score * outcome.score;
            sb += curvature * outcome.score;
            bb += curvature;
        }
        let determinant = ss * bb - sb * sb;
        let direction = [
            (bb * gradient[0] - sb * gradient[1]) / determinant,
            (ss * gradient[1] - sb * gradient[0]) / determinant,
        ];
        let start = self.cost(history);
        let mut length = 1.0;
        while length > 1e-6 {
            let next = Self {
                slope: (self.slope - length * direction[0]).max(0.05),
                intercept: self.intercept - length * direction[1],
                ..*self
            };
            if next.cost(history) < start - 1e-12 {
                return Some(next);
            }
            length *= 0.5;
        }
        None
    }

    /// Minus the logarithm of the posterior, up to a constant.
    fn cost(&self, history: &[Outcome]) -> f64 {
        let prior = 0.5
            * (((self.slope - PRIOR_SLOPE) / SLOPE_DEVIATION).powi(2)
                + ((self.intercept - PRIOR_INTERCEPT) / INTERCEPT_DEVIATION).powi(2));
        let losses = history.iter().map(|outcome| {
            let odds = self.slope * outcome.score + self.intercept;
            let signed = if outcome.kept { odds } else { -odds };
            if signed > 0.0 {
                (-signed).exp().ln_1p()
            } else {
                signed.exp().ln_1p() - signed
            }
        });
        prior + losses.sum::<f64>()
    }

    /// Returns the probability at a standardised score, in `[0, 1]`; it grows with the score.
    pub fn probability(&self, standardised: f64) -> f64 {
        logistic(self.slope * standardised + self.intercept)
    }

    /// Returns how many outcomes it was fitted to.
    pub fn outcomes(&self) -> usize {
        self.outcomes
    }
}

/// Returns how many of the papers with these probabilities, likeliest first, hold at least `share`
/// of what is expected to be kept, and how many are expected to be kept among all.
///
/// `share` is clamped to `[0, 1]`; a share of 0 asks for no paper.
pub fn expected_reading(probabilities: &[f64], share: f64) -> (usize, f64) {
    let mut sorted = probabilities.to_vec();
    sorted.sort_by(|a, b| b.total_cmp(a));
    let total: f64 = sorted.iter().sum();
    let wanted = share.clamp(0.0, 1.0) * total;
    let mut held = 0.0;
    let mut papers = 0;
    // Sums of the same numbers in one order, so that a share of 1 ends at the last paper.
    while papers < sorted.len() && held < wanted {
        held += sorted[papers];
        papers += 1;
    }
    (papers, total)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    #[test]
    fn much_history_gives_back_the_odds_that_made_it() {
        let mut generator = ChaCha8Rng::seed_from_u64(4);
        let history: Vec<Outcome> = (0..20_000)
            .map(|_| {
                let score = generator.random_range(0.0..6.0);
                let kept = generator.random_range(0.0..1.0) < logistic(0.9 * score - 3.0);
                Outcome { score, kept }
            })
            .collect();
        let fitted = Calibration::fit(&history);
        assert!((fitted.slope - 0.9).abs() < 0.05, "{fitted:?}");
        assert!((fitted.intercept + 3.0).abs() < 0.15, "{fitted:?}");
        assert_eq!(fitted.outcomes(), 20_000);
    }

    #[test]
    fn no_history_leaves_the_prior_and_one_outcome_hardly_moves_it() {
        assert_eq!(Calibration::fit(&[]), Calibration::default());
        let one = Calibration::fit(&[Outcome {
            score: 3.0,
            kept: true,
        }]);
        let prior = Calibration::default();
        assert!(one.probability(3.0) > prior.probability(3.0));
        assert!(one.probability(3.0) < 0.5);
    }

    #[test]
    fn reading_holds_the_share_and_no_paper_more() {
        let probabilities = [0.1, 0.5, 0.2, 0.2];
        assert_eq!(expected_reading(&probabilities, 0.9).0, 3);
        assert_eq!(expected_reading(&probabilities, 0.5).0, 1);
        assert_eq!(expected_reading(&probabilities, 1.0).0, 4);
        assert_eq!(expected_reading(&probabilities, 0.0).0, 0);
        assert!((expected_reading(&probabilities, 1.0).1 - 1.0).abs() < 1e-12);
        assert_eq!(expected_reading(&[], 0.9), (0, 0.0));
    }

    proptest! {
        #[test]
        fn any_history_keeps_the_order_of_scores(
            history in prop::collection::vec((-20.0f64..20.0, any::<bool>()), 0..60),
        ) {
            let history: Vec<Outcome> =
                history.into_iter().map(|(score, kept)| Outcome { score, kept }).collect();
            let fitted = Calibration::fit(&history);
            prop_assert!(fitted.slope > 0.0 && fitted.intercept.is_finite());
            prop_assert!(fitted.probability(1.0) <= fitted.probability(2.0));
        }
    }
}
