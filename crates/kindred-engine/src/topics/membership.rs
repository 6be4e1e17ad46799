//! Which topics papers belong to, read once and looked up often.

use std::collections::BTreeMap;

use kindred_core::{PaperId, PaperKey};
use kindred_store::{TopicId, TopicName};

use super::TopicBody;
use crate::answer::TopicRef;
use crate::{EngineError, Library};

/// What is stored of the topics of a body: two equal stamps are of the same papers in the same topics
/// with the same names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicStamp {
    run: i64,
    placed: u64,
    names: BTreeMap<TopicId, TopicName>,
}

/// The topics of all papers of a body, as they were when it was read; for programs that stay.
#[derive(Debug, Clone)]
pub struct TopicMembership {
    stamp: TopicStamp,
    /// Papers by key, with the place of their finest topic in `paths`.
    members: Vec<(PaperKey, usize)>,
    /// The topics from the coarsest to each.
    paths: Vec<Vec<TopicRef>>,
    /// The direct parts of each topic that has any.
    parts: BTreeMap<TopicId, Vec<TopicPart>>,
}

/// A topic within another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicPart {
    /// Its number and name.
    pub topic: TopicRef,
    /// Papers in it, those placed later included.
    pub size: u64,
}

impl TopicMembership {
    /// What it was read of.
    pub fn stamp(&self) -> &TopicStamp {
        &self.stamp
    }

    /// Number of the run that it was read of.
    pub fn run(&self) -> i64 {
        self.stamp.run
    }

    /// How many topics there are, on all levels.
    pub fn topics(&self) -> usize {
        self.paths.len()
    }

    /// The direct parts of a topic, the largest first; none where it has no parts.
    pub fn parts(&self, topic: TopicId) -> &[TopicPart] {
        self.parts.get(&topic).map_or(&[], Vec::as_slice)
    }

    fn path(&self, key: PaperKey) -> &[TopicRef] {
        let place = self.members.binary_search_by_key(&key, |(key, _)| *key);
        place.map_or(&[], |place| &self.paths[self.members[place].1])
    }
}

impl Library {
    /// Returns the stamp of what [`Library::topic_membership`] would read, without reading it; `None`
    /// if the body was never grouped.
    ///
    /// # Errors
    /// As the store reports.
    pub fn topic_stamp(&self, body: &TopicBody) -> Result<Option<TopicStamp>, EngineError> {
        let scope = body.key();
        let Some(run) = self.store.latest_topic_run(&scope)? else {
            return Ok(None);
        };
        Ok(Some(TopicStamp {
            run: run.number,
            placed: self.store.placed_count(run.number)?,
            names: self.store.topic_names(&scope)?,
        }))
    }

    /// Reads which topics the papers of a body belong to, `None` if it was never grouped. Costs
    /// time and memory in proportion to the papers.
    ///
    /// # Errors
    /// As the store reports.
    pub fn topic_membership(
        &self,
        body: &TopicBody,
    ) -> Result<Option<TopicMembership>, EngineError> {
        let Some(stamp) = self.topic_stamp(body)? else {
            return Ok(None);
        };
        let names = &stamp.names;
        let tree = self.store.stored_topics(stamp.run)?;
        let places: BTreeMap<TopicId, usize> = tree.iter().map(|topic| topic.id).zip(0..).collect();
        let path = |topic: &kindred_store::StoredTopic| {
            let mut path = Vec::new();
            let mut at = Some(topic);
            while let Some(topic) = at {
                let name = names.get(&topic.id);
                path.push(TopicRef {
                    id: topic.id,
                    label: name.map_or_else(|| topic.label.clone(), ToString::to_string),
                });
                at = topic.parent.map(|parent| &tree[places[&parent]]);
            }
            path.reverse();
            path
        };
        let members = self.store.topic_members(stamp.run)?;
        let members: Vec<(PaperKey, usize)> = (members.iter())
            .map(|member| (member.key, places[&member.topic]))
            .collect();
        let paths: Vec<Vec<TopicRef>> = tree.iter().map(path).collect();
        Ok(Some(TopicMembership {
            parts: parts(&paths, &members),
            members,
            paths,
            stamp,
        }))
    }

    /// Returns the topics of each paper, from the coarsest to the finest; none for papers that are
    /// in no topic or not in the library.
    ///
    /// # Errors
    /// As the store reports.
    pub fn topics_of(
        &self,
        membership: &TopicMembership,
        ids: &[PaperId],
    ) -> Result<Vec<Vec<TopicRef>>, EngineError> {
        ids.iter()
            .map(|id| {
                let key = self.store.key(id)?;
                Ok(key.map_or_else(Vec::new, |key| membership.path(key).to_vec()))
            })
            .collect()
    }
}

/// The direct parts of each topic, of the paths from the coarsest topic to each.
fn parts(
    paths: &[Vec<TopicRef>],
    members: &[(PaperKey, usize)],
) -> BTreeMap<TopicId, Vec<TopicPart>> {
    let mut sizes: BTreeMap<TopicId, u64> = BTreeMap::new();
    for (_, place) in members {
        for topic in &paths[*place] {
            *sizes.entry(topic.id).or_default() += 1;
        }
    }
    let mut parts: BTreeMap<TopicId, Vec<TopicPart>> = BTreeMap::new();
    for path in paths {
        if let [.., above, topic] = path.as_slice() {
            parts.entry(above.id).or_default().push(TopicPart {
                size: sizes.get(&topic.id).copied().unwrap_or(0),
                topic: topic.clone(),
            });
        }
    }
    for parts in parts.values_mut() {
        parts.sort_by_key(|part| (std::cmp::Reverse(part.size), part.topic.id));
    }
    parts
}
