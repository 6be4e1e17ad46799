//! Whether papers of one category lie together: k-means, told the number of categories.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Result;
use kindred_core::paper_text;
use kindred_topics::metrics::{adjusted_mutual_information, v_measure};

use crate::Bench;
use crate::source::Rows;
use crate::table::Row;
use crate::topics::SetName;

mod kmeans;

/// Runs of k-means. The interval of a mean is over these alone: it says what the start changes,
/// not what other papers would.
const SEEDS: u64 = 10;

/// Measures on each set whose categories were drawn for, or as they come. Gold is the primary
/// category.
pub(crate) fn run(data: &Path, bench: &Bench<'_>, sets: &[SetName]) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for set in sets.iter().filter(|set| set.has_gold()) {
        let name = format!("clusters: {}", set.as_str());
        let key = bench.search_key(&format!("{name}, {SEEDS} seeds"), &data.join("corpus"))?;
        let values = bench.results.get(&key, || {
            let papers = set.draw(data)?;
            let texts: Vec<String> = (papers.iter())
                .map(|paper| paper_text(&paper.title, &paper.abstract_text))
                .collect();
            let categories: Vec<&str> = (papers.iter())
                .map(|paper| paper.category.as_str())
                .collect();
            let [points] = bench.source.read([&texts])?;
            bench.progress(&name, "read");
            agreement(&points, &categories)
        })?;
        bench.progress(&name, "k-means");
        let column =
            |measure: usize| -> Vec<f64> { values.iter().map(|row| row[measure]).collect() };
        rows.push(Row::mean(name.clone(), "V-measure", &column(0)));
        rows.push(Row::mean(name, "AMI", &column(1)));
    }
    Ok(rows)
}

/// V-measure and adjusted mutual information of each seed's clusters with the categories.
fn agreement(points: &Rows, categories: &[&str]) -> Result<Vec<Vec<f64>>> {
    let names: BTreeSet<&str> = categories.iter().copied().collect();
    let names: Vec<&str> = names.into_iter().collect();
    let gold: Vec<u32> = (categories.iter())
        .map(|name| Ok(u32::try_from(names.partition_point(|other| other < name))?))
        .collect::<Result<_>>()?;
    Ok((0..SEEDS)
        .map(|seed| {
            let clusters = kmeans::clusters(points, names.len(), seed);
            vec![
                v_measure(&gold, &clusters),
                adjusted_mutual_information(&gold, &clusters),
            ]
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use kindred_core::{Embeddings, UnitVector};

    use super::*;

    #[test]
    fn categories_that_lie_apart_are_found_and_mixed_ones_are_not() {
        let mut rows = Embeddings::with_capacity(3, 60);
        for place in 0..60_u8 {
            let mut vector = vec![0.05 * f32::from(place % 7), 0.0, 0.02];
            vector[usize::from(place % 3)] += 1.0;
            let vector = UnitVector::new(vector).expect("not zero");
            rows.push(&vector).expect("three dimensions");
        }
        let points = Rows::Dense(rows);
        let apart: Vec<&str> = (0..60).map(|place| ["a", "b", "c"][place % 3]).collect();
        let mixed: Vec<&str> = (0..60).map(|place| ["a", "b", "c"][place / 20]).collect();
        let mean = |categories: &[&str], measure: usize| {
            let values = agreement(&points, categories).expect("few categories");
            assert_eq!(values.len(), 10);
            values.iter().map(|row| row[measure]).sum::<f64>() / 10.0
        };
        for measure in [0, 1] {
            assert!(mean(&apart, measure) > 0.95, "{}", mean(&apart, measure));
            assert!(mean(&mixed, measure) < 0.2, "{}", mean(&mixed, measure));
        }
    }
}
