//! The parts of a sentence-transformers folder and their order.
//!
//! `modules.json` names the steps: one that makes vectors of tokens, then pooling, dense layers
//! and normalisation. A folder without it is a plain model; it gets what the Python library gives
//! it (mean pooling for a transformer), and the facts say so.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize, Serializer};

use crate::error::ModelError;
use crate::pooling::{Pooling, PoolingConfig};
use crate::source::{ModelSource, join};

const SUPPORTED_MODULES: &str = "Transformer, StaticEmbedding, Pooling, Dense, LayerNorm, \
     Normalize and Dropout (which does nothing here)";
const SUPPORTED_FAMILIES: &str = "bert, distilbert, modernbert, mpnet, nomic_bert, qwen3, roberta, \
     xlm-roberta and model2vec (static embeddings)";
/// The families that a transformer's configuration can name.
const TRANSFORMERS: [Family; 8] = [
    Family::Bert,
    Family::DistilBert,
    Family::ModernBert,
    Family::Mpnet,
    Family::NomicBert,
    Family::Qwen3,
    Family::Roberta,
    Family::XlmRoberta,
];

/// What the configurations of the model2vec library name as their type.
pub(crate) const MODEL2VEC: &str = "model2vec";
const POOLING: &str = "Pooling";
/// Modules that work on the vector of a text.
const BEHIND_POOLING: [&str; 4] = ["Dense", "LayerNorm", "Normalize", "Dropout"];

/// The architectures that can be computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Family {
    /// BERT and its kin: MiniLM, BGE, GTE, E5, `SciBERT`, SPECTER.
    Bert,
    /// `DistilBERT`: half of BERT's layers.
    DistilBert,
    /// `ModernBERT`: `gte-modernbert-base`, granite-embedding-r2.
    ModernBert,
    /// `MPNet`: `all-mpnet-base-v2`.
    Mpnet,
    /// Nomic's BERT with rotating positions: `nomic-embed-text` v1 and v1.5.
    NomicBert,
    /// Qwen3-Embedding.
    Qwen3,
    /// `RoBERTa`: `all-distilroberta-v1`.
    Roberta,
    /// XLM-R: multilingual E5, BGE-M3.
    XlmRoberta,
    /// One vector for each token, averaged: `StaticEmbedding` and model2vec.
    Static,
}

impl Serialize for Family {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl Family {
    /// Returns its name: the `model_type` of its configurations, or `static`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bert => "bert",
            Self::DistilBert => "distilbert",
            Self::ModernBert => "modernbert",
            Self::Mpnet => "mpnet",
            Self::NomicBert => "nomic_bert",
            Self::Qwen3 => "qwen3",
            Self::Roberta => "roberta",
            Self::XlmRoberta => "xlm-roberta",
            Self::Static => "static",
        }
    }
}

/// A step after the vector of a text is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// A linear layer, by its folder inside the model.
    Dense(String),
    /// A layer normalisation, by its folder inside the model.
    LayerNorm(String),
    /// Scaling to length 1.
    Normalize,
}

/// What a folder says about its pipeline.
#[derive(Debug)]
pub(crate) struct Layout {
    pub(crate) family: Family,
    /// Folder of the first module inside the model.
    pub(crate) inside: String,
    /// How token vectors become one; only a transformer has it.
    pub(crate) pooling: Pooling,
    /// Whether the tokens of the prompt are pooled too.
    pub(crate) include_prompt: bool,
    pub(crate) steps: Vec<Step>,
    pub(crate) prompts: Prompts,
    /// Whether the folder is of the model2vec library and its rules of reading texts apply.
    pub(crate) model2vec: bool,
    /// Whether the pooling is no setting of the folder but what plain models get.
    pooling_assumed: bool,
    /// What was assumed, for people.
    pub(crate) notes: Vec<String>,
}

