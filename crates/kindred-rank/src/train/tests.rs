use kindred_core::{Embeddings, UnitVector};
use proptest::prelude::*;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::{Lexicon, Seed, TermRule};

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
    let ranked = ranker.rank(candidates.into()).unwrap();
    ranked.iter().map(|ranked| ranked.row).collect()
}

#[test]
fn one_like_alone_gives_the_order_of_cosine() {
    let like = random(1, 1, 16, 0.0);
    let none = Embeddings::with_capacity(16, 0);
    let set = TrainingSet::new(&like, &none, &none);
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
    let set = TrainingSet::new(&likes, &none, &background);
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
        let set = TrainingSet::new(&likes, dislikes, &background);
        let ranker = train(&set, &RankOptions::default()).unwrap();
        let scored = ranker.score_all((&candidates).into()).unwrap();
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
    let set = TrainingSet::new(&likes, &likes, &likes);
    let ranker = train(&set, &RankOptions::default()).unwrap();
    assert!(ranker.score(likes.row(0).into()).score.is_finite());
}

#[test]
fn equal_candidates_keep_their_order() {
    let like = random(1, 1, 8, 0.0);
    let none = Embeddings::with_capacity(8, 0);
    let set = TrainingSet::new(&like, &none, &none);
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
    let set = |likes, dislikes, background| TrainingSet::new(likes, dislikes, background);
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
        ranker.rank((&foreign).into()),
        Err(RankError::Dimension { .. })
    ));
    assert!(ranker.rank((&none).into()).unwrap().is_empty());
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
        let set = TrainingSet::new(&likes, &dislikes, &background);
        let options = RankOptions { closeness_weight, ..RankOptions::default() };
        let ranker = train(&set, &options).unwrap();
        for candidate in random(seed + 3, 5, 24, 0.5).rows() {
            let found = ranker.explain(candidate.into(), limit);
            let sum = found.sum();
            prop_assert!((sum - found.score).abs() < 1e-5, "{sum} {found:?}");
            prop_assert_eq!(found.score.to_bits(), ranker.score(candidate.into()).score.to_bits());
            prop_assert_eq!(found.parts.len(), limit.min(likes.len() + dislikes.len()));
            for part in &found.parts {
                if let Seed::Dislike(row) = part.seed {
                    prop_assert!(row < dislikes.len());
                }
            }
        }
    }
}

