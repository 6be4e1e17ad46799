//! Files of weights, checked before they are used.
//!
//! A file is held against the table of tensors that the configuration asks for (names, shapes,
//! types) before candle loads it; a number that is not finite is refused. Pickles are never read.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use candle_core::{DType, Device, Tensor};
use safetensors::SafeTensors;
use safetensors::tensor::Dtype;
use serde::Deserialize;

use crate::error::{ModelError, WeightsError};
use crate::source::{MAX_WEIGHTS_BYTES, ModelSource, join};

/// Longest header, in bytes.
const MAX_HEADER_BYTES: u64 = 1 << 20;
/// Most tensors in a model.
const MAX_TENSORS: usize = 4096;
/// Bytes of the header's length before it.
const LENGTH_BYTES: u64 = 8;

const FLOATS: &str = "F32, F16 or BF16";
const NUMBERS: &str = "F64, F32, F16, BF16 or whole numbers";

/// What a tensor must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TensorSpec {
    /// Its shape; `None` at an axis takes any length.
    pub(crate) shape: Vec<Option<usize>>,
    /// Whether the model can do without it.
    pub(crate) optional: bool,
    /// Whether it holds whole numbers or 64-bit ones too.
    pub(crate) any_number: bool,
}

impl TensorSpec {
    /// A tensor of floating-point numbers that must be there.
    pub(crate) fn required(shape: &[usize]) -> Self {
        Self {
            shape: shape.iter().copied().map(Some).collect(),
            optional: false,
            any_number: false,
        }
    }

    /// A tensor of any type of number that must be there.
    pub(crate) fn numbers(shape: &[usize]) -> Self {
        Self {
            any_number: true,
            ..Self::required(shape)
        }
    }

    /// A tensor of any type that is of no use to the model.
    pub(crate) fn ignored(shape: &[Option<usize>]) -> Self {
        Self {
            shape: shape.to_vec(),
            optional: true,
            any_number: true,
        }
    }
}

/// The tensors of an architecture by name.
pub(crate) type TensorTable = BTreeMap<String, TensorSpec>;

/// Loaded tensors by name.
pub(crate) type Tensors = HashMap<String, Tensor>;

/// Files of weights as they were read, not yet tensors.
#[derive(Debug)]
pub(crate) struct WeightFiles {
    files: Vec<(PathBuf, Cow<'static, [u8]>)>,
}

/// Shape and type of a tensor as the file has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TensorFacts {
    pub(crate) shape: Vec<usize>,
    pub(crate) kind: Dtype,
}

#[derive(Deserialize)]
struct ShardIndex {
    weight_map: BTreeMap<String, String>,
}

impl WeightFiles {
    /// Reads `model.safetensors` of a module, or the shards that its index names.
    pub(crate) fn read(source: &ModelSource, inside: &str) -> Result<Self, ModelError> {
        let single = join(inside, "model.safetensors");
        if let Some(bytes) = source.find(&single, MAX_WEIGHTS_BYTES)? {
            return Ok(Self {
                files: vec![(source.path_of(&single), bytes)],
            });
        }
        let index_file = join(inside, "model.safetensors.index.json");
        let Some(index) = source.find_json::<ShardIndex>(&index_file)? else {
            return Err(source.missing_weights(inside));
        };
        let mut names: Vec<&String> = index.weight_map.values().collect();
        names.sort();
        names.dedup();
        let mut files = Vec::new();
        for name in names {
            if name.contains(['/', '\\', ':', '\0']) || !name.ends_with(".safetensors") {
                return Err(source.fault(&index_file, format!("{name:?} is not a shard's name")));
            }
            let file = join(inside, name);
            let shard = Self {
                files: vec![(
                    source.path_of(&file),
                    source.read(&file, MAX_WEIGHTS_BYTES)?,
                )],
            };
            shard.check_index(name, &index)?;
            files.extend(shard.files);
        }
        Ok(Self { files })
    }

    /// Reads one file of weights; `None` if it is not there.
    pub(crate) fn read_file(source: &ModelSource, file: &str) -> Result<Option<Self>, ModelError> {
        let bytes = source.find(file, MAX_WEIGHTS_BYTES)?;
        Ok(bytes.map(|bytes| Self {
            files: vec![(source.path_of(file), bytes)],
        }))
    }

