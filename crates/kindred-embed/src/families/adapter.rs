//! The adapter of SPECTER2: a bottleneck behind each feed-forward block of a BERT.
//!
//! `AdapterHub`'s library knows many kinds; the one that SPECTER2 has (`seq_bn`, once `pfeiffer`) is
//! computed, and a setting that makes it another one is refused by name. The settings are in
//! `adapter_config.json`, beside the model's `config.json` or in the folder `adapter`, and the
//! weights beside them in `adapter.safetensors`.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::settings::{check_sizes, shortened};
use super::tensors::{Named, TableBuilder};
use crate::architecture::{AdapterWeights, Architecture, TransformerWeights};
use crate::error::{ModelError, WeightsError};
use crate::layout::Family;
use crate::source::{ModelSource, join};
use crate::weights::WeightFiles;

/// Folders inside the module that an adapter may be in.
const FOLDERS: [&str; 2] = ["", "adapter"];
const CONFIG: &str = "adapter_config.json";
const WEIGHTS: &str = "adapter.safetensors";
const PICKLED: &str = "pytorch_adapter.bin";
/// What the names of tensors begin with if a model with a head saved them.
const PREFIX: &str = "bert.";

/// An adapter whose settings and tensors were checked.
#[derive(Debug)]
pub(super) struct Adapter {
    name: String,
    width: usize,
    prefix: &'static str,
    files: WeightFiles,
}

#[derive(Debug, Deserialize)]
struct AdapterFile {
    #[serde(default)]
    name: String,
    #[serde(default)]
    model_type: Option<String>,
    /// There in adapters of the PEFT library (`LoRA` and others).
    #[serde(default)]
    peft_type: Option<String>,
    #[serde(default)]
    config: Map<String, Value>,
}

impl Adapter {
    /// Reads the adapter of the module in folder `inside`; `None` if there is none.
    pub(super) fn find(
        source: &ModelSource,
        inside: &str,
        family: Family,
        architecture: &Architecture,
    ) -> Result<Option<Self>, ModelError> {
        for folder in FOLDERS {
            let at = |file: &str| join(inside, &join(folder, file));
            let Some(config) = source.find_json::<AdapterFile>(&at(CONFIG))? else {
                continue;
            };
            let fault = |text: String| source.fault(&at(CONFIG), text);
            if family != Family::Bert {
                let found = family.as_str();
                return Err(fault(format!("it adapts `{found}`, supported is `bert`")));
            }
            let width = config.check(architecture).map_err(fault)?;
            let Some(files) = WeightFiles::read_file(source, &at(WEIGHTS))? else {
                return Err(missing_weights(source, &at(WEIGHTS), &at(PICKLED)));
            };
            return Self::new(config.name, width, files, architecture).map(Some);
        }
        Ok(None)
    }

    fn new(
        name: String,
        width: usize,
        files: WeightFiles,
        architecture: &Architecture,
    ) -> Result<Self, ModelError> {
        let tensors = files.tensors()?;
        let has_prefix = tensors.keys().any(|name| name.starts_with(PREFIX));
        let prefix = if has_prefix { PREFIX } else { "" };
        let hidden = architecture.hidden;
        let mut table = TableBuilder::default();
        for layer in 0..architecture.layers.len() {
            table.linear(&down(layer, &name), width, hidden, true);
            table.linear(&up(layer, &name), hidden, width, true);
        }
        files.check(prefix, &table.finish())?;
        Ok(Self {
            name,
            width,
            prefix,
            files,
        })
    }

    /// Loads the weights into the layers of `weights`.
    pub(super) fn load_into(
        &self,
        weights: &mut TransformerWeights,
        device: &candle_core::Device,
    ) -> Result<(), ModelError> {
        let mut tensors = Named::new(self.files.load(self.prefix, device, |_| true)?);
        let fault = |source: WeightsError| self.files.fault(source);
        for (number, layer) in weights.layers.iter_mut().enumerate() {
            layer.adapter = Some(AdapterWeights {
                down: tensors.linear(&down(number, &self.name)).map_err(fault)?,
                up: tensors.linear(&up(number, &self.name)).map_err(fault)?,
            });
        }
        Ok(())
    }

