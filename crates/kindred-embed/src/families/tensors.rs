//! Tables of expected tensors, and tensors by name.

use candle_core::Tensor;

use crate::architecture::{LayerWeights, LinearWeights, NormWeights};
use crate::error::WeightsError;
use crate::weights::{TensorSpec, TensorTable, Tensors};

/// Builds the table of a family's tensors.
#[derive(Debug, Default)]
pub(super) struct TableBuilder {
    table: TensorTable,
}

impl TableBuilder {
    /// Adds a tensor that must be there.
    pub(super) fn tensor(&mut self, name: impl Into<String>, shape: &[usize]) {
        self.table.insert(name.into(), TensorSpec::required(shape));
    }

    /// Adds a linear layer: `NAME.weight` of `[outputs, inputs]` and, if it has one, `NAME.bias`.
    pub(super) fn linear(&mut self, name: &str, outputs: usize, inputs: usize, bias: bool) {
        self.tensor(format!("{name}.weight"), &[outputs, inputs]);
        if bias {
            self.tensor(format!("{name}.bias"), &[outputs]);
        }
    }

    /// Adds a normalisation of rows of `width` components.
    pub(super) fn norm(&mut self, name: &str, width: usize, bias: bool) {
        self.tensor(format!("{name}.weight"), &[width]);
        if bias {
            self.tensor(format!("{name}.bias"), &[width]);
        }
    }

    /// Adds a tensor that may be there in vain; `None` at an axis takes any length.
    pub(super) fn ignored(&mut self, name: &str, shape: &[Option<usize>]) {
        let spec = TensorSpec::ignored(shape);
        self.table.insert(name.to_owned(), spec);
    }

    /// Adds a linear layer that may be there in vain.
    pub(super) fn ignored_linear(&mut self, name: &str, outputs: usize, inputs: usize) {
        self.ignored(&format!("{name}.weight"), &[Some(outputs), Some(inputs)]);
        self.ignored(&format!("{name}.bias"), &[Some(outputs)]);
    }

    /// Returns the table.
    pub(super) fn finish(self) -> TensorTable {
        self.table
    }
}

/// Loaded tensors under their family's names; each is taken out once.
#[derive(Debug)]
pub(super) struct Named {
    tensors: Tensors,
}

impl Named {
    pub(super) fn new(tensors: Tensors) -> Self {
        Self { tensors }
    }

    /// Takes a tensor that must be there.
    pub(super) fn take(&mut self, name: &str) -> Result<Tensor, WeightsError> {
        self.tensors
            .remove(name)
            .ok_or_else(|| WeightsError::MissingTensor {
                name: name.to_owned(),
            })
    }

    /// Takes a linear layer; the table decided whether it needs a bias.
    pub(super) fn linear(&mut self, name: &str) -> Result<LinearWeights, WeightsError> {
        Ok(LinearWeights {
            weight: self.take(&format!("{name}.weight"))?,
            bias: self.tensors.remove(&format!("{name}.bias")),
        })
    }

    /// Takes a normalisation; the table decided whether it needs a bias.
    pub(super) fn norm(&mut self, name: &str) -> Result<NormWeights, WeightsError> {
        Ok(NormWeights {
            weight: self.take(&format!("{name}.weight"))?,
            bias: self.tensors.remove(&format!("{name}.bias")),
        })
    }
}

/// Cuts a linear layer into `PARTS` layers of equal width: the first outputs, then the next.
pub(super) fn split<const PARTS: usize>(
    layer: &LinearWeights,
) -> Result<[LinearWeights; PARTS], WeightsError> {
    let cut = |part: usize| -> candle_core::Result<LinearWeights> {
        let outputs = layer.weight.dim(0)? / PARTS;
        let bias = layer.bias.as_ref();
        Ok(LinearWeights {
            weight: layer.weight.narrow(0, part * outputs, outputs)?,
            bias: bias
                .map(|bias| bias.narrow(0, part * outputs, outputs))
                .transpose()?,
        })
    };
    let parts: Vec<LinearWeights> = (0..PARTS)
        .map(cut)
        .collect::<candle_core::Result<_>>()
        .map_err(library)?;
    Ok(parts.try_into().expect("one layer for each part"))
}

/// Turns a failure of the tensor library into one of the weights.
pub(super) fn library(source: candle_core::Error) -> WeightsError {
    WeightsError::Library { source }
}

/// What a family with norms behind each block, and without gates, calls the parts of a layer.
#[derive(Debug, Clone, Copy)]
pub(super) struct LayerNames {
    pub(super) query: &'static str,
    pub(super) key: &'static str,
    pub(super) value: &'static str,
    pub(super) output: &'static str,
    pub(super) attention_norm: &'static str,
    pub(super) up: &'static str,
    pub(super) outer: &'static str,
    pub(super) feed_forward_norm: &'static str,
}

impl LayerNames {
    /// Takes the tensors of layer `number`, whose names begin with `PREFIX.NUMBER.`.
    pub(super) fn take(
        &self,
        tensors: &mut Named,
        prefix: &str,
        number: usize,
    ) -> Result<LayerWeights, WeightsError> {
        let name = |part: &str| format!("{prefix}.{number}.{part}");
        Ok(LayerWeights {
            query: tensors.linear(&name(self.query))?,
            key: tensors.linear(&name(self.key))?,
            value: tensors.linear(&name(self.value))?,
            query_norm: None,
            key_norm: None,
            output: tensors.linear(&name(self.output))?,
            attention_norm: Some(tensors.norm(&name(self.attention_norm))?),
            gate: None,
            up: tensors.linear(&name(self.up))?,
            outer: tensors.linear(&name(self.outer))?,
            adapter: None,
            feed_forward_norm: tensors.norm(&name(self.feed_forward_norm))?,
        })
    }
}
