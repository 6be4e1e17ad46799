//! The weighted, undirected graph of papers.

use kindred_core::NearestRows;

/// An undirected graph with integer weights, by rows; each edge is stored from both ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Graph {
    /// Where each node's edges start; one more than there are nodes.
    pub(crate) offsets: Vec<usize>,
    /// The other end, ascending within a node.
    pub(crate) targets: Vec<u32>,
    /// Weight of each edge, positive.
    pub(crate) weights: Vec<u64>,
    /// Twice the weight of edges inside each node; only aggregated nodes have any.
    pub(crate) inner: Vec<u64>,
    /// Sum of the weights of each node's edges, inner ones included.
    pub(crate) strengths: Vec<u64>,
    /// Sum of all strengths: twice the weight of all edges.
    pub(crate) total: u64,
}

impl Graph {
    /// Links each row with its nearest rows.
    ///
    /// An edge weighs 1 plus the number of neighbours that both ends share (every paper counts as
    /// its own): links within a dense group weigh most, chance links between groups little, and no
    /// hub's popularity counts (shared nearest neighbours, Jarvis and Patrick 1973).
    pub(crate) fn from_nearest(nearest: &NearestRows) -> Self {
        let rows = nearest.len();
        let mut edges: Vec<(u32, u32)> = Vec::new();
        let mut sorted: Vec<Vec<u32>> = Vec::with_capacity(rows);
        for row in 0..rows {
            let own = u32::try_from(row).expect("the number of rows was checked");
            let mut near: Vec<u32> = nearest.of(row).map(|(other, _)| other).collect();
            edges.extend(near.iter().map(|&other| (own.min(other), own.max(other))));
            near.push(own);
            near.sort_unstable();
            sorted.push(near);
        }
        edges.sort_unstable();
        edges.dedup();
        let weighted = edges.into_iter().map(|(a, b)| {
            let shared = shared(&sorted[a as usize], &sorted[b as usize]);
            (a, b, 1 + shared)
        });
        Self::from_edges(rows, &weighted.collect::<Vec<_>>(), vec![0; rows])
    }

    /// Makes a graph of distinct edges between distinct nodes, and the weight inside each node.
    pub(crate) fn from_edges(nodes: usize, edges: &[(u32, u32, u64)], inner: Vec<u64>) -> Self {
        let mut degrees = vec![0_usize; nodes];
        for &(a, b, _) in edges {
            degrees[a as usize] += 1;
            degrees[b as usize] += 1;
        }
        let mut offsets = vec![0; nodes + 1];
        for node in 0..nodes {
            offsets[node + 1] = offsets[node] + degrees[node];
        }
        let mut next = offsets.clone();
        let mut ends = vec![(0, 0); edges.len() * 2];
        for &(a, b, weight) in edges {
            for (from, to) in [(a, b), (b, a)] {
                ends[next[from as usize]] = (to, weight);
                next[from as usize] += 1;
            }
        }
        let mut strengths = inner.clone();
        for node in 0..nodes {
            let own = &mut ends[offsets[node]..offsets[node + 1]];
            own.sort_unstable();
            strengths[node] += own.iter().map(|&(_, weight)| weight).sum::<u64>();
        }
        let (targets, weights) = ends.into_iter().unzip();
        Self {
            total: strengths.iter().sum(),
            offsets,
            targets,
            weights,
            inner,
            strengths,
        }
    }

    /// Number of nodes.
    pub(crate) fn len(&self) -> usize {
        self.inner.len()
    }

    /// Edges of a node: other end and weight.
    pub(crate) fn edges(&self, node: usize) -> impl Iterator<Item = (u32, u64)> + '_ {
        let range = self.offsets[node]..self.offsets[node + 1];
        let targets = self.targets[range.clone()].iter().copied();
        targets.zip(self.weights[range].iter().copied())
    }

    /// The part of the graph between the nodes `rows`, ascending, numbered by their places there;
    /// for a graph whose nodes have nothing inside.
    pub(crate) fn part(&self, rows: &[u32]) -> Self {
        let mut edges = Vec::new();
        for (place, &row) in (0..).zip(rows) {
            // Both lists ascend, and the places found do too.
            let mut from = 0;
            for (other, weight) in self.edges(row as usize) {
                if other <= row {
                    continue;
                }
                from += rows[from..].partition_point(|&row| row < other);
                if rows.get(from) == Some(&other) {
                    let found = u32::try_from(from).expect("rows are numbered in 32 bits");
                    edges.push((place, found, weight));
                }
            }
        }
        Self::from_edges(rows.len(), &edges, vec![0; rows.len()])
    }

    /// Makes each of `groups` communities one node; `community` names each node's.
    pub(crate) fn aggregate(&self, community: &[u32], groups: usize) -> Self {
        let mut inner = vec![0; groups];
        let mut between = Vec::new();
        for node in 0..self.len() {
            let own = community[node];
            inner[own as usize] += self.inner[node];
            for (other, weight) in self.edges(node) {
                let theirs = community[other as usize];
                if own == theirs {
                    inner[own as usize] += weight;
                } else if own < theirs {
                    between.push((own, theirs, weight));
                }
            }
        }
        between.sort_unstable_by_key(|&(a, b, _)| (a, b));
        between.dedup_by(|next, kept| {
            let is_same = (next.0, next.1) == (kept.0, kept.1);
            if is_same {
                kept.2 += next.2;
            }
            is_same
        });
        Self::from_edges(groups, &between, inner)
    }
}

/// Size of the intersection of two ascending lists.
fn shared(left: &[u32], right: &[u32]) -> u64 {
    let (mut i, mut j, mut found) = (0, 0, 0);
    while i < left.len() && j < right.len() {
        match left[i].cmp(&right[j]) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => {
                found += 1;
                i += 1;
                j += 1;
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aggregation_keeps_the_total_and_the_strengths() {
        let edges = [(0, 1, 5), (1, 2, 1), (2, 3, 7), (0, 3, 2)];
        let graph = Graph::from_edges(4, &edges, vec![0; 4]);
        assert_eq!(graph.total, 30);
        assert_eq!(graph.strengths, [7, 6, 8, 9]);
        let groups = graph.aggregate(&[0, 0, 1, 1], 2);
        assert_eq!(groups.total, 30);
        assert_eq!(groups.inner, [10, 14]);
        assert_eq!(groups.strengths, [13, 17]);
        assert_eq!(groups.edges(0).collect::<Vec<_>>(), [(1, 3)]);
    }

    #[test]
    fn a_part_has_the_edges_between_its_nodes() {
        let edges = [(0, 1, 5), (1, 2, 1), (2, 4, 7), (0, 4, 2), (3, 4, 9)];
        let part = Graph::from_edges(5, &edges, vec![0; 5]).part(&[0, 2, 4]);
        let expected = Graph::from_edges(3, &[(1, 2, 7), (0, 2, 2)], vec![0; 3]);
        assert_eq!(part, expected);
    }

    #[test]
    fn shared_counts_the_intersection() {
        assert_eq!(shared(&[1, 3, 5, 9], &[0, 3, 4, 9]), 2);
        assert_eq!(shared(&[], &[1]), 0);
    }
}
