//! The `OpenAPI` document, made from the operations themselves.

use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::operation::{Operation, Verb};
use crate::error::ErrorBody;

/// Where schemas stand in the document.
const SCHEMAS: &str = "/components/schemas";
/// Where the operations stand in the server.
pub(super) const BASE: &str = "/api/v1";

/// Failures of every operation.
const FAILURES: [(&str, &str); 7] = [
    (
        "400",
        "The request cannot be understood; the message names the field or the place.",
    ),
    (
        "403",
        "A change without the token, or a request of another site's page.",
    ),
    ("404", "There is no such paper, set, topic, job or address."),
    (
        "409",
        "Something has to be done first, or is under way that excludes this.",
    ),
    (
        "422",
        "The request is understood and cannot be met as it is.",
    ),
    ("500", "The work failed."),
    (
        "503",
        "Too many questions at once, or not answered in time; `Retry-After` says when to ask again.",
    ),
];
/// Failures of operations that are sent with a body.
const FAILURES_OF_POST: [(&str, &str); 1] = [("413", "The body is larger than 256 KiB.")];

/// Writes the document.
pub(super) fn document(operations: &[Operation]) -> Value {
    let settings = || {
        SchemaSettings::draft2020_12().with(|settings| {
            settings.definitions_path = SCHEMAS.into();
            settings.meta_schema = None;
        })
    };
    let mut asked = settings().for_deserialize().into_generator();
    let mut answered = settings().for_serialize().into_generator();
    let failure = answered.subschema_for::<ErrorBody>();
    let mut paths = Map::new();
    for operation in operations {
        let path = operation.path.replace("{*", "{");
        let verb = match operation.verb {
            Verb::Get => "get",
            Verb::Ask | Verb::Change => "post",
        };
        let described = described(operation, &mut asked, &mut answered);
        let entry = paths.entry(path).or_insert_with(|| json!({}));
        entry[verb] = described;
    }
    let mut schemas = asked.take_definitions(true);
    schemas.append(&mut answered.take_definitions(true));
    let failures: Map<String, Value> = FAILURES
        .iter()
        .chain(&FAILURES_OF_POST)
        .map(|(status, about)| (name_of(status), response(about, &failure)))
        .collect();
    json!({
        "openapi": "3.1.0",
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "info": {
            "title": "Kindred",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "Papers like given ones, searches, feeds and topics of one library.",
            "description": "Answers have the shapes of the command line's `--json`. Fields may be \
                added; those named here stay. Numbers outside their bounds are refused. Titles, \
                abstracts and names are as their sources wrote them: text, never markup.",
            "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
        },
        "servers": [{"url": BASE}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": failures,
            "securitySchemes": {
                "token": {
                    "type": "apiKey", "in": "header", "name": "X-Kindred-Token",
                    "description": "The content of `page.token` in the library's folder.",
                },
                "bearer": {"type": "http", "scheme": "bearer", "description": "The same."},
            },
        },
    })
}

fn described(
    operation: &Operation,
    asked: &mut SchemaGenerator,
    answered: &mut SchemaGenerator,
) -> Value {
    let mut parameters = Vec::new();
    if let Some(part) = &operation.part {
        parameters.push(json!({
            "name": part.name,
            "in": "path",
            "required": true,
            "description": part.about,
            "schema": (part.schema)(asked),
        }));
    }
    let request = (operation.request)(asked);
    let answer = (operation.answer)(answered);
    let mut described = json!({
        "operationId": operation.name,
        "summary": operation.about,
        "responses": responses(operation.verb, &json!(answer)),
    });
    match operation.verb {
        Verb::Get => parameters.extend(of_query(&json!(request), asked)),
        Verb::Ask | Verb::Change => {
            described["requestBody"] = json!({
                "required": true,
                "content": {"application/json": {"schema": request}},
            });
            described["security"] = json!([{"token": []}, {"bearer": []}]);
        }
    }
    if !parameters.is_empty() {
        described["parameters"] = Value::Array(parameters);
    }
    described
}

/// The fields of a query, each as a parameter.
fn of_query(schema: &Value, generator: &mut SchemaGenerator) -> Vec<Value> {
    let named = schema["$ref"]
        .as_str()
        .and_then(|path| path.rsplit('/').next());
    let whole = match named {
        Some(name) => generator.definitions_mut().remove(name).unwrap_or_default(),
        None => schema.clone(),
    };
    let required: Vec<&str> = whole["required"]
        .as_array()
        .map(|names| names.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default();
    let Some(fields) = whole["properties"].as_object() else {
        return Vec::new();
    };
    fields
        .iter()
        .map(|(name, schema)| {
            let mut schema = without_null(schema);
            let about = schema
                .as_object_mut()
                .and_then(|schema| schema.remove("description"));
            let mut parameter = json!({
                "name": name,
                "in": "query",
                "required": required.contains(&name.as_str()),
                "description": about,
            });
            if schema["type"] == "array" {
                // One text with commas.
                parameter["style"] = json!("form");
                parameter["explode"] = json!(false);
            }
            parameter["schema"] = schema;
            parameter
        })
        .collect()
}

/// A field that may be left out of a query, but has no null.
fn without_null(schema: &Value) -> Value {
    let mut schema = schema.clone();
    let Some(fields) = schema.as_object_mut() else {
        return schema;
    };
    if let Some(Value::Array(types)) = fields.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            fields.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(choices)) = fields.get_mut("anyOf") {
        choices.retain(|choice| choice["type"] != "null");
        if let [only] = choices.as_slice()
            && let Some(only) = only.as_object().cloned()
        {
            fields.remove("anyOf");
            fields.extend(only);
        }
    }
    if fields.get("default").is_some_and(Value::is_null) {
        fields.remove("default");
    }
    schema
}

fn responses(verb: Verb, answer: &Value) -> Value {
    let mut responses = json!({
        "200": {
            "description": "The answer.",
            "content": {"application/json": {"schema": answer}},
        },
    });
    let more: &[(&str, &str)] = match verb {
        Verb::Get => &[],
        Verb::Ask | Verb::Change => &FAILURES_OF_POST,
    };
    for (status, _) in FAILURES.iter().chain(more) {
        let place = format!("#/components/responses/{}", name_of(status));
        responses[*status] = json!({"$ref": place});
    }
    responses
}

fn name_of(status: &str) -> String {
    format!("Failed{status}")
}

fn response(about: &str, schema: &schemars::Schema) -> Value {
    json!({
        "description": about,
        "headers": {
            "Retry-After": {
                "description": "Seconds after which to ask again; with 503.",
                "schema": {"type": "integer", "minimum": 1},
            },
        },
        "content": {"application/json": {"schema": schema}},
    })
}
