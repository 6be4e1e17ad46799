use kindred_core::UnitVector;

use super::*;

fn vectors(rows: &[[f32; 2]]) -> Embeddings {
    let mut vectors = Embeddings::with_capacity(2, rows.len());
    for row in rows {
        vectors
            .push(&UnitVector::new(row.to_vec()).unwrap())
            .unwrap();
    }
    vectors
}

#[test]
fn each_baseline_follows_its_formula() {
    let likes = vectors(&[[1.0, 0.0], [0.6, 0.8], [0.0, 1.0], [-1.0, 0.0]]);
    let none = Embeddings::with_capacity(2, 0);
    let set = TrainingSet {
        likes: &likes,
        dislikes: &none,
        background: &none,
    };
    let candidate = vectors(&[[1.0, 0.0]]);
    let score = |ranker: &dyn ScoreCandidates| ranker.score_all(&set, &candidate).unwrap()[0];
    assert!((score(&MeanCosine) - 0.15).abs() < 1e-6);
    assert!((score(&MaxCosine) - 1.0).abs() < 1e-6);
    assert!((score(&TopMeanCosine::default()) - 1.6 / 3.0).abs() < 1e-6);
    assert!((score(&TopMeanCosine { neighbors: 9 }) - 0.15).abs() < 1e-6);
}

#[test]
fn names_are_distinct() {
    let rankers: [&dyn ScoreCandidates; 4] = [
        &RankOptions::default(),
        &MeanCosine,
        &MaxCosine,
        &TopMeanCosine::default(),
    ];
    let mut names: Vec<&str> = rankers.iter().map(|ranker| ranker.name()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), 4);
}

#[test]
fn an_empty_set_is_refused() {
    let none = Embeddings::with_capacity(2, 0);
    let set = TrainingSet {
        likes: &none,
        dislikes: &none,
        background: &none,
    };
    assert_eq!(MaxCosine.score_all(&set, &none), Err(RankError::NoLikes));
}
