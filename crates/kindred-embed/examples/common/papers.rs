//! Papers to encode.

use std::error::Error;
use std::io::{BufRead, BufReader};
use std::path::Path;

use serde::Deserialize;

#[derive(Deserialize)]
struct Paper {
    title: String,
    #[serde(default, rename = "abstract")]
    summary: String,
}

/// Reads `title. abstract` of the first `count` papers that have an abstract, from plain JSON Lines
/// or `.zst`.
pub(crate) fn read(path: &Path, count: usize) -> Result<Vec<String>, Box<dyn Error>> {
    let file = fs_err::File::open(path)?;
    let lines: Box<dyn BufRead> = if path.extension().is_some_and(|end| end == "zst") {
        Box::new(BufReader::new(zstd::Decoder::new(file)?))
    } else {
        Box::new(BufReader::new(file))
    };
    let mut texts = Vec::new();
    for line in lines.lines() {
        let paper: Paper = serde_json::from_str(&line?)?;
        if !paper.summary.is_empty() {
            texts.push(format!("{}. {}", paper.title, paper.summary));
        }
        if texts.len() == count {
            break;
        }
    }
    Ok(texts)
}
