//! Encoders: those at hand and the one in use.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use kindred_core::Encoder;
use kindred_embed::ModelFacts;
use serde::Serialize;

use crate::library::{EncoderChoice, ModelOrigin};
use crate::{EngineError, Library};

/// Name that the built-in encoder is chosen by.
pub const BUILT_IN: &str = "built-in";

/// The folder that fetched models are kept in.
#[derive(Debug, Clone)]
pub struct ModelShelf {
    folder: PathBuf,
}

/// One encoder at hand.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ModelView {
    /// What to call it in `models use`.
    pub name: String,
    /// Where its files are; absent for the built-in one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folder: Option<PathBuf>,
    /// Whether the library uses it.
    pub in_use: bool,
    /// What it is made of.
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

fn view(name: String, folder: PathBuf, in_use: bool) -> ModelView {
    let facts = kindred_embed::inspect_folder(&folder);
    ModelView {
        name,
        folder: Some(folder),
        in_use,
        fault: facts.as_ref().err().map(ToString::to_string),
        facts: facts.ok(),
    }
}

impl ModelShelf {
    /// Names the folder; it need not exist.
    pub fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
        }
    }

    /// Returns the folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Turns what a user wrote into a place: `built-in`, the name of a fetched model (with `@` and
    /// the start of a commit where several were fetched), or a folder.
    ///
    /// # Errors
    /// If the shelf cannot be read.
    pub fn find(&self, model: &str) -> Result<ModelOrigin, EngineError> {
        if model == BUILT_IN {
            return Ok(ModelOrigin::BuiltIn);
        }
        let fetched = self.fetched()?;
        let named = fetched.iter().filter(|model_at| model_at.answers_to(model));
        if let Some(newest) = named.max_by_key(|fetched| fetched.modified) {
            return Ok(ModelOrigin::Folder(newest.folder.clone()));
        }
        let folder = Path::new(model);
        Ok(ModelOrigin::Folder(
            fs_err::canonicalize(folder).unwrap_or_else(|_| folder.to_owned()),
        ))
    }

    /// Returns the built-in encoder and those on the shelf, by name.
    ///
    /// # Errors
    /// If the folder cannot be read; a model that cannot be used is listed with its fault.
    pub fn list(&self, in_use: Option<&EncoderChoice>) -> Result<Vec<ModelView>, EngineError> {
        let uses = |origin: &ModelOrigin| in_use.is_some_and(|choice| choice.origin == *origin);
        let mut models = vec![ModelView {
            name: BUILT_IN.to_owned(),
            folder: None,
            in_use: uses(&ModelOrigin::BuiltIn),
            facts: Some(kindred_embed::inspect_built_in()?),
            fault: None,
        }];
        for fetched in self.fetched()? {
            let origin = ModelOrigin::Folder(fetched.folder.clone());
            models.push(view(fetched.name(), fetched.folder, uses(&origin)));
        }
        if let Some(choice) = in_use
            && !models.iter().any(|model| model.in_use)
            && let ModelOrigin::Folder(folder) = &choice.origin
        {
            models.push(view(folder.display().to_string(), folder.clone(), true));
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
        id: &kindred_embed::ModelId,
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
                if is_model(&folder) && !commit.starts_with('.') {
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

    /// Returns what a model is made of.
    ///
    /// # Errors
    /// [`EngineError::Model`] if it cannot be used.
    pub fn inspect(origin: &ModelOrigin) -> Result<ModelFacts, EngineError> {
        Ok(match origin {
            ModelOrigin::BuiltIn => kindred_embed::inspect_built_in()?,
            ModelOrigin::Folder(folder) => kindred_embed::inspect_folder(folder)?,
        })
    }
}

impl Library {
    /// Makes an encoder the one that this library uses. Vectors of the one before stay on disk, so
    /// going back costs nothing.
    ///
    /// # Errors
    /// [`EngineError::Model`] if it cannot be loaded.
    pub fn use_encoder(&mut self, origin: &ModelOrigin) -> Result<EncoderChoice, EngineError> {
        let encoder: Box<dyn Encoder> = EncoderChoice::load(origin)?;
        let choice = EncoderChoice::of(encoder.as_ref(), origin.clone())?;
        self.set_encoder_choice(&choice)?;
        Ok(choice)
    }
}

fn is_model(folder: &Path) -> bool {
    folder.join("modules.json").is_file() || folder.join("config.json").is_file()
}

fn children(folder: &Path) -> Result<Vec<PathBuf>, EngineError> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut paths = Vec::new();
    for entry in fs_err::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}
