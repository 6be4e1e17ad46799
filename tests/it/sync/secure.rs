//! The real addresses, through a proxy of this machine that stands in for the internet: names,
//! encryption, certificates, paths.

use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::faults::{morning, run};
use crate::support::certificates;

const HOSTS: [&str; 3] = ["oaipmh.arxiv.org", "rss.arxiv.org", "export.arxiv.org"];

/// Reads a head up to its empty line.
fn head(reader: &mut impl Read) -> String {
    let mut reader = BufReader::with_capacity(1, reader);
    let mut head = String::new();
    while reader.read_line(&mut head).unwrap_or(0) > 2 {}
    head
}

/// A proxy that decrypts what is sent to arXiv's hosts and hands it to `upstream`; returns its
/// address and the hosts that it was asked for.
fn proxy(upstream: &str, config: ServerConfig) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(Mutex::new(Vec::new()));
    let (log, config) = (Arc::clone(&asked), Arc::new(config));
    let upstream = upstream.trim_start_matches("http://").to_owned();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let connect = head(&mut stream);
            let host = connect.split_whitespace().nth(1).unwrap_or("").to_owned();
            log.lock().unwrap().push(host);
            stream
                .write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")
                .unwrap();
            let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut secure = StreamOwned::new(connection, stream);
            let request = head(&mut secure);
            let mut answer = Vec::new();
            if !request.is_empty() {
                let mut plain = TcpStream::connect(&upstream).unwrap();
                plain.write_all(request.as_bytes()).unwrap();
                plain.read_to_end(&mut answer).unwrap();
            }
            // Whoever does not trust the certificate has hung up.
            secure.write_all(&answer).ok();
            secure.conn.send_close_notify();
            secure.flush().ok();
        }
    });
    (address, asked)
}

#[test]
fn the_addresses_of_arxiv_are_asked_encrypted_and_through_the_proxy() {
    let (place, follower) = morning();
    let (authority, config) = certificates(&HOSTS);
    let file = place.write("authority.pem", authority.as_bytes());
    let (proxy, asked) = proxy(&follower.arxiv.feed_url(), config);
    let clock = format!("{}/clock", follower.arxiv.clock_url());
    let sync = |arguments: &[&str]| {
        run(place
            .command(arguments)
            .env("HTTPS_PROXY", &proxy)
            .env("SSL_CERT_FILE", &file)
            .env("KINDRED_CLOCK", &clock))
    };
    let report = sync(&["sync", "-c", "cs.DC", "--since", "2026-11-02", "--json"]);
    let report = report.expect_code(0).json();
    assert!(
        report["lists"][0]["new"].as_u64().unwrap() > 5,
        "{report:#}"
    );
    assert!(report["feed"]["fresh"].as_u64().unwrap() > 0, "{report:#}");
    sync(&["sync", "--by", "query"]).expect_code(0);
    let asked = asked.lock().unwrap();
    for host in HOSTS {
        assert!(asked.contains(&format!("{host}:443")), "{host}: {asked:?}");
    }
    assert_eq!(asked.len(), follower.arxiv.log().len(), "{asked:?}");
    drop(asked);
    follower.assert_polite("through a proxy");
}

#[test]
fn a_certificate_of_another_host_is_refused() {
    let (place, follower) = morning();
    let (authority, config) = certificates(&["example.org"]);
    let file = place.write("authority.pem", authority.as_bytes());
    let (proxy, _) = proxy(&follower.arxiv.feed_url(), config);
    let refused = run(place
        .command(&["sync", "-c", "cs.DC"])
        .env("HTTPS_PROXY", &proxy)
        .env("SSL_CERT_FILE", &file))
    .expect_code(4);
    assert!(
        refused
            .stderr
            .contains("no encrypted connection to `oaipmh.arxiv.org`"),
        "{}",
        refused.stderr
    );
    assert!(follower.arxiv.log().is_empty());
}
