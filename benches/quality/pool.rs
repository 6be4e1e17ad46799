//! Papers of a protocol as every ranker wants to read them.

use std::collections::BTreeMap;

use anyhow::Result;
use kindred_core::Embeddings;
use std::sync::Arc;

use kindred_rank::{Lexicon, Papers, Placed, Space, TermRows, TermRule};

use crate::Bench;
use crate::rankers::Ranking;
use crate::source::Rows;
use crate::words::Sparse;

/// Vectors or words, and terms, of papers, rows in one order.
#[derive(Debug, Clone)]
pub(crate) struct Pool {
    rows: Rows,
    terms: BTreeMap<TermRule, TermRows>,
    placed: Option<Placed>,
}

impl Pool {
    /// Reads collections of texts with shared lexicons, one for each rule that a ranker has.
    pub(crate) fn read<const N: usize>(
        texts: [&[String]; N],
        bench: &Bench<'_>,
    ) -> Result<[Self; N]> {
        let mut pools = bench.source.read(texts)?.map(|rows| Self {
            rows,
            terms: BTreeMap::new(),
            placed: None,
        });
        for rule in bench.rankers.iter().filter_map(Ranking::term_rule) {
            let mut lexicon = Lexicon::new(rule);
            for (pool, texts) in pools.iter_mut().zip(texts) {
                (pool.terms.entry(rule)).or_insert_with(|| lexicon.rows(texts));
            }
        }
        Ok(pools)
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Returns the rows of tf-idf; its rankers come with no other source.
    pub(crate) fn words(&self) -> &Sparse {
        match &self.rows {
            Rows::Sparse(rows) => rows,
            Rows::Dense(_) => unreachable!("rankers of words read words"),
        }
    }

    /// Returns the vectors; other rankers come with sources of vectors.
    fn vectors(&self) -> &Embeddings {
        match &self.rows {
            Rows::Dense(rows) => rows,
            Rows::Sparse(_) => unreachable!("rankers of vectors read vectors"),
        }
    }

    /// Returns the named rows in the given order.
    pub(crate) fn gather(&self, rows: &[usize], rule: Option<TermRule>) -> Gathered {
        let own = self.vectors();
        let mut vectors = Embeddings::with_capacity(own.dimension(), rows.len());
        for &row in rows {
            vectors
                .push(&own.unit_vector(row))
                .expect("rows of one matrix have one dimension");
        }
        Gathered {
            vectors,
            terms: rule.map(|rule| self.terms[&rule].gather(rows)),
        }
    }

    /// Fits a space to the first rows, which are a random sample where the order is random.
    /// Words have none.
    pub(crate) fn space(&self, rows: usize) -> Option<Arc<Space>> {
        if matches!(self.rows, Rows::Sparse(_)) {
            return None;
        }
        let first: Vec<usize> = (0..rows.min(self.len())).collect();
        Some(Arc::new(Space::fit(&self.gather(&first, None).vectors)))
    }

    /// Remembers where the rows lie in a space.
    pub(crate) fn place(&mut self, space: &Space) {
        self.placed = Some(space.place(self.vectors()));
    }

    /// Returns all rows.
    pub(crate) fn all(&self, rule: Option<TermRule>) -> Papers<'_> {
        Papers {
            vectors: self.vectors(),
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
