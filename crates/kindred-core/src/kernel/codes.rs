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

/// What a product has to reach to be of use, on either side.
#[derive(Debug)]
pub(crate) struct Needed {
    /// For each row of the side that is not packed.
    pub(crate) rows: [i32; ROWS],
    /// For each packed row.
    pub(crate) columns: [i32; COLUMNS],
}

/// Multiplies the rows in `rows` (at most [`ROWS`], each shifted and of [`Panels::row_bytes`]) with
/// the [`COLUMNS`] packed rows from `column` on. Returns for each row a bit for each packed row
/// whose product reaches what either of the two needs; those products are in `out`, the rest of
/// which says nothing.
///
/// # Panics
/// If `rows` is no whole number of rows or too many, or `column` no start of a tile.
pub(crate) fn tile(
    panels: &Panels,
    rows: &[u8],
    column: usize,
    needed: &Needed,
    out: &mut Tile,
) -> [u64; ROWS] {
    let bytes = panels.row_bytes();
    assert_eq!(column % COLUMNS, 0, "tiles start at whole panels");
    let count = rows.len() / bytes.max(1);
    assert!(
        rows.len() == count * bytes && count <= ROWS,
        "whole rows of one tile"
    );
    let side = Side {
        data: &panels.data[column * bytes..(column + COLUMNS) * bytes],
        sums: panels.sums[column..column + COLUMNS]
            .first_chunk()
            .expect("the slice has as many"),
        bytes,
    };
    chosen(&side, rows, needed, &mut out[..count])
}

/// The packed side of a tile.
struct Side<'a> {
    /// Whole panels.
    data: &'a [i8],
    /// The sum of each packed row's codes.
    sums: &'a [i32; COLUMNS],
    /// Bytes of a row.
    bytes: usize,
}

fn chosen(
    side: &Side<'_>,
    rows: &[u8],
    needed: &Needed,
    out: &mut [[i32; COLUMNS]],
) -> [u64; ROWS] {
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512vnni") {
            // SAFETY: the features that the function was compiled for were just detected.
            return unsafe { x86::chosen_avx512(side, rows, needed, out) };
        }
        if is_x86_feature_detected!("avxvnni") && is_x86_feature_detected!("avx2") {
            // SAFETY: as above.
            return unsafe { x86::chosen_avxvnni(side, rows, needed, out) };
        }
        if is_x86_feature_detected!("avx2") {
            // SAFETY: as above.
            return unsafe { x86::chosen_avx2(side, rows, needed, out) };
        }
    }
    chosen_portable(side, rows, needed, out)
}

