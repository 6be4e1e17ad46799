//! The linear layer that some models put behind pooling.

use candle_core::Device;
use candle_core::cpu::erf::erf_f32;
use serde::Deserialize;

use crate::error::{ModelError, WeightsError};
use crate::source::{ModelSource, join};
use crate::weights::{TensorSpec, TensorTable, WeightFiles};

const MAX_FEATURES: usize = 65_536;
const WEIGHT: &str = "linear.weight";
const BIAS: &str = "linear.bias";

/// A linear layer and its activation.
#[derive(Debug, Clone)]
pub(crate) struct Dense {
    /// `[outputs, inputs]` row-major.
    weight: Vec<f32>,
    bias: Option<Vec<f32>>,
    activation: DenseActivation,
    shape: DenseShape,
}

/// What is applied to each output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum DenseActivation {
    Gelu,
    Identity,
    Relu,
    Sigmoid,
    Tanh,
}

impl DenseActivation {
    /// Finds the class of `PyTorch` that a configuration names.
    fn from_class(class: &str) -> Option<Self> {
        match class
            .strip_prefix("torch.nn.modules.")?
            .rsplit('.')
            .next()?
        {
            "GELU" => Some(Self::Gelu),
            "Identity" => Some(Self::Identity),
            "ReLU" => Some(Self::Relu),
            "Sigmoid" => Some(Self::Sigmoid),
            "Tanh" => Some(Self::Tanh),
            _ => None,
        }
    }

    fn apply(self, value: f32) -> f32 {
        match self {
            Self::Gelu => {
                let scaled = value * std::f32::consts::FRAC_1_SQRT_2;
                value * 0.5 * (1.0 + erf_f32(scaled))
            }
            // `f32::max` would hide a NaN.
            Self::Relu if value < 0.0 => 0.0,
            Self::Identity | Self::Relu => value,
            Self::Sigmoid => 1.0 / (1.0 + (-value).exp()),
            Self::Tanh => value.tanh(),
        }
    }
}

/// Sizes of a dense layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DenseShape {
    pub(crate) inputs: usize,
    pub(crate) outputs: usize,
}

#[derive(Debug, Deserialize)]
struct DenseConfig {
    in_features: usize,
    out_features: usize,
    #[serde(default = "yes")]
    bias: bool,
    /// The Python library's default is Tanh.
    #[serde(default = "tanh")]
    activation_function: String,
    /// Other modules may read the vectors of tokens; ours are behind pooling.
    #[serde(default)]
    module_input_name: Option<String>,
    #[serde(default)]
    module_output_name: Option<String>,
}

/// The only input and output that is supported.
const SENTENCE: &str = "sentence_embedding";

fn yes() -> bool {
    true
}

fn tanh() -> String {
    "torch.nn.modules.activation.Tanh".to_owned()
}

impl Dense {
    /// Reads and loads the layer in folder `inside`; it must take `inputs` components.
    pub(crate) fn load(
        source: &ModelSource,
        inside: &str,
        inputs: usize,
    ) -> Result<Self, ModelError> {
        let file = join(inside, "config.json");
        let config: DenseConfig = source
            .find_json(&file)?
            .ok_or_else(|| ModelError::Missing {
                folder: source.path(),
                file: file.clone(),
            })?;
        let fault = |text: String| source.fault(&file, text);
        if config.in_features != inputs {
            let found = config.in_features;
            return Err(fault(format!(
                "it takes {found} components, the vectors have {inputs}"
            )));
        }
        if !(1..=MAX_FEATURES).contains(&config.out_features) {
            let found = config.out_features;
            return Err(fault(format!(
                "`out_features` is {found}, expected 1 to {MAX_FEATURES}"
            )));
        }
        let activation =
            DenseActivation::from_class(&config.activation_function).ok_or_else(|| {
                let found: String = config.activation_function.chars().take(80).collect();
                fault(format!(
                    "activation `{found}`, supported: GELU, Identity, ReLU, Sigmoid, Tanh"
                ))
            })?;
        for name in [&config.module_input_name, &config.module_output_name] {
            if let Some(other) = name.as_deref().filter(|name| *name != SENTENCE) {
                let found: String = other.chars().take(80).collect();
                return Err(fault(format!(
                    "it works on `{found}`, supported is `{SENTENCE}`"
                )));
            }
        }
        let shape = DenseShape {
            inputs,
            outputs: config.out_features,
        };
        let files = WeightFiles::read(source, inside)?;
        let mut table = TensorTable::new();
        table.insert(
            WEIGHT.to_owned(),
            TensorSpec::required(&[shape.outputs, shape.inputs]),
        );
        if config.bias {
            table.insert(BIAS.to_owned(), TensorSpec::required(&[shape.outputs]));
        }
        files.check("", &table)?;
        let tensors = files.load("", &Device::Cpu, |_| true)?;
        let numbers = |name: &str| {
            let tensor = tensors.get(name);
            let numbers = tensor.map(|tensor| tensor.flatten_all()?.to_vec1::<f32>());
            let library = |source| files.fault(WeightsError::Library { source });
            numbers.transpose().map_err(library)
        };
        Ok(Self {
            weight: numbers(WEIGHT)?.expect("the tensor was checked for"),
            bias: numbers(BIAS)?,
            activation,
            shape,
        })
    }

    /// Returns the sizes.
    pub(crate) fn shape(&self) -> DenseShape {
        self.shape
    }

    /// Applies the layer to one vector.
    pub(crate) fn apply(&self, vector: &[f32]) -> Vec<f32> {
        let rows = self.weight.chunks_exact(self.shape.inputs);
        rows.enumerate()
            .map(|(output, row)| {
                let bias = self.bias.as_ref().map_or(0.0, |bias| bias[output]);
                let value = kindred_core::dot(row, vector) + bias;
                self.activation.apply(value)
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn activations_are_those_of_pytorch() {
        // torch.nn.NAME()(torch.tensor([-1.5, 0.0, 0.7])), PyTorch 2.15.
        let expected = [
            ("GELU", [-0.100_210_8, 0.0, 0.530_625_46]),
            ("Identity", [-1.5, 0.0, 0.7]),
            ("ReLU", [0.0, 0.0, 0.7]),
            ("Sigmoid", [0.182_425_53, 0.5, 0.668_187_8]),
            ("Tanh", [-0.905_148_27, 0.0, 0.604_367_8]),
        ];
        for (name, values) in expected {
            let class = format!("torch.nn.modules.activation.{name}");
            let class = class.replace("activation.Identity", "linear.Identity");
            let activation = DenseActivation::from_class(&class).unwrap();
            for (input, expected) in [-1.5_f32, 0.0, 0.7].into_iter().zip(values) {
                let found = activation.apply(input);
                assert!((found - expected).abs() < 1e-6, "{name}({input}) = {found}");
            }
            assert!(activation.apply(f32::NAN).is_nan(), "{name}");
        }
        assert_eq!(DenseActivation::from_class("custom.activation.GELU"), None);
        assert_eq!(
            DenseActivation::from_class("torch.nn.modules.activation.ELU"),
            None
        );
    }
}
