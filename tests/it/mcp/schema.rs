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
    let mut check = Check {
        root: schema,
        faults: Vec::new(),
    };
    check.value(value, schema, "$");
    check.faults
}

struct Check<'a> {
    /// Where references lead to.
    root: &'a Value,
    faults: Vec<String>,
}

impl Check<'_> {
    fn value(&mut self, value: &Value, schema: &Value, path: &str) {
        if schema == &Value::Bool(true) {
            return;
        }
        let words = schema.as_object().expect("a schema is an object or true");
        for (word, said) in words {
            match word.as_str() {
                "$ref" => {
                    let pointer = said.as_str().unwrap().trim_start_matches('#');
                    let target = self.root.pointer(pointer);
                    self.value(value, target.expect("the reference leads somewhere"), path);
                }
                "required" | "properties" | "additionalProperties" => {
                    self.fields(value, (word, said), (schema, path));
                }
                "items" => {
                    for (place, item) in value.as_array().into_iter().flatten().enumerate() {
                        self.value(item, said, &format!("{path}[{place}]"));
                    }
                }
                "anyOf" | "oneOf" => {
                    let fits = said.as_array().unwrap().iter().any(|choice| {
                        let mut other = Check {
                            root: self.root,
                            faults: Vec::new(),
                        };
                        other.value(value, choice, path);
                        other.faults.is_empty()
                    });
                    self.hold(fits, || format!("{path} is {value}, no choice of {said}"));
                }
                "type" => {
                    let fits = said.as_array().map_or_else(
                        || is_a(value, said),
                        |kinds| kinds.iter().any(|kind| is_a(value, kind)),
                    );
                    self.hold(fits, || format!("{path} is {value}, expected {said}"));
                }
                "enum" => {
                    let fits = said.as_array().unwrap().contains(value);
                    self.hold(fits, || {
                        format!("{path} is {value}, expected one of {said}")
                    });
                }
                "const" => self.hold(value == said, || format!("{path} is {value}, not {said}")),
                "minimum" | "maximum" | "minItems" | "maxItems" | "minLength" | "maxLength" => {
                    self.hold(is_within(value, word, said), || {
                        format!("{path} is {value}, {word} {said}")
                    });
                }
                note => assert!(NOTES.contains(&note), "{path}: `{note}` is not known"),
            }
        }
    }

    /// Checks the words about the fields of an object.
    fn fields(&mut self, value: &Value, (word, said): (&str, &Value), at: (&Value, &str)) {
        let (schema, path) = at;
        let Some(fields) = value.as_object() else {
            return;
        };
        match word {
            "required" => {
                for name in said.as_array().unwrap() {
                    let name = name.as_str().unwrap();
                    self.hold(fields.contains_key(name), || {
                        format!("{path}.{name} is missing")
                    });
                }
            }
            "properties" => {
                for (name, inner) in said.as_object().unwrap() {
                    if let Some(found) = fields.get(name) {
                        self.value(found, inner, &format!("{path}.{name}"));
                    }
                }
            }
            _ => {
                assert_eq!(said, &Value::Bool(false), "{path}: {word}");
                for name in fields.keys() {
                    let is_known = schema["properties"].get(name).is_some();
                    self.hold(is_known, || format!("{path}.{name} is not in the schema"));
                }
            }
        }
    }

    fn hold(&mut self, holds: bool, fault: impl FnOnce() -> String) {
        if !holds {
            self.faults.push(fault());
        }
    }
}

/// Whether a number, or the length of a list or a text, keeps to a bound; other values do.
fn is_within(value: &Value, word: &str, bound: &Value) -> bool {
    let size = match &word[3..] {
        "imum" => value.as_f64(),
        "Items" => value.as_array().map(|items| items.len() as f64),
        _ => value.as_str().map(|text| text.chars().count() as f64),
    };
    let bound = bound.as_f64().expect("a bound is a number");
    size.is_none_or(|size| {
        if word.starts_with("min") {
            size >= bound
        } else {
            size <= bound
        }
    })
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
