//! What goes into a run and what comes out.

use kindred_core::{Codes, NearestRows};

use crate::error::TopicError;

/// The words of a paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TopicText<'a> {
    /// Title, TeX and all.
    pub title: &'a str,
    /// Abstract, TeX and all; may be empty.
    pub abstract_text: &'a str,
}

/// The papers to group, in the order of their ids.
#[derive(Debug, Clone, Copy)]
pub struct TopicInput<'a> {
    /// The code of each paper's vector.
    pub codes: &'a Codes,
    /// The nearest other papers of each, [`links`] of them, by
    /// [`nearest_rows`](kindred_core::nearest_rows).
    pub nearest: &'a NearestRows,
    /// One text for each paper, in the same order.
    pub texts: &'a [TopicText<'a>],
}

/// Links from each paper of large collections: the usual size of neighbourhoods in this field
/// (UMAP, `BERTopic`).
const LINKS: f64 = 15.0;
/// Links from each paper of collections of middle size, for which they cost little: topics of a
/// smoother graph depend less on single papers.
const MOST_LINKS: f64 = 30.0;
/// Papers from which on links get fewer.
const MANY_PAPERS: f64 = 20_000.0;
/// Links from each paper of the smallest collections.
const MIN_LINKS: usize = 5;

/// How many nearest papers each of `papers` is linked to: 30 up to 20,000 papers, then fewer by the
/// root of their number down to 15; in a small collection, where a neighbourhood of full size would
/// reach into other topics, at most half the square root of the collection, and at least 5, enough
/// to hang together.
pub fn links(papers: usize) -> usize {
    let thinned = MOST_LINKS * (MANY_PAPERS / papers.max(1) as f64).sqrt();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the number is between 15 and 30"
    )]
    let most = thinned.clamp(LINKS, MOST_LINKS).round() as usize;
    most.min((papers.isqrt() / 2).max(MIN_LINKS))
}

/// How papers are grouped.
#[derive(Debug, Clone, PartialEq)]
pub struct TopicOptions {
    /// Resolution of modularity, `γ` in `sum over topics of (edges inside - γ * edges expected)`
    /// (Reichardt and Bornholdt 2006), of the coarsest topics: larger values give more and smaller
    /// ones. In `[0.001, 1000]`, default 1. Ignored if there is a target.
    pub resolution: f64,
    /// Topics smaller than this are merged into the one they have most links to. Default 5.
    pub min_size: usize,
    /// The number of topics wanted on the coarsest level; the nearest that the papers allow is
    /// given. By default the graph decides.
    pub target: Option<usize>,
    /// Levels of the tree, at least 1. Default 3.
    pub levels: usize,
    /// How many terms [`Topic::terms`] holds at most. Default 10.
    pub label_terms: usize,
    /// Seed of the order in which papers are visited. Default 0.
    pub seed: u64,
}

impl Default for TopicOptions {
    fn default() -> Self {
        Self {
            resolution: 1.0,
            min_size: 5,
            target: None,
            levels: 3,
            label_terms: 10,
            seed: 0,
        }
    }
}

/// Collections of this size and smaller get twice the resolution.
const SMALL: f64 = 500.0;

impl TopicOptions {
    /// Returns the default options for a collection of `papers` papers.
    ///
    /// Modularity cannot tell groups apart that are small beside the square root of all links
    /// (Fortunato and Barthelemy, "Resolution limit in community detection", 2007), so in small
    /// collections whole fields flow together. The resolution is 2 up to 500 papers, falls with
    /// the logarithm of their number, and is 1 from 5,000 on.
    pub fn for_size(papers: usize) -> Self {
        let decades = (papers.max(1) as f64 / SMALL).log10();
        Self {
            resolution: 2.0 - decades.clamp(0.0, 1.0),
            ..Self::default()
        }
    }

