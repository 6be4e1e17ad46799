//! Which papers to ask about: those whose rating would teach most.

use kindred_core::dot;

use crate::ranker::Ranker;
use crate::solver::logistic;
use crate::space::Placed;

/// Chooses `count` papers to ask about, most useful first: rows of `placed`.
///
/// Greedy: the next paper has the largest product of promise and novelty. Promise is the logistic
/// of its score: where hardly any paper is liked, a like teaches far more than a doubt that is
/// settled (continuous active learning: Cormack and Grossman, "Evaluation of machine-learning
/// protocols for technology-assisted review in electronic discovery", SIGIR 2014; papers close to
/// the border were measured to teach no more after one like, and less after five). Novelty is one
/// minus the similarity to the closest paper that is rated (`known`) or chosen, so that no two
/// answers say the same. Without scores, for a set that has no like yet, promise is how many papers
/// one speaks for: its similarity to the nearest background papers (information density: Settles
/// and Craven, EMNLP 2008).
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
    let promise: Vec<f64> = match scores {
        Some(scores) => scores.iter().copied().map(logistic).collect(),
        None => places(placed),
    };
    let mut chosen: Vec<usize> = Vec::with_capacity(count);
    while chosen.len() < count.min(placed.len()) {
        let best = (0..placed.len())
            .filter(|row| !chosen.contains(row))
            .map(|row| {
                let novelty = f64::from(1.0 - closest[row].clamp(0.0, 1.0));
                (promise[row] * novelty, row)
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
    fn promising_papers_are_asked_about_first_unless_they_say_the_same() {
        let placed = space().place(&rows(&[0.0, 1.5, 0.001]));
        let asked = papers_to_ask(&placed, Some(&[0.1, -1.0, 0.0]), &[], 3);
        assert_eq!(asked, [0, 1, 2]);
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
