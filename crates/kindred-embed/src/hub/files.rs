//! Which files of a model are fetched.

use std::io;
use std::path::Path;

use hf_hub::repository::RepoTreeEntry;
use serde::Deserialize;

use super::checksum::Checksum;
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
/// Settings of an adapter.
const ADAPTER_CONFIG: &str = "adapter_config.json";
/// Files of the adapter that a model's own folder may carry.
const ADAPTER_FILES: [&str; 2] = [ADAPTER_CONFIG, "adapter.safetensors"];
const PICKLES: [&str; 5] = [
    "pytorch_model.bin",
    "model.bin",
    "pytorch_model.bin.index.json",
    "pytorch_adapter.bin",
    "adapter_model.bin",
];

/// A file on the hub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RemoteFile {
    /// Path inside the model.
    pub(super) path: String,
    /// Its size.
    pub(super) bytes: u64,
    /// How its bytes are known, where the hub says so.
    pub(super) checksum: Option<Checksum>,
}

impl RemoteFile {
    /// Whether the bytes at `path` are this file's, as far as the hub says what they should be.
    pub(super) fn fits(&self, path: &Path) -> io::Result<bool> {
        match &self.checksum {
            Some(checksum) => checksum.fits(path),
            None => Ok(true),
        }
    }

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

/// Returns the files of a usual model: its own, and those of a pooling module.
pub(super) fn usual() -> Vec<String> {
    let own = TOP_FILES.iter().chain(&MODULE_FILES);
    let mut names: Vec<String> = own.map(|&name| name.to_owned()).collect();
    names.push("1_Pooling/config.json".to_owned());
    names.sort();
    names.dedup();
    names
}

/// What tells an adapter of the PEFT library from others.
#[derive(Debug, Deserialize)]
struct AdapterKind {
    #[serde(default)]
    peft_type: Option<String>,
}

/// Takes the files of a listing whose names every system can have; no model needs others.
///
/// # Errors
/// [`HubError::FileName`] if one would lie outside the model's folder: such a listing is not to be
/// trusted at all.
pub(super) fn list(id: &ModelId, tree: Vec<RepoTreeEntry>) -> Result<Vec<RemoteFile>, HubError> {
    let mut files = Vec::new();
    for entry in tree {
        let RepoTreeEntry::File {
            oid,
            size,
            path,
            lfs,
            xet_hash,
            ..
        } = entry
        else {
            continue;
        };
        if !stays_inside(&path) {
            let file = path.chars().filter(|c| !c.is_control()).take(120).collect();
            let id = id.clone();
            return Err(HubError::FileName { id, file });
        }
        if path.contains(['\\', ':']) {
            continue;
        }
        let is_large = lfs.is_some() || xet_hash.is_some();
        let sha256 = lfs.and_then(|lfs| lfs.sha256);
        files.push(RemoteFile {
            path,
            bytes: size,
            checksum: Checksum::of_listing(&oid, is_large, sha256.as_deref()),
        });
    }
    files.sort_by(|left, right| left.path.cmp(&right.path));
    Ok(files)
}

/// Whether a path of a listing names something below the folder it is joined to.
fn stays_inside(path: &str) -> bool {
    path.split('/')
        .all(|part| !matches!(part, "" | "." | "..") && !part.contains('\0'))
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

/// Refuses adapters that are not computed, before the weights beside them are fetched.
pub(super) fn refuse_foreign_adapters(
    staging: &Path,
    files: &[RemoteFile],
) -> Result<(), HubError> {
    let source = ModelSource::folder(staging)?;
    let is_config = |file: &&RemoteFile| file.path.rsplit('/').next() == Some(ADAPTER_CONFIG);
    for file in files.iter().filter(is_config) {
        let kind: Option<AdapterKind> = source.peek_json(&file.path)?;
        if let Some(kind) = kind.and_then(|kind| kind.peft_type) {
            let kind: String = kind.chars().filter(|c| !c.is_control()).take(80).collect();
            let fault = format!(
                "it is an adapter of type `{kind}`, supported are bottlenecks as SPECTER2 has \
                 them; merge it into the model instead"
            );
            return Err(source.fault(&file.path, fault).into());
        }
    }
    Ok(())
}

/// Chooses the files of the modules and holds them against the size limits; weights must have a
/// checksum.
pub(super) fn wanted(
    id: &ModelId,
    tree: &[RemoteFile],
    modules: &[String],
) -> Result<Vec<RemoteFile>, HubError> {
    let mut names: Vec<String> = TOP_FILES.iter().map(|&name| name.to_owned()).collect();
    for module in modules {
        names.extend(MODULE_FILES.iter().map(|name| join(module, name)));
    }
    let is_there = |name: &str| tree.iter().any(|file| file.path == name);
    if is_there(ADAPTER_CONFIG) {
        names.extend(ADAPTER_FILES.iter().map(|&name| name.to_owned()));
    }
    let is_shard = |path: &str| {
        modules.iter().any(|module| {
            if is_there(&join(module, "model.safetensors")) {
                return false;
            }
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
    // The index of the parts names nothing where there are no parts.
    names.retain(|name| {
        let whole = name.strip_suffix(".index.json");
        whole.is_none_or(|whole| !is_there(whole))
    });
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
        if file.is_weights() && file.checksum.is_none() {
            return Err(HubError::Protocol {
                id: id.clone(),
                fault: format!("it lists `{}` without a checksum", file.path),
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
            checksum: Checksum::of_listing(&"a".repeat(40), false, None),
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
    fn whole_weights_make_their_parts_needless() {
        let paths = [
            "config.json",
            "model-00001-of-00002.safetensors",
            "model-00002-of-00002.safetensors",
            "model.safetensors",
            "model.safetensors.index.json",
        ];
        assert_eq!(
            chosen(&paths, &[""]).unwrap(),
            ["config.json", "model.safetensors"]
        );
    }

    #[test]
    fn adapters_come_along_where_the_model_has_them() {
        let weights = [
            "adapter_model.safetensors",
            "config.json",
            "model.safetensors",
        ];
        assert_eq!(
            chosen(&weights, &[""]).unwrap(),
            ["config.json", "model.safetensors"]
        );
        let mut paths = vec!["adapter.safetensors", "adapter_config.json"];
        paths.extend(weights);
        let expected = [
            "adapter.safetensors",
            "adapter_config.json",
            "config.json",
            "model.safetensors",
        ];
        assert_eq!(chosen(&paths, &[""]).unwrap(), expected);
    }

    #[test]
    fn weights_without_a_checksum_are_refused_by_name() {
        let id = "owner/name".parse().unwrap();
        let mut files = tree(&["config.json", "model.safetensors"]);
        files[0].checksum = None;
        assert!(wanted(&id, &files, &[String::new()]).is_ok());
        files[1].checksum = None;
        let error = wanted(&id, &files, &[String::new()]).unwrap_err();
        assert!(matches!(error, HubError::Protocol { .. }), "{error:?}");
        assert!(error.to_string().contains("`model.safetensors`"), "{error}");
    }

    #[test]
    fn names_that_leave_the_folder_are_known() {
        for path in ["config.json", "1_Pooling/config.json", "..a/b..", "a b#c"] {
            assert!(stays_inside(path), "{path}");
        }
        for path in ["", "/a", "../a", "a/../b", "a//b", "./a", "a\0b", "a/"] {
            assert!(!stays_inside(path), "{path:?}");
        }
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
