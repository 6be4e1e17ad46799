//! What people added later, among all that arrived: the feed's own question.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Result;
use kindred_core::{Embeddings, Role};
use kindred_rank::metrics::{ndcg_at, recall_at, reciprocal_rank};
use kindred_rank::{
    MaxCosine, MeanCosine, RankError, RankOptions, ScoreCandidates, TopMeanCosine, TrainingSet,
};
use rayon::prelude::*;
use serde::Deserialize;

use crate::data::{JudgedPaper, positions, read, sample_order};
use crate::table::Row;
use crate::vectors::VectorCache;

/// Known papers that every ranker may use as background.
const BACKGROUND: usize = 3_000;
/// Sizes of the known library that are reported apart.
const SIZES: [usize; 5] = [1, 3, 10, 30, 100];

#[derive(Debug, Deserialize)]
struct UserLibrary {
    papers: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Profile {
    seeds: Vec<String>,
    positives: Vec<String>,
}

/// One person's question: rows of the known matrix, rows of the arrivals matrix.
#[derive(Debug, Clone)]
struct Question {
    known: Vec<usize>,
    wanted: BTreeSet<usize>,
}

/// One part of the product's ranker alone, under its own name.
#[derive(Debug)]
struct Part(RankOptions, &'static str);

impl ScoreCandidates for Part {
    fn name(&self) -> &'static str {
        self.1
    }

    fn score_all(
        &self,
        set: &TrainingSet<'_>,
        candidates: &Embeddings,
    ) -> Result<Vec<f64>, RankError> {
        self.0.score_all(set, candidates)
    }
}

fn rankers() -> Vec<Box<dyn ScoreCandidates>> {
    let regression = RankOptions {
        closeness_weight: 0.0,
        ..RankOptions::default()
    };
    vec![
        Box::new(MeanCosine),
        Box::new(MaxCosine),
        Box::new(TopMeanCosine::default()),
        Box::new(Part(regression, "logistic-regression")),
        Box::new(RankOptions::default()),
    ]
}

/// Users of `CiteULike`: a fifth of all papers arrives, the rest is known.
pub(crate) fn citeulike(data: &Path, cache: &VectorCache<'_>, by_size: bool) -> Result<Vec<Row>> {
    let folder = data.join("eval/citeulike");
    let papers: Vec<JudgedPaper> = read(&folder.join("papers.jsonl.zst"))?;
    let libraries: Vec<UserLibrary> = read(&folder.join("libraries.jsonl.zst"))?;
    let order = sample_order("arrivals", 0, papers.iter().map(|paper| paper.id.as_str()));
    let position = positions(&papers);
    let arriving = order.len() / 5;
    let mut row_of = vec![(false, 0); papers.len()];
    for (place, id) in order.iter().enumerate() {
        let (arrives, row) = if place < arriving {
            (true, place)
        } else {
            (false, place - arriving)
        };
        row_of[position[id]] = (arrives, row);
    }
    let text = |id: &&str| papers[position[id]].text();
    let arrivals: Vec<String> = order[..arriving].iter().map(text).collect();
    let known: Vec<String> = order[arriving..].iter().map(text).collect();
    let arrivals = cache.encode(&arrivals, Role::Document)?;
    let known = cache.encode(&known, Role::Document)?;

    let questions: Vec<Question> = libraries
        .iter()
        .map(|library| {
            let rows = library
                .papers
                .iter()
                .filter_map(|id| position.get(id.as_str()));
            let (arrived, owned): (Vec<_>, Vec<_>) = rows
                .map(|&place| row_of[place])
                .partition(|(arrives, _)| *arrives);
            Question {
                known: owned.into_iter().map(|(_, row)| row).collect(),
                wanted: arrived.into_iter().map(|(_, row)| row).collect(),
            }
        })
        .filter(|question| question.known.len() >= 5 && question.wanted.len() >= 2)
        .collect();
    let mut rows = measure("arrivals", &questions, &known, &arrivals);
    if by_size {
        for size in SIZES {
            // Rows are in the protocol's random order, so the first ones are a sample.
            let smaller: Vec<Question> = questions
                .iter()
                .filter(|question| question.known.len() >= size)
                .map(|question| {
                    let mut first = question.known.clone();
                    first.sort_unstable();
                    first.truncate(size);
                    Question {
                        known: first,
                        wanted: question.wanted.clone(),
                    }
                })
                .collect();
            rows.extend(measure(
                &format!("arrivals, {size} known"),
                &smaller,
                &known,
                &arrivals,
            ));
        }
    }
    Ok(rows)
}

/// Researchers: their earlier papers are known, their later ones arrive.
pub(crate) fn authors(data: &Path, cache: &VectorCache<'_>, thin: usize) -> Result<Vec<Row>> {
    let folder = data.join("eval/authors");
    let known: Vec<JudgedPaper> = read(&folder.join("known.jsonl.zst"))?;
    let all: Vec<JudgedPaper> = read(&folder.join("arrivals.jsonl.zst"))?;
    let profiles: Vec<Profile> = read(&folder.join("profiles.jsonl.zst"))?;
    let positives: BTreeSet<&str> = profiles
        .iter()
        .flat_map(|profile| &profile.positives)
        .map(String::as_str)
        .collect();
    let rest = all
        .iter()
        .map(|p| p.id.as_str())
        .filter(|id| !positives.contains(id));
    let order = sample_order("authors", 0, rest);
    let kept: BTreeSet<&str> = order
        .iter()
        .copied()
        .take(order.len() / thin.max(1))
        .collect();
    let arrivals: Vec<JudgedPaper> = all
        .iter()
        .filter(|p| positives.contains(p.id.as_str()) || kept.contains(p.id.as_str()))
        .cloned()
        .collect();

    let known_order = sample_order("authors", 0, known.iter().map(|paper| paper.id.as_str()));
    let known_at = positions(&known);
    let known: Vec<JudgedPaper> = known_order
        .iter()
        .map(|id| known[known_at[id]].clone())
        .collect();
    let known_at = positions(&known);
    let arrival_at = positions(&arrivals);
    let questions: Vec<Question> = profiles
        .iter()
        .map(|profile| Question {
            known: profile
                .seeds
                .iter()
                .filter_map(|id| known_at.get(id.as_str()).copied())
                .collect(),
            wanted: profile
                .positives
                .iter()
                .filter_map(|id| arrival_at.get(id.as_str()).copied())
                .collect(),
        })
        .filter(|question| !question.known.is_empty() && !question.wanted.is_empty())
        .collect();
    let text = |papers: &[JudgedPaper]| papers.iter().map(JudgedPaper::text).collect::<Vec<_>>();
    let known_vectors = cache.encode(&text(&known), Role::Document)?;
    let arrival_vectors = cache.encode(&text(&arrivals), Role::Document)?;
    let name = format!("authors, {} arrivals", arrivals.len());
    Ok(measure(&name, &questions, &known_vectors, &arrival_vectors))
}

fn measure(
    name: &str,
    questions: &[Question],
    known: &Embeddings,
    arrivals: &Embeddings,
) -> Vec<Row> {
    let mut rows = Vec::new();
    for ranker in rankers() {
        let scores: Vec<[f64; 3]> = questions
            .par_iter()
            .map(|question| ask(ranker.as_ref(), question, known, arrivals))
            .collect();
        let column = |metric: usize| scores.iter().map(|s| s[metric]).collect::<Vec<f64>>();
        let task = format!("{name}: {}", ranker.name());
        rows.push(Row::mean(task.clone(), "nDCG@20", &column(0)));
        rows.push(Row::mean(task.clone(), "recall@50", &column(1)));
        rows.push(Row::mean(task, "MRR", &column(2)));
    }
    rows
}

fn ask(
    ranker: &dyn ScoreCandidates,
    question: &Question,
    known: &Embeddings,
    arrivals: &Embeddings,
) -> [f64; 3] {
    let own: BTreeSet<usize> = question.known.iter().copied().collect();
    // Known rows are in the protocol's random order: the first ones are the sample.
    let background: Vec<usize> = (0..known.len())
        .filter(|row| !own.contains(row))
        .take(BACKGROUND)
        .collect();
    let set = TrainingSet {
        likes: &gather(known, &question.known),
        dislikes: &Embeddings::with_capacity(known.dimension(), 0),
        background: &gather(known, &background),
    };
    let scores = ranker
        .score_all(&set, arrivals)
        .expect("every question has a liked paper");
    let mut order: Vec<usize> = (0..arrivals.len()).collect();
    order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]).then(a.cmp(&b)));
    let hits: Vec<bool> = order
        .iter()
        .map(|row| question.wanted.contains(row))
        .collect();
    let relevant = question.wanted.len();
    [
        ndcg_at(&hits, relevant, 20),
        recall_at(&hits, relevant, 50),
        reciprocal_rank(&hits),
    ]
}

fn gather(vectors: &Embeddings, rows: &[usize]) -> Embeddings {
    let mut gathered = Embeddings::with_capacity(vectors.dimension(), rows.len());
    for &row in rows {
        gathered
            .push(&vectors.unit_vector(row))
            .expect("rows of one matrix have one dimension");
    }
    gathered
}
