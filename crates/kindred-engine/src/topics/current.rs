//! The topics of a body as they are now: those stored, new papers placed, or a run anew.

use std::collections::BTreeMap;

use jiff::Timestamp;
use kindred_core::{Codes, Fingerprint, KeySet, PaperId, PaperKey, nearest_among};
use kindred_store::{
    StoredTopic, TextHash, TopicId, TopicMember, TopicName, TopicRun, TopicSubscription,
};
use kindred_topics::{links, place};

use super::TopicBody;
use super::run::{Ground, Settings, stored_strength};
use crate::choice::EncoderChoice;
use crate::{Control, EngineError, Library};

/// A body is grouped anew once the papers that came and went are more than one in this many.
const RERUN_SHARE: usize = 10;

/// The topics of a body.
#[derive(Debug)]
pub(super) struct Current {
    /// The scope's key.
    pub(super) scope: String,
    /// The encoder.
    pub(super) choice: EncoderChoice,
    /// Its number, when it was made and how many papers it had; no number where it is not stored,
    /// nothing where there is no paper.
    pub(super) run: Option<(Option<i64>, Timestamp, u64)>,
    /// Topics by level, then in order of size when they were made.
    pub(super) tree: Vec<StoredTopic>,
    /// Papers by key, those placed since included.
    pub(super) members: Vec<TopicMember>,
    /// The members' ids, in the order of ids.
    pub(super) papers: Vec<(PaperKey, PaperId)>,
    /// Papers of the body without a vector.
    pub(super) not_embedded: u64,
    /// Names that were given.
    pub(super) names: BTreeMap<TopicId, TopicName>,
    /// Sets that began as a topic.
    pub(super) subscriptions: Vec<TopicSubscription>,
    /// What a run that was just made was made from.
    pub(super) ground: Option<Ground>,
}

/// The papers of a body that have vectors, in the order of their ids.
pub(super) struct Embedded {
    pub(super) scope: String,
    pub(super) choice: EncoderChoice,
    pub(super) papers: Vec<(PaperKey, PaperId)>,
    pub(super) input: [u8; 32],
    /// Papers of the body without a vector.
    pub(super) waiting: u64,
}

impl Library {
    /// Returns the topics of a body, grouped anew if there are none yet, if it is asked for, or if
    /// the encoder or more than a tenth of the papers is another one; else those stored, with new
    /// papers placed among them.
    pub(super) fn current_topics(
        &mut self,
        body: &TopicBody,
        rerun: bool,
        now: Timestamp,
        control: &Control<'_>,
    ) -> Result<Current, EngineError> {
        let settings = Settings::new(body);
        let embedded = self.embedded(body, &settings)?;
        let latest = self.store.latest_topic_run(&embedded.scope)?;
        if let Some(run) = latest.filter(|_| !rerun)
            && run.encoder == embedded.choice.fingerprint
            && run.settings == settings.text()
            && let Some(current) = self.placed(&embedded, &run, control)?
        {
            return Ok(current);
        }
        self.run_topics(&embedded, &settings, now, control)
    }

    pub(super) fn embedded(
        &self,
        body: &TopicBody,
        settings: &Settings,
    ) -> Result<Embedded, EngineError> {
        let choice = self.encoder_choice()?;
        let papers = self.papers_of(body)?;
        let count = papers.len();
        let hashes: BTreeMap<PaperKey, TextHash> = self
            .store
            .embedded_keys(&choice.fingerprint)?
            .into_iter()
            .collect();
        if hashes.is_empty() && count > 0 {
            // Says how many wait.
            self.index()?;
        }
        let papers: Vec<(PaperKey, PaperId)> = (papers.into_iter())
            .filter(|(key, _)| hashes.contains_key(key))
            .collect();
        let input = hash_of(&choice.fingerprint, settings, &papers, &hashes);
        Ok(Embedded {
            scope: body.key(),
            waiting: (count - papers.len()) as u64,
            choice,
            papers,
            input,
        })
    }

    /// Papers of a body without a vector.
    pub(super) fn waiting(
        &self,
        body: &TopicBody,
        choice: &EncoderChoice,
    ) -> Result<u64, EngineError> {
        let embedded = self.store.embedded_keys(&choice.fingerprint)?;
        let embedded: KeySet = embedded.into_iter().map(|(key, _)| key).collect();
        let keys = self.keys_of(body)?;
        let waiting = keys
            .as_slice()
            .iter()
            .filter(|&&key| !embedded.contains(key));
        Ok(waiting.count() as u64)
    }

