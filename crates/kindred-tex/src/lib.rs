//! TeX of titles and abstracts: one parse, written as MathML and as Unicode text.
//!
//! [`parse`] finds the formulas of a running text, cleans the TeX between them (accents, quotes,
//! dashes, `\emph`, money), and turns each formula into a tree of our own. The tree is written
//! twice: as MathML for a page, and as one line of Unicode for terminals, feeds and mail.
//!
//! The TeX is read by the `math-core` crate, whose output is not trusted: it is read into a tree
//! that can hold nothing but listed elements and attributes, and written from there with
//! escaping of our own. So MathML from this crate may be put into a page as it is: it holds no
//! link, no style, no script and no handler. Classes that it can hold, for a style sheet:
//! `tex-left` and `tex-right` (cells of tables), `tex-bold`, `tex-italic` and `tex-code` (words).
//!
//! It does not define macros that authors left undefined: such a formula stays TeX.

mod convert;
mod limits;
mod macros;
mod marked;
mod prepare;
mod running;
mod tree;
mod unicode;

pub use marked::{Counts, Marked, Miss, Piece, parse, unicode};
