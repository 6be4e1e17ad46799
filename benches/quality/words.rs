//! Baselines without a neural encoder: tf-idf, latent semantic analysis and BM25.
//!
//! Each is fitted to the documents of one task, so its numbers mean nothing outside of it.

use kindred_core::{Embeddings, UnitVector};
use kindred_rank::{IdfRule, Lexicon, TermRows, TermRule, TermWeights};

use crate::source::Rows;

mod eigen;
mod logistic;
mod rankers;
mod sparse;
mod svd;

pub(crate) use rankers::WordRanker;
pub(crate) use sparse::Sparse;

/// Dimensions of latent semantic analysis.
const LATENT: usize = 256;
/// Saturation and length normalisation of BM25 (Robertson and Zaragoza, "The probabilistic
/// relevance framework", 2009), as everywhere in Kindred.
const SATURATION: f32 = 1.2;
const LENGTH_PART: f32 = 0.75;
/// Part of every fingerprint, raised when numbers change.
const REVISION: u32 = 1;

/// A baseline that reads words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WordModel {
    /// Words and pairs of neighbouring words without common English ones, the 20,000 that occur
    /// most often in two papers or more, `(1 + ln count) * idf`, rows of length 1.
    TfIdf,
    /// The 256 strongest directions of the same, rows of length 1.
    Lsa,
    /// Words alone, `k1 = 1.2`, `b = 0.75`; for search only, as its rows are no points.
    Bm25,
}

/// Documents, and texts to search them with.
#[derive(Debug)]
pub(crate) struct Read {
    pub(crate) documents: Vec<Rows>,
    pub(crate) queries: Rows,
}

impl WordModel {
    /// Returns the model that is called so.
    pub(crate) fn named(name: &str) -> Option<Self> {
        [Self::TfIdf, Self::Lsa, Self::Bm25]
            .into_iter()
            .find(|model| model.name() == name)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::TfIdf => "tf-idf",
            Self::Lsa => "lsa",
            Self::Bm25 => "bm25",
        }
    }

    /// Names what its numbers depend on besides the texts.
    pub(crate) fn fingerprint(self) -> String {
        format!("{} {REVISION}", self.name())
    }

    /// Fits the model to collections of documents and reads them and the queries.
    pub(crate) fn read(self, documents: &[&[String]], queries: &[String]) -> Read {
        let rule = TermRule {
            pairs: self != Self::Bm25,
            singular: false,
            any_script: true,
        };
        let mut lexicon = Lexicon::new(rule);
        let counted: Vec<TermRows> = (documents.iter())
            .map(|texts| lexicon.rows(texts.iter()))
            .collect();
        let queries = lexicon.rows(queries);
        match self {
            Self::Bm25 => bm25(&counted, &queries),
            Self::TfIdf | Self::Lsa => {
                let weights = Weights::fit(&counted, lexicon.len());
                let rows: Vec<Sparse> = (counted.iter()).map(|rows| weights.weigh(rows)).collect();
                let queries = weights.weigh(&queries);
                if self == Self::Lsa {
                    latent(&rows, &queries)
                } else {
                    Read {
                        documents: rows.into_iter().map(Rows::Sparse).collect(),
                        queries: Rows::Sparse(queries),
                    }
                }
            }
        }
    }
}

/// Tf-idf weights of the terms that are kept, and their columns.
struct Weights {
    idf: TermWeights,
    column_of: Vec<Option<u32>>,
    columns: usize,
}

impl Weights {
    fn fit(sample: &[TermRows], terms: usize) -> Self {
        let rule = IdfRule {
            min_papers: 2,
            max_share: 1.0,
            max_terms: 20_000,
        };
        let idf = TermWeights::fit(&sample.iter().collect::<Vec<_>>(), rule);
        let mut columns = 0;
        let column_of = (0..terms).map(|term| {
            let term = u32::try_from(term).expect("terms are numbered by 32 bits");
            (idf.idf(term) > 0.0).then(|| {
                columns += 1;
                columns - 1
            })
        });
        let column_of = column_of.collect();
        Self {
            idf,
            column_of,
            columns: columns as usize,
        }
    }

