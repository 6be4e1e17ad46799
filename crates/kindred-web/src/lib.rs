//! The local web page and the JSON API over the engine.
