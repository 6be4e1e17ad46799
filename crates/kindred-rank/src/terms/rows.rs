//! Counted terms of many papers in one block.

/// The terms of papers: one row for each, terms ascending, each with its count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TermRows {
    /// Where each row ends; one more than there are rows.
    ends: Vec<usize>,
    counts: Vec<(u32, u32)>,
}

impl Default for TermRows {
    fn default() -> Self {
        Self {
            ends: vec![0],
            counts: Vec::new(),
        }
    }
}

impl TermRows {
    /// Returns the number of papers.
    pub fn len(&self) -> usize {
        self.ends.len() - 1
    }

    /// Whether there is no paper.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns `(term, count)` of a paper, terms ascending.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn row(&self, row: usize) -> &[(u32, u32)] {
        &self.counts[self.ends[row]..self.ends[row + 1]]
    }

    /// Iterates over the rows.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &[(u32, u32)]> {
        (0..self.len()).map(|row| self.row(row))
    }

    /// Returns the named rows in the given order.
    ///
    /// # Panics
    /// If there is no such row.
    #[must_use]
    pub fn gather(&self, rows: &[usize]) -> Self {
        let mut gathered = Self::default();
        for &row in rows {
            gathered.counts.extend_from_slice(self.row(row));
            gathered.ends.push(gathered.counts.len());
        }
        gathered
    }

    /// The rows of one paper.
    pub(crate) fn of_one(terms: &[(u32, u32)]) -> Self {
        Self {
            ends: vec![0, terms.len()],
            counts: terms.to_vec(),
        }
    }

    /// Adds a row that holds these terms; sorts them.
    pub(super) fn push(&mut self, terms: &mut [u32]) {
        terms.sort_unstable();
        for group in terms.chunk_by(|a, b| a == b) {
            let count = u32::try_from(group.len()).expect("texts have fewer words");
            self.counts.push((group[0], count));
        }
        self.ends.push(self.counts.len());
    }
}
