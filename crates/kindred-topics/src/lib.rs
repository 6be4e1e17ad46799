//! Groups papers into labelled topics: deterministic, complete, whatever the input order.
//!
//! [`cluster`] takes papers with their nearest neighbours (an exact search over integer codes, see
//! `kindred-core`), finds communities of that graph by the Leiden algorithm and divides them again
//! into a tree, labels each topic with the terms that set it apart from its siblings, and picks
//! three papers to represent it. Every paper belongs to a topic, with a strength. [`place`] puts
//! later papers among them, [`continued`] and [`changes`] find topics again in the next run.
//! [`layout`] puts papers in the plane, [`project`] adds later ones.
//!
//! Equal input gives equal output on every machine and with any number of threads: similarities,
//! edge weights and gains are integers, ties go to the smaller row, random choices take a seed.
//! The order of the rows is the one thing that ties depend on, so callers pass papers in the order
//! of their ids.
//!
//! The crate is pure: vectors and texts go in, topics come out. [`metrics`] compares partitions.

mod cluster;
mod distinct;
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
pub use distinct::Distinct;
pub use error::TopicError;
pub use layout::{LayoutOptions, layout, project};
pub use matching::{Change, ChangeKind, RunTopic, changes, continued};
pub use place::{Placement, place};
pub use topic::{Stage, Topic, TopicInput, TopicOptions, TopicProgress, TopicText, Topics, links};
