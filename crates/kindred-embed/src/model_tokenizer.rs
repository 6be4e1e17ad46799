//! The tokenizer of a model without the model.

use std::path::Path;

use kindred_core::EncodeError;

use crate::built_in::BuiltIn;
use crate::error::ModelError;
use crate::load::tokenizer;
use crate::options::LoadOptions;
use crate::source::ModelSource;
use crate::tokens::TextTokenizer;

/// The token ids that a model reads of a text, for looking at them, for tests and for measuring.
///
/// Ids are those of the `tokenizers` crate for every text, cut to the model's limit, special tokens
/// included. They are found by a path of this crate where it can be sure of them, else by that
/// crate.
#[derive(Debug)]
pub struct ModelTokenizer {
    tokenizer: TextTokenizer,
}

impl ModelTokenizer {
    /// Reads the tokenizer of the model in `folder` after checking its files.
    ///
    /// # Errors
    /// [`ModelError`] as [`inspect_folder`](crate::inspect_folder) gives it.
    pub fn of_folder(folder: &Path, options: &LoadOptions) -> Result<Self, ModelError> {
        let tokenizer = tokenizer(&ModelSource::folder(folder)?, options)?;
        Ok(Self { tokenizer })
    }

    /// Reads the tokenizer of an encoder that is part of the program.
    ///
    /// # Errors
    /// [`ModelError`] as [`BuiltIn::load`] gives it.
    pub fn of_built_in(built_in: BuiltIn, options: &LoadOptions) -> Result<Self, ModelError> {
        let tokenizer = tokenizer(&built_in.source(), options)?;
        Ok(Self { tokenizer })
    }

    /// Returns the ids that the model reads of `text`, without a prompt.
    ///
    /// # Errors
    /// [`EncodeError::NoTokens`] for a text without tokens of its own, [`EncodeError::Model`] if
    /// the `tokenizers` crate was needed and failed.
    pub fn ids(&self, text: &str) -> Result<Vec<u32>, EncodeError> {
        Ok(self.tokenizer.tokenize(None, text)?.ids)
    }

    /// Returns the ids that the `tokenizers` crate gives, cut in the same way.
    ///
    /// # Errors
    /// As [`Self::ids`].
    pub fn library_ids(&self, text: &str) -> Result<Vec<u32>, EncodeError> {
        Ok(self.tokenizer.tokenize_by_library(None, text)?.ids)
    }

    /// Whether the `tokenizers` crate is needed for `text`.
    pub fn needs_library(&self, text: &str) -> bool {
        self.tokenizer.needs_library(text)
    }
}
