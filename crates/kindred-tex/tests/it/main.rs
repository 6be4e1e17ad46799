//! What the crate promises, seen from outside.

mod formulas;
mod hostile;
mod mathml;
mod text;
mod unicode;
