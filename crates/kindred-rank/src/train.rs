//! From a seed set to a ranker.

use std::sync::Arc;

use kindred_core::dot_exactly;

use crate::calibration::Calibration;
use crate::error::RankError;
use crate::papers::Papers;
use crate::ranker::{Distances, Ranker, Scaled};
use crate::solver::{Loss, Sample, Solution, accumulate, solve};
use crate::space::{Space, mean_and_deviation, spread_rows};
use crate::words::{Scale, WordEvidence};

/// Gradient norm at which training ends, relative to its norm at the start. Scores are then equal
/// to those of the exact minimum to about five digits.
const TOLERANCE: f64 = 1e-6;
/// A step that no longer decreases the objective ends training too; beyond this it is an error.
const ACCEPTED_GRADIENT: f64 = 1e-3;
/// Background papers that the spread of scores is estimated on.
const SPREAD_SAMPLE: usize = 512;
/// How far below the mean of the liked papers commonness begins to cost, in standard deviations of
/// the background: who reads in a crowded field wants crowded papers.
const COMMONNESS_MARGIN: f64 = 0.75;
/// Rated papers from which on the regression trusts them fully.
const CERTAIN_RATINGS: f64 = 10.0;
/// Fewer background papers than this give no usable spread.
const MIN_SPREAD_SAMPLE: usize = 30;

/// The papers that a ranker learns from, all of one encoder and one lexicon.
#[derive(Debug, Clone, Copy)]
pub struct TrainingSet<'a> {
    /// Liked papers, at least one.
    pub likes: Papers<'a>,
    /// Disliked papers, may be empty.
    pub dislikes: Papers<'a>,
    /// Papers drawn at random from the library, weak negatives; may be empty. 1,000 to 5,000 are
    /// enough. They must not contain the liked papers. Words are read of the first 1,000 alone, so
    /// terms of those suffice.
    pub background: Papers<'a>,
    /// The space that closeness is measured in; `None` fits one to the background.
    pub space: Option<&'a Arc<Space>>,
    /// Rows of the liked papers from the one added last to the one added first, where that is
    /// known: interests move, and what was added last says most.
    pub newest_first: Option<&'a [usize]>,
}

impl<'a> TrainingSet<'a> {
    /// Makes a set of papers whose space is still to be fitted and whose days are not known.
    pub fn new(
        likes: impl Into<Papers<'a>>,
        dislikes: impl Into<Papers<'a>>,
        background: impl Into<Papers<'a>>,
    ) -> Self {
        Self {
            likes: likes.into(),
            dislikes: dislikes.into(),
            background: background.into(),
            space: None,
            newest_first: None,
        }
    }
}

/// How a ranker is trained.
///
/// Likes together weigh 1, all negatives together [`negative_weight`](Self::negative_weight); a
/// disliked paper weighs [`dislike_share`](Self::dislike_share) for each
/// `1 - dislike_share` of a background paper. This is the weighting of Scholar Inbox (Flicke et
/// al., arXiv:2504.08385, and its public experiments), freed of the number of rows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RankOptions {
    /// `C`: how much the training papers weigh against the penalty on the weights, for ten rated
    /// papers or more; `n`, if fewer, take `(n / 10)^2` of it. Positive, default 500, which is
    /// Scholar Inbox's 0.1 times its 5,000 rows.
    pub regularisation: f64,
    /// Weight of all negatives together, `S`. Positive, default 5 as in Scholar Inbox; 1 ranks a
    /// little worse.
    pub negative_weight: f64,
    /// How much more a like weighs that was added later, where the order is known: the weight of
    /// the n-th newest is `n^-recency`, scaled so that all weigh as much together as without.
    /// Zero or positive, default 0.6: the tenth newest weighs a quarter of the newest.
    pub recency: f64,
    /// How much closer a like counts that was added later, where the order is known: of the
    /// similarity to the n-th newest, `closeness_recency * ln(n)` is taken off. Zero or positive,
    /// default 0.06.
    pub closeness_recency: f64,
    /// Share `v` in `[0, 1]` of a disliked paper's weight in the sum of a disliked and a background
    /// paper's weight. Default 0.9 as in Scholar Inbox.
    pub dislike_share: f64,
    /// Weight of closeness to the nearest liked papers, in standard deviations for each standard
    /// deviation of the regression's score; `n` likes take `1 - 1 / n^2` of it. Zero or positive,
    /// default 0.8.
    pub closeness_weight: f64,
    /// How many nearest liked papers closeness is the mean over, at least 1, default 5.
    pub closeness_neighbors: usize,
    /// How much a paper loses for being close to papers of all kinds, more than the liked ones are,
    /// on the same scale; `n` likes take `1 - 1 / n^2` of it. Zero or positive, default 0.4.
    pub commonness_weight: f64,
    /// Weight of the words that a paper shares with the liked ones, on the same scale, where
    /// there is much text; less where there is little. Zero or positive, default 1.
    pub words_weight: f64,
}

