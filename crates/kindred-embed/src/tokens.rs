//! Texts to token ids.
//!
//! The `tokenizers` crate reads every tokenizer and is the reference; a WordPiece tokenizer of the
//! usual parts gives the same ids by a path of its own ([`wordpiece`]), many times as fast.
//!
//! The truncation and padding that a `tokenizer.json` carries are always replaced: the folder's
//! length limit decides, and nothing is ever padded. Regular expressions of a model's author are
//! not run (they can take exponential time) unless they are known ([`patterns`]), and a panic
//! inside the tokenizer becomes the error of the one text that caused it.

mod patterns;
mod wordpiece;

use std::borrow::Cow;
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use kindred_core::EncodeError;
use serde_json::Value;
use tokenizers::{PostProcessor, Tokenizer, TruncationParams};

use self::wordpiece::{PathRules, WordPiecePath};
use crate::error::ModelError;
use crate::source::{MAX_TOKENIZER_BYTES, ModelSource};

/// Characters of a text that are read at least, where the number of tokens is limited.
const MIN_READ_CHARACTERS: usize = 8 << 10;
/// Characters of a text that are read for each token that the model takes.
const CHARACTERS_PER_TOKEN: usize = 16;
/// Characters of a text that are read where the number of tokens is not limited.
const MAX_READ_CHARACTERS: usize = 64 << 10;

/// The ids of a text, or what the `tokenizers` crate says is wrong.
type Ids = Result<Vec<u32>, Box<dyn std::error::Error + Send + Sync>>;

/// The tokenizer of one model, set up as the model wants it.
#[derive(Debug)]
pub(crate) struct TextTokenizer {
    tokenizer: Tokenizer,
    /// The fast way to the same ids, where there is one.
    path: Option<WordPiecePath>,
    max_characters: usize,
    rules: TokenRules,
    /// Number of tokens that every text gets (`[CLS]`, `[SEP]`).
    special: usize,
    /// The id that is left out, with `drop_unknown`.
    dropped: Option<u32>,
}

/// What a model wants beyond its `tokenizer.json`.
#[derive(Debug, Clone, Default)]
pub(crate) struct TokenRules {
    /// Tokens to read at most, special ones included.
    pub(crate) max_tokens: Option<usize>,
    /// Whether the special tokens of the tokenizer are added.
    pub(crate) add_special: bool,
    /// Whether texts are lowered before they are tokenised.
    pub(crate) lowercase: bool,
    /// Whether tokens unknown to the tokenizer are left out (the model2vec library does so).
    pub(crate) drop_unknown: bool,
    /// Rows of the table of token vectors; every id is below.
    pub(crate) rows: usize,
}

/// The ids of a text, ready for a model.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TextTokens {
    pub(crate) ids: Vec<u32>,
    /// Leading tokens that belong to the prompt.
    pub(crate) prompt: usize,
}

