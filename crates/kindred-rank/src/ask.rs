//! Which papers to ask about: those whose rating would teach most.

use kindred_core::dot;

use crate::ranker::Ranker;
use crate::space::Placed;

/// Chooses `count` papers to ask about, most useful first: rows of `placed`.
///
/// Greedy: the next paper has the largest product of doubt, commonness and novelty. Doubt is how
/// close its score is to the border between likes and the rest, `4 p (1 - p)` with `p` the logistic
/// of the score (Lewis and Gale, "A sequential algorithm for training text classifiers", SIGIR
/// 1994); commonness how many papers it speaks for, its similarity to the nearest background papers
/// (information density: Settles and Craven, EMNLP 2008); novelty one minus the similarity to the
/// closest paper that is rated (`known`) or chosen. Without scores, for a set that has no like yet,
/// doubt is the same everywhere.
///
/// # Panics
/// If there are not as many scores as papers.
pub fn papers_to_ask(
    placed: &Placed,
    scores: Option<&[f64]>,
    known: &[&Placed],
    count: usize,
) -> Vec<usize> {
    if let Some(scores) = scores {
        assert_eq!(scores.len(), placed.len(), "one for each paper");
    }
    let mut closest: Vec<f32> = (0..placed.len())
        .map(|row| {
            let mapped = placed.mapped(row);
            let rated = known.iter().flat_map(|known| {
                (0..known.len()).map(move |other| dot(known.mapped(other), mapped))
            });
            rated.fold(0.0, f32::max)
        })
        .collect();
    let common: Vec<f64> = places(placed);
    let doubt = |row: usize| {
        scores.map_or(1.0, |scores| {
            let probability = crate::solver::logistic(scores[row]);
            4.0 * probability * (1.0 - probability)
        })
    };
    let mut chosen: Vec<usize> = Vec::with_capacity(count);
    while chosen.len() < count.min(placed.len()) {
        let best = (0..placed.len())
            .filter(|row| !chosen.contains(row))
            .map(|row| {
                let novelty = f64::from(1.0 - closest[row].clamp(0.0, 1.0));
                (doubt(row) * common[row] * novelty, row)
            })
            .max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
        let Some((_, best)) = best else {
            break;
        };
        for (row, closest) in closest.iter_mut().enumerate() {
            *closest = closest.max(dot(placed.mapped(row), placed.mapped(best)));
        }
        chosen.push(best);
    }
    chosen
}

/// The share of the papers that each is at least as common as, in `(0, 1]`.
fn places(placed: &Placed) -> Vec<f64> {
    let mut order: Vec<usize> = (0..placed.len()).collect();
    order.sort_by(|&a, &b| {
        placed
            .commonness(a)
            .total_cmp(&placed.commonness(b))
            .then(a.cmp(&b))
    });
    let mut places = vec![0.0; placed.len()];
    for (place, &row) in order.iter().enumerate() {
        places[row] = (place as f64 + 1.0) / placed.len() as f64;
    }
    places
}

impl Ranker {
    /// Returns the liked papers in the space, in their order; `None` where the ranker measures no
    /// distances.
    pub fn placed_likes(&self) -> Option<&Placed> {
        self.distances.as_ref().map(|distances| &distances.likes)
    }
}

#[cfg(test)]
mod tests {
    use kindred_core::{Embeddings, UnitVector};

    use super::*;
    use crate::Space;

    fn rows(angles: &[f32]) -> Embeddings {
        let mut vectors = Embeddings::with_capacity(2, angles.len());
        for angle in angles {
            let vector = UnitVector::new(vec![angle.cos(), angle.sin()]).unwrap();
            vectors.push(&vector).unwrap();
        }
        vectors
    }

    fn space() -> Space {
        Space::fit(&Embeddings::with_capacity(2, 0))
    }

    #[test]
    fn doubtful_papers_are_asked_about_first() {
        let placed = space().place(&rows(&[0.0, 0.01, 0.02]));
        let asked = papers_to_ask(&placed, Some(&[5.0, -6.0, 0.1]), &[], 1);
        assert_eq!(asked, [2]);
    }

    #[test]
    fn papers_that_are_alike_are_asked_about_once() {
        let placed = space().place(&rows(&[0.0, 0.001, 1.5, 1.501]));
        let asked = papers_to_ask(&placed, None, &[], 2);
        assert_ne!(asked[0] / 2, asked[1] / 2, "{asked:?}");
    }

    #[test]
    fn what_is_rated_is_not_asked_about_again_and_no_paper_twice() {
        let space = space();
        let placed = space.place(&rows(&[0.0, 1.2]));
        let rated = space.place(&rows(&[0.0]));
        assert_eq!(papers_to_ask(&placed, None, &[&rated], 1), [1]);
        let mut all = papers_to_ask(&placed, None, &[&rated], 9);
        all.sort_unstable();
        assert_eq!(all, [0, 1]);
    }
}
