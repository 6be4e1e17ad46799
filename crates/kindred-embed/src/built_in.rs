//! The encoder that is part of the program.

use kindred_core::Encoder;

use crate::error::ModelError;
use crate::facts::ModelFacts;
use crate::load::{inspect, load};
use crate::options::LoadOptions;
use crate::source::ModelSource;

/// Name of the built-in encoder.
const NAME: &str = "kindred-static";

macro_rules! model_files {
    ($($file:literal),* $(,)?) => {
        &[$((
            $file,
            include_bytes!(concat!("../../../models/kindred-static/", $file)),
        )),*]
    };
}

/// The files of `models/kindred-static`.
static FILES: &[(&str, &[u8])] = model_files![
    "README.md",
    "config_sentence_transformers.json",
    "model.safetensors",
    "modules.json",
    "tokenizer.json",
];

/// Loads the encoder that is part of the program: static embeddings trained on abstracts.
///
/// Its fingerprint is that of its files, the same as of the folder `models/kindred-static`.
///
/// # Errors
/// [`ModelError`] if the program was built with damaged files.
pub fn built_in() -> Result<Box<dyn Encoder>, ModelError> {
    built_in_with(&LoadOptions::default())
}

/// Loads the built-in encoder with options, for instance with fewer dimensions.
///
/// # Errors
/// [`ModelError::Option`] if an option does not fit, else as [`built_in`].
pub fn built_in_with(options: &LoadOptions) -> Result<Box<dyn Encoder>, ModelError> {
    load(&built_in_source(), options)
}

/// Describes the built-in encoder.
///
/// # Errors
/// As [`built_in`].
pub fn inspect_built_in() -> Result<ModelFacts, ModelError> {
    inspect(&built_in_source())
}

/// The files of the built-in encoder.
pub(crate) fn built_in_source() -> ModelSource {
    ModelSource::memory(NAME, FILES)
}