/// Texts that some models want before a text.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Prompts {
    #[serde(default)]
    pub(crate) prompts: BTreeMap<String, String>,
    #[serde(default)]
    default_prompt_name: Option<String>,
}

impl Prompts {
    /// Returns the prompt of the first of `names` that has one, else the default prompt.
    pub(crate) fn first_of(&self, names: &[&str]) -> Option<&str> {
        names
            .iter()
            .copied()
            .chain(self.default_prompt_name.as_deref())
            .find_map(|name| self.prompts.get(name))
            .map(String::as_str)
            .filter(|prompt| !prompt.is_empty())
    }
}

#[derive(Debug, Deserialize)]
struct ModuleEntry {
    #[serde(default)]
    path: String,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Debug, Deserialize)]
struct PlainConfig {
    model_type: Option<String>,
    #[serde(default)]
    normalize: bool,
}

impl Layout {
    /// Reads the pipeline of a model.
    pub(crate) fn read(source: &ModelSource) -> Result<Self, ModelError> {
        let mut layout = match source.find_json::<Vec<ModuleEntry>>("modules.json")? {
            Some(modules) => Self::of_modules(source, &modules)?,
            None => Self::plain(source)?,
        };
        let prompts: Option<Prompts> = source.find_json("config_sentence_transformers.json")?;
        layout.prompts = prompts.unwrap_or_default();
        if let Some(name) = &layout.prompts.default_prompt_name
            && !layout.prompts.prompts.contains_key(name)
        {
            return Err(source.fault(
                "config_sentence_transformers.json",
                format!("default prompt `{name}` is not among the prompts"),
            ));
        }
        Ok(layout)
    }

    fn new(family: Family, inside: &str) -> Self {
        Self {
            family,
            inside: inside.to_owned(),
            pooling: Pooling::Mean,
            include_prompt: true,
            steps: Vec::new(),
            prompts: Prompts::default(),
            model2vec: false,
            pooling_assumed: false,
            notes: Vec::new(),
        }
    }

    fn of_modules(source: &ModelSource, modules: &[ModuleEntry]) -> Result<Self, ModelError> {
        let fault = |text: String| source.fault("modules.json", text);
        let (first, rest) = modules
            .split_first()
            .ok_or_else(|| fault("the list of modules is empty".to_owned()))?;
        let family = match first.class() {
            Some("Transformer") => transformer_family(source, &first.path)?,
            Some("StaticEmbedding") => Family::Static,
            Some(other) if BEHIND_POOLING.contains(&other) || other == POOLING => {
                return Err(fault(format!(
                    "the first module is `{}`, expected Transformer or StaticEmbedding",
                    first.kind
                )));
            }
            _ => return Err(first.unknown(source)),
        };
        let mut layout = Self::new(family, checked_path(source, &first.path)?);
        layout.model2vec = family == Family::Static && is_model2vec(source, &first.path)?;
        let out_of_place = |kind: &str| fault(format!("module `{kind}` is out of its place"));
        let mut pooled = family == Family::Static;
        for module in rest {
            let inside = checked_path(source, &module.path)?;
            match module.class() {
                Some(POOLING) if !pooled => {
                    let file = join(inside, "config.json");
                    let config: PoolingConfig =
                        source
                            .find_json(&file)?
                            .ok_or_else(|| ModelError::Missing {
                                folder: source.path(),
                                file: file.clone(),
                            })?;
                    layout.pooling = config.mode().map_err(|text| source.fault(&file, text))?;
                    layout.include_prompt = config.include_prompt();
                    pooled = true;
                }
                Some("Dense") if pooled => layout.steps.push(Step::Dense(inside.to_owned())),
                Some("LayerNorm") if pooled => {
                    layout.steps.push(Step::LayerNorm(inside.to_owned()));
                }
                Some("Normalize") if pooled => layout.steps.push(Step::Normalize),
                // It is there for training.
                Some("Dropout") if pooled => {}
                Some(POOLING | "Transformer" | "StaticEmbedding") => {
                    return Err(out_of_place(&module.kind));
                }
                Some(other) if BEHIND_POOLING.contains(&other) => {
                    return Err(out_of_place(&module.kind));
                }
                _ => return Err(module.unknown(source)),
            }
        }
        if !pooled {
            return Err(fault(
                "no module pools the vectors of the tokens".to_owned(),
            ));
        }
        Ok(layout)
    }

