//! Papers as counted terms: the words of their texts, and pairs of neighbouring words.
//!
//! A [`Lexicon`] turns texts into [`TermRows`], whose terms are numbers; [`TermWeights`] gives
//! them tf-idf weights from the document frequencies of a sample.

mod lexicon;
mod rows;
mod stop_words;
mod weights;
mod words;

pub use lexicon::{Lexicon, TermRule};
pub use rows::TermRows;
pub use weights::{IdfRule, TermWeights};
pub(crate) use weights::{SparseRow, SparseRows, sparse_dot};
