//! Merging seed sets, and the topics that feed them.

use jiff::Timestamp;
use kindred_core::{KeySet, PaperKey};
use kindred_store::{RateCounts, Rating, SetName, TopicId};

use crate::answer::TopicRef;
use crate::{EngineError, Library};

impl Library {
    /// Moves the ratings of a set, each with its time, and the topics that it was made of into
    /// another, and deletes it with its rules. What the other set has rated keeps its rating.
    ///
    /// # Errors
    /// [`EngineError::UnknownSet`] for either, [`EngineError::SetTaken`] if both are the same set.
    pub fn merge_set(
        &mut self,
        from: &SetName,
        into: &SetName,
        now: Timestamp,
    ) -> Result<RateCounts, EngineError> {
        if from == into {
            return Err(EngineError::SetTaken {
                name: into.to_string(),
            });
        }
        let there: KeySet = (self.ratings_of(into)?.iter())
            .map(|rated| rated.key)
            .collect();
        let ratings = self.ratings_of(from)?;
        let moved: Vec<(PaperKey, Rating, Timestamp)> = (ratings.iter())
            .filter(|rated| !there.contains(rated.key))
            .map(|rated| (rated.key, rated.rating, rated.at))
            .collect();
        let mut counts = self.store.rate_at(into, &moved)?;
        counts.unchanged += (ratings.len() - moved.len()) as u64;
        for topic in self.topics_of_set(from)? {
            self.store.subscribe_topic(topic.id, into, now)?;
        }
        // Last, so that nothing is lost where one of the others fails.
        self.store.delete_set(from)?;
        Ok(counts)
    }

    /// Returns the living topics that a set was made of, by number.
    ///
    /// # Errors
    /// As the store reports.
    pub fn topics_of_set(&self, set: &SetName) -> Result<Vec<TopicRef>, EngineError> {
        let mut topics = Vec::new();
        for subscription in self.store.topic_subscriptions()? {
            if subscription.set != *set {
                continue;
            }
            let fate = self.store.topic(subscription.topic)?;
            if let Some(fate) = fate.filter(|fate| fate.died.is_none()) {
                topics.push(TopicRef {
                    id: fate.id,
                    label: fate.title().to_owned(),
                });
            }
        }
        Ok(topics)
    }

    /// Ends that a set stands for a topic; its ratings stay. Says whether it did.
    ///
    /// # Errors
    /// [`EngineError::UnknownSet`] if there is no such set.
    pub fn unsubscribe_topic(
        &mut self,
        topic: TopicId,
        set: &SetName,
    ) -> Result<bool, EngineError> {
        self.require_set(set)?;
        Ok(self.store.unsubscribe_topic(topic, set)?)
    }
}

#[cfg(test)]
mod tests {
    use kindred_core::Record;

    use super::*;
    use crate::samples::{paper, store};

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    #[test]
    fn merged_set_gains_what_it_had_not_with_its_time_and_the_other_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let mut library = Library::create(folder.path()).unwrap();
        let records: Vec<Record> = (1..4)
            .map(|number| Record::Paper {
                paper: Box::new(paper(&format!("2601.0000{number}"), "t", "a", "2026-01-05")),
                announcement: None,
            })
            .collect();
        store(&mut library, &records);
        let (from, into): (SetName, SetName) = ("old".parse().unwrap(), "new".parse().unwrap());
        let id = |number: u32| format!("2601.0000{number}").parse().unwrap();
        let rate = |library: &mut Library, set, number, rating, seconds| {
            library
                .rate(set, &[id(number)], rating, at(seconds))
                .unwrap();
        };
        rate(&mut library, &from, 1, Rating::Like, 10);
        rate(&mut library, &from, 2, Rating::Dislike, 20);
        library.create_set(&into, at(25)).unwrap();
        assert!(library.last_rating(&into).unwrap().is_none());
        assert!(matches!(
            library.create_set(&into, at(26)),
            Err(EngineError::SetTaken { .. })
        ));
        rate(&mut library, &into, 2, Rating::Like, 30);
        assert!(library.merge_set(&into, &into, at(40)).is_err());

        let counts = library.merge_set(&from, &into, at(40)).unwrap();
        assert_eq!((counts.added, counts.unchanged), (1, 1));
        let rated = library.rated(&into).unwrap();
        let rated: Vec<_> = (rated.iter())
            .map(|rated| (rated.paper.id.short(), rated.rating, rated.at))
            .collect();
        let expected = [
            ("2601.00001".to_owned(), "like", at(10)),
            ("2601.00002".to_owned(), "like", at(30)),
        ];
        assert_eq!(rated, expected);
        assert_eq!(library.last_rating(&into).unwrap(), Some(at(30)));
        assert!(matches!(
            library.rated(&from),
            Err(EngineError::UnknownSet { .. })
        ));
    }
}
