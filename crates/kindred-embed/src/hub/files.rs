//! Which files of a model are fetched.

use std::path::Path;

use hf_hub::repository::RepoTreeEntry;
use serde::Deserialize;

use super::error::HubError;
use crate::layout::checked_path;
use crate::model_id::ModelId;
use crate::source::{MAX_TOKENIZER_BYTES, MAX_WEIGHTS_BYTES, ModelSource, join};

/// Files of a model's own folder.
const TOP_FILES: [&str; 4] = [
    "README.md",
    "config_sentence_transformers.json",
    "modules.json",
    "config.json",
];
/// Files of each module's folder.
const MODULE_FILES: [&str; 10] = [
    "adapter/adapter.safetensors",
    "adapter/adapter_config.json",
    "adapter.safetensors",
    "adapter_config.json",
    "config.json",
    "model.safetensors",
    "model.safetensors.index.json",
    "sentence_bert_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
];
const PICKLES: [&str; 2] = ["pytorch_model.bin", "model.bin"];

/// A file on the hub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RemoteFile {
    /// Path inside the model.
    pub(super) path: String,
    /// Its size.
    pub(super) bytes: u64,
}

impl RemoteFile {
    /// Whether it holds weights.
    pub(super) fn is_weights(&self) -> bool {
        self.path.ends_with(".safetensors")
    }
}

#[derive(Debug, Deserialize)]
struct ModuleFolder {
    #[serde(default)]
    path: String,
}

/// Takes the files of a listing.
pub(super) fn list(tree: Vec<RepoTreeEntry>) -> Vec<RemoteFile> {
    let mut files: Vec<RemoteFile> = tree
        .into_iter()
        .filter_map(|entry| match entry {
            RepoTreeEntry::File { path, size, .. } => Some(RemoteFile { path, bytes: size }),
            RepoTreeEntry::Directory { .. } => None,
        })
        .collect();
    files.sort_by(|left, right| left.path.cmp(&right.path));
    files
}

/// Returns the folders of the modules that the fetched `modules.json` names; without one, the
/// model's own folder.
pub(super) fn modules_of(staging: &Path) -> Result<Vec<String>, HubError> {
    let source = ModelSource::folder(staging)?;
    let modules: Option<Vec<ModuleFolder>> = source.peek_json("modules.json")?;
    let Some(modules) = modules else {
        return Ok(vec![String::new()]);
    };
    let mut folders = Vec::new();
    for module in modules {
        folders.push(checked_path(&source, &module.path)?.to_owned());
    }
    Ok(folders)
}

/// Chooses the files of the modules and holds them against the size limits.
pub(super) fn wanted(
    id: &ModelId,
    tree: &[RemoteFile],
    modules: &[String],
) -> Result<Vec<RemoteFile>, HubError> {
    let mut names: Vec<String> = TOP_FILES.iter().map(|&name| name.to_owned()).collect();
    for module in modules {
        names.extend(MODULE_FILES.iter().map(|name| join(module, name)));
    }
    let is_shard = |path: &str| {
        modules.iter().any(|module| {
            let start = join(module, "model-");
            let rest = path
                .strip_prefix(&start)
                .and_then(|rest| rest.strip_suffix(".safetensors"));
            rest.is_some_and(|rest| {
                rest.bytes()
                    .all(|b| b.is_ascii_digit() || b"-of".contains(&b))
            })
        })
    };
    let files: Vec<RemoteFile> = tree
        .iter()
        .filter(|file| names.contains(&file.path) || is_shard(&file.path))
        .cloned()
        .collect();
    for file in &files {
        let limit = if file.is_weights() {
            MAX_WEIGHTS_BYTES
        } else {
            MAX_TOKENIZER_BYTES
        };
        if file.bytes > limit {
            return Err(HubError::TooLarge {
                id: id.clone(),
                file: file.path.clone(),
                bytes: file.bytes,
                limit,
            });
        }
    }
    if files.iter().any(RemoteFile::is_weights) {
        return Ok(files);
    }
    let first = modules.first().map_or("", String::as_str);
    let pickle = PICKLES.iter().map(|name| join(first, name));
    match pickle
        .into_iter()
        .find(|name| tree.iter().any(|file| file.path == *name))
    {
        Some(file) => Err(HubError::Pickled {
            id: id.clone(),
            file,
        }),
        None => Err(HubError::MissingFile {
            id: id.clone(),
            file: join(first, "model.safetensors"),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(paths: &[&str]) -> Vec<RemoteFile> {
        let file = |path: &&str| RemoteFile {
            path: (*path).to_owned(),
            bytes: 10,
        };
        paths.iter().map(file).collect()
    }

    fn chosen(paths: &[&str], modules: &[&str]) -> Result<Vec<String>, HubError> {
        let id = "owner/name".parse().unwrap();
        let modules: Vec<String> = modules.iter().map(|&module| module.to_owned()).collect();
        let files = wanted(&id, &tree(paths), &modules)?;
        Ok(files.into_iter().map(|file| file.path).collect())
    }

    #[test]
    fn only_what_a_model_needs_is_chosen() {
        let paths = [
            ".gitattributes",
            "1_Pooling/config.json",
            "README.md",
            "config.json",
            "model-00001-of-00002.safetensors",
            "model-00002-of-00002.safetensors",
            "model-q4.safetensors",
            "model.safetensors.index.json",
            "modules.json",
            "onnx/model.onnx",
            "onnx/config.json",
            "pytorch_model.bin",
            "tokenizer.json",
            "train_script.py",
        ];
        let expected = [
            "1_Pooling/config.json",
            "README.md",
            "config.json",
            "model-00001-of-00002.safetensors",
            "model-00002-of-00002.safetensors",
            "model.safetensors.index.json",
            "modules.json",
            "tokenizer.json",
        ];
        assert_eq!(chosen(&paths, &["", "1_Pooling"]).unwrap(), expected);
    }

    #[test]
    fn a_pickle_alone_is_refused_by_name() {
        let error = chosen(&["config.json", "pytorch_model.bin"], &[""]).unwrap_err();
        assert!(matches!(error, HubError::Pickled { ref file, .. } if file == "pytorch_model.bin"));
        let error = chosen(&["config.json"], &[""]).unwrap_err();
        assert!(
            matches!(error, HubError::MissingFile { ref file, .. } if file == "model.safetensors")
        );
    }

    #[test]
    fn sizes_are_capped_before_anything_is_fetched() {
        let id = "owner/name".parse().unwrap();
        let mut files = tree(&["model.safetensors", "tokenizer.json"]);
        files[1].bytes = MAX_TOKENIZER_BYTES + 1;
        let error = wanted(&id, &files, &[String::new()]).unwrap_err();
        assert!(matches!(error, HubError::TooLarge { ref file, .. } if file == "tokenizer.json"));
    }
}
