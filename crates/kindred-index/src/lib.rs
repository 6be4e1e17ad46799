//! Vectors on disk and their neighbours.
//!
//! Owns everything under one encoder's folder: immutable, checksummed **segments** of unit
//! vectors, flat HNSW **graphs** over the large ones, and the **manifest** that says which of them
//! are live. `hnsw_rs` builds the graphs; they are repaired, exported and searched here, and none of
//! its types or file formats leaves the crate.
//!
//! * New vectors become a small durable segment at once ([`Index::append`]) and are scanned
//!   exactly; [`Index::compact`] merges small segments and builds graphs for large ones.
//! * Deletion and replacement are tombstones in the manifest until a merge drops the rows.
//! * Every file is written under a temporary name, synced, renamed, and its folder synced; the
//!   manifest is replaced last. A crash at any point leaves the old state or the new one.
//! * Every byte that is read is covered by a BLAKE3 hash and validated before it is used. A
//!   damaged graph costs speed, not results: its segment is scanned exactly and the fault listed.
//!
//! The graph is that of Malkov and Yashunin, "Efficient and robust approximate nearest neighbor
//! search using Hierarchical Navigable Small World graphs" (2018).

mod container;
mod disk;
mod error;
mod graph;
mod index;
mod manifest;
mod segment;
mod tombstones;

pub use error::{FileFault, IndexError, IndexFault};
pub use graph::GraphQuality;
pub use index::{
    CompactOptions, CompactProgress, CompactReport, Index, IndexSpec, IndexStats, OpenOptions,
    RepairReport,
};
pub use segment::SegmentNumber;
