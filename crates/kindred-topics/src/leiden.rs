//! Communities by the Leiden algorithm.
//!
//! Source: Traag, Waltman and van Eck, "From Louvain to Leiden: guaranteeing well-connected
//! communities" (Scientific Reports 9, 2019), with modularity at a resolution. Gains are compared
//! as integers, and the refinement takes the best community instead of drawing one at random, so
//! that the seed, which orders the nodes, is the only choice left.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;

use crate::graph::Graph;
use crate::random::SplitMix;

/// Rounds over the whole graph; most runs end after three or four.
const MAX_ROUNDS: usize = 10;
/// A round that improves modularity by less than one in this many is the last.
const LEAST_GAIN: i128 = 10_000;
/// The unit of resolutions: thousandths.
pub(crate) const RESOLUTION_UNIT: u64 = 1_000;

/// A community for each node, numbered without gaps, and how good that is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Partition {
    /// Community of each node.
    pub(crate) community: Vec<u32>,
    /// Number of communities.
    pub(crate) count: usize,
}

impl Partition {
    fn singletons(nodes: usize) -> Self {
        Self {
            community: (0..narrow(nodes)).collect(),
            count: nodes,
        }
    }

    /// Numbers communities by their first node.
    pub(crate) fn compact(community: &[u32]) -> Self {
        let bound = community.iter().max().map_or(0, |&last| last as usize + 1);
        let mut renamed = vec![u32::MAX; bound];
        let mut count = 0;
        let community = community
            .iter()
            .map(|&old| {
                let name = &mut renamed[old as usize];
                if *name == u32::MAX {
                    *name = narrow(count);
                    count += 1;
                }
                *name
            })
            .collect();
        Self { community, count }
    }
}

/// The best of `runs` runs at `resolution` thousandths, each with a seed of its own; less than the
/// best once `stop` is set.
pub(crate) fn communities(
    graph: &Graph,
    resolution: u64,
    (seed, runs): (u64, u64),
    stop: &AtomicBool,
) -> Partition {
    let runs = (0..runs).into_par_iter().map(|run| {
        let seed = seed.wrapping_add(run.wrapping_mul(0x5851_F42D_4C95_7F2D));
        let found = leiden(graph, resolution, seed, stop);
        (quality(graph, &found, resolution), run, found)
    });
    // Of equal ones the first, whichever thread is done before.
    let best = runs.reduce_with(|left, right| {
        if (right.0, left.1) > (left.0, right.1) {
            right
        } else {
            left
        }
    });
    best.map_or_else(|| Partition::singletons(graph.len()), |(_, _, found)| found)
}

/// Finds communities at `resolution` thousandths; ends early, with what there is, once `stop` is
/// set.
pub(crate) fn leiden(graph: &Graph, resolution: u64, seed: u64, stop: &AtomicBool) -> Partition {
    let mut partition = Partition::singletons(graph.len());
    let mut random = SplitMix::new(seed);
    let is_narrow = fits_in_64_bits(graph, resolution);
    let mut reached = i128::MIN;
    for _ in 0..MAX_ROUNDS {
        let next = if is_narrow {
            round::<i64>(graph, &partition, resolution, &mut random)
        } else {
            round::<i128>(graph, &partition, resolution, &mut random)
        };
        let value = quality(graph, &next, resolution);
        let is_stable = next == partition
            || value.saturating_sub(reached).saturating_mul(LEAST_GAIN) < value.abs();
        reached = value;
        partition = next;
        if is_stable || stop.load(Ordering::Relaxed) {
            break;
        }
    }
    partition
}

/// Modularity as an integer, comparable within one graph: the sum over communities of
/// `RESOLUTION_UNIT * total * inside - resolution * strength^2`.
pub(crate) fn quality(graph: &Graph, partition: &Partition, resolution: u64) -> i128 {
    let groups = graph.aggregate(&partition.community, partition.count);
    let scale = i128::from(graph.total) * i128::from(RESOLUTION_UNIT);
    (groups.inner.iter().zip(&groups.strengths))
        .map(|(&inner, &strength)| {
            let strength = i128::from(strength);
            i128::from(inner) * scale - i128::from(resolution) * strength * strength
        })
        .sum()
}

