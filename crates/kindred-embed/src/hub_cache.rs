//! The cache in which the Python tools keep the models that they fetched.
//!
//! Its layout is that of the Python library `huggingface_hub`:
//! `models--OWNER--NAME/refs/REVISION` holds a commit, `snapshots/COMMIT/` the files, as links to
//! `../../blobs/` where the system has links. It is only ever read.

use std::env::{home_dir, var_os};
use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::error::ModelError;
use crate::layout::MODEL2VEC;
use crate::model_id::ModelId;
use crate::source::ModelSource;

/// Longest content of a file of `refs`: a commit and white space.
const MAX_REF_BYTES: u64 = 256;
/// Start of a model's folder name.
const MODEL_PREFIX: &str = "models--";

#[derive(Debug, Deserialize)]
struct PlainConfig {
    model_type: Option<String>,
}

/// A cache of models that other programs fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HubCache {
    folder: PathBuf,
}

impl HubCache {
    /// Names the folder; it need not exist.
    pub fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
        }
    }

    /// Returns the user's cache, as the Python library finds it: `HF_HUB_CACHE`,
    /// `HUGGINGFACE_HUB_CACHE`, `HF_HOME/hub`, `XDG_CACHE_HOME/huggingface/hub`, else
    /// `~/.cache/huggingface/hub`. `None` if there is no home folder.
    pub fn of_user() -> Option<Self> {
        let variable = |name: &str| {
            let value = var_os(name).filter(|value| !value.is_empty())?;
            Some(PathBuf::from(value))
        };
        let folder = variable("HF_HUB_CACHE")
            .or_else(|| variable("HUGGINGFACE_HUB_CACHE"))
            .or_else(|| Some(variable("HF_HOME")?.join("hub")))
            .or_else(|| Some(variable("XDG_CACHE_HOME")?.join("huggingface/hub")))
            .or_else(|| Some(home_dir()?.join(".cache/huggingface/hub")))?;
        Some(Self { folder })
    }

    /// Returns the folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns the folder of a model's files at a revision: a branch or tag that was fetched, or a
    /// commit or its start. `None` if it is not there.
    ///
    /// # Errors
    /// If the cache is there and cannot be read.
    pub fn find(&self, id: &ModelId, revision: &str) -> io::Result<Option<PathBuf>> {
        let model = self
            .folder
            .join(format!("{MODEL_PREFIX}{}", id.folder_name()));
        let snapshots = model.join("snapshots");
        let commit = match referenced(&model, revision)? {
            Some(commit) => commit,
            None if is_start_of_commit(revision) => revision.to_owned(),
            None => return Ok(None),
        };
        if !snapshots.is_dir() {
            return Ok(None);
        }
        let mut found = Vec::new();
        for entry in fs_err::read_dir(&snapshots)? {
            let entry = entry?;
            let is_named = entry
                .file_name()
                .to_str()
                .is_some_and(|name| name.starts_with(&commit));
            if is_named && entry.path().is_dir() {
                found.push(entry.path());
            }
        }
        // Two commits that begin alike leave it open which is meant.
        Ok(match found.len() {
            1 => found.pop(),
            _ => None,
        })
    }

    /// Whether the files in a folder say how the vectors of tokens become one: those of a program
    /// that needs only the transformer do not, although the model on the hub may.
    ///
    /// # Errors
    /// [`ModelError`] if the folder or its configuration cannot be read.
    pub fn says_how_to_pool(folder: &Path) -> Result<bool, ModelError> {
        if folder.join("modules.json").is_file() {
            return Ok(true);
        }
        let source = ModelSource::folder(folder)?;
        let config: Option<PlainConfig> = source.peek_json("config.json")?;
        // Without either file it is no model, and whoever loads it is told so.
        Ok(config.is_none_or(|config| config.model_type.as_deref() == Some(MODEL2VEC)))
    }
}

