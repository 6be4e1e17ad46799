//! From a request to its answer, faults included.

use std::io::{Read, repeat};
use std::sync::OnceLock;

use flate2::Compression;
use flate2::read::GzEncoder;
use jiff::{SignedDuration, Timestamp};

use super::{Shared, lock};
use crate::clock::http_date;
use crate::fault::{Active, Fault, RetryAfter, Source};
use crate::http::{Body, Request, Response};
use crate::page::Context;
use crate::{feed, oai, query};

/// Zeros within the gzip bomb.
const BOMB: u64 = 200_000_000;

/// Bytes of a slow answer.
const SLOW: usize = 10_000;

/// The service that a path belongs to.
pub(super) fn source(path: &str) -> Option<Source> {
    match path {
        "/oai" | "/loop/oai" => Some(Source::Oai),
        "/loop/feed" | "/feed/status" => Some(Source::Feed),
        "/api/query" | "/loop/query" => Some(Source::Query),
        _ => (path.starts_with("/rss/") || path.starts_with("/atom/")).then_some(Source::Feed),
    }
}

/// Answers a request to the clock's port.
pub(super) fn clock(shared: &Shared, request: &Request) -> Response {
    let plain = |status: u16, text: String| Response::new(status, "text/plain", text);
    match (request.method.as_str(), request.path().as_str()) {
        ("GET", "/clock") => plain(200, shared.clock.now().to_string()),
        ("POST", "/clock/until") => {
            let parameters = request.parameters();
            let to = parameters.iter().find(|(name, _)| name == "to");
            match to.map(|(_, text)| text.parse::<Timestamp>()) {
                Some(Ok(to)) => {
                    shared.clock.advance_to(to);
                    plain(200, shared.clock.now().to_string())
                }
                Some(Err(error)) => plain(400, format!("`to` is no time: {error}")),
                None => plain(400, "`to` is missing".to_owned()),
            }
        }
        _ => plain(404, "GET /clock or POST /clock/until?to=TIME".to_owned()),
    }
}

/// Answers a request to the arXiv port at the virtual time `now`.
pub(super) fn answer(
    shared: &Shared,
    request: &Request,
    source: Option<Source>,
    now: Timestamp,
) -> Response {
    let Some(source) = source else {
        return dated(Response::new(404, "text/html", "<h1>Not found</h1>\n"), now);
    };
    if request.path().starts_with("/loop/") {
        let here = format!("{}{}", shared.base, request.target);
        let response = Response::new(302, "text/html", "").with("Location", here);
        return dated(response, now);
    }
    let faults = lock(&shared.book).next(source, now);
    let context = Context {
        world: &shared.world,
        now,
        faults: &faults,
        sizes: *lock(&shared.sizes),
        base: &shared.base,
    };
    let shown_now = context.shown_now();
    let response = replaced(shared, source, &faults, shown_now).unwrap_or_else(|| {
        let mut memory = lock(&shared.memory);
        let mut response = match source {
            Source::Oai => oai::answer(&context, &mut memory, request),
            Source::Feed => feed::answer(&context, &mut memory, request),
            Source::Query => query::answer(&context, &mut memory, request),
        };
        response.body = rewritten(response.body, &faults);
        if faults.has(Fault::Utf16) {
            for (name, value) in &mut response.headers {
                if *name == "Content-Type" {
                    value.push_str("; charset=utf-16");
                }
            }
        }
        response
    });
    dated(response, shown_now)
}

fn dated(response: Response, now: Timestamp) -> Response {
    response.with("Date", http_date(now))
}

