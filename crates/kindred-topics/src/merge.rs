//! Small communities join the one that they are closest to.

use std::collections::BTreeMap;

use kindred_core::Codes;

use crate::graph::Graph;
use crate::leiden::Partition;

/// Merges the smallest community (ties: the one with the later first paper) into the one it has
/// most edge weight to, until each has `min_size` papers and there are at most `max_count`.
///
/// A community without any edge to others joins the one whose papers are most similar on average.
pub(crate) fn merge_small(
    graph: &Graph,
    codes: &Codes,
    partition: &Partition,
    min_size: usize,
    max_count: usize,
) -> Partition {
    let mut groups = Groups::new(graph, partition);
    let mut left = partition.count;
    while left > 1 {
        let Some(smallest) = groups.smallest() else {
            break;
        };
        if groups.members[smallest].len() >= min_size && left <= max_count {
            break;
        }
        let closest = groups
            .most_linked(smallest)
            .or_else(|| groups.most_similar(codes, smallest));
        let Some(into) = closest else {
            break;
        };
        groups.merge(smallest, into);
        left -= 1;
    }
    let mut community = vec![0; partition.community.len()];
    for (name, members) in groups.members.iter().enumerate() {
        for &member in members {
            community[member as usize] =
                u32::try_from(name).expect("there are no more communities than rows");
        }
    }
    Partition::compact(&community)
}

struct Groups {
    /// Rows of each group; none once it is merged.
    members: Vec<Vec<u32>>,
    /// Edge weight to each other group.
    links: Vec<BTreeMap<usize, u64>>,
}

impl Groups {
    fn new(graph: &Graph, partition: &Partition) -> Self {
        let mut members = vec![Vec::new(); partition.count];
        for (row, &name) in (0..).zip(&partition.community) {
            members[name as usize].push(row);
        }
        let between = graph.aggregate(&partition.community, partition.count);
        let links = (0..partition.count)
            .map(|name| {
                let edges = between.edges(name);
                edges
                    .map(|(other, weight)| (other as usize, weight))
                    .collect()
            })
            .collect();
        Self { members, links }
    }

    fn smallest(&self) -> Option<usize> {
        let living = (0..self.members.len()).filter(|&name| !self.members[name].is_empty());
        living.min_by_key(|&name| (self.members[name].len(), usize::MAX - name))
    }

    /// The largest weight, ties by name.
    fn most_linked(&self, group: usize) -> Option<usize> {
        let links = self.links[group].iter();
        links
            .max_by_key(|&(&other, &weight)| (weight, usize::MAX - other))
            .map(|(&other, _)| other)
    }

    /// The largest mean similarity between the papers of both, ties by name.
    fn most_similar(&self, codes: &Codes, group: usize) -> Option<usize> {
        let own = sum_of_codes(codes, &self.members[group]);
        let mut best: Option<(usize, f64)> = None;
        for (other, members) in self.members.iter().enumerate() {
            if other == group || members.is_empty() {
                continue;
            }
            let sum = members.iter().map(|&row| dot_with_sum(codes, row, &own));
            let mean = sum.sum::<i64>() as f64 / members.len() as f64;
            if best.is_none_or(|(_, found)| mean > found) {
                best = Some((other, mean));
            }
        }
        best.map(|(other, _)| other)
    }

    fn merge(&mut self, from: usize, into: usize) {
        let members = std::mem::take(&mut self.members[from]);
        self.members[into].extend(members);
        for (other, weight) in std::mem::take(&mut self.links[from]) {
            self.links[other].remove(&from);
            if other != into {
                *self.links[other].entry(into).or_default() += weight;
                *self.links[into].entry(other).or_default() += weight;
            }
        }
    }
}

/// Adds the codes of rows, component by component.
pub(crate) fn sum_of_codes(codes: &Codes, rows: &[u32]) -> Vec<i64> {
    let dimension = rows.first().map_or(0, |&row| codes.row(row as usize).len());
    let mut sum = vec![0_i64; dimension];
    for &row in rows {
        for (total, &code) in sum.iter_mut().zip(codes.row(row as usize)) {
            *total += i64::from(code);
        }
    }
    sum
}

/// The sum of a row's dot products with the rows behind `sum`.
pub(crate) fn dot_with_sum(codes: &Codes, row: u32, sum: &[i64]) -> i64 {
    let pairs = codes.row(row as usize).iter().zip(sum);
    pairs.map(|(&code, &total)| i64::from(code) * total).sum()
}

#[cfg(test)]
mod tests {
    use kindred_core::{Embeddings, UnitVector};

    use super::*;

    fn codes(rows: &[[f32; 2]]) -> Codes {
        let mut vectors = Embeddings::with_capacity(2, rows.len());
        for row in rows {
            vectors
                .push(&UnitVector::new(row.to_vec()).unwrap())
                .unwrap();
        }
        Codes::new(&vectors)
    }

    fn partition(community: &[u32]) -> Partition {
        Partition::compact(community)
    }

    #[test]
    fn small_groups_follow_their_edges() {
        let edges = [(0, 1, 9), (2, 3, 9), (1, 4, 1), (3, 4, 2)];
        let graph = Graph::from_edges(5, &edges, vec![0; 5]);
        let codes = codes(&[[1.0, 0.0]; 5]);
        let start = partition(&[0, 0, 1, 1, 2]);
        let merged = merge_small(&graph, &codes, &start, 2, usize::MAX);
        assert_eq!(merged.community, [0, 0, 1, 1, 1]);
    }

    #[test]
    fn groups_without_edges_follow_similarity() {
        let graph = Graph::from_edges(5, &[(0, 1, 1), (2, 3, 1)], vec![0; 5]);
        let codes = codes(&[[1.0, 0.0], [1.0, 0.1], [0.0, 1.0], [0.1, 1.0], [0.3, 1.0]]);
        let start = partition(&[0, 0, 1, 1, 2]);
        let merged = merge_small(&graph, &codes, &start, 2, usize::MAX);
        assert_eq!(merged.community, [0, 0, 1, 1, 1]);
    }

    #[test]
    fn a_wanted_number_is_reached() {
        let edges = [(0, 1, 1), (1, 2, 5), (2, 3, 1)];
        let graph = Graph::from_edges(4, &edges, vec![0; 4]);
        let codes = codes(&[[1.0, 0.0]; 4]);
        let start = partition(&[0, 1, 2, 3]);
        let merged = merge_small(&graph, &codes, &start, 1, 2);
        assert_eq!(merged.count, 2);
        assert_eq!(merged.community[1], merged.community[2]);
    }
}
