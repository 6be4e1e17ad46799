//! One data directory: its store, its vectors, its encoder.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use jiff::civil::Date;
use kindred_core::{Encoder, Fingerprint, KeySet, PaperId, PaperKey};
use kindred_embed::Device;
use kindred_index::{Index, IndexError, IndexSpec};
use kindred_store::{Store, StoredPaper};

use crate::EngineError;
use crate::choice::{EncoderChoice, EncoderOptions, ModelOrigin, PreparedEncoder};
use crate::lock::LibraryLock;
use crate::models::BUILT_IN;
use crate::once::{Once, held};

/// Setting under which the encoder in use is stored.
const ENCODER_SETTING: &str = "encoder";
/// Seed of the choice of background papers; fixed, so that a feed does not change between runs.
const BACKGROUND_SEED: u64 = 0x6b69_6e64_7265_6421;
/// Candidates for the background of a ranker; more than it uses, because rated papers and
/// arrivals are left out.
const BACKGROUND_POOL: usize = 8_192;
/// How many look-alike ids an error about an unknown paper names.
const CLOSE_IDS: usize = 3;

/// A library opened for reading or for writing.
///
/// Any number of processes may read at once, also beside the one that writes. Encoder and vectors
/// are loaded when they are first needed.
#[derive(Debug)]
pub struct Library {
    folder: PathBuf,
    pub(crate) store: Store,
    lock: Option<LibraryLock>,
    device: Device,
    loaded: Loaded,
}

/// What was loaded of a library; handles of the same state of it can share one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Loaded {
    encoder: Arc<Once<Box<dyn Encoder>>>,
    derived: Arc<Derived>,
    pending: Arc<Once<u64>>,
}

/// What was made of the vectors.
#[derive(Debug, Default)]
struct Derived {
    index: Once<Index>,
    background: Once<Vec<PaperKey>>,
    /// What was made of an earlier state of them; given up when the index is loaded.
    earlier: Mutex<Option<Arc<Self>>>,
}

impl Derived {
    /// The same of a later state of the vectors: what did not change is taken over when the index is
    /// loaded.
    fn later(was: &Arc<Self>) -> Self {
        let earlier = if was.index.get().is_some() {
            Some(Arc::clone(was))
        } else {
            held(&was.earlier).clone()
        };
        Self {
            earlier: Mutex::new(earlier),
            ..Self::default()
        }
    }

    /// Loads the index in a folder.
    fn open_index(&self, folder: &Path, spec: &IndexSpec) -> Result<Index, IndexError> {
        let earlier = held(&self.earlier).take();
        match earlier.as_ref().and_then(|earlier| earlier.index.get()) {
            Some(index) => index.reopened(),
            None => Index::open(folder, spec),
        }
    }
}

/// Which state of a library's papers and vectors something was made of; equal where neither came
/// or went.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Stamp {
    encoder: Option<Fingerprint>,
    vectors: Option<String>,
    newest: Option<PaperKey>,
}

impl Loaded {
    /// What holds of this at another state as well.
    pub(crate) fn at(&self, was: &Stamp, is: &Stamp) -> Self {
        let kept = self.clone();
        let has_encoder = was.encoder == is.encoder;
        let has_vectors = has_encoder && was.vectors == is.vectors;
        Self {
            encoder: if has_encoder {
                kept.encoder
            } else {
                Arc::default()
            },
            derived: if has_vectors {
                kept.derived
            } else if has_encoder {
                Arc::new(Derived::later(&kept.derived))
            } else {
                Arc::default()
            },
            pending: if was == is {
                kept.pending
            } else {
                Arc::default()
            },
        }
    }
}

impl Library {
    /// Opens the library in `folder` for writing and makes it if there is none.
    ///
    /// # Errors
    /// [`EngineError::InUse`] if another process writes to it; otherwise as the store reports.
    pub fn create(folder: &Path) -> Result<Self, EngineError> {
        fs_err::create_dir_all(folder)?;
        let lock = LibraryLock::take(folder)?;
        let store = Store::create(&database_path(folder))?;
        Ok(Self::new(folder, store, Some(lock)))
    }

