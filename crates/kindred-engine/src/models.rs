//! Encoders: those at hand and the one in use.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use kindred_embed::{BuiltIn, Dtype, HubCache, LoadOptions, ModelFacts, ModelId};
use serde::Serialize;

use crate::choice::{EncoderChoice, ModelOrigin, PreparedEncoder, known_dtype};
use crate::{EngineError, Library};

/// Name that stands for the default of the encoders that are part of the program.
pub const BUILT_IN: &str = "built-in";

/// The folder that fetched models are kept in.
#[derive(Debug, Clone)]
pub struct ModelShelf {
    folder: PathBuf,
    /// Where models of other programs are looked for too.
    cache: Option<HubCache>,
}

/// One encoder at hand.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ModelView {
    /// What to call it in `models use`.
    pub name: String,
    /// Where its files are; absent for those that are part of the program.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folder: Option<PathBuf>,
    /// Whether the library uses it.
    pub in_use: bool,
    /// Whether its files are others than those that the library last used it with: those vectors
    /// are no longer added to, and using it again embeds the papers anew.
    pub has_changed: bool,
    /// Numbers that the library computes with, or computed with when it last used the encoder;
    /// absent where that is chosen when it is first used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dtype: Option<Dtype>,
    /// What it is made of now; where the library has used it, with the library's settings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub facts: Option<ModelFacts>,
    /// Why it cannot be used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
}

/// A model that was fetched from the hub.
#[derive(Debug)]
struct Fetched {
    id: String,
    commit: String,
    folder: PathBuf,
    modified: SystemTime,
}

impl Fetched {
    fn name(&self) -> String {
        format!(
            "{}@{}",
            self.id,
            self.commit.chars().take(8).collect::<String>()
        )
    }

    fn answers_to(&self, model: &str) -> bool {
        match model.split_once('@') {
            Some((id, commit)) => {
                id == self.id && !commit.is_empty() && self.commit.starts_with(commit)
            }
            None => model == self.id,
        }
    }
}

/// Describes the encoder at `origin` as the library has it or, where it never had it, as it is.
fn view(
    name: String,
    origin: ModelOrigin,
    library: Option<&Library>,
    in_use: Option<&ModelOrigin>,
) -> Result<ModelView, EngineError> {
    let known = library.map(|library| library.choice_at(&origin));
    let known = known.transpose()?.flatten();
    let facts = match &known {
        Some(choice) => choice.inspect(),
        None => ModelShelf::inspect(&origin),
    };
    Ok(ModelView {
        name,
        in_use: in_use == Some(&origin),
        has_changed: match (&known, &facts) {
            (Some(choice), Ok(facts)) => choice.fingerprint != facts.fingerprint,
            (None, _) | (_, Err(_)) => false,
        },
        dtype: match (&known, &facts) {
            (Some(choice), _) => Some(choice.dtype),
            (None, Ok(facts)) => known_dtype(&origin, facts),
            (None, Err(_)) => None,
        },
        fault: facts.as_ref().err().map(ToString::to_string),
        facts: facts.ok(),
        folder: match origin {
            ModelOrigin::BuiltIn(_) => None,
            ModelOrigin::Folder(folder) => Some(folder),
        },
    })
}

impl ModelShelf {
    /// Names the folder; it need not exist.
    pub fn new(folder: &Path) -> Self {
        Self {
            folder: absolute(folder),
            cache: None,
        }
    }

    /// Looks for models in the cache of the Python tools too.
    #[must_use]
    pub fn with_cache(self, cache: Option<HubCache>) -> Self {
        Self { cache, ..self }
    }

    /// Returns the folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Turns what a user wrote into a place: the name of an encoder of the program (`built-in`
    /// stands for the default), the name of a fetched model (with `@` and the start of a commit
    /// where several were fetched), a folder, or the name of a model in the cache of the Python
    /// tools.
    ///
    /// # Errors
    /// [`EngineError::UnknownModel`] if the name of a model on a hub is none of these,
    /// [`EngineError::PartlyCached`] if the cache has only a part of it; if the shelf or the cache
    /// cannot be read.
    pub fn find(&self, model: &str) -> Result<ModelOrigin, EngineError> {
        if let Ok(built_in) = model.parse::<BuiltIn>() {
            return Ok(ModelOrigin::BuiltIn(built_in));
        }
        let fetched = self.fetched()?;
        let named = fetched.iter().filter(|model_at| model_at.answers_to(model));
        if let Some(newest) = named.max_by_key(|fetched| fetched.modified) {
            return Ok(ModelOrigin::Folder(newest.folder.clone()));
        }
        let folder = Path::new(model);
        if let Ok(folder) = fs_err::canonicalize(folder) {
            return Ok(ModelOrigin::Folder(folder));
        }
        let (name, revision) = model.split_once('@').unwrap_or((model, "main"));
        let Some(id) = name.parse::<ModelId>().ok().filter(|_| name.contains('/')) else {
            return Ok(ModelOrigin::Folder(folder.to_owned()));
        };
        let cached = match &self.cache {
            Some(cache) => cache.find(&id, revision)?,
            None => None,
        };
        let Some(folder) = cached.as_deref().map(absolute) else {
            return Err(EngineError::UnknownModel {
                name: model.to_owned(),
                shelf: self.folder.clone(),
                cache: self.cache.as_ref().map(|cache| cache.folder().to_owned()),
            });
        };
        if HubCache::says_how_to_pool(&folder)? {
            Ok(ModelOrigin::Folder(folder))
        } else {
            Err(EngineError::PartlyCached {
                name: model.to_owned(),
                folder,
            })
        }
    }