impl TextTokenizer {
    /// Builds the tokenizer of the file `file`.
    pub(crate) fn read(
        source: &ModelSource,
        file: &str,
        rules: TokenRules,
    ) -> Result<Self, ModelError> {
        let bytes = source.read(file, MAX_TOKENIZER_BYTES)?;
        let fault = |reason: Box<dyn std::error::Error + Send + Sync>| ModelError::Tokenizer {
            path: source.path_of(file),
            source: reason,
        };
        let json: Value = serde_json::from_slice(&bytes).map_err(|error| ModelError::Json {
            path: source.path_of(file),
            source: error,
        })?;
        if let Some((place, pattern)) = patterns::unknown(&json) {
            let text = format!(
                "its {place} runs the regular expression `{pattern}`; only those of well-known \
                 tokenizers are, since others can take exponential time"
            );
            return Err(source.fault(file, text));
        }
        drop(json);
        let mut tokenizer = caught(|| Tokenizer::from_bytes(&bytes)).map_err(fault)?;
        // A template with a token that is not there is taken, and panics at every text.
        caught(|| tokenizer.encode("a", rules.add_special)).map_err(fault)?;
        let special = match tokenizer.get_post_processor() {
            Some(processor) if rules.add_special => processor.added_tokens(false),
            _ => 0,
        };
        tokenizer.with_padding(None);
        let truncation = rules.max_tokens.filter(|_| !rules.drop_unknown);
        if let Some(max_length) = truncation
            && max_length <= special
        {
            return Err(ModelError::Option {
                option: "max_tokens",
                found: max_length,
                expected: format!("more than the {special} special tokens of each text"),
            });
        }
        let parameters = truncation.map(|max_length| TruncationParams {
            max_length,
            ..TruncationParams::default()
        });
        tokenizer.with_truncation(parameters).map_err(fault)?;
        let vocabulary = tokenizer.get_vocab(true);
        let highest = vocabulary.values().copied().max();
        match highest {
            None => return Err(source.fault(file, "its vocabulary is empty")),
            Some(id) if id as usize >= rules.rows => {
                let rows = rules.rows;
                let text = format!("it has the token id {id}, the weights have {rows} rows");
                return Err(source.fault(file, text));
            }
            Some(_) => {}
        }
        let max_characters = max_characters(&rules, &vocabulary);
        let dropped = rules.drop_unknown.then(|| unknown(&tokenizer)).flatten();
        let path_rules = PathRules {
            add_special: rules.add_special,
            dropped,
            limit: truncation.map(|max_length| max_length - special),
            rows: rules.rows,
        };
        Ok(Self {
            path: WordPiecePath::of(&tokenizer, path_rules),
            tokenizer,
            max_characters,
            rules,
            special,
            dropped,
        })
    }

    /// Tokenises one text behind its prompt.
    ///
    /// # Errors
    /// [`EncodeError::NoTokens`] for a text without tokens of its own.
    pub(crate) fn tokenize(
        &self,
        prompt: Option<&Prompt>,
        text: &str,
    ) -> Result<TextTokens, EncodeError> {
        let nothing = self.nothing(prompt);
        let ids = self.ids(&self.prompted(prompt, text), self.enough(nothing));
        self.cut_ids(prompt, ids)
    }

    /// As [`Self::tokenize`], by the `tokenizers` crate in every case.
    pub(crate) fn tokenize_by_library(
        &self,
        prompt: Option<&Prompt>,
        text: &str,
    ) -> Result<TextTokens, EncodeError> {
        let text = self.prompted(prompt, text);
        self.cut_ids(prompt, self.ids_of_library(&self.lowered(&text)))
    }

    /// Whether the `tokenizers` crate is needed for a text without a prompt.
    pub(crate) fn needs_library(&self, text: &str) -> bool {
        let text = self.lowered(cut(text, self.max_characters));
        let enough = self.enough(self.nothing(None));
        let path = self.path.as_ref();
        path.and_then(|path| path.ids(&text, enough)).is_none()
    }

