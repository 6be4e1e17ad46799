//! From a model's files to an encoder.

use std::path::Path;
use std::str;

use candle_core::Device as CandleDevice;
use kindred_core::{Encoder, Fingerprint};
use serde::Deserialize;

use crate::architecture::Activation;
use crate::bert::CandleBert;
use crate::dense::Dense;
use crate::encoder::{Finish, TextEncoder};
use crate::error::ModelError;
use crate::facts::{ModelFacts, license_of, usage_notes};
use crate::families::Transformer;
use crate::kernel::Instructions;
use crate::layer_norm::LayerNorm;
use crate::layout::{Family, Layout, Step};
use crate::model::TokenModel;
use crate::options::{Device, Dtype, LoadOptions};
use crate::packed::PackedTransformer;
use crate::reference::ReferenceModel;
use crate::source::{ModelSource, join};
use crate::static_embedding::{StaticEmbedding, TableShape};
use crate::tokens::{Prompt, TextTokenizer, TokenRules};
use crate::weights::WeightFiles;

/// Version of what an encoder computes; part of every fingerprint, raised when vectors change.
const FORMAT: u32 = 1;
/// Largest `README.md` whose licence is looked for, in bytes.
const MAX_CARD_BYTES: u64 = 1 << 20;
/// Tokens that the model2vec library reads of a text.
const MODEL2VEC_MAX_TOKENS: usize = 512;
/// Names of the prompts of each side, as the Python library looks for them.
const QUERY_PROMPTS: [&str; 1] = ["query"];
const DOCUMENT_PROMPTS: [&str; 3] = ["document", "passage", "corpus"];
/// What `modules.json` stands for when the id of a pulled model was written beside it.
pub(crate) const ORIGIN_FILE: &str = "kindred-origin.json";

/// Loads the encoder in `folder`, a sentence-transformers folder of a supported family.
///
/// # Errors
/// [`ModelError`] with the file and what is wrong with it; nothing is computed with a model that
/// is not whole.
pub fn load_folder(folder: &Path, options: &LoadOptions) -> Result<Box<dyn Encoder>, ModelError> {
    load(&ModelSource::folder(folder)?, options)
}

/// Describes the model in `folder` after checking its files, without loading the weights.
///
/// # Errors
/// [`ModelError`] as [`load_folder`] gives it, faults inside the numbers excepted.
pub fn inspect_folder(folder: &Path) -> Result<ModelFacts, ModelError> {
    inspect_folder_with(folder, &LoadOptions::default())
}

/// Describes the model in `folder` as it is with `options`.
///
/// # Errors
/// [`ModelError::Option`] if an option does not fit, else as [`inspect_folder`].
pub fn inspect_folder_with(folder: &Path, options: &LoadOptions) -> Result<ModelFacts, ModelError> {
    inspect(&ModelSource::folder(folder)?, options)
}

#[derive(Debug, Deserialize)]
struct Origin {
    id: String,
}

/// A model that was read and checked, its weights not loaded yet.
struct Checked {
    layout: Layout,
    tokenizer: TextTokenizer,
    files: WeightFiles,
    family: CheckedFamily,
    finish: Vec<Finish>,
    max_tokens: Option<usize>,
    dimension: usize,
    fingerprint: Fingerprint,
}

enum CheckedFamily {
    Transformer(Transformer),
    Static(TableShape),
}

/// Loads an encoder of any source.
pub(crate) fn load(
    source: &ModelSource,
    options: &LoadOptions,
) -> Result<Box<dyn Encoder>, ModelError> {
    let checked = check(source, options)?;
    let model = load_model(&checked, options)?;
    let prompt = |names: &[&str]| -> Result<Option<Prompt>, ModelError> {
        let text = checked.layout.prompts.first_of(names);
        let prompt = text.map(|text| checked.tokenizer.prompt(text)).transpose();
        prompt.map_err(|error| ModelError::Tokenizer {
            path: source.path_of("config_sentence_transformers.json"),
            source: error,
        })
    };
    let query_prompt = prompt(&QUERY_PROMPTS)?;
    let document_prompt = prompt(&DOCUMENT_PROMPTS)?;
    let mut finish = checked.finish;
    finish.extend(options.truncate_dimension.map(Finish::Truncate));
    Ok(Box::new(TextEncoder {
        name: name(source)?,
        fingerprint: checked.fingerprint,
        max_tokens: checked.max_tokens,
        tokenizer: checked.tokenizer,
        query_prompt,
        document_prompt,
        include_prompt: checked.layout.include_prompt,
        model,
        finish,
        dimension: checked.dimension,
        pool: options.threads.map(thread_pool).transpose()?,
    }))
}

