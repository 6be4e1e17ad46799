//! How much of a pass is matrix products, and how fast it could be if it were nothing else.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use kindred_embed::Dtype;
use serde::{Deserialize, Serialize};

/// The part of `config.json` that decides how much there is to compute.
#[derive(Debug, Deserialize)]
struct Shape {
    num_hidden_layers: usize,
    hidden_size: usize,
    intermediate_size: usize,
}

/// Matrix products of a set of texts, in GFLOP: one multiplication and one addition are two.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct MatmulWork {
    /// Tokens of all texts, special ones included.
    pub tokens: usize,
    /// Queries, keys and values of every layer.
    pub projections_gflop: f64,
    /// The other linear layers.
    pub linear_gflop: f64,
    /// Scores and weighted sums of attention.
    pub attention_gflop: f64,
}

/// Measured rates of one core in GFLOP a second, by the numbers multiplied.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub struct Peaks {
    /// 32-bit floats.
    pub f32: f64,
    /// bfloat16, sums in 32 bits.
    pub bf16: f64,
    /// 8-bit integers, sums in 32 bits.
    pub int8: f64,
}

/// The rate of a pass that does its matrix products at the peak and nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Ceiling {
    /// Texts in a second of processor time at the ceiling.
    pub docs_per_cpu_s: f64,
    /// Measured rate as a share of it.
    pub share: f64,
}

impl MatmulWork {
    /// Counts the work of texts of the given numbers of tokens through the BERT encoder in
    /// `folder`.
    ///
    /// # Errors
    /// If `config.json` cannot be read or lacks a size.
    pub fn count(folder: &Path, tokens: &[usize]) -> Result<Self> {
        let path = folder.join("config.json");
        let shape: Shape = serde_json::from_str(&fs_err::read_to_string(&path)?)
            .with_context(|| format!("reading {}", path.display()))?;
        Ok(Self::of(&shape, tokens))
    }

    fn of(shape: &Shape, tokens: &[usize]) -> Self {
        let layers = shape.num_hidden_layers as f64;
        let (hidden, inner) = (shape.hidden_size as f64, shape.intermediate_size as f64);
        let all: usize = tokens.iter().sum();
        let pairs: usize = tokens.iter().map(|count| count * count).sum();
        let gflop = |products: f64| 2.0 * layers * products / 1e9;
        Self {
            tokens: all,
            projections_gflop: gflop(all as f64 * 3.0 * hidden * hidden),
            linear_gflop: gflop(all as f64 * (hidden * hidden + 2.0 * hidden * inner)),
            attention_gflop: gflop(pairs as f64 * 2.0 * hidden),
        }
    }

    /// Returns the processor seconds that it takes at the peaks.
    ///
    /// Attention is counted at the rate of bfloat16 where linear layers are on integers: its
    /// inputs have no scales that are known before they are computed.
    pub fn seconds(&self, dtype: Dtype, peaks: &Peaks) -> f64 {
        let (projections, linear, attention) = match dtype {
            Dtype::F32 => (peaks.f32, peaks.f32, peaks.f32),
            Dtype::Bf16 => (peaks.bf16, peaks.bf16, peaks.bf16),
            Dtype::Mixed => (peaks.bf16, peaks.int8, peaks.bf16),
            Dtype::Int8 => (peaks.int8, peaks.int8, peaks.bf16),
        };
        self.projections_gflop / projections
            + self.linear_gflop / linear
            + self.attention_gflop / attention
    }

    /// Holds the measured processor seconds of `texts` texts against the ceiling.
    pub fn ceiling(&self, dtype: Dtype, peaks: &Peaks, texts: usize, cpu_s: f64) -> Ceiling {
        let least = self.seconds(dtype, peaks);
        Ceiling {
            docs_per_cpu_s: texts as f64 / least,
            share: least / cpu_s,
        }
    }
}

impl Peaks {
    /// Reads `{"f32": N, "bf16": N, "int8": N}`.
    ///
    /// # Errors
    /// If the file is not that, or a rate is not above zero.
    pub fn read(path: &Path) -> Result<Self> {
        let peaks: Self = serde_json::from_str(&fs_err::read_to_string(path)?)
            .with_context(|| format!("reading the peaks of {}", path.display()))?;
        for (name, rate) in [
            ("f32", peaks.f32),
            ("bf16", peaks.bf16),
            ("int8", peaks.int8),
        ] {
            if rate.is_nan() || rate <= 0.0 {
                bail!(
                    "{}: peak `{name}` is {rate}, expected a rate above 0",
                    path.display()
                );
            }
        }
        Ok(peaks)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: Shape = Shape {
        num_hidden_layers: 1,
        hidden_size: 2,
        intermediate_size: 8,
    };

    #[test]
    fn work_of_one_layer_is_the_sum_of_its_products() {
        let work = MatmulWork::of(&SMALL, &[3, 1]);
        assert_eq!(work.tokens, 4);
        // 4 tokens through three 2 x 2; 4 tokens through 2 x 2, 2 x 8 and 8 x 2.
        assert!((work.projections_gflop * 1e9 - 2.0 * 4.0 * 12.0).abs() < 1e-6);
        assert!((work.linear_gflop * 1e9 - 2.0 * 4.0 * 36.0).abs() < 1e-6);
        // 3 x 3 and 1 x 1 pairs of tokens, two products of width 2 each.
        assert!((work.attention_gflop * 1e9 - 2.0 * 10.0 * 4.0).abs() < 1e-6);
    }

    #[test]
    fn integers_count_for_linear_layers_only() {
        let work = MatmulWork {
            tokens: 1,
            projections_gflop: 8.0,
            linear_gflop: 16.0,
            attention_gflop: 4.0,
        };
        let peaks = Peaks {
            f32: 1.0,
            bf16: 2.0,
            int8: 4.0,
        };
        let seconds = |dtype| work.seconds(dtype, &peaks);
        assert!((seconds(Dtype::F32) - 28.0).abs() < 1e-12);
        assert!((seconds(Dtype::Bf16) - 14.0).abs() < 1e-12);
        assert!((seconds(Dtype::Mixed) - 10.0).abs() < 1e-12);
        assert!((seconds(Dtype::Int8) - 8.0).abs() < 1e-12);
        let ceiling = work.ceiling(Dtype::Int8, &peaks, 16, 16.0);
        assert!((ceiling.share - 0.5).abs() < 1e-12);
        assert!((ceiling.docs_per_cpu_s - 2.0).abs() < 1e-12);
    }
}
