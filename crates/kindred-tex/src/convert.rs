//! One formula: TeX to tree, with the converter's faults contained.

use std::sync::OnceLock;

use math_core::{LatexToMathML, MathCoreConfig, MathDisplay};

use crate::macros::MACROS;
use crate::prepare::prepare;
use crate::tree::{Node, ReadError, read};

/// Converts the content of a formula; an error says in a few words what is in the way.
pub(crate) fn convert(tex: &str, is_display: bool) -> Result<Node, String> {
    let prepared = prepare(tex)?;
    let display = if is_display {
        MathDisplay::Block
    } else {
        MathDisplay::Inline
    };
    let converted = converter()
        .convert_with_local_state(&prepared, display)
        .map_err(|error| error.error_message())?;
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
        let macros = MACROS
            .iter()
            .map(|(name, definition)| ((*name).to_owned(), (*definition).to_owned()))
            .collect();
        let configuration = MathCoreConfig {
            macros,
            ignore_unknown_commands: true,
            ..MathCoreConfig::default()
        };
        LatexToMathML::new(configuration).unwrap_or_default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_macro_is_understood() {
        let configuration = |(name, definition): &(&str, &str)| MathCoreConfig {
            macros: vec![((*name).to_owned(), (*definition).to_owned())],
            ..MathCoreConfig::default()
        };
        for entry in MACROS {
            assert!(LatexToMathML::new(configuration(entry)).is_ok(), "{entry:?}");
        }
    }
}
