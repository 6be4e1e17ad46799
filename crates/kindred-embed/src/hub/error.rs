//! Why a model could not be fetched.

use std::io;

use hf_hub::HFError;

use crate::error::ModelError;
use crate::model_id::ModelId;

/// Why a pull failed. What had arrived is kept for the next one.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HubError {
    /// The hub could not be reached, broke off, or is busy; trying again may help.
    #[error("the hub at `{endpoint}` could not be reached for `{id}`")]
    Network {
        /// The model.
        id: ModelId,
        /// Address of the hub.
        endpoint: String,
        /// The failure as the library reports it.
        source: Box<HFError>,
    },
    /// The environment forbids connections.
    #[error("`{id}` was not fetched: {variable} is set, no connection was tried")]
    Offline {
        /// The model.
        id: ModelId,
        /// The variable that forbids them.
        variable: String,
    },
    /// The hub has no such model or revision.
    #[error("the hub has no model `{id}` at revision `{revision}`")]
    NotFound {
        /// The model.
        id: ModelId,
        /// The revision asked for.
        revision: String,
    },
    /// The hub wants a token, refused the one it got, or hides that the model is not there.
    #[error(
        "the hub does not give out `{id}` without a token that allows it; it also answers so where \
         there is no such model"
    )]
    Authentication {
        /// The model.
        id: ModelId,
    },
    /// The model has no file that is needed.
    #[error("the hub has no `{file}` of `{id}`")]
    MissingFile {
        /// The model.
        id: ModelId,
        /// The file.
        file: String,
    },
    /// The model has its weights only as a pickle, which can run code when it is read.
    #[error("the hub has the weights of `{id}` only as the pickled file `{file}`, not safetensors")]
    Pickled {
        /// The model.
        id: ModelId,
        /// The pickled file.
        file: String,
    },
    /// A file is larger than any supported model's.
    #[error("file `{file}` of `{id}` has {bytes} bytes, expected at most {limit}")]
    TooLarge {
        /// The model.
        id: ModelId,
        /// The file.
        file: String,
        /// Its size.
        bytes: u64,
        /// The largest size accepted.
        limit: u64,
    },
    /// A piece of a file came with the wrong length.
    #[error("the hub sent {found} bytes of `{file}`, expected {expected}")]
    Truncated {
        /// The file.
        file: String,
        /// Bytes asked for.
        expected: u64,
        /// Bytes that came.
        found: u64,
    },
    /// The bytes of a file are not those that the hub announced; they were removed.
    #[error("file `{file}` of `{id}` came with the wrong checksum and was removed")]
    Checksum {
        /// The model.
        id: ModelId,
        /// The file.
        file: String,
    },
    /// The hub names a file that would lie outside the model's folder.
    #[error("the hub lists a file `{file}` of `{id}`, which would leave the model's folder")]
    FileName {
        /// The model.
        id: ModelId,
        /// Its path, shortened.
        file: String,
    },
    /// The hub answered in a way that cannot be understood.
    #[error("the hub's answer about `{id}` cannot be understood: {fault}")]
    Protocol {
        /// The model.
        id: ModelId,
        /// What was wrong.
        fault: String,
    },
    /// The hub refused the request.
    #[error("the hub refused the request for `{id}`")]
    Refused {
        /// The model.
        id: ModelId,
        /// The failure as the library reports it.
        source: Box<HFError>,
    },
    /// The text is not a branch, tag or commit.
    #[error("`{revision}` is not a revision, expected a branch, tag or commit")]
    Revision {
        /// The text, shortened.
        revision: String,
    },
    /// Another process is fetching the same model.
    #[error("another process is fetching `{id}`")]
    Busy {
        /// The model.
        id: ModelId,
    },
    /// The pull was stopped; the next one goes on from there.
    #[error("the download was stopped")]
    Stopped,
    /// The client could not be set up: a wrong address, for instance.
    #[error("the connection to the hub could not be set up")]
    Setup {
        /// The failure as the library reports it.
        source: HFError,
    },
    /// The model was fetched and is not one that can be used.
    #[error("the fetched model cannot be used")]
    Model(#[from] ModelError),
    /// A file could not be written.
    #[error("the fetched model could not be stored")]
    Storage(#[from] io::Error),
}

/// What a request was about.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) id: &'a ModelId,
    pub(crate) revision: &'a str,
    pub(crate) endpoint: &'a str,
}

impl HubError {
    /// Whether a transfer began and broke off.
    pub(crate) fn is_broken_transfer(&self) -> bool {
        let is_broken = |error: &HFError| {
            // Xet is the storage of large files; its client tells no kinds of failures apart.
            matches!(error, HFError::Xet { .. })
                || matches!(error, HFError::Request { source, .. }
                    if source.is_body() || source.is_decode())
        };
        matches!(self, Self::Truncated { .. })
            || matches!(self, Self::Network { source, .. } if is_broken(source))
    }

    /// Sorts an error of the library by what a user can do about it.
    pub(crate) fn of_library(place: &Place<'_>, error: HFError) -> Self {
        let (id, revision) = (place.id.clone(), place.revision);
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "the library's error is non-exhaustive"
        )]
        match error {
            HFError::RepoNotFound { .. } | HFError::RevisionNotFound { .. } => Self::NotFound {
                id,
                revision: revision.to_owned(),
            },
            HFError::EntryNotFound { path, .. } => Self::MissingFile { id, file: path },
            HFError::AuthRequired { .. } | HFError::Forbidden { .. } => Self::Authentication { id },
            HFError::Http { context } if context.status.as_u16() == 404 => Self::NotFound {
                id,
                revision: revision.to_owned(),
            },
            HFError::Http { context } if matches!(context.status.as_u16(), 401 | 403) => {
                Self::Authentication { id }
            }
            HFError::Http { context } if context.status.is_client_error() => Self::Refused {
                id,
                source: Box::new(HFError::Http { context }),
            },
            HFError::Http { .. }
            | HFError::Request { .. }
            | HFError::RateLimited { .. }
            | HFError::Xet { .. } => Self::Network {
                id,
                endpoint: place.endpoint.to_owned(),
                source: Box::new(error),
            },
            HFError::Io(error) => Self::Storage(error),
            HFError::Json(_) | HFError::MalformedResponse { .. } => Self::Protocol {
                id,
                fault: "it is not what the protocol says".to_owned(),
            },
            other => Self::Refused {
                id,
                source: Box::new(other),
            },
        }
    }
}
