//! What can be wrong in a library file.

/// Something in the library file that is not what was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreFault {
    /// Pages, cells or indexes contradict each other.
    #[error("structure of the file: {message}")]
    Structure {
        /// What SQLite found.
        message: String,
    },
    /// A table or index is missing, new or changed.
    #[error("definition of `{name}` is not that of this format")]
    Schema {
        /// Its name.
        name: String,
    },
    /// A row names a row that is not there.
    #[error("a row of `{table}` belongs to a row of `{parent}` that is missing")]
    Reference {
        /// Table with the row.
        table: String,
        /// Table without one.
        parent: String,
    },
    /// The word index does not fit the texts; it can be rebuilt from them.
    #[error("word index: {message}")]
    WordIndex {
        /// What FTS5 found.
        message: String,
    },
    /// A row cannot be read as what it should be.
    #[error("paper with key {key} cannot be read: {message}")]
    Unreadable {
        /// Key of the paper.
        key: u64,
        /// Which value is wrong.
        message: String,
    },
    /// Title or abstract does not have its hash.
    #[error("title or abstract of {id} has changed since it was stored")]
    Text {
        /// The paper.
        id: String,
    },
    /// Something else of a paper does not have its hash, or an index column does not fit it.
    #[error("{what} of {id} has changed since it was stored")]
    Paper {
        /// The paper.
        id: String,
        /// What changed.
        what: &'static str,
    },
    /// Another id of a paper is not what was written, or is the own id of a paper.
    #[error("the id {id} that is listed as another one of a paper {what}")]
    Alias {
        /// The id.
        id: String,
        /// What is wrong with it.
        what: &'static str,
    },
    /// A rating does not have its seal.
    #[error("rating of the paper with key {key} in set {set} has changed since it was stored")]
    Rating {
        /// Number of the set.
        set: i64,
        /// Key of the paper.
        key: i64,
    },
    /// A rule does not have its seal.
    #[error("rule {place} of set {set} has changed since it was stored")]
    Rule {
        /// Number of the set.
        set: i64,
        /// Place of the rule among those of the set, from 1.
        place: i64,
    },
    /// A title and abstract that were shown or liked do not have their hash.
    #[error("the text {hash} that was shown or liked has changed since it was stored")]
    SeenText {
        /// The hash as it was stored.
        hash: String,
    },
    /// A row of what is followed, was harvested, announced or is missing cannot be what was written.
    #[error("row `{row}` of `{table}` {what}")]
    Ledger {
        /// The table.
        table: &'static str,
        /// The row by its columns: list, key, id, category and day, or number.
        row: String,
        /// What is wrong with it.
        what: &'static str,
    },
    /// A row of topics, their names or their map is not what was written;
    /// [`drop_damaged_topics`](crate::Store::drop_damaged_topics) puts it right.
    #[error("row `{row}` of `{table}` {what}")]
    Topics {
        /// The table.
        table: &'static str,
        /// The row by its columns: number, id, or run, kind and part.
        row: String,
        /// What is wrong with it.
        what: String,
    },
}
