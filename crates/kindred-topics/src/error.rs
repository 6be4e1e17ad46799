//! What can go wrong while papers are grouped.

/// Why there are no topics.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TopicError {
    /// Vectors and what comes with them do not belong together.
    #[error("{vectors} vectors come with {found} {what}, expected one for each paper")]
    Mismatch {
        /// Number of vectors.
        vectors: usize,
        /// What there is not one of for each.
        what: &'static str,
        /// How many there are.
        found: usize,
    },
    /// More papers than a graph of 32-bit rows holds.
    #[error("{papers} papers are more than one topic run takes, 4294967295")]
    TooMany {
        /// Number of papers.
        papers: usize,
    },
    /// A setting is outside its range.
    #[error("topic option `{name}` is {value}, expected {expected}")]
    Option {
        /// Name of the field of [`TopicOptions`](crate::TopicOptions).
        name: &'static str,
        /// Its value.
        value: f64,
        /// The range in words.
        expected: &'static str,
    },
    /// The caller asked to stop.
    #[error("grouping was stopped")]
    Stopped,
}
