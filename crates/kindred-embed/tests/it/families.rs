//! Every family gives the vectors of the Python libraries, and refuses what it does not compute.

use std::path::Path;

use kindred_core::{Encoder, Role};
use kindred_embed::{
    Device, Family, LoadOptions, ModelError, WeightsError, inspect_folder, load_folder,
};
use proptest::prelude::*;
use safetensors::tensor::{Dtype, TensorView};
use safetensors::{SafeTensors, serialize};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::support::{Model, fixture, largest_difference, normalized};

/// Largest difference of a component that is allowed.
const TOLERANCE: f32 = 1e-5;

/// The fixtures: name, family, transformer layers.
const FIXTURES: [(&str, Family, usize); 12] = [
    ("tiny-distilbert", Family::DistilBert, 2),
    ("tiny-modernbert", Family::ModernBert, 5),
    ("tiny-mpnet", Family::Mpnet, 2),
    ("tiny-nomic-bert", Family::NomicBert, 2),
    ("tiny-pipeline", Family::Bert, 2),
    ("tiny-qwen3", Family::Qwen3, 3),
    ("tiny-roberta", Family::Roberta, 2),
    ("tiny-specter2", Family::Bert, 2),
    ("tiny-xlm-roberta", Family::XlmRoberta, 2),
    ("tiny-model2vec", Family::Static, 0),
    ("tiny-model2vec-f16", Family::Static, 0),
    ("tiny-model2vec-int8", Family::Static, 0),
];

#[derive(Deserialize)]
struct Expected {
    max_tokens: usize,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    text: String,
    ids: Vec<u32>,
    vector: Vec<f32>,
}

