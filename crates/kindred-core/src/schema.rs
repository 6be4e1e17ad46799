//! JSON schemas of the types that are written as text.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::{Category, Fingerprint, PaperDate, PaperId};

/// Gives a type that is written as text a schema with what the text is and an example.
macro_rules! text_schemas {
    ($($name:ident: $description:literal, $example:literal;)*) => {$(
        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({
                    "type": "string",
                    "description": $description,
                    "examples": [$example],
                })
            }
        }
    )*};
}

text_schemas! {
    PaperId: "Identifier of a paper; those of arXiv stand alone, others carry their scheme.", "2603.22691";
    PaperDate: "A day, a month or a year.", "2026-03-23";
    Category: "A category of arXiv, or an archive.", "cs.DC";
    Fingerprint: "Hash of an encoder's files and settings, in hexadecimal digits.", "3f0c9a";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_can_be_read() {
        let example = |schema: Schema| {
            schema.as_value()["examples"][0]
                .as_str()
                .unwrap()
                .to_owned()
        };
        let mut generator = SchemaGenerator::default();
        assert!(
            example(PaperId::json_schema(&mut generator))
                .parse::<PaperId>()
                .is_ok()
        );
        assert!(
            example(Category::json_schema(&mut generator))
                .parse::<Category>()
                .is_ok()
        );
        assert!(
            example(PaperDate::json_schema(&mut generator))
                .parse::<PaperDate>()
                .is_ok()
        );
    }
}
