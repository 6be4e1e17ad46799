//! Whether the interests of a mixed set are found: likes of several researchers put together.

use std::path::Path;

use anyhow::Result;
use kindred_rank::Facets;
use kindred_topics::metrics::adjusted_rand_index;

use crate::Bench;
use crate::arrivals::{Question, authors_stream};
use crate::table::Row;

/// Mixtures of each number of researchers.
const MIXTURES: usize = 60;
/// Most researchers in a mixture.
const MOST: usize = 4;
/// Earlier papers that a researcher of a mixture has, at least.
const MIN_PAPERS: usize = 8;

pub(crate) fn run(data: &Path, bench: &Bench<'_>, thin: usize) -> Result<Vec<Row>> {
    let stream = authors_stream(data, bench, thin)?;
    let researchers: Vec<&Question> = (stream.questions.iter())
        .filter(|question| question.known.len() >= MIN_PAPERS)
        .collect();
    let mut rows = Vec::new();
    for mixed in 1..=MOST {
        let (mut found, mut agreement) = (Vec::new(), Vec::new());
        for mixture in 0..MIXTURES {
            let (mut likes, mut truth) = (Vec::new(), Vec::new());
            for place in 0..mixed {
                let label = u32::try_from(place)?;
                // A step that shares no factor with most numbers of researchers.
                let researcher = (mixture + place * 97) % researchers.len();
                for &row in &researchers[researcher].known {
                    if !likes.contains(&row) {
                        likes.push(row);
                        truth.push(label);
                    }
                }
            }
            let placed = stream.known.gather(&likes, None);
            let facets = Facets::find(&stream.space()?.place(placed.papers().vectors));
            // The table prints shares in percent, which for a number is the number itself.
            found.push(facets.len() as f64 / 100.0);
            let labels = facets.of_likes().iter().map(|&facet| u32::try_from(facet));
            let labels: Vec<u32> = labels.collect::<Result<_, _>>()?;
            agreement.push(adjusted_rand_index(&labels, &truth));
        }
        let task = format!("interests of {mixed} researchers");
        rows.push(Row::mean(task.clone(), "number found", &found));
        rows.push(Row::mean(task, "adjusted Rand index", &agreement));
    }
    Ok(rows)
}
