//! Fields of queries and forms; those of forms are read only with the token.

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};

use std::sync::Arc;

use crate::app::App;
use crate::error::Failure;
use crate::pages::PageError;

/// Most bytes of a body, except of files that are sent.
pub(crate) const MAX_BODY: usize = 256 * 1024;
/// Field of the token.
pub(crate) const TOKEN_FIELD: &str = "token";

/// Names and values in the order in which they came; a name may come several times.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Fields(Vec<(String, String)>);

impl Fields {
    pub(crate) fn parse(text: &[u8]) -> Self {
        Self(url::form_urlencoded::parse(text).into_owned().collect())
    }

    /// The first value of a field, without white space around it; `None` if there is none or it is
    /// empty.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let mut fields = self.0.iter().filter(|(found, _)| found == name);
        fields.find_map(|(_, value)| Some(value.trim()).filter(|value| !value.is_empty()))
    }

    /// All values of a field that are not empty.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> + use<'a> {
        let values = self.0.iter().filter(move |(found, _)| found == name);
        let values = values.map(|(_, value)| value.trim());
        values.filter(|value| !value.is_empty())
    }

    /// Whether a box was ticked.
    pub(crate) fn is_set(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Reads a field; `None` if it is not there.
    ///
    /// # Errors
    /// [`Failure::Bad`] with the field, what was found and what is wrong with it.
    pub(crate) fn read<T>(&self, name: &str) -> Result<Option<T>, Failure>
    where
        T: std::str::FromStr,
        T::Err: std::fmt::Display,
    {
        self.get(name).map(|text| parsed(name, text)).transpose()
    }

    /// Reads a field that has to be there.
    ///
    /// # Errors
    /// As [`Fields::read`], and if it is not there.
    pub(crate) fn need<T>(&self, name: &str) -> Result<T, Failure>
    where
        T: std::str::FromStr,
        T::Err: std::fmt::Display,
    {
        self.read(name)?
            .ok_or_else(|| Failure::bad(format!("the field `{name}` is missing")))
    }

    /// Reads all values of a field.
    ///
    /// # Errors
    /// As [`Fields::read`], for the first value that cannot be read.
    pub(crate) fn read_all<T>(&self, name: &str) -> Result<Vec<T>, Failure>
    where
        T: std::str::FromStr,
        T::Err: std::fmt::Display,
    {
        self.all(name).map(|text| parsed(name, text)).collect()
    }
}

fn parsed<T>(name: &str, text: &str) -> Result<T, Failure>
where
    T: std::str::FromStr,
    T::Err: std::fmt::Display,
{
    text.parse().map_err(|error: T::Err| {
        let text: String = text.chars().take(80).collect();
        Failure::bad(format!("{name} `{text}`: {error}"))
    })
}

impl<S: Sync> FromRequestParts<S> for Fields {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self::parse(
            parts.uri.query().unwrap_or_default().as_bytes(),
        ))
    }
}

/// The fields of a form that carried the token.
#[derive(Debug)]
pub(crate) struct Signed(pub(crate) Fields);

impl FromRequest<Arc<App>> for Signed {
    type Rejection = PageError;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, PageError> {
        let kind = request.headers().get(header::CONTENT_TYPE);
        let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        if !kind.starts_with("application/x-www-form-urlencoded") {
            return Err(Failure::Forbidden("expected a form of this server").into());
        }
        let body = Bytes::from_request(request, app).await.map_err(|error| {
            if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
                Failure::TooLarge { limit: MAX_BODY }
            } else {
                Failure::bad(error.body_text())
            }
        })?;
        let fields = Fields::parse(&body);
        check_token(app, fields.get(TOKEN_FIELD))?;
        Ok(Self(fields))
    }
}

/// Checks the token of a form.
///
/// # Errors
/// [`Failure::Forbidden`] if it is not that of this server.
pub(crate) fn check_token(app: &App, token: Option<&str>) -> Result<(), Failure> {
    if token.is_some_and(|token| app.token.is(token)) {
        Ok(())
    } else {
        Err(Failure::Forbidden(
            "the form is without the token of this server; open its page again",
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_with_errors_that_name_them() {
        let fields = Fields::parse(b"id=2603.00001&id=hep-th%2F9901001&n=12&empty=+&x=caf%C3%A9");
        let ids: Vec<kindred_engine::PaperId> = fields.read_all("id").unwrap();
        assert_eq!(ids.len(), 2);
        assert_eq!(fields.need::<u8>("n").unwrap(), 12);
        assert_eq!(fields.get("empty"), None);
        assert_eq!(fields.get("x"), Some("café"));
        assert!(!fields.is_set("none") && fields.is_set("n"));
        let error = fields.need::<u8>("x").unwrap_err().told().message;
        assert!(error.starts_with("x `café`: "), "{error}");
        let error = fields.need::<u8>("none").unwrap_err().told().message;
        assert!(error.contains("`none` is missing"), "{error}");
    }
}
