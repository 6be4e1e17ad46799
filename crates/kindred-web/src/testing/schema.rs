//! Whether a value is what a schema of the `OpenAPI` document says. Knows the keywords that the
//! document uses and fails on any other, so that nothing is passed over unread.

use serde_json::{Map, Value};

/// Keywords that say nothing about values.
const NOTES: [&str; 8] = [
    "description",
    "title",
    "examples",
    "default",
    "format",
    "$schema",
    "deprecated",
    "style",
];

/// Returns what is wrong with `value`, each with its place; empty if nothing is.
pub(crate) fn problems(document: &Value, schema: &Value, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let check = Check { document };
    check.value(schema, value, "$", &mut found);
    found
}

struct Check<'a> {
    document: &'a Value,
}

impl Check<'_> {
    fn value(&self, schema: &Value, value: &Value, place: &str, found: &mut Vec<String>) {
        let Value::Object(keywords) = schema else {
            assert_eq!(*schema, Value::Bool(true), "{place}: schema {schema}");
            return;
        };
        for (keyword, is) in keywords {
            match keyword.as_str() {
                "$ref" => {
                    let target = is.as_str().unwrap().trim_start_matches('#');
                    let target = self.document.pointer(target);
                    let target = target.unwrap_or_else(|| panic!("{is} leads nowhere"));
                    self.value(target, value, place, found);
                }
                "type" => {
                    let is_one = if let Value::Array(names) = is {
                        names.iter().any(|name| is_of(name, value))
                    } else {
                        is_of(is, value)
                    };
                    if !is_one {
                        found.push(format!("{place}: {value} is not of type {is}"));
                    }
                }
                "properties" => self.fields(keywords, (is, value), place, found),
                "required" => {
                    for name in is.as_array().unwrap() {
                        let name = name.as_str().unwrap();
                        if value
                            .as_object()
                            .is_some_and(|fields| !fields.contains_key(name))
                        {
                            found.push(format!("{place}.{name} is missing"));
                        }
                    }
                }
                "items" | "prefixItems" => self.items(keyword, (is, value), place, found),
                "enum" => {
                    if !is.as_array().unwrap().contains(value) {
                        found.push(format!("{place}: {value} is none of {is}"));
                    }
                }
                "const" => {
                    if is != value {
                        found.push(format!("{place}: {value} is not {is}"));
                    }
                }
                "oneOf" | "anyOf" | "allOf" => self.several(keyword, (is, value), place, found),
                "minimum" | "maximum" | "minItems" | "maxItems" | "minLength" | "maxLength" => {
                    bound(keyword, (is, value), place, found);
                }
                "additionalProperties" => {}
                note if NOTES.contains(&note) => {}
                other => panic!("{place}: `{other}` is not known to this check"),
            }
        }
    }

    fn fields(
        &self,
        keywords: &Map<String, Value>,
        (properties, value): (&Value, &Value),
        place: &str,
        found: &mut Vec<String>,
    ) {
        let Value::Object(fields) = value else { return };
        let is_open = keywords.get("additionalProperties") == Some(&Value::Bool(true));
        for (name, field) in fields {
            let place = format!("{place}.{name}");
            match properties.get(name) {
                Some(schema) => self.value(schema, field, &place, found),
                None if is_open => {}
                None => found.push(format!("{place} is not documented")),
            }
        }
    }

    fn items(
        &self,
        keyword: &str,
        (schema, value): (&Value, &Value),
        place: &str,
        found: &mut Vec<String>,
    ) {
        for (number, item) in value.as_array().into_iter().flatten().enumerate() {
            let place = format!("{place}[{number}]");
            if keyword == "items" {
                self.value(schema, item, &place, found);
            } else if let Some(schema) = schema.get(number) {
                self.value(schema, item, &place, found);
            }
        }
    }

    fn several(
        &self,
        keyword: &str,
        (schemas, value): (&Value, &Value),
        place: &str,
        found: &mut Vec<String>,
    ) {
        let schemas = schemas.as_array().unwrap();
        let met = schemas
            .iter()
            .filter(|schema| {
                let mut problems = Vec::new();
                self.value(schema, value, place, &mut problems);
                problems.is_empty()
            })
            .count();
        let is_met = match keyword {
            "oneOf" => met == 1,
            "anyOf" => met > 0,
            _ => met == schemas.len(),
        };
        if !is_met {
            found.push(format!("{place}: {value} meets {met} of `{keyword}`"));
        }
    }
}

fn is_of(name: &Value, value: &Value) -> bool {
    match name.as_str().unwrap() {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64(),
        other => panic!("type `{other}`"),
    }
}

#[test]
fn wrong_values_are_told() {
    let document = serde_json::json!({"at": {"type": "object", "required": ["a"], "properties": {
        "a": {"type": ["integer", "null"], "minimum": 1},
        "b": {"type": "array", "items": {"enum": ["x"]}, "maxItems": 1},
    }}});
    let schema = serde_json::json!({"$ref": "#/at"});
    let told = |value: Value| problems(&document, &schema, &value);
    assert!(told(serde_json::json!({"a": 1, "b": ["x"]})).is_empty());
    for wrong in [
        serde_json::json!({}),
        serde_json::json!({"a": 0}),
        serde_json::json!({"a": "1"}),
        serde_json::json!({"a": null, "b": ["y"]}),
        serde_json::json!({"a": null, "b": ["x", "x"]}),
        serde_json::json!({"a": null, "c": 1}),
        serde_json::json!([]),
    ] {
        assert_eq!(told(wrong.clone()).len(), 1, "{wrong}");
    }
}

fn bound(keyword: &str, (bound, value): (&Value, &Value), place: &str, found: &mut Vec<String>) {
    let bound = bound.as_f64().unwrap();
    let measured = match (keyword, value) {
        ("minimum" | "maximum", Value::Number(number)) => number.as_f64().unwrap(),
        ("minItems" | "maxItems", Value::Array(items)) => items.len() as f64,
        ("minLength" | "maxLength", Value::String(text)) => text.chars().count() as f64,
        _ => return,
    };
    let is_within = if keyword.starts_with("min") {
        measured >= bound
    } else {
        measured <= bound
    };
    if !is_within {
        found.push(format!("{place}: {measured} is beyond {keyword} {bound}"));
    }
}
