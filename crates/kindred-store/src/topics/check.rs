//! What a run must be to be one.

use std::collections::{BTreeMap, BTreeSet};

use super::pack::PackedMember;
use super::{NewTopicRun, StoredTopic, TopicEvent};

/// Longest key of a scope, label and term, and longest settings, in bytes.
const MAX_KEY_BYTES: usize = 1 << 10;
const MAX_LABEL_BYTES: usize = 1 << 10;
const MAX_SETTINGS_BYTES: usize = 64 << 10;
/// Most terms and representatives of a topic, and most papers that an event names.
const MAX_TERMS: usize = 256;
const MAX_REPRESENTATIVES: usize = 3;
const MAX_EVENT_PAPERS: usize = 1_000;

/// Returns what is wrong with the texts of a run, if anything.
pub(super) fn text_fault(run: &NewTopicRun<'_>) -> Option<String> {
    if !is_scope_key(run.scope) {
        return Some(format!(
            "its key has {} bytes, expected one line of 1 to {MAX_KEY_BYTES}",
            run.scope.len()
        ));
    }
    let length = run.settings.len();
    (length > MAX_SETTINGS_BYTES)
        .then(|| format!("its settings have {length} bytes, expected at most {MAX_SETTINGS_BYTES}"))
}

/// Whether a text can be the key of a scope.
pub(super) fn is_scope_key(key: &str) -> bool {
    (1..=MAX_KEY_BYTES).contains(&key.len())
        && key.trim() == key
        && !key.contains(|c: char| c.is_control())
}

/// Returns where the topics and members of a run contradict each other, if anywhere.
///
/// Topics have distinct ids, and each below level 0 a parent one level above it; members are in
/// ascending order, and each in a topic without topics below it; every topic has as many papers as
/// it says, and is represented by papers of its own.
pub(super) fn contradiction(topics: &[StoredTopic], members: &[PackedMember]) -> Option<String> {
    let mut places = BTreeMap::new();
    for (place, topic) in topics.iter().enumerate() {
        if let Some(what) = topic_fault(topic) {
            return Some(format!("topic {} {what}", topic.id));
        }
        if places.insert(topic.id, place).is_some() {
            return Some(format!("topic {} is there twice", topic.id));
        }
    }
    let mut parents = Vec::with_capacity(topics.len());
    let mut has_children = vec![false; topics.len()];
    for topic in topics {
        let parent = topic.parent.map(|parent| places.get(&parent).copied());
        match (topic.level, parent) {
            (0, None) => parents.push(None),
            (1.., Some(Some(parent))) if topics[parent].level == topic.level - 1 => {
                parents.push(Some(parent));
                has_children[parent] = true;
            }
            _ => {
                return Some(format!(
                    "topic {} of level {} has no parent in the level above it, or has one at \
                     level 0",
                    topic.id, topic.level
                ));
            }
        }
    }
    let tree = Tree {
        topics,
        parents,
        has_children,
    };
    tree.member_fault(members)
}

struct Tree<'a> {
    topics: &'a [StoredTopic],
    parents: Vec<Option<usize>>,
    has_children: Vec<bool>,
}

impl Tree<'_> {
    fn member_fault(&self, members: &[PackedMember]) -> Option<String> {
        let mut sizes = vec![0_u64; self.topics.len()];
        let mut before = None;
        for member in members {
            let key = member.key.0;
            if before >= Some(key) {
                return Some(format!("paper {key} is not after the one before it"));
            }
            before = Some(key);
            if self.has_children.get(member.place) != Some(&false) {
                return Some(format!("paper {key} is in no topic of the finest level"));
            }
            if member.steps == 0 {
                return Some(format!("paper {key} has no strength"));
            }
            for place in self.upwards(member.place) {
                sizes[place] += 1;
            }
        }
        for (place, topic) in self.topics.iter().enumerate() {
            let (id, size, found) = (topic.id, topic.size, sizes[place]);
            if size != found {
                return Some(format!("topic {id} says {size} papers and has {found}"));
            }
            for key in &topic.representatives {
                let found = members.binary_search_by_key(key, |member| member.key);
                let is_inside = found.is_ok_and(|found| {
                    self.upwards(members[found].place)
                        .any(|other| other == place)
                });
                if !is_inside {
                    return Some(format!(
                        "topic {id} is represented by paper {} of another topic",
                        key.0
                    ));
                }
            }
        }
        None
    }

    /// A topic and those above it. Levels go down by 1, so there is an end.
    fn upwards(&self, place: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(Some(place), |&place| self.parents[place])
    }
}

fn topic_fault(topic: &StoredTopic) -> Option<String> {
    if topic.id.0 == 0 {
        return Some("has an id below 1".into());
    }
    if topic.label.len() > MAX_LABEL_BYTES {
        let length = topic.label.len();
        return Some(format!(
            "has a label of {length} bytes, expected at most {MAX_LABEL_BYTES}"
        ));
    }
    if topic.terms.len() > MAX_TERMS {
        let count = topic.terms.len();
        return Some(format!("has {count} terms, expected at most {MAX_TERMS}"));
    }
    let is_term =
        |(term, weight): &(String, f64)| term.len() <= MAX_LABEL_BYTES && weight.is_finite();
    if !topic.terms.iter().all(is_term) {
        return Some("has a term that is too long, or whose weight is not finite".into());
    }
    let distinct: BTreeSet<_> = topic.representatives.iter().collect();
    if topic.representatives.len() > MAX_REPRESENTATIVES
        || distinct.len() < topic.representatives.len()
    {
        return Some("has more than 3 representatives, or one of them twice".into());
    }
    None
}

/// Returns what is wrong with an event by itself, if anything.
pub(super) fn event_fault(event: &TopicEvent) -> Option<String> {
    let named = event.papers.len();
    let what = if named > MAX_EVENT_PAPERS {
        format!("names {named} papers, expected at most {MAX_EVENT_PAPERS}")
    } else if (named as u64) > event.count {
        format!("names {named} papers of {}", event.count)
    } else {
        return None;
    };
    Some(format!("the change of topic {} {what}", event.topic))
}
