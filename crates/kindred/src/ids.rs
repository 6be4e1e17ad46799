//! Ids of papers from arguments and standard input.

use std::io::{self, BufRead};

use anyhow::{Context as _, Result};
use kindred_engine::PaperId;

use crate::arguments::IdArgument;
use crate::exit::UsageError;
use crate::output::clean;

/// Most of standard input that is read for ids.
const INPUT_BYTES: u64 = 16 << 20;

/// Returns the papers that the arguments name, those on standard input where `-` stands.
///
/// # Errors
/// [`UsageError`] if a line begins with something else than an id, or nothing is named.
pub(crate) fn ids(arguments: &[IdArgument]) -> Result<Vec<PaperId>> {
    let mut ids = Vec::new();
    for argument in arguments {
        match argument {
            IdArgument::Paper(id) => ids.push(id.clone()),
            IdArgument::Input => read(io::stdin().lock(), &mut ids)?,
        }
    }
    if ids.is_empty() {
        let message = "standard input has no ids".to_owned();
        let hint = Some("`kindred search WORDS --ids` prints some".to_owned());
        return Err(UsageError { message, hint }.into());
    }
    Ok(ids)
}

/// Reads the first word of each line; empty lines and those that begin with # say nothing.
fn read(input: impl BufRead, ids: &mut Vec<PaperId>) -> Result<()> {
    for (position, line) in input.take(INPUT_BYTES).lines().enumerate() {
        let line = line.context("reading ids from standard input")?;
        let Some(word) = line.split_whitespace().next() else {
            continue;
        };
        if word.starts_with('#') {
            continue;
        }
        let id = word.parse().map_err(|error| UsageError {
            message: format!(
                "standard input, line {}: {}",
                position + 1,
                clean(&format!("{error}"))
            ),
            hint: Some("expected an id at the beginning of each line".to_owned()),
        })?;
        ids.push(id);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_word_of_each_line_is_an_id() {
        let mut ids = Vec::new();
        let text = "# mine\narXiv:2603.90124\tA title\n\n  2603.90123v2  \nhep-th/9901001\n";
        read(text.as_bytes(), &mut ids).unwrap();
        let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
        assert_eq!(
            ids,
            [
                "arXiv:2603.90124",
                "arXiv:2603.90123",
                "arXiv:hep-th/9901001"
            ]
        );
    }

    #[test]
    fn a_line_without_an_id_is_named() {
        let error = read("2603.90124\nhello there\n".as_bytes(), &mut Vec::new()).unwrap_err();
        assert!(error.to_string().contains("line 2"), "{error}");
    }
}
