//! The space that closeness is measured in, and how common a paper's surroundings are there.
//!
//! Papers that are near to very many others ("hubs") are near to the likes of everybody; the mean
//! similarity to the nearest background papers is taken off, as cross-domain similarity local
//! scaling does (Lample et al., arXiv:1710.04087, section 2.3).

mod metric;

use kindred_core::{Embeddings, Score, TopK};
use rayon::prelude::*;

use crate::words::mean;
use metric::{Mapped, Metric};

/// Background papers that the space and the surroundings are estimated on.
const BACKGROUND_SAMPLE: usize = 3_000;
/// Background papers that typical values and spreads are estimated on.
const SPREAD_SAMPLE: usize = 256;
/// Nearest background papers that make the surroundings.
const SURROUNDINGS: usize = 10;
/// Vectors that are compared together, so that the rows are read from memory once for all.
const BLOCK: usize = 32;

/// A space fitted to a library: it knows no set, so that one serves all sets and days.
#[derive(Debug, Clone)]
pub struct Space {
    metric: Metric,
    background: Mapped,
    /// Commonness of a sample of background papers.
    commonness: Vec<f64>,
}

/// Papers in a [`Space`], in their order.
#[derive(Debug, Clone)]
pub struct Placed {
    mapped: Mapped,
    commonness: Vec<f64>,
}

impl Space {
    /// Fits the space to papers drawn at random from the library, of which it takes at most 3,000
    /// evenly spread ones. None at all give plain cosines and equal surroundings.
    pub fn fit(background: &Embeddings) -> Self {
        let rows = spread_rows(background, BACKGROUND_SAMPLE);
        let sample: Vec<&[f32]> = rows.iter().map(|&row| background.row(row)).collect();
        let metric = Metric::fit(background.dimension(), &sample);
        let mut space = Self {
            background: metric.map_all(&sample),
            metric,
            commonness: Vec::new(),
        };
        let measured = space.spread_sample();
        space.commonness = (measured.chunks(BLOCK))
            .flat_map(|rows| {
                let block: Vec<&[f32]> =
                    rows.iter().map(|&row| space.background.row(row)).collect();
                // A background paper is no neighbour of its own.
                space.surroundings(&block, rows)
            })
            .collect();
        space
    }

    /// Places papers in the space.
    ///
    /// # Panics
    /// If they have another dimension than the papers that the space was fitted to.
    pub fn place(&self, papers: &Embeddings) -> Placed {
        let rows: Vec<usize> = (0..papers.len()).collect();
        let blocks: Vec<(Mapped, Vec<f64>)> = (rows.par_chunks(BLOCK))
            .map(|rows| {
                let vectors: Vec<&[f32]> = rows.iter().map(|&row| papers.row(row)).collect();
                let mapped = self.metric.map_all(&vectors);
                let block: Vec<&[f32]> = (0..mapped.len()).map(|row| mapped.row(row)).collect();
                let commonness = self.surroundings(&block, &[]);
                (mapped, commonness)
            })
            .collect();
        let mut placed = Placed {
            mapped: self.metric.map_all(&[]),
            commonness: Vec::with_capacity(papers.len()),
        };
        for (mapped, commonness) in blocks {
            placed.mapped.append(mapped);
            placed.commonness.extend(commonness);
        }
        placed
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.background.len() == 0
    }

    pub(crate) fn dimension(&self) -> usize {
        self.metric.dimension()
    }

    /// Commonness of a sample of background papers.
    pub(crate) fn commonness(&self) -> &[f64] {
        &self.commonness
    }

    /// Closeness of a sample of the background to liked papers, which are found as by
    /// [`Placed::nearest`].
    pub(crate) fn background_closeness(
        &self,
        likes: &Placed,
        neighbors: usize,
        offsets: &[f32],
    ) -> Vec<f64> {
        let rows = self.spread_sample();
        (rows.chunks(BLOCK))
            .flat_map(|rows| {
                let block: Vec<&[f32]> = rows.iter().map(|&row| self.background.row(row)).collect();
                nearest(&likes.mapped, &block, neighbors, (&[], offsets))
            })
            .map(|near| mean(near.iter().map(|&(_, similarity)| similarity)))
            .collect()
    }

