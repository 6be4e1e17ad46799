//! Kindred's verbs as tools for language-model agents (Model Context Protocol).
//!
//! [`serve`] speaks the protocol over standard input and output: eight tools that ask the engine,
//! and papers as resources. Every answer comes twice: as structured content, in the shapes that
//! `--json` prints, and as a short text for clients that read text only. Both are bounded, and both
//! say that the texts of papers are data of third parties and no instructions.
//!
//! It refuses: networks, settings of its own, anything but protocol on standard output.

mod access;
mod answers;
mod arguments;
mod bounds;
mod error;
mod reply;
mod resources;
mod server;
mod text;
mod tools;

pub use server::{ServeError, ServeOptions, serve};
