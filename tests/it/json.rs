//! `docs/JSON.md` against the program's real answers.

use serde_json::Value;

use crate::support::{Place, Run, root, second_morning};

/// A command of the document and the answer that it shows.
struct Example {
    command: Vec<String>,
    answer: Value,
}

fn examples() -> Vec<Example> {
    let text = fs_err::read_to_string(root().join("docs/JSON.md")).unwrap();
    text.split("\n## kindred ")
        .skip(1)
        .map(|section| {
            let (command, rest) = section.split_once('\n').unwrap();
            let json = rest
                .split("```json\n")
                .nth(1)
                .unwrap()
                .split("\n```")
                .next()
                .unwrap();
            Example {
                command: split(command),
                answer: serde_json::from_str(json).expect("the example is JSON"),
            }
        })
        .collect()
}

/// Splits a command at spaces, quotes kept together.
fn split(command: &str) -> Vec<String> {
    command
        .split('"')
        .enumerate()
        .flat_map(|(part, text)| -> Vec<String> {
            if part % 2 == 1 {
                vec![text.to_owned()]
            } else {
                text.split_whitespace().map(str::to_owned).collect()
            }
        })
        .collect()
}

/// Asserts that a real answer has every field of the documented one, with the same type.
fn assert_shape(documented: &Value, real: &Value, path: &str) {
    match (documented, real) {
        (Value::Object(documented), Value::Object(real)) => {
            for (name, value) in documented {
                let found = real
                    .get(name)
                    .unwrap_or_else(|| panic!("{path}.{name} is gone"));
                assert_shape(value, found, &format!("{path}.{name}"));
            }
            for name in real.keys() {
                assert!(
                    documented.contains_key(name),
                    "{path}.{name} is not documented"
                );
            }
        }
        (Value::Array(documented), Value::Array(real)) => {
            let is_pair = |values: &[Value]| values.len() == 2 && values[1].is_number();
            if is_pair(documented) || is_pair(real) {
                assert_eq!(documented.len(), real.len(), "{path}: a pair");
            }
            for (place, (documented, real)) in documented.iter().zip(real).enumerate() {
                assert_shape(documented, real, &format!("{path}[{place}]"));
            }
        }
        _ => assert_eq!(
            std::mem::discriminant(documented),
            std::mem::discriminant(real),
            "{path}: {documented} became {real}"
        ),
    }
}

#[test]
fn every_documented_answer_has_its_shape() {
    let place = Place::new();
    // What is asked of arXiv is asked of a scripted one, on the second morning of its world.
    let arxiv = second_morning();
    let examples = examples();
    assert!(examples.len() >= 12, "the document covers the commands");
    for example in examples {
        let files: Vec<String> = example
            .command
            .iter()
            .map(|part| {
                if part.starts_with("data/") {
                    root().join(part).display().to_string()
                } else {
                    part.clone()
                }
            })
            .collect();
        let mut arguments: Vec<&str> = files.iter().map(String::as_str).collect();
        arguments.push("--json");
        let output = place
            .command_of(&arxiv, &arguments)
            .output()
            .expect("the program starts");
        let real = Run::from(output).expect_code(0).json();
        assert_shape(&example.answer, &real, &example.command.join(" "));
    }
}
