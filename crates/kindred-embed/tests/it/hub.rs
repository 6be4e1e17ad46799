//! Fetching from a hub, against a server on the loopback interface.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use kindred_embed::{HubError, ModelError, PullProgress, PullRequest, inspect_folder, pull};
use sha1::{Digest, Sha1};
use sha2::Sha256;
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
    /// As `CutBody`, but only this many times.
    CutBodyTimes(&'static str, usize),
    IgnoresRanges,
    /// The right number of wrong bytes.
    WrongBytes(&'static str),
    /// Answers 503 this many times.
    Busy(usize),
    Forbidden,
    /// The listing has a file of this name too.
    Lists(&'static str),
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
                answer(&stream, &files, &fault, &log);
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
            offline: None,
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

fn is_get_of(line: &str, name: &str) -> bool {
    line.starts_with("GET ") && line.contains(name)
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

/// Returns the fault of the next request.
fn next_fault(faults: &Mutex<Fault>) -> Fault {
    let mut fault = faults.lock().unwrap();
    if let Fault::Busy(times) = *fault {
        *fault = match times {
            0 => Fault::None,
            times => {
                let left = times - 1;
                *fault = Fault::Busy(left);
                return Fault::Busy(times);
            }
        };
    }
    *fault
}

/// Whether the body of this file is to be cut this time.
fn is_cut(faults: &Mutex<Fault>, name: &str) -> bool {
    let mut fault = faults.lock().unwrap();
    if let Fault::CutBodyTimes(file, times) = *fault
        && file == name
    {
        *fault = match times {
            1 => Fault::None,
            times => Fault::CutBodyTimes(file, times - 1),
        };
        return true;
    }
    matches!(*fault, Fault::CutBody(file) if file == name)
}

/// A file of a listing as a hub writes it: git objects, and large files by their pointers.
fn entry(path: &str, bytes: &[u8]) -> serde_json::Value {
    let size = bytes.len();
    if !path.ends_with(".safetensors") {
        return serde_json::json!({
            "type": "file", "oid": git_object(bytes), "size": size, "path": path
        });
    }
    let sha256 = hex(&Sha256::digest(bytes));
    let pointer =
        format!("version https://git-lfs.github.com/spec/v1\noid sha256:{sha256}\nsize {size}\n");
    serde_json::json!({
        "type": "file", "oid": git_object(pointer.as_bytes()), "size": size, "path": path,
        "lfs": {"oid": sha256, "size": size, "pointerSize": pointer.len()}
    })
}

fn git_object(bytes: &[u8]) -> String {
    let mut hasher = Sha1::new_with_prefix(format!("blob {}\0", bytes.len()));
    hasher.update(bytes);
    hex(&hasher.finalize())
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

fn answer(
    stream: &TcpStream,
    files: &BTreeMap<String, Vec<u8>>,
    faults: &Mutex<Fault>,
    log: &Mutex<Vec<String>>,
) {
    let fault = next_fault(faults);
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
        (Fault::Forbidden, _) => ("403 Forbidden", b"{\"error\":\"no access\"}".to_vec()),
        (Fault::Busy(_), _) => ("503 Service Unavailable", Vec::new()),
        (Fault::NoModel, _) => missing(),
        (Fault::MissingFile(name), Some((found, _))) if found == name => missing(),
        (_, Some((name, bytes))) => {
            cut = method == "GET" && is_cut(faults, name);
            let mut bytes = bytes.clone();
            if matches!(fault, Fault::WrongBytes(file) if file == name) {
                for byte in &mut bytes {
                    *byte ^= 1;
                }
            }
            let wanted = range.filter(|_| fault != Fault::IgnoresRanges);
            let wanted = wanted.and_then(|range| {
                let (start, end) = range.split_once('-')?;
                Some(start.parse().ok()?..=end.parse().ok()?)
            });
            match wanted {
                Some(range) => ("206 Partial Content", bytes[range].to_vec()),
                None => ("200 OK", bytes),
            }
        }
        (_, None) if path == "/api/models/owner/tiny/revision/main" => {
            json(serde_json::json!({"_id": "1", "id": "owner/tiny", "sha": COMMIT}))
        }
        (_, None) if path == format!("/api/models/owner/tiny/tree/{COMMIT}") => {
            let mut entries: Vec<_> = files
                .iter()
                .map(|(path, bytes)| entry(path, bytes))
                .collect();
            if let Fault::Lists(name) = fault {
                entries.push(entry(name, b"{}"));
            }
            json(entries.into())
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
        offline: Some("HF_HUB_OFFLINE".to_owned()),
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
fn a_server_without_ranges_is_asked_once_for_a_file_of_many_pieces() {
    let model = Model::copy_of("tiny-bert-cls");
    let card = "A card of many pieces.\n".repeat(1 << 20);
    model.write("README.md", &card);
    let hub = Hub::serving(model.path());
    hub.fail(Fault::IgnoresRanges);
    let folder = hub.pull().unwrap();
    assert_eq!(
        fs_err::read_to_string(folder.join("README.md")).unwrap(),
        card
    );
    let asked = hub
        .log
        .lock()
        .unwrap()
        .iter()
        .filter(|line| is_get_of(line, "README.md"))
        .count();
    assert_eq!(asked, 1);
}

#[test]
fn refusals_are_told_apart_and_leave_no_folder() {
    let hub = Hub::serving(&fixture("tiny-bert-mean"));
    hub.fail(Fault::NoModel);
    assert!(matches!(hub.pull(), Err(HubError::NotFound { .. })));
    hub.fail(Fault::Unauthorized);
    let error = hub.pull().unwrap_err();
    assert!(
        matches!(error, HubError::Authentication { .. }) && error.to_string().contains("token"),
        "{error:?}"
    );
    hub.fail(Fault::Forbidden);
    let error = hub.pull().unwrap_err();
    assert!(
        matches!(error, HubError::Authentication { .. }),
        "{error:?}"
    );
    hub.fail(Fault::MissingFile("tokenizer.json"));
    let error = hub.pull().unwrap_err();
    assert!(
        matches!(&error, HubError::MissingFile { file, .. } if file == "tokenizer.json"),
        "{error:?}"
    );
    let text = error.to_string();
    assert!(
        text.contains("tokenizer.json") && text.contains("owner/tiny"),
        "{text}"
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
            offline: None,
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

#[test]
fn a_transfer_that_breaks_off_once_goes_on_within_the_same_pull() {
    let hub = Hub::serving(&fixture("tiny-bert-mean"));
    hub.fail(Fault::CutBodyTimes("model.safetensors", 2));
    let folder = hub.pull().unwrap();
    assert_eq!(
        fs_err::read(folder.join("model.safetensors")).unwrap(),
        hub.files["model.safetensors"]
    );
}

#[test]
fn wrong_bytes_are_refused_and_removed() {
    for name in ["model.safetensors", "tokenizer.json"] {
        let hub = Hub::serving(&fixture("tiny-bert-mean"));
        hub.fail(Fault::WrongBytes(name));
        let error = hub.pull().unwrap_err();
        assert!(
            matches!(&error, HubError::Checksum { file, .. } if file == name),
            "{error:?}"
        );
        assert!(!hub.target().exists());
        assert!(!hub.staging().join(name).exists());
        assert!(!hub.staging().join(format!("{name}.part")).exists());
        hub.fail(Fault::None);
        assert!(hub.pull().unwrap().join(name).exists());
    }
}

#[test]
fn a_finished_file_that_changed_on_disk_is_fetched_again() {
    let hub = Hub::serving(&fixture("tiny-bert-mean"));
    hub.fail(Fault::CutBody("model.safetensors"));
    hub.pull().unwrap_err();
    let file = hub.staging().join("tokenizer.json");
    let mut bytes = fs_err::read(&file).unwrap();
    bytes[10] ^= 1;
    fs_err::write(&file, bytes).unwrap();
    hub.fail(Fault::None);
    let folder = hub.pull().unwrap();
    assert_eq!(
        fs_err::read(folder.join("tokenizer.json")).unwrap(),
        hub.files["tokenizer.json"]
    );
}

#[test]
fn a_busy_server_is_asked_again_but_not_for_ever() {
    let hub = Hub::serving(&fixture("tiny-bert-mean"));
    hub.fail(Fault::Busy(2));
    assert!(hub.pull().is_ok());
    let hub = Hub::serving(&fixture("tiny-bert-mean"));
    hub.fail(Fault::Busy(usize::MAX));
    let error = hub.pull().unwrap_err();
    assert!(matches!(error, HubError::Network { .. }), "{error:?}");
    let asked = hub.log.lock().unwrap().len();
    assert!((2..=8).contains(&asked), "{asked} requests");
}

#[test]
fn listings_with_names_that_leave_the_folder_are_refused() {
    for name in ["../evil.json", "/evil.json", "1_Pooling/../../evil.json"] {
        let hub = Hub::serving(&fixture("tiny-bert-mean"));
        hub.fail(Fault::Lists(name));
        let error = hub.pull().unwrap_err();
        assert!(
            matches!(&error, HubError::FileName { file, .. } if file == name),
            "{error:?}"
        );
        assert_eq!(hub.requests("GET /owner/tiny/resolve"), 0);
    }
    let model = Model::copy_of("tiny-bert-mean");
    model.write(
        "modules.json",
        r#"[{"path": "../../evil", "type": "sentence_transformers.models.Transformer"}]"#,
    );
    let hub = Hub::serving(model.path());
    let error = hub.pull().unwrap_err();
    assert!(
        matches!(error, HubError::Model(ModelError::Setting { .. })),
        "{error:?}"
    );
}

#[test]
fn names_that_not_every_system_has_are_left_out() {
    for name in ["a\\evil.json", "C:evil.json", "images/chart: loss.png"] {
        let hub = Hub::serving(&fixture("tiny-bert-mean"));
        hub.fail(Fault::Lists(name));
        let folder = hub.pull().unwrap();
        assert_eq!(hub.requests("evil") + hub.requests("chart"), 0);
        assert!(inspect_folder(&folder).is_ok());
    }
}

#[test]
fn an_adapter_of_peft_is_refused_before_the_weights_are_fetched() {
    let model = Model::copy_of("tiny-bert-mean");
    model.write("adapter_config.json", r#"{"peft_type": "LORA"}"#);
    model.write("adapter_model.safetensors", "weights");
    let hub = Hub::serving(model.path());
    let error = hub.pull().unwrap_err();
    let HubError::Model(ModelError::Setting { fault, .. }) = &error else {
        panic!("{error:?}");
    };
    assert!(fault.contains("LORA"), "{fault}");
    assert_eq!(hub.requests(".safetensors"), 0);
    assert!(!hub.target().exists());
}

#[test]
fn copies_for_other_programs_are_not_fetched() {
    let model = Model::copy_of("tiny-bert-mean");
    let copies = [
        "onnx/model.onnx",
        "openvino/openvino_model.bin",
        "pytorch_model.bin",
        "tf_model.h5",
        "rust_model.ot",
    ];
    for copy in copies {
        model.write(copy, "copy");
    }
    let hub = Hub::serving(model.path());
    let folder = hub.pull().unwrap();
    for copy in copies {
        assert_eq!(hub.requests(copy), 0, "{copy}");
        assert!(!folder.join(copy).exists());
    }
}

fn pull_offline(hub: &Hub, revision: Option<&str>) -> Result<PathBuf, HubError> {
    pull(&PullRequest {
        id: "owner/tiny".parse().unwrap(),
        revision: revision.map(str::to_owned),
        endpoint: Some(hub.address.clone()),
        offline: Some("HF_HUB_OFFLINE".to_owned()),
        cache: hub.cache.path().to_owned(),
        progress: &|_| {},
        stop: &AtomicBool::new(false),
    })
}

#[test]
fn nothing_is_asked_where_connections_are_forbidden() {
    let hub = Hub::serving(&fixture("tiny-bert-mean"));
    let error = pull_offline(&hub, None).unwrap_err();
    assert!(matches!(error, HubError::Offline { .. }));
    assert!(error.to_string().contains("HF_HUB_OFFLINE"));
    assert!(hub.log.lock().unwrap().is_empty());
    assert_eq!(fs_err::read_dir(hub.cache.path()).unwrap().count(), 0);
}

#[test]
fn what_was_pulled_before_is_found_where_connections_are_forbidden() {
    let hub = Hub::serving(&fixture("tiny-bert-mean"));
    let folder = hub.pull().unwrap();
    hub.log.lock().unwrap().clear();
    assert_eq!(pull_offline(&hub, None).unwrap(), folder);
    assert_eq!(pull_offline(&hub, Some("main")).unwrap(), folder);
    assert_eq!(pull_offline(&hub, Some(COMMIT)).unwrap(), folder);
    let error = pull_offline(&hub, Some("v2")).unwrap_err();
    assert!(matches!(error, HubError::Offline { .. }), "{error:?}");
    assert!(hub.log.lock().unwrap().is_empty());
}

#[test]
fn the_commit_of_a_pulled_model_is_recorded() {
    let hub = Hub::serving(&fixture("tiny-bert-mean"));
    let folder = hub.pull().unwrap();
    let origin = fs_err::read_to_string(folder.join("kindred-origin.json")).unwrap();
    let origin: serde_json::Value = serde_json::from_str(&origin).unwrap();
    assert_eq!(origin["commit"], COMMIT);
    assert_eq!(origin["revision"], "main");
    assert_eq!(origin["id"], "owner/tiny");
}