    /// Describes the adapter.
    pub(super) fn note(&self) -> String {
        format!(
            "adapter `{}` of width {}",
            shortened(&self.name),
            self.width
        )
    }
}

impl AdapterFile {
    /// Holds the settings against what is computed and returns the width of the bottleneck.
    fn check(&self, architecture: &Architecture) -> Result<usize, String> {
        if let Some(kind) = &self.peft_type {
            return Err(format!(
                "it is an adapter of type `{}`, supported are bottlenecks as SPECTER2 has them; \
                 merge it into the model instead",
                shortened(kind)
            ));
        }
        match self.model_type.as_deref() {
            None | Some("bert") => {}
            Some(other) => {
                let other = shortened(other);
                return Err(format!("it is for a `{other}`, supported is `bert`"));
            }
        }
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_[]".contains(c);
        if self.name.is_empty() || self.name.len() > 80 || !self.name.chars().all(plain) {
            return Err(format!(
                "`name` is {:?}, expected a word",
                shortened(&self.name)
            ));
        }
        for (name, expected, default) in settings() {
            let found = self.config.get(name).unwrap_or(&default);
            // 1 and 1.0 are the same number.
            let number = found.as_f64().filter(|_| found.is_number());
            let same = *found == expected || number.is_some() && number == expected.as_f64();
            if !same {
                let found = shortened(&found.to_string());
                return Err(format!("`{name}` is {found}, supported is {expected}"));
            }
        }
        let reduction = self.config.get("reduction_factor").and_then(Value::as_f64);
        let width = reduction
            .filter(|reduction| *reduction >= 1.0)
            .map(|reduction| bottleneck(architecture.hidden, reduction));
        let width =
            width.ok_or_else(|| "`reduction_factor` is not a number of at least 1".to_owned())?;
        check_sizes(&[("reduction_factor", width, architecture.hidden)])?;
        Ok(width)
    }
}

/// Settings that decide what is computed: name, the only supported value, and what the library
/// takes where the file says nothing.
fn settings() -> [(&'static str, Value, Value); 15] {
    let same = |name, value: Value| (name, value.clone(), value);
    [
        same("architecture", Value::Null),
        ("mh_adapter", false.into(), Value::Null),
        ("output_adapter", true.into(), Value::Null),
        ("non_linearity", "relu".into(), Value::Null),
        ("original_ln_before", true.into(), false.into()),
        same("original_ln_after", true.into()),
        same("residual_before_ln", true.into()),
        same("ln_before", false.into()),
        same("ln_after", false.into()),
        same("is_parallel", false.into()),
        same("scaling", 1.0.into()),
        same("use_gating", false.into()),
        same("inv_adapter", Value::Null),
        same("leave_out", Value::Array(Vec::new())),
        same("phm_layer", false.into()),
    ]
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the quotient is between 0 and the number of components"
)]
fn bottleneck(hidden: usize, reduction: f64) -> usize {
    ((hidden as f64 / reduction).floor() as usize).max(1)
}

fn down(layer: usize, name: &str) -> String {
    format!("encoder.layer.{layer}.output.adapters.{name}.adapter_down.0")
}

fn up(layer: usize, name: &str) -> String {
    format!("encoder.layer.{layer}.output.adapters.{name}.adapter_up")
}

fn missing_weights(source: &ModelSource, file: &str, pickled: &str) -> ModelError {
    // Whatever else is wrong with the file, it is there.
    match source.peek(pickled, 0) {
        Ok(None) => ModelError::Missing {
            folder: source.path(),
            file: file.to_owned(),
        },
        _ => source.fault(
            pickled,
            "it is pickled, which can run code when it is read; \
             `models/convert_adapter.py` writes `adapter.safetensors` of it",
        ),
    }
}
