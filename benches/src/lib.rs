//! Shared parts of the benchmarks.

mod ceiling;
mod encoding;
mod process;
mod topic_set;
mod topics;

pub use ceiling::{Ceiling, MatmulWork, Peaks};
pub use encoding::{EncodingArguments, Engine, measure, report};
pub use process::{cpu_seconds, peak_memory_kib};
pub use topic_set::{SetPaper, TopicSet};
pub use topics::{Level, levels};
