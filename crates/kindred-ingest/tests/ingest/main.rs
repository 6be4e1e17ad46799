//! Black-box tests of the readers, on small documents written for this project.

mod damage;
mod feeds;
mod lines;
mod oai;
mod properties;
mod query;
mod samples;
mod support;