/// Texts of common words; the topic of each third is its own.
fn texts(seed: u64, count: usize) -> Vec<String> {
    let mut generator = ChaCha8Rng::seed_from_u64(seed);
    (0..count)
        .map(|_| {
            let words = (0..12).map(|_| format!("word{}", generator.random_range(0..40)));
            words.collect::<Vec<_>>().join(" ")
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn shares_of_seeds_and_terms_add_up_to_the_score(
        seed in 0u64..1_000,
        counts in (1usize..8, 0usize..4, 0usize..60),
        limit in 0usize..30,
    ) {
        let mut lexicon = Lexicon::new(TermRule::default());
        let counts = [counts.0, counts.1, counts.2, 5];
        let vectors = [0, 1, 2, 3].map(|part: usize| random(seed + part as u64, counts[part], 24, 0.5));
        let terms = [0, 1, 2, 3].map(|part: usize| {
            lexicon.rows(texts(seed + 10 + part as u64, counts[part]))
        });
        let papers = |part: usize| Papers::from(&vectors[part]).with_terms(&terms[part]);
        let set = TrainingSet::new(papers(0), papers(1), papers(2));
        let ranker = train(&set, &RankOptions::default()).unwrap();
        let scored = ranker.score_all(papers(3)).unwrap();
        for (row, scored) in scored.iter().enumerate() {
            let found = ranker.explain(papers(3).candidate(row), limit);
            prop_assert!((found.sum() - found.score).abs() < 1e-5, "{found:?}");
            prop_assert!((scored.score - found.score).abs() < 1e-6);
            prop_assert!(found.terms.len() <= limit);
            prop_assert!(found.terms.is_sorted_by(|a, b| a.share >= b.share));
        }
    }
}

#[test]
fn words_of_the_likes_rank_a_paper_above_its_equal_in_meaning() {
    let mut lexicon = Lexicon::new(TermRule::default());
    let likes = random(1, 3, 16, 1.0);
    let like_terms = lexicon.rows(["crystal growth kinetics"; 3].map(|text| text.repeat(20)));
    let background = random(2, 100, 16, 0.0);
    let background_terms = lexicon.rows(texts(5, 100));
    let twins = Embeddings::from_unit_rows(16, likes.row(0).repeat(2)).unwrap();
    let twin_terms = lexicon.rows(["unheard phrases throughout", "crystal growth kinetics"]);
    let none = Embeddings::with_capacity(16, 0);
    let set = TrainingSet::new(
        Papers::from(&likes).with_terms(&like_terms),
        &none,
        Papers::from(&background).with_terms(&background_terms),
    );
    let ranker = train(&set, &RankOptions::default()).unwrap();
    let candidates = Papers::from(&twins).with_terms(&twin_terms);
    assert_eq!(ranker.rank(candidates).unwrap()[0].row, 1);
    let found = ranker.explain(candidates.candidate(1), 2);
    let named: Vec<&str> = found
        .terms
        .iter()
        .map(|part| lexicon.term(part.term))
        .collect();
    assert!(
        named
            .iter()
            .all(|term| "crystal growth kinetics".contains(term)),
        "{named:?}"
    );
}

#[test]
fn the_closer_of_two_equal_candidates_is_the_one_near_the_newer_like() {
    let likes = random(1, 12, 32, 0.0);
    let none = Embeddings::with_capacity(32, 0);
    let background = random(2, 400, 32, 0.0);
    let newest_first: Vec<usize> = (0..12).rev().collect();
    for (weight, first) in [(0.06, 1), (0.0, 0)] {
        let options = RankOptions {
            recency: 0.0,
            closeness_recency: weight,
            closeness_neighbors: 1,
            ..RankOptions::default()
        };
        let set = TrainingSet {
            newest_first: Some(&newest_first),
            ..TrainingSet::new(&likes, &none, &background)
        };
        let ranker = train(&set, &options).unwrap();
        let distances = ranker.distances.as_ref().unwrap();
        // Candidates are the oldest and the newest like: each is nearest to itself.
        let of = |row: usize| {
            let placed = ranker.place_one(likes.row(row)).unwrap();
            distances.nearest(&placed, 0)[0]
        };
        assert_eq!((of(0).0, of(11).0), (0, 11));
        let ahead = of(11).1 - of(0).1;
        assert!((ahead - weight * 12.0_f64.ln()).abs() < 1e-5, "{ahead}");
        assert_eq!(usize::from(ahead > 1e-3), first);
    }
}

#[test]
fn few_ratings_hold_the_regression_back() {
    let options = RankOptions::default();
    let one = options.for_ratings(1, 0);
    assert!((one.regularisation - 5.0).abs() < 1e-12);
    assert!(one.closeness_weight.abs() < 1e-12 && one.commonness_weight.abs() < 1e-12);
    assert!((one.words_weight - options.words_weight).abs() < 1e-12);
    // Dislikes are evidence too.
    assert!((options.for_ratings(1, 4).regularisation - 125.0).abs() < 1e-9);
    for likes in [10, 500] {
        assert!((options.for_ratings(likes, 0).regularisation - 500.0).abs() < 1e-12);
    }
}

#[test]
fn a_space_fitted_before_gives_the_same_scores() {
    let likes = random(1, 6, 16, 1.0);
    let background = random(2, 200, 16, 0.2);
    let candidates = random(3, 70, 16, 0.5);
    let none = Embeddings::with_capacity(16, 0);
    let fresh = TrainingSet::new(&likes, &none, &background);
    let space = Arc::new(Space::fit(&background));
    let shared = TrainingSet {
        space: Some(&space),
        ..fresh
    };
    let placed = space.place(&candidates);
    let scores = |set: &TrainingSet<'_>, candidates: Papers<'_>| -> Vec<u64> {
        let ranker = train(set, &RankOptions::default()).unwrap();
        let scored = ranker.score_all(candidates).unwrap();
        scored.iter().map(|ranked| ranked.score.to_bits()).collect()
    };
    let in_place = Papers {
        placed: Some(&placed),
        ..Papers::from(&candidates)
    };
    assert_eq!(
        scores(&fresh, (&candidates).into()),
        scores(&shared, in_place)
    );
}

#[test]
fn the_closest_like_is_the_first_reason() {
    let likes = random(1, 8, 32, 0.0);
    let none = Embeddings::with_capacity(32, 0);
    let background = random(2, 400, 32, 0.0);
    let set = TrainingSet::new(&likes, &none, &background);
    let ranker = train(&set, &RankOptions::default()).unwrap();
    for row in 0..8 {
        let found = ranker.explain(likes.row(row).into(), 3);
        assert_eq!(found.parts[0].seed, Seed::Like(row));
        assert!(found.parts[0].share > 0.0);
        assert!((found.parts[0].similarity.get() - 1.0).abs() < 1e-5);
    }
}
