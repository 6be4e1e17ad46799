//! Abstracts that bear on a claim, through a real library: by meaning, by words, fused.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use anyhow::{Context as _, Result};
use kindred_engine::{
    Control, ImportRequest, Input, Library, ModelShelf, SearchMode, SearchQuery, Selection,
    WordQuery,
};
use kindred_rank::metrics::{ndcg_at, recall_at};
use serde::Deserialize;

use crate::data::read;
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
            let words: WordQuery =
                claim.query.parse().with_context(|| format!("parsing `{}`", claim.query))?;
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

fn library(folder: &Path, encoder: &str, place: &Path) -> Result<Library> {
    let mut library = Library::create(place)?;
    let stop = AtomicBool::new(false);
    let control = Control { progress: &|_| {}, stop: &stop };
    library.use_encoder(&ModelShelf::new(place).find(encoder)?)?;
    let inputs = [Input::File(folder.join("papers.jsonl.zst"))];
    let now = "2026-04-07T00:00:00Z".parse()?;
    library.import(&ImportRequest { inputs: &inputs, now }, &control)?;
    library.embed(&control)?;
    Ok(library)
}
