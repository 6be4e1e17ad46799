//! The abstract that belongs to a title.

use std::path::Path;

use anyhow::Result;
use kindred_core::{Role, exact_top_k};
use kindred_rank::metrics::reciprocal_rank;
use rayon::prelude::*;

use crate::data::{JudgedPaper, positions, read, sample_order};
use crate::table::Row;
use crate::vectors::VectorCache;

/// Papers of the sample.
const PAPERS: usize = 10_000;

pub(crate) fn run(data: &Path, cache: &VectorCache<'_>) -> Result<Vec<Row>> {
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
    let titles = cache.encode(&titles, Role::Query)?;
    let abstracts = cache.encode(&abstracts, Role::Document)?;
    let scores: Vec<f64> = (0..chosen.len())
        .into_par_iter()
        .map(|row| {
            let found = exact_top_k(&titles.unit_vector(row), &abstracts, 10, |_| true);
            let hits: Vec<bool> = found.iter().map(|hit| hit.key == row).collect();
            reciprocal_rank(&hits)
        })
        .collect();
    Ok(vec![Row::mean("title to abstract", "MRR@10", &scores)])
}
