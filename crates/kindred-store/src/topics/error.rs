//! What can go wrong with topics.

/// Why the store could not do what was asked of topics.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TopicError {
    /// No topic ever had that id.
    #[error("there is no topic {id}, and there never was one")]
    UnknownTopic {
        /// The id asked for.
        id: u64,
    },
    /// The topic is no longer there.
    #[error("topic {id} died in run {run}, expected one that is there now")]
    Died {
        /// The id asked for.
        id: u64,
        /// The run that did not find it any more.
        run: i64,
    },
    /// The run never was, or was removed.
    #[error("there is no run {number} of topics; of each body of papers the newest 60 are kept")]
    UnknownRun {
        /// The number asked for.
        number: i64,
    },
    /// No topics are kept of that body of papers, or no map.
    #[error("there {what} of `{scope}` yet")]
    UnknownScope {
        /// The key asked for.
        scope: String,
        /// What is not there.
        what: &'static str,
    },
    /// Another living topic of the same papers has that name.
    #[error(
        "topic {id} is named `{name}` already, and names of topics of the same papers must differ"
    )]
    NameTaken {
        /// The topic that has it.
        id: u64,
        /// The name as that one has it.
        name: String,
    },
    /// What was to be stored contradicts itself or the library.
    #[error("topics of `{scope}` cannot be stored: {what}")]
    Unfit {
        /// The scope's key.
        scope: String,
        /// What does not fit.
        what: String,
    },
    /// Stored bytes are not what was written.
    #[error(
        "row `{row}` of `{table}` {what}; `kindred verify --repair` removes what is damaged of \
         topics and keeps their ids, and their names as far as they can be read"
    )]
    Damaged {
        /// The table.
        table: &'static str,
        /// The row by its columns.
        row: String,
        /// What is wrong with it.
        what: String,
    },
}

impl TopicError {
    pub(super) fn damaged(table: &'static str, row: &dyn std::fmt::Display, what: &str) -> Self {
        Self::Damaged {
            table,
            row: row.to_string(),
            what: what.to_owned(),
        }
    }
}
