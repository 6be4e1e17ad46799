//! What stands between the program and arXiv, each with its own message and exit code.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::process::Command;

use kindred_fake_arxiv::{Fault, Plan, Source, WorldOptions};

use super::oracle::Follower;
use crate::support::{Place, Run};

/// A scripted arXiv on the first morning of a small world, and a place to follow it from.
pub(super) fn morning() -> (Place, Follower) {
    let options = WorldOptions {
        days: 3,
        ..WorldOptions::default()
    };
    (Place::new(), Follower::new(&options, &["cs.DC"]))
}

/// The program, with the scripted arXiv in place of the real one.
pub(super) fn command(place: &Place, follower: &Follower, arguments: &[&str]) -> Command {
    let mut command = place.command_of(&follower.arxiv, arguments);
    command.env("KINDRED_DEADLINE_MS", "1000");
    command
}

pub(super) fn run(command: &mut Command) -> Run {
    command.output().expect("the program starts").into()
}

/// Runs a sync against the real addresses, with a proxy of this machine in between.
fn through_proxy(place: &Place, proxy: &str) -> Run {
    run(place
        .command(&["sync", "-c", "cs.DC"])
        .env("HTTPS_PROXY", proxy))
}

/// A proxy that reads a request to connect and answers with these bytes.
fn proxy(answer: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let stream = stream.unwrap();
            let mut reader = BufReader::new(&stream);
            let mut line = String::new();
            while reader.read_line(&mut line).unwrap_or(0) > 2 {
                line.clear();
            }
            // Whoever does not like the answer hangs up.
            (&stream).write_all(answer).ok();
            let _greeting = reader.read(&mut [0; 1024]);
            (&stream).write_all(b"this is not TLS").ok();
        }
    });
    format!("http://{address}")
}

#[test]
fn without_a_network_the_host_is_not_found() {
    let place = Place::new();
    let script = format!(
        "exec unshare -rn {} sync -c cs.DC",
        env!("CARGO_BIN_EXE_kindred")
    );
    let probe = Command::new("unshare").args(["-rn", "true"]).status();
    if !probe.is_ok_and(|status| status.success()) {
        println!("skipped: no network namespace can be made here");
        return;
    }
    let output = Command::new("sh")
        .args(["-c", &script])
        .env("HOME", place.path(""))
        .env("KINDRED_LIBRARY", place.library())
        .env_remove("HTTPS_PROXY")
        .env_remove("https_proxy")
        .env_remove("ALL_PROXY")
        .env_remove("all_proxy")
        .output()
        .unwrap();
    let run = Run::from(output).expect_code(4);
    assert!(
        run.stderr
            .contains("the host `oaipmh.arxiv.org` cannot be found"),
        "{}",
        run.stderr
    );
    assert!(
        run.stderr.contains("hint: is this machine connected"),
        "{}",
        run.stderr
    );
}

