//! Faults of whole answers and of their way, against every service; connections and threads.

use std::io::{Read, Write};
use std::time::{Duration, Instant};

use flate2::read::GzDecoder;
use kindred_fake_arxiv::{Fault, Plan, RetryAfter, Source};

use super::support::{Answer, Fake, connect, get, send, wednesday};

const SOURCES: [Source; 3] = [Source::Oai, Source::Feed, Source::Query];

fn url(fake: &Fake, source: Source) -> String {
    match source {
        Source::Oai => format!(
            "{}?verb=ListRecords&metadataPrefix=arXivRaw",
            fake.arxiv.oai_url()
        ),
        Source::Feed => format!("{}/atom/cs+stat", fake.arxiv.feed_url()),
        Source::Query => format!(
            "{}?search_query=cat:*&max_results=100",
            fake.arxiv.query_url()
        ),
    }
}

fn once(fake: &Fake, source: Source, fault: Fault) -> Answer {
    fake.arxiv.add_fault(source, fault, Plan::Times(1));
    let answer = get(&url(fake, source));
    assert_eq!(get(&url(fake, source)).status, 200, "{fault:?} is over");
    answer
}

#[test]
fn answers_are_replaced_by_what_edges_say() {
    let fake = wednesday();
    for source in SOURCES {
        let said = |fault: Fault| {
            let answer = once(&fake, source, fault);
            let text = answer.text();
            (answer.status, text)
        };
        assert_eq!(said(Fault::EmptyBody), (200, String::new()));
        assert_eq!(
            said(Fault::RateExceeded),
            (200, "Rate exceeded.".to_owned())
        );
        assert_eq!(said(Fault::Unavailable).0, 503);
        assert_eq!(said(Fault::NotAcceptable).0, 406);
        assert_eq!(said(Fault::Forbidden).0, 403);
        let (status, page) = said(Fault::Html);
        assert!(status == 200 && page.starts_with("<!DOCTYPE html>"));
        let many = |retry_after: RetryAfter| {
            let answer = once(&fake, source, Fault::TooMany { retry_after });
            assert_eq!(answer.status, 429);
            answer.header("Retry-After").map(str::to_owned)
        };
        assert_eq!(many(RetryAfter::None), None);
        assert_eq!(many(RetryAfter::Seconds(86_400)).as_deref(), Some("86400"));
        let date = many(RetryAfter::DateIn(60)).unwrap();
        assert!(date.starts_with("Wed, 04 Nov 2026 12:01:"), "{date}");
    }
}

#[test]
fn redirects_lead_around_or_away() {
    let fake = wednesday();
    for source in SOURCES {
        let mut answer = once(&fake, source, Fault::RedirectLoop);
        for _ in 0..3 {
            assert_eq!(answer.status, 302);
            answer = get(answer.header("Location").unwrap());
        }
        let away = once(&fake, source, Fault::RedirectAway);
        assert_eq!(away.header("Location"), Some("http://localhost.invalid/"));
    }
    assert!(fake.arxiv.log().iter().all(|entry| entry.source.is_some()));
}

#[test]
fn characters_are_not_what_the_document_says() {
    let fake = wednesday();
    for source in SOURCES {
        let whole = get(&url(&fake, source)).body;
        let latin = once(&fake, source, Fault::WrongCharset).body;
        assert!(String::from_utf8(whole.clone()).is_ok());
        let bad = String::from_utf8_lossy(&latin);
        let replaced = bad.matches('\u{fffd}').count();
        assert!((1..=3).contains(&replaced), "{source:?}: {replaced}");
        let wide = once(&fake, source, Fault::Utf16);
        assert!(wide.body.starts_with(&[0xFF, 0xFE]));
        let units: Vec<u16> = wide.body[2..]
            .chunks_exact(2)
            .map(|two| u16::from_le_bytes([two[0], two[1]]))
            .collect();
        let text = String::from_utf16(&units).unwrap();
        assert!(text.contains("UTF-16") && text.trim_end().ends_with('>'));
        assert!(wide.header("Content-Type").unwrap().ends_with("utf-16"));
    }
}

#[test]
fn bomb_holds_200_mb_of_zeros() {
    let fake = wednesday();
    let answer = once(&fake, Source::Oai, Fault::GzipBomb);
    assert_eq!(answer.header("Content-Encoding"), Some("gzip"));
    assert!(answer.body.len() < 2_000_000);
    let mut decoder = GzDecoder::new(answer.body.as_slice());
    let (mut buffer, mut total) = (vec![1; 1 << 16], 0);
    loop {
        let count = decoder.read(&mut buffer).unwrap();
        if count == 0 {
            break;
        }
        assert!(buffer[..count].iter().all(|byte| *byte == 0));
        total += count;
    }
    assert_eq!(total, 200_000_000);
}

