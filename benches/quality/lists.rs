//! What diversity and balance between interests cost and bring, by the arrivals protocol.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Result;
use kindred_core::dot;
use kindred_rank::metrics::{ndcg_at, recall_at};
use kindred_rank::{Facets, Placed, SelectionOptions, select};
use rayon::prelude::*;

use crate::Bench;
use crate::arrivals::{Question, Stream, citeulike_stream};
use crate::results::{Comparison, Values};

/// Known papers that a person must have: fewer seldom hold several interests.
const MIN_KNOWN: usize = 30;
/// Places of a list.
const PLACES: usize = 20;
const MEASURES: [&str; 4] = [
    "nDCG@20",
    "recall@20",
    "distance within the list",
    "interests reached",
];

/// Ways to make a list: diversity, and whether interests are balanced.
const WAYS: [(&str, f64, bool); 7] = [
    ("by score", 0.0, false),
    ("diversity 0.1", 0.1, false),
    ("diversity 0.2", 0.2, false),
    ("diversity 0.3", 0.3, false),
    ("diversity 0.5", 0.5, false),
    ("balanced", 0.0, true),
    ("balanced, diversity 0.2", 0.2, true),
];

pub(crate) fn run(data: &Path, bench: &Bench<'_>) -> Result<Vec<Comparison>> {
    let stream = citeulike_stream(data, bench)?;
    let questions: Vec<&Question> = (stream.questions.iter())
        .filter(|question| question.known.len() >= MIN_KNOWN)
        .collect();
    let asked: Vec<Vec<Vec<f64>>> = (questions.par_iter())
        .map(|question| ask(question, &stream))
        .collect::<Result<_>>()?;
    let values: Vec<(String, Values)> = (WAYS.iter().enumerate())
        .map(|(way, (name, ..))| {
            let of_way = asked.iter().map(|ways| ways[way].clone());
            ((*name).to_owned(), of_way.collect())
        })
        .collect();
    bench.progress("lists", "done");
    Ok(vec![Comparison::new(
        (&bench.encoder, "lists of 20, 30 or more known"),
        "users",
        &MEASURES,
        &values,
    )])
}

/// The measures of every way.
fn ask(question: &Question, stream: &Stream) -> Result<Vec<Vec<f64>>> {
    let ranker = stream.ranker(question)?;
    let arrivals = stream.arrivals();
    let placed = arrivals.placed.expect("arrivals of a stream are placed");
    let facets = Facets::find(
        ranker
            .placed_likes()
            .expect("the ranker measures distances"),
    );
    let ranked = ranker.rank(arrivals)?;
    let order: Vec<usize> = ranked.iter().map(|ranked| ranked.row).collect();
    let mut probabilities = vec![0.0; order.len()];
    for ranked in &ranked {
        probabilities[ranked.row] = ranked.probability;
    }
    let measured = WAYS.iter().map(|&(_, diversity, proportional)| {
        let options = SelectionOptions {
            limit: PLACES,
            diversity,
            proportional,
            exploration: 0,
        };
        let list = select(&order, &probabilities, (placed, &facets), &options);
        let list: Vec<usize> = list.into_iter().map(|(row, _)| row).collect();
        let hits: Vec<bool> = (list.iter())
            .map(|row| question.wanted.contains(row))
            .collect();
        let wanted = question.wanted.len();
        vec![
            ndcg_at(&hits, wanted, PLACES),
            recall_at(&hits, wanted, PLACES),
            distance_within(&list, stream),
            interests_reached(&list, question, (placed, &facets)),
        ]
    });
    Ok(measured.collect())
}

/// Mean of one minus the cosine of two papers of a list.
fn distance_within(list: &[usize], stream: &Stream) -> f64 {
    let vectors = stream.arrivals.all(None).vectors;
    let mut distances = Vec::new();
    for (place, &row) in list.iter().enumerate() {
        for &other in &list[..place] {
            distances.push(1.0 - f64::from(dot(vectors.row(row), vectors.row(other))));
        }
    }
    distances.iter().sum::<f64>() / distances.len().max(1) as f64
}

/// Of the interests that wanted papers belong to, the share that a wanted paper of the list
/// belongs to.
fn interests_reached(
    list: &[usize],
    question: &Question,
    (placed, facets): (&Placed, &Facets),
) -> f64 {
    let interests = |rows: &mut dyn Iterator<Item = &usize>| -> BTreeSet<usize> {
        rows.map(|&row| facets.of(placed, row)).collect()
    };
    let all = interests(&mut question.wanted.iter());
    let hits = list.iter().filter(|row| question.wanted.contains(row));
    let reached = interests(&mut hits.into_iter());
    reached.len() as f64 / all.len() as f64
}