fn chosen_portable(
    side: &Side<'_>,
    rows: &[u8],
    needed: &Needed,
    out: &mut [[i32; COLUMNS]],
) -> [u64; ROWS] {
    let mut chosen = [0; ROWS];
    let rows = rows.chunks_exact(side.bytes.max(1));
    for (place, (row, products)) in rows.zip(out).enumerate() {
        let panels = side.data.chunks_exact(side.bytes * PANEL);
        for (panel, products) in panels.zip(products.as_chunks_mut::<PANEL>().0) {
            *products = [0; PANEL];
            for (step, own) in panel.as_chunks::<STEP>().0.iter().zip(row.as_chunks().0) {
                let own: &[u8; GROUP] = own;
                for (product, theirs) in products.iter_mut().zip(step.as_chunks::<GROUP>().0) {
                    for (&a, &b) in own.iter().zip(theirs) {
                        *product += i32::from(a) * i32::from(b);
                    }
                }
            }
        }
        for (column, (product, sum)) in products.iter_mut().zip(side.sums).enumerate() {
            *product -= SHIFT * sum;
            let is_chosen = *product >= needed.rows[place] || *product >= needed.columns[column];
            chosen[place] |= u64::from(is_chosen) << column;
        }
    }
    chosen
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::{
        __m256i, __m512i, _mm256_abs_epi8, _mm256_add_epi32, _mm256_castsi256_ps,
        _mm256_cmpgt_epi32, _mm256_dpbusd_avx_epi32, _mm256_loadu_si256, _mm256_madd_epi16,
        _mm256_maddubs_epi16, _mm256_min_epi32, _mm256_movemask_ps, _mm256_set1_epi8,
        _mm256_set1_epi16, _mm256_set1_epi32, _mm256_setzero_si256, _mm256_sign_epi8,
        _mm256_slli_epi32, _mm256_storeu_si256, _mm256_sub_epi32, _mm256_xor_si256,
        _mm512_cmpge_epi32_mask, _mm512_dpbusd_epi32, _mm512_loadu_si512, _mm512_min_epi32,
        _mm512_set1_epi32, _mm512_setzero_si512, _mm512_slli_epi32, _mm512_storeu_si512,
        _mm512_sub_epi32,
    };

    use super::{COLUMNS, GROUP, Needed, PANEL, PANELS, ROWS, STEP, Side};

    /// Four components of a row as one number.
    fn group(row: &[u8], place: usize) -> i32 {
        let (groups, _) = row.as_chunks::<GROUP>();
        i32::from_le_bytes(groups[place])
    }

    #[target_feature(enable = "avx512f,avx512vnni")]
    pub(super) fn chosen_avx512(
        side: &Side<'_>,
        rows: &[u8],
        needed: &Needed,
        out: &mut [[i32; COLUMNS]],
    ) -> [u64; ROWS] {
        #[inline]
        #[target_feature(enable = "avx512f")]
        fn lanes(numbers: &[i32; COLUMNS], panel: usize) -> __m512i {
            let (panels, _) = numbers.as_chunks::<PANEL>();
            // SAFETY: the array has 64 readable bytes; no alignment is needed.
            unsafe { _mm512_loadu_si512(panels[panel].as_ptr().cast()) }
        }

        #[inline]
        #[target_feature(enable = "avx512f,avx512vnni")]
        fn some<const COUNT: usize>(
            side: &Side<'_>,
            rows: &[u8],
            needed: (&[i32], &[i32; COLUMNS]),
            out: &mut [[i32; COLUMNS]],
        ) -> [u64; COUNT] {
            let (bytes, panel) = (side.bytes, side.bytes * PANEL);
            assert!(side.data.len() == panel * PANELS && rows.len() >= COUNT * bytes);
            let rows: [&[u8]; COUNT] = std::array::from_fn(|row| &rows[row * bytes..][..bytes]);
            // Codes were shifted by 128, which the sums of the packed rows take back.
            let start: [__m512i; PANELS] = std::array::from_fn(|column| {
                let sums = lanes(side.sums, column);
                _mm512_sub_epi32(_mm512_setzero_si512(), _mm512_slli_epi32::<7>(sums))
            });
            let mut products = [start; COUNT];
            for place in 0..bytes / GROUP {
                let columns: [__m512i; PANELS] = std::array::from_fn(|column| {
                    let start = column * panel + place * STEP;
                    // SAFETY: `place` is below the number of steps of a panel, and each of the
                    // `PANELS` panels has `panel` bytes, as asserted; no alignment is needed.
                    unsafe { _mm512_loadu_si512(side.data.as_ptr().add(start).cast()) }
                });
                for (row, products) in rows.iter().zip(&mut products) {
                    let own = _mm512_set1_epi32(group(row, place));
                    for (product, &column) in products.iter_mut().zip(&columns) {
                        *product = _mm512_dpbusd_epi32(*product, own, column);
                    }
                }
            }
            let least: [__m512i; PANELS] = std::array::from_fn(|column| lanes(needed.1, column));
            let mut chosen = [0; COUNT];
            for (row, (chosen, products)) in chosen.iter_mut().zip(products).enumerate() {
                let own = _mm512_set1_epi32(needed.0[row]);
                let places = out[row].as_chunks_mut::<PANEL>().0;
                for (column, (product, place)) in products.into_iter().zip(places).enumerate() {
                    let least = _mm512_min_epi32(least[column], own);
                    let mask = _mm512_cmpge_epi32_mask(product, least);
                    if mask != 0 {
                        *chosen |= u64::from(mask) << (column * PANEL);
                        // SAFETY: the array has 64 writable bytes; no alignment is needed.
                        unsafe { _mm512_storeu_si512(place.as_mut_ptr().cast(), product) };
                    }
                }
            }
            chosen
        }

        if out.len() == ROWS {
            return some::<ROWS>(side, rows, (&needed.rows, &needed.columns), out);
        }
        let mut chosen = [0; ROWS];
        let rows = rows.chunks_exact(side.bytes.max(1)).zip(&needed.rows);
        for ((chosen, (row, least)), out) in chosen.iter_mut().zip(rows).zip(out) {
            let needed = (std::slice::from_ref(least), &needed.columns);
            [*chosen] = some::<1>(side, row, needed, std::slice::from_mut(out));
        }
        chosen
    }

    /// Makes a form for registers of half a panel, from how four components are multiplied and by
    /// which power of two the codes of the rows are too large in that.
    macro_rules! form {
        (
            $(#[$documentation:meta])*
            $name:ident, $features:literal, $shift:literal, $multiply:expr
        ) => {
            $(#[$documentation])*
            #[target_feature(enable = $features)]
            pub(super) fn $name(
                side: &Side<'_>,
                rows: &[u8],
                needed: &Needed,
                out: &mut [[i32; COLUMNS]],
            ) -> [u64; ROWS] {
                const HALF: usize = PANEL / 2;

                #[inline]
                #[target_feature(enable = "avx2")]
                fn lanes(numbers: &[i32; COLUMNS], half: usize) -> __m256i {
                    let (halves, _) = numbers.as_chunks::<HALF>();
                    // SAFETY: the array has 32 readable bytes; no alignment is needed.
                    unsafe { _mm256_loadu_si256(halves[half].as_ptr().cast()) }
                }

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
                    let mut products = [[_mm256_setzero_si256(); 2]; COUNT];
                    for place in 0..bytes / GROUP {
                        let halves: [__m256i; 2] = std::array::from_fn(|half| {
                            let start = place * STEP + half * (STEP / 2);
                            // SAFETY: `place` is below the number of steps of the panel, whose
                            // length was asserted; no alignment is needed.
                            unsafe { _mm256_loadu_si256(panel.as_ptr().add(start).cast()) }
                        });
                        for (row, products) in rows.iter().zip(&mut products) {
                            let own = _mm256_set1_epi32(group(row, place));
                            for (product, &half) in products.iter_mut().zip(&halves) {
                                *product = $multiply(*product, own, half);
                            }
                        }
                    }
                    products
                }

                /// Finishes half a panel of a row: takes the shift back, compares, stores.
                #[inline]
                #[target_feature(enable = "avx2")]
                fn finish(
                    product: __m256i,
                    sums: __m256i,
                    least: __m256i,
                    out: &mut [i32; HALF],
                ) -> u64 {
                    let product = if $shift == 0 {
                        product
                    } else {
                        _mm256_sub_epi32(product, _mm256_slli_epi32::<$shift>(sums))
                    };
                    let fails = _mm256_castsi256_ps(_mm256_cmpgt_epi32(least, product));
                    let mask = !_mm256_movemask_ps(fails).cast_unsigned() & 0xFF;
                    if mask != 0 {
                        // SAFETY: the array has 32 writable bytes; no alignment is needed.
                        unsafe { _mm256_storeu_si256(out.as_mut_ptr().cast(), product) };
                    }
                    u64::from(mask)
                }

                let mut chosen = [0; ROWS];
                let panels = side.data.chunks_exact((side.bytes * PANEL).max(1));
                for (number, panel) in panels.enumerate() {
                    let mut products = [[_mm256_setzero_si256(); 2]; ROWS];
                    if out.len() == ROWS {
                        products = some::<ROWS>(panel, rows, side.bytes);
                    } else {
                        let rows = rows.chunks_exact(side.bytes.max(1));
                        for (row, products) in rows.zip(&mut products) {
                            [*products] = some::<1>(panel, row, side.bytes);
                        }
                    }
                    for half in 0..2 {
                        let place = number * 2 + half;
                        let (sums, theirs) =
                            (lanes(side.sums, place), lanes(&needed.columns, place));
                        for (row, out) in out.iter_mut().enumerate() {
                            let least =
                                _mm256_min_epi32(theirs, _mm256_set1_epi32(needed.rows[row]));
                            let out = &mut out.as_chunks_mut::<HALF>().0[place];
                            let mask = finish(products[row][half], sums, least, out);
                            chosen[row] |= mask << (place * HALF);
                        }
                    }
                }
                chosen
            }
        };
    }

    form! {
        chosen_avxvnni, "avx2,avxvnni", 7,
        |sum, own, half| _mm256_dpbusd_avx_epi32(sum, own, half)
    }

    form! {
        /// Products of bytes are summed in pairs of 16 bits, which would overflow for a shifted
        /// code: it is shifted back, and its sign goes to the other side (127 * 127 * 2 fits).
        chosen_avx2, "avx2", 0,
        |sum, own, half| {
            let ones = _mm256_set1_epi16(1);
            let own = _mm256_xor_si256(own, _mm256_set1_epi8(-128));
            let pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(own), _mm256_sign_epi8(half, own));
            _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, ones))
        }
    }
}

#[cfg(test)]
mod tests;
