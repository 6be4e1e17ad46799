//! Which encoder a library's vectors are made with, and with which settings.
//!
//! The settings are chosen once, when an encoder is first used in a library, and stored in it: a
//! library that moves to another machine is embedded there with the same numbers. The device is no
//! setting but a matter of the machine, and is never stored.

mod measured;
mod stored;

use std::path::PathBuf;
use std::sync::OnceLock;

use kindred_core::{Encoder, Fingerprint};
use kindred_embed::{BuiltIn, Device, Dtype, Family, LoadOptions, ModelFacts};
use serde::{Deserialize, Serialize};

use self::measured::quickest_dtype;
use self::stored::StoredChoice;
use crate::{EngineError, ModelShelf};

/// Numbers that `kindred-small` computes with where nobody asked for any. They are what measuring
/// gives (a test holds them against it); a program that carries its model need not measure it in
/// each new library.
const SMALL_DTYPE: Dtype = Dtype::Int8;

/// Where an encoder's files are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModelOrigin {
    /// Inside the program.
    BuiltIn(BuiltIn),
    /// In a folder on disk.
    Folder(PathBuf),
}

impl Default for ModelOrigin {
    /// The encoder of a library that none was chosen for.
    fn default() -> Self {
        Self::BuiltIn(BuiltIn::default())
    }
}

impl ModelOrigin {
    /// Describes the encoder as it is with `options`, without loading its weights.
    pub(crate) fn inspect(&self, options: &LoadOptions) -> Result<ModelFacts, EngineError> {
        Ok(match self {
            Self::BuiltIn(built_in) => built_in.inspect(options)?,
            Self::Folder(folder) => kindred_embed::inspect_folder_with(folder, options)?,
        })
    }

    fn load(&self, options: &LoadOptions) -> Result<Box<dyn Encoder>, EngineError> {
        Ok(match self {
            Self::BuiltIn(built_in) => built_in.load(options)?,
            Self::Folder(folder) => kindred_embed::load_folder(folder, options)?,
        })
    }
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
#[serde(try_from = "StoredChoice", into = "StoredChoice")]
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
    pub family: String,
    /// Numbers that it computes with; 32-bit floats in libraries that do not say.
    pub dtype: Dtype,
    /// Dimensions that are kept of each vector; absent: all.
    pub kept_dimension: Option<usize>,
    /// Tokens that are read of a text; absent: as the model says.
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
        let encoder = self.origin.load(&self.load_options(device))?;
        if *encoder.fingerprint() != self.fingerprint {
            return Err(EngineError::EncoderChanged {
                name: self.name.clone(),
                origin: self.origin.clone(),
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

    /// Describes the encoder as its files are now, with these settings. Its fingerprint is that of
    /// the choice unless the files are others than those that were chosen.
    pub(crate) fn inspect(&self) -> Result<ModelFacts, EngineError> {
        // Facts are the same for all devices, as only the CPU computes in other numbers than f32.
        self.origin.inspect(&self.load_options(Device::Cpu))
    }

    /// Returns the choice of a library that none was made for.
    ///
    /// # Errors
    /// [`EngineError::Model`] if the program was built with damaged files.
    pub(crate) fn usual() -> Result<Self, EngineError> {
        // It is asked for again and again where no paper has a vector yet.
        static USUAL: OnceLock<EncoderChoice> = OnceLock::new();
        if let Some(choice) = USUAL.get() {
            return Ok(choice.clone());
        }
        // What it is does not depend on the device.
        let options = EncoderOptions::default();
        let (mut choice, _) = choose(&ModelOrigin::default(), options, Device::Cpu)?;
        choice.fingerprint = choice.inspect()?.fingerprint;
        Ok(USUAL.get_or_init(|| choice).clone())
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
        let (mut choice, notes) = choose(origin, options, device)?;
        let encoder = origin.load(&choice.load_options(device))?;
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

/// Settles what is open of an encoder's settings; returns its notes too. The fingerprint is not
/// settled: it is that of default options.
fn choose(
    origin: &ModelOrigin,
    options: EncoderOptions,
    device: Device,
) -> Result<(EncoderChoice, Vec<String>), EngineError> {
    let facts = ModelShelf::inspect(origin)?;
    let is_exact = facts.family == Family::Static || device != Device::Cpu;
    let (dimension, max_tokens) = (options.dimension, options.max_tokens);
    let mut choice = EncoderChoice {
        dtype: Dtype::F32,
        kept_dimension: dimension.and_then(|kept| kept.unless(Some(facts.dimension))),
        max_tokens: max_tokens.and_then(|tokens| tokens.unless(facts.max_tokens)),
        name: facts.name.clone(),
        origin: origin.clone(),
        fingerprint: facts.fingerprint.clone(),
        dimension: facts.dimension,
        family: facts.family.as_str().to_owned(),
    };
    let known = known_dtype(origin, &facts);
    let mut notes = facts.notes;
    match options.dtype.or(known) {
        _ if is_exact => {}
        Some(dtype) => choice.dtype = dtype,
        None => {
            let measured = quickest_dtype(origin, &choice.load_options(device))?;
            choice.dtype = measured.dtype;
            notes.push(measured.note());
        }
    }
    Ok((choice, notes))
}

/// Returns the numbers that an encoder computes with in a library that never used it, if that is
/// known before it is used.
pub(crate) fn known_dtype(origin: &ModelOrigin, facts: &ModelFacts) -> Option<Dtype> {
    match origin {
        _ if facts.family == Family::Static => Some(Dtype::F32),
        ModelOrigin::BuiltIn(BuiltIn::Small) => Some(SMALL_DTYPE),
        ModelOrigin::BuiltIn(BuiltIn::Static) | ModelOrigin::Folder(_) => None,
    }
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

#[cfg(test)]
mod tests;
