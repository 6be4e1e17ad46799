//! Bytes whose order is the order of paper ids, so that an index of SQLite can walk it.
//!
//! arXiv ids: `00`, then the packed identifier (8 bytes, big-endian). Other ids: `01`, scheme, `00`,
//! value; schemes hold no zero byte.

use std::ops::Range;

use kindred_core::{ArxivId, PaperId};

const ARXIV: u8 = 0;
const OTHER: u8 = 1;

/// Encodes an id.
pub(crate) fn order_of(id: &PaperId) -> Vec<u8> {
    match id {
        PaperId::Arxiv(id) => arxiv_order(id.packed()),
        PaperId::Other { scheme, value } => {
            let mut bytes = scheme_start(scheme);
            bytes.extend_from_slice(value.as_bytes());
            bytes
        }
    }
}

fn arxiv_order(packed: u64) -> Vec<u8> {
    let mut bytes = vec![ARXIV];
    bytes.extend_from_slice(&packed.to_be_bytes());
    bytes
}

fn scheme_start(scheme: &str) -> Vec<u8> {
    let mut bytes = vec![OTHER];
    bytes.extend_from_slice(scheme.as_bytes());
    bytes.push(0);
    bytes
}

/// Range of all arXiv ids of a month.
pub(crate) fn month_range(year: u16, month: u8) -> Range<Vec<u8>> {
    let packed = ArxivId::packed_month(year, month);
    arxiv_order(packed.start)..arxiv_order(packed.end)
}

/// Range of all ids of a scheme that is not arXiv's.
pub(crate) fn scheme_range(scheme: &str) -> Range<Vec<u8>> {
    let start = scheme_start(scheme);
    let mut end = start.clone();
    if let Some(last) = end.last_mut() {
        *last = 1;
    }
    start..end
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ids() -> impl Strategy<Value = PaperId> {
        let new_style = (8u32..50, 1u32..13, 1u32..9999).prop_map(|(year, month, number)| {
            if year < 15 {
                format!("{year:02}{month:02}.{number:04}")
            } else {
                format!("{year:02}{month:02}.{number:05}")
            }
        });
        let archive = prop::sample::select(vec!["acc-phys", "cs", "hep-th", "math", "supr-con"]);
        let old_style = (archive, 92u32..100, 1u32..13, 1u32..999).prop_map(
            |(archive, year, month, number)| format!("{archive}/{year:02}{month:02}{number:03}"),
        );
        let other = "[a-z0-9.]{1,3}:[!-~é]{1,4}"
            .prop_filter("not an address", |text| !text.contains("://"));
        prop_oneof![new_style, old_style, other].prop_filter_map("an id", |text| text.parse().ok())
    }

    proptest! {
        #[test]
        fn byte_order_is_id_order(left in ids(), right in ids()) {
            prop_assert_eq!(left.cmp(&right), order_of(&left).cmp(&order_of(&right)));
        }

        #[test]
        fn ranges_hold_their_ids_only(id in ids(), other in ids()) {
            let range = match &id {
                PaperId::Arxiv(arxiv) => {
                    let (year, month) = arxiv.year_and_month();
                    month_range(year, month)
                }
                PaperId::Other { scheme, .. } => scheme_range(scheme),
            };
            prop_assert!(range.contains(&order_of(&id)));
            let alike = match (&id, &other) {
                (PaperId::Arxiv(a), PaperId::Arxiv(b)) => a.year_and_month() == b.year_and_month(),
                (PaperId::Other { scheme: a, .. }, PaperId::Other { scheme: b, .. }) => a == b,
                (PaperId::Arxiv(_), PaperId::Other { .. })
                | (PaperId::Other { .. }, PaperId::Arxiv(_)) => false,
            };
            prop_assert_eq!(range.contains(&order_of(&other)), alike);
        }
    }
}
