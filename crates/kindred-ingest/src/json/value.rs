//! A JSON value as lenient as the sources need: text borrowed from the line where possible.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::RecordError;
use crate::error::shorten;

/// A value of a field.
#[derive(Debug, Default, Clone, PartialEq)]
pub(super) enum Value<'line> {
    /// The field is not there or null.
    #[default]
    Absent,
    Text(Cow<'line, str>),
    /// As its digits read back.
    Number(String),
    List(Vec<Value<'line>>),
    Boolean,
    Object,
}

impl<'line> Value<'line> {
    /// Returns a text; an absent one is empty.
    pub(super) fn text(self, field: &'static str) -> Result<Cow<'line, str>, RecordError> {
        match self {
            Self::Absent => Ok(Cow::default()),
            Self::Text(text) => Ok(text),
            Self::Number(_) | Self::List(_) | Self::Boolean | Self::Object => {
                Err(self.wrong_type(field, "a string"))
            }
        }
    }

    /// Returns a text, or the digits of a number: a year is often written as one.
    pub(super) fn text_or_number(
        self,
        field: &'static str,
    ) -> Result<Cow<'line, str>, RecordError> {
        if let Self::Number(digits) = self {
            Ok(Cow::Owned(digits))
        } else {
            self.text(field)
        }
    }

    /// Returns the texts of an array; a single text is split by `split`, nulls are left out.
    pub(super) fn list(
        self,
        field: &'static str,
        split: impl FnOnce(&str) -> Vec<Cow<'line, str>>,
    ) -> Result<Vec<Cow<'line, str>>, RecordError> {
        match self {
            Self::Absent => Ok(Vec::new()),
            Self::Text(text) => Ok(split(&text)),
            Self::List(values) => values
                .into_iter()
                .filter(|value| *value != Value::Absent)
                .map(|value| value.text(field))
                .collect(),
            Self::Number(_) | Self::Boolean | Self::Object => {
                Err(self.wrong_type(field, "an array of strings or a string"))
            }
        }
    }

    /// Returns the names of `[[last, first, suffix, affiliation...], ...]`; `None` where the value
    /// has another form.
    pub(super) fn into_names(self) -> Option<Vec<Cow<'line, str>>> {
        let Self::List(authors) = self else {
            return None;
        };
        let name_of = |author: Value<'line>| {
            let Value::List(parts) = author else {
                return None;
            };
            let mut parts = parts.into_iter().map(|part| part.text("author"));
            let last = parts.next()?.ok()?;
            let first = parts.next().transpose().ok()?.unwrap_or_default();
            let suffix = parts.next().transpose().ok()?.unwrap_or_default();
            Some(Cow::Owned(format!("{first} {last} {suffix}")))
        };
        authors.into_iter().map(name_of).collect()
    }

    fn wrong_type(self, field: &'static str, expected: &'static str) -> RecordError {
        let found = match self {
            Self::Absent => "null".to_owned(),
            Self::Text(_) => "a string".to_owned(),
            Self::Number(digits) => format!("the number {}", shorten(&digits)),
            Self::List(_) => "an array".to_owned(),
            Self::Boolean => "a boolean".to_owned(),
            Self::Object => "an object".to_owned(),
        };
        RecordError::Type {
            field,
            found,
            expected,
        }
    }
}

impl<'de: 'line, 'line> Deserialize<'de> for Value<'line> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Value::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Value::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_string<E>(self, text: String) -> Result<Self::Value, E> {
        Ok(Value::Text(Cow::Owned(text)))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Value::Absent)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Value::Boolean)
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Value::Number(number.to_string()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Value::Number(number.to_string()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Value::Number(number.to_string()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Self::Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = sequence.next_element()? {
            values.push(value);
        }
        Ok(Value::List(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Value::Object)
    }
}

/// The keys of an object, in order.
pub(super) struct Keys<'line>(pub(super) Vec<Cow<'line, str>>);

impl<'de: 'line, 'line> Deserialize<'de> for Keys<'line> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeysVisitor;
        impl<'de> Visitor<'de> for KeysVisitor {
            type Value = Keys<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut keys = Vec::new();
                while let Some((Value::Text(key), IgnoredAny)) = map.next_entry()? {
                    keys.push(key);
                }
                Ok(Keys(keys))
            }
        }
        deserializer.deserialize_map(KeysVisitor)
    }
}
