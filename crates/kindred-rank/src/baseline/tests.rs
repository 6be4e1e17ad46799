use kindred_core::{Embeddings, UnitVector};

use super::*;
use crate::terms::Lexicon;

fn vectors(rows: &[[f32; 3]]) -> Embeddings {
    let mut vectors = Embeddings::with_capacity(3, rows.len());
    for row in rows {
        vectors
            .push(&UnitVector::new(row.to_vec()).unwrap())
            .unwrap();
    }
    vectors
}

struct Case {
    likes: Embeddings,
    dislikes: Embeddings,
    background: Embeddings,
    candidates: Embeddings,
}

fn case() -> Case {
    Case {
        likes: vectors(&[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]),
        dislikes: vectors(&[[0.0, 0.6, 0.8]]),
        background: vectors(&[[0.0, 0.0, 1.0], [0.6, 0.0, 0.8], [0.0, 0.8, -0.6]]),
        candidates: vectors(&[[0.8, 0.6, 0.0], [0.0, 0.8, 0.6], [0.0, 0.0, 1.0]]),
    }
}

fn scores(name: &str, case: &Case, newest_first: Option<&[usize]>) -> Vec<f64> {
    let set = TrainingSet {
        likes: (&case.likes).into(),
        dislikes: (&case.dislikes).into(),
        background: (&case.background).into(),
        newest_first,
        space: None,
    };
    let all = baselines();
    let ranker = all.iter().find(|ranker| ranker.name() == name).unwrap();
    ranker.score_all(&set, (&case.candidates).into()).unwrap()
}

fn assert_close(found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() < 1e-6, "{found} is not {expected}");
    }
}

#[test]
fn cosine_rankers_follow_their_formulas() {
    let case = case();
    // Similarities of the candidates to the two likes: (0.8, 0.6), (0, 0.8), (0, 0).
    let half = std::f64::consts::FRAC_1_SQRT_2;
    assert_close(&scores("max-cosine", &case, None), &[0.8, 0.8, 0.0]);
    assert_close(&scores("top-3-mean-cosine", &case, None), &[0.7, 0.4, 0.0]);
    assert_close(&scores("centroid", &case, None), &[1.4 * half, 0.8 * half, 0.0]);
    assert_close(&scores("zotero-arxiv-daily", &case, None), &[7.0, 4.0, 0.0]);
    // To the dislike: 0.36, 0.96, 0.8.
    assert_close(
        &scores("rocchio", &case, None),
        &[0.525 - 0.054, 0.3 - 0.144, -0.12],
    );
}

#[test]
fn zotero_weights_fall_with_the_logarithm_of_the_rank() {
    // The second like is the newer: weights 1 and 1 / (1 + log10 2), scaled to the sum 1.
    let second = 1.0 / (1.0 + 2.0_f64.log10());
    let sum = 1.0 + second;
    let expected = [
        10.0 * (0.6 + 0.8 * second) / sum,
        10.0 * 0.8 / sum,
        0.0,
    ];
    assert_close(
        &scores("zotero-arxiv-daily", &case(), Some(&[1, 0])),
        &expected,
    );
}

#[test]
fn engine_strategies_follow_their_source() {
    let case = case();
    assert_close(
        &scores("qdrant-average", &case, None),
        &[1.4 - 0.36, 0.8 - 0.96, -0.8],
    );
    assert_close(
        &scores("qdrant-sum-scores", &case, None),
        &[1.4 - 0.36, 0.8 - 0.96, -0.8],
    );
    let squash = |x: f64| 0.5 * (x / (1.0 + x) + 1.0);
    assert_close(
        &scores("qdrant-best-score", &case, None),
        &[squash(0.8), -squash(0.96), -squash(0.8)],
    );
}

#[test]
fn regressions_put_the_likes_first() {
    let mut case = case();
    case.candidates = vectors(&[[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 0.6, 0.8]]);
    for name in ["logistic-regression", "scholar-inbox"] {
        let found = scores(name, &case, None);
        assert!(found[1] > found[0] && found[1] > found[2], "{name} {found:?}");
    }
}

const LIKES: [&str; 2] = ["graph neural networks", "neural message passing on graphs"];
const BACKGROUND: [&str; 3] = ["stellar spectra of dwarfs", "neural tissue", "prime numbers"];
const CANDIDATES: [&str; 3] = ["dwarfs in clusters", "message passing networks", "neural dwarfs"];

fn word_scores(name: &str, copies: usize) -> Vec<f64> {
    let all = baselines();
    let ranker = all.iter().find(|ranker| ranker.name() == name).unwrap();
    let mut lexicon = Lexicon::new(ranker.term_rule().unwrap());
    let repeated = |texts: &[&'static str]| texts.repeat(copies);
    let (likes, background) = (repeated(&LIKES), repeated(&BACKGROUND));
    let parts = [likes, Vec::new(), background, CANDIDATES.to_vec()];
    let terms = parts.map(|texts| lexicon.rows(&texts));
    let row = |count: usize| vectors(&vec![[1.0, 0.0, 0.0]; count]);
    let matrices: Vec<Embeddings> = terms.iter().map(|rows| row(rows.len())).collect();
    let papers = |part: usize| Papers {
        vectors: &matrices[part],
        terms: Some(&terms[part]),
    };
    let set = TrainingSet {
        likes: papers(0),
        dislikes: papers(1),
        background: papers(2),
        newest_first: None,
        space: None,
    };
    ranker.score_all(&set, papers(3)).unwrap()
}

#[test]
fn bm25_follows_its_formula() {
    let found = word_scores("bm25-likes", 1);
    // Six papers; `message` and `passing` are in one of them, `networks` in one; the likes hold
    // each of the three once. Lengths 2, 3, 2 of candidates and 3, 2, 2 of background.
    let idf = (1.0_f64 + (6.0 - 1.0 + 0.5) / 1.5).ln();
    let norm = 1.2 * (0.25 + 0.75 * 3.0 / (14.0 / 6.0));
    assert_close(&found[1..2], &[3.0 * idf * 2.2 / (1.0 + norm)]);
    assert!(found[0].abs() < 1e-12);
    assert!(found[2] > 0.0);
}

#[test]
fn the_support_vector_machine_prefers_the_words_of_the_likes() {
    // Forty copies of each text, so that words of five papers exist; none may be in a tenth.
    let mut far = vec!["unrelated filler text"; 0];
    far.clear();
    let found = word_scores("arxiv-sanity-lite", 8);
    assert!(found.iter().all(|score| score.is_finite()), "{found:?}");
}

#[test]
fn words_are_asked_for_where_there_are_none() {
    let case = case();
    let set = TrainingSet {
        likes: (&case.likes).into(),
        dislikes: (&case.dislikes).into(),
        background: (&case.background).into(),
        newest_first: None,
        space: None,
    };
    let error = words::Bm25FromLikes
        .score_all(&set, (&case.candidates).into())
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "liked papers have no terms, this ranker reads nothing else"
    );
}
