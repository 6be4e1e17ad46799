//! The server as it listens, asked over real connections.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use kindred_engine::Library;
use tempfile::TempDir;

use super::{Server, head_time};
use crate::error::ServeError;
use crate::options::{Limits, ServeOptions};
use crate::testing::now;

/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// A server on a thread of its own, over a library without a paper.
struct Running {
    address: SocketAddr,
    token: String,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<Result<(), ServeError>>>,
    _folder: TempDir,
}

impl Running {
    fn with(change: impl FnOnce(&mut Limits)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        drop(Library::create(folder.path()).unwrap());
        let mut options = ServeOptions::new(folder.path().to_owned(), Arc::new(now));
        options.address.set_port(0);
        options.limits.quick = PATIENCE;
        change(&mut options.limits);
        let server = Server::bind(options).unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&stop);
        Self {
            address: server.address(),
            token: server.token().to_owned(),
            stop,
            thread: Some(std::thread::spawn(move || server.run(&flag))),
            _folder: folder,
        }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    /// Sends a text and reads until the server closes the connection.
    fn send(&self, text: &str) -> String {
        let mut stream = self.connect();
        // What is sent after the server has answered and closed is lost, and that is right.
        stream.write_all(text.as_bytes()).ok();
        rest_of(stream)
    }

    fn head(&self, line: &str) -> String {
        format!("{line}\r\nHost: {}\r\nConnection: close\r\n", self.address)
    }

    fn get(&self, path: &str) -> String {
        self.send(&format!(
            "{}\r\n",
            self.head(&format!("GET {path} HTTP/1.1"))
        ))
    }

    fn post_head(&self, path: &str) -> String {
        let head = self.head(&format!("POST {path} HTTP/1.1"));
        let token = &self.token;
        format!("{head}Content-Type: application/json\r\nX-Kindred-Token: {token}\r\n")
    }

    fn end(mut self) -> Duration {
        let start = Instant::now();
        self.stop.store(true, Ordering::SeqCst);
        self.thread.take().unwrap().join().unwrap().unwrap();
        start.elapsed()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
    }
}

/// Everything until the connection is closed, also where it is closed hard.
fn rest_of(mut stream: TcpStream) -> String {
    let mut text = Vec::new();
    let mut part = [0; 16 * 1024];
    loop {
        match stream.read(&mut part) {
            Ok(0) => break,
            Ok(count) => text.extend_from_slice(&part[..count]),
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => break,
            Err(error) => panic!("{error} after {:?}", String::from_utf8_lossy(&text)),
        }
    }
    String::from_utf8_lossy(&text).into_owned()
}

#[track_caller]
fn assert_status(answer: &str, status: u16) {
    let start = format!(" {status} ");
    let line = answer.lines().next().unwrap_or_default();
    assert!(line.contains(&start), "expected {status}: {answer}");
}

#[expect(clippy::too_many_lines, reason = "a list of cases")]
#[test]
fn what_is_no_http_of_ours_is_refused_and_the_server_goes_on() {
    let server = Running::with(|_| {});
    assert_status(&server.get("/"), 200);
    assert_status(&server.get("/api/v1/health"), 200);
    let host = format!("Host: {}\r\n", server.address);
    for (name, text, status) in [
        (
            "1.0 with a name",
            format!("GET /api/v1/health HTTP/1.0\r\n{host}\r\n"),
            200,
        ),
        (
            "1.0 without a name",
            "GET / HTTP/1.0\r\n\r\n".to_owned(),
            421,
        ),
        (
            "1.1 without a name",
            "GET / HTTP/1.1\r\nConnection: close\r\n\r\n".to_owned(),
            421,
        ),
        (
            "a proxy's request",
            format!("GET http://evil.example/ HTTP/1.1\r\n{host}Connection: close\r\n\r\n"),
            421,
        ),
        (
            "a tunnel",
            format!(
                "CONNECT {} HTTP/1.1\r\n{host}Connection: close\r\n\r\n",
                server.address
            ),
            405,
        ),
        (
            "the star",
            format!("OPTIONS * HTTP/1.1\r\n{host}Connection: close\r\n\r\n"),
            405,
        ),
        ("no version", "GET /\r\n\r\n".to_owned(), 400),
        (
            "HTTP/2 at once",
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(),
            0,
        ),
        (
            "TLS",
            "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}\r\n\r\n".to_owned(),
            400,
        ),
        (
            "a folded header",
            format!("GET / HTTP/1.1\r\n{host}X: a\r\n b\r\n\r\n"),
            400,
        ),
        (
            "a space before the colon",
            format!("GET / HTTP/1.1\r\n{host}X : a\r\n\r\n"),
            400,
        ),
        (
            "two lengths",
            format!(
                "POST /rate HTTP/1.1\r\n{host}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab"
            ),
            400,
        ),
        (
            "a header of 1 MB",
            format!("GET / HTTP/1.1\r\n{host}X: {}\r\n\r\n", "a".repeat(1 << 20)),
            431,
        ),
        (
            "200 headers",
            format!("GET / HTTP/1.1\r\n{host}{}\r\n", "X: a\r\n".repeat(200)),
            431,
        ),
    ] {
        let answer = server.send(&text);
        // What is closed while more of it comes may lose its answer on the way.
        let may_be_lost = status == 0 || text.len() > 100_000;
        if may_be_lost && answer.is_empty() {
            continue;
        }
        assert!(
            answer
                .lines()
                .next()
                .unwrap_or_default()
                .contains(&format!(" {status} ")),
            "{name}: expected {status}, found {answer:.300}"
        );
    }
    assert_status(&server.get("/api/v1/health"), 200);
}

