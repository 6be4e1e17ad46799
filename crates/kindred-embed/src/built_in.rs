//! The encoders that are part of the program.

use std::fmt;
use std::str::FromStr;

use kindred_core::Encoder;

use crate::error::ModelError;
use crate::facts::ModelFacts;
use crate::load::{inspect, load, load_folder};
use crate::options::LoadOptions;
use crate::source::ModelSource;

/// An encoder that is part of the program, trained by this project on scientific abstracts.
///
/// Its fingerprint is that of its files, the same as of the folder of its name under `models/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum BuiltIn {
    /// `kindred-small`, a transformer of two layers, 384 dimensions: the default.
    #[default]
    Small,
    /// `kindred-static`, a table of token vectors, 384 dimensions: for whole archives at once.
    Static,
}

/// A text that names no encoder of the program.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a built-in encoder, expected kindred-small or kindred-static")]
pub struct BuiltInError {
    /// The text found, shortened.
    pub text: String,
}

/// A path inside a model's folder, and the bytes of the file there.
type ModelFile = (&'static str, &'static [u8]);

macro_rules! model_files {
    ($model:literal: $($file:literal),* $(,)?) => {
        &[$((
            $file,
            include_bytes!(concat!("../../../models/", $model, "/", $file)),
        )),*]
    };
}

/// The files of `models/kindred-small`.
static SMALL: &[ModelFile] = model_files![
    "kindred-small":
    "1_Pooling/config.json",
    "2_Dense/config.json",
    "2_Dense/model.safetensors",
    "README.md",
    "config.json",
    "config_sentence_transformers.json",
    "model.safetensors",
    "modules.json",
    "sentence_bert_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
];

/// The files of `models/kindred-static`.
static STATIC: &[ModelFile] = model_files![
    "kindred-static":
    "README.md",
    "config_sentence_transformers.json",
    "model.safetensors",
    "modules.json",
    "tokenizer.json",
];

impl BuiltIn {
    /// All of them, the default first.
    pub const ALL: [Self; 2] = [Self::Small, Self::Static];

    /// Returns its name: `kindred-small` or `kindred-static`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Small => "kindred-small",
            Self::Static => "kindred-static",
        }
    }

    /// Loads it.
    ///
    /// # Errors
    /// [`ModelError::Option`] if an option does not fit, others only if the program was built with
    /// damaged files.
    pub fn load(self, options: &LoadOptions) -> Result<Box<dyn Encoder>, ModelError> {
        load(&self.source(), options)
    }

    /// Describes it as it is with `options`.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub fn inspect(self, options: &LoadOptions) -> Result<ModelFacts, ModelError> {
        inspect(&self.source(), options)
    }

    /// The files of it.
    pub(crate) fn source(self) -> ModelSource {
        let files = match self {
            Self::Small => SMALL,
            Self::Static => STATIC,
        };
        ModelSource::memory(self.as_str(), files)
    }
}

impl fmt::Display for BuiltIn {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

impl FromStr for BuiltIn {
    type Err = BuiltInError;

    /// Reads its name, or `built-in`, which stands for the default.
    fn from_str(text: &str) -> Result<Self, BuiltInError> {
        if text == "built-in" {
            return Ok(Self::default());
        }
        let found = Self::ALL
            .into_iter()
            .find(|built_in| built_in.as_str() == text);
        found.ok_or_else(|| BuiltInError {
            text: text.chars().filter(|c| !c.is_control()).take(80).collect(),
        })
    }
}

/// Loads the default encoder of the program, `kindred-small`, with default options.
///
/// # Errors
/// [`ModelError`] if the program was built with damaged files.
pub fn built_in() -> Result<Box<dyn Encoder>, ModelError> {
    BuiltIn::default().load(&LoadOptions::default())
}

/// Loads the encoder of the program that is called so (`built-in` is the default), else the one in
/// the folder of that path.
///
/// # Errors
/// [`ModelError`] as [`BuiltIn::load`] and [`load_folder`] give it.
pub fn load_named(model: &str, options: &LoadOptions) -> Result<Box<dyn Encoder>, ModelError> {
    match model.parse::<BuiltIn>() {
        Ok(built_in) => built_in.load(options),
        Err(_) => load_folder(model.as_ref(), options),
    }
}
