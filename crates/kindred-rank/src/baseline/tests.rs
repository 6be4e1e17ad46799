use kindred_core::{Embeddings, UnitVector};

use super::*;
use crate::terms::{IdfRule, Lexicon, TermWeights};

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
        newest_first,
        ..TrainingSet::new(&case.likes, &case.dislikes, &case.background)
    };
    let all = baselines();
    let ranker = all.iter().find(|ranker| ranker.name() == name).unwrap();
    ranker.score_all(&set, (&case.candidates).into()).unwrap()
}

fn assert_close(found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() < 1e-4, "{found} is not {expected}");
    }
}

#[test]
fn cosine_rankers_follow_their_formulas() {
    let case = case();
    // Similarities of the candidates to the two likes: (0.8, 0.6), (0, 0.8), (0, 0).
    let half = std::f64::consts::FRAC_1_SQRT_2;
    assert_close(&scores("max-cosine", &case, None), &[0.8, 0.8, 0.0]);
    assert_close(&scores("top-3-mean-cosine", &case, None), &[0.7, 0.4, 0.0]);
    assert_close(
        &scores("centroid", &case, None),
        &[1.4 * half, 0.8 * half, 0.0],
    );
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
    let expected = [10.0 * (0.6 + 0.8 * second) / sum, 10.0 * 0.8 / sum, 0.0];
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
        assert!(
            found[1] > found[0] && found[1] > found[2],
            "{name} {found:?}"
        );
    }
}

const LIKES: [&str; 2] = ["graph neural networks", "neural message passing on graphs"];
const BACKGROUND: [&str; 3] = [
    "stellar spectra of dwarfs",
    "neural tissue",
    "prime numbers",
];
const CANDIDATES: [&str; 3] = [
    "dwarfs in clusters",
    "message passing networks",
    "neural dwarfs",
];

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
        placed: None,
    };
    let set = TrainingSet::new(papers(0), papers(1), papers(2));
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

const DOCUMENTS: [&str; 6] = [
    "Graph neural networks for graphs",
    "Neural message passing on graphs",
    "Stellar spectra of dwarfs",
    "Prime numbers and the spectra of graphs",
    "Dwarfs in stellar clusters",
    "Neural networks of neurons",
];

/// Weights by scikit-learn 1.7: `TfidfVectorizer` with arxiv-sanity-lite's settings, but for
/// `min_df=1` and `max_df=1.0`.
#[test]
fn weights_are_those_of_scikit_learn() {
    let mut lexicon = Lexicon::new(TermRule::ARXIV_SANITY);
    let rows = lexicon.rows(DOCUMENTS);
    let weighed = TermWeights::fit(&[&rows], IdfRule::default()).weigh(&rows);
    let found: Vec<(&str, f32)> = (weighed.row(0).iter())
        .map(|&(column, value)| (lexicon.term(column), value))
        .collect();
    let expected = [
        ("graph", 0.434_231),
        ("neural", 0.300_624),
        ("graph neural", 0.434_231),
        ("networks", 0.356_076),
        ("neural networks", 0.356_076),
        ("graphs", 0.300_624),
        ("networks graphs", 0.434_231),
    ];
    assert_eq!(found.len(), expected.len());
    for ((term, value), (expected_term, expected)) in found.iter().zip(expected) {
        assert_eq!(*term, expected_term);
        assert!((value - expected).abs() < 1e-5, "{term}: {value}");
    }
}

/// Decision values of `LinearSVC(class_weight="balanced", C=0.01)` on the same weights.
#[test]
fn the_support_vector_machine_is_that_of_scikit_learn() {
    let mut lexicon = Lexicon::new(TermRule::ARXIV_SANITY);
    let [likes, none, others] =
        [&DOCUMENTS[..2], &[], &DOCUMENTS[2..]].map(|texts| lexicon.rows(texts));
    // Each paper is scored as a candidate, since candidates are among the other papers.
    let found = words::margins([&likes, &none, &none, &others], IdfRule::default());
    assert_close(&found, &[-2.224_924, -1.288_576, -2.026_661, -0.107_769]);
}

#[test]
fn words_are_asked_for_where_there_are_none() {
    let case = case();
    let set = TrainingSet::new(&case.likes, &case.dislikes, &case.background);
    let error = words::Bm25FromLikes
        .score_all(&set, (&case.candidates).into())
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "liked papers have no terms, this ranker reads nothing else"
    );
}
