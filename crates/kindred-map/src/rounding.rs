//! Conversions from floating point to whole numbers: nearest, and never outside the type.

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a cast from floating point saturates, which is what is wanted"
)]
mod casts {
    pub(crate) fn to_u8(value: f32) -> u8 {
        value.round() as u8
    }
    pub(crate) fn floor(value: f32) -> usize {
        value.floor() as usize
    }
    pub(crate) fn ceil(value: f32) -> usize {
        value.ceil() as usize
    }
    pub(crate) fn narrow(value: f64) -> f32 {
        value as f32
    }
}

pub(crate) use casts::{ceil, floor, narrow, to_u8};
