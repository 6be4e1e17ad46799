//! The adapter of SPECTER2; that its vectors are right is shown in `families`.

use kindred_core::{Encoder, Role};
use kindred_embed::{ModelError, inspect_folder};
use serde_json::json;

use crate::support::Model;

#[test]
fn adapters_of_other_kinds_are_refused_by_name() {
    let refused = [
        ("original_ln_before", json!(false)),
        ("non_linearity", json!("gelu")),
        ("mh_adapter", json!(true)),
        ("is_parallel", json!(true)),
        ("scaling", json!("learned")),
        ("leave_out", json!([0])),
        ("reduction_factor", json!({"default": 4})),
        ("residual_before_ln", json!("post_add")),
    ];
    for (setting, value) in refused {
        let model = Model::copy_of("tiny-specter2");
        model.change("adapter/adapter_config.json", |json| {
            json["config"][setting] = value;
        });
        let message = model.load().unwrap_err().to_string();
        assert!(message.contains(&format!("`{setting}`")), "{message}");
    }
    let model = Model::copy_of("tiny-specter2");
    model.write(
        "adapter/adapter_config.json",
        json!({"peft_type": "LORA"}).to_string(),
    );
    assert!(model.load().unwrap_err().to_string().contains("`LORA`"));
}

#[test]
fn an_adapter_may_lie_beside_the_model_and_is_part_of_the_fingerprint() {
    let model = Model::copy_of("tiny-specter2");
    let inside = model.load().unwrap();
    for file in ["adapter_config.json", "adapter.safetensors"] {
        model.write(file, model.read(&format!("adapter/{file}")));
        model.remove(&format!("adapter/{file}"));
    }
    let beside = model.load().unwrap();
    let vector = |encoder: &dyn Encoder| encoder.encode(&["graph"], Role::Query).remove(0).unwrap();
    assert_eq!(vector(&*inside), vector(&*beside));
    let facts = inspect_folder(model.path()).unwrap();
    let noted = |part: &str| facts.notes.iter().any(|note| note.contains(part));
    assert!(noted("[PRX]") && noted("first token"), "{:?}", facts.notes);
    let mut weights = model.read("adapter.safetensors");
    let from = weights.len() - 1024;
    for number in weights[from..].chunks_exact_mut(4) {
        // The sign of a little-endian number.
        number[3] ^= 0x80;
    }
    model.write("adapter.safetensors", weights);
    let changed = model.load().unwrap();
    assert_ne!(changed.fingerprint(), beside.fingerprint());
    assert_ne!(vector(&*changed), vector(&*beside));
}

#[test]
fn a_pickled_adapter_is_refused_with_what_to_do() {
    let model = Model::copy_of("tiny-specter2");
    model.remove("adapter/adapter.safetensors");
    let error = model.load().unwrap_err();
    assert!(matches!(error, ModelError::Missing { .. }), "{error}");
    model.write("adapter/pytorch_adapter.bin", b"PK\x03\x04 an archive");
    let message = model.load().unwrap_err().to_string();
    assert!(message.contains("models/convert_adapter.py"), "{message}");
}

#[test]
fn adapters_of_other_families_are_refused() {
    let model = Model::copy_of("tiny-roberta");
    let adapter = Model::copy_of("tiny-specter2");
    for file in ["adapter_config.json", "adapter.safetensors"] {
        model.write(file, adapter.read(&format!("adapter/{file}")));
    }
    let message = model.load().unwrap_err().to_string();
    assert!(message.contains("it adapts `roberta`"), "{message}");
}
