//! The fake speaks as arXiv does, and fails as it is told to.

mod clock;
mod faults;
mod feeds;
mod oai;
mod query;
mod support;
mod transport;
mod world;
