//! Fetching from a hub, against a server on the loopback interface.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use kindred_embed::{HubError, ModelError, PullProgress, PullRequest, inspect_folder, pull};
use tempfile::TempDir;

use crate::support::{Model, fixture};

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

/// How the server misbehaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    None,
    NoModel,
    Unauthorized,
    MissingFile(&'static str),
    CutBody(&'static str),
    IgnoresRanges,
}

/// A hub with one model, `owner/tiny`.
struct Hub {
    address: String,
    files: Arc<BTreeMap<String, Vec<u8>>>,
    fault: Arc<Mutex<Fault>>,
    /// `METHOD path range` of each request.
    log: Arc<Mutex<Vec<String>>>,
    cache: TempDir,
}

impl Hub {
    fn serving(folder: &Path) -> Self {
        let mut files = BTreeMap::new();
        collect(folder, "", &mut files);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let hub = Self {
            address: format!("http://{}", listener.local_addr().unwrap()),
            files: Arc::new(files),
            fault: Arc::new(Mutex::new(Fault::None)),
            log: Arc::default(),
            cache: tempfile::tempdir().unwrap(),
        };
        let (files, fault, log) = (hub.files.clone(), hub.fault.clone(), hub.log.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let fault = *fault.lock().unwrap();
                answer(&stream, &files, fault, &log);
            }
        });
        hub
    }

    fn fail(&self, fault: Fault) {
        *self.fault.lock().unwrap() = fault;
    }

    fn pull(&self) -> Result<PathBuf, HubError> {
        self.pull_watched(&AtomicBool::new(false), &|_| {})
    }

    fn pull_watched(
        &self,
        stop: &AtomicBool,
        progress: &dyn Fn(&PullProgress),
    ) -> Result<PathBuf, HubError> {
        pull(&PullRequest {
            id: "owner/tiny".parse().unwrap(),
            revision: None,
            endpoint: Some(self.address.clone()),
            cache: self.cache.path().to_owned(),
            progress,
            stop,
        })
    }

    fn target(&self) -> PathBuf {
        self.cache.path().join("owner--tiny").join(COMMIT)
    }

    fn staging(&self) -> PathBuf {
        self.cache
            .path()
            .join(".partial")
            .join(format!("owner--tiny--{COMMIT}"))
    }

    fn requests(&self, part: &str) -> usize {
        self.log
            .lock()
            .unwrap()
            .iter()
            .filter(|line| line.contains(part))
            .count()
    }
}

fn collect(folder: &Path, inside: &str, files: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs_err::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = format!("{inside}{}", entry.file_name().to_string_lossy());
        if entry.file_type().unwrap().is_dir() {
            collect(&entry.path(), &format!("{name}/"), files);
        } else {
            files.insert(name, fs_err::read(entry.path()).unwrap());
        }
    }
}

