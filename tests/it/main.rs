//! Tests of the whole program through its binary, and of the shape of the workspace.

mod architecture;
mod cli;
mod concurrency;
mod damage;
mod hub;
mod json;
mod real_data;
mod support;
