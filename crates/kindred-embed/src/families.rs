//! The families of transformers: each reads its configuration into an [`Architecture`] and its
//! tensors into [`TransformerWeights`].
//!
//! A family is one file. It knows the names and values of `config.json`, refuses what it does not
//! compute by name, and lists the tensors that a checkpoint must have, may have and may have in
//! vain. Nothing of a family is known outside of this module.

mod adapter;
mod bert;
mod distilbert;
mod modernbert;
mod mpnet;
mod nomic_bert;
mod qwen3;
mod roberta;
mod settings;
mod tensors;

use std::fmt;

use candle_core::Device;

use self::adapter::Adapter;
use self::bert::BertConfig;
use self::distilbert::DistilBertConfig;
use self::modernbert::ModernBertConfig;
use self::mpnet::MpnetConfig;
use self::nomic_bert::NomicBertConfig;
use self::qwen3::Qwen3Config;
use self::roberta::RobertaConfig;
use self::tensors::Named;
use crate::architecture::{Architecture, TransformerWeights};
use crate::error::{ModelError, WeightsError};
use crate::layout::Family;
use crate::source::{ModelSource, join};
use crate::weights::{TensorTable, Tensors, WeightFiles};

/// The configuration of one family, read and checked.
trait Configuration: fmt::Debug + Send + Sync {
    /// What is computed.
    fn architecture(&self) -> Architecture;

    /// Rows of the table of token vectors.
    fn vocabulary(&self) -> usize;

    /// What the names of tensors begin with in checkpoints that were saved with a head.
    fn prefix(&self) -> &'static str;

    /// Whether a tensor, its name as the file has it, belongs to a head that sentence vectors do
    /// not use.
    fn is_head(&self, name: &str) -> bool;

    /// The tensors of a checkpoint, their names without the prefix.
    fn table(&self) -> TensorTable;

    /// Takes what the forward pass needs out of tensors that were held against the table.
    fn weights(&self, tensors: &mut Named) -> Result<TransformerWeights, WeightsError>;

    /// What people should know about the model.
    fn notes(&self) -> Vec<String> {
        Vec::new()
    }
}

/// A transformer whose configuration was read and whose files were held against it.
#[derive(Debug)]
pub(crate) struct Transformer {
    architecture: Architecture,
    config: Box<dyn Configuration>,
    prefix: &'static str,
    adapter: Option<Adapter>,
}

impl Transformer {
    /// Reads the configuration of the module in folder `inside` and checks the tensors' names,
    /// shapes and types.
    pub(crate) fn read(
        source: &ModelSource,
        inside: &str,
        family: Family,
        files: &WeightFiles,
    ) -> Result<Self, ModelError> {
        let config = read_config(source, inside, family)?;
        let tensors = files.tensors()?;
        let prefix = config.prefix();
        let has_prefix = tensors.keys().any(|name| name.starts_with(prefix));
        let prefix = if has_prefix { prefix } else { "" };
        files.check_except(prefix, &config.table(), |name| config.is_head(name))?;
        let architecture = config.architecture();
        Ok(Self {
            adapter: Adapter::find(source, inside, family, &architecture)?,
            architecture,
            config,
            prefix,
        })
    }

    /// Returns what is computed.
    pub(crate) fn architecture(&self) -> &Architecture {
        &self.architecture
    }

    /// Returns the number of rows of the table of token vectors.
    pub(crate) fn vocabulary(&self) -> usize {
        self.config.vocabulary()
    }

    /// Returns what people should know about the model.
    pub(crate) fn notes(&self) -> Vec<String> {
        let adapter = self.adapter.as_ref().map(Adapter::note);
        self.config.notes().into_iter().chain(adapter).collect()
    }

    /// Whether the layers have adapters, which are not among [`Self::tensors`].
    pub(crate) fn has_adapter(&self) -> bool {
        self.adapter.is_some()
    }

    /// Loads the tensors that the forward pass uses, under the family's own names.
    pub(crate) fn tensors(
        &self,
        files: &WeightFiles,
        device: &Device,
    ) -> Result<Tensors, ModelError> {
        let table = self.config.table();
        files.load(self.prefix, device, |name| {
            table.get(name).is_some_and(|spec| !spec.any_number)
        })
    }

    /// Loads the weights onto `device`.
    pub(crate) fn load(
        &self,
        files: &WeightFiles,
        device: &Device,
    ) -> Result<TransformerWeights, ModelError> {
        let mut tensors = Named::new(self.tensors(files, device)?);
        let weights = self.config.weights(&mut tensors);
        let mut weights = weights.map_err(|source| files.fault(source))?;
        if let Some(adapter) = &self.adapter {
            adapter.load_into(&mut weights, device)?;
        }
        Ok(weights)
    }
}

fn read_config(
    source: &ModelSource,
    inside: &str,
    family: Family,
) -> Result<Box<dyn Configuration>, ModelError> {
    let file = join(inside, "config.json");
    let missing = || ModelError::Missing {
        folder: source.path(),
        file: file.clone(),
    };
    /// Reads and checks the configuration of type `$config`.
    macro_rules! read {
        ($config:ty) => {{
            let config: $config = source.find_json(&file)?.ok_or_else(missing)?;
            config.check().map_err(|fault| source.fault(&file, fault))?;
            Ok(Box::new(config))
        }};
    }
    match family {
        Family::Bert => read!(BertConfig),
        Family::DistilBert => read!(DistilBertConfig),
        Family::ModernBert => read!(ModernBertConfig),
        Family::Mpnet => read!(MpnetConfig),
        Family::NomicBert => read!(NomicBertConfig),
        Family::Qwen3 => read!(Qwen3Config),
        Family::Roberta | Family::XlmRoberta => read!(RobertaConfig),
        Family::Static => Err(source.fault(&file, "static embeddings have no layers")),
    }
}
