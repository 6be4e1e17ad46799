//! Topics of a run found again in the next.

use std::collections::{BTreeMap, BTreeSet};

use kindred_core::PaperKey;

/// Topics with at least this Jaccard similarity can be the same: half of each, for equal sizes.
const SAME: f64 = 1.0 / 3.0;
/// A part of a split, and a source of a merger, has at least this share of the whole.
const PART: f64 = 0.2;
/// A part is made of its whole, and a source goes into its merger, by this share.
const MOSTLY: f64 = 0.5;
/// Papers that a change names at most.
const NAMED_PAPERS: usize = 100;

/// A topic as one of two runs has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunTopic {
    /// Its lasting number.
    pub id: u64,
    /// Depth in the tree.
    pub level: usize,
    /// Its papers, ascending.
    pub members: Vec<PaperKey>,
}

/// What became of a topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ChangeKind {
    /// It was not there before.
    Born,
    /// Its papers went to several topics, which are named.
    Split,
    /// It took up several topics, which are named.
    Merged,
    /// Its papers are elsewhere, or gone.
    Died,
    /// More papers came than went.
    Grew,
    /// More papers went than came.
    Shrank,
}

/// A change between two runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What happened.
    pub kind: ChangeKind,
    /// The topic: the one before for a split and a death, else the one after.
    pub topic: u64,
    /// What it was split into or merged from, ascending.
    pub others: Vec<u64>,
    /// Papers that made the change: those of a new topic, those that moved or came or went. At
    /// most 100, papers that no topic had before first, then by key.
    pub papers: Vec<PaperKey>,
    /// Number of all such papers.
    pub count: usize,
}

/// Finds for each new topic the old one that it continues, as a position; no old one is continued
/// twice.
///
/// Two topics are compared by the Jaccard similarity of the papers that both runs have, so that
/// growth does not count against them. Pairs of one level come first, then those of two, each from
/// the most similar down, on equal similarity the older topic; below a third nothing is the same any
/// more.
pub fn continued(old: &[RunTopic], new: &[RunTopic]) -> Vec<Option<usize>> {
    let overlaps = Overlaps::new(old, new);
    let mut pairs: Vec<(usize, usize)> = overlaps.shared.keys().copied().collect();
    pairs.retain(|&pair| overlaps.jaccard(pair) >= SAME);
    pairs.sort_by(|&left, &right| {
        let is_other_level = |(o, n): (usize, usize)| old[o].level != new[n].level;
        let by_similarity = || overlaps.jaccard(right).total_cmp(&overlaps.jaccard(left));
        (is_other_level(left).cmp(&is_other_level(right)))
            .then_with(by_similarity)
            .then_with(|| (old[left.0].id, left.1).cmp(&(old[right.0].id, right.1)))
    });
    let mut found = vec![None; new.len()];
    let mut is_taken = vec![false; old.len()];
    for (o, n) in pairs {
        if !is_taken[o] && found[n].is_none() {
            is_taken[o] = true;
            found[n] = Some(o);
        }
    }
    found
}

/// Lists what changed between two runs whose topics have their lasting numbers: by kind, level and
/// size, the largest first.
pub fn changes(old: &[RunTopic], new: &[RunTopic]) -> Vec<Change> {
    let overlaps = Overlaps::new(old, new);
    let known: BTreeSet<PaperKey> = keys(old);
    let mut found = Vec::new();
    let mut explained = BTreeSet::new();
    for (o, topic) in old.iter().enumerate() {
        let parts = overlaps.parts(o);
        if parts.len() < 2 {
            continue;
        }
        let others = parts.iter().map(|&n| new[n].id);
        let others: Vec<u64> = others.filter(|&id| id != topic.id).collect();
        let moved = parts.iter().filter(|&&n| new[n].id != topic.id);
        let moved = moved.flat_map(|&n| common(&new[n].members, &topic.members));
        explained.extend(others.iter().copied());
        explained.insert(topic.id);
        found.push((
            topic.level,
            change(ChangeKind::Split, topic.id, others, moved, &known),
        ));
    }
    for (n, topic) in new.iter().enumerate() {
        let sources = overlaps.sources(n);
        if sources.len() < 2 {
            continue;
        }
        let others = sources.iter().map(|&o| old[o].id);
        let others: Vec<u64> = others.filter(|&id| id != topic.id).collect();
        let moved = sources.iter().filter(|&&o| old[o].id != topic.id);
        let moved = moved.flat_map(|&o| common(&old[o].members, &topic.members));
        explained.extend(others.iter().copied());
        explained.insert(topic.id);
        found.push((
            topic.level,
            change(ChangeKind::Merged, topic.id, others, moved, &known),
        ));
    }
    lives(old, new, &known, &explained, &mut found);
    found.sort_by(|(left_level, left), (right_level, right)| {
        (left.kind, left_level, right.count, left.topic).cmp(&(
            right.kind,
            right_level,
            left.count,
            right.topic,
        ))
    });
    found.into_iter().map(|(_, change)| change).collect()
}

