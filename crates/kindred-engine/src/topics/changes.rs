//! What changed from run to run.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use kindred_core::PaperKey;
use kindred_store::{KEPT_TOPIC_RUNS, TopicEvent, TopicId, TopicRun};

use super::TopicDiffQuery;
use crate::answer::{
    EventPaper, PlacedPapers, TopicDiffAnswer, TopicEventView, TopicRef, TopicRunChanges,
};
use crate::{EngineError, Library};

impl Library {
    /// Returns what the last run of a body changed, or all runs since a day, and what was placed
    /// since.
    ///
    /// # Errors
    /// [`EngineError::NoTopics`] if the body was never grouped; otherwise as the store reports.
    pub fn topic_diff(&self, query: &TopicDiffQuery) -> Result<TopicDiffAnswer, EngineError> {
        let scope = query.body.key();
        let mut runs = self.store.topic_runs(&scope)?;
        let Some(newest) = runs.first().map(|run| run.number) else {
            return Err(self.why_never_grouped(&query.body, EngineError::NoTopics { body: scope }));
        };
        // Of a body with many runs the first is kept no longer.
        let first = runs.last().map(|run| run.number);
        let first = first.filter(|_| runs.len() < KEPT_TOPIC_RUNS);
        match query.since {
            None => runs.truncate(1),
            Some(day) => {
                runs.retain(|run| run.at.to_zoned(TimeZone::UTC).date() >= day);
            }
        }
        let fates = self.store.topics_ever(&scope)?;
        let labels: BTreeMap<TopicId, String> = fates
            .into_iter()
            .map(|fate| (fate.id, fate.title().to_owned()))
            .collect();
        let runs = runs
            .iter()
            .map(|run| {
                let changes = self.run_changes(run, &labels, query.papers)?;
                let first = first == Some(run.number);
                Ok::<_, EngineError>(TopicRunChanges { first, ..changes })
            })
            .collect::<Result<_, _>>()?;
        Ok(TopicDiffAnswer {
            since: query.since,
            runs,
            placed: self.placed_papers(newest, &labels, query.papers)?,
            body: scope,
        })
    }

    fn run_changes(
        &self,
        run: &TopicRun,
        labels: &BTreeMap<TopicId, String>,
        papers: usize,
    ) -> Result<TopicRunChanges, EngineError> {
        let events = self.store.topic_events(run.number)?;
        let view = |event: &TopicEvent| {
            Ok(TopicEventView {
                change: event.change,
                topic: name(event.topic, labels),
                others: event.others.iter().map(|&id| name(id, labels)).collect(),
                count: event.count,
                papers: self.event_papers(event.papers.iter().copied().take(papers))?,
            })
        };
        Ok(TopicRunChanges {
            number: run.number,
            at: run.at,
            papers: run.papers,
            first: false,
            events: events
                .iter()
                .map(view)
                .collect::<Result<_, EngineError>>()?,
        })
    }

    /// Papers placed since the newest run, by topic.
    fn placed_papers(
        &self,
        run: i64,
        labels: &BTreeMap<TopicId, String>,
        papers: usize,
    ) -> Result<Vec<PlacedPapers>, EngineError> {
        let mut by_topic: BTreeMap<TopicId, Vec<PaperKey>> = BTreeMap::new();
        let members = self.store.topic_members(run)?;
        for member in members.iter().filter(|member| member.is_placed) {
            by_topic.entry(member.topic).or_default().push(member.key);
        }
        let mut placed = by_topic
            .into_iter()
            .map(|(topic, keys)| {
                Ok(PlacedPapers {
                    topic: name(topic, labels),
                    count: keys.len() as u64,
                    papers: self.event_papers(keys.into_iter().take(papers))?,
                })
            })
            .collect::<Result<Vec<_>, EngineError>>()?;
        placed.sort_by_key(|one| u64::MAX - one.count);
        Ok(placed)
    }

    fn event_papers(
        &self,
        keys: impl Iterator<Item = PaperKey>,
    ) -> Result<Vec<EventPaper>, EngineError> {
        let keys: Vec<PaperKey> = keys.collect();
        let papers = self.store.papers(&keys)?;
        let view = |stored: kindred_store::StoredPaper| EventPaper {
            id: stored.paper.id,
            title: stored.paper.title,
        };
        Ok(papers.into_iter().map(view).collect())
    }
}

fn name(id: TopicId, labels: &BTreeMap<TopicId, String>) -> TopicRef {
    TopicRef {
        id,
        label: labels.get(&id).cloned().unwrap_or_default(),
    }
}
