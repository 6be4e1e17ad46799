//! Abstracts that bear on a claim, through a real library: by meaning, by words, fused.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use anyhow::{Context as _, Result};
use kindred_core::Role;
use kindred_engine::{
    Control, FUSION_DEPTH, ImportRequest, Input, Library, ModelShelf, SearchMode, SearchQuery,
    Selection, WordQuery,
};
use kindred_rank::metrics::{ndcg_at, recall_at};
use kindred_rank::weighted_rank_fusion;
use rayon::prelude::*;
use serde::Deserialize;

use crate::Bench;
use crate::data::{JudgedPaper, read};
use crate::results::Values;
use crate::table::Row;

#[derive(Debug, Deserialize)]
struct Claim {
    query: String,
    relevant: Vec<String>,
}

pub(crate) fn run(data: &Path, encoder: &str) -> Result<Vec<Row>> {
    let folder = data.join("eval/claims");
    let claims: Vec<Claim> = read(&folder.join("queries.jsonl.zst"))?;
    let place = tempfile::tempdir()?;
    let library = library(&folder, encoder, place.path())?;
    let mut rows = Vec::new();
    for (mode, name) in [
        (SearchMode::Meaning, "claims: meaning"),
        (SearchMode::Words, "claims: words (BM25)"),
        (SearchMode::Fused, "claims: fused"),
    ] {
        let mut ndcg = Vec::with_capacity(claims.len());
        let mut recall = Vec::with_capacity(claims.len());
        for claim in &claims {
            let words: WordQuery = claim
                .query
                .parse()
                .with_context(|| format!("parsing `{}`", claim.query))?;
            let answer = library.search(&SearchQuery {
                words,
                selection: Selection::default(),
                limit: 10,
                mode,
            })?;
            let hits: Vec<bool> = answer
                .results
                .iter()
                .map(|hit| claim.relevant.contains(&hit.paper.id.to_string()))
                .collect();
            ndcg.push(ndcg_at(&hits, claim.relevant.len(), 10));
            recall.push(recall_at(&hits, claim.relevant.len(), 10));
        }
        rows.push(Row::mean(name, "nDCG@10", &ndcg));
        rows.push(Row::mean(name, "recall@10", &recall));
    }
    Ok(rows)
}

/// Ranks all abstracts by their likeness to each claim, without a library.
pub(crate) fn without_library(data: &Path, bench: &Bench<'_>) -> Result<Vec<Row>> {
    let name = "claims: vectors";
    let key = bench.search_key(name, &data.join("eval/claims"))?;
    let values = bench.results.get(&key, || measure(data, bench))?;
    bench.progress(name, "all");
    let column = |measure: usize| -> Vec<f64> { values.iter().map(|row| row[measure]).collect() };
    Ok(vec![
        Row::mean(name, "nDCG@10", &column(0)),
        Row::mean(name, "recall@10", &column(1)),
    ])
}

fn measure(data: &Path, bench: &Bench<'_>) -> Result<Values> {
    let folder = data.join("eval/claims");
    let claims: Vec<Claim> = read(&folder.join("queries.jsonl.zst"))?;
    let papers: Vec<JudgedPaper> = read(&folder.join("papers.jsonl.zst"))?;
    let texts: Vec<String> = papers.iter().map(JudgedPaper::text).collect();
    let queries: Vec<String> = claims.iter().map(|claim| claim.query.clone()).collect();
    let search = bench.source.search(&texts, (&queries, Role::Query))?;
    let values = claims.par_iter().enumerate().map(|(row, claim)| {
        let found = search.nearest(row, 10, |_| true);
        let hits: Vec<bool> = found
            .iter()
            .map(|&hit| claim.relevant.contains(&papers[hit].id))
            .collect();
        let relevant = claim.relevant.len();
        vec![ndcg_at(&hits, relevant, 10), recall_at(&hits, relevant, 10)]
    });
    Ok(values.collect())
}

/// Prints the quality of weighted reciprocal-rank fusion over its two parameters.
pub(crate) fn fusion_grid(data: &Path, encoder: &str) -> Result<Vec<Row>> {
    let folder = data.join("eval/claims");
    let claims: Vec<Claim> = read(&folder.join("queries.jsonl.zst"))?;
    let place = tempfile::tempdir()?;
    let library = library(&folder, encoder, place.path())?;
    let list = |claim: &Claim, mode: SearchMode| -> Result<Vec<String>> {
        let words: WordQuery = claim.query.parse()?;
        let selection = Selection::default();
        let query = SearchQuery {
            words,
            selection,
            limit: FUSION_DEPTH,
            mode,
        };
        let results = library.search(&query)?.results;
        Ok(results
            .into_iter()
            .map(|hit| hit.paper.id.to_string())
            .collect())
    };
    let mut lists = Vec::with_capacity(claims.len());
    for claim in &claims {
        lists.push((
            list(claim, SearchMode::Words)?,
            list(claim, SearchMode::Meaning)?,
        ));
    }
    let mut rows = Vec::new();
    for constant in [1.0, 5.0, 10.0, 20.0, 60.0] {
        for weight in [0.1, 0.2, 0.3, 0.5, 0.75, 1.0] {
            let ndcg: Vec<f64> = claims
                .iter()
                .zip(&lists)
                .map(|(claim, (words, meaning))| {
                    let fused = weighted_rank_fusion(
                        &[(words.as_slice(), 1.0), (meaning.as_slice(), weight)],
                        constant,
                    );
                    let hits: Vec<bool> = fused
                        .iter()
                        .take(10)
                        .map(|(id, _)| claim.relevant.contains(id))
                        .collect();
                    ndcg_at(&hits, claim.relevant.len(), 10)
                })
                .collect();
            rows.push(Row::mean(
                format!("fusion, constant {constant}, meaning x {weight}"),
                "nDCG@10",
                &ndcg,
            ));
        }
    }
    Ok(rows)
}

fn library(folder: &Path, encoder: &str, place: &Path) -> Result<Library> {
    let mut library = Library::create(place)?;
    let stop = AtomicBool::new(false);
    let control = Control {
        progress: &|_| {},
        stop: &stop,
    };
    library.use_encoder(&ModelShelf::new(place).find(encoder)?)?;
    let inputs = [Input::File(folder.join("papers.jsonl.zst"))];
    let now = "2026-04-07T00:00:00Z".parse()?;
    library.import(
        &ImportRequest {
            inputs: &inputs,
            now,
        },
        &control,
    )?;
    library.embed(&control)?;
    Ok(library)
}
