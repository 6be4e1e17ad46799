//! Sending by SMTP.

use std::time::Duration;

use kindred_digest::MailMessage;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{SmtpTransport, Transport as _};

use super::settings::Security;
use super::{MailError, MailSettings};

/// How long a step of the exchange may take.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Sends a message. Where the settings ask for encryption, nothing is said to a server that does
/// not offer it.
pub(crate) fn send(message: &MailMessage, settings: &MailSettings) -> Result<(), MailError> {
    let failed = |source| MailError::Send {
        host: settings.host.clone(),
        port: settings.port,
        source,
    };
    let tls = match settings.security {
        Security::StartTls => Tls::Required(parameters(settings)?),
        Security::Tls => Tls::Wrapper(parameters(settings)?),
        Security::None => Tls::None,
    };
    let mut builder = SmtpTransport::builder_dangerous(&settings.host)
        .port(settings.port)
        .timeout(Some(TIMEOUT))
        .tls(tls);
    if let Some(account) = &settings.account {
        builder = builder.credentials(Credentials::new(account.user.clone(), account.password()?));
    }
    builder
        .build()
        .send_raw(message.route(), &message.bytes())
        .map_err(failed)?;
    Ok(())
}

fn parameters(settings: &MailSettings) -> Result<TlsParameters, MailError> {
    let mut builder = TlsParameters::builder(settings.host.clone());
    if let Some(file) = &settings.ca_file {
        let text = fs_err::read(file).map_err(|source| MailError::Unreadable {
            what: "certificate",
            source,
        })?;
        let certificate =
            Certificate::from_pem(&text).map_err(|source| MailError::Certificate {
                file: file.clone(),
                source,
            })?;
        builder = builder.add_root_certificate(certificate);
    }
    builder.build().map_err(|source| MailError::Send {
        host: settings.host.clone(),
        port: settings.port,
        source,
    })
}