impl Default for RankOptions {
    fn default() -> Self {
        Self {
            regularisation: 500.0,
            negative_weight: 5.0,
            recency: 0.6,
            closeness_recency: 0.06,
            dislike_share: 0.9,
            closeness_weight: 0.8,
            closeness_neighbors: 5,
            commonness_weight: 0.4,
            words_weight: 1.0,
        }
    }
}

impl RankOptions {
    /// The options as a set of so many papers takes them. Few ratings say little of which directions
    /// matter, and a regression that weighs them freely follows the background instead; of a single
    /// like, closeness says nothing that the regression does not.
    fn for_ratings(&self, likes: usize, dislikes: usize) -> Self {
        let certain = ((likes + dislikes) as f64 / CERTAIN_RATINGS).min(1.0);
        let likes = likes as f64;
        let spread = 1.0 - 1.0 / (likes * likes);
        Self {
            regularisation: self.regularisation * certain * certain,
            closeness_weight: self.closeness_weight * spread,
            commonness_weight: self.commonness_weight * spread,
            ..*self
        }
    }

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
        for (name, weight) in [
            ("recency", self.recency),
            ("closeness_recency", self.closeness_recency),
            ("closeness_weight", closeness),
            ("commonness_weight", self.commonness_weight),
            ("words_weight", self.words_weight),
        ] {
            option(name, weight, weight >= 0.0, "0 or more")?;
        }
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
    let options = &options.for_ratings(set.likes.len(), set.dislikes.len());
    let samples = weighted_samples(set, options);
    let dimension = set.likes.vectors.dimension();
    let solution = solve(&samples, dimension, Loss::Logistic, TOLERANCE);
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
    let dimension = set.likes.vectors.dimension();
    set.likes.check("liked papers", dimension)?;
    set.dislikes.check("disliked papers", dimension)?;
    set.background.check_background(dimension)?;
    if let Some(order) = set.newest_first {
        let mut sorted = order.to_vec();
        sorted.sort_unstable();
        if !sorted.iter().copied().eq(0..set.likes.len()) {
            return Err(RankError::Order {
                found: order.len(),
                likes: set.likes.len(),
            });
        }
    }
    match set.space {
        Some(space) if space.dimension() != dimension && !space.is_empty() => {
            Err(RankError::Dimension {
                part: "the papers of the space",
                expected: dimension,
                found: space.dimension(),
            })
        }
        _ => Ok(()),
    }
}

/// Lists likes, dislikes and background, in this order, with their costs. Rows of no weight stay,
/// so that positions keep their meaning.
pub(crate) fn weighted_samples<'a>(
    set: &TrainingSet<'a>,
    options: &RankOptions,
) -> Vec<Sample<&'a [f32]>> {
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
    for (papers, positive, cost) in sides {
        samples.extend(papers.vectors.rows().map(|vector| Sample {
            vector,
            positive,
            cost,
        }));
    }
    if let Some(newest_first) = set.newest_first {
        let weights = recency_weights(newest_first, options.recency);
        for (sample, weight) in samples.iter_mut().zip(weights) {
            sample.cost *= weight;
        }
    }
    samples
}

/// A weight for each like, 1 on average.
fn recency_weights(newest_first: &[usize], recency: f64) -> Vec<f64> {
    let mut weights = vec![0.0; newest_first.len()];
    for (place, &like) in newest_first.iter().enumerate() {
        weights[like] = (place as f64 + 1.0).powf(-recency);
    }
    let scale = weights.len() as f64 / weights.iter().sum::<f64>();
    weights.iter().map(|weight| weight * scale).collect()
}

