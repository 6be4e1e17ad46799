//! The message, read back by a small parser of RFC 5322 and MIME.

use kindred_digest::{Digest, Envelope, MailMessage};
use proptest::prelude::*;

use crate::html;
use crate::support::{HOSTILE, any_digest, digest, digest_of, section};

/// Headers (unfolded) and body of a part.
struct Part {
    headers: Vec<(String, String)>,
    body: String,
}

impl Part {
    fn read(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").expect("headers end");
        let unfolded = head.replace("\r\n ", " ").replace("\r\n\t", " ");
        let headers = unfolded
            .split("\r\n")
            .map(|line| {
                let (name, value) = line.split_once(": ").expect("a header");
                assert!(
                    name.bytes()
                        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
                );
                (name.to_owned(), value.to_owned())
            })
            .collect();
        Self {
            headers,
            body: body.to_owned(),
        }
    }

    fn header(&self, name: &str) -> &str {
        let found: Vec<&str> = self
            .headers
            .iter()
            .filter(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
            .collect();
        assert_eq!(found.len(), 1, "{name}: {found:?}");
        found[0]
    }

    fn decoded(&self) -> String {
        let bytes = match self.header("Content-Transfer-Encoding") {
            "7bit" => self.body.clone().into_bytes(),
            "quoted-printable" => quoted_printable(&self.body),
            "base64" => base64(&self.body),
            other => panic!("encoding {other}"),
        };
        String::from_utf8(bytes).expect("parts are UTF-8")
    }
}

fn quoted_printable(text: &str) -> Vec<u8> {
    let joined = text.replace("=\r\n", "");
    let mut bytes = Vec::new();
    let mut rest = joined.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'=' {
            let digits = [rest.next().unwrap(), rest.next().unwrap()];
            let digits = std::str::from_utf8(&digits).unwrap();
            bytes.push(u8::from_str_radix(digits, 16).unwrap());
        } else {
            bytes.push(byte);
        }
    }
    bytes
}

fn base64(text: &str) -> Vec<u8> {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut bytes = Vec::new();
    let (mut value, mut bits) = (0_u32, 0);
    for character in text.chars().filter(|c| !c.is_whitespace() && *c != '=') {
        let digit = ALPHABET.find(character).expect("a digit of base64");
        value = (value << 6 | u32::try_from(digit).unwrap()) & 0xffff;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from(value >> bits & 0xff).unwrap());
        }
    }
    bytes
}

fn envelope() -> Envelope {
    Envelope {
        from: "Kindred <kindred@example.org>".parse().unwrap(),
        to: vec!["Zo\u{eb} R. <zoe@example.org>".parse().unwrap()],
        date: "2026-03-27T06:30:00Z".parse().unwrap(),
    }
}

/// Writes and reads a message; returns its head, plain text and HTML.
fn parts(digest: &Digest) -> (Part, String, String) {
    let bytes = MailMessage::new(digest, &envelope()).unwrap().bytes();
    let text = String::from_utf8(bytes).unwrap();
    assert!(text.is_ascii(), "everything is encoded");
    for line in text.split("\r\n") {
        assert!(
            line.len() <= 998 && !line.contains(['\r', '\n', '\0']),
            "{line:?}"
        );
    }
    let message = Part::read(&text);
    let boundary = message
        .header("Content-Type")
        .split("boundary=\"")
        .nth(1)
        .unwrap()
        .trim_end_matches('"')
        .to_owned();
    let delimiter = format!("--{boundary}");
    let mut pieces = message.body.split(&delimiter);
    assert_eq!(pieces.next().map(str::trim), Some(""));
    let plain = Part::read(pieces.next().unwrap().trim_start());
    let page = Part::read(pieces.next().unwrap().trim_start());
    assert_eq!(pieces.next().map(str::trim), Some("--"));
    assert_eq!(pieces.next(), None, "the boundary is in no body");
    assert!(plain.header("Content-Type").starts_with("text/plain"));
    assert!(page.header("Content-Type").starts_with("text/html"));
    let texts = (plain.decoded(), page.decoded());
    (message, texts.0, texts.1)
}

/// Names of headers that a message may have.
const HEADERS: [&str; 8] = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "MIME-Version",
    "Content-Type",
];

fn assert_sound(digest: &Digest) {
    let (message, plain, page) = parts(digest);
    let names: Vec<&str> = message
        .headers
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    assert!(names.iter().all(|name| HEADERS.contains(name)), "{names:?}");
    for name in HEADERS {
        message.header(name);
    }
    let lines = |text: &str| text.replace("\r\n", "\n").trim().to_owned();
    let expected = kindred_digest::Format::Plain.render(digest);
    assert_eq!(lines(&plain), lines(&expected));
    html::read(page.trim());
}

#[test]
fn hostile_titles_add_no_header() {
    assert_sound(&digest_of(&HOSTILE));
}

#[test]
fn headers_say_who_when_and_what() {
    let (message, _, _) = parts(&digest_of(&["One"]));
    assert_eq!(message.header("From"), "Kindred <kindred@example.org>");
    assert_eq!(message.header("Subject"), "Kindred: reading, 2026-03-27");
    assert_eq!(message.header("Date"), "Fri, 27 Mar 2026 06:30:00 +0000");
    assert_eq!(message.header("Auto-Submitted"), "auto-generated");
    assert!(
        message.header("To").starts_with("=?utf-8?"),
        "{}",
        message.header("To")
    );
    assert!(message.header("Message-ID").ends_with("@example.org>"));
}

#[test]
fn the_name_of_a_set_cannot_add_a_header() {
    let name = "x\r\nBcc: victim@example.org\r\n\r\n".repeat(40);
    assert_sound(&digest(vec![section(&name, Vec::new())]));
}

#[test]
fn the_same_digest_is_the_same_message() {
    let digest = digest_of(&["One"]);
    let bytes = || MailMessage::new(&digest, &envelope()).unwrap().bytes();
    assert_eq!(bytes(), bytes());
    let other = MailMessage::new(&digest_of(&["Two"]), &envelope())
        .unwrap()
        .bytes();
    assert_ne!(bytes(), other);
}

proptest! {
    #[test]
    fn any_title_is_only_text(digest in any_digest()) {
        assert_sound(&digest);
    }
}
