//! Which topics papers belong to, read once and looked up often.

use std::collections::BTreeMap;

use kindred_core::{PaperId, PaperKey};
use kindred_store::TopicId;

use super::TopicBody;
use crate::answer::TopicRef;
use crate::{EngineError, Library};

/// The topics of all papers of a body, as they were when it was read; for programs that stay.
#[derive(Debug, Clone)]
pub struct TopicMembership {
    run: i64,
    /// Papers by key, with the place of their finest topic in `paths`.
    members: Vec<(PaperKey, usize)>,
    /// The topics from the coarsest to each.
    paths: Vec<Vec<TopicRef>>,
}

impl TopicMembership {
    /// Number of the run that it was read of.
    pub fn run(&self) -> i64 {
        self.run
    }

    fn path(&self, key: PaperKey) -> &[TopicRef] {
        let place = self.members.binary_search_by_key(&key, |(key, _)| *key);
        place.map_or(&[], |place| &self.paths[self.members[place].1])
    }
}

impl Library {
    /// Returns the number of the run that the topics of a body are of, `None` if it was never
    /// grouped.
    ///
    /// # Errors
    /// As the store reports.
    pub fn latest_topic_run(&self, body: &TopicBody) -> Result<Option<i64>, EngineError> {
        let run = self.store.latest_topic_run(&body.key())?;
        Ok(run.map(|run| run.number))
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
        let scope = body.key();
        let Some(run) = self.store.latest_topic_run(&scope)? else {
            return Ok(None);
        };
        let names = self.topic_names(&scope)?;
        let tree = self.store.stored_topics(run.number)?;
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
        let members = self.store.topic_members(run.number)?;
        Ok(Some(TopicMembership {
            run: run.number,
            members: (members.iter())
                .map(|member| (member.key, places[&member.topic]))
                .collect(),
            paths: tree.iter().map(path).collect(),
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
