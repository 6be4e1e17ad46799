//! Groups papers into labelled topics: deterministic, complete, whatever the input order.
//!
//! [`cluster`] links each paper to its nearest neighbours by an exact search over integer codes,
//! finds communities of that graph by the Leiden algorithm, labels them with the terms that set
//! them apart, and picks three papers to represent each. Every paper belongs to a topic, with a
//! strength.
//!
//! Equal input gives equal output on every machine and with any number of threads: similarities,
//! edge weights and gains are integers, ties go to the smaller row, random choices take a seed.
//! The order of the rows is the one thing that ties depend on, so callers pass papers in the order
//! of their ids.
//!
//! The crate is pure: vectors and texts go in, topics come out. [`metrics`] compares partitions.

mod cluster;
mod error;
mod graph;
mod label;
mod layout;
mod leiden;
mod matching;
mod merge;
pub mod metrics;
mod place;
mod random;
mod stop_words;
mod term;
mod topic;
mod tree;

pub use cluster::cluster;
pub use error::TopicError;
pub use layout::{LayoutOptions, layout, project};
pub use matching::{Change, ChangeKind, RunTopic, changes, continued};
pub use place::{Placement, place};
pub use topic::{Stage, Topic, TopicInput, TopicOptions, TopicProgress, TopicText, Topics, links};
