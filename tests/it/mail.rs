//! `digest --mail` against a small server on loopback that follows a script.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use rustls::{ServerConnection, StreamOwned};

use crate::support::{Place, Run, certificates};

/// How the server behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Script {
    /// Takes everything, unencrypted.
    Takes,
    /// Takes everything after STARTTLS.
    TakesAfterStartTls,
    /// Takes everything, encrypted from the start.
    TakesEncrypted,
    /// Refuses the recipient.
    RefusesRecipient,
    /// Refuses the account.
    RefusesAccount,
    /// Hangs up after the greeting.
    HangsUp,
}

/// A server that serves one connection.
struct Server {
    port: u16,
    /// The authority that signed its certificate, in PEM.
    authority: String,
    thread: JoinHandle<Transcript>,
}

/// What a client said.
#[derive(Debug, Default)]
struct Transcript {
    /// Commands before encryption began.
    plain: Vec<String>,
    commands: Vec<String>,
    message: String,
}

impl Server {
    fn start(script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (authority, config) = certificates(&["127.0.0.1"]);
        let thread = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let limit = Some(Duration::from_secs(20));
            stream.set_read_timeout(limit).unwrap();
            let mut transcript = Transcript::default();
            let encrypt = |stream: TcpStream| {
                let connection = ServerConnection::new(Arc::new(config)).unwrap();
                StreamOwned::new(connection, stream)
            };
            if script == Script::TakesEncrypted {
                serve(&mut encrypt(stream), script, true, &mut transcript);
            } else if serve(&mut stream, script, true, &mut transcript) {
                transcript.plain = std::mem::take(&mut transcript.commands);
                serve(&mut encrypt(stream), script, false, &mut transcript);
            }
            transcript
        });
        Self {
            port,
            authority,
            thread,
        }
    }

    fn transcript(self) -> Transcript {
        self.thread.join().unwrap()
    }
}

/// Follows the script; returns whether the client asked for encryption.
fn serve(
    stream: &mut (impl Read + Write),
    script: Script,
    greets: bool,
    transcript: &mut Transcript,
) -> bool {
    let say = |stream: &mut dyn Write, text: &str| {
        let sent = stream.write_all(format!("{text}\r\n").as_bytes());
        sent.and_then(|()| stream.flush()).is_ok()
    };
    if greets {
        say(stream, "220 loopback ready");
    }
    if script == Script::HangsUp {
        return false;
    }
    let offers = greets && script == Script::TakesAfterStartTls;
    while let Some(line) = line(stream) {
        let command = line.trim_end().to_owned();
        let verb = command.split(' ').next().unwrap_or_default().to_uppercase();
        transcript.commands.push(command);
        let reply = match verb.as_str() {
            "EHLO" if offers => "250-loopback\r\n250 STARTTLS",
            "EHLO" => "250-loopback\r\n250-8BITMIME\r\n250 AUTH PLAIN LOGIN",
            "STARTTLS" if offers => {
                say(stream, "220 go on");
                return true;
            }
            "AUTH" if script == Script::RefusesAccount => "535 5.7.8 no such account",
            "AUTH" => "235 welcome",
            "RCPT" if script == Script::RefusesRecipient => "550 5.1.1 no such mailbox",
            "MAIL" | "RCPT" | "RSET" | "NOOP" => "250 fine",
            "DATA" => {
                say(stream, "354 go on");
                transcript.message = data(stream);
                "250 kept"
            }
            "QUIT" => {
                say(stream, "221 bye");
                break;
            }
            _ => "502 what?",
        };
        if !say(stream, reply) {
            break;
        }
    }
    false
}

/// Reads a line, byte by byte: what follows may belong to another layer.
fn line(stream: &mut impl Read) -> Option<String> {
    let mut bytes = Vec::new();
    let mut byte = [0_u8];
    while !bytes.ends_with(b"\n") {
        match stream.read(&mut byte) {
            Ok(1) => bytes.push(byte[0]),
            _ => return None,
        }
    }
    Some(String::from_utf8(bytes).unwrap())
}

