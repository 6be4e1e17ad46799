//! Every form against plain sums.

use proptest::prelude::*;

use super::*;

type Form = fn(&Side<'_>, &[u8], &Needed, &mut [[i32; COLUMNS]]) -> [u64; ROWS];

/// All forms that this machine has.
fn forms() -> Vec<(&'static str, Form)> {
    let mut found: Vec<(&'static str, Form)> = vec![
        ("portable", chosen_portable),
        ("chosen at run time", chosen),
    ];
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512vnni") {
            found.push(("avx512", |side, rows, needed, out| {
                // SAFETY: the features were just detected.
                unsafe { x86::chosen_avx512(side, rows, needed, out) }
            }));
        }
        if is_x86_feature_detected!("avxvnni") && is_x86_feature_detected!("avx2") {
            found.push(("avxvnni", |side, rows, needed, out| {
                // SAFETY: as above.
                unsafe { x86::chosen_avxvnni(side, rows, needed, out) }
            }));
        }
        if is_x86_feature_detected!("avx2") {
            found.push(("avx2", |side, rows, needed, out| {
                // SAFETY: as above.
                unsafe { x86::chosen_avx2(side, rows, needed, out) }
            }));
        }
    }
    found
}

fn packed(codes: &[Vec<i8>], dimension: usize) -> Panels {
    Panels::new(codes.len(), dimension, |row| &codes[row])
}

fn side(panels: &Panels) -> Side<'_> {
    Side {
        data: &panels.data,
        sums: panels.sums.first_chunk().unwrap(),
        bytes: panels.row_bytes(),
    }
}

fn dot(left: &[i8], right: &[i8]) -> i32 {
    let pairs = left.iter().zip(right);
    pairs.map(|(&a, &b)| i32::from(a) * i32::from(b)).sum()
}

proptest! {
    #[test]
    fn every_form_gives_the_products_that_are_needed(
        (dimension, columns, rows) in (1usize..90).prop_flat_map(|dimension| {
            let row = prop::collection::vec(-127i8..=127, dimension);
            (
                Just(dimension),
                prop::collection::vec(row.clone(), 1..COLUMNS),
                prop::collection::vec(row, 1..=ROWS),
            )
        }),
        least in prop::collection::vec(-200_000i32..200_000, ROWS + COLUMNS),
    ) {
        let panels = packed(&columns, dimension);
        let bytes = panels.row_bytes();
        let mut shifted = Vec::new();
        for row in &rows {
            push_shifted(row, bytes, &mut shifted);
        }
        let needed = Needed {
            rows: *least.first_chunk().unwrap(),
            columns: *least.last_chunk().unwrap(),
        };
        for (name, form) in forms() {
            let mut out = [[0; COLUMNS]; ROWS];
            let chosen = form(&side(&panels), &shifted, &needed, &mut out[..rows.len()]);
            for (place, row) in rows.iter().enumerate() {
                for (column, theirs) in columns.iter().enumerate() {
                    let expected = dot(row, theirs);
                    let is_chosen = chosen[place] >> column & 1 == 1;
                    let is_needed = expected >= needed.rows[place]
                        || expected >= needed.columns[column];
                    prop_assert_eq!(is_chosen, is_needed, "{} {} {}", name, place, column);
                    prop_assert!(!is_chosen || out[place][column] == expected, "{}", name);
                }
            }
            prop_assert!(chosen[rows.len()..].iter().all(|&bits| bits == 0), "{}", name);
        }
    }
}

#[test]
fn extreme_codes_do_not_overflow() {
    for (own, theirs) in [(-127, -127), (127, -127), (-127, 127), (127, 127)] {
        let panels = packed(&vec![vec![theirs; 4_096]; COLUMNS], 4_096);
        let mut rows = Vec::new();
        for _ in 0..ROWS {
            push_shifted(&vec![own; 4_096], panels.row_bytes(), &mut rows);
        }
        let needed = Needed {
            rows: [i32::MIN; ROWS],
            columns: [i32::MAX; COLUMNS],
        };
        let expected = i32::from(own) * i32::from(theirs) * 4_096;
        for (name, form) in forms() {
            let mut out = [[0; COLUMNS]; ROWS];
            let chosen = form(&side(&panels), &rows, &needed, &mut out);
            assert_eq!(chosen, [u64::MAX; ROWS], "{name}");
            assert_eq!(out, [[expected; COLUMNS]; ROWS], "{name}");
        }
    }
}
