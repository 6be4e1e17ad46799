//! Where a model's bytes come from: a folder, or the program itself.
//!
//! Every file is checked for its size and for the marks of pickled data, and hashed; the hashes
//! make the encoder's fingerprint. Small files are read whole into memory (never mapped). Weights
//! are hashed first and read tensor by tensor later, when their hash is checked again.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use serde::de::DeserializeOwned;

use crate::error::ModelError;
use crate::hub_cache::id_of_snapshot;

/// Largest configuration file, in bytes.
const MAX_JSON_BYTES: u64 = 1 << 20;
/// Largest tokenizer, in bytes.
pub(crate) const MAX_TOKENIZER_BYTES: u64 = 32 << 20;
/// Largest file of weights, in bytes.
pub(crate) const MAX_WEIGHTS_BYTES: u64 = 16 << 30;
/// Bytes that are kept of the beginning of a large file: room for its header.
pub(crate) const LARGE_FILE_START: usize = (1 << 20) + 8;
/// Bytes that are read at a time.
const READ_BYTES: usize = 1 << 20;
/// File names of pickled or otherwise unsafe weights.
const PICKLED_EXTENSIONS: [&str; 6] = ["bin", "pt", "pth", "ckpt", "pkl", "h5"];

/// The files of one model.
#[derive(Debug)]
pub(crate) struct ModelSource {
    place: Place,
    /// Hashes of the files read so far, by path inside the model.
    hashes: Mutex<BTreeMap<String, ReadFile>>,
}

#[derive(Debug)]
enum Place {
    Folder(PathBuf),
    Memory {
        name: &'static str,
        files: &'static [(&'static str, &'static [u8])],
    },
}

/// What is remembered of a file that was read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ReadFile {
    /// BLAKE3 of its bytes.
    pub(crate) hash: blake3::Hash,
    /// Its size.
    pub(crate) bytes: u64,
}

impl ModelSource {
    /// Opens a folder.
    pub(crate) fn folder(folder: &Path) -> Result<Self, ModelError> {
        let metadata = fs_err::metadata(folder).map_err(|source| ModelError::Read {
            path: folder.to_owned(),
            source,
        })?;
        if !metadata.is_dir() {
            return Err(ModelError::Read {
                path: folder.to_owned(),
                source: ErrorKind::NotADirectory.into(),
            });
        }
        Ok(Self::new(Place::Folder(folder.to_owned())))
    }

    /// Takes files that are part of the program.
    pub(crate) fn memory(
        name: &'static str,
        files: &'static [(&'static str, &'static [u8])],
    ) -> Self {
        Self::new(Place::Memory { name, files })
    }

    fn new(place: Place) -> Self {
        Self {
            place,
            hashes: Mutex::default(),
        }
    }

    /// Returns the folder, or what stands for it in messages.
    pub(crate) fn path(&self) -> PathBuf {
        match &self.place {
            Place::Folder(folder) => folder.clone(),
            Place::Memory { name, .. } => PathBuf::from(name),
        }
    }

    /// Returns the last part of the folder's path; of a snapshot in the hub's cache, whose last
    /// part is a commit, the model's id.
    pub(crate) fn name(&self) -> String {
        if let Place::Folder(folder) = &self.place
            && let Some(id) = id_of_snapshot(folder)
        {
            return id;
        }
        let path = match &self.place {
            Place::Folder(folder) => folder.canonicalize().unwrap_or_else(|_| folder.clone()),
            Place::Memory { name, .. } => PathBuf::from(name),
        };
        path.file_name()
            .map_or_else(|| "model".to_owned(), |name| name.to_string_lossy().into())
    }

    /// Returns a file's path for messages.
    pub(crate) fn path_of(&self, file: &str) -> PathBuf {
        self.path().join(file)
    }

