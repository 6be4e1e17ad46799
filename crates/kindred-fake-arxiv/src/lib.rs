//! A scripted arXiv on loopback with a virtual clock: OAI-PMH, announcement feeds and the query
//! interface, all told from one seeded world of papers.
//!
//! For tests alone. It shares no code with the program, so that it can judge what the program
//! read: [`World::at`] says what is to be known at a moment, [`FakeArxiv::log`] what was asked and
//! when. Time is a [`Clock`] that moves only when it is told to, and by 200 ms with each request.
//!
//! # Examples
//! ```
//! use std::sync::Arc;
//! use kindred_fake_arxiv::{Clock, FakeArxiv, World, WorldOptions};
//!
//! let options = WorldOptions { days: 2, new_per_day: 5, history: 10, ..WorldOptions::default() };
//! let clock = Clock::new("2026-11-03T12:00:00Z".parse().unwrap());
//! let world = Arc::new(World::new(&options));
//! assert!(world.at(clock.now()).len() > 10);
//! let arxiv = FakeArxiv::start(Arc::clone(&world), clock);
//! assert!(arxiv.oai_url().starts_with("http://127.0.0.1:"));
//! assert!(arxiv.log().is_empty());
//! ```

mod clock;
mod fault;
mod feed;
mod http;
mod oai;
mod page;
mod query;
mod server;
mod taxonomy;
mod tex;
mod world;
mod xml;

pub use clock::Clock;
pub use fault::{Fault, Plan, RetryAfter, Source};
pub use server::{Entry, FakeArxiv};
pub use world::{TruePaper, World, WorldOptions};
