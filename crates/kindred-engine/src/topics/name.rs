//! One topic: found by number or name, shown, named, made a seed set.

use jiff::Timestamp;
use kindred_core::PaperKey;
use kindred_store::{Rating, SetName, TopicFate, TopicId, TopicMember, TopicName};

use super::TopicBody;
use super::current::Current;
use super::run::Settings;
use crate::answer::{TopicRef, TopicShowAnswer, TopicSubscribeAnswer};
use crate::{EngineError, Library};

/// Papers that a set made of a topic likes at most, the most central ones.
const SEEDS: usize = 50;
/// Topics that an error about a topic names.
const NAMED_TOPICS: usize = 5;

impl Library {
    /// Returns a topic with at most `limit` of its papers. `topic` is its number, or its name or
    /// label if no other living topic has it.
    ///
    /// # Errors
    /// [`EngineError::UnknownTopic`], [`EngineError::AmbiguousTopic`], [`EngineError::TopicDied`].
    pub fn topic(&self, topic: &str, limit: usize) -> Result<TopicShowAnswer, EngineError> {
        let fate = self.find_topic(topic)?;
        let current = self.stored_topics_of(&fate.scope)?;
        self.topic_view(&current, fate.id, limit)
    }

    /// Gives a topic a name that persists over runs, or with `None` takes it away.
    ///
    /// # Errors
    /// As [`Library::topic`]; as the store reports if another topic of the body has the name.
    pub fn rename_topic(
        &mut self,
        topic: &str,
        name: Option<&TopicName>,
        now: Timestamp,
    ) -> Result<TopicRef, EngineError> {
        let fate = self.find_topic(topic)?;
        self.store.rename_topic(fate.id, name, now)?;
        Ok(TopicRef {
            id: fate.id,
            label: name.map_or(fate.label, ToString::to_string),
        })
    }

    /// Makes a topic a seed set: it likes the topic's most central papers, at most 50, and its feed
    /// then ranks each day's arrivals.
    ///
    /// # Errors
    /// As [`Library::topic`]; [`EngineError::SetTaken`] if there is such a set.
    pub fn subscribe_topic(
        &mut self,
        topic: &str,
        set: &SetName,
        now: Timestamp,
    ) -> Result<TopicSubscribeAnswer, EngineError> {
        let fate = self.find_topic(topic)?;
        if self.has_set(set)? {
            return Err(EngineError::SetTaken {
                name: set.to_string(),
            });
        }
        let current = self.stored_topics_of(&fate.scope)?;
        let seeds = seeds(&current, fate.id);
        let ratings: Vec<(PaperKey, Rating)> =
            seeds.into_iter().map(|key| (key, Rating::Like)).collect();
        self.store.create_set(set, now)?;
        self.store.rate(set, &ratings, now)?;
        self.store.subscribe_topic(fate.id, set, now)?;
        Ok(TopicSubscribeAnswer {
            topic: TopicRef {
                id: fate.id,
                label: fate.title().to_owned(),
            },
            set: set.clone(),
            likes: ratings.len() as u64,
        })
    }

    /// Finds a living topic by its number, else by name or label, whatever the case.
    pub(super) fn find_topic(&self, text: &str) -> Result<TopicFate, EngineError> {
        let text = text.trim();
        let asked = text.strip_prefix('#').unwrap_or(text);
        if let Ok(id) = asked.parse::<TopicId>()
            && let Some(fate) = self.store.topic(id)?
        {
            return match fate.died {
                None => Ok(fate),
                Some((_, at)) => Err(EngineError::TopicDied {
                    topic: format!("{} ({})", fate.id, fate.title()),
                    at,
                }),
            };
        }
        let mut living = Vec::new();
        for scope in self.store.topic_scopes()? {
            let fates = self.store.topics_ever(&scope.key)?;
            living.extend(fates.into_iter().filter(|fate| fate.died.is_none()));
        }
        let wanted = text.to_lowercase();
        let is_called = |fate: &&TopicFate| {
            fate.title().to_lowercase() == wanted || fate.label.to_lowercase() == wanted
        };
        let mut called = living.iter().filter(is_called);
        match (called.next(), called.next()) {
            (Some(found), None) => Ok(found.clone()),
            (Some(_), Some(_)) => Err(EngineError::AmbiguousTopic {
                topic: text.to_owned(),
                found: named(living.iter().filter(is_called)),
            }),
            (None, _) => Err(EngineError::UnknownTopic {
                topic: text.to_owned(),
                close: named(living.iter().filter(|fate| {
                    let title = fate.title().to_lowercase();
                    let mut words = title.split(|c: char| !c.is_alphanumeric());
                    words.any(|word| wanted.split_whitespace().any(|wanted| wanted == word))
                })),
            }),
        }
    }

