//! One formula: TeX to tree, with the converter's faults contained.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use math_core::{LatexToMathML, MathCoreConfig, MathDisplay};

use crate::macros::{ALPHABETS, DOUBLED, MACROS, NAMES};
use crate::prepare::prepare;
use crate::tree::{Node, ReadError, read};

/// Converts the content of a formula; an error says in a few words what is in the way.
pub(crate) fn convert(tex: &str, is_display: bool) -> Result<Node, String> {
    let display = if is_display {
        MathDisplay::Block
    } else {
        MathDisplay::Inline
    };
    let attempt = || {
        let prepared = prepare(tex)?;
        converter()
            .convert_with_local_state(&prepared, display)
            .map_err(|error| error.error_message())
    };
    // No formula is known to make it panic; other people's text may find one.
    let converted =
        std::panic::catch_unwind(attempt).map_err(|_panic| "the converter failed".to_owned())??;
    read(&converted.mathml).map_err(|error| {
        let cause = match error {
            ReadError::Malformed => "not well-formed",
            ReadError::Element => "an element that is not allowed",
            ReadError::Size => "too many elements",
        };
        cause.to_owned()
    })
}

fn converter() -> &'static LatexToMathML {
    static CONVERTER: OnceLock<LatexToMathML> = OnceLock::new();
    CONVERTER.get_or_init(|| {
        let macros = definitions();
        let configuration = MathCoreConfig {
            macros,
            ignore_unknown_commands: true,
            ..MathCoreConfig::default()
        };
        LatexToMathML::new(configuration).unwrap_or_default()
    })
}

/// Returns all macros. A name of the upright list wins over the others, and a listed macro over one
/// that is made from a prefix.
fn definitions() -> Vec<(String, String)> {
    let mut known = BTreeMap::new();
    for (name, definition) in MACROS {
        known.insert((*name).to_owned(), (*definition).to_owned());
    }
    for letter in DOUBLED.chars() {
        let definition = format!("\\mathbb{{{letter}}}");
        known
            .entry(format!("{letter}{letter}"))
            .or_insert(definition);
    }
    for (prefix, alphabet, has_small) in ALPHABETS {
        for letter in ('A'..='Z').chain('a'..='z') {
            if letter.is_ascii_lowercase() && !has_small {
                continue;
            }
            let definition = format!("\\{alphabet}{{{letter}}}");
            known
                .entry(format!("{prefix}{letter}"))
                .or_insert(definition);
        }
    }
    for name in NAMES.split(' ') {
        let definition = format!("\\operatorname{{{name}}}");
        known.insert(name.to_owned(), definition);
    }
    known.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_macro_hides_a_command_of_the_converter() {
        let bare = LatexToMathML::default();
        for (name, _) in definitions() {
            let tex = format!("\\{name}{{x}}{{y}}");
            let converted = bare.convert_with_local_state(&tex, MathDisplay::Inline);
            assert!(converted.is_err(), "{name}");
        }
    }

    #[test]
    fn every_macro_is_understood() {
        for entry in definitions() {
            let configuration = MathCoreConfig {
                macros: vec![entry.clone()],
                ..MathCoreConfig::default()
            };
            let converter = LatexToMathML::new(configuration).expect("a definition is read");
            let tex = format!("\\{}{{x}}{{y}}{{z}}", entry.0);
            let converted = converter.convert_with_local_state(&tex, MathDisplay::Inline);
            assert!(converted.is_ok(), "{entry:?}");
        }
    }
}
