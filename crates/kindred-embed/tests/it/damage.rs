//! A model that is not whole, or not what it says, is refused with the reason.

use std::path::Path;

use kindred_core::Role;
use kindred_embed::{LoadOptions, ModelError, WeightsError, inspect_folder, load_folder};
use proptest::prelude::*;
use safetensors::SafeTensors;

use crate::support::{Model, fixture};

fn weights_error(model: &Model) -> WeightsError {
    match model.load() {
        Err(ModelError::Weights { source, .. }) => source,
        other => panic!("expected a fault in the weights, found {other:?}"),
    }
}

fn message(model: &Model) -> String {
    model.load().unwrap_err().to_string()
}

#[test]
fn truncated_weights_are_refused_at_any_length() {
    let model = Model::copy_of("tiny-bert-mean");
    let whole = model.read("model.safetensors");
    for length in [0, 7, 8, 9, 500, whole.len() / 2, whole.len() - 1] {
        model.write("model.safetensors", &whole[..length]);
        let error = weights_error(&model);
        assert!(
            matches!(error, WeightsError::Truncated { .. }),
            "{length}: {error:?}"
        );
    }
    model.write("model.safetensors", [&whole[..], b"more"].concat());
    assert!(matches!(weights_error(&model), WeightsError::Format { .. }));
}

#[test]
fn a_header_beyond_a_mebibyte_is_refused() {
    let model = Model::copy_of("tiny-bert-mean");
    let mut bytes = model.read("model.safetensors");
    bytes[..8].copy_from_slice(&(2_u64 << 20).to_le_bytes());
    model.write("model.safetensors", bytes);
    assert!(matches!(
        weights_error(&model),
        WeightsError::HeaderTooLarge { .. }
    ));
}

#[test]
fn pickles_are_refused_whatever_their_name() {
    let model = Model::copy_of("tiny-bert-mean");
    for magic in [
        &b"PK\x03\x04rest of an archive"[..],
        b"\x80\x02}q\x00.",
        b"\x80\x04\x95x",
    ] {
        model.write("model.safetensors", magic);
        assert!(
            matches!(model.load(), Err(ModelError::Pickled { .. })),
            "{magic:?}"
        );
    }
    model.remove("model.safetensors");
    model.write("pytorch_model.bin", "anything");
    let error = message(&model);
    assert!(
        error.contains("pytorch_model.bin") && error.contains("model.safetensors"),
        "{error}"
    );
}

#[test]
fn a_weight_that_is_not_finite_is_refused_by_name() {
    let model = Model::copy_of("tiny-bert-mean");
    let whole = model.read("model.safetensors");
    let (header, metadata) = SafeTensors::read_metadata(&whole).unwrap();
    let name = "encoder.layer.1.output.dense.bias";
    let place = 8 + header + metadata.info(name).unwrap().data_offsets.0;
    for bad in [f32::NAN, f32::INFINITY] {
        let mut bytes = whole.clone();
        bytes[place..place + 4].copy_from_slice(&bad.to_le_bytes());
        model.write("model.safetensors", bytes);
        let error = weights_error(&model);
        assert!(matches!(&error, WeightsError::NotFinite { name: found } if found == name));
    }
}

#[test]
fn weights_of_another_shape_or_architecture_are_refused() {
    let model = Model::copy_of("tiny-bert-mean");
    model.change("config.json", |json| json["intermediate_size"] = 65.into());
    assert!(matches!(weights_error(&model), WeightsError::Shape { .. }));
    assert!(inspect_folder(model.path()).is_err());
    let model = Model::copy_of("tiny-bert-mean");
    model.change("config.json", |json| json["num_hidden_layers"] = 3.into());
    assert!(matches!(
        weights_error(&model),
        WeightsError::MissingTensor { .. }
    ));
    let model = Model::copy_of("tiny-bert-mean");
    model.change("config.json", |json| json["num_hidden_layers"] = 1.into());
    assert!(matches!(
        weights_error(&model),
        WeightsError::UnknownTensor { .. }
    ));
}

#[test]
fn unsupported_parts_are_named() {
    let model = Model::copy_of("tiny-bert-mean");
    model.change("modules.json", |json| {
        json[1]["type"] = "custom.Pooling".into();
    });
    assert!(message(&model).contains("`custom.Pooling`, supported are Transformer"));
    let model = Model::copy_of("tiny-bert-mean");
    model.change("config.json", |json| json["model_type"] = "t5".into());
    assert!(message(&model).contains("`t5`, supported are bert"));
    let model = Model::copy_of("tiny-bert-mean");
    model.change("1_Pooling/config.json", |json| {
        json["pooling_mode_cls_token"] = true.into();
    });
    assert!(message(&model).contains("several pooling modes"));
    let model = Model::copy_of("tiny-bert-mean");
    model.change("modules.json", |json| json[1]["path"] = "../outside".into());
    assert!(message(&model).contains("leaves the folder"));
}

