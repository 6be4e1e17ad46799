//! The result of a parse.

use crate::running;

/// One text with its formulas and its words apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Marked {
    pub(crate) pieces: Vec<Piece>,
    pub(crate) unicode: String,
    pub(crate) counts: Counts,
}

/// A part of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Words, cleaned of TeX; not escaped.
    Text(String),
    /// A formula.
    Math {
        /// A whole `<math>` element, well-formed and escaped, fit to be put into a page as it is.
        mathml: String,
        /// The TeX between the delimiters.
        tex: String,
        /// Whether the formula stands on a line of its own.
        display: bool,
    },
    /// A formula that could not be converted, with its delimiters; not escaped.
    Tex(String),
}

/// What became of the formulas of a text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// Formulas found.
    pub formulas: usize,
    /// Formulas with a command that is not known, which stands in the MathML by its name.
    pub partial: usize,
    /// Those commands, with their backslash.
    pub unknown: Vec<String>,
    /// Formulas, without such commands, of which every script and accent has a form in Unicode.
    pub complete: usize,
    /// Formulas that could not be converted.
    pub misses: Vec<Miss>,
}

/// A formula that could not be converted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Miss {
    /// The TeX between the delimiters.
    pub tex: String,
    /// Why not, in a few words.
    pub cause: String,
}

impl Marked {
    /// Returns the parts in their order. No two parts of words follow each other, and none is
    /// empty.
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// Returns the text on one line of Unicode, formulas included; a formula that could not be
    /// converted is left as TeX with its delimiters.
    pub fn unicode(&self) -> String {
        self.unicode.clone()
    }

    /// Returns what became of the formulas.
    pub fn counts(&self) -> &Counts {
        &self.counts
    }
}

/// Reads a title or an abstract.
///
/// Takes any text, in time that grows no faster than its length; formulas longer than 4 KiB, and
/// such as nest deeper than any paper's, stay TeX.
///
/// # Examples
/// ```
/// use kindred_tex::{Piece, parse};
/// let title = parse(r"The $\mathcal{N}=4$ theory of Erd\H{o}s, for \$5 million");
/// assert_eq!(title.unicode(), "The 𝒩 = 4 theory of Erdős, for $5 million");
/// let [Piece::Text(_), Piece::Math { mathml, .. }, Piece::Text(rest)] = title.pieces() else {
///     panic!("words, a formula, words");
/// };
/// assert!(mathml.starts_with("<math>"));
/// assert_eq!(rest, " theory of Erdős, for $5 million");
/// ```
pub fn parse(text: &str) -> Marked {
    running::parse(text)
}

/// Returns a title or an abstract on one line of Unicode, as [`Marked::unicode`] does.
///
/// # Examples
/// ```
/// assert_eq!(kindred_tex::unicode(r"Erd\H{o}s on $O(n^2)$"), "Erdős on O(n²)");
/// assert_eq!(kindred_tex::unicode(r"$\unknown{x}$ for $5"), r"$\unknown{x}$ for $5");
/// ```
pub fn unicode(text: &str) -> String {
    parse(text).unicode
}
