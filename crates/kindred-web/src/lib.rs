//! The local web page and the JSON API over the engine.
//!
//! Pages are rendered here and work without scripts; one small script and the map's enhance them.
//! Nothing is asked of any other host, nothing that a paper says becomes markup, and every change
//! is a POST with a token that other pages cannot know. Asynchronous code stays inside this crate:
//! questions run on threads of their own, as many at once as there are cores.

mod api;
mod app;
mod assets;
mod error;
mod feeds;
mod gate;
mod guard;
#[cfg(test)]
mod hostile;
mod job;
mod map;
mod options;
mod pages;
mod reviews;
mod serve;
mod signed;
#[cfg(test)]
mod testing;
mod timely;
mod token;
mod view;

pub use api::openapi;
pub use error::ServeError;
pub use job::{JobWork, Outcome};
pub use options::{Limits, ServeOptions};
pub use serve::Server;
