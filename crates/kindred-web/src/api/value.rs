//! Values of queries and bodies, with their bounds in their types: the same bounds are checked and
//! documented.
//!
//! Queries are text, bodies are JSON; each of these reads both.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

/// Characters of a wrong value that an error repeats.
const EXCERPT: usize = 80;

/// A whole number from `MIN` to `MAX`. Anything else is refused, never moved to the next bound: a
/// client that asks for 1,000 results must not take 200 for all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(super) struct Count<const MIN: u64, const MAX: u64>(u64);

impl<const MIN: u64, const MAX: u64> Count<MIN, MAX> {
    /// `N`, checked when the program is built.
    pub(super) const fn of<const N: u64>() -> Self {
        const { assert!(N >= MIN && N <= MAX) };
        Self(N)
    }

    pub(super) fn get(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}

impl<'de, const MIN: u64, const MAX: u64> Deserialize<'de> for Count<MIN, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader<const MIN: u64, const MAX: u64>;

        impl<const MIN: u64, const MAX: u64> Reader<MIN, MAX> {
            fn checked<E: Error>(found: u64) -> Result<Count<MIN, MAX>, E> {
                if (MIN..=MAX).contains(&found) {
                    Ok(Count(found))
                } else {
                    Err(Self::refused(&found.to_string()))
                }
            }

            fn refused<E: Error>(found: &str) -> E {
                E::custom(format!(
                    "expected a whole number from {MIN} to {MAX}, found `{}`",
                    excerpt(found)
                ))
            }
        }

        impl<const MIN: u64, const MAX: u64> Visitor<'_> for Reader<MIN, MAX> {
            type Value = Count<MIN, MAX>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(formatter, "a whole number from {MIN} to {MAX}")
            }

            fn visit_u64<E: Error>(self, found: u64) -> Result<Self::Value, E> {
                Self::checked(found)
            }

            fn visit_i64<E: Error>(self, found: i64) -> Result<Self::Value, E> {
                u64::try_from(found)
                    .map_or_else(|_| Err(Self::refused(&found.to_string())), Self::checked)
            }

            fn visit_f64<E: Error>(self, found: f64) -> Result<Self::Value, E> {
                Err(Self::refused(&found.to_string()))
            }

            fn visit_str<E: Error>(self, found: &str) -> Result<Self::Value, E> {
                let is_plain = !found.is_empty() && found.bytes().all(|byte| byte.is_ascii_digit());
                match found.parse() {
                    Ok(number) if is_plain => Self::checked(number),
                    _ => Err(Self::refused(found)),
                }
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

impl<const MIN: u64, const MAX: u64> JsonSchema for Count<MIN, MAX> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("From{MIN}To{MAX}").into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "integer", "minimum": MIN, "maximum": MAX})
    }
}

/// A number in `[0, 1]`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(transparent)]
pub(super) struct Share(pub(super) f64);

impl<'de> Deserialize<'de> for Share {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl Visitor<'_> for Reader {
            type Value = Share;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a number from 0 to 1")
            }

            fn visit_f64<E: Error>(self, found: f64) -> Result<Share, E> {
                if (0.0..=1.0).contains(&found) {
                    return Ok(Share(found));
                }
                Err(E::custom(format!(
                    "expected a number from 0 to 1, found `{found}`"
                )))
            }

            fn visit_u64<E: Error>(self, found: u64) -> Result<Share, E> {
                self.visit_f64(found as f64)
            }

            fn visit_i64<E: Error>(self, found: i64) -> Result<Share, E> {
                self.visit_f64(found as f64)
            }

            fn visit_str<E: Error>(self, found: &str) -> Result<Share, E> {
                let number: Result<f64, _> = found.parse();
                number.map_or_else(
                    |_| {
                        let found = excerpt(found);
                        let text = format!("expected a number from 0 to 1, found `{found}`");
                        Err(E::custom(text))
                    },
                    |number| self.visit_f64(number),
                )
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

impl JsonSchema for Share {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Share".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "number", "minimum": 0, "maximum": 1})
    }
}

/// A text of at most `MAX` bytes that is not blank, without white space around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Text<const MAX: usize>(pub(super) String);

impl<'de, const MAX: usize> Deserialize<'de> for Text<MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.len() > MAX {
            let found = text.len();
            let message = format!("expected at most {MAX} bytes, found {found}");
            return Err(D::Error::custom(message));
        }
        let text = text.trim();
        if text.is_empty() {
            return Err(D::Error::custom("expected a text, found none"));
        }
        Ok(Self(text.to_owned()))
    }
}

impl<const MAX: usize> JsonSchema for Text<MAX> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("TextOf{MAX}").into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string", "minLength": 1, "maxLength": MAX,
            "description": format!("At most {MAX} bytes in UTF-8."),
        })
    }
}