    /// `(1 + ln count) * idf`, rows scaled to length 1; rows without a term that counts are empty.
    fn weigh(&self, counted: &TermRows) -> Sparse {
        let mut weighed = Sparse::new(self.columns);
        for row in counted.iter() {
            let terms = row.iter().filter_map(|&(term, count)| {
                let column = self.column_of[term as usize]?;
                Some((column, (1.0 + (count as f32).ln()) * self.idf.idf(term)))
            });
            let terms: Vec<(u32, f32)> = terms.collect();
            let square: f32 = terms.iter().map(|(_, value)| value * value).sum();
            let length = square.sqrt();
            weighed.push(
                terms
                    .into_iter()
                    .map(|(column, value)| (column, value / length)),
            );
        }
        weighed
    }
}

/// Projects rows of tf-idf on their strongest directions. Texts without a term that counts get a
/// direction of their own, so that their cosine to all others is 0.
fn latent(documents: &[Sparse], queries: &Sparse) -> Read {
    let mut all = Sparse::new(queries.columns());
    for row in documents.iter().flat_map(Sparse::iter) {
        all.push(row.iter().copied());
    }
    let (directions, rank) = svd::right_singular_vectors(&all, LATENT);
    drop(all);
    let project = |rows: &Sparse| {
        let mut projected = Embeddings::with_capacity(rank + 1, rows.len());
        for row in rows
            .times(&directions, rank.max(1))
            .chunks_exact(rank.max(1))
        {
            let mut vector = row[..rank].to_vec();
            vector.push(0.0);
            let vector = UnitVector::new(vector).unwrap_or_else(|_| {
                let mut own = vec![0.0; rank + 1];
                own[rank] = 1.0;
                UnitVector::new(own).expect("an axis is a direction")
            });
            projected.push(&vector).expect("vectors of one length");
        }
        Rows::Dense(projected)
    };
    Read {
        documents: documents.iter().map(project).collect(),
        queries: project(queries),
    }
}

/// Documents with saturated counts, queries with counts times rarity: their products are scores.
fn bm25(documents: &[TermRows], queries: &TermRows) -> Read {
    let rows = || documents.iter().flat_map(TermRows::iter);
    let largest = rows().chain(queries.iter()).filter_map(|row| row.last());
    let columns = largest
        .map(|&(term, _)| term as usize + 1)
        .max()
        .unwrap_or(0);
    let mut holding = vec![0_u32; columns];
    for &(term, _) in rows().flatten() {
        holding[term as usize] += 1;
    }
    let length = |row: &[(u32, u32)]| row.iter().map(|&(_, count)| count as f32).sum::<f32>();
    let papers = rows().count() as f32;
    let mean = rows().map(length).sum::<f32>() / papers.max(1.0);
    let saturate = |counted: &TermRows| {
        let mut saturated = Sparse::new(columns);
        for row in counted.iter() {
            let relative = length(row) / mean.max(f32::MIN_POSITIVE);
            let norm = SATURATION * (1.0 - LENGTH_PART + LENGTH_PART * relative);
            saturated.push(row.iter().map(|&(term, count)| {
                let count = count as f32;
                (term, count * (SATURATION + 1.0) / (count + norm))
            }));
        }
        Rows::Sparse(saturated)
    };
    let mut asked = Sparse::new(columns);
    for row in queries.iter() {
        asked.push(row.iter().map(|&(term, count)| {
            let held = holding[term as usize] as f32;
            (
                term,
                count as f32 * ((papers - held + 0.5) / (held + 0.5)).ln_1p(),
            )
        }));
    }
    Read {
        documents: documents.iter().map(saturate).collect(),
        queries: Rows::Sparse(asked),
    }
}

#[cfg(test)]
mod tests;
