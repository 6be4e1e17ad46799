//! A check of values against the schemas that tools promise: the words of JSON Schema that they use.

use serde_json::Value;

/// Words that say nothing about validity.
const NOTES: [&str; 8] = [
    "$schema",
    "$defs",
    "title",
    "description",
    "examples",
    "default",
    "format",
    "$id",
];

/// Returns everything in which a value is not as its schema says; panics at a word of the schema
/// that it does not know, so that nothing passes unread.
pub(crate) fn faults(value: &Value, schema: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    check(value, schema, (schema, "$"), &mut faults);
    faults
}

fn check(value: &Value, schema: &Value, (root, path): (&Value, &str), faults: &mut Vec<String>) {
    let words = match schema {
        Value::Bool(true) => return,
        Value::Object(words) => words,
        other => panic!("{path}: {other} is no schema"),
    };
    for (word, said) in words {
        match word.as_str() {
            "$ref" => {
                let pointer = said.as_str().unwrap().trim_start_matches('#');
                let target = root
                    .pointer(pointer)
                    .expect("the reference leads somewhere");
                check(value, target, (root, path), faults);
            }
            "type" => {
                let is_one = match said {
                    Value::Array(kinds) => kinds.iter().any(|kind| is_a(value, kind)),
                    kind => is_a(value, kind),
                };
                if !is_one {
                    faults.push(format!("{path} is {value}, expected {said}"));
                }
            }
            "required" => {
                for name in said.as_array().unwrap() {
                    let name = name.as_str().unwrap();
                    if value.is_object() && value.get(name).is_none() {
                        faults.push(format!("{path}.{name} is missing"));
                    }
                }
            }
            "properties" => {
                for (name, inner) in said.as_object().unwrap() {
                    if let Some(found) = value.get(name) {
                        check(found, inner, (root, &format!("{path}.{name}")), faults);
                    }
                }
            }
            "additionalProperties" => {
                assert_eq!(said, &Value::Bool(false), "{path}: {said}");
                for name in value
                    .as_object()
                    .into_iter()
                    .flat_map(|fields| fields.keys())
                {
                    if schema["properties"].get(name).is_none() {
                        faults.push(format!("{path}.{name} is not in the schema"));
                    }
                }
            }
            "items" => {
                for (place, item) in value.as_array().into_iter().flatten().enumerate() {
                    check(item, said, (root, &format!("{path}[{place}]")), faults);
                }
            }
            "anyOf" | "oneOf" => {
                let fits = said.as_array().unwrap().iter().any(|choice| {
                    let mut found = Vec::new();
                    check(value, choice, (root, path), &mut found);
                    found.is_empty()
                });
                if !fits {
                    faults.push(format!("{path} is {value}, which fits no choice of {said}"));
                }
            }
            "enum" => {
                if !said.as_array().unwrap().contains(value) {
                    faults.push(format!("{path} is {value}, expected one of {said}"));
                }
            }
            "const" => {
                if value != said {
                    faults.push(format!("{path} is {value}, expected {said}"));
                }
            }
            "minimum" | "maximum" => {
                if let (Some(found), Some(bound)) = (value.as_f64(), said.as_f64()) {
                    let is_fine = if word == "minimum" {
                        found >= bound
                    } else {
                        found <= bound
                    };
                    if !is_fine {
                        faults.push(format!("{path} is {found}, {word} {bound}"));
                    }
                }
            }
            "minItems" | "maxItems" | "minLength" | "maxLength" => {
                let found = match value {
                    Value::Array(items) if word.ends_with("Items") => items.len(),
                    Value::String(text) if word.ends_with("Length") => text.chars().count(),
                    _ => continue,
                };
                let bound = usize::try_from(said.as_u64().unwrap()).unwrap();
                if word.starts_with("min") && found < bound
                    || word.starts_with("max") && found > bound
                {
                    faults.push(format!("{path} has {found}, {word} {bound}"));
                }
            }
            note => assert!(
                NOTES.contains(&note),
                "{path}: the check does not know `{note}`"
            ),
        }
    }
}

fn is_a(value: &Value, kind: &Value) -> bool {
    match kind.as_str().unwrap() {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_u64() || value.is_i64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("there is no type {other}"),
    }
}

#[test]
fn schema_check_finds_what_is_wrong() {
    let schema = serde_json::json!({
        "type": "object",
        "required": ["rank"],
        "properties": {
            "rank": {"type": "integer", "minimum": 1},
            "paper": {"$ref": "#/$defs/Paper"},
            "names": {"type": ["array", "null"], "items": {"type": "string"}, "maxItems": 2},
            "name": {"type": "string", "maxLength": 3},
            "kind": {"anyOf": [{"const": "new"}, {"type": "null"}]},
        },
        "$defs": {"Paper": {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}}},
    });
    let check = |value: Value| faults(&value, &schema).len();
    assert_eq!(
        check(serde_json::json!({"rank": 1, "paper": {"id": "x"}, "names": null})),
        0
    );
    assert_eq!(
        check(serde_json::json!({"rank": 1, "names": ["a"], "kind": "new"})),
        0
    );
    for wrong in [
        serde_json::json!([]),
        serde_json::json!({}),
        serde_json::json!({"rank": "1"}),
        serde_json::json!({"rank": 0}),
        serde_json::json!({"rank": 1, "paper": {}}),
        serde_json::json!({"rank": 1, "paper": {"id": 5}}),
        serde_json::json!({"rank": 1, "names": ["a", 1]}),
        serde_json::json!({"rank": 1, "names": ["a", "b", "c"]}),
        serde_json::json!({"rank": 1, "kind": "old"}),
        serde_json::json!({"rank": 1, "name": "long"}),
    ] {
        assert_eq!(check(wrong.clone()), 1, "{wrong}");
    }
}