/// One round: moves, refines and aggregates until nothing aggregates.
fn round<N: Whole>(
    graph: &Graph,
    start: &Partition,
    resolution: u64,
    random: &mut SplitMix,
) -> Partition {
    let mut level = Cow::Borrowed(graph);
    let mut partition = start.clone();
    // The node of the current level that holds each paper.
    let mut place: Vec<u32> = (0..narrow(graph.len())).collect();
    loop {
        partition = move_nodes::<N>(&level, &partition, resolution, random);
        if partition.count == level.len() {
            break;
        }
        let refined = refine::<N>(&level, &partition, resolution, random);
        if refined.count == level.len() {
            break;
        }
        let mut next = vec![0; refined.count];
        for (node, &group) in refined.community.iter().enumerate() {
            next[group as usize] = partition.community[node];
        }
        level = Cow::Owned(level.aggregate(&refined.community, refined.count));
        partition = Partition {
            community: next,
            count: partition.count,
        };
        for node in &mut place {
            *node = refined.community[*node as usize];
        }
    }
    let community: Vec<u32> = place
        .iter()
        .map(|&node| partition.community[node as usize])
        .collect();
    Partition::compact(&community)
}

/// Whole numbers that gains are compared in.
trait Whole: Copy + Ord + std::ops::Mul<Output = Self> + std::ops::Sub<Output = Self> {
    const ZERO: Self;

    fn of(number: u64) -> Self;
}

impl Whole for i128 {
    const ZERO: Self = 0;

    fn of(number: u64) -> Self {
        Self::from(number)
    }
}

impl Whole for i64 {
    const ZERO: Self = 0;

    fn of(number: u64) -> Self {
        number.cast_signed()
    }
}

/// Whether all gains of a graph fit in 64 bits, which is several times faster than 128.
fn fits_in_64_bits(graph: &Graph, resolution: u64) -> bool {
    let total = u128::from(graph.total);
    let largest = u128::from(resolution.max(RESOLUTION_UNIT));
    total * total * largest < 1 << 62
}

/// Compares gains: `weight * total * RESOLUTION_UNIT - resolution * strength * strength`.
struct Gain<N> {
    scale: N,
    resolution: N,
}

impl<N: Whole> Gain<N> {
    fn new(graph: &Graph, resolution: u64) -> Self {
        Self {
            scale: N::of(graph.total) * N::of(RESOLUTION_UNIT),
            resolution: N::of(resolution),
        }
    }

    /// What joining a community of `theirs` is worth to a node of strength `own` with `weight` of
    /// edges to it, against standing alone.
    fn of(&self, weight: u64, own: u64, theirs: u64) -> N {
        N::of(weight) * self.scale - self.resolution * N::of(own) * N::of(theirs)
    }
}

/// Weights from one node to the communities around it.
struct Around {
    weight: Vec<u64>,
    touched: Vec<u32>,
}

impl Around {
    fn new(communities: usize) -> Self {
        Self {
            weight: vec![0; communities],
            touched: Vec::new(),
        }
    }

    fn add(&mut self, community: u32, weight: u64) {
        let sum = &mut self.weight[community as usize];
        if *sum == 0 {
            self.touched.push(community);
        }
        *sum += weight;
    }

    fn clear(&mut self) {
        for community in self.touched.drain(..) {
            self.weight[community as usize] = 0;
        }
    }
}

