//! Tests of the crate through its public interface.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "helpers of tests may fail and must say what was skipped"
)]

mod adapters;
mod batch;
mod damage;
mod dtypes;
mod families;
mod folders;
#[cfg(feature = "hub")]
mod hub;
mod miniature;
mod parity;
mod shards;
mod support;
mod tokens;
