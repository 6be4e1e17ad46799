//! `kindred serve` as a program: how it starts, whom it answers, how it ends.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::{Place, second_morning};

/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// A server that runs until it is dropped.
struct Served {
    child: Child,
    /// `127.0.0.1:PORT`.
    address: String,
    token: String,
    /// The first line that it printed.
    line: String,
}

impl Served {
    fn start(place: &Place, arguments: &[&str]) -> Self {
        Self::spawn(place, &mut place.command(&with_free_port(arguments)))
    }

    fn spawn(place: &Place, command: &mut Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let out = child.stdout.as_mut().unwrap();
        BufReader::new(out).read_line(&mut line).unwrap();
        let told = serde_json::from_str::<Value>(&line);
        let url = told.map_or(line.clone(), |told| {
            told["url"].as_str().unwrap().to_owned()
        });
        let address = url
            .trim()
            .trim_start_matches("http://")
            .trim_end_matches('/');
        let address = address.to_owned();
        assert!(!address.is_empty(), "it prints its address");
        let token = fs_err::read_to_string(place.library().join("page.token")).unwrap();
        Self {
            child,
            address,
            token: token.trim().to_owned(),
            line,
        }
    }

    /// Sends a text and reads until the connection is closed.
    fn send(&self, text: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(text.as_bytes()).ok();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).ok();
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// Sends a request with headers that it lists and no others but `Connection: close`; `{A}`
    /// stands for the address and `{T}` for the token.
    fn ask(&self, line: &str, headers: &[&str], body: &str) -> (u16, String) {
        let mut text = format!("{line} HTTP/1.1\r\nConnection: close\r\n");
        for header in headers {
            let header = header
                .replace("{A}", &self.address)
                .replace("{T}", &self.token);
            text.push_str(&header);
            text.push_str("\r\n");
        }
        if !body.is_empty() {
            let length = format!("Content-Length: {}\r\n", body.len());
            text.push_str(&length);
        }
        let answer = self.send(&format!("{text}\r\n{body}"));
        let status = answer
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok());
        (status.unwrap_or(0), answer)
    }

    /// Ends it as Ctrl-C does; returns its exit code and what it wrote.
    fn interrupt(mut self) -> (Option<i32>, String) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args(["-INT", &id]).status().unwrap();
        assert!(sent.success());
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                let mut errors = String::new();
                let stderr = self.child.stderr.as_mut().unwrap();
                stderr.read_to_string(&mut errors).unwrap();
                return (status.code(), errors);
            }
            assert!(start.elapsed() < PATIENCE, "it does not end");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn with_free_port<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
    [&["serve", "--port", "0"], arguments].concat()
}

fn json_of(answer: &str) -> Value {
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {answer}"))
}

const RATE: &str = "POST /api/v1/sets/reading/ratings";
const LIKES: &str = r#"{"likes": ["2601.90028"]}"#;
const JSON: &str = "Content-Type: application/json";
const TOKEN: &str = "X-Kindred-Token: {T}";
const OWN: &str = "Host: {A}";