/// The answer of the first fault that leaves nothing of the real one.
fn replaced(shared: &Shared, source: Source, faults: &Active, now: Timestamp) -> Option<Response> {
    let page = |title: &str| {
        format!(
            "<!DOCTYPE html>\n<html><head><title>{title}</title></head><body>\n<h1>{title}</h1>\n</body></html>\n"
        )
    };
    let html = |status: u16, title: &str| Response::new(status, "text/html", page(title));
    faults.0.iter().find_map(|fault| {
        Some(match *fault {
            Fault::EmptyBody => Response::new(200, "text/xml", ""),
            Fault::RateExceeded => Response::new(200, "text/plain", "Rate exceeded."),
            Fault::TooMany { retry_after } => {
                let response = Response::new(429, "text/plain", "Rate exceeded.");
                match retry_after {
                    RetryAfter::Seconds(seconds) => {
                        response.with("Retry-After", seconds.to_string())
                    }
                    RetryAfter::DateIn(seconds) => {
                        let then = now + SignedDuration::from_secs(i64::from(seconds));
                        response.with("Retry-After", http_date(then))
                    }
                    RetryAfter::None => response,
                }
            }
            Fault::Unavailable => html(503, "503 Service Unavailable"),
            Fault::NotAcceptable => html(406, "406 Not Acceptable"),
            Fault::Forbidden => html(403, "403 Forbidden"),
            Fault::Html => html(200, "arXiv is down for maintenance"),
            Fault::RedirectLoop => {
                let name = match source {
                    Source::Oai => "oai",
                    Source::Feed => "feed",
                    Source::Query => "query",
                };
                let there = format!("{}/loop/{name}", shared.base);
                Response::new(302, "text/html", "").with("Location", there)
            }
            Fault::RedirectAway => {
                Response::new(302, "text/html", "").with("Location", "http://localhost.invalid/")
            }
            Fault::GzipBomb => {
                Response::new(200, "text/xml", bomb().to_vec()).with("Content-Encoding", "gzip")
            }
            Fault::EmptyPage
            | Fault::ShortPage
            | Fault::DuplicatePage
            | Fault::CutMidRecord
            | Fault::CutBetweenRecords
            | Fault::CutBeforeToken
            | Fault::Slow
            | Fault::WrongCharset
            | Fault::Utf16
            | Fault::Endless
            | Fault::Reset
            | Fault::HiddenRecords
            | Fault::ClockSkew { .. }
            | Fault::EditDuring
            | Fault::LowerVersion
            | Fault::DeletedHeader
            | Fault::StaleFeed
            | Fault::Quiet
            | Fault::OneBadRecord => return None,
        })
    })
}

/// 200 MB of zeros in gzip, made once.
fn bomb() -> &'static [u8] {
    static BYTES: OnceLock<Vec<u8>> = OnceLock::new();
    BYTES.get_or_init(|| {
        let mut bytes = Vec::new();
        GzEncoder::new(repeat(0).take(BOMB), Compression::fast())
            .read_to_end(&mut bytes)
            .expect("memory takes what is written");
        bytes
    })
}

/// Applies the faults that concern bytes.
fn rewritten(body: Body, faults: &Active) -> Body {
    let Body::Whole(mut bytes) = body else {
        return body;
    };
    if faults.has(Fault::WrongCharset) {
        bytes = latin(&String::from_utf8_lossy(&bytes));
    }
    if faults.has(Fault::Utf16) {
        bytes = utf16(&String::from_utf8_lossy(&bytes));
    }
    if faults.has(Fault::Reset) {
        Body::Reset
    } else if faults.has(Fault::Slow) {
        bytes.resize(SLOW, b' ');
        Body::Slow(bytes)
    } else if faults.has(Fault::Endless) {
        Body::Endless(bytes)
    } else {
        Body::Whole(bytes)
    }
}

/// The document with up to three characters as single bytes of Latin-1; if it has none of
/// Latin-1, one is added to the text of its last element.
fn latin(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut left = 3;
    for character in text.chars() {
        match u8::try_from(u32::from(character)) {
            Ok(byte) if byte >= 0xA0 && left > 0 => {
                bytes.push(byte);
                left -= 1;
            }
            _ => bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    if left == 3 {
        let place = text.rfind("</").unwrap_or(text.len());
        bytes.insert(place, 0xE9);
    }
    bytes
}

/// The document in little-endian UTF-16 with its mark; its declaration says so.
fn utf16(text: &str) -> Vec<u8> {
    let text = text
        .replacen("encoding=\"UTF-8\"", "encoding=\"UTF-16\"", 1)
        .replacen("encoding='UTF-8'", "encoding='UTF-16'", 1);
    let mark = [0xFF, 0xFE];
    mark.into_iter()
        .chain(text.encode_utf16().flat_map(u16::to_le_bytes))
        .collect()
}