    /// Opens an existing library for writing.
    ///
    /// # Errors
    /// [`EngineError::NoLibrary`] if there is none, [`EngineError::InUse`] if another process
    /// writes to it; otherwise as the store reports.
    pub fn open(folder: &Path) -> Result<Self, EngineError> {
        require(folder)?;
        let lock = LibraryLock::take(folder)?;
        let store = Store::open(&database_path(folder))?;
        Ok(Self::new(folder, store, Some(lock)))
    }

    /// Opens an existing library for small changes beside a writer: ratings, sets, rules, names and
    /// what was shown. Each is one transaction, which waits for that of another process; papers and
    /// vectors, which one process alone may change, are as of a library opened for reading.
    ///
    /// # Errors
    /// [`EngineError::NoLibrary`] if there is none; otherwise as the store reports.
    pub fn open_beside(folder: &Path) -> Result<Self, EngineError> {
        require(folder)?;
        let path = database_path(folder);
        // Bringing a file to a newer format is no small change.
        if Store::open_read_only(&path)?.format()? < Store::newest_format() {
            return Self::open(folder);
        }
        Ok(Self::new(folder, Store::open_beside(&path)?, None))
    }

    /// Opens an existing library for reading only; works beside a writer.
    ///
    /// # Errors
    /// [`EngineError::NoLibrary`] if there is none; otherwise as the store reports.
    pub fn open_read_only(folder: &Path) -> Result<Self, EngineError> {
        require(folder)?;
        let store = Store::open_read_only(&database_path(folder))?;
        Ok(Self::new(folder, store, None))
    }

    fn new(folder: &Path, store: Store, lock: Option<LibraryLock>) -> Self {
        let folder = folder.to_owned();
        Self {
            folder,
            store,
            lock,
            device: Device::Cpu,
            loaded: Loaded::default(),
        }
    }

    /// Chooses where encoders compute from now on (default: the CPU). Nothing of it is stored, and
    /// vectors of all devices belong together.
    #[must_use]
    pub fn with_device(self, device: Device) -> Self {
        Self {
            device,
            loaded: Loaded::default(),
            ..self
        }
    }

    /// Returns the data directory.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether this process may write.
    pub fn is_writable(&self) -> bool {
        self.lock.is_some()
    }

    /// Returns the encoder that the library's vectors are made with: the one that was chosen, else
    /// the program's default.
    ///
    /// # Errors
    /// [`EngineError::Setting`] if the stored choice is damaged.
    pub fn encoder_choice(&self) -> Result<EncoderChoice, EngineError> {
        let Some(text) = self.store.setting(ENCODER_SETTING)? else {
            return EncoderChoice::usual();
        };
        parse_choice(&text)
    }

    /// Returns the options that this library used the encoder at `origin` with when it last did;
    /// all open if it never did.
    ///
    /// # Errors
    /// [`EngineError::Setting`] if the stored choice is damaged.
    pub fn encoder_options(&self, origin: &ModelOrigin) -> Result<EncoderOptions, EngineError> {
        let choice = self.choice_at(origin)?;
        Ok(choice.map_or_else(EncoderOptions::default, |choice| choice.options()))
    }

    /// Returns how this library used the encoder at `origin` when it last did.
    pub(crate) fn choice_at(
        &self,
        origin: &ModelOrigin,
    ) -> Result<Option<EncoderChoice>, EngineError> {
        let before = format!("{ENCODER_SETTING}-at/{BUILT_IN}");
        for name in [&*origin_setting(origin), ENCODER_SETTING, &*before] {
            if let Some(text) = self.store.setting(name)? {
                let choice = parse_choice(&text)?;
                if choice.origin == *origin {
                    return Ok(Some(choice));
                }
            }
        }
        Ok(None)
    }

    /// Returns every encoder that has a folder of vectors here, the one in use first.
    pub(crate) fn encoders_with_vectors(&self) -> Result<Vec<EncoderChoice>, EngineError> {
        let in_use = self.encoder_choice()?;
        let mut choices = vec![in_use.clone()];
        for (fingerprint, _) in self.store.stats()?.encoders {
            if fingerprint == in_use.fingerprint || !self.index_folder(&fingerprint).is_dir() {
                continue;
            }
            if let Some(text) = self.store.setting(&used_setting(&fingerprint))? {
                choices.push(parse_choice(&text)?);
            }
        }
        Ok(choices)
    }

