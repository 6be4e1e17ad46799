//! Static embeddings: the vector of a text is the average of its tokens' vectors.
//!
//! Both layouts are read: `StaticEmbedding` of the Python library (`embedding.weight`) and that of
//! model2vec (`embeddings`, with an optional weight for each token and an optional map from token
//! to row). Weights are folded into the rows when the model is loaded.

use std::error::Error;

use candle_core::{Device, Tensor};

use crate::error::{ModelError, WeightsError};
use crate::model::{TokenModel, TokenSlice};
use crate::weights::{TensorSpec, TensorTable, WeightFiles};

/// Tokens to average on one thread: texts are cheap, so a chunk has many.
const CHUNK_TOKENS: usize = 16_384;
/// Rows that are added to a sum in one pass.
const ROWS_AT_ONCE: usize = 8;
/// Names of the table, the Python library's first.
const TABLE_NAMES: [&str; 2] = ["embedding.weight", "embeddings"];
const WEIGHTS: &str = "weights";
const MAPPING: &str = "mapping";

/// A table of one vector for each token.
pub(crate) struct StaticEmbedding {
    /// `[rows, width]` row-major.
    table: Vec<f32>,
    width: usize,
    /// Row of each token; `None`: the token's own number.
    mapping: Option<Vec<u32>>,
    /// Weight of each token; `None`: 1.
    weights: Option<Vec<f32>>,
}

/// Sizes of a table, known before it is loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TableShape {
    /// Token ids that it has a vector for.
    pub(crate) tokens: usize,
    /// Components of a vector.
    pub(crate) width: usize,
}

impl TableShape {
    /// Checks the tensors of the files.
    pub(crate) fn read(files: &WeightFiles) -> Result<Self, ModelError> {
        let tensors = files.tensors()?;
        let found = TABLE_NAMES
            .iter()
            .find_map(|name| Some((*name, tensors.get(*name)?)));
        let (name, facts) = found.ok_or_else(|| {
            files.fault(WeightsError::MissingTensor {
                name: TABLE_NAMES[0].to_owned(),
            })
        })?;
        let &[rows, width] = facts.shape.as_slice() else {
            return Err(files.fault(WeightsError::Shape {
                name: name.to_owned(),
                expected: vec![0, 0],
                found: facts.shape.clone(),
            }));
        };
        if rows == 0 || width == 0 {
            return Err(files.fault(WeightsError::Shape {
                name: name.to_owned(),
                expected: vec![rows.max(1), width.max(1)],
                found: facts.shape.clone(),
            }));
        }
        let mapped = tensors
            .get(MAPPING)
            .and_then(|facts| facts.shape.first().copied());
        let tokens = mapped.unwrap_or(rows);
        let mut table = TensorTable::new();
        table.insert(name.to_owned(), TensorSpec::numbers(&[rows, width]));
        table.insert(WEIGHTS.to_owned(), TensorSpec::ignored(&[Some(tokens)]));
        table.insert(MAPPING.to_owned(), TensorSpec::ignored(&[Some(tokens)]));
        files.check("", &table)?;
        Ok(Self { tokens, width })
    }
}

impl StaticEmbedding {
    /// Loads the table.
    pub(crate) fn load(files: &WeightFiles, shape: TableShape) -> Result<Self, ModelError> {
        let mut tensors = files.load("", &Device::Cpu, |_| true)?;
        let mut take = |name: &str| -> Result<Option<Vec<f32>>, ModelError> {
            tensors
                .remove(name)
                .map(|tensor| flatten(&tensor))
                .transpose()
                .map_err(|source| files.fault(WeightsError::Library { source }))
        };
        let mut table = None;
        for name in TABLE_NAMES {
            if table.is_none() {
                table = take(name)?;
            }
        }
        let table = table.expect("the tensor was checked for");
        let rows = table.len() / shape.width;
        let mapping = match take(MAPPING)? {
            Some(mapping) => Some(row_numbers(&mapping, rows).ok_or_else(|| {
                files.fault(WeightsError::NotFinite {
                    name: MAPPING.to_owned(),
                })
            })?),
            None => None,
        };
        Ok(Self {
            weights: take(WEIGHTS)?,
            width: shape.width,
            table,
            mapping,
        })
    }

    fn pool(&self, text: TokenSlice<'_>, out: &mut [f32]) {
        out.fill(0.0);
        let ids = &text.ids[text.skip.min(text.ids.len() - 1)..];
        match &self.weights {
            Some(weights) => {
                for &id in ids {
                    let weight = weights[id as usize];
                    let sums = out.iter_mut().zip(self.row(id));
                    sums.for_each(|(sum, value)| *sum += weight * value);
                }
            }
            None => self.add_rows(ids, out),
        }
        let count = ids.len() as f32;
        for sum in out {
            *sum /= count;
        }
    }

    /// The vector of a token, `[width]`.
    fn row(&self, id: u32) -> &[f32] {
        let token = id as usize;
        let mapping = self.mapping.as_ref();
        let row = mapping.map_or(token, |mapping| mapping[token] as usize);
        &self.table[row * self.width..(row + 1) * self.width]
    }

    /// Adds the rows of tokens to `out` in their order, several at a time: a sum is loaded and
    /// stored once for all of them, and their rows come from memory at the same time.
    fn add_rows(&self, ids: &[u32], out: &mut [f32]) {
        let (groups, rest) = ids.as_chunks::<ROWS_AT_ONCE>();
        for group in groups {
            let [row0, row1, row2, row3, row4, row5, row6, row7] = group.map(|id| self.row(id));
            let low = row0.iter().zip(row1).zip(row2).zip(row3);
            let high = row4.iter().zip(row5).zip(row6).zip(row7);
            for ((sum, (((x0, x1), x2), x3)), (((x4, x5), x6), x7)) in
                out.iter_mut().zip(low).zip(high)
            {
                *sum = *sum + x0 + x1 + x2 + x3 + x4 + x5 + x6 + x7;
            }
        }
        for &id in rest {
            let sums = out.iter_mut().zip(self.row(id));
            sums.for_each(|(sum, value)| *sum += value);
        }
    }
}

/// Turns numbers that candle widened to `f32` back into rows (exact below 2^24).
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the range is checked before"
)]
fn row_numbers(values: &[f32], rows: usize) -> Option<Vec<u32>> {
    let exact = (1 << 24).min(rows);
    values
        .iter()
        .map(|&value| (value >= 0.0 && value < exact as f32).then_some(value as u32))
        .collect()
}

fn flatten(tensor: &Tensor) -> candle_core::Result<Vec<f32>> {
    tensor.flatten_all()?.to_vec1()
}

impl TokenModel for StaticEmbedding {
    fn width(&self) -> usize {
        self.width
    }

    fn chunk_tokens(&self) -> usize {
        CHUNK_TOKENS
    }

    fn forward(
        &self,
        texts: &[TokenSlice<'_>],
        out: &mut [f32],
    ) -> Result<(), Box<dyn Error + Send + Sync>> {
        for (text, out) in texts.iter().zip(out.chunks_exact_mut(self.width)) {
            self.pool(*text, out);
        }
        Ok(())
    }
}

impl std::fmt::Debug for StaticEmbedding {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let rows = self.table.len() / self.width;
        write!(formatter, "StaticEmbedding({rows} x {})", self.width)
    }
}

#[cfg(test)]
mod tests;
