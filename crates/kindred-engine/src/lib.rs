//! The library on disk and its verbs.
//!
//! The only crate that knows the others: it moves papers from sources to the store, their texts
//! through the encoder into the index, and puts store, index, ranker and topics together into
//! answers. Everything above it (command line, web page) asks a [`Library`] and prints what it
//! returns.
//!
//! SQLite is the truth, vectors are derivable, graphs are disposable: whatever is lost below the
//! store is made again from it ([`Library::repair`]).

pub mod answer;
mod care;
mod choice;
mod doctor;
mod embed;
mod error;
mod feed;
mod import;
mod ledger;
mod library;
mod lock;
mod merge;
mod models;
mod once;
mod progress;
mod readers;
mod references;
mod replay;
mod rules;
#[cfg(test)]
mod samples;
mod search;
mod sets;
mod similar;
mod sync;
mod topics;

pub use care::{LibraryFault, Stats, VerifyReport};
pub use choice::{EncoderChoice, EncoderOptions, Extent, ModelOrigin, PreparedEncoder};
pub use doctor::{CheckState, DoctorAnswer, DoctorCheck, DoctorQuery};
pub use embed::EmbedReport;
pub use error::{EngineError, Fault};
pub use feed::{FeedQuery, FeedRanker, ListOptions, UnknownRanker, WhyQuery};
pub use import::{ImportReport, ImportRequest, InputReport, Rejection};
pub use jiff::Timestamp;
pub use kindred_core::{
    AnnouncementKind, Category, CategoryError, Paper, PaperDate, PaperId, Rule, RuleError,
    RuleKind, Score, close_names,
};
#[cfg(feature = "hub")]
pub use kindred_embed::HubError;
pub use kindred_embed::{BuiltIn, Device, Dtype, DtypeError, HubCache, ModelFacts, ModelId};
pub use kindred_fetch::{ClientOptions, Clock, FetchError, RemoteClock, SystemClock};
pub use kindred_ingest::{FieldMapping, Input, MappingError};
pub use kindred_store::{
    RateCounts, Rating, SetName, SetSummary, TopicChange, TopicId, TopicName, TopicNameError,
    WordQuery,
};
pub use ledger::{AuditReport, Following, GapView, LedgerAnswer, LedgerDay, LedgerQuery};
pub use library::{Library, Stamp};
pub use models::{BUILT_IN, ModelShelf, ModelView};
pub use progress::{Control, Progress};
pub use readers::Readers;
pub use references::{
    MatchedBy, MatchedPaper, ReferenceCounts, ReferenceInput, ReferenceRequest, ReferenceReview,
    ReferenceStatus, ReviewedReference, WriteOptions, WrittenReferences,
};
pub use replay::{
    Estimate, ReplayAnswer, ReplayCalibration, ReplayError, ReplayLeftOut, ReplayQuery,
    ReplayRanker, ReplayVerdict,
};
pub use rules::{OvershadowedPin, RuleView, RulesAnswer};
pub use search::{FUSION_DEPTH, SearchMode, SearchQuery};
pub use sets::RatedView;
pub use similar::{Seeds, Selection, SimilarQuery};
pub use sync::{
    FeedReport, ListReport, MissingReport, OtherFeedReport, Service, SyncBy, SyncOptions,
    SyncReport, SyncRequest,
};
pub use topics::{
    TopicBody, TopicDiffQuery, TopicMapQuery, TopicMapStamp, TopicMembership, TopicPart,
    TopicStamp, TopicsQuery,
};
