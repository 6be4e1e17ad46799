//! A client of `kindred mcp` that writes and reads the protocol by hand.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::Place;

/// How long an answer may take on a machine that is busy.
const PATIENCE: Duration = Duration::from_mins(2);

/// The program, its input, and the lines that it wrote.
pub(crate) struct Client {
    child: Child,
    input: Option<ChildStdin>,
    lines: Receiver<String>,
    next_id: u64,
    pub(crate) welcome: Value,
}

/// How the program ended.
pub(crate) struct End {
    pub(crate) code: Option<i32>,
    pub(crate) stderr: String,
    /// Messages that nobody had asked for.
    pub(crate) rest: Vec<Value>,
}

impl Client {
    /// Starts the program and opens the protocol.
    pub(crate) fn open(place: &Place, arguments: &[&str]) -> Self {
        let mut client = Self::start(place, arguments);
        client.welcome = client.request(
            "initialize",
            json!({
                "protocolVersion": "2025-06-18",
                "capabilities": {},
                "clientInfo": {"name": "a test", "version": "1"},
            }),
        )["result"]
            .clone();
        client.send(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
        client
    }

    /// Starts the program and says nothing.
    pub(crate) fn start(place: &Place, arguments: &[&str]) -> Self {
        let mut child = place
            .command(&[&["mcp"], arguments].concat())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let output = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in output.lines() {
                if sender.send(line.expect("the output is UTF-8")).is_err() {
                    return;
                }
            }
        });
        Self {
            input: child.stdin.take(),
            child,
            lines,
            next_id: 1,
            welcome: Value::Null,
        }
    }

    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn send_line(&mut self, line: &str) {
        let input = self.input.as_mut().expect("the input is open");
        writeln!(input, "{line}").unwrap();
        input.flush().unwrap();
    }

    pub(crate) fn send(&mut self, message: &Value) {
        self.send_line(&message.to_string());
    }

    /// Reads one message; every line has to be one.
    pub(crate) fn read(&self) -> Value {
        let line = self
            .lines
            .recv_timeout(PATIENCE)
            .expect("an answer in time");
        message(&line)
    }

    /// Sends a request and returns its answer.
    pub(crate) fn request(&mut self, method: &str, params: Value) -> Value {
        let id = self.next_id;
        self.next_id += 1;
        let mut message = json!({"jsonrpc": "2.0", "id": id, "method": method});
        message["params"] = params;
        self.send(&message);
        let answer = self.read();
        assert_eq!(answer["id"], json!(id), "{answer}");
        answer
    }

    /// Calls a tool and returns its result, be it an error of the tool.
    pub(crate) fn call(&mut self, tool: &str, arguments: Value) -> Value {
        let mut params = json!({"name": tool});
        params["arguments"] = arguments;
        let answer = self.request("tools/call", params);
        assert!(answer.get("error").is_none(), "{answer}");
        answer["result"].clone()
    }

    /// Calls a tool that has to work; returns structured content and text.
    #[track_caller]
    pub(crate) fn ask(&mut self, tool: &str, arguments: Value) -> (Value, String) {
        let result = self.call(tool, arguments);
        assert_eq!(result["isError"], json!(false), "{result}");
        let text = result["content"][0]["text"].as_str().unwrap().to_owned();
        (result["structuredContent"].clone(), text)
    }

    /// Calls a tool that has to fail; returns what it says.
    #[track_caller]
    pub(crate) fn refuse(&mut self, tool: &str, arguments: Value) -> String {
        let result = self.call(tool, arguments);
        assert_eq!(result["isError"], json!(true), "{result}");
        result["content"][0]["text"].as_str().unwrap().to_owned()
    }

    /// Closes the input and waits for the end.
    pub(crate) fn close(mut self) -> End {
        drop(self.input.take());
        self.end()
    }

    /// Waits for the end.
    pub(crate) fn end(mut self) -> End {
        let rest = self.lines.iter().map(|line| message(&line)).collect();
        let code = self.child.wait().unwrap().code();
        let mut stderr = String::new();
        self.child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut stderr)
            .unwrap();
        End { code, stderr, rest }
    }
}

fn message(line: &str) -> Value {
    let message: Value = serde_json::from_str(line)
        .unwrap_or_else(|error| panic!("standard output holds `{line}`: {error}"));
    assert_eq!(message["jsonrpc"], json!("2.0"), "{message}");
    message
}
