//! The one place where the topics benchmarks call what they measure.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;

use anyhow::{Context as _, Result};
use kindred_core::{Codes, PaperId, nearest_rows};
use kindred_topics::{TopicInput, TopicOptions, TopicProgress, TopicText, Topics, cluster, links};

use crate::TopicSet;

/// One level of topics over a set.
#[derive(Debug, Clone)]
pub struct Level {
    /// As the table shows it.
    pub name: String,
    /// Topic of each paper of the set.
    pub assignment: Vec<u32>,
    /// The terms of each topic, heaviest first.
    pub terms: Vec<Vec<String>>,
}

impl Level {
    /// Returns the number of topics.
    pub fn topic_count(&self) -> usize {
        self.terms.len()
    }
}

/// Returns all levels of our topics, coarsest first. Papers are grouped in the order of their ids,
/// as the engine does, and returned in the given order.
///
/// # Errors
/// As the clustering reports.
pub fn levels(set: &TopicSet, seed: u64, progress: &dyn Fn(TopicProgress)) -> Result<Vec<Level>> {
    let given = set.texts();
    let ids = (set.papers.iter())
        .map(|paper| paper.id.parse::<PaperId>().map_err(anyhow::Error::from))
        .collect::<Result<Vec<_>>>()?;
    let mut order: Vec<u32> = (0..).take(ids.len()).collect();
    order.sort_by(|&left, &right| ids[left as usize].cmp(&ids[right as usize]));
    let texts: Vec<TopicText<'_>> = order.iter().map(|&row| given[row as usize]).collect();
    let codes = Codes::new(&set.vectors).select(&order);
    let stop = AtomicBool::new(false);
    let nearest = nearest_rows(&codes, links(codes.len()), &mut |_| {}, &stop)
        .context("nothing stops the search")?;
    let input = TopicInput {
        codes: &codes,
        nearest: &nearest,
        texts: &texts,
    };
    let options = TopicOptions {
        seed,
        ..TopicOptions::for_size(texts.len())
    };
    let found = cluster(&input, &options, &progress, &stop)?;
    let mut levels: Vec<Level> = (0..found.levels())
        .map(|level| at_level(&found, level))
        .collect();
    for level in &mut levels {
        let mut assignment = vec![0; order.len()];
        for (&row, &topic) in order.iter().zip(&level.assignment) {
            assignment[row as usize] = topic;
        }
        level.assignment = assignment;
    }
    Ok(levels)
}

/// The topics that stand for all papers at a level, numbered from 0.
fn at_level(found: &Topics, level: usize) -> Level {
    let positions = found.at_level(level);
    let numbers: BTreeMap<u32, u32> = positions.iter().copied().zip(0..).collect();
    let terms = positions.iter().map(|&position| {
        let terms = found.topics[position as usize].terms.iter();
        terms.map(|(term, _)| term.clone()).collect()
    });
    Level {
        name: format!("Kindred, level {level}"),
        assignment: found
            .assignment(level)
            .iter()
            .map(|topic| numbers[topic])
            .collect(),
        terms: terms.collect(),
    }
}
