//! From scores to a list: proportion between interests, diversity, places for exploration.

use kindred_core::dot;

use crate::facets::Facets;
use crate::space::Placed;

/// How a list is made of scores.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SelectionOptions {
    /// Places of the list.
    pub limit: usize,
    /// How much a paper loses for being like one that stands above it, in `[0, 1]`: 0 is the order
    /// of the scores. Default 0.
    pub diversity: f64,
    /// Whether every interest gets places in proportion to what is expected to be kept of it.
    /// Default `false`.
    pub proportional: bool,
    /// Places, the last ones, for papers between two interests. Default 0.
    pub exploration: usize,
}

/// Why a paper has its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// By its score, with what diversity and proportion make of it.
    Ranked,
    /// To explore what lies between these two interests.
    Between(usize, usize),
}

/// Chooses the papers of a list: rows of `placed`, in order.
///
/// `order` are the rows that may be chosen, best first; `probabilities` those of all rows. Diversity is maximal marginal relevance (Carbonell
/// and Goldstein, SIGIR 1998): the next paper has the largest `(1 - diversity) * relevance -
/// diversity * similarity` to the closest one chosen, relevance being the share of the candidates
/// that it ranks above, similarity the cosine in the space. Proportion gives the next place to the
/// interest of the largest quotient `expected / (2 * places + 1)` (Sainte-Laguë, as in PM-2 by
/// Dang and Croft, SIGIR 2012).
///
/// # Panics
/// If there are fewer probabilities than placed papers, or the other way round.
pub fn select(
    order: &[usize],
    probabilities: &[f64],
    (placed, facets): (&Placed, &Facets),
    options: &SelectionOptions,
) -> Vec<(usize, Place)> {
    assert_eq!(probabilities.len(), placed.len(), "one for each paper");
    let explored = options.exploration.min(options.limit) * usize::from(facets.len() > 1);
    let places = (options.limit - explored).min(order.len());
    let mut chosen = if options.proportional && facets.len() > 1 {
        let of_row = |row: usize| facets.of(placed, row);
        proportional(order, probabilities, (of_row, facets.len()), places)
    } else {
        order.to_vec()
    };
    if options.diversity > 0.0 {
        chosen = diversified(&chosen, placed, options.diversity, places);
    }
    chosen.truncate(places);
    let mut list: Vec<(usize, Place)> = chosen.iter().map(|&row| (row, Place::Ranked)).collect();
    list.extend(between(order, &chosen, (placed, facets), explored));
    list
}

/// Orders the rows so that each interest has its share of the first `places`.
fn proportional(
    order: &[usize],
    probabilities: &[f64],
    (facet_of, facets): (impl Fn(usize) -> usize, usize),
    places: usize,
) -> Vec<usize> {
    let mut queues: Vec<Vec<usize>> = vec![Vec::new(); facets];
    let mut expected = vec![0.0_f64; facets];
    for &row in order {
        let facet = facet_of(row);
        queues[facet].push(row);
        expected[facet] += probabilities[row];
    }
    let mut taken = vec![0_usize; facets];
    let mut chosen = Vec::with_capacity(places);
    while chosen.len() < places {
        let next = (0..facets)
            .filter(|&facet| taken[facet] < queues[facet].len())
            .map(|facet| (expected[facet] / (2.0 * taken[facet] as f64 + 1.0), facet))
            .max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
        let Some((_, facet)) = next else {
            break;
        };
        chosen.push(queues[facet][taken[facet]]);
        taken[facet] += 1;
    }
    chosen
}

/// Maximal marginal relevance over the first rows of `order`.
fn diversified(order: &[usize], placed: &Placed, diversity: f64, places: usize) -> Vec<usize> {
    // What stands far below the list cannot enter it by being different alone.
    let pool = &order[..order.len().min(10 * places.max(1))];
    let mut left: Vec<(usize, f64, f64)> = (pool.iter().enumerate())
        .map(|(place, &row)| (row, 1.0 - place as f64 / pool.len() as f64, 0.0))
        .collect();
    let mut chosen = Vec::with_capacity(places);
    while chosen.len() < places && !left.is_empty() {
        let value = |&(_, relevance, similarity): &(usize, f64, f64)| {
            (1.0 - diversity) * relevance - diversity * similarity
        };
        let mut best = 0;
        for place in 1..left.len() {
            if value(&left[place]) > value(&left[best]) {
                best = place;
            }
        }
        let (row, ..) = left.remove(best);
        for other in &mut left {
            let similarity = f64::from(dot(placed.mapped(row), placed.mapped(other.0)));
            other.2 = other.2.max(similarity);
        }
        chosen.push(row);
    }
    chosen
}

