//! New papers into topics that are there.

use kindred_core::NearestRows;

/// Where a new paper belongs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Placement {
    /// Position of its finest topic.
    pub topic: u32,
    /// How firmly: `own / (own + other)` of its neighbours' similarity there and in the other
    /// finest topic that has most of it, in `(0, 1]`.
    pub strength: f32,
}

/// Places new papers by their nearest among the papers of a run.
///
/// `parents` has the parent of each topic, `finest` the finest topic of each paper of the run, and
/// `nearest` the rows of the run nearest to each new paper, by
/// [`nearest_among`](kindred_core::nearest_among). Each neighbour votes with its similarity for its
/// topic and all that hold it; the way goes from the heaviest topic of the coarsest level to the
/// heaviest of its children, so that a paper between two fine topics is at least in the right
/// field. Equal votes go to the smaller position.
///
/// # Determinism
/// Votes are integers: the same on every machine, whatever other papers are placed along.
///
/// # Panics
/// If a neighbour has no topic, or a topic no such parent.
pub fn place(parents: &[Option<u32>], finest: &[u32], nearest: &NearestRows) -> Vec<Placement> {
    let mut votes = vec![0_u64; parents.len()];
    (0..nearest.len())
        .map(|row| {
            votes.fill(0);
            let mut leaves: Vec<u32> = Vec::new();
            for (neighbor, similarity) in nearest.of(row) {
                // A neighbour on the other side still is the nearest there is.
                let vote = u64::try_from(similarity).unwrap_or(0).max(1);
                let leaf = finest[neighbor as usize];
                leaves.push(leaf);
                let mut at = Some(leaf);
                while let Some(topic) = at {
                    votes[topic as usize] += vote;
                    at = parents[topic as usize];
                }
            }
            let mut found = None;
            while let Some(heavier) = heaviest(parents, &votes, found) {
                found = Some(heavier);
            }
            let topic = found.expect("a new paper has neighbours, and they have topics");
            let own = votes[topic as usize] as f64;
            let others = leaves.iter().filter(|&&leaf| leaf != topic);
            let other = others.map(|&leaf| votes[leaf as usize]).max().unwrap_or(0) as f64;
            #[expect(clippy::cast_possible_truncation, reason = "a share is at most 1")]
            let strength = (own / (own + other)) as f32;
            Placement { topic, strength }
        })
        .collect()
}

/// The child of `parent` with most votes.
fn heaviest(parents: &[Option<u32>], votes: &[u64], parent: Option<u32>) -> Option<u32> {
    let children = (0..).zip(parents).filter(|&(_, &of)| of == parent);
    let voted = children
        .map(|(child, _)| child)
        .filter(|&child: &u32| votes[child as usize] > 0);
    voted.max_by_key(|&child| (votes[child as usize], u32::MAX - child))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two fields, 0 of 2 and 3, and 1 of 4 and 5; rows 0 to 3 are in 2 to 5.
    const PARENTS: [Option<u32>; 6] = [None, None, Some(0), Some(0), Some(1), Some(1)];
    const FINEST: [u32; 4] = [2, 3, 4, 5];

    fn placed(neighbors: [(u32, i32); 3]) -> Placement {
        place(&PARENTS, &FINEST, &NearestRows::from_lists(3, neighbors))[0]
    }

    #[test]
    fn the_field_is_decided_before_the_topic() {
        // The single heaviest topic is 4, but most similarity lies in field 0.
        let found = placed([(2, 50), (0, 40), (1, 30)]);
        assert_eq!(found.topic, 2);
        assert!((found.strength - 40.0 / 90.0).abs() < 1e-6);
    }

    #[test]
    fn equal_votes_go_to_the_first() {
        assert_eq!(placed([(3, 10), (2, 10), (2, 0)]).topic, 4);
        assert_eq!(placed([(3, 10), (1, 10), (1, -5)]).topic, 3);
    }

    #[test]
    fn papers_far_from_everything_are_placed_weakly() {
        let found = placed([(0, -3), (2, -7), (3, -9)]);
        assert_eq!(found.topic, 4);
        assert!((found.strength - 0.5).abs() < 1e-6);
    }

    #[test]
    fn no_new_paper_needs_no_topic() {
        assert!(place(&[], &[], &NearestRows::from_lists(0, [])).is_empty());
    }
}
