//! The one place where the topics benchmarks call what they measure.

use std::sync::atomic::AtomicBool;

use anyhow::Result;
use kindred_topics::{TopicInput, TopicOptions, TopicProgress, cluster};

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

/// Returns all levels of our topics, coarsest first; papers in the given order.
///
/// # Errors
/// As the clustering reports.
pub fn levels(set: &TopicSet, seed: u64, progress: &dyn Fn(TopicProgress)) -> Result<Vec<Level>> {
    let texts = set.texts();
    let input = TopicInput {
        vectors: &set.vectors,
        texts: &texts,
    };
    let options = TopicOptions {
        seed,
        ..TopicOptions::for_size(texts.len())
    };
    let found = cluster(&input, &options, &progress, &AtomicBool::new(false))?;
    let terms = found.topics.iter().map(|topic| {
        let terms = topic.terms.iter().map(|(term, _)| term.clone());
        terms.collect()
    });
    Ok(vec![Level {
        name: "Kindred".to_owned(),
        terms: terms.collect(),
        assignment: found.assignment,
    }])
}
