//! Storing a run.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use jiff::Timestamp;
use kindred_core::KeySet;
use rusqlite::Connection;

use super::check::{contradiction, event_fault, text_fault};
use super::identity::{Counters, Identity, find_scope, insert_scope, sql_id};
use super::pack::{PackedMember, steps};
use super::parts::save_list;
use super::runs::RunRow;
use super::verify::finest;
use super::{KEPT_TOPIC_RUNS, NewTopicRun, TopicError, TopicId, TopicRun};
use crate::connection::Store;
use crate::error::{At, StoreError};
use crate::row::read_key;

impl Store {
    /// Stores a run and returns its number; the topics of its scope that are not in it have died.
    ///
    /// Ids that are new have to be those from [`Store::next_topic_id`] on, without a gap, in any
    /// order; all others have to be of living topics of the scope. The newest 60 runs of a scope
    /// are kept.
    ///
    /// # Errors
    /// [`TopicError::Unfit`] if the run contradicts itself, the ids that were given, or the papers
    /// that there are; [`TopicError::Damaged`]; if the file cannot be written. Nothing is stored
    /// then.
    pub fn save_topic_run(&mut self, run: &NewTopicRun<'_>) -> Result<i64, StoreError> {
        let unfit = |what: String| unfit(run.scope, what);
        if let Some(what) = text_fault(run) {
            return Err(unfit(what));
        }
        let members = packed(run).map_err(unfit)?;
        let fault =
            contradiction(run.topics, &members).or_else(|| run.events.iter().find_map(event_fault));
        if let Some(what) = fault {
            return Err(unfit(what));
        }
        self.try_write(|connection, path| {
            let all = paper_keys(connection).at(path)?;
            let named = run.events.iter().flat_map(|event| &event.papers);
            for key in members.iter().map(|member| &member.key).chain(named) {
                if !all.contains(*key) {
                    return Err(StoreError::UnknownKey { key: key.0 });
                }
            }
            save_run(connection, path, run, &members)
        })
    }

    /// Puts papers that came after a run into its topics, each over an earlier place of its own,
    /// and returns how many. Papers that were clustered in the run keep their place.
    ///
    /// # Errors
    /// [`TopicError::UnknownRun`]; [`TopicError::Unfit`] if a topic is not of the finest level or a
    /// strength not in (0, 1]; [`StoreError::UnknownKey`]; if the file cannot be written. Nothing
    /// is placed then.
    pub fn place_in_topics(
        &mut self,
        run: i64,
        members: &[super::TopicMember],
    ) -> Result<u64, StoreError> {
        self.try_write(|connection, path| {
            let row = RunRow::load(connection, path, run)?;
            let topics = row.topics(connection, path)?;
            let settled = row.members(connection, path)?;
            let finest = finest(&topics);
            let mut placed = 0;
            for member in members {
                crate::sets::check_key(connection, path, member.key)?;
                if !finest.contains(&sql_id(member.topic)) || !is_strength(member.strength) {
                    let what = format!(
                        "paper {} is put into topic {} with strength {}, expected a topic of the \
                         finest level of run {run} and a strength above 0, at most 1",
                        member.key.0, member.topic, member.strength
                    );
                    return Err(unfit(&row.run.scope, what));
                }
                let found = settled.binary_search_by_key(&member.key, |settled| settled.key);
                if found.is_err() {
                    super::runs::save_placement(connection, run, member).at(path)?;
                    placed += 1;
                }
            }
            Ok(placed)
        })
    }
}

pub(super) fn unfit(scope: &str, what: String) -> StoreError {
    TopicError::Unfit {
        scope: scope.chars().take(80).collect(),
        what,
    }
    .into()
}

fn is_strength(strength: f32) -> bool {
    strength > 0.0 && strength <= 1.0
}

fn packed(run: &NewTopicRun<'_>) -> Result<Vec<PackedMember>, String> {
    let places: BTreeMap<TopicId, usize> = run
        .topics
        .iter()
        .enumerate()
        .map(|(place, topic)| (topic.id, place))
        .collect();
    let pack = |member: &super::TopicMember| {
        let key = member.key.0;
        let place = *places
            .get(&member.topic)
            .ok_or_else(|| format!("paper {key} is in topic {} of no run", member.topic))?;
        if !is_strength(member.strength) {
            return Err(format!(
                "paper {key} has strength {}, expected one above 0, at most 1",
                member.strength
            ));
        }
        Ok(PackedMember {
            key: member.key,
            place,
            steps: steps(member.strength),
        })
    };
    let members: Vec<PackedMember> = run.members.iter().map(pack).collect::<Result<_, _>>()?;
    // Differences of keys are stored, so the order is looked at before anything else.
    match members.windows(2).find(|pair| pair[0].key >= pair[1].key) {
        Some(pair) => Err(format!(
            "paper {} is not after the one before it",
            pair[1].key.0
        )),
        None => Ok(members),
    }
}

