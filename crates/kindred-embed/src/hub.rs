//! Fetching a model from a hub into a folder.
//!
//! `hf-hub` speaks the protocol (endpoint, token and proxy from the environment as everywhere:
//! `HF_ENDPOINT`, `HF_TOKEN`, `HF_HOME`, `HTTPS_PROXY`). Ours are the choice of files (JSON and
//! safetensors, never a pickle), pieces that can be stopped and resumed, the check of every file
//! against the hub's checksum, and the rule that a folder appears whole or not at all. The
//! configuration is fetched and checked before the weights, so that an unsupported model costs
//! nothing.

mod checksum;
mod error;
mod files;
mod origin;

use std::fmt;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use hf_hub::{HFClient, HFClientSync, HFRepositorySync, RepoTypeModel};

pub use self::error::HubError;
use self::error::Place;
use self::files::{RemoteFile, list, modules_of, refuse_foreign_adapters};
use self::origin::{Origin, fetched};
use crate::layout::Layout;
use crate::load::inspect_folder;
use crate::model_id::ModelId;
use crate::source::ModelSource;

/// Bytes that one request asks for; a stopped download loses at most these.
const PIECE_BYTES: u64 = 8 << 20;
/// Folder of downloads that are under way, inside the cache folder.
const PARTIAL_FOLDER: &str = ".partial";
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);
/// Longest silence of a server.
const READ_TIMEOUT: Duration = Duration::from_mins(1);
/// How often a request that failed is tried again.
const ATTEMPTS: usize = 3;
/// Pause before a piece that broke off is asked for again.
const PAUSE: Duration = Duration::from_millis(200);
/// Variables that forbid connections, as the Python library reads them.
const OFFLINE_VARIABLES: [&str; 2] = ["HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"];

/// What to fetch and where to put it.
pub struct PullRequest<'a> {
    /// The model.
    pub id: ModelId,
    /// Branch, tag or commit; `None`: `main`. A full commit that is there already needs no network.
    pub revision: Option<String>,
    /// Address of the hub; `None`: `HF_ENDPOINT`, else the public one.
    pub endpoint: Option<String>,
    /// Name of the variable that forbids connections, as [`offline_variable`] finds it; what an
    /// earlier pull of the same revision fetched is returned then.
    pub offline: Option<String>,
    /// Folder of all fetched models; made if it is not there.
    pub cache: PathBuf,
    /// Told about every piece that arrives.
    pub progress: &'a dyn Fn(&PullProgress),
    /// Set to stop between two pieces; the next pull goes on from there.
    pub stop: &'a AtomicBool,
}

/// How far a pull has come.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PullProgress {
    /// The file that is being fetched.
    pub file: String,
    /// Bytes of the model that are there.
    pub bytes_done: u64,
    /// Bytes of all its files known so far.
    pub bytes_total: u64,
}

/// Returns the name of the variable of this process that forbids connections to a hub, if one
/// does: `HF_HUB_OFFLINE` or `TRANSFORMERS_OFFLINE` set to `1`, `on`, `yes` or `true`.
pub fn offline_variable() -> Option<String> {
    OFFLINE_VARIABLES.into_iter().find_map(|name| {
        let value = std::env::var(name).ok()?.to_ascii_lowercase();
        let is_set = ["1", "on", "yes", "true"].contains(&value.as_str());
        is_set.then(|| name.to_owned())
    })
}

/// Returns the files that make a model, for those who fetch them by hand; a model need not have
/// all of them.
pub fn files_of_a_model() -> Vec<String> {
    files::usual()
}