/// Reads a message to the dot that ends it; dots that were added in front of lines are taken away.
fn data(stream: &mut impl Read) -> String {
    let mut message = String::new();
    loop {
        let line = line(stream).expect("the message ends with a dot");
        assert!(line.len() <= 1_000 && line.ends_with("\r\n"), "{line:?}");
        if line == ".\r\n" {
            return message;
        }
        message.push_str(line.strip_prefix('.').unwrap_or(&line));
    }
}

const PASSWORD: &str = "correct horse battery";

/// A library with a set, settings for a server at `port`, and a password in a file.
fn place(port: u16, security: &str) -> Place {
    let place = Place::with_sample();
    place
        .run(&["set", "add", "planets", "2602.90050"])
        .expect_code(0);
    place.write("password", format!("{PASSWORD}\n").as_bytes());
    let settings = format!(
        "host = \"127.0.0.1\"\nport = {port}\nsecurity = \"{security}\"\nuser = \"me\"\n\
         password_file = \"password\"\nfrom = \"Kindred <me@example.org>\"\n\
         to = [\"me@example.org\", \"Zo\u{eb} <zoe@example.org>\"]\n"
    );
    place.write("mail.toml", settings.as_bytes());
    place
}

fn mail(place: &Place, more: &[&str]) -> Run {
    let settings = place.path("mail.toml");
    let mut arguments = vec![
        "digest",
        "--since",
        "2026-03-27",
        "--as-of",
        "2026-03-27",
        "-n",
        "3",
        "--mail",
        "--mail-settings",
        settings.to_str().unwrap(),
    ];
    arguments.extend(more);
    let run = place.run(&arguments);
    assert!(!run.stdout.contains(PASSWORD) && !run.stderr.contains(PASSWORD));
    run
}

/// Whether the papers of the day were remembered as shown.
fn is_remembered(place: &Place) -> bool {
    let next = [
        "feed",
        "planets",
        "--since",
        "2026-03-27",
        "--as-of",
        "2026-03-28",
        "--json",
        "--peek",
    ];
    place.run(&next).json()["left_out"]["shown_before"] != 0
}

#[test]
fn a_digest_arrives_whole_and_is_remembered() {
    let server = Server::start(Script::Takes);
    let place = place(server.port, "none");
    let run = mail(&place, &[]).expect_code(0);
    assert!(run.stdout.is_empty(), "{}", run.stdout);
    assert!(run.stderr.contains("sent to"), "{}", run.stderr);
    let transcript = server.transcript();
    let has = |start: &str| {
        transcript
            .commands
            .iter()
            .any(|line| line.starts_with(start))
    };
    assert!(has("AUTH PLAIN "), "{:?}", transcript.commands);
    assert!(
        has("MAIL FROM:<me@example.org>"),
        "{:?}",
        transcript.commands
    );
    assert!(has("RCPT TO:<me@example.org>") && has("RCPT TO:<zoe@example.org>"));
    let message = transcript.message;
    assert!(
        message.contains("Subject: Kindred: planets, 2026-03-27\r\n"),
        "{message}"
    );
    assert!(message.contains("multipart/alternative"), "{message}");
    assert!(
        message.contains("Auto-Submitted: auto-generated\r\n"),
        "{message}"
    );
    assert!(is_remembered(&place));
}

#[test]
fn passwords_and_papers_travel_encrypted() {
    for (script, security) in [
        (Script::TakesAfterStartTls, "starttls"),
        (Script::TakesEncrypted, "tls"),
    ] {
        let server = Server::start(script);
        let place = place(server.port, security);
        let authority = place.write("ca.pem", server.authority.as_bytes());
        let settings = fs_err::read_to_string(place.path("mail.toml")).unwrap();
        let settings = format!("{settings}ca_file = \"{authority}\"\n");
        place.write("mail.toml", settings.as_bytes());
        mail(&place, &[]).expect_code(0);
        let transcript = server.transcript();
        let is_harmless = |line: &String| line.starts_with("EHLO") || line == "STARTTLS";
        assert!(transcript.plain.iter().all(is_harmless), "{transcript:?}");
        let has = |start: &str| {
            transcript
                .commands
                .iter()
                .any(|line| line.starts_with(start))
        };
        assert!(has("AUTH PLAIN ") && has("DATA"), "{transcript:?}");
        assert!(
            transcript.message.contains("Subject: Kindred"),
            "{transcript:?}"
        );
    }
}

