//! From a seed set to a ranker.

use kindred_core::Embeddings;

use crate::error::RankError;
use crate::ranker::{Closeness, Ranker};
use crate::solver::{Sample, Solution, accumulate, mixed_dot, solve};

/// Gradient norm at which training ends, relative to its norm at the start. Scores are then equal
/// to those of the exact minimum to about five digits.
const TOLERANCE: f64 = 1e-6;
/// A step that no longer decreases the objective ends training too; beyond this it is an error.
const ACCEPTED_GRADIENT: f64 = 1e-3;
/// Background papers that the spread of scores is estimated on.
const SPREAD_SAMPLE: usize = 512;
/// Fewer background papers than this give no usable spread.
const MIN_SPREAD_SAMPLE: usize = 30;

/// The papers that a ranker learns from, all of one encoder.
#[derive(Debug, Clone, Copy)]
pub struct TrainingSet<'a> {
    /// Liked papers, at least one.
    pub likes: &'a Embeddings,
    /// Disliked papers, may be empty.
    pub dislikes: &'a Embeddings,
    /// Papers drawn at random from the library, weak negatives; may be empty. 1,000 to 5,000 are
    /// enough. They must not contain the liked papers.
    pub background: &'a Embeddings,
}

/// How a ranker is trained.
///
/// Likes together weigh 1, all negatives together [`negative_weight`](Self::negative_weight); a
/// disliked paper weighs [`dislike_share`](Self::dislike_share) for each
/// `1 - dislike_share` of a background paper. This is the weighting of Scholar Inbox (Flicke et
/// al., arXiv:2504.08385, and its public experiments), freed of the number of rows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RankOptions {
    /// `C`: how much the training papers weigh against the penalty on the weights. Positive,
    /// default 500, which is Scholar Inbox's 0.1 times its 5,000 rows; 50 ranks a little worse.
    pub regularisation: f64,
    /// Weight of all negatives together, `S`. Positive, default 5 as in Scholar Inbox; 1 ranks a
    /// little worse.
    pub negative_weight: f64,
    /// Share `v` in `[0, 1]` of a disliked paper's weight in the sum of a disliked and a background
    /// paper's weight. Default 0.9 as in Scholar Inbox.
    pub dislike_share: f64,
    /// Weight of closeness to the nearest liked papers, in standard deviations for each standard
    /// deviation of the regression's score. Zero or positive, default 1: both count alike, which
    /// finds more of what is wanted than either alone.
    pub closeness_weight: f64,
    /// How many nearest liked papers closeness is the mean over, at least 1, default 3.
    pub closeness_neighbors: usize,
}

impl Default for RankOptions {
    fn default() -> Self {
        Self {
            regularisation: 500.0,
            negative_weight: 5.0,
            dislike_share: 0.9,
            closeness_weight: 1.0,
            closeness_neighbors: 3,
        }
    }
}

impl RankOptions {
    fn check(&self) -> Result<(), RankError> {
        let option = |name, value: f64, is_fine: bool, expected| {
            if is_fine && value.is_finite() {
                Ok(())
            } else {
                Err(RankError::Option {
                    name,
                    value,
                    expected,
                })
            }
        };
        let (c, s) = (self.regularisation, self.negative_weight);
        let (v, closeness) = (self.dislike_share, self.closeness_weight);
        option("regularisation", c, c > 0.0, "a positive number")?;
        option("negative_weight", s, s > 0.0, "a positive number")?;
        option("dislike_share", v, (0.0..=1.0).contains(&v), "0 to 1")?;
        option("closeness_weight", closeness, closeness >= 0.0, "0 or more")?;
        let neighbors = self.closeness_neighbors as f64;
        option(
            "closeness_neighbors",
            neighbors,
            neighbors >= 1.0,
            "1 or more",
        )
    }
}

/// Trains a ranker.
///
/// The regression minimises `0.5 |w|^2 + C * sum_i weight_i * loss_i`, so that
/// `w = C * sum_i weight_i * (y_i - p_i) * x_i`: every score is a sum over the training papers.
/// One like alone, without dislikes and background, gives the order of cosine similarity.
///
/// # Determinism
/// Equal inputs give equal rankers; nothing is random.
///
/// # Errors
/// [`RankError::NoLikes`], [`RankError::Dimension`] if vectors of different encoders are mixed,
/// [`RankError::Option`] if an option is outside its range, [`RankError::NotConverged`].
pub fn train(set: &TrainingSet<'_>, options: &RankOptions) -> Result<Ranker, RankError> {
    options.check()?;
    check_set(set)?;
    let samples = weighted_samples(set, options);
    let dimension = set.likes.dimension();
    let solution = solve(&samples, dimension, TOLERANCE);
    if solution.gradient.is_nan() || solution.gradient > ACCEPTED_GRADIENT {
        return Err(RankError::NotConverged {
            steps: solution.steps,
            gradient: solution.gradient,
        });
    }
    Ok(assemble(set, options, &samples, &solution))
}

