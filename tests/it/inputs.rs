//! What goes into a library, and what happens to what cannot.

use std::io::Write as _;

use crate::support::{Place, sample};

#[test]
fn both_forms_of_the_sample_give_one_library() {
    let place = Place::with_sample();
    let atom = sample("sample.atom.xml");
    let again = place
        .run(&["import", atom.to_str().unwrap(), "--json"])
        .expect_code(0)
        .json();
    let input = &again["inputs"][0];
    assert_eq!(input["new"], 0, "{input:#}");
    assert_eq!(input["rejected"], 0, "{input:#}");
    let third = place
        .run(&["import", atom.to_str().unwrap(), "--json"])
        .expect_code(0)
        .json();
    assert_eq!(third["inputs"][0]["unchanged"], 325, "{third:#}");
    assert_eq!(third["embed"]["embedded"], 0, "nothing is embedded twice");
    let stats = place.run(&["stats", "--json"]).expect_code(0).json();
    assert_eq!(stats["store"]["papers"], 325);
    assert_eq!(stats["embedded"], 325);
    place.run(&["verify"]).expect_code(0);
}

#[test]
fn packed_and_piped_inputs_give_the_same_library() {
    let text = fs_err::read(sample("sample.jsonl")).unwrap();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&text).unwrap();
    let gzip = gzip.finish().unwrap();
    let zstd = zstd::encode_all(text.as_slice(), 1).unwrap();
    for packed in [&text, &gzip, &zstd] {
        let place = Place::new();
        let run = place.run_with_input(&["import", "-", "--no-embed", "--json"], packed);
        assert_eq!(run.code, 0, "{}", run.stderr);
        assert_eq!(run.json()["inputs"][0]["new"], 325);
    }
}

#[test]
fn bad_inputs_are_named_and_the_rest_goes_on() {
    let place = Place::new();
    let text = fs_err::read_to_string(sample("sample.jsonl")).unwrap();
    let good: Vec<&str> = text.lines().take(10).collect();
    let mixed = format!(
        "{}\n{{\"id\": 704.0001, \"title\": \"x\"}}\nnot json\n",
        good.join("\n")
    );
    let mixed = place.write("mixed.jsonl", mixed.as_bytes());
    let atom = fs_err::read(sample("sample.atom.xml")).unwrap();
    let cut = place.write("cut.xml", &atom[..atom.len() / 2]);
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(text.as_bytes()).unwrap();
    let gzip = gzip.finish().unwrap();
    let damaged = place.write("damaged.jsonl.gz", &gzip[..gzip.len() / 2]);
    let folder = place.path("folder");
    fs_err::create_dir_all(&folder).unwrap();
    let run = place
        .run(&[
            "import",
            &cut,
            "missing.xml",
            folder.to_str().unwrap(),
            &damaged,
            &mixed,
            "--no-embed",
            "--json",
        ])
        .expect_code(5);
    let answer = run.json();
    let failure = |input: usize| {
        answer["inputs"][input]["failure"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert!(failure(0).contains("cut off"), "{}", failure(0));
    assert_eq!(answer["inputs"][0]["new"], 0, "a cut page gives no paper");
    assert!(failure(1).contains("missing.xml"));
    assert!(failure(2).contains("directory"), "{}", failure(2));
    assert!(failure(3).contains("damaged or cut"), "{}", failure(3));
    let mixed = &answer["inputs"][4];
    assert!(mixed.get("failure").is_none(), "{mixed:#}");
    assert_eq!(mixed["rejected"], 2, "{mixed:#}");
    assert_eq!(mixed["rejections"][0]["place"], "line 11");
}

#[cfg(unix)]
#[test]
fn a_named_pipe_is_read_whole() {
    let place = Place::new();
    let pipe = place.path("pipe");
    let made = std::process::Command::new("mkfifo")
        .arg(&pipe)
        .status()
        .unwrap();
    assert!(made.success());
    let (from, to) = (sample("sample.jsonl"), pipe.clone());
    let writer = std::thread::spawn(move || {
        let text = fs_err::read(from).unwrap();
        fs_err::write(to, text).unwrap();
    });
    let run = place.run(&["import", pipe.to_str().unwrap(), "--no-embed", "--json"]);
    writer.join().unwrap();
    assert_eq!(run.expect_code(0).json()["inputs"][0]["new"], 325);
}

#[test]
fn failed_commands_make_no_library() {
    let place = Place::new();
    place.run(&["import", "/nowhere.xml"]).expect_code(5);
    place.run(&["models", "use", "/nowhere"]).expect_code(2);
    place.run(&["similar", "2603.90124"]).expect_code(3);
    let place = Place::with_sample();
    place
        .run(&["demo", "--keep", place.library().to_str().unwrap()])
        .expect_code(2);
}
