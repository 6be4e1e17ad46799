//! Vectors of texts, kept between runs.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use fs_err::{File, OpenOptions};
use kindred_core::{Embeddings, Encoder, Role, UnitVector};

use crate::data::{JudgedPaper, read};
use crate::table::Row;

/// Texts encoded between two writes to disk.
const BATCH: usize = 1_024;

/// An encoder that remembers what it has encoded, in one append-only file.
#[derive(Debug)]
pub(crate) struct VectorCache<'a> {
    encoder: &'a dyn Encoder,
    path: PathBuf,
    known: RefCell<BTreeMap<[u8; 16], Vec<f32>>>,
}

impl<'a> VectorCache<'a> {
    /// Opens the file of this encoder; a half-written last row of an interrupted run is dropped.
    pub(crate) fn open(folder: &Path, encoder: &'a dyn Encoder) -> Result<Self> {
        fs_err::create_dir_all(folder)?;
        let path = folder.join(format!("{}.vectors", encoder.fingerprint().short()));
        let row_bytes = 16 + 4 * encoder.dimension();
        let mut known = BTreeMap::new();
        if path.exists() {
            let mut bytes = Vec::new();
            File::open(&path)?.read_to_end(&mut bytes)?;
            let whole = bytes.len() / row_bytes * row_bytes;
            if whole < bytes.len() {
                OpenOptions::new()
                    .write(true)
                    .open(&path)?
                    .set_len(whole as u64)?;
            }
            for row in bytes[..whole].chunks_exact(row_bytes) {
                let (key, numbers) = row.split_at(16);
                let vector = numbers
                    .as_chunks::<4>()
                    .0
                    .iter()
                    .map(|b| f32::from_le_bytes(*b));
                known.insert(
                    key.try_into().context("a key has 16 bytes")?,
                    vector.collect(),
                );
            }
        }
        Ok(Self {
            encoder,
            path,
            known: RefCell::new(known),
        })
    }

    /// Returns one row for each text.
    pub(crate) fn encode(&self, texts: &[String], role: Role) -> Result<Embeddings> {
        let mut known = self.known.borrow_mut();
        let missing: BTreeMap<[u8; 16], &String> = texts
            .iter()
            .map(|text| (key(text, role), text))
            .filter(|(key, _)| !known.contains_key(key))
            .collect();
        let missing: Vec<([u8; 16], &String)> = missing.into_iter().collect();
        let mut file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&self.path)?;
        for batch in missing.chunks(BATCH) {
            let batch_texts: Vec<&str> = batch.iter().map(|(_, text)| text.as_str()).collect();
            let mut bytes = Vec::new();
            for ((key, text), vector) in batch.iter().zip(self.encoder.encode(&batch_texts, role)) {
                let vector: UnitVector =
                    vector.with_context(|| format!("encoding `{:.60}`", text.as_str()))?;
                bytes.extend_from_slice(key);
                for value in vector.as_slice() {
                    bytes.extend_from_slice(&value.to_le_bytes());
                }
                known.insert(*key, vector.as_slice().to_vec());
            }
            file.write_all(&bytes)?;
        }
        let mut data = Vec::with_capacity(texts.len() * self.encoder.dimension());
        for text in texts {
            let vector = known
                .get(&key(text, role))
                .context("every text was just encoded")?;
            data.extend_from_slice(vector);
        }
        let rows = Embeddings::from_unit_rows(self.encoder.dimension(), data)?;
        ensure!(rows.len() == texts.len(), "one row for each text");
        Ok(rows)
    }
}

/// Encodes the papers of every evaluation set, so that later protocols only read.
pub(crate) fn fill(data: &Path, cache: &VectorCache<'_>) -> Result<Vec<Row>> {
    for name in [
        "citeulike/papers",
        "reviews/papers",
        "bibliographies/papers",
        "claims/papers",
        "authors/known",
        "authors/arrivals",
    ] {
        let papers: Vec<JudgedPaper> = read(&data.join(format!("eval/{name}.jsonl.zst")))?;
        let texts: Vec<String> = papers.iter().map(JudgedPaper::text).collect();
        cache.encode(&texts, Role::Document)?;
    }
    Ok(Vec::new())
}

fn key(text: &str, role: Role) -> [u8; 16] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(match role {
        Role::Document => b"d",
        Role::Query => b"q",
    });
    hasher.update(text.as_bytes());
    let mut key = [0; 16];
    key.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    key
}
