//! A run: a body grouped anew, its topics found again, what changed stored with it.

use std::cell::Cell;

use jiff::Timestamp;
use kindred_core::{Codes, NearestRows, PaperKey, nearest_rows};
use kindred_store::{
    NewTopicRun, StoredTopic, TopicChange, TopicEvent, TopicId, TopicMember, TopicRun,
};
use kindred_topics::{
    Change, ChangeKind, Distinct, RunTopic, Stage, TopicInput, TopicOptions, TopicText, Topics,
    changes, cluster, continued, links,
};
use serde::Serialize;

use super::TopicBody;
use super::current::{Current, Embedded};
use crate::{Control, EngineError, Library, Progress};

/// Steps of progress for each part of a run: by far the longest is the search for neighbours.
const NEIGHBOR_STEPS: u64 = 600;
const COMMUNITY_STEPS: u64 = 200;
const LABEL_STEPS: u64 = 200;
/// Version of the way from papers to topics; a new one groups anew.
const METHOD: u32 = 1;

/// What topics depend on beside the papers.
#[derive(Debug, Serialize)]
pub(super) struct Settings {
    method: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    topics: Option<usize>,
}

impl Settings {
    pub(super) fn new(body: &TopicBody) -> Self {
        Self {
            method: METHOD,
            topics: body.topics,
        }
    }

    pub(super) fn text(&self) -> String {
        serde_json::to_string(self).expect("numbers become JSON")
    }

    fn options(&self, papers: usize) -> TopicOptions {
        TopicOptions {
            target: self.topics,
            ..TopicOptions::for_size(papers)
        }
    }
}

/// What topics and maps are made from, rows in the order of ids.
#[derive(Debug)]
pub(super) struct Ground {
    pub(super) rows: Vec<PaperKey>,
    pub(super) codes: Codes,
    pub(super) nearest: NearestRows,
}

/// Papers grouped, rows in the order of ids.
struct Grouped {
    rows: Vec<PaperKey>,
    topics: Topics,
    /// What a map can be made from too, unless papers with equal vectors were counted as one.
    ground: Option<(Codes, NearestRows)>,
}

impl Grouped {
    fn into_ground(self) -> Option<Ground> {
        let (codes, nearest) = self.ground?;
        Some(Ground {
            rows: self.rows,
            codes,
            nearest,
        })
    }
}

impl Library {
    /// Groups a body anew and stores the run, if this library may write.
    pub(super) fn run_topics(
        &mut self,
        embedded: &Embedded,
        settings: &Settings,
        now: Timestamp,
        control: &Control<'_>,
    ) -> Result<Current, EngineError> {
        if embedded.papers.is_empty() {
            return self.current(embedded, None, Vec::new(), Vec::new());
        }
        let grouped = self.group(embedded, settings, control)?;
        let before = self.store.latest_topic_run(&embedded.scope)?;
        let old = match &before {
            Some(run) => {
                let tree = self.store.stored_topics(run.number)?;
                run_topics(&tree, &self.store.topic_members(run.number)?)
            }
            None => Vec::new(),
        };
        let first_new = self.store.next_topic_id()?;
        let tree = numbered(&grouped, &old, first_new);
        let members = members(&grouped, &tree);
        let events: Vec<TopicEvent> = if before.is_some() {
            changes(&old, &run_topics(&tree, &members))
                .into_iter()
                .map(event)
                .collect()
        } else {
            Vec::new()
        };
        if !self.is_writable() {
            let mut current = self.current(embedded, None, tree, members)?;
            current.run = Some((None, now, grouped.rows.len() as u64));
            current.ground = grouped.into_ground();
            return Ok(current);
        }
        let number = self.store.save_topic_run(&NewTopicRun {
            scope: &embedded.scope,
            at: now,
            encoder: &embedded.choice.fingerprint,
            settings: &settings.text(),
            input: embedded.input,
            topics: &tree,
            members: &members,
            events: &events,
        })?;
        let run = TopicRun {
            number,
            scope: embedded.scope.clone(),
            at: now,
            encoder: embedded.choice.fingerprint.clone(),
            settings: settings.text(),
            input: embedded.input,
            papers: members.len() as u64,
            topics: tree.len() as u64,
        };
        let mut current = self.current(embedded, Some(&run), tree, members)?;
        current.ground = grouped.into_ground();
        Ok(current)
    }

    fn group(
        &self,
        embedded: &Embedded,
        settings: &Settings,
        control: &Control<'_>,
    ) -> Result<Grouped, EngineError> {
        let wanted: Vec<PaperKey> = embedded.papers.iter().map(|(key, _)| *key).collect();
        let (rows, codes) = self.codes(&wanted)?;
        let distinct = Distinct::new(&codes);
        control.check()?;
        let codes = if distinct.is_everything() {
            codes
        } else {
            codes.select(distinct.rows())
        };
        let nearest = neighbors(&codes, control)?;
        let keys: Vec<PaperKey> = distinct
            .rows()
            .iter()
            .map(|&row| rows[row as usize])
            .collect();
        let papers = self.store.papers(&keys)?;
        let texts: Vec<TopicText<'_>> = papers
            .iter()
            .map(|stored| TopicText {
                title: &stored.paper.title,
                abstract_text: &stored.paper.abstract_text,
            })
            .collect();
        let input = TopicInput {
            codes: &codes,
            nearest: &nearest,
            texts: &texts,
        };
        let progress = |at: kindred_topics::TopicProgress| {
            let (start, steps) = match at.stage {
                Stage::Communities => (NEIGHBOR_STEPS, COMMUNITY_STEPS),
                Stage::Labels => (NEIGHBOR_STEPS + COMMUNITY_STEPS, LABEL_STEPS),
            };
            report(
                control,
                start + steps * at.done as u64 / at.total.max(1) as u64,
            );
        };
        let topics = cluster(
            &input,
            &settings.options(rows.len()),
            &progress,
            control.stop,
        );
        let topics = topics.map_err(|error| {
            if control.is_stopped() {
                EngineError::Stopped
            } else {
                error.into()
            }
        })?;
        Ok(Grouped {
            topics: distinct.expand(topics),
            ground: distinct.is_everything().then_some((codes, nearest)),
            rows,
        })
    }

