//! Models that are fetched, through the program.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};

use crate::support::{Place, Run, files_below, root};

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

/// A server that answers everything with one status; gives its address and the requests, head
/// lines and headers.
fn server(status: &'static str) -> (String, Receiver<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (tell, requests) = channel();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let lines = BufReader::new(&stream).lines().map_while(Result::ok);
            let head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
            let answer =
                format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            // The client may have gone; that is its right.
            stream.write_all(answer.as_bytes()).ok();
            if tell.send(head).is_err() {
                break;
            }
        }
    });
    (address, requests)
}

/// Runs `models pull owner/tiny` with these variables.
fn pull(place: &Place, variables: &[(&str, &str)]) -> Run {
    place
        .command(&["models", "pull", "owner/tiny"])
        .envs(variables.iter().copied())
        .output()
        .unwrap()
        .into()
}

/// Puts a model into a cache as the Python tools do: files in `blobs`, links in `snapshots`.
fn fill_cache(hub: &Path) {
    let source = root().join("crates/kindred-embed/tests/fixtures/tiny-bert-mean");
    let model = hub.join("models--owner--tiny");
    let snapshot = model.join("snapshots").join(COMMIT);
    fs_err::create_dir_all(model.join("blobs")).unwrap();
    fs_err::create_dir_all(model.join("refs")).unwrap();
    fs_err::write(model.join("refs/main"), COMMIT).unwrap();
    for (number, file) in files_below(&source).iter().enumerate() {
        let blob = model.join("blobs").join(number.to_string());
        fs_err::copy(file, &blob).unwrap();
        let link = snapshot.join(file.strip_prefix(&source).unwrap());
        fs_err::create_dir_all(link.parent().unwrap()).unwrap();
        #[cfg(unix)]
        fs_err::os::unix::fs::symlink(&blob, &link).unwrap();
        #[cfg(not(unix))]
        fs_err::copy(&blob, &link).unwrap();
    }
}

