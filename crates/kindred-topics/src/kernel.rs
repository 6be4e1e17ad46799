//! Integer dot products, compiled for the vector units that the machine has.
//!
//! Nearly all time of a run goes here. Sums of integers do not depend on their order, so both forms
//! give the same numbers; the choice is made at run time.

#![expect(
    unsafe_code,
    reason = "calling a function compiled for a probed CPU feature, and its unaligned loads"
)]

/// Writes the dot product of `row` with each row of `block` (`[out.len(), row.len()]`, row-major)
/// to `out`. Components are codes in `-127..=127`, so that sums fit.
///
/// # Panics
/// If `block.len() != out.len() * row.len()`.
pub(crate) fn dot_rows(row: &[i16], block: &[i16], out: &mut [i32]) {
    assert_eq!(
        block.len(),
        out.len() * row.len(),
        "one output for each row"
    );
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") {
        // SAFETY: the feature that the function was compiled for was just detected.
        unsafe { dot_rows_avx2(row, block, out) };
        return;
    }
    dot_rows_portable(row, block, out);
}

fn dot_rows_portable(row: &[i16], block: &[i16], out: &mut [i32]) {
    for (other, value) in block.chunks_exact(row.len()).zip(out) {
        *value = dot(row, other);
    }
}

fn dot(left: &[i16], right: &[i16]) -> i32 {
    let products = left.iter().zip(right);
    products.map(|(&a, &b)| i32::from(a) * i32::from(b)).sum()
}

/// Four rows at a time, so that each piece of `row` is loaded once for them.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn dot_rows_avx2(row: &[i16], block: &[i16], out: &mut [i32]) {
    use std::arch::x86_64::{_mm256_add_epi32, _mm256_madd_epi16, _mm256_setzero_si256};

    let (pieces, rest) = row.as_chunks::<LANES>();
    let whole = pieces.len() * LANES;
    let (quads, last) = out.as_chunks_mut::<4>();
    let (quad_rows, last_rows) = block.split_at(quads.len() * 4 * row.len());
    for (rows, values) in quad_rows.chunks_exact(4 * row.len()).zip(quads) {
        let mut sums = [_mm256_setzero_si256(); 4];
        let columns: [&[i16]; 4] =
            std::array::from_fn(|column| &rows[column * row.len()..(column + 1) * row.len()]);
        let chunks = columns.map(|column| column.as_chunks::<LANES>().0);
        for (place, piece) in pieces.iter().enumerate() {
            let own = load(piece);
            for (sum, chunk) in sums.iter_mut().zip(chunks) {
                *sum = _mm256_add_epi32(*sum, _mm256_madd_epi16(own, load(&chunk[place])));
            }
        }
        for ((value, sum), column) in values.iter_mut().zip(sums).zip(columns) {
            *value = add_lanes(sum) + dot(rest, &column[whole..]);
        }
    }
    dot_rows_portable(row, last_rows, last);
}

/// Codes in one vector register.
#[cfg(target_arch = "x86_64")]
const LANES: usize = 16;

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn load(codes: &[i16; LANES]) -> std::arch::x86_64::__m256i {
    // SAFETY: the array holds 32 readable bytes, and this load needs no alignment.
    unsafe { std::arch::x86_64::_mm256_loadu_si256(codes.as_ptr().cast()) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn add_lanes(sum: std::arch::x86_64::__m256i) -> i32 {
    let mut lanes = [0_i32; 8];
    // SAFETY: the array holds 32 writable bytes, and this store needs no alignment.
    unsafe { std::arch::x86_64::_mm256_storeu_si256(lanes.as_mut_ptr().cast(), sum) };
    lanes.iter().sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn both_forms_give_the_same_numbers(
            codes in prop::collection::vec(-127i16..=127, 0..2_000),
            dimension in 1usize..100,
        ) {
            prop_assume!(codes.len() > dimension);
            let (row, block) = codes.split_at(dimension);
            let block = &block[..block.len() / dimension * dimension];
            let mut found = vec![0; block.len() / dimension];
            let mut expected = found.clone();
            dot_rows(row, block, &mut found);
            dot_rows_portable(row, block, &mut expected);
            prop_assert_eq!(&found, &expected);
        }
    }

    #[test]
    fn extreme_codes_do_not_overflow() {
        let row = vec![-127_i16; 4_096];
        let mut found = [0; 5];
        dot_rows(&row, &vec![-127; 5 * 4_096], &mut found);
        assert_eq!(found, [127 * 127 * 4_096; 5]);
    }
}
