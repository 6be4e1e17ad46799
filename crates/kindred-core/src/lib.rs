//! Domain types, traits and the exact scan of Kindred.
//!
//! Every other crate of the workspace speaks in these words: a [`Paper`] has a [`PaperId`],
//! [`Category`]s and [`Version`]s; an [`Encoder`] turns its text into a [`UnitVector`]; a
//! [`Neighbors`] implementation finds the closest ones. The crate does no input or output, knows
//! no clock and draws no random numbers.
//!
//! It also owns the one place where vectors are compared: [`dot`] and the exact scan over a
//! matrix ([`exact_top_k`]), which is the reference that every faster search is measured against.

mod calendar;
mod category;
mod codes;
mod date;
mod encoder;
mod fold;
mod id;
mod kernel;
mod nearest;
mod neighbors;
mod paper;
mod rule;
mod scan;
mod schema;
mod tex;
mod vector;

pub use calendar::{Expectation, announcement_day, available_from, expectation, expected_day};
pub use category::{Category, CategoryError, close_names};
pub use codes::Codes;
pub use date::{DateError, PaperDate};
pub use encoder::{EncodeError, Encoder, Fingerprint, FingerprintError, Role};
pub use fold::{folded_words, is_same_author, is_same_first_author, title_key};
pub use id::{ArxivId, IdError, PaperId, VersionedId};
pub use kernel::{add_rows, add_rows_exactly, dot, dot_block, dot_exactly};
pub use nearest::{NearestRows, nearest_among, nearest_rows};
pub use neighbors::{KeySet, Neighbor, Neighbors, PaperKey, SearchOptions};
pub use paper::{Announcement, AnnouncementKind, Paper, Record, SourceKind, Version, paper_text};
pub use rule::{AuthorName, Rule, RuleError, RuleKind, RuleSubject};
pub use scan::{Scored, TopK, exact_top_k};
pub use tex::plain_text;
pub use vector::{Embeddings, Score, UnitVector, VectorError};
