//! The run from vectors and texts to topics.

use std::sync::atomic::{AtomicBool, Ordering};

use kindred_core::{Codes, nearest_rows};
use rayon::prelude::*;

use crate::error::TopicError;
use crate::graph::Graph;
use crate::label::{PASSES, label};
use crate::leiden::{Partition, RESOLUTION_UNIT, leiden, quality};
use crate::merge::{dot_with_sum, merge_small, sum_of_codes};
use crate::topic::{Stage, Topic, TopicInput, TopicOptions, TopicProgress, Topics};

/// Runs of the algorithm with seeds of their own; the one with the best modularity is kept.
const RUNS: u64 = 3;
/// Resolutions tried for a wanted number of topics.
const TARGET_STEPS: usize = 12;
/// The finest resolution tried, in thousandths.
const MAX_RESOLUTION: u64 = 1_000_000;
/// Links from each paper of the smallest collections.
const MIN_LINKS: usize = 5;
/// Papers that represent a topic.
const REPRESENTATIVES: usize = 3;

/// Groups papers into topics.
///
/// `progress` hears of every stage from the calling thread. No paper gives no topics; a few give
/// one.
///
/// # Determinism
/// Equal input and options give equal topics on every machine and with any number of threads. The
/// order of the rows decides ties, so pass papers in the order of their ids.
///
/// # Errors
/// [`TopicError::Mismatch`] if there is not one text for each vector, [`TopicError::Option`] if an
/// option is outside its range, [`TopicError::TooMany`] beyond 2^32 - 1 papers,
/// [`TopicError::Stopped`] once `stop` is set.
pub fn cluster(
    input: &TopicInput<'_>,
    options: &TopicOptions,
    progress: &dyn Fn(TopicProgress),
    stop: &AtomicBool,
) -> Result<Topics, TopicError> {
    options.check()?;
    let papers = input.vectors.len();
    if papers != input.texts.len() {
        return Err(TopicError::Mismatch {
            vectors: papers,
            texts: input.texts.len(),
        });
    }
    if u32::try_from(papers).is_err() {
        return Err(TopicError::TooMany { papers });
    }
    if papers == 0 {
        return Ok(Topics {
            topics: Vec::new(),
            assignment: Vec::new(),
            strength: Vec::new(),
        });
    }
    let report = |stage, done, total| {
        progress(TopicProgress { stage, done, total });
    };
    let codes = Codes::new(input.vectors);
    let near = nearest_rows(
        &codes,
        links(options.neighbors, papers),
        &mut |done| report(Stage::Neighbors, done, papers),
        stop,
    )
    .ok_or(TopicError::Stopped)?;
    let graph = if papers == 1 {
        Graph::from_edges(1, &[], vec![0])
    } else {
        Graph::from_nearest(&near)
    };
    let search = Search {
        graph: &graph,
        codes: &codes,
        options,
        progress: &|done, total| report(Stage::Communities, done, total),
        stop,
    };
    let partition = by_size(&search.partition()?);
    let members = members(&partition);
    let strength = strengths(&graph, &partition);
    let ranked: Vec<Vec<u32>> = members
        .par_iter()
        .map(|rows| most_central_first(&codes, rows, &strength))
        .collect();
    let labelled = label(
        input.texts,
        &ranked,
        options.label_terms,
        &|done| report(Stage::Labels, done, PASSES),
        stop,
    )?;
    let topics = (members.into_iter().zip(ranked).zip(labelled))
        .map(|((members, ranked), labelled)| Topic {
            label: labelled.label,
            terms: labelled.terms,
            size: members.len(),
            members,
            representatives: ranked.into_iter().take(REPRESENTATIVES).collect(),
        })
        .collect();
    Ok(Topics {
        topics,
        assignment: partition.community,
        strength,
    })
}

/// How many nearest papers each is linked to: in a small collection a neighbourhood of full size
/// would reach into other topics, so that it is at most half the square root of the collection,
/// but enough to hang together.
fn links(neighbors: usize, papers: usize) -> usize {
    neighbors.min((papers.isqrt() / 2).max(MIN_LINKS))
}

/// The search for a partition at one resolution, or at the one that gives a wanted number.
struct Search<'a> {
    graph: &'a Graph,
    codes: &'a Codes,
    options: &'a TopicOptions,
    progress: &'a dyn Fn(usize, usize),
    stop: &'a AtomicBool,
}

