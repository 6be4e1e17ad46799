//! What a folder says is what is computed.

use std::collections::HashMap;

use kindred_core::Role;
use kindred_embed::{
    BuiltIn, Dtype as Numbers, Family, LoadOptions, Pooling, built_in, inspect_folder,
    inspect_folder_with, load_folder, load_named,
};
use safetensors::tensor::{Dtype, TensorView};
use safetensors::{SafeTensors, serialize};

use crate::support::{Model, encode, fixture, largest_difference, normalized, root};

const TEXT: &str = "A graph network predicts the energy of small molecules from their bonds.";

/// Name, bytes and shape of a tensor.
type Shard = (String, Vec<u8>, Vec<usize>);

fn bytes_of(values: &[f32]) -> Vec<u8> {
    values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect()
}

/// The id of a text of one token, as the fixture's expected ids have it between `[CLS]` and `[SEP]`.
fn id_of(text: &str) -> usize {
    let expected = fs_err::read(fixture("tiny-bert-mean.expected.json")).unwrap();
    let expected: serde_json::Value = serde_json::from_slice(&expected).unwrap();
    let cases = expected["cases"].as_array().unwrap();
    let case = cases.iter().find(|case| case["text"] == text).unwrap();
    usize::try_from(case["ids"][1].as_u64().unwrap()).unwrap()
}

#[test]
fn facts_are_those_of_the_files() {
    let facts = inspect_folder(&fixture("tiny-bert-cls")).unwrap();
    assert_eq!(facts.name, "tiny-bert-cls");
    assert_eq!((facts.family, facts.pooling), (Family::Bert, Pooling::Cls));
    assert_eq!((facts.layers, facts.hidden, facts.dimension), (2, 32, 32));
    assert_eq!((facts.max_tokens, facts.normalizes), (Some(64), true));
    assert!(facts.notes.is_empty() && facts.prompts.is_empty());
    let encoder = load_folder(&fixture("tiny-bert-cls"), &LoadOptions::default()).unwrap();
    assert_eq!(*encoder.fingerprint(), facts.fingerprint);
}

#[test]
fn built_in_encoders_are_the_committed_folders() {
    for (built_in, family, layers, max_tokens) in [
        (BuiltIn::Small, Family::Bert, 2, Some(256)),
        (BuiltIn::Static, Family::Static, 0, None),
    ] {
        let path = root().join("models").join(built_in.as_str());
        for dtype in [Numbers::F32, Numbers::Int8] {
            let options = LoadOptions {
                dtype,
                ..LoadOptions::default()
            };
            let facts = built_in.inspect(&options).unwrap();
            assert_eq!(
                (facts.name.as_str(), facts.family),
                (built_in.as_str(), family)
            );
            assert_eq!((facts.layers, facts.max_tokens), (layers, max_tokens));
            let folder = inspect_folder_with(&path, &options).unwrap();
            assert_eq!(facts, folder);
            let encoder = built_in.load(&options).unwrap();
            assert_eq!(*encoder.fingerprint(), folder.fingerprint);
            assert_eq!(encoder.dimension(), facts.dimension);
        }
    }
    let usual = built_in().unwrap();
    let small = BuiltIn::Small.inspect(&LoadOptions::default()).unwrap();
    assert_eq!(*usual.fingerprint(), small.fingerprint);
}

#[test]
fn built_in_encoders_go_by_their_names() {
    for (name, expected) in [
        ("built-in", BuiltIn::Small),
        ("kindred-small", BuiltIn::Small),
        ("kindred-static", BuiltIn::Static),
    ] {
        assert_eq!(name.parse::<BuiltIn>().unwrap(), expected);
        let encoder = load_named(name, &LoadOptions::default()).unwrap();
        assert_eq!(encoder.name(), expected.as_str());
    }
    let error = "kindred".parse::<BuiltIn>().unwrap_err().to_string();
    assert!(error.contains("kindred-small or kindred-static"), "{error}");
    let path = fixture("tiny-bert-mean");
    let folder = load_named(path.to_str().unwrap(), &LoadOptions::default()).unwrap();
    assert_eq!(folder.name(), "tiny-bert-mean");
}

