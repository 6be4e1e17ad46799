//! WordPiece without the `tokenizers` crate's bookkeeping: the same ids, many times as fast.
//!
//! The crate keeps offsets into the original text through every step and allocates for each word;
//! none of it is needed for ids. What its components do to characters is asked of themselves (see
//! [`characters`]), so that nothing is known twice. Where the ids of a text are not sure to be the
//! crate's, nothing is given and the crate is to be used: texts with literal added tokens, and
//! combining marks that decomposition would reorder. Where a tokenizer has components of other
//! kinds, there is no fast path at all.

mod characters;
mod frame;
mod vocabulary;

use tokenizers::{Model, ModelWrapper, Tokenizer};

use characters::{Characters, Meaning};
use frame::{AddedTokens, Frame};
use vocabulary::{Key, PieceTable, SHORT_BYTES, first_bytes, key_of};

/// Characters of ASCII, which are one byte each.
const ASCII: usize = 128;
/// Bytes of text for each id that room is made for at first.
const BYTES_PER_ID: usize = 4;

/// A WordPiece tokenizer that gives the ids of the `tokenizers` crate.
pub(crate) struct WordPiecePath {
    /// What each byte of a text is.
    kinds: [Kind; 256],
    /// Ids of ASCII characters that are words of their own.
    lone_ids: [u32; ASCII],
    /// Whether `A` to `Z` become `a` to `z`; they stay otherwise.
    lowers: bool,
    /// Bytes that an ASCII word may have to be looked up as one number.
    quick_bytes: usize,
    /// Characters of the longest word that is looked up; longer ones are unknown.
    max_characters: usize,
    characters: Characters,
    added: AddedTokens,
    /// Pieces at the start of a word.
    starts: PieceTable,
    /// Pieces within a word.
    continuations: PieceTable,
    unknown: u32,
    /// The id that is left out.
    dropped: Option<u32>,
    frame: Frame,
    /// Ids of a text to give at most, those of the frame not counted.
    limit: usize,
}

/// What a byte is at the start of a character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// An ASCII character that stays, or an ASCII letter that is lowered as all of them are.
    Plain,
    Space,
    /// An ASCII character that is a word of its own.
    Lone,
    /// Anything else: its meaning decides.
    Other,
}

/// What a fast path is to do beyond the tokenizer's file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PathRules {
    pub(crate) add_special: bool,
    /// The id that is left out.
    pub(crate) dropped: Option<u32>,
    /// Tokens of a text at most, special ones not counted.
    pub(crate) limit: Option<usize>,
    /// Rows of the table of token vectors; every id is below.
    pub(crate) rows: usize,
}

/// The rest of a text cannot be sure to get the ids of the `tokenizers` crate.
struct Unsure;

impl WordPiecePath {
    /// Takes over the components of a tokenizer; `None` if it has others than are known here.
    pub(crate) fn of(tokenizer: &Tokenizer, rules: PathRules) -> Option<Self> {
        let ModelWrapper::WordPiece(model) = tokenizer.get_model() else {
            return None;
        };
        let added = AddedTokens::of(tokenizer)?;
        let mut frame = Frame::ask(tokenizer, rules.add_special)?;
        for ids in [&mut frame.before, &mut frame.behind] {
            if ids.iter().any(|&id| id as usize >= rules.rows) {
                return None;
            }
            ids.retain(|&id| Some(id) != rules.dropped);
        }
        let characters =
            Characters::new(tokenizer.get_normalizer(), tokenizer.get_pre_tokenizer())?;
        let vocabulary = model.get_vocab();
        let unknown = *vocabulary.get(&model.unk_token)?;
        let mut pieces: Vec<(&str, u32)> = vocabulary
            .iter()
            .map(|(piece, id)| (piece.as_str(), *id))
            .collect();
        if pieces.iter().any(|(_, id)| *id as usize >= rules.rows) {
            return None;
        }
        pieces.sort_unstable();
        let prefix = model.continuing_subword_prefix.as_str();
        let continuations: Vec<(&str, u32)> = pieces
            .iter()
            .filter_map(|&(piece, id)| Some((piece.strip_prefix(prefix)?, id)))
            .collect();
        let mut path = Self {
            kinds: [Kind::Other; 256],
            lone_ids: [unknown; ASCII],
            lowers: characters.meaning('A') == characters.meaning('a'),
            quick_bytes: model.max_input_chars_per_word.min(SHORT_BYTES),
            max_characters: model.max_input_chars_per_word,
            characters,
            added,
            starts: PieceTable::new(&pieces),
            continuations: PieceTable::new(&continuations),
            unknown,
            dropped: rules.dropped,
            frame,
            limit: rules.limit.unwrap_or(usize::MAX),
        };
        path.learn_ascii();
        Some(path)
    }

    fn learn_ascii(&mut self) {
        for byte in 0..ASCII {
            let character = u8::try_from(byte).map_or('\0', char::from);
            let meaning = self.characters.meaning(character);
            let lowered = if self.lowers {
                character.to_ascii_lowercase()
            } else {
                character
            };
            self.kinds[byte] = match meaning {
                Meaning::Space => Kind::Space,
                Meaning::Lone(lone) => {
                    let mut ids = Vec::new();
                    self.push_word(lone.encode_utf8(&mut [0; 4]).as_bytes(), 1, &mut ids);
                    match ids.as_slice() {
                        [id] => {
                            self.lone_ids[byte] = *id;
                            Kind::Lone
                        }
                        _ => Kind::Other,
                    }
                }
                Meaning::Part(part)
                    if part.bytes() == lowered.encode_utf8(&mut [0; 4]).as_bytes() =>
                {
                    Kind::Plain
                }
                Meaning::Part(_) | Meaning::Nothing | Meaning::Unsure => Kind::Other,
            };
        }
    }

