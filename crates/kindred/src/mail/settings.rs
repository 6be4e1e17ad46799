//! Settings of the mail server: a TOML file, and environment variables that win over it.

use std::fmt;
use std::path::{Path, PathBuf};

use directories::ProjectDirs;
use kindred_digest::Mailbox;
use serde::Deserialize;

use super::MailError;

/// How the connection to the server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Security {
    /// Plain at first, then encrypted or not used at all (RFC 3207).
    StartTls,
    /// Encrypted from the first byte (RFC 8314).
    Tls,
    /// Not at all.
    None,
}

impl Security {
    fn parse(text: &str) -> Result<Self, MailError> {
        match text {
            "starttls" => Ok(Self::StartTls),
            "tls" => Ok(Self::Tls),
            "none" => Ok(Self::None),
            _ => Err(MailError::Value {
                name: "security",
                value: text.to_owned(),
                expected: "starttls, tls or none",
            }),
        }
    }

    fn port(self) -> u16 {
        match self {
            Self::StartTls => 587,
            Self::Tls => 465,
            Self::None => 25,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::StartTls => "STARTTLS",
            Self::Tls => "TLS",
            Self::None => "no encryption",
        }
    }
}

/// The settings as the file has them. There is no password among them: files like this one are
/// copied, shown and kept in version control.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    host: Option<String>,
    port: Option<u16>,
    security: Option<String>,
    user: Option<String>,
    password_file: Option<PathBuf>,
    ca_file: Option<PathBuf>,
    from: Option<String>,
    #[serde(default)]
    to: Vec<String>,
}

/// Where mail goes.
#[derive(Clone)]
pub(crate) struct MailSettings {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) security: Security,
    /// The account, and where its password is.
    pub(crate) account: Option<Account>,
    /// A certificate to trust beside those of the system.
    pub(crate) ca_file: Option<PathBuf>,
    pub(crate) from: Mailbox,
    pub(crate) to: Vec<Mailbox>,
}

impl fmt::Debug for MailSettings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("MailSettings")
            .field("host", &self.host)
            .field("port", &self.port)
            .finish_non_exhaustive()
    }
}

/// An account on the server.
#[derive(Clone)]
pub(crate) struct Account {
    pub(crate) user: String,
    password: Password,
}

/// Where a password is.
#[derive(Clone)]
enum Password {
    /// In the environment.
    Given(String),
    /// In a file, read when it is needed.
    File(PathBuf),
}

impl Account {
    /// Returns the password.
    pub(crate) fn password(&self) -> Result<String, MailError> {
        match &self.password {
            Password::Given(text) => Ok(text.clone()),
            Password::File(file) => {
                let text =
                    fs_err::read_to_string(file).map_err(|source| MailError::Unreadable {
                        what: "mail password",
                        source,
                    })?;
                let line = text.lines().next().unwrap_or_default();
                if line.is_empty() {
                    return Err(MailError::Value {
                        name: "password_file",
                        value: file.display().to_string(),
                        expected: "a file with the password in its first line",
                    });
                }
                Ok(line.to_owned())
            }
        }
    }

    /// Says where the password is, not what it is.
    pub(crate) fn source(&self) -> String {
        match &self.password {
            Password::Given(_) => "KINDRED_SMTP_PASSWORD".to_owned(),
            Password::File(file) => format!("`{}`", file.display()),
        }
    }

    /// Returns the password's file if others than its owner can read it.
    #[cfg(unix)]
    pub(crate) fn open_file(&self) -> Option<&Path> {
        use std::os::unix::fs::PermissionsExt as _;

        let Password::File(file) = &self.password else {
            return None;
        };
        let mode = fs_err::metadata(file).ok()?.permissions().mode();
        (mode & 0o077 != 0).then_some(file)
    }

    #[cfg(not(unix))]
    pub(crate) fn open_file(&self) -> Option<&Path> {
        None
    }
}

/// Returns the file that settings are read from where none is named.
pub(crate) fn default_file() -> Option<PathBuf> {
    ProjectDirs::from("", "", "kindred").map(|folders| folders.config_dir().join("mail.toml"))
}

