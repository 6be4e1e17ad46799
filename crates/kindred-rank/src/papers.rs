//! What rankers read of papers.

use kindred_core::Embeddings;

use crate::error::RankError;
use crate::space::Placed;
use crate::terms::TermRows;
use crate::words::BACKGROUND_TERMS;

/// Papers in a fixed order: their vectors and, where words count too, their terms.
#[derive(Debug, Clone, Copy)]
pub struct Papers<'a> {
    /// One unit vector for each paper.
    pub vectors: &'a Embeddings,
    /// One row for each paper, all of one [`Lexicon`](crate::Lexicon); `None` ranks by vectors
    /// alone.
    pub terms: Option<&'a TermRows>,
    /// The same papers in the [`Space`](crate::Space) of the training set, where they were placed
    /// already; `None` places them when they are ranked.
    pub placed: Option<&'a Placed>,
}

impl<'a> Papers<'a> {
    /// Returns the number of papers.
    pub fn len(&self) -> usize {
        self.vectors.len()
    }

    /// Whether there is no paper.
    pub fn is_empty(&self) -> bool {
        self.vectors.is_empty()
    }

    /// The same papers with their terms.
    #[must_use]
    pub fn with_terms(self, terms: &'a TermRows) -> Self {
        Self {
            terms: Some(terms),
            ..self
        }
    }

    /// As [`check`](Self::check), but the terms of the first papers suffice.
    pub(crate) fn check_background(&self, expected: usize) -> Result<(), RankError> {
        let part = "background papers";
        let enough = self.len().min(BACKGROUND_TERMS);
        match self.terms {
            Some(terms) if terms.len() < self.len() && terms.len() >= enough => {
                Papers::from(self.vectors).check(part, expected)
            }
            _ => self.check(part, expected),
        }
    }

    /// Refuses vectors of another dimension (no rows are of any) and terms of other papers.
    pub(crate) fn check(&self, part: &'static str, expected: usize) -> Result<(), RankError> {
        if !self.is_empty() && self.vectors.dimension() != expected {
            return Err(RankError::Dimension {
                part,
                expected,
                found: self.vectors.dimension(),
            });
        }
        if let Some(placed) = self.placed
            && placed.len() != self.len()
        {
            return Err(RankError::Placed {
                part,
                expected: self.len(),
                found: placed.len(),
            });
        }
        match self.terms {
            Some(terms) if terms.len() != self.len() => Err(RankError::Terms {
                part,
                expected: self.len(),
                found: terms.len(),
            }),
            _ => Ok(()),
        }
    }
}

impl<'a> From<&'a Embeddings> for Papers<'a> {
    fn from(vectors: &'a Embeddings) -> Self {
        Self {
            vectors,
            terms: None,
            placed: None,
        }
    }
}
