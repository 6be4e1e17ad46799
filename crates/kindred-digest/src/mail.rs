//! A digest as a message: plain text and HTML, one beside the other (RFC 5322, RFC 2046).

use std::time::SystemTime;

use jiff::Timestamp;
use lettre::Message;
use lettre::address::Envelope as Route;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};

use crate::identity::token;
use crate::{Digest, html, plain};

/// Who writes to whom, and when.
#[derive(Debug, Clone, PartialEq)]
pub struct Envelope {
    /// The sender.
    pub from: Mailbox,
    /// The recipients; none for a message that is only kept as a file.
    pub to: Vec<Mailbox>,
    /// Time of writing.
    pub date: Timestamp,
}

/// A message could not be made.
#[derive(Debug, thiserror::Error)]
#[error("the digest cannot be written as a message")]
pub struct MessageError(#[from] lettre::error::Error);

/// A message ready to be sent or kept.
#[derive(Debug, Clone)]
pub struct MailMessage {
    message: Message,
}

impl MailMessage {
    /// Writes a digest as a message.
    ///
    /// Headers are encoded and folded, bodies are encoded so that no line exceeds what mail
    /// allows. The message id depends on the sender, the recipients and the content: what is sent
    /// twice is known as the same message.
    ///
    /// # Errors
    /// [`MessageError`] if the addresses cannot be used.
    pub fn new(digest: &Digest, envelope: &Envelope) -> Result<Self, MessageError> {
        let plain = plain::render(digest);
        let page = html::render(digest, html::Target::Mail);
        let sender = envelope.from.email.clone();
        let recipients: Vec<String> = envelope.to.iter().map(ToString::to_string).collect();
        let token = token(&[sender.as_ref(), &recipients.join(","), &plain, &page]);
        let route = if envelope.to.is_empty() {
            vec![sender.clone()]
        } else {
            envelope.to.iter().map(|to| to.email.clone()).collect()
        };
        let body = MultiPart::alternative()
            .boundary(format!("kindred-{token}"))
            .singlepart(SinglePart::plain(plain))
            .singlepart(SinglePart::html(page));
        let mut builder = Message::builder()
            .from(envelope.from.clone())
            .subject(digest.title())
            .date(SystemTime::from(envelope.date))
            .message_id(Some(format!("<{token}@{}>", sender.domain())))
            // Keeps holiday replies away (RFC 3834 section 5).
            .raw_header(HeaderValue::new(
                HeaderName::new_from_ascii_str("Auto-Submitted"),
                "auto-generated".to_owned(),
            ))
            .envelope(Route::new(Some(sender), route)?);
        for mailbox in &envelope.to {
            builder = builder.to(mailbox.clone());
        }
        Ok(Self {
            message: builder.multipart(body)?,
        })
    }

    /// Returns the message as it goes over the wire; lines end with CR and LF.
    pub fn bytes(&self) -> Vec<u8> {
        self.message.formatted()
    }

    /// Returns sender and recipients for a server.
    pub fn route(&self) -> &Route {
        self.message.envelope()
    }
}
