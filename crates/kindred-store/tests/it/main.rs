//! The store through its public interface.

#![expect(
    clippy::unwrap_used,
    reason = "tests; clippy's exception covers test functions only"
)]

mod aliases;
mod broken_ledger;
mod damage;
mod embedded;
mod filters;
mod harvest;
mod ledger;
mod lookup;
mod merging;
mod opening;
mod rules;
mod seen;
mod sets;
mod support;
mod topic_damage;
mod topic_ids;
mod topic_support;
mod topics;
mod words;