/// All papers, by ascending key.
pub(super) fn paper_keys(connection: &Connection) -> rusqlite::Result<KeySet> {
    connection
        .prepare_cached("SELECT key FROM papers INDEXED BY papers_by_text_hash")?
        .query_map([], |row| read_key(row, 0))?
        .collect()
}

fn save_run(
    connection: &Connection,
    path: &Path,
    run: &NewTopicRun<'_>,
    members: &[PackedMember],
) -> Result<i64, StoreError> {
    let counters = Counters::load(connection, path)?;
    let scope = scope_number(connection, run.scope).at(path)?;
    let number = counters.next_run;
    let known: BTreeMap<TopicId, Identity> = Identity::load_all(connection, path, scope)?
        .into_iter()
        .map(|identity| (identity.id(), identity))
        .collect();
    let fresh = fresh_ids(run, counters, &known).map_err(|what| unfit(run.scope, what))?;
    let row = RunRow {
        scope,
        events: run.events.len() as u64,
        run: TopicRun {
            number,
            scope: run.scope.to_owned(),
            at: run.at,
            encoder: run.encoder.clone(),
            settings: run.settings.to_owned(),
            input: run.input,
            papers: members.len() as u64,
            topics: run.topics.len() as u64,
        },
    };
    row.save(connection).at(path)?;
    save_list(connection, number, run.topics).at(path)?;
    save_list(connection, number, members).at(path)?;
    save_list(connection, number, run.events).at(path)?;
    save_identities(connection, run, &row, known).at(path)?;
    let count = i64::try_from(fresh).expect("topics of one run fit memory");
    Counters {
        next_topic: counters.next_topic + count,
        next_run: number + 1,
    }
    .save(connection)
    .at(path)?;
    connection
        .prepare_cached(
            "DELETE FROM topic_runs WHERE number IN (SELECT number FROM topic_runs
                 WHERE scope = ?1 ORDER BY number DESC LIMIT -1 OFFSET ?2)",
        )
        .and_then(|mut statement| {
            let kept = i64::try_from(KEPT_TOPIC_RUNS).unwrap_or(i64::MAX);
            statement.execute([scope, kept])
        })
        .at(path)?;
    Ok(number)
}

/// Finds the number of a scope, or gives it one.
pub(super) fn scope_number(connection: &Connection, key: &str) -> rusqlite::Result<i64> {
    match find_scope(connection, key)? {
        Some(number) => Ok(number),
        None => insert_scope(connection, key),
    }
}

/// Returns how many ids of a run are new, or what is wrong with its ids.
fn fresh_ids(
    run: &NewTopicRun<'_>,
    counters: Counters,
    known: &BTreeMap<TopicId, Identity>,
) -> Result<usize, String> {
    let next = TopicId(counters.next_topic.cast_unsigned());
    let mut fresh = BTreeSet::new();
    for topic in run.topics {
        match known.get(&topic.id) {
            Some(Identity {
                died: Some((in_run, _)),
                ..
            }) => return Err(format!("topic {} died in run {in_run}", topic.id)),
            Some(_) => {}
            None if topic.id < next => {
                return Err(format!("topic {} is not one of these papers", topic.id));
            }
            None => {
                fresh.insert(topic.id);
            }
        }
    }
    for (expected, found) in (next.0..).map(TopicId).zip(&fresh) {
        if expected != *found {
            return Err(format!("the new topic {found} had to have id {expected}"));
        }
    }
    let named = run
        .events
        .iter()
        .flat_map(|event| event.others.iter().chain([&event.topic]));
    for id in named {
        if !known.contains_key(id) && !fresh.contains(id) {
            return Err(format!(
                "a change names topic {id}, which is not of these papers"
            ));
        }
    }
    Ok(fresh.len())
}

/// Births, deaths and labels.
fn save_identities(
    connection: &Connection,
    run: &NewTopicRun<'_>,
    row: &RunRow,
    mut known: BTreeMap<TopicId, Identity>,
) -> rusqlite::Result<()> {
    let now: (i64, Timestamp) = (row.run.number, run.at);
    for topic in run.topics {
        let identity = match known.remove(&topic.id) {
            Some(identity) if identity.label == topic.label => continue,
            Some(identity) => Identity {
                label: topic.label.clone(),
                ..identity
            },
            None => Identity {
                id: sql_id(topic.id),
                scope: row.scope,
                born: now,
                died: None,
                label: topic.label.clone(),
            },
        };
        identity.save(connection)?;
    }
    for identity in known.into_values().filter(|known| known.died.is_none()) {
        Identity {
            died: Some(now),
            ..identity
        }
        .save(connection)?;
    }
    Ok(())
}

/// Notes that all topics of a scope that live have died.
pub(super) fn bury(
    connection: &Connection,
    path: &Path,
    scope: i64,
    died: (i64, Timestamp),
) -> Result<(), StoreError> {
    for identity in Identity::load_all(connection, path, scope)? {
        if identity.died.is_none() {
            Identity {
                died: Some(died),
                ..identity
            }
            .save(connection)
            .at(path)?;
        }
    }
    Ok(())
}
