//! How a model is to be loaded.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::kernel::Instructions;

/// Where a model computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Device {
    /// The processor, always there; the default and the reference.
    #[default]
    Cpu,
    /// An NVIDIA GPU by its number; needs the feature `cuda`.
    Cuda(usize),
    /// An Apple GPU by its number; needs the feature `metal`.
    Metal(usize),
}

impl fmt::Display for Device {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cpu => formatter.write_str("cpu"),
            Self::Cuda(number) => write!(formatter, "cuda:{number}"),
            Self::Metal(number) => write!(formatter, "metal:{number}"),
        }
    }
}

/// The numbers that a transformer computes its linear layers with.
///
/// Every machine computes every one of them, slower where its processor has no instructions for
/// it; vectors of different types are never mixed, as each has a fingerprint of its own. Cosines
/// to the vectors of 32-bit floats are the least of 2,000 real abstracts with MiniLM
/// (`docs/BENCHMARKS.md`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Dtype {
    /// 32-bit floats: the Python library's vectors to 1e-5. Where the processor multiplies bfloat16
    /// in tiles (AMX), large matrices are held as sums of two of them, which keep 16 bits.
    #[default]
    F32,
    /// Weights and inputs of linear layers and attention rounded to bfloat16, sums in 32 bits:
    /// cosine at least 0.9999.
    Bf16,
    /// Linear layers on 8-bit integers: weights scaled for each output, inputs for each token;
    /// attention as in `Bf16`. Cosine at least 0.998.
    Int8,
    /// As `Int8`, with queries, keys and values computed as in `Bf16`: cosine at least 0.999.
    Mixed,
}

/// A text that names no number type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a number type, expected f32, bf16, int8 or mixed")]
pub struct DtypeError {
    /// The text found, shortened.
    pub text: String,
}

impl Dtype {
    /// All of them, the most exact first.
    pub const ALL: [Self; 4] = [Self::F32, Self::Bf16, Self::Mixed, Self::Int8];

    /// Returns its name: `f32`, `bf16`, `int8` or `mixed`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::Bf16 => "bf16",
            Self::Int8 => "int8",
            Self::Mixed => "mixed",
        }
    }
}

impl fmt::Display for Dtype {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

impl FromStr for Dtype {
    type Err = DtypeError;

    fn from_str(text: &str) -> Result<Self, DtypeError> {
        let found = Self::ALL.into_iter().find(|dtype| dtype.as_str() == text);
        found.ok_or_else(|| DtypeError {
            text: text.chars().filter(|c| !c.is_control()).take(80).collect(),
        })
    }
}

impl Serialize for Dtype {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl JsonSchema for Dtype {
    fn schema_name() -> Cow<'static, str> {
        "Dtype".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "enum": Self::ALL.map(Self::as_str) })
    }
}

impl<'de> Deserialize<'de> for Dtype {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

/// Settings of an encoder. All but `device`, `instructions` and `threads` change its fingerprint;
/// a device other than the CPU computes in 32-bit floats, and the fingerprint says so.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LoadOptions {
    /// Where to compute (default: the CPU). Vectors of devices agree to a cosine of 0.9999.
    pub device: Device,
    /// Numbers to compute with (default: 32-bit floats). Static embeddings and other devices than
    /// the CPU compute in 32 bits whatever it says.
    pub dtype: Dtype,
    /// Tokens to read of a text, special tokens included; `None` (default): as the model says.
    pub max_tokens: Option<usize>,
    /// Dimensions to keep of each vector (Matryoshka truncation); `None` (default): all.
    pub truncate_dimension: Option<usize>,
    /// Instructions to use at most; `None` (default): the best that the processor has. Vectors of
    /// all levels agree to 1e-5 in 32-bit floats, to a cosine of 0.9999 in bfloat16 and of 0.999 in
    /// the other number types (MiniLM on real abstracts), which is less than what the number type
    /// itself changes; so the level is not part of the fingerprint.
    pub instructions: Option<Instructions>,
    /// Threads of the encoder's own pool for batches; `None` (default): the pool that encoders
    /// share, as large as rayon's. Small calls are computed on the caller's thread.
    pub threads: Option<usize>,
}