/// What each like loses in similarity, zero or negative.
fn closeness_recency(newest_first: &[usize], recency: f64) -> Vec<f32> {
    let mut losses = vec![0.0; newest_first.len()];
    for (place, &like) in newest_first.iter().enumerate() {
        #[expect(clippy::cast_possible_truncation, reason = "as exact as a similarity")]
        let loss = (-recency * (place as f64 + 1.0).ln()) as f32;
        losses[like] = loss;
    }
    losses
}

fn assemble(
    set: &TrainingSet<'_>,
    options: &RankOptions,
    samples: &[Sample<&[f32]>],
    solution: &Solution,
) -> Ranker {
    let dimension = set.likes.vectors.dimension();
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
        likes: set.likes.vectors.clone(),
        dislikes: set.dislikes.vectors.clone(),
        weights: (seed_weights.iter().zip(&background_weights))
            .map(|(seed, background)| seed + background)
            .collect(),
        background_weights,
        intercept: solution.intercept,
        like_coefficients: coefficients[..set.likes.len()].to_vec(),
        dislike_coefficients: coefficients[set.likes.len()..seeds].to_vec(),
        typical,
        spread: 1.0,
        distances: None,
        words: None,
        calibration: Calibration::default(),
    };
    add_other_parts(set, options, &mut ranker);
    ranker
}

/// Adds closeness, commonness and words on the scale of the regression's score. Where there is too
/// little background, a unit of similarity counts as a unit along the weights.
fn add_other_parts(set: &TrainingSet<'_>, options: &RankOptions, ranker: &mut Ranker) {
    let scores: Vec<f64> = spread_rows(set.background.vectors, SPREAD_SAMPLE)
        .into_iter()
        .map(|row| dot_exactly(set.background.vectors.row(row), &ranker.weights))
        .collect();
    let (_, spread) = mean_and_deviation(&scores);
    if scores.len() >= MIN_SPREAD_SAMPLE && spread > f64::EPSILON {
        ranker.spread = spread;
    }
    let squares = ranker.weights.iter().map(|weight| weight * weight);
    let length = squares.sum::<f64>().sqrt();
    let scale = |weight| Scale {
        score_spread: spread,
        unscaled: length,
        weight,
    };
    if options.closeness_weight > 0.0 || options.commonness_weight > 0.0 {
        ranker.distances = Some(distances(set, options, scale));
    }
    if options.words_weight > 0.0 {
        ranker.words = WordEvidence::fit(&set.likes, &set.background, &scale(options.words_weight));
    }
}

fn distances(
    set: &TrainingSet<'_>,
    options: &RankOptions,
    scale: impl Fn(f64) -> Scale,
) -> Distances {
    let space = match set.space {
        Some(space) => Arc::clone(space),
        None => Arc::new(Space::fit(set.background.vectors)),
    };
    let likes = space.place(set.likes.vectors);
    let neighbors = options.closeness_neighbors.min(set.likes.len());
    let recency = set.newest_first.map_or_else(Vec::new, |newest_first| {
        closeness_recency(newest_first, options.closeness_recency)
    });
    let sample = space.background_closeness(&likes, neighbors, &recency);
    let (typical, spread) = mean_and_deviation(&sample);
    let closeness = Scaled {
        typical,
        weight: scale(options.closeness_weight).per_spread(sample.len(), spread),
    };
    let common = space.commonness();
    let (_, spread) = mean_and_deviation(common);
    let floor = likes.mean_commonness() - COMMONNESS_MARGIN * spread;
    let excess: Vec<f64> = common
        .iter()
        .map(|value| (value - floor).max(0.0))
        .collect();
    let commonness = Scaled {
        typical: mean_and_deviation(&excess).0,
        weight: if sample.is_empty() {
            0.0
        } else {
            scale(options.commonness_weight).per_spread(sample.len(), spread)
        },
    };
    Distances {
        space,
        likes,
        neighbors,
        recency,
        closeness,
        commonness,
        commonness_floor: floor,
    }
}

#[cfg(test)]
mod tests;
