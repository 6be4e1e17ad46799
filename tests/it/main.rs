//! Tests of the whole program through its binary, and of the shape of the workspace.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test fails by panicking, and says aloud what it skips"
)]

mod architecture;
mod bad_sets;
mod cli;
mod concurrency;
mod config;
mod damage;
mod digest;
mod doctor;
mod embedding;
mod hub;
mod inputs;
mod json;
mod mail;
mod mcp;
mod pipes;
mod rankers;
mod real_data;
mod references;
mod replay;
mod rules;
mod schedule;
mod serve;
mod shell;
mod sources;
mod support;
mod sync;
mod topics;
mod why;
