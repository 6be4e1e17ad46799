//! Tools over a library of the project's sample.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use kindred_engine::{Control, Device, ImportRequest, Input, Library};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::*;
use crate::bounds::MAX_ANSWER_BYTES;

const NOW: &str = "2026-04-10T12:00:00Z";

struct Place {
    access: Access,
    _folder: TempDir,
}

impl Place {
    fn with_sample() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data");
        import(folder.path(), data.join("sample.jsonl"));
        Self {
            access: Access::new(folder.path(), Device::Cpu),
            _folder: folder,
        }
    }

    fn call(&self, tool: ToolKind, arguments: Value) -> Result<Reply, ToolError> {
        let arguments = if let Value::Object(arguments) = arguments {
            arguments
        } else {
            serde_json::Map::default()
        };
        tool.run(&self.access, arguments, NOW.parse().unwrap())
    }

    fn ask(&self, tool: ToolKind, arguments: Value) -> Reply {
        let reply = self.call(tool, arguments).map_err(|error| error.text());
        let reply = reply.unwrap();
        assert!(reply.bytes() <= MAX_ANSWER_BYTES, "{} bytes", reply.bytes());
        reply
    }
}

fn import(folder: &Path, file: PathBuf) {
    let stop = AtomicBool::new(false);
    let control = Control {
        progress: &|_| {},
        stop: &stop,
    };
    let inputs = [Input::File(file)];
    let request = ImportRequest {
        inputs: &inputs,
        now: NOW.parse().unwrap(),
    };
    let mut library = Library::create(folder).unwrap();
    library.import(&request, &control).unwrap();
    library.embed(&control).unwrap();
}

#[test]
fn tools_answer_over_the_sample() {
    let place = Place::with_sample();
    let set: Value =
        serde_json::from_str(include_str!("../../../../data/sets/exoplanets.json")).unwrap();
    let seed = &set["likes"][0];

    let added = place.ask(
        ToolKind::AddToSet,
        json!({"set": "planets", "ids": set["likes"]}),
    );
    assert_eq!(added.structured["added"], json!(6));
    for id in set["dislikes"].as_array().unwrap() {
        let rated = place.ask(ToolKind::RatePaper, json!({"id": id, "rating": "dislike"}));
        assert_eq!(rated.structured["set"], "planets", "the only set");
    }
    let sets = place.ask(ToolKind::ListSets, json!({}));
    assert_eq!(sets.structured["sets"][0]["dislikes"], json!(3));
    assert!(
        sets.text.contains("planets: 6 liked, 3 disliked"),
        "{}",
        sets.text
    );

    let found = place.ask(
        ToolKind::SearchPapers,
        json!({"query": "title:exoplanets clouds", "limit": 50}),
    );
    let hits = found.structured["results"].as_array().unwrap();
    assert!(hits.len() > 1, "{hits:?}");
    for hit in hits {
        let title = hit["paper"]["title"].as_str().unwrap().to_lowercase();
        assert!(title.contains("exoplanet"), "{title}");
    }
    let none = place.ask(
        ToolKind::SearchPapers,
        json!({"query": "clouds", "until": "1999-01-01"}),
    );
    assert!(none.text.ends_with("nothing found"), "{}", none.text);

    let similar = place.ask(
        ToolKind::SimilarPapers,
        json!({"ids": [seed], "categories": ["math"], "limit": 4}),
    );
    let hits = similar.structured["results"].as_array().unwrap();
    assert_eq!(hits.len(), 4);
    for hit in hits {
        let categories = hit["paper"]["categories"].to_string();
        assert!(categories.contains("math"), "{categories}");
    }

    let ranked = place.ask(ToolKind::RankNew, json!({"limit": 3}));
    let first = &ranked.structured["results"][0];
    assert_eq!(ranked.structured["results"].as_array().unwrap().len(), 3);
    assert_eq!(ranked.structured["set"], "planets");
    assert!(!first["reasons"].as_array().unwrap().is_empty());

    let why = place.ask(
        ToolKind::ExplainMatch,
        json!({"id": first["paper"]["id"], "day": ranked.structured["as_of"], "reasons": 20, "without": [seed]}),
    );
    assert_eq!(why.structured["rank"], json!(1), "as rank_new placed it");
    assert_eq!(why.structured["reasons"].as_array().unwrap().len(), 9);
    let number = |field: &str| why.structured[field].as_f64().unwrap();
    let shares = |field: &str| -> f64 {
        let parts = why.structured[field].as_array().unwrap().iter();
        parts.map(|part| part["share"].as_f64().unwrap()).sum()
    };
    let sum = number("start") + shares("reasons") + number("other_papers") + shares("terms");
    let sum = sum + number("other_terms") + number("surroundings") + number("background");
    assert!((sum - number("score")).abs() < 1e-6, "the parts add up");
    assert_ne!(why.structured["without"]["score"], why.structured["score"]);
}

#[test]
fn texts_of_lists_are_cut_and_one_paper_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let long = "lattice ".repeat(600);
    let record = json!({
        "id": "arXiv:2604.00001",
        "title": "Lattices",
        "abstract": long.trim(),
        "categories": ["cs.CR"],
        "date": "2026-04-01",
        "authors": (0..40).map(|author| format!("Author {author}")).collect::<Vec<_>>(),
    });
    let file = folder.path().join("long.jsonl");
    fs_err::write(&file, format!("{record}\n")).unwrap();
    let library = folder.path().join("library");
    import(&library, file);
    let place = Place {
        access: Access::new(&library, Device::Cpu),
        _folder: folder,
    };
    let found = place.ask(ToolKind::SearchPapers, json!({"query": "lattice"}));
    let paper = &found.structured["results"][0]["paper"];
    let text = paper["abstract"].as_str().unwrap();
    assert!(text.ends_with("[cut; get_paper gives the whole]"), "{text}");
    assert!((1_450..1_600).contains(&text.chars().count()));
    assert_eq!(paper["authors"].as_array().unwrap().len(), 21);
    assert_eq!(paper["authors"][20], "and 20 more");

    let whole = place.ask(ToolKind::GetPaper, json!({"id": "2604.00001"}));
    assert_eq!(whole.structured["abstract"], long.trim());
    assert_eq!(whole.structured["authors"].as_array().unwrap().len(), 40);
    assert!(whole.text.contains(long.trim()));
}

#[test]
fn names_are_those_of_the_tools() {
    let mut names: Vec<String> = (ToolKind::ALL.iter())
        .map(|tool| tool.definition().name.into_owned())
        .collect();
    assert_eq!(names, ToolKind::ALL.map(ToolKind::name));
    names.sort();
    names.dedup();
    assert_eq!(names.len(), 8);
}
