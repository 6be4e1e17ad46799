//! Tiles of integer dot products between rows of codes and packed panels of them.
//!
//! A panel holds sixteen rows side by side, four components of each at a time, so that one
//! instruction multiplies four components of one row with those of sixteen others and leaves
//! sixteen sums: nothing is added across lanes. Sums of integers do not depend on their order, so
//! every form gives the same numbers.

/// Rows of a panel.
pub(crate) const PANEL: usize = 16;
/// Components of a row that lie together in a panel.
const GROUP: usize = 4;
/// Bytes of a panel for each group.
const STEP: usize = PANEL * GROUP;
/// What makes a code a byte without a sign, as the instruction wants one side to be.
const SHIFT: i32 = 128;
/// Panels of a tile.
pub(crate) const PANELS: usize = 4;
/// Rows of a tile on the side that is not packed.
pub(crate) const ROWS: usize = 6;
/// Panel rows of a tile.
pub(crate) const COLUMNS: usize = PANEL * PANELS;

/// Rows packed for [`tile`]; missing rows and components are zero.
#[derive(Debug)]
pub(crate) struct Panels {
    /// Groups of components.
    groups: usize,
    /// Panels of `groups * STEP` bytes.
    data: Vec<i8>,
    /// The sum of each packed row's codes.
    sums: Vec<i32>,
}

impl Panels {
    /// Packs `rows` rows given by `row`, up to whole tiles.
    pub(crate) fn new<'a>(rows: usize, dimension: usize, row: impl Fn(usize) -> &'a [i8]) -> Self {
        let groups = dimension.div_ceil(GROUP);
        let padded = rows.next_multiple_of(COLUMNS);
        let mut data = vec![0_i8; padded * groups * GROUP];
        let mut sums = vec![0_i32; padded];
        for (place, sum) in sums.iter_mut().enumerate().take(rows) {
            let codes = row(place);
            let panel = &mut data[place / PANEL * groups * STEP..][..groups * STEP];
            for (group, piece) in codes.chunks(GROUP).enumerate() {
                let start = group * STEP + place % PANEL * GROUP;
                panel[start..start + piece.len()].copy_from_slice(piece);
            }
            *sum = codes.iter().map(|&code| i32::from(code)).sum();
        }
        Self { groups, data, sums }
    }

    /// Bytes of a row that [`tile`] takes: its codes plus 128, filled up to whole groups.
    pub(crate) fn row_bytes(&self) -> usize {
        self.groups * GROUP
    }
}

/// Appends a row as [`tile`] takes it.
pub(crate) fn push_shifted(codes: &[i8], row_bytes: usize, rows: &mut Vec<u8>) {
    let end = rows.len() + row_bytes;
    rows.extend(codes.iter().map(|&code| code.cast_unsigned() ^ 0x80));
    rows.resize(end, 0x80);
}

/// The products of a tile, by row of the side that is not packed.
pub(crate) type Tile = [[i32; COLUMNS]; ROWS];

/// Writes to `out` the dot products of the rows in `rows` (at most [`ROWS`], each shifted and of
/// [`Panels::row_bytes`]) with the [`COLUMNS`] packed rows from `column` on; what lies beyond the
/// rows given is left as it was.
///
/// # Panics
/// If `rows` is no whole number of rows or too many, or `column` no start of a tile.
pub(crate) fn tile(panels: &Panels, rows: &[u8], column: usize, out: &mut Tile) {
    let bytes = panels.row_bytes();
    assert_eq!(column % COLUMNS, 0, "tiles start at whole panels");
    let data = &panels.data[column * bytes..(column + COLUMNS) * bytes];
    let count = rows.len() / bytes.max(1);
    assert!(
        rows.len() == count * bytes && count <= ROWS,
        "whole rows of one tile"
    );
    let shift = products(data, rows, bytes, &mut out[..count]);
    // The sums of the packed rows take the shift back.
    let sums = &panels.sums[column..column + COLUMNS];
    for products in &mut out[..count] {
        for (product, &sum) in products.iter_mut().zip(sums) {
            *product -= shift * sum;
        }
    }
}

