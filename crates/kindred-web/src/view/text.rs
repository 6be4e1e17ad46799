//! Titles, abstracts and names of papers as markup: text alone, formulas in MathML.

use kindred_digest::tidy;
use kindred_tex::{Piece, parse};
use maud::{Markup, PreEscaped, html};

/// A title or an abstract, its direction kept to itself.
pub(crate) fn marked(text: &str) -> Markup {
    let parsed = parse(&tidy(text));
    html! {
        bdi {
            @for piece in parsed.pieces() {
                @match piece {
                    Piece::Text(text) => (text),
                    // Written by our own writer from a list of elements, all text escaped.
                    Piece::Math { mathml, .. } => (PreEscaped(mathml)),
                    Piece::Tex(tex) => code .tex { (tex) },
                }
            }
        }
    }
}

/// A title; a stand-in where there is none.
pub(crate) fn title(text: &str) -> Markup {
    if tidy(text).is_empty() {
        return html! { "(no title)" };
    }
    marked(text)
}

/// A title as plain Unicode text, for windows' names and labels.
pub(crate) fn plain(text: &str) -> String {
    tidy(&kindred_tex::unicode(&tidy(text)))
}

/// A name, such as an author's.
pub(crate) fn name(text: &str) -> Markup {
    html! { bdi { (plain(text)) } }
}