/// Births, deaths, growth and shrinkage, as far as `explained` does not hold a better reason for
/// the first two.
fn lives(
    old: &[RunTopic],
    new: &[RunTopic],
    known: &BTreeSet<PaperKey>,
    explained: &BTreeSet<u64>,
    found: &mut Vec<(usize, Change)>,
) {
    let before: BTreeMap<u64, &RunTopic> = old.iter().map(|topic| (topic.id, topic)).collect();
    let after: BTreeSet<u64> = new.iter().map(|topic| topic.id).collect();
    let mut add = |kind, topic: &RunTopic, papers: &mut dyn Iterator<Item = PaperKey>| {
        found.push((
            topic.level,
            change(kind, topic.id, Vec::new(), papers, known),
        ));
    };
    for topic in new {
        let Some(earlier) = before.get(&topic.id) else {
            if !explained.contains(&topic.id) {
                add(ChangeKind::Born, topic, &mut topic.members.iter().copied());
            }
            continue;
        };
        let came = without(&topic.members, &earlier.members);
        let went = without(&earlier.members, &topic.members);
        match came.len().cmp(&went.len()) {
            std::cmp::Ordering::Greater => {
                add(ChangeKind::Grew, topic, &mut came.into_iter());
            }
            std::cmp::Ordering::Less => {
                add(ChangeKind::Shrank, topic, &mut went.into_iter());
            }
            std::cmp::Ordering::Equal => {}
        }
    }
    for topic in old {
        if !after.contains(&topic.id) && !explained.contains(&topic.id) {
            add(ChangeKind::Died, topic, &mut topic.members.iter().copied());
        }
    }
}

fn change(
    kind: ChangeKind,
    topic: u64,
    mut others: Vec<u64>,
    papers: impl Iterator<Item = PaperKey>,
    known: &BTreeSet<PaperKey>,
) -> Change {
    let mut papers: Vec<PaperKey> = papers.collect();
    let count = papers.len();
    papers.sort_by_key(|key| (known.contains(key), *key));
    papers.truncate(NAMED_PAPERS);
    others.sort_unstable();
    Change {
        kind,
        topic,
        others,
        papers,
        count,
    }
}

fn keys(topics: &[RunTopic]) -> BTreeSet<PaperKey> {
    let members = topics.iter().flat_map(|topic| &topic.members);
    members.copied().collect()
}

fn common<'a>(left: &'a [PaperKey], right: &'a [PaperKey]) -> impl Iterator<Item = PaperKey> + 'a {
    let shared = left.iter().filter(|key| right.binary_search(key).is_ok());
    shared.copied()
}

fn without(left: &[PaperKey], right: &[PaperKey]) -> Vec<PaperKey> {
    let rest = left.iter().filter(|key| right.binary_search(key).is_err());
    rest.copied().collect()
}

/// How many papers topics share, and how many of theirs are in both runs.
struct Overlaps {
    shared: BTreeMap<(usize, usize), usize>,
    old: Vec<usize>,
    new: Vec<usize>,
    old_levels: Vec<usize>,
    new_levels: Vec<usize>,
}

impl Overlaps {
    fn new(old: &[RunTopic], new: &[RunTopic]) -> Self {
        let before = positions(old);
        let after = positions(new);
        let mut overlaps = Self {
            shared: BTreeMap::new(),
            old: vec![0; old.len()],
            new: vec![0; new.len()],
            old_levels: old.iter().map(|topic| topic.level).collect(),
            new_levels: new.iter().map(|topic| topic.level).collect(),
        };
        for (key, theirs) in &before {
            let Some(ours) = after.get(key) else { continue };
            for &o in theirs {
                overlaps.old[o] += 1;
                for &n in ours {
                    *overlaps.shared.entry((o, n)).or_default() += 1;
                }
            }
            for &n in ours {
                overlaps.new[n] += 1;
            }
        }
        overlaps
    }

    fn jaccard(&self, (o, n): (usize, usize)) -> f64 {
        let shared = self.shared[&(o, n)];
        shared as f64 / (self.old[o] + self.new[n] - shared) as f64
    }

    /// New topics of the same level that are mostly made of an old one, and much of it.
    fn parts(&self, old: usize) -> Vec<usize> {
        let pairs = self.shared.range((old, 0)..=(old, usize::MAX));
        pairs
            .filter(|&(&(o, n), &shared)| {
                self.old_levels[o] == self.new_levels[n]
                    && shared as f64 >= PART * self.old[o] as f64
                    && shared as f64 > MOSTLY * self.new[n] as f64
            })
            .map(|(&(_, n), _)| n)
            .collect()
    }

    /// Old topics of the same level that went mostly into a new one, and are much of it.
    fn sources(&self, new: usize) -> Vec<usize> {
        let pairs = self.shared.iter().filter(|&(&(_, n), _)| n == new);
        pairs
            .filter(|&(&(o, n), &shared)| {
                self.old_levels[o] == self.new_levels[n]
                    && shared as f64 >= PART * self.new[n] as f64
                    && shared as f64 > MOSTLY * self.old[o] as f64
            })
            .map(|(&(o, _), _)| o)
            .collect()
    }
}

/// The topics of each paper, by level.
fn positions(topics: &[RunTopic]) -> BTreeMap<PaperKey, Vec<usize>> {
    let mut positions: BTreeMap<PaperKey, Vec<usize>> = BTreeMap::new();
    for (position, topic) in topics.iter().enumerate() {
        for &key in &topic.members {
            positions.entry(key).or_default().push(position);
        }
    }
    positions
}

#[cfg(test)]
mod tests;
