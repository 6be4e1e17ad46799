//! What an operation of the API is: how it is asked, what it answers, and what runs.

use std::future::Future;
use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{FromRequest as _, RawPathParams, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{MethodRouter, get, post};
use kindred_engine::{PaperId, SetName};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::app::App;
use crate::error::{ApiError, Failure};
use crate::signed::MAX_BODY;

/// How an operation is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    /// A question; changes nothing.
    Get,
    /// A question that is too long for an address; changes nothing.
    Ask,
    /// A change.
    Change,
}

/// The part of a path that a client chooses.
pub(super) struct PathPart {
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    pub(super) schema: fn(&mut SchemaGenerator) -> Schema,
}

/// One operation of the API.
pub(super) struct Operation {
    pub(super) verb: Verb,
    /// Path below the base, as the router writes it.
    pub(super) path: &'static str,
    /// Name, once in the API.
    pub(super) name: &'static str,
    /// What it does, one line.
    pub(super) about: &'static str,
    pub(super) part: Option<PathPart>,
    /// Fields of the query, or the body.
    pub(super) request: fn(&mut SchemaGenerator) -> Schema,
    pub(super) answer: fn(&mut SchemaGenerator) -> Schema,
    pub(super) route: MethodRouter<Arc<App>>,
}

/// Name, path and purpose of an operation.
#[derive(Clone, Copy)]
pub(super) struct Title {
    pub(super) name: &'static str,
    pub(super) path: &'static str,
    pub(super) about: &'static str,
}

impl Operation {
    /// A question whose fields stand in the address.
    pub(super) fn get<P, Q, A, F, R>(title: Title, handler: F) -> Self
    where
        P: Part,
        Q: DeserializeOwned + JsonSchema + Send + 'static,
        A: Serialize + JsonSchema + Send + 'static,
        F: Fn(Arc<App>, P, Q) -> R + Clone + Send + Sync + 'static,
        R: Future<Output = Result<A, Failure>> + Send + 'static,
    {
        let route = get(
            async move |State(app): State<Arc<App>>, part: Params, request: Request| {
                let query = request.uri().query().unwrap_or_default();
                let asked = P::of(part).and_then(|part| Ok((part, read_query(query)?)));
                answered(async {
                    let (part, query) = asked?;
                    handler(app, part, query).await
                })
                .await
            },
        );
        Self::new::<P, Q, A>(Verb::Get, title, route)
    }

    /// A question whose fields stand in a body.
    pub(super) fn ask<P, B, A, F, R>(title: Title, handler: F) -> Self
    where
        P: Part,
        B: DeserializeOwned + JsonSchema + Send + 'static,
        A: Serialize + JsonSchema + Send + 'static,
        F: Fn(Arc<App>, P, B) -> R + Clone + Send + Sync + 'static,
        R: Future<Output = Result<A, Failure>> + Send + 'static,
    {
        Self::new::<P, B, A>(Verb::Ask, title, with_body(handler))
    }

    /// A change.
    pub(super) fn change<P, B, A, F, R>(title: Title, handler: F) -> Self
    where
        P: Part,
        B: DeserializeOwned + JsonSchema + Send + 'static,
        A: Serialize + JsonSchema + Send + 'static,
        F: Fn(Arc<App>, P, B) -> R + Clone + Send + Sync + 'static,
        R: Future<Output = Result<A, Failure>> + Send + 'static,
    {
        Self::new::<P, B, A>(Verb::Change, title, with_body(handler))
    }

    fn new<P: Part, Q: JsonSchema, A: JsonSchema>(
        verb: Verb,
        title: Title,
        route: MethodRouter<Arc<App>>,
    ) -> Self {
        Self {
            verb,
            path: title.path,
            name: title.name,
            about: title.about,
            part: P::described(),
            request: |generator| generator.subschema_for::<Q>(),
            answer: |generator| generator.subschema_for::<A>(),
            route,
        }
    }
}

fn with_body<P, B, A, F, R>(handler: F) -> MethodRouter<Arc<App>>
where
    P: Part,
    B: DeserializeOwned + Send + 'static,
    A: Serialize + Send + 'static,
    F: Fn(Arc<App>, P, B) -> R + Clone + Send + Sync + 'static,
    R: Future<Output = Result<A, Failure>> + Send + 'static,
{
    post(
        async move |State(app): State<Arc<App>>, part: Params, request: Request| {
            let part = P::of(part);
            answered(async {
                let part = part?;
                if request.uri().query().is_some_and(|query| !query.is_empty()) {
                    let message = "the address has a query, expected all fields in the body";
                    return Err(Failure::bad(message));
                }
                let body = read_body(request, &app).await?;
                handler(app, part, body).await
            })
            .await
        },
    )
}