impl MailSettings {
    /// Reads the settings. A file that was named has to exist; the default one need not.
    pub(crate) fn read(
        named: Option<&Path>,
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, MailError> {
        let file = named.map(Path::to_owned).or_else(default_file);
        let file = file.unwrap_or_else(|| PathBuf::from("mail.toml"));
        let written = if named.is_some() || file.is_file() {
            let text = fs_err::read_to_string(&file).map_err(|source| MailError::Unreadable {
                what: "mail settings",
                source,
            })?;
            toml::from_str(&text).map_err(|error: toml::de::Error| MailError::Settings {
                file: file.clone(),
                line: line_of(&text, error.span().map_or(0, |span| span.start)),
                reason: error.message().to_owned(),
            })?
        } else {
            Written::default()
        };
        Self::merge(written, &file, environment)
    }

    fn merge(
        written: Written,
        file: &Path,
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, MailError> {
        let variable = |name: &str| environment(name).filter(|value| !value.is_empty());
        let missing = |what, variable| MailError::Missing {
            what,
            variable,
            file: file.to_owned(),
        };
        let host = variable("KINDRED_SMTP_HOST")
            .or(written.host)
            .ok_or_else(|| missing("server", "KINDRED_SMTP_HOST"))?;
        let security = match variable("KINDRED_SMTP_SECURITY").or(written.security) {
            Some(text) => Security::parse(&text)?,
            None => Security::StartTls,
        };
        let port = match variable("KINDRED_SMTP_PORT") {
            Some(text) => port(&text)?,
            None => written.port.unwrap_or_else(|| security.port()),
        };
        let from = variable("KINDRED_MAIL_FROM")
            .or(written.from)
            .ok_or_else(|| missing("sender", "KINDRED_MAIL_FROM"))?;
        let to = match variable("KINDRED_MAIL_TO") {
            Some(text) => text.split(',').map(|part| part.trim().to_owned()).collect(),
            None => written.to,
        };
        if to.is_empty() {
            return Err(missing("recipient", "KINDRED_MAIL_TO"));
        }
        let account = match variable("KINDRED_SMTP_USER").or(written.user) {
            None => None,
            Some(user) => {
                let password_file = variable("KINDRED_SMTP_PASSWORD_FILE")
                    .map(PathBuf::from)
                    .or(written.password_file.map(|path| beside(file, path)));
                let password = variable("KINDRED_SMTP_PASSWORD")
                    .map(Password::Given)
                    .or(password_file.map(Password::File))
                    .ok_or_else(|| missing("password", "KINDRED_SMTP_PASSWORD_FILE"))?;
                Some(Account { user, password })
            }
        };
        if let Some(account) = &account
            && security == Security::None
            && !is_loopback(&host)
        {
            return Err(MailError::Unprotected {
                user: account.user.clone(),
                host,
            });
        }
        Ok(Self {
            host,
            port,
            security,
            account,
            ca_file: variable("KINDRED_SMTP_CA_FILE")
                .map(PathBuf::from)
                .or(written.ca_file.map(|path| beside(file, path))),
            from: mailbox("from", &from)?,
            to: to
                .iter()
                .map(|text| mailbox("to", text))
                .collect::<Result<_, _>>()?,
        })
    }
}

/// Returns the number of the line that a byte is in.
fn line_of(text: &str, byte: usize) -> usize {
    1 + text
        .bytes()
        .take(byte)
        .filter(|byte| *byte == b'\n')
        .count()
}

/// Takes a relative path in the settings as one beside them.
fn beside(file: &Path, path: PathBuf) -> PathBuf {
    match file.parent() {
        Some(folder) => folder.join(path),
        None => path,
    }
}

fn port(text: &str) -> Result<u16, MailError> {
    text.parse().map_err(|_error| MailError::Value {
        name: "port",
        value: text.to_owned(),
        expected: "a number from 1 to 65535",
    })
}

fn mailbox(name: &'static str, text: &str) -> Result<Mailbox, MailError> {
    text.parse().map_err(|_error| MailError::Value {
        name,
        value: text.to_owned(),
        expected: "an address such as `me@example.org` or `Name <me@example.org>`",
    })
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || address
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests;
