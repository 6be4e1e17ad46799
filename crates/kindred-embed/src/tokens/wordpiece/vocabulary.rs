//! The pieces of a vocabulary, for finding the longest one that a word begins with.
//!
//! Pieces of up to 16 bytes are numbers in a table with open addressing: a prefix of a word is its
//! number masked, one multiplication hashes it, one comparison decides. Which lengths are worth
//! trying is known from the first three bytes. Longer pieces are few and sit in a plain map.

use std::collections::HashMap;

/// Bytes of a word that fit into its number.
pub(super) const SHORT_BYTES: usize = 16;
/// Buckets of the table of lengths, a power of two.
const LENGTH_BUCKETS: usize = 1 << 12;
/// Bytes of a piece that choose its bucket of lengths.
const BUCKET_BYTES: usize = 3;
/// The lengths below `BUCKET_BYTES` are tried in every bucket.
const EVERY_BUCKET: u16 = 0b11;

/// The first 16 bytes of a word, the first one lowest, zeros behind its end. No byte of a word is
/// zero, so that words of different lengths have different numbers.
pub(super) type Key = u128;

/// Makes the number of a word of at most [`SHORT_BYTES`] bytes.
pub(super) fn key_of(bytes: &[u8]) -> Key {
    let mut padded = [0; SHORT_BYTES];
    padded[..bytes.len()].copy_from_slice(bytes);
    Key::from_le_bytes(padded)
}

/// Keeps the first `length` bytes of a number, `1..=16`.
pub(super) fn first_bytes(key: Key, length: usize) -> Key {
    key & (Key::MAX >> (8 * (SHORT_BYTES - length)))
}

/// A set of pieces with their ids.
pub(super) struct PieceTable {
    /// For each slot: eight bits of the number's hash that the slot is not chosen by, 0 if it is
    /// free. Most searches end here, without a look at the slots, which are many times as large.
    tags: Vec<u8>,
    /// `2^n` slots, at most half of them taken.
    slots: Vec<Slot>,
    /// By a hash of the first three bytes: bit `n - 1` is set if a piece has `n` bytes.
    lengths: Vec<u16>,
    /// Pieces of more than [`SHORT_BYTES`] bytes.
    long: HashMap<Box<[u8]>, u32>,
    /// Bytes of the longest piece.
    longest: usize,
}

/// A piece and its id.
#[derive(Clone, Copy)]
struct Slot {
    key: Key,
    id: u32,
}

impl PieceTable {
    /// Takes pieces; those that are empty or hold a zero byte are never found and are left out.
    pub(super) fn new(pieces: &[(&str, u32)]) -> Self {
        let slots = (2 * pieces.len()).next_power_of_two().max(2);
        let mut table = Self {
            tags: vec![0; slots],
            slots: vec![Slot { key: 0, id: 0 }; slots],
            lengths: vec![EVERY_BUCKET; LENGTH_BUCKETS],
            long: HashMap::new(),
            longest: 0,
        };
        for &(piece, id) in pieces {
            if !piece.is_empty() && !piece.contains('\0') {
                table.insert(piece.as_bytes(), id);
            }
        }
        table
    }

    fn insert(&mut self, piece: &[u8], id: u32) {
        self.longest = self.longest.max(piece.len());
        if piece.len() > SHORT_BYTES {
            self.long.insert(piece.into(), id);
            return;
        }
        let key = key_of(piece);
        self.lengths[bucket(key)] |= 1 << (piece.len() - 1);
        let (mut at, tag) = self.start(key);
        while self.tags[at] != 0 && self.slots[at].key != key {
            at = (at + 1) & (self.slots.len() - 1);
        }
        self.tags[at] = tag;
        self.slots[at] = Slot { key, id };
    }

    /// Slot at which the search for a number begins, and its tag: from a folded multiplication.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the halves of a number, and bits of a hash"
    )]
    fn start(&self, key: Key) -> (usize, u8) {
        let low = key as u64 ^ 0x9e37_79b9_7f4a_7c15;
        let high = (key >> 64) as u64 ^ 0xd1b5_4a32_d192_ed03;
        let product = u128::from(low) * u128::from(high);
        let hash = product as u64 ^ (product >> 64) as u64;
        let tag = (hash >> 56) as u8;
        (hash as usize & (self.slots.len() - 1), tag.max(1))
    }

    /// Returns the id of the piece with this number.
    pub(super) fn find(&self, key: Key) -> Option<u32> {
        let (mut at, tag) = self.start(key);
        loop {
            let found = self.tags[at];
            if found == tag && self.slots[at].key == key {
                return Some(self.slots[at].id);
            }
            if found == 0 {
                return None;
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
    }

    /// Returns length and id of the longest piece that a word of `length` bytes (`1..=16`) begins
    /// with.
    pub(super) fn longest_of(&self, key: Key, length: usize) -> Option<(usize, u32)> {
        let mut lengths = self.lengths[bucket(key)] & (u16::MAX >> (SHORT_BYTES - length));
        while lengths != 0 {
            let length = SHORT_BYTES - lengths.leading_zeros() as usize;
            if let Some(id) = self.find(first_bytes(key, length)) {
                return Some((length, id));
            }
            lengths &= !(1 << (length - 1));
        }
        None
    }

    /// As [`Self::longest_of`], for the bytes of a word of any length but 0.
    pub(super) fn longest_of_bytes(&self, word: &[u8]) -> Option<(usize, u32)> {
        for length in (SHORT_BYTES + 1..=word.len().min(self.longest)).rev() {
            if let Some(&id) = self.long.get(&word[..length]) {
                return Some((length, id));
            }
        }
        let short = word.len().min(SHORT_BYTES);
        self.longest_of(key_of(&word[..short]), short)
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the first bytes of a number, and bits of a hash"
)]
fn bucket(key: Key) -> usize {
    let first = first_bytes(key, BUCKET_BYTES) as u32;
    (first.wrapping_mul(0x9e37_79b1) >> (u32::BITS - LENGTH_BUCKETS.ilog2())) as usize
}
