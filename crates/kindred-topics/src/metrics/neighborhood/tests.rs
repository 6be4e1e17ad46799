use std::sync::atomic::AtomicBool;

use kindred_core::{Codes, UnitVector, nearest_rows};

use super::*;
use crate::random::SplitMix;

/// Vectors on a quarter of a circle at these angles, in degrees: cosine order is that of angles.
fn fan(angles: &[f32]) -> Embeddings {
    let mut vectors = Embeddings::with_capacity(2, angles.len());
    for angle in angles {
        let angle = angle.to_radians();
        let vector = UnitVector::new(vec![angle.cos(), angle.sin()]).unwrap();
        vectors.push(&vector).unwrap();
    }
    vectors
}

fn line(places: &[f32]) -> Vec<[f32; 2]> {
    places.iter().map(|&place| [place, 0.0]).collect()
}

fn near(vectors: &Embeddings, count: usize) -> NearestRows {
    let codes = Codes::new(vectors);
    nearest_rows(&codes, count, &mut |_| {}, &AtomicBool::new(false)).unwrap()
}

#[test]
fn a_layout_that_keeps_the_order_is_perfect() {
    let angles = [0.0, 10.0, 25.0, 45.0, 60.0, 88.0];
    let vectors = fan(&angles);
    let positions = line(&angles);
    assert!((trustworthiness(&vectors, &positions, 2, 6) - 1.0).abs() < 1e-12);
    assert!((neighbor_preservation(&near(&vectors, 2), &positions, 2) - 1.0).abs() < 1e-12);
}

/// Angles 0, 10, 30, 70 and places 0, 10, 60, 30, nearest one by one: 0 finds 1 (rank 1), 1 finds
/// 0 (1), 2 finds 3 (rank 3: 1, 0, 3 at 20, 30, 40 degrees), 3 finds 1 (rank 2: 2, 1, 0). Penalty
/// 2 + 1 of a scale 4 * 1 * (8 - 3 - 1) / 2 = 8.
#[test]
fn penalties_are_ranks_beyond_the_neighbourhood() {
    let vectors = fan(&[0.0, 10.0, 30.0, 70.0]);
    let positions = line(&[0.0, 10.0, 60.0, 30.0]);
    let found = trustworthiness(&vectors, &positions, 1, 4);
    assert!((found - (1.0 - 3.0 / 8.0)).abs() < 1e-12, "{found}");
    // Nearest by angle: 1, 0, 1, 2; in the plane: 1, 0, 3, 1. Half are kept.
    let kept = neighbor_preservation(&near(&vectors, 1), &positions, 1);
    assert!((kept - 0.5).abs() < 1e-12, "{kept}");
    // Rows 0 and 2 of the sample of two: penalty 2 of a scale 4.
    let sampled = trustworthiness(&vectors, &positions, 1, 2);
    assert!((sampled - 0.5).abs() < 1e-12, "{sampled}");
}

#[test]
fn too_few_papers_have_nothing_to_lose() {
    for rows in 0..3_u8 {
        let angles: Vec<f32> = (0..rows).map(f32::from).collect();
        let vectors = fan(&angles);
        let positions = line(&angles);
        assert!((trustworthiness(&vectors, &positions, 15, 100) - 1.0).abs() < 1e-12);
        assert!((neighbor_preservation(&near(&vectors, 15), &positions, 15) - 1.0).abs() < 1e-12);
    }
}

#[test]
fn the_tree_finds_what_comparison_with_all_finds() {
    let mut random = SplitMix::new(5);
    // Few different places, so that distances tie.
    let positions: Vec<[f32; 2]> = (0..500)
        .map(|_| [0, 1].map(|_| (random.next() % 23) as f32))
        .collect();
    let plane = Plane::new(&positions);
    for row in 0..positions.len() {
        let mut all: Vec<(f32, u32)> = (0..)
            .zip(&positions)
            .filter(|&(other, _)| other as usize != row)
            .map(|(other, at)| {
                let (x, y) = (at[0] - positions[row][0], at[1] - positions[row][1]);
                (x * x + y * y, other)
            })
            .collect();
        all.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        all.truncate(15);
        assert_eq!(plane.nearest(row, 15), all);
    }
}
