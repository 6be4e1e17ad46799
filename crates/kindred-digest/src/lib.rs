//! Digests: what feeds found in a period, and topics, rendered for reading elsewhere.
//!
//! A [`Digest`] is plain data made from the engine's feeds ([`Section::from`]); a [`Format`]
//! turns it into text. Nothing here reads a clock, a disk or a network, so the same digest gives
//! the same bytes. Titles and abstracts are other people's text: every format escapes them, and
//! none lets them reach beyond their place.

mod atom;
mod bibtex;
mod difference;
mod digest;
mod format;
mod html;
mod identity;
mod json;
mod mail;
mod markdown;
mod markup;
mod percentage;
mod plain;
mod ris;
mod text;
mod topics;

pub use bibtex::bibtex;
pub use difference::{abridged, marked_words};
pub use digest::{Cause, Digest, Item, Omission, Section, interest_name, notes};
pub use format::Format;
pub use lettre::Address;
pub use lettre::message::Mailbox;
pub use mail::{Envelope, MailMessage, MessageError};
pub use percentage::percentage;
pub use ris::ris;
pub use text::{isolated, readable, tidy};
pub use topics::{topics_csv, topics_html};
