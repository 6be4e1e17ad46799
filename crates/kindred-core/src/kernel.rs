//! The dot product, compiled for the vector units that the machine has.
//!
//! One body is written once in plain Rust and compiled three times: for AVX-512, for AVX2 with
//! FMA, and for whatever the target guarantees. The choice is made at run time and costs one
//! relaxed load.

#![expect(
    unsafe_code,
    reason = "calling functions compiled for a probed CPU feature"
)]

/// Number of independent accumulators: four AVX-512 registers of sixteen lanes.
const LANES: usize = 64;

/// Returns the dot product of two slices of equal length.
///
/// The order of additions depends on the machine's vector width, so results of different machines
/// may differ in the last bits (relative error below 1e-5 for unit vectors).
///
/// # Panics
/// If the lengths differ.
#[inline]
pub fn dot(left: &[f32], right: &[f32]) -> f32 {
    assert_eq!(
        left.len(),
        right.len(),
        "vectors of one space have one dimension"
    );
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx512f") {
            // SAFETY: the feature that the function was compiled for was just detected.
            return unsafe { dot_avx512(left, right) };
        }
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            // SAFETY: both features that the function was compiled for were just detected.
            return unsafe { dot_avx2(left, right) };
        }
    }
    dot_portable(left, right)
}

/// Writes the dot product of `query` with each row of `rows` (`[out.len(), query.len()]`,
/// row-major) to `out`.
///
/// # Panics
/// If `rows.len() != out.len() * query.len()`.
pub fn dot_rows(query: &[f32], rows: &[f32], out: &mut [f32]) {
    assert_eq!(
        rows.len(),
        out.len() * query.len(),
        "one output for each row"
    );
    if query.is_empty() {
        out.fill(0.0);
        return;
    }
    for (row, value) in rows.chunks_exact(query.len()).zip(out) {
        *value = dot(query, row);
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
fn dot_avx512(left: &[f32], right: &[f32]) -> f32 {
    fused_dot(left, right)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn dot_avx2(left: &[f32], right: &[f32]) -> f32 {
    fused_dot(left, right)
}

/// The body for machines with fused multiply-add.
#[cfg(target_arch = "x86_64")]
#[expect(
    clippy::inline_always,
    reason = "it must be compiled for its caller's features"
)]
#[inline(always)]
fn fused_dot(left: &[f32], right: &[f32]) -> f32 {
    let mut sums = [0.0_f32; LANES];
    let (left_blocks, left_rest) = left.as_chunks::<LANES>();
    let (right_blocks, right_rest) = right.as_chunks::<LANES>();
    for (a, b) in left_blocks.iter().zip(right_blocks) {
        for lane in 0..LANES {
            sums[lane] = a[lane].mul_add(b[lane], sums[lane]);
        }
    }
    for (lane, (a, b)) in left_rest.iter().zip(right_rest).enumerate() {
        sums[lane] = a.mul_add(*b, sums[lane]);
    }
    fold(&mut sums)
}

/// The same sum without fused multiply-add, which would be a library call here.
fn dot_portable(left: &[f32], right: &[f32]) -> f32 {
    let mut sums = [0.0_f32; LANES];
    let (left_blocks, left_rest) = left.as_chunks::<LANES>();
    let (right_blocks, right_rest) = right.as_chunks::<LANES>();
    for (a, b) in left_blocks.iter().zip(right_blocks) {
        for lane in 0..LANES {
            sums[lane] += a[lane] * b[lane];
        }
    }
    for (lane, (a, b)) in left_rest.iter().zip(right_rest).enumerate() {
        sums[lane] += a * b;
    }
    fold(&mut sums)
}

/// Adds the accumulators pairwise, so that vector units can do it too.
#[expect(
    clippy::inline_always,
    reason = "it must be compiled for its caller's features"
)]
#[inline(always)]
fn fold(sums: &mut [f32; LANES]) -> f32 {
    let mut width = LANES / 2;
    while width > 0 {
        for lane in 0..width {
            sums[lane] += sums[lane + width];
        }
        width /= 2;
    }
    sums[0]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pair() -> impl Strategy<Value = (Vec<f32>, Vec<f32>)> {
        (0usize..300).prop_flat_map(|length| {
            let values = prop::collection::vec(-1.0f32..1.0, length);
            (values.clone(), values)
        })
    }

    proptest! {
        #[test]
        fn every_form_agrees_with_f64((left, right) in pair()) {
            let exact: f64 =
                left.iter().zip(&right).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum();
            let magnitude: f64 =
                left.iter().zip(&right).map(|(&a, &b)| f64::from(a * b).abs()).sum();
            let tolerance = 1e-5 * magnitude + 1e-7;
            for found in [dot(&left, &right), dot_portable(&left, &right)] {
                prop_assert!((f64::from(found) - exact).abs() <= tolerance, "{found} {exact}");
            }
        }

        #[test]
        fn rows_give_single_dots(rows in prop::collection::vec(-1.0f32..1.0, 0..8 * 37)) {
            let rows = &rows[..rows.len() / 37 * 37];
            let query: Vec<f32> = (0u8..37).map(|i| f32::from(i) / 37.0).collect();
            let mut out = vec![0.0; rows.len() / 37];
            dot_rows(&query, rows, &mut out);
            for (row, found) in rows.chunks_exact(37).zip(out) {
                prop_assert_eq!(found.to_bits(), dot(&query, row).to_bits());
            }
        }
    }
}