    /// Checks that this shard, `shard` in the index, has the tensors that the index says it has,
    /// and no others, so that no tensor is there twice.
    fn check_index(&self, shard: &str, index: &ShardIndex) -> Result<(), ModelError> {
        let tensors = self.tensors()?;
        let places = &index.weight_map;
        let other = |name: &&String| places.get(*name).is_none_or(|place| place != shard);
        if let Some(name) = tensors.keys().find(other) {
            let name = name.clone();
            return Err(self.fault(WeightsError::UnknownTensor { name }));
        }
        let mut promised = places.iter().filter(|(_, place)| *place == shard);
        match promised.find(|(name, _)| !tensors.contains_key(*name)) {
            Some((name, _)) => Err(self.fault(WeightsError::MissingTensor { name: name.clone() })),
            None => Ok(()),
        }
    }

    /// Lists the tensors of all files.
    pub(crate) fn tensors(&self) -> Result<BTreeMap<String, TensorFacts>, ModelError> {
        let mut all = BTreeMap::new();
        for (path, bytes) in &self.files {
            let fault = |source| ModelError::Weights {
                path: path.clone(),
                source,
            };
            let (_, metadata) = checked_header(bytes).map_err(fault)?;
            let facts = metadata.tensors().into_iter().map(|(name, info)| {
                let facts = TensorFacts {
                    shape: info.shape.clone(),
                    kind: info.dtype,
                };
                (name, facts)
            });
            all.extend(facts);
        }
        Ok(all)
    }

    /// Returns the first file's path, for messages.
    pub(crate) fn path(&self) -> PathBuf {
        self.files
            .first()
            .map(|(path, _)| path.clone())
            .unwrap_or_default()
    }

    /// Makes an error about these weights.
    pub(crate) fn fault(&self, source: WeightsError) -> ModelError {
        ModelError::Weights {
            path: self.path(),
            source,
        }
    }

    /// Holds the tensors against `table`, their names without `prefix`.
    pub(crate) fn check(&self, prefix: &str, table: &TensorTable) -> Result<(), ModelError> {
        self.check_except(prefix, table, |_| false)
    }

    /// Holds the tensors against `table` like [`Self::check`], those that `ignored` names left out.
    pub(crate) fn check_except(
        &self,
        prefix: &str,
        table: &TensorTable,
        ignored: impl Fn(&str) -> bool,
    ) -> Result<(), ModelError> {
        let tensors = self.tensors()?;
        for (name, facts) in tensors.iter().filter(|(name, _)| !ignored(name)) {
            let spec = name.strip_prefix(prefix).and_then(|name| table.get(name));
            let spec =
                spec.ok_or_else(|| self.fault(WeightsError::UnknownTensor { name: name.clone() }))?;
            fits(name, facts, spec).map_err(|error| self.fault(error))?;
        }
        let missing = table.iter().find(|(name, spec)| {
            !spec.optional && !tensors.contains_key(&format!("{prefix}{name}"))
        });
        match missing {
            Some((name, _)) => Err(self.fault(WeightsError::MissingTensor { name: name.clone() })),
            None => Ok(()),
        }
    }

    /// Loads the tensors that `keep` wants as 32-bit numbers onto `device`, their names without
    /// `prefix`.
    pub(crate) fn load(
        &self,
        prefix: &str,
        device: &Device,
        keep: impl Fn(&str) -> bool,
    ) -> Result<Tensors, ModelError> {
        let mut tensors = Tensors::new();
        for (path, bytes) in &self.files {
            let fault = |source| ModelError::Weights {
                path: path.clone(),
                source,
            };
            let views = SafeTensors::deserialize(bytes)
                .map_err(|source| fault(WeightsError::Format { source }))?;
            for (name, view) in views.tensors() {
                let Some(short) = name.strip_prefix(prefix).filter(|name| keep(name)) else {
                    continue;
                };
                let tensor = load_finite(&name, &view, device).map_err(fault)?;
                tensors.insert(short.to_owned(), tensor);
            }
        }
        Ok(tensors)
    }
}

