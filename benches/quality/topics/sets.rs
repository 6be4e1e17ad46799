//! The papers of each set.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, Result};
use clap::ValueEnum;
use kindred_benches::SetPaper;
use kindred_core::PaperId;
use serde::Deserialize;

use crate::data::{read, sample_order};

/// A paper as the corpora have it.
#[derive(Debug, Deserialize)]
struct CorpusPaper {
    id: String,
    #[serde(default)]
    title: String,
    #[serde(default, rename = "abstract")]
    abstract_text: String,
    #[serde(default)]
    categories: Vec<String>,
    #[serde(default)]
    date: String,
}

/// A set of the topics protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SetName {
    /// Papers since 2020, the 20 largest categories, 500 of each.
    Recent,
    /// 20,000 papers since 2020, categories as they come.
    Natural,
    /// All archives up to 2019, the 30 largest categories, 300 of each.
    AllArxiv,
    /// 100,000 papers with an abstract, for time and memory.
    Large,
}

impl SetName {
    pub(crate) const ALL: [Self; 4] = [Self::Recent, Self::Natural, Self::AllArxiv, Self::Large];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Recent => "recent",
            Self::Natural => "natural",
            Self::AllArxiv => "all-arxiv",
            Self::Large => "large",
        }
    }

    /// Whether categories are drawn for, or as they come; else it is for time and memory alone.
    pub(crate) fn has_gold(self) -> bool {
        self != Self::Large
    }

    /// Draws the papers of the set, in the order of their ids.
    pub(crate) fn draw(self, data: &Path) -> Result<Vec<SetPaper>> {
        let corpus = match self {
            Self::Recent | Self::Natural | Self::Large => "corpus/arxiv-recent.jsonl.zst",
            Self::AllArxiv => "corpus/arxiv-1993-2019.jsonl.zst",
        };
        let papers: Vec<CorpusPaper> = read(&data.join(corpus))?;
        let papers = papers.into_iter().filter(|paper| match self {
            Self::Recent | Self::Natural => {
                !paper.categories.is_empty() && paper.date.as_str() >= "2020"
            }
            Self::AllArxiv => !paper.categories.is_empty(),
            Self::Large => !paper.abstract_text.is_empty(),
        });
        let papers: Vec<SetPaper> = papers.map(CorpusPaper::into_set_paper).collect();
        let chosen = match self {
            Self::Recent => by_category(self.as_str(), &papers, (20, 500)),
            Self::AllArxiv => by_category(self.as_str(), &papers, (30, 300)),
            Self::Natural => first(self.as_str(), papers.iter(), 20_000),
            Self::Large => first(self.as_str(), papers.iter(), 100_000),
        };
        in_id_order(chosen)
    }
}

impl CorpusPaper {
    fn into_set_paper(self) -> SetPaper {
        let category = self.categories.into_iter().next().unwrap_or_default();
        let archive = category.split('.').next().unwrap_or_default().to_owned();
        SetPaper {
            id: self.id,
            title: self.title,
            abstract_text: self.abstract_text,
            category,
            archive,
            date: self.date,
        }
    }
}

/// Returns the first `count` papers in the order that the protocol's hashes give.
fn first<'a>(
    protocol: &str,
    papers: impl Iterator<Item = &'a SetPaper>,
    count: usize,
) -> Vec<&'a SetPaper> {
    let by_id: BTreeMap<&str, &SetPaper> = papers.map(|paper| (paper.id.as_str(), paper)).collect();
    let order = sample_order(protocol, 0, by_id.keys().copied());
    order.into_iter().take(count).map(|id| by_id[id]).collect()
}

/// Returns as many papers of each of the largest categories; of equal sizes the first name.
fn by_category<'a>(
    protocol: &str,
    papers: &'a [SetPaper],
    (categories, each): (usize, usize),
) -> Vec<&'a SetPaper> {
    let mut groups: BTreeMap<&str, Vec<&SetPaper>> = BTreeMap::new();
    for paper in papers {
        groups.entry(&paper.category).or_default().push(paper);
    }
    let mut groups: Vec<Vec<&SetPaper>> = groups.into_values().collect();
    groups.sort_by_key(|group| std::cmp::Reverse(group.len()));
    let largest = groups.into_iter().take(categories);
    largest
        .flat_map(|group| first(protocol, group.into_iter(), each))
        .collect()
}

fn in_id_order(papers: Vec<&SetPaper>) -> Result<Vec<SetPaper>> {
    let mut keyed = Vec::with_capacity(papers.len());
    for paper in papers {
        let id: PaperId = (paper.id.parse()).with_context(|| format!("paper `{}`", paper.id))?;
        keyed.push((id, paper));
    }
    keyed.sort_by(|(left, _), (right, _)| left.cmp(right));
    Ok(keyed.into_iter().map(|(_, paper)| paper.clone()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paper(id: &str, category: &str) -> SetPaper {
        let paper = CorpusPaper {
            id: id.to_owned(),
            title: String::new(),
            abstract_text: String::new(),
            categories: vec![category.to_owned(), "cs.XX".to_owned()],
            date: String::new(),
        };
        paper.into_set_paper()
    }

    #[test]
    fn largest_categories_give_equal_shares() {
        let sizes = [("cs.A", 3), ("hep-th", 5), ("math.B", 4), ("cs.C", 2)];
        let papers: Vec<SetPaper> = sizes
            .iter()
            .flat_map(|&(category, size)| {
                (0..size).map(move |number| paper(&format!("{category}:{number}"), category))
            })
            .collect();
        let chosen = by_category("p", &papers, (2, 3));
        let categories: Vec<&str> = chosen.iter().map(|paper| &*paper.category).collect();
        assert_eq!(
            categories,
            ["hep-th", "hep-th", "hep-th", "math.B", "math.B", "math.B"]
        );
        let ids = papers[3..8].iter().map(|paper| paper.id.as_str());
        let expected: Vec<&str> = sample_order("p", 0, ids).into_iter().take(3).collect();
        let found: Vec<&str> = chosen[..3].iter().map(|paper| paper.id.as_str()).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn papers_come_in_the_order_of_ids_with_archives() {
        let papers = [
            paper("arXiv:2001.00002", "cs.A"),
            paper("arXiv:1001.0001", "hep-th"),
        ];
        let sorted = in_id_order(papers.iter().collect()).expect("ids");
        let found: Vec<(&str, &str)> = sorted
            .iter()
            .map(|paper| (paper.id.as_str(), paper.archive.as_str()))
            .collect();
        assert_eq!(
            found,
            [("arXiv:1001.0001", "hep-th"), ("arXiv:2001.00002", "cs")]
        );
        assert!(in_id_order(vec![&paper("no id", "cs.A")]).is_err());
    }
}