#[test]
fn requests_smuggled_behind_others_are_judged_like_them() {
    let server = Running::with(|_| {});
    let host = format!("Host: {}\r\n", server.address);
    let evil = "GET /api/v1/sets HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n";
    let answer = server.send(&format!("GET /api/v1/health HTTP/1.1\r\n{host}\r\n{evil}"));
    assert_status(&answer, 200);
    assert!(answer.contains("HTTP/1.1 421 "), "{answer}");
    let both = format!(
        "{}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{evil}",
        server.post_head("/api/v1/similar")
    );
    let answer = server.send(&both);
    assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{answer}");
}

#[test]
fn bodies_are_refused_by_what_they_say_and_by_what_they_are() {
    let server = Running::with(|limits| limits.body = Duration::from_secs(1));
    let head = server.post_head("/api/v1/similar");
    let told = server.send(&format!("{head}Content-Length: 1073741824\r\n\r\n{{"));
    assert_status(&told, 413);
    assert!(told.contains("at most 262144 bytes"), "{told}");

    let mut endless = server.connect();
    let start = format!("{head}Transfer-Encoding: chunked\r\n\r\n");
    endless.write_all(start.as_bytes()).unwrap();
    let chunk = format!("2000\r\n{}\r\n", " ".repeat(0x2000));
    let sent = (0..100_000)
        .take_while(|_| endless.write_all(chunk.as_bytes()).is_ok())
        .count();
    assert!(sent < 10_000, "{sent} chunks were taken");
    let answer = rest_of(endless);
    assert!(answer.is_empty() || answer.contains(" 413 "), "{answer}");

    let mut dripping = server.connect();
    let start = format!("{head}Content-Length: 1000\r\n\r\n{{");
    dripping.write_all(start.as_bytes()).unwrap();
    let begun = Instant::now();
    while dripping.write_all(b" ").is_ok() && begun.elapsed() < PATIENCE {
        dripping.set_nonblocking(true).unwrap();
        let is_waiting = dripping.peek(&mut [0]).is_err();
        dripping.set_nonblocking(false).unwrap();
        if !is_waiting {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    let answer = rest_of(dripping);
    assert!(answer.contains("within 1 s"), "{answer}");
}

#[test]
fn heads_have_a_time_and_so_have_connections_on_which_nothing_is_asked() {
    let server = Running::with(|limits| limits.head = Duration::from_millis(500));
    let mut half = server.connect();
    half.write_all(b"GET / HTTP/1.1\r\nHost: 127").unwrap();
    let silent = server.connect();
    let mut idle = server.connect();
    let host = format!("Host: {}\r\n", server.address);
    write!(idle, "GET /api/v1/health HTTP/1.1\r\n{host}\r\n").unwrap();
    let start = Instant::now();
    assert!(!rest_of(half).contains(" 200 "));
    assert_eq!(rest_of(silent), "");
    assert_status(&rest_of(idle), 200);
    assert!(start.elapsed() < PATIENCE / 2);
}

#[test]
fn two_hundred_slow_connections_keep_nobody_out() {
    let server = Running::with(|_| {});
    let slow: Vec<TcpStream> = (0..200)
        .map(|_| {
            let mut stream = server.connect();
            stream.write_all(b"GET / HTTP/1.1\r\nX: ").unwrap();
            stream
        })
        .collect();
    let start = Instant::now();
    for _ in 0..20 {
        assert_status(&server.get("/api/v1/health"), 200);
    }
    assert!(
        start.elapsed() < Limits::default().head,
        "{:?}",
        start.elapsed()
    );
    drop(slow);
}

#[test]
fn more_slow_connections_than_places_hold_them_for_a_short_time() {
    let server = Running::with(|limits| {
        limits.connections = 40;
        limits.head = Duration::from_secs(10);
    });
    let slow: Vec<TcpStream> = (0..120)
        .map(|_| {
            let mut stream = server.connect();
            stream.write_all(b"GET / HTTP/1.1\r\nX: ").unwrap();
            stream
        })
        .collect();
    let start = Instant::now();
    assert_status(&server.get("/api/v1/health"), 200);
    // One place after another would take 20 s with the usual time of a head.
    assert!(
        start.elapsed() < Duration::from_secs(18),
        "{:?}",
        start.elapsed()
    );
    drop(slow);
    let limits = Limits::default();
    assert_eq!(head_time(&limits, limits.connections), limits.head);
    assert_eq!(head_time(&limits, 0), limits.head / 20);
}

#[test]
fn server_ends_soon_with_connections_open_and_frees_its_port() {
    let server = Running::with(|_| {});
    let address = server.address;
    let mut open = server.connect();
    let host = format!("Host: {address}\r\n");
    write!(open, "GET /api/v1/health HTTP/1.1\r\n{host}\r\n").unwrap();
    let mut start = [0; 12];
    open.read_exact(&mut start).unwrap();
    assert_eq!(&start, b"HTTP/1.1 200");
    let took = server.end();
    assert!(took < Duration::from_secs(8), "{took:?}");
    drop(open);
    drop(TcpListener::bind(address).unwrap());
}

#[test]
fn taken_and_public_addresses_are_refused_with_what_helps() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let folder = tempfile::tempdir().unwrap();
    drop(Library::create(folder.path()).unwrap());
    let bind = |address: SocketAddr| {
        let options = ServeOptions::new(folder.path().to_owned(), Arc::new(now));
        Server::bind(ServeOptions { address, ..options }).unwrap_err()
    };
    let error = bind(taken.local_addr().unwrap());
    assert!(matches!(error, ServeError::Listen { .. }), "{error}");
    assert!(error.hints()[0].contains("--port 0") && error.is_usage());
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
        let error = bind(address.parse().unwrap());
        assert!(
            matches!(error, ServeError::Remote { .. }),
            "{address}: {error}"
        );
        assert!(error.hints()[0].contains("--allow-remote"));
    }
}
