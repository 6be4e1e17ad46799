//! A client over plain sockets, and the little XML that the tests need.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::date;
use kindred_fake_arxiv::{Clock, FakeArxiv, World, WorldOptions};

/// A running fake with all that it was made from.
pub(crate) struct Fake {
    pub(crate) arxiv: FakeArxiv,
    pub(crate) world: Arc<World>,
    pub(crate) clock: Clock,
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().expect("a time in RFC 3339")
}

pub(crate) fn small() -> WorldOptions {
    WorldOptions {
        days: 10,
        new_per_day: 20,
        history: 120,
        ..WorldOptions::default()
    }
}

pub(crate) fn fake(options: &WorldOptions, now: &str) -> Fake {
    let world = Arc::new(World::new(options));
    let clock = Clock::new(at(now));
    Fake {
        arxiv: FakeArxiv::start(Arc::clone(&world), clock.clone()),
        world,
        clock,
    }
}

/// The small world on Wednesday 2026-11-04, noon in UTC.
pub(crate) fn wednesday() -> Fake {
    let options = small();
    assert_eq!(options.start, date(2026, 11, 2));
    fake(&options, "2026-11-04T12:00:00Z")
}

/// What a server sent, down to the bytes.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).expect("a body in UTF-8")
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head
            .lines()
            .filter_map(|line| line.split_once(": "))
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }
}

/// Opens a connection to the server of a URL; returns it and the target.
pub(crate) fn connect(url: &str) -> (TcpStream, String) {
    let rest = url.strip_prefix("http://").expect("a plain URL");
    let (host, target) = match rest.split_once('/') {
        Some((host, target)) => (host, format!("/{target}")),
        None => (rest, "/".to_owned()),
    };
    (
        TcpStream::connect(host).expect("the server listens"),
        target,
    )
}

/// Sends a request on a connection of its own.
pub(crate) fn send(method: &str, url: &str, headers: &str, body: &str) -> Answer {
    let (mut stream, target) = connect(url);
    write!(
        stream,
        "{method} {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .expect("the server takes the request");
    let mut bytes = Vec::new();
    stream
        .read_to_end(&mut bytes)
        .expect("the server ends the connection in order");
    let end = bytes
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .expect("a whole head");
    let head = String::from_utf8(bytes[..end].to_vec()).expect("a head in UTF-8");
    Answer {
        status: head
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok())
            .expect("a status line"),
        head,
        body: bytes[end + 4..].to_vec(),
    }
}

pub(crate) fn get(url: &str) -> Answer {
    send("GET", url, "", "")
}

/// The texts between `start` and `end`, in order.
pub(crate) fn all<'a>(text: &'a str, start: &str, end: &str) -> Vec<&'a str> {
    text.split(start)
        .skip(1)
        .filter_map(|rest| rest.split_once(end).map(|(inner, _)| inner))
        .collect()
}

/// The text of the first element of this name.
pub(crate) fn element(text: &str, name: &str) -> Option<String> {
    all(text, &format!("<{name}>"), &format!("</{name}>"))
        .first()
        .map(|inner| unescape(inner))
}

pub(crate) fn unescape(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&#34;", "\"")
        .replace("&#39;", "'")
        .replace("&quot;", "\"")
        .replace("&amp;", "&")
}

pub(crate) fn collapsed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The error code of an OAI answer.
pub(crate) fn error_code(text: &str) -> Option<&str> {
    all(text, "<error code='", "'").first().copied()
}

/// The token of an OAI page, percent-encoded for the next request; `None` at the end.
pub(crate) fn token(page: &str) -> Option<String> {
    let rest = page.split_once("<resumptionToken ")?.1;
    let (_, rest) = rest.split_once('>')?;
    let (token, _) = rest.split_once('<')?;
    Some(token.replace('%', "%25"))
}

/// All pages of a list.
pub(crate) fn harvest(fake: &Fake, verb: &str, arguments: &str) -> Vec<String> {
    let base = fake.arxiv.oai_url();
    let mut pages = vec![get(&format!("{base}?verb={verb}&{arguments}")).text()];
    while let Some(token) = pages.last().and_then(|page| token(page)) {
        pages.push(get(&format!("{base}?verb={verb}&resumptionToken={token}")).text());
        assert!(pages.len() < 200, "the list ends");
    }
    pages
}

/// Identifiers of a page or of pages, without their prefix.
pub(crate) fn ids(text: &str) -> Vec<String> {
    all(text, "<identifier>oai:arXiv.org:", "</identifier>")
        .into_iter()
        .map(str::to_owned)
        .collect()
}