#[test]
fn dimensions_are_cut_and_normalised_again() {
    let options = LoadOptions {
        truncate_dimension: Some(64),
        ..LoadOptions::default()
    };
    for built_in in BuiltIn::ALL {
        let short = built_in.load(&options).unwrap();
        let full = built_in.load(&LoadOptions::default()).unwrap();
        assert_eq!(short.dimension(), 64);
        assert_ne!(short.fingerprint(), full.fingerprint());
        let expected = normalized(&encode(&*full, &[TEXT])[0][..64]);
        assert!(largest_difference(&encode(&*short, &[TEXT])[0], &expected) < 1e-6);
    }
}

#[test]
fn half_precision_and_shards_give_nearly_the_same_vectors() {
    let model = Model::copy_of("tiny-bert-mean");
    let expected = encode(&*model.load().unwrap(), &[TEXT]);
    let bytes = model.read("model.safetensors");
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let mut shards: [Vec<Shard>; 2] = Default::default();
    let mut map = HashMap::new();
    for (number, name) in tensors.names().into_iter().enumerate() {
        let tensor = tensors.tensor(name).unwrap();
        let (values, _) = tensor.data().as_chunks::<4>();
        let halves = values
            .iter()
            .flat_map(|value| half::f16::from_f32(f32::from_le_bytes(*value)).to_le_bytes())
            .collect();
        shards[number % 2].push((name.to_owned(), halves, tensor.shape().to_vec()));
        map.insert(
            name.to_owned(),
            format!("model-0000{}-of-00002.safetensors", number % 2 + 1),
        );
    }
    for (number, shard) in shards.iter().enumerate() {
        let views = shard.iter().map(|(name, data, shape)| {
            (
                name.as_str(),
                TensorView::new(Dtype::F16, shape.clone(), data).unwrap(),
            )
        });
        let file = format!("model-0000{}-of-00002.safetensors", number + 1);
        model.write(&file, serialize(views, None).unwrap());
    }
    model.remove("model.safetensors");
    let index = serde_json::json!({"weight_map": map});
    model.write("model.safetensors.index.json", index.to_string());
    let found = encode(&*model.load().unwrap(), &[TEXT]);
    let difference = largest_difference(&found[0], &expected[0]);
    assert!(difference > 0.0 && difference < 5e-3, "{difference:e}");
}

#[test]
fn prompts_go_before_the_texts_of_their_role() {
    let model = Model::copy_of("tiny-bert-mean");
    let plain = model.load().unwrap();
    let prompts = serde_json::json!({
        "prompts": {"query": "graph ", "passage": "noise "}, "default_prompt_name": null
    });
    model.write("config_sentence_transformers.json", prompts.to_string());
    let prompted = model.load().unwrap();
    assert_ne!(plain.fingerprint(), prompted.fingerprint());
    for (role, prompt) in [(Role::Query, "graph "), (Role::Document, "noise ")] {
        let found = prompted.encode(&["of bonds"], role).remove(0).unwrap();
        let expected = encode(&*plain, &[&format!("{prompt}of bonds")]);
        assert_eq!(found.as_slice(), expected[0]);
        assert!(
            prompted.encode(&[""], role).remove(0).is_err(),
            "a prompt alone is no text"
        );
    }
    model.change("1_Pooling/config.json", |json| {
        json["include_prompt"] = false.into();
    });
    let without = model.load().unwrap();
    let found = without
        .encode(&["of bonds"], Role::Query)
        .remove(0)
        .unwrap();
    let included = prompted
        .encode(&["of bonds"], Role::Query)
        .remove(0)
        .unwrap();
    assert_ne!(found, included);
}

#[test]
fn a_default_prompt_serves_both_roles() {
    let model = Model::copy_of("tiny-bert-mean");
    let plain = model.load().unwrap();
    let prompts = serde_json::json!({"prompts": {"s2s": "graph "}, "default_prompt_name": "s2s"});
    model.write("config_sentence_transformers.json", prompts.to_string());
    let found = encode(&*model.load().unwrap(), &["noise"]);
    assert_eq!(found, encode(&*plain, &["graph noise"]));
    let prompts = serde_json::json!({"prompts": {}, "default_prompt_name": "absent"});
    model.write("config_sentence_transformers.json", prompts.to_string());
    assert!(model.load().unwrap_err().to_string().contains("absent"));
}

