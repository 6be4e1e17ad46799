//! How a model is to be loaded.

use std::fmt;

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

/// Settings of an encoder. All but `device` and `threads` change its fingerprint.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LoadOptions {
    /// Where to compute (default: the CPU). Vectors of devices agree to a cosine of 0.9999.
    pub device: Device,
    /// Tokens to read of a text, special tokens included; `None` (default): as the model says.
    pub max_tokens: Option<usize>,
    /// Dimensions to keep of each vector (Matryoshka truncation); `None` (default): all.
    pub truncate_dimension: Option<usize>,
    /// Threads of the encoder's own pool; `None` (default): the process-wide rayon pool.
    pub threads: Option<usize>,
}
