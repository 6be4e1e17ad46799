//! Topics as answers show them.

use std::collections::BTreeMap;

use jiff::civil::Date;
use kindred_core::{KeySet, PaperKey};
use kindred_store::{Rating, SetName, StoredPaper, StoredTopic, TopicId, TopicMember};

use super::TopicsQuery;
use super::current::Current;
use super::growth::Growth;
use crate::answer::{
    EncoderView, TopicAssignment, TopicPaper, TopicRef, TopicRunView, TopicShowAnswer, TopicView,
    TopicsAnswer,
};
use crate::{EngineError, Library};

/// Papers less firmly in their topic are weak: they have more links to another one.
const WEAK: f32 = 0.5;

/// What views of topics are made from.
pub(super) struct Facts<'a> {
    current: &'a Current,
    /// Position of each topic.
    positions: BTreeMap<TopicId, usize>,
    /// Papers of each topic.
    members: Vec<Vec<&'a TopicMember>>,
    days: BTreeMap<PaperKey, Date>,
    latest: Option<Date>,
    pub(super) liked: KeySet,
}

impl Library {
    pub(super) fn topics_view(
        &self,
        current: &Current,
        query: &TopicsQuery,
    ) -> Result<TopicsAnswer, EngineError> {
        let facts = self.facts(current)?;
        let levels = current
            .tree
            .iter()
            .map(|topic| topic.level + 1)
            .max()
            .unwrap_or(0);
        let level = query.level.map(|level| {
            u8::try_from(level)
                .unwrap_or(u8::MAX)
                .min(levels.saturating_sub(1))
        });
        let mut shown: Vec<usize> = (0..current.tree.len())
            .filter(|&position| level.is_none_or(|level| facts.stands_at(position, level)))
            .collect();
        if level.is_some() {
            shown.sort_by_key(|&position| {
                (
                    usize::MAX - facts.members[position].len(),
                    current.tree[position].id,
                )
            });
        }
        let topics = self.views(&facts, &shown)?;
        let assignment = query
            .assignment
            .then(|| self.assignment(&facts))
            .transpose()?;
        Ok(TopicsAnswer {
            encoder: EncoderView::from(&current.choice),
            body: current.scope.clone(),
            run: current.run.map(|(number, at, papers)| TopicRunView {
                number,
                at,
                papers,
                placed: current
                    .members
                    .iter()
                    .filter(|member| member.is_placed)
                    .count() as u64,
            }),
            papers: current.members.len() as u64,
            not_embedded: current.not_embedded,
            levels,
            level,
            topics,
            assignment,
        })
    }

    /// Returns one topic with its surroundings and at most `limit` of its papers.
    pub(super) fn topic_view(
        &self,
        current: &Current,
        id: TopicId,
        limit: usize,
    ) -> Result<TopicShowAnswer, EngineError> {
        let facts = self.facts(current)?;
        let position = facts.positions[&id];
        let topic = &current.tree[position];
        let of_parent = |parent: Option<TopicId>| -> Vec<usize> {
            let tree = current.tree.iter().enumerate();
            tree.filter(|(_, topic)| topic.parent == parent)
                .map(|(place, _)| place)
                .collect()
        };
        let name = |place: &usize| facts.name(*place);
        let mut siblings = of_parent(topic.parent);
        siblings.retain(|&place| place != position);
        let mut path: Vec<TopicId> = facts.path(id);
        path.pop();
        let mut members = facts.members[position].clone();
        let order = current.order();
        members.sort_by(|left, right| {
            (right.strength.total_cmp(&left.strength))
                .then(order[&left.key].cmp(&order[&right.key]))
        });
        members.truncate(limit);
        let fate = self.store.topic(id)?;
        let born = fate.map_or_else(
            || current.run.map(|(_, at, _)| at),
            |fate| Some(fate.born.1),
        );
        Ok(TopicShowAnswer {
            body: current.scope.clone(),
            path: path
                .iter()
                .map(|id| facts.name(facts.positions[id]))
                .collect(),
            siblings: siblings.iter().map(name).collect(),
            children: self.views(&facts, &of_parent(Some(id)))?,
            born: born.unwrap_or_default(),
            papers: self.topic_papers(&facts, &members)?,
            topic: self.views(&facts, &[position])?.remove(0),
        })
    }