    /// Reads a file that counts for the fingerprint; `None` if it is not there.
    pub(crate) fn find(
        &self,
        file: &str,
        limit: u64,
    ) -> Result<Option<Cow<'static, [u8]>>, ModelError> {
        let Some(bytes) = self.peek(file, limit)? else {
            return Ok(None);
        };
        let read = ReadFile {
            hash: blake3::hash(&bytes),
            bytes: bytes.len() as u64,
        };
        self.hashes
            .lock()
            .expect("no thread panics while it holds the lock")
            .insert(file.to_owned(), read);
        Ok(Some(bytes))
    }

    /// Hashes a file that counts for the fingerprint without keeping it: files of weights are
    /// large, and their tensors are wanted one after another. `None` if it is not there.
    pub(crate) fn find_large(
        &self,
        file: &str,
        limit: u64,
    ) -> Result<Option<LargeFile>, ModelError> {
        let folder = match &self.place {
            Place::Folder(folder) => folder,
            Place::Memory { .. } => {
                let Some(bytes) = self.find(file, limit)? else {
                    return Ok(None);
                };
                let hashes = self.hashes.lock();
                let read = hashes.expect("no thread panics while it holds the lock")[file];
                return Ok(Some(LargeFile {
                    path: self.path_of(file),
                    start: bytes[..bytes.len().min(LARGE_FILE_START)].to_vec(),
                    hash: read.hash,
                    bytes: read.bytes,
                    contents: Some(bytes),
                }));
            }
        };
        let Some(large) = LargeFile::read(&folder.join(file), limit)? else {
            return Ok(None);
        };
        let read = ReadFile {
            hash: large.hash,
            bytes: large.bytes,
        };
        self.hashes
            .lock()
            .expect("no thread panics while it holds the lock")
            .insert(file.to_owned(), read);
        Ok(Some(large))
    }

    /// Reads a file that counts for the fingerprint and must be there.
    pub(crate) fn read(&self, file: &str, limit: u64) -> Result<Cow<'static, [u8]>, ModelError> {
        self.find(file, limit)?.ok_or_else(|| ModelError::Missing {
            folder: self.path(),
            file: file.to_owned(),
        })
    }

    /// Reads a file that does not change any vector.
    pub(crate) fn peek(
        &self,
        file: &str,
        limit: u64,
    ) -> Result<Option<Cow<'static, [u8]>>, ModelError> {
        let bytes = match &self.place {
            Place::Memory { files, .. } => {
                let found = files.iter().find(|(name, _)| *name == file);
                found.map(|(_, bytes)| Cow::Borrowed(*bytes))
            }
            Place::Folder(folder) => read_capped(&folder.join(file), limit)?.map(Cow::Owned),
        };
        if let Some(bytes) = &bytes
            && is_pickled(bytes)
        {
            return Err(ModelError::Pickled {
                path: self.path_of(file),
            });
        }
        Ok(bytes)
    }

    /// Reads and parses a configuration file; `None` if it is not there.
    pub(crate) fn find_json<T: DeserializeOwned>(
        &self,
        file: &str,
    ) -> Result<Option<T>, ModelError> {
        self.find(file, MAX_JSON_BYTES)?
            .map(|bytes| self.parse(file, &bytes))
            .transpose()
    }

    /// Parses a configuration file that does not change any vector; `None` if it is not there.
    pub(crate) fn peek_json<T: DeserializeOwned>(
        &self,
        file: &str,
    ) -> Result<Option<T>, ModelError> {
        self.peek(file, MAX_JSON_BYTES)?
            .map(|bytes| self.parse(file, &bytes))
            .transpose()
    }

    fn parse<T: DeserializeOwned>(&self, file: &str, bytes: &[u8]) -> Result<T, ModelError> {
        serde_json::from_slice(bytes).map_err(|source| ModelError::Json {
            path: self.path_of(file),
            source,
        })
    }

    /// Reports weights that are missing, naming pickled ones that lie in their place.
    pub(crate) fn missing_weights(&self, inside: &str) -> ModelError {
        let pickled = match &self.place {
            Place::Folder(folder) => pickled_file(&folder.join(inside)),
            Place::Memory { .. } => None,
        };
        match pickled {
            Some(path) => ModelError::Pickled { path },
            None => ModelError::Missing {
                folder: self.path(),
                file: join(inside, "model.safetensors"),
            },
        }
    }

    /// Returns what was read for the fingerprint so far, in order of the files' paths.
    pub(crate) fn files_read(&self) -> BTreeMap<String, ReadFile> {
        self.hashes
            .lock()
            .expect("no thread panics while it holds the lock")
            .clone()
    }

    /// Makes an error about a setting in `file`.
    pub(crate) fn fault(&self, file: &str, fault: impl Into<String>) -> ModelError {
        ModelError::Setting {
            path: self.path_of(file),
            fault: fault.into(),
        }
    }
}

