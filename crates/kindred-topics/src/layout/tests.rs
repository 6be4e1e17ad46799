use std::cell::RefCell;

use kindred_core::{Embeddings, UnitVector, nearest_among, nearest_rows};

use super::*;
use crate::metrics::{neighbor_preservation, trustworthiness};
use crate::random::SplitMix;

const DIMENSION: usize = 24;
const NEIGHBORS: usize = 15;

/// A number in `[-1, 1)`.
fn signed(random: &mut SplitMix) -> f32 {
    (random.next() >> 40) as f32 / (1_u64 << 23) as f32 - 1.0
}

/// Papers in turn around `groups` directions, at distances given by `noise`.
fn around(groups: usize, rows: usize, noise: f32) -> Embeddings {
    let mut random = SplitMix::new(77);
    let centres: Vec<Vec<f32>> = (0..groups)
        .map(|_| (0..DIMENSION).map(|_| signed(&mut random)).collect())
        .collect();
    let mut vectors = Embeddings::with_capacity(DIMENSION, rows);
    for row in 0..rows {
        let centre = centres[row % groups].iter();
        let parts = centre.map(|part| part + noise * signed(&mut random));
        let vector = UnitVector::new(parts.collect()).unwrap();
        vectors.push(&vector).unwrap();
    }
    vectors
}

fn neighbors(codes: &Codes, count: usize) -> NearestRows {
    nearest_rows(codes, count, &mut |_| {}, &AtomicBool::new(false)).unwrap()
}

fn laid_out(vectors: &Embeddings, options: &LayoutOptions) -> Vec<[f32; 2]> {
    let codes = Codes::new(vectors);
    let nearest = neighbors(&codes, NEIGHBORS);
    layout(
        &codes,
        &nearest,
        options,
        &|_, _| {},
        &AtomicBool::new(false),
    )
    .unwrap()
}

fn bits(positions: &[[f32; 2]]) -> Vec<[u32; 2]> {
    positions.iter().map(|at| at.map(f32::to_bits)).collect()
}

fn distance(a: [f32; 2], b: [f32; 2]) -> f32 {
    (a[0] - b[0]).hypot(a[1] - b[1])
}

fn assert_finite_and_distinct(positions: &[[f32; 2]]) {
    assert!(positions.iter().flatten().all(|part| part.is_finite()));
    assert!(positions.iter().flatten().all(|part| part.abs() < 200.0));
    let mut places = bits(positions);
    places.sort_unstable();
    places.dedup();
    assert_eq!(places.len(), positions.len(), "papers lie in one point");
}

#[test]
fn threads_and_runs_do_not_change_a_bit() {
    let vectors = around(12, 3000, 0.6);
    let options = LayoutOptions {
        epochs: Some(60),
        ..LayoutOptions::default()
    };
    let with_threads = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        pool.build()
            .unwrap()
            .install(|| bits(&laid_out(&vectors, &options)))
    };
    let expected = with_threads(1);
    for threads in [1, 2, 4] {
        assert_eq!(with_threads(threads), expected, "{threads} threads");
    }
    let other = LayoutOptions { seed: 1, ..options };
    assert_ne!(bits(&laid_out(&vectors, &other)), expected);
}

/// These bits hold on every machine; a change of the algorithm changes them.
#[test]
fn a_small_case_has_the_bits_of_every_machine() {
    let vectors = around(4, 60, 0.5);
    let positions = laid_out(&vectors, &LayoutOptions::default());
    let folded = bits(&positions).iter().flatten().fold(0, |hash, &bits| {
        SplitMix::new(hash ^ u64::from(bits)).next()
    });
    assert_eq!(
        (bits(&positions)[0], folded),
        ([1_042_278_976, 3_238_230_242], 13_327_209_598_540_634_190),
        "{:?}",
        positions[0]
    );
}

#[test]
fn neighbours_stay_together_and_groups_apart() {
    let vectors = around(10, 1000, 0.8);
    let codes = Codes::new(&vectors);
    let nearest = neighbors(&codes, NEIGHBORS);
    let at_start = LayoutOptions {
        epochs: Some(0),
        ..LayoutOptions::default()
    };
    let judge = |options: &LayoutOptions| {
        let positions = laid_out(&vectors, options);
        (
            trustworthiness(&vectors, &positions, NEIGHBORS, 1000),
            neighbor_preservation(&nearest, &positions, NEIGHBORS),
        )
    };
    let (before, after) = (judge(&at_start), judge(&LayoutOptions::default()));
    assert!(after.0 > 0.93 && after.0 > before.0, "{before:?} {after:?}");
    assert!(after.1 > 0.3 && after.1 > before.1, "{before:?} {after:?}");
}

#[test]
fn few_papers_have_places_of_their_own() {
    for rows in 0..=20 {
        let positions = laid_out(&around(3, rows, 0.5), &LayoutOptions::default());
        assert_eq!(positions.len(), rows);
        assert_finite_and_distinct(&positions);
    }
}

#[test]
fn equal_papers_lie_beside_each_other() {
    for rows in [2, 16, 300] {
        let positions = laid_out(&around(1, rows, 0.0), &LayoutOptions::default());
        assert_finite_and_distinct(&positions);
    }
}

#[test]
fn a_giant_group_of_equal_papers_is_a_place_among_others() {
    let mut vectors = around(1, 700, 0.0);
    for vector in around(5, 300, 0.5).rows() {
        vectors
            .push(&UnitVector::new(vector.to_vec()).unwrap())
            .unwrap();
    }
    let positions = laid_out(&vectors, &LayoutOptions::default());
    assert_finite_and_distinct(&positions);
}

