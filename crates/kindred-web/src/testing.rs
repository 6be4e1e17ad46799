//! A server over the sample, asked without a network.

pub(crate) mod dom;
pub(crate) mod schema;

use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode, header};
use jiff::Timestamp;
use kindred_engine::{Control, ImportRequest, Input, Library, PaperId, Rating};
use tempfile::TempDir;
use tower::ServiceExt as _;

use crate::app::App;
use crate::guard::Hosts;
use crate::job::{State, Status};
use crate::options::ServeOptions;
use crate::serve::router;
use crate::view::link::with_query;

/// The day on which tests read: the day after the sample's last paper.
pub(crate) const NOW: &str = "2026-04-01T08:00:00Z";
/// The address that tests call.
const HOST: &str = "127.0.0.1:4747";

/// The library of the sample, made once and copied for each test.
static SAMPLE: LazyLock<TempDir> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let mut library = Library::create(folder.path()).unwrap();
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../data");
    import(&mut library, root.join("sample.atom.xml"));
    let text = fs_err::read_to_string(root.join("sets/exoplanets.json")).unwrap();
    let set: serde_json::Value = serde_json::from_str(&text).unwrap();
    for (field, rating) in [("likes", Rating::Like), ("dislikes", Rating::Dislike)] {
        let ids: Vec<PaperId> = (set[field].as_array().unwrap().iter())
            .map(|id| id.as_str().unwrap().parse().unwrap())
            .collect();
        let name = "exoplanets".parse().unwrap();
        library.rate(&name, &ids, rating, now()).unwrap();
    }
    folder
});

/// Takes the papers of a file and embeds them.
pub(crate) fn import(library: &mut Library, file: PathBuf) {
    let request = ImportRequest {
        inputs: &[Input::File(file)],
        now: now(),
    };
    let control = Control::silent();
    library.import(&request, &control).unwrap();
    library.embed(&control).unwrap();
}

pub(crate) fn now() -> Timestamp {
    NOW.parse().unwrap()
}

/// A server over a library of its own.
pub(crate) struct Desk {
    pub(crate) app: Arc<App>,
    router: Router,
    pub(crate) folder: TempDir,
}

/// An answer with its body as text.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub(crate) fn location(&self) -> &str {
        self.headers[header::LOCATION].to_str().unwrap()
    }
}

impl Desk {
    /// The sample with the seed set `exoplanets`.
    pub(crate) fn sample() -> Self {
        Self::sample_with(|_| {})
    }

    /// The sample, served with changed options.
    pub(crate) fn sample_with(change: impl FnOnce(&mut ServeOptions)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        copy(SAMPLE.path(), folder.path());
        Self::over(folder, change)
    }

    /// A library without a paper.
    pub(crate) fn empty() -> Self {
        let folder = tempfile::tempdir().unwrap();
        drop(Library::create(folder.path()).unwrap());
        Self::over(folder, |_| {})
    }

    /// A library in `folder`, served with changed options.
    pub(crate) fn over(folder: TempDir, change: impl FnOnce(&mut ServeOptions)) -> Self {
        let mut options = ServeOptions::new(folder.path().to_owned(), Arc::new(now));
        options.limits.quick = std::time::Duration::from_mins(1);
        options.limits.slow = std::time::Duration::from_mins(5);
        change(&mut options);
        let hosts = Hosts::new(options.address, &options.names, options.allow_remote);
        let app = App::new(options, hosts).unwrap();
        Self {
            router: router(Arc::clone(&app)),
            app,
            folder,
        }
    }

    /// How a job ended, once it has.
    pub(crate) async fn ended(&self, job: u64) -> Status {
        let job = self.app.jobs.get(job).unwrap();
        let mut watch = job.watch();
        let ended = watch.wait_for(|status| status.state != State::Running);
        ended.await.unwrap().clone()
    }

    /// Serves the same library at another address and under further names.
    pub(crate) fn serve_at(&mut self, address: &str, names: &[&str]) {
        let mut options = self.app.options.clone();
        options.address = address.parse().unwrap();
        options.allow_remote = true;
        options.names = names.iter().map(|&name| name.to_owned()).collect();
        let hosts = Hosts::new(options.address, &options.names, options.allow_remote);
        self.app = App::new(options, hosts).unwrap();
        self.router = router(Arc::clone(&self.app));
    }

