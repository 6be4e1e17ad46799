//! The run from neighbours and texts to topics.

use std::sync::atomic::AtomicBool;

use kindred_core::Codes;
use rayon::prelude::*;

use crate::error::TopicError;
use crate::graph::Graph;
use crate::label::{Labels, PASSES};
use crate::merge::{dot_with_sum, sum_of_codes};
use crate::topic::{Stage, Topic, TopicInput, TopicOptions, TopicProgress, Topics};
use crate::tree::{Ground, Node};

/// Papers that represent a topic.
const REPRESENTATIVES: usize = 3;

/// Groups papers into a tree of topics.
///
/// `progress` hears of every stage from the calling thread. No paper gives no topics; a few give
/// one.
///
/// # Determinism
/// Equal input and options give equal topics on every machine and with any number of threads. The
/// order of the rows decides ties, so pass papers in the order of their ids.
///
/// # Errors
/// [`TopicError::Mismatch`] if there are not one text and one list of neighbours for each vector,
/// [`TopicError::Option`] if an option is outside its range, [`TopicError::TooMany`] beyond
/// 2^32 - 1 papers, [`TopicError::Stopped`] once `stop` is set.
pub fn cluster(
    input: &TopicInput<'_>,
    options: &TopicOptions,
    progress: &dyn Fn(TopicProgress),
    stop: &AtomicBool,
) -> Result<Topics, TopicError> {
    options.check()?;
    let papers = input.codes.len();
    check_lengths(input)?;
    if papers == 0 {
        return Ok(Topics::default());
    }
    let report = |stage, done, total| {
        progress(TopicProgress { stage, done, total });
    };
    let graph = if input.nearest.is_empty() {
        Graph::from_edges(papers, &[], vec![0; papers])
    } else {
        Graph::from_nearest(input.nearest)
    };
    let ground = Ground {
        graph: &graph,
        codes: input.codes,
        options,
        stop,
    };
    let nodes = ground.grow(&|done, total| report(Stage::Communities, done, total))?;
    let mut topics = Topics {
        topics: nodes.iter().map(unlabelled).collect(),
        finest: vec![0; papers],
        strength: Vec::new(),
    };
    link_children(&mut topics.topics);
    let ranked = rank_members(&mut topics, &graph, input.codes);
    let labels = Labels::new(input.texts, options.label_terms);
    labels.name(
        &mut topics.topics,
        &ranked,
        &|done| report(Stage::Labels, done, PASSES),
        stop,
    )?;
    for (topic, ranked) in topics.topics.iter_mut().zip(ranked) {
        topic.representatives = ranked.into_iter().take(REPRESENTATIVES).collect();
    }
    Ok(topics)
}

fn check_lengths(input: &TopicInput<'_>) -> Result<(), TopicError> {
    let papers = input.codes.len();
    let mismatch = |what, found| TopicError::Mismatch {
        vectors: papers,
        what,
        found,
    };
    if u32::try_from(papers).is_err() {
        return Err(TopicError::TooMany { papers });
    }
    if papers != input.texts.len() {
        return Err(mismatch("texts", input.texts.len()));
    }
    let lists = input.nearest.len();
    if papers != lists && (papers > 1 || lists > 0) {
        return Err(mismatch("lists of neighbours", lists));
    }
    Ok(())
}

fn unlabelled(node: &Node) -> Topic {
    Topic {
        label: String::new(),
        terms: Vec::new(),
        level: node.level,
        parent: node.parent,
        children: Vec::new(),
        members: node.rows.clone(),
        representatives: Vec::new(),
    }
}

fn link_children(topics: &mut [Topic]) {
    for position in 0..topics.len() {
        if let Some(parent) = topics[position].parent {
            let position = u32::try_from(position).expect("there are no more topics than rows");
            topics[parent as usize].children.push(position);
        }
    }
}

/// Orders each topic's papers from its middle outwards, and fills in what depends on the papers'
/// links: finest topics and strengths.
fn rank_members(topics: &mut Topics, graph: &Graph, codes: &Codes) -> Vec<Vec<u32>> {
    let mut ranked = vec![Vec::new(); topics.topics.len()];
    for level in 0..topics.levels() {
        let assignment = topics.assignment(level);
        let strengths = strengths(graph, &assignment);
        let here: Vec<usize> = (0..topics.topics.len())
            .filter(|&position| topics.topics[position].level == level)
            .collect();
        let orders: Vec<Vec<u32>> = here
            .par_iter()
            .map(|&position| {
                most_central_first(codes, &topics.topics[position].members, &strengths)
            })
            .collect();
        for (position, order) in here.into_iter().zip(orders) {
            ranked[position] = order;
        }
        topics.finest = assignment;
        topics.strength = strengths;
    }
    ranked
}

/// How firmly each paper belongs to its topic: its edge weight there, beside that to the other topic
/// that it has most to: `own / (own + other)`, in `(0, 1]`. A paper without an edge to its topic,
/// merged for its similarity alone, counts as if it had one of weight 1.
fn strengths(graph: &Graph, assignment: &[u32]) -> Vec<f32> {
    let mut weights: Vec<(u32, u64)> = Vec::new();
    (0..graph.len())
        .map(|node| {
            weights.clear();
            for (other, weight) in graph.edges(node) {
                let topic = assignment[other as usize];
                match weights.iter_mut().find(|(known, _)| *known == topic) {
                    Some((_, sum)) => *sum += weight,
                    None => weights.push((topic, weight)),
                }
            }
            let own = assignment[node];
            let inside = weights.iter().find(|(topic, _)| *topic == own);
            let inside = inside.map_or(1, |&(_, weight)| weight) as f64;
            let others = weights.iter().filter(|(topic, _)| *topic != own);
            let most = others.map(|&(_, weight)| weight).max().unwrap_or(0) as f64;
            #[expect(clippy::cast_possible_truncation, reason = "a share is at most 1")]
            let share = (inside / (inside + most)) as f32;
            share.max(f32::MIN_POSITIVE)
        })
        .collect()
}

/// Orders papers by their mean similarity to all papers of the topic times their strength, ties
/// by row.
fn most_central_first(codes: &Codes, rows: &[u32], strength: &[f32]) -> Vec<u32> {
    let sum = sum_of_codes(codes, rows);
    let mut ranked: Vec<(f64, u32)> = rows
        .iter()
        .map(|&row| {
            let similarity = dot_with_sum(codes, row, &sum) as f64 / rows.len() as f64;
            (similarity * f64::from(strength[row as usize]), row)
        })
        .collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    ranked.into_iter().map(|(_, row)| row).collect()
}

#[cfg(test)]
mod tests;
