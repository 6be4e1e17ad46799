//! Which encoder a library's vectors are made with, and with which settings.
//!
//! The settings are chosen once, when an encoder is first used in a library, and stored in it: a
//! library that moves to another machine is embedded there with the same numbers. The device is no
//! setting but a matter of the machine, and is never stored.

mod measured;

use std::path::PathBuf;

use kindred_core::{Encoder, Fingerprint};
use kindred_embed::{Device, Dtype, Family, LoadOptions, ModelFacts};
use serde::{Deserialize, Serialize};

use self::measured::quickest_dtype;
use crate::{EngineError, ModelShelf};

/// Where an encoder's files are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ModelOrigin {
    /// Inside the program.
    BuiltIn,
    /// In a folder on disk.
    Folder(PathBuf),
}

/// How much of a vector or of a text an encoder keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// As much as the model does by itself.
    OfModel,
    /// This much.
    Is(usize),
}

impl Extent {
    /// Takes what is stored: nothing where it is the model's own.
    fn stored(number: Option<usize>) -> Self {
        number.map_or(Self::OfModel, Self::Is)
    }

    /// Returns the number that is asked for, if it is not `usual`: what the model does anyway is no
    /// setting.
    fn unless(self, usual: Option<usize>) -> Option<usize> {
        match self {
            Self::OfModel => None,
            Self::Is(number) => Some(number).filter(|number| Some(*number) != usual),
        }
    }
}

/// What may be asked for when an encoder is chosen.
///
/// What is left open is as the library had it when it last used the encoder, else the default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct EncoderOptions {
    /// Numbers to compute with.
    pub dtype: Option<Dtype>,
    /// Dimensions to keep of each vector, at most the model's.
    pub dimension: Option<Extent>,
    /// Tokens to read of a text, special ones included.
    pub max_tokens: Option<Extent>,
}

impl EncoderOptions {
    /// Fills what is open from `other`.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            dtype: self.dtype.or(other.dtype),
            dimension: self.dimension.or(other.dimension),
            max_tokens: self.max_tokens.or(other.max_tokens),
        }
    }
}

/// The encoder that a library's vectors are made with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EncoderChoice {
    /// Name for people.
    pub name: String,
    /// Where its files are.
    pub origin: ModelOrigin,
    /// What its files and settings were when it was chosen.
    pub fingerprint: Fingerprint,
    /// Dimensions of its vectors.
    pub dimension: usize,
    /// Its architecture, as [`ModelFacts`] names it.
    #[serde(default)]
    pub family: String,
    /// Numbers that it computes with; 32-bit floats in libraries that do not say.
    #[serde(default)]
    pub dtype: Dtype,
    /// Dimensions that are kept of each vector; absent: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept_dimension: Option<usize>,
    /// Tokens that are read of a text; absent: as the model says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_tokens: Option<usize>,
}

impl EncoderChoice {
    /// Returns the options that load the encoder again.
    pub fn options(&self) -> EncoderOptions {
        EncoderOptions {
            dtype: Some(self.dtype),
            dimension: Some(Extent::stored(self.kept_dimension)),
            max_tokens: Some(Extent::stored(self.max_tokens)),
        }
    }

    /// Loads the encoder for `device`. Only the CPU computes in other numbers than 32-bit floats;
    /// those have one fingerprint on all devices.
    ///
    /// # Errors
    /// [`EngineError::DeviceDtype`] if the device does not compute in the encoder's numbers,
    /// [`EngineError::DeviceNotBuilt`] if this program knows no such device,
    /// [`EngineError::EncoderChanged`] if its files are not those that were chosen,
    /// [`EngineError::Model`] if they cannot be loaded.
    pub(crate) fn load(&self, device: Device) -> Result<Box<dyn Encoder>, EngineError> {
        check_device(device)?;
        if device != Device::Cpu && self.dtype != Dtype::F32 {
            return Err(EngineError::DeviceDtype {
                name: self.name.clone(),
                device,
                dtype: self.dtype,
            });
        }
        let encoder = load(&self.origin, &self.load_options(device))?;
        if *encoder.fingerprint() != self.fingerprint {
            return Err(EngineError::EncoderChanged {
                name: self.name.clone(),
                expected: self.fingerprint.clone(),
                found: encoder.fingerprint().clone(),
            });
        }
        Ok(encoder)
    }