    /// Stores the choice of an encoder and forgets the one that was loaded.
    pub(crate) fn set_encoder_choice(&mut self, choice: &EncoderChoice) -> Result<(), EngineError> {
        let text = serde_json::to_string(choice).map_err(|source| EngineError::Setting {
            name: ENCODER_SETTING,
            source,
        })?;
        self.store
            .set_setting(&used_setting(&choice.fingerprint), &text)?;
        self.store
            .set_setting(&origin_setting(&choice.origin), &text)?;
        self.store.set_setting(ENCODER_SETTING, &text)?;
        self.loaded = Loaded::default();
        Ok(())
    }

    /// Makes a loaded encoder the one that this library uses. Vectors of the one before stay on
    /// disk, so going back costs nothing.
    ///
    /// # Errors
    /// As the store reports.
    pub fn use_prepared(&mut self, prepared: PreparedEncoder) -> Result<(), EngineError> {
        self.set_encoder_choice(&prepared.choice)?;
        self.loaded.encoder = Arc::new(Once::from(prepared.encoder));
        Ok(())
    }

    /// Returns the encoder, loading it first if need be.
    ///
    /// # Errors
    /// [`EngineError::EncoderChanged`] if its files are not those that the vectors were made with,
    /// [`EngineError::DeviceNotBuilt`] or [`EngineError::DeviceDtype`] if the device cannot compute
    /// it, [`EngineError::Model`] if the files cannot be loaded.
    pub fn encoder(&self) -> Result<&dyn Encoder, EngineError> {
        let load = || self.encoder_choice()?.load(self.device);
        Ok(self.loaded.encoder.get_or_load(load)?.as_ref())
    }

    /// Returns the encoder beside the store, so that one can write while the other computes.
    pub(crate) fn encoder_and_store(&mut self) -> Result<(&dyn Encoder, &mut Store), EngineError> {
        self.encoder()?;
        let encoder = self.loaded.encoder.get().expect("it was loaded just now");
        Ok((encoder.as_ref(), &mut self.store))
    }

    /// Returns the vectors of the encoder in use, loading them first if need be.
    ///
    /// # Errors
    /// [`EngineError::NothingEmbedded`] if there are none; otherwise as the index reports.
    pub fn index(&self) -> Result<&Index, EngineError> {
        let derived = &self.loaded.derived;
        derived.index.get_or_load(|| self.load_index(derived))
    }