#[test]
fn a_server_that_nobody_vouches_for_is_not_spoken_to() {
    let server = Server::start(Script::TakesEncrypted);
    let place = place(server.port, "tls");
    mail(&place, &[]).expect_code(4);
    assert!(server.transcript().commands.is_empty());
    assert!(!is_remembered(&place));
}

#[test]
fn nothing_is_said_to_a_server_without_encryption() {
    let server = Server::start(Script::Takes);
    let place = place(server.port, "starttls");
    let run = mail(&place, &[]).expect_code(4);
    assert!(run.stderr.contains("127.0.0.1"), "{}", run.stderr);
    let transcript = server.transcript();
    let may = |line: &String| line.starts_with("EHLO") || line.starts_with("QUIT");
    assert!(
        transcript.commands.iter().all(may),
        "{:?}",
        transcript.commands
    );
    assert!(!is_remembered(&place));
}

#[test]
fn what_a_server_refuses_is_told_and_not_remembered() {
    for (script, expected) in [
        (Script::RefusesRecipient, "550"),
        (Script::RefusesAccount, "535"),
        (Script::HangsUp, "failed"),
    ] {
        let server = Server::start(script);
        let place = place(server.port, "none");
        let run = mail(&place, &[]).expect_code(4);
        assert!(run.stderr.contains(expected), "{script:?}: {}", run.stderr);
        assert!(!is_remembered(&place), "{script:?}");
        server.transcript();
    }
}

#[test]
fn a_server_that_is_not_there_is_a_failure_of_the_network() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let place = place(port, "none");
    let run = mail(&place, &[]).expect_code(4);
    assert!(
        run.stderr.contains(&format!("port {port}")),
        "{}",
        run.stderr
    );
    assert!(run.stderr.contains("hint:"), "{}", run.stderr);
}

#[test]
fn a_dry_run_shows_the_message_and_speaks_to_nobody() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let place = place(listener.local_addr().unwrap().port(), "none");
    let run = mail(&place, &["--dry-run"]).expect_code(0);
    assert!(
        run.stdout.starts_with("From: Kindred <me@example.org>\r\n"),
        "{}",
        run.stdout
    );
    assert!(
        run.stderr.contains("would send to me@example.org"),
        "{}",
        run.stderr
    );
    assert!(listener.accept().is_err(), "no connection was made");
    assert!(!is_remembered(&place));
}

#[test]
fn a_day_without_news_sends_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let place = place(listener.local_addr().unwrap().port(), "none");
    let settings = place.path("mail.toml");
    let run = place.run(&[
        "digest",
        "--since",
        "2030-01-01",
        "--as-of",
        "2030-01-01",
        "--mail",
        "--mail-settings",
        settings.to_str().unwrap(),
    ]);
    let run = run.expect_code(1);
    assert!(run.stderr.contains("no mail sent"), "{}", run.stderr);
    assert!(listener.accept().is_err(), "no connection was made");
}

#[test]
fn settings_are_asked_for_and_checked() {
    let place = place(1, "none");
    let none = place.run(&["digest", "--mail"]).expect_code(3);
    assert!(none.stderr.contains("KINDRED_SMTP_HOST"), "{}", none.stderr);
    place
        .run(&["digest", "--mail", "--mail-settings", "nowhere.toml"])
        .expect_code(2);
    place.write("mail.toml", b"host = \"h\"\npassword = \"x\"\n");
    let run = mail(&place, &[]).expect_code(2);
    assert!(run.stderr.contains("password"), "{}", run.stderr);
}
