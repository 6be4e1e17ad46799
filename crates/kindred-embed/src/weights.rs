//! Files of weights, checked before they are used.
//!
//! A file is held against the table of tensors that the configuration asks for (names, shapes,
//! types) before candle loads it; a number that is not finite is refused. Pickles are never read.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::Read;
use std::path::PathBuf;

use candle_core::{DType, Device, Tensor};
use safetensors::SafeTensorError;
use safetensors::tensor::{Dtype, Metadata, TensorView};
use serde::Deserialize;

use crate::error::{ModelError, WeightsError};
use crate::source::{LargeFile, MAX_WEIGHTS_BYTES, ModelSource, join};

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

    /// A tensor of any type of number that is of no use to the model.
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

/// Files of weights, their headers read; tensors are read when they are loaded.
#[derive(Debug)]
pub(crate) struct WeightFiles {
    files: Vec<LargeFile>,
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
        if let Some(file) = source.find_large(&single, MAX_WEIGHTS_BYTES)? {
            return Ok(Self { files: vec![file] });
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
            let found = source.find_large(&file, MAX_WEIGHTS_BYTES)?;
            let found = found.ok_or_else(|| ModelError::Missing {
                folder: source.path(),
                file: file.clone(),
            })?;
            let shard = Self { files: vec![found] };
            shard.check_index(name, &index)?;
            files.extend(shard.files);
        }
        Ok(Self { files })
    }

    /// Reads one file of weights; `None` if it is not there.
    pub(crate) fn read_file(source: &ModelSource, file: &str) -> Result<Option<Self>, ModelError> {
        let file = source.find_large(file, MAX_WEIGHTS_BYTES)?;
        Ok(file.map(|file| Self { files: vec![file] }))
    }

    /// Checks that this shard, `shard` in the index, has the tensors that the index says it has,
    /// and no others, so that no tensor is there twice.
    fn check_index(&self, shard: &str, index: &ShardIndex) -> Result<(), ModelError> {
        let tensors = self.tensors()?;
        let places = &index.weight_map;
        let mut promised: BTreeSet<String> = places
            .iter()
            .filter(|(_, place)| *place == shard)
            .map(|(name, _)| current_name(name))
            .collect();
        for name in tensors.keys() {
            if !promised.remove(name) {
                let name = name.clone();
                return Err(self.fault(WeightsError::UnknownTensor { name }));
            }
        }
        match promised.pop_first() {
            Some(name) => Err(self.fault(WeightsError::MissingTensor { name })),
            None => Ok(()),
        }
    }

    /// Lists the tensors of all files by their current names.
    pub(crate) fn tensors(&self) -> Result<BTreeMap<String, TensorFacts>, ModelError> {
        let mut all = BTreeMap::new();
        for file in &self.files {
            let fault = |source| ModelError::Weights {
                path: file.path.clone(),
                source,
            };
            let metadata = checked_header(file).map_err(fault)?;
            let facts = metadata.tensors().into_iter().map(|(name, info)| {
                let facts = TensorFacts {
                    shape: info.shape.clone(),
                    kind: info.dtype,
                };
                (current_name(&name), facts)
            });
            all.extend(facts);
        }
        Ok(all)
    }

    /// Returns the first file's path, for messages.
    pub(crate) fn path(&self) -> PathBuf {
        self.files
            .first()
            .map(|file| file.path.clone())
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
        for file in &self.files {
            load_file(file, &mut |name, view| {
                let short = name.strip_prefix(prefix).filter(|name| keep(name));
                let Some(short) = short else {
                    return Ok(());
                };
                tensors.insert(short.to_owned(), load_finite(name, view, device)?);
                Ok(())
            })?;
        }
        Ok(tensors)
    }
}

