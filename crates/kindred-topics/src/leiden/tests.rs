use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::metrics::adjusted_rand_index;

fn find(graph: &Graph, resolution: u64) -> Partition {
    leiden(graph, resolution, 0, &AtomicBool::new(false))
}

/// Groups of `size` nodes, linked with these chances in percent inside and between.
fn planted(groups: u32, size: u32, inside: u32, between: u32) -> (Graph, Vec<u32>) {
    let mut generator = ChaCha8Rng::seed_from_u64(7);
    let nodes = groups * size;
    let mut edges = Vec::new();
    for a in 0..nodes {
        for b in a + 1..nodes {
            let chance = if a / size == b / size {
                inside
            } else {
                between
            };
            if generator.random_range(0..100) < chance {
                edges.push((a, b, 1));
            }
        }
    }
    let truth = (0..nodes).map(|node| node / size).collect();
    let graph = Graph::from_edges(nodes as usize, &edges, vec![0; nodes as usize]);
    (graph, truth)
}

#[test]
fn planted_groups_are_found() {
    let (graph, truth) = planted(8, 30, 40, 2);
    let found = find(&graph, RESOLUTION_UNIT);
    assert_eq!(found.count, 8);
    assert!(adjusted_rand_index(&found.community, &truth) > 0.99);
}

#[test]
fn two_triangles_have_the_known_modularity() {
    let edges = [
        (0, 1, 1),
        (1, 2, 1),
        (0, 2, 1),
        (3, 4, 1),
        (4, 5, 1),
        (3, 5, 1),
        (2, 3, 1),
    ];
    let graph = Graph::from_edges(6, &edges, vec![0; 6]);
    let found = find(&graph, RESOLUTION_UNIT);
    assert_eq!(found.community, [0, 0, 0, 1, 1, 1]);
    // 6/7 - 1/2 = 5/14, in the unit of 1000 * 14^2.
    let value = quality(&graph, &found, RESOLUTION_UNIT);
    assert_eq!(value, 5 * 1_000 * 14 * 14 / 14);
}

#[test]
fn resolution_decides_how_fine_communities_are() {
    let (graph, _) = planted(6, 20, 50, 5);
    let counts: Vec<usize> = [50, 1_000, 20_000]
        .iter()
        .map(|&resolution| find(&graph, resolution).count)
        .collect();
    assert_eq!(counts[0], 1);
    assert_eq!(counts[1], 6);
    assert!(counts[2] > 20, "{counts:?}");
}

#[test]
fn every_community_hangs_together() {
    let (graph, _) = planted(20, 10, 30, 4);
    let found = find(&graph, 3_000);
    for name in 0..found.count {
        let members: Vec<usize> = (0..graph.len())
            .filter(|&node| found.community[node] as usize == name)
            .collect();
        let mut reached = vec![members[0]];
        let mut next = 0;
        while next < reached.len() {
            for (other, _) in graph.edges(reached[next]) {
                let other = other as usize;
                if members.contains(&other) && !reached.contains(&other) {
                    reached.push(other);
                }
            }
            next += 1;
        }
        assert_eq!(reached.len(), members.len());
    }
}

#[test]
fn no_single_move_improves_the_result() {
    let (graph, _) = planted(5, 16, 40, 10);
    let found = find(&graph, RESOLUTION_UNIT);
    let best = quality(&graph, &found, RESOLUTION_UNIT);
    for node in 0..graph.len() {
        for name in 0..=found.count {
            let mut community = found.community.clone();
            community[node] = u32::try_from(name).unwrap();
            let moved = Partition::compact(&community);
            assert!(quality(&graph, &moved, RESOLUTION_UNIT) <= best);
        }
    }
}

#[test]
fn nodes_without_edges_stay_alone() {
    let graph = Graph::from_edges(4, &[(0, 1, 3)], vec![0; 4]);
    assert_eq!(find(&graph, RESOLUTION_UNIT).community, [0, 0, 1, 2]);
}
