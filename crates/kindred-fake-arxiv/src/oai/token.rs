//! Resumption tokens: the request again with an offset, so that the service remembers nothing.

use jiff::civil::Date;

use super::OaiError;
use crate::http::{decode, encode, form};

/// What a token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) verb: String,
    pub(super) prefix: String,
    pub(super) from: Option<Date>,
    pub(super) until: Option<Date>,
    pub(super) set: Option<String>,
    pub(super) skip: usize,
    /// Day (UTC) after whose end the token is void.
    pub(super) issued: Date,
}

impl Token {
    /// The text, to be percent-encoded once more by the client.
    pub(super) fn to_text(&self) -> String {
        let day = |day: Option<Date>| day.map(|day| day.to_string());
        let pairs = [
            ("verb", Some(self.verb.clone())),
            ("metadataPrefix", Some(self.prefix.clone())),
            ("from", day(self.from)),
            ("until", day(self.until)),
            ("set", self.set.clone()),
            ("issued", day(Some(self.issued))),
            ("skip", Some(self.skip.to_string())),
        ];
        let form: Vec<String> = pairs
            .iter()
            .filter_map(|(name, value)| Some(format!("{name}={}", encode(value.as_ref()?))))
            .collect();
        encode(&form.join("&"))
    }

    /// Reads a token that is still good on `today`.
    pub(super) fn read(text: &str, today: Date) -> Result<Self, OaiError> {
        let bad = |what: &str| OaiError::new("badResumptionToken", what);
        let pairs = form(&decode(text, false));
        let value = |name: &str| {
            pairs
                .iter()
                .find(|(known, _)| known == name)
                .map(|(_, value)| value.clone())
        };
        let day = |name: &str| {
            value(name)
                .map(|text| text.parse::<Date>())
                .transpose()
                .map_err(|error| bad(&format!("Token structure is invalid: {name}, {error}")))
        };
        let token = Self {
            verb: value("verb").ok_or_else(|| bad("Token structure is invalid."))?,
            prefix: value("metadataPrefix").ok_or_else(|| bad("Token structure is invalid."))?,
            from: day("from")?,
            until: day("until")?,
            set: value("set"),
            skip: value("skip")
                .and_then(|text| text.parse().ok())
                .ok_or_else(|| bad("Token structure is invalid."))?,
            issued: day("issued")?.ok_or_else(|| bad("Token structure is invalid."))?,
        };
        if token.issued != today {
            return Err(bad("Token has expired."));
        }
        Ok(token)
    }
}
