//! What a tokenizer makes of single characters.
//!
//! Nothing is known here about Unicode: normaliser and pre-tokenizer of the `tokenizers` crate are
//! asked, once for each character that occurs, and the answers are kept. That is exact because the
//! components that are accepted treat each character by itself, with one exception that is looked
//! for: canonical decomposition may reorder combining marks that the normaliser leaves in the text.

use std::sync::OnceLock;

use tokenizers::normalizers::NFD;
use tokenizers::{
    NormalizedString, Normalizer, NormalizerWrapper, OffsetReferential, OffsetType,
    PreTokenizedString, PreTokenizer, PreTokenizerWrapper, SplitDelimiterBehavior,
};

use super::super::caught;

/// Characters that share one block of answers.
const BLOCK: usize = 256;
/// Bytes that a character may become and still be kept in place.
const MAX_BYTES: usize = 14;
/// A mark with the lowest and one with the highest combining class that there is.
const LOWEST_MARK: &str = "\u{334}";
const HIGHEST_MARK: &str = "\u{345}";

/// What becomes of a character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// It is left out.
    Nothing,
    /// It parts words and is left out.
    Space,
    /// It belongs to a word.
    Part(Part),
    /// It is a word of its own.
    Lone(char),
    /// It is not treated by itself, or in a way that is not known here.
    Unsure,
}

/// The characters that a character becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Part {
    bytes: [u8; MAX_BYTES],
    length: u8,
    /// Number of characters.
    pub(super) characters: u8,
}

impl Part {
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.length)]
    }
}

type Block = Box<[OnceLock<Meaning>]>;

/// Meanings of characters, asked for when they occur.
pub(super) struct Characters {
    normalizer: Option<NormalizerWrapper>,
    pre_tokenizer: Option<PreTokenizerWrapper>,
    /// Whether the normaliser decomposes characters.
    decomposes: bool,
    blocks: Vec<OnceLock<Block>>,
}

impl Characters {
    /// Takes the components of a tokenizer; `None` if one of them is not known to treat each
    /// character by itself.
    pub(super) fn new(
        normalizer: Option<&NormalizerWrapper>,
        pre_tokenizer: Option<&PreTokenizerWrapper>,
    ) -> Option<Self> {
        if !pre_tokenizer.is_none_or(parts_at_characters) {
            return None;
        }
        let blocks = char::MAX as usize / BLOCK + 1;
        Some(Self {
            decomposes: normalizer.map_or(Some(false), decomposes)?,
            normalizer: normalizer.cloned(),
            pre_tokenizer: pre_tokenizer.cloned(),
            blocks: (0..blocks).map(|_| OnceLock::new()).collect(),
        })
    }

    /// Returns what becomes of a character.
    pub(super) fn meaning(&self, character: char) -> Meaning {
        let number = character as usize;
        let block = self.blocks[number / BLOCK]
            .get_or_init(|| (0..BLOCK).map(|_| OnceLock::new()).collect());
        *block[number % BLOCK].get_or_init(|| {
            // A component that fails or panics is left to fail on the whole text.
            caught(|| self.ask(character)).unwrap_or(Meaning::Unsure)
        })
    }

    fn ask(&self, character: char) -> tokenizers::Result<Meaning> {
        let mut normalized = NormalizedString::from(character.to_string());
        if let Some(normalizer) = &self.normalizer {
            normalizer.normalize(&mut normalized)?;
        }
        let mut made = Vec::new();
        for character in normalized.get().chars() {
            if character == '\0' || (self.decomposes && moves(character)?) {
                return Ok(Meaning::Unsure);
            }
            made.push((character, self.class(character)?));
        }
        Ok(meaning_of(&made))
    }

    /// Asks the pre-tokenizer what it does to a character of a normalised text.
    fn class(&self, character: char) -> tokenizers::Result<Class> {
        let mut text = PreTokenizedString::from(format!("a{character}a"));
        if let Some(pre_tokenizer) = &self.pre_tokenizer {
            pre_tokenizer.pre_tokenize(&mut text)?;
        }
        let splits = text.get_splits(OffsetReferential::Normalized, OffsetType::Byte);
        let words: Vec<&str> = splits.iter().map(|(word, _, _)| *word).collect();
        match words.as_slice() {
            [_] => Ok(Class::Part),
            ["a", "a"] => Ok(Class::Space),
            ["a", _, "a"] => Ok(Class::Lone),
            _ => Err(format!("{character:?} is split in a way that is not known").into()),
        }
    }
}

