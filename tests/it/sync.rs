//! Following arXiv, against a scripted one with a virtual clock.

mod faults;
mod kills;
mod ledger;
mod oracle;
mod scenarios;
mod secure;
mod traps;
mod year;
