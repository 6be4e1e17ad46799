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
    #[error("option `{name}` is {value}, expected {expected}")]
    Option {
        /// Name of the field of [`TopicOptions`](crate::TopicOptions) or
        /// [`LayoutOptions`](crate::LayoutOptions).
        name: &'static str,
        /// Its value.
        value: f64,
        /// The range in words.
        expected: &'static str,
    },
    /// Neighbours do not belong to the vectors.
    #[error("neighbours of {lists} papers come with {rows} vectors, expected one list for each")]
    Neighbors {
        /// Number of vectors.
        rows: usize,
        /// Number of lists of neighbours.
        lists: usize,
    },
    /// The caller asked to stop.
    #[error("grouping was stopped")]
    Stopped,
}
