//! The seam between token ids and vectors.

use std::error::Error;
use std::fmt;

/// A model that turns token ids into one vector for each text.
pub(crate) trait TokenModel: Send + Sync + fmt::Debug {
    /// Number of components of its vectors.
    fn width(&self) -> usize;

    /// Number of tokens that are worth computing together on one thread.
    fn chunk_tokens(&self) -> usize;

    /// Computes the vectors of `texts` into `out`, `[texts.len(), width]` row-major. A text has at
    /// least one token, at most as many as the model reads, and ids below its number of rows.
    fn forward(
        &self,
        texts: &[TokenSlice<'_>],
        out: &mut [f32],
    ) -> Result<(), Box<dyn Error + Send + Sync>>;
}

/// The tokens of one text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TokenSlice<'a> {
    /// Token ids, special tokens included.
    pub(crate) ids: &'a [u32],
    /// Leading tokens that pooling leaves out.
    pub(crate) skip: usize,
}