    pub(crate) fn check(&self) -> Result<(), TopicError> {
        let option = |name, value, is_fine, expected| {
            if is_fine {
                Ok(())
            } else {
                Err(TopicError::Option {
                    name,
                    value,
                    expected,
                })
            }
        };
        let resolution = self.resolution;
        let is_known = (0.001..=1000.0).contains(&resolution);
        option("resolution", resolution, is_known, "0.001 to 1000")?;
        option("levels", 0.0, self.levels > 0, "1 or more")?;
        option("target", 0.0, self.target != Some(0), "1 or more")
    }
}

/// The part of a run that is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The search for communities, counted in runs of the algorithm.
    Communities,
    /// The search for labels, counted in passes over the texts.
    Labels,
}

/// How far a run has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TopicProgress {
    /// The part that is under way.
    pub stage: Stage,
    /// Units done.
    pub done: usize,
    /// Units in all; an estimate for communities.
    pub total: usize,
}

/// A group of papers, and a node of the tree.
#[derive(Debug, Clone, PartialEq)]
pub struct Topic {
    /// Two to four words that set it apart from its siblings, unique on its level.
    pub label: String,
    /// The terms that set it apart from its siblings with their weights, heaviest first.
    pub terms: Vec<(String, f64)>,
    /// Depth in the tree; 0 is coarsest.
    pub level: usize,
    /// Position of the topic that it is part of; `None` on level 0.
    pub parent: Option<u32>,
    /// Positions of the topics that are part of it, largest first.
    pub children: Vec<u32>,
    /// Rows of its papers, ascending.
    pub members: Vec<u32>,
    /// Rows of at most three papers in its middle, best first.
    pub representatives: Vec<u32>,
}

impl Topic {
    /// Number of papers.
    pub fn size(&self) -> usize {
        self.members.len()
    }
}

/// The topics of a run: a tree, in which every paper has exactly one finest topic.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Topics {
    /// By level, then largest first, equal sizes by first paper.
    pub topics: Vec<Topic>,
    /// Position in [`topics`](Self::topics) of each paper's finest topic.
    pub finest: Vec<u32>,
    /// How firmly each paper belongs there: `own / (own + other)` of its link weight inside and to
    /// the other finest topic that it has most to, in `(0, 1]`; below one half it leans elsewhere.
    pub strength: Vec<f32>,
}

impl Topics {
    /// Number of levels.
    pub fn levels(&self) -> usize {
        self.topics.last().map_or(0, |topic| topic.level + 1)
    }

    /// Positions of the topics that stand for all papers at `level`: those of that level, and
    /// coarser ones that are not divided so far.
    pub fn at_level(&self, level: usize) -> Vec<u32> {
        (0..)
            .zip(&self.topics)
            .filter(|(_, topic)| {
                topic.level == level || (topic.level < level && topic.children.is_empty())
            })
            .map(|(position, _)| position)
            .collect()
    }

    /// Position of each paper's topic at `level`, as [`at_level`](Self::at_level) has them.
    pub fn assignment(&self, level: usize) -> Vec<u32> {
        let mut assignment = vec![0; self.finest.len()];
        for position in self.at_level(level) {
            for &row in &self.topics[position as usize].members {
                assignment[row as usize] = position;
            }
        }
        assignment
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_collections_are_cut_finer() {
        let at = |papers: usize| TopicOptions::for_size(papers).resolution;
        assert!((at(0) - 2.0).abs() < 1e-12 && (at(500) - 2.0).abs() < 1e-12);
        assert!(at(500) > at(1_000) && at(1_000) > at(4_000));
        assert!((at(5_000) - 1.0).abs() < 1e-12 && (at(1_000_000) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn neighbourhoods_grow_with_the_collection() {
        let sizes = [1, 100, 400, 900, 3_600, 20_000, 45_000, 80_000, 1_000_000];
        assert_eq!(sizes.map(links), [5, 5, 10, 15, 30, 30, 20, 15, 15]);
    }
}
