//! What a search finds, against the answer by definition.

use kindred_core::{Neighbor, Neighbors, PaperKey, SearchOptions, UnitVector};

use super::{CompactOptions, Index, Rows, create, keys, rows};
use crate::disk::crash::CrashDisk;
use crate::index::search::DEFAULT_EFFORT;

/// The answer by definition.
fn expected(index: &Index, query: &UnitVector, options: &SearchOptions<'_>) -> Vec<Neighbor> {
    let keys = index.keys();
    let (keys, vectors) = index.embeddings_for(keys.as_slice());
    let mut all: Vec<Neighbor> = keys
        .into_iter()
        .enumerate()
        .filter(|(_, key)| options.allowed.is_none_or(|allowed| allowed.contains(*key)))
        .filter(|(_, key)| {
            options
                .excluded
                .is_none_or(|excluded| !excluded.contains(*key))
        })
        .map(|(row, key)| Neighbor {
            key,
            score: query.cosine(&vectors.unit_vector(row)),
        })
        .collect();
    all.sort_by(|a, b| b.score.cmp(&a.score).then(a.key.cmp(&b.key)));
    all.truncate(options.limit);
    all
}

fn with_graph(rows: &[(PaperKey, UnitVector)]) -> Index {
    let mut index = create(&CrashDisk::default(), rows[0].1.dimension()).unwrap();
    index.append(rows).unwrap();
    let options = CompactOptions {
        graph_threshold: 1,
        construction_effort: 100,
        ..CompactOptions::default()
    };
    let report = index.compact(&options).unwrap();
    assert_eq!(report.refused, []);
    assert_eq!(index.stats().graph_rows, rows.len());
    index
}

#[test]
fn graph_search_finds_99_of_100_true_neighbours() {
    let all = rows(0..8_200, 64, 1);
    let (queries, stored): (Rows, Rows) = all.into_iter().partition(|(key, _)| key.0 % 41 == 7);
    let index = with_graph(&stored);
    let part = &index.parts[0];
    let graph = part.graph().unwrap();
    let (mut hits, mut wanted) = (0, 0);
    for (_, query) in &queries {
        let options = SearchOptions::default();
        let exact = expected(&index, query, &options);
        // The graph itself, so that no fallback to the scan can help.
        let walk = crate::graph::Walk {
            graph,
            vectors: part.segment.vectors(),
            query: query.as_slice(),
        };
        let goal = crate::graph::Goal {
            effort: DEFAULT_EFFORT,
            budget: usize::MAX,
        };
        let walked = crate::graph::with_scratch(|scratch| walk.search(goal, scratch, |_| true));
        let walked: Vec<PaperKey> = walked.unwrap()[..10]
            .iter()
            .map(|hit| part.segment.key(hit.row() as usize))
            .collect();
        let found = index.nearest(query, &options).unwrap();
        let found: Vec<PaperKey> = found.iter().map(|neighbor| neighbor.key).collect();
        assert_eq!(found, walked, "the default search is the graph's");
        wanted += exact.len();
        hits += exact
            .iter()
            .filter(|neighbor| found.contains(&neighbor.key))
            .count();
    }
    let recall = hits as f64 / wanted as f64;
    assert_eq!(queries.len(), 200);
    assert!(recall >= 0.99, "recall {recall}");
}

#[test]
fn search_without_graph_is_exact_with_every_filter() {
    let mut index = create(&CrashDisk::default(), 16).unwrap();
    for (seed, start) in [(1, 0), (2, 300), (3, 600)] {
        index.append(&rows(start..start + 300, 16, seed)).unwrap();
    }
    index.remove(&keys((0..900).step_by(7))).unwrap();
    let (third, half) = (keys((0..2_000).step_by(3)), keys((0..900).step_by(2)));
    for (_, query) in rows(0..20, 16, 9) {
        for allowed in [None, Some(&third), Some(&half)] {
            for excluded in [None, Some(&third), Some(&half)] {
                for limit in [1, 10, 2_000] {
                    let options = SearchOptions {
                        limit,
                        effort: None,
                        allowed,
                        excluded,
                    };
                    let found = index.nearest(&query, &options).unwrap();
                    assert_eq!(found, expected(&index, &query, &options));
                }
            }
        }
    }
}

#[test]
fn graph_search_obeys_filters_and_finds_what_the_scan_finds() {
    let stored = rows(0..24_000, 8, 1);
    let index = with_graph(&stored);
    // Too many for the scan, so that the graph is walked: 21,000 of 24,000.
    let allowed = keys((0..24_000).filter(|key| key % 8 != 0));
    let excluded = keys((0..24_000).step_by(3));
    let (mut hits, mut wanted) = (0, 0);
    for (_, query) in rows(0..50, 8, 5) {
        for (allowed, excluded) in [
            (Some(&allowed), None),
            (None, Some(&excluded)),
            (Some(&allowed), Some(&excluded)),
        ] {
            let options = SearchOptions {
                limit: 10,
                effort: None,
                allowed,
                excluded,
            };
            let found = index.nearest(&query, &options).unwrap();
            let exact = expected(&index, &query, &options);
            assert_eq!(found.len(), 10);
            for neighbor in &found {
                assert!(allowed.is_none_or(|set| set.contains(neighbor.key)));
                assert!(excluded.is_none_or(|set| !set.contains(neighbor.key)));
            }
            wanted += exact.len();
            hits += exact
                .iter()
                .filter(|neighbor| found.contains(neighbor))
                .count();
        }
    }
    assert!(hits * 100 >= wanted * 98, "{hits} of {wanted}");
    // A selective filter is exact.
    let few = keys((0..24_000).step_by(50));
    let options = SearchOptions {
        allowed: Some(&few),
        ..SearchOptions::default()
    };
    let query = &stored[17].1;
    let exact = expected(&index, query, &options);
    assert_eq!(index.nearest(query, &options).unwrap(), exact);
}

#[test]
fn deleted_papers_are_walked_through_and_never_returned() {
    let stored = rows(0..4_000, 32, 3);
    let mut index = with_graph(&stored);
    let dead = keys((0..4_000).filter(|key| key % 3 != 0));
    assert_eq!(index.remove(&dead).unwrap(), dead.len());
    assert_eq!(index.remove(&dead).unwrap(), 0);
    assert_eq!(index.len(), 4_000 - dead.len());
    let (mut hits, mut wanted) = (0, 0);
    for (_, query) in &stored[..100] {
        let options = SearchOptions::default();
        let found = index.nearest(query, &options).unwrap();
        assert!(found.iter().all(|neighbor| !dead.contains(neighbor.key)));
        let exact = expected(&index, query, &options);
        wanted += exact.len();
        hits += exact
            .iter()
            .filter(|neighbor| found.contains(neighbor))
            .count();
    }
    assert!(hits * 100 >= wanted * 98, "{hits} of {wanted}");
    assert_eq!(index.vector(PaperKey(1)).unwrap(), None);
    assert_eq!(
        index.vector(PaperKey(3)).unwrap(),
        Some(stored[3].1.clone())
    );
}
