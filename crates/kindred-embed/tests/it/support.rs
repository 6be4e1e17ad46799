//! Folders, papers and numbers that the tests share.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use kindred_core::{Encoder, Role};
use kindred_embed::{LoadOptions, load_folder};
use safetensors::SafeTensors;
use serde::Deserialize;
use tempfile::TempDir;

/// The root of the project.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A file or folder of `tests/fixtures`.
pub(crate) fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(name)
}

/// The folder of all-MiniLM-L6-v2, if it was fetched.
pub(crate) fn minilm() -> Option<PathBuf> {
    let folder = root().join("models/third-party/all-MiniLM-L6-v2");
    if folder.join("model.safetensors").exists() {
        return Some(folder);
    }
    eprintln!("skipped: no all-MiniLM-L6-v2, `bash models/fetch-reference.sh` fetches it");
    None
}

/// A file of the corpora beside the project, if they are there.
pub(crate) fn shared(file: &str) -> Option<PathBuf> {
    let folder =
        std::env::var_os("KINDRED_SHARED").map_or_else(|| root().join("../shared"), PathBuf::from);
    let path = folder.join("data").join(file);
    if path.exists() {
        return Some(path);
    }
    eprintln!("skipped: no {}", path.display());
    None
}

/// A copy of a fixture that a test may change.
pub(crate) struct Model {
    folder: TempDir,
}

impl Model {
    pub(crate) fn copy_of(name: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        copy(&fixture(name), folder.path());
        Self { folder }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn read(&self, file: &str) -> Vec<u8> {
        fs_err::read(self.path().join(file)).unwrap()
    }

    pub(crate) fn write(&self, file: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path().join(file);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, bytes).unwrap();
    }

    pub(crate) fn remove(&self, file: &str) {
        fs_err::remove_file(self.path().join(file)).unwrap();
    }

    pub(crate) fn change(&self, file: &str, change: impl FnOnce(&mut serde_json::Value)) {
        let mut json = serde_json::from_slice(&self.read(file)).unwrap();
        change(&mut json);
        self.write(file, json.to_string());
    }

    pub(crate) fn load(&self) -> Result<Box<dyn Encoder>, kindred_embed::ModelError> {
        load_folder(self.path(), &LoadOptions::default())
    }
}

fn copy(from: &Path, to: &Path) {
    fs_err::create_dir_all(to).unwrap();
    for entry in fs_err::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs_err::copy(entry.path(), target).unwrap();
        }
    }
}

/// Encodes texts as documents that must all have vectors.
pub(crate) fn encode(encoder: &dyn Encoder, texts: &[&str]) -> Vec<Vec<f32>> {
    let vectors = encoder.encode(texts, Role::Document);
    vectors
        .into_iter()
        .map(|vector| vector.unwrap().as_slice().to_vec())
        .collect()
}

/// Scales a vector to length 1.
pub(crate) fn normalized(vector: &[f32]) -> Vec<f32> {
    let norm = vector
        .iter()
        .map(|x| f64::from(*x).powi(2))
        .sum::<f64>()
        .sqrt();
    #[expect(clippy::cast_possible_truncation, reason = "a component is at most 1")]
    vector
        .iter()
        .map(|x| (f64::from(*x) / norm) as f32)
        .collect()
}

/// Returns the largest difference of two components.
pub(crate) fn largest_difference(left: &[f32], right: &[f32]) -> f32 {
    assert_eq!(left.len(), right.len(), "vectors of one dimension");
    let differences = left.iter().zip(right).map(|(a, b)| (a - b).abs());
    differences.fold(0.0, |largest, x| if x <= largest { largest } else { x })
}

/// Vectors of the Python library for papers by id.
pub(crate) struct Reference {
    pub(crate) ids: Vec<String>,
    pub(crate) vectors: Vec<Vec<f32>>,
}

impl Reference {
    pub(crate) fn read(name: &str) -> Self {
        Self::read_file(&fixture(name))
    }

    pub(crate) fn read_file(path: &Path) -> Self {
        let bytes = fs_err::read(path).unwrap();
        let (_, metadata) = SafeTensors::read_metadata(&bytes).unwrap();
        let metadata = metadata.metadata().clone().unwrap();
        let ids: Vec<String> = serde_json::from_str(&metadata["ids"]).unwrap();
        let tensors = SafeTensors::deserialize(&bytes).unwrap();
        let tensor = tensors.tensor("vectors").unwrap();
        let width = tensor.shape()[1];
        let (numbers, _) = tensor.data().as_chunks::<4>();
        let numbers: Vec<f32> = numbers
            .iter()
            .map(|bytes| f32::from_le_bytes(*bytes))
            .collect();
        let vectors = numbers.chunks(width).map(<[f32]>::to_vec).collect();
        Self { ids, vectors }
    }
}

/// A paper of a JSON Lines file.
#[derive(Deserialize)]
pub(crate) struct Paper {
    pub(crate) id: String,
    pub(crate) title: String,
    #[serde(default, rename = "abstract")]
    pub(crate) summary: String,
}

/// Returns the texts of papers of a JSON Lines file (`.zst` or plain), in the order of `ids`.
pub(crate) fn texts_of(path: &Path, ids: &[String]) -> Vec<String> {
    let file = fs_err::File::open(path).unwrap();
    let lines: Box<dyn BufRead> = if path.extension().is_some_and(|end| end == "zst") {
        Box::new(BufReader::new(zstd::Decoder::new(file).unwrap()))
    } else {
        Box::new(BufReader::new(file))
    };
    let mut texts: BTreeMap<String, String> = BTreeMap::new();
    for line in lines.lines() {
        let paper: Paper = serde_json::from_str(&line.unwrap()).unwrap();
        if ids.contains(&paper.id) && !paper.summary.is_empty() {
            texts.insert(paper.id, format!("{}. {}", paper.title, paper.summary));
        }
    }
    ids.iter().map(|id| texts[id].clone()).collect()
}
