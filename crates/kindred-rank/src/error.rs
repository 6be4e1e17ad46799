//! What can go wrong while a ranker is trained or asked.

/// Why a set cannot be ranked against.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RankError {
    /// There is nothing to be close to.
    #[error("ranking needs at least one liked paper, found none")]
    NoLikes,
    /// Vectors of different encoders were mixed.
    #[error("{part} have {found} dimensions, the liked papers {expected}")]
    Dimension {
        /// Which part of the input: `disliked papers`, `background papers` or `candidates`.
        part: &'static str,
        /// Dimensions of the liked papers.
        expected: usize,
        /// Dimensions found.
        found: usize,
    },
    /// Terms are not those of the vectors' papers.
    #[error("{part} have {found} rows of terms, {expected} vectors")]
    Terms {
        /// Which part of the input, as above.
        part: &'static str,
        /// Number of vectors.
        expected: usize,
        /// Number of rows of terms.
        found: usize,
    },
    /// Places are not those of the vectors' papers.
    #[error("{part} have {found} places in the space, {expected} vectors")]
    Placed {
        /// Which part of the input, as above.
        part: &'static str,
        /// Number of vectors.
        expected: usize,
        /// Number of places.
        found: usize,
    },
    /// The order of the likes does not name each once.
    #[error("the order of {likes} liked papers has {found} entries, expected each row once")]
    Order {
        /// Entries found.
        found: usize,
        /// Number of liked papers.
        likes: usize,
    },
    /// A ranker that reads words was given vectors alone.
    #[error("{part} have no terms, this ranker reads nothing else")]
    NoTerms {
        /// Which part of the input, as above.
        part: &'static str,
    },
    /// A setting is outside its range.
    #[error("ranking option `{name}` is {value}, expected {expected}")]
    Option {
        /// Name of the field of [`RankOptions`](crate::RankOptions).
        name: &'static str,
        /// Its value.
        value: f64,
        /// The range in words.
        expected: &'static str,
    },
    /// The solver ran out of steps; the vectors are not unit vectors or the options extreme.
    #[error("training stopped after {steps} steps at a relative gradient of {gradient:e}")]
    NotConverged {
        /// Newton steps done.
        steps: usize,
        /// Norm of the gradient over its norm at the start.
        gradient: f64,
    },
}