#[test]
fn a_dense_layer_is_applied() {
    let model = Model::copy_of("tiny-bert-mean");
    let pooled_facts = inspect_folder(model.path()).unwrap();
    let plain = encode(&*model.load().unwrap(), &[TEXT]).remove(0);
    model.change("modules.json", |json| {
        let normalize = "sentence_transformers.models.Normalize";
        let dense = "sentence_transformers.models.Dense";
        let modules = json.as_array_mut().unwrap();
        modules.push(serde_json::json!({"idx": 2, "path": "2_Normalize", "type": normalize}));
        modules.push(serde_json::json!({"idx": 3, "path": "3_Dense", "type": dense}));
    });
    let config = serde_json::json!({
        "in_features": 32, "out_features": 3, "bias": true,
        "activation_function": "torch.nn.modules.activation.Tanh"
    });
    model.write("3_Dense/config.json", config.to_string());
    let weight: Vec<f32> = (0..96_u8)
        .map(|number| (f32::from(number) * 0.7).sin())
        .collect();
    let bias = [0.1_f32, -0.2, 0.3];
    let (weight_bytes, bias_bytes) = (bytes_of(&weight), bytes_of(&bias));
    let tensors = [
        (
            "linear.weight",
            TensorView::new(Dtype::F32, vec![3, 32], &weight_bytes).unwrap(),
        ),
        (
            "linear.bias",
            TensorView::new(Dtype::F32, vec![3], &bias_bytes).unwrap(),
        ),
    ];
    model.write(
        "3_Dense/model.safetensors",
        serialize(tensors, None).unwrap(),
    );
    let encoder = model.load().unwrap();
    assert_eq!(encoder.dimension(), 3);
    let rows = weight.chunks(32).zip(bias);
    let expected: Vec<f32> = rows
        .map(|(row, bias)| (row.iter().zip(&plain).map(|(w, x)| w * x).sum::<f32>() + bias).tanh())
        .collect();
    let found = encode(&*encoder, &[TEXT]);
    assert!(largest_difference(&found[0], &normalized(&expected)) < 1e-5);
    let facts = inspect_folder(model.path()).unwrap();
    assert_eq!((facts.hidden, facts.dimension), (pooled_facts.hidden, 3));
}

#[test]
fn a_plain_transformer_gets_mean_pooling_and_a_note() {
    let model = Model::copy_of("tiny-bert-mean");
    let expected = encode(&*model.load().unwrap(), &[TEXT]);
    model.remove("modules.json");
    assert_eq!(encode(&*model.load().unwrap(), &[TEXT]), expected);
    let facts = inspect_folder(model.path()).unwrap();
    assert!(facts.notes[0].contains("mean pooling"), "{:?}", facts.notes);
}

#[test]
fn a_model2vec_folder_leaves_unknown_tokens_out_and_weighs_the_rest() {
    let model = Model::copy_of("tiny-bert-mean");
    for file in [
        "modules.json",
        "sentence_bert_config.json",
        "tokenizer_config.json",
    ] {
        model.remove(file);
    }
    let config = serde_json::json!({"model_type": "model2vec", "normalize": true});
    model.write("config.json", config.to_string());
    let table: Vec<f32> = (0..800_u16)
        .map(|number| (f32::from(number) * 0.37).sin())
        .collect();
    let weights: Vec<f32> = (0..200_u8)
        .map(|number| 0.5 + f32::from(number) / 200.0)
        .collect();
    let mapping: Vec<u8> = (0..200_i64).rev().flat_map(i64::to_le_bytes).collect();
    let (table_bytes, weight_bytes) = (bytes_of(&table), bytes_of(&weights));
    let tensors = [
        (
            "embeddings",
            TensorView::new(Dtype::F32, vec![200, 4], &table_bytes).unwrap(),
        ),
        (
            "weights",
            TensorView::new(Dtype::F32, vec![200], &weight_bytes).unwrap(),
        ),
        (
            "mapping",
            TensorView::new(Dtype::I64, vec![200], &mapping).unwrap(),
        ),
    ];
    model.write("model.safetensors", serialize(tensors, None).unwrap());
    let encoder = model.load().unwrap();
    assert_eq!((encoder.dimension(), encoder.max_tokens()), (4, Some(512)));
    let (graph, stop) = (id_of("graph"), id_of("."));
    let found = encode(&*encoder, &["graph 数 ."]);
    let expected: Vec<f32> = (0..4)
        .map(|column| {
            let part = |token: usize| weights[token] * table[(199 - token) * 4 + column];
            part(graph) + part(stop)
        })
        .collect();
    assert!(largest_difference(&found[0], &normalized(&expected)) < 1e-6);
}