    /// The pipeline of a folder without `modules.json`.
    fn plain(source: &ModelSource) -> Result<Self, ModelError> {
        let config: PlainConfig =
            source
                .find_json("config.json")?
                .ok_or_else(|| ModelError::Missing {
                    folder: source.path(),
                    file: "modules.json".to_owned(),
                })?;
        if config.model_type.as_deref() == Some(MODEL2VEC) {
            let mut layout = Self::new(Family::Static, "");
            layout.model2vec = true;
            if config.normalize {
                layout.steps.push(Step::Normalize);
            }
            return Ok(layout);
        }
        let mut layout = Self::new(transformer_family(source, "")?, "");
        layout.pooling_assumed = true;
        Ok(layout)
    }

    /// Settles what depends on the weights: the pooling of a folder that says nothing of it is the
    /// mean, as in the Python library, and with an adapter the first token, as in SPECTER2.
    pub(crate) fn settle(&mut self, has_adapter: bool) {
        if !self.pooling_assumed {
            return;
        }
        let note = if has_adapter {
            self.pooling = Pooling::Cls;
            "no modules.json: the first token's vector was taken, as SPECTER2 does"
        } else {
            "no modules.json: mean pooling was assumed"
        };
        self.notes.push(note.to_owned());
    }
}

impl ModuleEntry {
    /// Returns the class name if it is one of the Python library's own.
    fn class(&self) -> Option<&str> {
        self.kind
            .strip_prefix("sentence_transformers.")
            .and_then(|path| path.rsplit('.').next())
    }

    fn unknown(&self, source: &ModelSource) -> ModelError {
        ModelError::UnknownModule {
            folder: source.path(),
            module: self.kind.clone(),
            supported: SUPPORTED_MODULES,
        }
    }
}

/// Refuses module paths that lead out of the model's folder.
pub(crate) fn checked_path<'a>(source: &ModelSource, path: &'a str) -> Result<&'a str, ModelError> {
    let inside = path
        .split('/')
        .all(|part| part != ".." && !part.contains(['\\', ':', '\0']));
    if inside && !path.starts_with('/') && path.len() <= 200 {
        Ok(path)
    } else {
        Err(source.fault(
            "modules.json",
            format!("module path {path:?} leaves the folder"),
        ))
    }
}

/// Whether the model2vec library wrote the folder, which then has its configuration beside
/// `modules.json`.
fn is_model2vec(source: &ModelSource, inside: &str) -> Result<bool, ModelError> {
    let config: Option<PlainConfig> = source.find_json(&join(inside, "config.json"))?;
    Ok(config.is_some_and(|config| config.model_type.as_deref() == Some(MODEL2VEC)))
}

fn transformer_family(source: &ModelSource, inside: &str) -> Result<Family, ModelError> {
    let file = join(checked_path(source, inside)?, "config.json");
    let config: PlainConfig = source
        .find_json(&file)?
        .ok_or_else(|| ModelError::Missing {
            folder: source.path(),
            file: file.clone(),
        })?;
    let model_type = config
        .model_type
        .ok_or_else(|| source.fault(&file, "it names no `model_type`"))?;
    let known = TRANSFORMERS.into_iter();
    let mut found = known.filter(|family| family.as_str() == model_type);
    found.next().ok_or_else(|| ModelError::UnknownFamily {
        folder: source.path(),
        model_type: model_type.chars().take(80).collect(),
        supported: SUPPORTED_FAMILIES,
    })
}
