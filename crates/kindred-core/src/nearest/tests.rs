use proptest::prelude::*;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::{Embeddings, UnitVector};

fn random_codes(seed: u64, rows: usize, dimension: usize) -> Codes {
    let mut generator = ChaCha8Rng::seed_from_u64(seed);
    let mut vectors = Embeddings::with_capacity(dimension, rows);
    for _ in 0..rows {
        let components = (0..dimension).map(|_| generator.random_range(-1.0..1.0));
        vectors
            .push(&UnitVector::new(components.collect()).unwrap())
            .unwrap();
    }
    Codes::new(&vectors)
}

fn by_sorting(codes: &Codes, row: usize, count: usize) -> Vec<u32> {
    let mut others: Vec<usize> = (0..codes.len()).filter(|&other| other != row).collect();
    others.sort_by_key(|&other| (-codes.dot(row, other), other));
    others.truncate(count);
    others
        .into_iter()
        .map(|other| u32::try_from(other).unwrap())
        .collect()
}

fn search(codes: &Codes, count: usize) -> NearestRows {
    nearest_rows(codes, count, &mut |_| {}, &AtomicBool::new(false)).unwrap()
}

fn rows_of(found: &NearestRows, row: usize) -> Vec<u32> {
    found.of(row).map(|(row, _)| row).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn blocks_give_what_sorting_gives(
        seed in 0u64..1_000,
        rows in 0usize..400,
        // Few dimensions make many ties.
        dimension in 1usize..20,
        count in 1usize..20,
    ) {
        let codes = random_codes(seed, rows, dimension);
        let found = search(&codes, count);
        for row in 0..rows {
            if rows > 1 {
                prop_assert_eq!(
                    rows_of(&found, row),
                    by_sorting(&codes, row, count)
                );
                for (other, similarity) in found.of(row) {
                    prop_assert_eq!(similarity, codes.dot(row, other as usize));
                }
            }
        }
    }

    #[test]
    fn later_rows_find_the_nearest_of_the_first(
        seed in 0u64..1_000,
        rows in 2usize..400,
        percent in 0usize..100,
        dimension in 1usize..20,
    ) {
        let codes = random_codes(seed, rows, dimension);
        let among = rows * percent / 100;
        let found = nearest_among(&codes, among, 7);
        for row in among..rows {
            let mut expected: Vec<usize> = (0..among).collect();
            expected.sort_by_key(|&other| (-codes.dot(row, other), other));
            expected.truncate(7);
            if among > 0 {
                let found: Vec<usize> =
                    found.of(row - among).map(|(other, _)| other as usize).collect();
                prop_assert_eq!(found, expected);
            }
        }
    }
}

#[test]
fn threads_do_not_change_the_neighbours() {
    let codes = random_codes(5, 900, 24);
    let with_threads = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        pool.unwrap().install(|| search(&codes, 15))
    };
    assert_eq!(with_threads(1), with_threads(4));
}

#[test]
fn equal_vectors_prefer_smaller_rows() {
    let mut vectors = Embeddings::with_capacity(2, 5);
    for _ in 0..5 {
        vectors
            .push(&UnitVector::new(vec![0.6, 0.8]).unwrap())
            .unwrap();
    }
    let found = search(&Codes::new(&vectors), 2);
    assert_eq!(rows_of(&found, 0), [1, 2]);
    assert_eq!(rows_of(&found, 4), [0, 1]);
}

#[test]
fn progress_counts_up_to_all_rows_and_stop_is_heard() {
    let codes = random_codes(1, 700, 8);
    let mut heard = Vec::new();
    let stop = AtomicBool::new(false);
    nearest_rows(&codes, 5, &mut |done| heard.push(done), &stop).unwrap();
    assert!(heard.is_sorted() && heard.last() == Some(&700), "{heard:?}");
    stop.store(true, Ordering::Relaxed);
    assert_eq!(nearest_rows(&codes, 5, &mut |_| {}, &stop), None);
}

#[test]
fn a_truncated_search_is_a_smaller_one() {
    let codes = random_codes(2, 60, 6);
    assert_eq!(search(&codes, 12).truncated(4), search(&codes, 4));
    assert_eq!(search(&codes, 3).truncated(9), search(&codes, 3));
}
