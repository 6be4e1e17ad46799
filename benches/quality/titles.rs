//! The abstract that belongs to a title.

use std::path::Path;

use anyhow::Result;
use kindred_core::Role;
use kindred_rank::metrics::reciprocal_rank;
use rayon::prelude::*;

use crate::Bench;
use crate::data::{JudgedPaper, positions, read, sample_order};
use crate::results::Values;
use crate::table::Row;

/// Papers of the sample.
const PAPERS: usize = 10_000;

pub(crate) fn run(data: &Path, bench: &Bench<'_>) -> Result<Vec<Row>> {
    let name = "title to abstract";
    let key = bench.search_key(&format!("{name}, {PAPERS} papers"), &data.join("corpus"))?;
    let values = bench.results.get(&key, || measure(data, bench))?;
    bench.progress(name, "all");
    let values: Vec<f64> = values.iter().map(|row| row[0]).collect();
    Ok(vec![Row::mean(name, "MRR@10", &values)])
}

fn measure(data: &Path, bench: &Bench<'_>) -> Result<Values> {
    let papers: Vec<JudgedPaper> = read(&data.join("corpus/arxiv-recent.jsonl.zst"))?;
    let positions = positions(&papers);
    let with_abstract = papers
        .iter()
        .filter(|paper| !paper.abstract_text.is_empty());
    let order = sample_order(
        "title-to-abstract",
        0,
        with_abstract.map(|paper| paper.id.as_str()),
    );
    let chosen: Vec<&JudgedPaper> = order
        .into_iter()
        .take(PAPERS)
        .map(|id| &papers[positions[id]])
        .collect();
    let titles: Vec<String> = chosen.iter().map(|paper| paper.title.clone()).collect();
    let abstracts: Vec<String> = chosen
        .iter()
        .map(|paper| paper.abstract_text.clone())
        .collect();
    let search = bench.source.search(&abstracts, (&titles, Role::Query))?;
    Ok((0..chosen.len())
        .into_par_iter()
        .map(|row| {
            let found = search.nearest(row, 10, |_| true);
            let hits: Vec<bool> = found.iter().map(|&hit| hit == row).collect();
            vec![reciprocal_rank(&hits)]
        })
        .collect())
}
