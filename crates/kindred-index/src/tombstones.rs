//! Rows of a segment that are no longer there.

/// A set of dead rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Tombstones {
    words: Vec<u64>,
    count: usize,
}

impl Tombstones {
    /// Makes the set of `rows`.
    pub(crate) fn new(rows: &[u32]) -> Self {
        let mut set = Self::default();
        for &row in rows {
            set.insert(row as usize);
        }
        set
    }

    /// Adds a row; returns whether it was new.
    pub(crate) fn insert(&mut self, row: usize) -> bool {
        let (word, bit) = (row / 64, 1 << (row % 64));
        if word >= self.words.len() {
            self.words.resize(word + 1, 0);
        }
        let is_new = self.words[word] & bit == 0;
        self.words[word] |= bit;
        self.count += usize::from(is_new);
        is_new
    }

    /// Whether a row is dead.
    #[inline]
    pub(crate) fn contains(&self, row: usize) -> bool {
        self.words
            .get(row / 64)
            .is_some_and(|word| word & (1 << (row % 64)) != 0)
    }

    /// Returns how many rows are dead.
    pub(crate) fn len(&self) -> usize {
        self.count
    }

    /// Returns the dead rows, ascending.
    pub(crate) fn rows(&self) -> Vec<u32> {
        let mut rows = Vec::with_capacity(self.count);
        for (index, &word) in self.words.iter().enumerate() {
            let mut rest = word;
            while rest != 0 {
                let row = index * 64 + rest.trailing_zeros() as usize;
                rows.push(u32::try_from(row).expect("rows of a segment fit u32"));
                rest &= rest - 1;
            }
        }
        rows
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_set_equals_a_sorted_list(rows in prop::collection::vec(0u32..500, 0..100)) {
            let set = Tombstones::new(&rows);
            let mut expected = rows.clone();
            expected.sort_unstable();
            expected.dedup();
            prop_assert_eq!(set.len(), expected.len());
            prop_assert!((0..600).all(|row| set.contains(row as usize) == expected.contains(&row)));
            prop_assert_eq!(set.rows(), expected);
        }
    }
}
