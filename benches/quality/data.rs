//! Reading the judgements, and the one rule for every sample.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;

use anyhow::{Context as _, Result};
use kindred_core::paper_text;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

/// A paper of a judged collection.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct JudgedPaper {
    pub(crate) id: String,
    #[serde(default)]
    pub(crate) title: String,
    #[serde(default, rename = "abstract")]
    pub(crate) abstract_text: String,
}

impl JudgedPaper {
    /// Returns the text that encoders read.
    pub(crate) fn text(&self) -> String {
        paper_text(&self.title, &self.abstract_text)
    }
}

/// Reads a JSON Lines file packed with Zstandard.
pub(crate) fn read<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>> {
    let file = fs_err::File::open(path)?;
    let reader = BufReader::new(zstd::Decoder::new(file)?);
    let mut rows = Vec::new();
    for (number, line) in reader.lines().enumerate() {
        let line = line.with_context(|| format!("reading {}", path.display()))?;
        let row = serde_json::from_str(&line)
            .with_context(|| format!("line {} of {}", number + 1, path.display()))?;
        rows.push(row);
    }
    Ok(rows)
}

/// Returns the position of each paper by its id.
pub(crate) fn positions(papers: &[JudgedPaper]) -> BTreeMap<&str, usize> {
    papers
        .iter()
        .enumerate()
        .map(|(position, paper)| (paper.id.as_str(), position))
        .collect()
}

/// Orders ids by the lower-case hexadecimal SHA-256 of `protocol:draw:id`; a sample of n is the
/// first n.
pub(crate) fn sample_order<'a>(
    protocol: &str,
    draw: u32,
    ids: impl Iterator<Item = &'a str>,
) -> Vec<&'a str> {
    let mut keyed: Vec<_> = ids
        .map(|id| {
            (
                Sha256::digest(format!("{protocol}:{draw}:{id}").as_bytes()),
                id,
            )
        })
        .collect();
    // The order of hash bytes is the order of their hexadecimal digits.
    keyed.sort();
    keyed.into_iter().map(|(_, id)| id).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sample_order_is_that_of_hexadecimal_hashes() {
        let ids = ["a", "b", "c", "d", "e"];
        let mut expected: Vec<(String, &str)> = ids
            .iter()
            .map(|id| {
                let hash = Sha256::digest(format!("p:1:{id}").as_bytes());
                (format!("{hash:x}"), *id)
            })
            .collect();
        expected.sort();
        let expected: Vec<&str> = expected.into_iter().map(|(_, id)| id).collect();
        assert_eq!(sample_order("p", 1, ids.into_iter()), expected);
    }
}