    fn load_index(&self, derived: &Derived) -> Result<Index, EngineError> {
        let choice = self.encoder_choice()?;
        let folder = self.index_folder(&choice.fingerprint);
        if !folder.is_dir() {
            let pending = self.store.pending_count(&choice.fingerprint)?;
            return Err(EngineError::NothingEmbedded {
                encoder: choice.name,
                pending,
            });
        }
        match derived.open_index(&folder, &spec_of(&choice)) {
            Ok(index) => Ok(index),
            Err(IndexError::Absent { .. }) => {
                let pending = self.store.pending_count(&choice.fingerprint)?;
                Err(EngineError::NothingEmbedded {
                    encoder: choice.name,
                    pending,
                })
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Takes the vectors out for writing, making an empty index where there is none.
    pub(crate) fn take_index(&mut self, choice: &EncoderChoice) -> Result<Index, EngineError> {
        self.forget_index();
        let folder = self.index_folder(&choice.fingerprint);
        Ok(Index::create(&folder, &spec_of(choice))?)
    }

    /// Makes readers of this library see what was written since.
    pub(crate) fn forget_index(&mut self) {
        self.loaded.derived = Arc::default();
        self.loaded.pending = Arc::default();
    }

    /// Returns how many papers wait for a vector, counted once for as long as the library is open:
    /// counting takes longer than a search.
    pub(crate) fn pending(&self, choice: &EncoderChoice) -> Result<u64, EngineError> {
        let count = || self.store.pending_count(&choice.fingerprint);
        Ok(*self.loaded.pending.get_or_load(count)?)
    }

    /// Returns random papers, the same ones for as long as the library is open.
    pub(crate) fn background_pool(&self) -> Result<&[PaperKey], EngineError> {
        let draw = || {
            let all = KeySet::default();
            (self.store).random_sample(BACKGROUND_SEED, BACKGROUND_POOL, &all)
        };
        Ok(self.loaded.derived.background.get_or_load(draw)?)
    }

    /// Returns the latest day on which a paper of the library first appeared.
    ///
    /// # Errors
    /// As the store reports.
    pub fn latest_day(&self) -> Result<Option<Date>, EngineError> {
        Ok(self.store.days_with_papers(1)?.first().map(|(day, _)| *day))
    }

    /// Returns how many papers have a vector of their present text, without loading any vector.
    ///
    /// # Errors
    /// As the store reports.
    pub fn embedded_count(&self) -> Result<u64, EngineError> {
        let encoder = self.encoder_choice()?.fingerprint;
        Ok(self.store.embedded_count(&encoder)?)
    }

    /// Returns which state of papers and vectors this reader sees now.
    ///
    /// # Errors
    /// As the store reports.
    pub fn stamp(&self) -> Result<Stamp, EngineError> {
        let encoder = self.encoder_choice()?.fingerprint;
        let current = self.index_folder(&encoder).join("CURRENT");
        Ok(Stamp {
            vectors: fs_err::read_to_string(current).ok(),
            encoder: Some(encoder),
            newest: self.store.newest_key()?,
        })
    }

    /// Whether it holds vectors in memory.
    #[cfg(test)]
    pub(crate) fn has_loaded(&self) -> bool {
        self.loaded.derived.index.get().is_some()
    }

    /// Goes on with what was loaded elsewhere.
    pub(crate) fn adopt(&mut self, loaded: &Loaded) {
        self.loaded = loaded.clone();
    }

    pub(crate) fn device(&self) -> Device {
        self.device
    }

    pub(crate) fn index_folder(&self, fingerprint: &Fingerprint) -> PathBuf {
        self.folder.join("encoders").join(fingerprint.as_str())
    }

    /// Returns a paper.
    ///
    /// # Errors
    /// [`EngineError::UnknownPaper`], with ids that look alike, if it is not in the library.
    pub fn paper(&self, id: &PaperId) -> Result<StoredPaper, EngineError> {
        self.store.paper(id)?.ok_or_else(|| self.unknown(id))
    }

    /// Returns the key of a paper.
    ///
    /// # Errors
    /// As [`Library::paper`].
    pub(crate) fn key(&self, id: &PaperId) -> Result<PaperKey, EngineError> {
        self.store.key(id)?.ok_or_else(|| self.unknown(id))
    }

    fn unknown(&self, id: &PaperId) -> EngineError {
        let close = self
            .store
            .close_ids(&id.to_string(), CLOSE_IDS)
            .unwrap_or_default();
        EngineError::UnknownPaper {
            id: id.clone(),
            close,
        }
    }
}

pub(crate) fn spec_of(choice: &EncoderChoice) -> IndexSpec {
    IndexSpec {
        fingerprint: choice.fingerprint.clone(),
        dimension: choice.dimension,
    }
}

fn parse_choice(text: &str) -> Result<EncoderChoice, EngineError> {
    serde_json::from_str(text).map_err(|source| EngineError::Setting {
        name: ENCODER_SETTING,
        source,
    })
}

/// Setting under which is stored how the encoder at a place was last used.
fn origin_setting(origin: &ModelOrigin) -> String {
    match origin {
        ModelOrigin::BuiltIn(built_in) => format!("{ENCODER_SETTING}-at/{BUILT_IN}/{built_in}"),
        ModelOrigin::Folder(folder) => format!("{ENCODER_SETTING}-at/{}", folder.display()),
    }
}

/// Setting under which an encoder that was once used is stored.
fn used_setting(fingerprint: &Fingerprint) -> String {
    format!("{ENCODER_SETTING}/{fingerprint}")
}

fn database_path(folder: &Path) -> PathBuf {
    folder.join("kindred.db")
}

fn require(folder: &Path) -> Result<(), EngineError> {
    if database_path(folder).exists() {
        Ok(())
    } else {
        Err(EngineError::NoLibrary {
            folder: folder.to_owned(),
        })
    }
}