/// A file whose contents are read when they are wanted.
#[derive(Debug)]
pub(crate) struct LargeFile {
    pub(crate) path: PathBuf,
    /// Its first bytes, at most [`LARGE_FILE_START`].
    pub(crate) start: Vec<u8>,
    /// BLAKE3 of all of it.
    pub(crate) hash: blake3::Hash,
    /// Its size.
    pub(crate) bytes: u64,
    /// All of it, where that is part of the program.
    pub(crate) contents: Option<Cow<'static, [u8]>>,
}

impl LargeFile {
    fn read(path: &Path, limit: u64) -> Result<Option<Self>, ModelError> {
        let Some((file, size)) = open_capped(path, limit)? else {
            return Ok(None);
        };
        let failed = |source| ModelError::Read {
            path: path.to_owned(),
            source,
        };
        let mut hasher = blake3::Hasher::new();
        let mut file = file.take(size);
        let mut start = Vec::new();
        let mut buffer = vec![0; READ_BYTES];
        let mut bytes = 0;
        loop {
            let count = file.read(&mut buffer).map_err(failed)?;
            if count == 0 {
                break;
            }
            hasher.update(&buffer[..count]);
            let room = LARGE_FILE_START - start.len();
            start.extend_from_slice(&buffer[..count.min(room)]);
            bytes += count as u64;
        }
        if is_pickled(&start) {
            return Err(ModelError::Pickled {
                path: path.to_owned(),
            });
        }
        Ok(Some(Self {
            path: path.to_owned(),
            start,
            hash: hasher.finalize(),
            bytes,
            contents: None,
        }))
    }

    /// Opens the file again, or the part of the program that it is.
    pub(crate) fn open(&self) -> Result<Box<dyn Read + '_>, ModelError> {
        if let Some(contents) = &self.contents {
            return Ok(Box::new(&**contents));
        }
        let file = fs_err::File::open(&self.path).map_err(|source| ModelError::Read {
            path: self.path.clone(),
            source,
        })?;
        Ok(Box::new(file))
    }
}

/// Joins the path of a module (`""` and `"."` are the model's own folder) and a file name.
pub(crate) fn join(inside: &str, file: &str) -> String {
    match inside.trim_start_matches("./").trim_matches('/') {
        "" | "." => file.to_owned(),
        inside => format!("{inside}/{file}"),
    }
}

fn read_capped(path: &Path, limit: u64) -> Result<Option<Vec<u8>>, ModelError> {
    let Some((file, size)) = open_capped(path, limit)? else {
        return Ok(None);
    };
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
    // A file that grows while it is read must not fill the memory either.
    file.take(limit)
        .read_to_end(&mut bytes)
        .map_err(|source| ModelError::Read {
            path: path.to_owned(),
            source,
        })?;
    Ok(Some(bytes))
}

/// Opens a file of at most `limit` bytes; `None` if it is not there.
fn open_capped(path: &Path, limit: u64) -> Result<Option<(fs_err::File, u64)>, ModelError> {
    let failed = |source| ModelError::Read {
        path: path.to_owned(),
        source,
    };
    let file = match fs_err::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    let size = file.metadata().map_err(failed)?.len();
    if size > limit {
        return Err(ModelError::TooLarge {
            path: path.to_owned(),
            bytes: size,
            limit,
        });
    }
    Ok(Some((file, size)))
}

/// Whether the bytes begin like a pickle or like the zip archive that newer pickles are packed in.
fn is_pickled(bytes: &[u8]) -> bool {
    let zip = bytes.starts_with(b"PK\x03\x04");
    let pickle = bytes.len() >= 2 && bytes[0] == 0x80 && (2..=5).contains(&bytes[1]);
    // The length of a safetensors header comes first and may begin with the same two bytes.
    zip || (pickle && bytes.get(8) != Some(&b'{'))
}

fn pickled_file(folder: &Path) -> Option<PathBuf> {
    let mut names: Vec<PathBuf> = fs_err::read_dir(folder)
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            let extension = path.extension().unwrap_or_default().to_string_lossy();
            PICKLED_EXTENSIONS.contains(&extension.to_ascii_lowercase().as_str())
        })
        .collect();
    names.sort();
    names.into_iter().next()
}