    fn load_options(&self, device: Device) -> LoadOptions {
        LoadOptions {
            device,
            dtype: self.dtype,
            truncate_dimension: self.kept_dimension,
            max_tokens: self.max_tokens,
            ..LoadOptions::default()
        }
    }

    /// Turns what is known of the model into what is true of it with these settings.
    pub(crate) fn applied_to(&self, facts: ModelFacts) -> ModelFacts {
        let mut facts = facts;
        facts.dimension = self.dimension;
        facts.max_tokens = self.max_tokens.or(facts.max_tokens);
        facts.fingerprint = self.fingerprint.clone();
        facts
    }
}

/// An encoder that was loaded with its settings and can be put to use.
#[derive(Debug)]
pub struct PreparedEncoder {
    pub(crate) choice: EncoderChoice,
    pub(crate) encoder: Box<dyn Encoder>,
    notes: Vec<String>,
}

impl PreparedEncoder {
    /// Loads the encoder at `origin` for `device`; no library is touched. Where no number type is
    /// asked for, a transformer takes the quickest that keeps its vectors, found with a few texts.
    /// Other devices than the CPU compute in 32-bit floats whatever is asked for, and that is what
    /// is stored then.
    ///
    /// # Errors
    /// [`EngineError::DeviceNotBuilt`] if this program knows no such device,
    /// [`EngineError::Model`] if the encoder cannot be loaded or an option does not fit it.
    pub fn load(
        origin: &ModelOrigin,
        options: EncoderOptions,
        device: Device,
    ) -> Result<Self, EngineError> {
        check_device(device)?;
        let facts = ModelShelf::inspect(origin)?;
        let is_exact = facts.family == Family::Static || device != Device::Cpu;
        let (dimension, max_tokens) = (options.dimension, options.max_tokens);
        let mut notes = facts.notes;
        let mut choice = EncoderChoice {
            dtype: Dtype::F32,
            kept_dimension: dimension.and_then(|kept| kept.unless(Some(facts.dimension))),
            max_tokens: max_tokens.and_then(|tokens| tokens.unless(facts.max_tokens)),
            name: facts.name,
            origin: origin.clone(),
            fingerprint: facts.fingerprint,
            dimension: facts.dimension,
            family: facts.family.as_str().to_owned(),
        };
        match options.dtype {
            _ if is_exact => {}
            Some(dtype) => choice.dtype = dtype,
            None => {
                let measured = quickest_dtype(origin, &choice.load_options(device))?;
                choice.dtype = measured.dtype;
                notes.push(measured.note());
            }
        }
        let encoder = load(origin, &choice.load_options(device))?;
        choice.fingerprint = encoder.fingerprint().clone();
        choice.dimension = encoder.dimension();
        Ok(Self {
            choice,
            encoder,
            notes,
        })
    }

    /// Returns what was assumed about the model and what it wants of its users, for people.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Returns what a library stores of it.
    pub fn choice(&self) -> &EncoderChoice {
        &self.choice
    }
}

/// Returns the numbers that an encoder computes with in a library that never used it, if that is
/// known before it is used.
pub(crate) fn known_dtype(facts: &ModelFacts) -> Option<Dtype> {
    (facts.family == Family::Static).then_some(Dtype::F32)
}

/// Refuses devices that this program was built without.
fn check_device(device: Device) -> Result<(), EngineError> {
    let (feature, is_built) = match device {
        Device::Cpu => return Ok(()),
        Device::Cuda(_) => ("cuda", cfg!(feature = "cuda")),
        Device::Metal(_) => ("metal", cfg!(feature = "metal")),
    };
    if is_built {
        Ok(())
    } else {
        Err(EngineError::DeviceNotBuilt { device, feature })
    }
}

