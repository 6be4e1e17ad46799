//! What can go wrong in the engine, by what the caller was doing.

mod hints;

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::civil::Date;
use kindred_core::{EncodeError, Fingerprint, PaperId, VectorError};
use kindred_embed::{Device, Dtype, ModelError};
use kindred_fetch::FetchError;
use kindred_index::IndexError;
use kindred_ingest::IngestError;
use kindred_rank::RankError;
use kindred_store::{QueryError, SetNameError, StoreError};
use kindred_topics::TopicError;

use crate::choice::ModelOrigin;
use crate::replay::ReplayError;

/// A failed verb of the library.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// There is no library in the folder.
    #[error("no library at `{}`", folder.display())]
    NoLibrary {
        /// Where it was looked for.
        folder: PathBuf,
    },
    /// Another process is writing to the library.
    #[error(
        "library `{}` is in use by another Kindred process{}",
        folder.display(), holder_text(*holder)
    )]
    InUse {
        /// The library.
        folder: PathBuf,
        /// Process id of the writer, where it could be read.
        holder: Option<u32>,
    },
    /// The library holds no such paper.
    #[error("paper `{id}` is not in the library")]
    UnknownPaper {
        /// The identifier asked for.
        id: PaperId,
        /// Ids of the library that look alike, closest first.
        close: Vec<PaperId>,
    },
    /// There is no seed set of that name.
    #[error("there is no seed set `{name}`")]
    UnknownSet {
        /// The name asked for.
        name: String,
        /// The sets that exist.
        known: Vec<String>,
    },
    /// A seed set has no such rule.
    #[error("seed set `{set}` has no rule `{named}`")]
    UnknownRule {
        /// The set.
        set: String,
        /// The number or text asked for.
        named: String,
        /// The rules that it has, with their numbers.
        known: Vec<String>,
    },
    /// Rules of several kinds have the text.
    #[error("`{named}` names several rules, expected a number or kind and text")]
    AmbiguousRule {
        /// The text.
        named: String,
        /// The rules, with their numbers.
        meant: Vec<String>,
    },
    /// Two rules would undo each other.
    #[error("rules `{first}` and `{second}` of seed set `{set}` contradict each other")]
    ContradictoryRules {
        /// The set.
        set: String,
        /// The rule that is there or was given first.
        first: String,
        /// The other one.
        second: String,
    },
    /// A seed set cannot be ranked with because nothing in it is liked.
    #[error("seed set `{name}` has no liked paper, ranking needs at least one")]
    NothingLiked {
        /// The set.
        name: String,
    },
    /// Without the papers that are left out, a seed set cannot be ranked with.
    #[error(
        "seed set `{name}` has no liked paper besides {}, ranking needs at least one",
        left_out.join(", ")
    )]
    NothingElseLiked {
        /// The set.
        name: String,
        /// The papers that were left out: the one asked about, or those named.
        left_out: Vec<String>,
    },
    /// None of the liked papers of a seed set has a vector.
    #[error("no liked paper of seed set `{name}` has a vector")]
    LikesNotEmbedded {
        /// The set.
        name: String,
    },
    /// A paper was to be left out of a set that has not rated it.
    #[error("seed set `{name}` has not rated {id}, so nothing changes without it")]
    NotRated {
        /// The paper.
        id: String,
        /// The set.
        name: String,
    },
    /// A list was asked for that needs what only Kindred's own ranker has.
    #[error(
        "{} of a feed {} probabilities and interests, which ranker `{ranker}` does not have",
        options.join(", "), if options.len() == 1 { "needs" } else { "need" }
    )]
    NeedsOwnRanker {
        /// Name of the ranker asked for.
        ranker: &'static str,
        /// The options, as on the command line.
        options: Vec<&'static str>,
    },
    /// A paper cannot be ranked because it has no vector.
    #[error("paper {id} has no vector yet, so it has no score")]
    NoVector {
        /// The paper.
        id: String,
    },
    /// No paper has a vector yet.
    #[error("no paper of the library has a vector of encoder `{encoder}` yet")]
    NothingEmbedded {
        /// Name of the encoder in use.
        encoder: String,
        /// Papers that wait for a vector.
        pending: u64,
    },
    /// The model's files are not those that the library's vectors were made with.
    #[error(
        "the vectors of this library were made by encoder `{name}` with fingerprint {}, \
         but {} fingerprint {}", expected.short(), files_of(origin), found.short()
    )]
    EncoderChanged {
        /// Name of the encoder in use.
        name: String,
        /// Where its files are.
        origin: ModelOrigin,
        /// Fingerprint that the library recorded.
        expected: Fingerprint,
        /// Fingerprint of the files as they are now.
        found: Fingerprint,
    },
    /// There is no model of that name.
    #[error(
        "there is no model `{name}` in `{}`{} and no such folder",
        shelf.display(), and_in(cache.as_deref())
    )]
    UnknownModel {
        /// The name asked for.
        name: String,
        /// Folder of fetched models.
        shelf: PathBuf,
        /// Cache of the Python tools, where it was looked for too.
        cache: Option<PathBuf>,
    },
    /// The cache of the Python tools holds a part of the model only, as a program leaves it that
    /// needed no more.
    #[error(
        "`{}` has no `modules.json` of `{name}`, which says how the vectors of a text are made one",
        folder.display()
    )]
    PartlyCached {
        /// The name asked for.
        name: String,
        /// The snapshot in the cache.
        folder: PathBuf,
    },
    /// This program was built without the code for a device.
    #[error("device `{device}` cannot be used: this program was built without `{feature}`")]
    DeviceNotBuilt {
        /// The device asked for.
        device: Device,
        /// The feature that it needs.
        feature: &'static str,
    },
    /// A device does not compute in the numbers that the library's encoder computes in.
    #[error("encoder `{name}` of this library computes in {dtype}, device `{device}` only in f32")]
    DeviceDtype {
        /// Name of the encoder in use.
        name: String,
        /// The device asked for.
        device: Device,
        /// Numbers of the library's encoder.
        dtype: Dtype,
    },
    /// A model cannot encode plain texts.
    #[error("the model gives no vector for a text of the sample that it was tried with")]
    Trial(#[source] EncodeError),
    /// A query has no meaning to search with.
    #[error("the query has no vector")]
    Query(#[source] EncodeError),
    /// The work was stopped on request; what was done before is kept.
    #[error("stopped")]
    Stopped,
    /// A text is not the name of a set.
    #[error(transparent)]
    SetName(#[from] SetNameError),
    /// The file system refused.
    #[error("using the library folder failed")]
    Io(#[from] std::io::Error),
    /// The store failed.
    #[error(transparent)]
    Store(Box<StoreError>),
    /// The vector index failed.
    #[error(transparent)]
    Index(Box<IndexError>),
    /// An input could not be read.
    #[error(transparent)]
    Ingest(Box<IngestError>),
    /// A model could not be loaded.
    #[error(transparent)]
    Model(Box<ModelError>),
    /// A model could not be fetched from the hub.
    #[cfg(feature = "hub")]
    #[error(transparent)]
    Hub(Box<kindred_embed::HubError>),
    /// A service could not be asked.
    #[error(transparent)]
    Fetch(Box<FetchError>),
    /// Nothing is followed yet.
    #[error("no category is followed yet")]
    NothingFollowed,
    /// arXiv has no such category.
    #[error("arXiv has no category `{category}`")]
    UnknownCategory {
        /// The category asked for.
        category: String,
        /// Names that are close to it.
        close: Vec<String>,
    },
    /// All of arXiv was asked of the query service.
    #[error("the query service cannot give all of arXiv, expected categories")]
    WholeByQuery,
    /// A day that has not come yet.
    #[error("the day {day} has not come yet, today is {today}")]
    FutureDay {
        /// The day asked for.
        day: Date,
        /// The present day, universal time.
        today: Date,
    },
    /// Ranking failed.
    #[error(transparent)]
    Rank(#[from] RankError),
    /// A seed set's past cannot be replayed as asked.
    #[error(transparent)]
    Replay(#[from] ReplayError),
    /// Topics could not be made.
    #[error(transparent)]
    Topics(#[from] TopicError),
    /// A body of papers cannot be searched for.
    #[error("cannot search for `{query}`")]
    TopicQuery {
        /// The query's first characters.
        query: String,
        /// Why.
        source: Box<QueryError>,
    },
    /// No living topic has that number or name.
    #[error("there is no topic `{topic}`")]
    UnknownTopic {
        /// What was asked for.
        topic: String,
        /// Topics that have a word of it in their names.
        close: Vec<String>,
    },
    /// Several living topics have that name.
    #[error("`{topic}` is the name of several topics: {}", found.join(", "))]
    AmbiguousTopic {
        /// What was asked for.
        topic: String,
        /// Some of them.
        found: Vec<String>,
    },
    /// The topic is no longer there.
    #[error("topic {topic} is no longer there: the run of {at} did not find it")]
    TopicDied {
        /// Its number and name.
        topic: String,
        /// When.
        at: Timestamp,
    },
    /// A body of papers was never grouped.
    #[error("the papers `{body}` were not grouped yet")]
    NoTopics {
        /// The body.
        body: String,
    },
    /// There is a set of that name.
    #[error("there is a set `{name}` already")]
    SetTaken {
        /// The name.
        name: String,
    },
    /// A stored setting of the library is not readable.
    #[error("setting `{name}` of the library is damaged")]
    Setting {
        /// Name of the setting.
        name: &'static str,
        /// Why.
        source: serde_json::Error,
    },
    /// A computed vector was not usable.
    #[error("a combined vector has no direction")]
    Vector(#[from] VectorError),
}

/// Boxes the large errors of the parts, so that a result stays small where all goes well.
macro_rules! from_boxed {
    ($($(#[$attribute:meta])* $variant:ident($error:ty)),* $(,)?) => {
        $($(#[$attribute])* impl From<$error> for EngineError {
            fn from(error: $error) -> Self {
                Self::$variant(Box::new(error))
            }
        })*
    };
}

from_boxed! {
    Store(StoreError),
    Index(IndexError),
    Fetch(FetchError),
    Ingest(IngestError),
    Model(ModelError),
    #[cfg(feature = "hub")]
    Hub(kindred_embed::HubError),
}

/// Whether a topic cannot have a name because another one has it.
pub(crate) fn is_name_taken(error: &StoreError) -> bool {
    matches!(
        error,
        StoreError::SetExists { .. }
            | StoreError::Topic(kindred_store::TopicError::NameTaken { .. })
    )
}

fn and_in(folder: Option<&Path>) -> String {
    folder.map_or_else(String::new, |folder| {
        format!(", none in `{}`", folder.display())
    })
}

fn files_of(origin: &ModelOrigin) -> &'static str {
    match origin {
        ModelOrigin::BuiltIn(_) => "the one that is part of this program has",
        ModelOrigin::Folder(_) => "its files now have",
    }
}

fn holder_text(holder: Option<u32>) -> String {
    holder.map_or_else(String::new, |process| format!(" (process {process})"))
}

/// What kind of failure an error is, for exit codes and HTTP statuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// What was asked for is not there.
    NotFound,
    /// The question cannot be answered as it was asked.
    Usage,
    /// Something has to be set up first.
    SetUp,
    /// The network or a service failed.
    Network,
    /// The work was stopped on request.
    Stopped,
    /// The work failed: damaged data, full disk, library in use.
    Work,
}

impl EngineError {
    /// Whether another process writes to the library, so that the same may work a little later.
    pub fn is_busy(&self) -> bool {
        if let Self::Store(error) = self {
            return matches!(**error, StoreError::Busy { .. });
        }
        matches!(self, Self::InUse { .. })
    }

    /// Returns what kind of failure this is.
    pub fn fault(&self) -> Fault {
        match self {
            Self::UnknownPaper { .. }
            | Self::UnknownSet { .. }
            | Self::UnknownRule { .. }
            | Self::UnknownTopic { .. }
            | Self::TopicDied { .. } => Fault::NotFound,
            Self::SetName(_)
            | Self::UnknownCategory { .. }
            | Self::WholeByQuery
            | Self::FutureDay { .. }
            | Self::AmbiguousRule { .. }
            | Self::ContradictoryRules { .. }
            | Self::Query(_)
            | Self::Trial(_)
            | Self::Model(_)
            | Self::DeviceNotBuilt { .. }
            | Self::DeviceDtype { .. }
            | Self::NotRated { .. }
            | Self::TopicQuery { .. }
            | Self::AmbiguousTopic { .. }
            | Self::SetTaken { .. }
            | Self::NeedsOwnRanker { .. } => Fault::Usage,
            Self::NoLibrary { .. }
            | Self::NothingFollowed
            | Self::NoTopics { .. }
            | Self::NothingLiked { .. }
            | Self::NothingElseLiked { .. }
            | Self::LikesNotEmbedded { .. }
            | Self::NoVector { .. }
            | Self::NothingEmbedded { .. }
            | Self::EncoderChanged { .. }
            | Self::UnknownModel { .. }
            | Self::PartlyCached { .. } => Fault::SetUp,
            #[cfg(feature = "hub")]
            Self::Hub(error) => hub_fault(error),
            Self::Replay(error) if error.is_usage() => Fault::Usage,
            Self::Replay(_) => Fault::SetUp,
            Self::Stopped => Fault::Stopped,
            Self::Fetch(error) => fetch_fault(error),
            Self::Store(error) if is_name_taken(error) => Fault::Usage,
            Self::InUse { .. }
            | Self::Io(_)
            | Self::Store(_)
            | Self::Index(_)
            | Self::Ingest(_)
            | Self::Rank(_)
            | Self::Topics(_)
            | Self::Setting { .. }
            | Self::Vector(_) => Fault::Work,
        }
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "all others are faults of the network or of a service"
)]
fn fetch_fault(error: &FetchError) -> Fault {
    match error {
        FetchError::Stopped => Fault::Stopped,
        FetchError::Contact { .. } | FetchError::NotLoopback { .. } => Fault::Usage,
        FetchError::State { .. } => Fault::Work,
        _ => Fault::Network,
    }
}

#[cfg(feature = "hub")]
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the rest is what the user can put right"
)]
fn hub_fault(error: &kindred_embed::HubError) -> Fault {
    use kindred_embed::HubError;

    match error {
        HubError::Network { .. }
        | HubError::Offline { .. }
        | HubError::Checksum { .. }
        | HubError::FileName { .. }
        | HubError::Truncated { .. }
        | HubError::Protocol { .. }
        | HubError::Refused { .. } => Fault::Network,
        HubError::NotFound { .. } | HubError::MissingFile { .. } => Fault::NotFound,
        HubError::Storage(_) | HubError::Busy { .. } => Fault::Work,
        _ => Fault::Usage,
    }
}
