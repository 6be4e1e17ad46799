//! From the graph of papers to a tree of topics.
//!
//! The coarsest topics are communities of the whole graph; each is then divided by the communities
//! of its own part of the graph, and so on. Modularity compares with what chance would give within
//! the part, so that a dense field is divided as finely as a thin one, which one resolution for all
//! would not do (Fortunato and Barthelemy 2007), and the tree is strictly nested.

use std::sync::atomic::{AtomicBool, Ordering};

use kindred_core::Codes;
use rayon::prelude::*;

use crate::error::TopicError;
use crate::graph::Graph;
use crate::leiden::{Partition, RESOLUTION_UNIT, communities};
use crate::merge::merge_small;
use crate::topic::TopicOptions;

/// Resolutions tried for a wanted number of topics.
const TARGET_STEPS: usize = 12;
/// The finest resolution tried, in thousandths.
const MAX_RESOLUTION: u64 = 1_000_000;
/// Bodies with more papers are searched once.
const MANY_PAPERS: usize = 20_000;
/// Topics with fewer papers are not divided.
const SPLIT_FROM: usize = 20;

/// A node of the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Node {
    /// Depth; 0 is coarsest.
    pub(crate) level: usize,
    /// Position of the node that it is part of.
    pub(crate) parent: Option<u32>,
    /// Rows of its papers, ascending.
    pub(crate) rows: Vec<u32>,
}

/// What the tree grows from.
pub(crate) struct Ground<'a> {
    pub(crate) graph: &'a Graph,
    pub(crate) codes: &'a Codes,
    pub(crate) options: &'a TopicOptions,
    pub(crate) stop: &'a AtomicBool,
}

impl Ground<'_> {
    /// Grows the tree level by level. Nodes of a level are in order of size, the largest first,
    /// ties by first row. `progress` hears of units done and units in all.
    pub(crate) fn grow(&self, progress: &dyn Fn(usize, usize)) -> Result<Vec<Node>, TopicError> {
        let levels = self.options.levels;
        // The first level takes about as long as all the others, which work on its parts.
        let steps = levels * 2 - 1;
        let found = self.coarsest(&|done, total| progress(done * levels, total * steps))?;
        let mut nodes = by_size(0, &found, None, |row| row);
        let mut start = 0;
        for level in 1..levels {
            let end = nodes.len();
            let mut divided: Vec<Node> = (nodes[start..].par_iter())
                .zip(start..end)
                .map(|(node, position)| self.divide(level, &node.rows, position))
                .flatten()
                .collect();
            if self.stop.load(Ordering::Relaxed) {
                return Err(TopicError::Stopped);
            }
            progress(levels + level, steps);
            if divided.is_empty() {
                break;
            }
            divided.sort_by(largest_first);
            nodes.extend(divided);
            start = end;
        }
        progress(steps, steps);
        Ok(nodes)
    }

    /// The parts of a topic, none if it hangs together or is too small.
    fn divide(&self, level: usize, rows: &[u32], position: usize) -> Vec<Node> {
        if rows.len() < SPLIT_FROM.max(4 * self.options.min_size) {
            return Vec::new();
        }
        let graph = self.graph.part(rows);
        let found = communities(&graph, RESOLUTION_UNIT, self.seeds(), self.stop);
        let codes = self.codes.select(rows);
        let found = merge_small(&graph, &codes, &found, self.options.min_size, usize::MAX);
        if found.count < 2 {
            return Vec::new();
        }
        by_size(level, &found, Some(narrow(position)), |place| {
            rows[place as usize]
        })
    }

    /// The first seed, and of how many runs of the algorithm the one with the best modularity is
    /// kept: large bodies have one, since its results hardly differ there.
    fn seeds(&self) -> (u64, u64) {
        let runs = if self.graph.len() > MANY_PAPERS { 1 } else { 3 };
        (self.options.seed, runs)
    }

    fn coarsest(&self, progress: &dyn Fn(usize, usize)) -> Result<Partition, TopicError> {
        let Some(target) = self.options.target else {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a checked resolution is between 0.001 and 1000"
            )]
            let resolution = (self.options.resolution * RESOLUTION_UNIT as f64).round() as u64;
            let found = self.at(resolution)?;
            progress(1, 1);
            return Ok(found);
        };
        // Counts grow with resolution, nearly always: halve the range, on a scale of ratios.
        let (mut low, mut high) = (1_u64, MAX_RESOLUTION);
        let mut best: Option<Partition> = None;
        for step in 0..TARGET_STEPS {
            let middle = ratio_middle(low, high);
            let found = self.at(middle)?;
            progress(step + 1, TARGET_STEPS);
            let count = found.count;
            let distance = |partition: &Partition| partition.count.abs_diff(target);
            let is_closer = best.as_ref().is_none_or(|best| {
                let prefers_more = best.count < target && count > target;
                distance(&found) < distance(best)
                    || (distance(&found) == distance(best) && prefers_more)
            });
            if is_closer {
                best = Some(found);
            }
            if count == target || high - low <= 1 {
                break;
            }
            if count < target {
                low = middle;
            } else {
                high = middle;
            }
        }
        let found = best.unwrap_or_else(|| Partition::compact(&vec![0; self.graph.len()]));
        // Too many: the smallest give way.
        let min_size = self.options.min_size;
        Ok(merge_small(
            self.graph, self.codes, &found, min_size, target,
        ))
    }

    /// Communities at `resolution`, small ones merged.
    fn at(&self, resolution: u64) -> Result<Partition, TopicError> {
        let found = communities(self.graph, resolution, self.seeds(), self.stop);
        if self.stop.load(Ordering::Relaxed) {
            return Err(TopicError::Stopped);
        }
        let min_size = self.options.min_size;
        Ok(merge_small(
            self.graph,
            self.codes,
            &found,
            min_size,
            usize::MAX,
        ))
    }
}

/// Makes nodes of communities, the largest first, ties by first row.
fn by_size(
    level: usize,
    partition: &Partition,
    parent: Option<u32>,
    row: impl Fn(u32) -> u32,
) -> Vec<Node> {
    let mut nodes: Vec<Node> = (0..partition.count)
        .map(|_| Node {
            level,
            parent,
            rows: Vec::new(),
        })
        .collect();
    for (place, &name) in (0..).zip(&partition.community) {
        nodes[name as usize].rows.push(row(place));
    }
    nodes.sort_by(largest_first);
    nodes
}

fn largest_first(left: &Node, right: &Node) -> std::cmp::Ordering {
    let by_size = right.rows.len().cmp(&left.rows.len());
    by_size.then_with(|| left.rows.first().cmp(&right.rows.first()))
}

/// The geometric mean, in whole numbers and at least one away from `low` if there is room.
fn ratio_middle(low: u64, high: u64) -> u64 {
    (low * high).isqrt().max(low + 1).min(high)
}

fn narrow(position: usize) -> u32 {
    u32::try_from(position).expect("there are no more topics than rows")
}
