//! Times the neighbour search and the communities on synthetic vectors:
//! `cargo run -p kindred-topics --example scale -- [PAPERS] [DIMENSIONS]`.

use std::cell::Cell;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use kindred_core::{Codes, Embeddings, UnitVector, nearest_rows};
use kindred_topics::{Stage, TopicInput, TopicOptions, TopicText, cluster, links};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

const CENTRES: usize = 60;

#[expect(clippy::print_stdout, reason = "an example reports to its reader")]
fn main() {
    let mut arguments = std::env::args().skip(1).map(|text| text.parse::<usize>());
    let papers = arguments.next().and_then(Result::ok).unwrap_or(20_000);
    let dimension = arguments.next().and_then(Result::ok).unwrap_or(256);
    let vectors = around_centres(papers, dimension);
    let texts = vec![
        TopicText {
            title: "",
            abstract_text: ""
        };
        papers
    ];
    let start = Instant::now();
    let codes = Codes::new(&vectors);
    let stop = AtomicBool::new(false);
    let nearest = nearest_rows(&codes, links(papers), &mut |_| {}, &stop);
    let neighbors = start.elapsed();
    let communities = Cell::new(Duration::ZERO);
    let input = TopicInput {
        codes: &codes,
        nearest: &nearest.expect("nothing stops the search"),
        texts: &texts,
    };
    let found = cluster(
        &input,
        &TopicOptions::default(),
        &|at| match at.stage {
            Stage::Communities => communities.set(start.elapsed()),
            Stage::Labels => {}
        },
        &stop,
    )
    .expect("nothing stops the run");
    println!(
        "{papers} papers x {dimension}: {} topics; neighbours {:.2?}, communities {:.2?}, all {:.2?}",
        found.topics.len(),
        neighbors,
        communities.get().saturating_sub(neighbors),
        start.elapsed(),
    );
}

fn around_centres(papers: usize, dimension: usize) -> Embeddings {
    let mut generator = ChaCha8Rng::seed_from_u64(1);
    let mut random = |count: usize| -> Vec<f32> {
        (0..count)
            .map(|_| generator.random_range(-1.0..1.0))
            .collect()
    };
    let centres: Vec<Vec<f32>> = (0..CENTRES).map(|_| random(dimension)).collect();
    let mut vectors = Embeddings::with_capacity(dimension, papers);
    for paper in 0..papers {
        let near = centres[paper % CENTRES].iter().zip(random(dimension));
        let components = near.map(|(centre, by)| centre + 1.5 * by).collect();
        let vector = UnitVector::new(components).expect("random vectors have a direction");
        vectors.push(&vector).expect("all have one dimension");
    }
    vectors
}