#[test]
fn a_hub_that_cannot_be_reached_is_a_network_error() {
    let place = Place::new();
    // Nothing listens on the discard port of this machine.
    let output = place
        .command(&["models", "pull", "someone/some-model"])
        .env("HF_ENDPOINT", "http://127.0.0.1:9")
        .output()
        .unwrap();
    assert_eq!(
        output.status.code(),
        Some(4),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let models = place.path("models");
    let left: Vec<_> = if models.is_dir() {
        files_below(&models)
    } else {
        vec![]
    };
    assert!(left.is_empty(), "nothing half-fetched stays: {left:?}");
}

#[test]
fn names_that_could_leave_the_folder_are_refused() {
    let place = Place::new();
    for name in ["../../etc", "a/../b", "/etc/passwd", "a/b/c", "a b", ""] {
        place.run(&["models", "pull", "--", name]).expect_code(2);
    }
}

#[test]
fn built_in_models_are_listed_and_shown() {
    let place = Place::new();
    let list = place
        .run(&["models", "list", "--json"])
        .expect_code(0)
        .json();
    let show = |arguments: &[&str]| {
        let mut all = vec!["models", "show", "--json"];
        all.extend(arguments);
        place.run(&all).expect_code(0).json()
    };
    for (number, name) in ["kindred-small", "kindred-static"].into_iter().enumerate() {
        assert_eq!(list[number]["name"], name);
        assert_eq!(list[number]["has_changed"], false);
        let shown = show(&[name]);
        assert_eq!(shown["name"], name);
        assert_eq!(shown["dimension"], list[number]["facts"]["dimension"]);
        assert_eq!(shown["dtype"], list[number]["dtype"]);
    }
    assert_eq!(show(&[]), show(&["kindred-small"]), "the default");
    assert_eq!(show(&["built-in"]), show(&["kindred-small"]));
}

#[test]
fn a_model_of_the_python_tools_is_used_without_a_network() {
    let place = Place::with_sample();
    let home = place.path("hf");
    fill_cache(&home.join("hub"));
    for (model, variable, folder) in [
        ("owner/tiny", "HF_HOME", home.clone()),
        ("owner/tiny@0123456", "HF_HUB_CACHE", home.join("hub")),
    ] {
        let output = place
            .command(&["models", "use", model, "--json"])
            .env(variable, folder)
            .env("HF_HUB_OFFLINE", "1")
            .env("HF_ENDPOINT", "http://127.0.0.1:9")
            .output()
            .unwrap();
        let answer = Run::from(output).expect_code(0).json();
        assert_eq!(answer["name"], "owner/tiny");
        assert_eq!(answer["dimension"], 32);
    }
    // The library remembers the place: no variable is needed any more.
    let found = place
        .run(&["similar", "--text", "graph noise", "--json"])
        .expect_code(0)
        .json();
    assert_eq!(found["encoder"]["name"], "owner/tiny");
}

#[test]
fn a_snapshot_that_does_not_say_how_to_pool_is_refused_and_its_folder_is_not() {
    let place = Place::new();
    let hub = place.path("hf/hub");
    fill_cache(&hub);
    let snapshot = hub.join("models--owner--tiny/snapshots").join(COMMIT);
    fs_err::remove_file(snapshot.join("modules.json")).unwrap();
    let output = place
        .command(&["models", "use", "owner/tiny@main", "--no-embed"])
        .env("HF_HUB_CACHE", &hub)
        .output()
        .unwrap();
    let refused = Run::from(output).expect_code(3);
    for part in [
        "modules.json",
        "kindred models pull owner/tiny --revision main",
        snapshot.to_str().unwrap(),
    ] {
        assert!(refused.stderr.contains(part), "{part}: {}", refused.stderr);
    }
    assert!(!place.library().exists());
    let used = place
        .run(&["models", "use", snapshot.to_str().unwrap(), "--no-embed"])
        .expect_code(0);
    assert!(
        used.stderr.contains("mean pooling was assumed"),
        "{}",
        used.stderr
    );
}

#[test]
fn a_model_that_is_nowhere_is_named_with_what_fetches_it() {
    let place = Place::new();
    let run = place.run(&["models", "use", "owner/tiny"]).expect_code(3);
    assert!(run.stderr.contains("owner/tiny"), "{}", run.stderr);
    assert!(run.stderr.contains("huggingface"), "{}", run.stderr);
    assert!(
        run.stderr.contains("kindred models pull owner/tiny"),
        "{}",
        run.stderr
    );
    assert!(!place.library().exists());
}

#[test]
fn offline_refuses_before_any_connection_and_says_what_to_do() {
    let place = Place::new();
    let (address, requests) = server("500 Internal Server Error");
    let run = pull(
        &place,
        &[("HF_HUB_OFFLINE", "1"), ("HF_ENDPOINT", &address)],
    )
    .expect_code(4);
    assert!(run.stderr.contains("HF_HUB_OFFLINE"), "{}", run.stderr);
    assert!(run.stderr.contains("`model.safetensors`"), "{}", run.stderr);
    assert!(
        run.stderr.contains("kindred models use FOLDER"),
        "{}",
        run.stderr
    );
    assert!(requests.try_recv().is_err());
}

#[test]
fn a_refused_token_is_told_and_the_token_was_sent() {
    let place = Place::new();
    let (address, requests) = server("403 Forbidden");
    let run = pull(
        &place,
        &[("HF_TOKEN", "hf_secret"), ("HF_ENDPOINT", &address)],
    )
    .expect_code(2);
    assert!(run.stderr.contains("HF_TOKEN"), "{}", run.stderr);
    assert!(!run.stderr.contains("hf_secret"), "{}", run.stderr);
    let head = requests.recv().unwrap().join("\n").to_lowercase();
    assert!(head.contains("authorization: bearer hf_secret"), "{head}");
}

#[test]
fn a_proxy_of_the_environment_is_used() {
    let place = Place::new();
    let (address, requests) = server("404 Not Found");
    let run = pull(
        &place,
        &[
            ("HTTP_PROXY", &address),
            ("http_proxy", &address),
            ("HF_ENDPOINT", "http://hub.invalid"),
        ],
    );
    run.expect_code(1);
    let head = requests.recv().unwrap();
    assert!(
        head[0].starts_with("GET http://hub.invalid/api/models/owner/tiny"),
        "{head:?}"
    );
}
