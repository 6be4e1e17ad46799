//! Models that are fetched, through the program.

use crate::support::Place;

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
        crate::support::files_below(&models)
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
fn the_built_in_model_is_listed_and_shown() {
    let place = Place::new();
    let list = place
        .run(&["models", "list", "--json"])
        .expect_code(0)
        .json();
    assert_eq!(list[0]["name"], "built-in");
    let shown = place
        .run(&["models", "show", "--json"])
        .expect_code(0)
        .json();
    assert_eq!(shown["dimension"], list[0]["facts"]["dimension"]);
}
