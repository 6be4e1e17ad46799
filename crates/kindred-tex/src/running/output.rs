//! What has been read of a text so far.

use crate::convert::convert;
use crate::marked::{Counts, Marked, Miss, Piece};
use crate::{tree, unicode};

/// Pieces in the making, and the same in Unicode.
#[derive(Debug, Default)]
pub(super) struct Output {
    pieces: Vec<Piece>,
    unicode: String,
    counts: Counts,
}

/// A formula that could be converted.
#[derive(Debug)]
pub(super) struct Formula {
    piece: Piece,
    unicode: String,
    is_complete: bool,
    /// Commands that are not known, and stand in the MathML by their names.
    unknown: Vec<String>,
}

impl Formula {
    /// Converts the content of a formula.
    pub(super) fn of(tex: &str, is_display: bool) -> Result<Self, String> {
        let tree = convert(tex, is_display)?;
        let line = unicode::line(&tree);
        let mut unknown = Vec::new();
        tree.unknown(&mut unknown);
        Ok(Self {
            piece: Piece::Math {
                mathml: tree::write(&tree, tex, is_display),
                tex: tex.to_owned(),
                display: is_display,
            },
            unicode: line.text,
            is_complete: line.is_complete,
            unknown: unknown.into_iter().map(str::to_owned).collect(),
        })
    }

    /// Whether all commands are known.
    pub(super) fn is_whole(&self) -> bool {
        self.unknown.is_empty()
    }

    /// Returns the formula in Unicode.
    pub(super) fn unicode(&self) -> &str {
        &self.unicode
    }
}

impl Output {
    /// Appends a character of words.
    pub(super) fn push(&mut self, character: char) {
        self.words().push(character);
        self.unicode.push(character);
    }

    /// Appends words.
    pub(super) fn push_str(&mut self, text: &str) {
        if !text.is_empty() {
            self.words().push_str(text);
            self.unicode.push_str(text);
        }
    }

    /// Appends a formula. With a command that is not known, the line of Unicode gets the TeX with
    /// its delimiters, `whole`: half a formula would be harder to read there.
    pub(super) fn push_formula(&mut self, whole: &str, formula: Formula) {
        self.counts.formulas += 1;
        if formula.is_whole() {
            self.counts.complete += usize::from(formula.is_complete);
            self.unicode.push_str(&formula.unicode);
        } else {
            self.counts.partial += 1;
            self.counts.unknown.extend(formula.unknown);
            self.unicode.push_str(whole);
        }
        self.pieces.push(formula.piece);
    }

    /// Appends a formula that could not be converted; `whole` has its delimiters.
    pub(super) fn push_miss(&mut self, whole: &str, tex: &str, cause: String) {
        self.counts.formulas += 1;
        self.counts.misses.push(Miss {
            tex: tex.to_owned(),
            cause,
        });
        self.unicode.push_str(whole);
        self.pieces.push(Piece::Tex(whole.to_owned()));
    }

    /// Appends what another output holds.
    pub(super) fn append(&mut self, other: Self) {
        self.unicode.push_str(&other.unicode);
        self.counts.formulas += other.counts.formulas;
        self.counts.complete += other.counts.complete;
        self.counts.partial += other.counts.partial;
        self.counts.unknown.extend(other.counts.unknown);
        self.counts.misses.extend(other.counts.misses);
        for piece in other.pieces {
            match piece {
                Piece::Text(text) => self.words().push_str(&text),
                piece @ (Piece::Math { .. } | Piece::Tex(_)) => self.pieces.push(piece),
            }
        }
    }

    /// Returns the last character in Unicode.
    pub(super) fn last(&self) -> Option<char> {
        self.unicode.chars().next_back()
    }

    /// Returns everything in Unicode.
    pub(super) fn unicode(&self) -> &str {
        &self.unicode
    }

    /// Returns the finished text.
    pub(super) fn finish(self) -> Marked {
        Marked {
            pieces: self.pieces,
            unicode: self.unicode,
            counts: self.counts,
        }
    }

    /// Returns the words at the end, which are begun if a formula stands there.
    fn words(&mut self) -> &mut String {
        if !matches!(self.pieces.last(), Some(Piece::Text(_))) {
            self.pieces.push(Piece::Text(String::new()));
        }
        match self.pieces.last_mut() {
            Some(Piece::Text(text)) => text,
            Some(Piece::Math { .. } | Piece::Tex(_)) | None => unreachable!("words were begun"),
        }
    }
}