    /// Returns a stored run with new papers placed, `None` if too much has changed since.
    fn placed(
        &mut self,
        embedded: &Embedded,
        run: &TopicRun,
        control: &Control<'_>,
    ) -> Result<Option<Current>, EngineError> {
        let mut members = self.store.topic_members(run.number)?;
        let tree = self.store.stored_topics(run.number)?;
        if run.input == embedded.input {
            return self.current(embedded, Some(run), tree, members).map(Some);
        }
        let here: KeySet = embedded.papers.iter().map(|(key, _)| *key).collect();
        let before = members.len();
        members.retain(|member| here.contains(member.key));
        let gone = before - members.len();
        let clustered: KeySet = (members.iter())
            .filter(|member| !member.is_placed)
            .map(|member| member.key)
            .collect();
        let new = embedded.papers.len() - clustered.len();
        if (new + gone) * RERUN_SHARE > clustered.len() {
            return Ok(None);
        }
        let known: KeySet = members.iter().map(|member| member.key).collect();
        if known.len() < embedded.papers.len() {
            let placed = self.place(embedded, (&tree, &members), (&clustered, &known), control)?;
            if self.is_writable() {
                self.store.place_in_topics(run.number, &placed)?;
            }
            members.extend(placed);
            members.sort_by_key(|member| member.key);
        }
        self.current(embedded, Some(run), tree, members).map(Some)
    }

    /// Places the papers that are not in `known` among those of the run, `clustered`.
    fn place(
        &self,
        embedded: &Embedded,
        (tree, members): (&[StoredTopic], &[TopicMember]),
        (clustered, known): (&KeySet, &KeySet),
        control: &Control<'_>,
    ) -> Result<Vec<TopicMember>, EngineError> {
        let keys = |is_wanted: &dyn Fn(PaperKey) -> bool| -> Vec<PaperKey> {
            let papers = embedded.papers.iter().map(|(key, _)| *key);
            papers.filter(|&key| is_wanted(key)).collect()
        };
        let mut rows = keys(&|key| clustered.contains(key));
        rows.extend(keys(&|key| !known.contains(key)));
        let (rows, vectors) = self.index()?.embeddings_for(&rows);
        control.check()?;
        let among = rows
            .iter()
            .take_while(|&&key| clustered.contains(key))
            .count();
        let codes = Codes::scaled_to(&vectors, among);
        let nearest = nearest_among(&codes, among, links(among));
        let positions: BTreeMap<TopicId, u32> =
            tree.iter().map(|topic| topic.id).zip(0..).collect();
        let parents: Vec<Option<u32>> = tree
            .iter()
            .map(|topic| Some(positions[&topic.parent?]))
            .collect();
        let topic_of: BTreeMap<PaperKey, TopicId> = members
            .iter()
            .map(|member| (member.key, member.topic))
            .collect();
        let finest: Vec<u32> = rows[..among]
            .iter()
            .map(|key| positions[&topic_of[key]])
            .collect();
        let placements = place(&parents, &finest, &nearest);
        Ok(rows[among..]
            .iter()
            .zip(placements)
            .map(|(&key, placement)| TopicMember {
                key,
                topic: tree[placement.topic as usize].id,
                strength: stored_strength(placement.strength),
                is_placed: true,
            })
            .collect())
    }

    /// Puts what is known of a body's topics together.
    pub(super) fn current(
        &self,
        embedded: &Embedded,
        run: Option<&TopicRun>,
        tree: Vec<StoredTopic>,
        members: Vec<TopicMember>,
    ) -> Result<Current, EngineError> {
        let known: KeySet = members.iter().map(|member| member.key).collect();
        let papers = embedded
            .papers
            .iter()
            .filter(|(key, _)| known.contains(*key));
        Ok(Current {
            scope: embedded.scope.clone(),
            choice: embedded.choice.clone(),
            run: run.map(|run| (Some(run.number), run.at, run.papers)),
            papers: papers.cloned().collect(),
            names: self.store.topic_names(&embedded.scope)?,
            subscriptions: self.store.topic_subscriptions()?,
            tree,
            members,
            not_embedded: embedded.waiting,
            ground: None,
        })
    }
}

impl Current {
    /// The place of each member in the order of ids.
    pub(super) fn order(&self) -> BTreeMap<PaperKey, usize> {
        self.papers.iter().map(|(key, _)| *key).zip(0..).collect()
    }

    /// The name of a topic, else its label.
    pub(super) fn label(&self, topic: &StoredTopic) -> String {
        let name = self.names.get(&topic.id);
        name.map_or_else(|| topic.label.clone(), ToString::to_string)
    }
}

/// Hashes all that topics depend on.
fn hash_of(
    encoder: &Fingerprint,
    settings: &Settings,
    papers: &[(PaperKey, PaperId)],
    hashes: &BTreeMap<PaperKey, TextHash>,
) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    for text in [encoder.as_str(), &settings.text()] {
        hasher.update(text.as_bytes());
        hasher.update(&[0]);
    }
    for (key, _) in papers {
        hasher.update(&key.0.to_le_bytes());
        hasher.update(&hashes[key].0);
    }
    *hasher.finalize().as_bytes()
}