/// A value that is written as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Written<T>(pub(super) T);

impl<'de, T> Deserialize<'de> for Written<T>
where
    T: FromStr,
    T::Err: fmt::Display,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read_text(&String::deserialize(deserializer)?).map(Self)
    }
}

impl<T: JsonSchema> JsonSchema for Written<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn schema_id() -> Cow<'static, str> {
        T::schema_id()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

/// At most `MAX` values; in a query they are one text with commas between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct List<T, const MAX: usize>(pub(super) Vec<T>);

impl<T, const MAX: usize> Default for List<T, MAX> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T, const MAX: usize> Deserialize<'de> for List<T, MAX>
where
    T: FromStr,
    T::Err: fmt::Display,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader<T, const MAX: usize>(PhantomData<T>);

        impl<'de, T, const MAX: usize> Visitor<'de> for Reader<T, MAX>
        where
            T: FromStr,
            T::Err: fmt::Display,
        {
            type Value = List<T, MAX>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(formatter, "at most {MAX} texts")
            }

            fn visit_str<E: Error>(self, found: &str) -> Result<Self::Value, E> {
                let mut values = Vec::new();
                let parts = found.split(',').map(str::trim);
                for part in parts.filter(|part| !part.is_empty()) {
                    if values.len() == MAX {
                        return Err(E::custom(format!("expected at most {MAX} of them")));
                    }
                    values.push(read_text(part)?);
                }
                Ok(List(values))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut found: A) -> Result<Self::Value, A::Error> {
                let mut values = Vec::new();
                while let Some(Written(value)) = found.next_element()? {
                    if values.len() == MAX {
                        let text = format!("expected at most {MAX} of them");
                        return Err(A::Error::custom(text));
                    }
                    values.push(value);
                }
                Ok(List(values))
            }
        }
        deserializer.deserialize_any(Reader(PhantomData))
    }
}

impl<T: JsonSchema, const MAX: usize> JsonSchema for List<T, MAX> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("ListOf{MAX}{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let items = generator.subschema_for::<T>();
        json_schema!({"type": "array", "items": items, "maxItems": MAX})
    }
}

fn read_text<T, E>(text: &str) -> Result<T, E>
where
    T: FromStr,
    T::Err: fmt::Display,
    E: Error,
{
    text.parse()
        .map_err(|error: T::Err| E::custom(format!("`{}`: {error}", excerpt(text))))
}

/// The beginning of a text that was refused.
fn excerpt(text: &str) -> String {
    text.chars().take(EXCERPT).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_query<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, String> {
        let pairs = [("x", text)];
        let encoded = serde_urlencoded::to_string(pairs).unwrap();
        let read: Result<std::collections::BTreeMap<String, T>, _> =
            serde_urlencoded::from_str(&encoded);
        read.map(|mut fields| fields.remove("x").unwrap())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn counts_are_refused_outside_their_bounds_and_where_they_are_no_whole_numbers() {
        type Limit = Count<1, 200>;
        assert_eq!(of_query::<Limit>("200").unwrap().get(), 200);
        for text in [
            "0",
            "-1",
            "201",
            "1000000000",
            "9223372036854775808",
            "1e9",
            "NaN",
            "\"1e9\"",
            "",
            " 7",
            "+7",
            "0x7",
            "7.0",
            "٧",
            "99999999999999999999999",
        ] {
            let error = of_query::<Limit>(text).unwrap_err();
            assert!(error.contains("from 1 to 200"), "{text}: {error}");
        }
        for json in [
            "0",
            "-1",
            "201",
            "1e9",
            "9223372036854775808",
            "\"1e9\"",
            "null",
            "7.5",
        ] {
            assert!(serde_json::from_str::<Limit>(json).is_err(), "{json}");
        }
        assert_eq!(serde_json::from_str::<Limit>("7").unwrap().get(), 7);
    }

    #[test]
    fn shares_lists_and_texts_are_bounded() {
        assert_eq!(of_query::<Share>("0.9").unwrap(), Share(0.9));
        for text in ["NaN", "-0.1", "1.1", "inf", "90%"] {
            let error = of_query::<Share>(text).unwrap_err();
            assert!(error.contains("from 0 to 1"), "{text}: {error}");
        }
        let three = of_query::<List<u8, 3>>("1, 2,,3").unwrap();
        assert_eq!(three.0, [1, 2, 3]);
        assert!(of_query::<List<u8, 3>>("1,2,3,4").is_err());
        assert!(serde_json::from_str::<List<u8, 1>>(r#"["1", "2"]"#).is_err());
        assert_eq!(of_query::<Text<4>>(" ab ").unwrap().0, "ab");
        assert!(of_query::<Text<4>>("abcde").is_err() && of_query::<Text<4>>("  ").is_err());
    }
}