/// What a pre-tokenizer does to a character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Part,
    Space,
    Lone,
}

fn meaning_of(made: &[(char, Class)]) -> Meaning {
    let all = |class| made.iter().all(|(_, found)| *found == class);
    if made.is_empty() {
        return Meaning::Nothing;
    }
    if all(Class::Space) {
        return Meaning::Space;
    }
    if all(Class::Part) {
        return part_of(made).map_or(Meaning::Unsure, Meaning::Part);
    }
    match made {
        [(lone, Class::Lone)]
        | [
            (_, Class::Space),
            (lone, Class::Lone | Class::Part),
            (_, Class::Space),
        ] => Meaning::Lone(*lone),
        _ => Meaning::Unsure,
    }
}

fn part_of(made: &[(char, Class)]) -> Option<Part> {
    let mut part = Part {
        bytes: [0; MAX_BYTES],
        length: 0,
        characters: 0,
    };
    for (character, _) in made {
        let start = usize::from(part.length);
        let free = part.bytes.get_mut(start..start + character.len_utf8())?;
        character.encode_utf8(free);
        part.length += u8::try_from(character.len_utf8()).ok()?;
        part.characters += 1;
    }
    Some(part)
}

/// Whether canonical decomposition changes the place of a character that is in the text next to
/// a mark: such a one is moved behind the lowest, or before the highest mark, or both.
pub(super) fn moves(character: char) -> tokenizers::Result<bool> {
    let decomposed = |text: String| -> tokenizers::Result<String> {
        let mut text = NormalizedString::from(text);
        NFD.normalize(&mut text)?;
        Ok(text.get().to_owned())
    };
    let alone = decomposed(character.to_string())?;
    let before = decomposed(format!("{character}{LOWEST_MARK}"))?;
    let behind = decomposed(format!("{HIGHEST_MARK}{character}"))?;
    Ok(before != format!("{alone}{LOWEST_MARK}") || behind != format!("{HIGHEST_MARK}{alone}"))
}

/// Whether a normaliser decomposes characters; `None` if it is not known to treat each character
/// by itself otherwise.
fn decomposes(normalizer: &NormalizerWrapper) -> Option<bool> {
    match normalizer {
        NormalizerWrapper::BertNormalizer(bert) => {
            Some(bert.strip_accents.unwrap_or(bert.lowercase))
        }
        NormalizerWrapper::NFD(_) => Some(true),
        NormalizerWrapper::Lowercase(_) | NormalizerWrapper::StripAccents(_) => Some(false),
        NormalizerWrapper::Sequence(parts) => {
            let parts: Option<Vec<bool>> = parts.as_ref().iter().map(decomposes).collect();
            Some(parts?.contains(&true))
        }
        NormalizerWrapper::StripNormalizer(_)
        | NormalizerWrapper::NFC(_)
        | NormalizerWrapper::NFKC(_)
        | NormalizerWrapper::NFKD(_)
        | NormalizerWrapper::Nmt(_)
        | NormalizerWrapper::Precompiled(_)
        | NormalizerWrapper::Replace(_)
        | NormalizerWrapper::Prepend(_)
        | NormalizerWrapper::ByteLevel(_) => None,
    }
}

/// Whether a pre-tokenizer does to each character one of the things that [`Class`] names.
fn parts_at_characters(pre_tokenizer: &PreTokenizerWrapper) -> bool {
    match pre_tokenizer {
        PreTokenizerWrapper::BertPreTokenizer(_) | PreTokenizerWrapper::WhitespaceSplit(_) => true,
        PreTokenizerWrapper::Punctuation(punctuation) => matches!(
            punctuation.behavior,
            SplitDelimiterBehavior::Isolated | SplitDelimiterBehavior::Removed
        ),
        PreTokenizerWrapper::Sequence(parts) => parts.as_ref().iter().all(parts_at_characters),
        PreTokenizerWrapper::ByteLevel(_)
        | PreTokenizerWrapper::Delimiter(_)
        | PreTokenizerWrapper::Metaspace(_)
        | PreTokenizerWrapper::Whitespace(_)
        | PreTokenizerWrapper::Split(_)
        | PreTokenizerWrapper::Digits(_)
        | PreTokenizerWrapper::UnicodeScripts(_)
        | PreTokenizerWrapper::FixedLength(_) => false,
    }
}
