//! Times training and ranking on synthetic vectors, on one thread:
//! `cargo run -p kindred-rank --example training_time -- [LIKES] [BACKGROUND] [DIMENSIONS]`.

use std::time::Instant;

use kindred_core::{Embeddings, UnitVector};
use kindred_rank::{RankOptions, TrainingSet, train};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

const CANDIDATES: usize = 1_000;
const REPEATS: usize = 5;

#[expect(clippy::print_stdout, reason = "an example reports to its reader")]
fn main() {
    let mut arguments = std::env::args().skip(1).map(|text| text.parse::<usize>());
    let likes = arguments.next().and_then(Result::ok).unwrap_or(500);
    let background = arguments.next().and_then(Result::ok).unwrap_or(5_000);
    let dimension = arguments.next().and_then(Result::ok).unwrap_or(384);
    let likes = random(1, likes, dimension, 3.0);
    let dislikes = Embeddings::with_capacity(dimension, 0);
    let background = random(2, background, dimension, 0.5);
    let candidates = random(3, CANDIDATES, dimension, 1.0);
    let set = TrainingSet {
        likes: &likes,
        dislikes: &dislikes,
        background: &background,
    };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    pool.expect("one thread can be had").install(|| {
        for _ in 0..REPEATS {
            let start = Instant::now();
            let ranker = train(&set, &RankOptions::default()).expect("random vectors train");
            let trained = start.elapsed();
            let ranked = ranker.rank(&candidates).expect("one space");
            println!(
                "{} likes, {} background x {dimension}: trained in {trained:.2?}, {} ranked in {:.2?}",
                likes.len(),
                background.len(),
                ranked.len(),
                start.elapsed().saturating_sub(trained),
            );
        }
    });
}

/// Random vectors that share a direction, the more the larger `towards`.
fn random(seed: u64, rows: usize, dimension: usize, towards: f32) -> Embeddings {
    let mut generator = ChaCha8Rng::seed_from_u64(seed);
    let mut vectors = Embeddings::with_capacity(dimension, rows);
    for _ in 0..rows {
        let mut components: Vec<f32> = (0..dimension)
            .map(|_| generator.random_range(-1.0..1.0))
            .collect();
        for component in components.iter_mut().take(8) {
            *component += towards;
        }
        let vector = UnitVector::new(components).expect("random vectors have a direction");
        vectors.push(&vector).expect("all have one dimension");
    }
    vectors
}
