//! Following arXiv, against a scripted one with a virtual clock.

mod oracle;
mod scenarios;