/// The fast local move: visits nodes from a queue, each joins the community that is worth most,
/// and a move puts the neighbours outside that community back into the queue.
fn move_nodes<N: Whole>(
    graph: &Graph,
    start: &Partition,
    resolution: u64,
    random: &mut SplitMix,
) -> Partition {
    let nodes = graph.len();
    let gain = Gain::<N>::new(graph, resolution);
    let mut community = start.community.clone();
    let mut strengths = vec![0_u64; nodes.max(start.count)];
    let mut sizes = vec![0_usize; strengths.len()];
    for (node, &own) in community.iter().enumerate() {
        strengths[own as usize] += graph.strengths[node];
        sizes[own as usize] += 1;
    }
    let mut empty: Vec<u32> = (0..narrow(sizes.len()))
        .rev()
        .filter(|&name| sizes[name as usize] == 0)
        .collect();
    let mut order: Vec<u32> = (0..narrow(nodes)).collect();
    random.shuffle(&mut order);
    let mut queue = VecDeque::from(order);
    let mut is_queued = vec![true; nodes];
    let mut around = Around::new(strengths.len());
    while let Some(node) = queue.pop_front() {
        let node = node as usize;
        is_queued[node] = false;
        let (own, strength) = (community[node], graph.strengths[node]);
        for (other, weight) in graph.edges(node) {
            around.add(community[other as usize], weight);
        }
        strengths[own as usize] -= strength;
        sizes[own as usize] -= 1;
        let worth = |name: u32| {
            let place = name as usize;
            gain.of(around.weight[place], strength, strengths[place])
        };
        let (mut best, mut best_worth) = (own, worth(own));
        for &name in &around.touched {
            let found = worth(name);
            let is_better =
                found > best_worth || (found == best_worth && best != own && name < best);
            if is_better {
                (best, best_worth) = (name, found);
            }
        }
        if best_worth < N::ZERO && sizes[own as usize] > 0 {
            // Alone is worth nothing, which is better.
            best = empty.pop().expect("there are as many names as nodes");
        }
        around.clear();
        strengths[best as usize] += strength;
        sizes[best as usize] += 1;
        if best == own {
            continue;
        }
        community[node] = best;
        if sizes[own as usize] == 0 {
            empty.push(own);
        }
        for (other, _) in graph.edges(node) {
            let place = other as usize;
            if community[place] != best && !is_queued[place] {
                is_queued[place] = true;
                queue.push_back(other);
            }
        }
    }
    Partition::compact(&community)
}

/// Splits each community into parts that hang together: lone nodes join the part, within their
/// community, that is worth most, if both are well connected to the rest of the community.
fn refine<N: Whole>(
    graph: &Graph,
    partition: &Partition,
    resolution: u64,
    random: &mut SplitMix,
) -> Partition {
    let nodes = graph.len();
    let gain = Gain::<N>::new(graph, resolution);
    let whole = |node: usize| partition.community[node] as usize;
    let mut totals = vec![0_u64; partition.count];
    for node in 0..nodes {
        totals[whole(node)] += graph.strengths[node];
    }
    let mut part: Vec<u32> = (0..narrow(nodes)).collect();
    let mut strengths = graph.strengths.clone();
    let mut sizes = vec![1_usize; nodes];
    // Edges from each part to the rest of its community.
    let mut outward: Vec<u64> = (0..nodes)
        .map(|node| {
            let edges = graph.edges(node);
            let inside = edges.filter(|&(other, _)| whole(other as usize) == whole(node));
            inside.map(|(_, weight)| weight).sum()
        })
        .collect();
    let mut order: Vec<u32> = (0..narrow(nodes)).collect();
    random.shuffle(&mut order);
    let mut around = Around::new(nodes);
    for node in order {
        let node = node as usize;
        let (own, strength) = (part[node], graph.strengths[node]);
        let total = totals[whole(node)];
        let hangs_together =
            |weight: u64, strength: u64| gain.of(weight, strength, total - strength) >= N::ZERO;
        if sizes[own as usize] > 1 || !hangs_together(outward[own as usize], strength) {
            continue;
        }
        for (other, weight) in graph.edges(node) {
            if whole(other as usize) == whole(node) {
                around.add(part[other as usize], weight);
            }
        }
        let (mut best, mut best_worth) = (own, N::ZERO);
        for &name in &around.touched {
            let place = name as usize;
            if !hangs_together(outward[place], strengths[place]) {
                continue;
            }
            let found = gain.of(around.weight[place], strength, strengths[place]);
            if found > best_worth || (found == best_worth && best != own && name < best) {
                (best, best_worth) = (name, found);
            }
        }
        if best != own {
            let weight = around.weight[best as usize];
            let joined = outward[best as usize] + outward[own as usize] - 2 * weight;
            outward[best as usize] = joined;
            strengths[best as usize] += strength;
            sizes[best as usize] += 1;
            (strengths[own as usize], sizes[own as usize]) = (0, 0);
            part[node] = best;
        }
        around.clear();
    }
    Partition::compact(&part)
}

fn narrow(number: usize) -> u32 {
    u32::try_from(number).expect("the number of rows was checked")
}

#[cfg(test)]
mod tests;
