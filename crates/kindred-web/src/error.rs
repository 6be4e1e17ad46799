//! Why a request was not answered, and why a server could not start.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use axum::Json;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use kindred_engine::{EngineError, Fault};
use serde::Serialize;

use crate::gate::retry_after;

/// Seconds after which another process may have done what it writes.
const BUSY_SECONDS: u64 = 5;

/// Why a server could not start or had to end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// The address is taken or may not be used.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// Other machines could reach the address.
    #[error(
        "{address} can be reached from other machines, expected a loopback address such as 127.0.0.1"
    )]
    Remote {
        /// The address.
        address: SocketAddr,
    },
    /// The token could not be kept.
    #[error("cannot keep the token in `{path}`")]
    Token {
        /// Its file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The threads of the server could not be started.
    #[error("cannot start the server's threads")]
    Runtime(#[source] std::io::Error),
    /// The library cannot be opened.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

impl ServeError {
    /// Whether other arguments help, rather than another machine or library.
    pub fn is_usage(&self) -> bool {
        matches!(self, Self::Listen { .. } | Self::Remote { .. })
    }

    /// Returns what may help, as commands and their options.
    pub fn hints(&self) -> Vec<String> {
        let hint = match self {
            Self::Listen { source, .. } if source.kind() == ErrorKind::AddrInUse => {
                "another program listens there, maybe another `kindred serve`; `--port 0` takes a \
                 free port"
            }
            Self::Listen { .. } => "another `--address` or `--port`",
            Self::Remote { .. } => {
                "`--allow-remote` lets other machines ask: each request then needs the token, and \
                 nothing is encrypted on the way"
            }
            Self::Token { .. } => "the library's folder has to be writable",
            Self::Runtime(_) => return Vec::new(),
            Self::Engine(error) => return error.hints(),
        };
        vec![hint.to_owned()]
    }
}

/// Why a request is not answered.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The engine's answer.
    Engine(EngineError),
    /// The request cannot be understood.
    Bad {
        message: String,
        hint: Option<String>,
    },
    /// There is no such page.
    NotFound,
    /// What the method asks for is not done here.
    Method { method: Method },
    /// The request may come from another page, or has no right.
    Forbidden(&'static str),
    /// Something is under way that excludes it.
    Conflict {
        message: String,
        hint: Option<String>,
    },
    /// The body is larger than allowed.
    TooLarge { limit: usize },
    /// Too many questions at once.
    Busy { seconds: u64 },
    /// Not answered in time.
    TooSlow { limit: Duration },
    /// A defect of the program.
    Panic,
}

impl From<EngineError> for Failure {
    fn from(error: EngineError) -> Self {
        Self::Engine(error)
    }
}

impl Failure {
    pub(crate) fn bad(message: impl Into<String>) -> Self {
        Self::Bad {
            message: message.into(),
            hint: None,
        }
    }

    /// What clients are told besides the status.
    pub(crate) fn told(&self) -> Told {
        let told = |code, message: String, hints| Told {
            status: self.status(),
            code,
            message,
            hints,
        };
        match self {
            Self::Engine(error) if error.is_busy() => told("busy", chain(error), error.hints()),
            Self::Engine(error) => told(code_of(error.fault()), chain(error), error.hints()),
            Self::Bad { message, hint } => told(
                "bad-request",
                message.clone(),
                hint.iter().cloned().collect(),
            ),
            Self::NotFound => told("not-found", "there is no such page".to_owned(), Vec::new()),
            Self::Method { method } => told(
                "method-not-allowed",
                format!("{method} is not answered here"),
                vec!["pages and questions are GET, changes are POST".to_owned()],
            ),
            Self::Forbidden(why) => told("forbidden", (*why).to_owned(), Vec::new()),
            Self::Conflict { message, hint } => {
                told("conflict", message.clone(), hint.iter().cloned().collect())
            }
            Self::TooLarge { limit } => told(
                "too-large",
                format!("the request is too large, expected at most {limit} bytes"),
                Vec::new(),
            ),
            Self::Busy { .. } => told(
                "busy",
                "too many questions at once".to_owned(),
                vec!["ask again in a second".to_owned()],
            ),
            Self::TooSlow { limit } => told(
                "too-slow",
                format!("not answered within {} s", limit.as_secs_f64()),
                vec!["ask again; what was loaded meanwhile is kept".to_owned()],
            ),
            Self::Panic => told(
                "defect",
                "the program failed on this request; the others are not affected".to_owned(),
                Vec::new(),
            ),
        }
    }

    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::Engine(error) if error.is_busy() => StatusCode::SERVICE_UNAVAILABLE,
            Self::Engine(error) => match error.fault() {
                Fault::NotFound => StatusCode::NOT_FOUND,
                Fault::Usage => StatusCode::UNPROCESSABLE_ENTITY,
                Fault::SetUp => StatusCode::CONFLICT,
                Fault::Network => StatusCode::BAD_GATEWAY,
                Fault::Stopped => StatusCode::SERVICE_UNAVAILABLE,
                Fault::Work => StatusCode::INTERNAL_SERVER_ERROR,
            },
            Self::Bad { .. } => StatusCode::BAD_REQUEST,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Method { .. } => StatusCode::METHOD_NOT_ALLOWED,
            Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::Conflict { .. } => StatusCode::CONFLICT,
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Busy { .. } | Self::TooSlow { .. } => StatusCode::SERVICE_UNAVAILABLE,
            Self::Panic => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Seconds after which to ask again.
    pub(crate) fn retry_after(&self) -> Option<u64> {
        match self {
            Self::Busy { seconds } => Some(*seconds),
            Self::TooSlow { limit } => Some(retry_after(*limit)),
            Self::Engine(error) => error.is_busy().then_some(BUSY_SECONDS),
            Self::Bad { .. }
            | Self::NotFound
            | Self::Method { .. }
            | Self::Forbidden(_)
            | Self::Conflict { .. }
            | Self::TooLarge { .. }
            | Self::Panic => None,
        }
    }
}

/// What a client is told of a failure.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) status: StatusCode,
    pub(crate) code: &'static str,
    pub(crate) message: String,
    pub(crate) hints: Vec<String>,
}

/// A failure in JSON.
#[derive(Debug)]
pub(crate) struct ApiError(pub(crate) Failure);

/// The body of a failed answer.
#[derive(Debug, Serialize, schemars::JsonSchema)]
pub(crate) struct ErrorBody {
    /// What kind of failure: `not-found`, `usage`, `set-up`, `network`, `work`, `stopped`,
    /// `bad-request`, `method-not-allowed`, `forbidden`, `conflict`, `too-large`, `busy`, `too-slow`, `defect`.
    pub(crate) code: &'static str,
    /// What went wrong.
    pub(crate) message: String,
    /// What may help.
    pub(crate) hints: Vec<String>,
}

impl<E: Into<Failure>> From<E> for ApiError {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let told = self.0.told();
        let body = ErrorBody {
            code: told.code,
            message: told.message,
            hints: told.hints,
        };
        with_retry((told.status, Json(body)).into_response(), &self.0)
    }
}

/// Adds the time after which to ask again.
pub(crate) fn with_retry(mut response: Response, failure: &Failure) -> Response {
    if let Some(seconds) = failure.retry_after() {
        let headers = response.headers_mut();
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

fn code_of(fault: Fault) -> &'static str {
    match fault {
        Fault::NotFound => "not-found",
        Fault::Usage => "usage",
        Fault::SetUp => "set-up",
        Fault::Network => "network",
        Fault::Stopped => "stopped",
        Fault::Work => "work",
    }
}

/// An error with its causes in one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.ends_with(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}