pub(crate) fn check_set(set: &TrainingSet<'_>) -> Result<(), RankError> {
    if set.likes.is_empty() {
        return Err(RankError::NoLikes);
    }
    check_dimension("disliked papers", set.likes.dimension(), set.dislikes)?;
    check_dimension("background papers", set.likes.dimension(), set.background)
}

/// Refuses vectors of another space; a matrix without rows is of any.
pub(crate) fn check_dimension(
    part: &'static str,
    expected: usize,
    vectors: &Embeddings,
) -> Result<(), RankError> {
    if vectors.is_empty() || vectors.dimension() == expected {
        Ok(())
    } else {
        let found = vectors.dimension();
        Err(RankError::Dimension {
            part,
            expected,
            found,
        })
    }
}

/// Lists likes, dislikes and background, in this order, with their costs. Rows of no weight stay,
/// so that positions keep their meaning.
fn weighted_samples<'a>(set: &TrainingSet<'a>, options: &RankOptions) -> Vec<Sample<'a>> {
    let share = options.dislike_share;
    let negatives = share * set.dislikes.len() as f64 + (1.0 - share) * set.background.len() as f64;
    let unit = if negatives > 0.0 {
        options.regularisation * options.negative_weight / negatives
    } else {
        0.0
    };
    let sides = [
        (
            set.likes,
            true,
            options.regularisation / set.likes.len() as f64,
        ),
        (set.dislikes, false, unit * share),
        (set.background, false, unit * (1.0 - share)),
    ];
    let mut samples = Vec::new();
    for (vectors, positive, cost) in sides {
        samples.extend(vectors.rows().map(|vector| Sample {
            vector,
            positive,
            cost,
        }));
    }
    samples
}

fn assemble(
    set: &TrainingSet<'_>,
    options: &RankOptions,
    samples: &[Sample<'_>],
    solution: &Solution,
) -> Ranker {
    let dimension = set.likes.dimension();
    let seeds = set.likes.len() + set.dislikes.len();
    let coefficients = &solution.coefficients;
    // The weights are rebuilt from the coefficients: explanations add up whatever the tolerance.
    let mut seed_weights = vec![0.0; dimension];
    accumulate(&samples[..seeds], &coefficients[..seeds], &mut seed_weights);
    let mut background_weights = vec![0.0; dimension];
    accumulate(
        &samples[seeds..],
        &coefficients[seeds..],
        &mut background_weights,
    );
    let mut typical = vec![0.0; dimension];
    let equal = vec![1.0 / set.background.len().max(1) as f64; set.background.len()];
    accumulate(&samples[seeds..], &equal, &mut typical);
    let mut ranker = Ranker {
        likes: set.likes.clone(),
        dislikes: set.dislikes.clone(),
        weights: (seed_weights.iter().zip(&background_weights))
            .map(|(seed, background)| seed + background)
            .collect(),
        background_weights,
        intercept: solution.intercept,
        like_coefficients: coefficients[..set.likes.len()].to_vec(),
        dislike_coefficients: coefficients[set.likes.len()..seeds].to_vec(),
        typical,
        closeness: Closeness {
            neighbors: options.closeness_neighbors.min(set.likes.len()),
            typical: 0.0,
            weight: 0.0,
        },
    };
    if options.closeness_weight > 0.0 {
        ranker.closeness = scaled_closeness(set, options, &ranker);
    }
    ranker
}

/// Puts closeness on the scale of the regression's score: both in standard deviations among
/// background papers. Where there are too few, a unit of closeness counts as a unit along the
/// weights.
fn scaled_closeness(set: &TrainingSet<'_>, options: &RankOptions, ranker: &Ranker) -> Closeness {
    let neighbors = ranker.closeness.neighbors;
    let stride = set.background.len().div_ceil(SPREAD_SAMPLE).max(1);
    let (mut scores, mut closeness) = (Vec::new(), Vec::new());
    for row in set.background.rows().step_by(stride) {
        scores.push(mixed_dot(row, &ranker.weights));
        closeness.push(ranker.closeness_of(row));
    }
    let (_, score_spread) = mean_and_deviation(&scores);
    let (typical, spread) = mean_and_deviation(&closeness);
    if scores.len() >= MIN_SPREAD_SAMPLE && spread > f64::EPSILON {
        Closeness {
            neighbors,
            typical,
            weight: options.closeness_weight * score_spread / spread,
        }
    } else {
        let length = ranker
            .weights
            .iter()
            .map(|weight| weight * weight)
            .sum::<f64>();
        Closeness {
            neighbors,
            typical: 0.0,
            weight: options.closeness_weight * length.sqrt(),
        }
    }
}

fn mean_and_deviation(values: &[f64]) -> (f64, f64) {
    let count = values.len().max(1) as f64;
    let mean = values.iter().sum::<f64>() / count;
    let variance = values
        .iter()
        .map(|value| (value - mean).powi(2))
        .sum::<f64>()
        / count;
    (mean, variance.sqrt())
}

#[cfg(test)]
mod tests;