    /// Sends a request as it is, but for the host if it names none.
    pub(crate) async fn send(&self, mut request: Request<Body>) -> Answer {
        let headers = request.headers_mut();
        if !headers.contains_key(header::HOST) {
            headers.insert(header::HOST, HOST.parse().unwrap());
        }
        self.send_bare(request).await
    }

    /// Sends a request as it is.
    pub(crate) async fn send_bare(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: to_bytes(body, usize::MAX).await.unwrap().to_vec(),
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap())
            .await
    }

    /// Changes a byte of each file of vectors.
    pub(crate) fn damage_vectors(&self) {
        let mut damaged = 0;
        for encoder in fs_err::read_dir(self.folder.path().join("encoders")).unwrap() {
            let vectors = encoder.unwrap().path().join("vectors");
            for file in fs_err::read_dir(vectors).unwrap() {
                let path = file.unwrap().path();
                let mut bytes = fs_err::read(&path).unwrap();
                let middle = bytes.len() / 2;
                bytes[middle] ^= 1;
                fs_err::write(path, bytes).unwrap();
                damaged += 1;
            }
        }
        assert!(damaged > 0);
    }

    /// Sends a form as a page of this server does.
    pub(crate) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let token = [("token", self.app.token.as_str())];
        let fields: Vec<(&str, &str)> = token.iter().chain(fields).copied().collect();
        self.send(form(path, &fields)).await
    }

    /// Sends JSON as a client with the token does.
    pub(crate) async fn post_json(&self, path: &str, body: &serde_json::Value) -> Answer {
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/json")
            .header("x-kindred-token", self.app.token.as_str())
            .body(Body::from(body.to_string()))
            .unwrap();
        self.send(request).await
    }
}

/// A form of this server with these fields alone.
pub(crate) fn form(path: &str, fields: &[(&str, &str)]) -> Request<Body> {
    let body = with_query("", fields);
    Request::post(path)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::ORIGIN, format!("http://{HOST}"))
        .body(Body::from(body.trim_start_matches('?').to_owned()))
        .unwrap()
}

/// Between the parts of a form with files.
const BOUNDARY: &str = "----kindred-test-4747";

/// A form with files of this server: names of fields, names of files, content.
pub(crate) fn multipart(path: &str, parts: &[(&str, Option<&str>, &[u8])]) -> Request<Body> {
    let mut body = Vec::new();
    for (name, file, content) in parts {
        let file = file.map_or(String::new(), |file| format!("; filename=\"{file}\""));
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    Request::post(path)
        .header(
            header::CONTENT_TYPE,
            format!("multipart/form-data; boundary={BOUNDARY}"),
        )
        .header(header::ORIGIN, format!("http://{HOST}"))
        .body(Body::from(body))
        .unwrap()
}

/// The paths to which pages post, as their routers name them, with something for what a path
/// leaves open. Read from the sources, so that no page can be forgotten.
pub(crate) fn changes_of_pages() -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs_err::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|kind| kind == "rs") {
                let text = fs_err::read_to_string(&path).unwrap();
                found.extend(posts_of(&text));
            }
        }
    }
    found.sort();
    found.dedup();
    found
}

fn posts_of(text: &str) -> Vec<String> {
    let routes = text.split(".route(").skip(1);
    let posts = routes.filter_map(|route| {
        let path = route.trim_start().strip_prefix('"')?;
        let (path, rest) = path.split_once('"')?;
        let statement = rest.split(';').next()?.split("\n}").next()?;
        statement.contains("post(").then(|| {
            let parts = path.split('/').map(|part| match part {
                "{name}" | "{set}" => "exoplanets",
                part if part.starts_with('{') => "1",
                part => part,
            });
            parts.collect::<Vec<_>>().join("/")
        })
    });
    posts.collect()
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    for entry in fs_err::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            fs_err::create_dir_all(&target).unwrap();
            copy(&entry.path(), &target);
        } else {
            fs_err::copy(entry.path(), &target).unwrap();
        }
    }
}