#[test]
#[expect(clippy::too_many_lines, reason = "a list of cases")]
fn requests_of_other_sites_and_without_the_token_are_refused() {
    let place = Place::with_sample();
    let served = Served::start(&place, &[]);
    let form = "Content-Type: application/x-www-form-urlencoded";
    let wrong = format!("X-Kindred-Token: {}", "0".repeat(48));
    let refused: [(&str, &[&str], &str, u16); 26] = [
        ("GET /", &[], "", 421),
        ("GET /", &["Host: evil.example"], "", 421),
        ("GET /", &["Host: {A}.evil.example"], "", 421),
        ("GET /", &["Host: {A}@evil.example"], "", 421),
        ("GET /", &["Host: evil.example#{A}"], "", 421),
        ("GET /", &["Host: 127.0.0.1:1"], "", 421),
        ("GET /", &["Host: 0.0.0.0"], "", 421),
        ("GET /", &[OWN, OWN], "", 421),
        ("GET /", &[OWN, "Host: evil.example"], "", 421),
        ("GET http://evil.example/", &[OWN], "", 421),
        ("GET /api/v1/sets", &[OWN, "Origin: null"], "", 403),
        (
            "GET /api/v1/sets",
            &[OWN, "Sec-Fetch-Site: cross-site"],
            "",
            403,
        ),
        (RATE, &["Host: evil.example", JSON, TOKEN], LIKES, 421),
        (RATE, &[OWN, JSON], LIKES, 403),
        (RATE, &[OWN, JSON, &wrong], LIKES, 403),
        (RATE, &[OWN, JSON, "X-Kindred-Token: {T}0"], LIKES, 403),
        (
            RATE,
            &[OWN, JSON, "Cookie: kindred_session={T}"],
            LIKES,
            403,
        ),
        (RATE, &[OWN, form, TOKEN], LIKES, 403),
        (RATE, &[OWN, "Content-Type: text/plain", TOKEN], LIKES, 403),
        (RATE, &[OWN, JSON, TOKEN, "Origin: null"], LIKES, 403),
        (
            RATE,
            &[OWN, JSON, TOKEN, "Origin: http://127.0.0.1:1"],
            LIKES,
            403,
        ),
        (
            RATE,
            &[OWN, JSON, TOKEN, "Sec-Fetch-Site: same-site"],
            LIKES,
            403,
        ),
        (
            "OPTIONS /api/v1/sets/reading/ratings",
            &[
                OWN,
                "Origin: http://evil.example",
                "Access-Control-Request-Method: POST",
            ],
            "",
            405,
        ),
        ("PUT /api/v1/sets/reading", &[OWN, JSON, TOKEN], LIKES, 405),
        ("DELETE /api/v1/sets/reading", &[OWN, TOKEN], "", 405),
        (
            "POST /rate",
            &[OWN, form, "Origin: http://evil.example"],
            "token={T}&id=2601.90028&set=reading&rating=like",
            403,
        ),
    ];
    for (line, headers, body, status) in refused {
        let body = body.replace("{T}", &served.token);
        let (found, answer) = served.ask(line, headers, &body);
        assert_eq!(found, status, "{line} {headers:?}: {answer}");
        let lower = answer.to_lowercase();
        assert!(
            !lower.contains("access-control-allow"),
            "{line} {headers:?}: {answer}"
        );
        assert!(
            lower.contains("content-security-policy: default-src 'none'"),
            "{answer}"
        );
    }
    let in_query = format!("{RATE}?token={}", served.token);
    assert_eq!(served.ask(&in_query, &[OWN, JSON], LIKES).0, 403);
    let (_, sets) = served.ask("GET /api/v1/sets", &[OWN], "");
    assert_eq!(
        json_of(&sets),
        Value::Array(Vec::new()),
        "nothing was changed"
    );

    let (status, answer) = served.ask(RATE, &[OWN, JSON, TOKEN], LIKES);
    assert_eq!(status, 200, "{answer}");
    assert_eq!(json_of(&answer)["added"], 1);
    let shown = place
        .run(&["set", "show", "reading", "--json"])
        .expect_code(0);
    assert_eq!(shown.json()[0]["paper"]["id"], "arXiv:2601.90028");
    drop(served);
}

#[test]
fn answers_have_the_shapes_of_the_command_line() {
    let place = Place::with_history();
    let served = Served::start(&place, &[]);
    for (path, command) in [
        ("similar?ids=2603.90124&k=3", "similar 2603.90124 -n 3"),
        (
            "search?q=secure+aggregation&k=3",
            "search secure aggregation -n 3",
        ),
        ("papers/2603.90124", "show 2603.90124"),
        ("sets", "set list"),
        ("sets/history", "set show history"),
        ("sets/history/rules", "set rule history"),
        (
            "sets/history/feed?since=2026-03-27&until=2026-03-27&k=3",
            "feed history --since 2026-03-27 --as-of 2026-03-27 -n 3 --peek",
        ),
        (
            "sets/history/ask?since=2026-03-27&until=2026-03-27&k=2",
            "feed history --since 2026-03-27 --as-of 2026-03-27 --ask 2",
        ),
        (
            "sets/history/why?id=2603.90127",
            "why 2603.90127 --set history",
        ),
        ("stats", "stats"),
    ] {
        let (status, answer) = served.ask(&format!("GET /api/v1/{path}"), &[OWN], "");
        assert_eq!(status, 200, "{path}: {answer}");
        let mut arguments: Vec<&str> = command.split(' ').collect();
        arguments.push("--json");
        let printed: Value = serde_json::from_str(&place.run(&arguments).stdout).unwrap();
        assert_eq!(json_of(&answer), printed, "{path} and kindred {command}");
    }
}

#[test]
fn server_ends_on_interrupt_with_zero_and_says_where_it_cannot_listen() {
    let place = Place::with_sample();
    let served = Served::start(&place, &[]);
    let port = served.address.rsplit(':').next().unwrap().to_owned();
    let mut open = TcpStream::connect(&served.address).unwrap();
    open.write_all(b"GET / HTTP/1.1\r\n").unwrap();

    let second = place.run(&["serve", "--port", &port]).expect_code(2);
    assert!(
        second.stderr.contains("cannot listen on 127.0.0.1:"),
        "{}",
        second.stderr
    );
    assert!(second.stderr.contains("--port 0"), "{}", second.stderr);
    let remote = place
        .run(&["serve", "--address", "0.0.0.0", "--port", "0"])
        .expect_code(2);
    assert!(
        remote.stderr.contains("can be reached from other machines"),
        "{}",
        remote.stderr
    );
    assert!(
        remote.stderr.contains("--allow-remote"),
        "{}",
        remote.stderr
    );

    let (code, errors) = served.interrupt();
    assert_eq!(code, Some(0), "{errors}");
    assert!(!errors.contains("error:"), "{errors}");
    drop(TcpListener::bind(("127.0.0.1", port.parse().unwrap())).unwrap());
}

