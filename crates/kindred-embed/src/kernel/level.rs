//! Which instructions the products use.

use std::fmt;
use std::str::FromStr;

use super::Unit;

/// The instructions that an encoder may use, each level with all before it.
///
/// The processor's own are found at run time; a lower level can be asked for, to compare them or
/// to work around a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Instructions {
    /// Those that every processor of the target has.
    Portable,
    /// AVX2 with fused multiply-add, and AVX-VNNI where it is there.
    Avx2,
    /// AVX-512 (F, BW, VL, DQ), and VNNI and BF16 where they are there.
    Avx512,
    /// The matrix unit of newer Intel processors: AMX tiles of bfloat16 and 8-bit integers.
    Amx,
}

/// A text that names no level of instructions.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a level of instructions, expected portable, avx2, avx512 or amx")]
pub struct InstructionsError {
    /// The text found, shortened.
    pub text: String,
}

impl Instructions {
    /// All levels, the lowest first.
    pub const ALL: [Self; 4] = [Self::Portable, Self::Avx2, Self::Avx512, Self::Amx];

    /// Returns the highest level that this processor and system have.
    pub fn best() -> Self {
        let there = |level: &Self| level.is_there();
        Self::ALL
            .into_iter()
            .rev()
            .find(there)
            .unwrap_or(Self::Portable)
    }

    /// Whether this processor and system have the level.
    pub fn is_there(self) -> bool {
        match self {
            Self::Portable => true,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma"),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => {
                Self::Avx2.is_there()
                    && is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512bw")
                    && is_x86_feature_detected!("avx512vl")
                    && is_x86_feature_detected!("avx512dq")
            }
            #[cfg(target_arch = "x86_64")]
            Self::Amx => {
                Self::Avx512.is_there()
                    && is_x86_feature_detected!("avx512bf16")
                    && is_x86_feature_detected!("avx512vnni")
                    && super::amx::is_there()
            }
            #[cfg(not(target_arch = "x86_64"))]
            Self::Avx2 | Self::Avx512 | Self::Amx => false,
        }
    }

    /// Returns its name: `portable`, `avx2`, `avx512` or `amx`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Portable => "portable",
            Self::Avx2 => "avx2",
            Self::Avx512 => "avx512",
            Self::Amx => "amx",
        }
    }

    /// Returns what multiplies 32-bit floats.
    pub(crate) fn float_unit(self) -> Unit {
        match self {
            Self::Portable => Unit::PortableFloat,
            Self::Avx2 => Unit::Avx2Float,
            Self::Avx512 | Self::Amx => Unit::Avx512Float,
        }
    }

    /// Returns what multiplies 32-bit floats in large matrices.
    pub(crate) fn matrix_unit(self) -> Unit {
        match self {
            Self::Amx => Unit::AmxSplit,
            Self::Portable | Self::Avx2 | Self::Avx512 => self.float_unit(),
        }
    }

    /// Returns what multiplies bfloat16; where nothing does, numbers that were rounded to it are
    /// multiplied as 32-bit floats.
    pub(crate) fn brain_unit(self) -> Unit {
        match self {
            Self::Amx => Unit::AmxBrain,
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 if has_quick_brain() => Unit::Avx512Brain,
            Self::Portable | Self::Avx2 | Self::Avx512 => self.float_unit(),
        }
    }

    /// Returns what multiplies 8-bit integers.
    pub(crate) fn integer_unit(self) -> Unit {
        match self {
            Self::Portable => Unit::PortableInteger,
            Self::Amx => Unit::AmxInteger,
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 if is_x86_feature_detected!("avx512vnni") => Unit::Avx512Integer,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 | Self::Avx512 if is_x86_feature_detected!("avxvnni") => {
                Unit::AvxVnniInteger
            }
            Self::Avx2 | Self::Avx512 => Unit::Avx2Integer,
        }
    }
}

/// Whether `vdpbf16ps` is there and quicker than two multiply-adds of floats. AMD's processors
/// multiply at twice the rate of floats with it; Intel's, whose bfloat16 is made for AMX, at half
/// (`docs/BENCHMARKS.md`).
#[cfg(target_arch = "x86_64")]
fn has_quick_brain() -> bool {
    let vendor = std::arch::x86_64::__cpuid(0);
    let is_intel = [vendor.ebx, vendor.edx, vendor.ecx] == [0x756e_6547, 0x4965_6e69, 0x6c65_746e];
    is_x86_feature_detected!("avx512bf16") && !is_intel
}

impl fmt::Display for Instructions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

impl FromStr for Instructions {
    type Err = InstructionsError;

    fn from_str(text: &str) -> Result<Self, InstructionsError> {
        let found = Self::ALL.into_iter().find(|level| level.as_str() == text);
        found.ok_or_else(|| InstructionsError {
            text: text.chars().filter(|c| !c.is_control()).take(80).collect(),
        })
    }
}