/// Opens a connection and sends the request.
fn begin(fake: &Fake, source: Source) -> std::net::TcpStream {
    let (mut stream, target) = connect(&url(fake, source));
    write!(stream, "GET {target} HTTP/1.1\r\nHost: x\r\n\r\n")
        .expect("the server takes the request");
    stream
}

#[test]
fn answers_that_never_end_do_not_hold_the_server() {
    let fake = wednesday();
    let mut open = Vec::new();
    for source in SOURCES {
        fake.arxiv.add_fault(source, Fault::Endless, Plan::Times(1));
        let mut stream = begin(&fake, source);
        let mut bytes = vec![0; 1 << 20];
        stream.read_exact(&mut bytes).unwrap();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        assert!(text.contains("Transfer-Encoding: chunked") && text.contains("<?xml"));
        open.push(stream);

        fake.arxiv.add_fault(source, Fault::Slow, Plan::Times(1));
        let mut stream = begin(&fake, source);
        let started = Instant::now();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            head.push(byte[0]);
        }
        assert!(
            String::from_utf8(head)
                .unwrap()
                .contains("Content-Length: 10000")
        );
        stream.read_exact(&mut [0; 3]).unwrap();
        assert!(started.elapsed() >= Duration::from_millis(390));
        open.push(stream);
    }
    let stopped = Instant::now();
    drop(fake);
    assert!(stopped.elapsed() < Duration::from_secs(3), "threads stop");
    drop(open);
}

#[test]
fn reset_ends_within_the_head() {
    let fake = wednesday();
    for source in SOURCES {
        fake.arxiv.add_fault(source, Fault::Reset, Plan::Times(1));
        let mut stream = begin(&fake, source);
        let mut bytes = Vec::new();
        // Either way the client has less than a head.
        drop(stream.read_to_end(&mut bytes));
        assert!(bytes.starts_with(b"HTTP/1.1 200"));
        assert!(!bytes.windows(4).any(|four| four == b"\r\n\r\n"));
    }
}

#[test]
fn skewed_clocks_show_in_head_and_document() {
    let fake = wednesday();
    for source in SOURCES {
        let ahead = once(&fake, source, Fault::ClockSkew { seconds: 172_800 });
        assert!(
            ahead
                .header("Date")
                .unwrap()
                .starts_with("Fri, 06 Nov 2026")
        );
        assert!(ahead.text().contains("2026-11-06T12:00:"));
        let behind = once(&fake, source, Fault::ClockSkew { seconds: -172_800 });
        assert!(behind.text().contains("2026-11-02T12:00:"));
    }
}

#[test]
fn connections_are_kept_zipped_and_counted() {
    let fake = wednesday();
    let plain = get(&url(&fake, Source::Query)).text();
    let zipped = send(
        "GET",
        &url(&fake, Source::Query),
        "Accept-Encoding: gzip\r\n",
        "",
    );
    assert_eq!(zipped.header("Content-Encoding"), Some("gzip"));
    let mut text = String::new();
    GzDecoder::new(zipped.body.as_slice())
        .read_to_string(&mut text)
        .unwrap();
    assert_eq!(text.len(), plain.len());

    let (mut stream, _) = connect(&fake.arxiv.oai_url());
    for _ in 0..2 {
        write!(
            stream,
            "HEAD /oai?verb=Identify HTTP/1.1\r\nHost: x\r\n\r\n"
        )
        .unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            head.push(byte[0]);
        }
        assert!(head.starts_with(b"HTTP/1.1 200"));
    }
    get(&url(&fake, Source::Feed));
    let log = fake.arxiv.log();
    let counts: Vec<usize> = log.iter().map(|entry| entry.connections).collect();
    // The last request came on a second connection while the first was open.
    assert_eq!(counts, [1, 1, 1, 1, 2]);
    assert!(
        log.iter()
            .all(|entry| entry.concurrent == 1 && entry.status == 200)
    );
    drop(stream);
    get(&url(&fake, Source::Feed));
    assert_eq!(fake.arxiv.log().last().unwrap().connections, 1);
}

#[test]
fn junk_does_not_stop_the_server() {
    let fake = wednesday();
    for junk in [
        "\r\n\r\n",
        "GET\r\n\r\n",
        "POST /oai HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        "GET /oai?%%%=%zz&\u{e9} HTTP/1.1\r\n\r\n",
    ] {
        let (mut stream, _) = connect(&fake.arxiv.oai_url());
        stream.write_all(junk.as_bytes()).unwrap();
        drop(stream);
    }
    assert_eq!(get(&url(&fake, Source::Oai)).status, 200);
}