/// The papers of the upper half that are closest to two interests at once, one for each pair of
/// interests before a pair has a second.
fn between(
    order: &[usize],
    chosen: &[usize],
    (placed, facets): (&Placed, &Facets),
    count: usize,
) -> Vec<(usize, Place)> {
    if count == 0 {
        return Vec::new();
    }
    let upper = &order[..order.len().div_ceil(2)];
    let mut found: Vec<(f32, usize, (usize, usize))> = (upper.iter())
        .filter(|row| !chosen.contains(row))
        .map(|&row| {
            let mut closeness: Vec<(f32, usize)> =
                facets.closeness(placed, row).into_iter().zip(0..).collect();
            closeness.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
            let pair = (
                closeness[0].1.min(closeness[1].1),
                closeness[0].1.max(closeness[1].1),
            );
            (closeness[1].0, row, pair)
        })
        .collect();
    found.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let mut pairs: Vec<(usize, usize)> = Vec::new();
    let mut list = Vec::with_capacity(count);
    // First the best of every pair, then the best of all.
    for is_first in [true, false] {
        for &(_, row, pair) in &found {
            let is_listed = list.iter().any(|&(listed, _)| listed == row);
            if list.len() < count && !is_listed && !(is_first && pairs.contains(&pair)) {
                pairs.push(pair);
                list.push((row, Place::Between(pair.0, pair.1)));
            }
        }
    }
    list
}

#[cfg(test)]
mod tests {
    use kindred_core::{Embeddings, UnitVector};

    use super::*;
    use crate::Space;

    fn rows(rows: &[[f32; 3]]) -> Embeddings {
        let mut vectors = Embeddings::with_capacity(3, rows.len());
        for row in rows {
            let vector = UnitVector::new(row.to_vec()).unwrap();
            vectors.push(&vector).unwrap();
        }
        vectors
    }

    /// Likes of two interests, and candidates: two of each and one between.
    fn case() -> (Placed, Facets) {
        let space = Space::fit(&Embeddings::with_capacity(3, 0));
        let likes = rows(&[
            [1.0, 0.0, 0.0],
            [1.0, 0.0, 0.1],
            [0.0, 1.0, 0.0],
            [0.0, 1.0, 0.1],
        ]);
        let candidates = rows(&[
            [1.0, 0.0, 0.0],
            [1.0, 0.01, 0.0],
            [0.0, 1.0, 0.0],
            [0.0, 1.0, 0.02],
            [1.0, 1.0, 0.0],
        ]);
        let facets = Facets::find(&space.place(&likes));
        assert_eq!(facets.len(), 2);
        (space.place(&candidates), facets)
    }

    fn listed(probabilities: &[f64], options: &SelectionOptions) -> Vec<(usize, Place)> {
        let (placed, facets) = case();
        let mut order: Vec<usize> = (0..probabilities.len()).collect();
        order.sort_by(|&a, &b| probabilities[b].total_cmp(&probabilities[a]).then(a.cmp(&b)));
        select(&order, probabilities, (&placed, &facets), options)
    }

    const PROBABILITIES: [f64; 5] = [0.9, 0.8, 0.3, 0.2, 0.25];

    fn options(limit: usize) -> SelectionOptions {
        SelectionOptions {
            limit,
            diversity: 0.0,
            proportional: false,
            exploration: 0,
        }
    }

    fn chosen(options: &SelectionOptions) -> Vec<usize> {
        let list = listed(&PROBABILITIES, options);
        list.into_iter().map(|(row, _)| row).collect()
    }

    #[test]
    fn without_wishes_the_order_is_that_of_the_scores() {
        assert_eq!(chosen(&options(9)), [0, 1, 2, 4, 3]);
        assert_eq!(chosen(&options(2)), [0, 1]);
        assert!(chosen(&options(0)).is_empty());
    }

    #[test]
    fn diversity_puts_another_kind_second() {
        let diverse = SelectionOptions {
            diversity: 0.5,
            ..options(2)
        };
        assert_eq!(chosen(&diverse), [0, 2]);
    }

    #[test]
    fn proportion_gives_every_interest_its_share() {
        let proportional = SelectionOptions {
            proportional: true,
            ..options(3)
        };
        // Expected: 1.7 of the first interest and its half of the tie, 0.5 of the second.
        let list = listed(&[0.5, 0.4, 0.3, 0.3, 0.0], &proportional);
        let rows: Vec<usize> = list.into_iter().map(|(row, _)| row).collect();
        assert_eq!(rows, [0, 2, 1]);
    }

    #[test]
    fn exploration_names_the_interests_that_it_lies_between() {
        let exploring = SelectionOptions {
            exploration: 1,
            ..options(3)
        };
        let list = listed(&[0.9, 0.8, 0.3, 0.2, 0.5], &exploring);
        let ranked = |row| (row, Place::Ranked);
        assert_eq!(list[..2], [ranked(0), ranked(1)]);
        assert_eq!(list[2], (4, Place::Between(0, 1)));
    }
}
