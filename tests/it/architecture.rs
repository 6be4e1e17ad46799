//! The arrows between crates: leaves know the core alone, only the engine knows the leaves.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, MetadataCommand};

use crate::support::root;

/// Each crate and the crates of the workspace that it may use.
const ARROWS: [(&str, &[&str]); 16] = [
    ("kindred-core", &[]),
    ("kindred-fake-arxiv", &[]),
    ("kindred-ingest", &["kindred-core"]),
    ("kindred-embed", &["kindred-core"]),
    ("kindred-fetch", &["kindred-core"]),
    ("kindred-index", &["kindred-core"]),
    ("kindred-store", &["kindred-core"]),
    ("kindred-map", &["kindred-core"]),
    ("kindred-rank", &["kindred-core"]),
    ("kindred-topics", &["kindred-core"]),
    (
        "kindred-engine",
        &[
            "kindred-core",
            "kindred-embed",
            "kindred-fetch",
            "kindred-index",
            "kindred-ingest",
            "kindred-rank",
            "kindred-store",
            "kindred-topics",
        ],
    ),
    ("kindred-tex", &[]),
    ("kindred-digest", &["kindred-engine", "kindred-tex"]),
    (
        "kindred-web",
        &[
            "kindred-digest",
            "kindred-engine",
            "kindred-map",
            "kindred-tex",
        ],
    ),
    ("kindred-mcp", &["kindred-engine"]),
    (
        "kindred",
        &[
            "kindred-digest",
            "kindred-engine",
            "kindred-map",
            "kindred-mcp",
            "kindred-tex",
            "kindred-web",
        ],
    ),
];

#[test]
fn no_crate_uses_another_than_the_design_allows() {
    let metadata = MetadataCommand::new()
        .manifest_path(root().join("Cargo.toml"))
        .no_deps()
        .other_options(vec!["--offline".to_owned()])
        .exec()
        .expect("cargo describes the workspace");
    let allowed: BTreeMap<&str, &[&str]> = ARROWS.into_iter().collect();
    let mut checked = BTreeSet::new();
    for package in &metadata.packages {
        let name = package.name.as_str();
        if name == "kindred-benches" {
            continue;
        }
        let allowed = allowed
            .get(name)
            .unwrap_or_else(|| panic!("`{name}` is not in the design"));
        for dependency in &package.dependencies {
            let is_ours = dependency.name.starts_with("kindred");
            if is_ours && dependency.kind == DependencyKind::Normal {
                assert!(
                    allowed.contains(&dependency.name.as_str()),
                    "`{name}` must not use `{}`",
                    dependency.name
                );
            }
        }
        checked.insert(name);
    }
    assert_eq!(
        checked.len(),
        ARROWS.len(),
        "every crate of the design exists: {checked:?}"
    );
}

#[test]
fn hnsw_rs_stays_inside_the_index() {
    let metadata = MetadataCommand::new()
        .manifest_path(root().join("Cargo.toml"))
        .no_deps()
        .other_options(vec!["--offline".to_owned()])
        .exec()
        .expect("cargo describes the workspace");
    for package in &metadata.packages {
        let uses = package
            .dependencies
            .iter()
            .any(|dependency| dependency.name == "hnsw_rs");
        let may = ["kindred-index", "kindred-benches"].contains(&package.name.as_str());
        assert!(!uses || may, "`{}` must not use hnsw_rs", package.name);
    }
}
