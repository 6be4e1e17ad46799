//! Papers of a protocol as every ranker wants to read them.

use std::collections::BTreeMap;

use anyhow::Result;
use kindred_core::{Embeddings, Role};
use std::sync::Arc;

use kindred_rank::{Lexicon, Papers, Placed, ScoreCandidates, Space, TermRows, TermRule};

use crate::vectors::VectorCache;

/// Vectors and terms of papers, rows in one order.
#[derive(Debug, Clone)]
pub(crate) struct Pool {
    vectors: Embeddings,
    terms: BTreeMap<TermRule, TermRows>,
    placed: Option<Placed>,
}

impl Pool {
    /// Reads collections of texts with shared lexicons, one for each rule that a ranker has.
    pub(crate) fn read<const N: usize>(
        texts: [&[String]; N],
        rankers: &[Box<dyn ScoreCandidates>],
        cache: &VectorCache<'_>,
    ) -> Result<[Self; N]> {
        let mut pools = Vec::with_capacity(N);
        for texts in texts {
            pools.push(Self {
                vectors: cache.encode(texts, Role::Document)?,
                terms: BTreeMap::new(),
                placed: None,
            });
        }
        for rule in rankers.iter().filter_map(|ranker| ranker.term_rule()) {
            let mut lexicon = Lexicon::new(rule);
            for (pool, texts) in pools.iter_mut().zip(texts) {
                (pool.terms.entry(rule)).or_insert_with(|| lexicon.rows(texts));
            }
        }
        Ok(pools.try_into().expect("as many pools as collections"))
    }

    pub(crate) fn len(&self) -> usize {
        self.vectors.len()
    }

    /// Returns the named rows in the given order.
    pub(crate) fn gather(&self, rows: &[usize], rule: Option<TermRule>) -> Gathered {
        let mut vectors = Embeddings::with_capacity(self.vectors.dimension(), rows.len());
        for &row in rows {
            vectors
                .push(&self.vectors.unit_vector(row))
                .expect("rows of one matrix have one dimension");
        }
        Gathered {
            vectors,
            terms: rule.map(|rule| self.terms[&rule].gather(rows)),
        }
    }

    /// Fits a space to the first rows, which are a random sample where the order is random.
    pub(crate) fn space(&self, rows: usize) -> Arc<Space> {
        let first: Vec<usize> = (0..rows.min(self.len())).collect();
        Arc::new(Space::fit(&self.gather(&first, None).vectors))
    }

    /// Remembers where the rows lie in a space.
    pub(crate) fn place(&mut self, space: &Space) {
        self.placed = Some(space.place(&self.vectors));
    }

    /// Returns all rows.
    pub(crate) fn all(&self, rule: Option<TermRule>) -> Papers<'_> {
        Papers {
            vectors: &self.vectors,
            terms: rule.map(|rule| &self.terms[&rule]),
            placed: self.placed.as_ref(),
        }
    }
}

/// Some rows of a pool.
#[derive(Debug, Clone)]
pub(crate) struct Gathered {
    vectors: Embeddings,
    terms: Option<TermRows>,
}

impl Gathered {
    pub(crate) fn papers(&self) -> Papers<'_> {
        Papers {
            vectors: &self.vectors,
            terms: self.terms.as_ref(),
            placed: None,
        }
    }
}
