use kindred_core::UnitVector;
use proptest::prelude::*;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::Seed;

/// `count` random unit vectors; `towards` adds a common direction.
fn random(seed: u64, count: usize, dimension: usize, towards: f32) -> Embeddings {
    let mut generator = ChaCha8Rng::seed_from_u64(seed);
    let mut vectors = Embeddings::with_capacity(dimension, count);
    for _ in 0..count {
        let mut components: Vec<f32> = (0..dimension)
            .map(|_| generator.random_range(-1.0..1.0))
            .collect();
        components[0] += towards;
        vectors.push(&UnitVector::new(components).unwrap()).unwrap();
    }
    vectors
}

fn order(ranker: &Ranker, candidates: &Embeddings) -> Vec<usize> {
    let ranked = ranker.rank(candidates).unwrap();
    ranked.iter().map(|ranked| ranked.row).collect()
}

#[test]
fn one_like_alone_gives_the_order_of_cosine() {
    let like = random(1, 1, 16, 0.0);
    let none = Embeddings::with_capacity(16, 0);
    let set = TrainingSet {
        likes: &like,
        dislikes: &none,
        background: &none,
    };
    let candidates = random(2, 200, 16, 0.0);
    let mut expected: Vec<usize> = (0..200).collect();
    let cosine = |row: usize| kindred_core::dot(like.row(0), candidates.row(row));
    expected.sort_by(|&a, &b| cosine(b).total_cmp(&cosine(a)).then(a.cmp(&b)));
    let ranker = train(&set, &RankOptions::default()).unwrap();
    assert_eq!(order(&ranker, &candidates), expected);
}

#[test]
fn likes_and_their_kind_rank_above_the_background() {
    let likes = random(1, 5, 32, 4.0);
    let none = Embeddings::with_capacity(32, 0);
    let background = random(2, 500, 32, 0.0);
    let set = TrainingSet {
        likes: &likes,
        dislikes: &none,
        background: &background,
    };
    let mut candidates = random(3, 10, 32, 4.0);
    for row in 0..90 {
        candidates
            .push(&random(4, 90, 32, 0.0).unit_vector(row))
            .unwrap();
    }
    let ranker = train(&set, &RankOptions::default()).unwrap();
    let mut first = order(&ranker, &candidates)[..10].to_vec();
    first.sort_unstable();
    assert_eq!(first, (0..10).collect::<Vec<_>>());
}

#[test]
fn a_dislike_lowers_its_own_score_most() {
    let likes = random(1, 4, 16, 3.0);
    let background = random(2, 300, 16, 0.0);
    let none = Embeddings::with_capacity(16, 0);
    let candidates = random(3, 20, 16, 3.0);
    let scores = |dislikes: &Embeddings| -> Vec<f64> {
        let set = TrainingSet {
            likes: &likes,
            dislikes,
            background: &background,
        };
        let ranker = train(&set, &RankOptions::default()).unwrap();
        let scored = ranker.score_all(&candidates).unwrap();
        scored.iter().map(|ranked| ranked.score).collect()
    };
    let before = scores(&none);
    let mut dislikes = Embeddings::with_capacity(16, 1);
    dislikes.push(&candidates.unit_vector(7)).unwrap();
    let after = scores(&dislikes);
    let fall = |row: usize| before[row] - after[row];
    assert!(fall(7) > 0.5, "{}", fall(7));
    assert!((0..20).all(|row| row == 7 || fall(row) < fall(7)));
}

#[test]
fn a_paper_both_liked_and_disliked_trains() {
    let likes = random(1, 2, 8, 0.0);
    let set = TrainingSet {
        likes: &likes,
        dislikes: &likes,
        background: &likes,
    };
    let ranker = train(&set, &RankOptions::default()).unwrap();
    assert!(ranker.score(likes.row(0)).score.is_finite());
}

#[test]
fn equal_candidates_keep_their_order() {
    let like = random(1, 1, 8, 0.0);
    let none = Embeddings::with_capacity(8, 0);
    let set = TrainingSet {
        likes: &like,
        dislikes: &none,
        background: &none,
    };
    let mut candidates = Embeddings::with_capacity(8, 4);
    for _ in 0..4 {
        candidates.push(&like.unit_vector(0)).unwrap();
    }
    let ranker = train(&set, &RankOptions::default()).unwrap();
    assert_eq!(order(&ranker, &candidates), [0, 1, 2, 3]);
}

#[test]
fn wrong_input_is_named() {
    let likes = random(1, 2, 8, 0.0);
    let none = Embeddings::with_capacity(8, 0);
    let foreign = random(2, 2, 9, 0.0);
    let set = |likes, dislikes, background| TrainingSet {
        likes,
        dislikes,
        background,
    };
    let options = RankOptions::default();
    let error = train(&set(&none, &likes, &likes), &options).unwrap_err();
    assert_eq!(error, RankError::NoLikes);
    let error = train(&set(&likes, &none, &foreign), &options).unwrap_err();
    assert_eq!(
        error.to_string(),
        "background papers have 9 dimensions, the liked papers 8"
    );
    let extreme = RankOptions {
        dislike_share: 1.5,
        ..options
    };
    let error = train(&set(&likes, &none, &none), &extreme).unwrap_err();
    assert_eq!(
        error.to_string(),
        "ranking option `dislike_share` is 1.5, expected 0 to 1"
    );
    let ranker = train(&set(&likes, &none, &none), &options).unwrap();
    assert!(matches!(
        ranker.rank(&foreign),
        Err(RankError::Dimension { .. })
    ));
    assert!(ranker.rank(&none).unwrap().is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn shares_add_up_to_the_score(
        seed in 0u64..1_000,
        likes in 1usize..12,
        dislikes in 0usize..6,
        background in 0usize..80,
        limit in 0usize..20,
        closeness_weight in 0.0f64..3.0,
    ) {
        let likes = random(seed, likes, 24, 0.7);
        let dislikes = random(seed + 1, dislikes, 24, 0.3);
        let background = random(seed + 2, background, 24, 0.5);
        let set = TrainingSet { likes: &likes, dislikes: &dislikes, background: &background };
        let options = RankOptions { closeness_weight, ..RankOptions::default() };
        let ranker = train(&set, &options).unwrap();
        for candidate in random(seed + 3, 5, 24, 0.5).rows() {
            let found = ranker.explain(candidate, limit);
            let sum = found.parts.iter().map(|part| part.share).sum::<f64>()
                + found.others + found.background + found.intercept;
            prop_assert!((sum - found.score).abs() < 1e-5, "{sum} {found:?}");
            prop_assert_eq!(found.score.to_bits(), ranker.score(candidate).score.to_bits());
            prop_assert_eq!(found.parts.len(), limit.min(likes.len() + dislikes.len()));
            for part in &found.parts {
                if let Seed::Dislike(row) = part.seed {
                    prop_assert!(row < dislikes.len());
                }
            }
        }
    }
}

#[test]
fn the_closest_like_is_the_first_reason() {
    let likes = random(1, 8, 32, 0.0);
    let none = Embeddings::with_capacity(32, 0);
    let background = random(2, 400, 32, 0.0);
    let set = TrainingSet {
        likes: &likes,
        dislikes: &none,
        background: &background,
    };
    let ranker = train(&set, &RankOptions::default()).unwrap();
    for row in 0..8 {
        let found = ranker.explain(likes.row(row), 3);
        assert_eq!(found.parts[0].seed, Seed::Like(row));
        assert!(found.parts[0].share > 0.0);
        assert!((found.parts[0].similarity.get() - 1.0).abs() < 1e-5);
    }
}