fn answer(
    stream: &TcpStream,
    files: &BTreeMap<String, Vec<u8>>,
    fault: Fault,
    log: &Mutex<Vec<String>>,
) {
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    let Some(first) = lines.next() else { return };
    let headers: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
    let mut words = first.split(' ');
    let (method, target) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
    let range = headers.iter().find_map(|line| {
        line.to_lowercase()
            .strip_prefix("range: bytes=")
            .map(str::to_owned)
    });
    let note = format!("{method} {target} {}", range.as_deref().unwrap_or("-"));
    log.lock().unwrap().push(note);
    let path = target.split('?').next().unwrap_or("");
    let resolve = format!("/owner/tiny/resolve/{COMMIT}/");
    let file = path
        .strip_prefix(&resolve)
        .and_then(|name| Some((name, files.get(name)?)));
    let json = |value: serde_json::Value| ("200 OK", value.to_string().into_bytes());
    let missing = || ("404 Not Found", b"{\"error\":\"not found\"}".to_vec());
    let mut cut = false;
    let (status, body) = match (fault, file) {
        (Fault::Unauthorized, _) => ("401 Unauthorized", b"{\"error\":\"no token\"}".to_vec()),
        (Fault::NoModel, _) => missing(),
        (Fault::MissingFile(name), Some((found, _))) if found == name => missing(),
        (_, Some((name, bytes))) => {
            cut = matches!(fault, Fault::CutBody(file) if file == name) && method == "GET";
            let wanted = range.filter(|_| fault != Fault::IgnoresRanges);
            let wanted = wanted.and_then(|range| {
                let (start, end) = range.split_once('-')?;
                Some(start.parse().ok()?..=end.parse().ok()?)
            });
            match wanted {
                Some(range) => ("206 Partial Content", bytes[range].to_vec()),
                None => ("200 OK", bytes.clone()),
            }
        }
        (_, None) if path == "/api/models/owner/tiny/revision/main" => {
            json(serde_json::json!({"_id": "1", "id": "owner/tiny", "sha": COMMIT}))
        }
        (_, None) if path == format!("/api/models/owner/tiny/tree/{COMMIT}") => {
            let entries = files.iter().map(|(path, bytes)| {
                serde_json::json!({"type": "file", "oid": "0", "size": bytes.len(), "path": path})
            });
            json(entries.collect())
        }
        (_, None) => missing(),
    };
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Length: {}\r\nETag: \"0\"\r\nX-Repo-Commit: {COMMIT}\r\n\
         Content-Type: application/json\r\nConnection: close\r\n\r\n",
        body.len()
    );
    let sent = if method == "HEAD" {
        &[][..]
    } else if cut {
        &body[..body.len() / 2]
    } else {
        &body
    };
    let mut stream = stream;
    // The client may have gone; that is its right.
    stream
        .write_all(head.as_bytes())
        .and_then(|()| stream.write_all(sent))
        .ok();
}

#[test]
fn a_pulled_folder_is_the_model_and_needs_no_network_again() {
    let hub = Hub::serving(&fixture("tiny-bert-mean"));
    let told = Mutex::new(Vec::new());
    let stop = AtomicBool::new(false);
    let folder = hub
        .pull_watched(&stop, &|progress| {
            told.lock().unwrap().push(progress.clone());
        })
        .unwrap();
    assert_eq!(folder, hub.target());
    let facts = inspect_folder(&folder).unwrap();
    assert_eq!(facts.name, "owner/tiny");
    assert_eq!(
        facts.fingerprint,
        inspect_folder(&fixture("tiny-bert-mean"))
            .unwrap()
            .fingerprint
    );
    assert!(!hub.staging().exists());
    let last = told.lock().unwrap().last().cloned().unwrap();
    assert_eq!(
        (last.bytes_done, last.file.as_str()),
        (last.bytes_total, "model.safetensors")
    );
    let before = hub.log.lock().unwrap().len();
    let request = PullRequest {
        id: "owner/tiny".parse().unwrap(),
        revision: Some(COMMIT.to_owned()),
        endpoint: Some("http://127.0.0.1:1".to_owned()),
        cache: hub.cache.path().to_owned(),
        progress: &|_| {},
        stop: &stop,
    };
    assert_eq!(pull(&request).unwrap(), folder);
    assert_eq!(hub.pull().unwrap(), folder);
    assert_eq!(
        hub.log.lock().unwrap().len(),
        before + 1,
        "only the branch was looked up"
    );
}

#[test]
fn an_interrupted_file_is_never_seen_and_goes_on_where_it_stopped() {
    let hub = Hub::serving(&fixture("tiny-bert-mean"));
    hub.fail(Fault::CutBody("model.safetensors"));
    let error = hub.pull().unwrap_err();
    assert!(
        matches!(error, HubError::Network { .. } | HubError::Truncated { .. }),
        "{error:?}"
    );
    assert!(!hub.target().exists());
    assert!(hub.staging().join("tokenizer.json").exists());
    let partial = hub.staging().join("model.safetensors.part");
    fs_err::write(&partial, &hub.files["model.safetensors"][..1_000]).unwrap();
    hub.fail(Fault::None);
    hub.log.lock().unwrap().clear();
    let folder = hub.pull().unwrap();
    assert_eq!(
        fs_err::read(folder.join("model.safetensors")).unwrap(),
        hub.files["model.safetensors"]
    );
    assert_eq!(
        hub.requests("GET /owner/tiny/resolve"),
        1,
        "{:?}",
        hub.log.lock().unwrap()
    );
    assert_eq!(hub.requests("model.safetensors 1000-"), 1);
}