    /// The topics of a scope as they are stored.
    fn stored_topics_of(&self, scope: &str) -> Result<Current, EngineError> {
        let run = self.store.latest_topic_run(scope)?;
        let run = run.ok_or_else(|| EngineError::NoTopics {
            body: scope.to_owned(),
        })?;
        let members = self.store.topic_members(run.number)?;
        let keys: Vec<PaperKey> = members.iter().map(|member| member.key).collect();
        let mut papers = self.store.ids(&keys)?;
        papers.sort_by(|(_, left), (_, right)| left.cmp(right));
        Ok(Current {
            scope: scope.to_owned(),
            choice: self.encoder_choice()?,
            run: Some((Some(run.number), run.at, run.papers)),
            tree: self.store.stored_topics(run.number)?,
            members,
            papers,
            not_embedded: 0,
            names: self.store.topic_names(scope)?,
            subscriptions: self.store.topic_subscriptions()?,
            ground: None,
        })
    }

    /// What keeps a body from being grouped, where it was not; else the error itself.
    pub(super) fn why_never_grouped(&self, body: &TopicBody, error: EngineError) -> EngineError {
        if matches!(error, EngineError::NoTopics { .. })
            && let Err(reason) = self.embedded(body, &Settings::new(body))
        {
            return reason;
        }
        error
    }

    /// The topics of a body as they are stored; nothing is grouped.
    pub(super) fn stored_topics_of_body(&self, body: &TopicBody) -> Result<Current, EngineError> {
        let mut current = match self.stored_topics_of(&body.key()) {
            Err(error) => return Err(self.why_never_grouped(body, error)),
            Ok(current) => current,
        };
        current.not_embedded = self.waiting(body, &current.choice)?;
        Ok(current)
    }
}

/// The papers in the middle of a topic: representatives, then the firmest ones, ties by id.
fn seeds(current: &Current, id: TopicId) -> Vec<PaperKey> {
    let runs = super::run::run_topics(&current.tree, &current.members);
    let Some(topic) = runs.into_iter().find(|topic| topic.id == id.0) else {
        return Vec::new();
    };
    let stored = current.tree.iter().find(|stored| stored.id == id);
    let mut seeds: Vec<PaperKey> = stored
        .map(|stored| stored.representatives.clone())
        .unwrap_or_default();
    let mut others: Vec<&TopicMember> = current
        .members
        .iter()
        .filter(|one| topic.members.binary_search(&one.key).is_ok() && !seeds.contains(&one.key))
        .collect();
    let order = current.order();
    others.sort_by(|left, right| {
        (right.strength.total_cmp(&left.strength)).then(order[&left.key].cmp(&order[&right.key]))
    });
    seeds.extend(others.into_iter().map(|one| one.key));
    // At most half, so that the edge of a small topic does not speak for it.
    seeds.truncate(SEEDS.min(topic.members.len().div_ceil(2).max(3)));
    seeds
}

fn named<'a>(fates: impl Iterator<Item = &'a TopicFate>) -> Vec<String> {
    let names = fates.map(|fate| format!("{} ({})", fate.id, fate.title()));
    names.take(NAMED_TOPICS).collect()
}