    fn prompted<'a>(&self, prompt: Option<&Prompt>, text: &'a str) -> Cow<'a, str> {
        let text = cut(text, self.max_characters);
        match prompt {
            Some(prompt) => Cow::Owned(format!("{}{text}", prompt.text)),
            None => Cow::Borrowed(text),
        }
    }

    /// Number of ids that come without any text.
    fn nothing(&self, prompt: Option<&Prompt>) -> usize {
        self.special.max(prompt.map_or(0, |prompt| prompt.length))
    }

    fn cut_ids(&self, prompt: Option<&Prompt>, ids: Ids) -> Result<TextTokens, EncodeError> {
        let mut ids = ids.map_err(|source| EncodeError::Model { source })?;
        if ids.len() <= self.nothing(prompt) {
            return Err(EncodeError::NoTokens);
        }
        if let Some(max_tokens) = self.rules.max_tokens {
            ids.truncate(max_tokens);
        }
        Ok(TextTokens {
            ids,
            prompt: prompt.map_or(0, |prompt| prompt.tokens),
        })
    }

    /// Prepares a prompt.
    pub(crate) fn prompt(
        &self,
        text: &str,
    ) -> Result<Prompt, Box<dyn std::error::Error + Send + Sync>> {
        let ids = self.ids(text, usize::MAX)?;
        // The closing special token is not part of the prompt once a text follows it.
        let closed = self.special > 0 && ids.last().is_some_and(|&id| self.is_special(id));
        Ok(Prompt {
            text: text.to_owned(),
            tokens: ids.len() - usize::from(closed),
            length: ids.len(),
        })
    }

    /// Ids after which the rest of a text makes no difference, where the path does not know it: a
    /// text is told from none by `nothing` ids.
    fn enough(&self, nothing: usize) -> usize {
        match self.rules.max_tokens {
            Some(max_tokens) if self.special == 0 => max_tokens.max(nothing.saturating_add(1)),
            _ => usize::MAX,
        }
    }

    /// Returns the ids of a text; about `enough` of them are enough.
    fn ids(&self, text: &str, enough: usize) -> Ids {
        let text = self.lowered(text);
        match self.path.as_ref().and_then(|path| path.ids(&text, enough)) {
            Some(ids) => Ok(ids),
            None => self.ids_of_library(&text),
        }
    }

    fn lowered<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if self.rules.lowercase {
            Cow::Owned(text.to_lowercase())
        } else {
            Cow::Borrowed(text)
        }
    }

    /// Returns the ids that the `tokenizers` crate gives for a text that is lowered if need be.
    fn ids_of_library(&self, text: &str) -> Ids {
        let encoding = caught(|| self.tokenizer.encode_fast(text, self.rules.add_special))?;
        let mut ids = encoding.get_ids().to_vec();
        if let Some(dropped) = self.dropped {
            ids.retain(|&id| id != dropped);
        }
        if let Some(id) = ids.iter().find(|&&id| id as usize >= self.rules.rows) {
            return Err(format!("token id {id} has no row in the weights").into());
        }
        Ok(ids)
    }

    fn is_special(&self, id: u32) -> bool {
        let added = self.tokenizer.get_added_vocabulary();
        let token = self.tokenizer.id_to_token(id);
        token.is_some_and(|token| added.is_special_token(&token))
    }
}

/// The id that stands for what the vocabulary lacks.
fn unknown(tokenizer: &Tokenizer) -> Option<u32> {
    use tokenizers::ModelWrapper;
    match tokenizer.get_model() {
        ModelWrapper::WordPiece(model) => tokenizer.token_to_id(&model.unk_token),
        ModelWrapper::WordLevel(model) => tokenizer.token_to_id(&model.unk_token),
        ModelWrapper::BPE(model) => model
            .unk_token
            .as_deref()
            .and_then(|token| tokenizer.token_to_id(token)),
        // The model2vec library does not ask a Unigram model.
        ModelWrapper::Unigram(_) => None,
    }
}

/// A text that a model wants before each text of a role.
#[derive(Debug, Clone)]
pub(crate) struct Prompt {
    text: String,
    /// Tokens of it that lead each text, special ones included.
    tokens: usize,
    /// Tokens it has alone, special ones included.
    length: usize,
}

/// Runs `work`, turning a panic into an error.
fn caught<T>(
    work: impl FnOnce() -> tokenizers::Result<T>,
) -> Result<T, Box<dyn std::error::Error + Send + Sync>> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let text = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied())
            .unwrap_or("no message");
        Err(format!("the tokenizer panicked: {text}").into())
    })
}

fn max_characters(rules: &TokenRules, vocabulary: &HashMap<String, u32>) -> usize {
    match rules.max_tokens {
        // The rule of the model2vec library, which decides what it reads of a long text.
        Some(max_tokens) if rules.drop_unknown => {
            let mut lengths: Vec<usize> = vocabulary
                .keys()
                .map(|token| token.chars().count())
                .collect();
            lengths.sort_unstable();
            let middle = lengths.len() / 2;
            let median = if lengths.len().is_multiple_of(2) {
                usize::midpoint(lengths[middle - 1], lengths[middle])
            } else {
                lengths[middle]
            };
            max_tokens.saturating_mul(median)
        }
        Some(max_tokens) => {
            MIN_READ_CHARACTERS.max(max_tokens.saturating_mul(CHARACTERS_PER_TOKEN))
        }
        None => MAX_READ_CHARACTERS,
    }
}

/// Returns the first `characters` characters of `text`.
fn cut(text: &str, characters: usize) -> &str {
    if text.len() <= characters {
        return text;
    }
    text.char_indices()
        .nth(characters)
        .map_or(text, |(end, _)| &text[..end])
}

#[cfg(test)]
mod tests;