#[test]
fn a_proxy_that_is_not_there_or_refuses_is_named() {
    let place = Place::new();
    let closed = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let gone = through_proxy(&place, &format!("http://{closed}")).expect_code(4);
    assert!(
        gone.stderr.contains(&format!("the proxy `{closed}`")),
        "{}",
        gone.stderr
    );
    let refusing =
        proxy(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n");
    let refused = through_proxy(&place, &refusing).expect_code(4);
    assert!(
        refused.stderr.contains("the proxy `127.0.0.1:"),
        "{}",
        refused.stderr
    );
    assert!(refused.stderr.contains("HTTPS_PROXY"), "{}", refused.stderr);
}

#[test]
fn a_connection_without_tls_is_refused() {
    let place = Place::new();
    let plain = proxy(b"HTTP/1.1 200 Connection established\r\n\r\n");
    let run = through_proxy(&place, &plain).expect_code(4);
    assert!(
        run.stderr
            .contains("no encrypted connection to `oaipmh.arxiv.org`"),
        "{}",
        run.stderr
    );
    assert!(run.stderr.contains("clock"), "{}", run.stderr);
}

#[test]
fn a_service_that_is_not_there_is_named_and_what_was_fetched_stays() {
    let (place, follower) = morning();
    run(&mut command(
        &place,
        &follower,
        &["sync", "-c", "cs.DC", "--since", "2026-11-02"],
    ))
    .expect_code(0);
    let papers = |place: &Place| {
        let stats = place.run(&["stats", "--json"]).expect_code(0).json();
        stats["store"]["papers"].as_u64().unwrap()
    };
    let before = papers(&place);
    assert!(before > 5);
    let closed = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let mut gone = command(&place, &follower, &["sync"]);
    gone.env("KINDRED_ARXIV_OAI", format!("http://{closed}/oai"));
    let gone = run(&mut gone).expect_code(4);
    assert!(
        gone.stderr
            .contains(&format!("no connection to `{closed}`")),
        "{}",
        gone.stderr
    );
    assert_eq!(papers(&place), before);
}

#[test]
fn a_web_page_in_place_of_data_is_told_as_that() {
    let (place, follower) = morning();
    follower
        .arxiv
        .add_fault(Source::Oai, Fault::Html, Plan::Forever);
    let run = run(&mut command(&place, &follower, &["sync", "-c", "cs.DC"])).expect_code(4);
    assert!(run.stderr.contains("an HTML page"), "{}", run.stderr);
    assert!(
        run.stderr.contains("left alone until 2026-11-02T"),
        "{}",
        run.stderr
    );
    assert!(
        run.stderr.contains("asking again in"),
        "rests are told: {}",
        run.stderr
    );
}

#[test]
fn a_refusal_stops_every_further_request() {
    let (place, follower) = morning();
    follower
        .arxiv
        .add_fault(Source::Oai, Fault::Forbidden, Plan::Times(1));
    for _ in 0..2 {
        let run = run(&mut command(&place, &follower, &["sync", "-c", "cs.DC"])).expect_code(4);
        assert!(
            run.stderr.contains("refused access (status 403)"),
            "{}",
            run.stderr
        );
        assert!(
            run.stderr.contains("taken for an attack") || run.stderr.contains("for an attack"),
            "{}",
            run.stderr
        );
    }
    assert_eq!(follower.arxiv.log().len(), 1);
}

#[test]
fn a_wrong_clock_is_told_and_arxivs_is_gone_by() {
    let (place, follower) = morning();
    let skew = Fault::ClockSkew {
        seconds: -3 * 86_400,
    };
    follower.arxiv.add_fault(Source::Oai, skew, Plan::Forever);
    let arguments = ["sync", "-c", "cs.DC", "--since", "2026-10-20"];
    let run = run(&mut command(&place, &follower, &arguments));
    assert!(
        run.stderr
            .contains("the clock of this machine is 3 days ahead of arXiv's"),
        "{}",
        run.stderr
    );
}

#[test]
fn categories_and_days_that_cannot_be_are_refused() {
    let (place, follower) = morning();
    let unknown = run(&mut command(&place, &follower, &["sync", "-c", "cs.DX"])).expect_code(2);
    assert!(
        unknown.stderr.contains("arXiv has no category `cs.DX`"),
        "{}",
        unknown.stderr
    );
    assert!(unknown.stderr.contains("`cs.DC`"), "{}", unknown.stderr);
    let nonsense = run(&mut command(&place, &follower, &["sync", "-c", "hepth"])).expect_code(2);
    assert!(nonsense.stderr.contains("`hep-th`"), "{}", nonsense.stderr);
    let future = ["sync", "-c", "cs.DC", "--since", "2031-01-01"];
    let future = run(&mut command(&place, &follower, &future)).expect_code(2);
    assert!(
        future.stderr.contains("2031-01-01 has not come yet"),
        "{}",
        future.stderr
    );
    // Nothing of it is followed.
    let none = run(&mut command(&place, &follower, &["ledger"])).expect_code(3);
    assert!(
        none.stderr.contains("no category is followed yet"),
        "{}",
        none.stderr
    );
}

#[test]
fn a_full_disk_ends_a_sync_and_the_next_one_goes_on() {
    // The first is too small for an empty library.
    for blocks in [400, 900] {
        fill_the_disk_at(blocks);
    }
}

/// Syncs where files have at most so many blocks, then where they may grow.
fn fill_the_disk_at(blocks: u32) {
    let (place, follower) = morning();
    follower.arxiv.set_page_sizes(50, 100, 2_000);
    let arguments = ["sync", "-c", "cs.DC", "--since", "2005-09-16", "--no-embed"];
    // A limit on the size of files stands in for a full disk; it needs a shell to set.
    let script = format!(
        "ulimit -f {blocks}; trap '' XFSZ; exec {} {}",
        env!("CARGO_BIN_EXE_kindred"),
        arguments.join(" ")
    );
    let mut full = command(&place, &follower, &[]);
    let environment: Vec<_> = full
        .get_envs()
        .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())))
        .collect();
    full = Command::new("bash");
    full.args(["-c", &script]).env_clear().envs(environment);
    let full = run(&mut full).expect_code(5);
    assert!(
        full.stderr.contains("disk is full") || full.stderr.contains("could not be"),
        "{}",
        full.stderr
    );
    run(&mut command(&place, &follower, &arguments)).expect_code(0);
    place.run(&["verify"]).expect_code(0);
}

