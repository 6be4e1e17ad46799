//! Runs of topics over the papers 1 to 60.

use jiff::Timestamp;
use kindred_core::{Fingerprint, PaperKey};
use kindred_store::{
    MapPoint, NewTopicRun, Store, StoreError, StoredTopic, TopicChange, TopicEvent, TopicId,
    TopicMember,
};

use crate::support::{set, time};

pub(crate) fn encoder() -> Fingerprint {
    Fingerprint::from_hash(&[7; 32])
}

/// A run as a value of its own.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    pub(crate) scope: String,
    pub(crate) topics: Vec<StoredTopic>,
    pub(crate) members: Vec<TopicMember>,
    pub(crate) events: Vec<TopicEvent>,
}

impl Draft {
    /// A topic of level 0 with two below it for each triple of ids; papers are dealt to the topics
    /// of level 1 in turn.
    pub(crate) fn of(scope: &str, triples: &[[u64; 3]], keys: &[u64]) -> Self {
        let finest: Vec<u64> = triples.iter().flat_map(|ids| [ids[1], ids[2]]).collect();
        let members: Vec<TopicMember> = keys
            .iter()
            .zip(finest.iter().cycle())
            .map(|(&key, &topic)| TopicMember {
                key: PaperKey(key),
                topic: TopicId(topic),
                strength: 1.0,
                is_placed: false,
            })
            .collect();
        let mut topics = Vec::new();
        for &[parent, left, right] in triples {
            for (id, level) in [(parent, 0), (left, 1), (right, 1)] {
                let own: Vec<PaperKey> = members
                    .iter()
                    .filter(|member| {
                        member.topic.0 == id
                            || level == 0 && [left, right].contains(&member.topic.0)
                    })
                    .map(|member| member.key)
                    .collect();
                topics.push(StoredTopic {
                    id: TopicId(id),
                    parent: (level == 1).then_some(TopicId(parent)),
                    level,
                    label: format!("label {id}"),
                    terms: (1..=60_u8)
                        .map(|number| (format!("term {number} of {id}"), 1.0 / f64::from(number)))
                        .collect(),
                    size: own.len() as u64,
                    representatives: own.iter().rev().take(3).copied().collect(),
                });
            }
        }
        Self {
            scope: scope.to_owned(),
            topics,
            members,
            events: Vec::new(),
        }
    }

    pub(crate) fn save(&self, store: &mut Store, at: Timestamp) -> Result<i64, StoreError> {
        store.save_topic_run(&NewTopicRun {
            scope: &self.scope,
            at,
            encoder: &encoder(),
            settings: r#"{"resolution":1.0}"#,
            input: [3; 32],
            topics: &self.topics,
            members: &self.members,
            events: &self.events,
        })
    }
}

pub(crate) fn point(key: u64, x: f32, y: f32) -> MapPoint {
    MapPoint {
        key: PaperKey(key),
        x,
        y,
        is_projected: false,
    }
}

/// Two runs of all of 60 papers, in the second of which topics 4 to 6 died, a name, a subscription
/// of the set `reading`, placed papers and a map.
pub(crate) fn fill_topics(store: &mut Store) {
    let keys: Vec<u64> = (1..=50).collect();
    let first = Draft::of("all", &[[1, 2, 3], [4, 5, 6]], &keys);
    first.save(store, time(10)).unwrap();
    let mut second = Draft::of("all", &[[1, 2, 3], [7, 8, 9]], &keys);
    second.events = vec![
        TopicEvent {
            change: TopicChange::Merged,
            topic: TopicId(7),
            others: vec![TopicId(4), TopicId(5)],
            papers: vec![PaperKey(9), PaperKey(3)],
            count: 20,
        },
        TopicEvent {
            change: TopicChange::Died,
            topic: TopicId(6),
            others: vec![],
            papers: vec![],
            count: 0,
        },
    ];
    let run = second.save(store, time(20)).unwrap();
    let name = "Byzantine fault tolerance".parse().unwrap();
    store
        .rename_topic(TopicId(2), Some(&name), time(21))
        .unwrap();
    store
        .subscribe_topic(TopicId(2), &set("reading"), time(22))
        .unwrap();
    let late: Vec<TopicMember> = (51..=60)
        .map(|key| TopicMember {
            key: PaperKey(key),
            topic: TopicId(8),
            strength: 0.5,
            is_placed: true,
        })
        .collect();
    store.place_in_topics(run, &late).unwrap();
    let points: Vec<MapPoint> = (1..=50_u8)
        .map(|key| point(key.into(), f32::from(key) / 3.0, -f32::from(key)))
        .collect();
    store
        .save_topic_map("all", &encoder(), time(23), &points)
        .unwrap();
    let added: Vec<MapPoint> = (51..=55_u8)
        .map(|key| point(key.into(), -0.0, f32::from(key)))
        .collect();
    store.add_to_topic_map("all", &added).unwrap();
}
