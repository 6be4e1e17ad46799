//! Reading and checking the settings that the families share.

use serde::de::Error;
use serde::{Deserialize, Deserializer};

use crate::architecture::Activation;

/// Largest sizes that are accepted; real models stay far below.
pub(super) const MAX_LAYERS: usize = 128;
pub(super) const MAX_WIDTH: usize = 65_536;
pub(super) const MAX_VOCABULARY: usize = 4_000_000;
/// Of positions that need no table.
pub(super) const MAX_POSITIONS: usize = 1 << 20;

/// Names of the functions between the layers of a feed-forward block.
const ACTIVATIONS: [(&str, Activation); 7] = [
    ("gelu", Activation::Gelu),
    ("gelu_new", Activation::GeluTanh),
    ("gelu_pytorch_tanh", Activation::GeluTanh),
    ("gelu_fast", Activation::GeluTanh),
    ("relu", Activation::Relu),
    ("silu", Activation::Silu),
    ("swish", Activation::Silu),
];

/// How positions rotate, where a configuration has a block of settings for it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct Rotation {
    #[serde(default)]
    rope_theta: Option<f64>,
    #[serde(default, alias = "type")]
    rope_type: Option<String>,
}

impl Rotation {
    /// Base of the wavelengths, if the block has it.
    pub(super) fn theta(&self) -> Option<f64> {
        self.rope_theta
    }
}

/// Refuses rotations that are scaled for texts longer than those of the training.
pub(super) fn check_rotation(name: &str, rotation: Option<&Rotation>) -> Result<(), String> {
    match rotation.and_then(|rotation| rotation.rope_type.as_deref()) {
        None | Some("default") => Ok(()),
        Some(other) => Err(format!(
            "`{name}` is of type `{}`, supported is `default`",
            shortened(other)
        )),
    }
}

/// Reads the name of an activation.
pub(super) fn activation<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Activation, D::Error> {
    let name = String::deserialize(deserializer)?;
    let found = ACTIVATIONS.into_iter().find(|(known, _)| *known == name);
    found.map(|(_, activation)| activation).ok_or_else(|| {
        let names = ACTIVATIONS.map(|(name, _)| name).join(", ");
        D::Error::custom(format!(
            "activation `{}`, supported are {names}",
            shortened(&name)
        ))
    })
}

/// Refuses sizes that are 0 or beyond any real model's: name, value and limit of each.
pub(super) fn check_sizes(sizes: &[(&str, usize, usize)]) -> Result<(), String> {
    let wrong = sizes
        .iter()
        .find(|(_, value, limit)| !(1..=*limit).contains(value));
    wrong.map_or(Ok(()), |(name, value, limit)| {
        Err(format!("`{name}` is {value}, expected 1 to {limit}"))
    })
}

/// Refuses a width that the attention heads do not divide.
pub(super) fn check_heads(name: &str, width: usize, heads: usize) -> Result<(), String> {
    if width.is_multiple_of(heads) {
        return Ok(());
    }
    Err(format!(
        "`{name}` is {width}, expected a multiple of the {heads} attention heads"
    ))
}

/// Refuses heads that have no halves to rotate.
pub(super) fn check_even(name: &str, head_size: usize) -> Result<(), String> {
    if head_size.is_multiple_of(2) {
        return Ok(());
    }
    Err(format!("`{name}` is {head_size}, expected an even number"))
}

/// Refuses a number that is not above 0 and below `limit`.
pub(super) fn check_positive(name: &str, value: f64, limit: f64) -> Result<(), String> {
    if value > 0.0 && value < limit {
        return Ok(());
    }
    Err(format!(
        "`{name}` is {value}, expected more than 0, less than {limit}"
    ))
}

/// Refuses positions of another kind than those that are learnt for each place.
pub(super) fn check_absolute(kind: Option<&str>) -> Result<(), String> {
    match kind {
        None | Some("absolute") => Ok(()),
        Some(other) => Err(format!(
            "position embeddings are `{}`, supported is `absolute`",
            shortened(other)
        )),
    }
}

/// Narrows a setting; the forward passes compute in `f32` as the Python library does.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the reference computes in f32 too"
)]
pub(super) fn narrow(value: f64) -> f32 {
    value as f32
}

/// Cuts a text of a file so that it can stand in a message.
pub(super) fn shortened(text: &str) -> String {
    text.chars().take(40).collect()
}
