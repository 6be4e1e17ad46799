//! Dot products and sums of rows, compiled for the vector units that the machine has.
//!
//! Each body is written once in plain Rust and compiled three times: for AVX-512, for AVX2 with
//! FMA, and for whatever the target guarantees. The choice is made at run time and costs one
//! relaxed load.

#![expect(
    unsafe_code,
    reason = "calling functions compiled for a probed CPU feature, and their unaligned loads"
)]

mod body;
pub(crate) mod codes;
#[cfg(target_arch = "x86_64")]
mod tiles;

/// Makes a function that calls the widest form of a body that the machine can run.
macro_rules! at_run_time {
    (
        $(#[$documentation:meta])*
        $visibility:vis fn $name:ident($($argument:ident: $type:ty),*) $(-> $result:ty)?;
        $check:block
        avx512: $wide:expr, avx2: $middle:expr, portable: $portable:expr
    ) => {
        $(#[$documentation])*
        $visibility fn $name($($argument: $type),*) $(-> $result)? {
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx512f")]
            fn avx512($($argument: $type),*) $(-> $result)? {
                $wide($($argument),*)
            }

            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2,fma")]
            fn avx2($($argument: $type),*) $(-> $result)? {
                $middle($($argument),*)
            }

            $check
            #[cfg(target_arch = "x86_64")]
            {
                if is_x86_feature_detected!("avx512f") {
                    // SAFETY: the feature that the function was compiled for was just detected.
                    return unsafe { avx512($($argument),*) };
                }
                if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                    // SAFETY: both features that the function was compiled for were just detected.
                    return unsafe { avx2($($argument),*) };
                }
            }
            $portable($($argument),*)
        }
    };
}

at_run_time! {
    /// Returns the dot product of two slices of equal length.
    ///
    /// The order of additions depends on the machine's vector width, so results of different
    /// machines may differ in the last bits (relative error below 1e-5 for unit vectors).
    ///
    /// # Panics
    /// If the lengths differ.
    #[inline]
    pub fn dot(left: &[f32], right: &[f32]) -> f32;
    {
        assert_eq!(
            left.len(),
            right.len(),
            "vectors of one space have one dimension"
        );
    }
    avx512: body::dot::<true>, avx2: body::dot::<true>, portable: body::dot::<false>
}

at_run_time! {
    /// Writes the dot product of each vector of `left` with each vector of `right` to `out`,
    /// `[left.len(), right.len()]`, row-major.
    ///
    /// Many at once are several times faster than one by one. The bits of a product depend on the
    /// two vectors and the machine alone, not on what else is asked for; they differ from those of
    /// [`dot`] in rounding. Some tens of vectors on one side keep them in the first caches.
    ///
    /// # Panics
    /// If the vectors' lengths differ or `out` has another length.
    pub fn dot_block(left: &[&[f32]], right: &[&[f32]], out: &mut [f32]);
    {
        assert_eq!(out.len(), left.len() * right.len(), "one output for each pair");
        let length = left.first().map_or(0, |vector| vector.len());
        assert!(
            left.iter().chain(right).all(|vector| vector.len() == length) || out.is_empty(),
            "vectors of one space have one dimension"
        );
    }
    avx512: tiles::dot_block_avx512,
    avx2: tiles::dot_block_avx2,
    portable: body::dot_block_portable
}

at_run_time! {
    /// Adds `coefficients[i]` times `rows[i]` to `sum`, for all `i`.
    ///
    /// # Panics
    /// If there are not as many coefficients as rows, or a row has another length than `sum`.
    pub fn add_rows(coefficients: &[f32], rows: &[&[f32]], sum: &mut [f32]);
    { check_rows(coefficients.len(), rows, sum.len()); }
    avx512: body::add_rows::<f32, true>,
    avx2: body::add_rows::<f32, true>,
    portable: body::add_rows::<f32, false>
}

at_run_time! {
    /// [`add_rows`] with the sum in 64 bits.
    ///
    /// # Panics
    /// As [`add_rows`].
    pub fn add_rows_exactly(coefficients: &[f64], rows: &[&[f32]], sum: &mut [f64]);
    { check_rows(coefficients.len(), rows, sum.len()); }
    avx512: body::add_rows::<f64, true>,
    avx2: body::add_rows::<f64, true>,
    portable: body::add_rows::<f64, false>
}

at_run_time! {
    /// Returns the dot product of a vector with parameters of 64 bits, in which it is summed.
    ///
    /// # Panics
    /// If the lengths differ.
    #[inline]
    pub fn dot_exactly(vector: &[f32], parameters: &[f64]) -> f64;
    {
        assert_eq!(
            vector.len(),
            parameters.len(),
            "vectors of one space have one dimension"
        );
    }
    avx512: body::dot_exactly::<true>,
    avx2: body::dot_exactly::<true>,
    portable: body::dot_exactly::<false>
}

fn check_rows(coefficients: usize, rows: &[&[f32]], length: usize) {
    assert_eq!(coefficients, rows.len(), "one coefficient for each row");
    assert!(
        rows.iter().all(|row| row.len() == length),
        "vectors of one space have one dimension"
    );
}

#[cfg(test)]
mod tests;
