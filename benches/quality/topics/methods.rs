//! Runs of every method in one form.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, Result};
use kindred_benches::{Level, TopicSet, levels};
use serde::Deserialize;

use crate::data::sample_order;

/// Seeds, orders and parts of each method.
pub(super) const DRAWS: u32 = 5;
/// Terms of a topic that count.
const TERMS: usize = 10;

/// What a run was for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    /// All papers in the order of their ids.
    Seed,
    /// All papers, shuffled.
    Order,
    /// Nine tenths of the papers.
    Part,
    /// For time and memory alone.
    Speed,
}

/// Topics that a method found once.
#[derive(Debug, Deserialize)]
pub(super) struct Run {
    pub(super) kind: Kind,
    pub(super) draw: u32,
    /// Rows of the set, ascending.
    pub(super) rows: Vec<usize>,
    /// Topic of each of these papers; -1 for none.
    pub(super) assignment: Vec<i64>,
    /// Terms of each topic, heaviest first; empty if the method gives none.
    pub(super) terms: Vec<Vec<String>>,
    /// `BERTopic`'s assignment after `reduce_outliers`.
    #[serde(default)]
    reduced: Option<Vec<i64>>,
}

/// All runs of a method on a set; at least one of kind `seed`.
#[derive(Debug)]
pub(super) struct Method {
    pub(super) name: String,
    /// Whether it chose the number of topics itself and is ours: the level to compare is marked.
    pub(super) is_ours: bool,
    pub(super) runs: Vec<Run>,
}

impl Method {
    pub(super) fn of(&self, kind: Kind) -> impl Iterator<Item = &Run> {
        self.runs.iter().filter(move |run| run.kind == kind)
    }
}

impl Run {
    /// Groups by paper; papers without a topic are one group.
    pub(super) fn groups(&self) -> Vec<u32> {
        let group = |&topic: &i64| u32::try_from(topic).unwrap_or(u32::MAX);
        self.assignment.iter().map(group).collect()
    }

    pub(super) fn topic_count(&self) -> usize {
        let mut topics: Vec<i64> = self.assignment.clone();
        topics.sort_unstable();
        topics.dedup();
        topics.iter().filter(|&&topic| topic >= 0).count()
    }

    /// The first ten terms of each topic.
    pub(super) fn top_terms(&self) -> Vec<Vec<String>> {
        let first = |terms: &Vec<String>| terms.iter().take(TERMS).cloned().collect();
        self.terms.iter().map(first).collect()
    }
}

/// Rows in the order of the protocol's hashes.
fn drawn(protocol: &str, draw: u32, set: &TopicSet) -> Vec<usize> {
    let ids = || set.papers.iter().map(|paper| paper.id.as_str());
    let rows: BTreeMap<&str, usize> = ids().zip(0..).collect();
    let order = sample_order(protocol, draw, ids());
    order.into_iter().map(|id| rows[id]).collect()
}