fn expected(name: &str) -> Expected {
    let bytes = fs_err::read(fixture(&format!("{name}.expected.json"))).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

fn load(folder: &Path) -> Box<dyn Encoder> {
    load_folder(folder, &LoadOptions::default()).unwrap()
}

#[test]
fn families_give_the_vectors_of_the_python_libraries() {
    for (name, family, layers) in FIXTURES {
        let facts = inspect_folder(&fixture(name)).unwrap();
        assert_eq!((facts.family, facts.layers), (family, layers), "{name}");
        let encoder = load(&fixture(name));
        assert_eq!(*encoder.fingerprint(), facts.fingerprint, "{name}");
        let Expected { max_tokens, cases } = expected(name);
        assert_eq!(encoder.max_tokens(), Some(max_tokens), "{name}");
        let texts: Vec<&str> = cases.iter().map(|case| case.text.as_str()).collect();
        let vectors = encoder.encode(&texts, Role::Document);
        let mut worst = 0.0_f32;
        for (vector, case) in vectors.into_iter().zip(&cases) {
            let difference =
                largest_difference(vector.unwrap().as_slice(), &normalized(&case.vector));
            let (text, tokens) = (&case.text, case.ids.len());
            assert!(
                difference <= TOLERANCE,
                "{name}, {tokens} tokens of {text:?}: {difference:e}"
            );
            worst = worst.max(difference);
        }
        eprintln!(
            "{name}: {} texts, largest difference {worst:e}",
            cases.len()
        );
    }
}

#[test]
fn families_give_the_same_bits_alone_and_in_a_batch() {
    for (name, ..) in FIXTURES {
        let encoder = load(&fixture(name));
        let cases = expected(name).cases;
        let texts: Vec<&str> = cases.iter().map(|case| case.text.as_str()).collect();
        let together = encoder.encode(&texts, Role::Document);
        for (vector, text) in together.into_iter().zip(&texts) {
            let alone = encoder.encode(&[text], Role::Document).remove(0).unwrap();
            assert_eq!(vector.unwrap(), alone, "{name}: {text:?}");
        }
    }
}

#[test]
fn a_limit_below_the_positions_cuts_texts() {
    for (name, family, _) in FIXTURES {
        if family == Family::Static {
            continue;
        }
        let options = LoadOptions {
            max_tokens: Some(8),
            ..LoadOptions::default()
        };
        let short = load_folder(&fixture(name), &options).unwrap();
        let long = load(&fixture(name));
        let cases = expected(name).cases;
        let differs = cases.iter().any(|case| {
            let vector = |encoder: &dyn Encoder| {
                encoder
                    .encode(&[&case.text], Role::Document)
                    .remove(0)
                    .unwrap()
            };
            let same = vector(&*short) == vector(&*long);
            assert!(same || case.ids.len() > 8, "{name}: {:?}", case.text);
            !same
        });
        assert!(differs, "{name}");
        let options = LoadOptions {
            max_tokens: Some(321),
            ..LoadOptions::default()
        };
        let error = load_folder(&fixture(name), &options).unwrap_err();
        assert!(
            matches!(
                error,
                ModelError::Option {
                    option: "max_tokens",
                    ..
                }
            ),
            "{name}"
        );
    }
}

#[test]
fn a_prompt_of_a_decoder_is_pooled_as_the_library_pools_it() {
    let encoder = load(&fixture("tiny-qwen3"));
    let plain = encoder
        .encode(&["graph"], Role::Document)
        .remove(0)
        .unwrap();
    let query = encoder.encode(&["graph"], Role::Query).remove(0).unwrap();
    assert_ne!(plain, query);
    let prompted = "Instruct: find papers\nQuery:graph";
    let written_out = encoder
        .encode(&[prompted], Role::Document)
        .remove(0)
        .unwrap();
    assert_eq!(query, written_out);
}

/// A setting of a fixture's configuration and what the refusal must name.
const REFUSED: [(&str, &str, &str, &str); 22] = [
    ("tiny-distilbert", "activation", "\"mish\"", "configuration"),
    ("tiny-distilbert", "n_heads", "5", "`dim`"),
    (
        "tiny-modernbert",
        "rope_scaling",
        "{\"rope_type\":\"yarn\"}",
        "`yarn`",
    ),
    (
        "tiny-modernbert",
        "global_attn_every_n_layers",
        "0",
        "`global_attn_every_n_layers`",
    ),
    (
        "tiny-modernbert",
        "layer_types",
        "[\"full_attention\"]",
        "`layer_types`",
    ),
    ("tiny-modernbert", "norm_bias", "true", "cannot be used"),
    (
        "tiny-mpnet",
        "relative_attention_num_buckets",
        "16",
        "`relative_attention_num_buckets`",
    ),
    (
        "tiny-mpnet",
        "max_position_embeddings",
        "2",
        "`max_position_embeddings`",
    ),
    ("tiny-nomic-bert", "prenorm", "true", "`prenorm`"),
    (
        "tiny-nomic-bert",
        "rotary_emb_fraction",
        "0.5",
        "`rotary_emb_fraction`",
    ),
    (
        "tiny-nomic-bert",
        "moe_every_n_layers",
        "2",
        "`moe_every_n_layers`",
    ),
    (
        "tiny-nomic-bert",
        "activation_function",
        "\"gelu\"",
        "`activation_function`",
    ),
    ("tiny-nomic-bert", "use_rms_norm", "true", "`use_rms_norm`"),
    (
        "tiny-qwen3",
        "use_sliding_window",
        "true",
        "`use_sliding_window`",
    ),
    (
        "tiny-qwen3",
        "num_key_value_heads",
        "3",
        "`num_key_value_heads`",
    ),
    ("tiny-qwen3", "head_dim", "15", "`head_dim`"),
    ("tiny-qwen3", "rope_theta", "0", "`rope_theta`"),
    ("tiny-qwen3", "attention_bias", "true", "cannot be used"),
    ("tiny-roberta", "pad_token_id", "400", "`pad_token_id`"),
    (
        "tiny-roberta",
        "position_embedding_type",
        "\"relative_key\"",
        "`relative_key`",
    ),
    ("tiny-xlm-roberta", "hidden_size", "0", "`hidden_size`"),
    (
        "tiny-xlm-roberta",
        "num_hidden_layers",
        "3",
        "cannot be used",
    ),
];

#[test]
fn settings_that_are_not_computed_are_refused_by_name() {
    for (name, setting, value, named) in REFUSED {
        let model = Model::copy_of(name);
        let value: Value = serde_json::from_str(value).unwrap();
        model.change("config.json", |json| json[setting] = value);
        let message = model.load().unwrap_err().to_string();
        assert!(message.contains(named), "{name}, {setting}: {message}");
    }
}

#[test]
fn settings_of_newer_libraries_are_read() {
    let model = Model::copy_of("tiny-modernbert");
    let before = model
        .load()
        .unwrap()
        .encode(&["graph of noise"], Role::Document);
    model.change("config.json", |json| {
        let settings = json.as_object_mut().unwrap();
        for name in [
            "global_attn_every_n_layers",
            "global_rope_theta",
            "local_rope_theta",
        ] {
            settings.remove(name);
        }
        let kinds = ["full", "sliding", "sliding", "full", "sliding"];
        let kinds = kinds.map(|kind| format!("{kind}_attention")).to_vec();
        settings.insert("layer_types".to_owned(), kinds.into());
        let rotations = json!({
            "full_attention": {"rope_type": "default", "rope_theta": 160_000.0},
            "sliding_attention": {"rope_type": "default", "rope_theta": 10_000.0}
        });
        settings.insert("rope_parameters".to_owned(), rotations);
    });
    let after = model
        .load()
        .unwrap()
        .encode(&["graph of noise"], Role::Document);
    assert_eq!(before[0].as_ref().unwrap(), after[0].as_ref().unwrap());
    let model = Model::copy_of("tiny-qwen3");
    let before = model
        .load()
        .unwrap()
        .encode(&["graph of noise"], Role::Document);
    model.change("config.json", |json| {
        json.as_object_mut().unwrap().remove("rope_theta");
        json["rope_parameters"] = json!({"rope_type": "default", "rope_theta": 1_000_000});
    });
    let after = model
        .load()
        .unwrap()
        .encode(&["graph of noise"], Role::Document);
    assert_eq!(before[0].as_ref().unwrap(), after[0].as_ref().unwrap());
}

#[test]
fn devices_that_are_not_there_are_named_by_every_family() {
    if cfg!(feature = "metal") {
        return;
    }
    let options = LoadOptions {
        device: Device::Metal(0),
        ..LoadOptions::default()
    };
    for name in ["tiny-qwen3", "tiny-specter2"] {
        let error = load_folder(&fixture(name), &options).unwrap_err();
        assert!(error.to_string().contains("metal:0"), "{name}");
    }
}

/// Fixtures, what checkpoints with a head put before their names, and tensors of heads.
const HEADS: [(&str, &str, [&str; 2]); 8] = [
    (
        "tiny-bert-mean",
        "bert.",
        ["cls.predictions.bias", "classifier.weight"],
    ),
    (
        "tiny-distilbert",
        "distilbert.",
        ["vocab_projector.bias", "qa_outputs.weight"],
    ),
    (
        "tiny-modernbert",
        "model.",
        ["head.dense.weight", "decoder.bias"],
    ),
    (
        "tiny-mpnet",
        "mpnet.",
        ["lm_head.bias", "lm_head.dense.weight"],
    ),
    (
        "tiny-nomic-bert",
        "bert.",
        ["cls.predictions.decoder.bias", "classifier.weight"],
    ),
    ("tiny-qwen3", "model.", ["lm_head.weight", "score.weight"]),
    (
        "tiny-roberta",
        "roberta.",
        ["lm_head.layer_norm.bias", "classifier.dense.weight"],
    ),
    (
        "tiny-xlm-roberta",
        "roberta.",
        ["lm_head.decoder.weight", "classifier.out_proj.bias"],
    ),
];

#[test]
fn checkpoints_with_a_head_give_the_same_vectors() {
    let vector = |encoder: &dyn Encoder| {
        encoder
            .encode(&["graph of noise"], Role::Document)
            .remove(0)
            .unwrap()
    };
    for (name, prefix, heads) in HEADS {
        let model = Model::copy_of(name);
        let expected = vector(&*model.load().unwrap());
        let bytes = model.read("model.safetensors");
        let tensors = SafeTensors::deserialize(&bytes).unwrap();
        let head = [0_u8; 24];
        let mut views: Vec<(String, TensorView<'_>)> = tensors
            .tensors()
            .into_iter()
            .map(|(name, view)| (format!("{prefix}{name}"), view))
            .collect();
        for name in heads {
            let view = TensorView::new(Dtype::F32, vec![2, 3], &head).unwrap();
            views.push((name.to_owned(), view));
        }
        model.write("model.safetensors", serialize(views, None).unwrap());
        assert_eq!(vector(&*model.load().unwrap()), expected, "{name}");
        let mut views = tensors.tensors();
        let stranger = TensorView::new(Dtype::F32, vec![2, 3], &head).unwrap();
        views.push(("stranger.weight".to_owned(), stranger));
        model.write("model.safetensors", serialize(views, None).unwrap());
        let error = model.load().unwrap_err();
        let found = matches!(
            &error,
            ModelError::Weights { source: WeightsError::UnknownTensor { name }, .. }
                if name == "stranger.weight"
        );
        assert!(found, "{name}: {error:?}");
    }
}

#[test]
fn scaled_rotations_are_not_used_beyond_what_a_nomic_model_was_trained_on() {
    let model = Model::copy_of("tiny-nomic-bert");
    model.change("config.json", |json| {
        json["rotary_scaling_factor"] = 2.into();
        json["max_trained_positions"] = 100.into();
    });
    let facts = inspect_folder(model.path()).unwrap();
    assert_eq!(facts.max_tokens, Some(100));
    assert!(
        facts.notes[0].contains("rotary_scaling_factor"),
        "{:?}",
        facts.notes
    );
    let Expected { cases, .. } = expected("tiny-nomic-bert");
    let short = cases.iter().filter(|case| case.ids.len() <= 100);
    let encoder = model.load().unwrap();
    for case in short {
        let vector = encoder
            .encode(&[&case.text], Role::Document)
            .remove(0)
            .unwrap();
        let difference = largest_difference(vector.as_slice(), &normalized(&case.vector));
        assert!(difference <= TOLERANCE, "{:?}: {difference:e}", case.text);
    }
}

/// Files of the fixtures that are read, but those of weights.
const READ: [&str; 5] = [
    "config.json",
    "modules.json",
    "tokenizer.json",
    "adapter/adapter_config.json",
    "3_Dense/config.json",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn mutated_files_of_any_family_never_panic(
        number in 0..FIXTURES.len(), file in 0..READ.len(), place in 0.0f64..1.0, value: u8,
        weights: bool,
    ) {
        let model = Model::copy_of(FIXTURES[number].0);
        let file = if weights { "model.safetensors" } else { READ[file] };
        prop_assume!(model.path().join(file).exists());
        let mut bytes = model.read(file);
        // A header is what is most likely to break something.
        let span = if weights { bytes.len().min(4_000) } else { bytes.len() };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "below the length")]
        let place = (place * span as f64) as usize;
        bytes[place] = value;
        model.write(file, bytes);
        if let Ok(encoder) = model.load() {
            for vector in encoder.encode(&["graph of noise", "a"], Role::Query).into_iter().flatten() {
                prop_assert_eq!(vector.dimension(), encoder.dimension());
            }
        }
    }
}
