//! Strings as numbers, in the order in which they were first seen.

/// The number of free slots.
const FREE: u32 = u32::MAX;
/// Slots of a new table, a power of two.
const FIRST_SLOTS: usize = 1 << 12;
/// Bytes of a string that its slot has.
const HEAD: usize = 8;

/// A string in the table. Short ones are told apart without a look at the string itself.
#[derive(Debug, Clone, Copy)]
struct Slot {
    /// The first bytes, zeros behind.
    head: u64,
    hash: u32,
    number: u32,
}

const FREE_SLOT: Slot = Slot {
    head: 0,
    hash: 0,
    number: FREE,
};

/// Numbers distinct strings without zero bytes from 0; linear probing, at most half full.
#[derive(Debug)]
pub(crate) struct Interner {
    slots: Vec<Slot>,
    /// All strings, one behind the other.
    letters: String,
    ends: Vec<u32>,
}

impl Default for Interner {
    fn default() -> Self {
        Self {
            slots: vec![FREE_SLOT; FIRST_SLOTS],
            letters: String::new(),
            ends: Vec::new(),
        }
    }
}

impl Interner {
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The string with this number.
    pub(crate) fn text(&self, number: u32) -> &str {
        &self.letters[self.start(number)..self.ends[number as usize] as usize]
    }

    /// The number of `text` if it has one.
    pub(crate) fn find(&self, text: &str) -> Option<u32> {
        self.slot(text, &Slot::of(text, FREE)).ok()
    }

    /// The number of `text`, and whether it is new.
    pub(crate) fn insert(&mut self, text: &str) -> (u32, bool) {
        let number = narrow(self.ends.len());
        let new = Slot::of(text, number);
        match self.slot(text, &new) {
            Ok(number) => return (number, false),
            Err(slot) => self.slots[slot] = new,
        }
        self.letters.push_str(text);
        self.ends.push(narrow(self.letters.len()));
        if 2 * self.ends.len() > self.slots.len() {
            self.grow();
        }
        (number, true)
    }

    /// Gives back the memory that only finding needs.
    pub(crate) fn into_texts(mut self) -> Self {
        self.slots = vec![FREE_SLOT];
        self.letters.shrink_to_fit();
        self.ends.shrink_to_fit();
        self
    }

    fn start(&self, number: u32) -> usize {
        match number {
            0 => 0,
            later => self.ends[later as usize - 1] as usize,
        }
    }

    /// The number of `text`, or the free slot for it.
    fn slot(&self, text: &str, wanted: &Slot) -> Result<u32, usize> {
        let mask = self.slots.len() - 1;
        let mut place = wanted.hash as usize & mask;
        loop {
            let slot = &self.slots[place];
            if slot.number == FREE {
                return Err(place);
            }
            let is_alike = (slot.hash, slot.head) == (wanted.hash, wanted.head);
            // A head with zeros behind is a whole string.
            if is_alike && (text.len() < HEAD || self.text(slot.number) == text) {
                return Ok(slot.number);
            }
            place = (place + 1) & mask;
        }
    }

    fn grow(&mut self) {
        let mask = 4 * self.slots.len() - 1;
        let slots = std::mem::replace(&mut self.slots, vec![FREE_SLOT; mask + 1]);
        for slot in slots.into_iter().filter(|slot| slot.number != FREE) {
            let mut place = slot.hash as usize & mask;
            while self.slots[place].number != FREE {
                place = (place + 1) & mask;
            }
            self.slots[place] = slot;
        }
    }
}

impl Slot {
    fn of(text: &str, number: u32) -> Self {
        let bytes = text.as_bytes();
        let (blocks, rest) = bytes.as_chunks::<HEAD>();
        let rest = rest
            .iter()
            .rev()
            .fold(0, |block, &byte| block << 8 | u64::from(byte));
        let blocks = blocks.iter().map(|&block| u64::from_le_bytes(block));
        Self {
            head: blocks.clone().next().unwrap_or(rest),
            hash: hash(bytes.len(), blocks.chain([rest])),
            number,
        }
    }
}

/// Multiplies and folds; no order that comes from it is ever seen.
fn hash(length: usize, blocks: impl Iterator<Item = u64>) -> u32 {
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let state = blocks.fold(length as u64, |state, block| {
        let state = (state ^ block).wrapping_mul(FACTOR);
        state ^ state >> 32
    });
    u32::try_from(state & u64::from(u32::MAX)).expect("32 bits are left")
}

fn narrow(number: usize) -> u32 {
    u32::try_from(number).expect("a chunk of texts is far smaller than 4 GiB")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_keep_their_numbers_when_the_table_grows() {
        let mut interner = Interner::default();
        let texts: Vec<String> = (0..20_000)
            .map(|number| "word".repeat(number % 5) + &number.to_string())
            .collect();
        for (number, text) in (0..).zip(&texts) {
            assert_eq!(interner.insert(text), (number, true));
        }
        for (number, text) in (0..).zip(&texts) {
            assert_eq!(interner.insert(text), (number, false));
            assert_eq!(interner.find(text), Some(number));
            assert_eq!(interner.text(number), text);
        }
        assert_eq!(interner.find("other"), None);
        assert_eq!(interner.len(), texts.len());
    }
}
