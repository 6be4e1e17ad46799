//! Cited papers among all others, by similarity alone.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Result;
use kindred_core::Role;
use kindred_rank::metrics::{ndcg_at, recall_at};
use rayon::prelude::*;
use serde::Deserialize;

use crate::Bench;
use crate::data::{JudgedPaper, positions, read, sample_order};
use crate::results::Values;
use crate::table::Row;

/// Papers asked about.
const QUERIES: usize = 2_000;

#[derive(Debug, Deserialize)]
struct Links {
    id: String,
    linked: Vec<String>,
}

pub(crate) fn run(data: &Path, bench: &Bench<'_>) -> Result<Vec<Row>> {
    let key = bench.search_key("citations", &data.join("eval/citeulike"))?;
    let values = bench.results.get(&key, || measure(data, bench))?;
    bench.progress("citations", "all");
    let column = |measure: usize| -> Vec<f64> { values.iter().map(|row| row[measure]).collect() };
    Ok(vec![
        Row::mean("citations", "nDCG@10", &column(0)),
        Row::mean("citations", "recall@20", &column(1)),
    ])
}

fn measure(data: &Path, bench: &Bench<'_>) -> Result<Values> {
    let folder = data.join("eval/citeulike");
    let papers: Vec<JudgedPaper> = read(&folder.join("papers.jsonl.zst"))?;
    let links: Vec<Links> = read(&folder.join("links.jsonl.zst"))?;
    let positions = positions(&papers);
    let texts: Vec<String> = papers.iter().map(JudgedPaper::text).collect();
    let search = bench.source.search(&texts, (&texts, Role::Document))?;

    let linked = links.iter().filter(|links| !links.linked.is_empty());
    let chosen: BTreeSet<&str> = sample_order("citations", 0, linked.map(|l| l.id.as_str()))
        .into_iter()
        .take(QUERIES)
        .collect();
    let queries: Vec<(usize, BTreeSet<usize>)> = links
        .iter()
        .filter(|links| chosen.contains(links.id.as_str()))
        .filter_map(|links| {
            let own = *positions.get(links.id.as_str())?;
            let cited: BTreeSet<usize> = links
                .linked
                .iter()
                .filter_map(|id| positions.get(id.as_str()).copied())
                .filter(|&position| position != own)
                .collect();
            (!cited.is_empty()).then_some((own, cited))
        })
        .collect();
    Ok(queries
        .par_iter()
        .map(|(own, cited)| {
            let found = search.nearest(*own, 20, |row| row != *own);
            let hits: Vec<bool> = found.iter().map(|row| cited.contains(row)).collect();
            vec![
                ndcg_at(&hits, cited.len(), 10),
                recall_at(&hits, cited.len(), 20),
            ]
        })
        .collect())
}