/// Describes a model of any source.
pub(crate) fn inspect(
    source: &ModelSource,
    options: &LoadOptions,
) -> Result<ModelFacts, ModelError> {
    let checked = check(source, options)?;
    let card = source.peek("README.md", MAX_CARD_BYTES);
    let card = card.ok().flatten().unwrap_or_default();
    let (layers, hidden) = match &checked.family {
        CheckedFamily::Transformer(transformer) => {
            let architecture = transformer.architecture();
            (architecture.layers.len(), architecture.hidden)
        }
        CheckedFamily::Static(shape) => (0, shape.width),
    };
    let name = name(source)?;
    let mut notes = checked.layout.notes;
    notes.extend(usage_notes(&name, &checked.layout.prompts.prompts));
    Ok(ModelFacts {
        name,
        family: checked.layout.family,
        layers,
        hidden,
        dimension: checked.dimension,
        max_tokens: checked.max_tokens,
        pooling: checked.layout.pooling,
        normalizes: checked.layout.steps.last() == Some(&Step::Normalize),
        fingerprint: checked.fingerprint,
        bytes: source.files_read().values().map(|file| file.bytes).sum(),
        prompts: checked.layout.prompts.prompts,
        license: str::from_utf8(&card).ok().and_then(license_of),
        notes,
    })
}

/// Reads the tokenizer of a model of any source.
pub(crate) fn tokenizer(
    source: &ModelSource,
    options: &LoadOptions,
) -> Result<TextTokenizer, ModelError> {
    Ok(check(source, options)?.tokenizer)
}

fn name(source: &ModelSource) -> Result<String, ModelError> {
    let origin: Option<Origin> = source.peek_json(ORIGIN_FILE)?;
    Ok(origin.map_or_else(|| source.name(), |origin| origin.id))
}

fn check(source: &ModelSource, options: &LoadOptions) -> Result<Checked, ModelError> {
    let mut layout = Layout::read(source)?;
    let inside = layout.inside.clone();
    let files = WeightFiles::read(source, &inside)?;
    let (family, width, rules) = if layout.family == Family::Static {
        let shape = TableShape::read(&files)?;
        let usual = layout.model2vec.then_some(MODEL2VEC_MAX_TOKENS);
        let rules = TokenRules {
            max_tokens: options.max_tokens.or(usual),
            drop_unknown: layout.model2vec,
            rows: shape.tokens,
            ..TokenRules::default()
        };
        (CheckedFamily::Static(shape), shape.width, rules)
    } else {
        let transformer = Transformer::read(source, &inside, layout.family, &files)?;
        layout.settle(transformer.has_adapter());
        layout.notes.extend(transformer.notes());
        let rules = transformer_rules(source, &mut layout, &transformer, options.max_tokens)?;
        let width = transformer.architecture().hidden;
        (CheckedFamily::Transformer(transformer), width, rules)
    };
    if options.max_tokens == Some(0) {
        return Err(option_error("max_tokens", 0, "at least 1"));
    }
    let max_tokens = rules.max_tokens;
    let tokenizer = TextTokenizer::read(source, &join(&inside, "tokenizer.json"), rules)?;
    let (finish, full) = load_steps(source, &layout.steps, width)?;
    let dimension = match options.truncate_dimension {
        Some(kept) if kept == 0 || kept > full => {
            return Err(option_error(
                "truncate_dimension",
                kept,
                &format!("1 to {full}"),
            ));
        }
        Some(kept) => kept,
        None => full,
    };
    // A number type that is not used must not make another encoder of the same vectors.
    let dtype = match (layout.family, options.device) {
        (Family::Static, _) | (_, Device::Cuda(_) | Device::Metal(_)) => Dtype::F32,
        (_, Device::Cpu) => options.dtype,
    };
    let settings = format!(
        "format {FORMAT}\nmax_tokens {max_tokens:?}\ndimension {dimension}\npooling {}\ndtype {dtype}\n",
        layout.pooling
    );
    Ok(Checked {
        fingerprint: fingerprint(source, &settings),
        layout,
        tokenizer,
        files,
        family,
        finish,
        max_tokens,
        dimension,
    })
}

/// Loads what is done to a pooled vector of `width` components; returns the components it has then.
fn load_steps(
    source: &ModelSource,
    steps: &[Step],
    mut width: usize,
) -> Result<(Vec<Finish>, usize), ModelError> {
    let mut finish = Vec::with_capacity(steps.len());
    for step in steps {
        finish.push(match step {
            Step::Normalize => Finish::Normalize,
            Step::LayerNorm(inside) => Finish::LayerNorm(LayerNorm::load(source, inside, width)?),
            Step::Dense(inside) => {
                let dense = Dense::load(source, inside, width)?;
                width = dense.shape().outputs;
                Finish::Dense(dense)
            }
        });
    }
    Ok((finish, width))
}

fn option_error(option: &'static str, found: usize, expected: &str) -> ModelError {
    ModelError::Option {
        option,
        found,
        expected: expected.to_owned(),
    }
}

#[derive(Debug, Default, Deserialize)]
struct SentenceConfig {
    #[serde(default)]
    max_seq_length: Option<usize>,
    #[serde(default)]
    do_lower_case: bool,
}

#[derive(Debug, Default, Deserialize)]
struct TokenizerConfig {
    /// A float in many files: 1e30 stands for no limit.
    #[serde(default)]
    model_max_length: Option<f64>,
}