/// Fetches a model and returns its folder, `CACHE/owner--name/COMMIT`.
///
/// The folder appears by one rename once every file is there with the size and the checksum that
/// the hub announced and the model is one that can be loaded; until then its parts are in
/// `CACHE/.partial` and a later pull resumes them.
///
/// # Errors
/// [`HubError`]; [`HubError::Network`] where trying again later may help.
pub fn pull(request: &PullRequest<'_>) -> Result<PathBuf, HubError> {
    let revision = request.revision.as_deref().unwrap_or("main");
    check_revision(revision)?;
    let home = request.cache.join(request.id.folder_name());
    if is_commit(revision) && home.join(revision).is_dir() {
        return Ok(home.join(revision));
    }
    if let Some(variable) = &request.offline {
        let found = fetched(&home, &request.id, revision)?;
        return found.ok_or_else(|| HubError::Offline {
            id: request.id.clone(),
            variable: variable.clone(),
        });
    }
    let (repository, endpoint) = connect(request)?;
    let place = Place {
        id: &request.id,
        revision,
        endpoint: &endpoint,
    };
    let info = repository
        .info()
        .revision(revision)
        .send()
        .map_err(|error| HubError::of_library(&place, error))?;
    let commit = info
        .sha
        .filter(|commit| is_commit(commit))
        .ok_or_else(|| HubError::Protocol {
            id: request.id.clone(),
            fault: "the hub named no commit".to_owned(),
        })?;
    let target = home.join(&commit);
    if target.is_dir() {
        return Ok(target);
    }
    let staging_name = format!("{}--{commit}", request.id.folder_name());
    let partial = request.cache.join(PARTIAL_FOLDER);
    let staging = partial.join(&staging_name);
    fs_err::create_dir_all(&partial)?;
    let _lock = lock(&partial.join(staging_name + ".lock"), &request.id)?;
    // Another process may have fetched it since.
    if target.is_dir() {
        return Ok(target);
    }
    fs_err::create_dir_all(&staging)?;
    let mut transfer = Transfer {
        repository,
        request,
        place: Place {
            revision: &commit,
            ..place
        },
        staging: &staging,
        bytes_done: 0,
        bytes_total: 0,
    };
    transfer.fetch_all()?;
    let origin = Origin {
        id: request.id.as_str().to_owned(),
        revision: revision.to_owned(),
        commit,
    };
    origin.write(&staging)?;
    inspect_folder(&staging)?;
    fs_err::create_dir_all(&home)?;
    fs_err::rename(&staging, &target)?;
    sync_folder(&home);
    Ok(target)
}

/// One pull under way.
struct Transfer<'a> {
    repository: HFRepositorySync<RepoTypeModel>,
    request: &'a PullRequest<'a>,
    /// The commit that is fetched.
    place: Place<'a>,
    staging: &'a Path,
    bytes_done: u64,
    bytes_total: u64,
}

impl Transfer<'_> {
    /// Fetches the list of modules, then every configuration, then the weights.
    fn fetch_all(&mut self) -> Result<(), HubError> {
        let id = &self.request.id;
        let tree = self
            .repository
            .list_tree()
            .revision(self.place.revision)
            .recursive(true)
            .send();
        let tree = tree.map_err(|error| HubError::of_library(&self.place, error))?;
        let tree = list(id, tree)?;
        if let Some(file) = tree.iter().find(|file| file.path == "modules.json") {
            self.bytes_total = file.bytes;
            self.fetch(file)?;
        }
        let modules = modules_of(self.staging)?;
        let files = files::wanted(id, &tree, &modules)?;
        self.bytes_total = files.iter().map(|file| file.bytes).sum();
        self.bytes_done = 0;
        let (weights, rest): (Vec<_>, Vec<_>) = files.into_iter().partition(RemoteFile::is_weights);
        for file in &rest {
            self.fetch(file)?;
        }
        Layout::read(&ModelSource::folder(self.staging)?)?;
        refuse_foreign_adapters(self.staging, &rest)?;
        weights.iter().try_for_each(|file| self.fetch(file))
    }

    /// Fetches one file, going on where an earlier pull stopped.
    fn fetch(&mut self, file: &RemoteFile) -> Result<(), HubError> {
        let target = self.staging.join(&file.path);
        if fs_err::metadata(&target).is_ok_and(|found| found.len() == file.bytes)
            && file.fits(&target)?
        {
            self.advance(file, file.bytes);
            return Ok(());
        }
        let partial = self.staging.join(format!("{}.part", file.path));
        if let Some(folder) = partial.parent() {
            fs_err::create_dir_all(folder)?;
        }
        let mut sink = fs_err::OpenOptions::new()
            .create(true)
            .append(true)
            .open(&partial)?;
        let mut done = sink.metadata()?.len();
        if done > file.bytes {
            sink.set_len(0)?;
            done = 0;
        }
        self.advance(file, done);
        while done < file.bytes {
            if self.request.stop.load(Ordering::Relaxed) {
                return Err(HubError::Stopped);
            }
            let end = file.bytes.min(done + PIECE_BYTES);
            let piece = self.patient_piece(file, done, end)?;
            sink.write_all(piece.as_ref())?;
            let bytes = piece.as_ref().len() as u64;
            done += bytes;
            self.advance(file, bytes);
        }
        sink.sync_all()?;
        if !file.fits(&partial)? {
            fs_err::remove_file(&partial)?;
            return Err(HubError::Checksum {
                id: self.request.id.clone(),
                file: file.path.clone(),
            });
        }
        fs_err::rename(&partial, &target)?;
        Ok(())
    }

    /// Fetches a piece, and once more where a connection broke off in its midst: the library does
    /// that only for requests that were not answered at all.
    fn patient_piece(
        &self,
        file: &RemoteFile,
        start: u64,
        end: u64,
    ) -> Result<impl AsRef<[u8]> + use<>, HubError> {
        let mut attempt = 1;
        loop {
            match self.piece(file, start, end) {
                Err(error) if attempt < ATTEMPTS && error.is_broken_transfer() => {
                    std::thread::sleep(PAUSE);
                    attempt += 1;
                }
                result => return result,
            }
        }
    }

    /// Fetches the bytes `start..end` of a file; never fewer, and all from `start` on of a server
    /// that does not know ranges and answers with the whole file.
    fn piece(
        &self,
        file: &RemoteFile,
        start: u64,
        end: u64,
    ) -> Result<impl AsRef<[u8]> + use<>, HubError> {
        let piece = self
            .repository
            .download_file_to_bytes()
            .filename(&*file.path)
            .revision(self.place.revision)
            .range(start..end)
            .send()
            .map_err(|error| HubError::of_library(&self.place, error))?;
        let found = piece.len() as u64;
        let skipped = if found == end - start {
            Some(0)
        } else {
            usize::try_from(start).ok().filter(|_| found == file.bytes)
        };
        let truncated = || HubError::Truncated {
            file: file.path.clone(),
            expected: end - start,
            found,
        };
        Ok(piece.slice(skipped.ok_or_else(truncated)?..))
    }

    fn advance(&mut self, file: &RemoteFile, bytes: u64) {
        self.bytes_done += bytes;
        (self.request.progress)(&PullProgress {
            file: file.path.clone(),
            bytes_done: self.bytes_done,
            bytes_total: self.bytes_total,
        });
    }
}