/// Reads the tensors of a file, one after another in the order of the file, and makes sure that it
/// still is the file that was hashed.
fn load_file(
    file: &LargeFile,
    take: &mut dyn FnMut(&str, &TensorView<'_>) -> Result<(), WeightsError>,
) -> Result<(), ModelError> {
    let fault = |source| ModelError::Weights {
        path: file.path.clone(),
        source,
    };
    let failed = |source| ModelError::Read {
        path: file.path.clone(),
        source,
    };
    let metadata = checked_header(file).map_err(fault)?;
    let mut tensors: Vec<_> = metadata.tensors().into_iter().collect();
    tensors.sort_by_key(|(_, info)| info.data_offsets);
    let mut reader = file.open()?;
    let mut hasher = blake3::Hasher::new();
    let read = |reader: &mut dyn Read, hasher: &mut blake3::Hasher, bytes: usize| {
        let mut data = vec![0; bytes];
        reader.read_exact(&mut data)?;
        if file.contents.is_none() {
            hasher.update(&data);
        }
        Ok(data)
    };
    let header = file.bytes - metadata.data_len() as u64;
    let header = usize::try_from(header).expect("the header is kept in memory");
    read(&mut *reader, &mut hasher, header).map_err(failed)?;
    for (name, info) in tensors {
        let (start, end) = info.data_offsets;
        let data = read(&mut *reader, &mut hasher, end - start).map_err(failed)?;
        let view = TensorView::new(info.dtype, info.shape.clone(), &data)
            .map_err(|source| fault(WeightsError::Format { source }))?;
        take(&current_name(&name), &view).map_err(fault)?;
    }
    // What is in memory cannot have changed.
    if file.contents.is_some() || hasher.finalize() == file.hash {
        Ok(())
    } else {
        Err(fault(WeightsError::Changed))
    }
}

/// Returns the name of a tensor as it is today: weights and biases of normalisations in the first
/// BERT checkpoints are called after TensorFlow's variables, and are renamed by the Python library.
fn current_name(name: &str) -> String {
    for (old, new) in [
        ("LayerNorm.gamma", "LayerNorm.weight"),
        ("LayerNorm.beta", "LayerNorm.bias"),
    ] {
        if let Some(start) = name.strip_suffix(old) {
            return format!("{start}{new}");
        }
    }
    name.to_owned()
}

fn load_finite(name: &str, view: &TensorView<'_>, device: &Device) -> Result<Tensor, WeightsError> {
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
    if !is_finite(view) {
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

/// Whether all numbers of a tensor are finite.
fn is_finite(view: &TensorView<'_>) -> bool {
    let data = view.data();
    let halves = |infinity: u16| {
        let mut halves = data.as_chunks::<2>().0.iter();
        halves.all(|bytes| u16::from_le_bytes(*bytes) & infinity != infinity)
    };
    let kind = view.dtype();
    if kind == Dtype::F32 {
        let mut numbers = data.as_chunks::<4>().0.iter();
        numbers.all(|bytes| f32::from_le_bytes(*bytes).is_finite())
    } else if kind == Dtype::F64 {
        let mut numbers = data.as_chunks::<8>().0.iter();
        // They are used as 32-bit floats.
        numbers.all(|bytes| f64::from_le_bytes(*bytes).abs() <= f64::from(f32::MAX))
    } else if kind == Dtype::F16 {
        halves(0x7c00)
    } else {
        kind != Dtype::BF16 || halves(0x7f80)
    }
}

/// Checks the length of the header, its contents and the length of the file.
fn checked_header(file: &LargeFile) -> Result<Metadata, WeightsError> {
    let found = file.bytes;
    let start = file.start.as_slice();
    let length = start
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
    let end = LENGTH_BYTES + length;
    if found < end {
        return Err(WeightsError::Truncated {
            expected: end,
            found,
        });
    }
    let format = |source| WeightsError::Format { source };
    let bytes = usize::try_from(LENGTH_BYTES).expect("it is 8")
        ..usize::try_from(end).expect("the header is kept in memory");
    let json = &start[bytes];
    let metadata: Metadata = serde_json::from_slice(json)
        .map_err(|source| format(SafeTensorError::InvalidHeaderDeserialization(source)))?;
    let expected = end + metadata.data_len() as u64;
    if found < expected {
        return Err(WeightsError::Truncated { expected, found });
    }
    if found > expected {
        return Err(format(SafeTensorError::MetadataIncompleteBuffer));
    }
    if metadata.tensors().len() > MAX_TENSORS {
        return Err(WeightsError::TooManyTensors {
            found: metadata.tensors().len(),
            limit: MAX_TENSORS,
        });
    }
    Ok(metadata)
}