    pub(super) fn facts<'a>(&self, current: &'a Current) -> Result<Facts<'a>, EngineError> {
        let positions: BTreeMap<TopicId, usize> =
            current.tree.iter().map(|topic| topic.id).zip(0..).collect();
        let mut members: Vec<Vec<&TopicMember>> = vec![Vec::new(); current.tree.len()];
        for member in &current.members {
            let mut at = Some(member.topic);
            while let Some(position) = at.and_then(|id| positions.get(&id).copied()) {
                members[position].push(member);
                at = current.tree[position].parent;
            }
        }
        let keys: Vec<PaperKey> = current.members.iter().map(|member| member.key).collect();
        let days = self.store.first_days(&keys)?;
        let days: BTreeMap<PaperKey, Date> = keys
            .into_iter()
            .zip(days)
            .filter_map(|(key, day)| Some((key, day?)))
            .collect();
        Ok(Facts {
            current,
            positions,
            members,
            latest: days.values().max().copied(),
            days,
            liked: self.liked_papers(current)?,
        })
    }

    /// Papers that a set likes which did not begin as a topic.
    fn liked_papers(&self, current: &Current) -> Result<KeySet, EngineError> {
        let mut liked = Vec::new();
        for set in self.store.sets()? {
            if current.subscriptions.iter().any(|one| one.set == set.name) {
                continue;
            }
            let ratings = self.store.ratings(&set.name)?;
            liked.extend(
                (ratings.iter())
                    .filter(|rated| rated.rating == Rating::Like)
                    .map(|rated| rated.key),
            );
        }
        Ok(liked.into_iter().collect())
    }

    fn views(&self, facts: &Facts<'_>, shown: &[usize]) -> Result<Vec<TopicView>, EngineError> {
        let all_liked = facts
            .current
            .members
            .iter()
            .filter(|one| facts.liked.contains(one.key))
            .count();
        shown
            .iter()
            .map(|&position| {
                let topic = &facts.current.tree[position];
                let members = &facts.members[position];
                let days: Vec<Date> = members
                    .iter()
                    .filter_map(|one| facts.days.get(&one.key).copied())
                    .collect();
                let growth = Growth::new(&days, facts.latest);
                let liked = members
                    .iter()
                    .filter(|one| facts.liked.contains(one.key))
                    .count();
                let representatives: Vec<&TopicMember> = topic
                    .representatives
                    .iter()
                    .filter_map(|key| {
                        let place = facts
                            .current
                            .members
                            .binary_search_by_key(key, |one| one.key);
                        place.ok().map(|place| &facts.current.members[place])
                    })
                    .collect();
                let name = facts.name(position);
                Ok(TopicView {
                    id: topic.id,
                    label: name.label,
                    named: facts.current.names.contains_key(&topic.id),
                    level: topic.level,
                    parent: topic.parent,
                    children: facts.children(topic.id),
                    size: members.len() as u64,
                    share: members.len() as f64 / facts.current.members.len().max(1) as f64,
                    weak: members.iter().filter(|one| one.strength < WEAK).count() as u64,
                    liked: liked as u64,
                    liked_share: liked as f64 / all_liked.max(1) as f64,
                    per_month: growth.per_month,
                    per_month_before: growth.per_month_before,
                    months: growth.months,
                    sets: facts.sets(topic.id),
                    terms: topic.terms.clone(),
                    papers: self.topic_papers(facts, &representatives)?,
                })
            })
            .collect()
    }

    fn topic_papers(
        &self,
        facts: &Facts<'_>,
        members: &[&TopicMember],
    ) -> Result<Vec<TopicPaper>, EngineError> {
        let keys: Vec<PaperKey> = members.iter().map(|member| member.key).collect();
        let papers: BTreeMap<PaperKey, StoredPaper> = self
            .store
            .papers(&keys)?
            .into_iter()
            .map(|stored| (stored.key, stored))
            .collect();
        let view = |member: &&TopicMember| {
            let paper = &papers.get(&member.key)?.paper;
            Some(TopicPaper {
                id: paper.id.clone(),
                title: paper.title.clone(),
                strength: member.strength,
                weak: member.strength < WEAK,
                placed: member.is_placed,
                liked: facts.liked.contains(member.key),
            })
        };
        Ok(members.iter().filter_map(view).collect())
    }
}

impl Library {
    fn assignment(&self, facts: &Facts<'_>) -> Result<Vec<TopicAssignment>, EngineError> {
        let keys: Vec<PaperKey> = facts.current.papers.iter().map(|(key, _)| *key).collect();
        let papers = self.store.papers(&keys)?;
        let view = |stored: StoredPaper| {
            let member = facts.member(stored.key)?;
            Some(TopicAssignment {
                id: stored.paper.id,
                title: stored.paper.title,
                topics: facts.path(member.topic),
                strength: member.strength,
                weak: member.strength < WEAK,
                placed: member.is_placed,
            })
        };
        Ok(papers.into_iter().filter_map(view).collect())
    }
}

impl Facts<'_> {
    /// Whether a topic stands for its papers at a level: it is of it, or coarser and undivided.
    fn stands_at(&self, position: usize, level: u8) -> bool {
        let topic = &self.current.tree[position];
        topic.level == level || (topic.level < level && self.children(topic.id).is_empty())
    }

    fn children(&self, id: TopicId) -> Vec<TopicId> {
        let children = self
            .current
            .tree
            .iter()
            .filter(|topic| topic.parent == Some(id));
        children.map(|topic| topic.id).collect()
    }

    fn sets(&self, id: TopicId) -> Vec<SetName> {
        let here = self
            .current
            .subscriptions
            .iter()
            .filter(|one| one.topic == id);
        here.map(|one| one.set.clone()).collect()
    }

    pub(super) fn name(&self, position: usize) -> TopicRef {
        let topic: &StoredTopic = &self.current.tree[position];
        TopicRef {
            id: topic.id,
            label: self.current.label(topic),
        }
    }

    /// Where a paper belongs.
    pub(super) fn member(&self, key: PaperKey) -> Option<&TopicMember> {
        let members = &self.current.members;
        let place = members.binary_search_by_key(&key, |one| one.key).ok()?;
        Some(&members[place])
    }

    /// A topic and what holds it, the coarsest first.
    pub(super) fn path(&self, id: TopicId) -> Vec<TopicId> {
        let mut path = Vec::new();
        let mut at = Some(id);
        while let Some(id) = at {
            path.push(id);
            at = self.current.tree[self.positions[&id]].parent;
        }
        path.reverse();
        path
    }
}