#[test]
fn tokenizers_that_do_not_fit_are_refused() {
    let model = Model::copy_of("tiny-bert-mean");
    model.change("tokenizer.json", |json| {
        json["pre_tokenizer"] = serde_json::json!({
            "type": "Split", "pattern": {"Regex": "(a+)+$"}, "behavior": "Isolated",
            "invert": false
        });
    });
    assert!(message(&model).contains("regular expression"));
    let model = Model::copy_of("tiny-bert-mean");
    model.change("tokenizer.json", |json| {
        json["model"]["vocab"]["beyond"] = 4_000_000.into();
    });
    assert!(message(&model).contains("4000000"));
    let model = Model::copy_of("tiny-bert-mean");
    model.change("tokenizer.json", |json| {
        json["post_processor"]["single"][0]["SpecialToken"]["id"] = "[ABSENT]".into();
    });
    let absent = message(&model);
    assert!(absent.contains("tokenizer"), "{absent}");
    let model = Model::copy_of("tiny-bert-mean");
    model.write("tokenizer.json", "{}");
    assert!(matches!(model.load(), Err(ModelError::Tokenizer { .. })));
    model.remove("tokenizer.json");
    assert!(
        matches!(model.load(), Err(ModelError::Missing { file, .. }) if file == "tokenizer.json")
    );
}

#[test]
fn folders_that_are_none_are_refused() {
    let options = LoadOptions::default();
    let absent = load_folder(Path::new("no-such-folder"), &options).unwrap_err();
    assert!(matches!(absent, ModelError::Read { .. }));
    let file = load_folder(&fixture("tiny-bert-mean/config.json"), &options).unwrap_err();
    assert!(matches!(file, ModelError::Read { .. }));
    let empty = tempfile::tempdir().unwrap();
    let error = load_folder(empty.path(), &options).unwrap_err();
    assert!(matches!(error, ModelError::Missing { file, .. } if file == "modules.json"));
}

#[test]
fn options_that_do_not_fit_are_refused() {
    let load = |options| load_folder(&fixture("tiny-bert-mean"), &options).map(|_| ());
    let default = LoadOptions::default;
    for max_tokens in [0, 2, 65] {
        let options = LoadOptions {
            max_tokens: Some(max_tokens),
            ..default()
        };
        assert!(
            matches!(load(options), Err(ModelError::Option { .. })),
            "{max_tokens}"
        );
    }
    for dimension in [0, 33] {
        let options = LoadOptions {
            truncate_dimension: Some(dimension),
            ..default()
        };
        assert!(
            matches!(load(options), Err(ModelError::Option { .. })),
            "{dimension}"
        );
    }
    assert!(
        load(LoadOptions {
            threads: Some(0),
            ..default()
        })
        .is_err()
    );
    assert!(
        load(LoadOptions {
            max_tokens: Some(64),
            truncate_dimension: Some(32),
            ..default()
        })
        .is_ok()
    );
}

#[test]
fn devices_that_are_not_there_are_named() {
    let options = LoadOptions {
        device: kindred_embed::Device::Metal(0),
        ..LoadOptions::default()
    };
    if cfg!(feature = "metal") {
        return;
    }
    let error = load_folder(&fixture("tiny-bert-mean"), &options).unwrap_err();
    assert!(error.to_string().contains("metal:0"));
}

#[test]
fn the_fingerprint_follows_every_file_and_setting_that_changes_vectors() {
    let model = Model::copy_of("tiny-bert-mean");
    let original = model.load().unwrap().fingerprint().clone();
    assert_eq!(
        *Model::copy_of("tiny-bert-mean")
            .load()
            .unwrap()
            .fingerprint(),
        original
    );
    model.write("README.md", "---\nlicense: mit\n---\n");
    assert_eq!(*model.load().unwrap().fingerprint(), original);
    assert_eq!(
        inspect_folder(model.path()).unwrap().license.as_deref(),
        Some("mit")
    );
    let mut seen = vec![original];
    let mut differs = |fingerprint: &kindred_core::Fingerprint| {
        assert!(!seen.contains(fingerprint));
        seen.push(fingerprint.clone());
    };
    for max_tokens in [8, 16] {
        let options = LoadOptions {
            max_tokens: Some(max_tokens),
            ..LoadOptions::default()
        };
        differs(load_folder(model.path(), &options).unwrap().fingerprint());
    }
    for file in [
        "config.json",
        "modules.json",
        "tokenizer.json",
        "1_Pooling/config.json",
    ] {
        let bytes = model.read(file);
        model.write(file, [&bytes[..], b"\n\n"].concat());
        differs(model.load().unwrap().fingerprint());
    }
    let mut bytes = model.read("model.safetensors");
    let last = bytes.len() - 4;
    bytes[last] ^= 1;
    model.write("model.safetensors", bytes);
    differs(model.load().unwrap().fingerprint());
}

const FILES: [&str; 6] = [
    "1_Pooling/config.json",
    "config.json",
    "model.safetensors",
    "modules.json",
    "sentence_bert_config.json",
    "tokenizer.json",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn mutated_files_never_panic(
        file in 0..FILES.len(), place in 0.0f64..1.0, value: u8, cut: bool, near_start: bool,
    ) {
        let model = Model::copy_of("tiny-bert-mean");
        let mut bytes = model.read(FILES[file]);
        let span = if near_start { bytes.len().min(3_000) } else { bytes.len() };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "below the length")]
        let place = (place * span as f64) as usize;
        if cut {
            bytes.truncate(place);
        } else {
            bytes[place] = value;
        }
        model.write(FILES[file], bytes);
        if let Ok(encoder) = model.load() {
            for vector in encoder.encode(&["graph of noise", "a"], Role::Document).into_iter().flatten() {
                prop_assert_eq!(vector.dimension(), encoder.dimension());
            }
        }
    }
}