#[test]
fn addresses_of_this_machine_are_the_only_ones_that_stand_in_for_arxiv() {
    let place = Place::new();
    let here = "http://127.0.0.1:9/";
    for (name, value) in [
        ("KINDRED_ARXIV_OAI", "https://export.arxiv.org/oai2"),
        ("KINDRED_ARXIV_FEED", "http://192.168.0.1/"),
        ("KINDRED_ARXIV_QUERY", "http://localhost:9/"),
        ("KINDRED_CLOCK", "https://example.org/"),
    ] {
        let mut command = place.command(&["sync", "-c", "cs.DC"]);
        command
            .env("KINDRED_ARXIV_OAI", here)
            .env("KINDRED_ARXIV_FEED", here)
            .env("KINDRED_ARXIV_QUERY", here)
            .env(name, value);
        let run = run(&mut command).expect_code(2);
        assert!(
            run.stderr.contains("is not a loopback address"),
            "{name}: {}",
            run.stderr
        );
    }
}

#[test]
fn feeds_of_this_machine_are_refused_and_named_ones_are_read() {
    let place = Place::new();
    for address in [
        "http://127.0.0.1/feed",
        "http://169.254.169.254/",
        "file:///etc/passwd",
    ] {
        let run = place.run(&["sync", "--feed", address]).expect_code(4);
        assert!(
            run.stderr.contains("is not asked, expected public"),
            "{address}: {}",
            run.stderr
        );
    }
    let (place, follower) = morning();
    // The scripted arXiv stands in for another publisher.
    let address = format!("{}/rss/hep-th", follower.arxiv.feed_url());
    let arguments = ["sync", "--feed", &address, "--json"];
    let first = run(&mut command(&place, &follower, &arguments))
        .expect_code(0)
        .json();
    assert!(
        first["other_feeds"][0]["new"].as_u64().unwrap() > 0,
        "{first:#}"
    );
    let second = run(&mut command(&place, &follower, &["sync", "--json"]))
        .expect_code(0)
        .json();
    assert_eq!(second["other_feeds"][0]["new"], 0, "{second:#}");
    follower
        .arxiv
        .add_fault(Source::Feed, Fault::Html, Plan::Forever);
    let failed = run(&mut command(&place, &follower, &["sync"])).expect_code(5);
    assert!(failed.stdout.contains("an HTML page"), "{}", failed.stdout);
    run(&mut command(
        &place,
        &follower,
        &["sync", "--drop-feed", &address],
    ))
    .expect_code(3);
}