    /// Returns the encoders of the program, the default first, those on the shelf, by name, and the
    /// one that the library uses wherever it is.
    ///
    /// # Errors
    /// If the folder or the library's choice cannot be read; a model that cannot be used is listed
    /// with its fault.
    pub fn list(&self, library: Option<&Library>) -> Result<Vec<ModelView>, EngineError> {
        let choice = library.map(Library::encoder_choice).transpose()?;
        let in_use = choice.as_ref().map(|choice| &choice.origin);
        let describe = |name, origin| view(name, origin, library, in_use);
        let mut models = Vec::new();
        for built_in in BuiltIn::ALL {
            let origin = ModelOrigin::BuiltIn(built_in);
            models.push(describe(built_in.to_string(), origin)?);
        }
        for fetched in self.fetched()? {
            models.push(describe(
                fetched.name(),
                ModelOrigin::Folder(fetched.folder),
            )?);
        }
        if let Some(ModelOrigin::Folder(folder)) = in_use
            && !models.iter().any(|model| model.in_use)
        {
            let name = folder.display().to_string();
            models.push(describe(name, ModelOrigin::Folder(folder.clone()))?);
        }
        Ok(models)
    }

    /// Fetches a model from the hub and returns its folder.
    ///
    /// # Errors
    /// [`EngineError::Hub`] if it cannot be had, [`EngineError::Stopped`] when stopped.
    #[cfg(feature = "hub")]
    pub fn pull(
        &self,
        id: &ModelId,
        revision: &str,
        control: &crate::Control<'_>,
    ) -> Result<PathBuf, EngineError> {
        let progress = |progress: &kindred_embed::PullProgress| {
            control.report(crate::Progress::Fetch {
                file: progress.file.clone(),
                bytes: progress.bytes_done,
                total_bytes: Some(progress.bytes_total),
            });
        };
        let request = kindred_embed::PullRequest {
            id: id.clone(),
            revision: Some(revision.to_owned()),
            endpoint: None,
            offline: kindred_embed::offline_variable(),
            cache: self.folder.clone(),
            progress: &progress,
            stop: control.stop,
        };
        kindred_embed::pull(&request).map_err(|error| {
            if control.is_stopped() {
                EngineError::Stopped
            } else {
                error.into()
            }
        })
    }

    /// Returns the fetched models: `OWNER--NAME/COMMIT` under the folder, by name and commit.
    fn fetched(&self) -> Result<Vec<Fetched>, EngineError> {
        let mut found = Vec::new();
        for home in children(&self.folder)? {
            let Some(name) = home.file_name().and_then(|name| name.to_str()) else {
                continue;
            };
            let id = name.replacen("--", "/", 1);
            for folder in children(&home)? {
                let commit = folder
                    .file_name()
                    .and_then(|name| name.to_str())
                    .unwrap_or_default();
                if is_model(&folder) {
                    let modified = fs_err::metadata(&folder)?.modified()?;
                    let commit = commit.to_owned();
                    found.push(Fetched {
                        id: id.clone(),
                        commit,
                        folder,
                        modified,
                    });
                }
            }
        }
        Ok(found)
    }

    /// Describes one encoder, as its files are now, and its number type; where the library has used
    /// it, with the library's settings, and with a note if its files were others then. The number
    /// type of a transformer that is not part of the program is chosen when it is first used.
    ///
    /// # Errors
    /// [`EngineError::Model`] if it cannot be used, [`EngineError::Setting`] if the library's
    /// choice is damaged.
    pub fn show(
        origin: &ModelOrigin,
        library: Option<&Library>,
    ) -> Result<(ModelFacts, Option<Dtype>), EngineError> {
        let known = library.map(|library| library.choice_at(origin));
        if let Some(choice) = known.transpose()?.flatten() {
            let mut facts = choice.inspect()?;
            if facts.fingerprint != choice.fingerprint {
                facts.notes.push(format!(
                    "this library's vectors of it were made with other files, fingerprint {}; \
                     `kindred models use` embeds the papers anew",
                    choice.fingerprint.short()
                ));
            }
            return Ok((facts, Some(choice.dtype)));
        }
        let facts = Self::inspect(origin)?;
        let dtype = known_dtype(origin, &facts);
        Ok((facts, dtype))
    }

    /// Returns what a model is made of.
    ///
    /// # Errors
    /// [`EngineError::Model`] if it cannot be used.
    pub fn inspect(origin: &ModelOrigin) -> Result<ModelFacts, EngineError> {
        origin.inspect(&LoadOptions::default())
    }
}

impl Library {
    /// Makes an encoder the one that this library uses, as it used it before. Vectors of the one
    /// before stay on disk, so going back costs nothing.
    ///
    /// # Errors
    /// [`EngineError::Model`] if it cannot be loaded.
    pub fn use_encoder(&mut self, origin: &ModelOrigin) -> Result<EncoderChoice, EngineError> {
        let prepared = PreparedEncoder::load(origin, self.encoder_options(origin)?, self.device())?;
        let choice = prepared.choice().clone();
        self.use_prepared(prepared)?;
        Ok(choice)
    }
}

fn is_model(folder: &Path) -> bool {
    folder.join("modules.json").is_file() || folder.join("config.json").is_file()
}

/// Returns the path from the root on: what is stored must not depend on where the program ran.
fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// Returns the folders in a folder, hidden ones excepted: those are downloads under way.
fn children(folder: &Path) -> Result<Vec<PathBuf>, EngineError> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut paths = Vec::new();
    for entry in fs_err::read_dir(folder)? {
        let entry = entry?;
        let is_hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
        if !is_hidden && entry.path().is_dir() {
            paths.push(entry.path());
        }
    }
    paths.sort();
    Ok(paths)
}

#[cfg(test)]
mod tests;
