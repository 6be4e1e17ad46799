//! The SQLite store: the truth of a Kindred library.
//!
//! It holds papers with their versions and announcements, the word index, which papers have a
//! vector by which encoder, seed sets with their ratings, topics with their names, how far sources
//! were imported, and settings. Everything else in a library can be made again from it.
//!
//! What it owns: the file `kindred.db`, its schema and the merging of records. Many records of
//! one paper come to the same result in any order and with any repetition. What it refuses: files
//! of other programs or newer formats, a second writer, rows whose hashes do not fit. It reads no
//! clock and draws no random numbers: times and seeds are parameters.
//!
//! ```
//! use kindred_core::{Paper, Record, SourceKind, Version};
//! use kindred_store::{ImportBatch, PaperFilter, Store};
//!
//! let folder = tempfile::tempdir()?;
//! let mut store = Store::create(&folder.path().join("kindred.db"))?;
//! let paper = Paper {
//!     id: "arXiv:2603.22691".parse()?,
//!     title: "Secure aggregation".into(),
//!     abstract_text: "Users may collude.".into(),
//!     authors: vec![],
//!     categories: vec!["cs.CR".parse()?],
//!     versions: vec![Version { number: 1, date: Some("2026-03-24".parse()?) }],
//!     comments: None,
//!     journal_ref: None,
//!     doi: None,
//!     license: None,
//!     venue: None,
//!     keywords: vec![],
//!     withdrawn: false,
//!     source: SourceKind::Query,
//! };
//! let records = [Record::Paper { paper: Box::new(paper), announcement: None }];
//! let counts = store.import(&ImportBatch { records: &records, progress: None })?;
//! assert_eq!(counts.new, 1);
//!
//! let found = store.search_words(&"colluding users".parse()?, 10, &PaperFilter::default())?;
//! assert_eq!(store.id(found[0].0)?.unwrap().short(), "2603.22691");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod arrivals;
mod close;
mod connection;
mod embedded;
mod error;
mod filter;
mod harvest;
mod import;
mod ledger;
mod lookup;
mod merge;
mod order;
mod papers;
mod query;
mod row;
mod rules;
mod schema;
mod seen;
mod sets;
mod settings;
mod stats;
mod text;
mod topics;
mod twin;
mod verify;
mod words;

pub use connection::Store;
pub use embedded::{EmbedFailure, Embedded, PendingText};
pub use error::StoreError;
pub use filter::PaperFilter;
pub use harvest::{
    CensusState, Covered, Harvest, HarvestBatch, HarvestedRecord, MissingPaper, RunningHarvest,
};
pub use import::{ImportBatch, ImportCounts, ImportProgress};
pub use ledger::{Announced, Attempt, DayCounts, Follow, Gap, GapKind};
pub use lookup::Doubles;
pub use papers::StoredPaper;
pub use query::{QueryError, WordQuery};
pub use seen::{Revised, SeenPaper, SeenText};
pub use sets::{RateCounts, RatedPaper, Rating, SetName, SetNameError, SetSummary};
pub use stats::StoreStats;
pub use text::TextHash;
pub use topics::{
    KEPT_TOPIC_RUNS, MapPoint, NewTopicRun, StoredTopic, TopicChange, TopicError, TopicEvent,
    TopicFate, TopicId, TopicMap, TopicMapStamp, TopicMember, TopicName, TopicNameError,
    TopicRepair, TopicRun, TopicScope, TopicSubscription,
};
pub use verify::StoreFault;
