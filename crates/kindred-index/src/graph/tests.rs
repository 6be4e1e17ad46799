use std::sync::Arc;

use kindred_core::{Embeddings, UnitVector, dot};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::quality::measure;
use super::*;

const SERIAL: BuildOptions<'static> = BuildOptions {
    links: 16,
    effort: 200,
    serial: true,
    stop: None,
};

fn random(count: usize, dimension: usize, seed: u64) -> Embeddings {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut vectors = Embeddings::with_capacity(dimension, count);
    for _ in 0..count {
        let components = (0..dimension)
            .map(|_| random.random::<f32>() - 0.5)
            .collect();
        vectors.push(&UnitVector::new(components).unwrap()).unwrap();
    }
    vectors
}

fn found(graph: &Graph, vectors: &Embeddings, query: &[f32], effort: usize) -> Vec<u32> {
    let walk = Walk {
        graph,
        vectors,
        query,
    };
    let goal = Goal {
        effort,
        budget: usize::MAX,
    };
    let hits = with_scratch(|scratch| walk.search(goal, scratch, |_| true)).unwrap();
    hits.iter().map(|hit| hit.row()).collect()
}

#[test]
fn graphs_of_few_rows_are_whole() {
    for count in [1, 2, 3, 17, 33, 100] {
        let vectors = Arc::new(random(count, 4, 1));
        let built = build(&vectors, &SERIAL, &|_| ()).unwrap();
        assert_eq!(
            (built.quality.unreachable, built.quality.recall),
            (0, 1.0),
            "{count} rows"
        );
        let graph = built.graph.unwrap();
        assert!(graph.is_valid());
        let mut rows = found(&graph, &vectors, vectors.row(0), count);
        assert_eq!(rows[0], 0);
        rows.sort_unstable();
        assert!(
            rows.into_iter().eq(0..u32::try_from(count).unwrap()),
            "{count} rows"
        );
    }
}

#[test]
fn equal_rows_can_all_be_reached() {
    let mut vectors = random(300, 8, 2);
    let same = vectors.unit_vector(7);
    for _ in 0..700 {
        vectors.push(&same).unwrap();
    }
    let vectors = Arc::new(vectors);
    let built = build(&vectors, &SERIAL, &|_| ()).unwrap();
    assert_eq!(built.quality.unreachable, 0);
    let graph = built.graph.expect("it is good enough to serve");
    let rows = found(&graph, &vectors, same.as_slice(), 20);
    assert!(rows.iter().all(|&row| row == 7 || row >= 300), "{rows:?}");
}

#[test]
fn parallel_builds_are_good_too() {
    let vectors = Arc::new(random(3_000, 12, 3));
    let options = BuildOptions {
        serial: false,
        ..SERIAL
    };
    let built = build(&vectors, &options, &|_| ()).unwrap();
    assert!(built.graph.is_some());
    assert!(built.quality.recall >= 0.97, "{:?}", built.quality);
}

#[test]
fn full_effort_equals_the_exact_scan() {
    let vectors = Arc::new(random(400, 6, 4));
    let graph = build(&vectors, &SERIAL, &|_| ()).unwrap().graph.unwrap();
    let queries = random(20, 6, 5);
    for query in queries.rows() {
        let mut exact: Vec<u32> = (0..400).collect();
        let score = |row: &u32| dot(query, vectors.row(*row as usize));
        exact.sort_by(|a, b| score(b).total_cmp(&score(a)).then(a.cmp(b)));
        assert_eq!(found(&graph, &vectors, query, 400), exact);
    }
}

#[test]
fn a_search_stops_when_its_budget_is_spent() {
    let vectors = Arc::new(random(500, 6, 6));
    let graph = build(&vectors, &SERIAL, &|_| ()).unwrap().graph.unwrap();
    let walk = Walk {
        graph: &graph,
        vectors: &vectors,
        query: vectors.row(3),
    };
    let goal = Goal {
        effort: 10,
        budget: 100,
    };
    // Nothing is accepted, so the search would go on to the last row.
    assert_eq!(
        with_scratch(|scratch| walk.search(goal, scratch, |_| false)),
        None
    );
    let goal = Goal {
        budget: 500,
        ..goal
    };
    assert_eq!(
        with_scratch(|scratch| walk.search(goal, scratch, |_| false)),
        Some(Vec::new())
    );
}

#[test]
fn a_bad_graph_is_refused() {
    let vectors = Arc::new(random(600, 6, 7));
    let good = build(&vectors, &SERIAL, &|_| ()).unwrap().graph.unwrap();
    // No links at all: only the way down from the entry is left.
    let mut bare = good.clone();
    bare.base.fill(NO_LINK);
    let quality = measure(&bare, &vectors, 0, &SERIAL).unwrap();
    assert_eq!(quality.unreachable, 599);
    assert!(!quality.is_good());
    // A ring: everything can be reached, nothing is found.
    for row in 0..600 {
        bare.places(row)[0] = u32::try_from((row + 1) % 600).unwrap();
    }
    bare.upper.clear();
    let quality = measure(&bare, &vectors, 0, &SERIAL).unwrap();
    assert_eq!(quality.unreachable, 0);
    assert!(quality.recall < 0.95 && !quality.is_good(), "{quality:?}");
}

#[test]
fn links_that_lead_nowhere_are_not_valid() {
    let vectors = Arc::new(random(600, 6, 8));
    let good = build(&vectors, &SERIAL, &|_| ()).unwrap().graph.unwrap();
    assert!(good.is_valid() && !good.upper.is_empty());
    let broken = |change: &dyn Fn(&mut Graph)| {
        let mut graph = good.clone();
        change(&mut graph);
        !graph.is_valid()
    };
    assert!(broken(&|graph| graph.entry = 600));
    assert!(broken(&|graph| graph.base[0] = 600));
    assert!(
        broken(&|graph| graph.base[0] = NO_LINK),
        "a gap before links"
    );
    assert!(broken(&|graph| graph.upper[0].rows.swap(0, 1)));
    assert!(broken(&|graph| graph.upper[0].links[0] = 599));
    assert!(broken(&|graph| {
        let row = (0..600).find(|row| graph.upper[0].rows.binary_search(row).is_err());
        graph.entry = row.unwrap();
    }));
    assert!(broken(&|graph| graph.upper[0].rows.truncate(1)));
}