    fn spread_sample(&self) -> Vec<usize> {
        let stride = self.background.len().div_ceil(SPREAD_SAMPLE).max(1);
        (0..self.background.len()).step_by(stride).collect()
    }

    fn surroundings(&self, block: &[&[f32]], own: &[usize]) -> Vec<f64> {
        let near = nearest(&self.background, block, SURROUNDINGS, (own, &[])).into_iter();
        near.map(|near| mean(near.iter().map(|&(_, similarity)| similarity)))
            .collect()
    }
}

impl Placed {
    /// Returns the number of papers.
    pub fn len(&self) -> usize {
        self.commonness.len()
    }

    /// Whether there is no paper.
    pub fn is_empty(&self) -> bool {
        self.commonness.is_empty()
    }

    pub(crate) fn mapped(&self, row: usize) -> &[f32] {
        self.mapped.row(row)
    }

    pub(crate) fn commonness(&self, row: usize) -> f64 {
        self.commonness[row]
    }

    pub(crate) fn mean_commonness(&self) -> f64 {
        mean(self.commonness.iter().copied())
    }

    /// The `count` papers that are nearest to a mapped vector with their similarities, nearest
    /// first, ties by row. `offsets` are added to the similarities; none are zeros.
    pub(crate) fn nearest(
        &self,
        mapped: &[f32],
        count: usize,
        offsets: &[f32],
    ) -> Vec<(usize, f64)> {
        nearest(&self.mapped, &[mapped], count, (&[], offsets))
            .pop()
            .unwrap_or_default()
    }
}

/// Rows of `vectors`, evenly spread, at most `most`.
pub(crate) fn spread_rows(vectors: &Embeddings, most: usize) -> Vec<usize> {
    let stride = vectors.len().div_ceil(most.max(1)).max(1);
    (0..vectors.len()).step_by(stride).collect()
}

pub(crate) fn mean_and_deviation(values: &[f64]) -> (f64, f64) {
    let typical = mean(values.iter().copied());
    let variance = mean(values.iter().map(|value| (value - typical).powi(2)));
    (typical, variance.sqrt())
}

/// The `count` nearest of `rows` to each vector of a block; `own` names the row that each vector
/// is itself, if any, and `offsets`, if there are any, are added to the rows' similarities.
fn nearest(
    rows: &Mapped,
    block: &[&[f32]],
    count: usize,
    (own, offsets): (&[usize], &[f32]),
) -> Vec<Vec<(usize, f64)>> {
    if rows.len() == 0 {
        return vec![Vec::new(); block.len()];
    }
    let mut similarities = vec![0.0; block.len() * rows.len()];
    rows.similarities(block, &mut similarities);
    if !offsets.is_empty() {
        for similarities in similarities.chunks_exact_mut(rows.len()) {
            for (similarity, offset) in similarities.iter_mut().zip(offsets) {
                *similarity += offset;
            }
        }
    }
    (similarities.chunks_exact(rows.len()).enumerate())
        .map(|(place, similarities)| {
            let skipped = own.get(place).copied();
            let mut nearest = TopK::new(count);
            let mut least = f32::NEG_INFINITY;
            for (row, &similarity) in similarities.iter().enumerate() {
                // Most are further than the furthest kept.
                if similarity >= least && skipped != Some(row) {
                    nearest.push(row, Score::new(similarity));
                    least = nearest.worst().map_or(least, Score::get);
                }
            }
            let sorted = nearest.into_sorted().into_iter();
            sorted
                .map(|scored| (scored.key, f64::from(scored.score.get())))
                .collect()
        })
        .collect()
}