#[test]
fn groups_without_a_link_lie_apart() {
    // 40 papers of each group and 15 neighbours: no edge leads out of a group.
    let groups = 3;
    let positions = laid_out(&around(groups, 120, 0.05), &LayoutOptions::default());
    assert_finite_and_distinct(&positions);
    let apart = |row: usize, other: usize| distance(positions[row], positions[other]);
    for row in 0..positions.len() {
        let all = 0..positions.len();
        let others = all.filter(|&other| other != row);
        let nearest = others.min_by(|&a, &b| apart(row, a).total_cmp(&apart(row, b)));
        assert_eq!(nearest.unwrap() % groups, row % groups, "row {row}");
    }
}

#[test]
fn what_does_not_belong_together_is_refused() {
    let codes = Codes::new(&around(2, 30, 0.5));
    let nearest = neighbors(&codes, NEIGHBORS);
    let other = neighbors(&Codes::new(&around(2, 20, 0.5)), NEIGHBORS);
    let run = |nearest, min_distance, is_stopped| {
        let options = LayoutOptions {
            min_distance,
            ..LayoutOptions::default()
        };
        layout(
            &codes,
            nearest,
            &options,
            &|_, _| {},
            &AtomicBool::new(is_stopped),
        )
    };
    let expected = TopicError::Neighbors {
        rows: 30,
        lists: 20,
    };
    assert_eq!(run(&other, 0.1, false), Err(expected));
    assert_eq!(run(&nearest, 0.1, true), Err(TopicError::Stopped));
    for wrong in [-0.1, 2.6, f32::NAN] {
        let found = run(&nearest, wrong, false);
        assert!(matches!(
            found,
            Err(TopicError::Option {
                name: "min_distance",
                ..
            })
        ));
    }
}

#[test]
fn rounds_fall_with_size_without_a_jump() {
    let found = [0, 1, 10_000, 16_000, 25_000, 100_000, 3_000_000].map(rounds);
    assert_eq!(found, [500, 500, 500, 500, 400, 200, 200]);
}

#[test]
fn progress_counts_rounds() {
    let codes = Codes::new(&around(2, 30, 0.5));
    let nearest = neighbors(&codes, NEIGHBORS);
    let heard = RefCell::new(Vec::new());
    let options = LayoutOptions {
        epochs: Some(3),
        ..LayoutOptions::default()
    };
    let progress = |done, total| heard.borrow_mut().push((done, total));
    layout(
        &codes,
        &nearest,
        &options,
        &progress,
        &AtomicBool::new(false),
    )
    .unwrap();
    assert_eq!(*heard.borrow(), [(1, 3), (2, 3), (3, 3)]);
}

#[test]
fn new_papers_join_their_group_whoever_else_comes() {
    let groups = 6;
    let vectors = around(groups, 660, 0.5);
    let known = 600;
    let head = |rows: usize| {
        let data = vectors.as_slice()[..rows * DIMENSION].to_vec();
        Embeddings::from_unit_rows(DIMENSION, data).unwrap()
    };
    let options = LayoutOptions::default();
    let positions = laid_out(&head(known), &options);
    let projected = |rows: usize| {
        let codes = Codes::new(&head(rows));
        let nearest = nearest_among(&codes, known, NEIGHBORS);
        project(&codes, &nearest, &positions, &options)
    };
    let all = projected(660);
    assert_finite_and_distinct(&all);
    for (row, &place) in (known..).zip(&all) {
        let others = (0..known).min_by(|&a, &b| {
            distance(positions[a], place).total_cmp(&distance(positions[b], place))
        });
        assert_eq!(others.unwrap() % groups, row % groups, "row {row}");
    }
    assert_eq!(bits(&projected(601)[..1]), bits(&all[..1]));
}

#[test]
fn a_copy_of_a_paper_lands_beside_it() {
    let mut vectors = around(6, 600, 0.5);
    let options = LayoutOptions::default();
    let positions = laid_out(&vectors, &options);
    for row in [0, 17, 599] {
        vectors.push(&vectors.unit_vector(row)).unwrap();
    }
    let codes = Codes::new(&vectors);
    let nearest = nearest_among(&codes, 600, NEIGHBORS);
    let placed = project(&codes, &nearest, &positions, &options);
    for (row, place) in [0, 17, 599].into_iter().zip(placed) {
        let apart = distance(place, positions[row]);
        assert!(apart < 1.0, "row {row} is {apart} from its copy");
    }
}

#[test]
fn without_a_layout_new_papers_wait_at_the_origin() {
    let codes = Codes::new(&around(2, 3, 0.5));
    let nearest = nearest_among(&codes, 0, NEIGHBORS);
    let placed = project(&codes, &nearest, &[], &LayoutOptions::default());
    assert_eq!(bits(&placed), [[0, 0]; 3]);
    assert!(
        project(
            &codes,
            &nearest,
            &[[1.0, 1.0]; 3],
            &LayoutOptions::default()
        )
        .is_empty()
    );
}

#[test]
fn order_by_place_is_a_permutation_that_keeps_corners_together() {
    let positions: Vec<[f32; 2]> = (0..64_u8)
        .map(|row| [f32::from(row % 8), f32::from(row / 8)])
        .collect();
    let order = by_place(&positions);
    let mut sorted = order.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, (0..64).collect::<Vec<_>>());
    // The first quarter is the lower left one.
    let quarter = &order[..16];
    assert!(
        quarter.iter().all(|&row| row % 8 < 4 && row / 8 < 4),
        "{quarter:?}"
    );
}
