//! What goes into a run and what comes out.

use kindred_core::Embeddings;

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
    /// One vector for each paper.
    pub vectors: &'a Embeddings,
    /// One text for each paper, in the same order.
    pub texts: &'a [TopicText<'a>],
}

/// How papers are grouped.
#[derive(Debug, Clone, PartialEq)]
pub struct TopicOptions {
    /// Links from each paper to its nearest ones, at least 1. Default 15, the usual size of
    /// neighbourhoods in this field (UMAP, `BERTopic`); in collections below 900 papers at most half
    /// the square root of their number, but at least 5.
    pub neighbors: usize,
    /// Resolution of modularity, `γ` in `sum over topics of (edges inside - γ * edges expected)`
    /// (Reichardt and Bornholdt 2006): larger values give more and smaller topics. In
    /// `[0.001, 1000]`, default 1. Ignored if there is a target.
    pub resolution: f64,
    /// Topics smaller than this are merged into the one they have most links to. Default 5.
    pub min_size: usize,
    /// The number of topics wanted; the nearest that the papers allow is given. By default the
    /// graph decides.
    pub target: Option<usize>,
    /// How many terms [`Topic::terms`] holds at most. Default 10.
    pub label_terms: usize,
    /// Seed of the order in which papers are visited. Default 0.
    pub seed: u64,
}

impl Default for TopicOptions {
    fn default() -> Self {
        Self {
            neighbors: 15,
            resolution: 1.0,
            min_size: 5,
            target: None,
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
        option("neighbors", 0.0, self.neighbors > 0, "1 or more")?;
        option("target", 0.0, self.target != Some(0), "1 or more")
    }
}

/// The part of a run that is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The search for nearest papers, counted in papers.
    Neighbors,
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

/// A group of papers.
#[derive(Debug, Clone, PartialEq)]
pub struct Topic {
    /// Two to four words that set it apart, unique among the topics of a run.
    pub label: String,
    /// The terms that set it apart with their weights, heaviest first.
    pub terms: Vec<(String, f64)>,
    /// Number of papers.
    pub size: usize,
    /// Rows of its papers, ascending.
    pub members: Vec<u32>,
    /// Rows of at most three papers in its middle, best first.
    pub representatives: Vec<u32>,
}

/// The topics of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Topics {
    /// Largest first, equal sizes by first paper.
    pub topics: Vec<Topic>,
    /// Position in [`topics`](Self::topics) of each paper's topic.
    pub assignment: Vec<u32>,
    /// How firmly each paper belongs there: the share of its link weight that stays inside, in
    /// `(0, 1]`.
    pub strength: Vec<f32>,
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
}