/// Writes the products and returns by how much the codes of `rows` were too large in them.
fn products(data: &[i8], rows: &[u8], bytes: usize, out: &mut [[i32; COLUMNS]]) -> i32 {
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512vnni") {
            // SAFETY: the features that the function was compiled for were just detected.
            unsafe { x86::products_avx512(data, rows, bytes, out) };
            return SHIFT;
        }
        if is_x86_feature_detected!("avxvnni") && is_x86_feature_detected!("avx2") {
            // SAFETY: as above.
            unsafe { x86::products_avxvnni(data, rows, bytes, out) };
            return SHIFT;
        }
        if is_x86_feature_detected!("avx2") {
            // SAFETY: as above.
            unsafe { x86::products_avx2(data, rows, bytes, out) };
            return 0;
        }
    }
    products_portable(data, rows, bytes, out);
    SHIFT
}

fn products_portable(data: &[i8], rows: &[u8], bytes: usize, out: &mut [[i32; COLUMNS]]) {
    for (row, sums) in rows.chunks_exact(bytes.max(1)).zip(out) {
        for (panel, sums) in data
            .chunks_exact(bytes * PANEL)
            .zip(sums.as_chunks_mut::<PANEL>().0)
        {
            *sums = [0; PANEL];
            for (step, own) in panel.as_chunks::<STEP>().0.iter().zip(row.as_chunks().0) {
                let own: &[u8; GROUP] = own;
                for (sum, theirs) in sums.iter_mut().zip(step.as_chunks::<GROUP>().0) {
                    for (&a, &b) in own.iter().zip(theirs) {
                        *sum += i32::from(a) * i32::from(b);
                    }
                }
            }
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::{
        __m256i, __m512i, _mm256_abs_epi8, _mm256_add_epi32, _mm256_dpbusd_avx_epi32,
        _mm256_loadu_si256, _mm256_madd_epi16, _mm256_maddubs_epi16, _mm256_set1_epi8,
        _mm256_set1_epi16, _mm256_set1_epi32, _mm256_setzero_si256, _mm256_sign_epi8,
        _mm256_storeu_si256, _mm256_xor_si256, _mm512_dpbusd_epi32, _mm512_loadu_si512,
        _mm512_set1_epi32, _mm512_setzero_si512, _mm512_storeu_si512,
    };

    use super::{COLUMNS, GROUP, PANEL, PANELS, ROWS, STEP};

    /// Four components of a row as one number.
    fn group(row: &[u8], place: usize) -> i32 {
        let (groups, _) = row.as_chunks::<GROUP>();
        i32::from_le_bytes(groups[place])
    }

    #[target_feature(enable = "avx512f,avx512vnni")]
    pub(super) fn products_avx512(
        data: &[i8],
        rows: &[u8],
        bytes: usize,
        out: &mut [[i32; COLUMNS]],
    ) {
        #[inline]
        #[target_feature(enable = "avx512f,avx512vnni")]
        fn some<const COUNT: usize>(
            data: &[i8],
            rows: &[u8],
            bytes: usize,
        ) -> [[__m512i; PANELS]; COUNT] {
            let panel = bytes * PANEL;
            assert!(data.len() == panel * PANELS && rows.len() >= COUNT * bytes);
            let rows: [&[u8]; COUNT] = std::array::from_fn(|row| &rows[row * bytes..][..bytes]);
            let mut sums = [[_mm512_setzero_si512(); PANELS]; COUNT];
            for place in 0..bytes / GROUP {
                let columns: [__m512i; PANELS] = std::array::from_fn(|column| {
                    let start = column * panel + place * STEP;
                    // SAFETY: `place` is below the number of steps of a panel, and each of the
                    // `PANELS` panels has `panel` bytes, as asserted; no alignment is needed.
                    unsafe { _mm512_loadu_si512(data.as_ptr().add(start).cast()) }
                });
                for (row, sums) in rows.iter().zip(&mut sums) {
                    let own = _mm512_set1_epi32(group(row, place));
                    for (sum, &column) in sums.iter_mut().zip(&columns) {
                        *sum = _mm512_dpbusd_epi32(*sum, own, column);
                    }
                }
            }
            sums
        }

        #[inline]
        #[target_feature(enable = "avx512f")]
        fn store(sums: &[[__m512i; PANELS]], out: &mut [[i32; COLUMNS]]) {
            for (sums, out) in sums.iter().zip(out) {
                for (&sum, out) in sums.iter().zip(out.as_chunks_mut::<PANEL>().0) {
                    // SAFETY: the array has 64 writable bytes; no alignment is needed.
                    unsafe { _mm512_storeu_si512(out.as_mut_ptr().cast(), sum) };
                }
            }
        }

        if out.len() == ROWS {
            store(&some::<ROWS>(data, rows, bytes), out);
        } else {
            for (row, out) in rows.chunks_exact(bytes.max(1)).zip(out) {
                store(&some::<1>(data, row, bytes), std::slice::from_mut(out));
            }
        }
    }

    /// Makes a form for registers of half a panel, from how four components are multiplied.
    macro_rules! form {
        ($(#[$documentation:meta])* $name:ident, $features:literal, $multiply:expr) => {
            $(#[$documentation])*
            #[target_feature(enable = $features)]
            pub(super) fn $name(
                data: &[i8],
                rows: &[u8],
                bytes: usize,
                out: &mut [[i32; COLUMNS]],
            ) {
                const HALF: usize = PANEL / 2;

                #[inline]
                #[target_feature(enable = $features)]
                fn some<const COUNT: usize>(
                    panel: &[i8],
                    rows: &[u8],
                    bytes: usize,
                ) -> [[__m256i; 2]; COUNT] {
                    assert!(panel.len() == bytes * PANEL && rows.len() >= COUNT * bytes);
                    let rows: [&[u8]; COUNT] =
                        std::array::from_fn(|row| &rows[row * bytes..][..bytes]);
                    let mut sums = [[_mm256_setzero_si256(); 2]; COUNT];
                    for place in 0..bytes / GROUP {
                        let halves: [__m256i; 2] = std::array::from_fn(|half| {
                            let start = place * STEP + half * (STEP / 2);
                            // SAFETY: `place` is below the number of steps of the panel, whose
                            // length was asserted; no alignment is needed.
                            unsafe { _mm256_loadu_si256(panel.as_ptr().add(start).cast()) }
                        });
                        for (row, sums) in rows.iter().zip(&mut sums) {
                            let own = _mm256_set1_epi32(group(row, place));
                            for (sum, &half) in sums.iter_mut().zip(&halves) {
                                *sum = $multiply(*sum, own, half);
                            }
                        }
                    }
                    sums
                }

                #[inline]
                #[target_feature(enable = "avx2")]
                fn store(sums: [__m256i; 2], out: &mut [i32]) {
                    for (sum, out) in sums.into_iter().zip(out.as_chunks_mut::<HALF>().0) {
                        // SAFETY: the array has 32 writable bytes; no alignment is needed.
                        unsafe { _mm256_storeu_si256(out.as_mut_ptr().cast(), sum) };
                    }
                }

                for (number, panel) in data.chunks_exact((bytes * PANEL).max(1)).enumerate() {
                    let place = number * PANEL..(number + 1) * PANEL;
                    if out.len() == ROWS {
                        let sums = some::<ROWS>(panel, rows, bytes);
                        for (sums, out) in sums.into_iter().zip(&mut *out) {
                            store(sums, &mut out[place.clone()]);
                        }
                    } else {
                        for (row, out) in rows.chunks_exact(bytes.max(1)).zip(&mut *out) {
                            let [sums] = some::<1>(panel, row, bytes);
                            store(sums, &mut out[place.clone()]);
                        }
                    }
                }
            }
        };
    }

    form! {
        products_avxvnni, "avx2,avxvnni",
        |sum, own, half| _mm256_dpbusd_avx_epi32(sum, own, half)
    }

    form! {
        /// Products of bytes are summed in pairs of 16 bits, which would overflow for a shifted
        /// code: it is shifted back, and its sign goes to the other side (127 * 127 * 2 fits).
        products_avx2, "avx2",
        |sum, own, half| {
            let ones = _mm256_set1_epi16(1);
            let own = _mm256_xor_si256(own, _mm256_set1_epi8(-128));
            let pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(own), _mm256_sign_epi8(half, own));
            _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, ones))
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// All forms that this machine has.
    fn each_form(data: &[i8], rows: &[u8], bytes: usize) -> Vec<(&'static str, i32, Tile)> {
        let count = rows.len() / bytes;
        let mut found = Vec::new();
        let mut keep = |name, shift, form: &dyn Fn(&mut [[i32; COLUMNS]])| {
            let mut out = [[0; COLUMNS]; ROWS];
            form(&mut out[..count]);
            found.push((name, shift, out));
        };
        keep("portable", SHIFT, &|out| {
            products_portable(data, rows, bytes, out)
        });
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512vnni") {
                // SAFETY: the features that the function was compiled for were just detected.
                let form = |out: &mut [_]| unsafe { x86::products_avx512(data, rows, bytes, out) };
                keep("avx512", SHIFT, &form);
            }
            if is_x86_feature_detected!("avxvnni") && is_x86_feature_detected!("avx2") {
                // SAFETY: as above.
                let form = |out: &mut [_]| unsafe { x86::products_avxvnni(data, rows, bytes, out) };
                keep("avxvnni", SHIFT, &form);
            }
            if is_x86_feature_detected!("avx2") {
                // SAFETY: as above.
                let form = |out: &mut [_]| unsafe { x86::products_avx2(data, rows, bytes, out) };
                keep("avx2", 0, &form);
            }
        }
        found
    }

    fn packed(codes: &[Vec<i8>], dimension: usize) -> Panels {
        Panels::new(codes.len(), dimension, |row| &codes[row])
    }

    proptest! {
        #[test]
        fn every_form_gives_the_dot_products(
            (dimension, columns, rows) in (1usize..90).prop_flat_map(|dimension| {
                let row = prop::collection::vec(-127i8..=127, dimension);
                (
                    Just(dimension),
                    prop::collection::vec(row.clone(), 1..COLUMNS),
                    prop::collection::vec(row, 1..=ROWS),
                )
            }),
        ) {
            let panels = packed(&columns, dimension);
            let bytes = panels.row_bytes();
            let mut shifted = Vec::new();
            for row in &rows {
                push_shifted(row, bytes, &mut shifted);
            }
            for (name, shift, found) in each_form(&panels.data, &shifted, bytes) {
                for (row, products) in rows.iter().zip(found) {
                    for (column, theirs) in columns.iter().enumerate() {
                        let pairs = row.iter().zip(theirs);
                        let expected: i32 =
                            pairs.map(|(&a, &b)| i32::from(a) * i32::from(b)).sum();
                        let found = products[column] - shift * panels.sums[column];
                        prop_assert_eq!(found, expected, "{}", name);
                    }
                }
            }
            let mut chosen = [[0; COLUMNS]; ROWS];
            tile(&panels, &shifted, 0, &mut chosen);
            let expected: i32 =
                (rows[0].iter().zip(&columns[0])).map(|(&a, &b)| i32::from(a) * i32::from(b)).sum();
            prop_assert_eq!(chosen[0][0], expected);
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
            let expected = i32::from(own) * i32::from(theirs) * 4_096;
            for (name, shift, found) in each_form(&panels.data, &rows, panels.row_bytes()) {
                assert_eq!(
                    found[ROWS - 1][COLUMNS - 1] - shift * panels.sums[0],
                    expected,
                    "{name}"
                );
            }
        }
    }
}
