//! A data directory of its own for each test, and the binary to run in it.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;

use kindred_fake_arxiv::{Clock, FakeArxiv, World, WorldOptions};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use serde_json::Value;
use tempfile::TempDir;

/// A place to run the program in: its own library, no settings of the user, no network.
pub(crate) struct Place {
    folder: TempDir,
}

/// What a run printed and how it ended.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    /// Asserts the exit code and returns the run.
    #[track_caller]
    pub(crate) fn expect_code(self, code: i32) -> Self {
        assert_eq!(
            self.code, code,
            "stdout: {}\nstderr: {}",
            self.stdout, self.stderr
        );
        self
    }

    /// Parses standard output as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).expect("standard output is one JSON value")
    }
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// A scripted arXiv on the second morning of a small world.
pub(crate) fn second_morning() -> FakeArxiv {
    let world = WorldOptions {
        days: 3,
        ..WorldOptions::default()
    };
    let clock = Clock::new("2026-11-03T09:30:00Z".parse().unwrap());
    FakeArxiv::start(Arc::new(World::new(&world)), clock)
}

impl Place {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().expect("a temporary folder"),
        }
    }

    /// A place whose library holds the sample, embedded.
    pub(crate) fn with_sample() -> Self {
        let place = Self::new();
        place
            .run(&["import", sample("sample.jsonl").to_str().unwrap()])
            .expect_code(0);
        place
    }

    /// The same with the seed set `history`: a reader of three subjects, whose likes are spread
    /// over the sample's weeks.
    pub(crate) fn with_history() -> Self {
        let place = Self::with_sample();
        let history = sample("history.bib");
        place
            .run(&[
                "set",
                "import",
                "history",
                history.to_str().unwrap(),
                "--yes",
            ])
            .expect_code(0);
        place
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn library(&self) -> PathBuf {
        self.path("library")
    }

    /// Writes a file and returns its path.
    pub(crate) fn write(&self, name: &str, content: &[u8]) -> String {
        let path = self.path(name);
        fs_err::write(&path, content).unwrap();
        path.display().to_string()
    }

    /// The program, with a scripted arXiv in place of the real one and its clock.
    pub(crate) fn command_of(&self, arxiv: &FakeArxiv, arguments: &[&str]) -> Command {
        let mut command = self.command(arguments);
        command
            .env("KINDRED_ARXIV_OAI", arxiv.oai_url())
            .env("KINDRED_ARXIV_FEED", arxiv.feed_url())
            .env("KINDRED_ARXIV_QUERY", arxiv.query_url())
            .env("KINDRED_CLOCK", format!("{}/clock", arxiv.clock_url()));
        command
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kindred"));
        command
            .args(arguments)
            .env_clear()
            .env("HOME", self.folder.path())
            .env("KINDRED_LIBRARY", self.library())
            .env("KINDRED_MODELS", self.path("models"))
            .env("NO_COLOR", "1")
            .current_dir(self.folder.path())
            .stdin(Stdio::null());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        self.command(arguments)
            .output()
            .expect("the program starts")
            .into()
    }

    /// Runs the program with `input` on its standard input.
    pub(crate) fn run_with_input(&self, arguments: &[&str], input: &[u8]) -> Run {
        let mut child = self
            .command(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        child.stdin.take().unwrap().write_all(input).unwrap();
        child.wait_with_output().unwrap().into()
    }
}

/// A file of the project's own sample.
pub(crate) fn sample(name: &str) -> PathBuf {
    root().join("data").join(name)
}

/// The project's folder.
pub(crate) fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// Real data beside the project; `None`, with a line that says so, where there are none.
pub(crate) fn shared(test: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("KINDRED_SHARED")
        .map_or_else(|| root().join("../shared"), PathBuf::from)
        .join("data");
    if folder.is_dir() {
        Some(folder)
    } else {
        eprintln!("skipped: {test} needs {}", folder.display());
        None
    }
}

/// Every file below a folder, sorted.
pub(crate) fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs_err::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// An authority and a server's settings with a certificate of it for some hosts.
pub(crate) fn certificates(hosts: &[&str]) -> (String, ServerConfig) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let authority = params.self_signed(&key).unwrap().pem();
    let issuer = Issuer::new(params, key);
    let key = KeyPair::generate().unwrap();
    let hosts: Vec<String> = hosts.iter().map(|host| (*host).to_owned()).collect();
    let leaf = CertificateParams::new(hosts).unwrap();
    let leaf = leaf.signed_by(&key, &issuer).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![leaf.der().clone()],
            PrivateKeyDer::Pkcs8(key.serialize_der().into()),
        )
        .unwrap();
    (authority, config)
}
