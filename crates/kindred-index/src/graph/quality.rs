//! Whether a graph may serve.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;

use kindred_core::{Embeddings, Score, TopK, dot};
use rayon::prelude::*;

use super::Graph;
use super::build::{BuildOptions, Stopped};
use super::mend::unreachable;
use super::walk::{Goal, Walk, with_scratch};

/// Rows that recall is measured on.
const SAMPLES: usize = 200;
/// Neighbours that are looked for.
const LIMIT: usize = 10;
/// Effort of the searches.
const EFFORT: usize = 64;
/// Recall below which a graph is refused.
const MIN_RECALL: f64 = 0.95;

/// What was measured on a graph when it was built.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GraphQuality {
    /// Part of the true ten nearest rows that a search of effort 64 finds, over at most 200 rows
    /// of the segment; `0..=1`.
    pub recall: f64,
    /// Mean number of links of a row.
    pub mean_degree: f64,
    /// Rows that could not be reached before the graph was mended.
    pub unreachable_before: usize,
    /// Rows that cannot be reached.
    pub unreachable: usize,
}

impl GraphQuality {
    /// Whether the graph may serve: every row can be reached and recall is at least 0.95.
    pub fn is_good(&self) -> bool {
        self.unreachable == 0 && self.recall >= MIN_RECALL
    }
}

/// Measures a graph against the exact scan.
pub(super) fn measure(
    graph: &Graph,
    vectors: &Embeddings,
    unreachable_before: usize,
    options: &BuildOptions<'_>,
) -> Result<GraphQuality, Stopped> {
    let step = NonZeroUsize::new(graph.len().div_ceil(SAMPLES)).expect("a graph has rows");
    let samples: Vec<usize> = (0..graph.len()).step_by(step.get()).collect();
    let recalls: Result<Vec<f64>, Stopped> = samples
        .par_iter()
        .map(|&row| {
            options.check_stop()?;
            Ok(recall(graph, vectors, row))
        })
        .collect();
    let recalls = recalls?;
    Ok(GraphQuality {
        recall: recalls.iter().sum::<f64>() / recalls.len() as f64,
        mean_degree: graph.mean_degree(),
        unreachable_before,
        unreachable: unreachable(graph),
    })
}

/// Returns the part of the nearest rows to `row` that is found. Rows as close as the last of the
/// nearest count as good as it: which of equals is listed is no matter of recall.
fn recall(graph: &Graph, vectors: &Embeddings, row: usize) -> f64 {
    let query = vectors.row(row);
    let mut exact = TopK::new(LIMIT);
    for (other, components) in vectors.rows().enumerate() {
        exact.push(other, Score::new(dot(query, components)));
    }
    let exact = exact.into_sorted();
    let worst = exact.last().map_or(-1.0, |last| last.score.get());
    let goal = Goal {
        effort: EFFORT,
        budget: usize::MAX,
    };
    let walk = Walk {
        graph,
        vectors,
        query,
    };
    let found = with_scratch(|scratch| walk.search(goal, scratch, |_| true)).unwrap_or_default();
    let good: BTreeSet<u32> = found
        .iter()
        .take(LIMIT)
        .filter(|hit| hit.score() >= worst)
        .map(|hit| hit.row())
        .collect();
    good.len() as f64 / exact.len() as f64
}