fn load_finite(
    name: &str,
    view: &safetensors::tensor::TensorView<'_>,
    device: &Device,
) -> Result<Tensor, WeightsError> {
    use candle_core::safetensors::Load;
    let library = |source| WeightsError::Library { source };
    let tensor = if view.dtype() == Dtype::I8 {
        // candle has no such type.
        let values = view.data().iter().map(|byte| f32::from(byte.cast_signed()));
        Tensor::from_vec(values.collect(), view.shape(), &Device::Cpu)
    } else {
        let tensor = view.load(&Device::Cpu);
        tensor.and_then(|tensor| tensor.to_dtype(DType::F32))
    }
    .map_err(library)?;
    let values = tensor
        .flatten_all()
        .and_then(|flat| flat.to_vec1::<f32>())
        .map_err(library)?;
    if values.iter().any(|value| !value.is_finite()) {
        return Err(WeightsError::NotFinite {
            name: name.to_owned(),
        });
    }
    tensor.to_device(device).map_err(library)
}

fn fits(name: &str, facts: &TensorFacts, spec: &TensorSpec) -> Result<(), WeightsError> {
    let same = facts.shape.len() == spec.shape.len()
        && facts
            .shape
            .iter()
            .zip(&spec.shape)
            .all(|(found, want)| want.is_none_or(|w| w == *found));
    if !same {
        let expected = spec
            .shape
            .iter()
            .zip(facts.shape.iter().chain(std::iter::repeat(&0)));
        return Err(WeightsError::Shape {
            name: name.to_owned(),
            expected: expected
                .map(|(want, found)| want.unwrap_or(*found))
                .collect(),
            found: facts.shape.clone(),
        });
    }
    let floats = matches!(facts.kind, Dtype::F32 | Dtype::F16 | Dtype::BF16);
    let numbers = matches!(
        facts.kind,
        Dtype::F64 | Dtype::I64 | Dtype::I32 | Dtype::U32 | Dtype::I8
    );
    if floats || (spec.any_number && numbers) {
        Ok(())
    } else {
        Err(WeightsError::Type {
            name: name.to_owned(),
            expected: if spec.any_number { NUMBERS } else { FLOATS },
            found: format!("{:?}", facts.kind),
        })
    }
}

/// Checks the length of the header, its contents and the length of the file.
fn checked_header(bytes: &[u8]) -> Result<(usize, safetensors::tensor::Metadata), WeightsError> {
    let found = bytes.len() as u64;
    let length = bytes
        .first_chunk::<8>()
        .map(|length| u64::from_le_bytes(*length));
    let Some(length) = length else {
        return Err(WeightsError::Truncated {
            expected: LENGTH_BYTES,
            found,
        });
    };
    if length > MAX_HEADER_BYTES {
        return Err(WeightsError::HeaderTooLarge {
            bytes: length,
            limit: MAX_HEADER_BYTES,
        });
    }
    if found < LENGTH_BYTES + length {
        return Err(WeightsError::Truncated {
            expected: LENGTH_BYTES + length,
            found,
        });
    }
    let format = |source| WeightsError::Format { source };
    let (header, metadata) = SafeTensors::read_metadata(bytes)
        .map_err(|source| shorter_than_tensors(bytes, length).unwrap_or_else(|| format(source)))?;
    if metadata.tensors().len() > MAX_TENSORS {
        return Err(WeightsError::HeaderTooLarge {
            bytes: length,
            limit: MAX_HEADER_BYTES,
        });
    }
    Ok((header, metadata))
}

/// Tells a file that was cut off from one whose header is wrong.
fn shorter_than_tensors(bytes: &[u8], header: u64) -> Option<WeightsError> {
    #[derive(Deserialize)]
    struct Place {
        data_offsets: (u64, u64),
    }
    let start = usize::try_from(LENGTH_BYTES).ok()?;
    let end = start + usize::try_from(header).ok()?;
    let json: BTreeMap<String, serde_json::Value> =
        serde_json::from_slice(bytes.get(start..end)?).ok()?;
    let last = json
        .into_iter()
        .filter(|(name, _)| name != "__metadata__")
        .filter_map(|(_, value)| serde_json::from_value::<Place>(value).ok())
        .map(|place| place.data_offsets.1)
        .max()?;
    let expected = last.checked_add(LENGTH_BYTES + header)?;
    let found = bytes.len() as u64;
    (found < expected).then_some(WeightsError::Truncated { expected, found })
}