/// The length limit is that of `sentence_bert_config.json`; without one, the smaller of the
/// position table and the tokenizer's own limit, as in the Python library.
fn transformer_rules(
    source: &ModelSource,
    layout: &mut Layout,
    transformer: &Transformer,
    wanted: Option<usize>,
) -> Result<TokenRules, ModelError> {
    let file = join(&layout.inside, "sentence_bert_config.json");
    let sentence: SentenceConfig = source.find_json(&file)?.unwrap_or_default();
    let positions = transformer.architecture().max_tokens;
    if let Some(wanted) = wanted.filter(|wanted| *wanted > positions) {
        return Err(option_error(
            "max_tokens",
            wanted,
            &format!("1 to {positions}"),
        ));
    }
    let limit = match sentence.max_seq_length {
        Some(limit) if limit > positions => {
            layout.notes.push(format!(
                "max_seq_length {limit} was lowered to the {positions} positions"
            ));
            positions
        }
        Some(0) => return Err(source.fault(&file, "max_seq_length is 0, expected at least 1")),
        Some(limit) => limit,
        None => {
            let file = join(&layout.inside, "tokenizer_config.json");
            let tokenizer: TokenizerConfig = source.peek_json(&file)?.unwrap_or_default();
            let limit = tokenizer.model_max_length.unwrap_or(f64::INFINITY);
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "the value is between 1 and the number of positions"
            )]
            let limit = limit.clamp(1.0, positions as f64) as usize;
            limit
        }
    };
    Ok(TokenRules {
        max_tokens: Some(wanted.unwrap_or(limit)),
        add_special: true,
        lowercase: sentence.do_lower_case,
        drop_unknown: false,
        rows: transformer.vocabulary(),
    })
}

fn load_model(checked: &Checked, options: &LoadOptions) -> Result<Box<dyn TokenModel>, ModelError> {
    let files = &checked.files;
    let device = options.device;
    match &checked.family {
        // Gathering rows is bound by memory; no other device is worth the way.
        CheckedFamily::Static(shape) => Ok(Box::new(StaticEmbedding::load(files, *shape)?)),
        CheckedFamily::Transformer(transformer) => {
            let pooling = checked.layout.pooling;
            let architecture = transformer.architecture();
            let candle_device = candle_device(device)?;
            if device == Device::Cpu {
                let weights = transformer.load(files, &candle_device)?;
                let best = Instructions::best();
                let instructions = options.instructions.map_or(best, |most| most.min(best));
                let architecture = architecture.clone();
                let dtype = options.dtype;
                let model =
                    PackedTransformer::new(architecture, weights, pooling, dtype, instructions);
                return Ok(Box::new(model.map_err(|source| files.fault(source))?));
            }
            // candle's BERT has neither.
            let special = transformer.has_adapter() || architecture.activation == Activation::Silu;
            if checked.layout.family == Family::Bert && !special {
                return load_bert(checked, transformer, device, &candle_device);
            }
            let weights = transformer.load(files, &candle_device)?;
            let architecture = architecture.clone();
            let model = ReferenceModel::new(architecture, weights, pooling, candle_device);
            Ok(Box::new(model))
        }
    }
}

fn load_bert(
    checked: &Checked,
    transformer: &Transformer,
    device: Device,
    candle_device: &CandleDevice,
) -> Result<Box<dyn TokenModel>, ModelError> {
    let (files, pooling) = (&checked.files, checked.layout.pooling);
    let architecture = transformer.architecture();
    let tensors = transformer.tensors(files, candle_device)?;
    let model = CandleBert::new(tensors, architecture, pooling, candle_device);
    Ok(Box::new(
        model.map_err(|source| device_error(device, source))?,
    ))
}

fn candle_device(device: Device) -> Result<CandleDevice, ModelError> {
    match device {
        Device::Cpu => Ok(CandleDevice::Cpu),
        Device::Cuda(number) => {
            CandleDevice::new_cuda(number).map_err(|source| device_error(device, source))
        }
        Device::Metal(number) => {
            CandleDevice::new_metal(number).map_err(|source| device_error(device, source))
        }
    }
}

fn device_error(device: Device, source: candle_core::Error) -> ModelError {
    ModelError::Device {
        device: device.to_string(),
        source: Box::new(source),
    }
}

fn thread_pool(threads: usize) -> Result<rayon::ThreadPool, ModelError> {
    if threads == 0 {
        return Err(option_error("threads", 0, "at least 1"));
    }
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(|number| format!("kindred-embed-{number}"))
        .build()
        .map_err(|source| ModelError::Device {
            device: Device::Cpu.to_string(),
            source: Box::new(source),
        })
}

/// Hashes the settings and, in order of their names, the files that were read.
fn fingerprint(source: &ModelSource, settings: &str) -> Fingerprint {
    let mut hasher = blake3::Hasher::new();
    hasher.update(settings.as_bytes());
    for (name, file) in source.files_read() {
        hasher.update(format!("{name} {}\n", file.hash).as_bytes());
    }
    Fingerprint::from_hash(hasher.finalize().as_bytes())
}
