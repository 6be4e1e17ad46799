//! A set of the topics protocol, as `quality --task topic-sets` leaves it in a folder.

use std::io::{BufRead as _, BufReader, BufWriter, Read as _, Write as _};
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use kindred_core::Embeddings;
use kindred_topics::TopicText;
use serde::{Deserialize, Serialize};

/// A paper of a set.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SetPaper {
    /// With its scheme, as the corpora have it.
    pub id: String,
    /// Title, TeX and all.
    pub title: String,
    /// Abstract, TeX and all.
    #[serde(rename = "abstract")]
    pub abstract_text: String,
    /// Its first category, empty if it has none.
    pub category: String,
    /// What comes before the category's dot.
    pub archive: String,
    /// Day or month, as the corpora have it.
    pub date: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct Meta {
    papers: usize,
    dimension: usize,
    encoder: String,
}

/// Papers in the order of their ids, with one vector for each.
#[derive(Debug)]
pub struct TopicSet {
    /// Papers in the order of their ids.
    pub papers: Vec<SetPaper>,
    /// One vector for each paper, in the same order.
    pub vectors: Embeddings,
    /// What made the vectors.
    pub encoder: String,
}

impl TopicSet {
    /// Reads a folder.
    ///
    /// # Errors
    /// If a file is missing or the files do not fit together.
    pub fn read(folder: &Path) -> Result<Self> {
        let meta: Meta = serde_json::from_str(&fs_err::read_to_string(folder.join("meta.json"))?)?;
        let mut papers = Vec::with_capacity(meta.papers);
        let file = fs_err::File::open(folder.join("papers.jsonl"))?;
        for line in BufReader::new(file).lines() {
            papers.push(serde_json::from_str(&line?).context("reading papers.jsonl")?);
        }
        let vectors = read_vectors(&folder.join("vectors.f32"), meta.dimension)?;
        ensure!(
            vectors.len() == papers.len(),
            "{}: {} vectors, {} papers; delete the folder to draw it again",
            folder.display(),
            vectors.len(),
            papers.len()
        );
        Ok(Self {
            papers,
            vectors,
            encoder: meta.encoder,
        })
    }

    /// Writes `papers.jsonl`, `vectors.f32` (`[papers, dimension]`, row-major, little-endian) and,
    /// last, `meta.json`.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub fn write(&self, folder: &Path) -> Result<()> {
        fs_err::create_dir_all(folder)?;
        let mut out = BufWriter::new(fs_err::File::create(folder.join("papers.jsonl"))?);
        for paper in &self.papers {
            writeln!(out, "{}", serde_json::to_string(paper)?)?;
        }
        out.flush()?;
        let mut out = BufWriter::new(fs_err::File::create(folder.join("vectors.f32"))?);
        for value in self.vectors.rows().flatten() {
            out.write_all(&value.to_le_bytes())?;
        }
        out.flush()?;
        let meta = Meta {
            papers: self.papers.len(),
            dimension: self.vectors.dimension(),
            encoder: self.encoder.clone(),
        };
        let meta = serde_json::to_string_pretty(&meta)?;
        Ok(fs_err::write(folder.join("meta.json"), meta)?)
    }

    /// Returns the papers of these rows, in their order.
    ///
    /// # Errors
    /// If the vectors are none of an encoder's.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn of_rows(&self, rows: &[usize]) -> Result<Self> {
        let data = rows.iter().flat_map(|&row| self.vectors.row(row)).copied();
        Ok(Self {
            papers: rows.iter().map(|&row| self.papers[row].clone()).collect(),
            vectors: Embeddings::from_unit_rows(self.vectors.dimension(), data.collect())?,
            encoder: self.encoder.clone(),
        })
    }

    /// Returns what labels are made of.
    pub fn texts(&self) -> Vec<TopicText<'_>> {
        self.papers
            .iter()
            .map(|paper| TopicText {
                title: &paper.title,
                abstract_text: &paper.abstract_text,
            })
            .collect()
    }
}

/// Reads row by row, so that memory is that of the vectors alone.
fn read_vectors(path: &Path, dimension: usize) -> Result<Embeddings> {
    let file = fs_err::File::open(path)?;
    let numbers = usize::try_from(file.metadata()?.len())? / 4;
    let mut data = Vec::with_capacity(numbers);
    let mut reader = BufReader::new(file);
    let mut row = vec![0; 4 * dimension];
    for _ in 0..numbers / dimension {
        reader.read_exact(&mut row)?;
        let four = row.as_chunks::<4>().0;
        data.extend(four.iter().map(|bytes| f32::from_le_bytes(*bytes)));
    }
    Ok(Embeddings::from_unit_rows(dimension, data)?)
}