/// Runs ours: one method for each level of the tree that the first run gives, and the same without
/// sorting papers by id first, as the engine does.
#[expect(clippy::print_stderr, reason = "a benchmark shows how far it is")]
pub(super) fn ours(set: &TopicSet, name: &str) -> Result<Vec<Method>> {
    let all: Vec<usize> = (0..set.papers.len()).collect();
    let mut inputs: Vec<(Kind, u32, Vec<usize>)> = Vec::new();
    inputs.extend((0..DRAWS).map(|draw| (Kind::Seed, draw, all.clone())));
    for draw in 0..DRAWS {
        let mut part = drawn(&format!("{name}-part"), draw, set);
        part.truncate(all.len() * 9 / 10);
        part.sort_unstable();
        inputs.push((Kind::Part, draw, part));
        inputs.push((
            Kind::Order,
            draw,
            drawn(&format!("{name}-order"), draw, set),
        ));
    }
    let mut methods: Vec<Method> = Vec::new();
    for (kind, draw, rows) in inputs {
        eprintln!("{name}: Kindred, {kind:?} {draw}");
        let seed = if kind == Kind::Seed { draw } else { 0 };
        let found = levels(&set.of_rows(&rows)?, u64::from(seed), &|_| {})?;
        if methods.is_empty() {
            methods.extend(found.iter().map(|level| Method {
                name: level.name.clone(),
                is_ours: true,
                runs: Vec::new(),
            }));
        }
        let wanted: Vec<usize> = methods
            .iter()
            .zip(
                found
                    .iter()
                    .map(Level::topic_count)
                    .chain(std::iter::repeat(0)),
            )
            .map(|(method, own)| method.runs.first().map_or(own, Run::topic_count))
            .collect();
        for (method, wanted) in methods.iter_mut().zip(wanted) {
            // Runs may differ in their number of levels: the nearest number of topics counts.
            let level = (found.iter())
                .min_by_key(|level| level.topic_count().abs_diff(wanted))
                .context("a run gives at least one level")?;
            method.runs.push(run_of(level, kind, draw, &rows));
        }
    }
    Ok(methods)
}

fn run_of(level: &Level, kind: Kind, draw: u32, rows: &[usize]) -> Run {
    let mut pairs: Vec<(usize, i64)> = rows
        .iter()
        .copied()
        .zip(level.assignment.iter().map(|&topic| i64::from(topic)))
        .collect();
    pairs.sort_unstable();
    let (rows, assignment) = pairs.into_iter().unzip();
    Run {
        kind,
        draw,
        rows,
        assignment,
        terms: level.terms.clone(),
        reduced: None,
    }
}

/// Reads what the peers left, and names what is absent.
pub(super) fn peers(folder: &Path, set: &str) -> Result<(Vec<Method>, Vec<String>)> {
    let (mut methods, mut absent) = (Vec::new(), Vec::new());
    for (own, name) in [
        ("bertopic", "BERTopic, outliers one cluster"),
        (
            "bertopic-c-tf-idf",
            "BERTopic, `reduce_outliers` by c-tf-idf",
        ),
        (
            "bertopic-embeddings",
            "BERTopic, `reduce_outliers` by embeddings",
        ),
        ("hdbscan-vectors", "HDBSCAN on the vectors"),
        ("hdbscan-umap", "HDBSCAN on 5-d UMAP"),
        ("kmeans", "k-means, told k"),
    ] {
        let place = folder.join("results").join(own).join(set);
        let runs = read_runs(&place)?;
        if !runs.iter().any(|run| run.kind == Kind::Seed) {
            absent.push(format!(
                "Skipped: no results of {name} in `results/{own}/{set}`; `benches/topics/run.sh` \
                 makes them."
            ));
            continue;
        }
        let reduced: Vec<Run> = runs.iter().filter_map(Run::after_reduction).collect();
        methods.push(Method {
            name: name.to_owned(),
            is_ours: false,
            runs,
        });
        if !reduced.is_empty() {
            methods.push(Method {
                name: "BERTopic, `reduce_outliers` (default)".to_owned(),
                is_ours: false,
                runs: reduced,
            });
        }
    }
    Ok((methods, absent))
}

impl Run {
    fn after_reduction(&self) -> Option<Self> {
        Some(Self {
            assignment: self.reduced.clone()?,
            rows: self.rows.clone(),
            terms: self.terms.clone(),
            reduced: None,
            ..*self
        })
    }
}

fn read_runs(folder: &Path) -> Result<Vec<Run>> {
    let mut runs: Vec<Run> = Vec::new();
    if !folder.exists() {
        return Ok(runs);
    }
    let mut paths = Vec::new();
    for entry in fs_err::read_dir(folder)? {
        paths.push(entry?.path());
    }
    paths.sort();
    for path in paths {
        if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            let text = fs_err::read_to_string(&path)?;
            let run = serde_json::from_str(&text);
            runs.push(run.with_context(|| format!("{} is no result", path.display()))?);
        }
    }
    Ok(runs)
}
