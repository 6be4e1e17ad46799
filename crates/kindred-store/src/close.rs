//! Suggestions for an id that the library does not have.

use std::collections::BTreeSet;
use std::ops::Range;

use kindred_core::PaperId;

use crate::connection::Store;
use crate::error::{At, StoreError};
use crate::order::{month_range, scheme_range};
use crate::row::read_id;

/// Most edits between what was asked and what is suggested.
const MAX_EDITS: usize = 2;
/// Longest text that is compared; ids are shorter.
const MAX_TEXT_BYTES: usize = 256;
/// Ids of one scheme or month that are compared at most; a month of arXiv has about 25,000.
const MAX_COMPARED: i64 = 100_000;

impl Store {
    /// Returns ids of the library that look like `text`, most alike first, ties by id.
    ///
    /// Looks among the ids of the same month (arXiv) or scheme: those within two edits, or that
    /// begin with the text. Looks further for a single mistyped character. `text` itself need not
    /// be a valid id.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn close_ids(&self, text: &str, limit: usize) -> Result<Vec<PaperId>, StoreError> {
        let text = text.trim();
        if text.is_empty() || text.len() > MAX_TEXT_BYTES {
            return Ok(Vec::new());
        }
        let asked = text
            .parse::<PaperId>()
            .map_or_else(|_| bare(text).to_ascii_lowercase(), |id| comparable(&id));
        let mut found = BTreeSet::new();
        if let Some(range) = range_of(text) {
            for id in self.ids_between(&range).at(&self.path)? {
                let candidate = comparable(&id);
                if let Some(edits) = distance(&asked, &candidate) {
                    found.insert((edits, id));
                } else if asked.len() >= 6 && candidate.starts_with(&asked) {
                    found.insert((MAX_EDITS + 1, id));
                }
            }
        }
        for id in one_edit_away(&asked) {
            if self.key(&id)?.is_some() {
                found.insert((1, id));
            }
        }
        let mut ids: Vec<PaperId> = Vec::new();
        for (_, id) in found {
            if ids.len() < limit && !ids.contains(&id) {
                ids.push(id);
            }
        }
        Ok(ids)
    }

    fn ids_between(&self, range: &Range<Vec<u8>>) -> rusqlite::Result<Vec<PaperId>> {
        self.connection
            .prepare_cached(
                "SELECT id FROM (
                     SELECT id, id_order FROM papers WHERE id_order >= ?1 AND id_order < ?2
                     UNION ALL
                     SELECT id, id_order FROM aliases WHERE id_order >= ?1 AND id_order < ?2)
                 ORDER BY id_order LIMIT ?3",
            )?
            .query_map(
                rusqlite::params![range.start, range.end, MAX_COMPARED],
                |row| read_id(row, 0),
            )?
            .collect()
    }
}

/// The id without arXiv's scheme, in lower case.
fn comparable(id: &PaperId) -> String {
    id.short().to_ascii_lowercase()
}

fn bare(text: &str) -> &str {
    match text.split_once(':') {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("arxiv") => rest.trim(),
        _ => text,
    }
}

/// Where ids like `text` stand: its month, or its scheme.
fn range_of(text: &str) -> Option<Range<Vec<u8>>> {
    match text.parse::<PaperId>() {
        Ok(PaperId::Arxiv(id)) => {
            let (year, month) = id.year_and_month();
            return Some(month_range(year, month));
        }
        Ok(PaperId::Other { scheme, .. }) => return Some(scheme_range(&scheme)),
        Err(_) => {}
    }
    let bare = bare(text);
    if let Some((scheme, _)) = bare.split_once(':') {
        return Some(scheme_range(scheme));
    }
    // An arXiv id with a wrong number of digits: only the month is of use.
    let digits = bare.rsplit('/').next()?.get(..4)?;
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let short: u16 = digits[..2].parse().ok()?;
    let month: u8 = digits[2..].parse().ok()?;
    let year = if short >= 91 { 1900 } else { 2000 } + short;
    (1..=12).contains(&month).then(|| month_range(year, month))
}

/// All ids that differ from `text` in one digit, or by two neighbours that changed places.
fn one_edit_away(text: &str) -> BTreeSet<PaperId> {
    let mut ids = BTreeSet::new();
    let bytes = text.as_bytes();
    for position in 0..bytes.len() {
        let mut edited = bytes.to_vec();
        if bytes[position].is_ascii_digit() {
            for digit in b'0'..=b'9' {
                edited[position] = digit;
                ids.extend(parsed(&edited));
            }
            edited[position] = bytes[position];
        }
        if position + 1 < bytes.len() {
            edited.swap(position, position + 1);
            ids.extend(parsed(&edited));
        }
    }
    ids.retain(|id| comparable(id) != text);
    ids
}

fn parsed(bytes: &[u8]) -> Option<PaperId> {
    std::str::from_utf8(bytes).ok()?.parse().ok()
}

/// Number of insertions, deletions, replacements and swaps of neighbours between two texts, if
/// at most [`MAX_EDITS`].
fn distance(left: &str, right: &str) -> Option<usize> {
    let (left, right) = (left.as_bytes(), right.as_bytes());
    if left.len().abs_diff(right.len()) > MAX_EDITS {
        return None;
    }
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=right.len()).collect();
    for (row, &mine) in left.iter().enumerate() {
        let mut current = Vec::with_capacity(right.len() + 1);
        current.push(row + 1);
        for (column, &theirs) in right.iter().enumerate() {
            let replaced = last[column] + usize::from(mine != theirs);
            let mut edits = replaced.min(last[column + 1] + 1).min(current[column] + 1);
            let swapped =
                row > 0 && column > 0 && mine == right[column - 1] && left[row - 1] == theirs;
            if swapped {
                edits = edits.min(before_last[column - 1] + 1);
            }
            current.push(edits);
        }
        before_last = std::mem::replace(&mut last, current);
    }
    last.last().copied().filter(|edits| *edits <= MAX_EDITS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_counts_edits_and_swaps_up_to_two() {
        assert_eq!(distance("2603.22691", "2603.22691"), Some(0));
        assert_eq!(distance("2603.22691", "2603.22961"), Some(1));
        assert_eq!(distance("2603.2269", "2603.22691"), Some(1));
        assert_eq!(distance("2603.22691", "2603.11691"), Some(2));
        assert_eq!(distance("2603.22691", "2603.11111"), None);
        assert_eq!(distance("", "abc"), None);
    }

    #[test]
    fn month_is_found_in_broken_ids() {
        assert!(range_of("arXiv:2603.2269").is_some());
        assert_eq!(range_of("2603.2269"), range_of("2603.22691"));
        assert_eq!(range_of("hep-th/99010"), range_of("hep-th/9901001"));
        assert_eq!(range_of("2613.22691"), None);
        assert_eq!(range_of("nonsense"), None);
    }
}
