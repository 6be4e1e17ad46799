//! The loops where the time goes, compiled for the vector units that the machine has.
//!
//! The matrix product keeps a tile of sums in registers and adds along the inner dimension in
//! order, so a row's result depends on that row alone and never on what is computed with it. It is
//! written in intrinsics for AVX-512 and AVX2 (`wide`) and in plain Rust (`matrix`). The steps
//! between products (`rows`) are plain Rust, compiled once for each kind of vector unit. The choice
//! is made at run time.

#![expect(
    unsafe_code,
    reason = "calling functions compiled for a probed CPU feature"
)]

mod matrix;
mod rows;
#[cfg(target_arch = "x86_64")]
mod wide;

pub(crate) use self::matrix::{
    Packed, PackedMatrix, Rows, RowsMut, pack_columns, pack_rows, padded,
};
pub(crate) use self::rows::Norm;

/// Levels of vector units, as constants of the compiled bodies.
const PORTABLE: usize = 0;
#[cfg(target_arch = "x86_64")]
const AVX2: usize = 2;
#[cfg(target_arch = "x86_64")]
const AVX512: usize = 512;

/// Whether a fused multiply-add is one instruction at a level (else it would be a library call).
const fn fused(level: usize) -> bool {
    level != PORTABLE || cfg!(target_arch = "aarch64")
}

/// Writes `left * right + bias` to `out`; the bias is that of `right`.
///
/// # Panics
/// If the sizes do not fit.
pub(crate) fn multiply(left: Rows<'_>, right: Packed<'_>, out: RowsMut<'_>) {
    #[cfg(target_arch = "x86_64")]
    {
        if wide::has_avx512() {
            return matrix::multiply(left, right, out, wide::avx512);
        }
        if wide::has_avx2() {
            return matrix::multiply(left, right, out, wide::avx2);
        }
    }
    matrix::multiply(left, right, out, matrix::portable);
}

/// Compiles a body for each level and defines the function that chooses among them.
macro_rules! dispatched {
    ($(#[$attribute:meta])* fn $name:ident($($argument:ident: $kind:ty),* $(,)?) = $module:ident::$body:ident) => {
        $(#[$attribute])*
        pub(crate) fn $name($($argument: $kind),*) {
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx512f")]
                fn avx512($($argument: $kind),*) {
                    $module::$body::<AVX512>($($argument),*);
                }
                #[target_feature(enable = "avx2,fma")]
                fn avx2($($argument: $kind),*) {
                    $module::$body::<AVX2>($($argument),*);
                }
                if is_x86_feature_detected!("avx512f") {
                    // SAFETY: the feature that the function was compiled for was just detected.
                    return unsafe { avx512($($argument),*) };
                }
                if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                    // SAFETY: both features that the function was compiled for were just detected.
                    return unsafe { avx2($($argument),*) };
                }
            }
            $module::$body::<PORTABLE>($($argument),*);
        }
    };
}

dispatched! {
    /// Replaces each value by `x / 2 * (1 + erf(x / sqrt 2))`; absolute error below `3e-7 * |x|`.
    fn gelu(values: &mut [f32]) = rows::gelu
}
dispatched! {
    /// Replaces each value by the approximation of `gelu` that uses a hyperbolic tangent.
    fn gelu_tanh(values: &mut [f32]) = rows::gelu_tanh
}
dispatched! {
    /// Replaces each value by `max(x, 0)`.
    fn relu(values: &mut [f32]) = rows::relu
}
dispatched! {
    /// Replaces the first `columns` values of each row (of `stride` values) by their softmax.
    fn softmax(scores: &mut [f32], stride: usize, columns: usize) = rows::softmax
}
dispatched! {
    /// Adds `delta` to `values`, both `[rows, norm.width]`, and normalises each row.
    fn add_norm(values: &mut [f32], delta: &[f32], norm: Norm<'_>) = rows::add_norm
}

#[cfg(test)]
mod tests;
