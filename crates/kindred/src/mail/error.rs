//! What can go wrong with mail.

use std::path::PathBuf;

/// A digest could not be mailed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MailError {
    /// Something that has no default was not set.
    #[error("no {what} is set for mail, neither in `{}` nor in {variable}", file.display())]
    Missing {
        /// What it is.
        what: &'static str,
        /// The environment variable that could have set it.
        variable: &'static str,
        /// The file that could have set it.
        file: PathBuf,
    },
    /// A file named by the settings could not be read.
    #[error("reading the {what} failed")]
    Unreadable {
        /// What the file is.
        what: &'static str,
        /// Why; names the file.
        source: std::io::Error,
    },
    /// The settings are not what is expected. The line itself is not shown: it may hold a
    /// password that somebody put there.
    #[error("mail settings `{}`, line {line}: {reason}", file.display())]
    Settings {
        /// The file.
        file: PathBuf,
        /// Number of the line, from 1.
        line: usize,
        /// Why.
        reason: String,
    },
    /// A setting has a value that cannot be used.
    #[error("mail setting {name} is `{value}`, expected {expected}")]
    Value {
        /// Name of the setting.
        name: &'static str,
        /// The value found.
        value: String,
        /// What it has to be.
        expected: &'static str,
    },
    /// A password would travel in the clear.
    #[error("the password of `{user}` would travel to `{host}` unencrypted")]
    Unprotected {
        /// The account.
        user: String,
        /// The server.
        host: String,
    },
    /// The certificate of the settings is not one.
    #[error("`{}` holds no certificate in PEM", file.display())]
    Certificate {
        /// The file.
        file: PathBuf,
        /// Why.
        source: lettre::transport::smtp::Error,
    },
    /// The server could not be reached, or refused.
    #[error("sending through `{host}`, port {port}, failed")]
    Send {
        /// The server.
        host: String,
        /// Its port.
        port: u16,
        /// Why.
        source: lettre::transport::smtp::Error,
    },
}

impl MailError {
    /// Returns the exit code of the program.
    pub(crate) fn code(&self) -> u8 {
        match self {
            Self::Missing { .. } => 3,
            Self::Unreadable { .. }
            | Self::Settings { .. }
            | Self::Value { .. }
            | Self::Unprotected { .. }
            | Self::Certificate { .. } => 2,
            Self::Send { .. } => 4,
        }
    }

    /// Returns what may help.
    pub(crate) fn hints(&self) -> Vec<String> {
        match self {
            Self::Missing {
                what: "password", ..
            } => vec![
                "write it into a file that only you can read, and name that as `password_file`"
                    .to_owned(),
            ],
            Self::Settings { reason, .. } if reason.contains("`password`") => vec![
                "a password stands in a file of its own, named by `password_file`, or in \
                 KINDRED_SMTP_PASSWORD"
                    .to_owned(),
            ],
            Self::Missing { .. } | Self::Settings { .. } => vec![
                "the file takes host, port, security, user, password_file, ca_file, from and to"
                    .to_owned(),
            ],
            Self::Unprotected { .. } => {
                vec!["set security to \"starttls\" or \"tls\"".to_owned()]
            }
            Self::Send { source, .. } if source.is_permanent() || source.is_transient() => {
                vec!["that is the server's answer; nothing was marked as shown".to_owned()]
            }
            Self::Send { .. } => vec![
                "port 587 takes security \"starttls\", port 465 \"tls\"; nothing was marked as \
                 shown"
                    .to_owned(),
            ],
            Self::Unreadable { .. } | Self::Value { .. } | Self::Certificate { .. } => Vec::new(),
        }
    }
}