/// Returns the model on the hub, and the hub's address for messages.
fn connect(
    request: &PullRequest<'_>,
) -> Result<(HFRepositorySync<RepoTypeModel>, String), HubError> {
    let setup = |source: hf_hub::HFError| HubError::Setup { source };
    let web = reqwest::Client::builder()
        .user_agent(concat!("kindred/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(READ_TIMEOUT)
        .build()
        .map_err(|source| setup(source.into()))?;
    let mut builder = HFClient::builder()
        .client(web)
        .cache_enabled(false)
        .retry_max_attempts(ATTEMPTS);
    if let Some(endpoint) = &request.endpoint {
        builder = builder.endpoint(endpoint);
    }
    let client = builder.build().map_err(setup)?;
    let endpoint = client.endpoint().to_owned();
    let client = HFClientSync::from_inner(client).map_err(setup)?;
    let model = client.model(request.id.owner().unwrap_or_default(), request.id.name());
    Ok((model, endpoint))
}

/// Keeps a second pull of the same model out until the returned file is closed.
fn lock(path: &Path, id: &ModelId) -> Result<fs_err::File, HubError> {
    let file = fs_err::OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)?;
    match file.file().try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(HubError::Busy { id: id.clone() }),
        Err(std::fs::TryLockError::Error(error)) => Err(error.into()),
    }
}

/// Makes the rename durable where the system can; where it cannot, a lost folder is pulled again.
fn sync_folder(folder: &Path) {
    if let Ok(folder) = fs_err::File::open(folder) {
        folder.sync_all().ok();
    }
}

fn is_commit(revision: &str) -> bool {
    revision.len() == 40 && revision.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// A revision goes into addresses, never into paths; it still must look like one.
fn check_revision(revision: &str) -> Result<(), HubError> {
    let fine = (1..=200).contains(&revision.len())
        && !revision.contains("..")
        && revision
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"._-/".contains(&byte));
    if fine {
        Ok(())
    } else {
        let revision = revision
            .chars()
            .filter(|c| !c.is_control())
            .take(80)
            .collect();
        Err(HubError::Revision { revision })
    }
}

impl fmt::Debug for PullRequest<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("PullRequest")
            .field("id", &self.id)
            .field("revision", &self.revision)
            .field("endpoint", &self.endpoint)
            .field("offline", &self.offline)
            .field("cache", &self.cache)
            .finish_non_exhaustive()
    }
}