fn load(origin: &ModelOrigin, options: &LoadOptions) -> Result<Box<dyn Encoder>, EngineError> {
    Ok(match origin {
        ModelOrigin::BuiltIn => kindred_embed::built_in_with(options)?,
        ModelOrigin::Folder(folder) => kindred_embed::load_folder(folder, options)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_written_before_there_were_options_loads_the_same_encoder() {
        let now = PreparedEncoder::load(
            &ModelOrigin::BuiltIn,
            EncoderOptions::default(),
            Device::Cpu,
        )
        .unwrap();
        let old = format!(
            "{{\"name\": \"kindred-static\", \"origin\": \"built-in\", \"fingerprint\": \"{}\", \
             \"dimension\": 256}}",
            now.choice().fingerprint
        );
        let old: EncoderChoice = serde_json::from_str(&old).unwrap();
        assert_eq!(old.options(), now.choice().options());
        assert_eq!(
            old.load(Device::Cpu).unwrap().fingerprint(),
            &old.fingerprint
        );
    }

    #[test]
    fn options_make_another_encoder_and_are_stored_with_it() {
        let options = EncoderOptions {
            dimension: Some(Extent::Is(64)),
            max_tokens: Some(Extent::Is(32)),
            ..EncoderOptions::default()
        };
        let whole = PreparedEncoder::load(
            &ModelOrigin::BuiltIn,
            EncoderOptions::default(),
            Device::Cpu,
        )
        .unwrap();
        let short = PreparedEncoder::load(&ModelOrigin::BuiltIn, options, Device::Cpu).unwrap();
        assert_ne!(short.choice().fingerprint, whole.choice().fingerprint);
        assert_eq!(short.choice().dimension, 64);
        let text = serde_json::to_string(short.choice()).unwrap();
        let stored: EncoderChoice = serde_json::from_str(&text).unwrap();
        let again = stored.load(Device::Cpu).unwrap();
        assert_eq!((again.dimension(), again.max_tokens()), (64, Some(32)));
    }

    #[test]
    fn what_a_model_does_anyway_is_no_setting() {
        let options = EncoderOptions {
            dtype: Some(Dtype::Int8),
            dimension: Some(Extent::Is(256)),
            ..EncoderOptions::default()
        };
        let asked = PreparedEncoder::load(&ModelOrigin::BuiltIn, options, Device::Cpu).unwrap();
        let plain = PreparedEncoder::load(
            &ModelOrigin::BuiltIn,
            EncoderOptions::default(),
            Device::Cpu,
        )
        .unwrap();
        assert_eq!(asked.choice(), plain.choice());
    }

    #[test]
    fn a_setting_goes_back_to_the_models_own() {
        let load = |options| PreparedEncoder::load(&ModelOrigin::BuiltIn, options, Device::Cpu);
        let short = EncoderOptions {
            dimension: Some(Extent::Is(64)),
            max_tokens: Some(Extent::Is(32)),
            ..EncoderOptions::default()
        };
        let back = EncoderOptions {
            dimension: Some(Extent::OfModel),
            max_tokens: Some(Extent::OfModel),
            ..EncoderOptions::default()
        };
        let stored = load(short).unwrap().choice().options();
        let again = load(back.or(stored)).unwrap();
        assert_eq!(
            again.choice(),
            load(EncoderOptions::default()).unwrap().choice()
        );
    }

    #[cfg(not(feature = "cuda"))]
    #[test]
    fn a_device_that_was_not_built_is_refused_by_name() {
        let cuda = Device::Cuda(1);
        let options = EncoderOptions::default();
        let error = PreparedEncoder::load(&ModelOrigin::BuiltIn, options, cuda).unwrap_err();
        assert!(error.to_string().contains("`cuda:1`"), "{error}");
        assert!(error.hints()[0].contains("--features cuda"), "{error:?}");
    }
}