#[test]
fn a_stop_is_obeyed_and_resumed() {
    let hub = Hub::serving(&fixture("tiny-bert-mean"));
    let stop = AtomicBool::new(false);
    let error = hub
        .pull_watched(&stop, &|progress| {
            if progress.file == "config.json" {
                stop.store(true, Ordering::Relaxed);
            }
        })
        .unwrap_err();
    assert!(matches!(error, HubError::Stopped));
    assert!(!hub.target().exists());
    assert!(hub.pull().unwrap().join("model.safetensors").exists());
}

#[test]
fn a_server_without_ranges_is_served_whole_files() {
    let hub = Hub::serving(&fixture("tiny-bert-cls"));
    hub.fail(Fault::IgnoresRanges);
    let partial = hub.staging().join("model.safetensors.part");
    fs_err::create_dir_all(hub.staging()).unwrap();
    fs_err::write(&partial, &hub.files["model.safetensors"][..1_000]).unwrap();
    let folder = hub.pull().unwrap();
    assert_eq!(
        fs_err::read(folder.join("model.safetensors")).unwrap(),
        hub.files["model.safetensors"]
    );
}

#[test]
fn refusals_are_told_apart_and_leave_no_folder() {
    let hub = Hub::serving(&fixture("tiny-bert-mean"));
    hub.fail(Fault::NoModel);
    assert!(matches!(hub.pull(), Err(HubError::NotFound { .. })));
    hub.fail(Fault::Unauthorized);
    let error = hub.pull().unwrap_err();
    assert!(
        matches!(error, HubError::Authentication { .. }) && error.to_string().contains("HF_TOKEN")
    );
    hub.fail(Fault::MissingFile("tokenizer.json"));
    let error = hub.pull().unwrap_err();
    assert!(
        matches!(&error, HubError::MissingFile { file, .. } if file == "tokenizer.json"),
        "{error:?}"
    );
    assert!(!hub.target().exists());
}

#[test]
fn a_server_that_is_gone_is_a_network_error() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut hub = Hub::serving(&fixture("tiny-bert-mean"));
    hub.address = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    assert!(matches!(hub.pull(), Err(HubError::Network { .. })));
    assert!(!hub.target().exists());
}

#[test]
fn an_unsupported_model_is_refused_before_its_weights_are_fetched() {
    let model = Model::copy_of("tiny-bert-mean");
    model.change("config.json", |json| json["model_type"] = "t5".into());
    let hub = Hub::serving(model.path());
    let error = hub.pull().unwrap_err();
    assert!(
        matches!(error, HubError::Model(ModelError::UnknownFamily { .. })),
        "{error:?}"
    );
    assert_eq!(hub.requests("model.safetensors"), 0);
    assert!(!hub.target().exists());
}

#[test]
fn pickles_are_never_fetched() {
    let model = Model::copy_of("tiny-bert-mean");
    model.remove("model.safetensors");
    model.write("pytorch_model.bin", "pickled");
    let hub = Hub::serving(model.path());
    let error = hub.pull().unwrap_err();
    assert!(matches!(&error, HubError::Pickled { file, .. } if file == "pytorch_model.bin"));
    assert_eq!(hub.requests("pytorch_model.bin"), 0);
}

#[test]
fn revisions_that_are_none_are_refused() {
    let hub = Hub::serving(&fixture("tiny-bert-mean"));
    for revision in ["", "../x", "a b", "main?x=1", "é"] {
        let request = PullRequest {
            id: "owner/tiny".parse().unwrap(),
            revision: Some(revision.to_owned()),
            endpoint: Some(hub.address.clone()),
            cache: hub.cache.path().to_owned(),
            progress: &|_| {},
            stop: &AtomicBool::new(false),
        };
        assert!(
            matches!(pull(&request), Err(HubError::Revision { .. })),
            "{revision:?}"
        );
    }
    assert!(hub.log.lock().unwrap().is_empty());
}
