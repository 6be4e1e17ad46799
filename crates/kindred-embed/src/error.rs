//! What can be wrong with a model.

use std::error::Error;
use std::io;
use std::path::PathBuf;

/// Why a model cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// A file that the model cannot do without is not there.
    #[error("model `{}` has no `{file}`", folder.display())]
    Missing {
        /// The model's folder.
        folder: PathBuf,
        /// The file's path inside it.
        file: String,
    },
    /// A file could not be read.
    #[error("model file `{}` could not be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The failure as the system reports it.
        source: io::Error,
    },
    /// A file is larger than any real model's.
    #[error("model file `{}` has {bytes} bytes, expected at most {limit}", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its size.
        bytes: u64,
        /// The largest size that is accepted.
        limit: u64,
    },
    /// A file holds pickled weights, which can run code when they are read.
    #[error(
        "`{}` is a pickled file, which can run code when it is read; get `model.safetensors` of \
         the same model instead",
        path.display()
    )]
    Pickled {
        /// The file.
        path: PathBuf,
    },
    /// A configuration file is not the JSON that it should be.
    #[error("model file `{}` is not a valid configuration", path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// Place and kind of the fault.
        source: serde_json::Error,
    },
    /// A configuration file says something that makes no sense or is not supported.
    #[error("model file `{}`: {fault}", path.display())]
    Setting {
        /// The file.
        path: PathBuf,
        /// The setting, what was found and what is expected.
        fault: String,
    },
    /// The pipeline has a step that is not supported.
    #[error("model `{}` has a module `{module}`, supported are {supported}", folder.display())]
    UnknownModule {
        /// The model's folder.
        folder: PathBuf,
        /// The module's type as `modules.json` has it.
        module: String,
        /// The supported types.
        supported: &'static str,
    },
    /// The architecture is not supported.
    #[error("model `{}` is of type `{model_type}`, supported are {supported}", folder.display())]
    UnknownFamily {
        /// The model's folder.
        folder: PathBuf,
        /// The `model_type` of `config.json`.
        model_type: String,
        /// The supported types.
        supported: &'static str,
    },
    /// The weights are damaged or those of another model.
    #[error("weights `{}` cannot be used", path.display())]
    Weights {
        /// The file.
        path: PathBuf,
        /// The fault.
        source: WeightsError,
    },
    /// The tokenizer could not be built.
    #[error("tokenizer `{}` cannot be used", path.display())]
    Tokenizer {
        /// The file.
        path: PathBuf,
        /// The failure as the tokenizer's library reports it.
        source: Box<dyn Error + Send + Sync>,
    },
    /// An option does not fit the model.
    #[error("option `{option}` is {found}, expected {expected}")]
    Option {
        /// The option's name.
        option: &'static str,
        /// Its value.
        found: usize,
        /// What the model allows.
        expected: String,
    },
    /// The device is not there or this program was built without it.
    #[error("device `{device}` cannot be used")]
    Device {
        /// The device.
        device: String,
        /// The failure as the tensor library reports it.
        source: Box<dyn Error + Send + Sync>,
    },
}

/// What is wrong with a file of weights.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WeightsError {
    /// The file is shorter than its header says.
    #[error("the file has {found} bytes, its header says {expected}")]
    Truncated {
        /// Bytes that the header accounts for.
        expected: u64,
        /// Bytes there are.
        found: u64,
    },
    /// The header is too long to be that of a model.
    #[error("the header has {bytes} bytes, expected at most {limit}")]
    HeaderTooLarge {
        /// Its length.
        bytes: u64,
        /// The longest accepted.
        limit: u64,
    },
    /// The header lists more tensors than a model has.
    #[error("the header lists {found} tensors, expected at most {limit}")]
    TooManyTensors {
        /// Tensors it lists.
        found: usize,
        /// The most accepted.
        limit: usize,
    },
    /// The file is not in the safetensors format.
    #[error("not a safetensors file")]
    Format {
        /// The fault.
        source: safetensors::SafeTensorError,
    },
    /// The file is not the one that was hashed a moment ago.
    #[error("the file changed while it was read; try again")]
    Changed,
    /// A tensor of the architecture is not there.
    #[error("no tensor `{name}`")]
    MissingTensor {
        /// Its name.
        name: String,
    },
    /// There is a tensor that the architecture does not have.
    #[error("tensor `{name}` does not belong to this architecture")]
    UnknownTensor {
        /// Its name.
        name: String,
    },
    /// A tensor has the wrong shape.
    #[error("tensor `{name}` has shape {found:?}, expected {expected:?}")]
    Shape {
        /// Its name.
        name: String,
        /// The shape that the configuration asks for.
        expected: Vec<usize>,
        /// The shape found.
        found: Vec<usize>,
    },
    /// A tensor has a type of number that is not supported.
    #[error("tensor `{name}` holds {found}, expected {expected}")]
    Type {
        /// Its name.
        name: String,
        /// The types accepted.
        expected: &'static str,
        /// The type found.
        found: String,
    },
    /// A weight is NaN or infinite.
    #[error("tensor `{name}` holds a number that is not finite")]
    NotFinite {
        /// Its name.
        name: String,
    },
    /// The tensor library refused the file.
    #[error("the tensor library refused the weights")]
    Library {
        /// The failure as the tensor library reports it.
        source: candle_core::Error,
    },
}