impl Search<'_> {
    fn partition(&self) -> Result<Partition, TopicError> {
        let Some(target) = self.options.target else {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a checked resolution is between 0.001 and 1000"
            )]
            let resolution = (self.options.resolution * RESOLUTION_UNIT as f64).round() as u64;
            return self.at(resolution, usize::MAX, 0);
        };
        // Counts grow with resolution, nearly always: halve the range, on a scale of ratios.
        let (mut low, mut high) = (1_u64, MAX_RESOLUTION);
        let mut best: Option<Partition> = None;
        for step in 0..TARGET_STEPS {
            let middle = ratio_middle(low, high);
            let found = self.at(middle, usize::MAX, step)?;
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
        Ok(merge_small(
            self.graph,
            self.codes,
            &found,
            self.options.min_size,
            target,
        ))
    }

    /// The best of some runs at `resolution`, small communities merged.
    fn at(&self, resolution: u64, max: usize, step: usize) -> Result<Partition, TopicError> {
        let runs = usize::try_from(RUNS).unwrap_or(1);
        let total = match self.options.target {
            Some(_) => TARGET_STEPS * runs,
            None => runs,
        };
        let mut best: Option<(i128, Partition)> = None;
        for run in 0..RUNS {
            let seed = self
                .options
                .seed
                .wrapping_add(run.wrapping_mul(0x5851_F42D_4C95_7F2D));
            let found = leiden(self.graph, resolution, seed, self.stop);
            if self.stop.load(Ordering::Relaxed) {
                return Err(TopicError::Stopped);
            }
            let value = quality(self.graph, &found, resolution);
            if best.as_ref().is_none_or(|(kept, _)| value > *kept) {
                best = Some((value, found));
            }
            let done = step * runs + usize::try_from(run).unwrap_or(0) + 1;
            (self.progress)(done, total);
        }
        let (_, found) = best.expect("there is at least one run");
        let min_size = self.options.min_size;
        Ok(merge_small(self.graph, self.codes, &found, min_size, max))
    }
}

/// The geometric mean, in whole numbers and at least one away from `low` if there is room.
fn ratio_middle(low: u64, high: u64) -> u64 {
    (low * high).isqrt().max(low + 1).min(high)
}

/// Numbers communities by size, the largest first, ties by first paper.
fn by_size(partition: &Partition) -> Partition {
    let mut order: Vec<(usize, u32)> = (0..).take(partition.count).map(|name| (0, name)).collect();
    for &name in &partition.community {
        order[name as usize].0 += 1;
    }
    // Names are in order of first papers already.
    order.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    let mut renamed = vec![0; partition.count];
    for (place, &(_, name)) in (0..).zip(&order) {
        renamed[name as usize] = place;
    }
    let community = partition.community.iter();
    Partition {
        community: community.map(|&name| renamed[name as usize]).collect(),
        count: partition.count,
    }
}

fn members(partition: &Partition) -> Vec<Vec<u32>> {
    let mut members = vec![Vec::new(); partition.count];
    for (row, &name) in (0..).zip(&partition.community) {
        members[name as usize].push(row);
    }
    members
}

/// The share of each paper's edge weight that stays in its topic. A paper without such an edge,
/// merged for its similarity alone, counts as one of weight 1 beside its others.
fn strengths(graph: &Graph, partition: &Partition) -> Vec<f32> {
    (0..graph.len())
        .map(|node| {
            let own = partition.community[node];
            let edges = graph.edges(node);
            let inside = edges.filter(|&(other, _)| partition.community[other as usize] == own);
            let inside: u64 = inside.map(|(_, weight)| weight).sum();
            let share = if inside == 0 {
                1.0 / (graph.strengths[node] as f64 + 1.0)
            } else {
                inside as f64 / graph.strengths[node] as f64
            };
            #[expect(clippy::cast_possible_truncation, reason = "a share is at most 1")]
            let share = share as f32;
            share.max(f32::MIN_POSITIVE)
        })
        .collect()
}

/// Orders papers by their mean similarity to all papers of the topic times their strength, ties
/// by row.
fn most_central_first(codes: &Codes, rows: &[u32], strength: &[f32]) -> Vec<u32> {
    let sum = sum_of_codes(codes, rows);
    let mut ranked: Vec<(f64, u32)> = rows
        .iter()
        .map(|&row| {
            let similarity = dot_with_sum(codes, row, &sum) as f64 / rows.len() as f64;
            (similarity * f64::from(strength[row as usize]), row)
        })
        .collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    ranked.into_iter().map(|(_, row)| row).collect()
}

#[cfg(test)]
mod tests;
