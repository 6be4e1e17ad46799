//! Strings as numbers, in the order in which they were first seen.

/// A number and the hash of its string.
type Slot = (u32, u32);
/// The number of free slots.
const FREE: u32 = u32::MAX;
/// Slots of a new table, a power of two.
const FIRST_SLOTS: usize = 1 << 12;

/// Numbers distinct strings from 0; linear probing, at most half full.
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
            slots: vec![(FREE, 0); FIRST_SLOTS],
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

    pub(crate) fn find(&self, text: &str) -> Option<u32> {
        self.slot(text, hash(text.as_bytes())).ok()
    }

    /// The number of `text`, and whether it is new.
    pub(crate) fn insert(&mut self, text: &str) -> (u32, bool) {
        let hash = hash(text.as_bytes());
        let slot = match self.slot(text, hash) {
            Ok(number) => return (number, false),
            Err(slot) => slot,
        };
        let number = narrow(self.ends.len());
        self.slots[slot] = (number, hash);
        self.letters.push_str(text);
        self.ends.push(narrow(self.letters.len()));
        if 2 * self.ends.len() > self.slots.len() {
            self.grow();
        }
        (number, true)
    }

    /// Gives back the memory that only finding needs.
    pub(crate) fn into_texts(mut self) -> Self {
        self.slots = vec![(FREE, 0)];
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
    fn slot(&self, text: &str, hash: u32) -> Result<u32, usize> {
        let mask = self.slots.len() - 1;
        let mut slot = hash as usize & mask;
        loop {
            match self.slots[slot] {
                (FREE, _) => return Err(slot),
                (number, known) if known == hash && self.text(number) == text => return Ok(number),
                _ => slot = (slot + 1) & mask,
            }
        }
    }

    fn grow(&mut self) {
        let mask = 4 * self.slots.len() - 1;
        let slots = std::mem::replace(&mut self.slots, vec![(FREE, 0); mask + 1]);
        for (number, hash) in slots {
            if number == FREE {
                continue;
            }
            let mut slot = hash as usize & mask;
            while self.slots[slot].0 != FREE {
                slot = (slot + 1) & mask;
            }
            self.slots[slot] = (number, hash);
        }
    }
}

/// Multiplies and folds, eight bytes at a time; an order of strings that comes from it is never
/// seen.
fn hash(bytes: &[u8]) -> u32 {
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut state = bytes.len() as u64;
    let mut mix = |block: u64| {
        state = (state ^ block).wrapping_mul(FACTOR);
        state ^= state >> 32;
    };
    let (blocks, rest) = bytes.as_chunks::<8>();
    blocks
        .iter()
        .for_each(|&block| mix(u64::from_le_bytes(block)));
    mix(rest
        .iter()
        .fold(0, |block, &byte| block << 8 | u64::from(byte)));
    u32::try_from(state & u64::from(u32::MAX)).expect("32 bits fit")
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
        let texts: Vec<String> = (0..20_000).map(|number| format!("word{number}")).collect();
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