/// Returns the id of the model whose snapshot `folder` is, if it lies in such a cache.
pub(crate) fn id_of_snapshot(folder: &Path) -> Option<String> {
    let snapshots = folder.parent()?;
    let model = snapshots.parent()?.file_name()?.to_str()?;
    let name = model.strip_prefix(MODEL_PREFIX)?;
    (snapshots.file_name() == Some(OsStr::new("snapshots"))).then(|| name.replacen("--", "/", 1))
}

/// Reads the commit that a branch or tag stood for when it was fetched.
fn referenced(model: &Path, revision: &str) -> io::Result<Option<String>> {
    let is_plain = revision
        .split('/')
        .all(|part| !matches!(part, "" | "." | "..") && !part.contains(['\\', ':', '\0']));
    let path = model.join("refs").join(revision);
    if !is_plain || !path.is_file() || fs_err::metadata(&path)?.len() > MAX_REF_BYTES {
        return Ok(None);
    }
    let text = fs_err::read_to_string(&path)?;
    let commit = text.trim();
    Ok((commit.len() == 40 && is_start_of_commit(commit)).then(|| commit.to_owned()))
}

fn is_start_of_commit(text: &str) -> bool {
    (4..=40).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: &str = "0123456789abcdef0123456789abcdef01234567";
    const SECOND: &str = "0123ffffffffffffffffffffffffffffffffffff";

    fn cache() -> (tempfile::TempDir, HubCache, ModelId) {
        let folder = tempfile::tempdir().unwrap();
        let model = folder.path().join("models--owner--tiny");
        for commit in [FIRST, SECOND] {
            fs_err::create_dir_all(model.join("snapshots").join(commit)).unwrap();
        }
        fs_err::create_dir_all(model.join("refs/pr")).unwrap();
        fs_err::write(model.join("refs/main"), format!("{FIRST}\n")).unwrap();
        fs_err::write(model.join("refs/pr/1"), SECOND).unwrap();
        let cache = HubCache::new(folder.path());
        (folder, cache, "owner/tiny".parse().unwrap())
    }

    #[test]
    fn branches_and_commits_lead_to_their_snapshot() {
        let (_folder, cache, id) = cache();
        let at = |revision: &str| {
            let path = cache.find(&id, revision).unwrap()?;
            Some(path.file_name()?.to_str()?.to_owned())
        };
        assert_eq!(at("main").as_deref(), Some(FIRST));
        assert_eq!(at("pr/1").as_deref(), Some(SECOND));
        assert_eq!(at(SECOND).as_deref(), Some(SECOND));
        assert_eq!(at("0123f").as_deref(), Some(SECOND));
        assert_eq!(at("0123"), None, "two commits begin like this");
        assert_eq!(at("v2"), None);
        let other = "owner/other".parse().unwrap();
        assert_eq!(cache.find(&other, "main").unwrap(), None);
    }

    #[test]
    fn a_reference_never_leads_out_of_the_cache() {
        let (_folder, cache, id) = cache();
        let model = cache.folder().join("models--owner--tiny");
        fs_err::write(model.join("refs/main"), "../../../etc").unwrap();
        fs_err::write(cache.folder().join("outside"), FIRST).unwrap();
        assert_eq!(cache.find(&id, "main").unwrap(), None);
        for revision in ["../../outside", "", "/etc/passwd", "a/../main"] {
            assert_eq!(cache.find(&id, revision).unwrap(), None, "{revision}");
        }
    }

    #[test]
    fn a_snapshot_knows_whose_it_is() {
        let (_folder, cache, id) = cache();
        let snapshot = cache.find(&id, FIRST).unwrap().unwrap();
        assert_eq!(id_of_snapshot(&snapshot).as_deref(), Some("owner/tiny"));
        assert_eq!(id_of_snapshot(Path::new("/models/tiny")), None);
        assert_eq!(id_of_snapshot(Path::new("/")), None);
    }
}