    /// Returns those of the papers that have vectors, and their vectors' codes.
    pub(super) fn codes(&self, papers: &[PaperKey]) -> Result<(Vec<PaperKey>, Codes), EngineError> {
        let (rows, vectors) = self.index()?.embeddings_for(papers);
        Ok((rows, Codes::new(&vectors)))
    }
}

/// Finds the neighbours that topics and map are made from.
pub(super) fn neighbors(codes: &Codes, control: &Control<'_>) -> Result<NearestRows, EngineError> {
    let rows = codes.len();
    let last = Cell::new(0);
    let mut progress = |done: usize| {
        let step = NEIGHBOR_STEPS * done as u64 / rows.max(1) as u64;
        if step > last.replace(step) {
            report(control, step);
        }
    };
    nearest_rows(codes, links(rows), &mut progress, control.stop).ok_or(EngineError::Stopped)
}

fn report(control: &Control<'_>, done: u64) {
    control.report(Progress::Topics {
        done,
        total: NEIGHBOR_STEPS + COMMUNITY_STEPS + LABEL_STEPS,
    });
}

/// Gives topics their numbers: those of the run before where they are found again, new ones from
/// `first_new` on.
fn numbered(grouped: &Grouped, old: &[RunTopic], first_new: TopicId) -> Vec<StoredTopic> {
    let unnumbered: Vec<RunTopic> = grouped
        .topics
        .topics
        .iter()
        .map(|topic| {
            let keys = topic.members.iter().map(|&row| grouped.rows[row as usize]);
            let mut members: Vec<PaperKey> = keys.collect();
            members.sort_unstable();
            RunTopic {
                id: 0,
                level: topic.level,
                members,
            }
        })
        .collect();
    let mut next = first_new.0;
    let ids: Vec<TopicId> = continued(old, &unnumbered)
        .into_iter()
        .map(|same| {
            TopicId(same.map_or_else(
                || {
                    next += 1;
                    next - 1
                },
                |position| old[position].id,
            ))
        })
        .collect();
    (grouped.topics.topics.iter().zip(&ids))
        .map(|(topic, &id)| StoredTopic {
            id,
            parent: topic.parent.map(|parent| ids[parent as usize]),
            level: u8::try_from(topic.level).unwrap_or(u8::MAX),
            label: topic.label.clone(),
            terms: topic.terms.clone(),
            size: topic.members.len() as u64,
            representatives: topic
                .representatives
                .iter()
                .map(|&row| grouped.rows[row as usize])
                .collect(),
        })
        .collect()
}

fn members(grouped: &Grouped, tree: &[StoredTopic]) -> Vec<TopicMember> {
    let rows = grouped
        .rows
        .iter()
        .zip(&grouped.topics.finest)
        .zip(&grouped.topics.strength);
    let mut members: Vec<TopicMember> = rows
        .map(|((&key, &topic), &strength)| TopicMember {
            key,
            topic: tree[topic as usize].id,
            strength: stored_strength(strength),
            is_placed: false,
        })
        .collect();
    members.sort_by_key(|member| member.key);
    members
}

/// A strength in the steps that are stored, so that the first answer says what later ones say.
pub(super) fn stored_strength(strength: f32) -> f32 {
    let steps = f32::from(u16::MAX);
    (strength * steps).round().max(1.0) / steps
}

/// The topics of a run with all their papers.
pub(super) fn run_topics(tree: &[StoredTopic], members: &[TopicMember]) -> Vec<RunTopic> {
    let positions: std::collections::BTreeMap<TopicId, usize> =
        tree.iter().map(|topic| topic.id).zip(0..).collect();
    let mut topics: Vec<RunTopic> = tree
        .iter()
        .map(|topic| RunTopic {
            id: topic.id.0,
            level: usize::from(topic.level),
            members: Vec::new(),
        })
        .collect();
    for member in members {
        let mut at = Some(member.topic);
        while let Some(position) = at.and_then(|id| positions.get(&id).copied()) {
            topics[position].members.push(member.key);
            at = tree[position].parent;
        }
    }
    topics
}

fn event(change: Change) -> TopicEvent {
    TopicEvent {
        change: match change.kind {
            ChangeKind::Born => TopicChange::Born,
            ChangeKind::Split => TopicChange::Split,
            ChangeKind::Merged => TopicChange::Merged,
            ChangeKind::Died => TopicChange::Died,
            ChangeKind::Grew => TopicChange::Grew,
            ChangeKind::Shrank => TopicChange::Shrank,
        },
        topic: TopicId(change.topic),
        others: change.others.into_iter().map(TopicId).collect(),
        papers: change.papers,
        count: change.count as u64,
    }
}
