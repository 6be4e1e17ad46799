//! Texts to vectors: sentence-transformer models behind the [`Encoder`](kindred_core::Encoder)
//! trait of `kindred-core`.
//!
//! [`BuiltIn`] names the encoders that are part of the program, [`load_folder`] takes any
//! sentence-transformers folder of a supported [`Family`], and with the feature `hub` a folder is
//! fetched from a model hub. Nothing else touches the network.
//!
//! Vectors in 32-bit floats are those of the Python library to 1e-5; what other number types
//! change is said at [`Dtype`]. On the CPU a transformer runs without padding,
//! whole texts in chunks, each chunk on one thread; candle loads the weights, computes on other
//! devices and is the reference in the tests.
//!
//! Model files are untrusted: pickles are refused, sizes are capped, every tensor is held against
//! the configuration before it is used, and all files are hashed into the encoder's fingerprint.

mod architecture;
mod bert;
mod built_in;
mod dense;
mod encoder;
mod error;
mod facts;
mod families;
#[cfg(feature = "hub")]
mod hub;
mod hub_cache;
mod kernel;
mod layer_norm;
mod layout;
mod load;
mod model;
mod model_id;
mod model_tokenizer;
mod options;
mod packed;
mod pooling;
mod reference;
mod source;
mod static_embedding;
mod tokens;
mod weights;
mod workers;

pub use built_in::{BuiltIn, BuiltInError, built_in, load_named};
pub use error::{ModelError, WeightsError};
pub use facts::ModelFacts;
#[cfg(feature = "hub")]
pub use hub::{HubError, PullProgress, PullRequest, files_of_a_model, offline_variable, pull};
pub use hub_cache::HubCache;
pub use kernel::{Instructions, InstructionsError};
pub use layout::Family;
pub use load::{inspect_folder, inspect_folder_with, load_folder};
pub use model_id::{ModelId, ModelIdError};
pub use model_tokenizer::ModelTokenizer;
pub use options::{Device, Dtype, DtypeError, LoadOptions};
pub use pooling::Pooling;