#[test]
fn remote_server_says_its_token_and_asks_for_it() {
    let place = Place::with_sample();
    let served = Served::start(
        &place,
        &[
            "--address",
            "0.0.0.0",
            "--allow-remote",
            "--name",
            "Desk.local",
        ],
    );
    let port = served.address.rsplit(':').next().unwrap().to_owned();
    let host = format!("Host: desk.local:{port}");
    let (status, answer) = served.ask("GET /", &[&host], "");
    assert_eq!(status, 303, "{answer}");
    assert!(answer.contains("location: /enter\r\n"), "{answer}");
    let (status, _) = served.ask("GET /api/v1/sets", &[&host], "");
    assert_eq!(status, 403);
    let form = [
        host.as_str(),
        "Content-Type: application/x-www-form-urlencoded",
        &format!("Origin: http://desk.local:{port}"),
    ];
    let (status, _) = served.ask("POST /enter", &form, "token=guess");
    assert_eq!(status, 403);
    let (status, answer) = served.ask("POST /enter", &form, &format!("token={}", served.token));
    assert_eq!(status, 303, "{answer}");
    let cookie = answer
        .lines()
        .find_map(|line| line.strip_prefix("set-cookie: "))
        .and_then(|cookie| cookie.split(';').next())
        .unwrap();
    let (status, _) = served.ask("GET /", &[&host, &format!("Cookie: {cookie}")], "");
    assert_eq!(status, 200);
    let token = served.token.clone();
    let (code, errors) = served.interrupt();
    assert_eq!(code, Some(0), "{errors}");
    assert!(errors.contains(&token), "it says its token: {errors}");
    assert!(errors.contains("nothing is encrypted"), "{errors}");
}

#[test]
fn json_of_serve_is_one_line_with_its_address_alone() {
    let place = Place::with_sample();
    let served = Served::start(&place, &["--json"]);
    let told: Value = serde_json::from_str(&served.line).unwrap();
    assert_eq!(told, json!({"url": format!("http://{}/", served.address)}));
    assert_eq!(served.ask("GET /api/v1/sets", &[OWN], "").0, 200);
}

#[test]
fn names_come_from_the_file_of_settings_or_from_flags() {
    let place = Place::with_sample();
    let file = place.write(
        "my.toml",
        b"[serve]\nnames = [\"desk.local\", \"other.local\"]\n",
    );
    let status = |served: &Served, name: &str| {
        let port = served.address.rsplit(':').next().unwrap();
        let host = format!("Host: {name}:{port}");
        served.ask("GET /api/v1/sets", &[&host], "").0
    };
    let served = Served::start(&place, &["--config", &file]);
    let found = ["desk.local", "other.local", "third.local"].map(|name| status(&served, name));
    assert_eq!(found, [200, 200, 421]);
    drop(served);
    let served = Served::start(&place, &["--config", &file, "--name", "third.local"]);
    let found = ["desk.local", "third.local"].map(|name| status(&served, name));
    assert_eq!(found, [421, 200], "a flag wins over the file");
    let refused = place
        .run(&["serve", "--name", "http://desk.local"])
        .expect_code(2);
    assert!(
        refused.stderr.contains("expected HOST or HOST:PORT"),
        "{}",
        refused.stderr
    );
}

#[test]
fn page_that_cannot_start_says_what_helps() {
    let place = Place::with_sample();
    // A folder where the token has to be.
    fs_err::create_dir(place.library().join("page.token")).unwrap();
    let failed = place.run(&["serve", "--port", "0"]).expect_code(5);
    let hint = "hint: the library's folder has to be writable";
    assert!(failed.stderr.contains(hint), "{}", failed.stderr);

    fs_err::write(place.library().join("kindred.db"), b"no database at all").unwrap();
    let served = place.run(&["serve", "--port", "0"]);
    let other = place.run(&["stats"]).expect_code(served.code);
    assert_eq!(served.stderr, other.stderr);
}

#[test]
fn sync_of_the_page_says_who_asks() {
    let place = Place::new();
    let arxiv = second_morning();
    let follow = ["sync", "-c", "cs.DC", "--no-embed"];
    assert!(
        place
            .command_of(&arxiv, &follow)
            .output()
            .unwrap()
            .status
            .success()
    );
    arxiv.clear_log();

    let mut serve = place.command_of(&arxiv, &with_free_port(&[]));
    serve.env("KINDRED_CONTACT", "me@example.org");
    let served = Served::spawn(&place, &mut serve);
    let headers = [
        OWN,
        "Content-Type: application/x-www-form-urlencoded",
        "Origin: http://{A}",
    ];
    let body = format!("token={}&work=follow", served.token);
    let (status, answer) = served.ask("POST /jobs", &headers, &body);
    assert_eq!(status, 303, "{answer}");
    let start = Instant::now();
    let asker = loop {
        if let Some(first) = arxiv.log().into_iter().next() {
            break first.user_agent.unwrap_or_default();
        }
        let (_, job) = served.ask("GET /jobs", &[OWN], "");
        assert!(start.elapsed() < PATIENCE, "arXiv is not asked: {job}");
        std::thread::sleep(Duration::from_millis(20));
    };
    assert!(asker.contains("me@example.org"), "{asker}");
}
