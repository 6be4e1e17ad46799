//! Cited papers among all others, by similarity alone.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Result;
use kindred_core::{Role, exact_top_k};
use kindred_rank::metrics::{ndcg_at, recall_at};
use rayon::prelude::*;
use serde::Deserialize;

use crate::data::{JudgedPaper, positions, read, sample_order};
use crate::table::Row;
use crate::vectors::VectorCache;

/// Papers asked about.
const QUERIES: usize = 2_000;

#[derive(Debug, Deserialize)]
struct Links {
    id: String,
    linked: Vec<String>,
}

pub(crate) fn run(data: &Path, cache: &VectorCache<'_>) -> Result<Vec<Row>> {
    let folder = data.join("eval/citeulike");
    let papers: Vec<JudgedPaper> = read(&folder.join("papers.jsonl.zst"))?;
    let links: Vec<Links> = read(&folder.join("links.jsonl.zst"))?;
    let positions = positions(&papers);
    let texts: Vec<String> = papers.iter().map(JudgedPaper::text).collect();
    let vectors = cache.encode(&texts, Role::Document)?;

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
    let scores: Vec<(f64, f64)> = queries
        .par_iter()
        .map(|(own, cited)| {
            let query = vectors.unit_vector(*own);
            let found = exact_top_k(&query, &vectors, 20, |row| row != *own);
            let hits: Vec<bool> = found.iter().map(|hit| cited.contains(&hit.key)).collect();
            (
                ndcg_at(&hits, cited.len(), 10),
                recall_at(&hits, cited.len(), 20),
            )
        })
        .collect();
    let (ndcg, recall): (Vec<f64>, Vec<f64>) = scores.into_iter().unzip();
    Ok(vec![
        Row::mean("citations", "nDCG@10", &ndcg),
        Row::mean("citations", "recall@20", &recall),
    ])
}
