//! Papers with equal vectors, counted as one while topics are found.
//!
//! Neighbours of a paper with many copies would be its copies alone, whose links lead nowhere else:
//! the group would fall apart or stand alone for no reason of its subject. Its copies belong where
//! it belongs.

use std::collections::HashMap;

use kindred_core::Codes;

use crate::topic::Topics;

/// Rows without those that equal an earlier one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Distinct {
    /// The first row of each group of equal rows, ascending.
    rows: Vec<u32>,
    /// For each row the position of its group in `rows`.
    group: Vec<u32>,
}

impl Distinct {
    /// Finds rows with equal codes.
    ///
    /// # Panics
    /// If there are 2^32 rows or more.
    pub fn new(codes: &Codes) -> Self {
        let narrow = |row: usize| u32::try_from(row).expect("rows have numbers of 32 bits");
        let mut known: HashMap<&[i8], u32> = HashMap::with_capacity(codes.len());
        let mut rows = Vec::new();
        let group = (0..codes.len())
            .map(|row| {
                *known.entry(codes.row(row)).or_insert_with(|| {
                    rows.push(narrow(row));
                    narrow(rows.len() - 1)
                })
            })
            .collect();
        Self { rows, group }
    }

    /// Rows that equal no earlier one, ascending.
    pub fn rows(&self) -> &[u32] {
        &self.rows
    }

    /// Whether no row equals another.
    pub fn is_everything(&self) -> bool {
        self.rows.len() == self.group.len()
    }

    /// Turns topics of the distinct rows into topics of all rows: copies join their first row.
    ///
    /// # Panics
    /// If the topics are of other rows.
    pub fn expand(&self, mut topics: Topics) -> Topics {
        assert_eq!(
            topics.finest.len(),
            self.rows.len(),
            "topics of the distinct rows"
        );
        if self.is_everything() {
            return topics;
        }
        let mut copies = vec![Vec::new(); self.rows.len()];
        for (row, &group) in (0..).zip(&self.group) {
            copies[group as usize].push(row);
        }
        for topic in &mut topics.topics {
            let members = topic.members.iter();
            topic.members = members
                .flat_map(|&row| copies[row as usize].iter().copied())
                .collect();
            topic.members.sort_unstable();
            for row in &mut topic.representatives {
                *row = self.rows[*row as usize];
            }
        }
        let group = || self.group.iter().map(|&group| group as usize);
        topics.finest = group().map(|group| topics.finest[group]).collect();
        topics.strength = group().map(|group| topics.strength[group]).collect();
        topics
    }
}

#[cfg(test)]
mod tests {
    use kindred_core::{Embeddings, UnitVector};

    use super::*;
    use crate::topic::Topic;

    #[test]
    fn copies_join_their_first_row() {
        let mut vectors = Embeddings::with_capacity(2, 5);
        for components in [[1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [0.6, 0.8], [1.0, 0.0]] {
            vectors
                .push(&UnitVector::new(components.to_vec()).unwrap())
                .unwrap();
        }
        let distinct = Distinct::new(&Codes::new(&vectors));
        assert_eq!(distinct.rows(), [0, 1, 3]);
        let topic = |members: &[u32]| Topic {
            label: String::new(),
            terms: Vec::new(),
            level: 0,
            parent: None,
            children: Vec::new(),
            members: members.to_vec(),
            representatives: members.to_vec(),
        };
        let found = distinct.expand(Topics {
            topics: vec![topic(&[0, 2]), topic(&[1])],
            finest: vec![0, 1, 0],
            strength: vec![0.9, 1.0, 0.4],
        });
        assert_eq!(found.topics[0].members, [0, 2, 3, 4]);
        assert_eq!(found.topics[0].representatives, [0, 3]);
        assert_eq!(found.topics[1].members, [1]);
        assert_eq!(found.finest, [0, 1, 0, 0, 0]);
        assert!((found.strength[4] - 0.9).abs() < 1e-6);
    }
}
