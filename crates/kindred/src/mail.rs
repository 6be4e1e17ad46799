//! Mail: where it goes and how it gets there.

mod error;
mod send;
mod settings;

pub(crate) use error::MailError;
pub(crate) use send::send;
pub(crate) use settings::{Account, MailSettings, default_file};