    /// Returns the ids of a text, special tokens included; `None` if they are not sure to be those
    /// of the `tokenizers` crate. `limit` ids of the text itself are enough.
    pub(crate) fn ids(&self, text: &str, limit: usize) -> Option<Vec<u32>> {
        if self.added.occur_in(text) {
            return None;
        }
        let limit = limit.min(self.limit);
        let frame = self.frame.before.len() + self.frame.behind.len();
        let mut ids = Vec::with_capacity((text.len() / BYTES_PER_ID).min(limit) + frame);
        ids.extend_from_slice(&self.frame.before);
        let end = ids.len().saturating_add(limit);
        self.append(text, end, &mut ids).ok()?;
        ids.truncate(end);
        ids.extend_from_slice(&self.frame.behind);
        Some(ids)
    }

    /// Appends the ids of a text until there are `end` or more.
    fn append(&self, text: &str, end: usize, ids: &mut Vec<u32>) -> Result<(), Unsure> {
        let bytes = text.as_bytes();
        let mut at = 0;
        while at < bytes.len() && ids.len() < end {
            match self.kinds[usize::from(bytes[at])] {
                Kind::Space => at += 1,
                Kind::Lone => {
                    self.push(self.lone_ids[usize::from(bytes[at])], ids);
                    at += 1;
                }
                Kind::Plain => {
                    let start = at;
                    while at < bytes.len() && self.kinds[usize::from(bytes[at])] == Kind::Plain {
                        at += 1;
                    }
                    let ends = bytes
                        .get(at)
                        .is_none_or(|&byte| self.kinds[usize::from(byte)] != Kind::Other);
                    if ends && at - start <= self.quick_bytes {
                        self.push_short(self.plain_key(bytes, start, at), at - start, ids);
                    } else {
                        at = start + self.append_word(&text[start..], ids)?;
                    }
                }
                Kind::Other => at += self.append_word(&text[at..], ids)?,
            }
        }
        Ok(())
    }

    /// The number of the word of plain characters at `start..end`, at most 16 bytes.
    fn plain_key(&self, bytes: &[u8], start: usize, end: usize) -> Key {
        let key = match bytes[start..].first_chunk::<SHORT_BYTES>() {
            Some(chunk) => first_bytes(Key::from_le_bytes(*chunk), end - start),
            None => key_of(&bytes[start..end]),
        };
        if self.lowers { lowered(key) } else { key }
    }

    /// Appends the ids of the characters up to the end of the first word, and of the character of
    /// its own that ends it; returns how many bytes were read.
    fn append_word(&self, text: &str, ids: &mut Vec<u32>) -> Result<usize, Unsure> {
        let mut word = Vec::new();
        let mut characters = 0;
        for (at, character) in text.char_indices() {
            match self.characters.meaning(character) {
                Meaning::Nothing => {}
                Meaning::Part(part) => {
                    word.extend_from_slice(part.bytes());
                    characters += usize::from(part.characters);
                }
                Meaning::Space => {
                    self.push_word(&word, characters, ids);
                    return Ok(at + character.len_utf8());
                }
                Meaning::Lone(lone) => {
                    self.push_word(&word, characters, ids);
                    self.push_word(lone.encode_utf8(&mut [0; 4]).as_bytes(), 1, ids);
                    return Ok(at + character.len_utf8());
                }
                Meaning::Unsure => return Err(Unsure),
            }
        }
        self.push_word(&word, characters, ids);
        Ok(text.len())
    }

    /// Appends the ids of a word, which may be empty.
    fn push_word(&self, word: &[u8], characters: usize, ids: &mut Vec<u32>) {
        if word.is_empty() {
            return;
        }
        if characters > self.max_characters {
            return self.push(self.unknown, ids);
        }
        if word.len() <= SHORT_BYTES {
            return self.push_short(key_of(word), word.len(), ids);
        }
        let mark = ids.len();
        let mut table = &self.starts;
        let mut rest = word;
        while !rest.is_empty() {
            let Some((length, id)) = table.longest_of_bytes(rest) else {
                ids.truncate(mark);
                return self.push(self.unknown, ids);
            };
            self.push(id, ids);
            rest = &rest[length..];
            table = &self.continuations;
        }
    }

    /// Appends the ids of a word of `length` bytes, `1..=16`.
    fn push_short(&self, mut key: Key, mut length: usize, ids: &mut Vec<u32>) {
        // Most words are pieces.
        if let Some(id) = self.starts.find(key) {
            return self.push(id, ids);
        }
        let mark = ids.len();
        let mut table = &self.starts;
        while length > 0 {
            let Some((found, id)) = table.longest_of(key, length) else {
                ids.truncate(mark);
                return self.push(self.unknown, ids);
            };
            self.push(id, ids);
            length -= found;
            // A shift by all bits would not be defined, and is not needed any more.
            key = key
                .checked_shr(8 * u32::try_from(found).unwrap_or(u32::MAX))
                .unwrap_or(0);
            table = &self.continuations;
        }
    }

    fn push(&self, id: u32, ids: &mut Vec<u32>) {
        if Some(id) != self.dropped {
            ids.push(id);
        }
    }
}

/// Lowers the ASCII capitals in a number whose bytes are all ASCII.
fn lowered(key: Key) -> Key {
    const EACH: Key = Key::MAX / 0xff;
    let above = key + EACH * (0x80 - u128::from(b'A'));
    let beyond = key + EACH * (0x7f - u128::from(b'Z'));
    key | ((above & !beyond & (EACH * 0x80)) >> 2)
}

impl std::fmt::Debug for WordPiecePath {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("WordPiecePath")
            .field("lowers", &self.lowers)
            .field("max_characters", &self.max_characters)
            .field("frame", &self.frame)
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
