//! The normalisation of a text's vector that some models put behind pooling.

use candle_core::Device;
use serde::Deserialize;

use crate::error::{ModelError, WeightsError};
use crate::source::{ModelSource, join};
use crate::weights::{TensorSpec, TensorTable, WeightFiles};

/// Added to the variance; not a setting.
const EPSILON: f32 = 1e-5;
const WEIGHT: &str = "norm.weight";
const BIAS: &str = "norm.bias";

/// Mean 0, variance 1, then weight and bias.
#[derive(Debug, Clone)]
pub(crate) struct LayerNorm {
    weight: Vec<f32>,
    bias: Vec<f32>,
}

#[derive(Debug, Deserialize)]
struct LayerNormConfig {
    dimension: usize,
}

impl LayerNorm {
    /// Reads and loads the module in folder `inside`; it must take `inputs` components.
    pub(crate) fn load(
        source: &ModelSource,
        inside: &str,
        inputs: usize,
    ) -> Result<Self, ModelError> {
        let file = join(inside, "config.json");
        let config: LayerNormConfig =
            source
                .find_json(&file)?
                .ok_or_else(|| ModelError::Missing {
                    folder: source.path(),
                    file: file.clone(),
                })?;
        if config.dimension != inputs {
            let found = config.dimension;
            return Err(source.fault(
                &file,
                format!("it takes {found} components, the vectors have {inputs}"),
            ));
        }
        let files = WeightFiles::read(source, inside)?;
        let mut table = TensorTable::new();
        for name in [WEIGHT, BIAS] {
            table.insert(name.to_owned(), TensorSpec::required(&[inputs]));
        }
        files.check("", &table)?;
        let tensors = files.load("", &Device::Cpu, |_| true)?;
        let numbers = |name: &str| {
            let numbers = tensors[name].to_vec1::<f32>();
            numbers.map_err(|source| files.fault(WeightsError::Library { source }))
        };
        Ok(Self {
            weight: numbers(WEIGHT)?,
            bias: numbers(BIAS)?,
        })
    }

    /// Normalises one vector.
    pub(crate) fn apply(&self, vector: &[f32]) -> Vec<f32> {
        let count = vector.len() as f32;
        let mean = vector.iter().sum::<f32>() / count;
        let variance = vector.iter().map(|x| (x - mean).powi(2)).sum::<f32>() / count;
        let deviation = (variance + EPSILON).sqrt();
        let parts = self.weight.iter().zip(&self.bias);
        vector
            .iter()
            .zip(parts)
            .map(|(x, (weight, bias))| (x - mean) / deviation * weight + bias)
            .collect()
    }
}
