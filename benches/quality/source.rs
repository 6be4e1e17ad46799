//! What turns texts into rows that can be compared: a neural encoder, or words.

use anyhow::{Context as _, Result, bail};
use kindred_core::{Embeddings, Role, exact_top_k};

use crate::vectors::VectorCache;
use crate::words::{Sparse, WordModel};

/// One row for each text.
#[derive(Debug, Clone)]
pub(crate) enum Rows {
    /// Unit vectors.
    Dense(Embeddings),
    /// Weights of terms, of length 1 or, for BM25, of any.
    Sparse(Sparse),
}

impl Rows {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Dense(rows) => rows.len(),
            Self::Sparse(rows) => rows.len(),
        }
    }
}

/// An encoder with what it has encoded before, or a model of words.
#[derive(Debug)]
pub(crate) enum Source<'a> {
    Encoder(VectorCache<'a>),
    Words(WordModel),
}

impl<'a> Source<'a> {
    /// Returns the encoder.
    ///
    /// # Errors
    /// If there is none.
    pub(crate) fn encoder(&self) -> Result<&VectorCache<'a>> {
        match self {
            Self::Encoder(cache) => Ok(cache),
            Self::Words(model) => bail!("`{}` is no encoder, name another task", model.name()),
        }
    }

    /// Reads the documents of a task, which words are fitted to.
    pub(crate) fn read<const N: usize>(&self, documents: [&[String]; N]) -> Result<[Rows; N]> {
        let rows: Vec<Rows> = match self {
            Self::Encoder(cache) => documents
                .iter()
                .map(|texts| Ok(Rows::Dense(cache.encode(texts, Role::Document)?)))
                .collect::<Result<_>>()?,
            Self::Words(model) => model.read(&documents, &[]).documents,
        };
        Ok(rows.try_into().expect("as many rows as collections"))
    }

    /// Reads documents and what is asked about them; encoders read the questions in this role.
    pub(crate) fn search(
        &self,
        documents: &[String],
        queries: (&[String], Role),
    ) -> Result<Search> {
        let (documents, queries) = match self {
            Self::Encoder(cache) => (
                Rows::Dense(cache.encode(documents, Role::Document)?),
                Rows::Dense(cache.encode(queries.0, queries.1)?),
            ),
            Self::Words(model) => {
                let mut read = model.read(&[documents], queries.0);
                let documents = read.documents.pop().context("one collection was read")?;
                (documents, read.queries)
            }
        };
        Ok(match (documents, queries) {
            (Rows::Dense(documents), Rows::Dense(queries)) => Search::Dense { documents, queries },
            (Rows::Sparse(documents), Rows::Sparse(queries)) => Search::Sparse {
                papers: documents.len(),
                by_term: documents.transposed(),
                queries,
            },
            (Rows::Dense(_), Rows::Sparse(_)) | (Rows::Sparse(_), Rows::Dense(_)) => {
                bail!("documents and queries are read alike")
            }
        })
    }
}

/// Documents, and queries to rank them by.
#[derive(Debug)]
pub(crate) enum Search {
    Dense {
        documents: Embeddings,
        queries: Embeddings,
    },
    Sparse {
        papers: usize,
        /// Documents that hold each term.
        by_term: Sparse,
        queries: Sparse,
    },
}

impl Search {
    /// Returns the rows of the documents that are closest to a query, closest first, equally close
    /// ones in their order; documents that share no word with it are not found by words.
    pub(crate) fn nearest(
        &self,
        query: usize,
        limit: usize,
        accept: impl Fn(usize) -> bool + Sync,
    ) -> Vec<usize> {
        match self {
            Self::Dense { documents, queries } => {
                let query = queries.unit_vector(query);
                let found = exact_top_k(&query, documents, limit, accept);
                found.into_iter().map(|hit| hit.key).collect()
            }
            Self::Sparse {
                papers,
                by_term,
                queries,
            } => {
                let mut scores = vec![0.0_f32; *papers];
                for &(term, weight) in queries.row(query) {
                    for &(paper, value) in by_term.row(term as usize) {
                        scores[paper as usize] += weight * value;
                    }
                }
                let mut found: Vec<usize> = (0..*papers)
                    .filter(|&row| scores[row] > 0.0 && accept(row))
                    .collect();
                let order = |a: &usize, b: &usize| scores[*b].total_cmp(&scores[*a]).then(a.cmp(b));
                if found.len() > limit {
                    found.select_nth_unstable_by(limit, order);
                    found.truncate(limit);
                }
                found.sort_by(order);
                found
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_find_what_shares_them_best_first() {
        let documents: Vec<String> = [
            "planar graph colouring",
            "graph of planar graph theory",
            "whale song",
            "whale planar",
            "other things",
        ]
        .map(str::to_owned)
        .to_vec();
        let queries = ["planar graph".to_owned()];
        for model in [WordModel::TfIdf, WordModel::Bm25] {
            let search = Source::Words(model)
                .search(&documents, (&queries, Role::Query))
                .expect("words");
            let found = search.nearest(0, 10, |_| true);
            assert_eq!(found.len(), 3, "{model:?} found {found:?}");
            assert_eq!(found[2], 3, "{model:?} found {found:?}");
            assert_eq!(search.nearest(0, 1, |row| row != found[0]), [found[1]]);
        }
    }

    #[test]
    fn words_are_no_encoder() {
        assert!(Source::Words(WordModel::Bm25).encoder().is_err());
    }
}