/// Writes what was answered, or why nothing was, as JSON.
async fn answered<A: Serialize>(answer: impl Future<Output = Result<A, Failure>>) -> Response {
    match answer.await {
        Ok(answer) => Json(answer).into_response(),
        Err(failure) => ApiError(failure).into_response(),
    }
}

/// Reads the fields of a query.
///
/// # Errors
/// [`Failure::Bad`] that names the field, for the first that is unknown, twice there, or wrong.
fn read_query<Q: DeserializeOwned>(query: &str) -> Result<Q, Failure> {
    let pairs = url::form_urlencoded::parse(query.as_bytes());
    let fields = serde_urlencoded::Deserializer::new(pairs);
    serde_path_to_error::deserialize(fields).map_err(|error| {
        let path = error.path().to_string();
        Failure::bad(at(&path, &error.into_inner().to_string()))
    })
}

/// Reads the fields of a body; no body is one without fields.
///
/// # Errors
/// [`Failure::Bad`] with line, column and field, [`Failure::TooLarge`].
async fn read_body<B: DeserializeOwned>(request: Request, app: &Arc<App>) -> Result<B, Failure> {
    let told = request.headers().get(header::CONTENT_LENGTH);
    let told = told.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if told.is_some_and(|length| length > MAX_BODY as u64) {
        return Err(Failure::TooLarge { limit: MAX_BODY });
    }
    let body = Bytes::from_request(request, app).await.map_err(|error| {
        if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
            Failure::TooLarge { limit: MAX_BODY }
        } else {
            Failure::bad(error.body_text())
        }
    })?;
    let body: &[u8] = if body.is_empty() { b"{}" } else { &body };
    // A list would be read as the fields in their order.
    if !body.trim_ascii_start().starts_with(b"{") {
        return Err(Failure::bad("the body is no JSON object"));
    }
    let mut json = serde_json::Deserializer::from_slice(body);
    let read = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        Failure::bad(at(&path, &error.into_inner().to_string()))
    })?;
    json.end()
        .map_err(|error| Failure::bad(format!("behind the body: {error}")))?;
    Ok(read)
}

/// An error with the field that it is about, where there is one.
fn at(path: &str, message: &str) -> String {
    if path.is_empty() || path == "." || path == "?" {
        message.to_owned()
    } else {
        format!("`{path}`: {message}")
    }
}

/// The parts of a path, decoded.
pub(super) type Params = Result<RawPathParams, RawPathParamsRejection>;

/// What a path may have in it.
pub(super) trait Part: Sized + Send + 'static {
    /// Reads it.
    fn of(params: Params) -> Result<Self, Failure>;

    /// Says what it is.
    fn described() -> Option<PathPart>;
}

impl Part for () {
    fn of(_: Params) -> Result<Self, Failure> {
        Ok(())
    }

    fn described() -> Option<PathPart> {
        None
    }
}

/// Gives a type that is written as text a place in paths.
macro_rules! parts {
    ($($type:ty: $name:literal, $about:literal;)*) => {$(
        impl Part for $type {
            fn of(params: Params) -> Result<Self, Failure> {
                let params = params.map_err(|error| Failure::bad(error.body_text()))?;
                let found = params.iter().find(|(name, _)| *name == $name);
                let (_, text) = found.ok_or(Failure::NotFound)?;
                text.parse().map_err(|error| {
                    let text: String = text.chars().take(80).collect();
                    Failure::bad(format!("{} `{text}` in the path: {error}", $name))
                })
            }

            fn described() -> Option<PathPart> {
                Some(PathPart {
                    name: $name,
                    about: $about,
                    schema: |generator| generator.subschema_for::<$type>(),
                })
            }
        }
    )*};
}

parts! {
    PaperId: "id", "Id of a paper; those of the old style have a slash: `hep-th/9901001`.";
    SetName: "name", "Name of a seed set.";
    u64: "number", "Number of a job.";
    TopicKey: "topic", "Number of a topic, or its name or label where no other topic has it.";
}

/// Number or name of a topic.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema)]
#[schemars(inline)]
pub(super) struct TopicKey(#[schemars(length(min = 1, max = 256))] pub(super) String);

impl std::str::FromStr for TopicKey {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}
